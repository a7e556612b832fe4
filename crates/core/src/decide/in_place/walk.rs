//! The walk of a service that is moved in place, as it is shown.

use super::{super::view::View, bake};
use crate::{
    names::tag,
    readiness::Counted,
    status::{Asks, Phase, Rung, RungState},
};

/// Every rung, from the bottom of the ladder.
pub(in super::super) fn walk(view: &View<'_>, phase: Phase) -> Vec<Rung> {
    let mut walk = vec![preflight(view)];
    if let Some(needed) = view.plan.in_place().and_then(|how| how.proof) {
        let is_proven = view.noted(tag::PROVEN).is_some();
        let state = if is_proven {
            RungState::Open
        } else {
            RungState::Ahead
        };
        walk.push(Rung::new(Asks::Proof(needed), state));
    }
    walk.push(tasks(view));
    walk.extend(super::super::walk::evidence(view, phase));
    let bake = view.plan.shift.bake;
    let proven = bake::stood(view).filter(|_| phase == Phase::Bake);
    let is_over = view.noted(tag::BAKED).is_some() || proven.is_some_and(|p| p >= bake);
    let state = if is_over {
        RungState::Open
    } else {
        RungState::Ahead
    };
    walk.push(Rung::new(Asks::Bake { bake, proven }, state));
    walk
}

fn preflight(view: &View<'_>) -> Rung {
    let found = view.seen.ipv4.seen().map(|_| Counted::of(&view.findings));
    let state = match &found {
        Some(found) if found.blocking == 0 => RungState::Open,
        _ => RungState::Unknown,
    };
    Rung::new(Asks::Preflight(found), state)
}

/// The service's own tasks, once they stand in the plan's network.
fn tasks(view: &View<'_>) -> Rung {
    let Some(service) = view.seen.ipv4.seen() else {
        return Rung::new(Asks::Tasks(None), RungState::Unknown);
    };
    if !view.plan.ipv6.is_network_of(service) {
        return Rung::new(Asks::Tasks(None), RungState::Ahead);
    }
    let state = if service.runs_all() && !service.is_deploying() {
        RungState::Open
    } else {
        RungState::Closed
    };
    Rung::new(Asks::Tasks(Some((service.running, service.desired))), state)
}
