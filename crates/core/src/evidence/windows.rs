//! How far back CloudWatch must be read for a plan.

use std::time::Duration;

use crate::plan::{Gauge, MOST_POINTS, Plan};

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

/// How far back a metric of the plan's own is read: the longest hold that is being proven, and what the verdict on a rollback looks
/// back at.
#[must_use]
pub fn gauge_window(plan: &Plan, gauge: &Gauge, bakes: bool) -> Duration {
    let holds = plan.shift.steps.iter().map(|s| s.hold);
    let holds = holds.chain(bakes.then_some(plan.shift.bake));
    let longest = holds.max().unwrap_or_default();
    let least = gauge.least_time().max(Duration::from_secs(3_600));
    let slack = gauge.period * 2 + Duration::from_secs(900);
    (longest.max(least) + slack).min(gauge.period * MOST_POINTS as u32)
}

fn holds(plan: &Plan) -> impl Iterator<Item = Duration> {
    plan.shift
        .steps
        .iter()
        .map(|s| s.hold)
        .chain([plan.shift.bake, plan.retire.min_drain])
}
