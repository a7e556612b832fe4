//! Task definitions: families and their revisions.

use super::{AwsError, client, includes, invalid, page, tag_list, tags_of};
use crate::world::World;
use crate::world::ecs::{Standing, TaskDefinition};
use crate::{Value, rules};

pub(super) fn register(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let family = input.require_str("family")?;
    let tags = tags_of(input);
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
        standing: Standing::Active,
        deregistered_at: None,
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
    // What is no longer active is shown only to those who still run it.
    if !definition.is_active() && !world.ecs.refers_to(&definition.arn) {
        return Err(client("Unable to describe task definition."));
    }
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
    let arn = find(world, input)?.arn.clone();
    let now = world.now();
    let all = world.ecs.task_definitions.values_mut().flatten();
    for definition in all.filter(|d| d.arn == arn && d.is_active()) {
        definition.standing = Standing::Inactive;
        definition.deregistered_at = Some(now);
    }
    let definition = find(world, input)?;
    Ok(Value::map([(
        "taskDefinition",
        document(world, definition),
    )]))
}

pub(super) fn delete(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let asked = input.get("taskDefinitions").strings();
    if asked.is_empty() || asked.len() > 10 {
        return Err(client(
            "taskDefinitions must have between 1 and 10 elements.",
        ));
    }
    let (mut deleted, mut failures) = (Vec::new(), Vec::new());
    for reference in asked {
        let arn = world.ecs.task_definition(&reference).map(|t| t.arn.clone());
        let mut all = world.ecs.task_definitions.values_mut().flatten();
        let found = all.find(|d| Some(&d.arn) == arn.as_ref());
        let reason = match found {
            None => {
                "The specified task definition was not found. Specify a valid task definition ARN and try again."
            }
            Some(d) if d.is_active() => {
                "The specified task definition is still in ACTIVE status. Please deregister the target and try again."
            }
            Some(d) => {
                d.standing = Standing::Deleting;
                deleted.push(d.clone());
                continue;
            }
        };
        failures.push(Value::map([
            ("arn", Value::from(reference)),
            ("reason", reason.into()),
        ]));
    }
    let deleted = deleted.iter().map(|d| document(world, d));
    Ok(Value::map([
        ("taskDefinitions", Value::list(deleted.collect::<Vec<_>>())),
        ("failures", Value::List(failures)),
    ]))
}

pub(super) fn list(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let status = input.get("status").as_str().unwrap_or("ACTIVE");
    let shown = |d: &&TaskDefinition| {
        d.standing.as_str() == status
            && (d.standing != Standing::Deleting || world.ecs.refers_to(&d.arn))
    };
    let prefix = input.get("familyPrefix").as_str();
    let mut arns: Vec<String> = world
        .ecs
        .task_definitions
        .iter()
        .filter(|(family, _)| prefix.is_none_or(|p| *family == p))
        .flat_map(|(_, list)| list.iter().filter(shown).map(|d| d.arn.clone()))
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
    let status = input.get("status").as_str().unwrap_or("ALL");
    let is_wanted = |list: &Vec<TaskDefinition>| {
        let active = list.iter().any(TaskDefinition::is_active);
        let kept = list.iter().any(|d| d.standing != Standing::Deleting);
        match status {
            "ACTIVE" => active,
            "INACTIVE" => kept && !active,
            _ => kept,
        }
    };
    let all = world.ecs.task_definitions.iter();
    let families = all
        .filter(|(family, list)| family.starts_with(prefix) && is_wanted(list))
        .map(|(family, _)| family.clone())
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
    document.set("status", definition.standing.as_str().into());
    if let Some(at) = definition.deregistered_at {
        document.set("deregisteredAt", at.into());
    }
    document.set("registeredAt", definition.registered_at.into());
    document.set("registeredBy", world.arn("iam", "root").into());
    let fits = rules::ecs_launch_types(world, &definition.given);
    document.set("compatibilities", Value::list(fits));
    document.set("requiresAttributes", Value::List(Vec::new()));
    document
}
