//! What AWS brings about by itself once it has had its time: tasks run, targets pass their checks, what is deleted is gone.
//!
//! What belongs here: the best that can come, and how soon. What must not: metrics (`evidence`), and anything that goes
//! wrong: foresight shows the way that the plan means.

use std::net::Ipv6Addr;

use jiff::SignedDuration;

use super::effects::groups;
use crate::{
    action::Side,
    observation::{Known, Observation, Pair, Rollout, Subnets, Target, TargetGroup, Task},
    plan::Plan,
};

/// From a wish for tasks to their running, and from that to a target that passes: hardly ever sooner. Fargate gives no
/// figure; an image of some hundred megabytes takes about this.
pub(super) const TASKS: SignedDuration = SignedDuration::from_secs(20);
/// Two checks, ten seconds apart.
pub(super) const CHECKS: SignedDuration = SignedDuration::from_secs(10);
/// Until what is stopped or deleted counts no more: ECS takes tasks out of its count before they have ended.
pub(super) const GONE: SignedDuration = SignedDuration::from_secs(1);

/// Both services run what they are to run, and nothing is being deployed any more.
pub(super) fn tasks_run(plan: &Plan, seen: &mut Observation) {
    let at = seen.at;
    let keeps_former = super::in_place::keeps_former(plan, seen);
    for service in [&mut seen.ipv4, &mut seen.twin] {
        let Known::Seen(service) = service else {
            continue;
        };
        service.running = service.desired;
        if keeps_former {
            continue;
        }
        service.deployments.retain(|d| d.primary);
        for deployment in &mut service.deployments {
            if deployment.rollout == Rollout::InProgress {
                deployment.rollout = Rollout::Completed;
                deployment.completed_at = Some(at);
            }
        }
    }
    twin_tasks(plan, seen);
    super::in_place::tasks_run(seen);
    super::tasks::run(plan, seen);
    if plan.is_behind() {
        super::in_place::own_tasks_run(plan, seen);
    } else {
        registered(seen);
    }
}

/// As many tasks of the twin as run, spread over the zones of its subnets.
fn twin_tasks(plan: &Plan, seen: &mut Observation) {
    let Known::Seen(twin) = &seen.twin else {
        return;
    };
    let zones = zones(plan, seen);
    let mut tasks = seen.twin_tasks.seen().cloned().unwrap_or_default();
    tasks.retain(|task| task.status == "RUNNING");
    tasks.truncate(twin.running as usize);
    let (cluster, at) = (twin.arn.replace(":service/", ":task/"), seen.at);
    for number in tasks.len()..twin.running as usize {
        tasks.push(Task {
            arn: format!("{cluster}/{number}"),
            status: "RUNNING".to_owned(),
            zone: zones.get(number % zones.len().max(1)).cloned(),
            started_at: Some(at),
            ipv6: Some(address(number, &tasks)),
            ipv4: None,
            stopped: None,
        });
    }
    seen.twin_tasks = Known::Seen(tasks);
}

/// One of the addresses that are kept for examples (RFC 3849), not taken yet.
pub(super) fn address(number: usize, taken: &[Task]) -> String {
    let of = |n: usize| {
        let last = u128::try_from(n).unwrap_or_default();
        Ipv6Addr::from((0x2001_0db8_u128 << 96) + last).to_string()
    };
    let is_free = |address: &String| taken.iter().all(|t| t.ipv6.as_ref() != Some(address));
    (number + 1..).map(of).find(is_free).unwrap_or_default()
}

/// The zones that the plan's subnets are in; the load balancers' where nobody told.
fn zones(plan: &Plan, seen: &Observation) -> Vec<String> {
    let told = match &seen.subnets {
        Known::Seen(Subnets::Told(told)) => Some(told),
        _ => None,
    };
    let subnets = plan.ipv6.subnets.iter();
    let of = |id| Some(told?.get(id)?.as_ref()?.zone.clone());
    let zones: Vec<String> = subnets.filter_map(of).collect();
    if !zones.is_empty() {
        return zones;
    }
    let balancers = seen.load_balancers.seen().into_iter().flatten();
    balancers.flat_map(|b| b.zones.clone()).collect()
}

/// Running tasks are targets of their groups, and nobody else is.
fn registered(seen: &mut Observation) {
    let tasks = seen.twin_tasks.seen().cloned().unwrap_or_default();
    let running = seen.ipv4.seen().map(|s| s.running as usize);
    let Known::Seen(pairs) = &mut seen.pairs else {
        return;
    };
    for Pair { ipv4, ipv6, .. } in pairs {
        if let (Known::Seen(group), Some(running)) = (ipv4, running)
            && let Known::Seen(targets) = &mut group.targets
        {
            as_many(targets, running);
        }
        if let Known::Seen(group) = ipv6 {
            let old = group.targets.seen().cloned().unwrap_or_default();
            let new = tasks.iter().filter_map(|task| target(task, &old, group));
            group.targets = Known::Seen(new.collect());
        }
    }
}

/// The IPv4 side's tasks are not read one by one: which of its targets go says nothing.
fn as_many(targets: &mut Vec<Target>, running: usize) {
    targets.retain(|t| t.state != "draining");
    targets.truncate(running);
    for number in targets.len()..running {
        let zone = targets.first().and_then(|t| t.zone.clone());
        targets.push(Target {
            zone,
            ..initial(&format!("task {number}"))
        });
    }
}

fn target(task: &Task, old: &[Target], group: &TargetGroup) -> Option<Target> {
    let id = task.ipv6.as_deref()?;
    let known = old.iter().find(|t| t.id == id && t.state != "draining");
    let mut target = known.cloned().unwrap_or_else(|| Target {
        zone: task.zone.clone(),
        ..initial(id)
    });
    if group.load_balancers.is_empty() {
        "unused".clone_into(&mut target.state);
        target.reason = Some("Target.NotInUse".to_owned());
    }
    Some(target)
}

pub(super) fn initial(id: &str) -> Target {
    Target {
        id: id.to_owned(),
        zone: None,
        state: "initial".to_owned(),
        reason: Some("Elb.InitialHealthChecking".to_owned()),
        description: None,
    }
}

/// Targets of groups that a route names pass their checks.
pub(super) fn checks_pass(seen: &mut Observation) {
    for group in groups(seen) {
        let is_checked = !group.load_balancers.is_empty();
        if let Known::Seen(targets) = &mut group.targets {
            for target in targets.iter_mut().filter(|_| is_checked) {
                "healthy".clone_into(&mut target.state);
                (target.reason, target.description) = (None, None);
            }
        }
    }
}

/// What is being deleted is deleted.
pub(super) fn deletions_end(seen: &mut Observation) {
    for service in [&mut seen.ipv4, &mut seen.twin] {
        if service.seen().is_some_and(|s| !s.is_active()) {
            *service = Known::Absent;
        }
    }
    if seen.twin.is_absent() {
        seen.twin_tasks = Known::Absent;
    }
    if seen.ipv4.is_absent() {
        seen.ipv4_task_definition = Known::Absent;
    }
}

/// How many tasks a side is to have.
pub(super) fn desired(seen: &Observation, side: Side) -> u32 {
    let service = match side {
        Side::Ipv4 => &seen.ipv4,
        Side::Ipv6 => &seen.twin,
    };
    let active = service.seen().filter(|s| s.is_active());
    active.map_or(0, |s| s.desired)
}
