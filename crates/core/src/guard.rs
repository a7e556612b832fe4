//! The last gate before AWS: rules that may veto an action, whatever `decide` thought.
//!
//! Written from the rules of the house and from AWS's refusals alone, without looking at the ladder: it shares no
//! judgement with [`crate::decide`], only the observation. It runs in production, in every stage, before every act.

use std::{collections::BTreeSet, fmt};

use serde::Serialize;

use crate::{
    action::{Action, Bounds, Intent, Side},
    names::tag,
    observation::{Forward, Known, Look, Observation, Pair, RouteId, TargetGroup, Topic},
    plan::Plan,
    router::MAX_WEIGHT,
};

/// Why an action was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Veto {
    /// What it rests on was not read now.
    LightLook,
    /// Something that the rule needs was not seen.
    NotSeen,
    /// It is not ours, and not what the plan names.
    NotOurs,
    /// It was not made from what the plan names.
    NotThePlans,
    /// Other target groups of the action would change their part.
    TouchesOthers,
    /// Every weight would be 0, or one above 999.
    ImpossibleWeights,
    /// The change goes the other way than it says.
    WrongDirection,
    /// It would raise traffic further than the plan's next step.
    TooFar,
    /// The side that gets more traffic has too few healthy targets, now.
    UnprovenGround,
    /// It still gets traffic, by its weight or by measured requests.
    StillServing,
    /// The other side is not there to serve.
    NobodyElse,
    /// The route changed since it was looked at.
    StaleRoute,
    /// AWS would change the size of a service that serves.
    Resizes,
}

impl Veto {
    /// What would make it pass.
    #[must_use]
    pub fn remedy(self) -> &'static str {
        match self {
            Self::LightLook | Self::NotSeen | Self::StaleRoute => "AWS being read again",
            Self::NotOurs | Self::NotThePlans => "looking at who made that resource",
            Self::TouchesOthers | Self::ImpossibleWeights | Self::WrongDirection | Self::TooFar => {
                "reporting this as a fault of sixshift"
            }
            Self::UnprovenGround => "enough healthy targets",
            Self::Resizes => "a desired count within the bounds of its scaling",
            Self::StillServing => "its traffic ending",
            Self::NobodyElse => "the other side being healthy",
        }
    }
}

impl fmt::Display for Veto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LightLook => "it was decided on what was seen minutes ago",
            Self::NotSeen => "something it rests on was not seen",
            Self::NotOurs => "the resource does not carry this plan's tag",
            Self::NotThePlans => "the resource is not the one that the plan names",
            Self::TouchesOthers => "it would change the traffic of other target groups",
            Self::ImpossibleWeights => {
                "the weights would send traffic nowhere, or AWS would refuse them"
            }
            Self::WrongDirection => "it would move traffic the wrong way",
            Self::TooFar => "it would raise traffic further than the plan's next step",
            Self::UnprovenGround => "the side that gets the traffic has too few healthy targets",
            Self::StillServing => "it still serves traffic",
            Self::NobodyElse => "nothing else could serve the traffic",
            Self::StaleRoute => "the route is no longer what was looked at",
            Self::Resizes => "it would change the size of a service at once",
        })
    }
}

