//! The ECS service scheduler: rolling deployments, replacement of failed tasks, the circuit breaker, deletion.
//!
//! What belongs here: what a service does to come to what it wants. What must not: what one task goes through.

use std::collections::BTreeSet;

use jiff::SignedDuration;

use super::clock::{Wake, later, seconds};
use super::counted::{is_protected, ready, unhealthy_target};
use super::ecs::{Deployment, Event, Rollout, Service, ServiceStatus};
use super::service_deployments::{self, Status};
use super::tasks::{self, Start, TaskState};
use super::{World, breaker, daemons, fargate, instances, revision, rng};
use crate::Value;

/// AWS starts tasks of a service in small batches.
const STARTS_A_ROUND: i64 = 10;

/// Looks at a service and starts or stops what is due.
pub(crate) fn reconcile(world: &mut World, arn: &str) {
    let Some(service) = world.ecs.services.get(arn) else {
        return;
    };
    match service.status {
        ServiceStatus::Active => roll(world, arn),
        ServiceStatus::Draining => drain(world, arn),
        ServiceStatus::Inactive => {}
    }
}

/// Begins a deployment of the service as its `spec` now is.
pub(crate) fn deploy(world: &mut World, arn: &str, task_definition: &str) {
    let now = world.now();
    let seq = world.next_id();
    let Some(service) = world.ecs.services.get(arn) else {
        return;
    };
    let path = format!("{}/{}", service.cluster, service.name);
    let number = rng::digits(world.seed, "deployment", seq, 19);
    let revision = world.arn("ecs", &format!("service-revision/{path}/{number}"));
    let history_arn = world.arn(
        "ecs",
        &format!(
            "service-deployment/{path}/{}",
            rng::hex(world.seed, "rollout", seq, 21)
        ),
    );
    let settings = revision::carried(&service.spec);
    let from: Vec<String> = service
        .deployments
        .iter()
        .map(|d| d.revision.clone())
        .collect();
    let described = revision::document(world, service, &revision, task_definition);
    world.ecs.revisions.insert(revision.clone(), described);
    let Some(service) = world.ecs.services.get_mut(arn) else {
        return;
    };
    let id = format!("ecs-svc/{number}");
    let made = Deployment {
        reason: format!("ECS deployment {id} in progress."),
        id,
        task_definition: task_definition.to_owned(),
        settings,
        created_at: now,
        updated_at: now,
        rollout: Rollout::InProgress,
        failed_tasks: 0,
        proven: BTreeSet::new(),
        rolls_back: false,
        start_after: now,
        revision,
    };
    service_deployments::begin(service, &made, history_arn, from);
    service.steady = false;
    service.deployments.insert(0, made);
    world.agenda.at(now, Wake::Service(arn.to_owned()));
}

/// Sets how many tasks a service wants.
pub(crate) fn want(world: &mut World, arn: &str, desired: i64) {
    let now = world.now();
    let Some(service) = world.ecs.services.get_mut(arn) else {
        return;
    };
    if service.desired == desired || service.status != ServiceStatus::Active {
        return;
    }
    service.desired = desired;
    service.steady = false;
    let touches = world.ecs.habits.scale_touches_deployment;
    if let Some(primary) = service.deployments.first_mut().filter(|_| touches) {
        primary.updated_at = now;
    }
    world.agenda.at(now, Wake::Service(arn.to_owned()));
}

/// A task's grace is over: stopped and replaced where its target is unhealthy.
pub(crate) fn grace_over(world: &mut World, seq: u64) {
    let Some(task) = world.ecs.tasks.get(&seq).filter(|t| t.wanted) else {
        return;
    };
    let Some((group, port, reason)) = unhealthy_target(world, task) else {
        return;
    };
    let (Some(service), deployment, id) = (
        task.service.clone(),
        task.started_by.clone(),
        task.id.clone(),
    ) else {
        return;
    };
    let address = task
        .place
        .ipv4
        .clone()
        .or(task.place.ipv6.clone())
        .unwrap_or_default();
    let name = world
        .ecs
        .services
        .get(&service)
        .map(|s| s.name.clone())
        .unwrap_or_default();
    tell(
        world,
        &service,
        format!(
            "(service {name}) (instance {address}) (port {port}) is unhealthy in (target-group {group}) due to (reason {reason})"
        ),
    );
    tell(
        world,
        &service,
        format!("(service {name}) has stopped 1 running tasks: (task {id})."),
    );
    tasks::stop(
        world,
        seq,
        "ServiceSchedulerInitiated",
        &format!("Task failed ELB health checks in (target-group {group})"),
    );
    breaker::count_failure(world, &service, &deployment);
    reconcile(world, &service);
}

