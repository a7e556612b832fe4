//! Proven at weight 0: a canary without IPv4, healthy by the load balancer's and by CloudWatch's account, then full size.

use std::{collections::BTreeSet, time::Duration};

use jiff::{SignedDuration, Timestamp};

use super::{Gate, OPEN, act, footing, is_full, probe, view::View, wait};
use crate::{
    action::{Action, Side},
    evidence::{Point, Series},
    observation::{Service, Target, TargetGroup, Task},
    share::Share,
    status::WaitingOn,
    twin,
};

/// How long CloudWatch must have seen the canary healthy.
pub(super) const CANARY: Duration = Duration::from_secs(180);
/// A twin that is not healthy after this long will not become so by waiting.
const OVERDUE: SignedDuration = SignedDuration::from_mins(15);

/// The twin is there, whole, and healthy.
pub(super) fn warm(view: &View<'_>) -> Gate {
    if view.is_retired() {
        return OPEN;
    }
    let (ipv4, twin) = (view.ipv4()?, view.twin()?);
    if view.has_traffic() || view.applied() > Some(Share::NONE) {
        // Once IPv4 was made cold the twin's size is its own, by its own scaling.
        if view.strength().is_none_or(|s| !s.cold) {
            grow(view, twin, ipv4.desired)?;
        }
        probe::gone(view)?;
        return deploys_alike(view, ipv4, twin);
    }
    grow(view, twin, 1)?;
    tasks(view, twin, 1)?;
    all_healthy(view, 1)?;
    canary(view.recent()?, view, twin)?;
    grow(view, twin, ipv4.desired)?;
    tasks(view, twin, twin.desired)?;
    all_healthy(view, twin.desired)?;
    zone_by_zone(view)?;
    probe::proven(view)?;
    deploys_alike(view, ipv4, twin)
}

/// Once it was healthy, the twin deploys as the original does: circuit breaker and alarms included.
pub(super) fn deploys_alike(view: &View<'_>, ipv4: &Service, twin: &Service) -> Gate {
    if twin::is_deployed_alike(&ipv4.deployment, &twin.deployment) {
        return OPEN;
    }
    act(Action::CopyDeployment {
        cluster: view.plan.service.cluster.clone(),
        service: twin.name.clone(),
        settings: twin::deployment(&ipv4.deployment, true),
    })
}

/// The twin is at least as large as asked.
pub(super) fn grow(view: &View<'_>, twin: &Service, to: u32) -> Gate {
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

pub(super) fn is_overdue(view: &View<'_>, twin: &Service) -> bool {
    let late = |since| view.now.duration_since(since) > OVERDUE;
    // A twin that was scaled up only now starts anew; failing tasks touch the deployment too, but are no progress.
    twin.primary()
        .is_some_and(|d| late(d.created_at) && (late(d.updated_at) || d.failed_tasks > 0))
}

/// Enough tasks run, each with an IPv6 address and no IPv4 one.
pub(super) fn tasks(view: &View<'_>, twin: &Service, needed: u32) -> Gate {
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
        let healthy = footing::healthy_of(targets);
        let short = |zone, healthy, needed| {
            wait(WaitingOn::TargetsUnhealthy {
                side: Side::Ipv6,
                healthy,
                needed,
                zone,
                reason: explain(group, targets),
                overdue: overdue && !are_new(targets, twin),
            })
        };
        if healthy < needed {
            return short(None, healthy, needed);
        }
        if let Some(zone) = dark_zone(targets, view.seen.twin_tasks.seen()) {
            return short(Some(zone), 0, 1);
        }
    }
    OPEN
}

/// Whoever is not healthy is being checked for the first time, as after a route got the target group back; a twin whose tasks
/// fail again and again has new ones, too.
fn are_new(targets: &[Target], twin: &Service) -> bool {
    let mut short = targets.iter().filter(|t| !t.is_healthy()).peekable();
    let fails = twin.primary().is_some_and(|d| d.failed_tasks > 0);
    !fails && short.peek().is_some() && short.all(|t| t.state == "initial")
}

/// The healthy targets of the weakest IPv6 target group, of how many; `None` where no targets were read.
pub(super) fn weakest(view: &View<'_>) -> Option<(u32, u32)> {
    let pairs = view.seen.pairs.seen()?;
    let groups = pairs.iter().filter_map(|pair| pair.ipv6.seen());
    let targets = groups.filter_map(|group| group.targets.seen());
    targets
        .map(|all| (footing::healthy_of(all), all.len() as u32))
        .min()
}

/// With cross-zone load balancing off, a load balancer node sends to targets of its own zone only: each zone that IPv4
/// serves needs one on IPv6.
pub(super) fn zone_by_zone(view: &View<'_>) -> Gate {
    let zones = |group: Option<&TargetGroup>| {
        let targets = group.and_then(|g| g.targets.seen()).into_iter().flatten();
        let healthy = targets.filter(|t| t.is_healthy());
        healthy
            .filter_map(|t| named(t.zone.as_ref()).cloned())
            .collect::<BTreeSet<String>>()
    };
    for pair in view.pairs()? {
        let group = view.need(&pair.ipv6, "the IPv6 target group", "")?;
        if !group.is_zone_by_zone() {
            continue;
        }
        view.targets(group)?;
        let served = zones(Some(group));
        if let Some(zone) = zones(pair.ipv4.seen()).difference(&served).next() {
            return wait(WaitingOn::TargetsUnhealthy {
                side: Side::Ipv6,
                healthy: 0,
                needed: 1,
                zone: Some(zone.clone()),
                reason: Some(APART.to_owned()),
                overdue: false,
            });
        }
    }
    OPEN
}

