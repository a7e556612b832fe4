//! A task as AWS describes it.

use super::tag_list;
use crate::Value;
use crate::world::World;
use crate::world::containers::{self, Health};
use crate::world::tasks::{Task, TaskState};
use crate::world::{flows, rng};

pub(super) fn document(world: &World, task: &Task, with_tags: bool) -> Value {
    let definition = world.ecs.task_definition(&task.task_definition);
    let attachment = attachment_id(world, task);
    let empty = Value::default();
    let given = definition.map_or(&empty, |d| &d.given);
    let inside = containers::of(world, &task.task_definition, &task.overrides);
    let main = containers::main(task, &inside).map(|c| c.get("name").clone());
    let containers = inside.iter().map(|definition| {
        let is_main = main.as_ref() == Some(definition.get("name"));
        let of = Inside {
            world,
            task,
            definition,
            is_main,
        };
        of.document(&attachment)
    });
    let containers = Value::list(containers.collect::<Vec<_>>());
    let sized = |key| [&task.overrides, given].map(|of| of.get(key).clone());
    let size = |key| sized(key).into_iter().find(|v| !v.is_null());
    let on_fargate = task.launch_type == "FARGATE";
    let tags = if with_tags {
        tag_list(&task.tags)
    } else {
        Value::List(Vec::new())
    };
    let mut document = Value::map([
        ("taskArn", Value::from(task.arn.as_str())),
        (
            "clusterArn",
            world
                .arn("ecs", &format!("cluster/{}", task.cluster))
                .into(),
        ),
        ("taskDefinitionArn", task.task_definition.as_str().into()),
        ("group", task.group.as_str().into()),
        ("startedBy", given_text(&task.started_by)),
        ("containerInstanceArn", task.instance.as_deref().into()),
        ("launchType", task.launch_type.as_str().into()),
        ("capacityProviderName", task.provider.as_deref().into()),
        ("lastStatus", task.state.as_str().into()),
        (
            "desiredStatus",
            if task.wanted { "RUNNING" } else { "STOPPED" }.into(),
        ),
        ("healthStatus", health(task, &inside).into()),
        ("cpu", size("cpu").into()),
        ("memory", size("memory").into()),
        ("availabilityZone", given_text(&task.place.zone)),
        ("enableExecuteCommand", task.exec.into()),
        ("overrides", overrides(task, &inside)),
        ("stopCode", task.stop_code.into()),
        ("stoppedReason", task.stopped_reason.as_deref().into()),
        ("platformVersion", on_fargate.then_some("1.4.0").into()),
        ("platformFamily", on_fargate.then_some("Linux").into()),
        (
            "attachments",
            Value::list(network_interface(world, task, &attachment)),
        ),
        ("containers", containers),
        ("tags", tags),
        ("version", (task.state as i64 + 1).into()),
    ]);
    for (key, value) in moments(task) {
        if !value.is_null() {
            document.set(key, value);
        }
    }
    document
}

fn given_text(text: &str) -> Value {
    Some(text).filter(|t| !t.is_empty()).into()
}

/// When a task came to what it is.
fn moments(task: &Task) -> [(&'static str, Value); 9] {
    let pulled = task.pulling_at.and(task.started_at.or(task.stopping_at));
    let connected = task.pulling_at.map(|_| "CONNECTED");
    [
        ("createdAt", task.created_at.into()),
        ("connectivity", connected.into()),
        ("connectivityAt", task.pulling_at.into()),
        ("pullStartedAt", task.pulling_at.into()),
        ("pullStoppedAt", pulled.into()),
        ("startedAt", task.started_at.into()),
        ("stoppingAt", task.stopping_at.into()),
        ("executionStoppedAt", task.ended_at.into()),
        ("stoppedAt", task.stopped_at.into()),
    ]
}

/// What is written over each container, and what the task was given beside that.
fn overrides(task: &Task, inside: &[Value]) -> Value {
    let given = task.overrides.get("containerOverrides").items();
    let of_container = |container: &Value| {
        let name = container.get("name");
        let found = given.iter().find(|g| g.get("name") == name);
        found.map_or_else(|| Value::map([("name", name.clone())]), Value::clone)
    };
    let mut all = task.overrides.clone();
    let containers = Value::list(inside.iter().map(of_container).collect::<Vec<_>>());
    all.set("containerOverrides", containers);
    all.set("inferenceAcceleratorOverrides", Value::List(Vec::new()));
    all
}

/// The health of a task is that of its essential containers that are checked.
fn health(task: &Task, inside: &[Value]) -> &'static str {
    let health = if containers::asks_a_check(inside) {
        task.application.health
    } else {
        Health::Unknown
    };
    health.as_str()
}

