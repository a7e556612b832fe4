//! The ladder of workers that share a queue: a twin beside the service takes tasks over, a part of them a step.
//!
//! What belongs here: its rungs, and what they share. What must not: a load balancer's shares, of which there are none. Notes lie on the
//! twin. What the ladder with a load balancer has as well is taken from there: what is derived, how the twin is made, what is retired.

mod astray;
pub(super) mod back;
pub(super) mod ending;
pub(super) mod evidence;
pub(super) mod shift;
mod side;
pub(super) mod walk;
pub(super) mod warm;

use super::{Gate, OPEN, Rung, act, alone::Alone, build, held, note_on_ours, view::View, wait};
use crate::{
    action::{Action, Bounds, Side},
    names::tag,
    note::Note,
    observation::Scaling,
    share::Share,
    status::Phase,
    way::tasks,
};
pub(super) use evidence::evidence;
pub(super) use side::standing_at_all;
use side::{is_at, measured, rounded, share};

/// How far such a twin is.
pub(super) const ALONE: Alone = Alone {
    share,
    is_at,
    serves: |v| share(v) > Some(Share::NONE) && !is_at(v, Share::NONE),
    measured,
    spelled: rounded,
    walk: walk::walk,
};

/// The ladder, from the bottom.
pub(super) const LADDER: &[Rung] = &[
    (|v| v.standing(), held::held),
    (back::phase, back::safe),
    (|v| v.standing(), astray::astray),
    (|v| v.standing(), held::paused),
    (|v| v.at_least(Phase::Checking), build::ready),
    (
        |v| v.at_least(Phase::TaskDefinition),
        build::task_definition,
    ),
    (|v| v.at_least(Phase::Service), service),
    (|v| v.at_least(Phase::Warm), warm::warm),
    (|_| Phase::Shift, shift::shift),
    (|_| Phase::Bake, shift::bake),
    (|_| Phase::Cold, ending::cold),
    (|_| Phase::Retire, ending::retire),
];

/// The twin exists, is ours, runs what it should, and scales within its part of what the original did.
fn service(view: &View<'_>) -> Gate {
    if view.is_retired() {
        return OPEN;
    }
    build::stands(view)?;
    if view.note().is_none() {
        return super::note_share(view, Note::Settled(Share::NONE, None));
    }
    let ipv4 = view.ipv4()?;
    view.twin()?;
    if ipv4.desired > 0 {
        scaling(view)?;
    }
    OPEN
}

/// How it scaled is noted first; then neither side scales in, and the twin has what the original has.
fn scaling(view: &View<'_>) -> Gate {
    let Some(original) = view.look(&view.seen.ipv4_scaling, "the IPv4 service's scaling")? else {
        return OPEN;
    };
    let Some(noted) = side::noted(view) else {
        return note_scaling(view, original);
    };
    build::keeps_its_size(view, original)?;
    let to = side::resource(view, Side::Ipv6);
    let reached = view.note().map_or(Share::NONE, Note::reached);
    let own = view.look(&view.seen.twin_scaling, "the twin's scaling")?;
    let bounds = tasks::bounds(noted.bounds, Side::Ipv6, reached);
    let suspended = side::HELD;
    // Between two shares its bounds are the shift's, and at a share somebody else's are told as an edit.
    let is_right = |s: &&Scaling| {
        let now = Bounds {
            min: s.min,
            max: s.max,
        };
        reached > Share::NONE || is_moving(view) || (now, s.suspended) == (bounds, suspended)
    };
    let Some(own) = own.filter(is_right) else {
        return act(Action::SetScaling {
            resource: to,
            side: Side::Ipv6,
            bounds: Some(bounds),
            suspended,
            tags_of: original.arn.clone().filter(|_| own.is_none()),
        });
    };
    build::policies(original, own, &to, &crate::twin::sides(view.plan, &[]))
}

fn is_moving(view: &View<'_>) -> bool {
    matches!(view.note(), Some(Note::Moving(..)))
}

fn note_scaling(view: &View<'_>, original: &Scaling) -> Gate {
    let Some(home) = view.home() else {
        return wait(crate::status::WaitingOn::CloserLook);
    };
    if view.noted(tag::SCALING).is_some() {
        return note_on_ours(view, tag::BOUNDS, side::text(original));
    }
    let tags = [
        (tag::SCALING.to_owned(), original.suspended.note()),
        (tag::BOUNDS.to_owned(), side::text(original)),
    ];
    act(home.note(tags.into(), None))
}
