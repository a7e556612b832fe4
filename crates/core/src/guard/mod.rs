//! The last gate before AWS: a second opinion on what an action would do, whatever `decide` thought. Start reading here.
//!
//! Written from the rules of the house and from AWS's refusals alone. It turns an action into its effect on what was seen
//! (`effect`) and holds that against `RULES`: it believes nothing that an action says of itself, reads notes with eyes of
//! its own, and hears what people said. It runs in production, in every stage, before every act.
//!
//! What belongs here: rules, a file a topic. What must not: anything of [`crate::decide`], [`crate::way`] or `note`, or
//! what an action says that it needs (a test reads these files).

mod asked;
mod behind;
mod case;
mod effect;
mod families;
mod ground;
mod idle;
mod in_place;
mod look;
mod made;
mod names;
mod notes;
mod owner;
mod people;
mod probe;
mod said;
mod scaling;
mod steps;
mod tasks;
mod veto;
mod weights;
mod whole;

use crate::{action::Action, facts::Facts, observation::Observation, plan::Plan};
use case::Case;
use effect::Effect;
pub use veto::Veto;

type Rule = fn(&Case<'_>) -> Result<(), Veto>;

/// What holds of every action. The order is that in which they are told: the first one broken is the answer.
const RULES: &[Rule] = &[
    people::footing,
    look::close_enough,
    owner::ours,
    made::as_planned,
    whole::others_untouched,
    families::ours_and_kept,
    probe::no_customer,
    people::approved_before_deleting,
    steps::one_step_at_most,
    in_place::in_place,
    ground::proven_ground,
    idle::idle_before_shrinking,
    scaling::never_resized,
    tasks::never_fewer,
    names::kept_until_said,
    notes::notes_say_what_is,
    people::not_stopped,
    asked::answered_before_going_on,
];

/// Checks an action against what was seen and what people said.
///
/// # Errors
/// The first rule that is broken.
pub fn guard(plan: &Plan, facts: &Facts, seen: &Observation, action: &Action) -> Result<(), Veto> {
    let case = Case {
        plan,
        facts,
        seen,
        effect: Effect::of(action, seen)?,
    };
    RULES.iter().try_for_each(|rule| rule(&case))
}

fn require(holds: bool, veto: Veto) -> Result<(), Veto> {
    if holds { Ok(()) } else { Err(veto) }
}