/// A container of a task.
struct Inside<'a> {
    world: &'a World,
    task: &'a Task,
    definition: &'a Value,
    /// Whether it is the one whose image is looked at.
    is_main: bool,
}

impl Inside<'_> {
    fn document(&self, attachment: &str) -> Value {
        let (world, task, definition) = (self.world, self.task, self.definition);
        let name = definition.get("name").as_str().unwrap_or_default();
        let runtime = format!(
            "{}-{}",
            task.id,
            rng::digits(world.seed, name, task.seq, 10)
        );
        let size = |key: &str| definition.get(key).as_i64().map(|n| n.to_string());
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
            ("runtimeId", task.started_at.map(|_| runtime).into()),
            ("lastStatus", self.status().into()),
            ("networkInterfaces", self.interfaces(attachment)),
            ("managedAgents", self.agents()),
            ("healthStatus", self.health().as_str().into()),
            ("cpu", size("cpu").unwrap_or_else(|| "0".to_owned()).into()),
            ("memory", size("memory").into()),
            ("memoryReservation", size("memoryReservation").into()),
            (
                "reason",
                task.pull_failure.clone().filter(|_| !task.wanted).into(),
            ),
            ("exitCode", self.exit_code().into()),
        ])
    }

    fn status(&self) -> &'static str {
        match self.task.state {
            _ if self.ended_with().is_some() => "STOPPED",
            TaskState::Provisioning | TaskState::Pending => "PENDING",
            TaskState::Running | TaskState::Deactivating | TaskState::Stopping => "RUNNING",
            TaskState::Deprovisioning | TaskState::Stopped => "STOPPED",
        }
    }

    /// The code that it ended with by itself.
    fn ended_with(&self) -> Option<i64> {
        let code = self.task.application.exit_code;
        code.filter(|_| self.is_main)
    }

    /// What it ended with, where it ever ran.
    fn exit_code(&self) -> Option<i64> {
        let was_stopped = self.status() == "STOPPED" && self.task.started_at.is_some();
        self.ended_with().or(was_stopped.then_some(0))
    }

    fn health(&self) -> Health {
        match containers::is_checked(self.definition) {
            true if self.is_main || self.task.application.health == Health::Unknown => {
                self.task.application.health
            }
            // Whatever is wrong is wrong with what serves or works.
            true => Health::Healthy,
            false => Health::Unknown,
        }
    }

    /// Its addresses, once the interface is there.
    fn interfaces(&self, attachment: &str) -> Value {
        let place = &self.task.place;
        if place.subnet.is_empty() || self.task.state == TaskState::Provisioning {
            return Value::List(Vec::new());
        }
        Value::list([Value::map([
            ("attachmentId", Value::from(attachment)),
            ("privateIpv4Address", place.ipv4.as_deref().into()),
            ("ipv6Address", place.ipv6.as_deref().into()),
        ])])
    }

    fn agents(&self) -> Value {
        let status = self.status();
        let agent = Value::map([
            ("name", Value::from("ExecuteCommandAgent")),
            ("lastStatus", status.into()),
            (
                "lastStartedAt",
                self.task.started_at.filter(|_| status == "RUNNING").into(),
            ),
        ]);
        self.task.exec.then(|| Value::list([agent])).into()
    }
}

fn network_interface(world: &World, task: &Task, attachment: &str) -> Option<Value> {
    if task.place.subnet.is_empty() {
        return None;
    }
    let status = match task.state {
        TaskState::Provisioning => "PRECREATED",
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
    let mut details = vec![detail("subnetId", task.place.subnet.clone())];
    // There is no interface yet while the task is provisioned.
    if task.state != TaskState::Provisioning {
        details.push(detail("networkInterfaceId", interface));
        details.push(detail("macAddress", mac));
        let (ipv4, ipv6) = (task.place.ipv4.clone(), task.place.ipv6.clone());
        details.extend(ipv4.map(|a| detail("privateIPv4Address", a)));
        details.extend(ipv6.map(|a| detail("ipv6Address", a)));
    }
    Some(Value::map([
        ("id", Value::from(attachment)),
        ("type", "ElasticNetworkInterface".into()),
        ("status", status.into()),
        ("details", Value::List(details)),
    ]))
}

fn attachment_id(world: &World, task: &Task) -> String {
    rng::uuid(world.seed, "attachment", task.seq)
}
