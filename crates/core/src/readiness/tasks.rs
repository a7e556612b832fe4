//! Workers that share a queue, and move task by task.
//!
//! What belongs here: what stands in the way of that alone. What must not: checks on a twin, which hold there too.

use super::check::{
    Category, Check, FOUGHT, Found, Judged, LOST, STUCK, Scene, Severity, Spared, Waiving, known,
    unless,
};
use crate::{share::Share, way::tasks};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "ECS-016",
        name: "task-count-balanced",
        category: Category::Ecs,
        severity: Severity::Block,
        holds: "Tasks that move some at a time have no load balancer.",
        why: "A load balancer divides requests among all targets that it has, and takes none of both families into one group: the twin's \
              tasks would get no request, however many they are.",
        remedy: "leave spec.shift.via out: traffic moves by weights; behind a Network Load Balancer write via: nlb",
        source: "Elastic Load Balancing, Target groups for your Application Load Balancers: IP address type",
        waiving: LOST,
        run: |s| {
            by_tasks(s)?;
            unless(s.service()?.load_balancers.is_empty(), || {
                "the service has a load balancer, which divides requests and not tasks".to_owned()
            })
        },
    },
    Check {
        id: "ECS-017",
        name: "task-count-alone",
        category: Category::Ecs,
        severity: Severity::Block,
        holds: "There are two tasks at least to divide.",
        why: "A share is a part of the tasks. One task is on one side or on the other.",
        remedy: "move it in place: write spec.shift.via: inPlace; or give it a second task",
        source: "ECS API, UpdateService: desiredCount",
        waiving: STUCK,
        run: |s| {
            let tasks = to_divide(s)?;
            unless(tasks >= 2, || {
                let are = if tasks == 1 {
                    "is 1 task"
                } else {
                    "are 0 tasks"
                };
                format!("there {are} of the service, and no part of that")
            })
        },
    },
    Check {
        id: "ECS-018",
        name: "task-count-coarse",
        category: Category::Ecs,
        severity: Severity::Warn,
        holds: "Each step of the plan is a number of tasks of its own.",
        why: "A share is rounded to whole tasks, one at least: the first step may be more than the plan says, and a step that comes to as \
              many as the one before proves the same again.",
        remedy: "write steps that so many tasks can tell apart, or take them as they come",
        source: "ECS API, UpdateService: desiredCount",
        waiving: Waiving::ByReason,
        run: coarse,
    },
    Check {
        id: "SCALE-006",
        name: "task-count-schedules",
        category: Category::Scale,
        severity: Severity::Block,
        holds: "No scheduled action writes the bounds of tasks that move some at a time.",
        why: "Both sides have their part of the bounds. A scheduled action would give the whole of its bounds to one of them, and shift the \
              share by that.",
        remedy: "take its scheduled actions out for the time of the migration",
        source: "Application Auto Scaling API, PutScheduledAction: ScalableTargetAction",
        waiving: FOUGHT,
        run: |s| {
            by_tasks(s)?;
            let scaling = known(&s.seen.ipv4_scaling)?;
            let each = scaling.scheduled.iter();
            let each = each.map(|action| {
                let name = &action.name;
                Found::new(format!(
                    "scheduled action {name} writes the service's bounds"
                ))
            });
            Ok(each.collect())
        },
    },
    Check {
        id: "METRICS-010",
        name: "task-count-unwatched",
        category: Category::Metrics,
        severity: Severity::Warn,
        holds: "Something that the plan names tells whether the twin's tasks get their work done.",
        why: "ECS tells whether tasks run, and not whether they do their work: one that fails every message looks well to it, and takes its \
              part of them.",
        remedy: "name a metric with a limit in spec.health.metrics, of failures that the work counts by {service}, or an alarm in \
                 spec.health.alarms, on the dead letters or the queue's oldest message",
        source: "SQS developer guide, Using dead-letter queues in Amazon SQS",
        waiving: Waiving::ByReason,
        run: |s| {
            by_tasks(s)?;
            unless(s.plan.health.tells_of_work(), || {
                "no alarm or metric of the plan tells whether the work gets done".to_owned()
            })
        },
    },
];

fn by_tasks(s: &Scene<'_>) -> Result<(), Spared> {
    if s.plan.is_by_tasks() {
        Ok(())
    } else {
        Err(Spared::NotHere)
    }
}

/// How many tasks there are, before any has moved.
fn to_divide(s: &Scene<'_>) -> Result<u32, Spared> {
    by_tasks(s)?;
    match s.seen.twin.seen() {
        Some(twin) if twin.desired > tasks::CANARY => Err(Spared::NotHere),
        _ => s.service().map(|service| service.desired),
    }
}

fn coarse(s: &Scene<'_>) -> Judged {
    let tasks = to_divide(s)?;
    if tasks < 2 {
        return Err(Spared::NotHere);
    }
    let mut before = 0;
    let mut found = Vec::new();
    for step in s.plan.shift.steps.iter().map(|step| step.weight) {
        let part = tasks::part(tasks, step);
        let as_spelled = tasks::rounded(tasks, step);
        let is_repeated = part == before && step < Share::ALL;
        let is_far = as_spelled.basis_points() > step.basis_points().saturating_mul(2);
        if is_repeated {
            found.push(Found::new(format!(
                "the step to {step} has as many of {tasks} tasks as the one before: {part}"
            )));
        } else if is_far {
            found.push(Found::new(format!(
                "the step to {step} is {part} of {tasks} tasks, which is {as_spelled}"
            )));
        }
        before = part;
    }
    Ok(found)
}
