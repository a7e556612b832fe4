//! Application Auto Scaling of ECS services: targets, policies, scheduled actions.

mod policies;
mod schedules;
mod targets;

use super::{AwsError, paging};
use crate::{Value, world::World};
pub(crate) use policies::{CONFIGURATIONS, label_parts, steps};
pub(crate) use schedules::time_zone;

const DIMENSION: &str = "ecs:service:DesiredCount";
const PAGE: i64 = 50;

/// Runs one operation.
///
/// # Errors
/// What AWS refuses.
pub fn call(world: &mut World, op: &str, input: &Value) -> Result<Value, AwsError> {
    match op {
        "RegisterScalableTarget" => targets::register(world, input),
        "DeregisterScalableTarget" => targets::deregister(world, input),
        "DescribeScalableTargets" => targets::describe(world, input),
        "TagResource" => targets::tag(world, input),
        "UntagResource" => targets::untag(world, input),
        "ListTagsForResource" => targets::list_tags(world, input),
        "PutScalingPolicy" => policies::put(world, input),
        "DeleteScalingPolicy" => policies::delete(world, input),
        "DescribeScalingPolicies" => policies::describe(world, input),
        "PutScheduledAction" => schedules::put(world, input),
        "DeleteScheduledAction" => schedules::delete(world, input),
        "DescribeScheduledActions" => schedules::describe(world, input),
        _ => Err(AwsError::unknown_operation(op)),
    }
}

fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::new("ValidationException", message)
}

fn not_found(message: impl Into<String>) -> AwsError {
    AwsError::new("ObjectNotFoundException", message)
}

fn text<'a>(input: &'a Value, name: &str) -> Result<&'a str, AwsError> {
    let message = || {
        invalid(format!(
            "1 validation error detected: Value null at '{name}' failed to satisfy constraint: Member must not be null"
        ))
    };
    input
        .get(name)
        .as_str()
        .filter(|t| !t.is_empty())
        .ok_or_else(message)
}

/// The service namespace, which has to be the only one that is simulated.
fn namespace(input: &Value) -> Result<(), AwsError> {
    match text(input, "ServiceNamespace")? {
        "ecs" => Ok(()),
        other => Err(invalid(format!(
            "The service namespace {other} is not simulated."
        ))),
    }
}

/// The resource that a request is about.
fn resource(input: &Value) -> Result<&str, AwsError> {
    namespace(input)?;
    let dimension = text(input, "ScalableDimension")?;
    let resource = text(input, "ResourceId")?;
    if dimension != DIMENSION {
        return Err(invalid(format!(
            "Unsupported service namespace, resource type or scalable dimension: {dimension}"
        )));
    }
    if resource.split('/').count() != 3 || !resource.starts_with("service/") {
        return Err(invalid(format!(
            "Unsupported resource type or malformed resource ID: {resource}"
        )));
    }
    Ok(resource)
}

/// A description with what else was given: members that the region does not know are read back.
fn with_given(mut document: Value, given: &Value) -> Value {
    for (name, value) in given.fields() {
        if document.get(name).is_null() {
            document.set(name, value.clone());
        }
    }
    document
}

fn about(resource: &str) -> String {
    format!("service namespace: ecs, resource ID: {resource}, scalable dimension: {DIMENSION}")
}

fn no_target(resource: &str) -> AwsError {
    not_found(format!(
        "No scalable target registered for {}",
        about(resource)
    ))
}

/// Whether a describing request asks for this name and resource.
fn asked(input: &Value, names: &str, name: &str, resource: &str) -> bool {
    let listed = input.get(names).strings();
    (listed.is_empty() || listed.iter().any(|n| n == name))
        && input
            .get("ResourceId")
            .as_str()
            .is_none_or(|r| r == resource)
        && input
            .get("ScalableDimension")
            .as_str()
            .is_none_or(|d| d == DIMENSION)
}

fn page(set: &str, found: Vec<Value>, input: &Value) -> Result<Value, AwsError> {
    let size = input
        .get("MaxResults")
        .as_i64()
        .unwrap_or(PAGE)
        .clamp(1, PAGE);
    let bad_token = || {
        AwsError::new(
            "InvalidNextTokenException",
            "The next token supplied is invalid",
        )
    };
    let (page, next) = paging::page(found, input.get("NextToken"), size as usize, bad_token)?;
    Ok(Value::map([(set, Value::List(page)), ("NextToken", next)]))
}

/// An id that follows from what it names.
fn uuid(text: &str) -> String {
    let seed = text.bytes().fold(0u64, |h, b| {
        (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)
    });
    let (a, b) = (crate::dice::bits(seed, 1), crate::dice::bits(seed, 2));
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        a >> 32,
        (a >> 16) & 0xffff,
        a & 0xfff,
        b >> 52,
        b & 0xffff_ffff_ffff
    )
}

#[cfg(test)]
mod tests;
