//! The IPv4 side is deleted, backwards, after approval: service, its scaling, routes' mention, target group. The service
//! first: whatever stops this between two of them, no service is left without its scaling.

use super::{Gate, OPEN, act, cold, shift::given, view::View, wait, warm};
use crate::{
    action::{Action, Intent},
    facts::Gate as PersonGate,
    names::scaling_resource,
    observation::{Forward, Pair, Route},
    plan::{Deletable, RetireApproval},
    status::WaitingOn,
    way,
};

/// Nothing of what the plan gives up is left.
pub(super) fn retire(view: &View<'_>) -> Gate {
    let plan = view.plan;
    if plan.retire.delete.is_empty() {
        return OPEN;
    }
    if has_leftovers(view)? {
        approved(view)?;
        cold::drained(view)?;
        warm::all_healthy(view, 1)?;
    }
    if plan.retire.delete.contains(&Deletable::Service) {
        service(view)?;
    }
    if plan.retire.delete.contains(&Deletable::TargetGroup) {
        for pair in view.pairs()? {
            detach(view, pair)?;
            target_group(view, pair)?;
        }
    }
    OPEN
}

/// A person lets IPv4 go, where the plan asks one.
pub(super) fn approved(view: &View<'_>) -> Gate {
    match view.plan.retire.approval {
        RetireApproval::Required => given(view, PersonGate::Retire),
        RetireApproval::None => OPEN,
    }
}

fn has_leftovers(view: &View<'_>) -> Gate<bool> {
    let goes = |what| view.plan.retire.delete.contains(&what);
    let service = view.look(&view.seen.ipv4, "the IPv4 service")?.is_some();
    let groups = view.pairs()?.iter().any(|p| !p.ipv4.is_absent());
    Gate::Continue(goes(Deletable::Service) && service || goes(Deletable::TargetGroup) && groups)
}

/// The IPv4 service and its scaling are gone.
pub(super) fn service(view: &View<'_>) -> Gate {
    let named = &view.plan.service;
    let ipv4 = view.look(&view.seen.ipv4, "the IPv4 service")?;
    if ipv4.is_some_and(|s| s.is_active()) {
        return act(Action::DeleteService {
            cluster: named.cluster.clone(),
            service: named.name.clone(),
        });
    }
    let scaling = view.look(&view.seen.ipv4_scaling, "the IPv4 service's scaling")?;
    if scaling.is_some() {
        return act(Action::DeleteScaling {
            resource: scaling_resource(&named.cluster, &named.name),
        });
    }
    match ipv4 {
        Some(ipv4) => wait(WaitingOn::Deletion {
            what: format!("ECS service {}", ipv4.name),
        }),
        None => OPEN,
    }
}

pub(super) fn detach(view: &View<'_>, pair: &Pair) -> Gate {
    for route in view.routes()? {
        let leads_there = pair
            .ipv6
            .seen()
            .is_some_and(|g| route.forward.names(&g.arn));
        let is_left = leads_there && (way::of(&route.setting).holds_ours)(route);
        if !route.forward.names(&pair.ipv4_arn) && !is_left {
            continue;
        }
        let forward = without(view, route, pair, &pair.ipv4_arn);
        return act(Action::set_forward(route, forward, Intent::Detach));
    }
    OPEN
}

/// The forward without one group of a pair: else it reads as it did before.
pub(super) fn without(view: &View<'_>, route: &Route, pair: &Pair, arn: &str) -> Forward {
    let mut forward = route.forward.clone();
    forward.groups.retain(|g| g.arn != arn);
    let (Some(before), Some(ipv6)) = (view.before(route), pair.ipv6.seen()) else {
        return forward;
    };
    let forward = view.as_before(route, forward, (&pair.ipv4_arn, &ipv6.arn));
    before.stickiness(forward, ipv6.sticky_seconds())
}

pub(super) fn target_group(view: &View<'_>, pair: &Pair) -> Gate {
    match view.look(&pair.ipv4, "the IPv4 target group")? {
        Some(group) => act(Action::DeleteTargetGroup {
            target_group: group.arn.clone(),
        }),
        None => OPEN,
    }
}
