//! How far a twin without a load balancer is: there are no routes whose weights would say so.
//!
//! What belongs here: what a view asks of each way of such, and which those are. What must not: how one tells it (a way's own folder).

use super::{names, tasks, view::View};
use crate::{
    plan::{Plan, Way},
    share::Share,
    status::{Phase, Rung},
};

/// What AWS shows of such a twin.
pub(super) struct Alone {
    /// The share that it has.
    pub(super) share: fn(&View<'_>) -> Option<Share>,
    /// Whether both sides stand as a share has it.
    pub(super) is_at: fn(&View<'_>, Share) -> bool,
    /// Whether it does anything of the service's.
    pub(super) serves: fn(&View<'_>) -> bool,
    /// The share that was measured in the newest minutes.
    pub(super) measured: fn(&View<'_>) -> Option<Share>,
    /// A share as people see it.
    pub(super) spelled: fn(&View<'_>, Share) -> Share,
    /// Its walk.
    pub(super) walk: fn(&View<'_>, Phase) -> Vec<Rung>,
}

/// Of a plan whose twin stands so.
pub(super) fn of(plan: &Plan) -> Option<&'static Alone> {
    match plan.shift.way {
        Way::Tasks => Some(&tasks::ALONE),
        Way::Names => Some(&names::ALONE),
        Way::Weights | Way::Lattice | Way::Families | Way::InPlace(_) => None,
    }
}
