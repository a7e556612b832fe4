//! What Application Auto Scaling does to a service.
//!
//! What belongs here: scalable targets, and the names of what hangs on them. What must not: the copying of a policy.

use std::sync::Arc;

use aws_sdk_applicationautoscaling::types::{
    PolicyType, ScalableDimension, ScalingPolicy, ServiceNamespace,
};
use sixshift_core::observation::{Known, Scaling, Suspended};

use super::{Ages, Answers, all_unknown, count, single};
use crate::{
    call,
    error::Error,
    region::{Clients, Region},
};

/// A scalable target without what hangs on it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    min: u32,
    max: u32,
    suspended: Suspended,
}

/// A policy's name, and the alarms that drive it where it scales by steps.
#[derive(Clone, Debug)]
pub(crate) struct PolicyName {
    name: String,
    stepped: Option<Vec<String>>,
}

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
            } = bounds;
            Known::Seen(Scaling {
                min,
                max,
                suspended,
                stepped: policies
                    .iter()
                    .filter_map(|p| Some((p.name.clone(), p.stepped.clone()?)))
                    .collect(),
                policies: policies.into_iter().map(|p| p.name).collect(),
                scheduled,
            })
        }
        (Known::Unknown(why), _) | (_, Known::Unknown(why)) => Known::Unknown(why),
        _ => Known::Absent,
    }
}

/// Where no alarm drives a policy yet, a person may be making one: that is worth seeing soon.
async fn policies_of(region: &Region, resource: &str, ages: Ages) -> Known<Vec<PolicyName>> {
    let reader = &region.readers.policies;
    let policies = reader.one(resource.to_owned(), ages.scaling_parts()).await;
    let driven = |all: &Vec<PolicyName>| {
        all.iter()
            .all(|p| p.stepped.as_ref().is_none_or(|a| !a.is_empty()))
    };
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
        let page = match clients
            .caller
            .read(&call::DESCRIBE_SCALABLE_TARGETS, || request.clone().send())
            .await
        {
            Ok(page) => page,
            Err(error) => return all_unknown(resources, &error),
        };
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
                .copied()
                .map_or(Known::Absent, Known::Seen),
        )
    };
    resources.into_iter().map(known).collect()
}

/// The names of one resource's policies.
pub(super) async fn read_policies(
    clients: Arc<Clients>,
    resources: Vec<String>,
) -> Answers<String, Vec<PolicyName>> {
    let mut answers = Vec::new();
    for resource in resources {
        let policies = policies(&clients, &resource).await;
        let names = policies.map(|all| {
            let mut names: Vec<PolicyName> = all.into_iter().map(policy_name).collect();
            names.sort_by(|a, b| a.name.cmp(&b.name));
            names
        });
        answers.extend(single(resource, names, &[]));
    }
    answers
}

fn policy_name(policy: ScalingPolicy) -> PolicyName {
    let alarms = policy.alarms.unwrap_or_default();
    let stepped = policy.policy_type == PolicyType::StepScaling;
    PolicyName {
        name: policy.policy_name,
        stepped: stepped.then(|| sorted(alarms.into_iter().map(|a| a.alarm_name))),
    }
}

/// The names of one resource's scheduled actions.
pub(super) async fn read_scheduled(
    clients: Arc<Clients>,
    resources: Vec<String>,
) -> Answers<String, Vec<String>> {
    let mut answers = Vec::new();
    for resource in resources {
        let actions = scheduled(&clients, &resource).await;
        let names = actions.map(|all| sorted(all.into_iter().map(|a| a.scheduled_action_name)));
        answers.extend(single(resource, names, &[]));
    }
    answers
}

fn sorted(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// One resource's policies, whole.
pub(crate) async fn policies(
    clients: &Clients,
    resource: &str,
) -> Result<Vec<ScalingPolicy>, Error> {
    let mut all = Vec::new();
    let mut next = None;
    loop {
        let request = clients
            .scaling
            .describe_scaling_policies()
            .service_namespace(ServiceNamespace::Ecs)
            .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
            .resource_id(resource)
            .set_next_token(next);
        let page = clients
            .caller
            .read(&call::DESCRIBE_SCALING_POLICIES, || request.clone().send())
            .await?;
        all.extend(page.scaling_policies.unwrap_or_default());
        next = page.next_token;
        if next.is_none() {
            return Ok(all);
        }
    }
}

/// One resource's scheduled actions, whole.
pub(crate) async fn scheduled(
    clients: &Clients,
    resource: &str,
) -> Result<Vec<aws_sdk_applicationautoscaling::types::ScheduledAction>, Error> {
    let mut all = Vec::new();
    let mut next = None;
    loop {
        let request = clients
            .scaling
            .describe_scheduled_actions()
            .service_namespace(ServiceNamespace::Ecs)
            .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
            .resource_id(resource)
            .set_next_token(next);
        let page = clients
            .caller
            .read(&call::DESCRIBE_SCHEDULED_ACTIONS, || request.clone().send())
            .await?;
        all.extend(page.scheduled_actions.unwrap_or_default());
        next = page.next_token;
        if next.is_none() {
            return Ok(all);
        }
    }
}
