//! Target groups: create, describe, modify, delete.

use std::collections::BTreeSet;

use super::{
    AwsError, invalid, misconfigured, no_load_balancer, no_target_group, nothing, page, tags,
};
use crate::Value;
use crate::world::World;
use crate::world::behaviour::Family;
use crate::world::elb::{Quota, TargetGroup};
use crate::world::rng;

const OF_ALB: [&str; 2] = ["HTTP", "HTTPS"];
const OF_NLB: [&str; 6] = ["TCP", "TLS", "UDP", "TCP_UDP", "QUIC", "TCP_QUIC"];

pub(super) fn create(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let name = input.require_str("Name")?.to_owned();
    let spec = specification(world, input)?;
    let family = if spec.get("IpAddressType").as_str() == Some("ipv6") {
        Family::V6
    } else {
        Family::V4
    };
    let tags = tags::of(input)?;
    if let Some(there) = world.elb.target_groups.values().find(|g| g.name == name) {
        if there.spec == spec {
            return Ok(Value::map([(
                "TargetGroups",
                Value::list([document(there)]),
            )]));
        }
        return Err(AwsError::new(
            "DuplicateTargetGroupName",
            format!(
                "A target group with the same name '{name}' exists, but with different settings"
            ),
        ));
    }
    if world.elb.target_groups.len() >= world.elb.quota(Quota::TargetGroups) {
        return Err(AwsError::new(
            "TooManyTargetGroups",
            "The maximum number of target groups has been reached",
        ));
    }
    let id = world.next_id();
    let arn = world.arn(
        "elasticloadbalancing",
        &format!("targetgroup/{name}/{}", rng::hex(world.seed, "tg", id, 16)),
    );
    let group = TargetGroup {
        arn: arn.clone(),
        name,
        family,
        attributes: super::attributes::defaults_of_target_group(&spec),
        spec,
        tags,
        load_balancers: BTreeSet::new(),
        targets: Vec::new(),
    };
    let made = document(&group);
    world.elb.target_groups.insert(arn, group);
    Ok(Value::map([("TargetGroups", Value::list([made]))]))
}

pub(super) fn describe(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let (arns, names) = (
        input.get("TargetGroupArns").strings(),
        input.get("Names").strings(),
    );
    let all = &world.elb.target_groups;
    let found: Vec<&TargetGroup> = if let Some(balancer) = input.get("LoadBalancerArn").as_str() {
        if !world.elb.load_balancers.contains_key(balancer) {
            return Err(no_load_balancer(balancer));
        }
        all.values()
            .filter(|g| g.load_balancers.contains(balancer))
            .collect()
    } else if !arns.is_empty() {
        arns.iter()
            .map(|arn| all.get(arn).ok_or_else(|| no_target_group(arn)))
            .collect::<Result<_, _>>()?
    } else if !names.is_empty() {
        names
            .iter()
            .map(|name| {
                all.values().find(|g| g.name == *name).ok_or_else(|| {
                    AwsError::new("TargetGroupNotFound", "One or more target groups not found")
                })
            })
            .collect::<Result<_, _>>()?
    } else {
        all.values().collect()
    };
    let documents = found.into_iter().map(document).collect();
    page(documents, input, "TargetGroups")
}

pub(super) fn modify(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let arn = input.require_str("TargetGroupArn")?.to_owned();
    let group = world
        .elb
        .target_groups
        .get_mut(&arn)
        .ok_or_else(|| no_target_group(&arn))?;
    let mut spec = group.spec.clone();
    for (key, value) in input
        .fields()
        .iter()
        .filter(|(k, _)| k.starts_with("Health") || k.starts_with("Unhealthy") || k == "Matcher")
    {
        spec.set(key, value.clone());
    }
    check_health_check(&spec)?;
    group.spec = spec;
    Ok(Value::map([(
        "TargetGroups",
        Value::list([document(group)]),
    )]))
}

pub(super) fn delete(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let arn = input.require_str("TargetGroupArn")?.to_owned();
    if world
        .elb
        .target_groups
        .get(&arn)
        .is_some_and(|g| !g.load_balancers.is_empty())
    {
        return Err(AwsError::new(
            "ResourceInUse",
            format!("Target group '{arn}' is currently in use by a listener or a rule"),
        ));
    }
    world.elb.target_groups.remove(&arn);
    Ok(nothing())
}

