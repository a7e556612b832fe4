//! What Application Auto Scaling does to a service.
//!
//! What belongs here: scalable targets, and what hangs on them. What must not: the copying of a policy.

use std::{collections::BTreeMap, sync::Arc};

use serde::Deserialize;
use serde_json::{Map, Value};
use sixshift_core::observation::{Known, Scaling, ScalingPart, Suspended};

use super::{Ages, Answers, all_unknown, count, single};
use crate::{
    call,
    error::Error,
    pages::{part, taken},
    region::{Clients, Region},
    scaling::{of_service, of_services},
};

/// A scalable target without what hangs on it.
#[derive(Clone, Debug)]
pub(crate) struct Bounds {
    min: u32,
    max: u32,
    suspended: Suspended,
    arn: Option<String>,
    unknown: Vec<String>,
}

/// Members of a described scalable target (botocore: application-autoscaling `ScalableTarget`).
const MEMBERS: &[&str] = &[
    "ServiceNamespace",
    "ResourceId",
    "ScalableDimension",
    "MinCapacity",
    "MaxCapacity",
    "PredictedCapacity",
    "RoleARN",
    "CreationTime",
    "SuspendedState",
    "ScalableTargetARN",
];
/// botocore: application-autoscaling `SuspendedState`.
const OF_SUSPENDED: &[&str] = &[
    "DynamicScalingInSuspended",
    "DynamicScalingOutSuspended",
    "ScheduledScalingSuspended",
];

/// Where a policy and a scheduled action have their names.
pub(crate) const POLICY: &str = "PolicyName";
pub(crate) const ACTION: &str = "ScheduledActionName";

/// The scaling of one service.
pub(super) async fn of(region: &Region, resource: String, ages: Ages) -> Known<Scaling> {
    let bounds = match region
        .readers
        .scalable
        .one(resource.clone(), ages.scaling())
        .await
    {
        Known::Seen(bounds) => bounds,
        Known::Absent => return Known::Absent,
        Known::Unknown(why) => return Known::Unknown(why),
    };
    let (policies, scheduled) = tokio::join!(
        policies_of(region, &resource, ages),
        region
            .readers
            .scheduled
            .one(resource.clone(), ages.scaling_parts())
    );
    match (policies, scheduled) {
        (Known::Seen(policies), Known::Seen(scheduled)) => {
            let Bounds {
                min,
                max,
                suspended,
                arn,
                unknown,
            } = bounds;
            Known::Seen(Scaling {
                min,
                max,
                suspended,
                arn,
                policies,
                scheduled,
                unknown,
            })
        }
        (Known::Unknown(why), _) | (_, Known::Unknown(why)) => Known::Unknown(why),
        _ => Known::Absent,
    }
}

/// Where no alarm drives a policy yet, a person may be making one: that is worth seeing soon.
async fn policies_of(region: &Region, resource: &str, ages: Ages) -> Known<Vec<ScalingPart>> {
    let reader = &region.readers.policies;
    let policies = reader.one(resource.to_owned(), ages.scaling_parts()).await;
    let driven =
        |all: &Vec<ScalingPart>| all.iter().all(|p| !p.is_stepped() || !p.alarms.is_empty());
    if policies.seen().is_none_or(driven) {
        return policies;
    }
    reader.one(resource.to_owned(), ages.undriven()).await
}

/// What is read of a scalable target.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Target {
    resource_id: String,
    min_capacity: i32,
    max_capacity: i32,
    #[serde(default)]
    suspended_state: Option<SuspendedState>,
    #[serde(rename = "ScalableTargetARN")]
    arn: Option<String>,
}

/// What is suspended.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SuspendedState {
    dynamic_scaling_in_suspended: Option<bool>,
    dynamic_scaling_out_suspended: Option<bool>,
    scheduled_scaling_suspended: Option<bool>,
}

/// Scalable targets by resource id.
pub(super) async fn read_targets(
    clients: Arc<Clients>,
    resources: Vec<String>,
) -> Answers<String, Bounds> {
    let mut found = match bounds(&clients, &resources).await {
        Ok(found) => found,
        Err(error) => return all_unknown(resources, &error),
    };
    let known = |resource: String| {
        let bounds = found.remove(&resource);
        (resource, bounds.map_or(Known::Absent, Known::Seen))
    };
    resources.into_iter().map(known).collect()
}

