//! Tasks: list, describe, stop.

use super::task::document;
use super::{AwsError, cluster_of, failure, includes, invalid, page};
use crate::Value;
use crate::world::World;
use crate::world::ecs::last_part;
use crate::world::tasks;

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
