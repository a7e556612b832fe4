//! Tasks: run, stop, list, describe.

use super::{AwsError, cluster_of, failure, includes, invalid, page, tag_list, tags_of};
use crate::Value;
use crate::world::World;
use crate::world::ecs::last_part;
use crate::world::tasks::{self, Start, Task, TaskState};
use crate::world::{fargate, flows, rng};

pub(super) fn list(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let cluster = cluster_of(world, input)?;
    let wanted = input.get("desiredStatus").as_str().unwrap_or("RUNNING") == "RUNNING";
    let service = input
        .get("serviceName")
        .as_str()
        .map(|s| format!("service:{}", last_part(s)));
    let family = input.get("family").as_str();
    let starter = input.get("startedBy").as_str();
    let launch = input.get("launchType").as_str();
    let arns = world
        .ecs
        .tasks
        .values()
        .filter(|t| t.cluster == cluster && t.wanted == wanted)
        .filter(|t| service.as_ref().is_none_or(|s| t.group == *s))
        .filter(|t| starter.is_none_or(|s| t.started_by == s))
        .filter(|t| launch.is_none_or(|l| t.launch_type == l))
        .filter(|t| {
            family.is_none_or(|f| last_part(&t.task_definition).split(':').next() == Some(f))
        })
        .map(|t| t.arn.clone())
        .collect();
    let (arns, next) = page(arns, input, 100)?;
    Ok(Value::map([("taskArns", arns), ("nextToken", next)]))
}

pub(super) fn describe(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let cluster = cluster_of(world, input)?;
    let asked = input.get("tasks").strings();
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for reference in asked {
        match world.ecs.task(&reference).filter(|t| t.cluster == cluster) {
            Some(task) => found.push(document(world, task, includes(input, "TAGS"))),
            None => failures.push(failure(
                world.arn("ecs", &format!("task/{cluster}/{}", last_part(&reference))),
            )),
        }
    }
    Ok(Value::map([
        ("tasks", Value::List(found)),
        ("failures", Value::List(failures)),
    ]))
}

pub(super) fn stop(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let cluster = cluster_of(world, input)?;
    let reference = input
        .get("task")
        .as_str()
        .ok_or_else(|| invalid("Task is required."))?;
    let reason = input
        .get("reason")
        .as_str()
        .unwrap_or("Task stopped by user");
    let Some(seq) = world
        .ecs
        .task(reference)
        .filter(|t| t.cluster == cluster)
        .map(|t| t.seq)
    else {
        return Err(invalid("The referenced task was not found."));
    };
    tasks::stop(world, seq, "UserInitiated", reason);
    if let Some(service) = world.ecs.tasks.get(&seq).and_then(|t| t.service.clone()) {
        crate::world::scheduler::reconcile(world, &service);
    }
    let task = world.ecs.tasks.get(&seq).map(|t| document(world, t, true));
    Ok(Value::map([("task", task.into())]))
}

pub(super) fn run(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let cluster = cluster_of(world, input)?;
    let count = input.get("count").as_i64().unwrap_or(1);
    if !(1..=10).contains(&count) {
        return Err(invalid("Count must be between 1 and 10."));
    }
    let reference = input.get("taskDefinition").as_str().unwrap_or_default();
    let arn = world
        .ecs
        .task_definition(reference)
        .map(|t| t.arn.clone())
        .unwrap_or_default();
    let family = last_part(&arn)
        .split(':')
        .next()
        .unwrap_or_default()
        .to_owned();
    let start = Start {
        cluster,
        group: input
            .get("group")
            .as_str()
            .map_or_else(|| format!("family:{family}"), str::to_owned),
        service: None,
        started_by: input
            .get("startedBy")
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        task_definition: arn,
        launch_type: input.get("launchType").as_str().unwrap_or("EC2").to_owned(),
        provider: None,
        subnets: input
            .get("networkConfiguration")
            .get("awsvpcConfiguration")
            .get("subnets")
            .strings(),
        security_groups: input
            .get("networkConfiguration")
            .get("awsvpcConfiguration")
            .get("securityGroups")
            .strings(),
        target_groups: Vec::new(),
        container: None,
        tags: tags_of(input),
    };
    let (mut started, mut failures) = (Vec::new(), Vec::new());
    for _ in 0..count {
        if !fargate::has_room(world, start.takes(world)) {
            failures.push(Value::map([("reason", fargate::NO_ROOM.into())]));
            continue;
        }
        let seq = tasks::start(world, start.clone());
        started.extend(world.ecs.tasks.get(&seq).map(|t| document(world, t, true)));
    }
    Ok(Value::map([
        ("tasks", Value::List(started)),
        ("failures", Value::List(failures)),
    ]))
}

