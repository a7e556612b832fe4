//! What neither git nor AWS can know: what people said.

use jiff::Timestamp;
use serde::Serialize;

use crate::plan::Revision;

/// Everything people said about one plan, and about the fleet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// The whole fleet is frozen: the reason.
    pub frozen: Option<String>,
    /// This plan is paused by an operator: the reason.
    pub paused: Option<String>,
    /// Gates that were approved.
    pub approvals: Vec<Approval>,
    /// The last order to take all traffic back.
    pub abort: Option<Order>,
    /// The last order to start again after a rollback.
    pub retry: Option<Order>,
}

/// A gate that only a person opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Gate {
    /// After the step with this index.
    Step(usize),
    /// The step with this index has too few requests to be proven.
    TooFew(usize),
    /// Before the IPv4 side is deleted.
    Retire,
}

/// A person opened a gate for one revision of the plan.
#[derive(Clone, Debug, PartialEq)]
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
#[derive(Clone, Debug, PartialEq)]
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

impl Facts {
    /// Whether a gate was opened for a revision.
    #[must_use]
    pub fn approved(&self, gate: Gate, revision: &Revision) -> bool {
        self.approvals
            .iter()
            .any(|a| a.gate == gate && a.revision == *revision)
    }
}
