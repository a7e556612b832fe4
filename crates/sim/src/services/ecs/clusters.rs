//! Clusters.

use super::{AwsError, includes, page, tag_list, tags_of};
use crate::Value;
use crate::world::World;
use crate::world::ecs::{Cluster, ServiceStatus, last_part};
use crate::world::tasks::{Task, TaskState};

pub(super) fn create(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let name = input
        .get("clusterName")
        .as_str()
        .unwrap_or("default")
        .to_owned();
    let tags = tags_of(input);
    let arn = world.arn("ecs", &format!("cluster/{name}"));
    // AWS answers a second creation with the cluster that is there.
    let cluster = world
        .ecs
        .clusters
        .entry(name.clone())
        .or_insert_with(|| Cluster {
            name,
            arn,
            tags,
            given: input.clone(),
        });
    let cluster = cluster.clone();
    Ok(Value::map([(
        "cluster",
        document(world, &cluster, &|_| true),
    )]))
}

pub(super) fn describe(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let mut asked = input.get("clusters").strings();
    if asked.is_empty() {
        asked.push("default".to_owned());
    }
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for reference in asked {
        match world.ecs.cluster(Some(&reference)) {
            Some(cluster) => found.push(document(world, cluster, &|what| includes(input, what))),
            None => failures.push(super::failure(
                world.arn("ecs", &format!("cluster/{}", last_part(&reference))),
            )),
        }
    }
    Ok(Value::map([
        ("clusters", Value::List(found)),
        ("failures", Value::List(failures)),
    ]))
}

pub(super) fn list(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let arns = world.ecs.clusters.values().map(|c| c.arn.clone()).collect();
    let (arns, next) = page(arns, input, 100)?;
    Ok(Value::map([("clusterArns", arns), ("nextToken", next)]))
}

pub(super) fn delete(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let name = super::cluster_of(world, input)?;
    if world
        .ecs
        .services
        .values()
        .any(|s| s.cluster == name && s.status != ServiceStatus::Inactive)
    {
        return Err(AwsError::new(
            "ClusterContainsServicesException",
            "The Cluster cannot be deleted while Services are active.",
        ));
    }
    let runs = |t: &Task| t.cluster == name && t.state != TaskState::Stopped;
    if world.ecs.tasks.values().any(runs) {
        return Err(AwsError::new(
            "ClusterContainsTasksException",
            "The Cluster cannot be deleted while Tasks are active.",
        ));
    }
    let cluster = world.ecs.clusters.remove(&name);
    let mut document = cluster
        .map(|c| document(world, &c, &|_| true))
        .unwrap_or_default();
    document.set("status", "INACTIVE".into());
    Ok(Value::map([("cluster", document)]))
}

pub(super) fn update(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let name = super::cluster_of(world, input)?;
    let keys = ["settings", "configuration", "serviceConnectDefaults"];
    change(world, &name, input, &keys)
}

pub(super) fn put_providers(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let name = super::cluster_of(world, input)?;
    let keys = ["capacityProviders", "defaultCapacityProviderStrategy"];
    change(world, &name, input, &keys)
}

/// Puts what is given under these keys in place.
fn change(world: &mut World, name: &str, input: &Value, keys: &[&str]) -> Result<Value, AwsError> {
    if let Some(cluster) = world.ecs.clusters.get_mut(name) {
        for key in keys.iter().filter(|k| !input.get(k).is_null()) {
            cluster.given.set(key, input.get(key).clone());
        }
    }
    let cluster = world.ecs.clusters.get(name);
    let document = cluster.map(|c| document(world, c, &|_| true));
    Ok(Value::map([("cluster", document.into())]))
}

/// A cluster as AWS describes it, with what is asked to be included.
fn document(world: &World, cluster: &Cluster, included: &dyn Fn(&str) -> bool) -> Value {
    let tasks = |wanted: &[TaskState]| {
        let of_cluster = world
            .ecs
            .tasks
            .values()
            .filter(|t| t.cluster == cluster.name);
        Value::from(of_cluster.filter(|t| wanted.contains(&t.state)).count())
    };
    let services = world.ecs.services.values();
    let services = services.filter(|s| s.cluster == cluster.name && s.is_active());
    let given = |key: &str| cluster.given.get(key).clone();
    let mut document = Value::map([
        ("clusterArn", Value::from(cluster.arn.as_str())),
        ("clusterName", cluster.name.as_str().into()),
        ("status", "ACTIVE".into()),
        ("registeredContainerInstancesCount", 0_i64.into()),
        ("runningTasksCount", tasks(&[TaskState::Running])),
        (
            "pendingTasksCount",
            tasks(&[TaskState::Provisioning, TaskState::Pending]),
        ),
        ("activeServicesCount", services.count().into()),
        ("statistics", Value::List(Vec::new())),
        ("tags", Value::List(Vec::new())),
        ("settings", Value::List(Vec::new())),
        ("capacityProviders", listed(&given("capacityProviders"))),
        (
            "defaultCapacityProviderStrategy",
            listed(&given("defaultCapacityProviderStrategy")),
        ),
        ("serviceConnectDefaults", given("serviceConnectDefaults")),
    ]);
    if included("TAGS") {
        document.set("tags", tag_list(&cluster.tags));
    }
    if included("SETTINGS") {
        document.set("settings", settings(world, cluster));
    }
    if included("CONFIGURATIONS") && !given("configuration").is_null() {
        document.set("configuration", given("configuration"));
    }
    document
}

/// What was set at the cluster, or the account's choice.
fn settings(world: &World, cluster: &Cluster) -> Value {
    let given = cluster.given.get("settings");
    if !given.items().is_empty() {
        return given.clone();
    }
    let name = "containerInsights";
    let of_account = world.ecs.settings.get(name);
    let value = of_account.map_or("disabled", String::as_str);
    Value::list([Value::map([
        ("name", Value::from(name)),
        ("value", value.into()),
    ])])
}

fn listed(value: &Value) -> Value {
    if value.is_null() {
        Value::List(Vec::new())
    } else {
        value.clone()
    }
}
