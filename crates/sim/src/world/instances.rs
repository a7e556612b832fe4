//! Container instances: what they have, and which of them takes a task.
//!
//! What belongs here: the choice of an instance. What must not: how many tasks are wanted, and the API's shapes. A cluster without
//! instances places tasks of the launch type EC2 as Fargate would, daemons excepted.
//!
//! Sources: ECS developer guide, "How Amazon ECS places tasks on container instances", "Amazon ECS task networking options for EC2"
//! (agent 1.99.1 and its capability for IPv6-only), "API failure reasons".

use jiff::Timestamp;

use super::World;
use super::clock::Wake;
use super::tasks::{Start, TaskState};
use crate::Value;
use crate::rules::{cpu_units, mebibytes};

/// A container instance.
#[derive(Clone, Debug)]
pub struct ContainerInstance {
    /// Its ARN.
    pub arn: String,
    /// The name of its cluster.
    pub cluster: String,
    /// The id of its machine in EC2.
    pub machine: String,
    /// Its zone.
    pub zone: String,
    /// The version of its agent.
    pub agent: String,
    /// What its agent and others say of it, by name.
    pub attributes: Vec<(String, Option<String>)>,
    /// CPU units and MiB of memory.
    pub has: (i64, i64),
    /// Whether its tasks are to leave it.
    pub draining: bool,
    /// When it was registered.
    pub registered_at: Timestamp,
}

/// Why an instance does not take a task, in ECS's short words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lacks {
    /// An attribute that the task needs, its zone included.
    Attribute,
    /// CPU units.
    Cpu,
    /// Memory.
    Memory,
}

impl Lacks {
    /// As RunTask's failures say it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Attribute => "ATTRIBUTE",
            Self::Cpu => "RESOURCE:CPU",
            Self::Memory => "RESOURCE:MEMORY",
        }
    }

    /// As a service's events say it.
    fn sentence(self) -> &'static str {
        match self {
            Self::Attribute => "is missing an attribute required by your task",
            Self::Cpu => "has insufficient CPU units available",
            Self::Memory => "has insufficient memory available",
        }
    }
}

impl World {
    /// The instances of a cluster.
    pub(crate) fn instances_of<'w>(
        &'w self,
        cluster: &'w str,
    ) -> impl Iterator<Item = &'w ContainerInstance> {
        let all = self.ecs.instances.iter();
        all.filter(move |i| i.cluster == cluster)
    }

    /// Something is new about the instances of a cluster: its services look.
    pub(crate) fn instances_changed(&mut self, cluster: &str) {
        let services = self.ecs.services.values().filter(|s| s.cluster == cluster);
        let arns: Vec<String> = services.map(|s| s.arn.clone()).collect();
        let now = self.now;
        for arn in arns {
            self.agenda.at(now, Wake::Service(arn));
        }
    }
}

/// Whether a task is placed on an instance.
pub(crate) fn places(world: &World, start: &Start) -> bool {
    start.launch_type == "EC2" && world.instances_of(&start.cluster).next().is_some()
}

/// What a task is without on an instance.
pub(crate) fn lacks(world: &World, instance: &ContainerInstance, start: &Start) -> Option<Lacks> {
    let fitting = subnets_in(world, &start.subnets, &instance.zone);
    let is_networked = !start.subnets.is_empty();
    let says = |name: &str| instance.attributes.iter().any(|(n, _)| n == name);
    let native = |id: &String| world.network.subnet(id).is_some_and(|s| s.ipv6_native);
    let wants_ipv6 = start.subnets.iter().any(native);
    let lacks_attribute = instance.draining
        || (is_networked && (fitting.is_empty() || !says("ecs.capability.task-eni")))
        || (wants_ipv6 && !says("ecs.capability.ipv6-only"));
    if lacks_attribute {
        return Some(Lacks::Attribute);
    }
    let (cpu, memory) = left(world, instance);
    let (wants_cpu, wants_memory) = wants(world, &start.task_definition);
    if wants_cpu > cpu {
        return Some(Lacks::Cpu);
    }
    (wants_memory > memory).then_some(Lacks::Memory)
}

