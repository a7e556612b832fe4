//! The ladder of shares.

use sixshift_core::{
    facts::Gate,
    plan::{Plan, StepGate},
    status::{Phase, Status, WaitingOn},
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
            .and_then(|s| proven(s, index));
        Step {
            number: number_of(index),
            weight: step.weight.percent(),
            hold_seconds: hold.as_secs(),
            approval: step.gate == StepGate::Approval,
            state: state.to_owned(),
            proven_seconds: match proven {
                Some(Proven::For(seconds)) => Some(seconds),
                Some(Proven::Whole) => Some(hold.as_secs()),
                None => None,
            },
        }
    };
    plan.shift.steps.iter().enumerate().map(step).collect()
}

enum Proven {
    For(u64),
    Whole,
}

/// How long the current step is proven, as far as what is waited for says it.
fn proven(status: &Status, index: usize) -> Option<Proven> {
    match status.waiting_on.as_ref()? {
        WaitingOn::Hold { proven, .. } | WaitingOn::Bake { proven, .. } => {
            Some(Proven::For(proven.as_secs()))
        }
        WaitingOn::Evidence { step, .. } | WaitingOn::TooFew { step, .. } if *step == index => {
            Some(Proven::Whole)
        }
        WaitingOn::Approval {
            gate: Gate::Step(step) | Gate::TooFew(step),
        } if *step == index => Some(Proven::Whole),
        _ => None,
    }
}
