//! Writes that rest on another one, and are refused until that one has spread.
//!
//! What must not be here: what is refused in a region that is never late.

use crate::services::{self, AwsError, Service};
use crate::{Value, world::World};

/// A write that looks at what a service has, and may find it as it was some seconds ago.
pub(super) struct Wait {
    pub(super) service: Service,
    pub(super) op: &'static str,
    /// The service whose writes it waits for.
    pub(super) on: Service,
    /// AWS's refusal in such a world.
    pub(super) refused: fn(&mut World, &Value) -> Option<AwsError>,
}

const fn wait(
    service: Service,
    op: &'static str,
    on: Service,
    refused: fn(&mut World, &Value) -> Option<AwsError>,
) -> Wait {
    Wait {
        service,
        op,
        on,
        refused,
    }
}

pub(super) const WAITS: &[Wait] = &[
    wait(
        Service::AutoScaling,
        "RegisterScalableTarget",
        Service::Ecs,
        no_service,
    ),
    wait(
        Service::AutoScaling,
        "PutScalingPolicy",
        Service::AutoScaling,
        no_scalable_target,
    ),
    wait(
        Service::AutoScaling,
        "PutScheduledAction",
        Service::AutoScaling,
        no_scalable_target,
    ),
    wait(
        Service::Ecs,
        "CreateService",
        Service::Elbv2,
        no_load_balancer,
    ),
    wait(Service::Elbv2, "AddTags", Service::Elbv2, not_tagged_yet),
    wait(Service::Elbv2, "RemoveTags", Service::Elbv2, not_tagged_yet),
    wait(
        Service::Elbv2,
        "DeleteTargetGroup",
        Service::Elbv2,
        still_in_use,
    ),
];

fn no_service(world: &mut World, input: &Value) -> Option<AwsError> {
    let resource = input.get("ResourceId").as_str()?;
    let found = world.ecs.service_of_resource(resource);
    let there = found.is_some_and(|s| s.status.as_str() != "INACTIVE");
    (!there).then(|| {
        let message = format!("ECS service doesn't exist: {resource}");
        AwsError::new("ValidationException", message)
    })
}

fn no_scalable_target(world: &mut World, input: &Value) -> Option<AwsError> {
    let resource = input.get("ResourceId").as_str()?;
    world.scaling.target(resource).is_none().then(|| {
        let message = format!(
            "No scalable target registered for service namespace: ecs, resource ID: {resource}, scalable dimension: ecs:service:DesiredCount"
        );
        AwsError::new("ObjectNotFoundException", message)
    })
}

fn no_load_balancer(world: &mut World, input: &Value) -> Option<AwsError> {
    let entries = input.get("loadBalancers").items().iter();
    let mut groups = entries.filter_map(|entry| entry.get("targetGroupArn").as_str());
    let alone = groups.find(|arn| {
        let group = world.elb.target_groups.get(*arn);
        group.is_none_or(|g| g.load_balancers.is_empty())
    })?;
    let message = format!(
        "The target group with targetGroupArn {alone} does not have an associated load balancer."
    );
    Some(AwsError::new("InvalidParameterException", message))
}

fn not_tagged_yet(world: &mut World, input: &Value) -> Option<AwsError> {
    let asked = Value::map([("ResourceArns", input.get("ResourceArns").clone())]);
    services::call(world, Service::Elbv2, "DescribeTags", &asked).err()
}

fn still_in_use(world: &mut World, input: &Value) -> Option<AwsError> {
    let arn = input.get("TargetGroupArn").as_str()?;
    let group = world.elb.target_groups.get(arn)?;
    (!group.load_balancers.is_empty()).then(|| {
        let message = format!("Target group '{arn}' is currently in use by a listener or a rule");
        AwsError::new("ResourceInUse", message)
    })
}
