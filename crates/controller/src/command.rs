//! What people may order, and the answer that they get.
//!
//! What belongs here: the words. Whether an order can be carried out now is [`refusal`]'s pure judgement; carrying it out
//! is the fleet's.

mod holds;
mod promote;

pub use holds::effect;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sixshift_core::{
    facts::{Facts, Gate, Lack},
    plan::{Plan, Revision},
    share::Share,
    status::{Phase, Status, WaitingOn},
};

/// The longest reason that is kept.
pub const LONGEST_REASON: usize = 500;

/// What can be ordered. The words of the command line, the API and the dashboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Verb {
    /// Stop going forward; traffic is still taken back when it goes bad.
    Pause,
    /// Go on.
    Resume,
    /// Open the gate that the plan waits at.
    Approve,
    /// Go on to a share without the holds and gates before it.
    Promote,
    /// Take all traffic back now.
    Abort,
    /// Start again after a rollback.
    Retry,
    /// Take over a migration that the journal knows nothing of.
    Adopt,
    /// Nothing moves in the whole fleet, not even backwards.
    Freeze,
    /// The fleet may move again.
    Unfreeze,
}

impl Verb {
    /// All of them, in the order in which faces show them.
    pub const ALL: [Self; 9] = [
        Self::Approve,
        Self::Promote,
        Self::Pause,
        Self::Resume,
        Self::Abort,
        Self::Retry,
        Self::Adopt,
        Self::Freeze,
        Self::Unfreeze,
    ];

    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Approve => "approve",
            Self::Promote => "promote",
            Self::Abort => "abort",
            Self::Retry => "retry",
            Self::Adopt => "adopt",
            Self::Freeze => "freeze",
            Self::Unfreeze => "unfreeze",
        }
    }

    /// From its name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verb| verb.name() == name)
    }

    /// Whether it stops or takes back: such an order counts whatever the daemon lacks, its journal too.
    #[must_use]
    pub fn stops(self) -> bool {
        matches!(self, Self::Pause | Self::Abort | Self::Freeze)
    }

    /// Whether it is said to the fleet and not to a plan.
    #[must_use]
    pub fn is_for_fleet(self) -> bool {
        matches!(self, Self::Freeze | Self::Unfreeze)
    }
}

/// A person's order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    /// What.
    pub verb: Verb,
    /// To which plan; `None` for the fleet's verbs.
    pub plan: Option<String>,
    /// Approve only: the gate that was looked at. `None`: the one that is waited at now.
    pub gate: Option<Gate>,
    /// Promote only: how far.
    pub to: Option<Share>,
    /// The revision that was looked at; refused when the plan has another one by now. `None`: whichever it has.
    pub revision: Option<Revision>,
    /// Who.
    pub actor: String,
    /// Why.
    pub reason: String,
}

/// Why an order was not carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum Refused {
    /// No such plan.
    #[error("there is no plan called {0}")]
    UnknownPlan(String),
    /// The order itself is not whole.
    #[error("{0}")]
    Malformed(String),
    /// It cannot be done now.
    #[error("cannot {verb} now: {why}", verb = verb.name())]
    NotNow {
        /// What was ordered.
        verb: Verb,
        /// Why not, as a sentence without a full stop.
        why: String,
    },
    /// The plan changed since the person looked.
    #[error("the plan is at revision {now} by now; look again, then repeat the order")]
    OtherRevision {
        /// The plan's revision.
        now: Revision,
    },
    /// A plan is not where it can be handed over.
    #[error("{0}")]
    NotDone(String),
    /// A plan made nothing that code could take over; what code has to say is in the sentence.
    #[error("{0}")]
    NothingMade(String),
    /// AWS did not tell everything that was asked.
    #[error("AWS did not tell all that {plan} left there: {why}")]
    Unread {
        /// The plan.
        plan: String,
        /// AWS's answer, without a full stop.
        why: String,
    },
    /// The journal did not take it, so it does not count. None of [`Verb::stops`] is refused so.
    #[error("the order could not be written to the journal and does not count: {0}")]
    Journal(String),
    /// Another daemon takes the orders, and this one could not hand it over.
    #[error("this daemon stands by: {leads}")]
    StandsBy {
        /// Who leads, or what became of the order, as a sentence without a full stop.
        leads: String,
    },
    /// The daemon is ending.
    #[error("the daemon is shutting down; repeat the order when it is back")]
    Ending,
}

