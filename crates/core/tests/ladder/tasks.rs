//! Workers that share a queue: a twin takes tasks over step by step, and gives them back where that is bad.

use sixshift_core::{
    action::{Action, Side},
    decide::Next,
    names::tag,
    status::{Phase, WaitingOn},
};

use crate::world::{World, build::plan_by_tasks};

fn workers() -> World {
    World::sharing(plan_by_tasks(&[]))
}

/// Tasks that are to run, on IPv4 and on IPv6.
fn sizes(world: &World) -> (u32, u32) {
    let of = |s: &Option<sixshift_core::observation::Service>| s.as_ref().map_or(0, |s| s.desired);
    (of(&world.ipv4), of(&world.twin))
}

#[test]
fn a_step_is_a_growing_twin_and_then_a_shrinking_service() {
    let mut world = workers();
    let story = world.climb();
    insta::assert_snapshot!(story.text());
    assert_eq!(world.phase(), Phase::Done);
    assert_eq!(sizes(&world), (0, 3));
    world.stays();
}

#[test]
fn where_it_scales_its_bounds_go_before_its_size() {
    let mut world = World::sharing_scaled(plan_by_tasks(&[]));
    let story = world.climb();
    insta::assert_snapshot!(story.text());
    assert_eq!(world.phase(), Phase::Done);
    let scaling = world.twin_scaling.as_ref().unwrap();
    assert_eq!((scaling.min, scaling.max), (3, 6));
    world.stays();
}

/// In no round are there fewer tasks than there were at first.
fn climbs_with_all(world: &mut World, until: impl Fn(&World) -> bool) {
    for _ in 0..2_000 {
        if until(world) {
            return;
        }
        world.round();
        let (ipv4, ipv6) = sizes(world);
        assert!(ipv4 + ipv6 >= 3, "{ipv4} and {ipv6}");
        let running = [&world.ipv4, &world.twin];
        let running = running.into_iter().flatten().map(|s| s.running);
        assert!(running.sum::<u32>() >= 3);
    }
    panic!("it never came");
}

#[test]
fn an_alarm_brings_the_services_tasks_back_before_the_twins_go() {
    let mut world = workers();
    climbs_with_all(&mut world, |w| w.share_note() == "6700");
    assert_eq!(sizes(&world), (1, 2));
    world.alarm("queue-age", "ALARM");
    climbs_with_all(&mut world, |w| w.phase() == Phase::RolledBack);
    assert_eq!(sizes(&world), (3, 0));
    assert_eq!(world.note(tag::DESIRED), None);
    world.stays();
}

#[test]
fn an_abort_in_the_bake_brings_all_of_them_back_and_a_retry_begins_with_one() {
    let mut world = World::sharing_scaled(plan_by_tasks(&[]));
    climbs_with_all(&mut world, |w| w.phase() == Phase::Bake);
    world.facts.abort = Some(world.order("not today"));
    climbs_with_all(&mut world, |w| w.phase() == Phase::RolledBack);
    assert_eq!(sizes(&world), (3, 0));
    let scaling = world.ipv4_scaling.as_ref().unwrap();
    assert_eq!((scaling.min, scaling.max), (3, 6));
    assert_eq!(scaling.suspended, Default::default());
    world.minutes(1);
    world.facts.retry = Some(world.order("now"));
    climbs_with_all(&mut world, |w| sizes(w) == (3, 1));
    climbs_with_all(&mut world, |w| w.phase() == Phase::Done);
}

#[test]
fn a_promotion_goes_there_at_once_and_the_twin_grows_first() {
    let mut world = workers();
    climbs_with_all(&mut world, |w| w.share_note() == "3400");
    world.promote(100);
    climbs_with_all(&mut world, |w| w.share_note() == "10000");
    assert_eq!(sizes(&world), (0, 3));
}

#[test]
fn a_service_scaled_by_hand_is_told_with_its_numbers() {
    let mut world = workers();
    climbs_with_all(&mut world, |w| w.share_note() == "3400");
    world.scale(Side::Ipv4, 5).unwrap();
    world.minutes(2);
    world.climb_to("OutsideEdit");
    let WaitingOn::OutsideEdit { route, .. } = world.waiting() else {
        panic!("{:?}", world.waiting())
    };
    assert!(route.contains("5 on IPv4 and 1 on IPv6"), "{route}");
    assert!(route.contains("left 2 and 1"), "{route}");
}

#[test]
fn a_paused_plan_takes_no_task_and_still_gives_them_back() {
    let mut world = workers();
    climbs_with_all(&mut world, |w| w.share_note() == "3400");
    world.facts.paused = Some("lunch".to_owned());
    for _ in 0..60 {
        let next = world.round().next;
        assert!(!matches!(next, Next::Act(Action::ScaleService { .. })));
    }
    world.alarm("queue-age", "ALARM");
    climbs_with_all(&mut world, |w| sizes(w) == (3, 0));
}

#[test]
fn a_twin_that_is_gone_leaves_its_notes_to_the_journal() {
    let mut world = workers();
    climbs_with_all(&mut world, |w| w.share_note() == "6700");
    for key in [tag::SHARE, tag::DESIRED] {
        let noted = world.note(key).unwrap().to_owned();
        world.facts.notes.insert(key.to_owned(), noted);
    }
    world.twin = None;
    world.climb_to("Missing");
    assert_eq!(sizes(&world), (3, 0));
    world.minutes(2);
    world.facts.retry = Some(world.order("it was a mistake"));
    climbs_with_all(&mut world, |w| sizes(w) == (3, 1));
    climbs_with_all(&mut world, |w| w.phase() == Phase::Done);
}
