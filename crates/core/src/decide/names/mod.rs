//! The ladder of a service that consumers find by a Cloud Map registry: a twin beside it, in a registry of its own, at full size; then
//! they move by themselves, and a person says when all have.
//!
//! What belongs here: its rungs, and what of AWS says how far it is. What must not: shares, of which nobody sets any. Notes lie on the
//! twin. What workers that share a queue have as well is taken from there: what is bad, how long a share stood, the way back.

mod shift;
pub(super) mod walk;

use super::{
    Gate, OPEN, Rung, act,
    alone::Alone,
    build, cold, held, note_share,
    shift::{left, still},
    tasks::{back, ending, shift as of_tasks, warm as of_twin},
    view::View,
    wait, warm,
};
use crate::{
    action::{Action, NewRegistry, Side},
    names::tag,
    note::Note,
    observation::Known,
    share::Share,
    status::{Phase, WaitingOn},
};

/// How far such a twin is.
pub(super) const ALONE: Alone = Alone {
    share,
    is_at,
    serves: |v| share(v) > Some(Share::NONE),
    measured,
    spelled: |_, share| share,
    walk: walk::walk,
};

/// The ladder, from the bottom.
pub(super) const LADDER: &[Rung] = &[
    (|v| v.standing(), held::held),
    (back::phase, back::safe),
    (|v| v.standing(), held::paused),
    (|v| v.at_least(Phase::Checking), build::ready),
    (
        |v| v.at_least(Phase::TaskDefinition),
        build::task_definition,
    ),
    (|v| v.at_least(Phase::Service), registry),
    (|v| v.at_least(Phase::Service), service),
    (|v| v.at_least(Phase::Warm), healthy),
    (|_| Phase::Shift, shift::shift),
    (|_| Phase::Bake, of_tasks::bake),
    (|_| Phase::Cold, |v| cold::once(v, carried)),
    (|_| Phase::Retire, ending::retire),
];

/// The twin's registry is there, and the twin is in it.
pub(super) fn registry(view: &View<'_>) -> Gate {
    if view.is_retired() || !view.plan.has_registry() {
        return OPEN;
    }
    let remedy = "give the service a registry, or take spec.ipv6.registry out of the plan";
    let both = view.need(&view.seen.registries, "the service's registry", remedy)?;
    let own = view.look(&both.ipv6, "the twin's registry")?;
    if let Some(twin) = view.look(&view.seen.twin, "the twin")? {
        // ECS would go on to register its tasks in one that is gone, or that nobody knows.
        let is_in_it = own.is_some_and(|own| twin.registries.contains(&own.arn));
        if is_in_it || !view.has_mark(&twin.tags) {
            return OPEN;
        }
        return wait(WaitingOn::Missing {
            what: format!("the registry that service {} is in", twin.name),
            remedy: format!(
                "delete service {}: both are made again, and prove themselves from the beginning",
                twin.name
            ),
        });
    }
    let (None, Some(name)) = (own, &view.plan.ipv6.registry) else {
        return OPEN;
    };
    let of = &both.ipv4;
    act(Action::CreateRegistry(Box::new(NewRegistry {
        from: of.arn.clone(),
        name: name.clone(),
        namespace: of.namespace.clone(),
        records: of.records_on_ipv6(),
        routing: of.routing.clone(),
        custom_health: of.custom_health,
        token: format!("sixshift-{}", view.plan.uid),
        tags: [(tag::PLAN.to_owned(), view.plan.uid.0.clone())].into(),
    })))
}

/// Beside a load balancer, which counts none of them: a person says that those who ask for the name have moved, before IPv4 has no
/// task that would answer them.
pub(super) fn moved(view: &View<'_>) -> Gate {
    let is_empty = view.seen.ipv4.seen().is_none_or(|ipv4| ipv4.desired == 0);
    if view.is_retired() || is_empty {
        return OPEN;
    }
    left(view, view.plan.shift.steps.len().checked_sub(1))
}

/// The twin exists, is ours, runs what it should, and scales like the original, but not in.
fn service(view: &View<'_>) -> Gate {
    if view.is_retired() {
        return OPEN;
    }
    build::stands(view)?;
    if view.note().is_none() {
        return note_share(view, Note::Settled(Share::NONE, None));
    }
    build::service(view)
}

/// One task has stood on IPv6 alone, and then as many do as the service has.
fn healthy(view: &View<'_>) -> Gate {
    if view.is_retired() {
        return OPEN;
    }
    let (ipv4, twin) = (view.ipv4()?, view.twin()?);
    if matches!(view.note(), Some(Note::Settled(Share::NONE, _))) {
        warm::grow(view, twin, 1)?;
        of_twin::ready(view, 1)?;
        of_twin::canary(view)?;
        warm::grow(view, twin, ipv4.desired)?;
        of_twin::ready(view, twin.desired)?;
    } else if view.strength().is_none_or(|s| !s.cold) {
        warm::grow(view, twin, ipv4.desired)?;
    }
    warm::deploys_alike(view, ipv4, twin)
}

/// The twin has as many tasks as IPv4, at this moment.
fn carried(view: &View<'_>) -> Gate {
    still(view, Side::Ipv6)?;
    of_twin::ready(view, view.ipv4()?.desired.min(view.twin()?.desired))
}

fn desired(view: &View<'_>, side: Side) -> Option<u32> {
    match view.service(side) {
        Known::Seen(service) => Some(service.desired),
        Known::Absent => Some(0),
        Known::Unknown(_) => None,
    }
}

/// What AWS shows of where consumers can be: all on IPv6 where IPv4 has no task, none where the twin has none, and where both have some
/// whoever asks for the new name, once it is offered.
fn share(view: &View<'_>) -> Option<Share> {
    let (ipv4, ipv6) = (desired(view, Side::Ipv4)?, desired(view, Side::Ipv6)?);
    let is_offered = view.note().is_some_and(|note| note.reached() > Share::NONE);
    Some(match (ipv4, ipv6) {
        (_, 0) => Share::NONE,
        (0, _) => Share::ALL,
        _ if is_offered => Share::NAMED,
        _ => Share::NONE,
    })
}

/// Whether both sides stand as a share has it. That all have moved is a person's word: AWS has nothing that would show it.
fn is_at(view: &View<'_>, share: Share) -> bool {
    let (ipv4, ipv6) = (desired(view, Side::Ipv4), desired(view, Side::Ipv6));
    match share {
        Share::NONE => ipv4 > Some(0),
        _ => ipv6 > Some(0),
    }
}

/// The part of all bytes that reaches the twin's tasks, where Container Insights tells of both sides.
fn measured(view: &View<'_>) -> Option<Share> {
    let [ipv4, ipv6] = view.received();
    let (ipv4, ipv6) = (ipv4?, ipv6?);
    Share::measured(ipv6, ipv4 + ipv6)
}
