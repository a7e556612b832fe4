//! How often something took how long.

use std::time::Duration;

/// The upper bounds in seconds: a round is a few calls to AWS, each of which may take 20 seconds at most.
pub(super) const BOUNDS: [f64; 11] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 80.0];

/// Counts by duration.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Histogram {
    within: [u64; BOUNDS.len()],
    /// How many in all.
    pub(super) count: u64,
    /// Their seconds together.
    pub(super) sum: f64,
}

impl Histogram {
    pub(super) fn observe(&mut self, took: Duration) {
        let seconds = took.as_secs_f64();
        for (count, bound) in self.within.iter_mut().zip(BOUNDS) {
            *count += u64::from(seconds <= bound);
        }
        self.count += 1;
        self.sum += seconds;
    }

    /// Each bound, and how many took no longer than that.
    pub(super) fn cumulative(&self) -> impl Iterator<Item = (f64, u64)> {
        BOUNDS.into_iter().zip(self.within)
    }
}
