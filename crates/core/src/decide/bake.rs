//! 100 % on IPv6, proven good for the bake time, while the IPv4 side stands ready at full size.

use super::{Gate, OPEN, cold, shift, view::View};
use crate::status::WaitingOn;

/// 100 % is proven for the bake time.
pub(super) fn bake(view: &View<'_>) -> Gate {
    if view.is_retired() {
        return OPEN;
    }
    // Once we made the IPv4 side cold the bake is over; its proof is not asked again.
    let ipv4 = view.ipv4()?;
    if ipv4.desired == 0 && cold::remembered(ipv4).is_some() {
        return OPEN;
    }
    let last = view.plan.shift.steps.len().saturating_sub(1);
    let bake = view.plan.shift.bake;
    shift::proven(view, Some(last), bake, |proof| WaitingOn::Bake {
        proven: proof.proven,
        bake,
        broken_by: proof.broken_by,
    })
}
