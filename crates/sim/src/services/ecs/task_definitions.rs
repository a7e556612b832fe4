//! Task definitions: families and their revisions.

use super::{AwsError, client, includes, invalid, page, tag_list, tags_of};
use crate::Value;
use crate::world::World;
use crate::world::ecs::TaskDefinition;

pub(super) fn register(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let family = input.require_str("family")?;
    let tags = tags_of(input)?;
    let revision = world.ecs.task_definitions.get(family).map_or(0, Vec::len) + 1;
    let mut given = Value::default();
    for (key, value) in input
        .fields()
        .iter()
        .filter(|(k, _)| !SET_BY_AWS.contains(&k.as_str()))
    {
        given.set(key, value.clone());
    }
    let definition = TaskDefinition {
        arn: world.arn("ecs", &format!("task-definition/{family}:{revision}")),
        active: true,
        given: completed(given),
        tags,
        registered_at: world.now(),
    };
    let answer = Value::map([
        ("taskDefinition", document(world, &definition)),
        ("tags", tag_list(&definition.tags)),
    ]);
    world
        .ecs
        .task_definitions
        .entry(family.to_owned())
        .or_default()
        .push(definition);
    Ok(answer)
}

pub(super) fn describe(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let definition = find(world, input)?;
    let tags = if includes(input, "TAGS") {
        tag_list(&definition.tags)
    } else {
        Value::List(Vec::new())
    };
    Ok(Value::map([
        ("taskDefinition", document(world, definition)),
        ("tags", tags),
    ]))
}

pub(super) fn deregister(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    if !input
        .get("taskDefinition")
        .as_str()
        .unwrap_or_default()
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .contains(':')
    {
        return Err(client("Revision is missing."));
    }
    let arn = find(world, input)?.arn.clone();
    for definition in world
        .ecs
        .task_definitions
        .values_mut()
        .flatten()
        .filter(|d| d.arn == arn)
    {
        definition.active = false;
    }
    let definition = find(world, input)?;
    Ok(Value::map([(
        "taskDefinition",
        document(world, definition),
    )]))
}

pub(super) fn list(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let active = input.get("status").as_str() != Some("INACTIVE");
    let prefix = input.get("familyPrefix").as_str();
    let mut arns: Vec<String> = world
        .ecs
        .task_definitions
        .iter()
        .filter(|(family, _)| prefix.is_none_or(|p| *family == p))
        .flat_map(|(_, list)| {
            list.iter()
                .filter(|d| d.active == active)
                .map(|d| d.arn.clone())
        })
        .collect();
    if input.get("sort").as_str() == Some("DESC") {
        arns.reverse();
    }
    let (arns, next) = page(arns, input, 100)?;
    Ok(Value::map([
        ("taskDefinitionArns", arns),
        ("nextToken", next),
    ]))
}

pub(super) fn families(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let prefix = input.get("familyPrefix").as_str().unwrap_or_default();
    let families = world
        .ecs
        .task_definitions
        .keys()
        .filter(|f| f.starts_with(prefix))
        .cloned()
        .collect();
    let (families, next) = page(families, input, 100)?;
    Ok(Value::map([("families", families), ("nextToken", next)]))
}

/// Fields that a description has but a registration does not take from the caller.
const SET_BY_AWS: [&str; 9] = [
    "tags",
    "taskDefinitionArn",
    "revision",
    "status",
    "requiresAttributes",
    "compatibilities",
    "registeredAt",
    "registeredBy",
    "deregisteredAt",
];

fn find<'a>(world: &'a World, input: &Value) -> Result<&'a TaskDefinition, AwsError> {
    let reference = input
        .get("taskDefinition")
        .as_str()
        .ok_or_else(|| invalid("taskDefinition is required."))?;
    world
        .ecs
        .task_definition(reference)
        .ok_or_else(|| client("Unable to describe task definition."))
}

/// With the empty lists and defaults that AWS adds to what it was given.
fn completed(mut given: Value) -> Value {
    let containers = given
        .get("containerDefinitions")
        .items()
        .iter()
        .map(|container| {
            let mut container = container.clone();
            for list in [
                "environment",
                "mountPoints",
                "volumesFrom",
                "portMappings",
                "systemControls",
            ] {
                if container.get(list).is_null() {
                    container.set(list, Value::List(Vec::new()));
                }
            }
            if container.get("cpu").is_null() {
                container.set("cpu", 0_i64.into());
            }
            if container.get("essential").is_null() {
                container.set("essential", true.into());
            }
            let ports = container.get("portMappings").items().iter().map(|port| {
                let mut port = port.clone();
                if port.get("hostPort").is_null() {
                    port.set("hostPort", port.get("containerPort").clone());
                }
                if port.get("protocol").is_null() {
                    port.set("protocol", "tcp".into());
                }
                port
            });
            let ports = Value::list(ports.collect::<Vec<_>>());
            container.set("portMappings", ports);
            container
        });
    let containers = Value::list(containers.collect::<Vec<_>>());
    given.set("containerDefinitions", containers);
    for list in ["volumes", "placementConstraints"] {
        if given.get(list).is_null() {
            given.set(list, Value::List(Vec::new()));
        }
    }
    given
}

fn document(world: &World, definition: &TaskDefinition) -> Value {
    let mut document = definition.given.clone();
    let revision = definition
        .arn
        .rsplit(':')
        .next()
        .and_then(|r| r.parse::<i64>().ok());
    document.set("taskDefinitionArn", definition.arn.as_str().into());
    document.set("revision", revision.into());
    document.set(
        "status",
        if definition.active {
            "ACTIVE"
        } else {
            "INACTIVE"
        }
        .into(),
    );
    document.set("registeredAt", definition.registered_at.into());
    document.set("registeredBy", world.arn("iam", "root").into());
    document.set("compatibilities", Value::list(["EC2", "FARGATE"]));
    document.set("requiresAttributes", Value::List(Vec::new()));
    document
}
