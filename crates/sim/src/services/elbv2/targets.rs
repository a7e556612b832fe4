//! Targets: register, deregister, and their health as it is told.

use super::{AwsError, no_target_group, nothing};
use crate::Value;
use crate::world::World;
use crate::world::behaviour::Family;
use crate::world::elb::{Target, TargetGroup, TargetState};
use crate::world::{health as course, tasks};

pub(super) fn register(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let (arn, targets) = named(world, input)?;
    of_the_family(world, &arn, &targets)?;
    for (id, port, zone) in targets {
        course::register(world, &arn, &id, port, zone.filter(|z| z != "all"));
    }
    Ok(nothing())
}

pub(super) fn deregister(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let (arn, targets) = named(world, input)?;
    for (id, port, _) in targets {
        course::deregister_address(world, &arn, &id, port);
        tasks::deregistered_by_hand(world, &arn, &id, port);
    }
    Ok(nothing())
}

pub(super) fn health(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let (arn, asked) = named(world, input)?;
    let group = world
        .elb
        .target_groups
        .get(&arn)
        .ok_or_else(|| no_target_group(&arn))?;
    let described = if asked.is_empty() {
        group
            .targets
            .iter()
            .map(|t| document(world, group, t))
            .collect()
    } else {
        asked
            .iter()
            .map(|(id, port, _)| {
                group
                    .target(id, *port)
                    .map_or_else(|| unregistered(id, *port), |t| document(world, group, t))
            })
            .collect()
    };
    Ok(Value::map([(
        "TargetHealthDescriptions",
        Value::List(described),
    )]))
}

type Named = (String, i64, Option<String>);

/// The target group of an input and the targets that it names.
fn named(world: &World, input: &Value) -> Result<(String, Vec<Named>), AwsError> {
    let arn = input.require_str("TargetGroupArn")?.to_owned();
    let group = world
        .elb
        .target_groups
        .get(&arn)
        .ok_or_else(|| no_target_group(&arn))?;
    let mut targets = Vec::new();
    for target in input.get("Targets").items() {
        let id = target.require_str("Id")?.to_owned();
        let port = target
            .get("Port")
            .as_i64()
            .unwrap_or_else(|| group.number("Port", 80));
        targets.push((
            id,
            port,
            target.get("AvailabilityZone").as_str().map(str::to_owned),
        ));
    }
    Ok((arn, targets))
}

fn of_the_family(world: &World, arn: &str, targets: &[Named]) -> Result<(), AwsError> {
    let group = world
        .elb
        .target_groups
        .get(arn)
        .ok_or_else(|| no_target_group(arn))?;
    let by_address = group.spec.get("TargetType").as_str() == Some("ip");
    let fits = |id: &str| match id.parse::<std::net::IpAddr>() {
        Ok(address) => by_address && address.is_ipv6() == (group.family == Family::V6),
        Err(_) => !by_address,
    };
    let Some((id, ..)) = targets.iter().find(|(id, ..)| !fits(id)) else {
        return Ok(());
    };
    let wanted = match (by_address, group.family) {
        (false, _) => "target IDs",
        (true, Family::V6) => "IPv6 addresses",
        (true, Family::V4) => "IPv4 addresses",
    };
    Err(AwsError::new(
        "InvalidTarget",
        format!("The following targets are not valid {wanted}: '{id}'"),
    ))
}

/// An option of the region: behind a load balancer that crosses zones an address may be told as being in all of them.
fn zone<'a>(world: &World, group: &TargetGroup, target: &'a Target) -> Option<&'a str> {
    let crosses = group
        .attributes
        .get("load_balancing.cross_zone.enabled")
        .is_none_or(|v| v != "false");
    if world.elb.zones_told_as_all && crosses {
        return Some("all");
    }
    target.zone.as_deref()
}

fn document(world: &World, group: &TargetGroup, target: &Target) -> Value {
    let port = match group.spec.get("HealthCheckPort").as_str() {
        Some("traffic-port") | None => target.port.to_string(),
        Some(port) => port.to_owned(),
    };
    // The first check follows a few seconds after the registration.
    let checking = target.state == TargetState::Initial
        && world.now().duration_since(target.registered_at).as_secs() >= 5;
    let (reason, description) = if checking {
        (
            "Elb.InitialHealthChecking",
            "Initial health checks in progress",
        )
    } else {
        (target.reason, target.description.as_str())
    };
    let reason = Some(reason).filter(|r| !r.is_empty());
    Value::map([
        (
            "Target",
            Value::map([
                ("Id", Value::from(target.id.as_str())),
                ("Port", target.port.into()),
                ("AvailabilityZone", zone(world, group, target).into()),
            ]),
        ),
        ("HealthCheckPort", port.into()),
        (
            "TargetHealth",
            Value::map([
                ("State", Value::from(target.state.as_str())),
                ("Reason", reason.into()),
                ("Description", reason.map(|_| description).into()),
            ]),
        ),
    ])
}

fn unregistered(id: &str, port: i64) -> Value {
    Value::map([
        (
            "Target",
            Value::map([("Id", Value::from(id)), ("Port", port.into())]),
        ),
        (
            "TargetHealth",
            Value::map([
                ("State", Value::from("unused")),
                ("Reason", "Target.NotRegistered".into()),
                (
                    "Description",
                    "Target is not registered to the target group".into(),
                ),
            ]),
        ),
    ])
}
