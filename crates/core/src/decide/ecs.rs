//! ECS's own account of a service's tasks on IPv6: how many failed, and what their container health checks say.
//!
//! What must not be here: what follows from it, and what the plan names.

use jiff::Timestamp;

use super::{in_place::proof, view::View};
use crate::{
    evidence::{Signal, SignalVerdict, Verdict},
    observation::{DerivedTask, DescribedService, Rollout},
};

/// As signals, beside those that the plan names. What it has not told yet is none.
pub(super) fn signals(
    view: &View<'_>,
    service: &DescribedService,
    since: Option<Timestamp>,
) -> Vec<SignalVerdict> {
    if view.seen.derived_tasks.seen().is_none() {
        return Vec::new();
    }
    let health = container_health(view);
    [failed_tasks(view, service, since)]
        .into_iter()
        .chain(health)
        .collect()
}

fn failed_tasks(
    view: &View<'_>,
    service: &DescribedService,
    since: Option<Timestamp>,
) -> SignalVerdict {
    let by_ecs = service.primary().map_or(0, |d| d.failed_tasks);
    let failed = (by_ecs as usize).max(ended(view, since).count());
    let limit = too_many(service);
    let last = ended(view, since).max_by_key(|t| t.created_at);
    SignalVerdict {
        signal: Signal::FailedTasks,
        verdict: if failed >= limit as usize {
            Verdict::Bad
        } else {
            Verdict::Good
        },
        observed: Some(failed as f64),
        limit: Some(f64::from(limit)),
        samples: failed as u64,
        note: last.map(|task| proof::why_stopped(task).to_owned()),
        own: None,
    }
}

/// Of its tasks that run, where ECS checks their containers: none of them healthy is bad, and some is not proven.
fn container_health(view: &View<'_>) -> Option<SignalVerdict> {
    let definition = view.seen.twin_task_definition.seen()?;
    let tasks = view.seen.derived_tasks.seen()?.iter();
    let running = tasks.filter(|t| t.of_service && t.task.status == "RUNNING");
    let running: Vec<&DerivedTask> = running.collect();
    if running.is_empty() || !proof::is_checked(definition) {
        return None;
    }
    let of = |health: &str| running.iter().filter(|t| t.health == health).count();
    let (healthy, sick, all) = (of("HEALTHY"), of("UNHEALTHY"), running.len());
    let verdict = match () {
        () if healthy == all => Verdict::Good,
        () if sick == all => Verdict::Bad,
        () => Verdict::TooFew,
    };
    let note = format!("{healthy} of {all} tasks pass their container health checks");
    Some(SignalVerdict {
        signal: Signal::ContainerHealth,
        verdict,
        observed: Some(healthy as f64),
        limit: None,
        samples: all as u64,
        note: (verdict != Verdict::Good).then_some(note),
        own: None,
    })
}

/// The service's tasks on IPv6 that ended by themselves within the hour that ECS tells of, since it was last tried.
fn ended<'a>(
    view: &'a View<'_>,
    since: Option<Timestamp>,
) -> impl Iterator<Item = &'a DerivedTask> {
    let tasks = view.seen.derived_tasks.seen().into_iter().flatten();
    tasks.filter(move |t| t.of_service && t.failed && since.is_none_or(|at| t.created_at >= at))
}

/// ECS counts a task as failed only where it never came to run or its health checks failed: one that ends soon after, again and
/// again, lets a deployment go on for ever (ECS developer guide, "How the Amazon ECS deployment circuit breaker detects
/// failures").
pub(super) fn by_its_tasks(
    view: &View<'_>,
    service: &DescribedService,
    since: Option<Timestamp>,
) -> Option<String> {
    let count = ended(view, since).count();
    let last = ended(view, since).max_by_key(|t| t.created_at)?;
    let why = proof::why_stopped(last);
    (count >= too_many(service) as usize)
        .then(|| format!("{count} of its tasks on IPv6 ended within an hour: {why}"))
}

/// What a circuit breaker would stop at by default, whether or not the service has one (ECS API:
/// DeploymentCircuitBreaker, half of the desired tasks, three at least).
fn too_many(service: &DescribedService) -> u32 {
    service.desired.div_ceil(2).clamp(3, 200)
}

/// That it gave a deployment up, or is about to.
pub(super) fn by_ecs(service: &DescribedService) -> Option<String> {
    let primary = service.primary()?;
    if primary.rollout == Rollout::Failed {
        let why = why(service);
        return Some(format!("ECS gave the deployment up{why}"));
    }
    let failed = primary.failed_tasks;
    (failed >= too_many(service)).then(|| format!("{failed} tasks failed in a row{}", why(service)))
}

/// That none of its tasks runs, while none is being replaced.
pub(super) fn nobody_runs(service: &DescribedService) -> Option<String> {
    let is_empty = service.desired > 0 && service.running == 0;
    (is_empty && !service.is_deploying()).then(|| format!("no task runs{}", why(service)))
}

fn why(service: &DescribedService) -> String {
    let told = service.primary().and_then(|d| d.reason.clone());
    let said = told.or_else(|| service.last_event.clone());
    said.map_or_else(String::new, |said| format!(": {said}"))
}
