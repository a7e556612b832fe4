//! When a run is over.

use jiff::{SignedDuration, Timestamp};
use sixshift_core::status::WaitingOn;

use super::Fleet;

/// When a run is over.
#[derive(Clone, Copy, Debug, Default)]
pub struct Goal {
    /// When every plan has been settled without a break for so long. `None`: never.
    pub settled_for: Option<SignedDuration>,
    /// Whether a wait for an approval counts as settled.
    pub approvals_settle: bool,
    /// At this time at the latest.
    pub until: Option<Timestamp>,
}

/// Why a run is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Every plan is settled.
    Settled,
    /// Time is up.
    TimedOut,
    /// Somebody asked to stop.
    Stopped,
}

impl Fleet {
    pub(super) fn reached(&self, goal: Goal) -> Option<Ending> {
        let now = self.now();
        if self.settles_at(goal).is_some_and(|at| at <= now) {
            return Some(Ending::Settled);
        }
        goal.until
            .is_some_and(|until| until <= now)
            .then_some(Ending::TimedOut)
    }

    /// When the run is over if nothing changes until then.
    pub(super) fn settles_at(&self, goal: Goal) -> Option<Timestamp> {
        // What has not been read yet may hold more plans.
        let settled_for = goal.settled_for.filter(|_| self.source_read.get())?;
        let entries = self.entries.borrow();
        let mut last = Timestamp::MIN;
        for entry in entries.values().filter(|e| e.plan.is_some()) {
            let status = entry.status.as_ref()?;
            let waits_for_approval = matches!(status.waiting_on, Some(WaitingOn::Approval { .. }));
            if waits_for_approval && !goal.approvals_settle {
                return None;
            }
            last = last.max(entry.settled_since?);
        }
        last.saturating_add(settled_for).ok()
    }
}
