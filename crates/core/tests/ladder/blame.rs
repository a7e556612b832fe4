//! Which side is sick: IPv6 is charged with what it did, and a sick IPv4 side gets no traffic back.

use jiff::SignedDuration;
use sixshift_core::{
    evidence::Verdict,
    facts::{Order, Promotion},
    observation::{Alarm, Known, Missing, Watched},
    plan::OnBad,
    share::Share,
    status::{Health, Phase, Status, WaitingOn},
};

use crate::world::{World, build::plan};

fn at_a_tenth() -> World {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(10);
    world
}

/// Minutes in which no round takes the traffic back, and the last one names the IPv4 side.
fn names_ipv4(world: &mut World, minutes: i64) -> String {
    for _ in 0..minutes {
        world.round();
        world.minutes(1);
        assert_ne!(world.phase(), Phase::RollingBack);
    }
    let status = world.decide().status;
    assert_eq!(status.health, Health::Bad, "{}", status.sentence);
    match status.waiting_on {
        Some(WaitingOn::Ipv4Sick { reason }) => reason,
        on => panic!("{on:?}"),
    }
}

#[test]
fn errors_of_the_load_balancer_are_not_charged_to_ipv6_while_ipv4_has_nobody_healthy() {
    let mut world = at_a_tenth();
    world.on_ipv4.sick = Some("Target.Timeout");
    world.elb_5xx = world.requests * 0.9;
    let reason = names_ipv4(&mut world, 30);
    assert!(reason.contains("has no healthy target"), "{reason}");
    assert!((0.09..0.11).contains(&world.weighted_share()));
    // The minutes in which it comes back are not charged to IPv6 either.
    (world.on_ipv4.sick, world.elb_5xx) = (None, 0.0);
    for _ in 0..10 {
        world.round();
        world.minutes(1);
        assert_ne!(world.phase(), Phase::RollingBack);
    }
    world.climb_to_share(50);
}

#[test]
fn ipv4_whose_own_requests_fail_while_ipv6s_do_not_is_named_and_nothing_moves() {
    let mut world = at_a_tenth();
    world.on_ipv4.errors = 0.4;
    world.minutes(4);
    let reason = names_ipv4(&mut world, 60);
    assert!(
        reason.contains("errors on IPv4 are 40 %, over 1 %"),
        "{reason}"
    );
    assert!((0.09..0.11).contains(&world.weighted_share()));
}

#[test]
fn a_person_may_move_on_from_an_ipv4_side_that_fails() {
    let mut world = at_a_tenth();
    world.on_ipv4.errors = 0.4;
    names_ipv4(&mut world, 6);
    world.facts.promotion = Some(Promotion {
        to: Share::ALL,
        order: Order {
            revision: world.plan.revision.clone(),
            by: "alice".to_owned(),
            reason: "IPv4 is lost".to_owned(),
            at: world.now,
        },
    });
    let story = world.climb_until(|d| d.status.shares.applied == Some(Share::ALL));
    assert!(!story.says("RollingBack"), "{}", story.text());
    assert!(world.weighted_share() > 0.999);
}

#[test]
fn where_both_sides_fail_alike_ipv6_is_not_kept() {
    let mut world = at_a_tenth();
    (world.on_ipv4.errors, world.on_ipv6.errors) = (0.4, 0.4);
    world.minutes(6);
    assert_eq!(world.phase(), Phase::RollingBack);
}

#[test]
fn a_slow_ipv6_side_keeps_its_customers_where_those_on_ipv4_fail() {
    let mut world = at_a_tenth();
    (world.on_ipv4.errors, world.on_ipv6.p99) = (0.4, 2.0);
    world.requests = 60_000.0;
    world.minutes(4);
    let reason = names_ipv4(&mut world, 30);
    assert!(reason.contains("errors on IPv4"), "{reason}");
    // Once IPv4 is well again, the slow side is what is wrong.
    world.on_ipv4.errors = 0.0;
    world.minutes(12);
    let story = world.climb();
    assert!(story.says("RolledBack"), "{}", story.text());
}

#[test]
fn requests_that_ipv6_alone_refuses_take_the_traffic_back() {
    let mut world = at_a_tenth();
    world.on_ipv6.refused = 1.0;
    world.minutes(5);
    let story = world.climb();
    assert!(story.says("RolledBack"), "{}", story.text());
    let why = world.decide().status.sentence;
    assert!(
        why.contains("requests refused with a 4xx on IPv6 beside those on IPv4 are 100 %"),
        "{why}"
    );
}

