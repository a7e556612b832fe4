//! Tasks of a deployment that fail: back-off, and the circuit breaker.
//!
//! What belongs here: counting failures and what follows. What must not: which tasks failed, and why.

use jiff::SignedDuration;

use super::clock::{Wake, later};
use super::ecs::{Deployment, Rollout, Service};
use super::scheduler::{deploy, tell};
use super::{World, revision};
use crate::Value;

/// Counts a task that failed to start or to become healthy: back-off, and the circuit breaker.
pub(crate) fn count_failure(world: &mut World, arn: &str, deployment: &str) {
    let now = world.now();
    let Some(service) = world.ecs.services.get_mut(arn) else {
        return;
    };
    let breaker = breaker_of(service).clone();
    let threshold = threshold(&breaker, service.desired);
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
    let enabled = breaker.get("enable").as_bool() == Some(true);
    if enabled && rollout == Rollout::InProgress && failed >= threshold {
        trip(world, arn, deployment, &breaker);
    }
}

/// Notes which tasks of a deployment were healthy; the first time that one is, its failures are forgotten.
pub(crate) fn note_healthy(service: &mut Service, deployment: &str, healthy: &[u64]) {
    let resets = breaker_of(service).get("resetOnHealthyTask").as_bool() != Some(false);
    let found = service.deployments.iter_mut().find(|d| d.id == deployment);
    let Some(found) = found else { return };
    let known = found.proven.len();
    found.proven.extend(healthy);
    if resets && found.proven.len() > known {
        found.failed_tasks = 0;
    }
}

fn breaker_of(service: &Service) -> &Value {
    let configuration = service.spec.get("deploymentConfiguration");
    configuration.get("deploymentCircuitBreaker")
}

/// How many failed tasks trip the breaker: half of those wanted, 3 at least and 200 at most, unless it says otherwise.
fn threshold(breaker: &Value, desired: i64) -> i64 {
    let given = breaker.get("thresholdConfiguration");
    let value = given.get("value").as_i64().unwrap_or(50);
    let share = (desired * value + 99) / 100;
    match given.get("type").as_str() {
        Some("COUNT") => value.max(1),
        Some("UNBOUNDED_PERCENT") => share.max(1),
        _ => share.clamp(3, 200),
    }
}

fn trip(world: &mut World, arn: &str, deployment: &str, breaker: &Value) {
    let now = world.now();
    let Some(service) = world.ecs.services.get_mut(arn) else {
        return;
    };
    let name = service.name.clone();
    let mut returns = false;
    let failed = service.deployments.iter_mut();
    for found in failed.filter(|d| d.id == deployment) {
        found.rollout = Rollout::Failed;
        found.updated_at = now;
        "ECS deployment circuit breaker: tasks failed to start.".clone_into(&mut found.reason);
        returns = found.rolls_back;
    }
    for past in service.history.iter_mut().filter(|h| h.id == deployment) {
        past.finished_at = Some(now);
        past.status = if returns {
            "ROLLBACK_FAILED"
        } else {
            "STOPPED"
        };
    }
    let mut complete = service.deployments.iter();
    let good = complete.find(|d| d.rollout == Rollout::Completed).cloned();
    tell(
        world,
        arn,
        format!(
            "(service {name}) (deployment {deployment}) deployment failed: tasks failed to start."
        ),
    );
    let wanted = breaker.get("rollback").as_bool() == Some(true);
    // What failed on its way back is not taken back once more.
    if let Some(good) = good.filter(|_| wanted && !returns) {
        go_back(world, arn, deployment, &good);
        tell(
            world,
            arn,
            format!("(service {name}) rolling back to (deployment {}).", good.id),
        );
    }
}

/// Brings the last deployment that was completed again: its task definition, network and whatever else it carried.
fn go_back(world: &mut World, arn: &str, failed: &str, good: &Deployment) {
    let now = world.now();
    let Some(service) = world.ecs.services.get_mut(arn) else {
        return;
    };
    for key in revision::CARRIED {
        service.spec.set(key, good.settings.get(key).clone());
    }
    let definition = Value::from(good.task_definition.as_str());
    service.spec.set("taskDefinition", definition);
    deploy(world, arn, &good.task_definition);
    let Some(service) = world.ecs.services.get_mut(arn) else {
        return;
    };
    // The way back belongs to the deployment that failed, and is none of its own.
    let Some(back) = service.history.pop() else {
        return;
    };
    for past in service.history.iter_mut().filter(|h| h.id == failed) {
        past.id.clone_from(&back.id);
        past.finished_at = None;
        past.status = "ROLLBACK_IN_PROGRESS";
        past.rollback = Some((now, good.revision.clone()));
    }
    let made = service.deployments.iter_mut().find(|d| d.id == back.id);
    if let Some(made) = made {
        made.rolls_back = true;
        made.reason = format!(
            "ECS deployment circuit breaker: rolling back to deploymentId {}.",
            good.id
        );
    }
}
