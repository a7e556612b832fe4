//! The twin of a service.
//!
//! What belongs here: the calls around `sixshift_core::twin::twin_service`. The documents go from one to the other as they
//! are on the wire, so that members which are newer than the SDK are carried. What must not: a decision of what is.

use aws_sdk_ecs::types::ServiceField;
use serde_json::Value;
use sixshift_core::{
    action::NewTwin,
    twin::{network, twin_service},
};

use crate::{
    call::{self, Operation},
    document::{Kept, Sent},
    error::Error,
    region::Clients,
};

pub(super) async fn create(clients: &Clients, new: &NewTwin) -> Result<(), Error> {
    let live = described(clients, &call::CREATE_SERVICE, (&new.cluster, &new.from)).await?;
    let revision = revision(clients, &live).await?;
    let document = twin_service(&live, &revision, new);
    let request = clients
        .ecs
        .create_service()
        .service_name(&new.name)
        .customize()
        .interceptor(Sent::new(&document));
    clients
        .caller
        .once(&call::CREATE_SERVICE, request.send())
        .await
        .map(drop)
}

/// A service as it is on the wire, for an operation that cannot be without it.
pub(crate) async fn described(
    clients: &Clients,
    operation: &Operation,
    (cluster, service): (&str, &str),
) -> Result<Value, Error> {
    let request = clients
        .ecs
        .describe_services()
        .cluster(cluster)
        .services(service)
        .include(ServiceField::Tags);
    let kept = Kept::default();
    let attempt = || request.clone().customize().interceptor(kept.clone()).send();
    clients
        .caller
        .read(&call::DESCRIBE_SERVICES, attempt)
        .await?;
    let answer = kept.document();
    let mut services = answer["services"].as_array().into_iter().flatten();
    let live = services.find(|s| s["status"] == "ACTIVE");
    live.cloned().ok_or_else(|| Error::Gone {
        operation: operation.name,
        resource: service.to_owned(),
    })
}

/// The twin's task definition and network; what else its network configuration has stays.
pub(super) async fn roll(
    clients: &Clients,
    (cluster, service): (&str, &str),
    task_definition: &str,
    (subnets, security_groups): (&[String], &[String]),
    force: bool,
) -> Result<(), Error> {
    let live = described(clients, &call::UPDATE_SERVICE, (cluster, service)).await?;
    let document = serde_json::json!({
        "cluster": cluster,
        "service": service,
        "taskDefinition": task_definition,
        "networkConfiguration": network(&live["networkConfiguration"], subnets, security_groups),
        "forceNewDeployment": force,
    });
    update(clients, service, &document).await
}

/// What only a revision tells; of services that are older than revisions, their primary deployment.
pub(crate) async fn revision(clients: &Clients, live: &Value) -> Result<Value, Error> {
    let current = live["currentServiceRevisions"]
        .as_array()
        .into_iter()
        .flatten();
    let arns: Vec<String> = current
        .filter_map(|r| r["arn"].as_str().map(str::to_owned))
        .collect();
    if arns.is_empty() {
        return Ok(primary(live));
    }
    let revisions = revisions(clients, arns).await?;
    let made_at = |r: &Value| r["createdAt"].as_f64().unwrap_or_default();
    let newest = revisions
        .into_iter()
        .max_by(|a, b| made_at(a).total_cmp(&made_at(b)));
    Ok(newest.unwrap_or_else(|| primary(live)))
}

/// The revision with an ARN, for an update that cannot be without it.
pub(super) async fn revision_named(clients: &Clients, arn: &str) -> Result<Value, Error> {
    let found = revisions(clients, vec![arn.to_owned()]).await?;
    found.into_iter().next().ok_or_else(|| Error::Gone {
        operation: call::UPDATE_SERVICE.name,
        resource: arn.to_owned(),
    })
}

async fn revisions(clients: &Clients, arns: Vec<String>) -> Result<Vec<Value>, Error> {
    let request = clients
        .ecs
        .describe_service_revisions()
        .set_service_revision_arns(Some(arns));
    let kept = Kept::default();
    let attempt = || request.clone().customize().interceptor(kept.clone()).send();
    clients
        .caller
        .read(&call::DESCRIBE_SERVICE_REVISIONS, attempt)
        .await?;
    let answer = kept.document();
    let found = answer["serviceRevisions"].as_array().cloned();
    Ok(found.unwrap_or_default())
}

fn primary(live: &Value) -> Value {
    let mut deployments = live["deployments"].as_array().into_iter().flatten();
    let primary = deployments.find(|d| d["status"] == "PRIMARY");
    primary.cloned().unwrap_or_default()
}

/// How the twin deploys; that starts no deployment.
pub(super) async fn set_deployment(
    clients: &Clients,
    cluster: &str,
    service: &str,
    settings: &Value,
) -> Result<(), Error> {
    let document = serde_json::json!({
        "cluster": cluster,
        "service": service,
        "deploymentConfiguration": settings,
    });
    update(clients, service, &document).await
}

pub(super) async fn update(
    clients: &Clients,
    service: &str,
    document: &Value,
) -> Result<(), Error> {
    let request = clients
        .ecs
        .update_service()
        .service(service)
        .customize()
        .interceptor(Sent::new(document));
    clients
        .caller
        .once(&call::UPDATE_SERVICE, request.send())
        .await
        .map(drop)
}
