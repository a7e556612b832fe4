//! A step whose gate is a webhook is left after it said yes, or a person did.
//!
//! What belongs here: whether somebody let this step be left. What must not: whom it is asked, and when.

use jiff::SignedDuration;

use super::{
    Veto, case::Case, effect::Effect, ground::is_rescue, require, said::Said, weights::Split,
};
use crate::{
    action::Side,
    facts::{Answer, Gate},
    names::tag,
    plan::StepGate,
};

/// A yes that is older was for another moment, whatever anybody thinks of its freshness.
const OLDEST: SignedDuration = SignedDuration::from_mins(5);

/// What leads on from such a step: the note that begins the next, and the first traffic that goes there.
pub(super) fn answered_before_going_on(case: &Case<'_>) -> Result<(), Veto> {
    let Some(said) = going_on(case)? else {
        return Ok(());
    };
    let steps = &case.plan.shift.steps;
    let is_reached = |share: u16| share <= said.from;
    let Some(step) = steps
        .iter()
        .rposition(|s| is_reached(s.weight.basis_points()))
    else {
        return Ok(());
    };
    let let_on = match steps[step].gate {
        StepGate::Auto | StepGate::Approval | StepGate::Consumers => true,
        StepGate::Webhook(_) => {
            case.promoted().is_some_and(|to| to >= said.to)
                || case.facts.approved(Gate::Step(step), &case.plan.revision)
                || says_yes(case, step, said)
        }
    };
    require(let_on, Veto::GateClosed)
}

/// The move that an action begins; none where it begins none, or ends one that has begun.
fn going_on(case: &Case<'_>) -> Result<Option<Said>, Veto> {
    let said = match &case.effect {
        Effect::Notes(_, tags) => tags.get(tag::SHARE).and_then(|text| Said::read(text)),
        Effect::Traffic(_) => {
            let moves = case.moves()?;
            let mut rising = moves.iter().filter(|m| m.gains() == Some(Side::Ipv6));
            let all_rescue = rising.all(|moved| is_rescue(case, moved));
            case.said().filter(|_| !all_rescue)
        }
        _ => None,
    };
    // What is noted already begins nothing.
    let is_new = |said: &Said| match &case.effect {
        Effect::Notes(..) => case.said() != Some(*said),
        _ => true,
    };
    let Some(said) = said.filter(|said| said.rises() && is_new(said)) else {
        return Ok(None);
    };
    let crossed = case.crossed()?;
    let mut splits = crossed.iter().map(|(r, p)| Split::of(&r.forward, p));
    let has_begun = splits.any(|split| split.own() > 0 && split.is_at(said.to));
    Ok((!has_begun).then_some(said))
}

fn says_yes(case: &Case<'_>, step: usize, said: Said) -> bool {
    let Some(word) = &case.facts.gate else {
        return false;
    };
    let is_of_this = word.step == step
        && word.revision == case.plan.revision
        && word.at.basis_points() == said.from;
    let age = case.seen.at.duration_since(word.asked);
    is_of_this && word.answer == Answer::Open && age <= OLDEST
}
