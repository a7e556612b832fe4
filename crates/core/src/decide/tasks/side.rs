//! The two sides as so many tasks: what a share asks of each, how each stands, and the next call that brings it there.
//!
//! What belongs here: sizes and bounds. What must not: whether a share is due ([`super::shift`], [`super::back`]).

use super::super::{Gate, OPEN, act, view::View, wait};
use crate::{
    action::{Action, Bounds, Side},
    names::{self, scaling_resource, tag},
    observation::{Known, Scaling, Service, Suspended},
    share::Share,
    status::{Phase, WaitingOn},
    way::tasks,
};

/// While tasks move, neither side scales in by itself; the twin has no schedule either.
pub(super) const HELD: Suspended = Suspended {
    scale_in: true,
    scale_out: false,
    scheduled: true,
};

/// How the service scaled when it was alone.
#[derive(Clone, Copy)]
pub(super) struct Alone {
    pub(super) bounds: Bounds,
    pub(super) suspended: Suspended,
}

/// As it is noted.
pub(super) fn noted(view: &View<'_>) -> Option<Alone> {
    let (min, max) = view.noted(tag::BOUNDS)?.split_once('-')?;
    Some(Alone {
        bounds: Bounds {
            min: min.parse().ok()?,
            max: max.parse().ok()?,
        },
        suspended: Suspended::from_note(view.noted(tag::SCALING)?),
    })
}

/// As it is to be noted.
pub(super) fn text(scaling: &Scaling) -> String {
    format!("{}-{}", scaling.min, scaling.max)
}

/// How many tasks both sides are to have together: noted once any has moved.
pub(super) fn total(view: &View<'_>) -> Option<u32> {
    let alone = || view.seen.ipv4.seen().map(|s| s.desired);
    view.strength().map(|s| s.tasks).or_else(alone)
}

/// How many tasks a side is to have; none where it is not there.
pub(super) fn desired(view: &View<'_>, side: Side) -> Option<u32> {
    match view.service(side) {
        Known::Seen(service) => Some(service.desired),
        Known::Absent => Some(0),
        Known::Unknown(_) => None,
    }
}

fn scaling<'a>(view: &View<'a>, side: Side) -> &'a Known<Scaling> {
    match side {
        Side::Ipv4 => &view.seen.ipv4_scaling,
        Side::Ipv6 => &view.seen.twin_scaling,
    }
}

/// What the scaling of a side is to be at a share: its part of the bounds. A side without any task keeps its bounds, which would lift it
/// into them, and scales not at all.
fn meant(alone: Alone, side: Side, share: Share) -> (Option<Bounds>, Suspended) {
    let is_empty = match side {
        Side::Ipv4 => share == Share::ALL,
        Side::Ipv6 => false,
    };
    if is_empty {
        return (None, Suspended::ALL);
    }
    let suspended = match side {
        Side::Ipv4 => Suspended {
            scale_in: true,
            ..alone.suspended
        },
        Side::Ipv6 => HELD,
    };
    (Some(tasks::bounds(alone.bounds, side, share)), suspended)
}

fn is_as(scaling: &Scaling, (bounds, suspended): (Option<Bounds>, Suspended)) -> bool {
    let now = Bounds {
        min: scaling.min,
        max: scaling.max,
    };
    scaling.suspended == suspended && bounds.is_none_or(|b| b == now)
}

/// Its scaling is what a share asks of it. AWS moves a size that lies outside the bounds into them at once, which is on the way.
pub(super) fn scaled(view: &View<'_>, side: Side, share: Share) -> Gate {
    let what = format!("the scaling of the {side} side");
    let Some(scaling) = view.look(scaling(view, side), &what)? else {
        return OPEN;
    };
    let Some(alone) = noted(view) else {
        return OPEN;
    };
    let meant = meant(alone, side, share);
    if is_as(scaling, meant) {
        return OPEN;
    }
    act(Action::SetScaling {
        resource: resource(view, side),
        side,
        bounds: meant.0,
        suspended: meant.1,
        tags_of: None,
    })
}

