//! Workers that share a queue: how many tasks both sides have together, and who may have how many of them.
//!
//! What belongs here: that count, from AWS's figures and the notes alone. What must not: whose a service is ([`super::owner`]), and
//! who approved what ([`super::people`]).

use jiff::SignedDuration;

use super::{
    Veto,
    case::Case,
    effect::{Effect, Gone, Made, Scaled},
    in_place::forward,
    require,
    said::Said,
    steps::next_step,
    weights::ALL,
};
use crate::{
    action::{Bounds, NewTwin, Side},
    names::tag,
    observation::{DerivedTask, Known, Scaling, Suspended, Task},
};

/// The task by which a twin proves itself.
const CANARY: u32 = 1;

/// There are never fewer tasks than the team had, and never more on IPv6 than the step that was begun asks for.
pub(super) fn never_fewer(case: &Case<'_>) -> Result<(), Veto> {
    if !case.plan.is_by_tasks() {
        return Ok(());
    }
    match &case.effect {
        Effect::Grows(_, side, to) => grows(case, *side, *to),
        Effect::Shrinks(_, side, to) => shrinks(case, *side, *to),
        Effect::Scales(scaled) => scales(case, scaled),
        Effect::Deletes(Gone::Service(_) | Gone::Scaling(_)) => ends(case),
        Effect::Makes(Made::Service(twin)) => begins_at_nothing(twin),
        _ => Ok(()),
    }
}

/// A twin that carries the notes says from its beginning that it has nothing.
pub(super) fn begins_at_nothing(twin: &NewTwin) -> Result<(), Veto> {
    let said = twin.tags.get(tag::SHARE).map(|text| Said::read(text));
    let none = said.flatten().is_some_and(|s| (s.from, s.to) == (0, 0));
    require(none, Veto::UntrueNote)
}

/// What a side is to have, and what runs of it.
#[derive(Clone, Copy)]
pub(super) struct Size {
    pub(super) desired: u32,
    pub(super) running: u32,
}

pub(super) fn size(case: &Case<'_>, side: Side) -> Result<Size, Veto> {
    match case.service(side) {
        Known::Seen(service) => Ok(Size {
            desired: service.desired,
            running: service.running,
        }),
        Known::Absent => Ok(Size {
            desired: 0,
            running: 0,
        }),
        Known::Unknown(_) => Err(Veto::NotSeen),
    }
}

/// How many tasks the team had: as noted, or what the service has while none was taken.
pub(super) fn whole(case: &Case<'_>) -> Result<u32, Veto> {
    match case.remembered() {
        Some(noted) => Ok(noted),
        None => size(case, Side::Ipv4).map(|s| s.desired),
    }
}

/// The most tasks that a share of so many can be: half a task is what rounding may have added, and any share is one at least.
fn at_most(whole: u32, share: u16) -> u32 {
    let (all, tasks) = (u64::from(ALL), u64::from(whole) * u64::from(share));
    let most = if share == 0 {
        0
    } else {
        ((2 * tasks + all) / (2 * all)).max(1)
    };
    u32::try_from(most).unwrap_or(whole).min(whole)
}

/// The fewest.
fn at_least(whole: u32, share: u16) -> u32 {
    let least = u64::from(whole) * u64::from(share) / u64::from(ALL);
    u32::try_from(least).unwrap_or(whole)
}

