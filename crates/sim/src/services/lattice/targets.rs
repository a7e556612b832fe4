//! Targets: register, deregister, and their health as it is told.

use super::{AwsError, page, target_groups, words};
use crate::world::elb::{Target, TargetState};
use crate::world::lattice::Group;
use crate::world::{health, tasks};
use crate::{Value, world::World};

/// VPC Lattice user guide, "Quotas for Amazon VPC Lattice".
const MOST: usize = 1000;

pub(super) fn register(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let group = target_groups::of(world, input)?;
    target_groups::ready(world, group)?;
    let (arn, mut fine, mut unfit) = (group.about.arn.clone(), Vec::new(), Vec::new());
    for (id, port) in named(group, input) {
        match unfitting(group, &id) {
            None => fine.push((id, port)),
            Some(why) => unfit.push(failure(&id, port, "InvalidTarget", why)),
        }
    }
    if group.pool.targets.len() + fine.len() > MOST {
        return Err(words::too_many("TARGET", "targets in a target group", MOST));
    }
    for (id, port) in &fine {
        health::register(world, &arn, id, *port, None);
    }
    Ok(outcome(fine, unfit))
}

pub(super) fn deregister(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let group = target_groups::of(world, input)?;
    let (arn, mut fine, mut absent) = (group.about.arn.clone(), Vec::new(), Vec::new());
    for (id, port) in named(group, input) {
        match group.pool.target(&id, port) {
            Some(_) => fine.push((id, port)),
            None => {
                let why = "The target is not registered";
                absent.push(failure(&id, port, "TargetNotFound", why));
            }
        }
    }
    for (id, port) in &fine {
        health::deregister_address(world, &arn, id, *port);
        tasks::deregistered_by_hand(world, &arn, id, *port);
    }
    Ok(outcome(fine, absent))
}

pub(super) fn list(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let group = target_groups::of(world, input)?;
    let asked = named(group, input);
    let all = group.pool.targets.iter();
    let wanted = |t: &&Target| asked.is_empty() || asked.contains(&(t.id.clone(), t.port));
    let items = all.filter(wanted).map(|target| {
        Value::map([
            ("id", Value::from(target.id.as_str())),
            ("port", target.port.into()),
            ("status", status(group, target).into()),
        ])
    });
    page(items.collect(), input)
}

/// The targets that a request names; one without a port is asked on the group's.
fn named(group: &Group, input: &Value) -> Vec<(String, i64)> {
    let default = group.pool.number("Port", 80);
    let targets = input.get("targets").items().iter();
    let one = |t: &Value| {
        let id = t.get("id").as_str()?.to_owned();
        Some((id, t.get("port").as_i64().unwrap_or(default)))
    };
    targets.filter_map(one).collect()
}

/// Why an id is no target of a group.
fn unfitting(group: &Group, id: &str) -> Option<&'static str> {
    let address = id.parse::<std::net::IpAddr>().ok();
    match (
        group.kind.as_str(),
        group.config.get("ipAddressType").as_str(),
    ) {
        ("IP", Some("IPV6")) if !address.is_some_and(|a| a.is_ipv6()) => {
            Some("The target is not an IPv6 address")
        }
        ("IP", Some("IPV4")) if !address.is_some_and(|a| a.is_ipv4()) => {
            Some("The target is not an IPv4 address")
        }
        ("INSTANCE", _) if !id.starts_with("i-") => Some("The target is not an instance"),
        ("LAMBDA" | "ALB", _) if !id.starts_with("arn:") => Some("The target is not an ARN"),
        _ => None,
    }
}

fn status(group: &Group, target: &Target) -> &'static str {
    match target.state {
        TargetState::Unused => "UNUSED",
        TargetState::Draining => "DRAINING",
        // "Health checks are unavailable for the target group."
        _ if !group.is_checked() => "UNAVAILABLE",
        TargetState::Initial => "INITIAL",
        TargetState::Healthy => "HEALTHY",
        TargetState::Unhealthy => "UNHEALTHY",
    }
}

fn failure(id: &str, port: i64, code: &str, why: &str) -> Value {
    Value::map([
        ("id", Value::from(id)),
        ("port", port.into()),
        ("failureCode", code.into()),
        ("failureMessage", why.into()),
    ])
}

fn outcome(fine: Vec<(String, i64)>, failed: Vec<Value>) -> Value {
    let one =
        |(id, port): (String, i64)| Value::map([("id", Value::from(id)), ("port", port.into())]);
    Value::map([
        ("successful", Value::list(fine.into_iter().map(one))),
        ("unsuccessful", Value::List(failed)),
    ])
}
