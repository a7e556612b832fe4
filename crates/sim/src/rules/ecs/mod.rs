//! Rules of ECS.
//!
//! What belongs here: joining the tables. What must not: a rule.

mod asked;
mod attached;
mod capacity;
mod container;
mod definition;
mod dependencies;
mod effects;
mod fargate;
mod lattice;
mod network;
mod placement;
mod ports;
mod reading;
mod rollout;
mod run;
mod service;
mod tags;
mod wanted;

use super::{Kept, Rule, joined, refuses, total};
use crate::{Value, world::World};

pub(crate) use asked::{cpu_units, mebibytes};
pub(crate) use rollout::starts_balanced;
pub(crate) use service::fits;

pub(super) const RULES: &[Rule] = &joined::<{ total(PARTS) }>(PARTS);

const PARTS: &[&[Rule]] = &[
    tags::RULES,
    definition::RULES,
    container::RULES,
    dependencies::RULES,
    ports::RULES,
    fargate::RULES,
    service::RULES,
    placement::RULES,
    rollout::RULES,
    network::RULES,
    run::RULES,
    attached::RULES,
    lattice::RULES,
    capacity::RULES,
    reading::RULES,
    effects::RULES,
];

/// Operations that make or change a service.
const BOTH: &[&str] = &["CreateService", "UpdateService"];
/// Operations that place tasks.
const PLACING: &[&str] = &["CreateService", "UpdateService", "RunTask"];
/// Operations that place tasks where nothing is said of that yet.
const LAUNCHING: &[&str] = &["CreateService", "RunTask"];
const CREATE: &[&str] = &["CreateService"];

/// A refusal of RegisterTaskDefinition.
const fn registration(
    name: &'static str,
    says: &'static str,
    broken: fn(&World, &Value) -> Option<String>,
    source: &'static str,
) -> Rule {
    let on = &["RegisterTaskDefinition"];
    refuses(name, on, says, "ClientException", broken, source)
}

/// Whether an input keeps a rule.
fn keeps(rule: &Rule, world: &World, input: &Value) -> bool {
    match rule.kept {
        Kept::Refuses { broken, .. } => broken(world, input).is_none(),
        _ => true,
    }
}
