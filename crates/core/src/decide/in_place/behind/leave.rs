//! What is left of IPv4 behind a load balancer: its target groups, which go after approval, backwards.

use super::super::super::{Gate, OPEN, cold, retire, view::View, wait};
use crate::{
    facts::Gate as PersonGate,
    plan::{Deletable, RetireApproval},
    status::WaitingOn,
};

/// No route names an IPv4 target group any more, and none is there.
pub(super) fn leave(view: &View<'_>) -> Gate {
    let plan = view.plan;
    if !plan.retire.delete.contains(&Deletable::TargetGroup) {
        return OPEN;
    }
    let pairs = view.pairs()?;
    if pairs.iter().all(|pair| pair.ipv4.is_absent()) {
        return OPEN;
    }
    let approved = plan.retire.approval == RetireApproval::None
        || view.facts.approved(PersonGate::Retire, &plan.revision);
    if !approved {
        return wait(WaitingOn::Approval {
            gate: PersonGate::Retire,
        });
    }
    cold::drained(view)?;
    super::follow::carries(view, crate::action::Side::Ipv6)?;
    for pair in pairs {
        retire::detach(view, pair)?;
        retire::target_group(view, pair)?;
    }
    OPEN
}
