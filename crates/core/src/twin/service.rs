//! The twin of a service: CreateService's document, member by member.
//!
//! What belongs here: the table of what becomes of each parameter, the members of a description that are known, and the
//! document made by both. A member that no table knows is refused before anything is made ([`crate::readiness`]).

use serde_json::{Map, Value, json};

use super::tag_list;
use crate::action::NewTwin;

/// What becomes of a parameter of `CreateService` in the twin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carry {
    /// The live service's value.
    Carried,
    /// Made from the live service's value and the plan.
    Derived,
    /// Ours, whatever the live service has.
    Overridden,
    /// Left out.
    Dropped,
}

use Carry::{Carried, Derived, Dropped, Overridden};

/// Every parameter of `CreateService` (botocore: ecs `CreateServiceRequest`), what becomes of it, and why.
#[rustfmt::skip]
pub const CREATE_SERVICE: &[(&str, Carry, &str)] = &[
    ("cluster", Overridden, "the plan's: the twin lives beside it"),
    ("serviceName", Overridden, "<name>-ipv6, unique in the cluster"),
    ("taskDefinition", Overridden, "the derived revision"),
    ("availabilityZoneRebalancing", Derived, "written out: where it is left out CreateService turns it on, and refuses it beside other settings"),
    ("loadBalancers", Derived, "the IPv6 partner of each target group; Classic Load Balancers and advancedConfiguration are dropped"),
    ("serviceRegistries", Derived, "the registry that the plan names for the twin: one with A records cannot hold IPv6 tasks"),
    ("desiredCount", Overridden, "one canary first"),
    ("clientToken", Dropped, "a token may outlive the service that it made; a name that is taken is refused anyway"),
    ("launchType", Derived, "exclusive with the capacity provider strategy"),
    ("capacityProviderStrategy", Carried, "exclusive with the launch type"),
    ("platformVersion", Derived, "of Fargate only; below 1.4.0 is raised: IPv6-only needs it"),
    ("role", Dropped, "only for services without awsvpc"),
    ("deploymentConfiguration", Derived, "rolling; circuit breaker, alarms, hooks and bake time are off until the twin is proven"),
    ("placementConstraints", Carried, "same instances"),
    ("placementStrategy", Carried, "same spread"),
    ("networkConfiguration", Derived, "the plan's IPv6-only subnets; no public IPv4 address"),
    ("healthCheckGracePeriodSeconds", Carried, "same start-up"),
    ("schedulingStrategy", Carried, "REPLICA; readiness refuses DAEMON"),
    ("deploymentController", Carried, "ECS; readiness refuses the others"),
    ("tags", Derived, "its tags without aws:* and sixshift:*, and ours"),
    ("enableECSManagedTags", Carried, ""),
    ("propagateTags", Carried, ""),
    ("enableExecuteCommand", Overridden, "false: not supported on IPv6-only"),
    ("serviceConnectConfiguration", Derived, "as a client; readiness refuses services that offer names"),
    ("volumeConfigurations", Derived, "a new volume per task"),
    ("vpcLatticeConfigurations", Derived, "the IPv6 partner of each target group; advancedConfiguration is dropped"),
    ("gatewayConnectors", Dropped, "readiness refuses services that have any"),
    ("monitoring", Derived, "scaling may depend on it"),
];

/// Members of a described service that AWS sets, or that say again what another says (botocore: ecs `Service`).
const SET_BY_AWS: &[&str] = &[
    "serviceArn",
    "clusterArn",
    "status",
    "runningCount",
    "pendingCount",
    "platformFamily",
    "taskSets",
    "deployments",
    "roleArn",
    "events",
    "createdAt",
    "createdBy",
    "currentServiceDeployment",
    "currentServiceRevisions",
    "resourceManagementType",
];

/// Members of a described revision that say again what the service says, or what AWS resolved (botocore: ecs
/// `ServiceRevision`).
const OF_REVISION: &[&str] = &[
    "serviceRevisionArn",
    "serviceArn",
    "clusterArn",
    "platformFamily",
    "containerImages",
    "guardDutyEnabled",
    "fargateEphemeralStorage",
    "createdAt",
    "resolvedConfiguration",
    "ecsManagedResources",
    "overrides",
];

/// Parts of a deployment configuration that belong to a strategy which readiness refuses (botocore: ecs
/// `DeploymentConfiguration`).
const OF_TWO_GROUPS: &[&str] = &["linearConfiguration", "canaryConfiguration"];

/// Parts that hold a deployment up, or run somebody's code in it.
const HOLDING_UP: &[&str] = &["bakeTimeInMinutes", "lifecycleHooks"];

fn is_parameter(name: &str) -> bool {
    CREATE_SERVICE.iter().any(|(known, ..)| *known == name)
}

