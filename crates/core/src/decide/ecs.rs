//! ECS's own account of a service's tasks on IPv6: how many failed, and what their container health checks say.
//!
//! Without a load balancer it is most of what there is. Behind one a task that crashes is replaced before its requests show it.
//!
//! What must not be here: what follows from it, and what the plan names.

use jiff::Timestamp;

use super::{
    fault::reason,
    in_place::{back, proof},
    view::View,
};
use crate::{
    evidence::{Signal, SignalVerdict, Verdict},
    observation::{DerivedTask, DescribedService, Known, Rollout},
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
    let by_ecs = service.primary().map_or(0, |d| d.failed_tasks);
    let ended: Vec<&DerivedTask> = ended(view, since).collect();
    [failed_tasks(service, by_ecs, &ended)]
        .into_iter()
        .chain(container_health(view))
        .collect()
}

/// The same of a twin that a load balancer sends to: what its requests do not show. There is none of it while ECS gives no reason to
/// ask.
pub(super) fn beside_requests(view: &View<'_>) -> Vec<SignalVerdict> {
    match view.has_traffic() {
        true => account(view),
        false => Vec::new(),
    }
}

/// Why its tasks had its traffic taken back, where they had.
pub(super) fn bad_before(view: &View<'_>) -> Option<String> {
    let bad = |s: &SignalVerdict| s.verdict == Verdict::Bad;
    let signals = account(view);
    signals.iter().any(bad).then(|| reason(&signals))
}

fn account(view: &View<'_>) -> Vec<SignalVerdict> {
    let twin = view.seen.twin.seen();
    let twin = twin.filter(|t| t.is_active() && t.desired > 0 && t.is_in_doubt(view.now));
    let Some(twin) = twin else {
        return Vec::new();
    };
    // Before its code was deployed, or a person ordered another try, it was another's fault.
    let since = twin.primary().map(|d| d.created_at);
    let since = since.max(back::retried_at(view));
    let ended: Vec<&DerivedTask> = ended(view, since).collect();
    let share_since = view.settled_since();
    let newest = ended.iter().filter_map(|t| t.stopped_at).max();
    // What failed until it had this share, and does no more, is over.
    let goes_on = newest.is_some_and(|at| share_since.is_none_or(|since| at >= since));
    let ended = if goes_on { ended } else { Vec::new() };
    let is_short = twin.is_deploying() || twin.running < twin.desired;
    let in_a_row = twin.primary().filter(|_| is_short);
    let mut failed = failed_tasks(twin, in_a_row.map_or(0, |d| d.failed_tasks), &ended);
    if let Some(why) = gave_up(twin) {
        failed.verdict = Verdict::Bad;
        failed.note = Some(why);
    }
    if let Some(ipv4) = view.seen.ipv4.seen().and_then(|ipv4| by_ecs(ipv4))
        && failed.verdict == Verdict::Bad
    {
        failed.verdict = Verdict::NoData;
        failed.note = Some(format!("tasks fail on both sides; on IPv4 {ipv4}"));
    }
    if let Known::Unknown(why) = &view.seen.derived_tasks
        && failed.verdict == Verdict::Good
    {
        failed.verdict = Verdict::Error;
        failed.note = Some(why.to_string());
    }
    let health = container_health(view);
    [failed].into_iter().chain(health).collect()
}

/// What of it stands against a rise, though the requests are good.
pub(super) fn unwell<'v>(view: &'v View<'_>) -> Option<&'v SignalVerdict> {
    let is_of_ecs =
        |s: &&SignalVerdict| matches!(s.signal, Signal::FailedTasks | Signal::ContainerHealth);
    let signals = view.evidence()?.signals.iter().filter(is_of_ecs);
    signals
        .filter(|s| s.verdict != Verdict::Good)
        .max_by_key(|s| s.verdict)
}

fn failed_tasks(service: &DescribedService, by_ecs: u32, ended: &[&DerivedTask]) -> SignalVerdict {
    let failed = (by_ecs as usize).max(ended.len());
    let limit = too_many(service);
    let last = ended.iter().max_by_key(|t| t.created_at);
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
    if let Some(why) = gave_up(service) {
        return Some(why);
    }
    let failed = service.primary()?.failed_tasks;
    (failed >= too_many(service)).then(|| format!("{failed} tasks failed in a row{}", why(service)))
}

fn gave_up(service: &DescribedService) -> Option<String> {
    let is_failed = service.primary()?.rollout == Rollout::Failed;
    is_failed.then(|| format!("ECS gave the deployment up{}", why(service)))
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
