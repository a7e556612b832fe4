//! What scales a service.
//!
//! What belongs here: what of a service's scaling its twin cannot have by itself. What must not: its alarms as evidence
//! ([`super::alarms`]).

use super::{Finding, block, warn};
use crate::observation::{Scaling, Service};

/// botocore: application-autoscaling `RegisterScalableTarget`: a capacity outside its bounds is moved into them at once.
pub(crate) fn outside_bounds(service: &Service, scaling: &Scaling) -> Option<Finding> {
    let Scaling { min, max, .. } = scaling;
    let outside = service.desired > 0 && !(*min..=*max).contains(&service.desired);
    outside.then(|| {
        block(
            "outside-bounds",
            format!(
                "the service has {} tasks, outside its scaling's {min} to {max}: whatever is told to its scaling resizes it",
                service.desired
            ),
            "set its desired count within the bounds, or the bounds around it",
        )
    })
}

/// A step scaling policy does nothing until an alarm of the customer's names it as its action; the copy has another ARN.
pub(super) fn of_scaling(original: &Scaling, twin: Option<&Scaling>, all: &mut Vec<Finding>) {
    for (policy, alarms) in original.stepped.iter().filter(|(_, a)| !a.is_empty()) {
        let remedy =
            "make such alarms of the twin's metrics, with the twin's policy as their action";
        let alarms = alarms.join(", ");
        match twin.and_then(|t| t.stepped.get(policy)) {
            Some(own) if own.is_empty() => all.push(block(
                "step-scaling",
                format!("no alarm drives the twin's step scaling policy {policy}, as {alarms} the original's"),
                remedy,
            )),
            Some(_) => {}
            None => all.push(warn(
                "step-scaling",
                format!("step scaling policy {policy} is copied without its alarms {alarms}"),
                remedy,
            )),
        }
    }
}
