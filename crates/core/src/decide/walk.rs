//! The walk as it is shown: each rung of the ladder with the figures of this round.
//!
//! What belongs here: which rungs a plan still has before it, and what was found of each, by what the gates themselves go by.
//! What must not: any answer to "what next" (the gates), and words ([`crate::status::Row`]).

use std::time::Duration;

use super::{alone, in_place, names, shift, view::View, warm};
use crate::{
    evidence::Signal,
    facts::Gate,
    plan::{OfTasks, RetireApproval, StepGate},
    readiness::Counted,
    share::Share,
    status::{Asks, Phase, Rung, RungState},
};

/// Every rung, from the bottom of the ladder.
pub(super) fn walk(view: &View<'_>, phase: Phase) -> Vec<Rung> {
    if view.plan.in_place().is_some() {
        return in_place::walk::walk(view, phase);
    }
    if let Some(twin) = alone::of(view.plan) {
        return (twin.walk)(view, phase);
    }
    let mut walk = vec![preflight(view), Rung::new(Asks::Routes, RungState::Unknown)];
    if phase != Phase::Done && !phase.is_back() {
        walk.extend(twin(view, phase));
    }
    walk.extend(evidence(view, phase));
    if !matches!(phase, Phase::Cold | Phase::Retire | Phase::Done) {
        let proven = |_, _| view.standing.as_ref().map(|p| p.proven);
        walk.extend(shares(view, phase, proven));
    }
    walk.extend(names::walk::asking(view, phase));
    if phase != Phase::Done {
        walk.extend(ending(view, phase));
    }
    walk
}

/// Where it is what stops the plan, what is waited for says so.
pub(super) fn preflight(view: &View<'_>) -> Rung {
    let is_read = view.seen.ipv4.seen().is_some() && view.seen.routes.seen().is_some();
    let found = is_read.then(|| Counted::of(&view.findings));
    let state = match &found {
        Some(found) if found.blocking == 0 => RungState::Open,
        _ => RungState::Unknown,
    };
    Rung::new(Asks::Preflight(found), state)
}

/// The twin's tasks.
pub(super) fn tasks_of_twin(view: &View<'_>) -> Rung {
    let twin = view.seen.twin.seen();
    let tasks = twin.map(|t| (t.running, t.desired));
    let state = match twin {
        Some(twin) if twin.runs_all() => RungState::Open,
        Some(_) => RungState::Closed,
        None if view.seen.twin.is_absent() => RungState::Ahead,
        None => RungState::Unknown,
    };
    Rung::new(Asks::Tasks(tasks), state)
}

fn twin(view: &View<'_>, phase: Phase) -> Vec<Rung> {
    let mut rungs = vec![tasks_of_twin(view), targets(view, phase)];
    if phase <= Phase::Warm {
        rungs.push(Rung::new(Asks::Canary(warm::CANARY), RungState::Ahead));
    }
    rungs
}

fn targets(view: &View<'_>, phase: Phase) -> Rung {
    let found = warm::weakest(view);
    // A side that was emptied says nothing of the strength that is needed.
    let needed = shift::needed(view, next(view)).filter(|_| !is_empty(view));
    let state = match found {
        None => RungState::Ahead,
        Some((0, _)) if phase < Phase::Warm => RungState::Ahead,
        Some((0, _)) => RungState::Closed,
        // Enough for the share that stands, not yet for the one that comes.
        Some((healthy, _)) if Some(healthy) < needed => RungState::Ahead,
        Some(_) => RungState::Open,
    };
    Rung::new(Asks::Targets { found, needed }, state)
}

/// Judged once IPv6 has traffic; until then the limits are named.
pub(super) fn evidence(view: &View<'_>, phase: Phase) -> Vec<Rung> {
    if view.evidence().is_some() {
        return vec![Rung::new(Asks::Evidence, RungState::Unknown)];
    }
    if phase == Phase::Done {
        return Vec::new();
    }
    let health = &view.plan.health;
    let errors = health.error_rate.map(|l| (Signal::ErrorRate, Some(l.max)));
    let latency = health.latency_p99;
    let latency = latency.map(|l| (Signal::LatencyP99, Some(l.max.as_secs_f64())));
    let alarms = (!health.alarms.is_empty()).then_some((Signal::Alarms, None));
    let all = [errors, latency, alarms].into_iter().flatten();
    all.map(|(signal, max)| Rung::new(Asks::Limit(signal, max), RungState::Ahead))
        .chain(gauges(view))
        .collect()
}