/// Checks an action against what was seen.
///
/// # Errors
/// The first rule that is broken.
pub fn guard(plan: &Plan, seen: &Observation, action: &Action) -> Result<(), Veto> {
    require(
        seen.look != Look::Light && seen.look.serves(action.needs()),
        Veto::LightLook,
    )?;
    match action {
        Action::SetForward {
            route,
            expects,
            forward,
            intent,
        } => forward_rules(plan, seen, route, expects, forward, *intent),
        Action::CopyAttributes { target_group, .. } => ours(plan, seen, target_group),
        Action::TagTargetGroup {
            target_group, tags, ..
        } => {
            our_keys(tags.keys())?;
            ours(plan, seen, target_group)
        }
        Action::UntagTargetGroup { target_group, keys } => {
            our_keys(keys.iter())?;
            ours(plan, seen, target_group)
        }
        Action::DeleteTargetGroup { target_group } => delete_target_group(seen, target_group),
        Action::CreateTargetGroup { from, .. } => require(
            pairs(seen)?
                .iter()
                .any(|p| p.ipv4_arn == *from && p.ipv6.is_absent()),
            Veto::NotThePlans,
        ),
        Action::RegisterTaskDefinition { from, .. } => {
            let source = seen.ipv4_task_definition.seen().ok_or(Veto::NotSeen)?;
            require(source.arn == *from, Veto::NotThePlans)
        }
        Action::CreateService(twin) => {
            require(
                seen.twin.is_absent() && seen.ipv4.seen().is_some(),
                Veto::NotSeen,
            )?;
            require(
                twin.from == plan.service.name && twin.cluster == plan.service.cluster,
                Veto::NotThePlans,
            )?;
            let mut groups = twin.target_groups.values();
            groups.try_for_each(|arn| ours(plan, seen, arn))
        }
        Action::RollTwin { service, .. } | Action::CopyDeployment { service, .. } => {
            twin_is_ours(plan, seen, service)
        }
        Action::ScaleService {
            service,
            side,
            desired,
            ..
        } => scale(plan, seen, service, *side, *desired),
        Action::DeleteService { service, .. } => {
            require(*service == plan.service.name, Veto::NotThePlans)?;
            let ipv4 = seen.ipv4.seen().ok_or(Veto::NotSeen)?;
            require(ipv4.desired == 0 && ipv4.running == 0, Veto::StillServing)?;
            ipv4_is_idle(seen)
        }
        Action::SetScaling {
            resource,
            side,
            bounds,
            ..
        } => {
            set_scaling(seen, *side, *bounds)?;
            scaling_of(plan, seen, resource, *side)
        }
        Action::CopyPolicy { to: of, .. }
        | Action::CopyScheduled { to: of, .. }
        | Action::DeletePolicy { of, .. }
        | Action::DeleteScheduled { of, .. } => scaling_of(plan, seen, of, Side::Ipv6),
        Action::DeleteScaling { resource } => {
            scaling_of(plan, seen, resource, Side::Ipv4)?;
            ipv4_is_idle(seen)
        }
    }
}

fn require(holds: bool, veto: Veto) -> Result<(), Veto> {
    if holds { Ok(()) } else { Err(veto) }
}

fn pairs(seen: &Observation) -> Result<&[Pair], Veto> {
    require(seen.look.covers(Topic::TargetGroups), Veto::LightLook)?;
    seen.pairs.seen().map(Vec::as_slice).ok_or(Veto::NotSeen)
}

/// On whatever we tag, the team's own tags are not ours to change.
fn our_keys<'k>(mut keys: impl Iterator<Item = &'k String>) -> Result<(), Veto> {
    require(keys.all(|k| k.starts_with("sixshift:")), Veto::NotOurs)
}

fn ours(plan: &Plan, seen: &Observation, arn: &str) -> Result<(), Veto> {
    let group = pairs(seen)?
        .iter()
        .filter_map(|p| p.ipv6.seen())
        .find(|g| g.arn == arn);
    let group = group.ok_or(Veto::NotThePlans)?;
    require(
        group.tags.get(tag::PLAN) == Some(&plan.uid.0),
        Veto::NotOurs,
    )
}

fn twin_is_ours(plan: &Plan, seen: &Observation, name: &str) -> Result<(), Veto> {
    let twin = seen.twin.seen().ok_or(Veto::NotSeen)?;
    require(twin.name == name, Veto::NotThePlans)?;
    require(twin.tags.get(tag::PLAN) == Some(&plan.uid.0), Veto::NotOurs)
}

fn scaling_of(plan: &Plan, seen: &Observation, resource: &str, side: Side) -> Result<(), Veto> {
    let service = match side {
        Side::Ipv4 => plan.service.name.clone(),
        Side::Ipv6 => seen.twin.seen().ok_or(Veto::NotSeen)?.name.clone(),
    };
    require(
        resource.ends_with(&format!("/{}/{service}", plan.service.cluster)),
        Veto::NotThePlans,
    )?;
    if side == Side::Ipv6 {
        twin_is_ours(plan, seen, &service)
    } else {
        Ok(())
    }
}

