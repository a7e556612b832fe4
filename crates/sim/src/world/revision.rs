//! What a deployment carries, and the service revision that is kept of it.
//!
//! What belongs here: the documents. What must not: how a deployment proceeds.

use super::World;
use super::ecs::Service;
use crate::Value;

/// The parameters that belong to a deployment rather than to the service.
pub(crate) const CARRIED: [&str; 9] = [
    "networkConfiguration",
    "loadBalancers",
    "serviceRegistries",
    "launchType",
    "capacityProviderStrategy",
    "platformVersion",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
];

/// What a revision shows beside what a deployment carries.
const OF_A_REVISION: [&str; 2] = ["gatewayConnectors", "monitoring"];

/// The parameters that are the service's alone.
const OF_THE_SERVICE: [&str; 14] = [
    "taskDefinition",
    "availabilityZoneRebalancing",
    "role",
    "deploymentConfiguration",
    "placementConstraints",
    "placementStrategy",
    "healthCheckGracePeriodSeconds",
    "schedulingStrategy",
    "deploymentController",
    "enableECSManagedTags",
    "propagateTags",
    "enableExecuteCommand",
    "resourceManagementType",
    "platformFamily",
];

/// Whether the region does not know a parameter: it is then shown wherever AWS might show it.
fn is_unknown(key: &str) -> bool {
    !CARRIED.contains(&key) && !OF_A_REVISION.contains(&key) && !OF_THE_SERVICE.contains(&key)
}

/// The deployment's part of a specification.
pub(crate) fn carried(spec: &Value) -> Value {
    Value::map(CARRIED.iter().map(|key| (*key, spec.get(key).clone())))
}

/// A service revision as DescribeServiceRevisions shows it.
pub(crate) fn document(
    world: &World,
    service: &Service,
    arn: &str,
    task_definition: &str,
) -> Value {
    let mut document = carried(&service.spec);
    document.set("serviceRevisionArn", arn.into());
    document.set("serviceArn", service.arn.as_str().into());
    document.set(
        "clusterArn",
        world
            .arn("ecs", &format!("cluster/{}", service.cluster))
            .into(),
    );
    document.set("taskDefinition", task_definition.into());
    document.set("createdAt", world.now().into());
    document.set("platformFamily", "Linux".into());
    for (key, value) in service.spec.fields() {
        if !value.is_null() && (OF_A_REVISION.contains(&key.as_str()) || is_unknown(key)) {
            document.set(key, value.clone());
        }
    }
    let images = world.ecs.task_definition(task_definition).map(|t| {
        Value::list(t.given.get("containerDefinitions").items().iter().map(|c| {
            Value::map([
                ("containerName", c.get("name").clone()),
                ("image", c.get("image").clone()),
            ])
        }))
    });
    document.set("containerImages", images.into());
    document
}