/// Tasks of the twin that stand on IPv6 alone at this moment, less those whose containers ECS calls sick.
pub(super) fn proven(case: &Case<'_>) -> Result<u32, Veto> {
    let tasks = case.seen.twin_tasks.seen().ok_or(Veto::NotSeen)?;
    let all = case.seen.derived_tasks.seen().into_iter().flatten();
    let sick: Vec<&str> = all
        .filter(|t: &&DerivedTask| t.health == "UNHEALTHY")
        .map(|t| t.task.arn.as_str())
        .collect();
    let stands = |t: &&Task| {
        let alone = t.ipv6.is_some() && t.ipv4.is_none();
        t.status == "RUNNING" && alone && !sick.contains(&t.arn.as_str())
    };
    let count = tasks.iter().filter(stands).count();
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

fn grows(case: &Case<'_>, side: Side, to: u32) -> Result<(), Veto> {
    if side == Side::Ipv4 || to <= CANARY {
        return Ok(());
    }
    forward(case)?;
    let said = case.said().ok_or(Veto::NotSeen)?;
    let most = at_most(whole(case)?, said.from.max(said.to));
    require(to <= most, Veto::TooFar)
}

fn shrinks(case: &Case<'_>, side: Side, to: u32) -> Result<(), Veto> {
    let (whole, other) = (whole(case)?, size(case, side.other())?);
    if side == Side::Ipv4 {
        forward(case)?;
        let said = case.said().ok_or(Veto::NotSeen)?;
        let share = said.from.max(said.to);
        let left = whole.saturating_sub(at_most(whole, share));
        require(to >= left && (share == ALL || to > 0), Veto::TooFar)?;
        let twin = case.seen.twin.seen().ok_or(Veto::NotSeen)?;
        require(!twin.is_deploying(), Veto::UnprovenGround)?;
        let stands = proven(case)?.min(other.desired);
        return require(to.saturating_add(stands) >= whole, Veto::UnprovenGround);
    }
    // Nobody works there whom it would take away.
    if size(case, side)?.running == 0 {
        return Ok(());
    }
    let works = other.desired.min(other.running);
    let mut needed = whole;
    if case.is_called_back() {
        // One straggler in ten does not keep work on a failing side.
        needed -= whole.div_ceil(10).min(whole.saturating_sub(1));
    } else {
        let said = case.said().ok_or(Veto::NotSeen)?;
        require(to >= at_least(whole, said.least()), Veto::StillServing)?;
    }
    require(to.saturating_add(works) >= needed, Veto::NobodyElse)
}

/// How far the service scaled when it was alone, as it is noted.
fn alone(case: &Case<'_>) -> Option<Bounds> {
    let (min, max) = case.before(tag::BOUNDS)?.split_once('-')?;
    Some(Bounds {
        min: min.parse().ok()?,
        max: max.parse().ok()?,
    })
}

fn scaling<'a>(case: &Case<'a>, side: Side) -> &'a Known<Scaling> {
    match side {
        Side::Ipv4 => &case.seen.ipv4_scaling,
        Side::Ipv6 => &case.seen.twin_scaling,
    }
}

fn scales(case: &Case<'_>, scaled: &Scaled<'_>) -> Result<(), Veto> {
    let side = scaled.side;
    let now = scaling(case, side);
    let before = now.seen();
    let bounds = match scaled.bounds {
        Some(bounds) => {
            divides(case, side, bounds)?;
            if let Some(from) = scaled.tags_of {
                let original = case.seen.ipv4_scaling.seen().ok_or(Veto::NotSeen)?;
                let is_originals = original.arn.as_deref() == Some(from);
                require(is_originals && now.is_absent(), Veto::NotOurs)?;
            }
            bounds
        }
        None => {
            require(scaled.tags_of.is_none(), Veto::NotOurs)?;
            let before = before.ok_or(Veto::NotSeen)?;
            Bounds {
                min: before.min,
                max: before.max,
            }
        }
    };
    // AWS moves it into its bounds at once, whoever registers it.
    let desired = size(case, side)?.desired;
    let moved = desired.clamp(bounds.min, bounds.max.max(bounds.min));
    if moved < desired {
        shrinks(case, side, moved)?;
    } else if moved > desired {
        grows(case, side, moved)?;
    }
    let before = before.map(|s| s.suspended).unwrap_or_default();
    let is_alone = size(case, side.other())?.desired == 0;
    let frees = before.scale_in && !scaled.suspended.scale_in;
    require(!frees || is_alone, Veto::StillServing)?;
    let noted = case.before(tag::SCALING).map(Suspended::from_note);
    let binds = !before.scale_out && scaled.suspended.scale_out;
    if !binds || is_alone && noted == Some(scaled.suspended) {
        return Ok(());
    }
    // Who is about to have no task needs nothing that would give it one.
    match side {
        Side::Ipv6 => require(case.is_called_back(), Veto::StillServing),
        Side::Ipv4 => {
            forward(case)?;
            let said = case.said().ok_or(Veto::NotSeen)?;
            require(said.to == ALL, Veto::StillServing)
        }
    }
}

/// Bounds are parts of those that the service had alone, and together never less.
fn divides(case: &Case<'_>, side: Side, bounds: Bounds) -> Result<(), Veto> {
    let alone = alone(case).ok_or(Veto::NotSeen)?;
    let sound = bounds.min <= bounds.max && bounds.max > 0;
    let within = bounds.min <= alone.min.max(CANARY) && bounds.max <= alone.max;
    require(sound && within, Veto::ImpossibleBounds)?;
    let now = scaling(case, side).seen();
    let lowers = now.is_some_and(|now| bounds.min < now.min || bounds.max < now.max);
    if !lowers {
        return Ok(());
    }
    let other = match scaling(case, side.other()) {
        Known::Seen(other) => (other.min, other.max),
        Known::Absent => {
            let size = size(case, side.other())?.desired;
            (size, size)
        }
        Known::Unknown(_) => return Err(Veto::NotSeen),
    };
    let together = bounds.min + other.0 >= alone.min && bounds.max + other.1 >= alone.max;
    require(together, Veto::ImpossibleBounds)
}

