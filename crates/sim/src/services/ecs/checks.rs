//! What ECS refuses about a service's network, load balancers and launch type.

use super::{AwsError, invalid};
use crate::Value;
use crate::world::World;
use crate::world::behaviour::Family;
use crate::world::elb::TargetGroup;

/// Checks a service's whole specification.
pub(super) fn service(world: &World, spec: &Value) -> Result<(), AwsError> {
    let definition = task_definition(world, spec)?;
    let strategy = spec.get("capacityProviderStrategy").items();
    if !spec.get("launchType").is_null() && !strategy.is_empty() {
        return Err(invalid(
            "Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.",
        ));
    }
    if strategy.len() > 20 {
        return Err(invalid(
            "capacityProviderStrategy must not have more than 20 entries.",
        ));
    }
    network(world, &definition, spec)?;
    for balancer in spec.get("loadBalancers").items() {
        load_balancer(world, &definition, spec, balancer)?;
    }
    let ipv6_only = family(world, spec.get("networkConfiguration")) == Some(Family::V6);
    if ipv6_only && spec.get("enableExecuteCommand").as_bool() == Some(true) {
        return Err(invalid(
            "ECS Exec is not supported for tasks in an IPv6-only configuration.",
        ));
    }
    Ok(())
}

/// The description of the task definition that a specification names.
pub(super) fn task_definition(world: &World, spec: &Value) -> Result<Value, AwsError> {
    let reference = spec
        .get("taskDefinition")
        .as_str()
        .ok_or_else(|| invalid("TaskDefinition can not be blank."))?;
    let definition = world
        .ecs
        .task_definition(reference)
        .ok_or_else(|| super::client("TaskDefinition not found."))?;
    if !definition.active {
        return Err(super::client("TaskDefinition is inactive"));
    }
    Ok(definition.given.clone())
}

/// Checks `networkConfiguration` against the task definition's network mode.
pub(super) fn network(world: &World, definition: &Value, spec: &Value) -> Result<(), AwsError> {
    let awsvpc = definition.get("networkMode").as_str() == Some("awsvpc");
    let configuration = spec.get("networkConfiguration").get("awsvpcConfiguration");
    match (awsvpc, configuration.is_null()) {
        (true, true) => {
            return Err(invalid(
                "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
            ));
        }
        (false, false) => {
            return Err(invalid(
                "Network Configuration is not valid for the given networkMode of this task definition.",
            ));
        }
        (false, true) => return Ok(()),
        (true, false) => {}
    }
    let subnets = configuration.get("subnets").strings();
    let groups = configuration.get("securityGroups").strings();
    if subnets.is_empty() {
        return Err(invalid("subnets can not be empty."));
    }
    if subnets.len() > 16 {
        return Err(invalid("subnets can have at most 16 items."));
    }
    if groups.len() > 5 {
        return Err(invalid("securityGroups can have at most 5 items."));
    }
    let mut vpcs = Vec::new();
    for id in &subnets {
        let found = world
            .network
            .subnet(id)
            .ok_or_else(|| invalid(format!("Error retrieving subnet information for [{id}]: The subnet ID '{id}' does not exist (ErrorCode: InvalidSubnetID.NotFound)")))?;
        vpcs.push(found.vpc.clone());
    }
    vpcs.dedup();
    if vpcs.len() > 1 {
        return Err(invalid("subnets must be in the same VPC."));
    }
    if let Some(absent) = groups.iter().find(|g| world.network.group(g).is_none()) {
        return Err(invalid(format!(
            "Error retrieving security group information for [{absent}]: The security group '{absent}' does not exist \
             (ErrorCode: InvalidGroup.NotFound)"
        )));
    }
    let native = subnets
        .iter()
        .filter(|s| world.network.subnet(s).is_some_and(|s| s.ipv6_native))
        .count();
    if native != 0 && native != subnets.len() {
        return Err(invalid("subnets must either all be IPv6-only or none."));
    }
    if native != 0 && configuration.get("assignPublicIp").as_str() == Some("ENABLED") {
        return Err(invalid(
            "Assign public IP is not supported for subnets that are IPv6-only.",
        ));
    }
    Ok(())
}

/// The family that tasks of a network configuration get.
pub(super) fn family(world: &World, network: &Value) -> Option<Family> {
    let subnets = network.get("awsvpcConfiguration").get("subnets").strings();
    let first = world.network.subnet(subnets.first()?)?;
    Some(if first.ipv6_native {
        Family::V6
    } else {
        Family::V4
    })
}

fn load_balancer(
    world: &World,
    definition: &Value,
    spec: &Value,
    balancer: &Value,
) -> Result<(), AwsError> {
    let Some(arn) = balancer.get("targetGroupArn").as_str() else {
        return Err(invalid(
            "Classic Load Balancers are not supported by this region; give a targetGroupArn.",
        ));
    };
    let name = balancer.get("containerName").as_str().unwrap_or_default();
    let port = balancer.get("containerPort").as_i64().unwrap_or_default();
    let container = definition
        .get("containerDefinitions")
        .items()
        .iter()
        .find(|c| c.get("name").as_str() == Some(name))
        .ok_or_else(|| {
            invalid(format!(
                "The container {name} does not exist in the task definition."
            ))
        })?;
    let mapped = container
        .get("portMappings")
        .items()
        .iter()
        .any(|p| p.get("containerPort").as_i64() == Some(port));
    if !mapped {
        return Err(invalid(format!(
            "The container {name} did not have a container port {port} defined."
        )));
    }
    let group = world
        .elb
        .target_groups
        .get(arn)
        .ok_or_else(|| invalid(format!("The specified target group does not exist: {arn}")))?;
    if group.load_balancers.is_empty() {
        return Err(invalid(format!(
            "The target group with targetGroupArn {arn} does not have an associated load balancer."
        )));
    }
    target_group(world, definition, spec, group)
}

fn target_group(
    world: &World,
    definition: &Value,
    spec: &Value,
    group: &TargetGroup,
) -> Result<(), AwsError> {
    let arn = &group.arn;
    let by_address = group.spec.get("TargetType").as_str() == Some("ip");
    if definition.get("networkMode").as_str() == Some("awsvpc") && !by_address {
        return Err(invalid(format!(
            "The provided target group {arn} has target type {}, which is incompatible with the awsvpc network mode \
             specified in the task definition.",
            group.spec.get("TargetType").as_str().unwrap_or("instance")
        )));
    }
    let Some(family) = family(world, spec.get("networkConfiguration")) else {
        return Ok(());
    };
    if family != group.family {
        let (of_group, of_subnets) = match family {
            Family::V6 => ("ipv4", "IPv6-only"),
            Family::V4 => ("ipv6", "IPv4"),
        };
        return Err(invalid(format!(
            "The target group {arn} has IP address type {of_group}, which is incompatible with the {of_subnets} subnets of \
             the network configuration."
        )));
    }
    Ok(())
}
