//! A service that is moved in place behind an Application Load Balancer: one deployment replaces its tasks, and the routes follow them.
//!
//! A task of one family registers in a target group of that family alone, so while the deployment is under way each side has tasks of
//! its own. IPv4's are protected from it for that time: ECS starts as many on IPv6 and stops none, whatever becomes of us. Once IPv6
//! carries it, each route is led there; only later IPv4's tasks may go.
//!
//! What belongs here: the rungs. What must not: where a route leads ([`follow`]), and which tasks ECS leaves alone ([`keep`]).

mod back;
mod follow;
mod keep;
mod leave;
mod swap;

use super::{
    super::{Gate, OPEN, Rung, build, held, view::View},
    back as plain, bake, definition, proof,
};
use crate::{share::Share, status::Phase};

pub(super) use follow::nobody_answers;

/// The ladder, from the bottom.
pub(in super::super) const LADDER: &[Rung] = &[
    (|v| v.standing(), as_left),
    (plain::phase, back::safe),
    (|v| v.standing(), held::paused),
    (|v| v.at_least(Phase::Checking), ready),
    (|v| v.at_least(Phase::TargetGroup), target_groups),
    (|v| v.at_least(Phase::TaskDefinition), definition),
    (|v| v.at_least(Phase::Warm), proof::proof),
    (|_| Phase::Shift, swap::swap),
    (|_| Phase::Bake, keep::let_go),
    (|_| Phase::Bake, bake::bake),
    (|_| Phase::Retire, leave::leave),
];

/// Nothing stops it, and the routes are as we left them.
fn as_left(view: &View<'_>) -> Gate {
    if !held::people(view)? {
        return OPEN;
    }
    follow::lead(view)?;
    held::note_lost(view)?;
    follow::edits(view)
}

/// Nothing blocks, and what stands before the service is known.
fn ready(view: &View<'_>) -> Gate {
    if !view.is_under_way() {
        view.ipv4()?;
        view.pairs()?;
        view.need(&view.seen.load_balancers, "the load balancers", "")?;
        view.routes()?;
        view.look(&view.seen.quotas, "the load balancers' quotas")?;
        view.look(&view.seen.ipv4_scaling, "the service's scaling")?;
    }
    super::ready(view)
}

/// Each target group has its IPv6 partner on every route, as long as nothing has moved.
fn target_groups(view: &View<'_>) -> Gate {
    if view.is_under_way() {
        return OPEN;
    }
    build::target_groups(view)
}

/// How many seconds lie between looks while tasks of both sides come and go, and routes are to follow them; fewer until all customers
/// are where the service goes.
pub(in super::super) fn motion(view: &View<'_>) -> Option<i64> {
    const GOING: i64 = 5;
    const KEPT: i64 = 15;
    let service = view.seen.ipv4.seen()?;
    if !view.is_under_way() || !(service.is_deploying() || keep::is_any(view)) {
        return None;
    }
    let there = match view.plan.ipv6.is_network_of(service) {
        true => Share::ALL,
        false => Share::NONE,
    };
    Some(if follow::all_at(view, there) {
        KEPT
    } else {
        GOING
    })
}
