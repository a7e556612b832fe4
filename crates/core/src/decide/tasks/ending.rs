//! The IPv4 service without tasks: kept for a while so that it can come back, then deleted after approval.

use super::{
    super::{Gate, OPEN, cold, note_on_ours, retire, view::View, wait},
    side,
};
use crate::{
    action::Side,
    names::tag,
    note::strength::Strength,
    plan::{Deletable, Drift},
    status::WaitingOn,
};

/// The IPv4 side has been empty for long enough since the bake was over.
pub(super) fn cold(view: &View<'_>) -> Gate {
    if view.is_retired() {
        return OPEN;
    }
    let ipv4 = view.ipv4()?;
    let Some(noted) = view.strength() else {
        return wait(WaitingOn::CloserLook);
    };
    if ipv4.is_active() && !noted.cold {
        let cold = Strength {
            at: Some(view.now),
            cold: true,
            ..noted
        };
        return note_on_ours(view, tag::DESIRED, cold.text());
    }
    // Tasks that a cold side has are somebody's wish.
    if ipv4.is_active() && ipv4.desired > 0 {
        if view.plan.drift == Drift::Hold {
            return wait(WaitingOn::Resized {
                side: Side::Ipv4,
                desired: ipv4.desired,
            });
        }
        side::scaled(view, Side::Ipv4, crate::share::Share::ALL)?;
        return side::sized(view, Side::Ipv4, 0);
    }
    cold::cold(view)
}

/// Nothing of what the plan gives up is left.
pub(in super::super) fn retire(view: &View<'_>) -> Gate {
    if !view.plan.retire.delete.contains(&Deletable::Service) {
        return OPEN;
    }
    if view.look(&view.seen.ipv4, "the IPv4 service")?.is_some() {
        retire::approved(view)?;
        let twin = view.twin()?;
        if !twin.is_serving() {
            return wait(WaitingOn::TasksStarting {
                side: Side::Ipv6,
                running: twin.running,
                desired: twin.desired,
                reason: twin.last_event.clone(),
                overdue: false,
            });
        }
    }
    retire::service(view)
}
