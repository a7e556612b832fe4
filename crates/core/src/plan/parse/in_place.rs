//! `spec.shift` of a service that is moved in place, and what of a plan says nothing about such a one.
//!
//! What must not be here: what a plan with weights says ([`super::shift`]).

use std::{ops::RangeInclusive, time::Duration};

use super::{
    super::{
        model::{Choice, InPlace, Shift, Step, StepGate, Way},
        source::{BehindLoadBalancer, DEFAULT_PROOF, ProofBy},
        spelling,
    },
    cursor::{At, Fields},
    shift::{bake, within},
    sink::Sink,
    spec::or_default,
};
use crate::share::Share;

const HOLDS: RangeInclusive<Duration> = Duration::from_secs(60)..=Duration::from_secs(86_400);

pub(super) fn shift(mut fields: Fields, sink: &mut Sink<'_>) -> Option<Shift> {
    if let Some(at) = fields.optional("steps") {
        at.report(
            sink,
            "in place one deployment replaces all tasks: there are no steps",
            "remove them",
        );
    }
    let default = InPlace {
        proof: Some(default_proof()),
        behind_balancer: false,
    };
    let how = or_default(fields.optional("inPlace"), default, |at| how(at, sink));
    let bake = bake(&mut fields, sink);
    fields.close(sink);
    Some(Shift {
        way: Way::InPlace(how?),
        choice: Choice::Named,
        steps: vec![Step {
            weight: Share::ALL,
            hold: Duration::ZERO,
            gate: StepGate::Auto,
        }],
        bake: bake?,
    })
}

fn how(at: &At, sink: &mut Sink<'_>) -> Option<InPlace> {
    let mut fields = at.fields(sink, "{ proof: task, hold: 5m }")?;
    let by = or_default(fields.optional("proof"), ProofBy::default(), |at| {
        at.word(sink)
    });
    let hold_at = fields.optional("hold");
    let hold = or_default(hold_at, default_proof(), |at| {
        if by == Some(ProofBy::None) {
            at.report(
                sink,
                "nothing is proven here that could be held",
                "remove it, or write proof: task",
            );
            return None;
        }
        let hold = at.duration(sink, DEFAULT_PROOF)?;
        within(at, sink, hold, &HOLDS, "the proof of a task")
    });
    let behind_at = fields.optional("behindLoadBalancer");
    let behind = or_default(behind_at, BehindLoadBalancer::default(), |at| at.word(sink));
    fields.close(sink);
    let hold = hold?;
    Some(InPlace {
        proof: match by? {
            ProofBy::Task => Some(hold),
            ProofBy::None => None,
        },
        behind_balancer: behind? == BehindLoadBalancer::Accept,
    })
}

pub(in crate::plan) fn default_proof() -> Duration {
    spelling::duration(DEFAULT_PROOF).unwrap_or_default()
}
