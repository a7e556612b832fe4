//! The exit codes, the same for every verb.

use sixshift_controller::Ending;
use sixshift_core::status::{Phase, Status};

/// Done.
pub(crate) const DONE: u8 = 0;
/// Something went wrong.
pub(crate) const ERROR: u8 = 1;
/// Something would be changed: `plan` alone says so.
pub(crate) const CHANGES: u8 = 2;
/// Something that must hold before a start does not.
pub(crate) const UNREADY: u8 = 3;
/// A migration was rolled back.
pub(crate) const ROLLED_BACK: u8 = 4;
/// Time is up.
pub(crate) const TIMED_OUT: u8 = 5;
/// Waits for a person.
pub(crate) const NEEDS_PERSON: u8 = 6;
/// A wrong call.
pub(crate) const USAGE: u8 = 64;
/// Stopped by Ctrl-C, as shells count it.
pub(crate) const STOPPED: u8 = 130;

/// The code for how a run ended: a rollback says more than a wait.
pub(crate) fn of(ending: Ending, statuses: &[Status]) -> u8 {
    match ending {
        Ending::Stopped => STOPPED,
        Ending::TimedOut => TIMED_OUT,
        Ending::Settled if statuses.iter().any(|s| s.phase == Phase::RolledBack) => ROLLED_BACK,
        Ending::Settled if statuses.iter().any(|s| s.phase != Phase::Done) => NEEDS_PERSON,
        Ending::Settled => DONE,
    }
}
