//! Before a service is touched, one task of what it is to become runs beside it, on IPv6 alone, for as long as the plan says.
//!
//! What must not be here: what follows from a proof that failed ([`super::back`]).

use jiff::SignedDuration;

use super::{
    super::{Gate, OPEN, note_on_ours, view::View, wait},
    back, call,
};
use crate::{
    action::{InPlaceCall, Side},
    names::{self, tag},
    observation::{DerivedTask, TaskDefinition, containers},
    status::{Stood, WaitingOn},
};

/// A task that does not run after this long will not do so by waiting.
const OVERDUE: SignedDuration = SignedDuration::from_mins(15);

/// One task of the derived definition has stood long enough, and is gone again.
pub(super) fn proof(view: &View<'_>) -> Gate {
    let Some(hold) = view.plan.in_place().and_then(|how| how.proof) else {
        return OPEN;
    };
    // From then on nobody looks for tasks beside it.
    if view.noted(tag::BAKED).is_some() {
        return OPEN;
    }
    let tasks = view.need(&view.seen.derived_tasks, "the tasks beside the service", "")?;
    if view.is_under_way() || view.noted(tag::PROVEN).is_some() {
        return gone(view, tasks);
    }
    let definition = view.need(
        &view.seen.twin_task_definition,
        "the derived task definition",
        "",
    )?;
    if let Some(why) = failed(view, tasks, definition) {
        return back::note(view, &why);
    }
    let Some(task) = of(view, tasks, definition).find(|t| t.is_live()) else {
        // One of an earlier attempt goes first.
        gone(view, tasks)?;
        return run(view, definition);
    };
    if let Some(address) = &task.task.ipv4 {
        return wait(WaitingOn::NotIpv6Only {
            task: short(&task.task.arn).to_owned(),
            address: address.clone(),
        });
    }
    let age = view.now.duration_since(task.created_at);
    let is_up = task.task.status == "RUNNING"
        && task.task.ipv6.is_some()
        && (task.health == "HEALTHY" || !is_checked(definition));
    let Some(since) = task.task.started_at.filter(|_| is_up) else {
        return wait(WaitingOn::TasksStarting {
            side: Side::Ipv6,
            running: 0,
            desired: 1,
            reason: (task.task.status == "RUNNING")
                .then(|| "its container health check has not passed yet".to_owned()),
            overdue: age > OVERDUE,
        });
    };
    let stood = view.now.duration_since(since);
    let proven = std::time::Duration::try_from(stood).unwrap_or_default();
    if proven < hold {
        return wait(WaitingOn::Stood {
            what: Stood::Task,
            proven,
            needed: hold,
        });
    }
    note_on_ours(view, tag::PROVEN, format!("{:.0}", view.now))
}

/// The plan's tasks of this very definition, of after the last order to try again.
fn of<'a>(
    view: &'a View<'_>,
    tasks: &'a [DerivedTask],
    definition: &'a TaskDefinition,
) -> impl Iterator<Item = &'a DerivedTask> {
    let retried = back::retried_at(view);
    ours(view, tasks).filter(move |t| {
        t.task_definition == definition.arn && retried.is_none_or(|at| t.created_at >= at)
    })
}

fn ours<'a>(view: &View<'_>, tasks: &'a [DerivedTask]) -> impl Iterator<Item = &'a DerivedTask> {
    let by = names::started_by(view.plan);
    tasks.iter().filter(move |t| t.started_by == by)
}

/// Why the task did not stand, where it did not.
fn failed(view: &View<'_>, tasks: &[DerivedTask], definition: &TaskDefinition) -> Option<String> {
    let of = || of(view, tasks, definition);
    let stopped = of().find(|t| !t.is_live());
    if let Some(task) = stopped {
        let why = why_stopped(task);
        return Some(format!("the task beside the service stopped: {why}"));
    }
    let sick = of().find(|t| t.health == "UNHEALTHY")?;
    let id = short(&sick.task.arn);
    Some(format!(
        "the container health check of task {id} beside the service fails on IPv6"
    ))
}

/// In ECS's words, where it has any.
pub(in super::super) fn why_stopped(task: &DerivedTask) -> &str {
    let said = task.task.stopped.as_deref();
    said.unwrap_or("ECS does not say why")
}

/// Whether ECS checks the health of its containers.
pub(in super::super) fn is_checked(definition: &TaskDefinition) -> bool {
    let document = definition.document.read();
    containers(&document).any(|c| !c["healthCheck"].is_null())
}

fn run(view: &View<'_>, definition: &TaskDefinition) -> Gate {
    let service = view.ipv4()?;
    call(
        view,
        InPlaceCall::RunTask {
            task_definition: definition.arn.clone(),
            subnets: view.plan.ipv6.subnets.clone(),
            security_groups: view.plan.ipv6.groups_beside(service).to_vec(),
            started_by: names::started_by(view.plan),
            token: token(view, definition),
            tags: [(tag::PLAN.to_owned(), view.plan.uid.0.clone())].into(),
        },
    )
}

/// The same for a reply that was lost, another where the task that it made is gone: ECS answers for an hour or a day with the
/// first task, also when that stopped.
fn token(view: &View<'_>, definition: &TaskDefinition) -> String {
    let revision = definition.arn.rsplit(':').next().unwrap_or_default();
    let hour = view.now.as_second().div_euclid(3_600);
    let tried = back::retried_at(view).map_or(0, |at| at.as_second());
    format!("{}-{revision}-{hour}-{tried}", view.plan.uid)
}

/// No task of ours is left beside the service.
pub(super) fn gone(view: &View<'_>, tasks: &[DerivedTask]) -> Gate {
    match ours(view, tasks).find(|t| t.is_live()) {
        Some(task) => call(
            view,
            InPlaceCall::StopTask {
                task: task.task.arn.clone(),
                reason: "sixshift: the proof is over".to_owned(),
            },
        ),
        None => OPEN,
    }
}

fn short(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}
