//! How far back CloudWatch must be read for a plan.

use std::time::Duration;

use crate::plan::Plan;

/// Up to this hold minutes are read; beyond, five minutes at a time, which CloudWatch keeps for 63 days.
pub const FINE_HOLD: Duration = Duration::from_secs(3 * 3_600);

/// Minutes to read at least: those before a rollback, and some more so that thin traffic can add up.
const LEAST: Duration = Duration::from_secs(FINE_HOLD.as_secs() + 900);

/// Minutes to read: enough for every hold that minutes prove, where only each third minute has a request.
#[must_use]
pub fn recent_window(plan: &Plan) -> Duration {
    let longest = holds(plan).filter(|h| *h <= FINE_HOLD).max();
    let longest = longest.unwrap_or_default() * 3;
    (longest + Duration::from_secs(900)).max(LEAST)
}

/// Five-minute points to read, where any hold needs them: twice as long, for a service that sleeps half of the day.
#[must_use]
pub fn long_window(plan: &Plan) -> Option<Duration> {
    let longest = holds(plan).filter(|h| *h > FINE_HOLD).max()?;
    Some(longest * 2 + Duration::from_secs(1_800))
}

fn holds(plan: &Plan) -> impl Iterator<Item = Duration> {
    plan.shift
        .steps
        .iter()
        .map(|s| s.hold)
        .chain([plan.shift.bake, plan.retire.min_drain])
}
