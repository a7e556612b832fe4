//! Whom customers would be led to: a judge of actions that knows no rule of ours.
//!
//! What belongs here: what was seen beside what would be changed. What must not: plans, notes and people.

use std::cmp::Ordering;

use sixshift_core::{
    action::{Action, Side},
    observation::{Known, Observation, Pair, Service},
};

/// Whom a side has by what was seen: healthy targets in the group of it that has the fewest.
pub fn healthy(seen: &Observation, side: Side) -> usize {
    let group = |p: &Pair| match side {
        Side::Ipv4 => p.ipv4.seen().and_then(|g| g.targets.seen().cloned()),
        Side::Ipv6 => p.ipv6.seen().and_then(|g| g.targets.seen().cloned()),
    };
    let count = |p| group(p).map_or(0, |t| t.iter().filter(|t| t.is_healthy()).count());
    let pairs = seen.pairs.seen().into_iter().flatten();
    pairs.map(count).min().unwrap_or(0)
}

/// An action leads to a side, or leaves a side alone, only where that has somebody; or where the other has nobody.
pub fn onto_somebody(seen: &Observation, action: &Action) {
    let (ipv4, ipv6) = (healthy(seen, Side::Ipv4), healthy(seen, Side::Ipv6));
    let somebody = |gains: Side| match gains {
        Side::Ipv4 => ipv4 > 0 || ipv6 == 0,
        Side::Ipv6 => ipv6 > 0 || ipv4 == 0,
    };
    let runs = |s: &Known<Service>| s.seen().is_some_and(|s| s.desired > 0);
    let fine = match action {
        Action::SetForward { route, forward, .. } => {
            let routes = seen.routes.seen().unwrap();
            let now = routes.iter().find(|r| r.id == *route).unwrap();
            let pair = &seen.pairs.seen().unwrap()[0];
            let ipv6 = &pair.ipv6.seen().unwrap().arn;
            let share =
                |f| sixshift_core::way::split::share(f, &pair.ipv4_arn, ipv6).unwrap_or_default();
            match share(forward).cmp(&share(&now.forward)) {
                Ordering::Greater => somebody(Side::Ipv6),
                Ordering::Less => somebody(Side::Ipv4),
                Ordering::Equal => true,
            }
        }
        Action::ScaleService {
            side, desired: 0, ..
        } => match side {
            Side::Ipv4 => ipv6 > 0 || !runs(&seen.ipv4),
            Side::Ipv6 => ipv4 > 0 || !runs(&seen.twin),
        },
        Action::DeleteService { .. }
        | Action::DeleteScaling { .. }
        | Action::DeleteTargetGroup { .. } => ipv6 > 0,
        _ => true,
    };
    assert!(fine, "{ipv4} on IPv4, {ipv6} on IPv6: {action:?}");
}
