//! What a plan's history adds to its picture: what was seen when it was rolled back, and the marks of its chart.
//!
//! What belongs here: which events matter, and to what. What must not: reading them.

use jiff::{SignedDuration, Timestamp};
use sixshift_controller::PlanView;
use sixshift_core::{
    facts::{Facts, Order},
    observation::{Known, Observation},
    status,
};

use crate::model::{Event, Mark, Plan, Rollback, Step};

/// Marks of a chart, at most; the newest stay.
const MOST_MARKS: usize = 40;
/// Routes that are written no further apart than that belong to one step.
const TOGETHER: SignedDuration = SignedDuration::from_mins(1);

/// How a call that writes a route begins.
const ROUTE_WRITERS: [&str; 2] = [
    "elasticloadbalancing:ModifyListener",
    "elasticloadbalancing:ModifyRule",
];

/// What our notes say; the figures are the history's.
pub(super) fn noted(view: &PlanView) -> Option<Rollback> {
    let plan = view.plan.as_deref()?;
    let seen = view.seen.as_deref()?;
    let noted = match (&seen.pairs, &view.closely) {
        // Notes lie on target groups, and those were seen before.
        (Known::Unknown(_), Some(closely)) => {
            let pairs = closely.pairs.clone();
            let seen = Observation {
                pairs,
                ..seen.clone()
            };
            status::Rollback::noted(plan, &seen, &view.facts)?
        }
        _ => status::Rollback::noted(plan, seen, &view.facts)?,
    };
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

/// The number of the step that a share has reached.
fn reached(steps: &[Step], share: f64) -> Option<usize> {
    let reached = steps.iter().rfind(|step| step.weight <= share);
    reached.map(|step| step.number)
}

fn mark_step(step: &mut Step, failed: usize, ordered: bool) {
    let state = match step.number.cmp(&failed) {
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
    let mut marks: Vec<Mark> = marked.filter_map(mark).collect();
    marks.reverse();
    let mut marks = joined(marks);
    marks.drain(..marks.len().saturating_sub(MOST_MARKS));
    marks
}

/// A step on several routes is one mark, at its first route.
fn joined(marks: Vec<Mark>) -> Vec<Mark> {
    let mut all: Vec<Mark> = Vec::new();
    let mut newest = Timestamp::MIN;
    for mark in marks {
        let together = mark.at.duration_since(newest) < TOGETHER;
        newest = mark.at;
        match all.last_mut() {
            Some(last) if together && last.kind == "step" && mark.kind == "step" => {
                last.text = format!("{}; {}", last.text, mark.text);
            }
            _ => all.push(mark),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_on_several_routes_is_one_mark_and_an_order_between_is_its_own() {
        let mark = |second, kind: &str, text: &str| Mark {
            at: Timestamp::from_second(second).unwrap(),
            kind: kind.to_owned(),
            text: text.to_owned(),
            actor: None,
            reason: None,
        };
        let marks = joined(vec![
            mark(0, "step", "raise a"),
            mark(40, "step", "raise b"),
            mark(50, "order", "pause"),
            mark(55, "step", "raise c"),
            mark(400, "step", "raise d"),
        ]);
        let texts: Vec<&str> = marks.iter().map(|m| m.text.as_str()).collect();
        assert_eq!(texts, ["raise a; raise b", "pause", "raise c", "raise d"]);
    }

    #[test]
    fn a_share_between_two_steps_has_reached_the_lower_one() {
        let step = |number, weight| Step {
            number,
            weight,
            hold_seconds: 0,
            approval: false,
            webhook: None,
            state: String::new(),
            proven_seconds: None,
        };
        let steps = [step(1, 10.0), step(2, 50.0), step(3, 100.0)];
        let reached = [0.0, 10.0, 40.0, 50.0, 100.0].map(|share| reached(&steps, share));
        assert_eq!(reached, [None, Some(1), Some(1), Some(2), Some(3)]);
    }
}
