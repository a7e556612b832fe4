//! What CloudWatch must say before a step is over.

use jiff::Timestamp;
use sixshift_core::{
    evidence::{Broken, Series},
    facts::Gate,
    observation::{Alarm, Known, Missing},
    status::{Health, Phase, WaitingOn},
};

use crate::world::{World, build::plan};

fn at_ten(edits: &[(&str, &str)]) -> World {
    let mut world = World::new(plan(edits));
    world.climb_to_share(10);
    world
}

fn hold(world: &World) -> (u64, Broken) {
    match world.waiting() {
        WaitingOn::Hold {
            proven, broken_by, ..
        } => (proven.as_secs() / 60, broken_by),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_hold_counts_complete_minutes_and_nothing_else() {
    let mut world = at_ten(&[]);
    // The minute in which the share was set does not count, and each counts three minutes after its end.
    world.minutes(4);
    assert_eq!(hold(&world), (0, Broken::Set));
    world.minutes(3);
    assert_eq!(hold(&world), (3, Broken::Set));
    world.climb_to_share(50);
}

#[test]
fn lost_minutes_begin_the_hold_anew() {
    let mut world = at_ten(&[]);
    world.minutes(4);
    world.silent = true;
    world.minutes(1);
    world.silent = false;
    world.minutes(6);
    assert_eq!(hold(&world), (3, Broken::NoData));
}

#[test]
fn without_any_data_nothing_moves() {
    let mut world = at_ten(&[]);
    world.silent = true;
    world.minutes(60);
    assert_eq!(hold(&world).1, Broken::NoData);
    // It does not say for ever that all goes on.
    world.minutes(180);
    assert!(world.waiting().needs_person(), "{:?}", world.waiting());
    assert_eq!(world.share_note(), "1000");
    world.silent = false;
    world.climb_to_share(50);
}

#[test]
fn a_hold_that_is_broken_again_and_again_calls_somebody() {
    let mut world = at_ten(&[]);
    for round in 1..30 {
        world.minutes(3);
        world.silent = true;
        world.minutes(1);
        world.silent = false;
        let on = world.waiting();
        // Three holds and an hour.
        assert_eq!(on.needs_person(), round * 4 > 75, "{round}: {on:?}");
    }
    world.climb_to_share(50);
}

#[test]
fn clients_whom_a_cookie_holds_are_waited_for_before_somebody_is_called() {
    let mut world = at_ten(&[]);
    world.ways[0].forward.stickiness = Some(6 * 3600);
    world.pinned_ipv4 = 3000.0;
    for hour in 1..9 {
        world.minutes(60);
        let on = world.waiting();
        // Six hours of the cookie's, three holds and an hour.
        assert_eq!(on.needs_person(), hour > 7, "{hour}: {on:?}");
    }
    world.pinned_ipv4 = 0.0;
    world.climb_to_share(50);
}

#[test]
fn downtime_neither_skips_nor_shortens_a_hold() {
    let mut world = at_ten(&[]);
    world.minutes(2);
    world.edit_by_hand(0, 100, 0);
    world.minutes(30);
    world.edit_by_hand(0, 90, 10);
    world.minutes(4);
    assert_eq!(hold(&world), (1, Broken::Share));
}

#[test]
fn too_few_requests_wait_for_more() {
    let mut world = at_ten(&[]);
    world.requests = 20.0;
    world.minutes(20);
    assert_eq!(world.share_note(), "1000");
    world.climb_to("TooFew");
    assert!(!world.waiting().needs_person());
}

#[test]
fn too_few_requests_may_be_approved_where_the_plan_says_so() {
    let mut world = World::new(plan(&[("  retire:", "    onTooFew: approval\n  retire:")]));
    world.requests = 20.0;
    let story = world.climb();
    assert_eq!(story.0.last().unwrap(), "Shift . Approval");
    assert_eq!(
        world.waiting(),
        WaitingOn::Approval {
            gate: Gate::TooFew(0)
        }
    );
    world.stays();
    world.approve(Gate::TooFew(0));
    world.climb_to_share(50);
}

fn with_alarm(state: &str) -> World {
    let mut world = World::new(plan(&[(
        "  retire:",
        "    alarms: [checkout-5xx]\n  retire:",
    )]));
    world.alarms.push(Alarm {
        name: "checkout-5xx".to_owned(),
        state: state.to_owned(),
        reason: None,
        since: Timestamp::MAX,
        missing: Some(Missing::Missing),
        watches: Vec::new(),
    });
    world
}

#[test]
fn an_alarm_takes_the_traffic_back() {
    let mut world = with_alarm("OK");
    world.climb_to_share(10);
    world.alarms[0].state = "ALARM".to_owned();
    world.minutes(4);
    world.climb();
    assert_eq!(world.decide().status.health, Health::Bad);
    assert!(
        world
            .decide()
            .status
            .sentence
            .contains("alarm checkout-5xx is in ALARM")
    );
}

#[test]
fn an_alarm_that_fires_before_any_traffic_moved_holds_the_first_step() {
    let mut world = with_alarm("ALARM");
    world.climb_to("Evidence");
    assert_eq!((world.share_note(), world.weighted_share()), ("0", 0.0));
    world.minutes(60);
    assert_eq!(world.waiting().kind(), "Evidence");
    world.alarms[0].state = "OK".to_owned();
    world.climb_to_share(10);
}

#[test]
fn an_alarm_without_data_holds_the_step() {
    let mut world = with_alarm("INSUFFICIENT_DATA");
    world.climb_to("Evidence");
    world.minutes(60);
    assert!(["0", "1000"].contains(&world.share_note()));
}

#[test]
fn an_alarm_that_is_missing_is_found_before_anything_is_made() {
    let mut world = with_alarm("OK");
    world.alarms.clear();
    assert_eq!(world.climb().text(), "Checking . Findings");
}

#[test]
fn slower_than_ipv4_is_bad_though_within_the_fixed_limit() {
    let mut world = World::new(plan(&[]));
    world.requests = 60_000.0;
    world.on_ipv6.p99 = 0.6;
    let story = world.climb();
    assert!(story.says("RolledBack"), "{}", story.text());
    assert!(
        world.decide().status.sentence.contains("p99"),
        "{}",
        world.decide().status.sentence
    );
}

#[test]
fn one_error_of_the_load_balancers_own_is_no_reason_to_go_back() {
    let mut world = World::new(plan(&[("weight: 10%", "weight: 1%")]));
    world.climb_to_share(1);
    world.elb_5xx = 1.0;
    world.minutes(1);
    world.elb_5xx = 0.0;
    for _ in 0..12 {
        world.minutes(1);
        assert_ne!(
            world.phase(),
            sixshift_core::status::Phase::RollingBack,
            "{:?}",
            world.decide().status.signals
        );
    }
}

#[test]
fn many_errors_of_the_load_balancers_own_are_bad() {
    let mut world = at_ten(&[]);
    world.elb_5xx = 30.0;
    let story = world.climb();
    assert!(story.says("RolledBack"), "{}", story.text());
}

#[test]
fn errors_that_the_load_balancer_made_are_news_once_it_is_told_which_they_are() {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(50);
    world.minutes(5);
    let phase = |elb_503| {
        let mut seen = world.look();
        let Known::Seen(series) = &mut seen.recent else {
            panic!("{:?}", seen.recent);
        };
        let mut points = series.all();
        let newest = points.iter_mut().rfind(|p| p.requests_ipv6 > Some(0.0));
        let newest = newest.unwrap();
        (newest.elb_5xx, newest.elb_503) = (Some(900.0), elb_503);
        *series = Series::new(series.start, series.period, points);
        world.decide_on(&seen).status.phase
    };
    assert_eq!(phase(None), Phase::Shift);
    assert_eq!(phase(Some(0.0)), Phase::RollingBack);
}
