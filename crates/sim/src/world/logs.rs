//! What containers write by the driver awslogs: their first lines, the last ones of those that end, and what they say each minute.
//!
//! What belongs here: which lines are written, and where. What must not: CloudWatch Logs itself; the lines go in as any client
//! would put them. A group that is not there is not made, and takes no lines, unless the driver is to make it.
//!
//! Source: ECS developer guide, "Send Amazon ECS logs to CloudWatch" (streams are called prefix/container/task).

use jiff::Timestamp;

use super::behaviour::Family;
use super::tasks::{self, Task, TaskState};
use super::{World, containers, rng};
use crate::Value;
use crate::services::{self, Service};

/// The containers of a task have started.
pub(crate) fn started(world: &mut World, seq: u64) {
    let Some(task) = world.ecs.tasks.get(&seq).cloned() else {
        return;
    };
    let containers = containers::of(world, &task.task_definition, &task.overrides);
    for container in &containers {
        let image = container.get("image").as_str().unwrap_or_default();
        let image = tasks::repository_and_tag(image);
        let mut lines = vec![format!("starting {image}")];
        let port = container.get("portMappings").items().first();
        let port = port.and_then(|p| p.get("containerPort").as_i64());
        lines.extend(port.map(|port| format!("listening on {}:{port}", any_address(world, &task))));
        write(world, &task, container, lines);
    }
}

/// Its application ends by itself.
pub(crate) fn ended(world: &mut World, seq: u64) {
    let Some(task) = world.ecs.tasks.get(&seq).cloned() else {
        return;
    };
    let containers = containers::of(world, &task.task_definition, &task.overrides);
    let Some(container) = containers::main(&task, &containers) else {
        return;
    };
    let name = task.image.clone().unwrap_or_default();
    let app = world.behaviours.get(&name);
    let ends_anywhere = app.is_some_and(|app| app.on(Family::V4).ends_after.is_some());
    // What ends on IPv6 alone has a host of IPv4 in its code.
    let unreachable = match super::reach::lack_of(&name) {
        Some(what) => Some(what),
        None => (!ends_anywhere).then_some("10.0.40.7:5672"),
    };
    let why = unreachable.map_or_else(
        || "panicked".to_owned(),
        |what| format!("cannot reach {what}: Network is unreachable (os error 101)"),
    );
    let lines = vec![format!("error: {why}"), "exiting with code 1".to_owned()];
    write(world, &task, container, lines);
}

/// So many lines of a minute are written at most.
const MOST: usize = 100;

/// Tasks of a service that write say what they did in a minute, and a line for each error.
pub(crate) fn minute(world: &mut World, seqs: &[u64], handled: f64, at: Timestamp) {
    let running = seqs.iter().filter_map(|t| world.ecs.tasks.get(t));
    let running = running.filter(|t| t.state == TaskState::Running);
    let tasks: Vec<Task> = running.cloned().collect();
    let each = handled / tasks.len().max(1) as f64;
    for task in tasks {
        let app = task.image.as_ref().and_then(|i| world.behaviours.get(i));
        let Some(app) = app.filter(|app| app.writes) else {
            continue;
        };
        let on = containers::on(app, &task);
        let failed = (app.error_share + on.error_share + on.unheard_share).min(1.0);
        let count = world.next_id();
        let chance = rng::between(world.seed, &task.id, count, 0.0, 1.0);
        let errors = ((each * failed + chance).floor() as usize).min(MOST);
        let mut lines = vec![format!("INFO handled {each:.0}")];
        lines.extend((0..errors).map(|_| "ERROR cannot reach the ledger".to_owned()));
        let containers = containers::of(world, &task.task_definition, &task.overrides);
        if let Some(container) = containers::main(&task, &containers) {
            write_at(world, &task, container, lines, at);
        }
    }
}

/// What an application listens on, as it says.
fn any_address(world: &World, task: &Task) -> &'static str {
    let app = task.image.as_ref().and_then(|i| world.behaviours.get(i));
    let both = app.is_none_or(|app| app.on(Family::V6).listens);
    if both { "[::]" } else { "0.0.0.0" }
}

fn write(world: &mut World, task: &Task, container: &Value, lines: Vec<String>) {
    let now = world.now();
    write_at(world, task, container, lines, now);
}

fn write_at(world: &mut World, task: &Task, container: &Value, lines: Vec<String>, at: Timestamp) {
    let log = container.get("logConfiguration");
    let options = log.get("options");
    let text = |key| options.get(key).as_str();
    let (Some("awslogs"), Some(group)) = (log.get("logDriver").as_str(), text("awslogs-group"))
    else {
        return;
    };
    let name = container.get("name").as_str().unwrap_or_default();
    let stream = match text("awslogs-stream-prefix") {
        Some(prefix) => format!("{prefix}/{name}/{}", task.id),
        None => task.id.clone(),
    };
    let to = [
        ("logGroupName", Value::from(group)),
        ("logStreamName", stream.into()),
    ];
    let at = at.as_millisecond();
    let event =
        |line: String| Value::map([("timestamp", Value::from(at)), ("message", line.into())]);
    let mut put = Value::map(to.clone());
    put.set("logEvents", Value::list(lines.into_iter().map(event)));
    if text("awslogs-create-group") == Some("true") {
        let made = Value::map([to[0].clone()]);
        // That it is there already is no failure.
        let _ = services::call(world, Service::Logs, "CreateLogGroup", &made);
    }
    let _ = services::call(world, Service::Logs, "CreateLogStream", &Value::map(to));
    // Whether there are such groups is not looked at when a task starts.
    let _ = services::call(world, Service::Logs, "PutLogEvents", &put);
}
