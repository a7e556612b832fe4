//! Tasks that ECS leaves alone while the service is deployed anew: those of the side that customers are on.
//!
//! Protection ends by itself after two days: whatever becomes of us, a deployment waits that long for it and no longer.
//!
//! What must not be here: where routes lead ([`super::follow`]).

use std::time::Duration;

use jiff::SignedDuration;

use super::{
    super::{
        super::{Gate, OPEN, shift::worst, view::View, wait},
        call,
    },
    follow,
};
use crate::{
    action::{InPlaceCall, Side},
    evidence::{SignalVerdict, Verdict},
    names::tag,
    observation::{DescribedService, OwnTask},
    share::Share,
    status::{Stood, WaitingOn},
};

/// What ECS takes in a call (botocore: ecs `UpdateTaskProtectionRequest.tasks`).
const MOST: usize = 10;
/// The longest that ECS protects a task for (the same, `expiresInMinutes`).
const LONGEST: u32 = 2_880;
/// What has to be left of it, or it is asked for again.
const LEAST: SignedDuration = SignedDuration::from_hours(24);
/// How long IPv4's tasks are kept once all customers are on IPv6, where nothing was proven before.
const KEPT: Duration = Duration::from_secs(600);

/// The side that a task runs on, once it runs and has an address. One of IPv4's may have an IPv6 address as well.
fn side_of(task: &OwnTask) -> Option<Side> {
    let task = &task.task;
    match (task.status.as_str(), &task.ipv4, &task.ipv6) {
        ("RUNNING", Some(_), _) => Some(Side::Ipv4),
        ("RUNNING", None, Some(_)) => Some(Side::Ipv6),
        _ => None,
    }
}

/// The service's tasks that run on a side.
fn of(tasks: &[OwnTask], side: Side) -> impl Iterator<Item = &OwnTask> {
    tasks.iter().filter(move |task| side_of(task) == Some(side))
}

fn tasks<'a>(view: &View<'a>) -> Gate<&'a [OwnTask]> {
    view.need(&view.seen.own_tasks, "the service's tasks", "")
        .map_continue(Vec::as_slice)
}

/// Whether any task is protected.
pub(super) fn is_any(view: &View<'_>) -> bool {
    let mut tasks = view.seen.own_tasks.seen().into_iter().flatten();
    tasks.any(|task| task.is_protected(view.now))
}

/// As many tasks run on a side as the service wants.
pub(super) fn runs(view: &View<'_>, service: &DescribedService, side: Side) -> Gate {
    let running = of(tasks(view)?, side).count() as u32;
    if running >= service.desired {
        return OPEN;
    }
    wait(WaitingOn::TasksStarting {
        side,
        running,
        desired: service.desired,
        reason: service.last_event.clone(),
        overdue: false,
    })
}

/// ECS leaves every task of a side alone.
pub(super) fn protect(view: &View<'_>, side: Side) -> Gate {
    let is_due = |task: &&OwnTask| {
        let left = task.protected_until.map(|at| at.duration_since(view.now));
        left.is_none_or(|left| left < LEAST)
    };
    let due: Vec<&OwnTask> = of(tasks(view)?, side).filter(is_due).collect();
    ask(view, &due, Some(LONGEST))
}

/// ECS may replace the tasks of some sides again.
pub(super) fn release(view: &View<'_>, sides: &[Side]) -> Gate {
    let all = tasks(view)?;
    let is_due = |task: &&OwnTask| task.is_protected(view.now);
    let due: Vec<&OwnTask> = sides
        .iter()
        .flat_map(|side| of(all, *side))
        .filter(is_due)
        .collect();
    ask(view, &due, None)
}

fn ask(view: &View<'_>, due: &[&OwnTask], minutes: Option<u32>) -> Gate {
    if due.is_empty() {
        return OPEN;
    }
    let arns = due.iter().map(|task| task.task.arn.clone());
    let call_of = InPlaceCall::Protect {
        tasks: arns.take(MOST).collect(),
        minutes,
    };
    call(view, call_of)
}

/// Customers have been on IPv6 for a while, with IPv4's tasks still there: then those may go.
pub(super) fn let_go(view: &View<'_>) -> Gate {
    if view.noted(tag::BAKED).is_some() {
        return OPEN;
    }
    let is_kept = |task: &OwnTask| task.is_protected(view.now);
    if !of(tasks(view)?, Side::Ipv4).any(is_kept) {
        return OPEN;
    }
    if !follow::all_at(view, Share::ALL) {
        return wait(WaitingOn::CloserLook);
    }
    let needed = view.plan.in_place().and_then(|how| how.proof);
    let needed = needed.unwrap_or(KEPT);
    let since = view.settled_since();
    let stood = since.map_or(SignedDuration::ZERO, |at| view.now.duration_since(at));
    let proven = Duration::try_from(stood).unwrap_or_default();
    if proven < needed {
        return wait(WaitingOn::Stood {
            what: Stood::Customers,
            proven,
            needed,
        });
    }
    // Too few requests say nothing; whatever cannot be read may hide what is bad.
    let holds = |verdict| matches!(verdict, Verdict::NoData | Verdict::Error | Verdict::Bad);
    if let Some(evidence) = view.evidence().filter(|e| holds(e.verdict)) {
        return wait(WaitingOn::Evidence {
            step: 0,
            verdict: evidence.verdict,
            note: worst(&evidence.signals).map(SignalVerdict::sentence),
            overdue: false,
        });
    }
    follow::carries(view, Side::Ipv6)?;
    release(view, &[Side::Ipv4])
}
