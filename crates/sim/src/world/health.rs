//! Targets of target groups: registered, checked, unhealthy, draining, gone.
//!
//! What belongs here: the course of a target's state. What must not: routing of requests, or what ECS does about it.

use std::collections::{BTreeMap, BTreeSet};

use super::behaviour::Family;
use super::clock::{Wake, later, seconds};
use super::elb::{Target, TargetGroup, TargetState, forwarded};
use super::lattice::Group;
use super::tasks::{Task, TaskState, address_by_family};
use super::{World, admission, rng, scheduler, ties};

/// Registers a task's address of the target group's family. A task without one is not registered.
pub(crate) fn register_task(world: &mut World, group: &str, task: &Task, port: i64) {
    let Some(family) = world.pool(group).map(|g| g.family) else {
        return;
    };
    let Some(address) = address_by_family(task)(family) else {
        return;
    };
    register(world, group, &address, port, Some(task.place.zone.clone()));
}

/// Registers an address; the task behind it, where there is one, is found by the address.
pub(crate) fn register(
    world: &mut World,
    group: &str,
    address: &str,
    port: i64,
    zone: Option<String>,
) {
    let now = world.now();
    let behind = world.ecs.tasks.values().rev().find(|t| {
        t.state == TaskState::Running
            && (t.place.ipv4.as_deref() == Some(address)
                || t.place.ipv6.as_deref() == Some(address))
    });
    let (task, image) = behind.map_or((None, None), |t| (Some(t.seq), t.image.clone()));
    let zone = zone.or_else(|| behind.map(|t| t.place.zone.clone()));
    settle_group(world, group);
    let Some(found) = world.pool_mut(group) else {
        return;
    };
    let epoch = found
        .targets
        .iter()
        .find(|t| t.id == address && t.port == port)
        .map_or(0, |t| t.epoch + 1);
    if found
        .target(address, port)
        .is_some_and(|t| t.state != TargetState::Draining)
    {
        return;
    }
    found.targets.retain(|t| t.id != address || t.port != port);
    found.targets.push(Target {
        id: address.to_owned(),
        port,
        zone,
        state: TargetState::Unused,
        reason: "Target.NotInUse",
        description: NOT_IN_USE.to_owned(),
        task,
        image,
        epoch,
        registered_at: now,
    });
    refresh_target(world, group, address, port);
}

/// Takes a task's target out; gives the seconds that it drains.
pub(crate) fn deregister(
    world: &mut World,
    group: &str,
    address: &impl Fn(Family) -> Option<String>,
    port: i64,
) -> i64 {
    let Some(family) = world.pool(group).map(|g| g.family) else {
        return 0;
    };
    address(family).map_or(0, |address| {
        deregister_address(world, group, &address, port)
    })
}

/// Takes an address out; gives the seconds that it drains.
pub(crate) fn deregister_address(world: &mut World, group: &str, address: &str, port: i64) -> i64 {
    settle_group(world, group);
    let now = world.now();
    let Some(found) = world.pool_mut(group) else {
        return 0;
    };
    let drain = found.drain_seconds();
    let Some(target) = found
        .targets
        .iter_mut()
        .find(|t| t.id == address && t.port == port)
    else {
        return 0;
    };
    let was = target.state;
    match was {
        TargetState::Draining => return 0,
        TargetState::Unused => {
            found.targets.retain(|t| t.id != address || t.port != port);
            return 0;
        }
        TargetState::Initial | TargetState::Healthy | TargetState::Unhealthy => {}
    }
    change(
        target,
        TargetState::Draining,
        "Target.DeregistrationInProgress",
        "Target deregistration is in progress",
    );
    let wake = Wake::Target {
        group: group.to_owned(),
        id: address.to_owned(),
        port,
        epoch: target.epoch,
    };
    world.agenda.at(later(now, seconds(drain as f64)), wake);
    drain
}

