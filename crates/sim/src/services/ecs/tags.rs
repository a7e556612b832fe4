//! Tags of clusters, services, tasks and task definitions.

use super::{AwsError, invalid, put_tag, tag_list, tags_of};
use crate::Value;
use crate::world::World;

pub(super) fn add(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let new = tags_of(input)?;
    let tags = tags_at(world, input)?;
    let mut joined = tags.clone();
    for (key, value) in new {
        put_tag(&mut joined, &key, &value);
    }
    if joined.len() > 50 {
        return Err(invalid("The number of tags exceeds the limit of 50."));
    }
    *tags = joined;
    Ok(Value::Map(Vec::new()))
}

pub(super) fn remove(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let keys = input.get("tagKeys").strings();
    tags_at(world, input)?.retain(|(key, _)| !keys.contains(key));
    Ok(Value::Map(Vec::new()))
}

pub(super) fn list(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    Ok(Value::map([("tags", tag_list(tags_at(world, input)?))]))
}

fn tags_at<'a>(
    world: &'a mut World,
    input: &Value,
) -> Result<&'a mut Vec<(String, String)>, AwsError> {
    let arn = input.get("resourceArn").as_str().unwrap_or_default();
    let kind = arn
        .splitn(6, ':')
        .nth(5)
        .and_then(|r| r.split('/').next())
        .unwrap_or_default();
    let ecs = &mut world.ecs;
    let found = match kind {
        "cluster" => ecs
            .clusters
            .values_mut()
            .find(|c| c.arn == arn)
            .map(|c| &mut c.tags),
        "service" => ecs.services.get_mut(arn).map(|s| &mut s.tags),
        "task" => ecs
            .tasks
            .values_mut()
            .find(|t| t.arn == arn)
            .map(|t| &mut t.tags),
        "task-definition" => ecs
            .task_definitions
            .values_mut()
            .flatten()
            .find(|t| t.arn == arn)
            .map(|t| &mut t.tags),
        _ => return Err(invalid("Invalid identifier: Unexpected resource type.")),
    };
    found.ok_or_else(|| {
        let what = if kind == "service" { "service" } else { kind };
        invalid(format!("The specified {what} does not exist."))
    })
}
