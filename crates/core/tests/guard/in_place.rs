//! A service that is moved in place is touched only as its plan says, once what it becomes was proven, and never past a person.

use jiff::SignedDuration;
use sixshift_core::{
    action::{Action, InPlaceCall},
    decide::Next,
    facts::Lack,
    guard::Veto,
    names::tag,
    observation::Observation,
    status::Phase,
};

use crate::{
    at, ipv4, seen_mut, veto,
    world::{World, build::plan, build::plan_in_place},
};

fn worker() -> World {
    let mut world = World::worker(plan_in_place(&[]));
    world.alarm("queue-age", "OK");
    world
}

/// The same call with something else in it.
fn with(action: &Action, change: impl Fn(&mut InPlaceCall)) -> Action {
    let Action::InPlace(act) = action else {
        panic!("{action:?}")
    };
    let mut act = act.clone();
    change(&mut act.call);
    Action::InPlace(act)
}

fn subnets(call: &mut InPlaceCall) -> &mut Vec<String> {
    match call {
        InPlaceCall::RunTask { subnets, .. } | InPlaceCall::Swap { subnets, .. } => subnets,
        call => panic!("{call:?}"),
    }
}

fn definition(call: &mut InPlaceCall) -> &mut String {
    match call {
        InPlaceCall::RunTask {
            task_definition, ..
        }
        | InPlaceCall::Swap {
            task_definition, ..
        } => task_definition,
        call => panic!("{call:?}"),
    }
}

/// What stops both the proof and the move.
fn goes_no_further(world: &World, seen: &Observation, action: &Action) {
    let elsewhere = with(action, |c| subnets(c).push("subnet-ipv4".to_owned()));
    assert_eq!(veto(world, seen, &elsewhere), Some(Veto::NotThePlans));
    let other = with(action, |c| definition(c).push('1'));
    assert_eq!(veto(world, seen, &other), Some(Veto::NotThePlans));
    let mut frozen = world.clone();
    frozen.facts.frozen = Some(world.freeze("an incident"));
    assert_eq!(veto(&frozen, seen, action), Some(Veto::Stopped));
    let mut aborted = world.clone();
    aborted.facts.abort = Some(world.order("no"));
    assert_eq!(veto(&aborted, seen, action), Some(Veto::WrongDirection));
    let mut lacking = world.clone();
    lacking.facts.lacking = Some(Lack::Source);
    assert_eq!(veto(&lacking, seen, action), Some(Veto::NoFooting));
    let mut other = world.clone();
    other.plan = plan(&[]);
    assert!(veto(&other, seen, action).is_some(), "a plan of weights");
    let mut theirs = seen.clone();
    seen_mut(&mut theirs.twin_task_definition).tags.clear();
    assert!(veto(world, &theirs, action).is_some(), "not of our making");
}

#[test]
fn one_task_is_run_beside_it_and_no_second() {
    let (world, seen, run) = at(worker(), "run one task");
    goes_no_further(&world, &seen, &run);
    let unmarked = with(&run, |c| match c {
        InPlaceCall::RunTask { tags, .. } => tags.clear(),
        c => panic!("{c:?}"),
    });
    assert_eq!(veto(&world, &seen, &unmarked), Some(Veto::NotOurs));
    let mut after = world;
    after.apply(&run).unwrap();
    assert_eq!(veto(&after, &after.look(), &run), Some(Veto::TooLarge));
}

#[test]
fn a_task_that_is_not_the_plans_is_not_stopped() {
    let (world, seen, stop) = at(worker(), "stop task");
    let mut theirs = seen.clone();
    seen_mut(&mut theirs.derived_tasks)[0].started_by = "a-person".to_owned();
    assert_eq!(veto(&world, &theirs, &stop), Some(Veto::NotOurs));
    let other = with(&stop, |c| match c {
        InPlaceCall::StopTask { task, .. } => task.push('x'),
        c => panic!("{c:?}"),
    });
    assert_eq!(veto(&world, &seen, &other), Some(Veto::NotSeen));
}

#[test]
fn a_service_is_moved_once_proven_and_noted_and_as_it_was_seen() {
    let (world, seen, swap) = at(worker(), "move service");
    goes_no_further(&world, &seen, &swap);
    for (key, expected) in [
        (tag::PROVEN, Veto::UnprovenGround),
        (tag::BEFORE, Veto::NobodyElse),
        (tag::SHARE, Veto::NotSeen),
    ] {
        let mut without = seen.clone();
        seen_mut(&mut without.twin_task_definition).tags.remove(key);
        let mut forgetful = world.clone();
        forgetful.facts.notes.clear();
        assert_eq!(veto(&forgetful, &without, &swap), Some(expected), "{key}");
    }
    let mut newer = seen.clone();
    ipv4(&mut newer).task_definition.push('1');
    assert_eq!(veto(&world, &newer, &swap), Some(Veto::StaleRoute));
}

#[test]
fn what_is_noted_of_it_is_so() {
    let (world, seen, proven) = at(worker(), "note that one task stood");
    let mut young = seen.clone();
    for task in seen_mut(&mut young.derived_tasks) {
        task.task.started_at = Some(world.now - SignedDuration::from_secs(60));
    }
    assert_eq!(veto(&world, &young, &proven), Some(Veto::UntrueNote));
    let mut ipv4_too = seen;
    seen_mut(&mut ipv4_too.derived_tasks)[0].task.ipv4 = Some("10.0.0.9".to_owned());
    assert_eq!(veto(&world, &ipv4_too, &proven), Some(Veto::UntrueNote));

    let (world, mut seen, before) = at(worker(), "note which revision");
    ipv4(&mut seen).revision = Some("another".to_owned());
    assert_eq!(veto(&world, &seen, &before), Some(Veto::UntrueNote));

    let (world, mut seen, there) = at(worker(), "note IPv6 at 100 %");
    ipv4(&mut seen).subnets = world.at_first.clone();
    assert_eq!(veto(&world, &seen, &there), Some(Veto::UntrueNote));

    let (world, mut seen, baked) = at(worker(), "note that the service stood");
    ipv4(&mut seen).running = 0;
    assert_eq!(veto(&world, &seen, &baked), Some(Veto::UntrueNote));
}

#[test]
fn it_goes_back_only_when_called_back_and_only_to_what_was_noted() {
    let mut world = worker();
    world.climb_until(|d| d.status.phase == Phase::Bake && matches!(d.next, Next::Wait(_)));
    world.alarm("queue-age", "ALARM");
    let (world, seen, back) = at(world, "put service");
    let other = with(&back, |c| match c {
        InPlaceCall::Restore { revision, .. } => revision.push('9'),
        c => panic!("{c:?}"),
    });
    assert_eq!(veto(&world, &seen, &other), Some(Veto::NotThePlans));
    let older = with(&back, |c| match c {
        InPlaceCall::Restore { keeps, .. } => *keeps = Some("older:1".to_owned()),
        c => panic!("{c:?}"),
    });
    assert_eq!(veto(&world, &seen, &older), Some(Veto::StaleRoute));
    let mut not_called = seen;
    let tags = &mut seen_mut(&mut not_called.twin_task_definition).tags;
    tags.remove(tag::ROLLED_BACK);
    tags.insert(tag::SHARE.to_owned(), "10000".to_owned());
    let mut forgetful = world.clone();
    forgetful.facts.notes.clear();
    assert_eq!(
        veto(&forgetful, &not_called, &back),
        Some(Veto::WrongDirection)
    );
}
