//! Nothing is taken from a side that serves, and neither side is ever emptied while the other has nobody healthy.
//!
//! What belongs here: what makes a side idle. What must not: whether anybody approved ([`super::people`]).

use std::time::Duration;

use super::{
    Veto, behind,
    case::{Case, Move},
    effect::{Effect, Gone, Traffic},
    ground::{is_registered, is_rescue},
    require,
    weights::{Split, has},
};
use crate::{
    action::Side,
    evidence::Point,
    observation::{Known, Pair, TargetGroup},
};

/// So long no request has come, at least.
const QUIET: Duration = Duration::from_secs(300);

/// A side is shrunk or deleted only while nobody is sent to it and the other is healthy, at this moment.
pub(super) fn idle_before_shrinking(case: &Case<'_>) -> Result<(), Veto> {
    // No route leads to them: their tasks are counted.
    if case.plan.has_lone_twin() {
        return Ok(());
    }
    match &case.effect {
        Effect::Shrinks(_, Side::Ipv4, _) => {
            idle(case, Side::Ipv4)?;
            all_on_ipv6(case)
        }
        Effect::Shrinks(_, side, _) => idle(case, *side),
        Effect::Deletes(Gone::Service(_) | Gone::Scaling(_)) => {
            ipv4_is_empty(case)?;
            idle(case, Side::Ipv4)?;
            all_on_ipv6(case)
        }
        Effect::Deletes(Gone::TargetGroup(arn)) => {
            ipv4_is_empty(case)?;
            holds_nobody(case, arn)?;
            for route in case.routes()? {
                require(!has(&route.forward, arn), Veto::StillServing)?;
            }
            idle(case, Side::Ipv4)?;
            all_on_ipv6(case)
        }
        Effect::Traffic(traffic) => {
            for pair in left_by_ipv4(case, traffic)? {
                ipv4_is_empty(case)?;
                holds_nobody(case, &pair.ipv4_arn)?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Pairs whose IPv4 group leaves a route for good.
pub(super) fn left_by_ipv4<'a>(
    case: &Case<'a>,
    traffic: &Traffic<'_>,
) -> Result<Vec<&'a Pair>, Veto> {
    let leaves = |p: &&Pair| has(traffic.before, &p.ipv4_arn) && !has(traffic.after, &p.ipv4_arn);
    let is_for_good =
        |p: &&Pair| !(holds_in_vain(case, traffic, &p.ipv4) && is_led(case, traffic, p));
    let pairs = case.pairs()?.iter().filter(leaves);
    Ok(pairs.filter(is_for_good).collect())
}

/// Whether whoever comes is sent to the twin, and somebody is there or comes.
fn is_led(case: &Case<'_>, traffic: &Traffic<'_>, pair: &Pair) -> bool {
    let moved = Move::of(traffic, pair);
    moved.after.ipv6 > 0 && (is_empty(case, &pair.ipv6) == Some(false) || is_rescue(case, &moved))
}

/// Whether a cookie would hold clients on a group where, by what is seen at this moment, nobody is left.
pub(super) fn holds_in_vain(
    case: &Case<'_>,
    traffic: &Traffic<'_>,
    group: &Known<TargetGroup>,
) -> bool {
    is_empty(case, group) == Some(true) && traffic.before.stickiness.is_some()
}

/// Whether nobody is registered who is not leaving; `None`: it was not seen now.
fn is_empty(case: &Case<'_>, group: &Known<TargetGroup>) -> Option<bool> {
    match group {
        Known::Seen(group) => {
            let targets = case.targets(group).ok()?;
            Some(!targets.iter().any(is_registered))
        }
        Known::Absent => Some(true),
        Known::Unknown(_) => None,
    }
}

/// No weight, no requests, and somebody healthy on the other side in each of its target groups.
pub(super) fn idle(case: &Case<'_>, side: Side) -> Result<(), Veto> {
    case.weightless(side)?;
    no_requests(case, side)?;
    for pair in case.pairs()? {
        let other = match side {
            Side::Ipv4 => &pair.ipv6,
            Side::Ipv6 => &pair.ipv4,
        };
        let group = match other {
            Known::Seen(group) => group,
            Known::Absent => return Err(Veto::NobodyElse),
            Known::Unknown(_) => return Err(Veto::NotSeen),
        };
        require(case.healthy(group)? > 0, Veto::NobodyElse)?;
    }
    Ok(())
}

/// The last complete minutes were reported, and had no request on a side.
fn no_requests(case: &Case<'_>, side: Side) -> Result<(), Veto> {
    let series = case.seen.recent.seen().ok_or(Veto::NotSeen)?;
    let minutes = series.last(QUIET, case.seen.at);
    let told = !minutes.is_empty() && minutes.iter().all(Point::is_reported);
    require(told, Veto::NotSeen)?;
    let requests = |p: &Point| match side {
        Side::Ipv4 => p.requests_ipv4,
        Side::Ipv6 => p.requests_ipv6,
    };
    let none = minutes.iter().all(|p| requests(p).unwrap_or(0.0) == 0.0);
    let open = minutes.last().and_then(|p| match side {
        Side::Ipv4 => p.open_ipv4,
        Side::Ipv6 => p.open_ipv6,
    });
    require(none && open.unwrap_or(0.0) == 0.0, Veto::StillServing)
}

/// The IPv4 service has no task, and none is to come.
fn ipv4_is_empty(case: &Case<'_>) -> Result<(), Veto> {
    if case.plan.is_behind() {
        return behind::has_left(case);
    }
    match &case.seen.ipv4 {
        Known::Seen(s) => require(s.desired == 0 && s.running == 0, Veto::StillServing),
        Known::Absent => Ok(()),
        Known::Unknown(_) => Err(Veto::NotSeen),
    }
}

/// With the service gone, whatever is healthy in its group is somebody else's.
fn holds_nobody(case: &Case<'_>, ipv4: &str) -> Result<(), Veto> {
    let pair = case.pairs()?.iter().find(|p| p.ipv4_arn == ipv4);
    match &pair.ok_or(Veto::NotThePlans)?.ipv4 {
        Known::Seen(group) => require(case.healthy(group)? == 0, Veto::StillServing),
        Known::Absent => Ok(()),
        Known::Unknown(_) => Err(Veto::NotSeen),
    }
}

/// There is a route of the service, and every one leads to the twin.
fn all_on_ipv6(case: &Case<'_>) -> Result<(), Veto> {
    let crossed = case.crossed()?;
    require(!crossed.is_empty(), Veto::NotSeen)?;
    for (route, pair) in crossed {
        let split = Split::of(&route.forward, pair);
        require(split.ipv6 > 0 && split.ipv4 == 0, Veto::StillServing)?;
    }
    Ok(())
}
