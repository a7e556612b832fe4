//! The walk of a service whose consumers move by themselves, as it is shown.

use super::super::{tasks, view::View, walk};
use crate::{
    evidence::Signal,
    facts::Gate,
    plan::{OfTasks, RetireApproval},
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
        let is_told = |rung: &Rung| match &rung.asks {
            Asks::Metric(gauge) => gauge.of_tasks() != Some(OfTasks::Received),
            _ => true,
        };
        rungs.extend(walk::gauges(view).filter(is_told));
    }
    if matches!(phase, Phase::Shift | Phase::Bake) {
        rungs.push(consumers(view, phase));
    }
    if !matches!(phase, Phase::Cold | Phase::Retire | Phase::Done) {
        rungs.extend(walk::shares(view, phase, |at, hold| {
            tasks::evidence::stood(view, at, hold).map(|s| s.proven)
        }));
    }
    if phase != Phase::Done {
        let is_over = phase == Phase::Retire;
        let state = if is_over {
            RungState::Open
        } else {
            RungState::Ahead
        };
        let retire = &view.plan.retire;
        rungs.push(Rung::new(Asks::Cold(retire.keep_cold), state));
        if !retire.delete.is_empty() && retire.approval == RetireApproval::Required {
            rungs.push(Rung::new(Asks::Approval(Gate::Retire), RungState::Ahead));
        }
    }
    rungs
}

/// Who still comes to the old name: what is known of it judges nothing, a person does.
fn consumers(view: &View<'_>, phase: Phase) -> Rung {
    let [ipv4, ipv6] = view.received();
    let whole = |bytes: Option<f64>| bytes.map(|b| b.round() as u64);
    let state = match phase {
        Phase::Bake => RungState::Open,
        _ if ipv4.is_none() => RungState::Unknown,
        _ => RungState::Ahead,
    };
    let asks = Asks::Consumers {
        ipv4: whole(ipv4),
        ipv6: whole(ipv6),
    };
    Rung::new(asks, state)
}
