//! A side lost every target while it had traffic and the other side has some: customers go there until it has them again.
//!
//! That is nobody's wish (somebody scaled a service to nothing, or deregistered its targets), and it proves nothing about
//! the plan's next step: the share that was reached stays noted, and traffic returns to it. An IPv6 side that lost its
//! targets is rolled back instead, where the plan says so.

use std::ops::ControlFlow;

use super::{
    Gate, OPEN, act, astray,
    footing::{self, Footing},
    is_full, note_share, pinned, shift,
    view::View,
    wait,
    way::Way,
};
use crate::{
    action::{Action, Intent, Side},
    names::tag,
    note::Note,
    plan::OnBad,
    share::Share,
    status::WaitingOn,
};

/// Nobody's traffic goes to a side without any target while the other has one.
pub(super) fn lead(view: &View<'_>) -> Gate {
    if let Some(Note::Refuge(at, now)) = view.note() {
        return led(view, at, now);
    }
    let ways = view
        .ways()
        .filter(|way| astray::expected(view, way).is_none());
    for way in ways {
        for side in footing::weighted(&way) {
            if is_taken_back(view, side) {
                continue;
            }
            if !may_serve(view, &way, side.other()) {
                refill(view, &way, side)?;
                continue;
            }
            if footing::of(view, &way, side)? != Some(Footing::Empty) {
                continue;
            }
            match footing::of(view, &way, side.other())? {
                Some(Footing::Empty) => refill(view, &way, side)?,
                Some(_) => return take(view, pinned::away_from(side)),
                None => {}
            }
        }
    }
    OPEN
}

/// Nobody could serve, and the side that has the traffic is the one that we emptied: it gets its tasks back.
fn refill(view: &View<'_>, way: &Way<'_>, side: Side) -> Gate {
    let (Side::Ipv4, Some(ipv4), Some(before)) = (side, view.seen.ipv4.seen(), view.strength())
    else {
        return OPEN;
    };
    let is_ours = ipv4.is_active() && ipv4.desired == 0;
    if !is_ours || footing::of(view, way, side)? != Some(Footing::Empty) {
        return OPEN;
    }
    act(Action::ScaleService {
        cluster: view.plan.service.cluster.clone(),
        service: ipv4.name.clone(),
        side,
        desired: before.tasks,
    })
}

/// First the note, so that nobody takes our move for an edit; without one, where AWS takes none.
pub(super) fn take(view: &View<'_>, share: Share) -> Gate {
    let back = view.is_rolled_back() || matches!(view.note(), Some(Note::Moving(_, Share::NONE)));
    let Some(note) = view.note().filter(|_| !view.facts.is_refused(tag::SHARE)) else {
        return go(view, share);
    };
    let at = if back { Share::NONE } else { note.reached() };
    note_share(view, Note::Refuge(at, share))
}

fn go(view: &View<'_>, share: Share) -> Gate {
    // A route that let the clients of a lost twin go leads nobody there.
    let is_led = |way: &Way<'_>| share > Share::NONE || way.is_attached();
    let may_go = |way: &Way<'_>| !way.is_at(share) && !way.is_given_away() && is_led(way);
    match view.ways().find(may_go) {
        Some(way) => act(way.set(share, Intent::Rescue(share))),
        None => OPEN,
    }
}

fn led(view: &View<'_>, at: Share, now: Share) -> Gate {
    if now > at && shift::promoted(view) >= Some(now) {
        return note_share(view, Note::Moving(at, now));
    }
    let empty = emptied(at, now);
    pinned::rejoin(view, empty)?;
    for way in view.ways() {
        if !can_return(view, &way, at)? {
            go(view, now)?;
            return pinned::let_go(view, empty);
        }
    }
    let may_return = |way: &Way<'_>| !way.is_at(at) && !way.is_given_away();
    match view.ways().find(may_return) {
        Some(way) => act(way.set(at, Intent::Correct(at))),
        None => note_share(view, Note::Settled(at, None)),
    }
}

/// Nothing else happens meanwhile but a rollback.
pub(super) fn stay(view: &View<'_>) -> Gate {
    let Some(Note::Refuge(at, now)) = view.note() else {
        return OPEN;
    };
    wait(WaitingOn::Emptied {
        side: emptied(at, now),
        at,
        now,
    })
}

/// The side that traffic was led away from.
fn emptied(at: Share, now: Share) -> Side {
    if now > at { Side::Ipv4 } else { Side::Ipv6 }
}

/// Both sides have what the share asks of them again.
fn can_return(view: &View<'_>, way: &Way<'_>, at: Share) -> Gate<bool> {
    for side in footing::sides_at(at) {
        if !footing::is_ready(view, side) {
            return ControlFlow::Continue(false);
        }
        if !is_full(view.seen) {
            return wait(WaitingOn::CloserLook);
        }
        let full = view.service(side).seen().map_or(1, |s| s.desired);
        if footing::healthy(way, side) < enough(full) {
            return ControlFlow::Continue(false);
        }
    }
    ControlFlow::Continue(true)
}

/// One straggler in ten must not keep customers where they are.
pub(super) fn enough(full: u32) -> u32 {
    full - full.div_ceil(10).min(full.saturating_sub(1))
}

/// Whether the rollback ladder takes care of a side without targets.
pub(super) fn is_taken_back(view: &View<'_>, side: Side) -> bool {
    side == Side::Ipv6
        && view.plan.health.on_bad == OnBad::Rollback
        && !view.is_ipv4_gone()
        && view.is_under_way()
}

/// Whether it is worth asking: by ECS's account, or by what was last seen of its targets.
fn may_serve(view: &View<'_>, way: &Way<'_>, side: Side) -> bool {
    footing::is_ready(view, side) || footing::healthy(way, side) > 0
}
