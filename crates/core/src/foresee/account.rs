//! What is in the account before and after, thing by thing.
//!
//! What belongs here: what a migration makes, changes or takes away. What must not: what it never touches.

use super::{
    change::{definition_name, told},
    registry::listed,
    resource::known,
};
use crate::{
    action::Side,
    names,
    observation::{Observation, Registry, Scaling, Service, TargetGroup},
    plan::Plan,
};

/// A thing in the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thing {
    /// `service`, `target group`, `rule`.
    pub kind: &'static str,
    /// For people.
    pub name: String,
    /// `None`: AWS has none for it, or has not given it yet.
    pub arn: Option<String>,
    /// What it is like, in a few words.
    pub like: String,
}

/// What will be there, and what will be gone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Made.
    pub made: Vec<Thing>,
    /// There before, and otherwise: as it was, and as it will be.
    pub changed: Vec<(Thing, Thing)>,
    /// There before, and as it was.
    pub kept: Vec<Thing>,
    /// There before, and gone.
    pub gone: Vec<Thing>,
}

impl Account {
    /// What comes of one picture of an account for another.
    #[must_use]
    pub fn between(plan: &Plan, before: &Observation, after: &Observation) -> Self {
        let (old, new) = (things(plan, before), things(plan, after));
        let same = |a: &Thing, b: &Thing| (a.kind, &a.name) == (b.kind, &b.name);
        let mut account = Self::default();
        for thing in &new {
            match old.iter().find(|o| same(o, thing)) {
                None => account.made.push(thing.clone()),
                Some(was) if was.like == thing.like => account.kept.push(thing.clone()),
                Some(was) => account.changed.push((was.clone(), thing.clone())),
            }
        }
        let is_gone = |o: &&Thing| !new.iter().any(|thing| same(thing, o));
        account.gone = old.iter().filter(is_gone).cloned().collect();
        account
    }
}

/// Everything that was seen and that a migration may touch.
fn things(plan: &Plan, seen: &Observation) -> Vec<Thing> {
    let mut things = Vec::new();
    let cluster = &plan.service.cluster;
    for (side, known, scaling) in [
        (Side::Ipv4, &seen.ipv4, &seen.ipv4_scaling),
        (Side::Ipv6, &seen.twin, &seen.twin_scaling),
    ] {
        things.extend(known.seen().map(|found| service(cluster, found, side)));
        let resource = match side {
            Side::Ipv4 => names::scaling_resource(cluster, &plan.service.name),
            Side::Ipv6 => names::scaling_resource(cluster, &names::service(plan)),
        };
        if let Some(scaling) = scaling.seen() {
            scaled(&resource, scaling, &mut things);
        }
    }
    if let Some(definition) = seen.twin_task_definition.seen() {
        things.push(Thing {
            kind: "task definition",
            name: names::family(plan),
            arn: known(&definition.arn),
            like: "of the twin".to_owned(),
        });
    }
    if let Some(both) = seen.registries.seen() {
        let all = [Some(&both.ipv4), both.ipv6.seen()];
        things.extend(all.into_iter().flatten().map(registry));
    }
    for pair in seen.pairs.seen().into_iter().flatten() {
        things.extend(pair.ipv4.seen().map(group));
        things.extend(pair.ipv6.seen().map(group));
    }
    for route in seen.routes.seen().into_iter().flatten() {
        let name = route.name();
        let kind = route.id.kind();
        things.push(Thing {
            kind,
            name: name.strip_prefix(kind).unwrap_or(&name).trim().to_owned(),
            arn: known(route.id.arn()),
            like: told(&route.forward),
        });
    }
    things
}

fn service(cluster: &str, service: &Service, side: Side) -> Thing {
    let tasks = match service.desired {
        1 => "1 task".to_owned(),
        n => format!("{n} tasks"),
    };
    Thing {
        kind: "service",
        name: format!("{cluster}/{}", service.name),
        arn: known(&service.arn),
        like: format!(
            "{tasks} on {side}, {}",
            definition_name(&service.task_definition)
        ),
    }
}

fn registry(registry: &Registry) -> Thing {
    Thing {
        kind: "Cloud Map service",
        name: registry.name.clone(),
        arn: known(&registry.arn),
        like: listed(&registry.records),
    }
}

fn group(group: &TargetGroup) -> Thing {
    Thing {
        kind: "target group",
        name: group.name.clone(),
        arn: known(&group.arn),
        like: group.ip_address_type.clone(),
    }
}

fn scaled(resource: &str, scaling: &Scaling, things: &mut Vec<Thing>) {
    things.push(Thing {
        kind: "scalable target",
        name: resource.to_owned(),
        arn: scaling.arn.clone(),
        like: format!(
            "{}–{} tasks, {}",
            scaling.min, scaling.max, scaling.suspended
        ),
    });
    let parts = [
        ("scaling policy", &scaling.policies),
        ("scheduled action", &scaling.scheduled),
    ];
    for (kind, parts) in parts {
        things.extend(parts.iter().map(|part| Thing {
            kind,
            name: format!("{} of {resource}", part.name),
            arn: None,
            like: String::new(),
        }));
    }
}
