//! A service that is moved in place: what may be run beside it, and what may replace or bring back its tasks.
//!
//! What must not be here: the notes of such a move ([`super::notes`] asks here whether they are true).

use jiff::{SignedDuration, Timestamp};

use super::{
    Veto, behind,
    case::Case,
    effect::{Effect, Replaced},
    made::{runs, stands},
    require,
    said::Said,
    weights::ALL,
};
use crate::{
    action::InPlaceCall,
    names::{self, tag},
    observation::{DerivedTask, DescribedService, Service},
    plan::InPlace,
};

/// Only a plan that says so moves its service in place, and only onto what was proven.
pub(super) fn in_place(case: &Case<'_>) -> Result<(), Veto> {
    let Effect::Replaces(Replaced { service, call }) = &case.effect else {
        return Ok(());
    };
    let of = &case.plan.service;
    require(
        service.cluster == of.cluster && service.service == of.name,
        Veto::NotThePlans,
    )?;
    let how = case.plan.in_place().ok_or(Veto::NotThePlans)?;
    let live = case.seen.ipv4.seen().ok_or(Veto::NotSeen)?;
    match call {
        InPlaceCall::RunTask {
            task_definition,
            subnets,
            security_groups,
            started_by,
            tags,
            ..
        } => {
            require(how.proof.is_some(), Veto::NotThePlans)?;
            forward(case)?;
            require(!has_moved(case, live), Veto::WrongDirection)?;
            runs(case, task_definition)?;
            stands(case, subnets, security_groups)?;
            let marked = *started_by == names::started_by(case.plan) && case.will_be_ours(tags);
            require(marked, Veto::NotOurs)?;
            require(
                !tasks(case)?.iter().any(|t| is_ours(case, t) && t.is_live()),
                Veto::TooLarge,
            )
        }
        InPlaceCall::StopTask { task, .. } => {
            let mut tasks = tasks(case)?.iter();
            let found = tasks.find(|t| t.task.arn == *task).ok_or(Veto::NotSeen)?;
            require(is_ours(case, found), Veto::NotOurs)
        }
        InPlaceCall::Swap {
            expects,
            task_definition,
            subnets,
            security_groups,
            target_groups,
        } => {
            forward(case)?;
            behind::may_swap(case, live, target_groups)?;
            require(live.task_definition == *expects, Veto::StaleRoute)?;
            require(!live.is_deploying(), Veto::UnprovenGround)?;
            runs(case, task_definition)?;
            stands(case, subnets, security_groups)?;
            let said = case.said().ok_or(Veto::NotSeen)?;
            require((said.from, said.to) == (0, ALL), Veto::TooFar)?;
            require(
                how.proof.is_none() || noted(case, tag::PROVEN),
                Veto::UnprovenGround,
            )?;
            require(case.before(tag::BEFORE).is_some(), Veto::NobodyElse)
        }
        InPlaceCall::Protect { tasks, minutes } => behind::protects(case, live, tasks, *minutes),
        InPlaceCall::StopDeployment => {
            require(case.is_called_back(), Veto::WrongDirection)?;
            behind::may_leave(case)?;
            let deploys = live.is_deploying() && has_moved(case, live);
            require(deploys, Veto::StaleRoute)
        }
        InPlaceCall::Restore {
            revision,
            keeps,
            exec: _,
        } => {
            require(case.is_called_back(), Veto::WrongDirection)?;
            behind::may_leave(case)?;
            let before = case.before(tag::BEFORE).ok_or(Veto::NotSeen)?;
            let before = before.split(' ').next();
            require(before == Some(revision.as_str()), Veto::NotThePlans)?;
            let kept = keeps
                .as_ref()
                .is_none_or(|kept| *kept == live.task_definition);
            require(kept, Veto::StaleRoute)
        }
        // Told as notes.
        InPlaceCall::Note { .. } | InPlaceCall::Forget { .. } => Ok(()),
    }
}

