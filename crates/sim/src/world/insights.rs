//! Container Insights: what it tells of services and clusters where it is turned on.
//!
//! What must not be here: what services do. Restarts are told of containers with a restart policy alone, which no image here needs;
//! a task that ends is another task's start.
//!
//! Source: Amazon CloudWatch user guide, "Amazon ECS Container Insights metrics".

use jiff::Timestamp;

use super::World;
use super::ecs::{Cluster, Service, ServiceStatus};
use super::scheduler;
use crate::rules::{cpu_units, mebibytes};

const INSIGHTS: &str = "ECS/ContainerInsights";

/// What a service's tasks did in a minute.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    /// Percent of the CPU that they reserve.
    pub(crate) cpu: f64,
    /// Percent of the memory.
    pub(crate) memory: f64,
    /// Requests and messages of the minute.
    pub(crate) handled: f64,
    /// Bytes a second.
    pub(crate) received: f64,
    pub(crate) sent: f64,
}

/// Whether a cluster has it turned on.
fn is_on(cluster: &Cluster) -> bool {
    let settings = cluster.given.get("settings").items().iter();
    let mut settings = settings.filter(|s| s.get("name").as_str() == Some("containerInsights"));
    settings.any(|s| matches!(s.get("value").as_str(), Some("enabled" | "enhanced")))
}

/// Tells of a service, whose tasks did so much where any ran.
pub(crate) fn of_service(world: &World, service: &Service, load: Option<Load>) -> Vec<Figure> {
    let cluster = world.ecs.clusters.get(&service.cluster);
    if !cluster.is_some_and(is_on) {
        return Vec::new();
    }
    let (running, pending) = scheduler::counts(world, service, None);
    let mut told = vec![
        ("RunningTaskCount", running as f64),
        ("PendingTaskCount", pending as f64),
        ("DesiredTaskCount", service.desired as f64),
        ("DeploymentCount", service.deployments.len() as f64),
        ("TaskSetCount", 0.0),
    ];
    if let Some(load) = load {
        let (cpu, memory) = reserved(world, service, running);
        told.extend([
            ("CpuUtilized", cpu * load.cpu / 100.0),
            ("CpuReserved", cpu),
            ("MemoryUtilized", memory * load.memory / 100.0),
            ("MemoryReserved", memory),
            ("NetworkRxBytes", load.received),
            ("NetworkTxBytes", load.sent),
        ]);
    }
    let of = |(name, value)| Figure {
        name,
        cluster: service.cluster.clone(),
        service: Some(service.name.clone()),
        value,
    };
    told.into_iter().map(of).collect()
}

/// Tells of each cluster how many tasks and services it has.
pub(crate) fn of_clusters(world: &World) -> Vec<Figure> {
    let on = world.ecs.clusters.values().filter(|c| is_on(c));
    let figures = on.flat_map(|cluster| {
        let active = |s: &&Service| s.cluster == cluster.name && s.status == ServiceStatus::Active;
        let services = world.ecs.services.values().filter(active).count();
        let live = |t: &&super::tasks::Task| {
            t.cluster == cluster.name && t.state == super::tasks::TaskState::Running
        };
        let tasks = world.ecs.tasks.values().filter(live).count();
        [("TaskCount", tasks), ("ServiceCount", services)].map(|(name, count)| Figure {
            name,
            cluster: cluster.name.clone(),
            service: None,
            value: count as f64,
        })
    });
    figures.collect()
}

/// One figure of a minute.
pub(crate) struct Figure {
    name: &'static str,
    cluster: String,
    service: Option<String>,
    value: f64,
}

/// Puts figures into CloudWatch.
pub(crate) fn tell(world: &mut World, figures: Vec<Figure>, at: Timestamp) {
    for figure in figures {
        let mut dims = vec![("ClusterName", figure.cluster.as_str())];
        dims.extend(figure.service.as_deref().map(|s| ("ServiceName", s)));
        world
            .metrics
            .add(INSIGHTS, figure.name, &dims, at, figure.value);
    }
}

/// CPU units and MiB that a service's running tasks reserve.
fn reserved(world: &World, service: &Service, running: i64) -> (f64, f64) {
    let named = service.spec.get("taskDefinition").as_str();
    let definition = named.and_then(|t| world.ecs.task_definition(t));
    let cpu = definition.and_then(|d| cpu_units(d.given.get("cpu")));
    let memory = definition.and_then(|d| mebibytes(d.given.get("memory")));
    let of_all = |each: Option<i64>| each.unwrap_or(0) as f64 * running as f64;
    (of_all(cpu), of_all(memory))
}
