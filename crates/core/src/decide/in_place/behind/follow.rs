//! Where a route leads while the tasks behind it are replaced: to one side whole, and to whoever is there.
//!
//! What belongs here: that function of who is healthy now, and the calls that follow from it. What must not: the tasks themselves.

use std::ops::ControlFlow;

use super::super::super::{
    Gate, OPEN, act, astray,
    footing::{self, weighted},
    is_full,
    pinned::away_from,
    refuge,
    view::View,
    wait, warm,
    way::Way,
};
use crate::{
    action::{Intent, Side},
    names::tag,
    note::Note,
    observation::Known,
    plan::OnBad,
    share::Share,
    status::WaitingOn,
};

/// Healthy targets of both sides of a route, now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Healthy {
    ipv4: u32,
    ipv6: u32,
}

impl Healthy {
    fn of(self, side: Side) -> u32 {
        match side {
            Side::Ipv4 => self.ipv4,
            Side::Ipv6 => self.ipv6,
        }
    }

    /// The side that is to be led away from: it has traffic and nobody healthy, while the other has somebody.
    fn lost(self, weighted: &[Side]) -> Option<Side> {
        let mut sides = weighted.iter().copied();
        sides.find(|side| self.of(*side) == 0 && self.of(side.other()) > 0)
    }
}

/// Read now, or good enough as remembered.
fn healthy(view: &View<'_>, way: &Way<'_>) -> Gate<Option<Healthy>> {
    let of = |side| match way.group_of(side) {
        Known::Absent => Some(0),
        Known::Seen(group) => group.targets.seen().map(|t| footing::healthy_of(t)),
        Known::Unknown(_) => None,
    };
    let found = of(Side::Ipv4)
        .zip(of(Side::Ipv6))
        .map(|(ipv4, ipv6)| Healthy { ipv4, ipv6 });
    let service = view.seen.ipv4.seen();
    let rests = service.is_some_and(|s| !s.is_deploying() && s.runs_all());
    let is_sure = rests && found.is_some_and(|h| weighted(way).iter().all(|s| h.of(*s) > 0));
    if is_sure || is_full(view.seen) {
        return ControlFlow::Continue(found);
    }
    wait(WaitingOn::CloserLook)
}

/// Nobody is led to a side without a healthy target while the other has one, whoever led them there.
pub(super) fn lead(view: &View<'_>) -> Gate {
    if view.seen.ipv4.seen().is_none_or(|s| !s.is_active()) {
        return OPEN;
    }
    for way in view.ways().filter(Way::is_attached) {
        if way.is_given_away() {
            continue;
        }
        let Some(healthy) = healthy(view, &way)? else {
            continue;
        };
        match healthy.lost(&weighted(&way)) {
            Some(side) if !is_noted_first(view, side) => {
                let share = away_from(side);
                return act(way.set(share, Intent::Rescue(share)));
            }
            _ => {}
        }
    }
    OPEN
}

/// Whether losing a side is a bad sign of what was deployed: then why is noted before it is left.
fn is_noted_first(view: &View<'_>, side: Side) -> bool {
    side == Side::Ipv6
        && view.plan.health.on_bad == OnBad::Rollback
        && matches!(view.note(), Some(Note::Settled(Share::ALL, _)))
        && view.noted(tag::BAKED).is_none()
        && !view.is_rolled_back()
}

/// Why what was deployed is bad where customers are there, nobody of it answers, and IPv4 could.
pub(in super::super) fn nobody_answers(view: &View<'_>) -> Option<String> {
    let of = |way: &Way<'_>, side| footing::healthy(way, side);
    let mut ways = view.ways().filter(Way::is_attached);
    let lost = |way: &Way<'_>| {
        is_full(view.seen)
            && weighted(way).contains(&Side::Ipv6)
            && of(way, Side::Ipv6) == 0
            && of(way, Side::Ipv4) > 0
    };
    ways.any(|way| lost(&way) && is_noted_first(view, Side::Ipv6))
        .then(|| "no target of the IPv6 target group is healthy".to_owned())
}

