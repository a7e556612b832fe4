//! A note says what AWS has, or is about to have; and what it remembers is forgotten only once it is so again.
//!
//! What belongs here: whether a note is true. What must not: on what it lies ([`super::owner`]).

use super::{
    Veto,
    case::{Case, tasks_in},
    effect::Effect,
    in_place, names, require,
    said::Said,
    steps::next_step,
    tasks,
    weights::Split,
};
use crate::{
    names::tag,
    observation::{Known, Suspended},
};

/// Every note that is written is true, and none is removed that is still needed.
pub(super) fn notes_say_what_is(case: &Case<'_>) -> Result<(), Veto> {
    match &case.effect {
        Effect::Notes(_, tags) => tags
            .iter()
            .try_for_each(|(key, value)| written(case, key, value)),
        Effect::Forgets(_, keys) => keys.iter().try_for_each(|key| forgotten(case, key)),
        _ => Ok(()),
    }
}

fn written(case: &Case<'_>, key: &str, value: &str) -> Result<(), Veto> {
    match key {
        tag::SHARE | tag::PROVEN | tag::BEFORE | tag::BAKED if case.plan.in_place().is_some() => {
            in_place::is_so(case, key, value)
        }
        tag::SHARE if case.plan.is_by_tasks() => {
            tasks::share_is_so(case, Said::read(value).ok_or(Veto::UntrueNote)?)
        }
        tag::SHARE if case.plan.is_by_names() => {
            names::share_is_so(case, Said::read(value).ok_or(Veto::UntrueNote)?)
        }
        tag::BOUNDS => tasks::bounds_are_so(case, value),
        tag::SHARE => share(case, Said::read(value).ok_or(Veto::UntrueNote)?),
        tag::ROLLED_BACK => {
            let revision = value.split_once('@').map(|(revision, _)| revision);
            let this = revision == Some(case.plan.revision.0.as_str());
            require(this, Veto::UntrueNote)
        }
        tag::ROLLED_BACK_WHY => {
            let this = value.starts_with(case.plan.revision.0.as_str());
            require(this, Veto::UntrueNote)
        }
        tag::SCALING => scaling(case, value),
        tag::DESIRED => desired(case, value),
        // How routes read before is noted once.
        _ => {
            let noted = case.home_tags().and_then(|tags| tags.get(key));
            require(noted.is_none_or(|noted| noted == value), Veto::UntrueNote)
        }
    }
}

fn share(case: &Case<'_>, said: Said) -> Result<(), Veto> {
    let known = case.said();
    if said.refuge.is_some() {
        // Only the way round is noted; what was reached stays what it was.
        let reached = known.is_some_and(|k| said.from <= k.from.max(k.to) && !said.rises());
        return require(reached, Veto::UntrueNote);
    }
    let splits = splits(case)?;
    // Where no route is seen, none has anything on IPv6.
    require(said.to == 0 || !splits.is_empty(), Veto::UntrueNote)?;
    if said.rises() {
        require(!case.is_called_back(), Veto::WrongDirection)?;
        let furthest = next_step(case.plan, said.from).max(case.promoted().unwrap_or(0));
        require(said.to <= furthest, Veto::TooFar)?;
        let begun = |s: &Split| s.is_at(said.from) || s.is_at(said.to);
        return require(splits.iter().all(begun), Veto::UntrueNote);
    }
    // What stays what it was claims nothing new, as long as it names no moment.
    if known == Some(said) && said.since.is_none() {
        return Ok(());
    }
    // Nor does what was reached before a step that is given up.
    let gives_up = known.is_some_and(|k| k.rises() && k.refuge.is_none() && said.to == k.from);
    if gives_up && said.from == said.to && said.since.is_none() {
        return Ok(());
    }
    // On the way down every share up to where it began is ours; and a move that stands has arrived.
    let arrived = |s: &Split| s.is_at(said.to);
    let falls = said.from > said.to;
    require(falls || splits.iter().all(arrived), Veto::UntrueNote)
}

/// How the routes stand that have a group of ours; those that our group is not on have nothing on IPv6.
fn splits(case: &Case<'_>) -> Result<Vec<Split>, Veto> {
    let crossed = case.crossed()?.into_iter();
    Ok(crossed.map(|(r, p)| Split::of(&r.forward, p)).collect())
}

/// How IPv4 scaled is noted as it is, and not again once we changed it.
fn scaling(case: &Case<'_>, value: &str) -> Result<(), Veto> {
    let now = case.seen.ipv4_scaling.seen().ok_or(Veto::NotSeen)?;
    let is = case
        .before(tag::SCALING)
        .map_or_else(|| now.suspended.note(), str::to_owned);
    require(is == value, Veto::UntrueNote)
}

/// How large IPv4 was is never less than what it is, or than what is noted.
fn desired(case: &Case<'_>, value: &str) -> Result<(), Veto> {
    let noted = tasks_in(value).ok_or(Veto::UntrueNote)?;
    let now = case.seen.ipv4.seen().ok_or(Veto::NotSeen)?.desired;
    let least = now.max(case.remembered().unwrap_or(0)).max(1);
    require(noted >= least, Veto::UntrueNote)?;
    if case.plan.is_by_tasks() {
        return tasks::size_is_so(case, value, noted);
    }
    if case.plan.is_by_names() {
        return names::size_is_so(case, value, noted);
    }
    Ok(())
}

fn forgotten(case: &Case<'_>, key: &str) -> Result<(), Veto> {
    match key {
        tag::ROLLED_BACK | tag::ROLLED_BACK_WHY => rollback_is_over(case),
        // What was proven was taken back: it proves nothing for another try.
        tag::PROVEN | tag::BAKED => require(case.is_called_back(), Veto::UntrueNote),
        tag::SCALING => {
            let noted = case.before(tag::SCALING).map(Suspended::from_note);
            let restored = match &case.seen.ipv4_scaling {
                Known::Seen(now) => noted.is_none_or(|noted| now.suspended == noted),
                Known::Absent => true,
                Known::Unknown(_) => return Err(Veto::NotSeen),
            };
            require(restored, Veto::UntrueNote)
        }
        tag::BOUNDS => tasks::bounds_are_back(case),
        tag::DESIRED => {
            let restored = match &case.seen.ipv4 {
                Known::Seen(s) => case.remembered().is_none_or(|before| s.desired >= before),
                Known::Absent => true,
                Known::Unknown(_) => return Err(Veto::NotSeen),
            };
            require(restored, Veto::UntrueNote)
        }
        _ => Err(Veto::UntrueNote),
    }
}

/// A person ordered this revision to start again, after it was rolled back.
fn rollback_is_over(case: &Case<'_>) -> Result<(), Veto> {
    let Some(at) = case.rolled_back() else {
        return Ok(());
    };
    let retried = case.retry().is_some_and(|r| at.is_none_or(|at| r.at > at));
    require(retried, Veto::WrongDirection)
}
