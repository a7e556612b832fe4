//! A webhook that a step names: only a clear and fresh yes opens it, or a person.
//!
//! What belongs here: which answer counts. What must not: the asking (the controller's), and when it is asked again.

use jiff::{SignedDuration, Timestamp};

use super::{Gate, OPEN, View, wait};
use crate::{
    facts::{Answer, Gate as PersonGate},
    plan::{OnError, StepGate, WebhookGate},
    share::Share,
    status::{Said, WaitingOn},
};

/// A yes counts for so long: what is asked for is the step that is taken now.
const FRESH: SignedDuration = SignedDuration::from_mins(2);
/// A gate that fails for so long does not mend itself.
const LONG: SignedDuration = SignedDuration::from_hours(1);

/// What a gate says of the step that would be taken now.
pub(super) enum Word {
    /// Yes; or there is no webhook, or a person said yes.
    Yes,
    /// No.
    No(WaitingOn),
    /// Nothing that counts.
    Nothing(WaitingOn),
}

/// What the webhook of the last step that this share has reached says.
pub(super) fn word(view: &View<'_>, at: Share) -> Word {
    let Some((step, gate)) = webhook(view, at) else {
        return Word::Yes;
    };
    if view
        .facts
        .approved(PersonGate::Step(step), &view.plan.revision)
    {
        return Word::Yes;
    }
    let on = |said, calls| WaitingOn::Webhook {
        step,
        at,
        host: gate.host().to_owned(),
        said,
        calls,
    };
    let answers = view.facts.gate.as_ref();
    let answer =
        answers.filter(|a| (a.step, a.at) == (step, at) && a.revision == view.plan.revision);
    let Some(answer) = answer else {
        return Word::Nothing(on(Said::Nothing, false));
    };
    match &answer.answer {
        Answer::Open if is_fresh(answer.asked, view.now) => Word::Yes,
        Answer::Open => Word::Nothing(on(Said::Nothing, false)),
        Answer::Closed(reason) => Word::No(on(
            Said::No {
                reason: reason.clone(),
            },
            false,
        )),
        Answer::Failed { why, since } => {
            let calls = gate.on_error == OnError::Hold || view.now.duration_since(*since) >= LONG;
            Word::Nothing(on(Said::Failed { why: why.clone() }, calls))
        }
    }
}

/// The step is left only after a yes.
pub(super) fn passed(view: &View<'_>, at: Share) -> Gate {
    match word(view, at) {
        Word::Yes => OPEN,
        Word::No(on) | Word::Nothing(on) => wait(on),
    }
}

fn webhook<'a>(view: &View<'a>, at: Share) -> Option<(usize, &'a WebhookGate)> {
    let steps = &view.plan.shift.steps;
    let step = steps.iter().rposition(|step| step.weight <= at)?;
    match &steps[step].gate {
        StepGate::Webhook(gate) => Some((step, gate)),
        StepGate::Auto | StepGate::Approval | StepGate::Consumers => None,
    }
}

/// One from the future is of a clock that was set since.
fn is_fresh(asked: Timestamp, now: Timestamp) -> bool {
    let age = now.duration_since(asked);
    !age.is_negative() && age <= FRESH
}
