//! Services as DescribeServices and ListServices show them.

use jiff::{SignedDuration, Timestamp};

use super::{AwsError, cluster_of, failure, includes, page, tag_list};
use crate::Value;
use crate::world::World;
use crate::world::clock::later;
use crate::world::ecs::{Deployment, Service, ServiceStatus, last_part};
use crate::world::scheduler;

pub(super) fn describe(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let cluster = cluster_of(world, input)?;
    let asked = input.get("services").strings();
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for reference in asked {
        match world.ecs.service(&cluster, &reference) {
            Some(service) => found.push(document(world, service, includes(input, "TAGS"))),
            None => failures.push(failure(world.arn(
                "ecs",
                &format!("service/{cluster}/{}", last_part(&reference)),
            ))),
        }
    }
    Ok(Value::map([
        ("services", Value::List(found)),
        ("failures", Value::List(failures)),
    ]))
}

pub(super) fn list(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let cluster = cluster_of(world, input)?;
    let launch = input.get("launchType").as_str();
    let scheduling = input.get("schedulingStrategy").as_str();
    let arns = world
        .ecs
        .services
        .values()
        .filter(|s| s.cluster == cluster && s.status == ServiceStatus::Active)
        .filter(|s| launch.is_none_or(|l| s.spec.get("launchType").as_str() == Some(l)))
        .filter(|s| scheduling.is_none_or(|l| s.spec.get("schedulingStrategy").as_str() == Some(l)))
        .map(|s| s.arn.clone())
        .collect();
    // ListServices answers ten unless asked for more, up to a hundred.
    let mut asked = input.clone();
    if asked.get("maxResults").is_null() {
        asked.set("maxResults", 10_i64.into());
    }
    let (arns, next) = page(arns, &asked, 100)?;
    Ok(Value::map([("serviceArns", arns), ("nextToken", next)]))
}

/// A service as AWS describes it.
pub(super) fn document(world: &World, service: &Service, with_tags: bool) -> Value {
    let (running, pending) = scheduler::counts(world, service, None);
    let spec = &service.spec;
    let mut document = Value::map([
        ("serviceArn", Value::from(service.arn.as_str())),
        ("serviceName", service.name.as_str().into()),
        (
            "clusterArn",
            world
                .arn("ecs", &format!("cluster/{}", service.cluster))
                .into(),
        ),
        ("status", service.status.as_str().into()),
        ("desiredCount", service.desired.into()),
        ("runningCount", running.into()),
        ("pendingCount", pending.into()),
        ("createdAt", service.created_at.into()),
        ("createdBy", service.created_by.as_str().into()),
    ]);
    // Whatever is not a deployment's is shown, what the region does not know included.
    for (key, value) in spec.fields().iter().filter(|(key, _)| is_shown(key)) {
        if !value.is_null() {
            document.set(key, value.clone());
        }
    }
    if spec.get("resourceManagementType").is_null() {
        document.set("resourceManagementType", "CUSTOMER".into());
    }
    if service.status != ServiceStatus::Inactive
        && let Some(primary) = service.primary()
    {
        document.set("taskDefinition", primary.task_definition.as_str().into());
    }
    if spec.get("launchType").as_str() != Some("EC2") {
        document.set("platformFamily", "Linux".into());
    }
    let role = "role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS";
    document.set("roleArn", world.arn("iam", role).into());
    let deployments = service
        .deployments
        .iter()
        .enumerate()
        .map(|(n, d)| deployment(world, service, d, n == 0));
    document.set("deployments", Value::list(deployments.collect::<Vec<_>>()));
    let events = service.events.iter().map(|e| {
        Value::map([
            ("id", Value::from(e.id.as_str())),
            ("createdAt", e.at.into()),
            ("message", e.message.as_str().into()),
        ])
    });
    document.set("events", Value::list(events));
    if world.ecs.habits.without_revisions {
        return with_tags_of(document, service, with_tags);
    }
    if let Some(now) = service.history.last().filter(|h| !h.status.is_over()) {
        document.set("currentServiceDeployment", now.arn.as_str().into());
    }
    let revisions = service.deployments.iter().map(|d| {
        let (running, pending) = scheduler::counts(world, service, Some(&d.id));
        Value::map([
            ("arn", Value::from(d.revision.as_str())),
            (
                "requestedTaskCount",
                wanted(service, d, running + pending).into(),
            ),
            ("runningTaskCount", running.into()),
            ("pendingTaskCount", pending.into()),
        ])
    });
    document.set(
        "currentServiceRevisions",
        Value::list(revisions.collect::<Vec<_>>()),
    );
    with_tags_of(document, service, with_tags)
}

fn with_tags_of(mut document: Value, service: &Service, asked: bool) -> Value {
    if asked && !service.tags.is_empty() {
        document.set("tags", tag_list(&service.tags));
    }
    document
}

/// Whether a description shows a parameter at the top; these are in deployments and revisions alone.
fn is_shown(key: &str) -> bool {
    const BELOW: [&str; 6] = [
        "role",
        "serviceConnectConfiguration",
        "volumeConfigurations",
        "vpcLatticeConfigurations",
        "gatewayConnectors",
        "monitoring",
    ];
    !BELOW.contains(&key)
}

fn deployment(world: &World, service: &Service, deployment: &Deployment, primary: bool) -> Value {
    let (running, pending) = scheduler::counts(world, service, Some(&deployment.id));
    let mut document = Value::map([
        ("id", Value::from(deployment.id.as_str())),
        ("status", if primary { "PRIMARY" } else { "ACTIVE" }.into()),
        ("taskDefinition", deployment.task_definition.as_str().into()),
        (
            "desiredCount",
            wanted(service, deployment, running + pending).into(),
        ),
        ("pendingCount", pending.into()),
        ("runningCount", running.into()),
        ("failedTasks", deployment.failed_tasks.into()),
        ("createdAt", deployment.created_at.into()),
        ("updatedAt", touched_at(world, deployment).into()),
        ("rolloutState", deployment.rollout.as_str().into()),
        ("rolloutStateReason", deployment.reason.as_str().into()),
    ]);
    for key in [
        "launchType",
        "capacityProviderStrategy",
        "platformVersion",
        "networkConfiguration",
        "serviceConnectConfiguration",
        "volumeConfigurations",
        "vpcLatticeConfigurations",
    ] {
        let value = deployment.settings.get(key);
        if !value.is_null() {
            document.set(key, value.clone());
        }
    }
    if deployment.settings.get("launchType").as_str() != Some("EC2") {
        document.set("platformFamily", "Linux".into());
    }
    document
}

/// When a deployment was last touched: by a change, or by the day.
fn touched_at(world: &World, deployment: &Deployment) -> Timestamp {
    const DAY: i64 = 86_400;
    let changed = deployment.updated_at;
    if !world.ecs.habits.touches_daily {
        return changed;
    }
    let days = world.now().duration_since(changed).as_secs().max(0) / DAY;
    later(changed, SignedDuration::from_secs(days * DAY))
}

/// The primary wants what the service wants; those it replaces only what they still have.
fn wanted(service: &Service, deployment: &Deployment, live: i64) -> i64 {
    if service.primary().is_some_and(|p| p.id == deployment.id) {
        service.desired
    } else {
        live
    }
}
