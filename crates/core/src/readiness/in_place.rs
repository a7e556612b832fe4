//! A service that is moved in place.
//!
//! What belongs here: what stands in the way of that alone, and which checks say nothing of it because they are about a twin or
//! about what a load balancer divides. What must not: any other check.

use super::check::{Category, Check, LOST, Severity, Spared, Waiving, unless};
use crate::plan::{Plan, Way};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "ECS-015",
        name: "in-place-balanced",
        category: Category::Ecs,
        severity: Severity::Block,
        holds: "A service that is moved in place has no load balancer.",
        why: "Its target groups hold IPv4 addresses. One deployment would have to change the service's target groups and every route at \
          one moment, with no share of traffic to prove it on and none to take back; AWS advises a second service beside it.",
        remedy: "leave spec.shift.via out and write spec.shift.steps: traffic moves by weights; behind an Application Load Balancer \
          spec.shift.inPlace.behindLoadBalancer: accept moves it nevertheless",
        source: "ECS developer guide, Amazon ECS task networking options for Fargate: IPv6-only mode",
        waiving: LOST,
        run: |s| {
            if s.plan.in_place().is_none() || s.plan.is_behind() {
                return Err(Spared::NotHere);
            }
            unless(s.service()?.load_balancers.is_empty(), || {
                "the service has a load balancer, whose target groups hold IPv4 addresses"
                    .to_owned()
            })
        },
    },
    Check {
        id: "METRICS-009",
        name: "in-place-unwatched",
        category: Category::Metrics,
        severity: Severity::Warn,
        holds: "Something that the plan names tells whether the work of a service that is moved in place gets done.",
        why: "ECS tells whether tasks run, and not whether they do their work: a worker that no longer reaches what it works for looks \
          well to it. Without an alarm or a metric of yours such a release is kept.",
        remedy: "name an alarm in spec.health.alarms, or a metric with a limit in spec.health.metrics: on the queue's oldest message, on failures that the work counts",
        source: "ECS developer guide, How CloudWatch alarms detect Amazon ECS deployment failures",
        waiving: Waiving::ByReason,
        run: |s| {
            if s.plan.in_place().is_none() {
                return Err(Spared::NotHere);
            }
            unless(s.plan.health.tells_of_work(), || {
                "no alarm or metric of the plan tells whether the work gets done".to_owned()
            })
        },
    },
];

/// Checks that one behind a load balancer has all the same: on what divides its traffic, and on as many tasks as a twin would have.
const ALSO_BEHIND: &[&str] = &["fargate-vcpus", "no-load-balancer", "no-route"];

/// Checks on a twin, on its scaling, and on what a load balancer divides.
const OF_A_TWIN: &[&str] = &[
    "daemon",
    "deployment-alarms",
    "fargate-vcpus",
    "no-load-balancer",
    "no-route",
    "scaling-label",
    "scaling-metric",
    "service-connect",
    "short-arn",
];

/// Checks on what a load balancer divides.
const OF_A_BALANCER: &[&str] = &["no-load-balancer", "no-route"];

/// Whether a plan asks a check at all.
pub(super) fn asks(check: &Check, plan: &Plan) -> bool {
    match plan.shift.way {
        Way::Weights | Way::Lattice | Way::Families => true,
        Way::Tasks | Way::Names => !OF_A_BALANCER.contains(&check.name),
        Way::InPlace(how) if how.behind_balancer && ALSO_BEHIND.contains(&check.name) => true,
        Way::InPlace(_) => !OF_A_TWIN.contains(&check.name) && check.category != Category::Scale,
    }
}