/// The team's bounds are the team's; and AWS moves a service into its bounds at once, which takes targets from whoever
/// serves, or makes a canary more than one.
fn set_scaling(seen: &Observation, side: Side, bounds: Option<Bounds>) -> Result<(), Veto> {
    let (service, now) = match side {
        Side::Ipv4 => (&seen.ipv4, &seen.ipv4_scaling),
        Side::Ipv6 => (&seen.twin, &seen.twin_scaling),
    };
    let Some(service) = service.seen() else {
        return Err(Veto::NotSeen);
    };
    require(side == Side::Ipv6 || bounds.is_none(), Veto::NotOurs)?;
    let now = now.seen().map(|s| Bounds {
        min: s.min,
        max: s.max,
    });
    let Some(Bounds { min, max }) = bounds.or(now) else {
        return Err(Veto::NotSeen);
    };
    require(min <= max, Veto::ImpossibleWeights)?;
    let idle = no_weight(seen, side).is_ok();
    let stays = (min..=max).contains(&service.desired);
    require(stays || bounds.is_none() && idle, Veto::Resizes)
}

fn scale(
    plan: &Plan,
    seen: &Observation,
    name: &str,
    side: Side,
    desired: u32,
) -> Result<(), Veto> {
    match side {
        Side::Ipv6 => {
            twin_is_ours(plan, seen, name)?;
            let now = seen.twin.seen().map_or(0, |t| t.desired);
            if desired < now {
                no_weight(seen, Side::Ipv6).and_then(|()| no_requests(seen, Side::Ipv6))
            } else {
                Ok(())
            }
        }
        Side::Ipv4 => {
            require(name == plan.service.name, Veto::NotThePlans)?;
            let now = seen.ipv4.seen().ok_or(Veto::NotSeen)?.desired;
            if desired < now {
                ipv4_is_idle(seen)
            } else {
                Ok(())
            }
        }
    }
}

/// What takes the IPv4 side away: it has no weight and no requests, and the other side is healthy at this moment.
fn ipv4_is_idle(seen: &Observation) -> Result<(), Veto> {
    no_weight(seen, Side::Ipv4)?;
    no_requests(seen, Side::Ipv4)?;
    for pair in pairs(seen)? {
        let group = pair.ipv6.seen().ok_or(Veto::NotSeen)?;
        require(healthy(seen, group)? > 0, Veto::NobodyElse)?;
    }
    Ok(())
}

fn no_weight(seen: &Observation, side: Side) -> Result<(), Veto> {
    // A route that was made since the last search may lead there, too.
    require(seen.look.covers(Topic::Routes), Veto::LightLook)?;
    let routes = seen.routes.seen().ok_or(Veto::NotSeen)?;
    let arns: BTreeSet<&str> = pairs(seen)?
        .iter()
        .filter_map(|p| match side {
            Side::Ipv4 => Some(p.ipv4_arn.as_str()),
            Side::Ipv6 => p.ipv6.seen().map(|g| g.arn.as_str()),
        })
        .collect();
    let weightless = routes
        .iter()
        .flat_map(|r| &r.forward.groups)
        .all(|g| g.weight == 0 || !arns.contains(g.arn.as_str()));
    require(weightless, Veto::StillServing)
}

/// The last five complete minutes were reported, and had no request on that side.
fn no_requests(seen: &Observation, side: Side) -> Result<(), Veto> {
    let series = seen.recent.seen().ok_or(Veto::NotSeen)?;
    let minutes = series.last(std::time::Duration::from_secs(300), seen.at);
    require(
        !minutes.is_empty() && minutes.iter().all(|p| p.is_reported()),
        Veto::NotSeen,
    )?;
    let requests = |p: &crate::evidence::Point| match side {
        Side::Ipv4 => p.requests_ipv4,
        Side::Ipv6 => p.requests_ipv6,
    };
    require(
        minutes.iter().all(|p| requests(p).unwrap_or(0.0) == 0.0),
        Veto::StillServing,
    )
}