fn unknown(document: &Value, others: &[&str]) -> Vec<String> {
    let members = document.as_object().into_iter().flat_map(Map::keys);
    let unknown = members.filter(|name| !is_parameter(name) && !others.contains(&name.as_str()));
    unknown.cloned().collect()
}

/// Members of a described service that no table knows.
#[must_use]
pub fn unknown_in_service(described: &Value) -> Vec<String> {
    unknown(described, SET_BY_AWS)
}

/// Members of a described revision that no table knows.
#[must_use]
pub fn unknown_in_revision(described: &Value) -> Vec<String> {
    unknown(described, OF_REVISION)
}

/// CreateService's document for the twin, from the service and its revision (or, where it is older than those, its primary
/// deployment) as AWS describes them.
#[must_use]
pub fn twin_service(live: &Value, revision: &Value, new: &NewTwin) -> Value {
    let mut document = Map::new();
    for (name, carry, _) in CREATE_SERVICE {
        let value = match carry {
            Carried => live[name].clone(),
            Derived | Overridden => made(name, live, revision, new),
            Dropped => Value::Null,
        };
        if !is_nothing(&value) {
            document.insert((*name).to_owned(), value);
        }
    }
    Value::Object(document)
}

pub(super) fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

fn made(name: &str, live: &Value, revision: &Value, new: &NewTwin) -> Value {
    match name {
        "cluster" => json!(new.cluster),
        "serviceName" => json!(new.name),
        "taskDefinition" => json!(new.task_definition),
        "availabilityZoneRebalancing" => match &live[name] {
            Value::Null => json!("DISABLED"),
            given => given.clone(),
        },
        "loadBalancers" => partners(&live[name], new),
        "serviceRegistries" => registry(&live[name], new),
        "vpcLatticeConfigurations" => partners(&revision[name], new),
        "desiredCount" => json!(new.desired),
        "launchType" if is_nothing(&live["capacityProviderStrategy"]) => live[name].clone(),
        "platformVersion" if is_fargate(live) => match live[name].as_str() {
            Some(version) => json!(raised(version)),
            None => Value::Null,
        },
        "deploymentConfiguration" => deployment(&live[name], false),
        "networkConfiguration" => network(&live[name], &new.subnets, &new.security_groups),
        "tags" => tag_list(&live[name], &new.tags),
        "enableExecuteCommand" => json!(false),
        "serviceConnectConfiguration" => as_client(revision[name].clone()),
        "volumeConfigurations" | "monitoring" => revision[name].clone(),
        _ => Value::Null,
    }
}

/// The IPv6 partner of each target group; what has none is left out.
fn partners(entries: &Value, new: &NewTwin) -> Value {
    let partner = |entry: &Value| {
        let target_group = new.target_groups.get(entry["targetGroupArn"].as_str()?)?;
        let mut entry = entry.clone();
        entry["targetGroupArn"] = json!(target_group);
        entry.as_object_mut()?.remove("advancedConfiguration");
        Some(entry)
    };
    let entries = entries.as_array().into_iter().flatten();
    entries.filter_map(partner).collect()
}

/// The same container and port, in the registry of the twin's own.
fn registry(entries: &Value, new: &NewTwin) -> Value {
    let Some(arn) = &new.registry else {
        return Value::Null;
    };
    let own = |entry: &Value| {
        let mut entry = entry.clone();
        entry["registryArn"] = json!(arn);
        entry
    };
    let entries = entries.as_array().into_iter().flatten();
    entries.take(1).map(own).collect()
}

/// "The platform version must be null when specifying an EC2 launch type" (aws/amazon-ecs-cli#1040).
pub(super) fn is_fargate(live: &Value) -> bool {
    let strategy = live["capacityProviderStrategy"].as_array();
    let providers = strategy.into_iter().flatten();
    let mut of_fargate = providers.filter_map(|p| p["capacityProvider"].as_str());
    live["launchType"] == "FARGATE" || of_fargate.any(|p| p.starts_with("FARGATE"))
}

/// IPv6-only needs Fargate's platform version 1.4.0.
pub(super) fn raised(version: &str) -> &str {
    let parts: Option<Vec<u32>> = version.split('.').map(|p| p.parse().ok()).collect();
    match parts {
        Some(parts) if parts < vec![1, 4, 0] => "1.4.0",
        _ => version,
    }
}