/// Weights that are neither as they were nor as they are to be are somebody's.
pub(super) fn edits(view: &View<'_>) -> Gate {
    let mut strayed = view
        .ways()
        .filter_map(|way| Some((way, astray::expected(view, &way)?)));
    let Some((way, share)) = strayed.next() else {
        return OPEN;
    };
    if astray::is_held(view) || way.is_given_away() {
        return wait(astray::edit(&way, share, None));
    }
    if !way.is_attached() {
        return act(way.set(Share::NONE, Intent::Attach(Share::NONE)));
    }
    let side = if share == Share::NONE {
        Side::Ipv4
    } else {
        Side::Ipv6
    };
    carries(view, side)?;
    act(way.set(share, Intent::Correct(share)))
}

/// How many healthy targets a side needs before all are led there. One straggler in ten does not keep customers on a failing side.
fn needed(view: &View<'_>, side: Side) -> Gate<u32> {
    let desired = view.ipv4()?.desired;
    ControlFlow::Continue(match side {
        Side::Ipv6 => desired.max(1),
        Side::Ipv4 => refuge::enough(desired).max(1),
    })
}

/// The side has as many healthy targets as it needs, in each of its groups, read now.
pub(super) fn carries(view: &View<'_>, side: Side) -> Gate {
    if !is_full(view.seen) {
        return wait(WaitingOn::CloserLook);
    }
    let needed = needed(view, side)?;
    for pair in view.pairs()? {
        let group = match side {
            Side::Ipv4 => &pair.ipv4,
            Side::Ipv6 => &pair.ipv6,
        };
        let group = view.need(group, "a target group of the service", "")?;
        let targets = view.targets(group)?;
        let healthy = footing::healthy_of(targets);
        if healthy < needed {
            return wait(WaitingOn::TargetsUnhealthy {
                side,
                healthy,
                needed,
                zone: None,
                reason: warm::reason_in(group, targets),
                overdue: false,
            });
        }
        if side == Side::Ipv6
            && let Some(zone) = warm::dark_zone(targets, None)
        {
            return wait(WaitingOn::TargetsUnhealthy {
                side,
                healthy: 0,
                needed: 1,
                zone: Some(zone),
                reason: None,
                overdue: false,
            });
        }
    }
    if side == Side::Ipv6 {
        return warm::zone_by_zone(view);
    }
    OPEN
}

/// Every route leads to a side.
pub(super) fn to(view: &View<'_>, side: Side) -> Gate {
    let share = away_from(side.other());
    let mut ways = view.ways().filter(|way| !way.is_given_away());
    let Some(way) = ways.find(|way| !way.is_at(share)) else {
        return OPEN;
    };
    carries(view, side)?;
    let intent = match side {
        Side::Ipv4 => Intent::Return,
        Side::Ipv6 => Intent::Raise(share),
    };
    act(way.set(share, intent))
}

/// The share of the routes, as far as nobody is between.
pub(super) fn all_at(view: &View<'_>, share: Share) -> bool {
    let mut ways = view.ways().peekable();
    ways.peek().is_some() && ways.all(|way| way.is_at(share))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: &[Side] = &[Side::Ipv4, Side::Ipv6];

    #[test]
    fn whoever_is_led_to_nobody_is_led_away_where_somebody_is() {
        let at = |ipv4, ipv6| Healthy { ipv4, ipv6 };
        assert_eq!(at(0, 1).lost(BOTH), Some(Side::Ipv4));
        assert_eq!(at(3, 0).lost(BOTH), Some(Side::Ipv6));
        assert_eq!(at(3, 0).lost(&[Side::Ipv4]), None);
        assert_eq!(at(0, 0).lost(BOTH), None);
        assert_eq!(at(1, 1).lost(BOTH), None);
    }
}
