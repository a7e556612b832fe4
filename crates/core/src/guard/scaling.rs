//! What is told to Application Auto Scaling resizes nobody who serves.
//!
//! AWS moves a service into its bounds at once, whoever registers it and whether or not they are sent (botocore:
//! application-autoscaling `RegisterScalableTarget`). What belongs here: bounds, and what is suspended. What must not:
//! policies, which act later.

use super::{
    Veto,
    case::Case,
    effect::{Effect, Scaled},
    idle::idle,
    names, require,
};
use crate::{
    action::{Bounds, Side},
    names::tag,
    observation::{Scaling, Service, Suspended},
};

/// The team's bounds are the team's, the twin's lie within them, and no running service is moved into any.
pub(super) fn never_resized(case: &Case<'_>) -> Result<(), Veto> {
    let Effect::Scales(scaled) = &case.effect else {
        return Ok(());
    };
    // There both sides have their part of the bounds.
    if case.plan.is_by_tasks() {
        return Ok(());
    }
    let service = case.service(scaled.side).seen().ok_or(Veto::NotSeen)?;
    let now = match scaled.side {
        Side::Ipv4 => &case.seen.ipv4_scaling,
        Side::Ipv6 => &case.seen.twin_scaling,
    };
    if let Some(bounds) = scaled.bounds {
        require(scaled.side == Side::Ipv6, Veto::NotOurs)?;
        let original = case.seen.ipv4_scaling.seen().ok_or(Veto::NotSeen)?;
        require(
            bounds.min <= bounds.max && bounds.max > 0,
            Veto::ImpossibleBounds,
        )?;
        stays(case, scaled, service, bounds)?;
        within(bounds, original, service.desired)?;
        // A copy of tags falls on nothing that has tags of its own.
        if let Some(from) = scaled.tags_of {
            let is_originals = original.arn.as_deref() == Some(from);
            require(is_originals && now.is_absent(), Veto::NotOurs)?;
        }
    } else {
        require(scaled.tags_of.is_none(), Veto::NotOurs)?;
        let Scaling { min, max, .. } = *now.seen().ok_or(Veto::NotSeen)?;
        stays(case, scaled, service, Bounds { min, max })?;
    }
    let before = now.seen().map(|s| s.suspended).unwrap_or_default();
    keeps_its_strength(case, scaled, before)
}

/// A service stays as large as it is. An idle one may grow into the bounds that it has, and shrink if the other side serves.
fn stays(
    case: &Case<'_>,
    scaled: &Scaled<'_>,
    service: &Service,
    Bounds { min, max }: Bounds,
) -> Result<(), Veto> {
    if (min..=max).contains(&service.desired) {
        return Ok(());
    }
    let is_new = scaled.bounds.is_some();
    let stands_by = case.weightless(scaled.side).is_ok();
    let may_change = service.desired < min || idle(case, scaled.side).is_ok();
    require(!is_new && stands_by && may_change, Veto::Resizes)
}

/// The original's bounds, as far as they hold a service of a size.
fn within(bounds: Bounds, original: &Scaling, size: u32) -> Result<(), Veto> {
    let min = original.min.min(size)..=original.min;
    let max = original.max..=original.max.max(size);
    let both = min.contains(&bounds.min) && max.contains(&bounds.max);
    require(both, Veto::ImpossibleBounds)
}

/// While traffic is on both sides neither shrinks by itself, and whoever has any can grow. What the team had suspended is
/// the team's word, once the other side has none.
fn keeps_its_strength(case: &Case<'_>, scaled: &Scaled<'_>, before: Suspended) -> Result<(), Veto> {
    let (side, other) = match scaled.side {
        Side::Ipv4 => (Side::Ipv4, Side::Ipv6),
        Side::Ipv6 => (Side::Ipv6, Side::Ipv4),
    };
    let is_alone = !case.is_led_to(other)?;
    if case.plan.is_by_names() && names::may_rest(case, side) {
        return Ok(());
    }
    let noted = case.before(tag::SCALING).map(Suspended::from_note);
    if is_alone && noted == Some(scaled.suspended) {
        return Ok(());
    }
    let frees = before.scale_in && !scaled.suspended.scale_in;
    require(!frees || is_alone, Veto::StillServing)?;
    let binds = !before.scale_out && scaled.suspended.scale_out;
    require(!binds || !case.is_led_to(side)?, Veto::StillServing)
}
