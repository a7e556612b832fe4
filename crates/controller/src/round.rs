//! One round of one plan: look lightly; if that leads to an act, look closely and decide again; guard; act once.

use jiff::Timestamp;
use sixshift_aws::{Error, Hands};
use sixshift_core::{
    action::Action,
    decide::{Decision, Next, decide},
    facts::Facts,
    guard::{Veto, guard},
    observation::Look,
    plan::Plan,
    status::{Status, WaitingOn, sentence},
};

use crate::Clock;

/// What a round did.
#[derive(Debug)]
pub enum Outcome {
    /// Nothing was due.
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
    /// What it did.
    pub outcome: Outcome,
    /// What to show.
    pub status: Status,
    /// When to look again at the latest.
    pub look_at: Timestamp,
}

/// Runs a round. `first` is how close the first look is: a round right after an act has little use for a light one.
pub async fn round(hands: &Hands, clock: Clock, plan: &Plan, facts: &Facts, first: Look) -> Round {
    let mut decision = look(hands, clock, plan, facts, first).await;
    let mut seen = decision.0;
    if first == Look::Light && decision.1.wants_closer_look() {
        decision = look(hands, clock, plan, facts, Look::Full).await;
        seen = decision.0;
    }
    let Decision {
        next,
        mut status,
        look_at,
    } = decision.1;
    let outcome = match next {
        Next::Wait(_) | Next::Done => Outcome::Waited,
        Next::Act(action) => match guard(plan, &seen, &action) {
            Err(veto) => Outcome::Vetoed(action, veto),
            Ok(()) => match hands.act(plan, &action).await {
                Ok(()) => Outcome::Acted(action),
                Err(error) => Outcome::Failed(action, error),
            },
        },
    };
    let on = match &outcome {
        Outcome::Vetoed(action, veto) => Some(WaitingOn::Vetoed {
            action: action.name(),
            veto: *veto,
        }),
        Outcome::Failed(action, error) => Some(WaitingOn::ActFailed {
            action: action.name(),
            error: with_causes(error),
        }),
        Outcome::Waited | Outcome::Acted(_) => None,
    };
    if let Some(on) = on {
        status.sentence = sentence(
            status.phase,
            &status.shares,
            Some(&on),
            &status.signals,
            status.at,
        );
        status.waiting_since = Some(status.at);
        status.waiting_on = Some(on);
    }
    Round {
        plan: plan.name.clone(),
        outcome,
        status,
        look_at,
    }
}

async fn look(
    hands: &Hands,
    clock: Clock,
    plan: &Plan,
    facts: &Facts,
    look: Look,
) -> (sixshift_core::observation::Observation, Decision) {
    let seen = hands.observe(plan, look, clock.now()).await;
    let decision = decide(plan, facts, &seen, clock.now());
    (seen, decision)
}

/// The error and everything beneath it, in one line.
fn with_causes(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
