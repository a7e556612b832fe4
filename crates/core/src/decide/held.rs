//! What holds a plan before anything else is asked: people, and somebody else's edits.

use super::{Gate, OPEN, astray, refuge, rollback, view::View, wait};
use crate::{facts::Lack, status::WaitingOn};

/// Frozen, without footing, or the routes are not as we left them.
pub(super) fn held(view: &View<'_>) -> Gate {
    match &view.facts.lacking {
        Some(lack @ (Lack::FirstLook | Lack::Lease { .. } | Lack::Plan { .. })) => {
            return wait(lack.waiting_on());
        }
        // These stop what goes forward only.
        Some(Lack::Source | Lack::Record | Lack::OwnRoute { .. }) | None => {}
    }
    if let Some(reason) = &view.facts.frozen {
        return wait(WaitingOn::Frozen {
            reason: reason.clone(),
        });
    }
    // Who orders an abort has seen the routes: nothing of what others did to them stands in its way.
    if rollback::is_ordered(view) {
        return OPEN;
    }
    refuge::lead(view)?;
    note_lost(view)?;
    astray::astray(view)
}

pub(super) fn is_paused(view: &View<'_>) -> bool {
    view.plan.paused || view.facts.paused.is_some()
}

/// What stops only what goes forward: traffic is still taken back, so this gate stands above `safe`.
pub(super) fn paused(view: &View<'_>) -> Gate {
    if let Some(lack) = &view.facts.lacking {
        return wait(lack.waiting_on());
    }
    if view.plan.paused {
        return wait(WaitingOn::Paused {
            reason: "spec.paused is true".to_owned(),
        });
    }
    match &view.facts.paused {
        Some(reason) => wait(WaitingOn::Paused {
            reason: reason.clone(),
        }),
        None => OPEN,
    }
}

/// Without our note, traffic on IPv6 is nobody's word. At 0 nothing is lost: the note is written anew.
fn note_lost(view: &View<'_>) -> Gate {
    match view.notes_arn() {
        Some(arn) if view.note().is_none() && view.has_traffic() => wait(WaitingOn::NoteLost {
            target_group: arn.to_owned(),
        }),
        _ => OPEN,
    }
}
