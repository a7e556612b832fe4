//! Load balancers, target groups and the actions that forward to them.
//!
//! What belongs here: what of the way to a service cannot take an IPv6 target group, or not share with one. What must not:
//! counts against quotas.

use super::{Finding, block, service::unknown_members};
use crate::{
    observation::{LoadBalancer, Pair, Route, Service, TargetGroup},
    router,
};

/// ELB: an IPv6 target group needs a dual-stack load balancer.
pub(super) fn of_balancer(balancer: &LoadBalancer, all: &mut Vec<Finding>) {
    let (arn, kind) = (&balancer.arn, &balancer.kind);
    let name = arn.rsplit('/').nth(1).unwrap_or(arn);
    if kind != "application" {
        all.push(block(
            "load-balancer-kind",
            format!("load balancer {name} is of type {kind}"),
            "not yet: only Application Load Balancers are there",
        ));
    } else if balancer.ip_address_type == "ipv4" {
        all.push(block(
            "load-balancer-ipv4",
            format!("load balancer {name} is ipv4, and refuses IPv6 target groups"),
            "set its IP address type to dualstack",
        ));
    }
}

pub(super) fn of_pairs(
    pairs: &[Pair],
    routes: &[Route],
    service: Option<&Service>,
    most: usize,
    all: &mut Vec<Finding>,
) {
    for pair in pairs {
        // While it cannot be read, an action that holds it looks as if it had no weight left.
        if pair.ipv6.unknown().is_some() {
            continue;
        }
        let ipv6 = pair.ipv6.seen().map_or("", |g| g.arn.as_str());
        if let Some(group) = pair.ipv4.seen() {
            if group.target_type != "ip" {
                all.push(block(
                    "target-type",
                    format!(
                        "target group {} has targets of type {}",
                        group.name, group.target_type
                    ),
                    "awsvpc tasks need target type ip",
                ));
            }
            if group.ip_address_type == "ipv6" {
                all.push(block(
                    "already-ipv6",
                    format!("target group {} is IPv6 already", group.name),
                    "there is nothing to migrate",
                ));
            }
        }
        // Later the service's size changes by our own hand, before its targets are read again; the guard counts then.
        if let (Some(group), Some(service), true) =
            (pair.ipv4.seen(), service, pair.ipv6.is_absent())
        {
            strangers(group, service, all);
        }
        // The partner is made of it once; a member that AWS invents later stops nothing.
        if let (Some(group), true) = (pair.ipv4.seen(), pair.ipv6.is_absent()) {
            let what = format!("target group {}", group.name);
            unknown_members(&what, &group.unknown, all);
        }
        for route in routes {
            route_findings(pair, ipv6, route, most, all);
        }
    }
    if routes.is_empty() {
        all.push(block(
            "no-route",
            "no listener or rule forwards to the service",
            "point a listener or a rule at its target group",
        ));
    }
}

/// Targets of somebody else: another service of ECS in the same group, or addresses that were registered by hand. Each task
/// of the service is one target at most, so whatever is more is not its.
fn strangers(group: &TargetGroup, service: &Service, all: &mut Vec<Finding>) {
    let stands = service.running == service.desired && !service.is_deploying();
    let Some(targets) = group.targets.seen().filter(|_| stands) else {
        return;
    };
    let staying = targets
        .iter()
        .filter(|t| !matches!(t.state.as_str(), "draining" | "unused"));
    let (count, tasks) = (staying.count(), service.running as usize);
    if count > tasks {
        all.push(block(
            "shared-target-group",
            format!("target group {} has {count} targets, and the service {tasks} tasks: the others would be left behind", group.name),
            "give the service a target group of its own",
        ));
    }
}

/// Kinds of actions that are written back whole (botocore: elbv2 `ActionTypeEnum`).
const KINDS: &[&str] = &[
    "forward",
    "authenticate-oidc",
    "authenticate-cognito",
    "jwt-validation",
    "redirect",
    "fixed-response",
];

/// ELB: so many target groups an action; weights from 0 to 999.
fn route_findings(pair: &Pair, ipv6: &str, route: &Route, most: usize, all: &mut Vec<Finding>) {
    let (w4, w6) = router::weights(&route.forward, &pair.ipv4_arn, ipv6);
    if w4.is_none() && w6.is_none() {
        return;
    }
    let name = route.name();
    if let Some(kind) = route.actions.iter().find(|a| !KINDS.contains(&a.as_str())) {
        all.push(block(
            "unknown-action",
            format!("{name} has an action of type {kind}, which cannot be written back whole"),
            "use a newer version of sixshift, or take that action out",
        ));
    }
    if w6.is_none() && route.forward.groups.len() >= most {
        all.push(block(
            "action-full",
            format!("the action of {name} has its {most} target groups already"),
            "take one out",
        ));
    }
    if u32::from(w4.unwrap_or(0)) + u32::from(w6.unwrap_or(0)) == 0 {
        all.push(block(
            "weightless",
            format!("{name} forwards to the service with weight 0"),
            "give it a weight or remove it",
        ));
    } else if !router::is_fine_enough(&route.forward, &pair.ipv4_arn, ipv6) {
        all.push(block(
            "coarse-weights",
            format!(
                "beside the other weights of {name}, a percent of this service cannot be expressed"
            ),
            "lower the other target groups' weights in the same proportion",
        ));
    }
}
