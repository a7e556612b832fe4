//! ECS's account of the twin's tasks behind a load balancer: what of it takes traffic back, what holds a step, and what is another's.

use jiff::{SignedDuration, Timestamp};
use sixshift_core::{
    decide::{Decision, decide},
    evidence::{Signal, SignalVerdict, Verdict},
    observation::{DerivedTask, Known, Observation, Service, Task, Why},
    status::{Phase, WaitingOn},
};

use crate::world::{World, build::plan};

fn at_a_tenth() -> World {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(10);
    world.minutes(5);
    world
}

/// ECS says that it started a task though nobody asked for more.
fn replaced(service: &mut Known<Service>, at: Timestamp) {
    let Known::Seen(seen) = service else {
        panic!("it is there")
    };
    let mut changed = (**seen).clone();
    changed.started_at = Some(at);
    *seen = changed.into();
}

/// Its newest tasks failed so many minutes ago, each.
fn failed(world: &World, minutes: &[i64]) -> Observation {
    let mut seen = world.look();
    let ago = |minutes: i64| world.now - SignedDuration::from_mins(minutes);
    let newest = minutes.iter().min().copied().unwrap_or_default();
    replaced(&mut seen.twin, ago(newest));
    let task = |(i, minutes): (usize, &i64)| DerivedTask {
        task: Task {
            arn: format!("task-{i}"),
            status: "STOPPED".to_owned(),
            zone: None,
            started_at: Some(ago(minutes + 1)),
            ipv6: None,
            ipv4: None,
            stopped: Some("Essential container in task exited".to_owned()),
        },
        started_by: "ecs-svc/1".to_owned(),
        task_definition: String::new(),
        created_at: ago(minutes + 2),
        health: "UNKNOWN".to_owned(),
        of_service: true,
        failed: true,
        stopped_at: Some(ago(*minutes)),
    };
    seen.derived_tasks = Known::Seen(minutes.iter().enumerate().map(task).collect());
    seen
}

fn decided(world: &World, seen: &Observation) -> Decision {
    decide(&world.plan, &world.facts, seen, world.now)
}

fn of_tasks(decided: &Decision) -> Option<&SignalVerdict> {
    let mut signals = decided.status.signals.iter();
    signals.find(|s| s.signal == Signal::FailedTasks)
}

#[test]
fn a_twin_that_stands_says_nothing_of_its_tasks() {
    let world = at_a_tenth();
    let calm = decided(&world, &world.look());
    assert_eq!(of_tasks(&calm), None);
}

#[test]
fn three_that_failed_take_the_traffic_back_and_two_are_told() {
    let world = at_a_tenth();
    let two = decided(&world, &failed(&world, &[1, 3]));
    assert_eq!(two.status.phase, Phase::Shift);
    assert_eq!(of_tasks(&two).map(|s| s.verdict), Some(Verdict::Good));
    assert_eq!(of_tasks(&two).and_then(|s| s.observed), Some(2.0));
    let three = decided(&world, &failed(&world, &[1, 3, 4]));
    assert_eq!(three.status.phase, Phase::RollingBack);
    assert_eq!(three.status.verdict, Some(Verdict::Bad));
}

#[test]
fn what_failed_before_the_share_was_set_and_does_no_more_is_over() {
    let world = at_a_tenth();
    let mut seen = failed(&world, &[8, 9, 10]);
    replaced(&mut seen.twin, world.now - SignedDuration::from_mins(1));
    let over = decided(&world, &seen);
    assert_eq!(over.status.phase, Phase::Shift);
    assert_eq!(of_tasks(&over).and_then(|s| s.observed), Some(0.0));
}

#[test]
fn nothing_goes_back_to_an_ipv4_side_whose_tasks_fail_as_well() {
    let world = at_a_tenth();
    let mut seen = failed(&world, &[1, 3, 4]);
    let Known::Seen(ipv4) = &mut seen.ipv4 else {
        panic!("it is there")
    };
    let mut sick = (**ipv4).clone();
    sick.deployments[0].failed_tasks = 3;
    *ipv4 = sick.into();
    let both = decided(&world, &seen);
    assert_eq!(both.status.phase, Phase::Shift);
    let told = of_tasks(&both).unwrap();
    assert_eq!(told.verdict, Verdict::NoData);
    let note = told.note.as_deref().unwrap_or_default();
    assert!(note.contains("fail on both sides"), "{note}");
}

#[test]
fn a_step_waits_while_ecs_does_not_say_how_tasks_end() {
    let mut world = at_a_tenth();
    world.minutes(30);
    let raised = decided(&world, &world.look());
    let mut seen = failed(&world, &[1]);
    seen.derived_tasks = Known::Unknown(Why::new("ecs:ListTasks: throttled".to_owned()));
    let held = decided(&world, &seen);
    assert_ne!(raised.next, held.next);
    let on = held.status.waiting_on.as_ref();
    let says = |on: &WaitingOn| {
        matches!(
            on,
            WaitingOn::Evidence {
                verdict: Verdict::Error,
                ..
            }
        )
    };
    assert!(on.is_some_and(says), "{on:?}");
}