/// Running and pending counts of a service's tasks, of one deployment or of all.
pub(crate) fn counts(world: &World, service: &Service, deployment: Option<&str>) -> (i64, i64) {
    let mut counts = (0, 0);
    for task in service.tasks.iter().filter_map(|t| world.ecs.tasks.get(t)) {
        if deployment.is_some_and(|d| d != task.started_by) {
            continue;
        }
        match task.state {
            TaskState::Running => counts.0 += 1,
            TaskState::Provisioning | TaskState::Pending => counts.1 += 1,
            _ => {}
        }
    }
    counts
}

/// Adds a line to a service's events.
pub(crate) fn tell(world: &mut World, arn: &str, message: String) {
    let now = world.now();
    let seq = world.next_id();
    let id = rng::uuid(world.seed, "event", seq);
    let Some(service) = world.ecs.services.get_mut(arn) else {
        return;
    };
    service.events.push_front(Event {
        id,
        at: now,
        message,
    });
    service.events.truncate(100);
}

fn roll(world: &mut World, arn: &str) {
    service_deployments::proceed(world, arn);
    daemons::count(world, arn);
    let Some(service) = world.ecs.services.get(arn) else {
        return;
    };
    let Some(primary) = service.primary() else {
        return;
    };
    let now = world.now();
    let desired = service.desired;
    let primary_id = primary.id.clone();
    let live: Vec<(u64, bool, bool)> = service
        .tasks
        .iter()
        .filter_map(|t| world.ecs.tasks.get(t))
        .filter(|t| t.wanted)
        .map(|t| (t.seq, t.started_by == primary.id, ready(world, t)))
        .collect();
    let configuration = service.spec.get("deploymentConfiguration");
    let maximum = desired * configuration.get("maximumPercent").as_i64().unwrap_or(200) / 100;
    let minimum = (desired
        * configuration
            .get("minimumHealthyPercent")
            .as_i64()
            .unwrap_or(100)
        + 99)
        / 100;
    let of_primary: Vec<u64> = live.iter().filter(|t| t.1).map(|t| t.0).collect();
    let old: Vec<(u64, bool)> = live.iter().filter(|t| !t.1).map(|t| (t.0, t.2)).collect();
    let room = if old.is_empty() {
        i64::MAX
    } else {
        maximum - live.len() as i64
    };
    let missing = (desired - of_primary.len() as i64)
        .min(room)
        .min(STARTS_A_ROUND);
    let may_start = primary.rollout != Rollout::Failed && now >= primary.start_after;
    let wake_at = primary.start_after;
    let surplus = of_primary.len() as i64 - desired;
    let ready_count = live.iter().filter(|t| t.2).count() as i64;
    let all_ready = live.iter().filter(|t| t.1 && t.2).count() as i64 == desired && surplus == 0;

    let healthy: Vec<u64> = live.iter().filter(|t| t.1 && t.2).map(|t| t.0).collect();
    if let Some(service) = world.ecs.services.get_mut(arn) {
        breaker::note_healthy(service, &primary_id, &healthy);
    }
    if missing > 0 && may_start {
        start_some(world, arn, missing);
        if desired - of_primary.len() as i64 > missing {
            world.agenda.at(
                later(now, SignedDuration::from_secs(3)),
                Wake::Service(arn.to_owned()),
            );
        }
    } else if missing > 0 && now < wake_at {
        world.agenda.at(wake_at, Wake::Service(arn.to_owned()));
    }
    if surplus > 0 {
        let newest: Vec<u64> = of_primary
            .iter()
            .rev()
            .filter(|seq| !is_protected(world, **seq))
            .take(surplus as usize)
            .copied()
            .collect();
        stop_some(world, arn, &newest);
    }
    // Old tasks that are not ready may go at once; ready ones only as far as the minimum allows.
    let mut spare = ready_count - minimum;
    let mut leaving = Vec::new();
    let free = old.iter().copied();
    for (seq, is_ready) in free.filter(|t| !is_protected(world, t.0)) {
        if !is_ready {
            leaving.push(seq);
        } else if spare > 0 {
            spare -= 1;
            leaving.push(seq);
        }
    }
    if !leaving.is_empty() {
        stop_some(world, arn, &leaving);
    }
    if all_ready && old.len() == leaving.len() {
        complete(world, arn);
    }
}

