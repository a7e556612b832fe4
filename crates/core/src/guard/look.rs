//! How closely AWS must have been looked at, by what would change.
//!
//! A table of the guard's own: it does not ask the action what it needs. Services, known routes and metrics are read in
//! every look.

use std::cmp::Ordering;

use super::{
    Veto,
    case::{Case, Move},
    effect::{Effect, Gone, Made},
    require,
};
use crate::{
    names::tag,
    observation::{Look, Topic},
};

/// Nothing is decided on what was seen minutes ago.
pub(super) fn close_enough(case: &Case<'_>) -> Result<(), Veto> {
    let look = case.seen.look;
    require(look != Look::Light, Veto::LightLook)?;
    require(look.serves(needed(case)?), Veto::LightLook)
}

fn needed(case: &Case<'_>) -> Result<Look, Veto> {
    Ok(match &case.effect {
        Effect::Makes(Made::TargetGroup { .. }) | Effect::Attributes(..) => {
            Look::Close(&[Topic::TargetGroups])
        }
        Effect::Traffic(_) if moves_nothing(&case.moves()?) => Look::Close(&[Topic::TargetGroups]),
        Effect::Makes(Made::TaskDefinition { .. }) => Look::Close(&[Topic::TaskDefinitions]),
        Effect::Makes(Made::Service(_)) => {
            Look::Close(&[Topic::TargetGroups, Topic::TaskDefinitions])
        }
        Effect::Scales(_)
        | Effect::Makes(Made::Policy { .. } | Made::Scheduled { .. })
        | Effect::Deletes(Gone::Policy { .. } | Gone::Scheduled { .. }) => {
            Look::Close(&[Topic::Scaling])
        }
        Effect::Notes(_, tags) if tags.contains_key(tag::SCALING) => {
            Look::Close(&[Topic::TargetGroups, Topic::Routes, Topic::Scaling])
        }
        Effect::Forgets(_, keys) if keys.iter().any(|key| key == tag::SCALING) => {
            Look::Close(&[Topic::TargetGroups, Topic::Routes, Topic::Scaling])
        }
        Effect::Notes(..) | Effect::Forgets(..) => {
            Look::Close(&[Topic::TargetGroups, Topic::Routes])
        }
        Effect::Traffic(_)
        | Effect::Makes(Made::Registry(_))
        | Effect::Grows(..)
        | Effect::Shrinks(..)
        | Effect::Rolls(_)
        | Effect::Redeploys(..)
        | Effect::Replaces(_)
        | Effect::Makes(Made::ProbeRule(_))
        | Effect::Deletes(
            Gone::Service(_) | Gone::Scaling(_) | Gone::TargetGroup(_) | Gone::ProbeRule(_),
        ) => Look::Full,
    })
}

/// A group that joins without weight moves no request.
fn moves_nothing(moves: &[Move<'_>]) -> bool {
    let still = |m: &Move<'_>| m.after.compared_with(m.before) == Ordering::Equal;
    // Who leaves may have been the last that kept the other's targets checked.
    let stays = |m: &Move<'_>| m.after.own() > 0 || m.before.own() == 0;
    moves.iter().all(|m| still(m) && stays(m))
}
