//! CloudWatch alarms.
use super::metrics::Metrics;
use jiff::Timestamp;

/// Every alarm of the region.
#[derive(Debug, Default)]
pub struct Alarms {}

impl Alarms {
    /// Looks at every alarm's metric; to be called once a minute.
    pub fn evaluate(&mut self, _metrics: &Metrics, _now: Timestamp) {}
}
