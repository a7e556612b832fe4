//! The rule by which a load balancer knows our own requests to the twin, as it is to be made.

use std::collections::BTreeMap;

/// A rule that no request of a customer's meets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewProbeRule {
    /// Its listener.
    pub listener: String,
    /// The route's name for people.
    pub named: String,
    /// ARN of the rule that leads to the service, before which it stands and whose conditions it has too; none before the
    /// default action.
    pub before: Option<String>,
    /// Those conditions, as they were seen.
    pub expects: Vec<(String, Vec<String>)>,
    /// Where it stands.
    pub priority: u32,
    /// The value of [`crate::names::PROBE_HEADER`] that a request must have.
    pub value: String,
    /// The target group that it leads to.
    pub group: String,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}
