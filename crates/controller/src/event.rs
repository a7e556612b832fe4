//! What happened, for the history: one line for people, and the parts that other things are made from.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

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
            warns: false,
        }
    }
}