/// What an order did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Accepted {
    /// The sequence number of the event that records it; 0 while the journal cannot be written.
    pub event: u64,
    /// What will happen, in a sentence.
    pub sentence: String,
}

/// What asking for an earlier look at a plan leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Look {
    /// The plan.
    pub plan: String,
    /// When it is looked at; `None`: there is nothing of it that can run.
    pub at: Option<Timestamp>,
    /// The same in words, without a capital letter and a full stop.
    pub sentence: String,
}

/// Why a verb cannot be carried out now, as a sentence without a full stop; `None`: it can.
#[must_use]
pub fn refusal(
    verb: Verb,
    plan: Option<&Plan>,
    facts: &Facts,
    status: Option<&Status>,
) -> Option<String> {
    let waiting_on = status.and_then(|s| s.waiting_on.as_ref());
    let phase = status.map(|s| s.phase);
    let say = |text: &str| Some(text.to_owned());
    match verb {
        Verb::Pause if facts.paused.is_some() => say("it is paused already"),
        Verb::Pause if phase == Some(Phase::Done) => say("it is done"),
        Verb::Resume if facts.paused.is_none() => match waiting_on {
            Some(WaitingOn::Paused { .. }) => {
                say("it is paused by spec.paused in git; change it there")
            }
            _ => say("it is not paused"),
        },
        Verb::Approve => match waiting_on {
            Some(on) if on.gate().is_some() => None,
            Some(on) => Some(format!("it waits for no approval, but: {on}")),
            None => say("it waits for no approval"),
        },
        Verb::Promote => promote::refusal(plan, facts, status),
        Verb::Abort => match phase {
            _ if status.is_some_and(|s| s.ipv4_gone) => {
                say("the IPv4 side is deleted: there is nothing to go back to")
            }
            Some(Phase::RolledBack) => say("it is rolled back already"),
            // Begun before the freeze, it waits with everything else; ordered anew it goes on.
            Some(Phase::RollingBack) if facts.frozen.is_none() => {
                say("it is being rolled back already")
            }
            Some(_) | None => None,
        },
        Verb::Retry => match (phase, waiting_on) {
            (Some(Phase::RolledBack), _) | (_, Some(WaitingOn::TwinFailed { .. })) => None,
            (Some(Phase::RollingBack), _) => say("it is still being rolled back"),
            _ => say("it is not rolled back"),
        },
        Verb::Adopt => match (&facts.lacking, waiting_on) {
            (Some(Lack::Record), _) | (_, Some(WaitingOn::JournalLost)) => None,
            _ => say("the journal knows it: there is nothing to adopt"),
        },
        Verb::Freeze if facts.frozen.is_some() => say("the fleet is frozen already"),
        Verb::Unfreeze if facts.frozen.is_none() => say("the fleet is not frozen"),
        Verb::Pause | Verb::Resume | Verb::Freeze | Verb::Unfreeze => None,
    }
}

/// Why a plan that can be promoted cannot be to this share, as a sentence without a full stop; `None`: it can.
#[must_use]
pub fn too_short(to: Share, status: Option<&Status>) -> Option<String> {
    promote::too_short(to, status)
}

/// A gate, as people say it.
#[must_use]
pub fn gate_name(gate: Gate) -> String {
    match gate {
        Gate::Step(i) => format!("step {}", i + 1),
        Gate::TooFew(i) => format!("step {} with few requests", i + 1),
        Gate::Consumers => "that all consumers moved".to_owned(),
        Gate::Retire => "the retirement".to_owned(),
    }
}
