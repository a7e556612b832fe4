//! Edits of services, their tags, their tasks and their scaling.

use sixshift_sim::Value;
use sixshift_sim::services::{AwsError, Service};
use sixshift_sim::world::World;

use super::{Done, Whose};
use crate::aws::{call, scalable, tag};
use crate::dice::Dice;
use crate::sides::{self, twin_name};
use crate::world::{CLUSTER, NAME, Subject, resource};

fn update<const N: usize>(
    world: &mut World,
    name: &str,
    fields: [(&str, Value); N],
) -> Result<bool, AwsError> {
    if !sides::service(world, name).is_some_and(|s| s.is_active()) {
        return Ok(false);
    }
    let of = [("cluster", Value::from(CLUSTER)), ("service", name.into())];
    call(
        world,
        Service::Ecs,
        "UpdateService",
        of.into_iter().chain(fields),
    )?;
    Ok(true)
}

pub(super) fn scale(world: &mut World, whose: Whose, to: i64) -> Done {
    let name = whose.service();
    let done = update(world, &name, [("desiredCount", to.into())])?;
    Ok(done.then(|| format!("scaled {name} to {to}")))
}

/// Gives the twin tasks, as a person does who was told to.
pub(crate) fn fill_twin(world: &mut World, tasks: i64) -> Done {
    scale(world, Whose::Ipv6, tasks)
}

pub(super) fn force(world: &mut World, whose: Whose) -> Done {
    let name = whose.service();
    let done = update(world, &name, [("forceNewDeployment", true.into())])?;
    Ok(done.then(|| format!("deployed {name} again by force")))
}

pub(super) fn twin_deleted(world: &mut World, _: &Subject, _: &mut Dice) -> Done {
    let name = twin_name();
    if !sides::service(world, &name).is_some_and(|s| s.is_active()) {
        return Ok(None);
    }
    let fields = [
        ("cluster", Value::from(CLUSTER)),
        ("service", name.as_str().into()),
        ("force", true.into()),
    ];
    call(world, Service::Ecs, "DeleteService", fields)?;
    Ok(Some(format!("deleted {name}")))
}

pub(super) fn tasks_stopped(world: &mut World, whose: Whose) -> Done {
    let name = whose.service();
    let group = format!("service:{name}");
    let tasks = world
        .ecs
        .tasks
        .values()
        .filter(|t| t.group == group && t.wanted);
    let arns: Vec<String> = tasks.map(|t| t.arn.clone()).collect();
    for arn in &arns {
        let fields = [
            ("cluster", Value::from(CLUSTER)),
            ("task", arn.as_str().into()),
        ];
        call(world, Service::Ecs, "StopTask", fields)?;
    }
    Ok((!arns.is_empty()).then(|| format!("stopped all {} tasks of {name}", arns.len())))
}

/// What `terraform apply` does: the tags are those of the code, and no others.
pub(super) fn tags_replaced(world: &mut World, _: &Subject, _: &mut Dice) -> Done {
    let Some(service) = sides::service(world, NAME).filter(|s| s.is_active()) else {
        return Ok(None);
    };
    let arn = service.arn.clone();
    let strange = service.tags.iter().filter(|(key, _)| key != "team");
    let keys: Vec<String> = strange.map(|(key, _)| key.clone()).collect();
    if keys.is_empty() {
        return Ok(None);
    }
    let fields = [
        ("resourceArn", Value::from(arn.as_str())),
        ("tagKeys", Value::list(keys.iter().map(String::as_str))),
    ];
    call(world, Service::Ecs, "UntagResource", fields)?;
    let fields = [
        ("resourceArn", Value::from(arn)),
        ("tags", Value::list([tag("team", "shop")])),
    ];
    call(world, Service::Ecs, "TagResource", fields)?;
    Ok(Some(format!(
        "removed the tags {} of {NAME}",
        keys.join(", ")
    )))
}

/// Registering again is what an apply does where it sees a drift: bounds as in the code, nothing suspended.
pub(super) fn scaling_registered(world: &mut World, subject: &Subject, whose: Whose) -> Done {
    let name = whose.service();
    let of = resource(&name);
    if world.scaling.target(&of).is_none() {
        return Ok(None);
    }
    let free = Value::map([
        ("DynamicScalingInSuspended", Value::from(false)),
        ("DynamicScalingOutSuspended", false.into()),
        ("ScheduledScalingSuspended", false.into()),
    ]);
    let fields = [
        ("MinCapacity", Value::from(subject.team.tasks)),
        ("MaxCapacity", (subject.team.tasks * 3).into()),
        ("SuspendedState", free),
    ];
    let asked = scalable(&of).into_iter().chain(fields);
    call(world, Service::AutoScaling, "RegisterScalableTarget", asked)?;
    Ok(Some(format!("registered the scaling of {name} again")))
}

pub(super) fn scaling_deregistered(world: &mut World, whose: Whose) -> Done {
    let name = whose.service();
    let of = resource(&name);
    if world.scaling.target(&of).is_none() {
        return Ok(None);
    }
    call(
        world,
        Service::AutoScaling,
        "DeregisterScalableTarget",
        scalable(&of),
    )?;
    Ok(Some(format!("deregistered the scaling of {name}")))
}
