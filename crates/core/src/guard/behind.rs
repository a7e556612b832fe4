//! A service that is moved in place behind a load balancer: when ECS may replace which of its tasks, so that nobody is led to nobody.
//!
//! What must not be here: what may replace the tasks of a service that nothing stands before ([`super::in_place`]).

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{
    Veto,
    case::Case,
    in_place::has_moved,
    owner::our_group,
    require,
    weights::{ALL, Split, has},
};
use crate::{
    action::Side,
    observation::{DescribedService, Known, OwnTask},
};

/// What ECS takes (botocore: ecs `UpdateTaskProtectionRequest`).
const MOST_TASKS: usize = 10;
const MOST_MINUTES: u32 = 2_880;
/// So long a protection has to last from the moment that somebody relies on it.
const LASTS: SignedDuration = SignedDuration::from_hours(1);

fn own<'a>(case: &Case<'a>) -> Result<&'a [OwnTask], Veto> {
    let tasks = case.seen.own_tasks.seen();
    tasks.map(Vec::as_slice).ok_or(Veto::NotSeen)
}

/// By its addresses; a task without any is of no side yet.
fn side(task: &OwnTask) -> Option<Side> {
    match (&task.task.ipv4, &task.task.ipv6) {
        (Some(_), _) => Some(Side::Ipv4),
        (None, Some(_)) => Some(Side::Ipv6),
        (None, None) => None,
    }
}

/// Whether every running task of a side is left alone until some time from now; and how many there are.
fn protected(case: &Case<'_>, of: Side, until: Timestamp) -> Result<(bool, usize), Veto> {
    let all = own(case)?.iter();
    let running = all.filter(|t| t.task.status == "RUNNING" && side(t) == Some(of));
    let (mut every, mut count) = (true, 0);
    for task in running {
        every &= task.protected_until.is_some_and(|at| at >= until);
        count += 1;
    }
    Ok((every, count))
}

/// Tasks of the service itself; and those that customers are led to stay protected until others can answer.
pub(super) fn protects(
    case: &Case<'_>,
    live: &DescribedService,
    tasks: &[String],
    minutes: Option<u32>,
) -> Result<(), Veto> {
    require(case.plan.is_behind(), Veto::NotThePlans)?;
    require(
        !tasks.is_empty() && tasks.len() <= MOST_TASKS,
        Veto::TooLarge,
    )?;
    let all = own(case)?;
    for arn in tasks {
        let task = all.iter().find(|t| t.task.arn == *arn);
        let task = task.ok_or(Veto::NotOurs)?;
        if minutes.is_none() {
            let of = side(task).ok_or(Veto::NotSeen)?;
            released(case, live, of)?;
        }
    }
    require(
        minutes.is_none_or(|m| (1..=MOST_MINUTES).contains(&m)),
        Veto::TooLarge,
    )
}

/// Where the service stands itself, ECS replaces its tasks by their like; the others' customers must be elsewhere, with somebody.
fn released(case: &Case<'_>, live: &DescribedService, of: Side) -> Result<(), Veto> {
    let stands = if has_moved(case, live) {
        Side::Ipv6
    } else {
        Side::Ipv4
    };
    if of == stands {
        return Ok(());
    }
    require(!case.is_led_to(of)?, Veto::StillServing)?;
    for pair in case.pairs()? {
        let other = match of {
            Side::Ipv4 => &pair.ipv6,
            Side::Ipv6 => &pair.ipv4,
        };
        let group = other.seen().ok_or(Veto::NotSeen)?;
        require(case.healthy(group)? > 0, Veto::NobodyElse)?;
    }
    Ok(())
}

/// Into our target groups, each of which every route of its partner has, with IPv4's tasks left alone and room for as many beside them.
pub(super) fn may_swap(
    case: &Case<'_>,
    live: &DescribedService,
    groups: &BTreeMap<String, String>,
) -> Result<(), Veto> {
    if !case.plan.is_behind() {
        let alone = groups.is_empty() && live.load_balancers.is_empty();
        return require(alone, Veto::NotThePlans);
    }
    let pairs = case.pairs()?;
    require(
        !pairs.is_empty() && groups.len() == pairs.len(),
        Veto::NotThePlans,
    )?;
    for pair in pairs {
        let ipv6 = pair.ipv6.seen().ok_or(Veto::NotSeen)?;
        let into = groups.get(&pair.ipv4_arn);
        require(into == Some(&ipv6.arn), Veto::NotThePlans)?;
        our_group(case, &ipv6.arn)?;
        let named = |arn: &String| {
            live.load_balancers
                .iter()
                .any(|lb| lb.target_group.as_ref() == Some(arn))
        };
        require(named(&pair.ipv4_arn), Veto::NotThePlans)?;
    }
    let crossed = case.crossed()?;
    require(!crossed.is_empty(), Veto::NotSeen)?;
    for (route, pair) in crossed {
        let there = pair
            .ipv6
            .seen()
            .is_some_and(|g| has(&route.forward, &g.arn));
        require(there, Veto::NobodyElse)?;
        // A cookie would lead clients to the group that is left.
        require(route.forward.stickiness.is_none(), Veto::StillServing)?;
    }
    let most = live.deployment["maximumPercent"].as_u64().unwrap_or(200);
    let most = u64::from(live.desired) * most / 100;
    require(most >= 2 * u64::from(live.desired), Veto::UnprovenGround)?;
    let until = case
        .seen
        .at
        .saturating_add(LASTS)
        .map_err(|_| Veto::NotSeen)?;
    let (every, count) = protected(case, Side::Ipv4, until)?;
    require(
        every && count >= live.desired as usize && count > 0,
        Veto::StillServing,
    )
}

/// Whoever is led to the tasks that are about to go keeps them until the others are there.
pub(super) fn may_leave(case: &Case<'_>) -> Result<(), Veto> {
    if !case.plan.is_behind() || !case.is_led_to(Side::Ipv6)? {
        return Ok(());
    }
    let (every, _) = protected(case, Side::Ipv6, case.seen.at)?;
    require(every, Veto::StillServing)
}

/// Whether every route that has a group of the service's is at a share.
pub(super) fn all_at(case: &Case<'_>, share: u16) -> Result<bool, Veto> {
    if !case.plan.is_behind() {
        return Ok(true);
    }
    let crossed = case.crossed()?;
    let mut splits = crossed.iter().map(|(r, p)| Split::of(&r.forward, p));
    let any = share < ALL || !crossed.is_empty();
    Ok(any && splits.all(|split| split.is_at(share)))
}

/// The service registers nobody in an IPv4 group any more.
pub(super) fn has_left(case: &Case<'_>) -> Result<(), Veto> {
    let live = match &case.seen.ipv4 {
        Known::Seen(live) => live,
        Known::Absent => return Ok(()),
        Known::Unknown(_) => return Err(Veto::NotSeen),
    };
    let pairs = case.pairs()?;
    let names = |arn: &Option<String>| {
        arn.as_ref()
            .is_some_and(|arn| pairs.iter().any(|p| p.ipv4_arn == *arn))
    };
    let registers = live.load_balancers.iter().any(|lb| names(&lb.target_group));
    let stands = has_moved(case, live) && !live.is_deploying() && live.running >= live.desired;
    require(stands && !registers, Veto::StillServing)
}
