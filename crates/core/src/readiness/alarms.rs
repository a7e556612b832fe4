//! The alarms that a plan takes as evidence.
//!
//! What belongs here: what of an alarm makes it no evidence. What must not: what its state says now (`evidence`).

use super::{Finding, block};
use crate::{
    observation::{Known, Observation},
    plan::Plan,
};

/// An alarm that fires before any traffic has moved would take back what never went.
pub(super) fn of_alarms(plan: &Plan, seen: &Observation, all: &mut Vec<Finding>) {
    let alarms: &[_] = match &seen.alarms {
        Known::Seen(alarms) => alarms,
        Known::Absent => &[],
        Known::Unknown(_) => return,
    };
    for name in &plan.health.alarms {
        if !alarms.iter().any(|a| a.name == *name) {
            all.push(block(
                "alarm-missing",
                format!("alarm {name} does not exist"),
                "create it, or take it out of spec.health.alarms",
            ));
        }
    }
}
