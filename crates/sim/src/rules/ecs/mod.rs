//! Rules of ECS.
//!
//! What belongs here: joining the tables. What must not: a rule.

mod asked;
mod container;
mod definition;
mod dependencies;
mod fargate;
mod ports;

use super::{Kept, Rule, joined, total};
use crate::{Value, world::World};

pub(super) const RULES: &[Rule] = &joined::<{ total(PARTS) }>(PARTS);

const PARTS: &[&[Rule]] = &[
    definition::RULES,
    container::RULES,
    dependencies::RULES,
    ports::RULES,
    fargate::RULES,
];

/// A refusal of RegisterTaskDefinition.
const fn registration(
    name: &'static str,
    says: &'static str,
    broken: fn(&World, &Value) -> Option<String>,
    source: &'static str,
) -> Rule {
    Rule {
        name,
        on: &["RegisterTaskDefinition"],
        says,
        kept: Kept::Refuses {
            code: "ClientException",
            broken,
        },
        source,
    }
}
