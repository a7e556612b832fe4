//! Clients whose cookie holds them on a twin that was lost: a load balancer honours it whatever the weights say, and answers
//! 503 until it runs out, which may take days. A cookie for a group that the action does not name holds nobody.
//!
//! What belongs here: letting them go, and our group's way back into the action. What must not: the way back of traffic,
//! which is over by then.

use jiff::SignedDuration;

use super::{Gate, OPEN, act, fault::twin_lost, footing, retire, view::View, way::Way};
use crate::{
    action::{Action, Intent, Side},
    share::Share,
};

/// No action that is sticky names the group of a lost twin, while a cookie of the time before the return may live.
pub(super) fn let_go(view: &View<'_>) -> Gate {
    if twin_lost(view).is_none() {
        return OPEN;
    }
    match view.ways().find(|way| holds_clients(view, way)) {
        Some(way) => act(without_ipv6(view, &way)),
        None => OPEN,
    }
}

fn holds_clients(view: &View<'_>, way: &Way<'_>) -> bool {
    let Some(sticky) = way.route.forward.stickiness else {
        return false;
    };
    let lives = view
        .rolled_back()
        .and_then(|r| r.at)
        .is_none_or(|at| view.now.duration_since(at) <= SignedDuration::from_secs(sticky.into()));
    let has_left = way.is_attached() && way.is_at(Share::NONE);
    has_left && lives && way.has(&way.pair.ipv4_arn)
}

fn without_ipv6(view: &View<'_>, way: &Way<'_>) -> Action {
    Action::SetForward {
        route: way.route.id.clone(),
        expects: way.route.fingerprint.clone(),
        forward: retire::without(view, way.route, way.pair, &way.group.arn),
        intent: Intent::LetGo,
    }
}

/// Where the twin has tasks again, every action names its group again, at first without traffic: only then is it checked.
pub(super) fn rejoin(view: &View<'_>) -> Gate {
    if !footing::is_ready(view, Side::Ipv6) {
        return OPEN;
    }
    match view.ways().find(|way| !way.is_attached()) {
        Some(way) => act(way.set(Share::NONE, Intent::Attach(Share::NONE))),
        None => OPEN,
    }
}
