//! What the containers of a task do once it runs: whether they stay, what their health checks say, what they log.
//!
//! What belongs here: the course of one task's containers, and what ECS makes of it. What must not: how an image behaves
//! ([`super::behaviour`]), the states of a task ([`super::tasks`]).
//!
//! Sources: ECS API, HealthCheck (a task that was run by hand goes on whatever its health; one of a service is stopped) and
//! Deployment.failedTasks; aws/containers-roadmap#1206 (a task that ends by itself counts as failed where a health check was
//! still to say something of it, and otherwise not).

use jiff::Timestamp;

use super::behaviour::{Behaviour, Family, OnFamily};
use super::clock::{Wake, later, seconds};
use super::tasks::{self, Task, TaskState};
use super::{World, breaker, logs, scheduler};
use crate::Value;

/// What a health check says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Health {
    /// Nothing yet, or there is none.
    #[default]
    Unknown,
    /// The container is well.
    Healthy,
    /// It is not.
    Unhealthy,
}

impl Health {
    /// AWS's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "UNKNOWN",
            Self::Healthy => "HEALTHY",
            Self::Unhealthy => "UNHEALTHY",
        }
    }
}

/// What became of a task's application.
#[derive(Clone, Copy, Debug, Default)]
pub struct Application {
    /// Since when it behaves as it does.
    pub since: Option<Timestamp>,
    /// What its health check says.
    pub health: Health,
    /// The code that it ended with by itself.
    pub exit_code: Option<i64>,
}

/// How a container is checked.
struct Check {
    interval: f64,
    /// The first failures that count.
    from: f64,
    retries: f64,
}

/// Whether a container has a health check. One of its image alone ECS does not look at.
pub(crate) fn is_checked(container: &Value) -> bool {
    let command = container.get("healthCheck").get("command").items();
    command.first().is_some_and(|c| c.as_str() != Some("NONE"))
}

/// Whether ECS asks a health check before it takes a task of a definition for well.
pub(crate) fn asks_a_check(containers: &[Value]) -> bool {
    let essential = |c: &&Value| c.get("essential").as_bool() != Some(false);
    containers.iter().filter(essential).any(is_checked)
}

fn check(container: &Value) -> Option<Check> {
    let number = |key, usual| {
        let given = container.get("healthCheck").get(key).as_f64();
        given.unwrap_or(usual)
    };
    is_checked(container).then(|| Check {
        interval: number("interval", 30.0),
        from: number("startPeriod", 0.0),
        retries: number("retries", 3.0),
    })
}

impl Check {
    /// Seconds until it says that a container is well, or is not.
    fn says_after(&self, is_ill: bool) -> f64 {
        if is_ill {
            self.from + self.interval * self.retries
        } else {
            self.interval
        }
    }
}

/// The containers of a task: those of its definition, but for what it was started with in place of that.
pub(crate) fn of(world: &World, definition: &str, overrides: &Value) -> Vec<Value> {
    let definition = world.ecs.task_definition(definition);
    let defined = definition.map(|d| d.given.get("containerDefinitions").items());
    let mut all = defined.unwrap_or_default().to_vec();
    for given in overrides.get("containerOverrides").items() {
        let name = given.get("name");
        for container in all.iter_mut().filter(|c| c.get("name") == name) {
            override_with(container, given);
        }
    }
    all
}

/// A command takes the place of another, a variable that of one of its name.
fn override_with(container: &mut Value, given: &Value) {
    if !given.get("command").is_null() {
        container.set("command", given.get("command").clone());
    }
    let added = given.get("environment").items();
    if added.is_empty() {
        return;
    }
    let is_replaced = |v: &Value| added.iter().any(|a| a.get("name") == v.get("name"));
    let before = container.get("environment").items().iter();
    let kept = before.filter(|v| !is_replaced(v)).chain(added).cloned();
    let environment = Value::list(kept.collect::<Vec<_>>());
    container.set("environment", environment);
}

/// The containers run.
pub(crate) fn begin(world: &mut World, seq: u64) {
    logs::started(world, seq);
    changed(world, seq);
}

/// The application behaves otherwise from now on.
pub(crate) fn changed(world: &mut World, seq: u64) {
    let now = world.now();
    if let Some(task) = world.ecs.tasks.get_mut(&seq) {
        task.application.since = Some(now);
    }
    let Some(course) = course(world, seq) else {
        return;
    };
    for after in [course.ends_after, course.says_after].into_iter().flatten() {
        let due = later(now, seconds(after));
        world.agenda.at(due, Wake::Containers(seq));
    }
}

/// What lies before a task's application.
struct Course {
    is_ill: bool,
    says_after: Option<f64>,
    ends_after: Option<f64>,
}