/// Healthy at this moment: a target that was so minutes ago proves nothing.
fn healthy(seen: &Observation, group: &TargetGroup) -> Result<usize, Veto> {
    require(seen.look == Look::Full, Veto::LightLook)?;
    let targets = group.targets.seen().ok_or(Veto::NotSeen)?;
    Ok(targets.iter().filter(|t| t.is_healthy()).count())
}

fn delete_target_group(seen: &Observation, arn: &str) -> Result<(), Veto> {
    let pair = pairs(seen)?
        .iter()
        .find(|p| p.ipv4_arn == arn)
        .ok_or(Veto::NotThePlans)?;
    let Known::Seen(group) = &pair.ipv4 else {
        return Err(Veto::NotSeen);
    };
    // Targets that are still healthy in it are somebody's.
    require(healthy(seen, group)? == 0, Veto::StillServing)?;
    let routes = seen.routes.seen().ok_or(Veto::NotSeen)?;
    require(
        routes
            .iter()
            .all(|r| r.forward.groups.iter().all(|g| g.arn != arn)),
        Veto::StillServing,
    )?;
    ipv4_is_idle(seen)
}

fn forward_rules(
    plan: &Plan,
    seen: &Observation,
    route: &RouteId,
    expects: &str,
    next: &Forward,
    intent: Intent,
) -> Result<(), Veto> {
    let routes = seen.routes.seen().ok_or(Veto::NotSeen)?;
    let now = routes
        .iter()
        .find(|r| r.id == *route)
        .ok_or(Veto::NotThePlans)?;
    require(now.fingerprint == expects, Veto::StaleRoute)?;
    require(
        next.groups
            .iter()
            .all(|g| u32::from(g.weight) <= MAX_WEIGHT),
        Veto::ImpossibleWeights,
    )?;
    require(
        next.groups.iter().any(|g| g.weight > 0),
        Veto::ImpossibleWeights,
    )?;
    // An action may hold several pairs of the service; it is one pair's move, and the others keep their part.
    let mut verdict = Err(Veto::NotThePlans);
    for pair in pairs(seen)?.iter().filter(|p| is_in(p, &now.forward)) {
        verdict = pair_rules(plan, seen, pair, &now.forward, next, intent);
        if verdict.is_ok() {
            break;
        }
    }
    verdict
}

fn is_in(pair: &Pair, forward: &Forward) -> bool {
    let mut groups = forward.groups.iter();
    groups.any(|g| g.arn == pair.ipv4_arn || is_ipv6(pair, &g.arn))
}

fn pair_rules(
    plan: &Plan,
    seen: &Observation,
    pair: &Pair,
    now: &Forward,
    next: &Forward,
    intent: Intent,
) -> Result<(), Veto> {
    let ipv6 = pair.ipv6.seen().ok_or(Veto::NotSeen)?;
    ours(plan, seen, &ipv6.arn)?;
    others_keep_their_part(now, next, &pair.ipv4_arn, &ipv6.arn)?;
    let before = fraction(now, &pair.ipv4_arn, &ipv6.arn);
    let after = fraction(next, &pair.ipv4_arn, &ipv6.arn);
    let named = match intent {
        Intent::Attach(s) | Intent::Raise(s) | Intent::Correct(s) | Intent::Rescue(s) => {
            s.fraction()
        }
        Intent::Return => 0.0,
        Intent::Detach => 1.0,
    };
    require((after - named).abs() < 0.01, Veto::WrongDirection)?;
    require(
        intent != Intent::Detach || before >= 1.0,
        Veto::StillServing,
    )?;
    if let (Intent::Detach, Known::Seen(group)) = (intent, &pair.ipv4) {
        // With the service gone, whatever is healthy in its group is somebody else's.
        require(healthy(seen, group)? == 0, Veto::StillServing)?;
    }
    require(
        !matches!(intent, Intent::Raise(_)) || after >= before,
        Veto::WrongDirection,
    )?;
    if matches!(intent, Intent::Raise(_)) {
        let furthest = highest(seen).max(next_step(plan, before));
        require(after < furthest + 0.01, Veto::TooFar)?;
    }
    if leads_nowhere(seen, pair, ipv6, before)? {
        return Ok(());
    }
    if after > before {
        carries(healthy(seen, ipv6)?, seen, after)?;
    } else if after < before {
        let ipv4 = healthy(seen, pair.ipv4.seen().ok_or(Veto::NobodyElse)?)?;
        require(ipv4 > 0 || healthy(seen, ipv6)? == 0, Veto::UnprovenGround)?;
    }
    Ok(())
}

