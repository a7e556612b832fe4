//! What is said of something that happened, before it is written for a kind of receiver.
//!
//! What belongs here: the parts of a message and their words. What must not: who gets it, and how it is written.

use jiff::Timestamp;

/// What a message tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    Begun,
    Step,
    NeedsPerson,
    Resolved,
    RollingBack,
    RolledBack,
    Done,
    Findings,
    Daemon,
    /// What went from the history before it could be told.
    Missed,
}

impl What {
    /// As programs read it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Step => "step",
            Self::NeedsPerson => "needsPerson",
            Self::Resolved => "resolved",
            Self::RollingBack => "rollingBack",
            Self::RolledBack => "rolledBack",
            Self::Done => "done",
            Self::Findings => "findings",
            Self::Daemon => "daemon",
            Self::Missed => "missed",
        }
    }

    /// As people read it, behind a plan's name.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Begun => "has begun",
            Self::Step => "has more of its traffic on IPv6",
            Self::NeedsPerson => "needs a person",
            Self::Resolved => "needs nobody any more",
            Self::RollingBack => "is being taken back to IPv4",
            Self::RolledBack => "is rolled back to IPv4",
            Self::Done => "is migrated",
            Self::Findings => "has findings",
            Self::Daemon => "has something to say",
            Self::Missed => "could not tell everything",
        }
    }

    /// What is said: by the event's text, how the plan stands in words, and the share that was read back.
    pub(super) fn sentence(self, text: &str, stands: &str, share: Option<f64>) -> String {
        match (self, share) {
            (Self::Daemon | Self::Findings, _) => text.to_owned(),
            (Self::Begun, _) => format!("The migration has begun. {stands}"),
            // Where it stands tells of the call that is made next.
            (Self::Step, Some(share)) => format!("{share} % of the traffic is on IPv6."),
            (Self::RollingBack, _) => {
                format!("All traffic is being taken back to IPv4. {stands}")
            }
            (Self::Resolved, _) => format!("It goes on. {stands}"),
            _ => stands.to_owned(),
        }
    }
}

/// A message.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Message {
    /// The same each time that it is sent: whoever has it already drops it.
    pub(super) id: String,
    pub(super) what: What,
    pub(super) at: Timestamp,
    pub(super) plan: Option<String>,
    pub(super) sentence: String,
    pub(super) unblocked_by: Option<String>,
    pub(super) runbook: Option<String>,
    /// The plan's page of the dashboard, or the dashboard itself.
    pub(super) dashboard: Option<String>,
    pub(super) phase: Option<String>,
    pub(super) waiting_on: Option<String>,
    /// Whether a person is needed from now on, or still.
    pub(super) needs_person: Option<bool>,
    /// Since when a person is needed, or was.
    pub(super) since: Option<Timestamp>,
    /// The step, counted from 1.
    pub(super) step: Option<usize>,
    /// The share that was read back, in percent.
    pub(super) share: Option<f64>,
    /// What the evidence said then, signal by signal.
    pub(super) evidence: Vec<String>,
    pub(super) revision: Option<String>,
    pub(super) commit: Option<String>,
    /// The event's number in the history.
    pub(super) event: u64,
    /// How often this was told before.
    pub(super) again: u32,
    /// It was cut to what any receiver takes.
    pub(super) is_short: bool,
}

/// The most characters of what a short message says, and of what unblocks it.
const SHORT: usize = 4_000;

impl Message {
    /// A line over it.
    pub(super) fn title(&self) -> String {
        let again = if self.again > 0 { "still " } else { "" };
        match &self.plan {
            Some(plan) => format!("{plan} {again}{}", self.what.words()),
            None => format!("sixshift {}", self.what.words()),
        }
    }

    /// Leaves out and cuts what may be of any length: who wants all of it asks.
    pub(super) fn shorten(&mut self) {
        self.evidence.clear();
        cut(&mut self.sentence);
        self.unblocked_by.iter_mut().for_each(cut);
        self.is_short = true;
    }

    /// How a person asks for more.
    pub(super) fn ask(&self) -> String {
        match &self.plan {
            Some(plan) => format!("sixshift why {plan}"),
            None => "sixshift list".to_owned(),
        }
    }
}

fn cut(text: &mut String) {
    if let Some((at, _)) = text.char_indices().nth(SHORT - 1) {
        text.truncate(at);
        text.push('…');
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn message(sentence: &str) -> Message {
        Message {
            id: "needsPerson/checkout/7/0".to_owned(),
            what: What::NeedsPerson,
            at: Timestamp::UNIX_EPOCH,
            plan: Some("checkout".to_owned()),
            sentence: sentence.to_owned(),
            unblocked_by: Some("approve <step> 1 & go on".to_owned()),
            runbook: Some("https://example.com/a|b>c?d=1&e=2".to_owned()),
            dashboard: Some("https://sixshift.example.com/plans/checkout".to_owned()),
            phase: None,
            waiting_on: None,
            needs_person: Some(true),
            since: None,
            step: None,
            share: None,
            evidence: Vec::new(),
            revision: None,
            commit: None,
            event: 7,
            again: 0,
            is_short: false,
        }
    }

    #[test]
    fn a_short_message_is_short_whatever_was_said() {
        let mut told = message(&"ä".repeat(300_000));
        told.evidence = vec!["e".repeat(1_000); 1_000];
        told.shorten();
        assert_eq!(told.sentence.chars().count(), SHORT);
        assert!(told.sentence.ends_with("ä…") && told.evidence.is_empty());
        assert_eq!(
            told.unblocked_by.as_deref(),
            Some("approve <step> 1 & go on")
        );
        let mut brief = message("brief");
        brief.shorten();
        assert_eq!(brief.sentence, "brief");
    }
}
