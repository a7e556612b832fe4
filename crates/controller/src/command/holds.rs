//! What an order does although, or once, something else holds the plan: no answer claims what will not happen.
//!
//! What belongs here: the words for it, hold by hold. What must not: whether an order can be given ([`super::refusal`]).

use sixshift_core::{
    facts::{Facts, Gate, Lack},
    plan::Plan,
    share::Share,
    status::{Phase, Status, WaitingOn},
};

use super::{Verb, gate_name};

/// What an order does, in a sentence without a capital letter and a full stop.
#[must_use]
pub fn effect(
    verb: Verb,
    gate: Option<Gate>,
    to: Option<Share>,
    plan: Option<&Plan>,
    facts: &Facts,
    status: Option<&Status>,
) -> String {
    let does = does(verb, gate, to, status);
    let holds = holds(verb, plan, facts, status);
    match (verb, holds.as_slice()) {
        (_, []) => does,
        (Verb::Pause, holds) => format!(
            "it stops going forward; until {} nothing takes traffic back either",
            holds.join(" and ")
        ),
        (_, holds) => format!("{does}, once {}", holds.join(" and ")),
    }
}

fn does(verb: Verb, gate: Option<Gate>, to: Option<Share>, status: Option<&Status>) -> String {
    let is_cold = status.is_some_and(|s| matches!(s.phase, Phase::Cold | Phase::Retire));
    match (verb, gate) {
        (Verb::Pause, _) => "it stops going forward; bad evidence still takes traffic back".into(),
        (Verb::Resume, _) => "it goes on from where it stands".into(),
        (Verb::Approve, Some(gate)) => format!("{} is approved; it goes on", gate_name(gate)),
        (Verb::Approve, None) => "the gate that it waits at opens".into(),
        (Verb::Promote, _) => {
            let to = to.map_or_else(|| "the share that you give".to_owned(), |to| to.to_string());
            format!(
                "it goes on to {to} without the holds and gates before that, as soon as IPv6 has healthy targets enough"
            )
        }
        (Verb::Abort, _) if is_cold => {
            "IPv4 gets its tasks back, and when they are healthy all traffic".into()
        }
        (Verb::Abort, _) => "all traffic goes back to IPv4 now".into(),
        (Verb::Retry, _) => "it starts again from the first gate".into(),
        (Verb::Adopt, _) => "it is taken over as it stands in AWS and goes on".into(),
        (Verb::Freeze, _) => {
            "nothing in the fleet moves any more, not even backwards, but what is aborted from now on".into()
        }
        (Verb::Unfreeze, _) => {
            "every plan goes on from where it stands, if nothing else holds it".into()
        }
    }
}

/// What has to end before an order has its effect.
fn holds(
    verb: Verb,
    plan: Option<&Plan>,
    facts: &Facts,
    status: Option<&Status>,
) -> Vec<&'static str> {
    let lease = matches!(
        status.and_then(|s| s.waiting_on.as_ref()),
        Some(WaitingOn::Lease { .. })
    );
    let lacks = |verb: Verb| match &facts.lacking {
        Some(Lack::FirstLook) => Some("every plan has been looked at"),
        Some(Lack::Lease { .. }) => Some(LEASE),
        Some(Lack::Plan { .. }) if verb != Verb::Abort => Some("it is back at its source"),
        Some(Lack::Source) if !verb.stops() => Some("the plans have been read"),
        Some(Lack::Record) if !verb.stops() && verb != Verb::Adopt => Some("it is adopted"),
        Some(Lack::Journal { .. }) if !verb.stops() => Some("the journal can be written"),
        Some(Lack::Clock { .. }) if !verb.stops() => Some("the clock is right"),
        Some(Lack::OwnRoute { .. }) if !verb.stops() => Some("no other plan moves the same route"),
        Some(_) | None => None,
    };
    let frozen = facts.frozen.is_some().then_some("the fleet is unfrozen");
    let in_git = plan.is_some_and(|p| p.paused);
    let in_git = in_git.then_some("spec.paused is gone from the plan");
    let paused = facts.paused.is_some().then_some("it is resumed");
    let all = match verb {
        Verb::Freeze | Verb::Unfreeze => return Vec::new(),
        // Older than the order is every freeze that there is.
        Verb::Abort => [lacks(verb), None, None, None],
        Verb::Pause => [lacks(verb), frozen, None, None],
        Verb::Resume => [lacks(verb), frozen, in_git, None],
        Verb::Approve | Verb::Promote | Verb::Retry | Verb::Adopt => {
            [lacks(verb), frozen, in_git, paused]
        }
    };
    let mut all: Vec<_> = all.into_iter().flatten().collect();
    if lease && !all.contains(&LEASE) {
        all.push(LEASE);
    }
    all
}

const LEASE: &str = "this daemon holds the lease";
