//! The service itself, and what it runs.
//!
//! What belongs here: what of a service or its task definition cannot stand beside itself, or not on IPv6 alone. What must
//! not: where its traffic comes from ([`super::routes`]).

use super::{Finding, block, warn};
use crate::{
    observation::{Service, ServiceRevision, TaskDefinition},
    plan::Plan,
    twin,
};

/// ECS: "IPv6-only configuration" pages for Fargate and EC2 task networking; `UpdateService` for the controllers.
pub(super) fn of_service(service: &Service, all: &mut Vec<Finding>) {
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
    if service.load_balancers.iter().any(|lb| lb.advanced) {
        all.push(warn(
            "advanced-configuration",
            "it has a second target group and listener rules for blue/green deployments",
            "the twin has none of that: give it its own before it deploys blue/green",
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
    if service.express {
        all.push(block(
            "express",
            "ECS made the load balancer and scaling of this Express service, and rewrites them",
            "not yet: make it an ordinary service first",
        ));
    }
    if service.lattice {
        all.push(lattice());
    }
    // A short ARN has no cluster in it. ECS: "Long arn format must be used for tagging operations" (botocore: ecs
    // `TagResource`; hashicorp/terraform-provider-aws#35867).
    if service
        .arn
        .rsplit(':')
        .next()
        .is_some_and(|path| path.split('/').count() < 3)
    {
        all.push(block(
            "short-arn",
            "the service has an ARN without its cluster, on which AWS takes no tags",
            "migrate it to the long ARN format (ecs update-service does, once serviceLongArnFormat is on)",
        ));
    }
    unknown_members("the service", &service.unknown, all);
    let alarms = &service.deployment["alarms"];
    if alarms["enable"] == true {
        all.push(warn(
            "deployment-alarms",
            "its deployment alarms watch the twin's deployments too, as they are",
            "let those that watch the IPv4 service alone watch the twin, once IPv4 is retired",
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

/// What a revision of the service tells beside the service.
pub(super) fn of_revision(revision: &ServiceRevision, all: &mut Vec<Finding>) {
    if revision.lattice && !all.iter().any(|f| f.code == "lattice") {
        all.push(lattice());
    }
    if revision.gateway {
        all.push(block(
            "gateway",
            "it is behind an ECS gateway, whose clients would lose it with the IPv4 side",
            "not yet: take its gateway connectors out first",
        ));
    }
    unknown_members("the service's revision", &revision.unknown, all);
}

fn lattice() -> Finding {
    block(
        "lattice",
        "VPC Lattice sends it traffic, whose clients would lose it with the IPv4 side",
        "not yet: take its VPC Lattice configurations out first",
    )
}

/// What AWS invented since cannot be carried by guessing, nor dropped.
pub(super) fn unknown_members(what: &str, unknown: &[String], all: &mut Vec<Finding>) {
    if !unknown.is_empty() {
        let names = unknown.join(", ");
        all.push(block(
            "unknown-field",
            format!("{what} has {names}, which this version of sixshift does not know"),
            "use a newer version, or take that out",
        ));
    }
}

/// ECS: awsvpc for a target group of type ip; Linux only.
pub(super) fn of_definition(plan: &Plan, definition: &TaskDefinition, all: &mut Vec<Finding>) {
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
    if definition.accelerators {
        all.push(block(
            "accelerators",
            "its task definition asks for Elastic Inference accelerators, which AWS no longer has",
            "take inferenceAccelerators out of the task definition first",
        ));
    }
    variables(plan, definition, all);
    for (name, image) in &definition.images {
        if twin::is_ipv4_only(image) {
            all.push(warn(
                "image-ipv4",
                format!("container {name} comes from ghcr.io, which has no IPv6 address"),
                "copy the image to ECR",
            ));
        }
    }
}

fn variables(plan: &Plan, definition: &TaskDefinition, all: &mut Vec<Finding>) {
    let edits = &plan.ipv6.task_definition;
    let names: Vec<&str> = definition.images.iter().map(|(n, _)| n.as_str()).collect();
    for container in edits.containers.keys() {
        if !names.contains(&container.as_str()) {
            all.push(block(
                "container-missing",
                format!(
                    "the task definition has no container {container}: it has {}",
                    names.join(", ")
                ),
                "correct spec.ipv6.taskDefinition.containers",
            ));
        }
    }
    let env = twin::env_edits(&definition.images, edits);
    for (container, secret) in &definition.secrets {
        if env.get(container).is_some_and(|e| e.contains_key(secret)) {
            all.push(block(
                "env-secret",
                format!("container {container} has a secret named {secret}, as a variable of the plan is"),
                "take it out of spec.ipv6.taskDefinition.env, or name the containers that it is for: AWS refuses one name for both",
            ));
        }
    }
}
