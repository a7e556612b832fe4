//! What Service Connect's proxy asks of an application on IPv6 alone.
//!
//! What belongs here: where the application must listen, and whether a health check proves it. What must not: whose names are offered
//! ([`super::super::service`]).

use super::{
    super::check::{Category, Check, Found, Judged, Scene, Severity, Spared, Waiving},
    Container, containers,
};

pub(in super::super) const CHECKS: &[Check] = &[Check {
    id: "TASKDEF-014",
    name: "connect-loopback",
    category: Category::TaskDef,
    severity: Severity::Warn,
    holds: "A health check shows that what is offered through Service Connect listens on [::1].",
    why: "On IPv6 alone Service Connect's proxy hands requests to [::1], and no longer to 127.0.0.1. An application that listens on \
          127.0.0.1 or 0.0.0.0 alone gets none of them, and looks well to ECS all the while.",
    remedy: "let the application listen on [::], and the container's health check ask [::1]: the task that runs beside the service \
             proves it before the service moves",
    source: "ECS developer guide, Amazon ECS Service Connect components",
    waiving: Waiving::ByReason,
    run: on_the_loopback,
}];

fn on_the_loopback(s: &Scene<'_>) -> Judged {
    let offered = &s.service()?.offered_ports;
    if offered.is_empty() {
        return Err(Spared::NotHere);
    }
    let containers = containers(s)?;
    let offering = containers.iter().filter(|c| offers(c, offered));
    Ok(offering.filter_map(unproven).collect())
}

fn offers(container: &Container<'_>, offered: &[String]) -> bool {
    let mut ports = container.items("portMappings");
    ports.any(|port| {
        port["name"]
            .as_str()
            .is_some_and(|name| offered.iter().any(|o| o == name))
    })
}

/// Only what asks the very address proves it: localhost is tried on both.
fn unproven(container: &Container<'_>) -> Option<Found> {
    let mut asked = container.health_check().peekable();
    let has_check = asked.peek().is_some();
    if asked.any(|said| said.text.contains("::1")) {
        return None;
    }
    let name = container.name;
    Some(Found::new(if has_check {
        format!(
            "container {name} is offered through Service Connect, and its health check does not ask [::1]"
        )
    } else {
        format!(
            "container {name} is offered through Service Connect, and has no health check that asks [::1]"
        )
    }))
}
