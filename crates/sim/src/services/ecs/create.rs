//! CreateService: idempotence, defaults. What is refused before is in the rules.

use std::collections::VecDeque;

use super::{AwsError, cluster_of, invalid, tags_of};
use crate::world::World;
use crate::world::ecs::{Service, ServiceStatus};
use crate::world::scheduler;
use crate::{Value, rules};

/// What a call gives that a service keeps elsewhere than in its specification.
const ELSEWHERE: [&str; 5] = [
    "serviceName",
    "desiredCount",
    "tags",
    "cluster",
    "clientToken",
];

pub(super) fn create(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let cluster = cluster_of(world, input)?;
    let name = input
        .get("serviceName")
        .as_str()
        .unwrap_or_default()
        .to_owned();
    if let Some(answer) = already_there(world, &cluster, &name, input)? {
        return Ok(answer);
    }
    let tags = tags_of(input);
    let mut spec = specification(world, input);
    let balanced = rules::starts_balanced(world, input);
    with_defaults(&mut spec, balanced);
    let arn = if world.ecs.habits.short_arns {
        world.arn("ecs", &format!("service/{name}"))
    } else {
        world.arn("ecs", &format!("service/{cluster}/{name}"))
    };
    let definition = spec
        .get("taskDefinition")
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let service = Service {
        arn: arn.clone(),
        name,
        cluster,
        status: ServiceStatus::Active,
        created_from: input.clone(),
        spec,
        desired: input.get("desiredCount").as_i64().unwrap_or(0),
        deployments: Vec::new(),
        events: VecDeque::new(),
        tags,
        created_at: world.now(),
        created_by: world.arn("iam", "root"),
        tasks: Vec::new(),
        history: Vec::new(),
        steady: false,
        gone_at: None,
    };
    world.ecs.services.insert(arn.clone(), service);
    scheduler::deploy(world, &arn, &definition);
    let made = world
        .ecs
        .services
        .get(&arn)
        .map(|s| super::describe::document(world, s, true));
    Ok(Value::map([("service", made.into())]))
}

/// The answer to a call that was made before, by its client token.
fn already_there(
    world: &World,
    cluster: &str,
    name: &str,
    input: &Value,
) -> Result<Option<Value>, AwsError> {
    let Some(there) = world.ecs.service(cluster, name) else {
        return Ok(None);
    };
    let token = input.get("clientToken");
    let same_token = !token.is_null() && there.created_from.get("clientToken") == token;
    let same = same_token && there.created_from == *input;
    match there.status {
        ServiceStatus::Active if same => {}
        ServiceStatus::Active => return Err(invalid("Creation of service was not idempotent.")),
        ServiceStatus::Draining => {
            return Err(invalid("Unable to Start a service that is still Draining."));
        }
        ServiceStatus::Inactive if !same_token || !world.ecs.habits.remembers_tokens => {
            return Ok(None);
        }
        ServiceStatus::Inactive if same => {}
        ServiceStatus::Inactive => return Err(invalid("Creation of service was not idempotent.")),
    }
    let document = super::describe::document(world, there, true);
    Ok(Some(Value::map([("service", document)])))
}

/// What a service keeps of the call that makes it: every parameter, those included that the region does not know.
fn specification(world: &World, input: &Value) -> Value {
    let fields = input.fields().iter();
    let kept = fields.filter(|(key, _)| !ELSEWHERE.contains(&key.as_str()));
    let cluster = input.get("cluster").as_str();
    let mut spec = launched(world, cluster, Value::map(kept.cloned()));
    // The pinned revision is what a service runs, also where only a family was named.
    let named = input.get("taskDefinition").as_str();
    if let Some(found) = named.and_then(|t| world.ecs.task_definition(t)) {
        spec.set("taskDefinition", found.arn.as_str().into());
    }
    spec
}

