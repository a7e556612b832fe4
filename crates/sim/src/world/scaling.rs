//! Application Auto Scaling.
use super::metrics::Metrics;
use jiff::Timestamp;

/// Every scalable target of the region.
#[derive(Debug, Default)]
pub struct Scaling {}

/// What of a target is suspended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SuspendedState {
    /// Scaling in by policies.
    pub scale_in: bool,
    /// Scaling out by policies.
    pub scale_out: bool,
    /// Scheduled actions.
    pub scheduled: bool,
}

impl Scaling {
    /// The bounds of a resource such as `service/cluster/name`.
    pub fn bounds(&self, _resource: &str) -> Option<(i64, i64, SuspendedState)> {
        None
    }

    /// What the policies and schedules want now: resource and new desired count.
    pub fn tick(&mut self, _now: Timestamp, _metrics: &Metrics) -> Vec<(String, i64)> {
        Vec::new()
    }
}
