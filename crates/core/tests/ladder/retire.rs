//! Cold and after: drained, emptied, kept, approved, deleted backwards.

use sixshift_core::{
    action::Side,
    decide::decide,
    facts::Gate,
    names::tag,
    observation::{Few, Known},
    status::Phase,
};

use crate::world::{World, build::plan};

#[test]
fn clients_that_still_reach_ipv4_keep_it_warm() {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(100);
    world.pinned_ipv4 = 3.0;
    world.climb_to("Drain");
    world.minutes(120);
    assert_eq!(world.waiting().kind(), "Drain");
    assert_eq!(world.ipv4.as_ref().unwrap().desired, 3);
    world.pinned_ipv4 = 0.0;
    world.climb_to("Cold");
}

#[test]
fn who_touches_the_cold_service_restarts_the_clock() {
    let mut world = World::new(plan(&[]));
    world.climb_to("Cold");
    world.minutes(50);
    world.scale(Side::Ipv4, 0).unwrap();
    world.minutes(30);
    assert_eq!(world.waiting().kind(), "Cold");
    assert_eq!(world.climb().0.last().unwrap(), "Done");
}

#[test]
fn a_pipeline_that_fills_the_cold_service_again_is_told_and_undone_only_where_the_plan_says_so() {
    let mut world = World::new(plan(&[]));
    world.climb_to("Cold");
    world.scale(Side::Ipv4, 3).unwrap();
    world.minutes(2);
    assert_eq!(world.waiting().kind(), "Resized");
    world.stays();
    world.plan = plan(&[("  retire:", "  drift: correct\n  retire:")]);
    let story = world.climb_to("Cold");
    assert!(
        story.says("scale service checkout to 0"),
        "{}",
        story.text()
    );
}

#[test]
fn what_somebody_gives_the_cold_service_is_not_given_to_the_twin_too() {
    let mut world = World::new(plan(&[]));
    world.climb_to("Cold");
    world.scale(Side::Ipv4, 7).unwrap();
    world.minutes(2);
    assert_eq!(world.waiting().kind(), "Resized");
    world.stays();
    assert_eq!(world.twin.as_ref().unwrap().desired, 3);
}

#[test]
fn deletion_waits_for_a_person() {
    let mut world = World::new(plan(&[("approval: none, ", "")]));
    let story = world.climb();
    assert_eq!(story.0.last().unwrap(), "Retire . Approval");
    world.stays();
    world.approve(Gate::Retire);
    let story = world.climb();
    assert_eq!(
        story.acts(),
        [
            "delete service checkout",
            "detach IPv4 on listener l1",
            "delete target group checkout"
        ]
    );
    world.stays();
}

#[test]
fn a_plan_that_deletes_nothing_keeps_the_ipv4_side_cold_for_good() {
    let mut world = World::new(plan(&[("[service, targetGroup]", "[]")]));
    let story = world.climb();
    assert_eq!(story.0.last().unwrap(), "Done");
    assert!(!story.says("delete") && world.ipv4.is_some() && world.groups[0].ipv4.is_some());
    world.stays();
}

#[test]
fn a_plan_that_keeps_the_target_group_does_not_ask_again_for_it() {
    let keep = [
        ("[service, targetGroup]", "[service]"),
        ("approval: none, ", ""),
    ];
    let mut world = World::new(plan(&keep));
    world.climb();
    world.approve(Gate::Retire);
    assert_eq!(world.climb().0.last().unwrap(), "Done");
    world.plan = plan(&[keep[0], keep[1], ("hold: 10m", "hold: 11m")]);
    assert_eq!(world.phase(), Phase::Done);
    assert!(world.groups[0].ipv4.is_some());
}

#[test]
fn a_migrated_service_whose_twin_cannot_be_read_is_not_a_missing_service() {
    let mut world = World::new(plan(&[]));
    world.climb();
    let mut seen = world.look();
    seen.twin = sixshift_core::observation::Known::Unknown(sixshift_core::observation::Why::new(
        "Throttling".to_owned(),
    ));
    let decision = world.decide_on(&seen);
    assert_eq!(
        decision.status.waiting_on.map(|w| w.kind()),
        Some("Unknown")
    );
}

#[test]
fn the_drain_is_never_shorter_than_the_guard_asks() {
    // A deregistration delay of 60 s is less than the five minutes in which the guard wants no request.
    let mut world = World::new(plan(&[("bake: 15m", "bake: 5m")]));
    world.climb_to_share(100);
    world.pinned_ipv4 = 1.0;
    world.minutes(6);
    world.pinned_ipv4 = 0.0;
    // The loop itself asserts that the guard passes every action.
    assert_eq!(world.climb().0.last().unwrap(), "Done");
}

#[test]
fn an_abort_that_comes_too_late_does_not_stand_in_the_way_of_a_rescue() {
    let mut world = World::new(plan(&[("[service, targetGroup]", "[service]")]));
    world.climb();
    world.facts.abort = Some(world.order("it looks odd"));
    assert_eq!(world.climb().0.last().unwrap(), "Done");
    world.edit_by_hand(0, 100, 0);
    let story = world.climb();
    assert!(
        story.says("at once, since nobody answered"),
        "{}",
        story.text()
    );
    assert_eq!(world.weighted_share(), 1.0);
    assert_eq!(story.0.last().unwrap(), "Done");
}

#[test]
fn the_minutes_of_an_edit_that_was_set_right_count_for_no_verdict_once_only_ipv6_is_left() {
    for plan in [
        plan(&[("[service, targetGroup]", "[service]")]),
        plan(&[("approval: none, ", "")]),
    ] {
        let mut world = World::new(plan);
        world.climb();
        let before = world.note(tag::SHARE).map(str::to_owned);
        world.minutes(30);
        world.edit_by_hand(0, 100, 0);
        world.climb();
        let after = world.note(tag::SHARE).map(str::to_owned);
        assert_eq!(world.weighted_share(), 1.0);
        assert!(after > before, "{before:?} became {after:?}");
    }
}

#[test]
fn a_twin_that_lost_its_last_route_is_not_told_to_have_the_traffic() {
    let mut world = World::new(plan(&[]));
    assert_eq!(world.climb().0.last().unwrap(), "Done");
    let ways = std::mem::take(&mut world.ways);
    world.minutes(6);
    let sentence = world.decide().status.sentence;
    assert!(sentence.contains("any route to target group"), "{sentence}");
    world.stays();
    world.ways = ways;
    assert_eq!(world.climb().0.last().unwrap(), "Done");
}

#[test]
fn where_both_services_are_gone_that_is_said_and_not_that_the_plan_is_wrong() {
    let mut world = World::new(plan(&[]));
    world.climb();
    world.facts.notes = Few::from([(tag::SHARE.to_owned(), "10000".to_owned())]);
    (world.ipv4, world.twin) = (None, None);
    // Its groups are found by the services.
    let mut seen = world.look();
    (seen.pairs, seen.routes) = (Known::Seen(vec![]), Known::Seen(vec![]));
    let decided = decide(&world.plan, &world.facts, &seen, world.now);
    let said = decided.status.sentence;
    assert!(
        said.contains("is gone, and its twin checkout-ipv6 does not exist"),
        "{said}"
    );
}
