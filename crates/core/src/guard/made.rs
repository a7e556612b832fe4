//! What is made, and what the twin becomes, is what the plan says, from what is there.
//!
//! What belongs here: the shape of new things. What must not: when they are due.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    Veto,
    case::Case,
    effect::{Effect, Gone, Made, Rolled},
    names as registries,
    owner::our_group,
    require,
    said::Said,
};
use crate::{
    action::{NewTwin, Side},
    names::{self, tag},
    observation::{Known, Pair, Scaling, ScalingPart},
};

/// A twin begins with one task.
const CANARY: u32 = 1;

/// Nothing is made or rolled from anything but what the plan names.
pub(super) fn as_planned(case: &Case<'_>) -> Result<(), Veto> {
    match &case.effect {
        Effect::Makes(Made::TargetGroup { from, name, tags }) => group(case, from, name, tags),
        Effect::Makes(Made::TaskDefinition {
            from,
            family,
            images,
            env,
            ..
        }) => {
            require(*family == names::family(case.plan), Veto::NotThePlans)?;
            definition(case, from, images, env)
        }
        Effect::Makes(Made::Registry(new)) => registries::registry_as_planned(case, new),
        Effect::Makes(Made::Service(twin)) => service(case, twin),
        Effect::Rolls(rolled) => rolls(case, rolled),
        Effect::Redeploys(_, settings) => redeploys(case, settings),
        Effect::Grows(_, side, to) => grows(case, *side, *to),
        Effect::Attributes(arn, attributes) => copied(case, arn, attributes),
        Effect::Makes(Made::Policy { name, .. }) => {
            let there = has(original(case)?, |s| &s.policies, name);
            require(there, Veto::NotThePlans)
        }
        Effect::Makes(Made::Scheduled { name, .. }) => {
            let there = has(original(case)?, |s| &s.scheduled, name);
            require(there, Veto::NotThePlans)
        }
        // What the original still has stays.
        Effect::Deletes(Gone::Policy { name, .. }) => {
            let there = has(original(case)?, |s| &s.policies, name);
            require(!there, Veto::NotThePlans)
        }
        Effect::Deletes(Gone::Scheduled { name, .. }) => {
            let there = has(original(case)?, |s| &s.scheduled, name);
            require(!there, Veto::NotThePlans)
        }
        Effect::Traffic(_)
        | Effect::Shrinks(..)
        | Effect::Scales(_)
        | Effect::Replaces(_)
        | Effect::Makes(Made::ProbeRule(_))
        | Effect::Deletes(_)
        | Effect::Notes(..)
        | Effect::Forgets(..) => Ok(()),
    }
}

fn original<'a>(case: &Case<'a>) -> Result<&'a Scaling, Veto> {
    case.seen.ipv4_scaling.seen().ok_or(Veto::NotSeen)
}

fn has(scaling: &Scaling, parts: fn(&Scaling) -> &Vec<ScalingPart>, name: &str) -> bool {
    parts(scaling).iter().any(|part| part.name == name)
}

/// One partner for each target group, without a share.
fn group(
    case: &Case<'_>,
    from: &str,
    name: &str,
    tags: &BTreeMap<String, String>,
) -> Result<(), Veto> {
    let pair = case.pairs()?.iter().find(|p| p.ipv4_arn == from);
    let pair = pair.ok_or(Veto::NotThePlans)?;
    require(pair.ipv6.unknown().is_none(), Veto::NotSeen)?;
    require(pair.ipv6.is_absent(), Veto::NotThePlans)?;
    let named = pair.ipv6_name == name && tags.get(tag::FROM).is_some_and(|f| f == from);
    require(named, Veto::NotThePlans)?;
    let said = tags.get(tag::SHARE).map(|text| Said::read(text));
    let none = said.is_none_or(|s| s.is_some_and(|s| (s.from, s.to, s.refuge) == (0, 0, None)));
    require(
        none && !tags.contains_key(tag::ROLLED_BACK),
        Veto::UntrueNote,
    )
}

/// The same images, at most by another name of their registry, and the plan's own variables.
fn definition(
    case: &Case<'_>,
    from: &str,
    images: &BTreeMap<String, String>,
    env: &BTreeMap<String, BTreeMap<String, String>>,
) -> Result<(), Veto> {
    let source = case.seen.ipv4_task_definition.seen().ok_or(Veto::NotSeen)?;
    require(source.arn == from, Veto::NotThePlans)?;
    let edits = &case.plan.ipv6.task_definition;
    for (container, _) in &source.images {
        let own = edits.containers.get(container).map(|c| &c.env);
        let meant = |key: &String| own.and_then(|o| o.get(key)).or_else(|| edits.env.get(key));
        let keys: BTreeSet<&String> = own
            .into_iter()
            .flatten()
            .chain(&edits.env)
            .map(|(k, _)| k)
            .collect();
        let set = env.get(container);
        let as_meant = set.into_iter().flatten().all(|(k, v)| meant(k) == Some(v));
        let whole = keys.len() == set.map_or(0, BTreeMap::len);
        require(as_meant && whole, Veto::NotThePlans)?;
    }
    let known = |container: &String| source.images.iter().any(|(c, _)| c == container);
    require(env.keys().all(known), Veto::NotThePlans)?;
    require(edits.ecr_dual_stack || images.is_empty(), Veto::NotThePlans)?;
    let is_there = |container: &str, image: &str| {
        let mut there = source.images.iter();
        there.any(|(c, i)| c == container && in_registry(i) == in_registry(image))
    };
    let same = images.iter().all(|(c, image)| is_there(c, image));
    require(same, Veto::NotThePlans)
}

