//! Tasks of a deployment that fail: back-off, and the circuit breaker.
//!
//! What belongs here: counting failures and what follows. What must not: which tasks failed, and why.

use jiff::SignedDuration;

use super::World;
use super::clock::{Wake, later};
use super::ecs::{Rollout, Service};
use super::scheduler::tell;
use super::service_deployments::{self, Status};
use crate::Value;

/// What ECS says of a service deployment whose circuit breaker tripped, as its users quote it.
const EXCEEDED: &str =
    "Service deployment rolled back because the circuit breaker threshold was exceeded.";

/// The same where it is not rolled back; the words are the region's.
const STOPPED: &str =
    "Service deployment stopped because the circuit breaker threshold was exceeded.";

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

/// Whether the circuit breaker of a service is on.
pub(crate) fn is_on(service: &Service) -> bool {
    breaker_of(service).get("enable").as_bool() == Some(true)
}

/// How many failed tasks trip it.
pub(crate) fn threshold_of(service: &Service) -> i64 {
    threshold(breaker_of(service), service.desired)
}

fn trip(world: &mut World, arn: &str, deployment: &str, breaker: &Value) {
    let Some(service) = world.ecs.services.get_mut(arn) else {
        return;
    };
    let name = service.name.clone();
    let failed = service.deployments.iter().find(|d| d.id == deployment);
    let returns = failed.is_some_and(|d| d.rolls_back);
    for past in service.history.iter_mut().filter(|h| h.id == deployment) {
        past.tripped = true;
    }
    let why = "ECS deployment circuit breaker: tasks failed to start.";
    service_deployments::end_rollout(world, arn, deployment, why);
    tell(
        world,
        arn,
        format!(
            "(service {name}) (deployment {deployment}) deployment failed: tasks failed to start."
        ),
    );
    let wanted = breaker.get("rollback").as_bool() == Some(true);
    // What failed on its way back is not taken back once more.
    if wanted && !returns {
        return service_deployments::go_back(world, arn, deployment, EXCEEDED);
    }
    let (status, why) = if returns {
        (Status::RollbackFailed, EXCEEDED)
    } else {
        (Status::Stopped, STOPPED)
    };
    service_deployments::finish(world, arn, deployment, status, Some(why));
}
