//! Clients whose cookie holds them on a side that has nobody: a load balancer honours it whatever the weights say, and answers
//! 503 until it runs out, which may take days. A cookie for a group that the action does not name holds nobody.
//!
//! What belongs here: letting them go, and the group's way back into the action. What must not: whether traffic moves.

use std::ops::ControlFlow;

use jiff::SignedDuration;

use super::{
    Gate, OPEN, act,
    fault::twin_lost,
    footing::{self, Footing},
    retire,
    view::View,
    way::Way,
};
use crate::{
    action::{Action, Intent, Side},
    share::Share,
};

/// The share at which a side has no traffic.
pub(super) fn away_from(side: Side) -> Share {
    match side {
        Side::Ipv4 => Share::ALL,
        Side::Ipv6 => Share::NONE,
    }
}

/// No action that is sticky names the group of a side that was lost, while a cookie for it may live.
pub(super) fn let_go(view: &View<'_>, side: Side) -> Gate {
    for way in view.ways() {
        let has_left = way.names_both() && way.is_at(away_from(side));
        let holds = has_left && cookies_live(view, &way, side);
        // Where nobody is on either side, nothing is gained by it.
        if holds && is_lost(view, &way, side)? && has_targets(view, &way, side.other())? {
            let forward = retire::without(view, way.route, way.pair, way.arn(side));
            return act(way.with(forward, Intent::LetGo(side)));
        }
    }
    OPEN
}

fn cookies_live(view: &View<'_>, way: &Way<'_>, side: Side) -> bool {
    let Some(sticky) = way.route.forward.stickiness else {
        return false;
    };
    match side {
        // What we emptied ourselves was drained first.
        Side::Ipv4 => view.strength().is_none(),
        Side::Ipv6 => {
            let back = view.rolled_back().and_then(|r| r.at);
            let lives = SignedDuration::from_secs(sticky.into());
            back.is_none_or(|at| view.now.duration_since(at) <= lives)
        }
    }
}

fn is_lost(view: &View<'_>, way: &Way<'_>, side: Side) -> Gate<bool> {
    if side == Side::Ipv6 && twin_lost(view).is_some() {
        return ControlFlow::Continue(true);
    }
    footing::of(view, way, side).map_continue(|footing| footing == Some(Footing::Empty))
}

fn has_targets(view: &View<'_>, way: &Way<'_>, side: Side) -> Gate<bool> {
    footing::of(view, way, side).map_continue(|footing| footing > Some(Footing::Empty))
}

/// Where a side has targets again, every action names its group again, at first without traffic: only then are they checked.
pub(super) fn rejoin(view: &View<'_>, side: Side) -> Gate {
    for way in view.ways().filter(|way| !way.has(way.arn(side))) {
        if footing::is_ready(view, side) && has_targets(view, &way, side)? {
            return act(way.join(side));
        }
    }
    OPEN
}

/// The move away from where nobody answers. Whoever got a cookie there is not held by it.
pub(super) fn rescue(view: &View<'_>, way: &Way<'_>, share: Share) -> Gate<Action> {
    let mut forward = way.forward_at(share);
    let left = [Side::Ipv4, Side::Ipv6]
        .into_iter()
        .find(|side| share == away_from(*side) && forward.stickiness.is_some());
    if let Some(side) = left
        && footing::of(view, way, side)? == Some(Footing::Empty)
    {
        forward.groups.retain(|g| g.arn != way.arn(side));
    }
    ControlFlow::Continue(way.with(forward, Intent::Rescue(share)))
}
