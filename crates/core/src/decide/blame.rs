//! Which side is sick: an IPv4 side that has traffic and nobody healthy, or whose own requests fail, is named as what it is.
//!
//! What belongs here: judging the IPv4 side while it still serves. What must not: judging IPv6 (that is the evidence), and
//! moving anything: more traffic on IPv6 than the plan has proven is for a person to order.

use super::{
    Gate, OPEN,
    footing::{self, Footing},
    is_full, shift,
    view::View,
    wait,
    way::Way,
};
use crate::{action::Side, note::Note, status::WaitingOn};

/// The IPv4 side answers, as long as it has traffic.
pub(super) fn ipv4(view: &View<'_>) -> Gate {
    // A move that has arrived is noted first: from then on its minutes count.
    let has_arrived = matches!(view.note(), Some(Note::Moving(_, to)) if view.all_at(to));
    if !view.is_under_way() || has_arrived || shift::promoted(view) > view.applied() {
        return OPEN;
    }
    let serves = |way: &Way<'_>| footing::weighted(way).contains(&Side::Ipv4);
    for way in view.ways().filter(serves) {
        if is_doubtful(view) && !is_full(view.seen) {
            return wait(WaitingOn::CloserLook);
        }
        if footing::of(view, &way, Side::Ipv4)?.is_some_and(|f| f < Footing::Healthy) {
            let group = way
                .pair
                .ipv4
                .seen()
                .map_or(&*way.pair.ipv4_arn, |g| &*g.name);
            let reason = format!("target group {group} has no healthy target");
            return wait(WaitingOn::Ipv4Sick { reason });
        }
    }
    match view
        .ipv4_fault()
        .filter(|_| view.ways().any(|way| serves(&way)))
    {
        Some(reason) => wait(WaitingOn::Ipv4Sick { reason }),
        None => OPEN,
    }
}

/// By the newest minutes nobody was healthy on IPv4: targets that are remembered as such may no longer be.
fn is_doubtful(view: &View<'_>) -> bool {
    let hosts = view.newest().iter().rev().find_map(|p| p.healthy_ipv4);
    hosts.is_some_and(|n| n < 1.0)
}
