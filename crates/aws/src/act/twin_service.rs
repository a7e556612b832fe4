//! The twin of a service.
//!
//! What belongs here: the calls around `sixshift_core::twin::twin_service`. The documents go from one to the other as they
//! are on the wire, so that members which are newer than the SDK are carried. What must not: a decision of what is.

use aws_sdk_ecs::types::ServiceField;
use serde_json::Value;
use sixshift_core::{action::NewTwin, twin::twin_service};

use crate::{
    call,
    document::{Kept, Sent},
    error::Error,
    region::Clients,
};

pub(super) async fn create(clients: &Clients, new: &NewTwin) -> Result<(), Error> {
    let operation = call::CREATE_SERVICE.name;
    let request = clients
        .ecs
        .describe_services()
        .cluster(&new.cluster)
        .services(&new.from)
        .include(ServiceField::Tags);
    let kept = Kept::default();
    let attempt = || request.clone().customize().interceptor(kept.clone()).send();
    clients
        .caller
        .read(&call::DESCRIBE_SERVICES, attempt)
        .await?;
    let answer = kept.document();
    let services = answer["services"].as_array().into_iter().flatten();
    let live = services.into_iter().find(|s| s["status"] == "ACTIVE");
    let live = live.ok_or_else(|| Error::Gone {
        operation,
        resource: new.from.clone(),
    })?;
    let revision = revision(clients, live).await?;
    let document = twin_service(live, &revision, new);
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

/// What only a revision tells; of services that are older than revisions, their primary deployment.
async fn revision(clients: &Clients, live: &Value) -> Result<Value, Error> {
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
    let revisions = answer["serviceRevisions"].as_array().into_iter().flatten();
    let made_at = |r: &&Value| r["createdAt"].as_f64().unwrap_or_default();
    let newest = revisions.max_by(|a, b| made_at(a).total_cmp(&made_at(b)));
    Ok(newest.cloned().unwrap_or_else(|| primary(live)))
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
    let request = clients
        .ecs
        .update_service()
        .service(service)
        .customize()
        .interceptor(Sent::new(&document));
    clients
        .caller
        .once(&call::UPDATE_SERVICE, request.send())
        .await
        .map(drop)
}
