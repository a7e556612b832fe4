//! Cookies that hold clients on a side, and what becomes of them where that is lost.

use sixshift_core::{
    action::Side,
    decide::Next,
    facts::Lack,
    plan::{Drift, OnBad},
};

use crate::world::{
    World,
    build::{group_arn, plan},
};

fn new(seconds: u32) -> World {
    let mut world = World::new(plan(&[]));
    world.ways[0].forward.stickiness = Some(seconds);
    world.plan.retire.delete.clear();
    world
}

fn sticky(seconds: u32) -> World {
    let mut world = new(seconds);
    world.climb_to_share(10);
    world
}

/// The groups that the first route names.
fn names(world: &World) -> Vec<&'static str> {
    let ipv4 = group_arn("checkout");
    let groups = world.ways[0].forward.groups.iter();
    let side = |arn: &str| if arn == ipv4 { "IPv4" } else { "IPv6" };
    groups.map(|g| side(&g.arn)).collect()
}

const IPV4: &[&str] = &["IPv4"];
const IPV6: &[&str] = &["IPv6"];

fn has_both(world: &World) -> bool {
    let mut names = names(world);
    names.sort_unstable();
    names == ["IPv4", "IPv6"]
}

/// All of the first route is on IPv4.
fn is_back(world: &World) -> bool {
    let ipv4 = group_arn("checkout");
    let groups = &world.ways[0].forward.groups;
    groups.iter().all(|g| (g.arn == ipv4) == (g.weight > 0))
}

#[test]
fn cookies_do_not_hold_clients_on_a_twin_that_was_lost() {
    let mut world = sticky(86_400);
    world.twin = None;
    let story = world.climb_to("RolledBack");
    assert!(
        story.says("let go the clients of the lost twin"),
        "{}",
        story.text()
    );
    assert_eq!(names(&world), IPV4);
    assert_eq!(world.ways[0].forward.stickiness, Some(86_400));
    world.stays();
    world.facts.retry = Some(world.order("the twin may be made again"));
    world.climb_to_share(10);
    assert!(has_both(&world));
}

#[test]
fn a_twin_that_fails_keeps_the_clients_whose_cookie_holds_them_until_it_runs_out() {
    let mut world = sticky(900);
    world.on_ipv6.errors = 0.3;
    world.climb_to("RolledBack");
    assert_eq!(world.twin.as_ref().unwrap().desired, 0);
    assert!(has_both(&world));
}

#[test]
fn where_the_plan_holds_the_route_names_a_lost_twin_again_once_it_has_tasks() {
    let mut world = sticky(86_400);
    world.plan.health.on_bad = OnBad::Hold;
    world.scale(Side::Ipv6, 0).unwrap();
    world.climb_to("Emptied");
    assert_eq!(names(&world), IPV4);
    world.stays();
    world.scale(Side::Ipv6, 3).unwrap();
    world.climb_to_share(10);
    assert_eq!(world.share_note(), "1000");
}

/// The first route of a sticky world names these alone, and sticks as it did.
fn only(world: &World, groups: &[&str]) {
    assert_eq!(names(world), groups);
    assert_eq!(world.ways[0].forward.stickiness, Some(86_400));
}

#[test]
fn cookies_do_not_hold_clients_on_an_ipv4_side_that_somebody_emptied() {
    let mut world = sticky(86_400);
    world.climb_to_share(50);
    world.scale(Side::Ipv4, 0).unwrap();
    let story = world.climb_to("Emptied");
    assert!(
        story.says("let go the clients of the empty IPv4 side"),
        "{}",
        story.text()
    );
    only(&world, IPV6);
    world.stays();
    world.scale(Side::Ipv4, 3).unwrap();
    world.climb_to_share(50);
    assert!(has_both(&world));
}

#[test]
fn nor_where_its_targets_were_taken_out_of_the_group() {
    let mut world = sticky(86_400);
    world.climb_to_share(50);
    world.on_ipv4.unregistered = true;
    world.climb_to("Emptied");
    only(&world, IPV6);
    world.stays();
    world.on_ipv4.unregistered = false;
    world.climb_to_share(50);
    assert!(has_both(&world));
}

#[test]
fn nor_on_a_twin_whose_targets_were_taken_out_of_the_group() {
    let mut world = sticky(86_400);
    world.climb_to_share(50);
    world.on_ipv6.unregistered = true;
    world.climb_to("RolledBack");
    only(&world, IPV4);
    world.stays();
}

#[test]
fn while_it_bakes_an_emptied_ipv4_side_holds_nobody_and_its_way_back_names_it_again() {
    let mut world = sticky(86_400);
    world.climb_to_share(100);
    world.scale(Side::Ipv4, 0).unwrap();
    world.climb_to("Resized");
    world.minutes(3);
    world.climb_to("Resized");
    only(&world, IPV6);
    world.stays();
    world.facts.abort = Some(world.order("back"));
    world.climb_to("RolledBack");
    assert!(is_back(&world));
}