/// A check has come to its result, or draining is over.
pub(crate) fn advance(world: &mut World, group: &str, id: &str, port: i64, epoch: u64) {
    settle_group(world, group);
    let now = world.now();
    let Some(found) = world.pool(group) else {
        return;
    };
    let Some(target) = found.target(id, port).filter(|t| t.epoch == epoch) else {
        return;
    };
    let (task, outcome) = (target.task, outcome(world, found, target));
    let Some(found) = world.pool_mut(group) else {
        return;
    };
    let Some(target) = found
        .targets
        .iter_mut()
        .find(|t| t.id == id && t.port == port)
    else {
        return;
    };
    match target.state {
        TargetState::Draining => {
            found.targets.retain(|t| t.id != id || t.port != port);
            return;
        }
        TargetState::Initial => match outcome {
            Outcome::Passes => change(target, TargetState::Healthy, "", ""),
            Outcome::Refused | Outcome::NoAnswer => fail(target, &outcome),
        },
        TargetState::Healthy => match outcome {
            Outcome::Passes => return,
            Outcome::Refused | Outcome::NoAnswer => fail(target, &outcome),
        },
        TargetState::Unhealthy | TargetState::Unused => return,
    }
    let unhealthy = target.state == TargetState::Unhealthy;
    let Some(task) = task else { return };
    let Some((service, started)) = world
        .ecs
        .tasks
        .get(&task)
        .and_then(|t| Some((t.service.clone()?, t.started_at.unwrap_or(now))))
    else {
        return;
    };
    if unhealthy {
        let grace = world
            .ecs
            .services
            .get(&service)
            .and_then(|s| s.spec.get("healthCheckGracePeriodSeconds").as_i64())
            .unwrap_or(0);
        let when = later(started, seconds(grace as f64)).max(now);
        world.agenda.at(when, Wake::Grace(task));
    }
    scheduler::reconcile(world, &service);
}

fn fail(target: &mut Target, outcome: &Outcome) {
    let (reason, description) = match outcome {
        Outcome::NoAnswer => ("Target.Timeout", "Request timed out"),
        Outcome::Passes | Outcome::Refused => ("Target.FailedHealthChecks", "Health checks failed"),
    };
    change(target, TargetState::Unhealthy, reason, description);
}

/// After the network changed: healthy targets that are not reached any more are found out by as many checks as the group asks
/// for.
pub(crate) fn network_changed(world: &mut World) {
    check_again(world, |world, group, target| {
        matches!(outcome(world, group, target), Outcome::NoAnswer)
    });
}

/// After what an image does changed: its healthy targets are told apart by as many checks as the group asks for.
pub(crate) fn code_changed(world: &mut World, image: &str) {
    check_again(world, |_, _, target| target.image.as_deref() == Some(image));
}

/// Healthy targets that are concerned meet as many checks as their group asks for.
fn check_again(world: &mut World, concerns: impl Fn(&World, &TargetGroup, &Target) -> bool) {
    let (now, mut wakes) = (world.now(), Vec::new());
    for group in world.pools() {
        let interval = group.number("HealthCheckIntervalSeconds", 30);
        let checks = (interval * group.number("UnhealthyThresholdCount", 2)) as f64;
        let targets = group.targets.iter();
        for target in targets.filter(|t| t.state == TargetState::Healthy) {
            if concerns(world, group, target) {
                // Each target is checked at a moment of its own.
                let spread = rng::unit(world.seed, &target.id, target.epoch) * interval as f64;
                wakes.push((later(now, seconds(checks + spread)), wake_of(group, target)));
            }
        }
    }
    for (at, wake) in wakes {
        world.agenda.at(at, wake);
    }
}

fn wake_of(group: &TargetGroup, target: &Target) -> Wake {
    Wake::Target {
        group: group.arn.clone(),
        id: target.id.clone(),
        port: target.port,
        epoch: target.epoch,
    }
}

/// After listeners, rules or zones changed: which load balancers use which target groups, and what that makes of targets.
pub(crate) fn routes_changed(world: &mut World) {
    world.elb.version += 1;
    let mut used: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for rule in world.elb.rules.values() {
        let Some(listener) = world.elb.listeners.get(&rule.listener) else {
            continue;
        };
        for (group, _) in forwarded(&rule.actions) {
            used.entry(group)
                .or_default()
                .insert(listener.load_balancer.clone());
        }
    }
    let mut affected = Vec::new();
    for (arn, group) in &mut world.elb.target_groups {
        let now_used = used.remove(arn).unwrap_or_default();
        if group.load_balancers != now_used {
            group.load_balancers = now_used;
            affected.extend(
                group
                    .targets
                    .iter()
                    .map(|t| (arn.clone(), t.id.clone(), t.port)),
            );
        }
    }
    for (group, id, port) in affected {
        refresh_target(world, &group, &id, port);
    }
    let now = world.now();
    world.agenda.at(now, Wake::Script);
}

/// A target group is used by others than before: what that makes of its targets.
pub(crate) fn used_otherwise(world: &mut World, group: &str) {
    let targets = world.pool(group).map(|g| g.targets.clone());
    for target in targets.unwrap_or_default() {
        refresh_target(world, group, &target.id, target.port);
    }
}

