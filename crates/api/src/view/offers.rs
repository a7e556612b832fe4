//! What each order would be answered now.

use sixshift_controller::{
    PlanView,
    command::{Verb, effect, refusal},
};
use sixshift_core::{
    facts::{Facts, Gate},
    plan::Plan,
    status::{WaitingOn, clause},
};

use crate::model::Offer;

const READ_ONLY: &str = "nobody can give orders: the daemon has no operator token";

/// What a plan can be told.
pub(super) fn of_plan(view: &PlanView, read_only: bool) -> Vec<Offer> {
    let status = view.status.as_deref();
    let verbs = Verb::ALL.into_iter().filter(|v| !v.is_for_fleet());
    let offer = |verb: Verb| Offer {
        verb: verb.name().to_owned(),
        refused: if read_only {
            Some(READ_ONLY.to_owned())
        } else {
            refusal(verb, view.plan.as_deref(), &view.facts, status)
        },
        effect: match verb {
            Verb::Approve => approval(view),
            other => in_words(effect(
                other,
                None,
                None,
                view.plan.as_deref(),
                &view.facts,
                status,
            )),
        },
    };
    verbs.map(offer).collect()
}

/// What the fleet can be told.
pub(super) fn of_fleet(facts: &Facts, read_only: bool) -> Vec<Offer> {
    let verbs = Verb::ALL.into_iter().filter(|v| v.is_for_fleet());
    let offer = |verb: Verb| Offer {
        verb: verb.name().to_owned(),
        refused: if read_only {
            Some(READ_ONLY.to_owned())
        } else {
            refusal(verb, None, facts, None)
        },
        effect: in_words(effect(verb, None, None, None, facts, None)),
    };
    verbs.map(offer).collect()
}

/// In the words in which an order is answered.
fn in_words(text: String) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(char::to_uppercase);
    format!(
        "{}{}.",
        first.into_iter().flatten().collect::<String>(),
        clause(&chars.as_str())
    )
}

fn approval(view: &PlanView) -> String {
    let on = view.status.as_ref().and_then(|s| s.waiting_on.as_ref());
    let gate = on.and_then(WaitingOn::gate);
    let (Some(plan), Some(gate)) = (&view.plan, gate) else {
        let text = effect(Verb::Approve, None, None, None, &view.facts, None);
        return in_words(text);
    };
    match gate {
        Gate::Retire => format!("Deletes {} for good.", deleted(plan)),
        Gate::Step(i) => format!("Lets the plan go on{}{}.", to(plan, i), instead(on)),
        Gate::Consumers => {
            "Says that all consumers of the registry have moved: IPv4 is no longer kept for them."
                .to_owned()
        }
        Gate::TooFew(i) => {
            format!(
                "Accepts step {} with too few requests to prove it, and goes on{}.",
                i + 1,
                to(plan, i)
            )
        }
    }
}

/// What it stands for.
fn instead(on: Option<&WaitingOn>) -> String {
    match on {
        Some(WaitingOn::Webhook { host, .. }) => format!(", whatever {host} says"),
        _ => String::new(),
    }
}

fn to(plan: &Plan, step: usize) -> String {
    let next = plan.shift.steps.get(step + 1);
    next.map_or_else(String::new, |s| format!(" to {}", s.weight))
}

fn deleted(plan: &Plan) -> String {
    use sixshift_core::plan::Deletable;
    let what = |d: &Deletable| match d {
        Deletable::Service => "the IPv4 service",
        Deletable::TargetGroup => "the IPv4 target groups",
    };
    let all: Vec<&str> = plan.retire.delete.iter().map(what).collect();
    all.join(" and ")
}
