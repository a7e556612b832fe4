//! The new name is offered, its hold is proven, a person says that all consumers have moved to it.

use super::super::{
    Gate, OPEN, note_share,
    shift::{UNPLANNED_HOLD, promoted, still},
    tasks::{evidence::proven, shift::clear, warm},
    view::View,
    wait,
};
use crate::{
    action::Side, facts::Gate as PersonGate, note::Note, plan::StepGate, share::Share,
    status::WaitingOn,
};

/// Everybody is on IPv6, by a person's word.
pub(super) fn shift(view: &View<'_>) -> Gate {
    match view.note() {
        Some(Note::Settled(at, None)) if at > Share::NONE && !view.is_retired() => {
            note_share(view, Note::Settled(at, Some(view.now)))
        }
        _ if view.is_retired() => OPEN,
        Some(Note::Moving(from, to)) => finish(view, from, to),
        Some(Note::Settled(Share::ALL, _)) => OPEN,
        Some(Note::Settled(at, _)) => raise(view, at),
        Some(Note::Refuge(..)) | None => wait(WaitingOn::CloserLook),
    }
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
    let current = steps.iter().rposition(|s| s.weight <= at);
    let Some(next) = steps.iter().find(|s| s.weight > at) else {
        return OPEN;
    };
    still(view, Side::Ipv4)?;
    stands(view)?;
    if at > Share::NONE {
        let step = current.unwrap_or(0);
        let hold = current.map_or(UNPLANNED_HOLD, |i| steps[i].hold);
        proven(view, step, at, hold, |stood| WaitingOn::Hold {
            step,
            at,
            next: Some(next.weight),
            proven: stood.proven,
            hold,
            broken_by: stood.broken_by,
            idle: std::time::Duration::ZERO,
            due: stood.due,
        })?;
        let asks = current.is_some_and(|i| steps[i].gate == StepGate::Approval);
        let gate = PersonGate::Step(step);
        if asks && !view.facts.approved(gate, &view.plan.revision) {
            return wait(WaitingOn::Approval { gate });
        }
    }
    note_share(view, Note::Moving(at, next.weight))
}

/// The twin has as many tasks as the service, and none of them is being replaced.
fn stands(view: &View<'_>) -> Gate {
    still(view, Side::Ipv6)?;
    warm::ready(view, view.ipv4()?.desired.max(1))
}
