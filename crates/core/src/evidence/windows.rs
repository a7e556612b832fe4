//! How far back CloudWatch must be read for a plan.

use std::time::Duration;

use crate::plan::Plan;

/// Up to this hold minutes are read; beyond, five minutes at a time, which CloudWatch keeps for 63 days.
pub const FINE_HOLD: Duration = Duration::from_secs(3 * 3_600);

/// Minutes to read: every hold that minutes prove, and some more so that thin traffic can add up.
pub const RECENT_WINDOW: Duration = Duration::from_secs(FINE_HOLD.as_secs() + 900);

/// Five-minute points to read, where any hold needs them.
#[must_use]
pub fn long_window(plan: &Plan) -> Option<Duration> {
    let longest = holds(plan).filter(|h| *h > FINE_HOLD).max()?;
    Some(longest + Duration::from_secs(1_800))
}

fn holds(plan: &Plan) -> impl Iterator<Item = Duration> {
    plan.shift
        .steps
        .iter()
        .map(|s| s.hold)
        .chain([plan.shift.bake, plan.retire.min_drain])
}
