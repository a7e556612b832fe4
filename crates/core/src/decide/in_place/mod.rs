//! The ladder of a service that is moved in place: no twin stands beside it, its own tasks are replaced by one deployment.
//!
//! What belongs here: its rungs, and what they share. What must not: a share of traffic, of which there is none to divide.
//! Notes lie on the derived task definition. A service has moved when its network is the plan's: whatever task definition
//! the team deploys there afterwards runs on IPv6 alone as well.

pub(super) mod back;
mod bake;
pub(super) mod behind;
pub(super) mod proof;
mod swap;
pub(super) mod walk;

use jiff::Timestamp;

use super::{Gate, OPEN, Rung, act, build, ecs, held, shift, verdict::Evidence, view::View, wait};
use crate::{
    action::{Action, InPlace, InPlaceCall, Side},
    evidence::{SignalVerdict, Verdict, Window},
    names::{self, tag},
    note::{Note, home::Home},
    observation::{DescribedService, Known, Observation, TaskDefinition},
    plan::Plan,
    readiness::Finding,
    share::Share,
    status::{Phase, WaitingOn},
};

/// The ladder, from the bottom.
pub(super) const LADDER: &[Rung] = &[
    (|v| v.standing(), held::held),
    (back::phase, back::safe),
    (|v| v.standing(), held::paused),
    (|v| v.at_least(Phase::Checking), ready),
    (|v| v.at_least(Phase::TaskDefinition), definition),
    (|v| v.at_least(Phase::Warm), proof::proof),
    (|_| Phase::Shift, swap::swap),
    (|_| Phase::Bake, bake::bake),
];

/// What is asked of AWS about the plan's service.
fn call<T>(view: &View<'_>, call: InPlaceCall) -> Gate<T> {
    act(Action::InPlace(Box::new(InPlace {
        cluster: view.plan.service.cluster.clone(),
        service: view.plan.service.name.clone(),
        call,
    })))
}

/// All or nothing, as far as it is the one or the other.
pub(super) fn share(view: &View<'_>) -> Option<Share> {
    let service = view.seen.ipv4.seen()?;
    match view.plan.ipv6.is_network_of(service) {
        true if !service.is_deploying() => Some(Share::ALL),
        true => None,
        false if !service.is_deploying() => Some(Share::NONE),
        // A deployment away from IPv6 has tasks there until it is complete.
        false => (!view.is_under_way()).then_some(Share::NONE),
    }
}

/// Whether nothing of a plan's is in AWS yet; `None` while that cannot be told.
pub(super) fn is_untouched(plan: &Plan, seen: &Observation) -> Option<bool> {
    let pairs = seen.pairs.seen().filter(|_| plan.is_behind());
    let mut groups = pairs.into_iter().flatten().filter_map(|p| p.ipv6.seen());
    if groups.any(|g| g.tags.get(tag::PLAN) == Some(&plan.uid.0)) {
        return Some(false);
    }
    match &seen.twin_task_definition {
        Known::Seen(_) => Some(Home::of(plan, seen).is_none()),
        Known::Absent => Some(true),
        Known::Unknown(_) => None,
    }
}

/// Nothing blocks. Once the service was touched its deployments tell more than any check.
fn ready(view: &View<'_>) -> Gate {
    let service = view.ipv4()?;
    if !service.is_active() {
        return wait(WaitingOn::Deletion {
            what: format!("ECS service {}", service.name),
        });
    }
    view.need(&view.seen.ipv4_task_definition, "the task definition", "")?;
    if view.is_under_way() {
        return OPEN;
    }
    view.look(&view.seen.ipv4_revision, "the service's revision")?;
    view.look(&view.seen.subnets, "the subnets")?;
    if !view.plan.health.alarms.is_empty() {
        view.look(&view.seen.alarms, "the alarms")?;
    }
    let blocks = view.findings.iter().filter(|f| f.blocks());
    let findings: Vec<Finding> = blocks.cloned().collect();
    if findings.is_empty() {
        return OPEN;
    }
    wait(WaitingOn::Findings { findings })
}

