//! What Application Auto Scaling does to a service.
//!
//! What belongs here: scalable targets, and what hangs on them. What must not: the copying of a policy.

use std::{collections::BTreeMap, sync::Arc};

use aws_sdk_applicationautoscaling::types::{ScalableDimension, ServiceNamespace};
use serde_json::Value;
use sixshift_core::observation::{Known, Scaling, ScalingPart, Suspended};

use super::{Ages, Answers, all_unknown, count, single};
use crate::{
    call,
    document::Kept,
    error::Error,
    region::{Clients, Region},
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
const POLICY: &str = "PolicyName";
const ACTION: &str = "ScheduledActionName";

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

/// Scalable targets by resource id.
pub(super) async fn read_targets(
    clients: Arc<Clients>,
    resources: Vec<String>,
) -> Answers<String, Bounds> {
    let mut found = std::collections::BTreeMap::new();
    let mut next = None;
    loop {
        let request = clients
            .scaling
            .describe_scalable_targets()
            .service_namespace(ServiceNamespace::Ecs)
            .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
            .set_resource_ids(Some(resources.clone()))
            .set_next_token(next);
        let kept = Kept::default();
        let attempt = || {
            let request = request.clone().customize();
            request.interceptor(kept.clone()).send()
        };
        let read = clients
            .caller
            .read(&call::DESCRIBE_SCALABLE_TARGETS, attempt);
        let page = match read.await {
            Ok(page) => page,
            Err(error) => return all_unknown(resources, &error),
        };
        let document = kept.document();
        for target in page.scalable_targets() {
            let off = target.suspended_state();
            let suspended = Suspended {
                scale_in: off
                    .and_then(|s| s.dynamic_scaling_in_suspended())
                    .unwrap_or(false),
                scale_out: off
                    .and_then(|s| s.dynamic_scaling_out_suspended())
                    .unwrap_or(false),
                scheduled: off
                    .and_then(|s| s.scheduled_scaling_suspended())
                    .unwrap_or(false),
            };
            let bounds = Bounds {
                min: count(target.min_capacity),
                max: count(target.max_capacity),
                suspended,
                arn: target.scalable_target_arn.clone(),
                unknown: unknown(&document, &target.resource_id),
            };
            found.insert(target.resource_id.clone(), bounds);
        }
        next = page.next_token;
        if next.is_none() {
            break;
        }
    }
    let known = |resource: String| {
        (
            resource.clone(),
            found
                .get(&resource)
                .cloned()
                .map_or(Known::Absent, Known::Seen),
        )
    };
    resources.into_iter().map(known).collect()
}

fn unknown(answer: &Value, resource: &str) -> Vec<String> {
    let mut targets = answer["ScalableTargets"].as_array().into_iter().flatten();
    let target = targets.find(|t| t["ResourceId"] == resource);
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
    let Some(target) = target else {
        return Vec::new();
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
    let request = clients
        .scaling
        .describe_scalable_targets()
        .service_namespace(ServiceNamespace::Ecs)
        .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
        .resource_ids(resource);
    let kept = Kept::default();
    let attempt = || request.clone().customize().interceptor(kept.clone()).send();
    let operation = &call::DESCRIBE_SCALABLE_TARGETS;
    clients.caller.read(operation, attempt).await?;
    Ok(kept.document()["ScalableTargets"].get(0).cloned())
}

/// A scalable target's tags.
pub(crate) async fn tags(clients: &Clients, arn: &str) -> Result<BTreeMap<String, String>, Error> {
    let request = clients.scaling.list_tags_for_resource().resource_arn(arn);
    let read = || request.clone().send();
    let told = clients
        .caller
        .read(&call::LIST_TAGS_OF_SCALABLE_TARGET, read)
        .await?;
    Ok(told.tags.into_iter().flatten().collect())
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
    let (mut all, mut next) = (Vec::new(), None);
    loop {
        let request = clients
            .scaling
            .describe_scaling_policies()
            .service_namespace(ServiceNamespace::Ecs)
            .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
            .resource_id(resource)
            .set_next_token(next);
        let kept = Kept::default();
        let attempt = || {
            let request = request.clone().customize();
            request.interceptor(kept.clone()).send()
        };
        let operation = &call::DESCRIBE_SCALING_POLICIES;
        let page = clients.caller.read(operation, attempt).await?;
        let document = kept.document();
        let found = document["ScalingPolicies"].as_array().into_iter().flatten();
        all.extend(found.cloned());
        next = page.next_token;
        if next.is_none() {
            return Ok(sorted(all, POLICY));
        }
    }
}

/// One resource's scheduled actions as they are on the wire, by name.
pub(crate) async fn scheduled(clients: &Clients, resource: &str) -> Result<Vec<Value>, Error> {
    let (mut all, mut next) = (Vec::new(), None);
    loop {
        let request = clients
            .scaling
            .describe_scheduled_actions()
            .service_namespace(ServiceNamespace::Ecs)
            .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
            .resource_id(resource)
            .set_next_token(next);
        let kept = Kept::default();
        let attempt = || {
            let request = request.clone().customize();
            request.interceptor(kept.clone()).send()
        };
        let operation = &call::DESCRIBE_SCHEDULED_ACTIONS;
        let page = clients.caller.read(operation, attempt).await?;
        let document = kept.document();
        let found = document["ScheduledActions"]
            .as_array()
            .into_iter()
            .flatten();
        all.extend(found.cloned());
        next = page.next_token;
        if next.is_none() {
            return Ok(sorted(all, ACTION));
        }
    }
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
