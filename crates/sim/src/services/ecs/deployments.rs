//! Service revisions and service deployments.

use super::{AwsError, cluster_of, failure, service_of};
use crate::Value;
use crate::services::paging;
use crate::world::World;
use crate::world::ecs::Service;
use crate::world::service_deployments::{self, ServiceDeployment, Status};

pub(super) fn revisions(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let arns = input.get("serviceRevisionArns").strings();
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for arn in arns {
        let kept = !world.ecs.habits.without_revisions;
        match world.ecs.revisions.get(&arn).filter(|_| kept) {
            Some(revision) => found.push(revision.clone()),
            None => failures.push(failure(arn)),
        }
    }
    Ok(Value::map([
        ("serviceRevisions", Value::List(found)),
        ("failures", Value::List(failures)),
    ]))
}

pub(super) fn list(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let cluster = cluster_of(world, input)?;
    let named = input.get("service").as_str().unwrap_or_default();
    let arn = service_of(world, &cluster, named)?;
    let statuses = input.get("status").strings();
    let Some(service) = world.ecs.services.get(&arn) else {
        return Ok(Value::default());
    };
    let span = input.get("createdAt");
    let (after, before) = (span.get("after").as_time(), span.get("before").as_time());
    let newest_first = service.history.iter().rev();
    let found = newest_first
        .filter(|h| statuses.is_empty() || statuses.iter().any(|s| s == h.status.as_str()))
        .filter(|h| after.is_none_or(|after| h.created_at > after))
        .filter(|h| before.is_none_or(|before| h.created_at < before));
    let briefs: Vec<Value> = found.map(|h| brief(world, service, h)).collect();
    let size = input.get("maxResults").as_i64().unwrap_or(20);
    let size = size.clamp(1, 100) as usize;
    let bad = || super::invalid("Invalid token.");
    let (briefs, next) = paging::page(briefs, input.get("nextToken"), size, bad)?;
    Ok(Value::map([
        ("serviceDeployments", Value::List(briefs)),
        ("nextToken", next),
    ]))
}

pub(super) fn describe(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let arns = input.get("serviceDeploymentArns").strings();
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for arn in arns {
        match world.ecs.service_deployment(&arn) {
            Some((service, one)) => found.push(document(world, service, one)),
            None => failures.push(failure(arn)),
        }
    }
    Ok(Value::map([
        ("serviceDeployments", Value::List(found)),
        ("failures", Value::List(failures)),
    ]))
}

/// One that ends by itself is not stopped, and one that is being stopped already goes on with that.
pub(super) fn stop(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let arn = input.require_str("serviceDeploymentArn")?;
    let Some((service, found)) = world.ecs.service_deployment(arn) else {
        return Err(AwsError::new(
            "ServiceDeploymentNotFoundException",
            "Service deployment not found.",
        ));
    };
    if found.status.is_over() {
        let status = found.status.as_str();
        return Err(conflict(format!(
            "The service deployment is {status} and cannot be stopped."
        )));
    }
    let controller = service.spec.get("deploymentController").get("type");
    if controller.as_str().is_some_and(|c| c != "ECS") {
        return Err(AwsError::new(
            "UnsupportedFeatureException",
            "Only deployments of services with the ECS deployment controller are stopped.",
        ));
    }
    let goes_back = matches!(found.status, Status::Pending | Status::InProgress);
    if goes_back && service_deployments::former(service, &found.id).is_none() {
        let message = "No rollback candidate was found to run the rollback.";
        return Err(conflict(message.to_owned()));
    }
    service_deployments::request_rollback(world, arn);
    Ok(Value::map([("serviceDeploymentArn", arn.into())]))
}

fn conflict(message: String) -> AwsError {
    AwsError::new("ConflictException", message)
}

/// What a list and a description say of a service deployment.
fn named(world: &World, service: &Service, one: &ServiceDeployment) -> [(&'static str, Value); 8] {
    let cluster = world.arn("ecs", &format!("cluster/{}", service.cluster));
    [
        ("serviceDeploymentArn", one.arn.as_str().into()),
        ("serviceArn", service.arn.as_str().into()),
        ("clusterArn", cluster.into()),
        ("createdAt", one.created_at.into()),
        ("startedAt", one.started_at.into()),
        ("finishedAt", one.finished_at.into()),
        ("status", one.status.as_str().into()),
        ("statusReason", one.reason.as_deref().into()),
    ]
}

fn brief(world: &World, service: &Service, one: &ServiceDeployment) -> Value {
    let mut brief = Value::map(named(world, service, one));
    brief.set("targetServiceRevisionArn", one.revision.as_str().into());
    brief
}

fn document(world: &World, service: &Service, one: &ServiceDeployment) -> Value {
    let summary = |revision: &str| {
        let kept = one.left.as_ref();
        let kept = kept.and_then(|left| left.iter().find(|c| c.revision == revision).cloned());
        let counted =
            kept.unwrap_or_else(|| service_deployments::counted(world, service, revision));
        Value::map([
            ("arn", Value::from(revision)),
            ("requestedTaskCount", counted.requested.into()),
            ("runningTaskCount", counted.running.into()),
            ("pendingTaskCount", counted.pending.into()),
        ])
    };
    let rollback = one.rollback.as_ref().map(|back| {
        Value::map([
            ("reason", Value::from(back.reason.as_str())),
            ("startedAt", back.started_at.into()),
            ("serviceRevisionArn", back.revision.as_str().into()),
        ])
    });
    let (status, failures, threshold) = service_deployments::breaker_of(service, one);
    let breaker = Value::map([
        ("status", Value::from(status)),
        ("failureCount", failures.into()),
        ("threshold", threshold.into()),
    ]);
    let sources = one.from.iter().map(|revision| summary(revision));
    let mut document = Value::map(named(world, service, one));
    for (key, value) in [
        ("updatedAt", one.updated_at.into()),
        ("stoppedAt", one.stopped_at.into()),
        ("rollback", rollback.into()),
        (
            "sourceServiceRevisions",
            Value::list(sources.collect::<Vec<_>>()),
        ),
        ("targetServiceRevision", summary(&one.revision)),
        ("deploymentCircuitBreaker", breaker),
        ("alarms", Value::map([("status", Value::from("DISABLED"))])),
        (
            "deploymentConfiguration",
            service.spec.get("deploymentConfiguration").clone(),
        ),
    ] {
        if !value.is_null() {
            document.set(key, value);
        }
    }
    document
}
