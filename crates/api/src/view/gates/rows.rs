//! Rows of the rungs: what is asked before traffic moves, at each share, and before the IPv4 side ends.

use sixshift_core::{
    facts::Gate as PersonGate,
    plan::{RetireApproval, StepGate},
    status::{ConditionKind, ConditionStatus, Phase, Status, WaitingOn, duration},
};

use super::{Known, row};
use crate::{model::Gate, view::findings::Counted};

pub(super) const PREFLIGHT: &str = "preflight";
pub(super) const ROUTES: &str = "routes as applied";
pub(super) const TASKS: &str = "IPv6 tasks";
pub(super) const TARGETS: &str = "IPv6 targets healthy";
pub(super) const CANARY: &str = "canary";
pub(super) const BAKE: &str = "bake";
pub(super) const DRAIN: &str = "IPv4 drained";
pub(super) const COLD: &str = "kept cold";
pub(super) const RETIRE: &str = "approval to retire";

pub(super) fn hold_of(step: usize) -> String {
    format!("hold of step {}", step + 1)
}

pub(super) fn approval_after(step: usize) -> String {
    format!("approval after step {}", step + 1)
}

/// Until the first share.
pub(super) fn before_traffic(known: &Known<'_>) -> Vec<Gate> {
    let mut rows = vec![preflight(known)];
    rows.extend(routes(known));
    // What is retired or rolled back needs no twin any more.
    if !matches!(
        known.status.phase,
        Phase::Done | Phase::RolledBack | Phase::RollingBack
    ) {
        rows.push(tasks(known));
        rows.push(targets(known));
        rows.extend(canary(known));
    }
    rows
}

fn preflight(known: &Known<'_>) -> Gate {
    let found = Counted::of(known.plan, known.closely);
    let is_read = known.closely.ipv4.seen().is_some() && known.closely.routes.seen().is_some();
    // Where it is what stops the plan, the row is closed by what is waited for.
    let state = if found.blocking == 0 && is_read {
        "open"
    } else {
        "unknown"
    };
    row(PREFLIGHT, state, found.text(), "no finding that blocks")
}

fn routes(known: &Known<'_>) -> Option<Gate> {
    let condition = condition(known, ConditionKind::RoutesInStep)?;
    let state = match condition.status {
        ConditionStatus::True => "open",
        ConditionStatus::False => "closed",
        ConditionStatus::Unknown => "unknown",
    };
    let share = known.status.shares.observed;
    let observed = share.map_or_else(|| condition.message.clone(), |s| format!("{s} on IPv6"));
    let applied = known.status.shares.applied;
    let limit = applied.map_or_else(|| "as they were".to_owned(), |s| format!("{s} on IPv6"));
    let mut gate = row(ROUTES, state, observed, limit);
    gate.since = Some(condition.since);
    Some(gate)
}

fn condition<'a>(
    known: &Known<'a>,
    kind: ConditionKind,
) -> Option<&'a sixshift_core::status::Condition> {
    known.status.conditions.iter().find(|c| c.kind == kind)
}

fn tasks(known: &Known<'_>) -> Gate {
    let limit = "as many as desired, without IPv4 addresses";
    let Some(twin) = known.seen.twin.seen() else {
        let state = if known.seen.twin.is_absent() {
            "ahead"
        } else {
            "unknown"
        };
        return row(TASKS, state, "no twin yet", limit);
    };
    let enough = twin.desired > 0 && twin.running >= twin.desired;
    let state = if enough { "open" } else { "closed" };
    let mut gate = row(
        TASKS,
        state,
        format!("{} of {} run", twin.running, twin.desired),
        limit,
    );
    gate.since = condition(known, ConditionKind::TwinAvailable).map(|c| c.since);
    gate
}