fn document(world: &World, task: &Task, with_tags: bool) -> Value {
    let definition = world.ecs.task_definition(&task.task_definition);
    let attachment = attachment_id(world, task);
    let empty = Value::default();
    let given = definition.map_or(&empty, |d| &d.given);
    let containers = given
        .get("containerDefinitions")
        .items()
        .iter()
        .map(|c| container(world, task, c, &attachment));
    let containers = Value::list(containers.collect::<Vec<_>>());
    Value::map([
        ("taskArn", Value::from(task.arn.as_str())),
        (
            "clusterArn",
            world
                .arn("ecs", &format!("cluster/{}", task.cluster))
                .into(),
        ),
        ("taskDefinitionArn", task.task_definition.as_str().into()),
        ("group", task.group.as_str().into()),
        (
            "startedBy",
            Some(task.started_by.as_str())
                .filter(|s| !s.is_empty())
                .into(),
        ),
        ("launchType", task.launch_type.as_str().into()),
        ("lastStatus", task.state.as_str().into()),
        (
            "desiredStatus",
            if task.wanted { "RUNNING" } else { "STOPPED" }.into(),
        ),
        ("healthStatus", "UNKNOWN".into()),
        ("connectivity", task.started_at.map(|_| "CONNECTED").into()),
        ("cpu", given.get("cpu").clone()),
        ("memory", given.get("memory").clone()),
        (
            "availabilityZone",
            Some(task.place.zone.as_str())
                .filter(|z| !z.is_empty())
                .into(),
        ),
        ("createdAt", task.created_at.into()),
        ("startedAt", task.started_at.into()),
        ("stoppingAt", task.stopping_at.into()),
        ("stoppedAt", task.stopped_at.into()),
        ("stopCode", task.stop_code.into()),
        ("stoppedReason", task.stopped_reason.as_deref().into()),
        (
            "platformVersion",
            (task.launch_type == "FARGATE").then_some("1.4.0").into(),
        ),
        (
            "platformFamily",
            (task.launch_type == "FARGATE").then_some("Linux").into(),
        ),
        (
            "attachments",
            Value::list(network_interface(world, task, &attachment)),
        ),
        ("containers", containers),
        (
            "tags",
            if with_tags {
                tag_list(&task.tags)
            } else {
                Value::List(Vec::new())
            },
        ),
        ("version", (task.state as i64 + 1).into()),
    ])
}

fn container(world: &World, task: &Task, definition: &Value, attachment: &str) -> Value {
    let status = match task.state {
        TaskState::Provisioning | TaskState::Pending => "PENDING",
        TaskState::Running | TaskState::Deactivating | TaskState::Stopping => "RUNNING",
        TaskState::Deprovisioning | TaskState::Stopped => "STOPPED",
    };
    let name = definition.get("name").as_str().unwrap_or_default();
    let interface = Value::map([
        ("attachmentId", Value::from(attachment)),
        ("privateIpv4Address", task.place.ipv4.as_deref().into()),
        ("ipv6Address", task.place.ipv6.as_deref().into()),
    ]);
    let placed = !task.place.subnet.is_empty();
    Value::map([
        (
            "containerArn",
            Value::from(format!(
                "{}/{}",
                task.arn,
                rng::hex(world.seed, name, task.seq, 32)
            )),
        ),
        ("taskArn", task.arn.as_str().into()),
        ("name", name.into()),
        ("image", definition.get("image").clone()),
        ("lastStatus", status.into()),
        (
            "networkInterfaces",
            if placed {
                Value::list([interface])
            } else {
                Value::List(Vec::new())
            },
        ),
        ("healthStatus", "UNKNOWN".into()),
        (
            "reason",
            task.pull_failure.clone().filter(|_| !task.wanted).into(),
        ),
        (
            "exitCode",
            (status == "STOPPED" && task.started_at.is_some())
                .then_some(0_i64)
                .into(),
        ),
    ])
}

fn network_interface(world: &World, task: &Task, attachment: &str) -> Option<Value> {
    if task.place.subnet.is_empty() {
        return None;
    }
    let status = match task.state {
        TaskState::Provisioning => "ATTACHING",
        TaskState::Stopped => "DELETED",
        _ => "ATTACHED",
    };
    let detail = |name: &str, value: String| {
        Value::map([("name", Value::from(name)), ("value", value.into())])
    };
    let interface = flows::interface(world.seed, task.seq);
    let mac = rng::hex(world.seed, "mac", task.seq, 10);
    let mac = format!(
        "06:{}:{}:{}:{}:{}",
        &mac[..2],
        &mac[2..4],
        &mac[4..6],
        &mac[6..8],
        &mac[8..]
    );
    let mut details = vec![
        detail("subnetId", task.place.subnet.clone()),
        detail("networkInterfaceId", interface),
        detail("macAddress", mac),
    ];
    details.extend(
        task.place
            .ipv4
            .clone()
            .map(|a| detail("privateIPv4Address", a)),
    );
    details.extend(task.place.ipv6.clone().map(|a| detail("ipv6Address", a)));
    Some(Value::map([
        ("id", Value::from(attachment)),
        ("type", "ElasticNetworkInterface".into()),
        ("status", status.into()),
        ("details", Value::List(details)),
    ]))
}

fn attachment_id(world: &World, task: &Task) -> String {
    let hex = rng::hex(world.seed, "attachment", task.seq, 32);
    format!(
        "{}-{}-{}-{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..]
    )
}
