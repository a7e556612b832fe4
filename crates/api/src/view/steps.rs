//! The ladder of shares.

use std::time::Duration;

use sixshift_core::{
    facts::Gate,
    plan::{Plan, StepGate},
    status::{Asks, Phase, Rung, Status},
};

use super::number_of;
use crate::model::Step;

/// Every step, and which one is current.
pub(super) fn steps(plan: &Plan, status: Option<&Status>) -> Vec<Step> {
    let last = plan.shift.steps.len().saturating_sub(1);
    let current = status.and_then(|s| s.step);
    // At 100 % the last step is current until its hold, the bake, is over.
    let baked =
        status.is_some_and(|s| matches!(s.phase, Phase::Cold | Phase::Retire | Phase::Done));
    let step = |(index, step): (usize, &sixshift_core::plan::Step)| {
        let hold = if index == last {
            plan.shift.bake
        } else {
            step.hold
        };
        let state = match current {
            Some(_) if baked => "past",
            Some(current) if index < current => "past",
            Some(current) if index == current => "current",
            _ => "ahead",
        };
        let proven = status
            .filter(|_| state == "current")
            .and_then(|s| proven(s, index, hold));
        Step {
            number: number_of(index),
            weight: step.weight.percent(),
            hold_seconds: hold.as_secs(),
            approval: Gate::behind(index, &step.gate).is_some(),
            webhook: match &step.gate {
                StepGate::Webhook(gate) => Some(gate.host().to_owned()),
                StepGate::Auto | StepGate::Approval | StepGate::Consumers => None,
            },
            state: state.to_owned(),
            proven_seconds: proven,
        }
    };
    plan.shift.steps.iter().enumerate().map(step).collect()
}

/// How long the current step is proven; longer than its hold is no more.
fn proven(status: &Status, index: usize, hold: Duration) -> Option<u64> {
    let of_this = |rung: &Rung| match rung.asks {
        Asks::Hold { step, proven, .. } if step == index => proven,
        Asks::Bake { proven, .. } => proven,
        _ => None,
    };
    let proven = status.walk.iter().find_map(of_this)?;
    Some(proven.min(hold).as_secs())
}