/// What is left of an instance.
pub(crate) fn left(world: &World, instance: &ContainerInstance) -> (i64, i64) {
    let there = world.ecs.tasks.values().filter(|t| {
        t.instance.as_deref() == Some(instance.arn.as_str()) && t.state != TaskState::Stopped
    });
    there.fold(instance.has, |(cpu, memory), task| {
        let (c, m) = wants(world, &task.task_definition);
        (cpu - c, memory - m)
    })
}

/// CPU units and MiB that a task of a definition reserves.
fn wants(world: &World, definition: &str) -> (i64, i64) {
    let Some(definition) = world.ecs.task_definition(definition) else {
        return (0, 0);
    };
    let given = &definition.given;
    let containers = given.get("containerDefinitions").items();
    let of_each = |keys: [&str; 2]| -> i64 {
        let each = containers.iter().map(|c| {
            let sizes = keys.iter().filter_map(|k| c.get(k).as_i64());
            sizes.max().unwrap_or(0)
        });
        each.sum()
    };
    let cpu = cpu_units(given.get("cpu")).unwrap_or_else(|| of_each(["cpu", "cpu"]));
    let memory =
        mebibytes(given.get("memory")).unwrap_or_else(|| of_each(["memory", "memoryReservation"]));
    (cpu, memory)
}

/// The subnets that lie in a zone.
pub(crate) fn subnets_in(world: &World, subnets: &[String], zone: &str) -> Vec<String> {
    let is_in = |id: &&String| world.network.subnet(id).is_some_and(|s| s.az == zone);
    subnets.iter().filter(is_in).cloned().collect()
}

/// The start with an instance for it: the one that has the fewest tasks of its group, of those that `may` take it.
///
/// # Errors
/// The instance that lacks the least, and what.
pub(crate) fn placed(
    world: &World,
    start: &Start,
    may: impl Fn(&ContainerInstance) -> bool,
) -> Result<Start, Option<(String, Lacks)>> {
    let of_group = |arn: &str| {
        let tasks = world.ecs.tasks.values();
        let there = tasks.filter(|t| t.wanted && t.group == start.group);
        there.filter(|t| t.instance.as_deref() == Some(arn)).count()
    };
    let mut closest = None;
    let mut fitting = Vec::new();
    for instance in world.instances_of(&start.cluster).filter(|i| may(i)) {
        match lacks(world, instance, start) {
            None => fitting.push(instance),
            Some(lack) => closest = closest.or(Some((instance.arn.clone(), lack))),
        }
    }
    let chosen = fitting.into_iter().min_by_key(|i| of_group(&i.arn));
    let Some(instance) = chosen else {
        return Err(closest);
    };
    let mut start = start.clone();
    start.subnets = subnets_in(world, &start.subnets, &instance.zone);
    start.instance = Some(instance.arn.clone());
    Ok(start)
}

/// What a service's events say where no instance takes its task.
pub(crate) fn told(closest: Option<(String, Lacks)>) -> String {
    let unable = "because no container instance met all of its requirements.";
    match closest {
        None => format!("{unable} Reason: No Container Instances were found in your cluster."),
        Some((arn, lack)) => {
            let id = arn.rsplit('/').next().unwrap_or(&arn);
            let what = lack.sentence();
            format!("{unable} The closest matching (container-instance {id}) {what}.")
        }
    }
}

/// The attributes that an agent says, by what it was registered with.
pub(crate) fn attributes(given: &Value) -> Vec<(String, Option<String>)> {
    let text = |of: &Value| of.as_str().map(str::to_owned);
    let given = given.get("attributes").items().iter();
    given
        .filter_map(|a| Some((text(a.get("name"))?, text(a.get("value")))))
        .collect()
}
