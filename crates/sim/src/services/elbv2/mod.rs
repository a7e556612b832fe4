//! Elastic Load Balancing v2: a file a kind of resource.
//!
//! What belongs here: dispatch, refusals by name, and paging. What must not: routing or health (that is the world's).

mod actions;
mod attributes;
mod conditions;
mod listeners;
mod load_balancers;
mod rules;
pub(crate) mod tags;
mod target_groups;
mod targets;
#[cfg(test)]
mod tests;

use super::AwsError;
use crate::world::elb::Quota;
use crate::{Value, world::World};

/// Runs one operation.
///
/// # Errors
/// What AWS refuses, with ELBv2's error codes (its query protocol leaves `Exception` out of them).
pub fn call(world: &mut World, op: &str, input: &Value) -> Result<Value, AwsError> {
    if !op.starts_with("Describe") {
        // Requests until now met the state until now.
        world.settle_all();
    }
    match op {
        "CreateLoadBalancer" => load_balancers::create(world, input),
        "DescribeLoadBalancers" => load_balancers::describe(world, input),
        "DeleteLoadBalancer" => load_balancers::delete(world, input),
        "SetIpAddressType" => load_balancers::set_ip_address_type(world, input),
        "SetSubnets" => load_balancers::set_subnets(world, input),
        "SetSecurityGroups" => load_balancers::set_security_groups(world, input),
        "DescribeLoadBalancerAttributes" | "ModifyLoadBalancerAttributes" => {
            attributes::of_load_balancer(world, op, input)
        }
        "CreateTargetGroup" => target_groups::create(world, input),
        "DescribeTargetGroups" => target_groups::describe(world, input),
        "ModifyTargetGroup" => target_groups::modify(world, input),
        "DeleteTargetGroup" => target_groups::delete(world, input),
        "DescribeTargetGroupAttributes" | "ModifyTargetGroupAttributes" => {
            attributes::of_target_group(world, op, input)
        }
        "CreateListener" => listeners::create(world, input),
        "DescribeListeners" => listeners::describe(world, input),
        "ModifyListener" => listeners::modify(world, input),
        "DeleteListener" => listeners::delete(world, input),
        "DescribeListenerAttributes" | "ModifyListenerAttributes" => {
            attributes::of_listener(world, op, input)
        }
        "CreateRule" => rules::create(world, input),
        "DescribeRules" => rules::describe(world, input),
        "ModifyRule" => rules::modify(world, input),
        "DeleteRule" => rules::delete(world, input),
        "SetRulePriorities" => rules::set_priorities(world, input),
        "RegisterTargets" => targets::register(world, input),
        "DeregisterTargets" => targets::deregister(world, input),
        "DescribeTargetHealth" => targets::health(world, input),
        "DescribeCapacityReservation" => load_balancers::capacity(world, input),
        "DescribeAccountLimits" => limits(world, input),
        "AddTags" => tags::add(world, input),
        "RemoveTags" => tags::remove(world, input),
        "DescribeTags" => tags::describe(world, input),
        _ => Err(AwsError::unknown_operation(op)),
    }
}

fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::validation(message)
}

fn misconfigured(message: impl Into<String>) -> AwsError {
    AwsError::new("InvalidConfigurationRequest", message)
}

fn no_load_balancer(arn: &str) -> AwsError {
    AwsError::new(
        "LoadBalancerNotFound",
        format!("Load balancer '{arn}' not found"),
    )
}

fn no_listener(arn: &str) -> AwsError {
    AwsError::new("ListenerNotFound", format!("Listener '{arn}' not found"))
}

fn no_rule(arn: &str) -> AwsError {
    AwsError::new("RuleNotFound", format!("Rule '{arn}' not found"))
}

fn no_target_group(arn: &str) -> AwsError {
    AwsError::new(
        "TargetGroupNotFound",
        format!("Target groups '{arn}' not found"),
    )
}

fn limits(world: &World, input: &Value) -> Result<Value, AwsError> {
    let limit = |(quota, name, _): (Quota, &str, usize)| {
        let most = world.elb.quota(quota).to_string();
        Value::map([("Name", Value::from(name)), ("Max", most.into())])
    };
    page(Quota::ALL.into_iter().map(limit).collect(), input, "Limits")
}

fn nothing() -> Value {
    Value::Map(Vec::new())
}

/// One page of documents: those from the marker on, and the next marker.
fn page(items: Vec<Value>, input: &Value, field: &str) -> Result<Value, AwsError> {
    let from = match input.get("Marker").as_str() {
        None | Some("") => 0,
        Some(marker) => marker
            .strip_prefix("marker-")
            .and_then(|n| n.parse::<usize>().ok())
            .ok_or_else(|| invalid("Invalid marker"))?,
    };
    let size = input.get("PageSize").as_i64().unwrap_or(400);
    if !(1..=400).contains(&size) {
        return Err(invalid(
            "1 validation error detected: Value at 'pageSize' failed to satisfy constraint: Member must have value between 1 and 400",
        ));
    }
    let more = items.len() > from + size as usize;
    let next = more.then(|| format!("marker-{}", from + size as usize));
    let page: Vec<Value> = items.into_iter().skip(from).take(size as usize).collect();
    Ok(Value::map([
        (field, Value::List(page)),
        ("NextMarker", next.into()),
    ]))
}
