//! A side gets more traffic only onto proven ground; and whoever is led to nobody may always be led away.
//!
//! What belongs here: who could serve, read at this moment. What must not: how far a share goes.

use std::collections::BTreeSet;

use super::{
    Veto,
    case::{Case, Move},
    require,
};
use crate::{
    action::Side,
    observation::{Known, Pair, Target, TargetGroup},
};

/// With cross-zone load balancing off, a load balancer node sends to targets of its own zone only.
const CROSS_ZONE: &str = "load_balancing.cross_zone.enabled";

/// The side that gains has healthy targets now: its part of the strength, in every zone.
pub(super) fn proven_ground(case: &Case<'_>) -> Result<(), Veto> {
    for moved in case.moves()? {
        match moved.gains() {
            None => {}
            Some(_) if is_rescue(case, &moved) => {}
            Some(Side::Ipv6) => ipv6_carries(case, &moved)?,
            Some(Side::Ipv4) => ipv4_carries(case, &moved)?,
        }
    }
    Ok(())
}

/// How well a side could serve. A load balancer sends to whoever is registered where nobody is healthy, and running tasks
/// get registered: either beats an empty target group.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Ground {
    Nobody,
    Somebody,
    Healthy,
}

/// Whether a route leads customers to a side without a healthy target, and the move leads them to one that could serve.
/// That is nobody's wish: no step, order or person has to be asked for it.
pub(super) fn is_rescue(case: &Case<'_>, moved: &Move<'_>) -> bool {
    let (loses, gains) = match moved.gains() {
        Some(Side::Ipv6) => (Side::Ipv4, Side::Ipv6),
        Some(Side::Ipv4) => (Side::Ipv6, Side::Ipv4),
        None => return false,
    };
    let was_sent = match loses {
        Side::Ipv4 => moved.before.ipv4 > 0,
        Side::Ipv6 => moved.before.ipv6 > 0,
    };
    let (Some(from), Some(to)) = (
        ground(case, moved.pair, loses, false),
        ground(case, moved.pair, gains, true),
    ) else {
        return false;
    };
    // Where neither serves nothing is lost by going back to where everything was.
    let better = to > from || gains == Side::Ipv4 && to == Ground::Somebody;
    was_sent && from != Ground::Healthy && better
}

/// None where it was not seen now. Tasks that run count for a side that customers are led to: they get registered. Where
/// customers are already, those that somebody took out of the target group answer nobody.
fn ground(case: &Case<'_>, pair: &Pair, side: Side, is_goal: bool) -> Option<Ground> {
    let targets = match group(pair, side) {
        Known::Seen(group) => case.targets(group).ok()?,
        Known::Absent => &[],
        Known::Unknown(_) => return None,
    };
    if targets.iter().any(Target::is_healthy) {
        return Some(Ground::Healthy);
    }
    let runs = match case.service(side) {
        // In place they may be the other side's.
        Known::Seen(service) => is_goal && service.running > 0 && !case.plan.is_behind(),
        _ => false,
    };
    let somebody = runs || targets.iter().any(is_registered);
    Some(if somebody {
        Ground::Somebody
    } else {
        Ground::Nobody
    })
}

fn group(pair: &Pair, side: Side) -> &Known<TargetGroup> {
    match side {
        Side::Ipv4 => &pair.ipv4,
        Side::Ipv6 => &pair.ipv6,
    }
}

/// Registered, and not about to leave.
pub(super) fn is_registered(target: &Target) -> bool {
    target.state != "draining"
}

/// Registered, and checked because a route has the group.
fn is_staying(target: &Target) -> bool {
    is_registered(target) && target.state != "unused"
}

fn ipv6_carries(case: &Case<'_>, moved: &Move<'_>) -> Result<(), Veto> {
    let group = moved.pair.ipv6.seen().ok_or(Veto::NotSeen)?;
    let size = match &case.seen.ipv4 {
        Known::Seen(service) if service.is_active() => service.desired,
        Known::Unknown(_) => return Err(Veto::NotSeen),
        // Once what it replaces is gone, the twin is measured by itself.
        _ => case.seen.twin.seen().ok_or(Veto::NotSeen)?.desired,
    };
    // How many clients a family has is not known: whoever takes it takes it with all its strength.
    let part = if case.leads_families() {
        size.into()
    } else {
        moved.after.tasks_on_ipv6(size)
    };
    let needed = part.max(1);
    require(case.healthy(group)? >= needed, Veto::UnprovenGround)?;
    no_dark_zone(case, moved.pair, group)
}

/// One straggler in ten does not keep customers on a failing side, nor does one zone.
fn ipv4_carries(case: &Case<'_>, moved: &Move<'_>) -> Result<(), Veto> {
    let group = match &moved.pair.ipv4 {
        Known::Seen(group) => group,
        Known::Absent => return Err(Veto::NobodyElse),
        Known::Unknown(_) => return Err(Veto::NotSeen),
    };
    let service = match &case.seen.ipv4 {
        Known::Seen(service) => service,
        Known::Absent => return Err(Veto::NobodyElse),
        Known::Unknown(_) => return Err(Veto::NotSeen),
    };
    let size = service.desired.max(case.remembered().unwrap_or(0));
    let part = moved.after.tasks_on_ipv4(size);
    let needed = (part - part.div_ceil(10)).max(1);
    require(case.healthy(group)? >= needed, Veto::UnprovenGround)
}

/// A zone whose targets are all sick; and, where nodes keep to their zone, one that IPv4 serves and IPv6 does not.
fn no_dark_zone(case: &Case<'_>, pair: &Pair, group: &TargetGroup) -> Result<(), Veto> {
    let targets = group.targets.seen().ok_or(Veto::NotSeen)?;
    let lit = zones(targets, Target::is_healthy);
    let meant = zones(targets, is_staying);
    require(meant.is_subset(&lit), Veto::UnprovenGround)?;
    if group
        .attributes
        .get(CROSS_ZONE)
        .is_some_and(|v| v == "false")
        && let Known::Seen(ipv4) = &pair.ipv4
    {
        let served = zones(case.targets(ipv4)?, Target::is_healthy);
        require(served.is_subset(&lit), Veto::UnprovenGround)?;
    }
    Ok(())
}

/// The zones of some targets, as far as AWS says them: `all` says nothing.
fn zones(targets: &[Target], which: fn(&Target) -> bool) -> BTreeSet<&str> {
    let which = targets.iter().filter(|t| which(t));
    let zones = which.filter_map(|t| t.zone.as_deref());
    zones.filter(|z| *z != "all").collect()
}