/// The newest revision of the derived family is derived from what the service runs, as long as it was not touched.
fn definition(view: &View<'_>) -> Gate {
    if view.is_under_way() {
        return OPEN;
    }
    let source = view.need(&view.seen.ipv4_task_definition, "the task definition", "")?;
    let is_derived = source.tags.get(tag::PLAN) == Some(&view.plan.uid.0);
    if is_derived || view.plan.ipv6.is_network_of(view.ipv4()?) {
        return note_gone(view, source);
    }
    still(view, Side::Ipv4)?;
    let none = Note::Settled(Share::NONE, None).text();
    build::derive(view, source, [(tag::SHARE.to_owned(), none)].into())
}

/// The service runs what was derived for it, or stands in the plan's subnets, and neither a tag nor the journal says that we
/// brought it there: what ran before is not known.
fn note_gone(view: &View<'_>, running: &TaskDefinition) -> Gate {
    let all = Note::Settled(Share::ALL, None).text();
    wait(WaitingOn::Missing {
        what: format!(
            "a note of how the service came to the plan's subnets, with {},",
            running.arn
        ),
        remedy: format!(
            "if it is to stay there, delete the plan, or tag the newest task definition of family {} with {}={all}; else deploy \
             what ran before",
            names::family(view.plan),
            tag::SHARE
        ),
    })
}

/// No deployment is under way, to whichever side it leads.
fn still(view: &View<'_>, side: Side) -> Gate {
    shift::ended(view, view.ipv4()?, side)
}

/// Why what the service became is bad, where it is: ECS's account of its tasks, then the plan's alarms and metrics.
fn bad(view: &View<'_>) -> Option<String> {
    let service = view.seen.ipv4.seen()?;
    if !view.is_under_way() || view.noted(tag::BAKED).is_some() {
        return None;
    }
    if !view.plan.ipv6.is_network_of(service) {
        return swap::taken_back(view, service);
    }
    ecs::by_ecs(service)
        .or_else(|| ecs::nobody_runs(service))
        .or_else(|| ecs::by_its_tasks(view, service, back::retried_at(view)))
        .or_else(|| behind::nobody_answers(view))
        .or_else(|| by_evidence(view))
}

fn by_evidence(view: &View<'_>) -> Option<String> {
    let evidence = view.evidence()?;
    (evidence.verdict == Verdict::Bad).then(|| super::fault::reason(&evidence.signals))
}

/// What ECS, the plan's alarms and its metrics say of a service that has moved.
pub(super) fn evidence(view: &View<'_>) -> Option<Evidence> {
    let service = view.seen.ipv4.seen()?;
    let health = &view.plan.health;
    if !view.plan.ipv6.is_network_of(service) {
        return None;
    }
    let alarms = (!health.alarms.is_empty()).then(|| view.judge_alarms());
    let (mut window, mut own) = (now(view), Vec::new());
    // What stood for the bake is judged no more.
    if view.noted(tag::BAKED).is_none() {
        own = ecs::signals(view, service, back::retried_at(view));
        if !health.metrics.is_empty() {
            let (time, gauges) = view.gauges_since(moved_at(view, service), false);
            window = time;
            own.extend(gauges);
        }
    }
    // Whoever stands behind a load balancer is judged by its requests as well; those have the alarms beside them.
    if let Some(evidence) = view.judge_requests().filter(|_| view.plan.is_behind()) {
        return Some(evidence.and(own));
    }
    let signals: Vec<SignalVerdict> = alarms.into_iter().chain(own).collect();
    Evidence::of(signals, window)
}

fn now(view: &View<'_>) -> Window {
    Window {
        from: view.now,
        until: view.now,
    }
}

/// From when on its figures are those of IPv6: while the deployment is under way from its beginning, since bad news is none too
/// early.
fn moved_at(view: &View<'_>, service: &DescribedService) -> Timestamp {
    let primary = service.primary();
    if service.is_deploying() {
        return primary.map_or(view.now, |d| d.created_at);
    }
    let complete = primary.map(|d| d.completed_at.unwrap_or(d.created_at));
    let settled = view.settled_since();
    settled.max(complete).unwrap_or(view.now)
}