fn targets(known: &Known<'_>) -> Gate {
    let limit = "enough for the share, one in every zone";
    let pairs = known.closely.pairs.seen();
    let groups = pairs.into_iter().flatten().filter_map(|p| p.ipv6.seen());
    let read: Vec<(usize, usize)> = groups
        .filter_map(|g| g.targets.seen())
        .map(|t| (t.iter().filter(|t| t.is_healthy()).count(), t.len()))
        .collect();
    // The weakest group decides.
    let Some((healthy, all)) = read.iter().min() else {
        return row(TARGETS, "ahead", "none registered yet", limit);
    };
    let state = match (healthy, known.status.phase) {
        (0, phase) if phase < Phase::Warm => "ahead",
        (0, _) => "closed",
        _ => "open",
    };
    row(TARGETS, state, format!("{healthy} of {all} healthy"), limit)
}

fn canary(known: &Known<'_>) -> Option<Gate> {
    let state = match known.status.phase {
        phase if phase < Phase::Warm => "ahead",
        Phase::Warm => "ahead",
        _ => return None,
    };
    Some(row(
        CANARY,
        state,
        "not proven yet",
        "healthy for 3 m by CloudWatch's account",
    ))
}

/// The holds and approvals of the shares that are not past.
pub(super) fn shares(known: &Known<'_>) -> Vec<Gate> {
    let Known { plan, status, .. } = known;
    if status.phase > Phase::Bake && status.phase <= Phase::Done {
        return Vec::new();
    }
    let last = plan.shift.steps.len().saturating_sub(1);
    let mut rows = Vec::new();
    for (index, step) in plan.shift.steps.iter().enumerate() {
        if status.step.is_some_and(|current| index < current) {
            continue;
        }
        let (state, observed) = match asked(status, index) {
            Asked::NotBegun => ("ahead", "not begun"),
            Asked::NotNow => ("unknown", "not asked now"),
            Asked::LongEnough => ("open", "long enough"),
        };
        if index == last {
            let limit = format!("100 % proven good for {}", duration(plan.shift.bake));
            rows.push(row(BAKE, state, observed, limit));
            continue;
        }
        let limit = format!("{} proven good for {}", step.weight, duration(step.hold));
        rows.push(row(hold_of(index), state, observed, limit));
        if step.gate == StepGate::Approval {
            rows.push(row(
                approval_after(index),
                "ahead",
                "not asked yet",
                "a person's approval",
            ));
        }
    }
    rows
}

/// What is known of a step's hold, where the plan does not wait for it.
enum Asked {
    NotBegun,
    NotNow,
    LongEnough,
}

fn asked(status: &Status, index: usize) -> Asked {
    let holds = matches!(status.phase, Phase::Shift | Phase::Bake);
    if !holds || status.step != Some(index) {
        return Asked::NotBegun;
    }
    let of_this = |step: usize| step == index;
    match &status.waiting_on {
        Some(
            WaitingOn::Evidence { step, .. }
            | WaitingOn::TooFew { step, .. }
            | WaitingOn::Approval {
                gate: PersonGate::Step(step) | PersonGate::TooFew(step),
            },
        ) if of_this(*step) => Asked::LongEnough,
        _ => Asked::NotNow,
    }
}

/// What the IPv4 side's end asks.
pub(super) fn ending(known: &Known<'_>) -> Vec<Gate> {
    let Known { plan, status, .. } = known;
    if status.phase == Phase::Done {
        return Vec::new();
    }
    let passed = |phase: Phase| {
        let forward = !matches!(status.phase, Phase::RollingBack | Phase::RolledBack);
        if forward && status.phase > phase {
            "open"
        } else {
            "ahead"
        }
    };
    let mut rows = Vec::new();
    if status.phase <= Phase::Cold || status.phase > Phase::Done {
        rows.push(row(
            DRAIN,
            passed(Phase::Cold),
            "not asked yet",
            "no request to IPv4 for the drain time",
        ));
    }
    let keep = duration(plan.retire.keep_cold);
    let cold = passed(Phase::Cold);
    let kept = if cold == "open" { "over" } else { "not begun" };
    rows.push(row(
        COLD,
        cold,
        kept,
        format!("IPv4 at zero tasks for {keep}"),
    ));
    if !plan.retire.delete.is_empty() && plan.retire.approval == RetireApproval::Required {
        rows.push(row(RETIRE, "ahead", "not asked yet", "a person's approval"));
    }
    rows
}