/// The service goes only once it was cold, all work is the twin's, and that does it.
pub(super) fn ends(case: &Case<'_>) -> Result<(), Veto> {
    let ipv4 = size(case, Side::Ipv4)?;
    require((ipv4.desired, ipv4.running) == (0, 0), Veto::StillServing)?;
    let said = case.said().ok_or(Veto::NotSeen)?;
    require((said.from, said.to) == (ALL, ALL), Veto::StillServing)?;
    let cold = case.before(tag::DESIRED).is_some_and(is_cold);
    require(cold, Veto::StillServing)?;
    let twin = case.seen.twin.seen().ok_or(Veto::NotSeen)?;
    require(twin.is_serving(), Veto::NobodyElse)
}

pub(super) fn is_cold(note: &str) -> bool {
    note.ends_with("/cold")
}

/// Whether a note of the share says what the tasks say.
pub(super) fn share_is_so(case: &Case<'_>, said: Said) -> Result<(), Veto> {
    let known = case.said();
    require(said.refuge.is_none(), Veto::UntrueNote)?;
    let whole = whole(case)?;
    let (ipv4, ipv6) = (size(case, Side::Ipv4)?, size(case, Side::Ipv6)?);
    let scales = case.seen.twin_scaling.seen().map(|s| s.max);
    let has_at_most = |share: u16| {
        let most = at_most(whole, share).max(CANARY);
        ipv6.desired <= most.max(scales.unwrap_or(0))
    };
    if said.rises() {
        require(!case.is_called_back(), Veto::WrongDirection)?;
        let furthest = next_step(case.plan, said.from).max(case.promoted().unwrap_or(0));
        require(said.to <= furthest, Veto::TooFar)?;
        let begun = known == Some(said) || has_at_most(said.from);
        return require(begun, Veto::UntrueNote);
    }
    if said.from > said.to {
        return Ok(());
    }
    if said.to == 0 {
        let back = ipv4.desired >= whole && ipv6.desired <= CANARY;
        return require(back || known == Some(said), Veto::UntrueNote);
    }
    if said.since.is_none() {
        // What stays what it was claims nothing new, nor does a step that is given up.
        let stays = known.is_some_and(|k| said.to == k.to && k.from == k.to);
        let gives_up = known.is_some_and(|k| k.rises() && said.to == k.from);
        return require(stays || gives_up, Veto::UntrueNote);
    }
    let left = match scales {
        Some(_) if said.to < ALL => u32::MAX,
        _ => whole.saturating_sub(at_least(whole, said.to)),
    };
    let there = ipv6.desired.min(ipv6.running) >= at_least(whole, said.to).max(CANARY);
    require(there && ipv4.desired <= left, Veto::UntrueNote)
}

/// How many tasks there are is never less than was noted, and never more than there are; that the service is cold is noted once it
/// had no task for as long as the bake.
pub(super) fn size_is_so(case: &Case<'_>, value: &str, noted: u32) -> Result<(), Veto> {
    let (ipv4, ipv6) = (size(case, Side::Ipv4)?, size(case, Side::Ipv6)?);
    let most = case.remembered().unwrap_or(0);
    let most = most.max(ipv4.desired + ipv6.desired);
    require(noted <= most, Veto::UntrueNote)?;
    if !is_cold(value) {
        return Ok(());
    }
    let said = case.said().ok_or(Veto::NotSeen)?;
    let bake = SignedDuration::try_from(case.plan.shift.bake).unwrap_or(SignedDuration::MAX);
    let stood = said.since.map(|at| case.seen.at.duration_since(at));
    let baked = (said.from, said.to) == (ALL, ALL) && stood >= Some(bake);
    require(baked && ipv4.desired == 0, Veto::UntrueNote)
}

/// How far it scaled is noted as it is, and stays so; it is forgotten once it is so again.
pub(super) fn bounds_are_so(case: &Case<'_>, value: &str) -> Result<(), Veto> {
    let now = case.seen.ipv4_scaling.seen().ok_or(Veto::NotSeen)?;
    let is = case.before(tag::BOUNDS);
    let is = is.map_or_else(|| format!("{}-{}", now.min, now.max), str::to_owned);
    require(is == value, Veto::UntrueNote)
}

/// See [`bounds_are_so`].
pub(super) fn bounds_are_back(case: &Case<'_>) -> Result<(), Veto> {
    let back = match &case.seen.ipv4_scaling {
        Known::Seen(now) => alone(case).is_none_or(|a| (a.min, a.max) == (now.min, now.max)),
        Known::Absent => true,
        Known::Unknown(_) => return Err(Veto::NotSeen),
    };
    require(back, Veto::UntrueNote)
}
