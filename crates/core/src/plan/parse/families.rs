//! `spec.shift` of a service behind a Network Load Balancer, and what of a plan says nothing about such a one.
//!
//! What must not be here: what a plan with weights says ([`super::shift`]).

use super::{
    super::{
        model::{Choice, HealthPolicy, Shift, Step, Way},
        source::Clients,
    },
    cursor::{At, Fields},
    shift::{bake, hold_and_gate, refuse_in_place},
    sink::Sink,
};
use crate::share::Share;

const EXAMPLE: &str = "[{ clients: ipv6, hold: 15m }, { clients: all }]";

/// Limits of `spec.health` on what a Network Load Balancer does not count.
const NOT_COUNTED: &[(&str, &str)] = &[
    (
        "clientErrorRate",
        "a Network Load Balancer passes answers on and counts none of them",
    ),
    (
        "latencyP99",
        "a Network Load Balancer measures no response time",
    ),
];

/// Whether `spec.shift` says so, whatever else is wrong with it.
pub(super) fn is_meant(shift: &At) -> bool {
    match shift.peek("via") {
        Some(via) if via.peek_text() != Some("auto") => via.peek_text() == Some("nlb"),
        _ => leads_clients(shift),
    }
}

/// Whether the steps are of clients, and none has a weight.
fn leads_clients(shift: &At) -> bool {
    let steps = shift.peek("steps").and_then(|steps| steps.items_of());
    steps.is_some_and(|steps| {
        steps.iter().any(|step| step.peek("clients").is_some())
            && steps.iter().all(|step| step.peek("weight").is_none())
    })
}

pub(super) fn shift(mut fields: Fields, choice: Choice, sink: &mut Sink<'_>) -> Option<Shift> {
    refuse_in_place(&mut fields, sink);
    let steps = fields.required(sink, "steps", EXAMPLE);
    let steps = steps.and_then(|at| steps_of(&at, sink));
    let bake = bake(&mut fields, sink);
    fields.close(sink);
    Some(Shift {
        way: Way::Families,
        choice,
        steps: steps?,
        bake: bake?,
    })
}

fn steps_of(at: &At, sink: &mut Sink<'_>) -> Option<Vec<Step>> {
    let items = at.list(sink, EXAMPLE)?;
    // Weights have a complaint of their own, however many there are.
    let by_weight = items.iter().any(|item| item.peek("weight").is_some());
    if items.is_empty() || items.len() > 2 && !by_weight {
        at.report(
            sink,
            format!(
                "{} steps stand here; there are two families of clients",
                items.len()
            ),
            at.write(EXAMPLE),
        );
        return None;
    }
    let last = items.len() - 1;
    let steps = items.iter().enumerate();
    let steps: Vec<Option<Step>> = steps.map(|(i, at)| step(at, i == last, sink)).collect();
    steps.into_iter().collect()
}

fn step(at: &At, is_last: bool, sink: &mut Sink<'_>) -> Option<Step> {
    let example = if is_last { "all" } else { "ipv6" };
    let mut fields = at.fields(sink, "{ clients: ipv6, hold: 15m }")?;
    let by_weight = fields.optional("weight");
    if let Some(at) = &by_weight {
        at.report(
            sink,
            "a Network Load Balancer has no shares between IPv4 and IPv6: AWS refuses target groups of both families in one \
             action, so all clients of a family move at once",
            format!("write clients: {example}; a gradual share needs a second load balancer and weights in DNS"),
        );
    }
    let clients = match by_weight {
        Some(_) => {
            fields.optional("clients");
            None
        }
        None => fields.required(sink, "clients", example),
    };
    let clients = clients.and_then(|at| clients_of(&at, is_last, sink));
    let (hold, gate) = hold_and_gate(&mut fields, is_last, sink);
    fields.close(sink);
    Some(Step {
        weight: clients?,
        hold: hold?,
        gate: gate?,
    })
}

fn clients_of(at: &At, is_last: bool, sink: &mut Sink<'_>) -> Option<Share> {
    match (at.word::<Clients>(sink)?, is_last) {
        (Clients::All, true) => Some(Share::ALL),
        (Clients::Ipv6, false) => Some(Share::CLIENTS),
        (Clients::Ipv6, true) => {
            let message = "the last step leaves IPv4 clients on IPv4";
            at.report(sink, message, "add - clients: all");
            None
        }
        (Clients::All, false) => {
            let message = "all clients belong to the last step";
            at.report(sink, message, at.write("ipv6"));
            None
        }
    }
}

/// The limits without what nobody counts there.
pub(super) fn counted(shift: Option<&At>, health: HealthPolicy) -> HealthPolicy {
    if !shift.is_some_and(is_meant) {
        return health;
    }
    HealthPolicy {
        client_error_rate: None,
        latency_p99: None,
        ..health
    }
}

/// What of a plan means nothing behind a Network Load Balancer.
pub(super) fn refuse_others(shift: Option<&At>, health: Option<&At>, sink: &mut Sink<'_>) {
    if !shift.is_some_and(is_meant) {
        return;
    }
    for (key, why) in NOT_COUNTED {
        if let Some(at) = health.and_then(|health| health.peek(key)) {
            at.report(sink, *why, "remove it; alarms may watch it");
        }
    }
    let errors = health.and_then(|health| health.peek("errorRate"));
    if let Some(at) = errors.and_then(|at| at.peek("worseThanIpv4By")) {
        let why = "resets are counted of the whole load balancer, and not of each side";
        at.report(sink, why, "remove it");
    }
}
