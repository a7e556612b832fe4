//! Tags of clusters, services, tasks, task definitions and capacity providers.

use super::{AwsError, invalid, put_tag, tag_list, tags_of};
use crate::Value;
use crate::world::World;

type Tags = Vec<(String, String)>;

pub(super) fn add(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let tags = tags_for(world, arn_of(input))?;
    for (key, value) in tags_of(input) {
        put_tag(tags, &key, &value);
    }
    Ok(Value::Map(Vec::new()))
}

pub(super) fn remove(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let keys = input.get("tagKeys").strings();
    tags_for(world, arn_of(input))?.retain(|(key, _)| !keys.contains(key));
    Ok(Value::Map(Vec::new()))
}

pub(super) fn list(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    Ok(Value::map([(
        "tags",
        tag_list(tags_for(world, arn_of(input))?),
    )]))
}

/// The tags of what an ARN means; none where it means nothing.
pub(crate) fn tags_at<'a>(world: &'a World, arn: &str) -> &'a [(String, String)] {
    let ecs = &world.ecs;
    let found = match kind(arn) {
        "cluster" => ecs
            .clusters
            .values()
            .find(|c| c.arn == arn)
            .map(|c| &c.tags),
        "service" => ecs.services.get(arn).map(|s| &s.tags),
        "task" => ecs.tasks.values().find(|t| t.arn == arn).map(|t| &t.tags),
        "task-definition" => {
            let mut all = ecs.task_definitions.values().flatten();
            all.find(|t| t.arn == arn).map(|t| &t.tags)
        }
        "capacity-provider" => {
            let mut all = ecs.capacity_providers.values();
            all.find(|p| p.arn == arn).map(|p| &p.tags)
        }
        _ => None,
    };
    found.map_or(&[], Vec::as_slice)
}

fn arn_of(input: &Value) -> &str {
    input.get("resourceArn").as_str().unwrap_or_default()
}

/// The same, to be written.
pub(crate) fn tags_for<'a>(world: &'a mut World, arn: &str) -> Result<&'a mut Tags, AwsError> {
    let kind = kind(arn);
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
        "capacity-provider" => ecs
            .capacity_providers
            .values_mut()
            .find(|p| p.arn == arn)
            .map(|p| &mut p.tags),
        _ => return Err(invalid("Invalid identifier: Unexpected resource type.")),
    };
    found.ok_or_else(|| invalid(format!("The specified {kind} does not exist.")))
}

/// The kind of resource that an ARN names.
fn kind(arn: &str) -> &str {
    let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
    resource.split('/').next().unwrap_or_default()
}
