//! What containers write by the driver awslogs: their first lines, and the last ones of those that end.
//!
//! What belongs here: which lines are written, and where. What must not: CloudWatch Logs itself; the lines go in as any client
//! would put them. A group that is not there is not made, and takes no lines, unless the driver is to make it.
//!
//! Source: ECS developer guide, "Send Amazon ECS logs to CloudWatch" (streams are called prefix/container/task).

use super::World;
use super::behaviour::Family;
use super::containers;
use super::tasks::{self, Task};
use crate::Value;
use crate::services::{self, Service};

/// The containers of a task have started.
pub(crate) fn started(world: &mut World, seq: u64) {
    let Some(task) = world.ecs.tasks.get(&seq).cloned() else {
        return;
    };
    let containers = tasks::containers(world, &task.task_definition, &task.overrides);
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
    let containers = tasks::containers(world, &task.task_definition, &task.overrides);
    let Some(container) = containers::main(&task, &containers) else {
        return;
    };
    let name = task.image.clone().unwrap_or_default();
    let why = match super::reach::lack_of(&name) {
        Some(what) => format!("cannot reach {what}: Network is unreachable (os error 101)"),
        None => "panicked".to_owned(),
    };
    let lines = vec![format!("error: {why}"), "exiting with code 1".to_owned()];
    write(world, &task, container, lines);
}

/// What an application listens on, as it says.
fn any_address(world: &World, task: &Task) -> &'static str {
    let app = task.image.as_ref().and_then(|i| world.behaviours.get(i));
    let both = app.is_none_or(|app| app.on(Family::V6).listens);
    if both { "[::]" } else { "0.0.0.0" }
}

fn write(world: &mut World, task: &Task, container: &Value, lines: Vec<String>) {
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
    let at = world.now().as_millisecond();
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