fn course(world: &World, seq: u64) -> Option<Course> {
    let task = world.ecs.tasks.get(&seq)?;
    let containers = of(world, &task.task_definition, &task.overrides);
    let check = main(task, &containers).and_then(check);
    let app = task.image.as_ref().and_then(|i| world.behaviours.get(i));
    let on = app.map(|app| on(app, task));
    let is_ill = on.is_some_and(|on| on.ails || !on.listens);
    Some(Course {
        is_ill,
        says_after: check.map(|check| check.says_after(is_ill)),
        ends_after: on.and_then(|on| on.ends_after),
    })
}

/// The container that serves or works: the one of its load balancer, or the first.
pub(crate) fn main<'c>(task: &Task, containers: &'c [Value]) -> Option<&'c Value> {
    let named = |c: &&Value| {
        task.container.is_some() && c.get("name").as_str() == task.container.as_deref()
    };
    containers.iter().find(named).or(containers.first())
}

/// What is particular to the family that a task has: IPv6 only where it has no IPv4 address.
pub(crate) fn on<'b>(app: &'b Behaviour, task: &Task) -> &'b OnFamily {
    app.on(family(task))
}

/// The family that a task lives by.
pub(crate) fn family(task: &Task) -> Family {
    match (&task.place.ipv4, &task.place.ipv6) {
        (None, Some(_)) => Family::V6,
        _ => Family::V4,
    }
}

/// Something of a course may be due.
pub(crate) fn advance(world: &mut World, seq: u64) {
    let Some(task) = world.ecs.tasks.get(&seq) else {
        return;
    };
    let is_up = task.state == TaskState::Running && task.wanted;
    let (Some(since), Some(course)) = (task.application.since, course(world, seq)) else {
        return;
    };
    let passed = world.now().duration_since(since).as_secs_f64() + 0.001;
    let is_over = |after: Option<f64>| is_up && after.is_some_and(|after| passed >= after);
    if is_over(course.ends_after) {
        return end(world, seq);
    }
    if is_over(course.says_after) {
        let says = if course.is_ill {
            Health::Unhealthy
        } else {
            Health::Healthy
        };
        said(world, seq, says);
    }
}

impl World {
    /// The process of one of a service's running tasks ends by itself: of the one that was started last. `path` is as in
    /// `prod/mailer`.
    pub fn crash(&mut self, path: &str) {
        let seq = self.at_work(path).map(|t| t.seq).max();
        if let Some(seq) = seq {
            end(self, seq);
        }
    }
}

/// Its process ends by itself.
fn end(world: &mut World, seq: u64) {
    logs::ended(world, seq);
    let Some(task) = world.ecs.tasks.get_mut(&seq) else {
        return;
    };
    task.application.exit_code = Some(1);
    let (service, deployment) = (task.service.clone(), task.started_by.clone());
    let was_to_be_checked = is_unproven(world, seq);
    tasks::stop(
        world,
        seq,
        "EssentialContainerExited",
        "Essential container in task exited",
    );
    let Some(service) = service else { return };
    if was_to_be_checked {
        breaker::count_failure(world, &service, &deployment);
    }
    scheduler::reconcile(world, &service);
}

/// Whether a health check, the containers' or a load balancer's, has not found a task well yet.
fn is_unproven(world: &World, seq: u64) -> bool {
    let Some(task) = world.ecs.tasks.get(&seq) else {
        return false;
    };
    let containers = of(world, &task.task_definition, &task.overrides);
    let is_checked = asks_a_check(&containers) || !task.target_groups.is_empty();
    let service = task
        .service
        .as_ref()
        .and_then(|s| world.ecs.services.get(s));
    let mut deployments = service.into_iter().flat_map(|s| &s.deployments);
    let is_proven = deployments.any(|d| d.proven.contains(&seq));
    is_checked && !is_proven
}

/// A health check has come to a word. A task that was run by hand goes on whatever it is.
fn said(world: &mut World, seq: u64, says: Health) {
    let Some(task) = world.ecs.tasks.get_mut(&seq) else {
        return;
    };
    if task.application.health == says {
        return;
    }
    task.application.health = says;
    let Some(service) = task.service.clone() else {
        return;
    };
    let (deployment, id) = (task.started_by.clone(), task.id.clone());
    if says == Health::Unhealthy {
        let name = world.ecs.services.get(&service).map(|s| s.name.clone());
        let name = name.unwrap_or_default();
        for sentence in [
            format!("(service {name}) (task {id}) failed container health checks."),
            format!("(service {name}) has stopped 1 running tasks: (task {id})."),
        ] {
            scheduler::tell(world, &service, sentence);
        }
        let reason = "Task failed container health checks";
        tasks::stop(world, seq, "ServiceSchedulerInitiated", reason);
        breaker::count_failure(world, &service, &deployment);
    }
    scheduler::reconcile(world, &service);
}
