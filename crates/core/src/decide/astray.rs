//! Routes that are not as we left them: somebody else's edits.
//!
//! What belongs here: which route strayed, from what, and what becomes of it. `drift: hold` stops and tells, `drift: correct`
//! sets it right, step by step; but an edit that leaves customers with nobody to answer is set right at once, since nobody
//! wanted that. What must not: a side that lost its targets while the routes are as we left them ([`super::refuge`]).

use std::ops::ControlFlow;

use super::{
    Gate, OPEN, Stop, act,
    footing::{self, Footing},
    held, note_share, pinned, refuge, rollback, shift,
    view::View,
    wait, warm,
    way::Way,
};
use crate::{
    action::{Intent, Side},
    note::Note,
    observation::{RouteId, Target},
    plan::Drift,
    share::Share,
    status::WaitingOn,
};

/// Every route is as we left it.
pub(super) fn astray(view: &View<'_>) -> Gate {
    let strayed = || {
        view.ways()
            .filter_map(|way| Some((way, expected(view, &way)?)))
    };
    for (way, share) in strayed() {
        leads_somewhere(view, &way, share)?;
    }
    // What is ours to take back is not kept from it by what somebody did elsewhere.
    let goes_back =
        |way: &Way<'_>| way.share() > Some(Share::NONE) && !is_left(view, &way.route.id);
    let is_back = rollback::is_on_the_way(view) || rollback::is_due(view);
    if is_back && view.ways().any(|way| goes_back(&way)) {
        return OPEN;
    }
    let is_set_right = |way: &Way<'_>| !is_held(view) && !way.is_given_away();
    for (way, share) in strayed().filter(|(way, _)| is_set_right(way)) {
        count_anew(view)?;
        correct(view, &way, share).map_break(|stop| with_the_edit(&way, share, stop))?;
    }
    let Some((way, share)) = strayed().next() else {
        return OPEN;
    };
    count_anew(view)?;
    wait(edit(&way, share, None))
}

pub(super) fn edit(way: &Way<'_>, share: Share, until: Option<Box<WaitingOn>>) -> WaitingOn {
    WaitingOn::OutsideEdit {
        route: way.route.name(),
        expected: Some(share),
        found: way.share(),
        attached: way.is_attached(),
        healthy: footing::weighted(way)
            .into_iter()
            .map(|side| (side, footing::healthy(way, side)))
            .collect(),
        until,
    }
}

/// What the edit waits for says nothing of it, and of what customers get meanwhile. What AWS has not told is no such reason.
fn with_the_edit(way: &Way<'_>, share: Share, stop: Stop) -> Stop {
    match stop {
        Stop::Wait(
            on @ (WaitingOn::Deployment { .. }
            | WaitingOn::TargetsUnhealthy { .. }
            | WaitingOn::Evidence { .. }),
        ) => Stop::Wait(edit(way, share, Some(Box::new(on)))),
        stop => stop,
    }
}

/// Whether any route is not as we left it.
pub(super) fn is_any(view: &View<'_>) -> bool {
    view.ways().any(|way| expected(view, &way).is_some())
}

/// Whether somebody's edit of a route is left as it is.
pub(super) fn is_left(view: &View<'_>, route: &RouteId) -> bool {
    let mut ways = view.ways().filter(|way| way.route.id == *route);
    is_held(view) && ways.any(|way| expected(view, &way).is_some())
}

/// Who pauses and then edits by hand is not fought either.
pub(super) fn is_held(view: &View<'_>) -> bool {
    view.plan.drift == Drift::Hold || held::is_paused(view)
}

