//! Only what is ours, or what the plan names, is touched.
//!
//! What belongs here: whose a named resource is. What must not: what may become of it.

use std::collections::BTreeMap;

use super::{
    Veto,
    case::Case,
    effect::{Effect, Gone, Made, Named},
    require,
    weights::{has, has_either},
};
use crate::{
    action::Side,
    names::{scaling_resource, tag},
    observation::{Known, Pair, ServiceLoadBalancer},
};

/// Every resource that would change is ours by its tag, or the one that the plan names.
pub(super) fn ours(case: &Case<'_>) -> Result<(), Veto> {
    match &case.effect {
        Effect::Traffic(traffic) => {
            let moves = case.moves()?;
            require(!moves.is_empty(), Veto::NotThePlans)?;
            let here = |p: &&Pair| has_either(traffic.after, p);
            for pair in case.pairs()?.iter().filter(here) {
                match &pair.ipv6 {
                    Known::Seen(group) if has(traffic.after, &group.arn) => {
                        require(case.is_ours(&group.tags), Veto::NotOurs)?;
                    }
                    Known::Seen(_) | Known::Absent => {}
                    Known::Unknown(_) => return Err(Veto::NotSeen),
                }
            }
            Ok(())
        }
        Effect::Grows(service, side, _) | Effect::Shrinks(service, side, _) => {
            the_service(case, *service, *side)
        }
        Effect::Rolls(rolled) => the_service(case, rolled.service, Side::Ipv6),
        Effect::Redeploys(service, _) => the_service(case, *service, Side::Ipv6),
        Effect::Scales(scaled) => the_scaling(case, scaled.resource, scaled.side),
        Effect::Makes(Made::Policy { of, .. } | Made::Scheduled { of, .. })
        | Effect::Deletes(Gone::Policy { of, .. } | Gone::Scheduled { of, .. }) => {
            the_scaling(case, of, Side::Ipv6)
        }
        Effect::Makes(Made::TargetGroup { tags, .. } | Made::TaskDefinition { tags, .. }) => {
            require(case.will_be_ours(tags), Veto::NotOurs)
        }
        Effect::Makes(Made::Registry(new)) => require(case.will_be_ours(&new.tags), Veto::NotOurs),
        Effect::Makes(Made::Service(twin)) => require(case.will_be_ours(&twin.tags), Veto::NotOurs),
        Effect::Deletes(Gone::Service(service)) => the_service(case, *service, Side::Ipv4),
        Effect::Deletes(Gone::Scaling(resource)) => the_scaling(case, resource, Side::Ipv4),
        Effect::Deletes(Gone::TargetGroup(arn)) => {
            let mut groups = case.pairs()?.iter().map(|p| p.ipv4_arn.as_str());
            require(groups.any(|g| g == *arn), Veto::NotThePlans)
        }
        Effect::Attributes(arn, _) => our_group(case, arn),
        // The rules of such services, and of our own requests, say whose.
        Effect::Replaces(_)
        | Effect::Makes(Made::ProbeRule(_))
        | Effect::Deletes(Gone::ProbeRule(_)) => Ok(()),
        Effect::Notes(group, tags) if tags.contains_key(tag::PLAN) => marks(case, group, tags),
        Effect::Notes(home, tags) => {
            require(tags.keys().all(|k| is_a_note(k)), Veto::NotOurs)?;
            the_home(case, home)
        }
        Effect::Forgets(home, keys) => {
            require(keys.iter().all(|k| is_a_note(k)), Veto::NotOurs)?;
            the_home(case, home)
        }
    }
}

/// What makes a thing ours is written when it is made, and again only where its tags were removed: it has the name that we
/// gave it, no other plan's mark, and ours or our twin's tasks in it.
fn marks(case: &Case<'_>, arn: &str, tags: &BTreeMap<String, String>) -> Result<(), Veto> {
    let mut pairs = case.pairs()?.iter();
    let named = pairs.find_map(|p| Some((p, p.ipv6.seen().filter(|g| g.arn == arn)?)));
    let (pair, group) = named.ok_or(Veto::NotThePlans)?;
    if case.is_ours(&group.tags) {
        require(!group.tags.contains_key(tag::FROM), Veto::NotOurs)?;
    } else {
        require(!group.tags.contains_key(tag::PLAN), Veto::NotOurs)?;
        let twin = case.service(Side::Ipv6).seen().ok_or(Veto::NotSeen)?;
        let of_it = |lb: &ServiceLoadBalancer| lb.target_group.as_deref() == Some(arn);
        let is_its = case.is_ours(&twin.tags) && twin.load_balancers.iter().any(of_it);
        require(is_its, Veto::NotOurs)?;
    }
    let mark = [(tag::PLAN, &case.plan.uid.0), (tag::FROM, &pair.ipv4_arn)];
    let is_right = |(key, value): (&String, &String)| mark.contains(&(key.as_str(), value));
    require(tags.iter().all(is_right), Veto::UntrueNote)
}

/// Everything else that is written later is a note.
fn is_a_note(key: &str) -> bool {
    tag::NOTES.contains(&key)
        || key
            .strip_prefix(tag::ROUTES)
            .is_some_and(|more| more.starts_with('-'))
}

/// Notes lie on the first IPv6 target group, on the twin where there is none, or in place on the derived task definition, which are ours;
/// nothing of ours on what the team owns.
fn the_home(case: &Case<'_>, arn: &str) -> Result<(), Veto> {
    if !case.plan.is_unbalanced() && case.plan.in_place().is_none() {
        our_group(case, arn)?;
    }
    let home = case.home().ok_or(Veto::NotOurs)?;
    require(home == arn, Veto::NotThePlans)
}

/// An IPv6 target group of this plan's.
pub(super) fn our_group(case: &Case<'_>, arn: &str) -> Result<(), Veto> {
    let mut groups = case.pairs()?.iter().filter_map(|p| p.ipv6.seen());
    let group = groups.find(|g| g.arn == arn).ok_or(Veto::NotThePlans)?;
    require(case.is_ours(&group.tags), Veto::NotOurs)
}

fn the_service(case: &Case<'_>, named: Named<'_>, side: Side) -> Result<(), Veto> {
    let service = case.service(side).seen().ok_or(Veto::NotSeen)?;
    let same = named.cluster == case.plan.service.cluster && named.service == service.name;
    require(same, Veto::NotThePlans)?;
    match side {
        Side::Ipv4 => require(service.name == case.plan.service.name, Veto::NotThePlans),
        Side::Ipv6 => require(case.is_ours(&service.tags), Veto::NotOurs),
    }
}

fn the_scaling(case: &Case<'_>, resource: &str, side: Side) -> Result<(), Veto> {
    let cluster = &case.plan.service.cluster;
    let service = match side {
        // Its scaling may outlive it.
        Side::Ipv4 => &case.plan.service.name,
        Side::Ipv6 => &case.service(side).seen().ok_or(Veto::NotSeen)?.name,
    };
    require(
        resource == scaling_resource(cluster, service),
        Veto::NotThePlans,
    )?;
    match side {
        Side::Ipv4 => Ok(()),
        Side::Ipv6 => the_service(case, Named { cluster, service }, side),
    }
}
