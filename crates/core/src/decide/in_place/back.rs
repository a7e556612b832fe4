//! The way back of a service that was moved in place: its deployment is stopped, or the revision that ran before is deployed.
//!
//! The note comes first, with its reason: once the service is back, nothing in AWS tells any more why.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{
    super::{
        Gate, OPEN, act, forget,
        rollback::{aborted, is_back, is_retried, is_returning, retry, settle},
        view::View,
        wait,
    },
    bad, call, proof, still,
};
use crate::{
    action::{InPlaceCall, Side},
    names::tag,
    note::{self, Note},
    observation::DescribedService,
    plan::OnBad,
    share::Share,
    status::{Phase, WaitingOn},
};

/// A deployment that was to stop is left otherwise after this long.
const IN_VAIN: SignedDuration = SignedDuration::from_mins(2);

/// The phase of a stop here.
pub(super) fn phase(view: &View<'_>) -> Phase {
    if view.standing() == Phase::RolledBack && is_retried(view) {
        return Phase::RolledBack;
    }
    let is_due = view.plan.health.on_bad == OnBad::Rollback && bad(view).is_some();
    if view.is_rolled_back()
        || view.is_unnoted()
        || is_returning(view)
        || aborted(view).is_some()
        || is_due
    {
        Phase::RollingBack
    } else {
        view.standing()
    }
}

/// Whether the service may stay where it is.
pub(super) fn safe(view: &View<'_>) -> Gate {
    safe_by(view, put_back)
}

/// The same, put back in some way.
pub(super) fn safe_by(view: &View<'_>, put_back: fn(&View<'_>) -> Gate) -> Gate {
    if view.is_rolled_back() {
        retry(view)?;
        undo(view, put_back)?;
        return is_back(view);
    }
    if view.is_unnoted() {
        put_back(view)?;
        return note(view, "the service is back without that note");
    }
    if let Some(reason) = aborted(view) {
        if view.home().is_none() {
            return wait(view.went_back(reason));
        }
        return note(view, &reason);
    }
    if is_returning(view) {
        return undo(view, put_back);
    }
    match bad(view) {
        None => OPEN,
        Some(reason) if view.plan.health.on_bad == OnBad::Hold => {
            wait(WaitingOn::Bad { reason, lost: None })
        }
        Some(reason) => note(view, &reason),
    }
}

/// When a person last ordered this revision to be tried again.
pub(in super::super) fn retried_at(view: &View<'_>) -> Option<Timestamp> {
    let retry = view.facts.retry.as_ref()?;
    (retry.revision == view.plan.revision).then_some(retry.at)
}

/// Notes that it goes back, and why.
pub(super) fn note(view: &View<'_>, why: &str) -> Gate {
    match view.home() {
        Some(home) => act(home.note(noted(view, why), None)),
        None => OPEN,
    }
}

/// What is noted of a return and its reason.
pub(in super::super) fn noted(view: &View<'_>, why: &str) -> BTreeMap<String, String> {
    let revision = &view.plan.revision;
    let share = match view.note().map_or(Share::NONE, Note::highest) {
        Share::NONE => Note::Settled(Share::NONE, None),
        highest => Note::Moving(highest, Share::NONE),
    };
    BTreeMap::from([
        (
            tag::ROLLED_BACK.to_owned(),
            format!("{revision}@{}", view.now),
        ),
        (
            tag::ROLLED_BACK_WHY.to_owned(),
            note::reason(&revision.0, why),
        ),
        (tag::SHARE.to_owned(), share.text()),
    ])
}

/// Settled last: a new try, however soon it is ordered, proves itself anew.
fn undo(view: &View<'_>, put_back: fn(&View<'_>) -> Gate) -> Gate {
    put_back(view)?;
    forget(view, &[tag::PROVEN, tag::BAKED])?;
    settle(view)
}

/// The service runs what it ran before, where it ran it, and no task of ours is beside it.
fn put_back(view: &View<'_>) -> Gate {
    let service = view.ipv4()?;
    let is_there = view.plan.ipv6.is_network_of(service);
    // Before the note that it is to move nothing of it was ours.
    if let Some(before) = before(view).filter(|_| is_there) {
        return leave(view, service, before);
    }
    at_rest(view, service)
}

/// Back where it was, with ECS Exec as it was, and nothing of ours beside it.
pub(super) fn at_rest(view: &View<'_>, service: &DescribedService) -> Gate {
    still(view, Side::Ipv4)?;
    exec_again(view, service)?;
    let tasks = view.look(&view.seen.derived_tasks, "the tasks beside the service")?;
    proof::gone(view, tasks.map_or(&[], Vec::as_slice))
}

/// ECS Exec is no part of a revision: a deployment that was stopped with rollback leaves it off.
fn exec_again(view: &View<'_>, service: &DescribedService) -> Gate {
    match before(view) {
        Some((revision, true)) if !service.exec => call(
            view,
            InPlaceCall::Restore {
                revision: revision.to_owned(),
                exec: true,
                keeps: Some(service.task_definition.clone()),
            },
        ),
        _ => OPEN,
    }
}

/// The revision that ran before, and whether ECS Exec was on.
pub(super) fn before<'a>(view: &View<'a>) -> Option<(&'a str, bool)> {
    let noted = view.noted(tag::BEFORE)?;
    Some(match noted.split_once(' ') {
        Some((revision, _)) => (revision, true),
        None => (noted, false),
    })
}

/// AWS may refuse to stop a deployment; deploying what ran before it takes in any case.
fn is_stopped_in_vain(view: &View<'_>) -> bool {
    let noted = view.rolled_back().and_then(|r| r.at);
    noted.is_some_and(|at| view.now.duration_since(at) > IN_VAIN)
}

/// What ran `before` runs again, with ECS Exec where it was on.
pub(super) fn leave(view: &View<'_>, service: &DescribedService, before: (&str, bool)) -> Gate {
    let definition = view.seen.twin_task_definition.seen();
    let is_ours = definition.is_some_and(|d| d.arn == service.task_definition);
    if service.is_deploying() && is_ours && !is_stopped_in_vain(view) {
        return call(view, InPlaceCall::StopDeployment);
    }
    let (revision, exec) = before;
    call(
        view,
        InPlaceCall::Restore {
            revision: revision.to_owned(),
            exec,
            // What the team deployed there since is newer than what ran before.
            keeps: (!is_ours).then(|| service.task_definition.clone()),
        },
    )
}
