//! CreateService: idempotence, refusals, defaults.

use std::collections::VecDeque;

use super::{AwsError, checks, cluster_of, invalid, tags_of};
use crate::Value;
use crate::world::World;
use crate::world::ecs::{Service, ServiceStatus};
use crate::world::scheduler;

/// Every parameter of CreateService that a service keeps.
pub(super) const KEPT: [&str; 25] = [
    "taskDefinition",
    "availabilityZoneRebalancing",
    "loadBalancers",
    "serviceRegistries",
    "launchType",
    "capacityProviderStrategy",
    "platformVersion",
    "role",
    "deploymentConfiguration",
    "placementConstraints",
    "placementStrategy",
    "networkConfiguration",
    "healthCheckGracePeriodSeconds",
    "schedulingStrategy",
    "deploymentController",
    "enableECSManagedTags",
    "propagateTags",
    "enableExecuteCommand",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
    "gatewayConnectors",
    "monitoring",
    "cluster",
    "clientToken",
];

pub(super) fn create(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let cluster = cluster_of(world, input)?;
    let name = input
        .get("serviceName")
        .as_str()
        .ok_or_else(|| invalid("Service name is required."))?
        .to_owned();
    if name.is_empty()
        || name.len() > 255
        || !name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    {
        return Err(invalid("Invalid service name."));
    }
    let token = input.get("clientToken").as_str();
    if token.is_some_and(|t| t.len() > 36 || !t.bytes().all(|b| (33..=126).contains(&b))) {
        return Err(invalid(
            "clientToken must have at most 36 ASCII characters.",
        ));
    }
    if let Some(there) = world.ecs.service(&cluster, &name) {
        match there.status {
            ServiceStatus::Active if token.is_some() && there.created_from == *input => {
                return Ok(Value::map([(
                    "service",
                    super::describe::document(world, there, true),
                )]));
            }
            ServiceStatus::Active => {
                return Err(invalid("Creation of service was not idempotent."));
            }
            ServiceStatus::Draining => {
                return Err(invalid("Unable to Start a service that is still Draining."));
            }
            ServiceStatus::Inactive => {}
        }
    }
    let scheduling = input
        .get("schedulingStrategy")
        .as_str()
        .unwrap_or("REPLICA");
    let desired = input.get("desiredCount").as_i64();
    if scheduling == "REPLICA" && desired.is_none_or(|d| d < 0) {
        return Err(invalid("Invalid desiredCount value."));
    }
    let tags = tags_of(input)?;
    let mut spec = Value::map(KEPT.iter().map(|key| (*key, input.get(key).clone())));
    // The pinned revision is what a service runs, also where only a family was named.
    let definition = input
        .get("taskDefinition")
        .as_str()
        .and_then(|t| world.ecs.task_definition(t))
        .map(|t| t.arn.clone());
    if let Some(arn) = &definition {
        spec.set("taskDefinition", arn.as_str().into());
    }
    checks::service(world, &spec)?;
    with_defaults(&mut spec);
    let arn = world.arn("ecs", &format!("service/{cluster}/{name}"));
    let service = Service {
        arn: arn.clone(),
        name,
        cluster,
        status: ServiceStatus::Active,
        created_from: input.clone(),
        spec,
        desired: desired.unwrap_or(0),
        deployments: Vec::new(),
        events: VecDeque::new(),
        tags,
        created_at: world.now(),
        created_by: world.arn("iam", "root"),
        tasks: Vec::new(),
        history: Vec::new(),
        steady: false,
    };
    world.ecs.services.insert(arn.clone(), service);
    scheduler::deploy(world, &arn, definition.as_deref().unwrap_or_default());
    let made = world
        .ecs
        .services
        .get(&arn)
        .map(|s| super::describe::document(world, s, true));
    Ok(Value::map([("service", made.into())]))
}

/// The defaults of a new service; they are read back like given values.
fn with_defaults(spec: &mut Value) {
    let plain: [(&str, Value); 10] = [
        ("availabilityZoneRebalancing", "ENABLED".into()),
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
    if spec.get("launchType").is_null() && spec.get("capacityProviderStrategy").items().is_empty() {
        spec.set("launchType", "EC2".into());
    }
    let fargate = spec.get("launchType").as_str() == Some("FARGATE")
        || !spec.get("capacityProviderStrategy").is_null();
    if fargate && spec.get("platformVersion").is_null() {
        spec.set("platformVersion", "LATEST".into());
    }
    if spec.get("healthCheckGracePeriodSeconds").is_null()
        && !spec.get("loadBalancers").items().is_empty()
    {
        spec.set("healthCheckGracePeriodSeconds", 0_i64.into());
    }
    let configuration = deployment_configuration(spec.get("deploymentConfiguration"));
    spec.set("deploymentConfiguration", configuration);
    let network = network_configuration(spec.get("networkConfiguration"));
    if !network.is_null() {
        spec.set("networkConfiguration", network);
    }
}

/// A deployment configuration with what AWS fills in.
pub(super) fn deployment_configuration(given: &Value) -> Value {
    let mut configuration = given.clone();
    let defaults: [(&str, Value); 5] = [
        (
            "deploymentCircuitBreaker",
            Value::map([("enable", false.into()), ("rollback", Value::from(false))]),
        ),
        ("maximumPercent", 200_i64.into()),
        ("minimumHealthyPercent", 100_i64.into()),
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
        return Value::Null;
    }
    if inner.get("assignPublicIp").is_null() {
        inner.set("assignPublicIp", "DISABLED".into());
    }
    if inner.get("securityGroups").is_null() {
        inner.set("securityGroups", Value::List(Vec::new()));
    }
    Value::map([("awsvpcConfiguration", inner)])
}