/// The target groups of VPC Lattice that a deployment's tasks go into, the port that each is asked on, and the container that
/// listens there: the one whose port mapping has the name.
fn lattice_ports(world: &World, definition: &str, settings: &Value) -> Vec<(String, i64, String)> {
    let definition = world.ecs.task_definition(definition);
    let containers = definition.map_or(&[][..], |d| d.given.get("containerDefinitions").items());
    let wanted = settings.get("vpcLatticeConfigurations").items().iter();
    let of = |c: &Value| {
        let name = c.get("portName").as_str()?;
        containers.iter().find_map(|container| {
            let mut ports = container.get("portMappings").items().iter();
            let port = ports.find(|p| p.get("name").as_str() == Some(name))?;
            Some((
                c.get("targetGroupArn").as_str()?.to_owned(),
                port.get("containerPort").as_i64()?,
                container.get("name").as_str()?.to_owned(),
            ))
        })
    };
    wanted.filter_map(of).collect()
}

fn start_some(world: &mut World, arn: &str, count: i64) {
    let Some(service) = world.ecs.services.get(arn) else {
        return;
    };
    let Some(primary) = service.primary() else {
        return;
    };
    let balancers = primary.settings.get("loadBalancers").items();
    let mut target_groups: Vec<(String, i64)> = balancers
        .iter()
        .filter_map(|b| {
            Some((
                b.get("targetGroupArn").as_str()?.to_owned(),
                b.get("containerPort").as_i64()?,
            ))
        })
        .collect();
    let of_lattice = lattice_ports(world, &primary.task_definition, &primary.settings);
    target_groups.extend(
        of_lattice
            .iter()
            .map(|(group, port, _)| (group.clone(), *port)),
    );
    let start = Start {
        cluster: service.cluster.clone(),
        group: format!("service:{}", service.name),
        service: Some(arn.to_owned()),
        started_by: primary.id.clone(),
        task_definition: primary.task_definition.clone(),
        launch_type: service
            .spec
            .get("launchType")
            .as_str()
            .unwrap_or("FARGATE")
            .to_owned(),
        provider: None,
        instance: None,
        subnets: primary
            .settings
            .get("networkConfiguration")
            .get("awsvpcConfiguration")
            .get("subnets")
            .strings(),
        security_groups: primary
            .settings
            .get("networkConfiguration")
            .get("awsvpcConfiguration")
            .get("securityGroups")
            .strings(),
        target_groups,
        container: balancers
            .first()
            .and_then(|b| b.get("containerName").as_str())
            .map(str::to_owned)
            .or_else(|| {
                of_lattice
                    .into_iter()
                    .next()
                    .map(|(.., container)| container)
            }),
        overrides: Value::Null,
        exec: service.spec.get("enableExecuteCommand").as_bool() == Some(true),
        tags: carried_tags(world, service, &primary.task_definition),
    };
    let (name, deployment) = (service.name.clone(), primary.id.clone());
    let strategy = service
        .spec
        .get("capacityProviderStrategy")
        .items()
        .to_vec();
    let mut ids = Vec::new();
    for _ in 0..count {
        let provider = fargate::next_of(world, arn, &strategy);
        let start = Start {
            provider,
            ..start.clone()
        };
        if !fargate::has_room(world, start.takes(world)) {
            let why = fargate::NO_ROOM;
            let message = format!("(service {name}) was unable to place a task. Reason: {why}");
            tell(world, arn, message);
            breaker::count_failure(world, arn, &deployment);
            break;
        }
        let start = match daemons::on_instance(world, arn, start) {
            Ok(start) => start,
            Err(closest) => {
                let why = instances::told(closest);
                let message = format!("(service {name}) was unable to place a task {why}");
                tell(world, arn, message);
                breaker::count_failure(world, arn, &deployment);
                break;
            }
        };
        let seq = tasks::start(world, start);
        let task = world.ecs.tasks.get(&seq);
        ids.extend(task.map(|t| format!("(task {})", t.id)));
    }
    if ids.is_empty() {
        return;
    }
    let (count, ids) = (ids.len(), ids.join(" "));
    let message = format!("(service {name}) has started {count} tasks: {ids}.");
    tell(world, arn, message);
    if let Some(service) = world.ecs.services.get_mut(arn) {
        service.steady = false;
    }
}

