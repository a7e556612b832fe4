//! Whether a running task counts for its service: where a load balancer or a health check of its own finds it well, or where
//! nobody looks, after a while.
//!
//! What must not be here: what a service does about it ([`super::scheduler`]), what checks find ([`super::health`],
//! [`super::containers`]).

use jiff::SignedDuration;

use super::World;
use super::clock::{Wake, later};
use super::containers::{self, Health};
use super::elb::TargetState;
use super::tasks::{self, Task, TaskState};

/// How long a task runs before it counts where neither a load balancer nor a container is checked (ECS API,
/// DeploymentConfiguration.minimumHealthyPercent).
const UNCHECKED: SignedDuration = SignedDuration::from_secs(40);

/// A task of a service that no health check says anything of counts only some time after it ran.
pub(crate) fn counted_later(world: &mut World, seq: u64) {
    let Some(task) = world.ecs.tasks.get(&seq).filter(|t| is_unchecked(world, t)) else {
        return;
    };
    let (service, due) = (task.service.clone(), later(world.now(), UNCHECKED));
    if let Some(service) = service {
        world.agenda.at(due, Wake::Service(service));
    }
}

/// Running, and healthy wherever a load balancer or a health check of its own says so.
pub(crate) fn ready(world: &World, task: &Task) -> bool {
    let is_running = task.state == TaskState::Running;
    let is_served = || {
        targets(world, task)
            .all(|(_, state)| matches!(state, TargetState::Healthy | TargetState::Unused))
    };
    is_running && is_served() && is_well(world, task)
}

/// Whether ECS leaves a task alone when its service scales in or is deployed.
pub(crate) fn is_protected(world: &World, seq: u64) -> bool {
    let task = world.ecs.tasks.get(&seq);
    task.is_some_and(|task| task.is_protected(world.now()))
}

fn is_unchecked(world: &World, task: &Task) -> bool {
    task.target_groups.is_empty() && !is_asked(world, task)
}

fn is_asked(world: &World, task: &Task) -> bool {
    let inside = containers::of(world, &task.task_definition, &task.overrides);
    containers::asks_a_check(&inside)
}

/// What its containers say of a running task, or the time that it has run where nobody says anything.
fn is_well(world: &World, task: &Task) -> bool {
    if is_asked(world, task) {
        return task.application.health == Health::Healthy;
    }
    let since = task.started_at.map(|at| world.now().duration_since(at));
    !task.target_groups.is_empty() || since.is_some_and(|since| since >= UNCHECKED)
}

fn targets<'a>(world: &'a World, task: &'a Task) -> impl Iterator<Item = (&'a str, TargetState)> {
    task.target_groups.iter().filter_map(|(group, port)| {
        let found = world.pool(group)?;
        let address = tasks::address_by_family(task)(found.family)?;
        Some((group.as_str(), found.target(&address, *port)?.state))
    })
}

/// The target of a task that a load balancer finds unhealthy, with its port and why.
pub(crate) fn unhealthy_target(world: &World, task: &Task) -> Option<(String, i64, &'static str)> {
    let (group, _) = targets(world, task).find(|(_, state)| *state == TargetState::Unhealthy)?;
    let port = task.target_groups.iter().find(|(g, _)| g == group)?.1;
    let target = world
        .pool(group)?
        .targets
        .iter()
        .find(|t| t.task == Some(task.seq))?;
    let reason = if target.reason == "Target.Timeout" {
        "Request timed out"
    } else {
        "Health checks failed"
    };
    Some((group.to_owned(), port, reason))
}
