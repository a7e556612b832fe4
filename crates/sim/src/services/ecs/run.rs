//! RunTask: tasks that belong to no service. What is refused before is in the rules.

use super::task::document;
use super::{AwsError, cluster_of, put_tag, tags_of};
use crate::Value;
use crate::services::ecs::launched;
use crate::world::World;
use crate::world::ecs::{Ran, TaskDefinition, last_part};
use crate::world::fargate;
use crate::world::tasks::{self, Start};

pub(super) fn run(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let cluster = cluster_of(world, input)?;
    if let Some(seqs) = ran_before(world, &cluster, input)? {
        return Ok(answer(world, &seqs, Vec::new()));
    }
    let start = wanted(world, &cluster, input);
    let strategy = launched(world, Some(&cluster), input.clone());
    let strategy = strategy.get("capacityProviderStrategy").items();
    let (mut started, mut failures) = (Vec::new(), Vec::new());
    let mut placed: Vec<String> = Vec::new();
    for _ in 0..input.get("count").as_i64().unwrap_or(1) {
        let of = |name: &str| placed.iter().filter(|p| *p == name).count() as i64;
        let provider = fargate::next_provider(strategy, of).map(str::to_owned);
        let launch_type = match provider.as_deref() {
            Some(name) if name.starts_with("FARGATE") => "FARGATE".to_owned(),
            _ => start.launch_type.clone(),
        };
        let start = Start {
            provider: provider.clone(),
            launch_type,
            ..start.clone()
        };
        if !fargate::has_room(world, start.takes(world)) {
            failures.push(Value::map([("reason", fargate::NO_ROOM.into())]));
            continue;
        }
        placed.extend(provider);
        started.push(tasks::start(world, start));
    }
    remember(world, &cluster, input, &started);
    Ok(answer(world, &started, failures))
}

fn answer(world: &World, seqs: &[u64], failures: Vec<Value>) -> Value {
    let tasks = seqs.iter().filter_map(|seq| world.ecs.tasks.get(seq));
    let tasks = tasks.map(|t| document(world, t, true));
    Value::map([
        ("tasks", Value::list(tasks.collect::<Vec<_>>())),
        ("failures", Value::List(failures)),
    ])
}

fn wanted(world: &World, cluster: &str, input: &Value) -> Start {
    let named = input.get("taskDefinition").as_str().unwrap_or_default();
    let definition = world.ecs.task_definition(named);
    let arn = definition.map(|d| d.arn.clone()).unwrap_or_default();
    let family = last_part(&arn).split(':').next().unwrap_or_default();
    let text = |key: &str| input.get(key).as_str().map(str::to_owned);
    let network = input.get("networkConfiguration").get("awsvpcConfiguration");
    Start {
        cluster: cluster.to_owned(),
        group: text("group").unwrap_or_else(|| format!("family:{family}")),
        service: None,
        started_by: text("startedBy").unwrap_or_default(),
        launch_type: text("launchType").unwrap_or_else(|| "EC2".to_owned()),
        provider: None,
        subnets: network.get("subnets").strings(),
        security_groups: network.get("securityGroups").strings(),
        target_groups: Vec::new(),
        container: None,
        overrides: input.get("overrides").clone(),
        exec: input.get("enableExecuteCommand").as_bool() == Some(true),
        tags: tags(definition, cluster, input),
        task_definition: arn,
    }
}

/// Its own, those of its definition where they are handed on, and AWS's where they are asked for.
fn tags(
    definition: Option<&TaskDefinition>,
    cluster: &str,
    input: &Value,
) -> Vec<(String, String)> {
    let handed_on = input.get("propagateTags").as_str() == Some("TASK_DEFINITION");
    let of_definition = definition.filter(|_| handed_on).map(|d| d.tags.clone());
    let mut tags = of_definition.unwrap_or_default();
    for (key, value) in tags_of(input) {
        put_tag(&mut tags, &key, &value);
    }
    if input.get("enableECSManagedTags").as_bool() == Some(true) {
        put_tag(&mut tags, "aws:ecs:clusterName", cluster);
    }
    tags
}

/// The tasks of a call that was made before with the same client token.
fn ran_before(world: &World, cluster: &str, input: &Value) -> Result<Option<Vec<u64>>, AwsError> {
    let Some(token) = input.get("clientToken").as_str() else {
        return Ok(None);
    };
    let key = (cluster.to_owned(), token.to_owned());
    let Some(ran) = world.ecs.ran.get(&key).filter(|ran| is_known(world, ran)) else {
        return Ok(None);
    };
    if ran.input == *input {
        return Ok(Some(ran.tasks.clone()));
    }
    let arns = ran.tasks.iter().filter_map(|t| world.ecs.tasks.get(t));
    let arns: Vec<&str> = arns.map(|t| t.arn.as_str()).collect();
    Err(AwsError::new(
        "ConflictException",
        format!(
            "The provided client token is already in use with a different request: {}",
            arns.join(", ")
        ),
    ))
}

/// A token is known for a day, or until an hour after the last of its tasks has stopped (ECS API reference, Ensuring
/// idempotency).
fn is_known(world: &World, ran: &Ran) -> bool {
    const DAY: i64 = 24 * 3_600;
    let age = world.now().duration_since(ran.at).as_secs();
    age < DAY && ran.tasks.iter().any(|t| world.ecs.tasks.contains_key(t))
}

fn remember(world: &mut World, cluster: &str, input: &Value, started: &[u64]) {
    let mut ran = std::mem::take(&mut world.ecs.ran);
    ran.retain(|_, ran| is_known(world, ran));
    let token = input.get("clientToken").as_str();
    if let Some(token) = token.filter(|_| !started.is_empty()) {
        let new = Ran {
            input: input.clone(),
            tasks: started.to_vec(),
            at: world.now(),
        };
        ran.insert((cluster.to_owned(), token.to_owned()), new);
    }
    world.ecs.ran = ran;
}
