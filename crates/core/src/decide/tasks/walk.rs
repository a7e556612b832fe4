//! The walk of workers that move task by task, as it is shown.

use super::super::{view::View, walk};
use crate::{
    evidence::Signal,
    facts::Gate,
    plan::RetireApproval,
    status::{Asks, Phase, Rung, RungState},
};

/// Every rung, from the bottom of the ladder.
pub(in super::super) fn walk(view: &View<'_>, phase: Phase) -> Vec<Rung> {
    let mut rungs = vec![walk::preflight(view)];
    if phase != Phase::Done && !phase.is_back() {
        rungs.push(walk::tasks_of_twin(view));
    }
    if view.evidence().is_some() {
        rungs.push(Rung::new(Asks::Evidence, RungState::Unknown));
    } else if phase != Phase::Done {
        if !view.plan.health.alarms.is_empty() {
            let alarms = Asks::Limit(Signal::Alarms, None);
            rungs.push(Rung::new(alarms, RungState::Ahead));
        }
        rungs.extend(walk::gauges(view));
    }
    if !matches!(phase, Phase::Cold | Phase::Retire | Phase::Done) {
        rungs.extend(walk::shares(view, phase, |at, hold| {
            super::evidence::stood(view, at, hold).map(|s| s.proven)
        }));
    }
    if phase != Phase::Done {
        rungs.extend(ending(view, phase));
    }
    rungs
}

fn ending(view: &View<'_>, phase: Phase) -> Vec<Rung> {
    let retire = &view.plan.retire;
    let is_over = phase == Phase::Retire;
    let state = if is_over {
        RungState::Open
    } else {
        RungState::Ahead
    };
    let mut rungs = vec![Rung::new(Asks::Cold(retire.keep_cold), state)];
    if !retire.delete.is_empty() && retire.approval == RetireApproval::Required {
        rungs.push(Rung::new(Asks::Approval(Gate::Retire), RungState::Ahead));
    }
    rungs
}
