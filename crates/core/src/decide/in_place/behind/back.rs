//! The way back: first the customers, then the tasks. Where IPv4's are gone, IPv6's are kept until those are there again.

use super::{
    super::{
        super::{Gate, act, rollback::aborted, view::View, wait},
        back as plain,
    },
    follow, keep,
};
use crate::{action::Side, status::WaitingOn};

/// Whether the service may stay where it is.
pub(super) fn safe(view: &View<'_>) -> Gate {
    let mut pairs = view.seen.pairs.seen().into_iter().flatten();
    if view.is_under_way()
        && pairs.any(|pair| pair.ipv4.is_absent())
        && let Some(reason) = aborted(view)
    {
        return wait(WaitingOn::NoWayBack { reason, lost: None });
    }
    plain::safe_by(view, put_back)
}

/// Customers are on IPv4, the service runs what it ran before, where it ran it, and ECS may replace all its tasks.
fn put_back(view: &View<'_>) -> Gate {
    let service = view.ipv4()?;
    let is_there = view.plan.ipv6.is_network_of(service);
    let is_led = view.has_traffic();
    let carries = follow::carries(view, Side::Ipv4);
    if is_led && carries.is_continue() {
        return follow::to(view, Side::Ipv4);
    }
    // Before the note that it is to move nothing of it was ours.
    if let Some(before) = plain::before(view).filter(|_| is_there) {
        if is_led {
            keep::protect(view, Side::Ipv6)?;
        }
        // AWS refuses a target group that no route has.
        let mut left = view.ways().filter(|way| !way.names_both());
        if let Some(way) = left.next() {
            return act(way.join(Side::Ipv4));
        }
        return plain::leave(view, service, before);
    }
    if is_led {
        return carries;
    }
    keep::release(view, &[Side::Ipv4, Side::Ipv6])?;
    plain::at_rest(view, service)
}
