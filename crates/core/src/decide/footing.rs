//! What a side of a route stands on: whom the load balancer has there to send requests to.
//!
//! What belongs here: reading that off the targets, and asking for a closer look where they may be old. What must not:
//! what follows from it ([`super::astray`], [`super::refuge`]).

use std::ops::ControlFlow;

use super::{Gate, is_full, view::View, wait, way::Way};
use crate::{
    action::Side,
    observation::{Known, Target},
    share::Share,
    status::WaitingOn,
    way::split,
};

/// From worst to best. A load balancer sends to targets that do not pass their checks, or were not checked yet, where it
/// has no better ones; where it has none at all, it answers 503 (Elastic Load Balancing, "Health checks for Application Load
/// Balancer target groups").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Footing {
    /// No target.
    Empty,
    /// Targets, none of them healthy.
    Registered,
    /// A healthy target.
    Healthy,
}

impl Footing {
    pub(super) fn of(targets: &[Target]) -> Self {
        let leaving = |t: &&Target| t.state != "draining";
        let each = targets.iter().filter(leaving).map(|t| {
            if t.is_healthy() {
                Self::Healthy
            } else {
                Self::Registered
            }
        });
        each.max().unwrap_or(Self::Empty)
    }
}

/// The sides that have traffic at a share.
pub(super) fn sides_at(share: Share) -> Vec<Side> {
    let sides = [
        (Side::Ipv4, share < Share::ALL),
        (Side::Ipv6, share > Share::NONE),
    ];
    let sides = sides.into_iter().filter(|(_, has)| *has);
    sides.map(|(side, _)| side).collect()
}

/// The sides that have weight on a route now.
pub(super) fn weighted(way: &Way<'_>) -> Vec<Side> {
    let (ipv4, ipv6) = split::weights(&way.route.forward, &way.pair.ipv4_arn, &way.group.arn);
    let sides = [(Side::Ipv4, ipv4), (Side::Ipv6, ipv6)];
    let sides = sides.into_iter().filter(|(_, weight)| *weight > Some(0));
    sides.map(|(side, _)| side).collect()
}

/// The weakest of some sides of a route. `None`: it could not be read, however closely one looks.
pub(super) fn weakest(view: &View<'_>, way: &Way<'_>, sides: &[Side]) -> Gate<Option<Footing>> {
    let mut weakest = Footing::Healthy;
    for side in sides {
        match of(view, way, *side)? {
            Some(footing) => weakest = weakest.min(footing),
            None => return ControlFlow::Continue(None),
        }
    }
    ControlFlow::Continue(Some(weakest))
}

/// What one side of a route stands on. Remembered targets are believed only as long as they are good and their service is.
pub(super) fn of(view: &View<'_>, way: &Way<'_>, side: Side) -> Gate<Option<Footing>> {
    let footing = match way.group_of(side) {
        Known::Absent => Some(Footing::Empty),
        Known::Seen(group) => group.targets.seen().map(|t| Footing::of(t)),
        Known::Unknown(_) => None,
    };
    let is_sure = footing == Some(Footing::Healthy) && is_ready(view, side);
    if is_sure || is_full(view.seen) {
        return ControlFlow::Continue(footing);
    }
    wait(WaitingOn::CloserLook)
}

/// How many healthy targets a side of a route has.
pub(super) fn healthy(way: &Way<'_>, side: Side) -> u32 {
    let targets = way.group_of(side).seen().and_then(|g| g.targets.seen());
    targets.map_or(0, |targets| healthy_of(targets))
}

/// How many of them are healthy.
pub(super) fn healthy_of(targets: &[Target]) -> u32 {
    targets.iter().filter(|t| t.is_healthy()).count() as u32
}

/// Whether a side's service is there to serve, by ECS's account.
pub(super) fn is_ready(view: &View<'_>, side: Side) -> bool {
    view.service(side).seen().is_some_and(|s| s.is_serving())
}

/// Whether one of the sides could not take over from the other: whoever edits a route then can leave customers with nobody.
pub(super) fn is_alone(view: &View<'_>) -> bool {
    view.ways().next().is_some() && !(is_ready(view, Side::Ipv4) && is_ready(view, Side::Ipv6))
}