const APART: &str = "cross-zone load balancing is off, so each zone that IPv4 serves needs a target of its own; give a subnet there";

/// `all` is what AWS may say of a target while cross-zone load balancing is on.
fn named(zone: Option<&String>) -> Option<&String> {
    zone.filter(|z| *z != "all")
}

/// A zone that has targets, none of them healthy. Where AWS does not say a target's zone, its task's counts.
pub(super) fn dark_zone(targets: &[Target], tasks: Option<&Vec<Task>>) -> Option<String> {
    let of_task = |target: &Target| {
        let mut tasks = tasks.into_iter().flatten();
        let task = tasks.find(|t| t.ipv6.as_deref() == Some(target.id.as_str()))?;
        task.zone.clone()
    };
    let zone = |target: &Target| {
        named(target.zone.as_ref())
            .cloned()
            .or_else(|| of_task(target))
    };
    let staying = targets
        .iter()
        .filter(|t| t.state != "draining" && t.state != "unused");
    let lit: BTreeSet<String> = targets
        .iter()
        .filter(|t| t.is_healthy())
        .filter_map(zone)
        .collect();
    staying.filter_map(zone).find(|z| !lit.contains(z))
}

fn unhealthy_reason(view: &View<'_>) -> Option<String> {
    let group = view.seen.pairs.seen()?.first()?.ipv6.seen()?;
    explain(group, group.targets.seen()?)
}

/// AWS's reason, and what it most likely means on IPv6.
fn explain(group: &TargetGroup, targets: &[Target]) -> Option<String> {
    let code = reason(targets)?;
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
        _ => return reason_in(group, targets),
    };
    Some(format!("{code} in {}: {likely}", group.name))
}

/// AWS's reason why a target is not healthy. Who fails says more than who comes or goes.
fn reason(targets: &[Target]) -> Option<&str> {
    let told = targets
        .iter()
        .filter(|t| !t.is_healthy() && t.reason.is_some());
    let passing = |t: &&Target| matches!(t.state.as_str(), "initial" | "draining" | "unused");
    told.min_by_key(passing)?.reason.as_deref()
}

/// AWS's reason where a target of the team's own group is not healthy.
pub(super) fn reason_in(group: &TargetGroup, targets: &[Target]) -> Option<String> {
    reason(targets).map(|code| format!("{code} in {}", group.name))
}

/// By CloudWatch's account, the newest complete minutes since the deployment all had a healthy host. Where it has nothing
/// to tell, because no client comes to the load balancer, by ECS's and the target group's.
fn canary(series: &Series, view: &View<'_>, twin: &Service) -> Gate {
    let since = twin.primary().map_or(twin.created_at, |d| d.created_at);
    let end = series.complete_points(view.now);
    let good = (0..end)
        .rev()
        .take_while(|i| {
            series.starts_at(*i) >= since
                && series
                    .get(*i)
                    .is_some_and(|p| p.healthy_ipv6.is_some_and(|n| n >= 1.0))
        })
        .count();
    let proven = series.period * good as u32;
    if proven >= CANARY {
        return OPEN;
    }
    let Some(stood) = stood_while_idle(series, since, view) else {
        return wait(WaitingOn::CanaryProof {
            proven,
            needed: CANARY,
            idle: false,
        });
    };
    if stood < CANARY {
        return wait(WaitingOn::CanaryProof {
            proven: stood,
            needed: CANARY,
            idle: true,
        });
    }
    // The target is healthy, as just asked, only if it was read now.
    if is_full(view.seen) {
        OPEN
    } else {
        wait(WaitingOn::CloserLook)
    }
}

/// For how long the canary has stood, where nothing at all was reported since the deployment, or no host is counted: ECS stops a task whose target
/// is unhealthy, so one that is healthy now and as old as that has been so.
fn stood_while_idle(series: &Series, since: Timestamp, view: &View<'_>) -> Option<Duration> {
    let end = series.complete_points(view.now);
    let told = series.last(CANARY, view.now);
    let first = end.checked_sub(told.len())?;
    let is_since = !told.is_empty() && series.starts_at(first) >= since;
    let is_silent = |p: &Point| !p.counts_hosts() || !p.is_reported() && p.elb_requests.is_none();
    if !is_since || !told.iter().all(is_silent) {
        return None;
    }
    let tasks = view.seen.twin_tasks.seen()?;
    let running = tasks.iter().filter(|t| t.status == "RUNNING");
    let healthy = running.filter(|t| t.ipv6.as_deref().is_some_and(|ip| is_healthy(view, ip)));
    let oldest = healthy.filter_map(|t| t.started_at).min()?;
    Duration::try_from(view.now.duration_since(oldest)).ok()
}

/// In every target group of the twin.
fn is_healthy(view: &View<'_>, address: &str) -> bool {
    let mut pairs = view.seen.pairs.seen().into_iter().flatten();
    pairs.all(|pair| {
        let targets = pair.ipv6.seen().and_then(|g| g.targets.seen());
        let mut targets = targets.into_iter().flatten();
        targets.any(|t| t.id == address && t.is_healthy())
    })
}