/// How the twin deploys: rolling. A circuit breaker that trips leaves a deployment that starts no task any more, also when
/// its cause is gone (botocore: ecs `Deployment.rolloutState`), so it waits with alarms, hooks and bake time until the twin was
/// healthy once.
#[must_use]
pub fn deployment(original: &Value, proven: bool) -> Value {
    let mut document = original.as_object().cloned().unwrap_or_default();
    document.retain(|name, value| {
        let held_up = HOLDING_UP.contains(&name.as_str()) && (!proven || *value == 0);
        !held_up && !OF_TWO_GROUPS.contains(&name.as_str())
    });
    document.insert("strategy".to_owned(), json!("ROLLING"));
    let off = json!({ "enable": false, "rollback": false });
    if !proven && document.contains_key("deploymentCircuitBreaker") {
        document.insert("deploymentCircuitBreaker".to_owned(), off);
    }
    if !proven && let Some(alarms) = document.get_mut("alarms") {
        alarms["enable"] = json!(false);
        alarms["rollback"] = json!(false);
    }
    Value::Object(document)
}

/// Whether a twin deploys as a proven twin of the original does.
#[must_use]
pub fn is_deployed_alike(original: &Value, twin: &Value) -> bool {
    trimmed(&deployment(original, true)) == trimmed(&deployment(twin, true))
}

/// Without what says nothing: AWS may write out what was not sent.
fn trimmed(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.iter().map(|(k, v)| (k.clone(), trimmed(v)));
            let said =
                members.filter(|(_, v)| !is_nothing(v) && *v != json!(false) && *v != json!({}));
            Value::Object(said.collect())
        }
        Value::Array(items) => items.iter().map(trimmed).collect(),
        other => other.clone(),
    }
}

/// A network configuration in other subnets and security groups, without public addresses.
#[must_use]
pub fn network(original: &Value, subnets: &[String], security_groups: &[String]) -> Value {
    let mut network = match original {
        Value::Object(_) => original.clone(),
        _ => json!({}),
    };
    let vpc = &mut network["awsvpcConfiguration"];
    if !vpc.is_object() {
        *vpc = json!({});
    }
    vpc["subnets"] = json!(subnets);
    if security_groups.is_empty() {
        vpc.as_object_mut().map(|v| v.remove("securityGroups"));
    } else {
        vpc["securityGroups"] = json!(security_groups);
    }
    vpc["assignPublicIp"] = json!("DISABLED");
    network
}

