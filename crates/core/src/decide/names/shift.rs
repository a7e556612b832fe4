//! The new name is offered, its hold is proven, a person says that all consumers have moved to it.

use super::super::{
    Gate, OPEN, note_share,
    shift::{promoted, still},
    tasks::{
        shift::{clear, climb, held},
        warm,
    },
    view::View,
};
use crate::{action::Side, note::Note, share::Share};

/// Everybody is on IPv6, by a person's word.
pub(super) fn shift(view: &View<'_>) -> Gate {
    climb(view, finish, raise)
}

/// Nothing of AWS's is to be changed: what was begun stands as soon as the twin has all of its tasks.
fn finish(view: &View<'_>, from: Share, to: Share) -> Gate {
    if view.is_only_remembered() {
        return note_share(view, Note::Moving(from, to));
    }
    stands(view)?;
    note_share(view, Note::Settled(to, Some(view.now)))
}

fn raise(view: &View<'_>, at: Share) -> Gate {
    if at == Share::NONE {
        clear(view)?;
    }
    if let Some(to) = promoted(view).filter(|to| *to > at) {
        return note_share(view, Note::Moving(at, to));
    }
    let steps = &view.plan.shift.steps;
    let Some(next) = steps.iter().find(|s| s.weight > at) else {
        return OPEN;
    };
    still(view, Side::Ipv4)?;
    stands(view)?;
    if at > Share::NONE {
        held(view, at, next.weight)?;
    }
    note_share(view, Note::Moving(at, next.weight))
}

/// The twin has as many tasks as the service, and none of them is being replaced.
fn stands(view: &View<'_>) -> Gate {
    still(view, Side::Ipv6)?;
    warm::ready(view, view.ipv4()?.desired.max(1))
}
