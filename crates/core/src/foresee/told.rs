//! What lies ahead, in words: what is waited for, and what comes of the whole.
//!
//! What belongs here: sentences that look forward. What is waited for now is told by [`crate::status`].

use super::{End, Foresight, Wait};
use crate::{
    action::Side,
    status::{WaitingOn, duration},
    wire::wire_names,
};

/// What comes of it, for whoever must go on or stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Nothing is to be done, or a person stopped it before anything is.
    Nothing,
    /// Something will be done, and it comes to its end.
    Changes,
    /// It will not come to its end: something is in its way that does not go by itself.
    Blocked,
    /// AWS could not be read.
    Unreadable,
}

wire_names!(Outcome:
    Nothing = "nothing"
    Changes = "changes"
    Blocked = "blocked"
    Unreadable = "unreadable");

impl Foresight {
    /// What comes of it.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        let is_still = self.calls().next().is_none();
        match &self.end {
            End::Done if is_still => Outcome::Nothing,
            End::Done | End::More => Outcome::Changes,
            End::Stands { on, .. } => match on.blocker() {
                WaitingOn::Unknown { .. } => Outcome::Unreadable,
                WaitingOn::Paused { .. } | WaitingOn::Frozen { .. } if is_still => Outcome::Nothing,
                _ => Outcome::Blocked,
            },
        }
    }
}

impl Wait {
    /// What is waited for, as a sentence without a full stop.
    #[must_use]
    pub fn what(&self) -> String {
        match self.on.blocker() {
            WaitingOn::Hold { at, hold, .. } => {
                format!("{} at {at}, good in every minute", duration(*hold))
            }
            WaitingOn::Bake { bake, .. } => {
                format!("{} at 100 %, good in every minute", duration(*bake))
            }
            WaitingOn::Cold { .. } => {
                "IPv4 stands cold, without tasks, ready to come back".to_owned()
            }
            WaitingOn::CanaryProof { needed, .. } => {
                format!("the canary healthy for {}", duration(*needed))
            }
            WaitingOn::Drain { side, over, .. } => {
                format!("no request on {side} for {}", duration(*over))
            }
            WaitingOn::TasksStarting { side, desired, .. } => match desired {
                1 => format!("a task starts on {side}"),
                n => format!("{n} tasks run on {side}"),
            },
            WaitingOn::TasksStopping { side, .. } => format!("the tasks on {side} stop"),
            WaitingOn::TargetsUnhealthy { side, .. } => {
                format!("the targets on {side} pass their health check")
            }
            WaitingOn::Deployment {
                side: Side::Ipv4, ..
            } => "the IPv4 service's deployment ends".to_owned(),
            WaitingOn::Deployment { .. } => "the twin's deployment ends".to_owned(),
            WaitingOn::Deletion { what } => format!("AWS deletes {what}"),
            WaitingOn::TooFew { .. } => "requests enough to tell".to_owned(),
            on => on.to_string(),
        }
    }
}
