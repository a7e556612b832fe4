//! When to look again: as rarely as it can be, and together with other plans.
//!
//! What must not be here: what is looked at, and how closely (`Decision::wants_closer_look`).

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{Next, footing, in_place::behind, view::View};
use crate::{
    evidence::next_complete,
    status::{Phase, WaitingOn},
};

/// An edit that leaves customers with nobody is set right within a minute of it: seconds between looks at a side whose
/// partner could not take over.
const ALONE: i64 = 45;

/// As rarely as it can: when the next minute of metrics is complete, sooner only while AWS is at work for us.
pub(super) fn look_at(view: &View<'_>, phase: Phase, next: &Next) -> Timestamp {
    let at = by_the_wait(view, phase, next);
    if view.plan.is_behind() {
        return match behind::motion(view) {
            Some(seconds) => at.min(in_step(seconds, view.now)),
            // Whoever edits a route can lead it to the group that has nobody.
            None if view.ways().any(|way| way.names_both()) => at.min(in_step(ALONE, view.now)),
            None => at,
        };
    }
    if footing::is_alone(view) {
        return at.min(in_step(ALONE, view.now));
    }
    at
}

fn by_the_wait(view: &View<'_>, phase: Phase, next: &Next) -> Timestamp {
    let in_seconds = |s: i64| view.now + SignedDuration::from_secs(s);
    let minute = next_complete(Duration::from_secs(60), view.now);
    let on = match next {
        Next::Act(_) => return look_after(phase, view.now),
        Next::Done => return in_seconds(300),
        Next::Wait(on) => on.blocker(),
    };
    match on {
        WaitingOn::CloserLook => view.now,
        WaitingOn::Unseen { .. } => in_step(2, view.now),
        WaitingOn::RolledBack { .. } => in_seconds(300),
        WaitingOn::Stood { proven, needed, .. } => {
            let left = SignedDuration::try_from(needed.saturating_sub(*proven));
            let due = left.ok().and_then(|left| view.now.checked_add(left).ok());
            due.unwrap_or(minute).clamp(in_seconds(1), in_seconds(60))
        }
        WaitingOn::Cold { until } => (*until).clamp(in_seconds(1), in_seconds(300)),
        WaitingOn::Approval { .. } if phase == Phase::Retire => in_seconds(300),
        on if on.needs_person() => minute,
        WaitingOn::Deployment { .. }
        | WaitingOn::TasksStarting { .. }
        | WaitingOn::TasksStopping { .. }
        | WaitingOn::TargetsUnhealthy { .. }
        | WaitingOn::Deletion { .. } => in_step(15, view.now).min(minute),
        WaitingOn::Unknown { .. } | WaitingOn::ActFailed { .. } | WaitingOn::Vetoed { .. } => {
            in_seconds(20)
        }
        _ => minute,
    }
}

/// When to look again after an act of a phase that ended now.
#[must_use]
pub fn look_after(phase: Phase, now: Timestamp) -> Timestamp {
    if phase.is_building() {
        in_step(5, now)
    } else {
        now
    }
}

/// The next of the moments, so many seconds apart, that are the same for all plans: looks in one moment share calls.
fn in_step(seconds: i64, now: Timestamp) -> Timestamp {
    let next = (now.as_second().div_euclid(seconds) + 1) * seconds;
    Timestamp::from_second(next).unwrap_or(now)
}
