//! What watches a service, by the way that it is moved: which limits of a plan mean something there.
//!
//! What must not be here: how a limit is read ([`super::health`], [`super::metrics`]).

use super::{cursor::At, sink::Sink};

/// What tells how a service fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Watched {
    /// A load balancer before it, and whatever the plan names.
    ByBalancer,
    /// ECS and whatever the plan names, once its own tasks were replaced.
    InPlace,
    /// The same, and a load balancer before it.
    Behind,
    /// ECS and whatever the plan names, on both sides at the same time.
    ByTasks,
    /// ECS and whatever the plan names, on a twin whose consumers come by themselves.
    ByNames,
}

/// Limits of `spec.health` on what only a load balancer counts.
const OF_REQUESTS: &[&str] = &[
    "errorRate",
    "clientErrorRate",
    "latencyP99",
    "minRequests",
    "onTooFew",
];

/// Why nothing in place is held against IPv4.
pub(super) const APART: &str =
    "in place the sides never run at the same time, and the time before had another load";

impl Watched {
    /// As `spec.shift` says, whatever else is wrong with it.
    pub(super) fn meant(shift: Option<&At>) -> Self {
        let via = shift.and_then(|shift| shift.peek("via"));
        match via.as_ref().and_then(At::peek_text) {
            Some("inPlace") if accepts_balancer(shift) => Self::Behind,
            Some("inPlace") => Self::InPlace,
            Some("taskCount") => Self::ByTasks,
            Some("cloudMap") => Self::ByNames,
            _ => Self::ByBalancer,
        }
    }

    /// Whether nothing counts requests.
    pub(super) fn is_unbalanced(self) -> bool {
        !matches!(self, Self::ByBalancer | Self::Behind)
    }

    /// Whether no second side stands beside it.
    pub(super) fn is_in_place(self) -> bool {
        matches!(self, Self::InPlace | Self::Behind)
    }

    /// As it is named to people.
    pub(super) fn named(self) -> &'static str {
        match self {
            Self::ByBalancer => "a service behind a load balancer",
            Self::InPlace => "a service that is moved in place",
            Self::Behind => "a service that is moved in place behind its load balancer",
            Self::ByTasks => "a service that is moved task by task",
            Self::ByNames => "a service whose consumers move by themselves",
        }
    }
}

/// Whether a service with a load balancer may be moved in place.
fn accepts_balancer(shift: Option<&At>) -> bool {
    let how = shift.and_then(|shift| shift.peek("inPlace"));
    let word = how.and_then(|how| how.peek("behindLoadBalancer"));
    word.as_ref().and_then(At::peek_text) == Some("accept")
}

/// What of a plan means nothing for such a service.
pub(super) fn refuse_others(
    watched: Watched,
    health: Option<&At>,
    retire: Option<&At>,
    sink: &mut Sink<'_>,
) {
    if let (Watched::Behind, Some(at)) = (watched, retire.and_then(|at| at.peek("keepCold"))) {
        let why = "a service that is moved in place keeps no IPv4 tasks that could be cold";
        at.report(sink, why, "remove it");
    }
    if !watched.is_unbalanced() {
        return;
    }
    for key in OF_REQUESTS {
        if let Some(at) = health.and_then(|health| health.peek(key)) {
            let why = format!(
                "no load balancer counts the requests of {}",
                watched.named()
            );
            at.report(sink, why, "name alarms in its place");
        }
    }
    match (watched, retire) {
        (Watched::InPlace, Some(at)) => at.report(
            sink,
            "a service that is moved in place leaves nothing behind that could be retired",
            "remove it",
        ),
        (Watched::ByTasks | Watched::ByNames, Some(at)) => {
            if let Some(at) = at.peek("minDrain") {
                let why = "no request reaches a service without a load balancer: ECS gives its tasks their stopTimeout";
                at.report(sink, why, "remove it");
            }
        }
        _ => {}
    }
}