/// The share that a route should have, where it has another. While traffic is noted, a route that lost our group, or was
/// made since, has another like any.
pub(super) fn expected(view: &View<'_>, way: &Way<'_>) -> Option<Share> {
    // A return that AWS takes no note of goes to 0 from wherever a route is.
    if view.is_unnoted() {
        return None;
    }
    let found = way.share().unwrap_or(Share::NONE);
    let share = match view.note()? {
        Note::Settled(share, _) => (!way.is_at(share)).then_some(share),
        // On the way back every share up to the old one is ours.
        Note::Moving(from, Share::NONE) => {
            (!way.is_at(from) && found > from).then_some(Share::NONE)
        }
        Note::Moving(from, to) => (!way.is_at(from) && !way.is_at(to)).then_some(from.min(to)),
        Note::Refuge(..) => None,
    };
    // Without our group a route has none of the share; while none is wanted, that is only building.
    share.filter(|share| way.is_attached() || *share > Share::NONE)
}

/// An edit after which a route leads to nobody, or to nobody healthy, is set right at once where that is better.
fn leads_somewhere(view: &View<'_>, way: &Way<'_>, share: Share) -> Gate {
    let now = if way.route.forward.groups.iter().all(|g| g.weight == 0) {
        Some(Footing::Empty)
    } else {
        footing::weakest(view, way, &footing::weighted(way))?
    };
    let Some(now) = now.filter(|now| *now < Footing::Healthy) else {
        return OPEN;
    };
    let better = |share| -> Gate<bool> {
        let then = footing::weakest(view, way, &footing::sides_at(share))?;
        ControlFlow::Continue(then > Some(now))
    };
    if better(share)? {
        count_anew(view)?;
        return act(pinned::rescue(view, way, share)?);
    }
    for (share, empty) in [(Share::NONE, Side::Ipv6), (Share::ALL, Side::Ipv4)] {
        if better(share)? && !refuge::is_taken_back(view, empty) {
            return refuge::take(view, share);
        }
    }
    OPEN
}

/// The minutes before and during an edit are not of this hold.
fn count_anew(view: &View<'_>) -> Gate {
    match view.note() {
        Some(Note::Settled(share, Some(_))) if share > Share::NONE => {
            note_share(view, Note::Settled(share, None))
        }
        // A step that has not begun on any route begins with its hold again.
        Some(Note::Moving(from, to))
            if Share::NONE < from && from < to && !view.ways().any(|way| way.is_at(to)) =>
        {
            note_share(view, Note::Settled(from, None))
        }
        _ => OPEN,
    }
}

/// A group joins without traffic; more traffic goes onto proven ground only.
fn correct(view: &View<'_>, way: &Way<'_>, share: Share) -> Gate {
    if !way.is_attached() {
        return act(way.set(Share::NONE, Intent::Attach(Share::NONE)));
    }
    if way.share().is_none_or(|found| share > found) {
        // What was bad enough to be taken back by hand is not sent there again.
        shift::clear(view)?;
        shift::ground(view, share)?;
    } else if !way.names_both() && way.pair.ipv4.seen().is_some() {
        return act(way.join(Side::Ipv4));
    } else {
        is_checked(view, way, share)?;
    }
    act(way.set(
        share,
        if share == Share::NONE {
            Intent::Return
        } else {
            Intent::Correct(share)
        },
    ))
}

/// An IPv4 group that a route left out is checked before it gets traffic again; one that stays sick is for the guard to refuse.
fn is_checked(view: &View<'_>, way: &Way<'_>, share: Share) -> Gate {
    let (Some(group), Some(ipv4)) = (way.pair.ipv4.seen(), view.seen.ipv4.seen()) else {
        return OPEN;
    };
    let part = f64::from(ipv4.desired) * (1.0 - share.fraction());
    let needed = refuge::enough(part.ceil() as u32).max(1);
    let targets = group.targets.seen().map_or(&[][..], Vec::as_slice);
    let is_new = |t: &Target| t.state == "initial" || t.state == "unused";
    let healthy = footing::healthy(way, Side::Ipv4);
    if healthy >= needed || !targets.iter().any(is_new) {
        return OPEN;
    }
    wait(WaitingOn::TargetsUnhealthy {
        side: Side::Ipv4,
        healthy,
        needed,
        zone: None,
        reason: warm::reason_in(group, targets),
        overdue: false,
    })
}
