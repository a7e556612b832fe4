//! What scales a service.
//!
//! What belongs here: what of a service's scaling its twin cannot have by itself. What must not: its alarms as evidence
//! ([`super::alarms`]).

use super::{Finding, block, service::unknown_members, warn};
use crate::{
    observation::{Pair, Scaling, Service},
    plan::Plan,
    twin::{self, Remnant},
};

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
    // Later the twin has its own, made by what is known.
    if twin.is_none() {
        unknown_members("the service's scalable target", &original.unknown, all);
    }
    let stepped = original.policies.iter().filter(|p| p.is_stepped());
    for policy in stepped.filter(|p| !p.alarms.is_empty()) {
        let remedy =
            "make such alarms of the twin's metrics, with the twin's policy as their action";
        let (name, alarms) = (&policy.name, policy.alarms.join(", "));
        let own = twin.and_then(|t| t.policies.iter().find(|p| p.name == *name));
        match own {
            Some(own) if own.alarms.is_empty() => all.push(block(
                "step-scaling",
                format!("no alarm drives the twin's step scaling policy {name}, as {alarms} the original's"),
                remedy,
            )),
            Some(_) => {}
            None => all.push(warn(
                "step-scaling",
                format!("step scaling policy {name} is copied without its alarms {alarms}"),
                remedy,
            )),
        }
    }
}

/// What a copy of a policy would still watch of the IPv4 side.
pub(super) fn of_policies(plan: &Plan, pairs: &[Pair], scaling: &Scaling, all: &mut Vec<Finding>) {
    let sides = twin::sides(plan, pairs);
    for policy in &scaling.policies {
        for left in twin::twin_policy(&policy.settings, &sides).1 {
            all.push(match left {
                Remnant::Label(label) => block(
                    "scaling-label",
                    format!("scaling policy {} counts the requests of {label}, which is no target group of the service", policy.name),
                    "let the policy count the service's own requests",
                ),
                Remnant::Metric(metric) => warn(
                    "scaling-metric",
                    format!("scaling policy {} of the twin would watch {metric}, which may be the IPv4 side's alone", policy.name),
                    "let both sides report that metric under one name",
                ),
            });
        }
    }
}