async fn bounds(
    clients: &Clients,
    resources: &[String],
) -> Result<BTreeMap<String, Bounds>, Error> {
    let mut whose = of_services();
    whose.insert("ResourceIds".to_owned(), resources.into());
    let targets = targets(clients, whose).await?;
    targets.into_iter().map(bounds_of).collect()
}

fn bounds_of(document: Value) -> Result<(String, Bounds), Error> {
    let unknown = unknown(&document);
    let target: Target = part(&call::DESCRIBE_SCALABLE_TARGETS, document)?;
    let off = target.suspended_state.unwrap_or_default();
    let bounds = Bounds {
        min: count(target.min_capacity),
        max: count(target.max_capacity),
        suspended: Suspended {
            scale_in: off.dynamic_scaling_in_suspended.unwrap_or(false),
            scale_out: off.dynamic_scaling_out_suspended.unwrap_or(false),
            scheduled: off.scheduled_scaling_suspended.unwrap_or(false),
        },
        arn: target.arn,
        unknown,
    };
    Ok((target.resource_id, bounds))
}

/// Scalable targets as they are on the wire.
async fn targets(clients: &Clients, whose: Map<String, Value>) -> Result<Vec<Value>, Error> {
    let (caller, operation) = (&clients.caller, &call::DESCRIBE_SCALABLE_TARGETS);
    let list = "ScalableTargets";
    clients.scaling.all(caller, operation, whose, list).await
}

fn unknown(target: &Value) -> Vec<String> {
    let names = |of: &Value, but: &[&str]| -> Vec<String> {
        let names = of
            .as_object()
            .into_iter()
            .flat_map(|members| members.keys());
        names
            .filter(|n| !but.contains(&n.as_str()))
            .cloned()
            .collect()
    };
    let suspended = names(&target["SuspendedState"], OF_SUSPENDED);
    let suspended = suspended.iter().map(|n| format!("SuspendedState.{n}"));
    names(target, MEMBERS)
        .into_iter()
        .chain(suspended)
        .collect()
}

/// One scalable target as it is on the wire; none where there is none.
pub(crate) async fn target(clients: &Clients, resource: &str) -> Result<Option<Value>, Error> {
    let mut whose = of_services();
    whose.insert("ResourceIds".to_owned(), Value::from(vec![resource]));
    Ok(targets(clients, whose).await?.into_iter().next())
}

/// A scalable target's tags.
pub(crate) async fn tags(clients: &Clients, arn: &str) -> Result<BTreeMap<String, String>, Error> {
    let operation = &call::LIST_TAGS_OF_SCALABLE_TARGET;
    let whose = Map::from_iter([("ResourceARN".to_owned(), arn.into())]);
    let read = || clients.scaling.send(operation, whose.clone());
    let mut told = clients.caller.read(operation, read).await?.body;
    let tags: Option<_> = part(operation, taken(&mut told, "Tags"))?;
    Ok(tags.unwrap_or_default())
}

/// One resource's policies.
pub(super) async fn read_policies(
    clients: Arc<Clients>,
    resources: Vec<String>,
) -> Answers<String, Vec<ScalingPart>> {
    let mut answers = Vec::new();
    for resource in resources {
        let read = policies(&clients, &resource).await;
        let read = read.map(|documents| parts(&documents, POLICY));
        answers.extend(single(resource, read, &[]));
    }
    answers
}

/// One resource's scheduled actions.
pub(super) async fn read_scheduled(
    clients: Arc<Clients>,
    resources: Vec<String>,
) -> Answers<String, Vec<ScalingPart>> {
    let mut answers = Vec::new();
    for resource in resources {
        let read = scheduled(&clients, &resource).await;
        let read = read.map(|documents| parts(&documents, ACTION));
        answers.extend(single(resource, read, &[]));
    }
    answers
}

