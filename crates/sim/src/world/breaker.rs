//! Tasks of a deployment that fail: back-off, and the circuit breaker.
//!
//! What belongs here: counting failures and what follows. What must not: which tasks failed, and why.

use jiff::SignedDuration;

use super::World;
use super::clock::{Wake, later};
use super::ecs::Rollout;
use super::scheduler::{deploy, tell};

/// Counts a task that failed to start or to become healthy: back-off, and the circuit breaker.
pub(crate) fn count_failure(world: &mut World, arn: &str, deployment: &str) {
    let now = world.now();
    let Some(service) = world.ecs.services.get_mut(arn) else {
        return;
    };
    let (desired, breaker) = (
        service.desired,
        service
            .spec
            .get("deploymentConfiguration")
            .get("deploymentCircuitBreaker")
            .clone(),
    );
    let Some(found) = service.deployments.iter_mut().find(|d| d.id == deployment) else {
        return;
    };
    found.failed_tasks += 1;
    found.updated_at = now;
    let wait = 10_i64
        .saturating_mul(1 << found.failed_tasks.clamp(0, 6))
        .min(600);
    found.start_after = later(now, SignedDuration::from_secs(wait));
    let (due, failed, rollout) = (found.start_after, found.failed_tasks, found.rollout);
    world.agenda.at(due, Wake::Service(arn.to_owned()));
    let threshold = ((desired + 1) / 2).clamp(3, 200);
    if breaker.get("enable").as_bool() == Some(true)
        && rollout == Rollout::InProgress
        && failed >= threshold
    {
        trip(
            world,
            arn,
            deployment,
            breaker.get("rollback").as_bool() == Some(true),
        );
    }
}

fn trip(world: &mut World, arn: &str, deployment: &str, rollback: bool) {
    let now = world.now();
    let Some(service) = world.ecs.services.get_mut(arn) else {
        return;
    };
    let name = service.name.clone();
    for found in service
        .deployments
        .iter_mut()
        .filter(|d| d.id == deployment)
    {
        found.rollout = Rollout::Failed;
        found.updated_at = now;
        "ECS deployment circuit breaker: tasks failed to start.".clone_into(&mut found.reason);
    }
    for past in service.history.iter_mut().filter(|h| h.id == deployment) {
        past.finished_at = Some(now);
        past.status = "STOPPED";
    }
    let good = service
        .deployments
        .iter()
        .find(|d| d.rollout == Rollout::Completed)
        .cloned();
    tell(
        world,
        arn,
        format!(
            "(service {name}) (deployment {deployment}) deployment failed: tasks failed to start."
        ),
    );
    if let (true, Some(good)) = (rollback, good) {
        let Some(service) = world.ecs.services.get_mut(arn) else {
            return;
        };
        for (key, value) in good.settings.fields() {
            service.spec.set(key, value.clone());
        }
        service
            .spec
            .set("taskDefinition", good.task_definition.as_str().into());
        deploy(world, arn, &good.task_definition);
        tell(
            world,
            arn,
            format!("(service {name}) rolling back to (deployment {}).", good.id),
        );
    }
}
