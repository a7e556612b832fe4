//! Service revisions and service deployments.

use super::{AwsError, cluster_of, failure, service_of};
use crate::Value;
use crate::world::World;
use crate::world::ecs::{PastDeployment, Service};

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
    let arn = service_of(
        world,
        &cluster,
        input.get("service").as_str().unwrap_or_default(),
    )?;
    let statuses = input.get("status").strings();
    let Some(service) = world.ecs.services.get(&arn) else {
        return Ok(Value::default());
    };
    let newest_first = service
        .history
        .iter()
        .rev()
        .filter(|h| statuses.is_empty() || statuses.iter().any(|s| s == h.status));
    let briefs = newest_first.take(100).map(|h| {
        Value::map([
            ("serviceDeploymentArn", Value::from(h.arn.as_str())),
            ("serviceArn", service.arn.as_str().into()),
            (
                "clusterArn",
                world.arn("ecs", &format!("cluster/{cluster}")).into(),
            ),
            ("createdAt", h.created_at.into()),
            ("startedAt", h.created_at.into()),
            ("finishedAt", h.finished_at.into()),
            ("targetServiceRevisionArn", h.revision.as_str().into()),
            ("status", h.status.into()),
        ])
    });
    Ok(Value::map([("serviceDeployments", Value::list(briefs))]))
}

pub(super) fn describe(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let arns = input.get("serviceDeploymentArns").strings();
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for arn in arns {
        let hit = world
            .ecs
            .services
            .values()
            .find_map(|s| s.history.iter().find(|h| h.arn == arn).map(|h| (s, h)));
        match hit {
            Some((service, past)) => found.push(document(world, service, past)),
            None => failures.push(failure(arn)),
        }
    }
    Ok(Value::map([
        ("serviceDeployments", Value::List(found)),
        ("failures", Value::List(failures)),
    ]))
}

fn document(world: &World, service: &Service, past: &PastDeployment) -> Value {
    let revision = |arn: &String| Value::map([("arn", Value::from(arn.as_str()))]);
    let rollback = past.rollback.as_ref().map(|(at, to)| {
        Value::map([
            (
                "reason",
                Value::from("ECS deployment circuit breaker: tasks failed to start."),
            ),
            ("startedAt", (*at).into()),
            ("serviceRevisionArn", to.as_str().into()),
        ])
    });
    Value::map([
        ("serviceDeploymentArn", Value::from(past.arn.as_str())),
        ("serviceArn", service.arn.as_str().into()),
        (
            "clusterArn",
            world
                .arn("ecs", &format!("cluster/{}", service.cluster))
                .into(),
        ),
        ("createdAt", past.created_at.into()),
        ("startedAt", past.created_at.into()),
        ("finishedAt", past.finished_at.into()),
        ("rollback", rollback.into()),
        (
            "sourceServiceRevisions",
            Value::list(past.from.iter().map(revision)),
        ),
        ("targetServiceRevision", revision(&past.revision)),
        ("status", past.status.into()),
        (
            "deploymentConfiguration",
            service.spec.get("deploymentConfiguration").clone(),
        ),
    ])
}