/// One resource's policies as they are on the wire, by name.
pub(crate) async fn policies(clients: &Clients, resource: &str) -> Result<Vec<Value>, Error> {
    let (caller, operation) = (&clients.caller, &call::DESCRIBE_SCALING_POLICIES);
    let whose = of_service(resource);
    let found = clients
        .scaling
        .all(caller, operation, whose, "ScalingPolicies");
    Ok(sorted(found.await?, POLICY))
}

/// One resource's scheduled actions as they are on the wire, by name.
pub(crate) async fn scheduled(clients: &Clients, resource: &str) -> Result<Vec<Value>, Error> {
    let (caller, operation) = (&clients.caller, &call::DESCRIBE_SCHEDULED_ACTIONS);
    let whose = of_service(resource);
    let found = clients
        .scaling
        .all(caller, operation, whose, "ScheduledActions");
    Ok(sorted(found.await?, ACTION))
}

fn sorted(mut documents: Vec<Value>, name: &str) -> Vec<Value> {
    documents.sort_by(|a, b| a[name].as_str().cmp(&b[name].as_str()));
    documents
}

fn parts(documents: &[Value], name: &str) -> Vec<ScalingPart> {
    documents.iter().map(|d| part_of(d, name)).collect()
}

/// Members that say whose it is, or that AWS sets; what is left are its settings, those included that are newer than the SDK
/// (botocore: application-autoscaling `ScalingPolicy`, `ScheduledAction`).
const NO_SETTING: &[&str] = &[
    "PolicyARN",
    "PolicyName",
    "ScheduledActionARN",
    "ScheduledActionName",
    "ServiceNamespace",
    "ResourceId",
    "ScalableDimension",
    "Alarms",
    "CreationTime",
];

fn part_of(document: &Value, name: &str) -> ScalingPart {
    let mut settings = document.as_object().cloned().unwrap_or_default();
    settings.retain(|member, _| !NO_SETTING.contains(&member.as_str()));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let alarms = document["Alarms"].as_array().into_iter().flatten();
    let mut alarms: Vec<String> = alarms.map(|a| text(&a["AlarmName"])).collect();
    alarms.sort();
    ScalingPart {
        name: text(&document[name]),
        settings: Value::Object(settings).into(),
        alarms,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use sixshift_sim::{
        contract::{self, Shape},
        services::Service,
    };

    use super::*;

    fn members_of(shape: &str) -> Vec<&'static str> {
        match contract::shape(Service::AutoScaling, shape) {
            Shape::Structure { members, .. } => members.iter().map(|m| m.output).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn no_member_of_awss_models_is_unknown() {
        for (shape, known) in [
            ("ScalableTarget", MEMBERS),
            ("SuspendedState", OF_SUSPENDED),
        ] {
            let mut all = members_of(shape);
            let mut known = known.to_vec();
            all.sort_unstable();
            known.sort_unstable();
            assert_eq!(known, all, "{shape}");
        }
        for shape in ["ScalingPolicy", "ScheduledAction"] {
            let members = members_of(shape);
            let settings: Vec<_> = members.iter().filter(|m| !NO_SETTING.contains(m)).collect();
            assert!(settings.len() < members.len(), "{shape}: {settings:?}");
        }
    }

    #[test]
    fn bounds_are_read_as_they_are_or_not_at_all() {
        let target = json!({
            "ResourceId": "service/prod/checkout", "MinCapacity": 2, "MaxCapacity": 8,
            "SuspendedState": { "DynamicScalingInSuspended": true }, "Orbit": 7,
        });
        let (resource, bounds) = bounds_of(target.clone()).unwrap();
        assert_eq!(resource, "service/prod/checkout");
        assert_eq!((bounds.min, bounds.max), (2, 8));
        assert!(bounds.suspended.scale_in && !bounds.suspended.scale_out);
        assert_eq!(bounds.unknown, ["Orbit"]);
        for (member, wrong) in [
            ("MinCapacity", json!("2")),
            ("MaxCapacity", Value::Null),
            ("ResourceId", json!(7)),
            ("SuspendedState", json!([])),
        ] {
            let mut broken = target.clone();
            broken[member] = wrong;
            let error = bounds_of(broken).unwrap_err();
            assert!(error.to_string().contains("could not be read"), "{error}");
        }
    }
}
