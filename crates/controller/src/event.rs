//! What happened, for the history: one line for people, and the parts that other things are made from.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sixshift_core::status::{Phase, Status, WaitingOn};

/// What kind of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EventKind {
    /// AWS accepted an action.
    Acted,
    /// AWS refused or failed an action.
    Failed,
    /// The guard refused an action.
    Vetoed,
    /// The plan stands on another rung.
    Phase,
    /// It waits for something else.
    Waiting,
    /// The evidence has another verdict.
    Verdict,
    /// Preflight found something that stops nothing.
    Finding,
    /// A person's order.
    Command,
    /// The plans changed at their source.
    Source,
    /// The daemon itself: started, stopped, a round that broke down.
    Daemon,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Rises by one with each event of the fleet; 0 until the journal has taken it.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Which plan; `None`: the fleet.
    pub plan: Option<String>,
    /// The plan's revision.
    pub revision: Option<String>,
    /// The commit that revision came from.
    pub commit: Option<String>,
    /// What kind.
    pub kind: EventKind,
    /// For people.
    pub text: String,
    /// [`EventKind::Acted`], [`EventKind::Failed`], [`EventKind::Vetoed`]: the AWS call, as in
    /// `elasticloadbalancing:ModifyListener`.
    pub call: Option<String>,
    /// The share on IPv6 that was read back then, in percent.
    pub share: Option<f64>,
    /// What the evidence said then, signal by signal.
    #[serde(default)]
    pub evidence: Vec<String>,
    /// Who, where a person spoke.
    pub actor: Option<String>,
    /// Why, in the person's words.
    pub reason: Option<String>,
    /// [`EventKind::Finding`]: its code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<String>,
    /// Where the plan stands otherwise than was told before: how, in words that programs read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stand: Option<Box<Stand>>,
    /// Whether it belongs before whoever reads nothing but warnings: for the log alone, when it happens.
    #[serde(skip)]
    pub warns: bool,
}

impl Event {
    /// An event with nothing but its text; the rest is filled in by who knows it.
    #[must_use]
    pub fn new(at: Timestamp, kind: EventKind, text: impl Into<String>) -> Self {
        Self {
            seq: 0,
            at,
            plan: None,
            revision: None,
            commit: None,
            kind,
            text: text.into(),
            call: None,
            share: None,
            evidence: Vec::new(),
            actor: None,
            reason: None,
            finding: None,
            stand: None,
            warns: false,
        }
    }
}

/// How a plan stands. Its words are the wire's; only [`Words`] is for people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Stand {
    /// The phase; `None` where AWS did not show it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<String>,
    /// Index of the step whose share is applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<usize>,
    /// The kind of what it waited for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting_on: Option<String>,
    /// Whether it stood still until a person does something; `None` where that was not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needs_person: Option<bool>,
    /// The plan's labels.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// What to tell people.
    pub words: Words,
}

/// What people are told of how a plan stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Words {
    /// Where it stands, what it waits for, what comes next.
    pub sentence: String,
    /// What would end the wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unblocked_by: Option<String>,
    /// The page for whoever is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runbook: Option<String>,
}

impl Stand {
    /// How a plan stands by its status. What comes from not having looked is left open.
    #[must_use]
    pub fn of(status: &Status) -> Self {
        let on = status.waiting_on.as_ref();
        let is_seen = !matches!(
            on,
            Some(
                WaitingOn::CloserLook
                    | WaitingOn::FirstLook
                    | WaitingOn::SourceUnread
                    | WaitingOn::Lease { .. }
                    | WaitingOn::Unseen { .. }
                    | WaitingOn::Unknown { .. }
            )
        );
        let calls = on.is_some_and(WaitingOn::needs_person);
        Self {
            phase: is_seen.then(|| status.phase.name().to_owned()),
            step: status.step,
            waiting_on: on.map(|on| on.kind().to_owned()),
            needs_person: (is_seen || calls).then_some(calls),
            labels: BTreeMap::new(),
            words: Words::default(),
        }
    }

    /// Whether it stood in this phase, as far as is known.
    #[must_use]
    pub fn is_in(&self, phase: Phase) -> bool {
        self.phase.as_deref() == Some(phase.name())
    }

    /// What makes it another stand.
    pub(crate) fn key(&self) -> (Option<&str>, Option<usize>, Option<&str>, Option<bool>) {
        let on = self.waiting_on.as_deref();
        let calls = self.needs_person == Some(true);
        let on = on.filter(|_| calls);
        (self.phase.as_deref(), self.step, on, self.needs_person)
    }
}

impl Words {
    /// What to tell of a status.
    #[must_use]
    pub fn of(status: &Status) -> Self {
        let on = status.waiting_on.as_ref();
        let calls = on.filter(|on| on.needs_person());
        Self {
            sentence: status.sentence.clone(),
            unblocked_by: calls.map(WaitingOn::unblocked_by),
            runbook: status.runbook().map(|page| page.url().to_owned()),
        }
    }
}
