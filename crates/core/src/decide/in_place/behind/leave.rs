//! What is left of IPv4 behind a load balancer: its target groups, which go after approval, backwards.

use super::super::super::{Gate, OPEN, cold, retire, view::View};
use crate::{action::Side, plan::Deletable};

/// No route names an IPv4 target group any more, and none is there.
pub(super) fn leave(view: &View<'_>) -> Gate {
    if !view.plan.retire.delete.contains(&Deletable::TargetGroup) {
        return OPEN;
    }
    let pairs = view.pairs()?;
    if pairs.iter().all(|pair| pair.ipv4.is_absent()) {
        return OPEN;
    }
    retire::approved(view)?;
    cold::drained(view)?;
    super::follow::carries(view, Side::Ipv6)?;
    for pair in pairs {
        retire::detach(view, pair)?;
        retire::target_group(view, pair)?;
    }
    OPEN
}
