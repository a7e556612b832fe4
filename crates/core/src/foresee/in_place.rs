//! What the next look shows after a call on a service that is moved in place, and how that is told.
//!
//! What must not be here: the way back, which foresight never goes: what a revision says is not seen.

use jiff::{SignedDuration, Timestamp};

use super::{change::Change, effects, elapse, resource::Resource};
use crate::{
    action::{InPlace, InPlaceCall},
    observation::{DerivedTask, Known, Observation, OwnTask, Target, TargetGroup, Task},
    plan::Plan,
};

/// Changes what was seen as AWS would.
pub(super) fn apply(act: &InPlace, seen: &mut Observation) {
    let at = seen.at;
    match &act.call {
        InPlaceCall::RunTask {
            task_definition,
            started_by,
            ..
        } => {
            let mut tasks = seen.derived_tasks.seen().cloned().unwrap_or_default();
            tasks.push(begun(task_definition, started_by, tasks.len(), at));
            seen.derived_tasks = Known::Seen(tasks);
        }
        InPlaceCall::StopTask { task, .. } => {
            if let Known::Seen(tasks) = &mut seen.derived_tasks {
                tasks.retain(|t| t.task.arn != *task);
            }
        }
        InPlaceCall::Swap {
            task_definition,
            subnets,
            security_groups,
            target_groups,
            ..
        } => {
            if let Known::Seen(service) = &mut seen.ipv4 {
                for entry in &mut service.load_balancers {
                    let other = entry
                        .target_group
                        .as_ref()
                        .and_then(|arn| target_groups.get(arn));
                    if let Some(other) = other {
                        entry.target_group = Some(other.clone());
                    }
                }
                service.subnets.clone_from(subnets);
                service.security_groups.clone_from(security_groups);
                // ECS Exec is not there on IPv6 alone.
                service.exec = false;
                effects::deploy(service, task_definition, at);
            }
        }
        InPlaceCall::Protect { tasks, minutes } => {
            let until = minutes.map(|m| at + SignedDuration::from_mins(m.into()));
            if let Known::Seen(own) = &mut seen.own_tasks {
                for task in own.iter_mut().filter(|t| tasks.contains(&t.task.arn)) {
                    task.protected_until = until;
                }
            }
        }
        InPlaceCall::Note {
            task_definition,
            tags,
            ..
        } => {
            if let Known::Seen(definition) = &mut seen.twin_task_definition
                && definition.arn == *task_definition
            {
                definition.tags.extend(tags.clone());
            }
        }
        InPlaceCall::Forget {
            task_definition,
            keys,
        } => {
            if let Known::Seen(definition) = &mut seen.twin_task_definition
                && definition.arn == *task_definition
            {
                definition.tags.retain(|key, _| !keys.contains(key));
            }
        }
        InPlaceCall::StopDeployment | InPlaceCall::Restore { .. } => {}
    }
}

fn begun(definition: &str, started_by: &str, number: usize, at: Timestamp) -> DerivedTask {
    let cluster = definition.split(":task-definition/").next();
    DerivedTask {
        task: Task {
            arn: format!("{}:task/proof-{number}", cluster.unwrap_or_default()),
            status: "PROVISIONING".to_owned(),
            zone: None,
            started_at: None,
            ipv6: None,
            ipv4: None,
            stopped: None,
        },
        started_by: started_by.to_owned(),
        task_definition: definition.to_owned(),
        created_at: at,
        health: "UNKNOWN".to_owned(),
        of_service: false,
        failed: false,
        stopped_at: None,
    }
}

/// Tasks beside the service run, and pass their checks.
pub(super) fn tasks_run(seen: &mut Observation) {
    let at = seen.at;
    let Known::Seen(tasks) = &mut seen.derived_tasks else {
        return;
    };
    for task in tasks.iter_mut().filter(|t| t.is_live()) {
        "RUNNING".clone_into(&mut task.task.status);
        "HEALTHY".clone_into(&mut task.health);
        task.task.started_at.get_or_insert(at);
        // One of the addresses that are kept for examples (RFC 3849).
        task.task
            .ipv6
            .get_or_insert_with(|| "2001:db8::1".to_owned());
    }
}

