//! What is asked of ECS to move a service in place, from the service as it is on the wire.
//!
//! What belongs here: the documents of RunTask and UpdateService. What must not: when they are sent.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::service::{is_fargate, is_nothing, network, raised};

/// Members of UpdateService that a revision of the service tells, and that a move in place changes.
const OF_A_REVISION: &[&str] = &["platformVersion"];
/// Members that RunTask takes as CreateService does.
const ALIKE: &[&str] = &[
    "capacityProviderStrategy",
    "placementConstraints",
    "placementStrategy",
];

/// The network of a plan.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// IPv6-only subnets.
    pub subnets: &'a [String],
    /// Security groups.
    pub security_groups: &'a [String],
}

/// Whose a task beside a service is, and how often it may be asked for.
#[derive(Clone, Copy, Debug)]
pub struct Beside<'a> {
    /// `startedBy`.
    pub started_by: &'a str,
    /// `clientToken`.
    pub token: &'a str,
    /// Tags.
    pub tags: &'a BTreeMap<String, String>,
}

/// `RunTask`: one task as the service would run it, of another task definition and in another network.
#[must_use]
pub fn task_beside(
    live: &Value,
    revision: &Value,
    task_definition: &str,
    place: Place<'_>,
    beside: Beside<'_>,
) -> Value {
    let tags = beside.tags.iter();
    let mut document = Map::new();
    let mut put = |name: &str, value: Value| {
        if !is_nothing(&value) {
            document.insert(name.to_owned(), value);
        }
    };
    put("cluster", live["clusterArn"].clone());
    put("taskDefinition", json!(task_definition));
    put("count", json!(1));
    put("startedBy", json!(beside.started_by));
    put("clientToken", json!(beside.token));
    put("networkConfiguration", placed(live, place));
    for name in ALIKE {
        put(name, live[*name].clone());
    }
    if is_nothing(&live["capacityProviderStrategy"]) {
        put("launchType", live["launchType"].clone());
    }
    put("platformVersion", platform(live));
    put(
        "volumeConfigurations",
        revision["volumeConfigurations"].clone(),
    );
    let tags: Vec<Value> = tags.map(|(k, v)| json!({ "key": k, "value": v })).collect();
    put("tags", Value::Array(tags));
    Value::Object(document)
}

/// `UpdateService`: task definition, network, target groups, platform version and ECS Exec together, so that one deployment follows.
/// `groups` names for each target group the one in its place.
#[must_use]
pub fn moved(
    live: &Value,
    service: &str,
    task_definition: &str,
    place: Place<'_>,
    groups: &BTreeMap<String, String>,
) -> Value {
    let mut document = json!({
        "cluster": live["clusterArn"],
        "service": service,
        "taskDefinition": task_definition,
        "networkConfiguration": placed(live, place),
    });
    let platform = platform(live);
    if !platform.is_null() {
        document["platformVersion"] = platform;
    }
    if live["enableExecuteCommand"] == true {
        document["enableExecuteCommand"] = json!(false);
    }
    if !groups.is_empty() {
        let mut entries = live["loadBalancers"].clone();
        for entry in entries.as_array_mut().into_iter().flatten() {
            let other = entry["targetGroupArn"]
                .as_str()
                .and_then(|arn| groups.get(arn));
            if let Some(other) = other {
                entry["targetGroupArn"] = json!(other);
            }
        }
        document["loadBalancers"] = entries;
    }
    document
}

/// `UpdateService`: as a revision of the service was. `keeps` is a task definition that is newer than that.
#[must_use]
pub fn restored(
    live: &Value,
    service: &str,
    revision: &Value,
    exec: bool,
    keeps: Option<&str>,
) -> Value {
    let mut document = json!({
        "cluster": live["clusterArn"],
        "service": service,
        "taskDefinition": keeps.map_or_else(|| revision["taskDefinition"].clone(), |kept| json!(kept)),
        "networkConfiguration": revision["networkConfiguration"],
    });
    if !is_nothing(&revision["loadBalancers"]) {
        document["loadBalancers"] = revision["loadBalancers"].clone();
    }
    for name in OF_A_REVISION {
        if !is_nothing(&revision[*name]) && is_fargate(live) {
            document[*name] = revision[*name].clone();
        }
    }
    if exec {
        document["enableExecuteCommand"] = json!(true);
    }
    document
}

fn placed(live: &Value, place: Place<'_>) -> Value {
    network(
        &live["networkConfiguration"],
        place.subnets,
        place.security_groups,
    )
}

/// IPv6-only tasks need 1.4.0 (ECS developer guide: "Amazon ECS task networking options for Fargate").
fn platform(live: &Value) -> Value {
    match live["platformVersion"].as_str() {
        Some(version) if is_fargate(live) => json!(raised(version)),
        _ => Value::Null,
    }
}
