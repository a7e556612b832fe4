//! What people said, and what the daemon stands on.
//!
//! What belongs here: orders, approvals, lacks. What must not: anything that AWS says.

use super::{
    Veto,
    case::Case,
    effect::{Effect, Gone},
    ground::is_rescue,
    idle::left_by_ipv4,
    require,
    said::Said,
};
use crate::{
    action::Side,
    facts::{Gate, Lack},
    names::tag,
    plan::{Deletable, RetireApproval},
};

/// Without the lease nothing is done at all; without anything else of its footing nothing new is begun, and nothing ended:
/// an order to stop may be the very thing that is not known.
pub(super) fn footing(case: &Case<'_>) -> Result<(), Veto> {
    match &case.facts.lacking {
        None => Ok(()),
        Some(Lack::Lease { .. }) => Err(Veto::NoFooting),
        Some(_) => require(!ends_ipv4(case)? && !notes_a_step(case), Veto::NoFooting),
    }
}

/// Nothing goes forward while a person stopped it, in the plan or beside it. What leads customers away from nobody does
/// not go forward.
pub(super) fn not_stopped(case: &Case<'_>) -> Result<(), Veto> {
    let facts = case.facts;
    if !(case.plan.paused || facts.paused.is_some() || facts.frozen.is_some()) {
        return Ok(());
    }
    let mut rises = false;
    for moved in case.moves()? {
        rises |= moved.gains() == Some(Side::Ipv6) && !is_rescue(case, &moved);
    }
    require(
        !rises && !ends_ipv4(case)? && !notes_a_step(case),
        Veto::Stopped,
    )
}

/// What cannot be undone is what the plan names, approved for this very revision of it.
pub(super) fn approved_before_deleting(case: &Case<'_>) -> Result<(), Veto> {
    let what = match &case.effect {
        Effect::Deletes(Gone::Service(_) | Gone::Scaling(_)) => Deletable::Service,
        Effect::Deletes(Gone::TargetGroup(_)) => Deletable::TargetGroup,
        Effect::Traffic(traffic) if !left_by_ipv4(case, traffic)?.is_empty() => {
            Deletable::TargetGroup
        }
        _ => return Ok(()),
    };
    let retire = &case.plan.retire;
    require(retire.delete.contains(&what), Veto::NotThePlans)?;
    let approved = retire.approval == RetireApproval::None
        || case.facts.approved(Gate::Retire, &case.plan.revision);
    require(approved, Veto::NotApproved)
}

/// Whether it takes something of the IPv4 side away.
fn ends_ipv4(case: &Case<'_>) -> Result<bool, Veto> {
    Ok(match &case.effect {
        Effect::Shrinks(_, Side::Ipv4, _)
        | Effect::Deletes(Gone::Service(_) | Gone::Scaling(_) | Gone::TargetGroup(_)) => true,
        Effect::Traffic(traffic) => !left_by_ipv4(case, traffic)?.is_empty(),
        _ => false,
    })
}

/// A note that the routes go up: the beginning of a step.
fn notes_a_step(case: &Case<'_>) -> bool {
    let Effect::Notes(_, tags) = &case.effect else {
        return false;
    };
    let said = tags.get(tag::SHARE).and_then(|text| Said::read(text));
    said.is_some_and(Said::rises)
}