/// Whether the service has a part of its bounds only.
pub(super) fn is_divided(view: &View<'_>) -> bool {
    let now = view.seen.ipv4_scaling.seen();
    let alone = noted(view).map(|alone| alone.bounds);
    let both = now.zip(alone);
    both.is_some_and(|(now, alone)| (now.min, now.max) != (alone.min, alone.max))
}

pub(super) fn resource(view: &View<'_>, side: Side) -> String {
    let service = match side {
        Side::Ipv4 => view.plan.service.name.clone(),
        Side::Ipv6 => names::service(view.plan),
    };
    scaling_resource(&view.plan.service.cluster, &service)
}

/// It is to have so many tasks.
pub(super) fn sized(view: &View<'_>, side: Side, to: u32) -> Gate {
    let service = of(view, side)?;
    if service.desired == to {
        return OPEN;
    }
    act(Action::ScaleService {
        cluster: view.plan.service.cluster.clone(),
        service: service.name.clone(),
        side,
        desired: to,
    })
}

pub(super) fn of<'a>(view: &View<'a>, side: Side) -> Gate<&'a Service> {
    match side {
        Side::Ipv4 => view.ipv4(),
        Side::Ipv6 => view.twin(),
    }
}

/// No more tasks run than it is to have.
pub(super) fn stopped(view: &View<'_>, side: Side) -> Gate {
    let service = of(view, side)?;
    if service.running <= service.desired {
        return OPEN;
    }
    wait(WaitingOn::TasksStopping {
        side,
        running: service.running,
    })
}

/// Whether a side stands as a share of so many tasks has it: within its part of the bounds where it scales, with its part of the tasks
/// where it does not.
pub(super) fn fits(view: &View<'_>, side: Side, share: Share, total: u32) -> Option<bool> {
    let desired = desired(view, side)?;
    let alone = noted(view);
    let by_bounds = match (scaling(view, side), alone) {
        (Known::Seen(scaling), Some(alone)) => match meant(alone, side, share) {
            (Some(bounds), _) => {
                let is_free = (scaling.min, scaling.max) == (bounds.min, bounds.max);
                Some(is_free && (bounds.min..=bounds.max).contains(&desired))
            }
            (None, _) => None,
        },
        (Known::Unknown(_), Some(_)) => return None,
        _ => None,
    };
    Some(by_bounds.unwrap_or_else(|| desired == tasks::of_side(total, side, share)))
}

/// Whether both sides stand as a share has it.
pub(in super::super) fn is_at(view: &View<'_>, share: Share) -> bool {
    let Some(total) = total(view) else {
        return false;
    };
    let (ipv4, ipv6) = (desired(view, Side::Ipv4), desired(view, Side::Ipv6));
    if share == Share::NONE {
        return ipv4 >= Some(total) && ipv6 <= Some(tasks::CANARY);
    }
    let fits = |side| fits(view, side, share, total) == Some(true);
    fits(Side::Ipv4) && fits(Side::Ipv6)
}

/// The part of the tasks that are to be on IPv6.
pub(in super::super) fn share(view: &View<'_>) -> Option<Share> {
    let (ipv4, ipv6) = (desired(view, Side::Ipv4)?, desired(view, Side::Ipv6)?);
    Share::of(ipv6.into(), f64::from(ipv4) + f64::from(ipv6))
}

/// The part of the tasks that run on IPv6.
pub(in super::super) fn measured(view: &View<'_>) -> Option<Share> {
    let running = |side| match view.service(side) {
        Known::Seen(service) => Some(f64::from(service.running)),
        Known::Absent => Some(0.0),
        Known::Unknown(_) => None,
    };
    let (ipv4, ipv6) = (running(Side::Ipv4)?, running(Side::Ipv6)?);
    Share::measured(ipv6, ipv4 + ipv6)
}

/// A share as the tasks spell it.
pub(in super::super) fn rounded(view: &View<'_>, share: Share) -> Share {
    total(view).map_or(share, |total| tasks::rounded(total, share))
}

/// The phase once all tasks are on IPv6: the IPv4 side has none from the first minute of the bake.
pub(in super::super) fn standing_at_all(view: &View<'_>) -> Phase {
    match view.strength() {
        Some(strength) if strength.cold => Phase::Cold,
        _ => Phase::Bake,
    }
}
