//! Rules of Elastic Load Balancing, a file a kind of resource.
//!
//! What must not be here: what needs the whole action or listener to be told; that is refused by the operation itself.

mod attributes;
mod balancers;
mod conditions;
mod groups;
mod listeners;
mod routes;
mod tags;
mod targets;

use super::{Rule, does, joined, lacks, refuses, total};
use crate::Value;

pub(super) const RULES: &[Rule] = &joined::<{ total(PARTS) }>(PARTS);

const PARTS: &[&[Rule]] = &[
    balancers::RULES,
    listeners::RULES,
    routes::RULES,
    conditions::RULES,
    groups::RULES,
    targets::RULES,
    attributes::RULES,
    tags::RULES,
];

/// AWS's page about the quotas of Application Load Balancers.
const QUOTAS: &str = "ELB user guide, Quotas for your Application Load Balancers";

const VALIDATION: &str = "ValidationError";
const CONFIGURATION: &str = "InvalidConfigurationRequest";

/// A text member; none where it is left out or empty, which AWS takes for the same.
fn text<'a>(input: &'a Value, key: &str) -> Option<&'a str> {
    input.get(key).as_str().filter(|t| !t.is_empty())
}

fn is(input: &Value, key: &str, of: &[&str]) -> bool {
    text(input, key).is_some_and(|t| of.contains(&t))
}

/// Letters, digits and inner hyphens, at most 32.
fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 32
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && !name.starts_with('-')
        && !name.ends_with('-')
}

/// What is said of a list that names more than 20 things.
fn more_than_twenty(input: &Value, lists: &[&str]) -> Option<String> {
    let long = lists.iter().find(|key| input.get(key).items().len() > 20)?;
    Some(format!(
        "1 validation error detected: '{long}' can have at most 20 members"
    ))
}