/// With the cluster's default strategy, where neither a launch type nor a strategy is given.
pub(crate) fn launched(world: &World, cluster: Option<&str>, mut spec: Value) -> Value {
    let given = ["launchType", "capacityProviderStrategy"];
    if given.iter().any(|k| !spec.get(k).is_null()) {
        return spec;
    }
    let strategy = world
        .ecs
        .cluster(cluster)
        .map(|c| c.given.get("defaultCapacityProviderStrategy").clone());
    if let Some(strategy) = strategy.filter(|s| !s.items().is_empty()) {
        spec.set("capacityProviderStrategy", strategy);
    }
    spec
}

/// The defaults of a new service; they are read back like given values.
fn with_defaults(spec: &mut Value, balanced: bool) {
    let plain: [(&str, Value); 9] = [
        ("schedulingStrategy", "REPLICA".into()),
        ("deploymentController", Value::map([("type", "ECS".into())])),
        ("propagateTags", "NONE".into()),
        ("enableECSManagedTags", false.into()),
        ("enableExecuteCommand", false.into()),
        ("loadBalancers", Value::List(Vec::new())),
        ("serviceRegistries", Value::List(Vec::new())),
        ("placementConstraints", Value::List(Vec::new())),
        ("placementStrategy", Value::List(Vec::new())),
    ];
    for (key, value) in plain {
        if spec.get(key).is_null() {
            spec.set(key, value);
        }
    }
    let daemon = spec.get("schedulingStrategy").as_str() == Some("DAEMON");
    if spec.get("availabilityZoneRebalancing").is_null() {
        let balanced = if balanced { "ENABLED" } else { "DISABLED" };
        spec.set("availabilityZoneRebalancing", balanced.into());
    }
    with_platform(spec);
    if spec.get("healthCheckGracePeriodSeconds").is_null()
        && !spec.get("loadBalancers").items().is_empty()
    {
        spec.set("healthCheckGracePeriodSeconds", 0_i64.into());
    }
    let configuration = deployment_configuration(spec.get("deploymentConfiguration"), daemon);
    spec.set("deploymentConfiguration", configuration);
    let network = network_configuration(spec.get("networkConfiguration"));
    if !network.is_null() {
        spec.set("networkConfiguration", network);
    }
}

fn with_platform(spec: &mut Value) {
    let strategy = spec.get("capacityProviderStrategy").items();
    let by_strategy = strategy.iter().any(|p| {
        let name = p.get("capacityProvider").as_str().unwrap_or_default();
        name.starts_with("FARGATE")
    });
    if spec.get("launchType").is_null() && strategy.is_empty() {
        spec.set("launchType", "EC2".into());
    }
    let fargate = by_strategy || spec.get("launchType").as_str() == Some("FARGATE");
    if fargate && spec.get("platformVersion").is_null() {
        spec.set("platformVersion", "LATEST".into());
    }
}

/// A deployment configuration with what AWS fills in.
pub(super) fn deployment_configuration(given: &Value, daemon: bool) -> Value {
    let mut configuration = given.clone();
    let (least, most) = if daemon { (0, 100) } else { (100, 200) };
    let defaults: [(&str, Value); 5] = [
        (
            "deploymentCircuitBreaker",
            Value::map([("enable", false.into()), ("rollback", Value::from(false))]),
        ),
        ("maximumPercent", Value::Int(most)),
        ("minimumHealthyPercent", Value::Int(least)),
        ("strategy", "ROLLING".into()),
        ("bakeTimeInMinutes", 0_i64.into()),
    ];
    for (key, value) in defaults {
        if configuration.get(key).is_null() {
            configuration.set(key, value);
        }
    }
    configuration
}

/// A network configuration with what AWS fills in.
pub(super) fn network_configuration(given: &Value) -> Value {
    let mut inner = given.get("awsvpcConfiguration").clone();
    if inner.is_null() {
        return given.clone();
    }
    if inner.get("assignPublicIp").is_null() {
        inner.set("assignPublicIp", "DISABLED".into());
    }
    if inner.get("securityGroups").is_null() {
        inner.set("securityGroups", Value::List(Vec::new()));
    }
    let mut whole = given.clone();
    whole.set("awsvpcConfiguration", inner);
    whole
}