/// What it would change.
pub(super) fn changes(act: &InPlace, seen: &Observation) -> Vec<Change> {
    let line = |what: &str, before: Option<String>, after: Option<String>| {
        Change::new(what, before, after)
    };
    match &act.call {
        InPlaceCall::RunTask {
            task_definition,
            subnets,
            ..
        } => vec![
            line("task definition", None, Some(task_definition.clone())),
            line("subnets", None, Some(subnets.join(", "))),
        ],
        InPlaceCall::StopTask { task, .. } => vec![line("task", Some(task.clone()), None)],
        InPlaceCall::Swap {
            task_definition,
            subnets,
            security_groups,
            target_groups,
            ..
        } => {
            let now = seen.ipv4.seen();
            let of = |read: fn(&crate::observation::Service) -> String| now.map(read);
            let groups = target_groups
                .iter()
                .map(|(ipv4, ipv6)| line("target group", Some(ipv4.clone()), Some(ipv6.clone())));
            let mut lines = vec![
                line(
                    "task definition",
                    of(|s| s.task_definition.clone()),
                    Some(task_definition.clone()),
                ),
                line(
                    "subnets",
                    of(|s| s.subnets.join(", ")),
                    Some(subnets.join(", ")),
                ),
                line(
                    "security groups",
                    of(|s| s.security_groups.join(", ")),
                    Some(security_groups.join(", ")),
                ),
            ];
            lines.extend(groups);
            lines
        }
        InPlaceCall::Protect { tasks, minutes } => {
            let until = minutes.map(|m| format!("for {m} minutes"));
            let was = minutes
                .is_none()
                .then(|| "until it ends by itself".to_owned());
            vec![
                line("tasks", None, Some(tasks.join(", "))),
                line("protection", was, until),
            ]
        }
        InPlaceCall::StopDeployment => vec![line("deployment", Some("under way".to_owned()), None)],
        InPlaceCall::Restore { revision, .. } => {
            vec![line("revision", None, Some(revision.clone()))]
        }
        InPlaceCall::Note { tags, .. } => {
            let own = seen.twin_task_definition.seen().map(|d| &d.tags);
            let before = |key: &String| own.and_then(|own| own.get(key).cloned());
            let each = tags.iter();
            each.map(|(key, value)| line(&format!("tag {key}"), before(key), Some(value.clone())))
                .collect()
        }
        InPlaceCall::Forget { keys, .. } => {
            let own = seen.twin_task_definition.seen().map(|d| &d.tags);
            let of = |key: &String| own.and_then(|own| own.get(key).cloned());
            let each = keys.iter();
            each.map(|key| line(&format!("tag {key}"), of(key), None))
                .collect()
        }
    }
}

/// What it is done to.
pub(super) fn resource(act: &InPlace) -> Resource {
    match &act.call {
        InPlaceCall::Note {
            task_definition, ..
        }
        | InPlaceCall::Forget {
            task_definition, ..
        } => Resource {
            arn: super::resource::known(task_definition),
            ..Resource::named("task definition", named(task_definition))
        },
        InPlaceCall::RunTask {
            task_definition, ..
        } => Resource::named("task", named(task_definition)),
        InPlaceCall::StopTask { task, .. } => Resource {
            arn: super::resource::known(task),
            ..Resource::named("task", named(task))
        },
        InPlaceCall::Swap { .. }
        | InPlaceCall::Protect { .. }
        | InPlaceCall::StopDeployment
        | InPlaceCall::Restore { .. } => Resource::service(&act.cluster, &act.service),
    }
}

fn named(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// Whether the service keeps tasks of its former network that ECS leaves alone: its deployment does not end before they may go.
pub(super) fn keeps_former(plan: &Plan, seen: &Observation) -> bool {
    let is_there = seen.ipv4.seen().is_some_and(|s| plan.ipv6.is_network_of(s));
    let mut own = seen.own_tasks.seen().into_iter().flatten();
    plan.is_behind() && is_there && own.any(|t| t.task.ipv4.is_some() && t.is_protected(seen.at))
}

/// The service has as many tasks as it wants where it stands, and those of its former network that ECS leaves alone; they are the
/// targets of the groups of their family.
pub(super) fn own_tasks_run(plan: &Plan, seen: &mut Observation) {
    let (at, Known::Seen(service)) = (seen.at, &seen.ipv4) else {
        return;
    };
    let is_there = plan.ipv6.is_network_of(service);
    let wanted = service.desired as usize;
    let cluster = service.arn.replace(":service/", ":task/");
    let Known::Seen(own) = &mut seen.own_tasks else {
        return;
    };
    if is_there {
        own.retain(|t| t.task.ipv4.is_none() || t.is_protected(at));
    }
    let stands = |t: &OwnTask| t.task.ipv4.is_none() == is_there;
    let there = own.iter().filter(|t| stands(t)).count();
    for _ in there..wanted.max(there) {
        let taken: Vec<Task> = own.iter().map(|t| t.task.clone()).collect();
        let number = taken.len();
        let address = elapse::address(number, &taken);
        own.push(OwnTask {
            task: Task {
                arn: format!("{cluster}/{number}"),
                status: "RUNNING".to_owned(),
                zone: None,
                started_at: Some(at),
                ipv4: (!is_there).then(|| format!("192.0.2.{number}")),
                ipv6: is_there.then_some(address),
                stopped: None,
            },
            protected_until: None,
        });
    }
    let own = own.clone();
    let Known::Seen(pairs) = &mut seen.pairs else {
        return;
    };
    for pair in pairs {
        if let Known::Seen(group) = &mut pair.ipv4 {
            group.targets = targets(group, own.iter().filter_map(|t| t.task.ipv4.as_ref()));
        }
        if let Known::Seen(group) = &mut pair.ipv6 {
            let alone = own.iter().filter(|t| t.task.ipv4.is_none());
            group.targets = targets(group, alone.filter_map(|t| t.task.ipv6.as_ref()));
        }
    }
}

fn targets<'a>(
    group: &TargetGroup,
    addresses: impl Iterator<Item = &'a String>,
) -> Known<Vec<Target>> {
    let old = group.targets.seen().map_or(&[][..], Vec::as_slice);
    let of = |id: &String| {
        let known = old.iter().find(|t| t.id == *id);
        known.cloned().unwrap_or_else(|| elapse::initial(id))
    };
    Known::Seen(addresses.map(of).collect())
}
