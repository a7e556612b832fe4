//! 100 % on IPv6, proven good for the bake time, while the IPv4 side stands ready at full size.

use super::{Gate, OPEN, shift, view::View, wait};
use crate::{action::Side, status::WaitingOn};

/// 100 % is proven for the bake time.
pub(super) fn bake(view: &View<'_>) -> Gate {
    if view.is_retired() {
        return OPEN;
    }
    // Once we made the IPv4 side cold the bake is over; its proof is not asked again.
    let is_empty = view.ipv4()?.desired == 0;
    if view.strength().is_some_and(|s| s.cold || is_empty) {
        return OPEN;
    }
    if is_empty && !scales_to_nothing(view) {
        return wait(WaitingOn::Resized {
            side: Side::Ipv4,
            desired: 0,
        });
    }
    shift::still(view, Side::Ipv4)?;
    shift::still(view, Side::Ipv6)?;
    let last = view.plan.shift.steps.len().saturating_sub(1);
    let bake = view.plan.shift.bake;
    shift::proven(view, Some(last), bake, |proof| WaitingOn::Bake {
        proven: proof.proven,
        bake,
        broken_by: proof.broken_by,
        idle: proof.idle,
        due: proof.due,
    })
}

/// A service that sleeps at night does so by itself.
fn scales_to_nothing(view: &View<'_>) -> bool {
    view.seen.ipv4_scaling.seen().is_some_and(|s| s.min == 0)
}
