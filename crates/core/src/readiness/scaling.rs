//! What scales a service.
//!
//! What belongs here: what of a service's scaling its twin cannot have by itself. What must not: its alarms as evidence
//! ([`super::evidence`]).

use super::{
    Finding,
    check::{Category, Check, Found, GUESSED, Judged, RESIZED, Scene, Severity, Waiving, known},
};
use crate::{
    observation::{Scaling, Service},
    twin::{self, Remnant},
};

pub(super) const CHECKS: &[Check] = &[
    STEPS,
    Check {
        id: "SCALE-002",
        name: "scaling-label",
        category: Category::Scale,
        severity: Severity::Block,
        holds: "Scaling policies count the requests of the service's own target groups.",
        why: "The twin's policy would count the requests of somebody else, whose twin is not known.",
        remedy: "let the policy count the service's own requests",
        source: "Application Auto Scaling API, PredefinedMetricSpecification: ResourceLabel",
        waiving: GUESSED,
        run: |s| {
            policies(s, |policy, left| match left {
                Remnant::Label(label) => Some(format!(
                    "scaling policy {policy} counts the requests of {label}, which is no target group of the service"
                )),
                Remnant::Metric(_) => None,
            })
        },
    },
    Check {
        id: "SCALE-003",
        name: "scaling-metric",
        category: Category::Scale,
        severity: Severity::Warn,
        holds: "What scales the twin sees the twin.",
        why: "A policy on a metric of one's own may see the IPv4 side alone: the twin would grow and shrink with the other's \
              traffic.",
        remedy: "let both sides report that metric under one name",
        source: "Application Auto Scaling API, CustomizedMetricSpecification",
        waiving: Waiving::ByReason,
        run: |s| {
            policies(s, |policy, left| match left {
                Remnant::Metric(metric) => Some(format!(
                    "scaling policy {policy} of the twin would watch {metric}, which may be the IPv4 side's alone"
                )),
                Remnant::Label(_) => None,
            })
        },
    },
    BOUNDS,
];

const STEPS: Check = Check {
    id: "SCALE-001",
    name: "step-scaling",
    category: Category::Scale,
    severity: Severity::Block,
    holds: "An alarm drives each step scaling policy of the twin that one drives on the IPv4 side.",
    why: "A step scaling policy does nothing until an alarm of the customer's names it as its action; the copy has another ARN, \
          so the twin would not grow with its traffic.",
    remedy: "make such alarms of the twin's metrics, with the twin's policy as their action",
    source: "Application Auto Scaling, Step scaling policies",
    waiving: Waiving::ByReason,
    run: steps,
};

const BOUNDS: Check = Check {
    id: "SCALE-004",
    name: "outside-bounds",
    category: Category::Scale,
    severity: Severity::Block,
    holds: "The service's size is within its scaling's bounds.",
    why: "Whatever is told to the scaling of a service moves a size that is outside the bounds into them at once.",
    remedy: "set its desired count within the bounds, or the bounds around it",
    source: "Application Auto Scaling API, RegisterScalableTarget",
    waiving: RESIZED,
    run: |s| {
        let (scaling, service) = (known(&s.seen.ipv4_scaling)?, s.service()?);
        Ok(outside(service, scaling).into_iter().collect())
    },
};

/// The finding that a service is outside its bounds, for who is about to write to its scaling.
pub(crate) fn outside_bounds(service: &Service, scaling: &Scaling) -> Option<Finding> {
    outside(service, scaling).map(|found| Finding::of(&BOUNDS, found))
}

fn outside(service: &Service, scaling: &Scaling) -> Option<Found> {
    let Scaling { min, max, .. } = scaling;
    let outside = service.desired > 0 && !(*min..=*max).contains(&service.desired);
    outside.then(|| {
        Found::new(format!(
            "the service has {} tasks, outside its scaling's {min} to {max}: whatever is told to its scaling resizes it",
            service.desired
        ))
    })
}

fn steps(s: &Scene<'_>) -> Judged {
    let original = known(&s.seen.ipv4_scaling)?;
    let twin = s.seen.twin_scaling.seen();
    let stepped = original.policies.iter().filter(|p| p.is_stepped());
    let found = stepped.filter(|p| !p.alarms.is_empty()).filter_map(|policy| {
        let (name, alarms) = (&policy.name, policy.alarms.join(", "));
        let own = twin.and_then(|t| t.policies.iter().find(|p| p.name == *name));
        match own {
            Some(own) if own.alarms.is_empty() => Some(Found::new(format!(
                "no alarm drives the twin's step scaling policy {name}, as {alarms} the original's"
            ))),
            Some(_) => None,
            None => {
                let message = format!("step scaling policy {name} is copied without its alarms {alarms}");
                Some(Found::new(message).of(Severity::Warn))
            }
        }
    });
    Ok(found.collect())
}

/// What a copy of a policy would still watch of the IPv4 side.
fn policies(s: &Scene<'_>, wrong: impl Fn(&str, Remnant) -> Option<String>) -> Judged {
    let scaling = known(&s.seen.ipv4_scaling)?;
    let pairs = s.seen.pairs.seen().map_or(&[][..], Vec::as_slice);
    let sides = twin::sides(s.plan, pairs);
    let mut all = Vec::new();
    for policy in &scaling.policies {
        let left = twin::twin_policy(&policy.settings.read(), &sides)
            .1
            .into_iter();
        all.extend(left.filter_map(|l| wrong(&policy.name, l)).map(Found::new));
    }
    Ok(all)
}
