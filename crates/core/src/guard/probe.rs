//! A rule for our own requests: it leads no customer anywhere, and what it stands before stays what it was.
//!
//! What belongs here: whom such a rule could take, from AWS's shapes alone. What must not: whether one is wanted now.

use super::{
    Veto,
    case::Case,
    effect::{Effect, Gone, Made},
    owner::our_group,
    require,
};
use crate::{
    action::NewProbeRule,
    observation::{Look, Probing, Route, RouteId},
};

/// AWS takes 1 to 50000.
const PRIORITIES: std::ops::RangeInclusive<u32> = 1..=50_000;

/// Only who has this plan's own mark in a header is led to the plan's own target group, from where the service is led to
/// anyway; and only a rule of ours is taken away.
pub(super) fn no_customer(case: &Case<'_>) -> Result<(), Veto> {
    match &case.effect {
        Effect::Makes(Made::ProbeRule(rule)) => made(case, rule),
        Effect::Deletes(Gone::ProbeRule(arn)) => {
            let rules = &probing(case)?.rules;
            let rule = rules.iter().find(|r| r.arn == *arn);
            let rule = rule.ok_or(Veto::NotThePlans)?;
            require(case.is_ours(&rule.tags), Veto::NotOurs)
        }
        _ => Ok(()),
    }
}

fn probing<'a>(case: &Case<'a>) -> Result<&'a Probing, Veto> {
    require(case.seen.look == Look::Full, Veto::LightLook)?;
    let probing = case.seen.probing.seen();
    probing.map(|p| &**p).ok_or(Veto::NotSeen)
}

fn made(case: &Case<'_>, rule: &NewProbeRule) -> Result<(), Veto> {
    let probing = probing(case)?;
    require(case.will_be_ours(&rule.tags), Veto::NotOurs)?;
    // Without the mark in its condition it would be met by customers.
    require(
        !rule.value.is_empty() && rule.value == case.plan.uid.0,
        Veto::TouchesOthers,
    )?;
    require(case.plan.probe.is_some(), Veto::NotThePlans)?;
    require(probing.rules.is_empty(), Veto::NotThePlans)?;
    our_group(case, &rule.group)?;
    let mut routes = case.routes()?.iter();
    let is_it = |r: &&Route| match (&r.id, &rule.before) {
        (RouteId::Rule(arn), Some(before)) => arn == before,
        (RouteId::Listener(arn), None) => *arn == rule.listener,
        _ => false,
    };
    let route = routes.find(is_it).ok_or(Veto::NotThePlans)?;
    require(route.place.conditions == rule.expects, Veto::StaleRoute)?;
    // It is of that listener, and the twin is to serve there.
    let id = rule.listener.replacen(":listener/", ":listener-rule/", 1);
    let is_of = rule
        .before
        .as_ref()
        .is_none_or(|r| r.starts_with(&format!("{id}/")));
    require(is_of && route.forward.names(&rule.group), Veto::NotThePlans)?;
    // Whoever must sign in before they reach the service would reach the twin without.
    let only_forwards = route.actions.iter().all(|kind| kind == "forward");
    require(only_forwards, Veto::TouchesOthers)?;
    between(probing, route, rule)
}

/// Nothing that a customer's request meets lies between the rule and what it stands before.
fn between(probing: &Probing, route: &Route, rule: &NewProbeRule) -> Result<(), Veto> {
    let own = match &route.place.priority {
        Some(priority) => priority.parse().map_err(|_| Veto::NotSeen)?,
        None => u32::MAX,
    };
    require(
        PRIORITIES.contains(&rule.priority) && rule.priority < own,
        Veto::TouchesOthers,
    )?;
    let taken = probing.taken.get(&rule.listener).ok_or(Veto::NotSeen)?;
    let mut skipped = taken.iter().filter(|p| (rule.priority..own).contains(p));
    require(skipped.next().is_none(), Veto::TouchesOthers)
}