/// Nothing goes forward while a person stopped it, while it was called back, or without footing.
pub(super) fn forward(case: &Case<'_>) -> Result<(), Veto> {
    let facts = case.facts;
    require(facts.lacking.is_none(), Veto::NoFooting)?;
    let stopped = case.plan.paused || facts.paused.is_some() || facts.frozen.is_some();
    require(!stopped, Veto::Stopped)?;
    require(!case.is_called_back(), Veto::WrongDirection)
}

fn tasks<'a>(case: &Case<'a>) -> Result<&'a [DerivedTask], Veto> {
    let tasks = case.seen.derived_tasks.seen();
    tasks.map(Vec::as_slice).ok_or(Veto::NotSeen)
}

fn is_ours(case: &Case<'_>, task: &DerivedTask) -> bool {
    task.started_by == names::started_by(case.plan)
}

fn noted(case: &Case<'_>, key: &str) -> bool {
    case.home_tags().is_some_and(|tags| tags.contains_key(key))
}

/// Whether the service stands in the plan's subnets.
pub(super) fn has_moved(case: &Case<'_>, service: &DescribedService) -> bool {
    let mut now = service.subnets.clone();
    let mut planned = case.plan.ipv6.subnets.clone();
    now.sort();
    planned.sort();
    now == planned
}

/// Whether what a note says of a move in place is so.
pub(super) fn is_so(case: &Case<'_>, key: &str, value: &str) -> Result<(), Veto> {
    let how = case.plan.in_place().ok_or(Veto::NotThePlans)?;
    let live = case.seen.ipv4.seen().ok_or(Veto::NotSeen)?;
    match key {
        tag::SHARE => share(case, live, Said::read(value).ok_or(Veto::UntrueNote)?),
        tag::PROVEN => proven(case, how),
        tag::BEFORE => {
            let revision = value.split(' ').next();
            let is_it = revision.is_some() && revision == live.revision.as_deref();
            require(is_it && !has_moved(case, live), Veto::UntrueNote)
        }
        tag::BAKED => require(
            has_moved(case, live) && !live.is_deploying() && live.running >= live.desired,
            Veto::UntrueNote,
        ),
        _ => Err(Veto::UntrueNote),
    }
}

fn share(case: &Case<'_>, live: &Service, said: Said) -> Result<(), Veto> {
    require(said.refuge.is_none(), Veto::UntrueNote)?;
    if said.rises() {
        require((said.from, said.to) == (0, ALL), Veto::TooFar)?;
        forward(case)?;
        return require(
            !live.is_deploying() && !has_moved(case, live),
            Veto::UntrueNote,
        );
    }
    if said.from > said.to
        || said.from == 0
            && case
                .said()
                .is_none_or(|known| known.from == 0 && !known.rises())
    {
        return Ok(());
    }
    let stands = !live.is_deploying();
    let is_led = behind::all_at(case, said.to)?;
    match said.to {
        0 => require(stands && is_led && !has_moved(case, live), Veto::UntrueNote),
        // Behind a load balancer customers are there while IPv4's tasks still are.
        ALL => {
            let stands = stands || case.plan.is_behind();
            require(stands && is_led && has_moved(case, live), Veto::UntrueNote)
        }
        _ => Err(Veto::UntrueNote),
    }
}

/// A task of what the service is to become has stood on IPv6 alone for as long as the plan says.
fn proven(case: &Case<'_>, how: InPlace) -> Result<(), Veto> {
    let hold = how.proof.ok_or(Veto::UntrueNote)?;
    let hold = SignedDuration::try_from(hold).unwrap_or(SignedDuration::MAX);
    let derived = case.seen.twin_task_definition.seen().ok_or(Veto::NotSeen)?;
    let long = |at: Timestamp| case.seen.at.duration_since(at) >= hold;
    let stood = |t: &DerivedTask| {
        is_ours(case, t)
            && t.task_definition == derived.arn
            && t.task.status == "RUNNING"
            && t.task.ipv6.is_some()
            && t.task.ipv4.is_none()
            && t.health != "UNHEALTHY"
            && t.task.started_at.is_some_and(long)
    };
    require(tasks(case)?.iter().any(stood), Veto::UntrueNote)
}
