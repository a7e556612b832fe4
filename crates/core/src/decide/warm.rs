//! Proven at weight 0: a canary without IPv4, healthy by the load balancer's and by CloudWatch's account, then full size.

use std::time::Duration;

use jiff::SignedDuration;

use super::{Gate, OPEN, act, view::View, wait};
use crate::{
    action::{Action, Side},
    evidence::Series,
    observation::{Service, Target, TargetGroup},
    share::Share,
    status::WaitingOn,
};

/// How long CloudWatch must have seen the canary healthy.
const CANARY: Duration = Duration::from_secs(180);
/// A twin that is not healthy after this long will not become so by waiting.
const OVERDUE: SignedDuration = SignedDuration::from_mins(15);

/// The twin is there, whole, and healthy.
pub(super) fn warm(view: &View<'_>) -> Gate {
    if view.is_retired() {
        return OPEN;
    }
    let (ipv4, twin) = (view.ipv4()?, view.twin()?);
    if view.has_traffic() || view.applied() > Some(Share::NONE) {
        return grow(view, twin, ipv4.desired);
    }
    grow(view, twin, 1)?;
    tasks(view, twin, 1)?;
    all_healthy(view, 1)?;
    canary(view.recent()?, view, twin)?;
    grow(view, twin, ipv4.desired)?;
    tasks(view, twin, twin.desired)?;
    all_healthy(view, twin.desired)
}

/// The twin is at least as large as asked.
fn grow(view: &View<'_>, twin: &Service, to: u32) -> Gate {
    if twin.desired >= to {
        return OPEN;
    }
    act(Action::ScaleService {
        cluster: view.plan.service.cluster.clone(),
        service: twin.name.clone(),
        side: Side::Ipv6,
        desired: to,
    })
}

fn is_overdue(view: &View<'_>, twin: &Service) -> bool {
    let late = |since| view.now.duration_since(since) > OVERDUE;
    // A twin that was scaled up only now starts anew; failing tasks touch the deployment too, but are no progress.
    twin.primary()
        .is_some_and(|d| late(d.created_at) && (late(d.updated_at) || d.failed_tasks > 0))
}

/// Enough tasks run, each with an IPv6 address and no IPv4 one.
fn tasks(view: &View<'_>, twin: &Service, needed: u32) -> Gate {
    let tasks = view.need(&view.seen.twin_tasks, "the twin's tasks", "")?;
    let running = tasks.iter().filter(|t| t.status == "RUNNING");
    if let Some(task) = running.clone().find(|t| t.ipv4.is_some()) {
        return wait(WaitingOn::NotIpv6Only {
            task: task.arn.rsplit('/').next().unwrap_or_default().to_owned(),
            address: task.ipv4.clone().unwrap_or_default(),
        });
    }
    let addressed = running.filter(|t| t.ipv6.is_some()).count() as u32;
    if addressed >= needed {
        return OPEN;
    }
    // The load balancer's reason says more than the scheduler's, where a task came that far.
    let reason =
        unhealthy_reason(view).or_else(|| tasks.iter().rev().find_map(|t| t.stopped.clone()));
    wait(WaitingOn::TasksStarting {
        side: Side::Ipv6,
        running: addressed,
        desired: needed,
        reason,
        overdue: is_overdue(view, twin),
    })
}

/// Enough healthy targets in each target group, and one at least in every zone that has any.
pub(super) fn all_healthy(view: &View<'_>, needed: u32) -> Gate {
    let twin = view.twin()?;
    let overdue = !view.has_traffic() && is_overdue(view, twin);
    for pair in view.pairs()? {
        let group = view.need(&pair.ipv6, "the IPv6 target group", "")?;
        let targets = view.targets(group)?;
        let healthy = targets.iter().filter(|t| t.is_healthy()).count() as u32;
        let short = |zone, healthy, needed| {
            wait(WaitingOn::TargetsUnhealthy {
                side: Side::Ipv6,
                healthy,
                needed,
                zone,
                reason: explain(group, targets),
                overdue,
            })
        };
        if healthy < needed {
            return short(None, healthy, needed);
        }
        if let Some(zone) = dark_zone(targets) {
            return short(Some(zone), 0, 1);
        }
    }
    OPEN
}

/// A zone that has targets, none of them healthy.
fn dark_zone(targets: &[Target]) -> Option<String> {
    let staying = |t: &&Target| t.state != "draining" && t.state != "unused";
    let zones = targets
        .iter()
        .filter(staying)
        .filter_map(|t| t.zone.as_ref());
    let lit = |zone: &String| {
        targets
            .iter()
            .any(|t| t.zone.as_ref() == Some(zone) && t.is_healthy())
    };
    zones.into_iter().find(|z| !lit(z)).cloned()
}

fn unhealthy_reason(view: &View<'_>) -> Option<String> {
    let group = view.seen.pairs.seen()?.first()?.ipv6.seen()?;
    explain(group, group.targets.seen()?)
}

/// AWS's reason, and what it most likely means on IPv6.
fn explain(group: &TargetGroup, targets: &[Target]) -> Option<String> {
    let sick = targets
        .iter()
        .find(|t| !t.is_healthy() && t.reason.is_some())?;
    let code = sick.reason.as_deref()?;
    let likely = match code {
        "Target.FailedHealthChecks" => {
            "the application may listen on 0.0.0.0 only; let it listen on [::]"
        }
        "Target.Timeout" => "a security group or network ACL may lack its IPv6 rules",
        "Target.ResponseCodeMismatch" => {
            "the application answers, but refuses the health check's Host header"
        }
        "Target.NotInUse" => {
            "no route has the target group, or the zone is not enabled on the load balancer"
        }
        "Elb.InitialHealthChecking" | "Elb.RegistrationInProgress" => "just registered",
        _ => return Some(format!("{code} in {}", group.name)),
    };
    Some(format!("{code} in {}: {likely}", group.name))
}

/// By CloudWatch's account, the newest complete minutes since the deployment all had a healthy host.
fn canary(series: &Series, view: &View<'_>, twin: &Service) -> Gate {
    let since = twin.primary().map_or(twin.created_at, |d| d.created_at);
    let end = series.complete_points(view.now);
    let good = (0..end)
        .rev()
        .take_while(|i| {
            series.starts_at(*i) >= since
                && series.points[*i].healthy_ipv6.is_some_and(|n| n >= 1.0)
        })
        .count();
    let proven = series.period * good as u32;
    if proven >= CANARY {
        return OPEN;
    }
    wait(WaitingOn::CanaryProof {
        proven,
        needed: CANARY,
    })
}
