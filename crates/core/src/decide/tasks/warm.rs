//! Before a task of the service goes, one of the twin stands on IPv6 alone; and before more go, as many of the twin's do.
//!
//! What must not be here: what becomes of a task that does not stand ([`super::back`]).

use std::time::Duration;

use super::{
    super::{Gate, OPEN, in_place::proof::is_checked, shift::ended, view::View, wait, warm},
    side,
};
use crate::{
    action::Side,
    note::Note,
    share::Share,
    status::{Stood, WaitingOn},
    way::tasks,
};

/// The twin's first task has stood on IPv6 alone.
pub(super) fn warm(view: &View<'_>) -> Gate {
    if view.is_retired() {
        return OPEN;
    }
    let (ipv4, twin) = (view.ipv4()?, view.twin()?);
    let is_new = matches!(view.note(), Some(Note::Settled(Share::NONE, _)));
    if is_new {
        if twin.desired < tasks::CANARY {
            side::sized(view, Side::Ipv6, tasks::CANARY)?;
        }
        ready(view, tasks::CANARY)?;
        canary(view)?;
    }
    warm::deploys_alike(view, ipv4, twin)
}

/// By the age of the oldest that runs.
pub(in super::super) fn canary(view: &View<'_>) -> Gate {
    let tasks = view.need(&view.seen.twin_tasks, "the twin's tasks", "")?;
    let running = tasks.iter().filter(|t| t.status == "RUNNING");
    let oldest = running.filter_map(|t| t.started_at).min();
    let stood = oldest.map(|at| view.now.duration_since(at));
    let proven = stood.and_then(|s| Duration::try_from(s).ok());
    let proven = proven.unwrap_or_default();
    if proven >= warm::CANARY {
        return OPEN;
    }
    wait(WaitingOn::Stood {
        what: Stood::Task,
        proven,
        needed: warm::CANARY,
    })
}

/// So many of the twin's tasks run on IPv6 alone, and pass their container health checks where they have any.
pub(in super::super) fn ready(view: &View<'_>, needed: u32) -> Gate {
    let twin = view.twin()?;
    ended(view, twin, Side::Ipv6)?;
    warm::tasks(view, twin, needed)?;
    let definition = view.need(
        &view.seen.twin_task_definition,
        "the twin's task definition",
        "",
    )?;
    if !is_checked(definition) {
        return OPEN;
    }
    let Some(tasks) = view.look(&view.seen.derived_tasks, "the twin's tasks")? else {
        return OPEN;
    };
    let healthy = tasks
        .iter()
        .filter(|t| t.of_service && t.task.status == "RUNNING" && t.health == "HEALTHY");
    let healthy = u32::try_from(healthy.count()).unwrap_or(u32::MAX);
    if healthy >= needed {
        return OPEN;
    }
    wait(WaitingOn::TasksStarting {
        side: Side::Ipv6,
        running: healthy,
        desired: needed,
        reason: Some("their container health checks have not passed yet".to_owned()),
        overdue: warm::is_overdue(view, twin),
    })
}
