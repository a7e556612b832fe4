//! What a migration left, read whole for whoever takes over: AWS's documents as they are on the wire.
//!
//! What belongs here: which documents, and the order of the questions. What must not: what code makes of them
//! (`sixshift_core::handover`), and anything remembered: each is read now.

use serde_json::Value;
use sixshift_core::{
    handover::{Estate, Ipv4, RouteActions, ScalingDocuments, Tagged, TargetGroupDocuments},
    names::{is_of_lattice, scaling_resource, service},
    observation::{Known, Observation, Pair, Route, RouteId},
    plan::Plan,
};

use crate::{
    act::{described_definition, described_service, revision},
    call,
    error::Error,
    observe::{
        alarm_documents,
        routes::{self, Of},
        scaling, target_groups,
    },
    region::{Clients, Region},
};

/// Everything that the plan left, by what was seen of it in its last look.
pub(crate) async fn read(
    region: &Region,
    plan: &Plan,
    seen: &Observation,
) -> Result<Estate, Error> {
    let pairs = seen.pairs.seen().into_iter().flatten();
    let mut groups = pairs.filter_map(|pair| Some(&pair.ipv6.seen()?.arn));
    if let Some(arn) = groups.find(|arn| is_of_lattice(arn)) {
        let operation = call::LATTICE_GET_TARGET_GROUP.name;
        return Err(Error::build(operation, Unwritten(arn.clone())));
    }
    let clients = &region.clients;
    let cluster = &plan.service.cluster;
    let twin = service(plan);
    let live = described(clients, (cluster, &twin)).await?;
    let definition = live["taskDefinition"].as_str().unwrap_or_default();
    let (document, tags) =
        described_definition(clients, &call::DESCRIBE_TASK_DEFINITION, definition).await?;
    let scaling = scaling_of(clients, &scaling_resource(cluster, &twin)).await?;
    let drivers = scaling.iter().flat_map(|s| alarms_of(&s.policies));
    let drivers: Vec<String> = drivers.collect();
    let mut target_groups = Vec::new();
    for pair in seen.pairs.seen().into_iter().flatten() {
        target_groups.extend(target_group(clients, pair).await?);
    }
    Ok(Estate {
        plan: plan.name.clone(),
        cluster: cluster.clone(),
        ipv4: ipv4(clients, plan, seen).await?,
        target_groups,
        task_definition: Tagged {
            document,
            tags: tag_list(&tags),
        },
        revision: revision(clients, &live).await?,
        service: live,
        scaling,
        alarms: alarm_documents::read(clients, &drivers).await?,
        routes: routes_of(clients, seen.routes.seen().map_or(&[], Vec::as_slice)).await?,
    })
}

/// What no table of a hand-over knows.
#[derive(Debug, thiserror::Error)]
#[error(
    "a hand-over knows nothing of VPC Lattice: import {0}, the twin and its task definition by hand, and name it in the listeners and \
     rules of the service"
)]
struct Unwritten(String);

async fn described(clients: &Clients, service: (&str, &str)) -> Result<Value, Error> {
    described_service(clients, &call::DESCRIBE_SERVICES, service).await
}

/// What the plan kept of the IPv4 side.
async fn ipv4(clients: &Clients, plan: &Plan, seen: &Observation) -> Result<Ipv4, Error> {
    let (cluster, name) = (&plan.service.cluster, &plan.service.name);
    let service = match &seen.ipv4 {
        Known::Seen(service) if service.is_active() => {
            Some(described(clients, (cluster, name)).await?)
        }
        _ => None,
    };
    let target = match &seen.ipv4_scaling {
        Known::Seen(_) => scaling::target(clients, &scaling_resource(cluster, name)).await?,
        _ => None,
    };
    Ok(Ipv4 {
        name: name.clone(),
        service,
        scalable_target: target,
    })
}

async fn target_group(
    clients: &Clients,
    pair: &Pair,
) -> Result<Option<TargetGroupDocuments>, Error> {
    let Some(seen) = pair.ipv6.seen() else {
        return Ok(None);
    };
    let document = target_groups::document(clients, &seen.arn).await?;
    let attributes = target_groups::attributes(clients, &seen.arn).await?;
    let tags = target_groups::tags(clients, &seen.arn).await?;
    Ok(Some(TargetGroupDocuments {
        document,
        attributes: attributes.into_inner().into_iter().collect(),
        tags: tags.into_inner().into_iter().collect(),
        from: pair.ipv4_arn.clone(),
        from_is_kept: pair.ipv4.seen().is_some(),
    }))
}

async fn scaling_of(clients: &Clients, resource: &str) -> Result<Option<ScalingDocuments>, Error> {
    let Some(target) = scaling::target(clients, resource).await? else {
        return Ok(None);
    };
    let tags = match target["ScalableTargetARN"].as_str() {
        Some(arn) => scaling::tags(clients, arn).await?,
        None => Default::default(),
    };
    Ok(Some(ScalingDocuments {
        tags,
        policies: scaling::policies(clients, resource).await?,
        scheduled: scaling::scheduled(clients, resource).await?,
        target,
    }))
}

/// The alarms that somebody made for policies which scale by steps.
fn alarms_of(policies: &[Value]) -> Vec<String> {
    let stepped = policies.iter().filter(|p| p["PolicyType"] == "StepScaling");
    let alarms = stepped.flat_map(|p| p["Alarms"].as_array().into_iter().flatten());
    let mut names: Vec<String> = alarms
        .filter_map(|a| a["AlarmName"].as_str().map(str::to_owned))
        .collect();
    names.sort();
    names.dedup();
    names
}

async fn routes_of(clients: &Clients, seen: &[Route]) -> Result<Vec<RouteActions>, Error> {
    let mut all = Vec::new();
    for route in seen {
        let arns = [route.id.arn().to_owned()];
        let actions = match &route.id {
            RouteId::Listener(_) => {
                let told = routes::listeners(clients, Of::Ids(&arns)).await?;
                told.into_iter().map(|(_, actions)| actions).next()
            }
            RouteId::Rule(_) => {
                let told = routes::rules(clients, Of::Ids(&arns)).await?;
                told.into_iter().map(|(_, actions)| actions).next()
            }
        };
        all.push(RouteActions {
            arn: route.id.arn().to_owned(),
            place: route.name(),
            is_rule: matches!(route.id, RouteId::Rule(_)),
            actions: actions.unwrap_or_default().document(),
        });
    }
    Ok(all)
}

/// A list of ECS's tags.
fn tag_list(tags: &Value) -> std::collections::BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let tags = tags.as_array().into_iter().flatten();
    tags.map(|tag| (text(&tag["key"]), text(&tag["value"])))
        .collect()
}
