//! UpdateService and DeleteService.

use super::create::{deployment_configuration, network_configuration};
use super::{AwsError, checks, cluster_of, invalid, service_of};
use crate::Value;
use crate::world::World;
use crate::world::ecs::ServiceStatus;
use crate::world::scheduler;

/// Parameters whose change brings a new deployment.
const DEPLOYING: [&str; 9] = [
    "taskDefinition",
    "capacityProviderStrategy",
    "networkConfiguration",
    "platformVersion",
    "loadBalancers",
    "serviceRegistries",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
];

/// Parameters that change without one.
const QUIET: [&str; 11] = [
    "deploymentConfiguration",
    "availabilityZoneRebalancing",
    "placementConstraints",
    "placementStrategy",
    "healthCheckGracePeriodSeconds",
    "deploymentController",
    "enableExecuteCommand",
    "enableECSManagedTags",
    "propagateTags",
    "gatewayConnectors",
    "monitoring",
];

pub(super) fn update(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let cluster = cluster_of(world, input)?;
    let reference = input
        .get("service")
        .as_str()
        .ok_or_else(|| invalid("Service is required."))?;
    let arn = service_of(world, &cluster, reference)?;
    let Some(service) = world.ecs.services.get(&arn) else {
        return Err(gone());
    };
    if service.status != ServiceStatus::Active {
        return Err(AwsError::new(
            "ServiceNotActiveException",
            "Service was not ACTIVE.",
        ));
    }
    let desired = input.get("desiredCount").as_i64();
    if desired.is_some_and(|d| d < 0) {
        return Err(invalid("Invalid desiredCount value."));
    }
    let before = service.spec.clone();
    let spec = merged(world, &before, input);
    // Only what this call brings is checked again: a scale-out must not fail for what was accepted before.
    let given = |keys: &[&str]| keys.iter().any(|k| !input.get(k).is_null());
    if given(&DEPLOYING) || given(&["enableExecuteCommand"]) {
        checks::service(world, &spec)?;
    }
    let changed = DEPLOYING.iter().any(|k| spec.get(k) != before.get(k));
    let forced = input.get("forceNewDeployment").as_bool() == Some(true);
    let definition = spec
        .get("taskDefinition")
        .as_str()
        .unwrap_or_default()
        .to_owned();
    if let Some(service) = world.ecs.services.get_mut(&arn) {
        service.spec = spec;
    }
    if let Some(desired) = desired {
        scheduler::want(world, &arn, desired);
    }
    if changed || forced {
        scheduler::deploy(world, &arn, &definition);
    }
    let service = world.ecs.services.get(&arn).ok_or_else(gone)?;
    Ok(Value::map([(
        "service",
        super::describe::document(world, service, true),
    )]))
}

pub(super) fn delete(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let cluster = cluster_of(world, input)?;
    let reference = input
        .get("service")
        .as_str()
        .ok_or_else(|| invalid("Service is required."))?;
    let arn = service_of(world, &cluster, reference)?;
    let force = input.get("force").as_bool() == Some(true);
    let service = world.ecs.services.get_mut(&arn).ok_or_else(gone)?;
    match service.status {
        ServiceStatus::Inactive => return Err(gone()),
        ServiceStatus::Active if service.desired > 0 && !force => {
            return Err(invalid(
                "The service cannot be stopped while it is scaled above 0.",
            ));
        }
        ServiceStatus::Active => {
            service.status = ServiceStatus::Draining;
            service.desired = 0;
        }
        ServiceStatus::Draining => {}
    }
    scheduler::reconcile(world, &arn);
    let service = world.ecs.services.get(&arn).ok_or_else(gone)?;
    Ok(Value::map([(
        "service",
        super::describe::document(world, service, true),
    )]))
}

fn merged(world: &World, before: &Value, input: &Value) -> Value {
    let mut spec = before.clone();
    for key in DEPLOYING.iter().chain(&QUIET) {
        let given = input.get(key);
        if given.is_null() {
            continue;
        }
        let value = match *key {
            "taskDefinition" => {
                let found = given.as_str().and_then(|t| world.ecs.task_definition(t));
                found.map_or_else(|| given.clone(), |t| t.arn.as_str().into())
            }
            "networkConfiguration" => network_configuration(given),
            "deploymentConfiguration" => {
                let mut configuration = before.get("deploymentConfiguration").clone();
                for (name, value) in given.fields() {
                    configuration.set(name, value.clone());
                }
                deployment_configuration(&configuration)
            }
            _ => given.clone(),
        };
        spec.set(key, value);
    }
    if !input.get("capacityProviderStrategy").items().is_empty() {
        spec.set("launchType", Value::Null);
    }
    spec
}

fn gone() -> AwsError {
    AwsError::new("ServiceNotFoundException", "Service not found.")
}
