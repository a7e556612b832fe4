//! UpdateService and DeleteService.

use super::create::{deployment_configuration, network_configuration};
use super::{AwsError, cluster_of, invalid, service_of};
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

/// What a call gives that is no parameter of the service.
const NO_PARAMETERS: [&str; 4] = ["cluster", "service", "desiredCount", "forceNewDeployment"];

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
    let before = service.spec.clone();
    let spec = merged(world, &before, input);
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

/// A specification with what a call of UpdateService gives, parameters included that the region does not know.
pub(crate) fn merged(world: &World, before: &Value, input: &Value) -> Value {
    let mut spec = before.clone();
    let daemon = before.get("schedulingStrategy").as_str() == Some("DAEMON");
    let given = input.fields().iter();
    for (key, given) in given.filter(|(key, _)| !NO_PARAMETERS.contains(&key.as_str())) {
        let value = match key.as_str() {
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
                deployment_configuration(&configuration, daemon)
            }
            _ => given.clone(),
        };
        spec.set(key, value);
    }
    match input.get("capacityProviderStrategy") {
        Value::List(items) if items.is_empty() => {
            spec.set("capacityProviderStrategy", Value::Null);
        }
        Value::List(_) => spec.set("launchType", Value::Null),
        _ => {}
    }
    spec
}

fn gone() -> AwsError {
    AwsError::new("ServiceNotFoundException", "Service not found.")
}