/// Names stay with the live service: two services cannot offer the same one.
fn as_client(mut connect: Value) -> Value {
    if let Some(members) = connect.as_object_mut() {
        members.remove("services");
    }
    connect
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn new() -> NewTwin {
        let map = |k: &str, v: &str| BTreeMap::from([(k.to_owned(), v.to_owned())]);
        NewTwin {
            cluster: "prod".to_owned(),
            from: "shop".to_owned(),
            name: "shop-ipv6".to_owned(),
            task_definition: "shop-ipv6:1".to_owned(),
            subnets: vec!["subnet-6".to_owned()],
            security_groups: vec!["sg-6".to_owned()],
            target_groups: map("v4", "v6"),
            registry: Some("r6".to_owned()),
            desired: 1,
            tags: map("sixshift:plan", "uid"),
        }
    }

    fn live() -> Value {
        json!({
            "serviceName": "shop",
            "availabilityZoneRebalancing": "DISABLED",
            "loadBalancers": [
                { "targetGroupArn": "v4", "containerName": "web", "containerPort": 80, "advancedConfiguration": {}, "newer": 1 },
                { "loadBalancerName": "classic" },
            ],
            "serviceRegistries": [{ "registryArn": "r", "containerName": "web", "containerPort": 80 }],
            "desiredCount": 6,
            "launchType": "FARGATE",
            "platformVersion": "1.3.0",
            "deploymentConfiguration": {
                "deploymentCircuitBreaker": { "enable": true, "rollback": true, "resetOnHealthyTask": true },
                "maximumPercent": 150,
                "minimumHealthyPercent": 75,
                "alarms": { "alarmNames": ["a"], "enable": true, "rollback": true },
                "bakeTimeInMinutes": 5,
                "earlySuccessCriteria": { "enable": true, "healthyPercent": 80 },
                "strategy": "ROLLING",
                "newer": "x",
            },
            "placementConstraints": [{ "type": "distinctInstance" }],
            "placementStrategy": [{ "type": "spread" }],
            "networkConfiguration": { "awsvpcConfiguration": { "subnets": ["s"], "assignPublicIp": "ENABLED", "newer": 2 } },
            "healthCheckGracePeriodSeconds": 30,
            "schedulingStrategy": "REPLICA",
            "deploymentController": { "type": "ECS" },
            "tags": [
                { "key": "team", "value": "a" },
                { "key": "AWS:cloudformation:stack-name", "value": "b" },
                { "key": "sixshift:desired-before", "value": "6" },
            ],
            "enableECSManagedTags": true,
            "propagateTags": "SERVICE",
            "enableExecuteCommand": true,
        })
    }

    fn revision() -> Value {
        json!({
            "serviceConnectConfiguration": { "enabled": true, "namespace": "ns", "services": [{ "portName": "http" }] },
            "volumeConfigurations": [{ "name": "data" }],
            "vpcLatticeConfigurations": [
                { "targetGroupArn": "v4", "roleArn": "r", "portName": "http", "advancedConfiguration": {} },
            ],
            "monitoring": {},
        })
    }

    #[test]
    fn each_parameter_becomes_what_the_table_says() {
        let mut with_providers = live();
        with_providers["capacityProviderStrategy"] =
            json!([{ "capacityProvider": "FARGATE_SPOT" }]);
        let plain = twin_service(&live(), &revision(), &new());
        let providers = twin_service(&with_providers, &revision(), &new());
        for (name, carry, _) in CREATE_SERVICE {
            let set = [&plain, &providers].iter().any(|d| d.get(name).is_some());
            assert_eq!(set, *carry != Dropped, "{name}");
        }
        assert_eq!(providers.get("launchType"), None);
        assert_eq!(providers["platformVersion"], "1.4.0");
    }

    #[test]
    fn what_is_derived_is_derived_and_what_is_newer_than_this_program_stays() {
        let twin = twin_service(&live(), &revision(), &new());
        assert_eq!(
            twin["loadBalancers"],
            json!([{ "targetGroupArn": "v6", "containerName": "web", "containerPort": 80, "newer": 1 }])
        );
        assert_eq!(
            twin["vpcLatticeConfigurations"],
            json!([{ "targetGroupArn": "v6", "roleArn": "r", "portName": "http" }])
        );
        assert_eq!(
            twin["serviceRegistries"],
            json!([{ "registryArn": "r6", "containerName": "web", "containerPort": 80 }])
        );
        assert_eq!(
            twin["deploymentConfiguration"],
            json!({
                "deploymentCircuitBreaker": { "enable": false, "rollback": false },
                "maximumPercent": 150,
                "minimumHealthyPercent": 75,
                "alarms": { "alarmNames": ["a"], "enable": false, "rollback": false },
                "earlySuccessCriteria": { "enable": true, "healthyPercent": 80 },
                "strategy": "ROLLING",
                "newer": "x",
            })
        );
        let vpc = &twin["networkConfiguration"]["awsvpcConfiguration"];
        assert_eq!(
            *vpc,
            json!({ "subnets": ["subnet-6"], "assignPublicIp": "DISABLED", "newer": 2, "securityGroups": ["sg-6"] })
        );
        assert_eq!(
            twin["serviceConnectConfiguration"],
            json!({ "enabled": true, "namespace": "ns" })
        );
        assert_eq!(
            twin["tags"],
            json!([{ "key": "sixshift:plan", "value": "uid" }, { "key": "team", "value": "a" }])
        );
    }

    #[test]
    fn what_an_old_service_does_not_say_is_written_out() {
        let mut old = live();
        old.as_object_mut()
            .unwrap()
            .remove("availabilityZoneRebalancing");
        old["launchType"] = json!("EC2");
        let twin = twin_service(&old, &revision(), &new());
        assert_eq!(twin["availabilityZoneRebalancing"], "DISABLED");
        assert_eq!(twin.get("platformVersion"), None);
    }

    #[test]
    fn a_new_platform_version_stays() {
        let all = ["1.3.0", "1.4.0", "LATEST", "1.10.0"].map(raised);
        assert_eq!(all, ["1.4.0", "1.4.0", "LATEST", "1.10.0"]);
    }

    #[test]
    fn a_proven_twin_deploys_as_the_original_does() {
        let original = &live()["deploymentConfiguration"];
        let canary = deployment(original, false);
        assert!(!is_deployed_alike(original, &canary));
        let proven = deployment(original, true);
        assert_eq!(&proven, original);
        assert!(is_deployed_alike(original, &proven));
        assert!(is_deployed_alike(
            &json!({ "bakeTimeInMinutes": 0 }),
            &json!({})
        ));
        assert!(is_deployed_alike(
            &json!({ "maximumPercent": 200 }),
            &json!({ "maximumPercent": 200, "deploymentCircuitBreaker": { "enable": false, "rollback": false } })
        ));
    }

    #[test]
    fn a_member_that_no_table_knows_is_named() {
        let mut newer = live();
        newer["orbit"] = json!("low");
        assert_eq!(unknown_in_service(&newer), ["orbit"]);
        assert_eq!(unknown_in_service(&live()), [""; 0]);
        assert_eq!(unknown_in_revision(&revision()), [""; 0]);
    }

    #[test]
    fn every_parameter_is_named_once() {
        let names: std::collections::BTreeSet<_> = CREATE_SERVICE.iter().map(|(n, ..)| n).collect();
        assert_eq!(names.len(), CREATE_SERVICE.len());
    }
}
