//! What of a round is worth an event: an act, or something that differs from what was told last.

use std::collections::BTreeSet;

use jiff::Timestamp;
use sixshift_core::{
    evidence::Verdict,
    observation::Observation,
    status::{Phase, Status, WaitingOn},
};

use crate::{
    Outcome, Round,
    event::{Event, EventKind, Stand, Words},
    source::Provenance,
};

/// What was told of a plan last.
#[derive(Debug, Default)]
pub(super) struct Told {
    phase: Option<Phase>,
    waiting_on: Option<&'static str>,
    step: Option<usize>,
    verdict: Option<Verdict>,
    warned: BTreeSet<String>,
    /// How it stood, as far as was known.
    stood: Option<Stand>,
}

impl Told {
    /// The events that a round is worth. Of failures in a row, `attempts`, only every doubling is told.
    pub(super) fn of(&mut self, round: &Round, from: &Provenance, attempts: u32) -> Vec<Event> {
        let status = &round.status;
        // What is older than our own writes is no news.
        if matches!(status.waiting_on, Some(WaitingOn::Unseen { .. })) {
            return Vec::new();
        }
        let about = |kind, text: String| about(status, from, status.at, kind, text);
        let mut events = Vec::new();
        for warning in &status.warnings {
            let text = warning.told();
            if self.warned.insert(text.clone()) {
                events.push(Event {
                    finding: Some(warning.code.to_owned()),
                    ..about(EventKind::Finding, text)
                });
            }
        }
        match &round.outcome {
            Outcome::Acted(action) => events.push(Event {
                call: Some(action.call().to_owned()),
                ..about(EventKind::Acted, action.name())
            }),
            Outcome::Failed(action, _) if attempts.is_power_of_two() => events.push(Event {
                call: Some(action.call().to_owned()),
                ..about(EventKind::Failed, status.sentence.clone())
            }),
            Outcome::Vetoed(action, _) if attempts.is_power_of_two() => events.push(Event {
                call: Some(action.call().to_owned()),
                ..about(EventKind::Vetoed, status.sentence.clone())
            }),
            Outcome::Waited | Outcome::Failed(..) | Outcome::Vetoed(..) => {}
        }
        if self.verdict != status.verdict {
            self.verdict = status.verdict;
            if let Some(verdict) = status.verdict {
                events.push(Event {
                    warns: verdict == Verdict::Bad,
                    ..about(EventKind::Verdict, format!("the verdict is {verdict}"))
                });
            }
        }
        if self.phase != Some(status.phase) {
            self.phase = Some(status.phase);
            events.push(about(EventKind::Phase, status.phase.to_string()));
        }
        if let (Outcome::Waited, Some(on)) = (&round.outcome, lasting(status)) {
            let now = (Some(on.kind()), status.step);
            if now != (self.waiting_on, self.step) {
                (self.waiting_on, self.step) = now;
                events.push(about(EventKind::Waiting, status.sentence.clone()));
            }
        }
        self.stand(status, &mut events, || {
            about(EventKind::Waiting, status.sentence.clone())
        });
        events
    }

    /// Where it stands otherwise than it was told last, an event says so: one of the round's, or one of its own.
    fn stand(&mut self, status: &Status, events: &mut Vec<Event>, own: impl Fn() -> Event) {
        let now = Stand::of(status);
        let is_news = match &self.stood {
            Some(before) => now.needs_person.is_some() && before.key() != now.key(),
            None => now.needs_person.is_some(),
        };
        if !is_news {
            return;
        }
        // Findings are told together, whichever of them is the last.
        if events
            .last()
            .is_none_or(|last| last.kind == EventKind::Finding)
        {
            events.push(own());
        }
        if let Some(last) = events.last_mut() {
            last.stand = Some(Box::new(Stand {
                words: Words::of(status),
                ..now.clone()
            }));
        }
        self.stood = Some(now);
    }
}

/// Waits that are over at once are not worth a line.
fn lasting(status: &Status) -> Option<&WaitingOn> {
    let on = status.waiting_on.as_ref()?;
    (!matches!(on, WaitingOn::CloserLook | WaitingOn::FirstLook)).then_some(on)
}

/// What was done before a plan was adopted and AWS remembers: that the twin was created, and when.
pub(super) fn begun(status: &Status, from: &Provenance, seen: &Observation) -> Option<Event> {
    let twin = seen.twin.seen()?;
    let text = format!("create service {}, before it was adopted", twin.name);
    Some(Event {
        call: Some("ecs:CreateService".to_owned()),
        share: None,
        evidence: Vec::new(),
        ..about(status, from, twin.created_at, EventKind::Acted, text)
    })
}

/// An event about a plan as its status shows it.
pub(super) fn about(
    status: &Status,
    from: &Provenance,
    at: Timestamp,
    kind: EventKind,
    text: String,
) -> Event {
    Event {
        plan: Some(status.plan.clone()),
        revision: Some(status.revision.to_string()),
        commit: from.commit.clone(),
        share: status.shares.observed.map(|s| s.percent()),
        evidence: status.signals.iter().map(|s| s.sentence()).collect(),
        ..Event::new(at, kind, text)
    }
}
