//! One round of one plan: look lightly; if that leads to an act, look as closely as the act needs and
//! decide again; guard; act once.

use std::{borrow::Cow, cell::Cell, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use sixshift_aws::{Asked, Error, Hands, Tenure, WRITE_LIMIT};
use sixshift_core::{
    action::Action,
    decide::{Decision, Next, decide, look_after},
    facts::{Facts, Lack},
    guard::{Veto, guard},
    observation::{Look, Observation},
    plan::Plan,
    proposal::settled,
    status::{Status, WaitingOn},
};

use crate::{
    Clock,
    lease::{self, Lease},
};

/// How soon after an act that did not come about it is tried again, where no back-off says otherwise.
const TRIED_AGAIN: SignedDuration = SignedDuration::from_secs(10);

/// What a round did.
#[derive(Debug)]
pub enum Outcome {
    /// Nothing was due, or nothing was allowed.
    Waited,
    /// The action was accepted by AWS.
    Acted(Action),
    /// The guard refused.
    Vetoed(Action, Veto),
    /// AWS refused or did not answer.
    Failed(Action, Error),
}

/// A round that ended.
#[derive(Debug)]
pub struct Round {
    /// Which plan.
    pub plan: String,
    /// The plan with its way, where it left that to the service and this look told it, or told another.
    pub settled: Option<Arc<Plan>>,
    /// What it did.
    pub outcome: Outcome,
    /// What to show.
    pub status: Status,
    /// When to look again at the latest.
    pub look_at: Timestamp,
    /// What it saw before it acted.
    pub seen: Arc<Observation>,
}

/// What every round stands on.
#[derive(Clone, Copy)]
pub(crate) struct Footing<'a> {
    pub(crate) hands: &'a Hands,
    pub(crate) clock: &'a Clock,
    pub(crate) lease: &'a Arc<dyn Lease>,
    /// The daemon is ending: no act is begun any more.
    pub(crate) ending: &'a Cell<bool>,
    /// Acts under way.
    pub(crate) acting: &'a Cell<usize>,
    /// Traffic may have to be taken back: its looks go before those of plans that only build.
    pub(crate) urgent: bool,
}

/// What a round is told, with what was found out about the clock since.
fn doubted<'a>(facts: &'a Facts, clock: &Clock) -> Cow<'a, Facts> {
    match clock.doubt() {
        Some(why) if facts.lacking.is_none() => Cow::Owned(Facts {
            lacking: Some(Lack::Clock { why }),
            ..facts.clone()
        }),
        _ => Cow::Borrowed(facts),
    }
}

/// Runs a round.
pub(crate) async fn round(on: Footing<'_>, plan: &Plan, facts: &Facts) -> Round {
    let mut begun = on.clock.now();
    let look = async |plan: &Plan, closely, since| {
        let asked = Asked {
            look: closely,
            since,
            now: on.clock.now(),
            urgent: on.urgent,
        };
        on.hands.observe(plan, asked).await
    };
    let mut seen = look(plan, Look::Light, begun).await;
    // AWS's answers say what time it is: by another time other minutes were asked for.
    if on.clock.compare(on.hands.date_skew(on.clock.now())) {
        begun = on.clock.now();
        seen = look(plan, Look::Light, begun).await;
    }
    let mut settled = settle(plan, &seen);
    let facts = &doubted(facts, on.clock);
    let mut decision = decide(&settled, facts, &seen, on.clock.now());
    while let Some(closer) = decision.wants_closer_look(seen.look) {
        seen = look(plan, closer, begun).await;
        settled = settle(plan, &seen);
        decision = decide(&settled, facts, &seen, on.clock.now());
    }
    let plan = &*settled;
    if matches!(decision.next, Next::Wait(WaitingOn::Unseen { .. })) {
        for unseen in facts.written.unseen(plan, &seen, on.clock.now()) {
            on.hands.distrust(plan, unseen, &seen).await;
        }
    }
    let Decision {
        next,
        mut status,
        mut look_at,
    } = decision;
    let (outcome, instead) = match next {
        Next::Wait(_) | Next::Done => (Outcome::Waited, None),
        Next::Act(_) if on.ending.get() => {
            let why = "it is shutting down".to_owned();
            (Outcome::Waited, Some(WaitingOn::Lease { why }))
        }
        Next::Act(action) => act(on, plan, facts, &seen, action).await,
    };
    if let Outcome::Acted(_) = &outcome {
        look_at = look_after(status.phase, on.clock.now());
    }
    if let Some(instead) = instead {
        look_at = look_at.max(on.clock.now() + TRIED_AGAIN);
        status = status.waiting_instead(instead);
    }
    log(&outcome, &status);
    Round {
        plan: plan.name.clone(),
        settled: matches!(settled, Cow::Owned(_)).then(|| Arc::new(plan.clone())),
        outcome,
        status,
        look_at,
        seen: Arc::new(seen),
    }
}

fn settle<'p>(plan: &'p Plan, seen: &Observation) -> Cow<'p, Plan> {
    settled(plan, seen.into())
}

/// One line, inside the round's span, for whoever looks for a fault: people read events.
fn log(outcome: &Outcome, status: &Status) {
    let sentence = &status.sentence;
    match outcome {
        Outcome::Waited => tracing::debug!("{sentence}"),
        Outcome::Acted(action) => tracing::debug!(call = action.call(), "{}", action.name()),
        Outcome::Vetoed(action, _) | Outcome::Failed(action, _) => {
            tracing::debug!(call = action.call(), "{sentence}");
        }
    }
}

/// Guards and acts. The second item is what the plan waits for instead, where it did not come to an act.
async fn act(
    on: Footing<'_>,
    plan: &Plan,
    facts: &Facts,
    seen: &Observation,
    action: Action,
) -> (Outcome, Option<WaitingOn>) {
    if let Err(refused) = lease::allows(&**on.lease, WRITE_LIMIT) {
        let why = refused.to_string();
        return (Outcome::Waited, Some(WaitingOn::Lease { why }));
    }
    if let Err(veto) = guard(plan, facts, seen, &action) {
        let instead = WaitingOn::Vetoed {
            action: action.name(),
            veto,
            lasting: false,
        };
        return (Outcome::Vetoed(action, veto), Some(instead));
    }
    // Reads and waits come before the call, so the lease is asked once more when it is sent.
    let lease = Arc::clone(on.lease);
    let tenure = Tenure::new(move || lease.remains());
    on.acting.update(|acts| acts + 1);
    // Few rounds act, and every round would have room for the largest call.
    let acted = Box::pin(on.hands.act(plan, &action, tenure)).await;
    on.acting.update(|acts| acts.saturating_sub(1));
    match acted {
        Ok(()) => (Outcome::Acted(action), None),
        Err(error @ Error::NotSent { .. }) => {
            let why = error.to_string();
            (Outcome::Waited, Some(WaitingOn::Lease { why }))
        }
        Err(error) => {
            let instead = WaitingOn::ActFailed {
                action: action.name(),
                error: with_causes(&error),
                lasting: error.is_lasting(),
            };
            (Outcome::Failed(action, error), Some(instead))
        }
    }
}

/// The error and everything beneath it, in one line.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
