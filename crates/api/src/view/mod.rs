//! What the board shows becomes what the API says: pure functions.
//!
//! What belongs here: words, units and order. What must not: a figure that `sixshift_core` did not arrive at.
//!
//! - [`fleet`]: all plans at a glance. [`plan`]: one, in a line or whole.
//! - `steps`, `tree`, `chart`, `offers`: parts of a plan.
//! - `past`: what the history adds to it. [`foresight`]: what lies ahead of it.
//! - [`order`]: the other way round, from what is posted to what the loop takes.

mod chart;
mod findings;
mod fleet;
mod foresight;
mod offers;
mod order;
mod past;
mod plan;
mod steps;
mod tree;

use sixshift_core::facts::Gate;

pub(crate) use chart::Window;
pub(crate) use fleet::{Daemon, fleet};
pub use foresight::foresight;
pub(crate) use foresight::of_view;
pub(crate) use order::order;
pub(crate) use past::{remember, since};
pub(crate) use plan::{plan, summary};

use crate::model;

/// Something that happened.
pub(crate) fn event(event: &sixshift_controller::event::Event) -> model::Event {
    let kind = serde_json::to_value(event.kind).ok();
    model::Event {
        seq: event.seq,
        at: event.at,
        plan: event.plan.clone(),
        revision: event.revision.clone(),
        commit: event.commit.clone(),
        kind: kind
            .and_then(|k| k.as_str().map(str::to_owned))
            .unwrap_or_default(),
        text: event.text.clone(),
        call: event.call.clone(),
        share: event.share,
        evidence: event.evidence.clone(),
        actor: event.actor.clone(),
        reason: event.reason.clone(),
    }
}

/// A step's number on the wire: they count from 1, as people do.
pub(crate) fn number_of(step: usize) -> usize {
    step + 1
}

const CONSUMERS: &str = "consumers";
const RETIRE: &str = "retire";

/// A gate as orders name it, with the step's number: `step:2`, `tooFew:1`, `consumers`, `retire`.
pub(crate) fn gate_name(gate: Gate) -> String {
    match gate {
        Gate::Step(i) => format!("step:{}", number_of(i)),
        Gate::TooFew(i) => format!("tooFew:{}", number_of(i)),
        Gate::Consumers => CONSUMERS.to_owned(),
        Gate::Retire => RETIRE.to_owned(),
    }
}

/// From its name.
pub(crate) fn gate_from_name(name: &str) -> Option<Gate> {
    let step = |number: &str| number.parse::<usize>().ok()?.checked_sub(1);
    match name.split_once(':') {
        None if name == CONSUMERS => Some(Gate::Consumers),
        None => (name == RETIRE).then_some(Gate::Retire),
        Some(("step", number)) => step(number).map(Gate::Step),
        Some(("tooFew", number)) => step(number).map(Gate::TooFew),
        Some(_) => None,
    }
}

/// A resource's name from its ARN: what follows the resource type.
pub(crate) fn name_in(arn: &str) -> &str {
    let resource = arn.splitn(6, ':').nth(5).unwrap_or(arn);
    let mut parts = resource.split('/');
    match (parts.next(), parts.next()) {
        // targetgroup/NAME/ID
        (Some("targetgroup"), Some(name)) => name,
        // loadbalancer/app/NAME/ID
        (Some("loadbalancer"), Some(_)) => parts.next().unwrap_or(resource),
        _ => resource.rsplit('/').next().unwrap_or(resource),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gates_name_reads_back_as_the_gate() {
        for gate in [
            Gate::Step(2),
            Gate::TooFew(0),
            Gate::Consumers,
            Gate::Retire,
        ] {
            assert_eq!(gate_from_name(&gate_name(gate)), Some(gate));
        }
        assert_eq!(gate_name(Gate::Step(0)), "step:1");
        for other in [
            "", "step", "step:", "step:0", "step:-1", "retire:1", "tooFew:x",
        ] {
            assert_eq!(gate_from_name(other), None, "{other}");
        }
    }

    #[test]
    fn a_resource_is_called_by_its_name() {
        let arn = |rest: &str| format!("arn:aws:elasticloadbalancing:eu-central-1:1:{rest}");
        assert_eq!(name_in(&arn("targetgroup/checkout/0a")), "checkout");
        assert_eq!(name_in(&arn("loadbalancer/app/shop/0b")), "shop");
        assert_eq!(name_in(&arn("listener-rule/app/shop/0b/1/2")), "2");
        assert_eq!(name_in("no arn"), "no arn");
    }
}
