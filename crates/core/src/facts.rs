//! What neither git nor AWS can know: what people said, and what the daemon knows of its own footing.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    observation::Few,
    plan::{Revision, StepGate},
    share::Share,
    status::WaitingOn,
    written::Written,
};

/// Everything people said about one plan, and about the fleet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// The whole fleet is frozen.
    pub frozen: Option<Freeze>,
    /// This plan is paused by an operator: the reason.
    pub paused: Option<String>,
    /// Gates that were approved.
    pub approvals: Vec<Approval>,
    /// The last order to take all traffic back.
    pub abort: Option<Order>,
    /// The last order to start again after a rollback.
    pub retry: Option<Order>,
    /// The last order to move on to a share without the holds before it.
    pub promotion: Option<Promotion>,
    /// What the daemon lacks to move this plan.
    pub lacking: Option<Lack>,
    /// The notes that AWS took from us, as the journal has them: for where somebody removed the tags.
    pub notes: Few<String, String>,
    /// Keys of the notes that AWS did not take, however often they were tried.
    pub refused_notes: BTreeSet<String>,
    /// What a step's webhook said when it was asked last.
    pub gate: Option<GateWord>,
    /// What the daemon wrote a moment ago: a reason to wait for AWS to show it, never a proof.
    pub written: Written,
}

/// Nothing moves until somebody ends it, but what a person orders back after it began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Freeze {
    /// Why.
    pub reason: String,
    /// When it was ordered.
    pub at: Timestamp,
}

/// What the daemon lacks to move a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lack {
    /// Not every plan has been looked at since the daemon started: a route of theirs may be this plan's.
    FirstLook,
    /// Somebody else holds the lease, or it would end during a call.
    Lease {
        /// Why, as a sentence without a full stop.
        why: String,
    },
    /// The source has not been read since the daemon started: the plan may say something else by now.
    Source,
    /// The journal has no record of this plan. Of no matter while nothing of it is in AWS.
    Record,
    /// The journal takes no notes now: what happens, and what people say, would be lost with this process.
    Journal {
        /// Why, as the store says it, without a full stop.
        why: String,
    },
    /// This machine's clock is wrong by AWS's: how long something has been good is not to be judged by it.
    Clock {
        /// By how much, as a sentence without a full stop.
        why: String,
    },
    /// The plan is no longer at its source.
    Plan {
        /// Since which commit, where the source has commits.
        commit: Option<String>,
    },
    /// Another plan moves the same route.
    OwnRoute {
        /// Which one, by its name for people.
        route: String,
        /// The other plan and its position.
        other: String,
    },
}

/// A gate that only a person opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Gate {
    /// After the step with this index.
    Step(usize),
    /// The step with this index has too few requests to be proven.
    TooFew(usize),
    /// All consumers of the service's Cloud Map registry have moved to the twin's.
    Consumers,
    /// Before the IPv4 side is deleted.
    Retire,
}

impl Gate {
    /// The one behind a step, where a person is asked there.
    #[must_use]
    pub fn behind(step: usize, gate: &StepGate) -> Option<Self> {
        match gate {
            StepGate::Auto | StepGate::Webhook(_) => None,
            StepGate::Approval => Some(Self::Step(step)),
            StepGate::Consumers => Some(Self::Consumers),
        }
    }
}

/// What a step's webhook said. It is not kept: whoever starts asks anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateWord {
    /// The step's index.
    pub step: usize,
    /// The revision that it is a step of.
    pub revision: Revision,
    /// The share that the routes had.
    pub at: Share,
    /// When the question was sent.
    pub asked: Timestamp,
    /// The answer.
    pub answer: Answer,
}

/// A webhook's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A clear yes.
    Open,
    /// A clear no, with its reason: bounded, without control characters.
    Closed(Option<String>),
    /// Neither.
    Failed {
        /// Why, as a sentence without a full stop; nothing in it is the webhook's.
        why: String,
        /// Since when there was neither.
        since: Timestamp,
    },
}

/// A person opened a gate for one revision of the plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Approval {
    /// Which gate.
    pub gate: Gate,
    /// For which revision.
    pub revision: Revision,
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// A person's order on one revision of the plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    /// For which revision.
    pub revision: Revision,
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// A person's order to move on to a share at once, for one revision of the plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Promotion {
    /// How far.
    pub to: Share,
    /// Who, why, when, and for which revision.
    #[serde(flatten)]
    pub order: Order,
}

impl Lack {
    /// What a plan that is to move waits for.
    #[must_use]
    pub fn waiting_on(&self) -> WaitingOn {
        match self.clone() {
            Self::FirstLook => WaitingOn::FirstLook,
            Self::Lease { why } => WaitingOn::Lease { why },
            Self::Source => WaitingOn::SourceUnread,
            Self::Record => WaitingOn::JournalLost,
            Self::Journal { why } => WaitingOn::JournalUnwritable { why },
            Self::Clock { why } => WaitingOn::ClockWrong { why },
            Self::Plan { commit } => WaitingOn::Vanished { commit },
            Self::OwnRoute { route, other } => WaitingOn::SharedRoute { route, other },
        }
    }
}

impl Facts {
    /// Whether AWS takes no note with a key.
    #[must_use]
    pub fn is_refused(&self, key: &str) -> bool {
        self.refused_notes.contains(key)
    }

    /// Whether a gate was opened for a revision.
    #[must_use]
    pub fn approved(&self, gate: Gate, revision: &Revision) -> bool {
        self.approvals
            .iter()
            .any(|a| a.gate == gate && a.revision == *revision)
    }
}
