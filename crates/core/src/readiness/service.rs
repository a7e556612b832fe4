//! The service itself, and what it runs.
//!
//! What belongs here: what of a service or its task definition cannot stand beside itself, or not on IPv6 alone. What must
//! not: where its traffic comes from ([`super::routes`]).

use super::{Finding, block, warn};
use crate::observation::{Service, TaskDefinition};

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
pub(super) fn of_definition(definition: &TaskDefinition, all: &mut Vec<Finding>) {
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
