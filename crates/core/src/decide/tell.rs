//! What a decision shows: health, conditions, shares, warnings, and the sentence.
//!
//! What must not be here: any answer to "what next", and words ([`crate::status`]).

use super::{Next, astray, rollback, trouble, view::View, walk};
use crate::{
    evidence::Verdict,
    readiness::Finding,
    status::{
        Condition, ConditionKind, ConditionStatus, Going, Health, Phase, Shares, Status, WaitingOn,
        upper,
    },
};

/// The whole state of the plan after this round.
pub(super) fn status(view: &View<'_>, phase: Phase, next: &Next) -> Status {
    let waiting_on = match next {
        Next::Wait(on) => Some(on.clone()),
        _ => None,
    };
    let shares = view.shares(phase);
    let evidence = view.evidence();
    let signals = evidence.map_or_else(Vec::new, |e| e.signals.clone());
    let acting = match next {
        Next::Act(action) => Some(format!("{}: {}.", upper(&action.name()), action.call())),
        Next::Wait(_) | Next::Done => None,
    };
    let trouble = trouble::trouble(view, waiting_on.as_ref());
    let mut status = Status {
        plan: view.plan.name.clone(),
        revision: view.plan.revision.clone(),
        way: Going::of(&view.plan.shift),
        at: view.now,
        seen_at: view.now,
        phase,
        step: view.step(),
        health: health(view, phase, waiting_on.as_ref(), trouble.is_some()),
        shares,
        waiting_since: waiting_on.as_ref().map(|_| view.now),
        verdict: evidence.map(|e| e.verdict),
        conditions: conditions(view, phase, waiting_on.as_ref()),
        walk: walk::walk(view, phase),
        signals,
        window: evidence.map(|e| e.window),
        trouble,
        first_lines: view.seen.first_lines.seen().cloned(),
        warnings: warnings(view),
        ipv4_gone: view.is_ipv4_gone() && view.is_retired(),
        waiting_on,
        sentence: String::new(),
    };
    match acting {
        Some(acting) => status.sentence = acting,
        None => status.retell(),
    }
    status
}

/// What preflight found that stops nothing. Once the IPv4 side is gone it is no news any more.
fn warnings(view: &View<'_>) -> Vec<Finding> {
    if view.is_ipv4_gone() {
        return Vec::new();
    }
    let all = view.findings.iter();
    all.filter(|f| f.warns()).cloned().collect()
}

/// Customers who fail come first. A person's own abort is nobody's fault.
fn health(view: &View<'_>, phase: Phase, on: Option<&WaitingOn>, troubled: bool) -> Health {
    let fails = troubled || view.evidence().is_some_and(|e| e.verdict == Verdict::Bad);
    match (phase, on) {
        _ if fails || phase.is_back() && !rollback::is_wished(view) => Health::Bad,
        (
            _,
            Some(
                WaitingOn::Bad { .. }
                | WaitingOn::NoWayBack { .. }
                | WaitingOn::Emptied { .. }
                | WaitingOn::Ipv4Sick { .. },
            ),
        ) => Health::Bad,
        (Phase::Done, _) => Health::Complete,
        (_, Some(on)) if on.needs_person() => Health::NeedsPerson,
        (_, Some(WaitingOn::Unknown { .. })) => Health::Unknown,
        _ => Health::Progressing,
    }
}

fn conditions(view: &View<'_>, phase: Phase, on: Option<&WaitingOn>) -> Vec<Condition> {
    let say = |kind, holds: Option<bool>, reason: &str, message: String| Condition {
        kind,
        status: match holds {
            Some(true) => ConditionStatus::True,
            Some(false) => ConditionStatus::False,
            None => ConditionStatus::Unknown,
        },
        reason: reason.to_owned(),
        message,
        since: view.now,
        observed_revision: view.plan.revision.clone(),
    };
    let message = |holds: Option<bool>, fine: &str| match (holds, on) {
        (Some(true), _) => fine.to_owned(),
        (_, Some(on)) => on.to_string(),
        (Some(false), None) => "under way".to_owned(),
        (None, None) => "not known yet".to_owned(),
    };
    let ready = match on {
        Some(
            WaitingOn::Findings { .. } | WaitingOn::Missing { .. } | WaitingOn::Foreign { .. },
        ) => Some(false),
        _ if phase == Phase::Checking => None,
        _ => Some(true),
    };
    let routes = match on {
        Some(
            WaitingOn::OutsideEdit { .. }
            | WaitingOn::Resized { .. }
            | WaitingOn::Emptied { .. }
            | WaitingOn::NoteLost { .. },
        ) => Some(false),
        _ => view.seen.routes.seen().map(|_| !astray::is_any(view)),
    };
    let evidence = view.evidence().map(|e| e.verdict);
    let reason = |holds: Option<bool>, yes: &'static str, no: &'static str| match holds {
        Some(true) => yes,
        Some(false) => no,
        None => "NotKnown",
    };
    let available = view.seen.twin.seen().map(|s| s.runs_all());
    let good = evidence.map(|v| v == Verdict::Good);
    vec![
        say(
            ConditionKind::Ready,
            ready,
            reason(ready, "NothingBlocks", on.map_or("", WaitingOn::kind)),
            message(ready, &nothing_blocks(view)),
        ),
        say(
            ConditionKind::TwinAvailable,
            available,
            reason(available, "TasksRunning", "TasksMissing"),
            view.seen
                .twin
                .seen()
                .map_or_else(String::new, |t| match (t.running, t.desired) {
                    (0, 0) => "it has no task".to_owned(),
                    (running, 0) => format!("it is to have no task; {running} still run"),
                    (running, desired) => format!("{running} of {desired} tasks run"),
                }),
        ),
        say(
            ConditionKind::EvidenceGood,
            good,
            reason(good, "WithinLimits", "NotProven"),
            evidence.map_or_else(
                || "nothing to judge yet".to_owned(),
                |v| format!("the verdict is {v}"),
            ),
        ),
        say(
            ConditionKind::RoutesInStep,
            routes,
            reason(routes, "AsApplied", "ChangedByOthers"),
            message(routes, "as applied"),
        ),
        say(
            ConditionKind::Complete,
            Some(phase == Phase::Done),
            reason(Some(phase == Phase::Done), "Migrated", "UnderWay"),
            message(Some(phase == Phase::Done), "migrated"),
        ),
    ]
}

/// What the plan waives is told wherever it would have been told as what stops it.
fn nothing_blocks(view: &View<'_>) -> String {
    let mut text = "nothing blocks".to_owned();
    if view.plan.preflight.waive.is_empty() {
        return text;
    }
    for finding in &view.findings {
        if let Some(reason) = &finding.waived {
            text += &format!("; {} is waived: {reason}", finding.code);
        }
    }
    text
}

/// The shares are part of the view, and of every status.
impl View<'_> {
    fn shares(&self, phase: Phase) -> Shares {
        Shares {
            desired: self.desired(phase),
            applied: self.applied().map(|share| self.spelled(share)),
            observed: self.observed(),
            effective: self.effective(),
        }
    }
}
