//! What would break on IPv6-only, told before anything is made.
//!
//! Pure functions from an observation to [`Finding`]s. What they need of AWS comes from `facts` with a source each; the
//! network's own rules (routes, security groups, endpoints) are not looked at here yet.

mod evidence;

use serde::Serialize;

use crate::{
    observation::{Known, Observation, Pair, Route, Scaling, Service, TaskDefinition},
    plan::Plan,
    router,
};

/// Something that would break, and how to fix it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// Stable, for waivers and searches.
    pub code: &'static str,
    /// Whether it stops the migration.
    pub severity: Severity,
    /// What is wrong, without a full stop.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Severity {
    /// Worth knowing.
    Warn,
    /// Would break.
    Block,
}

fn block(code: &'static str, message: impl Into<String>, remedy: &str) -> Finding {
    Finding {
        code,
        severity: Severity::Block,
        message: message.into(),
        remedy: remedy.to_owned(),
    }
}

fn warn(code: &'static str, message: impl Into<String>, remedy: &str) -> Finding {
    Finding {
        code,
        severity: Severity::Warn,
        message: message.into(),
        remedy: remedy.to_owned(),
    }
}

/// All findings, worst first. What is not known yields none: [`crate::decide`] waits for it by itself.
#[must_use]
pub fn findings(plan: &Plan, seen: &Observation) -> Vec<Finding> {
    let mut all = Vec::new();
    if let Some(service) = seen.ipv4.seen() {
        service_findings(service, &mut all);
    }
    if let Some(definition) = seen.ipv4_task_definition.seen() {
        definition_findings(definition, &mut all);
    }
    for balancer in seen.load_balancers.seen().into_iter().flatten() {
        balancer_findings(
            &balancer.arn,
            &balancer.kind,
            &balancer.ip_address_type,
            &mut all,
        );
    }
    if let (Some(pairs), Some(routes)) = (seen.pairs.seen(), seen.routes.seen()) {
        pair_findings(pairs, routes, &mut all);
    }
    if let Some(original) = seen.ipv4_scaling.seen() {
        scaling_findings(original, seen.twin_scaling.seen(), &mut all);
    }
    alarm_findings(plan, seen, &mut all);
    evidence::findings(plan, seen, &mut all);
    all.sort_by_key(|f| std::cmp::Reverse(f.severity));
    all
}

/// ECS: "IPv6-only configuration" pages for Fargate and EC2 task networking; `UpdateService` for the controllers.
fn service_findings(service: &Service, all: &mut Vec<Finding>) {
    if service.controller != "ECS" {
        all.push(block(
            "controller",
            format!("the service is deployed by {}", service.controller),
            "change its deploymentController to ECS first",
        ));
    }
    if service.strategy != "ROLLING" {
        all.push(block(
            "strategy",
            format!(
                "the service deploys with {}, which writes the same weights",
                service.strategy
            ),
            "set deploymentConfiguration.strategy to ROLLING for the time of the migration",
        ));
    }
    if service.scheduling != "REPLICA" {
        all.push(block(
            "daemon",
            "a DAEMON service cannot have a twin on the same instances",
            "migrate it in place",
        ));
    }
    if service.launch_type.as_deref() == Some("EXTERNAL") {
        all.push(block(
            "external",
            "ECS Anywhere has no awsvpc network and no load balancer",
            "this service cannot be migrated",
        ));
    }
    if service
        .platform_family
        .as_deref()
        .is_some_and(|p| p.to_ascii_uppercase().starts_with("WINDOWS"))
    {
        all.push(block(
            "windows",
            "Windows tasks cannot run on IPv6 alone",
            "this service cannot be migrated",
        ));
    }
    if service.load_balancers.is_empty() {
        all.push(block(
            "no-load-balancer",
            "the service has no load balancer",
            "shift.via inPlace is not there yet",
        ));
    }
    if service
        .load_balancers
        .iter()
        .any(|lb| lb.target_group.is_none())
    {
        all.push(block(
            "classic",
            "a Classic Load Balancer has no target groups",
            "move the service to an Application Load Balancer first",
        ));
    }
    if service.has_registries {
        all.push(block(
            "cloud-map",
            "its Cloud Map registry holds A records",
            "not yet: a second registry with AAAA records is needed",
        ));
    }
    if service.offers_service_connect {
        all.push(block(
            "service-connect",
            "it offers Service Connect names, which must be unique in their namespace",
            "not yet: only clients of Service Connect can have a twin",
        ));
    }
    if service.exec {
        all.push(warn(
            "exec",
            "ECS Exec is on, and not supported on IPv6-only",
            "the twin has it off",
        ));
    }
}

/// ECS: awsvpc for a target group of type ip; Linux only.
fn definition_findings(definition: &TaskDefinition, all: &mut Vec<Finding>) {
    if definition.network_mode != "awsvpc" {
        all.push(block(
            "network-mode",
            format!("its tasks use the network mode {}", definition.network_mode),
            "move the task definition to awsvpc first",
        ));
    }
    if definition
        .operating_system
        .as_deref()
        .is_some_and(|os| os.starts_with("WINDOWS"))
    {
        all.push(block(
            "windows",
            "Windows tasks cannot run on IPv6 alone",
            "this service cannot be migrated",
        ));
    }
    for (name, image) in &definition.images {
        if image.starts_with("ghcr.io/") {
            all.push(warn(
                "image-ipv4",
                format!("container {name} comes from ghcr.io, which has no IPv6 address"),
                "copy the image to ECR",
            ));
        }
    }
}

/// ELB: an IPv6 target group needs a dual-stack load balancer.
fn balancer_findings(arn: &str, kind: &str, family: &str, all: &mut Vec<Finding>) {
    let name = arn.rsplit('/').nth(1).unwrap_or(arn);
    if kind != "application" {
        all.push(block(
            "load-balancer-kind",
            format!("load balancer {name} is of type {kind}"),
            "not yet: only Application Load Balancers are there",
        ));
    } else if family == "ipv4" {
        all.push(block(
            "load-balancer-ipv4",
            format!("load balancer {name} is ipv4, and refuses IPv6 target groups"),
            "set its IP address type to dualstack",
        ));
    }
}

fn pair_findings(pairs: &[Pair], routes: &[Route], all: &mut Vec<Finding>) {
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
        for route in routes {
            route_findings(pair, ipv6, route, all);
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

/// ELB: five target groups an action; weights from 0 to 999.
fn route_findings(pair: &Pair, ipv6: &str, route: &Route, all: &mut Vec<Finding>) {
    let (w4, w6) = router::weights(&route.forward, &pair.ipv4_arn, ipv6);
    if w4.is_none() && w6.is_none() {
        return;
    }
    let name = route.id.arn().rsplit('/').next().unwrap_or_default();
    if w6.is_none() && route.forward.groups.len() >= router::MAX_GROUPS {
        all.push(block(
            "action-full",
            format!("the action of {name} has five target groups already"),
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

/// A step scaling policy does nothing until an alarm of the customer's names it as its action; the copy has another ARN.
fn scaling_findings(original: &Scaling, twin: Option<&Scaling>, all: &mut Vec<Finding>) {
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

/// An alarm that fires before any traffic has moved would take back what never went.
fn alarm_findings(plan: &Plan, seen: &Observation, all: &mut Vec<Finding>) {
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