#[test]
fn with_nobody_left_on_ipv4_that_most_are_refused_who_were_not_before_takes_it_back() {
    for (refused, goes_back) in [(1.0, true), (0.2, false)] {
        let mut world = World::new(plan(&[("bake: 15m", "bake: 6h")]));
        world.climb_to_share(100);
        world.minutes(240);
        world.on_ipv6.refused = refused;
        world.minutes(5);
        let phase = world.phase();
        assert_eq!(phase == Phase::RollingBack, goes_back, "{refused}");
    }
}

#[test]
fn what_few_asked_for_before_tells_nothing_of_what_is_usual() {
    let mut world = World::new(plan(&[("bake: 15m", "bake: 20h")]));
    world.climb_to_share(100);
    (world.requests, world.on_ipv6.refused) = (0.0, 1.0);
    world.minutes(600);
    assert_eq!(world.phase(), Phase::Bake);
    world.requests = 3_000.0;
    world.minutes(20);
    assert_eq!(world.phase(), Phase::RollingBack);
}

#[test]
fn a_plan_that_switches_the_comparison_off_does_not_mind() {
    let off = "    clientErrorRate: { worseThanIpv4By: 100% }\n  retire:";
    let mut world = World::new(plan(&[("  retire:", off)]));
    world.climb_to_share(10);
    world.on_ipv6.refused = 1.0;
    world.climb_to_share(50);
}

#[test]
fn what_is_bad_on_ipv6_is_said_first_though_ipv4_is_sick_too() {
    let mut world = at_a_tenth();
    world.plan.health.on_bad = OnBad::Hold;
    (world.on_ipv4.errors, world.on_ipv6.errors) = (0.4, 0.4);
    world.minutes(6);
    assert!(matches!(world.waiting(), WaitingOn::Bad { .. }));
}

/// An alarm that had data before the twin was made, and lost it since.
fn lost_its_data(world: &World) -> Alarm {
    Alarm {
        name: "checkout-slow".to_owned(),
        state: "INSUFFICIENT_DATA".to_owned(),
        reason: None,
        since: world.now,
        missing: Some(Missing::Missing),
        watches: vec![Watched {
            namespace: "AWS/ApplicationELB".to_owned(),
            metric: "TargetResponseTime".to_owned(),
            ..Watched::default()
        }],
    }
}

#[test]
fn no_first_step_is_taken_while_an_alarm_has_no_data_and_a_person_is_called_after_a_while() {
    let alarms = ("  retire:", "    alarms: [checkout-slow]\n  retire:");
    let mut world = World::new(plan(&[alarms]));
    let ok = Alarm {
        state: "OK".to_owned(),
        ..lost_its_data(&world)
    };
    world.alarms.push(ok);
    world.climb_to("CanaryProof");
    world.alarms = vec![lost_its_data(&world)];
    world.climb_to("Evidence");
    let mut before: Option<Status> = None;
    for minute in 0..20 {
        let status = world.decide().status.carrying_since(before.as_ref());
        let Some(WaitingOn::Evidence { verdict, .. }) = &status.waiting_on else {
            panic!("{status:?}")
        };
        assert_eq!(*verdict, Verdict::NoData);
        let called = status.health == Health::NeedsPerson;
        assert_eq!(called, minute >= 15, "minute {minute}: {}", status.sentence);
        assert_eq!(called, status.is_settled());
        before = Some(status);
        world.advance(SignedDuration::from_mins(1));
    }
    assert_eq!(world.weighted_share(), 0.0);
    world.alarms[0].state = "OK".to_owned();
    world.climb_to_share(10);
}

/// Of the IPv6 targets, as one look shows them.
fn with_targets(world: &World, state: &str) -> Phase {
    let mut seen = world.look();
    if let Known::Seen(pairs) = &mut seen.pairs
        && let Known::Seen(group) = &mut pairs[0].ipv6
        && let Known::Seen(targets) = &mut group.targets
    {
        for target in targets {
            target.state = state.to_owned();
        }
    }
    world.decide_on(&seen).status.phase
}

#[test]
fn a_twin_being_checked_anew_is_given_up_only_where_ipv4_could_serve_at_once() {
    let mut cold = World::new(plan(&[]));
    cold.climb_to("Cold");
    assert_eq!(with_targets(&cold, "initial"), Phase::Cold);
    assert_eq!(with_targets(&cold, "unhealthy"), Phase::RollingBack);
    assert_eq!(with_targets(&at_a_tenth(), "initial"), Phase::RollingBack);
}

#[test]
fn the_reason_of_a_rollback_is_the_twin_that_was_deleted_not_the_errors_that_followed() {
    let mut world = at_a_tenth();
    world.twin.as_mut().unwrap().status = "DRAINING".to_owned();
    world.elb_5xx = world.requests * 0.1;
    world.minutes(5);
    let story = world.climb();
    assert!(story.says("RolledBack"), "{}", story.text());
    let why = world.decide().status.sentence;
    assert!(why.contains("the twin is being deleted"), "{why}");
}