/// An image's name without its registry's.
fn in_registry(image: &str) -> &str {
    image.split_once('/').map_or(image, |(_, path)| path)
}

/// One twin, of one task, into our target groups and no others.
fn service(case: &Case<'_>, twin: &NewTwin) -> Result<(), Veto> {
    require(case.seen.twin.is_absent(), Veto::NotSeen)?;
    let of = &case.plan.service;
    let named = twin.from == of.name && twin.cluster == of.cluster;
    require(
        named && twin.name == names::service(case.plan),
        Veto::NotThePlans,
    )?;
    let pairs = case.pairs()?;
    for pair in pairs {
        let group = pair.ipv6.seen().ok_or(Veto::NotSeen)?;
        let into = twin.target_groups.get(&pair.ipv4_arn);
        require(into == Some(&group.arn), Veto::NotThePlans)?;
        our_group(case, &group.arn)?;
    }
    require(twin.target_groups.len() == pairs.len(), Veto::NotThePlans)?;
    registries::is_in_its_own(case, twin.registry.as_deref())?;
    runs(case, &twin.task_definition)?;
    stands(case, &twin.subnets, &twin.security_groups)?;
    require(twin.desired <= CANARY, Veto::TooLarge)
}

fn rolls(case: &Case<'_>, rolled: &Rolled<'_>) -> Result<(), Veto> {
    runs(case, rolled.task_definition)?;
    stands(case, rolled.subnets, rolled.security_groups)
}

/// The task definition that was derived for this plan, and no other.
pub(super) fn runs(case: &Case<'_>, arn: &str) -> Result<(), Veto> {
    let derived = case.seen.twin_task_definition.seen().ok_or(Veto::NotSeen)?;
    require(derived.arn == arn, Veto::NotThePlans)?;
    require(case.is_ours(&derived.tags), Veto::NotOurs)?;
    let family = arn.rsplit('/').next().and_then(|f| f.split(':').next());
    let named = family.is_some_and(|f| f == names::family(case.plan));
    require(named, Veto::NotThePlans)
}

/// In the plan's subnets, behind its security groups or the service's own.
pub(super) fn stands(
    case: &Case<'_>,
    subnets: &[String],
    security_groups: &[String],
) -> Result<(), Veto> {
    let planned = &case.plan.ipv6;
    require(is_same_set(subnets, &planned.subnets), Veto::NotThePlans)?;
    let wanted = match (&planned.security_groups, &case.seen.ipv4) {
        (Some(planned), _) => planned,
        (None, Known::Seen(service)) => &service.security_groups,
        (None, _) => return Err(Veto::NotSeen),
    };
    require(is_same_set(security_groups, wanted), Veto::NotThePlans)
}

fn is_same_set(a: &[String], b: &[String]) -> bool {
    a.len() == b.len() && a.iter().all(|x| b.contains(x))
}

/// A deployment keeps as many tasks as one of the original does.
fn redeploys(case: &Case<'_>, settings: &Value) -> Result<(), Veto> {
    const KEPT: &str = "minimumHealthyPercent";
    let original = case.seen.ipv4.seen().ok_or(Veto::NotSeen)?;
    require(
        settings[KEPT] == original.deployment[KEPT],
        Veto::NotThePlans,
    )
}

/// The twin is never larger than what it replaces, or than that may become by itself. The IPv4 side may grow to any size:
/// a memory that was lost must not keep it from coming back.
fn grows(case: &Case<'_>, side: Side, to: u32) -> Result<(), Veto> {
    if side == Side::Ipv4 {
        return Ok(());
    }
    let ipv4 = match &case.seen.ipv4 {
        Known::Seen(service) => service.desired,
        Known::Unknown(_) => return Err(Veto::NotSeen),
        Known::Absent => return Ok(()),
    };
    let scalings = [&case.seen.ipv4_scaling, &case.seen.twin_scaling];
    let scaled = scalings.iter().filter_map(|s| s.seen().map(|s| s.max));
    let known = [Some(ipv4), case.remembered(), Some(CANARY)];
    let largest = known.into_iter().flatten().chain(scaled).max();
    require(largest.is_some_and(|largest| to <= largest), Veto::TooLarge)
}

/// Each attribute as the IPv4 partner has it.
fn copied(case: &Case<'_>, arn: &str, attributes: &BTreeMap<String, String>) -> Result<(), Veto> {
    let is_it = |p: &&Pair| p.ipv6.seen().is_some_and(|g| g.arn == arn);
    let pair = case.pairs()?.iter().find(is_it).ok_or(Veto::NotThePlans)?;
    let from = pair.ipv4.seen().ok_or(Veto::NotSeen)?;
    let same = attributes
        .iter()
        .all(|(key, value)| from.attributes.get(key) == Some(value));
    require(same, Veto::NotThePlans)
}