#[test]
fn what_went_cold_holds_nobody_and_stays_named() {
    let mut world = sticky(900);
    world.climb_to("Cold");
    assert!(has_both(&world));
    world.stays();
}

#[test]
fn whom_an_edit_led_to_a_cold_side_its_cookie_does_not_hold_there() {
    let mut world = sticky(900);
    world.climb_to("Cold");
    world.edit_by_hand(0, 1, 0);
    let story = world.climb_to("Cold");
    assert_eq!(names(&world), IPV6, "{}", story.text());
    world.facts.abort = Some(world.order("back"));
    world.climb_to("RolledBack");
    assert!(is_back(&world));
}

#[test]
fn nor_where_the_edit_left_the_twin_out() {
    let mut world = sticky(900);
    world.climb_to("Cold");
    let ipv4 = group_arn("checkout");
    let groups = &mut world.ways[0].forward.groups;
    groups.retain(|g| g.arn == ipv4);
    groups[0].weight = 1;
    world.advance(jiff::SignedDuration::from_secs(30));
    let story = world.climb_to("Cold");
    assert_eq!(names(&world), IPV6, "{}", story.text());
}

#[test]
fn whom_an_edit_led_to_a_group_without_a_twin_its_cookie_does_not_hold_there() {
    let mut world = new(86_400);
    world.climb_to("TasksStarting");
    world.facts.lacking = Some(Lack::Record);
    world.scale(Side::Ipv6, 0).unwrap();
    world.minutes(2);
    world.edit_by_hand(0, 0, 1);
    let story = world.climb_to("JournalLost");
    only(&world, IPV4);
    world.stays();
    world.facts.lacking = None;
    world.scale(Side::Ipv6, 1).unwrap();
    world.climb_to_share(10);
    assert!(has_both(&world), "{}", story.text());
}

#[test]
fn whom_an_edit_led_to_a_twin_that_was_rolled_back_its_cookie_does_not_hold_there() {
    let mut world = sticky(86_400);
    world.on_ipv6.errors = 0.3;
    world.climb_to("RolledBack");
    world.scale(Side::Ipv6, 0).unwrap();
    world.advance(jiff::SignedDuration::from_hours(30));
    world.edit_by_hand(0, 0, 1);
    world.climb_to("RolledBack");
    only(&world, IPV4);
}

#[test]
fn a_route_that_somebody_left_to_the_twin_alone_has_a_way_back() {
    for stickiness in [None, Some(86_400)] {
        let mut world = World::new(plan(&[]));
        world.ways[0].forward.stickiness = stickiness;
        world.climb_to_share(100);
        let ipv4 = group_arn("checkout");
        world.ways[0].forward.groups.retain(|g| g.arn != ipv4);
        world.climb_to("Bake");
        assert_eq!(names(&world), IPV6, "the team's word");
        world.facts.abort = Some(world.order("back"));
        world.climb_to("RolledBack");
        assert!(is_back(&world));
        assert_eq!(world.ways[0].forward.stickiness, stickiness);
    }
}

#[test]
fn what_the_plan_corrects_gets_the_group_back_that_somebody_left_out() {
    let mut world = World::new(plan(&[]));
    world.plan.drift = Drift::Correct;
    world.climb_to_share(50);
    let ipv4 = group_arn("checkout");
    world.ways[0].forward.groups.retain(|g| g.arn != ipv4);
    world.advance(jiff::SignedDuration::from_secs(30));
    let story = world.climb_to("Hold");
    assert!(has_both(&world), "{}", story.text());
    assert_eq!(world.weighted_share(), 0.5);
}

#[test]
fn where_nobody_is_on_either_side_both_stay_named() {
    let mut world = sticky(86_400);
    world.climb_to_share(50);
    world.plan.health.on_bad = OnBad::Hold;
    (world.on_ipv4.unregistered, world.on_ipv6.unregistered) = (true, true);
    world.minutes(5);
    for _ in 0..20 {
        world.round();
    }
    assert!(has_both(&world));
}

#[test]
fn targets_that_are_checked_for_the_first_time_are_better_than_none() {
    let mut world = new(86_400);
    world.climb_to("CanaryProof");
    world.on_ipv6.sick = Some("Target.FailedHealthChecks");
    world.scale(Side::Ipv4, 0).unwrap();
    world.minutes(3);
    world.climb_until(|d| matches!(&d.next, Next::Act(a) if a.name().starts_with("let go")));
    world.round();
    only(&world, IPV6);
}
