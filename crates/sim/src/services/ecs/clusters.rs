//! Clusters and account settings.

use super::{AwsError, includes, page, tag_list, tags_of};
use crate::Value;
use crate::world::World;
use crate::world::ecs::{Cluster, ServiceStatus, last_part};
use crate::world::tasks::TaskState;

pub(super) fn create(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let name = input
        .get("clusterName")
        .as_str()
        .unwrap_or("default")
        .to_owned();
    let tags = tags_of(input)?;
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
    Ok(Value::map([("cluster", document(world, &cluster, true))]))
}

pub(super) fn describe(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let mut asked = input.get("clusters").strings();
    if asked.is_empty() {
        asked.push("default".to_owned());
    }
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for reference in asked {
        match world.ecs.cluster(Some(&reference)) {
            Some(cluster) => found.push(document(world, cluster, includes(input, "TAGS"))),
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
    let cluster = world.ecs.clusters.remove(&name);
    let mut document = cluster
        .map(|c| document(world, &c, true))
        .unwrap_or_default();
    document.set("status", "INACTIVE".into());
    Ok(Value::map([("cluster", document)]))
}

pub(super) fn account_settings(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let principal = world.arn("iam", "root");
    let all = [
        ("awsvpcTrunking", "disabled"),
        ("containerInsights", "disabled"),
        ("containerInstanceLongArnFormat", "enabled"),
        ("dualStackIPv6", "disabled"),
        ("fargateFIPSMode", "disabled"),
        ("serviceLongArnFormat", "enabled"),
        ("tagResourceAuthorization", "off"),
        ("taskLongArnFormat", "enabled"),
    ];
    let asked = input.get("name").as_str();
    let settings = all
        .into_iter()
        .filter(|(name, _)| asked.is_none_or(|a| a == *name))
        .map(|(name, value)| {
            Value::map([
                ("name", Value::from(name)),
                ("value", value.into()),
                ("principalArn", principal.as_str().into()),
                ("type", "user".into()),
            ])
        });
    Ok(Value::map([("settings", Value::list(settings))]))
}

fn document(world: &World, cluster: &Cluster, with_tags: bool) -> Value {
    let tasks = |wanted: &[TaskState]| {
        let count = world
            .ecs
            .tasks
            .values()
            .filter(|t| t.cluster == cluster.name && wanted.contains(&t.state))
            .count();
        Value::from(count)
    };
    let services = world
        .ecs
        .services
        .values()
        .filter(|s| s.cluster == cluster.name && s.status == ServiceStatus::Active)
        .count();
    Value::map([
        ("clusterArn", Value::from(cluster.arn.as_str())),
        ("clusterName", cluster.name.as_str().into()),
        ("status", "ACTIVE".into()),
        ("registeredContainerInstancesCount", 0_i64.into()),
        ("runningTasksCount", tasks(&[TaskState::Running])),
        (
            "pendingTasksCount",
            tasks(&[TaskState::Provisioning, TaskState::Pending]),
        ),
        ("activeServicesCount", services.into()),
        ("statistics", Value::List(Vec::new())),
        (
            "tags",
            if with_tags {
                tag_list(&cluster.tags)
            } else {
                Value::List(Vec::new())
            },
        ),
        ("settings", cluster.given.get("settings").clone()),
        ("configuration", cluster.given.get("configuration").clone()),
        (
            "capacityProviders",
            listed(cluster.given.get("capacityProviders")),
        ),
        (
            "defaultCapacityProviderStrategy",
            listed(cluster.given.get("defaultCapacityProviderStrategy")),
        ),
        (
            "serviceConnectDefaults",
            cluster.given.get("serviceConnectDefaults").clone(),
        ),
    ])
}

fn listed(value: &Value) -> Value {
    if value.is_null() {
        Value::List(Vec::new())
    } else {
        value.clone()
    }
}
