//! What AWS refuses and does beyond its published models: a line each, with its source.
//!
//! What belongs here: the table, and the checks that can be made before an operation runs. What must not: what the models
//! say (required members, patterns, sizes, ranges), and the effects themselves, which are the services' and the world's.
//! `docs/reference/region.md` is written from here.

mod autoscaling;
mod cloudwatch;
mod ec2;
mod ecs;
mod elbv2;
mod iam;
mod late;
mod lattice;
mod reference;
mod shelf;
#[cfg(test)]
mod tests;

use crate::services::{AwsError, Service};
use crate::{Value, world::World};

/// One thing that AWS refuses, does, or may do.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// A short name, the same for ever: `ecs-rebalancing-needs-headroom`.
    pub name: &'static str,
    /// The operations that it is about, as `CreateService`; empty for all of the service.
    pub on: &'static [&'static str],
    /// What is so, in words.
    pub says: &'static str,
    /// What the region makes of it.
    pub kept: Kept,
    /// Where AWS, or somebody whom AWS answered, says so.
    pub source: &'static str,
}

/// What the region makes of a rule.
#[derive(Clone, Copy, Debug)]
pub enum Kept {
    /// It refuses the call before anything is done. [`tests`] has a request for each that breaks it.
    Refuses {
        /// AWS's error code.
        code: &'static str,
        /// AWS's sentence where the rule is broken.
        broken: fn(&World, &Value) -> Option<String>,
    },
    /// The operation, or the world, does it or refuses it; the test of this name shows it.
    Does(&'static str),
    /// It does not, for this reason.
    NotSimulated(&'static str),
}

/// What the operation or the world does, shown by the test of this name.
const fn does(
    name: &'static str,
    on: &'static [&'static str],
    says: &'static str,
    test: &'static str,
    source: &'static str,
) -> Rule {
    Rule {
        name,
        on,
        says,
        kept: Kept::Does(test),
        source,
    }
}

/// What is refused before the operation runs.
const fn refuses(
    name: &'static str,
    on: &'static [&'static str],
    says: &'static str,
    code: &'static str,
    broken: fn(&World, &Value) -> Option<String>,
    source: &'static str,
) -> Rule {
    Rule {
        name,
        on,
        says,
        kept: Kept::Refuses { code, broken },
        source,
    }
}

/// What is not simulated, and why.
const fn lacks(
    name: &'static str,
    on: &'static [&'static str],
    says: &'static str,
    why: &'static str,
    source: &'static str,
) -> Rule {
    Rule {
        name,
        on,
        says,
        kept: Kept::NotSimulated(why),
        source,
    }
}

/// How many rules there are in all parts.
pub(crate) const fn total(parts: &[&[Rule]]) -> usize {
    let (mut sum, mut part) = (0, 0);
    while part < parts.len() {
        sum += parts[part].len();
        part += 1;
    }
    sum
}

/// The parts of a table, joined in their order; `N` is their [`total`].
pub(crate) const fn joined<const N: usize>(parts: &[&[Rule]]) -> [Rule; N] {
    let mut all = [parts[0][0]; N];
    let (mut part, mut to) = (0, 0);
    while part < parts.len() {
        let mut from = 0;
        while from < parts[part].len() {
            all[to] = parts[part][from];
            from += 1;
            to += 1;
        }
        part += 1;
    }
    all
}

/// A service's rules, those of a late region last.
pub(crate) fn of(service: Service) -> impl Iterator<Item = &'static Rule> + Clone {
    let (always, late): (&[Rule], &[Rule]) = match service {
        Service::Ecs => (ecs::RULES, late::ECS),
        Service::Elbv2 => (elbv2::RULES, late::ELBV2),
        Service::AutoScaling => (autoscaling::RULES, late::AUTOSCALING),
        Service::CloudWatch => (cloudwatch::RULES, &[]),
        Service::Ec2 => (ec2::RULES, &[]),
        Service::Sts => (iam::RULES, &[]),
        Service::Lattice => (lattice::RULES, &[]),
        kept => (shelf::of(kept), &[]),
    };
    always.iter().chain(late)
}

/// Refuses what a rule refuses before the operation runs.
///
/// # Errors
/// The first broken rule's code and sentence.
pub(crate) fn check(
    world: &World,
    service: Service,
    op: &str,
    input: &Value,
) -> Result<(), AwsError> {
    for rule in of(service) {
        if !rule.on.is_empty() && !rule.on.contains(&op) {
            continue;
        }
        if let Kept::Refuses { code, broken } = rule.kept
            && let Some(message) = broken(world, input)
        {
            return Err(AwsError::new(code, message));
        }
    }
    Ok(())
}

pub(crate) use ecs::{cpu_units, fits as ecs_launch_types, mebibytes, starts_balanced};
pub use reference::reference;
