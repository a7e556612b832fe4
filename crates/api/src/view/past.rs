//! What a plan's history adds to its picture: what was seen when it was rolled back, and the marks of its chart.
//!
//! What belongs here: which events matter, and to what. What must not: reading them.

use jiff::Timestamp;
use sixshift_controller::PlanView;
use sixshift_core::{
    facts::{Facts, Order},
    status,
};

use crate::model::{Event, Mark, Plan, Rollback, Step};

/// Marks of a chart, at most; the newest stay.
const MOST_MARKS: usize = 40;

/// How a call that writes a route begins.
const ROUTE_WRITERS: [&str; 2] = [
    "elasticloadbalancing:ModifyListener",
    "elasticloadbalancing:ModifyRule",
];

/// What our notes say; the figures are the history's.
pub(super) fn noted(view: &PlanView) -> Option<Rollback> {
    let plan = view.plan.as_deref()?;
    let looks = [view.seen.as_deref(), view.closely.as_deref()];
    let newest = looks
        .into_iter()
        .flatten()
        .filter(|s| s.pairs.seen().is_some());
    let seen = newest.max_by_key(|seen| seen.at)?;
    let noted = status::Rollback::noted(plan, seen, &view.facts)?;
    let ordered = match &noted.why {
        Some(why) => status::Rollback::is_ordered(why),
        None => is_ordered(&view.facts, &noted),
    };
    Some(Rollback {
        ordered,
        revision: noted.revision,
        at: noted.at,
        reason: noted.why,
        step: None,
        share: None,
        evidence: Vec::new(),
        event: None,
    })
}

/// Whether a person's word began it, while the reason is not noted yet.
fn is_ordered(facts: &Facts, noted: &status::Rollback) -> bool {
    let of_this = |order: &&Order| order.revision.0 == noted.revision;
    let Some(abort) = facts.abort.as_ref().filter(of_this) else {
        return false;
    };
    let mut retry = facts.retry.as_ref().filter(of_this).into_iter();
    noted.at.is_none_or(|at| abort.at <= at) && !retry.any(|retry| retry.at > abort.at)
}

/// From when on the history has something to add; `None`: it has not.
pub(crate) fn since(plan: &Plan) -> Option<Timestamp> {
    let begun = plan.rolled_back.as_ref().and_then(|r| r.at);
    [plan.chart.start, begun].into_iter().flatten().min()
}

/// Adds it, from the plan's events, the newest first.
pub(crate) fn remember(plan: &mut Plan, events: &[Event]) {
    plan.chart.marks = marks(plan, events);
    let Some(rollback) = &mut plan.rolled_back else {
        return;
    };
    let is_it = |event: &&Event| {
        let is_of_it = event.revision.as_ref() == Some(&rollback.revision);
        is_of_it && Some(event.at) == rollback.at && event.call.is_some()
    };
    // The note bears the very moment of the round that wrote it.
    let Some(event) = events.iter().find(is_it) else {
        return;
    };
    rollback.event = Some(event.seq);
    rollback.share = event.share;
    rollback.evidence.clone_from(&event.evidence);
    if plan.summary.revision.as_ref() != Some(&rollback.revision) {
        return;
    }
    rollback.step = event.share.and_then(|share| reached(&plan.steps, share));
    if let Some(step) = rollback.step {
        let ordered = rollback.ordered;
        plan.steps
            .iter_mut()
            .for_each(|s| mark_step(s, step, ordered));
    }
}

/// The step that a share has reached, as the ladder counts it.
fn reached(steps: &[Step], share: f64) -> Option<usize> {
    steps.iter().rposition(|step| step.weight <= share)
}

fn mark_step(step: &mut Step, failed: usize, ordered: bool) {
    let state = match step.index.cmp(&failed) {
        std::cmp::Ordering::Less => "past",
        std::cmp::Ordering::Equal if ordered => "aborted",
        std::cmp::Ordering::Equal => "failed",
        std::cmp::Ordering::Greater => "ahead",
    };
    step.state = state.to_owned();
    step.proven_seconds = None;
}

fn marks(plan: &Plan, events: &[Event]) -> Vec<Mark> {
    let Some(start) = plan.chart.start else {
        return Vec::new();
    };
    let begun = plan.rolled_back.as_ref().and_then(|r| r.at);
    let kind = |event: &Event| {
        let call = event.call.as_deref().unwrap_or_default();
        match event.kind.as_str() {
            "command" => Some("order"),
            "acted" if Some(event.at) == begun => Some("rollback"),
            "acted" if ROUTE_WRITERS.contains(&call) => Some("step"),
            _ => None,
        }
    };
    let marked = events.iter().filter(|event| event.at >= start);
    let mark = |event: &Event| {
        Some(Mark {
            kind: kind(event)?.to_owned(),
            at: event.at,
            text: event.text.clone(),
            actor: event.actor.clone(),
            reason: event.reason.clone(),
        })
    };
    let mut marks: Vec<Mark> = marked.filter_map(mark).take(MOST_MARKS).collect();
    marks.reverse();
    marks
}
