//! Traffic rises by one step of the plan at a time, and not at all while it is called back.
//!
//! What belongs here: how far. What must not: onto what ground ([`super::ground`]).

use std::cmp::Ordering;

use super::{
    Veto,
    case::{Case, Move},
    effect::{Effect, Traffic},
    ground::is_rescue,
    require,
    said::Said,
    weights::{ALL, Split},
};
use crate::{action::Side, observation::RouteId, plan::Plan};

/// No route gets more on IPv6 than what our note says was reached, or the plan's next step above that.
pub(super) fn one_step_at_most(case: &Case<'_>) -> Result<(), Veto> {
    let Effect::Traffic(Traffic { route, .. }) = &case.effect else {
        return Ok(());
    };
    for moved in case.moves()? {
        if moved.gains() != Some(Side::Ipv6) || is_rescue(case, &moved) {
            continue;
        }
        require(!case.is_called_back(), Veto::WrongDirection)?;
        let furthest = furthest(case, route, &moved)?;
        require(!moved.after.is_above(furthest), Veto::TooFar)?;
    }
    Ok(())
}

/// The plan's first step above a share.
pub(super) fn next_step(plan: &Plan, above: u16) -> u16 {
    let mut steps = plan.shift.steps.iter().map(|s| s.weight.basis_points());
    steps.find(|s| *s > above).unwrap_or(ALL)
}

fn furthest(case: &Case<'_>, route: &RouteId, moved: &Move<'_>) -> Result<u16, Veto> {
    // Without a note nothing was reached.
    let Some(said) = case.said() else {
        return Ok(0);
    };
    let others = others(case, route)?;
    let all_there = !others.is_empty() && others.iter().all(|s| s.is_at(said.to));
    let reached = if all_there { said.to } else { said.least() };
    // From below, a route first comes to where the others are.
    if moved.before.is_below(reached) {
        return Ok(reached);
    }
    let some_there = others.iter().any(|s| s.own() > 0 && s.is_at(said.to));
    let next = next(case.plan, said, some_there);
    Ok(next.max(case.promoted().unwrap_or(0)))
}

/// Where the note's own move ends, if it is one step or was begun; a note that stands may be followed by the next step.
fn next(plan: &Plan, said: Said, is_begun: bool) -> u16 {
    let step = next_step(plan, said.from);
    match said.from.cmp(&said.to) {
        Ordering::Equal => step,
        Ordering::Less if is_begun || said.to <= step => said.to,
        Ordering::Less => said.from,
        Ordering::Greater => said.to,
    }
}

/// How the other routes stand that have an IPv6 group.
fn others(case: &Case<'_>, route: &RouteId) -> Result<Vec<Split>, Veto> {
    let crossed = case.crossed()?.into_iter();
    let attached = crossed.filter(|(r, p)| {
        let ipv6 = p.ipv6.seen();
        r.id != *route && ipv6.is_some_and(|g| r.forward.groups.iter().any(|f| f.arn == g.arn))
    });
    Ok(attached.map(|(r, p)| Split::of(&r.forward, p)).collect())
}
