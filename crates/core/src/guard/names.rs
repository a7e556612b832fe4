//! Consumers that move by themselves: the old name has its tasks until a person said that nobody asks for it, and the new one is what the
//! plan says.
//!
//! What belongs here: what is made for such a twin, and who may have no task when. What must not: whose a service is
//! ([`super::owner`]).

use jiff::SignedDuration;

use super::{
    Veto,
    case::Case,
    effect::{Effect, Gone, Made},
    in_place::forward,
    require,
    said::Said,
    steps::next_step,
    tasks::{begins_at_nothing, ends, is_cold, proven, size},
    weights::ALL,
};
use crate::{
    action::{NewRegistry, Side},
    facts::Gate,
    observation::Known,
};

/// Neither side loses a task while the other could not do its work, and IPv4 none before somebody said so.
pub(super) fn kept_until_said(case: &Case<'_>) -> Result<(), Veto> {
    if !case.plan.is_by_names() {
        return match &case.effect {
            // No load balancer counts those who ask for the name.
            Effect::Shrinks(_, Side::Ipv4, 0) if case.plan.has_registry() => {
                require(have_moved(case), Veto::NotApproved)
            }
            _ => Ok(()),
        };
    }
    match &case.effect {
        Effect::Grows(_, Side::Ipv6, to) if *to > 1 => forward(case),
        Effect::Shrinks(_, side, to) => shrinks(case, *side, *to),
        Effect::Deletes(Gone::Service(_) | Gone::Scaling(_)) => ends(case),
        Effect::Makes(Made::Service(twin)) => begins_at_nothing(twin),
        _ => Ok(()),
    }
}

/// How many tasks IPv4 had: as noted, or what it has.
fn whole(case: &Case<'_>) -> Result<u32, Veto> {
    let now = size(case, Side::Ipv4)?.desired;
    Ok(case.remembered().unwrap_or(0).max(now))
}

fn shrinks(case: &Case<'_>, side: Side, to: u32) -> Result<(), Veto> {
    if side == Side::Ipv4 {
        forward(case)?;
        require(to == 0 && is_baked(case), Veto::StillServing)?;
        let twin = case.seen.twin.seen().ok_or(Veto::NotSeen)?;
        require(!twin.is_deploying(), Veto::UnprovenGround)?;
        let needed = size(case, Side::Ipv4)?.desired.min(twin.desired).max(1);
        return require(proven(case)? >= needed, Veto::UnprovenGround);
    }
    if size(case, side)?.running == 0 {
        return Ok(());
    }
    // Its consumers are led back by nobody: they must find IPv4 under its own name.
    require(case.is_called_back(), Veto::StillServing)?;
    let whole = whole(case)?;
    let ipv4 = size(case, Side::Ipv4)?;
    let needed = whole - whole.div_ceil(10).min(whole.saturating_sub(1));
    require(ipv4.desired.min(ipv4.running) >= needed, Veto::NobodyElse)
}

/// Whether somebody said that all have moved, and that has stood for the bake.
fn is_baked(case: &Case<'_>) -> bool {
    let bake = SignedDuration::try_from(case.plan.shift.bake).unwrap_or(SignedDuration::MAX);
    case.said().is_some_and(|said| {
        let stood = said.since.map(|at| case.seen.at.duration_since(at));
        (said.from, said.to) == (ALL, ALL) && stood >= Some(bake)
    })
}

/// Whether a side's own scaling holds up nobody: the bake is over, or the twin's work was called back.
pub(super) fn may_rest(case: &Case<'_>, side: Side) -> bool {
    is_baked(case) || side == Side::Ipv6 && case.is_called_back()
}

/// A person's word that nobody asks for the old name.
fn have_moved(case: &Case<'_>) -> bool {
    case.facts.approved(Gate::Consumers, &case.plan.revision)
}