/// The tags that a service hands on to its tasks.
fn carried_tags(world: &World, service: &Service, definition: &str) -> Vec<(String, String)> {
    match service.spec.get("propagateTags").as_str() {
        Some("SERVICE") => service.tags.clone(),
        Some("TASK_DEFINITION") => {
            let definition = world.ecs.task_definition(definition);
            definition.map(|d| d.tags.clone()).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

/// Stops tasks of a service, and says so.
pub(crate) fn stop_some(world: &mut World, arn: &str, which: &[u64]) {
    let Some(service) = world.ecs.services.get_mut(arn) else {
        return;
    };
    service.steady = false;
    let (name, deployment) = (
        service.name.clone(),
        service
            .deployments
            .first()
            .map(|d| d.id.clone())
            .unwrap_or_default(),
    );
    let ids: Vec<String> = which
        .iter()
        .filter_map(|t| world.ecs.tasks.get(t))
        .map(|t| format!("(task {})", t.id))
        .collect();
    tell(
        world,
        arn,
        format!(
            "(service {name}) has stopped {} running tasks: {}.",
            which.len(),
            ids.join(" ")
        ),
    );
    for seq in which {
        let reason = format!("Scaling activity initiated by (deployment {deployment})");
        tasks::stop(world, *seq, "ServiceSchedulerInitiated", &reason);
    }
}

fn complete(world: &mut World, arn: &str) {
    let now = world.now();
    let Some(service) = world.ecs.services.get_mut(arn) else {
        return;
    };
    let name = service.name.clone();
    let (mut lines, mut ended) = (Vec::new(), None);
    service.deployments.truncate(1);
    if let Some(primary) = service
        .deployments
        .first_mut()
        .filter(|d| d.rollout == Rollout::InProgress)
    {
        primary.rollout = Rollout::Completed;
        primary.updated_at = now;
        primary.reason = format!("ECS deployment {} completed.", primary.id);
        lines.push(format!(
            "(service {name}) (deployment {}) deployment completed.",
            primary.id
        ));
        let status = if primary.rolls_back {
            Status::RollbackSuccessful
        } else {
            Status::Successful
        };
        ended = Some((primary.id.clone(), status));
    }
    if !service.steady {
        service.steady = true;
        lines.push(format!("(service {name}) has reached a steady state."));
    }
    if let Some((id, status)) = ended {
        service_deployments::finish(world, arn, &id, status, None);
    }
    for line in lines {
        tell(world, arn, line);
    }
}

fn drain(world: &mut World, arn: &str) {
    let Some(service) = world.ecs.services.get(arn) else {
        return;
    };
    let live: Vec<u64> = service
        .tasks
        .iter()
        .copied()
        .filter(|t| world.ecs.tasks.get(t).is_some_and(|t| t.wanted))
        .collect();
    let left = service
        .tasks
        .iter()
        .filter_map(|t| world.ecs.tasks.get(t))
        .any(|t| t.state != TaskState::Stopped);
    if !live.is_empty() {
        return stop_some(world, arn, &live);
    }
    if !left {
        leave(world, arn);
    }
}

/// A service without tasks goes away, some minutes later.
fn leave(world: &mut World, arn: &str) {
    let (now, seed) = (world.now(), world.seed);
    let Some(service) = world.ecs.services.get_mut(arn) else {
        return;
    };
    let wait = || {
        seconds(rng::between(
            seed,
            &service.name,
            now.as_second() as u64,
            60.0,
            240.0,
        ))
    };
    let due = service.gone_at.unwrap_or_else(|| later(now, wait()));
    service.gone_at = Some(due);
    if due > now {
        return world.agenda.at(due, Wake::Service(arn.to_owned()));
    }
    service.status = ServiceStatus::Inactive;
    service.deployments.clear();
}
