//! A service that consumers find by a registry: a twin in one of its own, and a person who says when all have moved.

use sixshift_core::{
    decide::Next,
    facts::Gate,
    names::tag,
    observation::Known,
    status::{Phase, WaitingOn},
};

use crate::world::{World, build::plan_by_names};

fn registered() -> World {
    World::registered(plan_by_names(&[]))
}

/// Tasks that are to run, on IPv4 and on IPv6.
fn sizes(world: &World) -> (u32, u32) {
    let of = |s: &Option<sixshift_core::observation::Service>| s.as_ref().map_or(0, |s| s.desired);
    (of(&world.ipv4), of(&world.twin))
}

fn climbs(world: &mut World, until: impl Fn(&World) -> bool) {
    for _ in 0..2_000 {
        if until(world) {
            return;
        }
        world.round();
    }
    panic!("it never came");
}

fn asks_whether_all_have_moved(world: &World) -> bool {
    let step = Gate::Consumers;
    world.decide().next == Next::Wait(WaitingOn::Approval { gate: step })
}

#[test]
fn it_waits_with_both_sides_whole_until_a_person_says_that_all_have_moved() {
    let mut world = registered();
    climbs(&mut world, asks_whether_all_have_moved);
    assert_eq!((sizes(&world), world.share_note()), ((3, 3), "2"));
    world.stays();
    world.approve(Gate::Consumers);
    climbs(&mut world, |w| w.phase() == Phase::Bake);
    assert_eq!(sizes(&world), (3, 3));
    climbs(&mut world, |w| w.phase() == Phase::Done);
    assert_eq!(sizes(&world), (0, 3));
    world.stays();
}

#[test]
fn its_story_is_a_registry_a_twin_and_two_words() {
    let mut world = registered();
    world.approve(Gate::Consumers);
    let story = world.climb();
    insta::assert_snapshot!(story.text());
    assert_eq!(world.phase(), Phase::Done);
}

#[test]
fn where_it_scales_both_sides_do_and_the_twin_alone_in_the_end() {
    let mut world = World::registered_scaled(plan_by_names(&[]));
    climbs(&mut world, asks_whether_all_have_moved);
    for scaling in [&world.ipv4_scaling, &world.twin_scaling] {
        assert!(scaling.as_ref().unwrap().suspended.scale_in);
    }
    world.approve(Gate::Consumers);
    climbs(&mut world, |w| w.phase() == Phase::Done);
    let scaling = world.twin_scaling.as_ref().unwrap();
    assert_eq!(
        (scaling.min, scaling.max, scaling.suspended.scale_in),
        (3, 6, false)
    );
    world.stays();
}

#[test]
fn where_it_scales_the_way_back_leaves_it_as_it_was() {
    let mut world = World::registered_scaled(plan_by_names(&[]));
    climbs(&mut world, asks_whether_all_have_moved);
    world.alarm("queue-age", "ALARM");
    climbs(&mut world, |w| w.phase() == Phase::RolledBack);
    assert_eq!(sizes(&world), (3, 0));
    let scaling = world.ipv4_scaling.as_ref().unwrap();
    assert!(!scaling.suspended.scale_in);
    world.stays();
}

#[test]
fn an_alarm_takes_the_twin_out_of_its_registry_and_ipv4_never_lost_a_task() {
    for approved in [false, true] {
        let mut world = registered();
        if approved {
            world.approve(Gate::Consumers);
        }
        climbs(&mut world, |w| match approved {
            true => w.phase() == Phase::Bake,
            false => asks_whether_all_have_moved(w),
        });
        world.alarm("queue-age", "ALARM");
        climbs(&mut world, |w| w.phase() == Phase::RolledBack);
        assert_eq!(sizes(&world), (3, 0));
        assert_eq!(world.note(tag::DESIRED), None);
        world.stays();
    }
}

#[test]
fn a_registry_that_somebody_deleted_under_the_twin_is_told() {
    let mut world = registered();
    climbs(&mut world, asks_whether_all_have_moved);
    world.registries.as_mut().unwrap().ipv6 = Known::Absent;
    let Next::Wait(on) = world.decide().next else {
        panic!("it acted");
    };
    assert_eq!(on.kind(), "Missing");
    assert!(on.to_string().contains("the registry that service"), "{on}");
}

#[test]
fn beside_a_load_balancer_ipv4_keeps_its_tasks_after_the_bake_until_that_word() {
    let mut world = World::registered_beside();
    climbs(&mut world, asks_whether_all_have_moved);
    assert_eq!((world.phase(), world.share_note()), (Phase::Bake, "10000"));
    assert_eq!(sizes(&world), (3, 3));
    assert!(world.registries.as_ref().unwrap().ipv6.seen().is_some());
    world.stays();
    world.approve(Gate::Consumers);
    climbs(&mut world, |w| w.phase() == Phase::Retire);
    assert_eq!(sizes(&world), (0, 3));
    world.approve(Gate::Retire);
    climbs(&mut world, |w| w.phase() == Phase::Done);
    world.stays();
}

#[test]
fn beside_a_load_balancer_that_word_comes_too_early_for_nothing() {
    let mut world = World::registered_beside();
    world.approve(Gate::Consumers);
    climbs(&mut world, |w| w.phase() == Phase::Bake);
    assert_eq!(sizes(&world), (3, 3));
    climbs(&mut world, |w| w.phase() == Phase::Retire);
    assert_eq!(sizes(&world), (0, 3));
}
