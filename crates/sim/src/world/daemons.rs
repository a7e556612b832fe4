//! Daemons, and on which container instance a service's next task goes.
//!
//! What must not be here: what an instance has ([`super::instances`]), and how tasks are replaced ([`super::scheduler`]).

use super::ecs::Service;
use super::instances::{self, ContainerInstance};
use super::tasks::Start;
use super::{World, scheduler};

/// A daemon wants a task on each instance: those whose instance is gone, or to be left, stop.
pub(crate) fn count(world: &mut World, arn: &str) {
    let service = world.ecs.services.get(arn);
    let Some(wanted) = service.and_then(|s| wanted(world, s)) else {
        return;
    };
    let Some(service) = world.ecs.services.get_mut(arn) else {
        return;
    };
    if service.desired != wanted {
        service.desired = wanted;
        service.steady = false;
    }
    let (cluster, tasks) = (service.cluster.clone(), service.tasks.clone());
    let stays = |instance: &str| {
        let mut there = world.instances_of(&cluster);
        there.any(|i| i.arn == instance && !i.draining)
    };
    let tasks = tasks.iter().filter_map(|t| world.ecs.tasks.get(t));
    let left = tasks.filter(|t| t.wanted && !t.instance.as_deref().is_some_and(stays));
    let left: Vec<u64> = left.map(|t| t.seq).collect();
    if !left.is_empty() {
        scheduler::stop_some(world, arn, &left);
    }
}

/// The start with its instance where its cluster has any: of a daemon one that has none of it yet.
pub(crate) fn on_instance(
    world: &World,
    arn: &str,
    start: Start,
) -> Result<Start, Option<(String, instances::Lacks)>> {
    let service = world.ecs.services.get(arn);
    let Some(service) = service.filter(|_| instances::places(world, &start)) else {
        return Ok(start);
    };
    let is_daemon = wanted(world, service).is_some();
    let may = |i: &_| !is_daemon || !has_one(world, service, i);
    instances::placed(world, &start, may)
}

/// How many tasks a daemon wants: one on each instance that is not to be left.
fn wanted(world: &World, service: &Service) -> Option<i64> {
    let is_daemon = service.spec.get("schedulingStrategy").as_str() == Some("DAEMON");
    let there = || world.instances_of(&service.cluster).filter(|i| !i.draining);
    is_daemon.then(|| i64::try_from(there().count()).unwrap_or(i64::MAX))
}

/// Whether an instance has a live task of a service.
fn has_one(world: &World, service: &Service, instance: &ContainerInstance) -> bool {
    let tasks = service.tasks.iter().filter_map(|t| world.ecs.tasks.get(t));
    let mut there = tasks.filter(|t| t.instance.as_deref() == Some(instance.arn.as_str()));
    there.any(|t| t.wanted)
}