/// The route leads to a group without a healthy target, while the other has somebody: any way out is better.
fn leads_nowhere(
    seen: &Observation,
    pair: &Pair,
    ipv6: &TargetGroup,
    share: f64,
) -> Result<bool, Veto> {
    let somebody = |group: &TargetGroup| {
        let targets = group.targets.seen().into_iter().flatten();
        targets.filter(|t| t.state != "draining").count() > 0
    };
    let (healthy4, some4) = match &pair.ipv4 {
        Known::Seen(group) => (healthy(seen, group)?, somebody(group)),
        _ => (0, false),
    };
    let (healthy6, some6) = (healthy(seen, ipv6)?, somebody(ipv6));
    let nobody4 = share < 1.0 && healthy4 == 0 && some6 && (healthy6 > 0 || !some4);
    let nobody6 = share > 0.0 && healthy6 == 0 && some4 && (healthy4 > 0 || !some6);
    Ok(nobody4 || nobody6)
}

fn is_ipv6(pair: &Pair, arn: &str) -> bool {
    pair.ipv6.seen().is_some_and(|g| g.arn == arn)
}

/// IPv6 gets more: at least its part of the IPv4 side's size is healthy, and never nothing.
fn carries(healthy: usize, seen: &Observation, share: f64) -> Result<(), Veto> {
    let size = f64::from(seen.ipv4.seen().map_or(1, |s| s.desired));
    require(
        healthy >= 1 && healthy as f64 >= (size * share).floor(),
        Veto::UnprovenGround,
    )
}

/// The plan's first step above a share, as finely as weights can tell.
fn next_step(plan: &Plan, above: f64) -> f64 {
    let mut steps = plan.shift.steps.iter().map(|s| s.weight.fraction());
    steps.find(|s| *s > above + 0.005).unwrap_or(1.0)
}

/// The highest IPv6 part that any route has: a raise over several routes may have been cut short.
fn highest(seen: &Observation) -> f64 {
    let routes = seen.routes.seen().into_iter().flatten();
    let pairs = || seen.pairs.seen().into_iter().flatten();
    routes
        .flat_map(|r| pairs().filter_map(move |p| Some((r, p, p.ipv6.seen()?))))
        .map(|(r, p, v6)| fraction(&r.forward, &p.ipv4_arn, &v6.arn))
        .fold(0.0, f64::max)
}

/// The IPv6 part of the two groups' weight.
fn fraction(forward: &Forward, ipv4: &str, ipv6: &str) -> f64 {
    let of = |arn: &str| {
        forward
            .groups
            .iter()
            .filter(|g| g.arn == arn)
            .map(|g| f64::from(g.weight))
            .sum::<f64>()
    };
    let (w4, w6) = (of(ipv4), of(ipv6));
    if w4 + w6 > 0.0 { w6 / (w4 + w6) } else { 0.0 }
}

/// The groups of others, and what the pair weighs against them, stay as they are.
fn others_keep_their_part(
    now: &Forward,
    next: &Forward,
    ipv4: &str,
    ipv6: &str,
) -> Result<(), Veto> {
    let parts = |forward: &Forward| {
        let sum = forward
            .groups
            .iter()
            .map(|g| f64::from(g.weight))
            .sum::<f64>()
            .max(1.0);
        let others = forward
            .groups
            .iter()
            .filter(|g| g.arn != ipv4 && g.arn != ipv6);
        others
            .map(|g| (g.arn.clone(), f64::from(g.weight) / sum))
            .collect::<Vec<_>>()
    };
    let (before, after) = (parts(now), parts(next));
    let same = before.len() == after.len()
        && before
            .iter()
            .zip(&after)
            .all(|((a, x), (b, y))| a == b && (x - y).abs() < 0.002);
    require(same, Veto::TouchesOthers)
}