const NOT_IN_USE: &str = "Target group is not configured to receive traffic from the load balancer";

enum Outcome {
    Passes,
    Refused,
    NoAnswer,
}

fn outcome(world: &World, group: &TargetGroup, target: &Target) -> Outcome {
    let behind = target.task.and_then(|t| world.ecs.tasks.get(&t));
    let Some(task) = behind.filter(|t| t.state <= TaskState::Deactivating) else {
        return Outcome::NoAnswer;
    };
    if world.lost_zones.contains(&task.place.zone) {
        return Outcome::NoAnswer;
    }
    if !admission::admits(world, task, group, target.port) || lacks_address(world, task, group) {
        return Outcome::NoAnswer;
    }
    let app = target.image.as_ref().and_then(|i| world.behaviours.get(i));
    if app.is_none_or(|b| b.on(group.family).listens) {
        Outcome::Passes
    } else {
        Outcome::Refused
    }
}

/// Whether the task's interfaces have no address of the group's family, by its own settings.
fn lacks_address(world: &World, task: &Task, group: &TargetGroup) -> bool {
    let definition = world.ecs.task_definition(&task.task_definition);
    let containers = definition.map(|d| d.given.get("containerDefinitions").items());
    group.family == Family::V6 && ties::of(containers.unwrap_or_default()).interfaces
}

/// Moves a target between unused and checked, as its group's use and its zone want.
fn refresh_target(world: &mut World, group: &str, id: &str, port: i64) {
    let now = world.now();
    let Some(found) = world.pool(group) else {
        return;
    };
    let Some(target) = found.target(id, port) else {
        return;
    };
    let of_lattice = world.lattice.groups.get(group);
    let zones: Vec<&str> = found
        .load_balancers
        .iter()
        .filter_map(|lb| world.elb.load_balancers.get(lb))
        .flat_map(|lb| lb.zones.iter().map(|(zone, _)| zone.as_str()))
        .collect();
    // VPC Lattice is in every zone.
    let enabled = of_lattice.is_some()
        || target
            .zone
            .as_deref()
            .is_none_or(|zone| zones.contains(&zone));
    let used = !found.load_balancers.is_empty();
    let is_checked = of_lattice.is_none_or(Group::is_checked);
    let checks = seconds(match outcome(world, found, target) {
        Outcome::Passes => first_check(
            world,
            target,
            found.number("HealthCheckIntervalSeconds", 30),
        ),
        Outcome::Refused | Outcome::NoAnswer => {
            let interval = found.number("HealthCheckIntervalSeconds", 30);
            (interval * found.number("UnhealthyThresholdCount", 2)) as f64 + 3.0
        }
    });
    let Some(found) = world.pool_mut(group) else {
        return;
    };
    let Some(target) = found
        .targets
        .iter_mut()
        .find(|t| t.id == id && t.port == port)
    else {
        return;
    };
    match (used && enabled, target.state) {
        (false, TargetState::Draining)
        | (
            true,
            TargetState::Initial
            | TargetState::Healthy
            | TargetState::Unhealthy
            | TargetState::Draining,
        ) => {}
        (false, _) => {
            let why = if used {
                "Target is in an Availability Zone that is not enabled for the load balancer"
            } else {
                NOT_IN_USE
            };
            change(target, TargetState::Unused, "Target.NotInUse", why);
        }
        // Nobody looks, so each is asked.
        (true, TargetState::Unused) if !is_checked => {
            change(target, TargetState::Healthy, "", "");
        }
        (true, TargetState::Unused) => {
            change(
                target,
                TargetState::Initial,
                "Elb.RegistrationInProgress",
                "Target registration is in progress",
            );
            let wake = Wake::Target {
                group: group.to_owned(),
                id: id.to_owned(),
                port,
                epoch: target.epoch,
            };
            world.agenda.at(later(now, checks), wake);
        }
    }
}

fn first_check(world: &World, target: &Target, interval: i64) -> f64 {
    let spread = rng::unit(world.seed, &target.id, target.epoch);
    4.0 + spread * interval as f64
}

fn change(target: &mut Target, state: TargetState, reason: &'static str, description: &str) {
    target.state = state;
    target.reason = reason;
    description.clone_into(&mut target.description);
    target.epoch += 1;
}

fn settle_group(world: &mut World, group: &str) {
    let users: Vec<String> = world
        .pool(group)
        .map(|g| g.load_balancers.iter().cloned().collect())
        .unwrap_or_default();
    for lb in users {
        world.settle(&lb);
    }
}