/// Whether a note says what is, and what people said.
pub(super) fn share_is_so(case: &Case<'_>, said: Said) -> Result<(), Veto> {
    let known = case.said();
    require(said.refuge.is_none(), Veto::UntrueNote)?;
    let (ipv4, ipv6) = (size(case, Side::Ipv4)?, size(case, Side::Ipv6)?);
    if said.rises() {
        require(!case.is_called_back(), Veto::WrongDirection)?;
        let furthest = next_step(case.plan, said.from).max(case.promoted().unwrap_or(0));
        require(said.to <= furthest, Veto::TooFar)?;
        let is_promoted = case.promoted().is_some_and(|to| to >= ALL);
        require(
            said.to < ALL || have_moved(case) || is_promoted,
            Veto::NotApproved,
        )?;
        let begun = known.is_none_or(|k| k == said || k.to == said.from || k.from == said.from);
        return require(begun && ipv6.desired > 0, Veto::UntrueNote);
    }
    if said.from > said.to {
        return Ok(());
    }
    if said.to == 0 {
        let back = ipv4.desired >= whole(case)? && ipv6.desired <= 1;
        return require(back || known.is_none_or(|k| k == said), Veto::UntrueNote);
    }
    if said.since.is_none() {
        let stays = known.is_some_and(|k| said.to == k.to && k.from == k.to);
        return require(stays, Veto::UntrueNote);
    }
    // It is where it was going, or has been there.
    let arrives = known.is_some_and(|k| said.to == k.to && k.from <= k.to);
    let there = ipv6.desired > 0 && ipv6.running >= ipv6.desired.min(ipv4.desired);
    require(arrives && there, Veto::UntrueNote)
}

/// How many tasks IPv4 had is never more than either side has or had; that it is cold is noted once it has none after the bake.
pub(super) fn size_is_so(case: &Case<'_>, value: &str, noted: u32) -> Result<(), Veto> {
    let (ipv4, ipv6) = (size(case, Side::Ipv4)?, size(case, Side::Ipv6)?);
    let most = case.remembered().unwrap_or(0);
    let most = most.max(ipv4.desired).max(ipv6.desired).max(1);
    require(noted <= most, Veto::UntrueNote)?;
    if !is_cold(value) {
        return Ok(());
    }
    require(is_baked(case) && ipv4.desired == 0, Veto::UntrueNote)
}

/// A registry is made where there is none of that name, alike to the service's own, for addresses of IPv6 alone.
pub(super) fn registry_as_planned(case: &Case<'_>, new: &NewRegistry) -> Result<(), Veto> {
    let both = case.seen.registries.seen().ok_or(Veto::NotSeen)?;
    require(both.ipv6.unknown().is_none(), Veto::NotSeen)?;
    let of = &both.ipv4;
    let named = case.plan.ipv6.registry.as_ref() == Some(&new.name);
    let there = both.ipv6.is_absent() && new.name != of.name;
    let alike = (&new.from, &new.namespace) == (&of.arn, &of.namespace)
        && (&new.routing, new.custom_health) == (&of.routing, of.custom_health);
    let on_ipv6 = new.records.iter().all(|r| r.kind != "A");
    let whole = new.records.is_empty() == of.records.is_empty();
    let all = named && there && alike && on_ipv6 && whole;
    require(all, Veto::NotThePlans)
}

/// A twin's tasks are in the registry that the plan names, which can hold them, and in none without such a plan.
pub(super) fn is_in_its_own(case: &Case<'_>, registry: Option<&str>) -> Result<(), Veto> {
    if !case.plan.has_registry() {
        return require(registry.is_none(), Veto::NotThePlans);
    }
    let both = case.seen.registries.seen().ok_or(Veto::NotSeen)?;
    let Known::Seen(own) = &both.ipv6 else {
        return Err(Veto::NotSeen);
    };
    let is_it = registry == Some(own.arn.as_str()) && own.arn != both.ipv4.arn;
    require(is_it && !own.keeps_ipv4(), Veto::NotThePlans)
}
