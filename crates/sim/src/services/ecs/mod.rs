//! Amazon ECS: a file a kind of resource.
//!
//! What belongs here: dispatch, and what several of the files need. What must not: scheduling (that is the world's).

mod capacity;
mod clusters;
mod create;
mod deployments;
mod describe;
mod instances;
mod protection;
mod run;
mod tags;
mod task;
mod task_definitions;
mod tasks;
#[cfg(test)]
mod tests;
mod update;

use super::AwsError;
use crate::{Value, world::World};

pub(crate) use create::launched;
pub(crate) use tags::{tags_at, tags_for};
pub(crate) use update::merged;

/// Runs one operation.
///
/// # Errors
/// What AWS refuses, with ECS's error codes.
pub fn call(world: &mut World, op: &str, input: &Value) -> Result<Value, AwsError> {
    match op {
        "CreateCluster" => clusters::create(world, input),
        "DescribeClusters" => clusters::describe(world, input),
        "ListClusters" => clusters::list(world, input),
        "DeleteCluster" => clusters::delete(world, input),
        "UpdateCluster" | "UpdateClusterSettings" => clusters::update(world, input),
        "PutClusterCapacityProviders" => clusters::put_providers(world, input),
        "CreateCapacityProvider" => capacity::create(world, input),
        "UpdateCapacityProvider" => capacity::update(world, input),
        "DescribeCapacityProviders" => capacity::describe(world, input),
        "DeleteCapacityProvider" => capacity::delete(world, input),
        "ListAccountSettings" => capacity::settings(world, input),
        "PutAccountSetting" | "PutAccountSettingDefault" => capacity::set(world, input),
        "DeleteAccountSetting" => capacity::unset(world, input),
        "RegisterContainerInstance" => instances::register(world, input),
        "DeregisterContainerInstance" => instances::deregister(world, input),
        "UpdateContainerInstancesState" => instances::update_state(world, input),
        "ListContainerInstances" => instances::list(world, input),
        "DescribeContainerInstances" => instances::describe(world, input),
        "RegisterTaskDefinition" => task_definitions::register(world, input),
        "DescribeTaskDefinition" => task_definitions::describe(world, input),
        "DeregisterTaskDefinition" => task_definitions::deregister(world, input),
        "DeleteTaskDefinitions" => task_definitions::delete(world, input),
        "ListTaskDefinitions" => task_definitions::list(world, input),
        "ListTaskDefinitionFamilies" => task_definitions::families(world, input),
        "CreateService" => create::create(world, input),
        "UpdateService" => update::update(world, input),
        "DeleteService" => update::delete(world, input),
        "DescribeServices" => describe::describe(world, input),
        "ListServices" => describe::list(world, input),
        "DescribeServiceRevisions" => deployments::revisions(world, input),
        "DescribeServiceDeployments" => deployments::describe(world, input),
        "StopServiceDeployment" => deployments::stop(world, input),
        "ListServiceDeployments" => deployments::list(world, input),
        "ListTasks" => tasks::list(world, input),
        "DescribeTasks" => tasks::describe(world, input),
        "StopTask" => tasks::stop(world, input),
        "UpdateTaskProtection" => protection::update(world, input),
        "GetTaskProtection" => protection::get(world, input),
        "RunTask" => run::run(world, input),
        "TagResource" => tags::add(world, input),
        "UntagResource" => tags::remove(world, input),
        "ListTagsForResource" => tags::list(world, input),
        _ => Err(AwsError::unknown_operation(op)),
    }
}

fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::new("InvalidParameterException", message)
}

fn client(message: impl Into<String>) -> AwsError {
    AwsError::new("ClientException", message)
}

/// The name of the cluster that an input means.
fn cluster_of(world: &World, input: &Value) -> Result<String, AwsError> {
    world
        .ecs
        .cluster(input.get("cluster").as_str())
        .map(|c| c.name.clone())
        .ok_or_else(|| AwsError::new("ClusterNotFoundException", "Cluster not found."))
}

/// The ARN of a service that is not gone.
fn service_of(world: &World, cluster: &str, reference: &str) -> Result<String, AwsError> {
    world
        .ecs
        .service(cluster, reference)
        .map(|s| s.arn.clone())
        .ok_or_else(|| AwsError::new("ServiceNotFoundException", "Service not found."))
}

/// One page of a list: the items from the token on, and the next token.
fn page(items: Vec<String>, input: &Value, most: usize) -> Result<(Value, Value), AwsError> {
    let from = match input.get("nextToken").as_str() {
        None | Some("") => 0,
        Some(token) => token
            .strip_prefix("page-")
            .and_then(|n| n.parse().ok())
            .ok_or_else(|| invalid("Invalid token."))?,
    };
    let size = input
        .get("maxResults")
        .as_i64()
        .map_or(most, |n| (n.max(1) as usize).min(most));
    let more = items.len() > from + size;
    let page = Value::list(items.into_iter().skip(from).take(size));
    Ok((page, more.then(|| format!("page-{}", from + size)).into()))
}

/// The input's `tags`.
fn tags_of(input: &Value) -> Vec<(String, String)> {
    let mut tags = Vec::new();
    for tag in input.get("tags").items() {
        let text = |key: &str| tag.get(key).as_str().unwrap_or_default();
        put_tag(&mut tags, text("key"), text("value"));
    }
    tags
}

fn put_tag(tags: &mut Vec<(String, String)>, key: &str, value: &str) {
    match tags.iter_mut().find(|(k, _)| k == key) {
        Some((_, old)) => value.clone_into(old),
        None => tags.push((key.to_owned(), value.to_owned())),
    }
}

fn tag_list(tags: &[(String, String)]) -> Value {
    Value::list(tags.iter().map(|(k, v)| {
        Value::map([
            ("key", Value::from(k.as_str())),
            ("value", Value::from(v.as_str())),
        ])
    }))
}

/// Whether an input asks to include something.
fn includes(input: &Value, what: &str) -> bool {
    input
        .get("include")
        .items()
        .iter()
        .any(|i| i.as_str() == Some(what))
}

fn failure(arn: String) -> Value {
    Value::map([("arn", Value::from(arn)), ("reason", "MISSING".into())])
}