fn specification(world: &World, input: &Value) -> Result<Value, AwsError> {
    let kind = input.get("TargetType").as_str().unwrap_or("instance");
    if !["instance", "ip", "lambda", "alb"].contains(&kind) {
        return Err(invalid(format!("Target type '{kind}' is not valid")));
    }
    let family = input.get("IpAddressType").as_str().unwrap_or("ipv4");
    if !["ipv4", "ipv6"].contains(&family) {
        return Err(invalid(format!("IP address type '{family}' is not valid")));
    }
    if kind == "lambda" {
        return Err(misconfigured(
            "Lambda targets are not offered by this region",
        ));
    }
    let protocol = input
        .get("Protocol")
        .as_str()
        .ok_or_else(|| invalid("A protocol must be specified"))?;
    if !OF_ALB.contains(&protocol) && !OF_NLB.contains(&protocol) {
        return Err(AwsError::new(
            "UnsupportedProtocol",
            format!("Protocol '{protocol}' is not supported"),
        ));
    }
    if family == "ipv6" && ["QUIC", "TCP_QUIC"].contains(&protocol) {
        return Err(misconfigured(format!(
            "Protocol '{protocol}' does not support the IP address type 'ipv6'"
        )));
    }
    let port = input
        .get("Port")
        .as_i64()
        .ok_or_else(|| invalid("A port must be specified"))?;
    if !(1..=65535).contains(&port) {
        return Err(invalid(format!(
            "Port '{port}' must be between 1 and 65535"
        )));
    }
    let vpc = input
        .get("VpcId")
        .as_str()
        .ok_or_else(|| invalid("A VPC ID must be specified"))?;
    if !world.network.has_vpc(vpc) {
        return Err(invalid(format!("The VPC ID '{vpc}' is not found")));
    }
    let layer7 = OF_ALB.contains(&protocol);
    let version = match input.get("ProtocolVersion").as_str() {
        _ if !layer7 => None,
        None | Some("") => Some("HTTP1"),
        given => given,
    };
    let health_protocol = input
        .get("HealthCheckProtocol")
        .as_str()
        .unwrap_or(if layer7 { "HTTP" } else { "TCP" })
        .to_owned();
    let by_path = health_protocol != "TCP";
    let (path, matcher) = match version {
        Some("GRPC") => ("/AWS.ALB/healthcheck", ("GrpcCode", "12")),
        Some(_) => ("/", ("HttpCode", "200")),
        None => ("/", ("HttpCode", "200-399")),
    };
    let timeout: i64 = match (layer7, health_protocol.as_str()) {
        (true, _) => 5,
        (false, "HTTP") => 6,
        (false, _) => 10,
    };
    // A structure with nothing in it says nothing.
    let is_left_out = |given: &Value| given.is_null() || *given == Value::Map(Vec::new());
    let or = |key: &str, default: Value| {
        if is_left_out(input.get(key)) {
            default
        } else {
            input.get(key).clone()
        }
    };
    let mut spec = Value::map([
        ("Protocol", Value::from(protocol)),
        ("Port", port.into()),
        ("VpcId", vpc.into()),
        ("HealthCheckProtocol", health_protocol.into()),
        (
            "HealthCheckPort",
            or("HealthCheckPort", "traffic-port".into()),
        ),
        ("HealthCheckEnabled", or("HealthCheckEnabled", true.into())),
        (
            "HealthCheckIntervalSeconds",
            or("HealthCheckIntervalSeconds", 30_i64.into()),
        ),
        (
            "HealthCheckTimeoutSeconds",
            or("HealthCheckTimeoutSeconds", timeout.into()),
        ),
        (
            "HealthyThresholdCount",
            or("HealthyThresholdCount", 5_i64.into()),
        ),
        (
            "UnhealthyThresholdCount",
            or("UnhealthyThresholdCount", 2_i64.into()),
        ),
        (
            "HealthCheckPath",
            if by_path {
                or("HealthCheckPath", path.into())
            } else {
                Value::Null
            },
        ),
        (
            "Matcher",
            if by_path {
                or("Matcher", Value::map([(matcher.0, Value::from(matcher.1))]))
            } else {
                Value::Null
            },
        ),
        ("TargetType", kind.into()),
        ("ProtocolVersion", version.into()),
        ("IpAddressType", family.into()),
        ("TargetControlPort", input.get("TargetControlPort").clone()),
    ]);
    check_health_check(&spec)?;
    // What the region does not know is kept and read back.
    for (key, value) in input.fields() {
        let known =
            ["Name", "Tags"].contains(&key.as_str()) || spec.fields().iter().any(|(k, _)| k == key);
        if !known {
            spec.set(key, value.clone());
        }
    }
    Ok(spec)
}

fn check_health_check(spec: &Value) -> Result<(), AwsError> {
    let number = |key: &str| spec.get(key).as_i64().unwrap_or_default();
    for (key, low, high) in [
        ("HealthCheckIntervalSeconds", 5, 300),
        ("HealthCheckTimeoutSeconds", 2, 120),
        ("HealthyThresholdCount", 2, 10),
        ("UnhealthyThresholdCount", 2, 10),
    ] {
        if !(low..=high).contains(&number(key)) {
            return Err(invalid(format!(
                "{key} '{}' must be between {low} and {high}",
                number(key)
            )));
        }
    }
    if number("HealthCheckTimeoutSeconds") >= number("HealthCheckIntervalSeconds") {
        return Err(invalid(
            "Health check interval must be greater than the timeout.",
        ));
    }
    Ok(())
}

fn document(group: &TargetGroup) -> Value {
    let mut document = Value::map([
        ("TargetGroupArn", Value::from(group.arn.as_str())),
        ("TargetGroupName", group.name.as_str().into()),
    ]);
    for (key, value) in group.spec.fields() {
        document.set(key, value.clone());
    }
    document.set(
        "LoadBalancerArns",
        Value::list(group.load_balancers.iter().map(String::as_str)),
    );
    document
}
