//! What customers meet at this moment though the plan is held by something else: who freezes a fleet does not make it well.
//!
//! What belongs here: naming it. What must not: doing anything about it, and any reason to wait, which has words of its own.

use super::{
    astray, fault,
    footing::{self, Footing},
    view::View,
    way::Way,
};
use crate::{action::Side, observation::Target, status::WaitingOn};

/// The trouble of customers that a wait hides.
pub(super) fn trouble(view: &View<'_>, on: Option<&WaitingOn>) -> Option<String> {
    let on = on.filter(|on| !says_so(on))?;
    if !hides(on) {
        return deserted(view).filter(|_| is_asked(view));
    }
    let ipv6 = || Some(format!("the IPv6 side is bad: {}", fault::bad(view)?));
    let ipv4 = || Some(format!("the IPv4 side is sick: {}", view.ipv4_fault()?));
    deserted(view).or_else(ipv6).or_else(ipv4)
}

/// Whether customers ask where nobody is: a team may let a service rest that nobody wants.
fn is_asked(view: &View<'_>) -> bool {
    view.newest().iter().any(|p| p.elb_503 > Some(0.0))
}

/// These are about just that.
fn says_so(on: &WaitingOn) -> bool {
    matches!(
        on,
        WaitingOn::CloserLook
            | WaitingOn::Bad { .. }
            | WaitingOn::NoWayBack { .. }
            | WaitingOn::Emptied { .. }
            | WaitingOn::Ipv4Sick { .. }
            | WaitingOn::TargetsUnhealthy { .. }
    )
}

/// These stand above the gates that judge customers.
fn hides(on: &WaitingOn) -> bool {
    matches!(
        on,
        WaitingOn::FirstLook
            | WaitingOn::Lease { .. }
            | WaitingOn::Vanished { .. }
            | WaitingOn::Frozen { .. }
            | WaitingOn::OutsideEdit { .. }
            | WaitingOn::NoteLost { .. }
    )
}

/// A route that leads where nobody is, by what was seen of the targets last.
fn deserted(view: &View<'_>) -> Option<String> {
    let nobody = |way: &Way<'_>, side: Side| {
        let targets: Option<&[Target]> = way
            .group_of(side)
            .seen()
            .and_then(|g| g.targets.seen())
            .map(Vec::as_slice);
        targets.is_some_and(|t| Footing::of(t) == Footing::Empty)
    };
    view.ways().find_map(|way| {
        let mut sides = footing::weighted(&way).into_iter();
        let side = sides.find(|side| nobody(&way, *side))?;
        let route = way.route.name();
        let by = match astray::expected(view, &way) {
            Some(_) => ", as somebody else has set it",
            None => "",
        };
        Some(format!("{route} leads to {side}, where no target is{by}"))
    })
}
