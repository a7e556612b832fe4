//! What is bad, and what only looks so: nodes without a target, alarms without data, load balancers without a client.

use jiff::Timestamp;
use sixshift_core::{
    decide::{Next, decide},
    evidence::Verdict,
    observation::{Alarm, Known, Look, Missing, Watched},
    status::{Phase, WaitingOn},
};

use crate::world::{World, build::plan};

#[test]
fn nodes_that_know_no_healthy_target_hold_the_step_while_the_target_group_has_one() {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(10);
    world.blind = true;
    for _ in 0..20 {
        world.minutes(1);
        assert_ne!(world.phase(), Phase::RollingBack);
    }
    let decided = world.decide();
    assert_eq!(decided.status.verdict, Some(Verdict::NoData));
    assert_eq!(world.share_note(), "1000");
    world.blind = false;
    world.climb_to_share(50);
}

#[test]
fn before_targets_that_are_only_remembered_are_called_dead_they_are_looked_at() {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(10);
    world.blind = true;
    world.minutes(10);
    let mut seen = world.look();
    seen.look = Look::Light;
    let decided = decide(&world.plan, &world.facts, &seen, world.now);
    assert_eq!(decided.next, Next::Wait(WaitingOn::CloserLook));
}

#[test]
fn a_twin_without_a_healthy_target_is_taken_back() {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(10);
    world.on_ipv6.sick = Some("Target.Timeout");
    world.minutes(5);
    let story = world.climb();
    assert!(story.says("RolledBack"), "{}", story.text());
}

/// A plan with an error alarm that rests in INSUFFICIENT_DATA.
fn resting(edits: &[(&str, &str)]) -> World {
    let alarms = ("  retire:", "    alarms: [checkout-5xx]\n  retire:");
    let mut world = World::new(plan(&[&[alarms], edits].concat()));
    world.alarms.push(Alarm {
        name: "checkout-5xx".to_owned(),
        state: "INSUFFICIENT_DATA".to_owned(),
        reason: None,
        since: Timestamp::UNIX_EPOCH,
        missing: Some(Missing::Missing),
        watches: vec![Watched {
            namespace: "AWS/ApplicationELB".to_owned(),
            metric: "HTTPCode_Target_5XX_Count".to_owned(),
            ..Watched::default()
        }],
    });
    world
}

#[test]
fn an_alarm_that_rests_holds_no_step_and_is_told() {
    let mut world = resting(&[]);
    world.climb_to_share(50);
    let signals = world.decide().status.signals;
    let told = signals.iter().filter_map(|s| s.note.as_deref());
    assert!(
        told.clone().any(|note| note.contains("says nothing")),
        "{signals:?}"
    );
    world.alarms[0].state = "ALARM".to_owned();
    world.minutes(4);
    assert_eq!(world.phase(), Phase::RollingBack);
}

#[test]
fn an_idle_load_balancer_lets_an_old_enough_canary_pass_and_no_step() {
    let mut world = World::new(plan(&[]));
    world.silent = true;
    world.climb_to("CanaryProof");
    let WaitingOn::CanaryProof { idle, .. } = world.waiting() else {
        panic!()
    };
    assert!(!idle, "the newest minutes are not told yet");
    let story = world.climb_to("Hold");
    assert!(
        story.says("scale service checkout-ipv6 to 3"),
        "{}",
        story.text()
    );
    world.minutes(60);
    assert!(world.weighted_share() <= 0.1, "{}", story.text());
    let next = world.waiting().unblocked_by();
    assert!(next.contains("a few requests mend that"), "{next}");
    world.silent = false;
    world.climb_to_share(50);
}

#[test]
fn a_canary_on_an_idle_load_balancer_is_no_older_than_its_task() {
    let mut world = World::new(plan(&[]));
    world.silent = true;
    world.climb_to("CanaryProof");
    world.minutes(10);
    let mut seen = world.look();
    let Known::Seen(tasks) = &mut seen.twin_tasks else {
        panic!()
    };
    tasks[0].started_at = Some(world.now - jiff::SignedDuration::from_secs(60));
    let decided = decide(&world.plan, &world.facts, &seen, world.now);
    assert!(
        matches!(
            decided.next,
            Next::Wait(WaitingOn::CanaryProof { idle: true, .. })
        ),
        "{:?}",
        decided.next
    );
}

#[test]
fn where_aws_tells_no_zone_the_tasks_do() {
    let mut world = World::new(plan(&[("weight: 50%", "weight: 20%")]));
    world.climb_to_share(10);
    world.minutes(20);
    let mut seen = world.look();
    let Known::Seen(pairs) = &mut seen.pairs else {
        panic!()
    };
    if let Known::Seen(group) = &mut pairs[0].ipv6
        && let Known::Seen(targets) = &mut group.targets
    {
        for target in targets.iter_mut() {
            target.zone = Some("all".to_owned());
        }
        targets[1].state = "unhealthy".to_owned();
    }
    let decided = decide(&world.plan, &world.facts, &seen, world.now);
    let Next::Wait(WaitingOn::TargetsUnhealthy { zone, .. }) = decided.next else {
        panic!("{:?}", decided.next)
    };
    assert_eq!(zone.as_deref(), Some("eu-central-1b"));
}

#[test]
fn with_cross_zone_off_each_zone_of_ipv4_needs_a_target_on_ipv6() {
    let mut world = World::new(plan(&[]));
    let ipv4 = world.groups[0].ipv4.as_mut().unwrap();
    ipv4.attributes.insert(
        "load_balancing.cross_zone.enabled".to_owned(),
        "false".to_owned(),
    );
    world.climb_to_share(10);
    world.minutes(20);
    let mut seen = world.look();
    let Known::Seen(pairs) = &mut seen.pairs else {
        panic!()
    };
    if let Known::Seen(group) = &mut pairs[0].ipv6
        && let Known::Seen(targets) = &mut group.targets
    {
        for target in targets {
            target.zone = Some("eu-central-1a".to_owned());
        }
    }
    let decided = decide(&world.plan, &world.facts, &seen, world.now);
    let Next::Wait(on @ WaitingOn::TargetsUnhealthy { .. }) = decided.next else {
        panic!("{:?}", decided.next)
    };
    let told = on.to_string();
    assert!(told.contains("in eu-central-1b"), "{told}");
    assert!(told.contains("cross-zone load balancing is off"), "{told}");
}

#[test]
fn streams_that_stay_open_are_given_the_time_that_the_plan_says() {
    let keep = "  retire: { minDrain: 4h, ";
    let mut world = World::new(plan(&[("  retire: { ", keep)]));
    world.climb_to("Bake");
    world.climb_to("Drain");
    let at_hundred = world.now;
    let WaitingOn::Drain { over, .. } = world.waiting() else {
        panic!()
    };
    assert_eq!(over.as_secs(), 4 * 3600);
    world.climb_to("Cold");
    let waited = world.now.duration_since(at_hundred);
    assert!(waited.as_hours() >= 2, "{waited}");
}
