//! A plan that leaves its way open (`shift.via: auto` without steps), settled by what is before its service.
//!
//! What belongs here: which way such a plan goes, and that it stays on it once it has begun. What must not: the advice itself
//! ([`super::strategy`]), and whether the way can be gone (readiness).

use std::borrow::Cow;

use super::strategy::{self, Way};
use crate::{
    names::{is_of_lattice, tag},
    observation::{Known, LoadBalancer, Observation, Pair, Route, Service, Tags, TaskDefinition},
    plan::{self, Choice, Chosen, Plan},
};

/// What tells the way.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// The IPv4 service.
    pub ipv4: &'a Known<Service>,
    /// The service with the twin's name.
    pub twin: &'a Known<Service>,
    /// The newest revision of the derived family.
    pub derived: &'a Known<TaskDefinition>,
    /// The target groups of both.
    pub pairs: &'a Known<Vec<Pair>>,
    /// Their load balancers.
    pub balancers: &'a Known<Vec<LoadBalancer>>,
    /// Their routes.
    pub routes: &'a Known<Vec<Route>>,
}

impl<'a> From<&'a Observation> for Standing<'a> {
    fn from(seen: &'a Observation) -> Self {
        Self {
            ipv4: &seen.ipv4,
            twin: &seen.twin,
            derived: &seen.twin_task_definition,
            pairs: &seen.pairs,
            balancers: &seen.load_balancers,
            routes: &seen.routes,
        }
    }
}

/// The plan with its way, and the usual steps of that way, where it left them to the service; else as it is. One that was
/// settled by an earlier look stays so where this one does not tell, and where something is made already.
#[must_use]
pub fn settled<'p>(plan: &'p Plan, seen: Standing<'_>) -> Cow<'p, Plan> {
    let Choice::ByService(before) = &plan.shift.choice else {
        return by_steps(plan, seen);
    };
    let advised = strategy::of(seen.ipv4, seen.balancers);
    let advised = advised.as_ref().map(usual);
    let advised = by_its_name(plan, seen, advised);
    // What is advised still says more than that it goes on.
    let goes_on = |way| match &advised {
        Some((usual, why)) if *usual == way => (way, why.clone()),
        _ => (way, BEGUN.to_owned()),
    };
    let told = match begun(plan, seen) {
        Some(Begun::Not) => advised,
        Some(Begun::InPlace) => Some(goes_on(Usual::InPlace)),
        Some(Begun::Beside) => match behind(seen) {
            None if plan.ipv6.registry.is_some() => Some(goes_on(Usual::Names)),
            behind => behind.map(goes_on),
        },
        None => None,
    };
    let Some((usual, why)) = told else {
        return Cow::Borrowed(plan);
    };
    if before.is_some() && Usual::of(plan.shift.way) == Some(usual) {
        return Cow::Borrowed(plan);
    }
    let mut plan = plan.clone();
    let health = match before {
        Some(before) => before.health.clone(),
        None => plan.health.clone(),
    };
    plan.health = health.clone();
    match usual {
        Usual::Weights => plan.move_by_weights(),
        Usual::Lattice => plan.move_by_lattice(),
        Usual::Families => plan.lead_families(),
        Usual::InPlace => plan.move_in_place(),
        Usual::Names => plan.move_by_names(),
    }
    plan.shift.choice = Choice::ByService(Some(Box::new(Chosen { why, health })));
    Cow::Owned(plan)
}

/// Steps with weights can be made by either of two kinds of load balancers: which one is before the service says by which.
fn by_steps<'p>(plan: &'p Plan, seen: Standing<'_>) -> Cow<'p, Plan> {
    let is_open = plan.shift.choice == Choice::BySteps && plan.shift.way == plan::Way::Weights;
    if !is_open || behind(seen) != Some(Usual::Lattice) {
        return Cow::Borrowed(plan);
    }
    let mut plan = plan.clone();
    plan.shift.way = plan::Way::Lattice;
    Cow::Owned(plan)
}

const BEGUN: &str = "it has begun so";

/// A way with its usual steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Usual {
    Weights,
    Lattice,
    Families,
    InPlace,
    Names,
}

impl Usual {
    /// None of a way that nobody is sent without asking for it.
    fn of(way: plan::Way) -> Option<Self> {
        match way {
            plan::Way::Weights => Some(Self::Weights),
            plan::Way::Lattice => Some(Self::Lattice),
            plan::Way::Families => Some(Self::Families),
            plan::Way::InPlace(_) => Some(Self::InPlace),
            plan::Way::Names => Some(Self::Names),
            plan::Way::Tasks => None,
        }
    }
}

/// What is advised, or comes closest of what is built: readiness says what is in its way.
fn usual(advised: &Way) -> (Usual, String) {
    let usual = match advised {
        // Where the plan gives the twin no name there is no other.
        Way::InPlace(_) | Way::Names(_) => Usual::InPlace,
        Way::Lattice(_) => Usual::Lattice,
        Way::Families(_) => Usual::Families,
        Way::Weights(_) | Way::Dns(_) => Usual::Weights,
    };
    (usual, advised.reason().to_owned())
}

/// A service that consumers find by a registry alone has a twin in one of its own, where the plan gives that a name.
fn by_its_name(
    plan: &Plan,
    seen: Standing<'_>,
    advised: Option<(Usual, String)>,
) -> Option<(Usual, String)> {
    let is_found = seen.ipv4.seen().is_some_and(|s| !s.registries.is_empty());
    match (advised, &plan.ipv6.registry) {
        (Some((Usual::InPlace, _)), Some(name)) if is_found => {
            let why =
                format!("clients find it by service discovery, and {name} is the twin's name");
            Some((Usual::Names, why))
        }
        (advised, _) => advised,
    }
}

/// Whether something is made, and which way it was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Begun {
    Not,
    Beside,
    InPlace,
}

/// `None` while that is not known. Beside a service its target groups come before anything else; in place there are none.
fn begun(plan: &Plan, seen: Standing<'_>) -> Option<Begun> {
    let ours = |tags: &Tags| tags.get(tag::PLAN) == Some(&plan.uid.0);
    let pairs = seen.pairs.seen().into_iter().flatten();
    let mut group = pairs.filter_map(|pair| pair.ipv6.seen());
    if seen.twin.seen().is_some_and(|twin| ours(&twin.tags)) || group.any(|g| ours(&g.tags)) {
        return Some(Begun::Beside);
    }
    let unknown = [
        seen.twin.unknown(),
        seen.pairs.unknown(),
        seen.derived.unknown(),
    ];
    if unknown.iter().any(Option::is_some) {
        return None;
    }
    // Only in place does a derived task definition carry notes.
    let noted = |tags: &Tags| ours(tags) && tags.contains_key(tag::SHARE);
    let in_place = seen.derived.seen().is_some_and(|d| noted(&d.tags));
    Some(if in_place { Begun::InPlace } else { Begun::Not })
}

/// By the kind of what the routes belong to: their ARNs tell it, whether or not anything else may be read.
fn behind(seen: Standing<'_>) -> Option<Usual> {
    let by_routes = seen.routes.seen().into_iter().flatten();
    let by_routes = by_routes.map(|route| route.load_balancer.as_str());
    let by_balancers = seen.balancers.seen().into_iter().flatten();
    let by_balancers = by_balancers.map(|balancer| balancer.arn.as_str());
    let arn = by_routes.chain(by_balancers).next()?;
    Some(if is_of_lattice(arn) {
        Usual::Lattice
    } else if arn.contains(":loadbalancer/net/") {
        Usual::Families
    } else {
        Usual::Weights
    })
}
