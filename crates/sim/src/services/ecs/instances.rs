//! Container instances: registered as their agents do it, described, drained.

use super::{AwsError, client, cluster_of, failure, invalid, page, tag_list, tags_of};
use crate::Value;
use crate::world::World;
use crate::world::ecs::last_part;
use crate::world::instances::{self, ContainerInstance};
use crate::world::rng;
use crate::world::tasks::TaskState;

/// The identity document says the machine and its zone.
pub(super) fn register(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let cluster = cluster_of(world, input)?;
    let identity = input.get("instanceIdentityDocument").as_str();
    let identity = serde_json::from_str(identity.unwrap_or("{}")).unwrap_or_default();
    let identity = crate::wire::json::from_json(identity);
    let said = |key: &str| identity.get(key).as_str().map(str::to_owned);
    let (Some(machine), Some(zone)) = (said("instanceId"), said("availabilityZone")) else {
        return Err(client("Unable to verify the instance identity document."));
    };
    let size = |name: &str| {
        let all = input.get("totalResources").items().iter();
        let mut named = all.filter(|r| r.get("name").as_str() == Some(name));
        named
            .find_map(|r| r.get("integerValue").as_i64())
            .unwrap_or(0)
    };
    let seq = world.next_id();
    let id = rng::hex(world.seed, "instance", seq, 32);
    let mut attributes = instances::attributes(input);
    attributes.push(("ecs.availability-zone".to_owned(), Some(zone.clone())));
    let agent = input.get("versionInfo").get("agentVersion").as_str();
    let instance = ContainerInstance {
        arn: world.arn("ecs", &format!("container-instance/{cluster}/{id}")),
        cluster: cluster.clone(),
        machine,
        zone,
        agent: agent.unwrap_or_default().to_owned(),
        attributes,
        has: (size("CPU"), size("MEMORY")),
        draining: false,
        registered_at: world.now(),
    };
    let mut answer = document(world, &instance);
    answer.set("tags", tag_list(&tags_of(input)));
    world.ecs.instances.push(instance);
    world.instances_changed(&cluster);
    Ok(Value::map([("containerInstance", answer)]))
}

pub(super) fn deregister(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let cluster = cluster_of(world, input)?;
    let named = input.require_str("containerInstance")?;
    let Some(found) = find(world, &cluster, named).cloned() else {
        return Err(invalid("Referenced container instance not found."));
    };
    let (running, pending) = tasks_on(world, &found);
    if running + pending > 0 && input.get("force").as_bool() != Some(true) {
        return Err(invalid("Found running tasks on the instance."));
    }
    world.ecs.instances.retain(|i| i.arn != found.arn);
    world.instances_changed(&cluster);
    let mut answer = document(world, &found);
    answer.set("status", "INACTIVE".into());
    Ok(Value::map([("containerInstance", answer)]))
}

pub(super) fn update_state(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let cluster = cluster_of(world, input)?;
    let draining = match input.get("status").as_str() {
        Some("DRAINING") => true,
        Some("ACTIVE") => false,
        _ => {
            return Err(invalid(
                "Container instance status must be ACTIVE or DRAINING.",
            ));
        }
    };
    let asked = input.get("containerInstances").strings();
    let arn = |world: &World, name: &String| find(world, &cluster, name).map(|i| i.arn.clone());
    let found: Vec<_> = asked.iter().filter_map(|name| arn(world, name)).collect();
    for instance in world
        .ecs
        .instances
        .iter_mut()
        .filter(|i| found.contains(&i.arn))
    {
        instance.draining = draining;
    }
    world.instances_changed(&cluster);
    described(world, &cluster, &asked)
}

pub(super) fn list(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let cluster = cluster_of(world, input)?;
    let status = input.get("status").as_str();
    let of_status = |i: &&ContainerInstance| status.is_none_or(|s| s == standing(i));
    let arns = world.instances_of(&cluster).filter(of_status);
    let (arns, next) = page(arns.map(|i| i.arn.clone()).collect(), input, 100)?;
    Ok(Value::map([
        ("containerInstanceArns", arns),
        ("nextToken", next),
    ]))
}

pub(super) fn describe(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let cluster = cluster_of(world, input)?;
    let asked = input.get("containerInstances").strings();
    described(world, &cluster, &asked)
}

fn described(world: &World, cluster: &str, asked: &[String]) -> Result<Value, AwsError> {
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for name in asked {
        match find(world, cluster, name) {
            Some(instance) => found.push(document(world, instance)),
            None => failures.push(failure(name.clone())),
        }
    }
    Ok(Value::map([
        ("containerInstances", Value::List(found)),
        ("failures", Value::List(failures)),
    ]))
}

fn find<'w>(world: &'w World, cluster: &'w str, named: &str) -> Option<&'w ContainerInstance> {
    let id = last_part(named);
    world
        .instances_of(cluster)
        .find(|i| last_part(&i.arn) == id)
}

fn standing(instance: &ContainerInstance) -> &'static str {
    if instance.draining {
        "DRAINING"
    } else {
        "ACTIVE"
    }
}

/// Running and pending tasks.
fn tasks_on(world: &World, instance: &ContainerInstance) -> (i64, i64) {
    let tasks = world.ecs.tasks.values();
    let there = tasks.filter(|t| t.instance.as_deref() == Some(instance.arn.as_str()));
    there.fold((0, 0), |(running, pending), task| match task.state {
        TaskState::Running => (running + 1, pending),
        TaskState::Provisioning | TaskState::Pending => (running, pending + 1),
        _ => (running, pending),
    })
}

fn document(world: &World, instance: &ContainerInstance) -> Value {
    let resources = |(cpu, memory): (i64, i64)| {
        let one = |name: &str, value: i64| {
            Value::map([
                ("name", Value::from(name)),
                ("type", "INTEGER".into()),
                ("integerValue", value.into()),
            ])
        };
        Value::list([one("CPU", cpu), one("MEMORY", memory)])
    };
    let attributes = instance.attributes.iter().map(|(name, value)| {
        Value::map([
            ("name", Value::from(name.as_str())),
            ("value", value.as_deref().into()),
        ])
    });
    let (running, pending) = tasks_on(world, instance);
    let version = Value::map([("agentVersion", Value::from(instance.agent.as_str()))]);
    Value::map([
        ("containerInstanceArn", Value::from(instance.arn.as_str())),
        ("ec2InstanceId", instance.machine.as_str().into()),
        ("status", standing(instance).into()),
        ("agentConnected", true.into()),
        ("versionInfo", version),
        ("registeredResources", resources(instance.has)),
        (
            "remainingResources",
            resources(instances::left(world, instance)),
        ),
        ("runningTasksCount", running.into()),
        ("pendingTasksCount", pending.into()),
        ("attributes", Value::list(attributes)),
        ("registeredAt", instance.registered_at.into()),
    ])
}
