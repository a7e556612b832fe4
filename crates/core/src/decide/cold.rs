//! The IPv4 side without tasks, kept for a while so that it can come back.

use std::time::Duration;

use jiff::SignedDuration;

use super::{Gate, OPEN, act, note_on_ours, shift, view::View, wait};
use crate::{
    action::{Action, Side},
    evidence::Point,
    names::{scaling_resource, tag},
    note::strength::Strength,
    observation::{Service, Suspended, TargetGroup},
    plan::Drift,
    status::WaitingOn,
};

/// Without requests for this long at least, whatever the target group's own delay: the newest minutes are not told yet.
const QUIET: Duration = Duration::from_secs(300);

/// The IPv4 side has been empty for long enough.
pub(super) fn cold(view: &View<'_>) -> Gate {
    once(view, drained)
}

/// The same, once something holds of whom IPv4 serves.
pub(super) fn once(view: &View<'_>, left: fn(&View<'_>) -> Gate) -> Gate {
    if view.is_retired() {
        return OPEN;
    }
    let ipv4 = view.ipv4()?;
    if !ipv4.is_active() {
        return OPEN;
    }
    free_twin(view)?;
    let noted = view.strength();
    if ipv4.desired > 0 {
        if noted.is_some_and(|s| s.cold) {
            as_we_left_it(view, ipv4)?;
        }
        left(view)?;
        return empty(view, ipv4, noted);
    }
    if ipv4.running > 0 {
        return wait(WaitingOn::TasksStopping {
            side: Side::Ipv4,
            running: ipv4.running,
        });
    }
    let Some(noted) = noted.filter(|s| s.cold) else {
        return went_cold(view, noted);
    };
    // AWS's own record of the last change, the one to zero included: whoever touches the service restarts the clock.
    // Nothing promises that a new desired count touches the deployment: our own note of the moment counts as well.
    let since = ipv4.primary().map_or(view.now, |d| d.updated_at);
    let since = noted.at.map_or(since, |at| at.max(since));
    let keep = SignedDuration::try_from(view.plan.retire.keep_cold).unwrap_or(SignedDuration::MAX);
    let until = since.saturating_add(keep).unwrap_or(view.now);
    if view.now < until {
        return wait(WaitingOn::Cold { until });
    }
    OPEN
}

/// Tasks that a cold side has are somebody's wish.
fn as_we_left_it(view: &View<'_>, ipv4: &Service) -> Gate {
    if view.plan.drift == Drift::Correct {
        return OPEN;
    }
    wait(WaitingOn::Resized {
        side: Side::Ipv4,
        desired: ipv4.desired,
    })
}

/// From now on tasks on it are not ours. Where somebody else emptied it, the twin's size is the best that is known.
fn went_cold(view: &View<'_>, noted: Option<Strength>) -> Gate {
    let tasks = match noted {
        Some(strength) => strength.tasks,
        None => view.twin()?.desired.max(1),
    };
    let at = noted.and_then(|s| s.at).or(Some(view.now));
    let cold = Strength {
        tasks,
        at,
        cold: true,
    };
    note_on_ours(view, tag::DESIRED, cold.text())
}

/// Baked: the twin scales as the original did.
fn free_twin(view: &View<'_>) -> Gate {
    let Some(before) = view.noted(tag::SCALING).map(Suspended::from_note) else {
        return OPEN;
    };
    let Some(scaling) = view.look(&view.seen.twin_scaling, "the twin's scaling")? else {
        return OPEN;
    };
    if scaling.suspended == before {
        return OPEN;
    }
    set(view, &view.twin()?.name, Side::Ipv6, before)
}

fn empty(view: &View<'_>, ipv4: &Service, noted: Option<Strength>) -> Gate {
    shift::still(view, Side::Ipv4)?;
    shift::still(view, Side::Ipv6)?;
    super::warm::all_healthy(view, ipv4.desired.min(view.twin()?.desired))?;
    // Whoever registers the scaling of an empty service (a Terraform that sees drift does) brings it to its minimum: that
    // is not the size it had.
    if noted.is_none_or(|before| before.tasks < ipv4.desired) {
        let strength = Strength {
            tasks: ipv4.desired,
            at: Some(view.now),
            cold: false,
        };
        return note_on_ours(view, tag::DESIRED, strength.text());
    }
    if let Some(scaling) = view.look(&view.seen.ipv4_scaling, "the IPv4 service's scaling")?
        && scaling.suspended != Suspended::ALL
    {
        return set(view, &ipv4.name, Side::Ipv4, Suspended::ALL);
    }
    act(Action::ScaleService {
        cluster: view.plan.service.cluster.clone(),
        service: ipv4.name.clone(),
        side: Side::Ipv4,
        desired: 0,
    })
}

/// No client reaches the IPv4 side any more.
pub(super) fn drained(view: &View<'_>) -> Gate {
    let over = drain_time(view)?;
    let requests = requests(view, Side::Ipv4, over)?;
    if requests == 0 {
        return OPEN;
    }
    wait(WaitingOn::Drain {
        side: Side::Ipv4,
        requests,
        over,
    })
}

fn set(view: &View<'_>, service: &str, side: Side, suspended: Suspended) -> Gate {
    act(Action::SetScaling {
        resource: scaling_resource(&view.plan.service.cluster, service),
        side,
        bounds: None,
        suspended,
        tags_of: None,
    })
}

/// The time after which nobody should reach a side without weight: deregistration delay, stickiness where there is, and
/// what the plan gives to streams that stay open, which no metric of a target group counts.
pub(super) fn drain_time(view: &View<'_>) -> Gate<Duration> {
    let groups = view
        .pairs()?
        .iter()
        .filter_map(|p| p.ipv4.seen().or(p.ipv6.seen()));
    let of = |g: &TargetGroup| {
        g.deregistration_delay()
            .max(g.stickiness().unwrap_or_default())
    };
    let groups = groups.map(of).max().unwrap_or_default();
    let sticky = view
        .routes()?
        .iter()
        .filter_map(|r| r.forward.stickiness)
        .max()
        .unwrap_or(0);
    let least = QUIET.max(view.plan.retire.min_drain);
    Gate::Continue(groups.max(Duration::from_secs(sticky.into())).max(least))
}

/// Requests that reached a side in the newest complete points of some length; as far back as the history goes.
pub(super) fn requests(view: &View<'_>, side: Side, over: Duration) -> Gate<u64> {
    // The five-minute points are there only while all is on IPv6.
    let series = match side {
        Side::Ipv4 => view.series_for(over)?,
        Side::Ipv6 => view.recent()?,
    };
    // Two points at least: one is the edge of what is complete.
    let points = series.last(over.max(series.period * 2), view.now);
    if points.is_empty() || !points.iter().all(Point::is_reported) {
        let why =
            "the newest minutes are not reported yet (an idle load balancer may report none: a few requests mend that)"
                .to_owned();
        return wait(WaitingOn::Unknown {
            what: format!("the requests to {side}"),
            why,
            overdue: false,
        });
    }
    let of = |p: &Point| match side {
        Side::Ipv4 => p.requests_ipv4,
        Side::Ipv6 => p.requests_ipv6,
    };
    // A flow that goes on is told of by no new one.
    let open = points.last().and_then(|p| match side {
        Side::Ipv4 => p.open_ipv4,
        Side::Ipv6 => p.open_ipv6,
    });
    let begun = points.iter().filter_map(of).sum::<f64>();
    let open = open.unwrap_or(0.0);
    Gate::Continue(begun.max(open) as u64)
}