/// The plan's own metrics, before there is anything to judge them by. What reaches the tasks is shown by itself, and judges nothing.
fn gauges(view: &View<'_>) -> impl Iterator<Item = Rung> {
    let all = view.plan.health.metrics.iter();
    let judged = all.filter(|gauge| gauge.of_tasks() != Some(OfTasks::Received));
    judged.map(|gauge| Rung::new(Asks::Metric(Box::new(gauge.clone())), RungState::Ahead))
}

/// The holds and approvals of the shares that are not past.
pub(super) fn shares(
    view: &View<'_>,
    phase: Phase,
    proven: impl Fn(Share, Duration) -> Option<Duration>,
) -> Vec<Rung> {
    let shift = &view.plan.shift;
    let last = shift.steps.len().saturating_sub(1);
    let current = view.step();
    let mut rungs = Vec::new();
    for (step, wanted) in shift.steps.iter().enumerate() {
        if current.is_some_and(|current| step < current) {
            continue;
        }
        let holds = current == Some(step) && matches!(phase, Phase::Shift | Phase::Bake);
        let hold = if step == last {
            shift.bake
        } else {
            wanted.hold
        };
        let proven = holds.then(|| proven(wanted.weight, hold)).flatten();
        let state = |long: Duration| match proven {
            Some(proven) if proven >= long => RungState::Open,
            _ => RungState::Ahead,
        };
        if step == last {
            let bake = shift.bake;
            rungs.push(Rung::new(Asks::Bake { bake, proven }, state(bake)));
            rungs.extend(asked(step, &wanted.gate));
            continue;
        }
        let at = view.spelled(wanted.weight);
        let holds = Asks::Hold {
            step,
            at,
            hold,
            proven,
        };
        rungs.push(Rung::new(holds, state(hold)));
        rungs.extend(asked(step, &wanted.gate));
    }
    rungs
}

/// What is asked beside evidence, once a step is proven.
fn asked(step: usize, gate: &StepGate) -> Option<Rung> {
    let asks = match gate {
        StepGate::Webhook(gate) => Asks::Webhook {
            step,
            host: gate.host().to_owned(),
        },
        gate => Asks::Approval(Gate::behind(step, gate)?),
    };
    Some(Rung::new(asks, RungState::Ahead))
}

fn passed(is_past: bool) -> RungState {
    if is_past {
        RungState::Open
    } else {
        RungState::Ahead
    }
}

/// What the end of an IPv4 side asks that customers came to.
fn ending(view: &View<'_>, phase: Phase) -> Vec<Rung> {
    let mut rungs = Vec::new();
    if phase != Phase::Retire {
        // It was asked before the side was emptied.
        let is_drained = phase == Phase::Cold && is_empty(view);
        rungs.push(Rung::new(Asks::Drain, passed(is_drained)));
    }
    rungs.extend(kept_cold(view, phase));
    rungs
}

/// What the end of any IPv4 side asks.
pub(super) fn kept_cold(view: &View<'_>, phase: Phase) -> Vec<Rung> {
    let retire = &view.plan.retire;
    let is_over = passed(phase == Phase::Retire);
    let mut rungs = vec![Rung::new(Asks::Cold(retire.keep_cold), is_over)];
    if !retire.delete.is_empty() && retire.approval == RetireApproval::Required {
        rungs.push(Rung::new(Asks::Approval(Gate::Retire), RungState::Ahead));
    }
    rungs
}

fn is_empty(view: &View<'_>) -> bool {
    view.seen.ipv4.seen().is_some_and(|ipv4| ipv4.desired == 0)
}

/// The share that comes next, or stands.
fn next(view: &View<'_>) -> Share {
    let applied = view.applied().unwrap_or(Share::NONE);
    let mut steps = view.plan.shift.steps.iter().map(|s| s.weight);
    steps.find(|weight| *weight > applied).unwrap_or(applied)
}
