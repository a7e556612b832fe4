//! `spec.shift` of a service whose consumers find it by a Cloud Map registry, and `spec.ipv6.registry`, the name that they move to.
//!
//! What must not be here: whether that name is free ([`crate::readiness`]).

use std::time::Duration;

use super::{
    super::{
        gauge::OfTasks,
        model::{Choice, HealthPolicy, Ipv6, Shift, Step, StepGate, Way},
    },
    cursor::{At, Fields},
    shift::{bake, refuse_in_place},
    sink::Sink,
};
use crate::share::Share;

const EXAMPLE: &str = "checkout-ipv6";
/// botocore: servicediscovery `ServiceName`, a label of it.
const LONGEST: usize = 63;
/// How long the twin must be good under its own name before anybody is asked whether all have moved.
const HOLD: Duration = Duration::from_secs(10 * 60);

pub(super) fn shift(mut fields: Fields, sink: &mut Sink<'_>) -> Option<Shift> {
    refuse_in_place(&mut fields, sink);
    if let Some(at) = fields.optional("steps") {
        at.report(
            sink,
            "consumers move by themselves to the twin's name: nobody divides them into steps",
            "remove them; an approval says that all have moved",
        );
    }
    let bake = bake(&mut fields, sink);
    fields.close(sink);
    Some(Shift {
        way: Way::Names,
        choice: Choice::Named,
        steps: steps(),
        bake: bake?,
    })
}

/// The twin's name is there, until a person says that all have moved to it; then all.
pub(in crate::plan) fn steps() -> Vec<Step> {
    let step = |weight, hold, gate| Step { weight, hold, gate };
    vec![
        step(Share::NAMED, HOLD, StepGate::Consumers),
        step(Share::ALL, Duration::ZERO, StepGate::Auto),
    ]
}

/// `spec.ipv6.registry`.
pub(super) fn registry(at: &At, sink: &mut Sink<'_>) -> Option<Option<String>> {
    let mut fields = at.fields(sink, "{ name: checkout-ipv6 }")?;
    let what = "name of a Cloud Map service: letters, digits and inner - and _, at most 63";
    let name = fields
        .required(sink, "name", EXAMPLE)
        .and_then(|at| at.text_like(sink, what, EXAMPLE, is_name));
    fields.close(sink);
    name.map(Some)
}

fn is_name(text: &str) -> bool {
    let is_inner = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    (1..=LONGEST).contains(&text.len())
        && text.chars().all(is_inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// The way and the name come together; and beside a load balancer the last step is left with a person's word on those who ask
/// for the name.
pub(super) fn fit(
    at: (Option<&At>, Option<&At>),
    shift: Option<&mut Shift>,
    ipv6: Option<&Ipv6>,
    sink: &mut Sink<'_>,
) {
    let (Some(shift), Some(ipv6)) = (shift, ipv6) else {
        return;
    };
    let (ipv6_at, shift_at) = at;
    if ipv6.registry.is_none() {
        if shift.way == Way::Names
            && let Some(via) = shift_at.and_then(|at| at.peek("via"))
        {
            via.report(
                sink,
                "nothing says by which name consumers find the twin",
                "add spec.ipv6.registry: { name: checkout-ipv6 }",
            );
        }
        return;
    }
    let refused = match shift.way {
        Way::Names | Way::Weights | Way::Lattice | Way::Families => None,
        Way::InPlace(_) => Some("a service that is moved in place keeps its own registry"),
        Way::Tasks => Some("nobody leads the consumers of a registry by tasks that share a queue"),
    };
    match (refused, ipv6_at.and_then(|at| at.peek("registry"))) {
        (Some(why), Some(registry)) => {
            registry.report(sink, why, "remove it, or write spec.shift.via: cloudMap");
        }
        _ => ask_for_consumers(shift),
    }
}

/// Beside a load balancer all of its traffic is on IPv6 by the last step; consumers of the registry move by themselves.
pub(in crate::plan) fn ask_for_consumers(shift: &mut Shift) {
    if shift.way == Way::Names {
        return;
    }
    if let Some(last) = shift.steps.last_mut() {
        last.gate = StepGate::Consumers;
    }
}

/// The metrics of the plan, and what tells who still comes.
pub(super) fn counted(health: HealthPolicy, shift: &Shift, ipv6: Option<&Ipv6>) -> HealthPolicy {
    if ipv6.is_none_or(|ipv6| ipv6.registry.is_none()) {
        return health;
    }
    HealthPolicy {
        metrics: OfTasks::counting_received(health.metrics, shift),
        ..health
    }
}
