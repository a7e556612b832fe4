//! How each wait passes in imagination, if it passes at all.
//!
//! What belongs here: one arm for each wait there is. What must not: what becomes of the world meanwhile (`elapse`,
//! `evidence`).

use jiff::{SignedDuration, Timestamp};

use super::{Imagined, elapse};
use crate::{
    action::Side,
    evidence::METRIC_DELAY,
    facts::Gate,
    status::{ProbeStop, WaitingOn},
};

/// What ends a wait.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Until {
    /// A moment, at the earliest. Nothing is assumed but that all goes well.
    Time(Timestamp),
    /// A person's word.
    Person(Gate),
    /// Something that AWS is at, and how soon it may be done with it.
    Aws(Work, SignedDuration),
    /// The daemon's own footing, which is no matter of this plan.
    Footing,
    /// Nothing that can be foreseen.
    Never,
}

/// What AWS is at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Work {
    /// Tasks start, stop, or are replaced.
    Tasks,
    /// Targets are checked.
    Checks,
    /// Something is deleted.
    Deletion,
}

/// What ends a wait, and when a round would ask again whether it is over.
pub(super) fn pass(on: &WaitingOn, imagined: &Imagined<'_>, look_at: Timestamp) -> Until {
    match on.blocker() {
        WaitingOn::Hold { due, .. } | WaitingOn::Bake { due, .. } => Until::Time(*due),
        WaitingOn::Cold { until } => Until::Time(*until),
        WaitingOn::Stood { proven, needed, .. } => {
            let left = SignedDuration::try_from(needed.saturating_sub(*proven)).ok();
            let over = left.and_then(|left| imagined.now().checked_add(left).ok());
            over.map_or(Until::Never, Until::Time)
        }
        WaitingOn::Drain {
            side: Side::Ipv4,
            over,
            ..
        } => {
            let over = SignedDuration::try_from(*over + METRIC_DELAY);
            let left = imagined.left_ipv4();
            let over = over.ok().and_then(|over| left?.checked_add(over).ok());
            Until::Time(over.unwrap_or(look_at))
        }
        WaitingOn::TooFew {
            samples, needed, ..
        } => {
            let takes = imagined.minutes.takes(needed.saturating_sub(*samples));
            let enough = takes.and_then(|takes| imagined.now().checked_add(takes).ok());
            enough.map_or(Until::Never, Until::Time)
        }
        WaitingOn::Drain { .. }
        | WaitingOn::CanaryProof { .. }
        | WaitingOn::Evidence { overdue: false, .. }
        | WaitingOn::Probe {
            what: ProbeStop::Uncounted,
            ..
        }
        | WaitingOn::CloserLook
        | WaitingOn::Unseen { .. } => Until::Time(look_at),
        WaitingOn::Deployment { overdue: false, .. }
        | WaitingOn::TasksStarting { overdue: false, .. } => Until::Aws(Work::Tasks, elapse::TASKS),
        WaitingOn::TasksStopping { .. } => Until::Aws(Work::Tasks, elapse::GONE),
        WaitingOn::TargetsUnhealthy { overdue: false, .. } => {
            Until::Aws(Work::Checks, elapse::CHECKS)
        }
        WaitingOn::Deletion { .. } => Until::Aws(Work::Deletion, elapse::GONE),
        WaitingOn::Approval { gate } => Until::Person(*gate),
        // A person's approval stands for its yes.
        WaitingOn::Webhook { step, .. } => Until::Person(Gate::Step(*step)),
        WaitingOn::FirstLook | WaitingOn::Lease { .. } | WaitingOn::SourceUnread => Until::Footing,
        WaitingOn::Frozen { .. }
        | WaitingOn::Paused { .. }
        | WaitingOn::JournalLost
        | WaitingOn::JournalUnwritable { .. }
        | WaitingOn::ClockWrong { .. }
        | WaitingOn::Vanished { .. }
        | WaitingOn::SharedRoute { .. }
        | WaitingOn::RolledBack { .. }
        | WaitingOn::OutsideEdit { .. }
        | WaitingOn::MovedBack { .. }
        | WaitingOn::Resized { .. }
        | WaitingOn::Emptied { .. }
        | WaitingOn::Ipv4Sick { .. }
        | WaitingOn::NoteLost { .. }
        | WaitingOn::Unknown { .. }
        | WaitingOn::Missing { .. }
        | WaitingOn::Foreign { .. }
        | WaitingOn::Findings { .. }
        | WaitingOn::Deployment { overdue: true, .. }
        | WaitingOn::TasksStarting { overdue: true, .. }
        | WaitingOn::TwinFailed { .. }
        | WaitingOn::NotIpv6Only { .. }
        | WaitingOn::Probe { .. }
        | WaitingOn::TargetsUnhealthy { overdue: true, .. }
        | WaitingOn::Evidence { overdue: true, .. }
        | WaitingOn::Bad { .. }
        | WaitingOn::NoWayBack { .. }
        | WaitingOn::Vetoed { .. }
        | WaitingOn::ActFailed { .. } => Until::Never,
    }
}
