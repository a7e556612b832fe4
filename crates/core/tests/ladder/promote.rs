//! A person lets a plan move on without its holds: onto healthy ground, once, until somebody says something else.

use jiff::SignedDuration;
use sixshift_core::{
    action::Side,
    decide::Next,
    facts::Lack,
    observation::{Look, Rollout},
    share::Share,
    status::{Phase, WaitingOn},
};

use crate::world::{World, build::plan};

const SICK: Option<&str> = Some("Target.FailedHealthChecks");

fn at_share(percent: u16) -> World {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(percent);
    world.minutes(1);
    world
}

/// The share that its next waits and acts come to, and how long they took.
fn rises(world: &mut World, percent: u16) -> SignedDuration {
    let since = world.now;
    world.climb_to_share(percent);
    world.now.duration_since(since)
}

#[test]
fn a_promotion_moves_on_without_the_hold() {
    let mut world = at_share(10);
    assert_eq!(world.waiting().kind(), "Hold");
    world.promote(50);
    assert!(rises(&mut world, 50) < SignedDuration::from_mins(1));
    assert_eq!(world.weighted_share(), 0.5);
}

#[test]
fn a_promotion_skips_steps_and_the_gates_between_them() {
    let mut world = World::new(plan(&[("hold: 5m", "hold: 5m, gate: approval")]));
    world.climb_to("Approval");
    world.promote(100);
    assert!(rises(&mut world, 100) < SignedDuration::from_mins(1));
    assert_eq!(world.climb_to("Bake").0.last().unwrap(), "Bake . Bake");
}

#[test]
fn a_promotion_may_go_between_steps_and_the_plan_goes_on_from_there() {
    let mut world = at_share(10);
    world.promote(30);
    assert!(rises(&mut world, 30) < SignedDuration::from_mins(1));
    assert!(rises(&mut world, 50) > SignedDuration::from_mins(5));
}

#[test]
fn a_promotion_is_spent_once_its_share_is_reached() {
    let mut world = at_share(10);
    world.promote(50);
    world.climb_to_share(50);
    let WaitingOn::Hold { at, hold, .. } = world.waiting() else {
        panic!("{:?}", world.waiting())
    };
    assert_eq!((at, hold.as_secs()), (Share::from_basis_points(5_000), 600));
    assert!(rises(&mut world, 100) >= SignedDuration::from_mins(10));
}

#[test]
fn a_promotion_needs_healthy_targets_enough() {
    let mut world = at_share(10);
    world.promote(100);
    // One of three is healthy: enough for a tenth, not for all.
    let group = world.groups[0].ipv6.as_mut().unwrap();
    let targets = group.targets.seen().cloned().unwrap();
    let sick = targets.into_iter().enumerate().map(|(i, mut target)| {
        if i > 0 {
            target.state = "unhealthy".to_owned();
        }
        target
    });
    group.targets = sixshift_core::observation::Known::Seen(sick.collect());
    let WaitingOn::TargetsUnhealthy { needed, .. } = world.waiting() else {
        panic!("{:?}", world.waiting())
    };
    assert_eq!((needed, world.share_note()), (3, "1000"));
    world.minutes(1);
    assert!(rises(&mut world, 100) < SignedDuration::from_mins(1));
}

#[test]
fn a_promotion_waits_for_the_twins_deployment_and_not_for_ipv4s() {
    let deploying = |world: &mut World, side| {
        let service = match side {
            Side::Ipv4 => world.ipv4.as_mut(),
            Side::Ipv6 => world.twin.as_mut(),
        };
        let deployment = &mut service.unwrap().deployments[0];
        deployment.rollout = Rollout::InProgress;
        deployment.completed_at = None;
    };
    let mut world = at_share(10);
    deploying(&mut world, Side::Ipv6);
    world.promote(50);
    assert_eq!(world.waiting().kind(), "Deployment");
    let mut world = at_share(10);
    deploying(&mut world, Side::Ipv4);
    assert_eq!(world.waiting().kind(), "Deployment");
    world.promote(50);
    assert!(rises(&mut world, 50) < SignedDuration::from_mins(1));
}

#[test]
fn bad_evidence_takes_traffic_back_in_spite_of_a_promotion_and_overtakes_it() {
    let mut world = at_share(10);
    world.on_ipv6.errors = 0.5;
    world.minutes(6);
    world.promote(100);
    world.minutes(1);
    let story = world.climb();
    assert_eq!(world.phase(), Phase::RolledBack, "{}", story.text());
    assert!(!story.says("raise"), "{}", story.text());
    world.on_ipv6.errors = 0.0;
    world.minutes(60);
    world.facts.retry = Some(world.order("mended"));
    assert!(!world.climb_to_share(10).says("100 %"));
    assert!(rises(&mut world, 50) >= SignedDuration::from_mins(5));
}

#[test]
fn what_was_bad_before_the_first_step_is_not_promoted_onto() {
    let mut world = World::new(plan(&[]));
    world.climb_until(|d| d.status.phase == Phase::Shift);
    world.elb_5xx = 0.0;
    world.pinned_ipv6 = 200.0;
    world.on_ipv6.errors = 0.5;
    world.minutes(6);
    assert_eq!(world.waiting().kind(), "Evidence");
    world.promote(50);
    assert_eq!(world.waiting().kind(), "Evidence");
}

#[test]
fn an_abort_or_a_retry_overtakes_a_promotion() {
    let mut world = at_share(10);
    world.promote(100);
    world.minutes(1);
    world.facts.abort = Some(world.order("no"));
    assert_eq!(world.climb().0.last().unwrap(), "RolledBack . RolledBack");
    world.minutes(1);
    world.facts.retry = Some(world.order("again"));
    world.climb_to_share(10);
    assert!(rises(&mut world, 50) >= SignedDuration::from_mins(5));
}

#[test]
fn a_promotion_after_a_retry_counts() {
    let mut world = at_share(10);
    world.facts.abort = Some(world.order("no"));
    world.climb();
    world.minutes(1);
    world.facts.retry = Some(world.order("again"));
    world.climb_to_share(10);
    world.minutes(1);
    world.promote(100);
    assert!(rises(&mut world, 100) < SignedDuration::from_mins(1));
}

#[test]
fn a_promotion_of_another_revision_is_not_ours() {
    let mut world = at_share(10);
    world.promote(100);
    world.plan = plan(&[("hold: 10m", "hold: 11m")]);
    assert_eq!(world.waiting().kind(), "Hold");
}

#[test]
fn a_promotion_moves_nothing_while_the_plan_is_stopped() {
    let stops: [fn(&mut World); 4] = [
        |w| w.facts.paused = Some("lunch".to_owned()),
        |w| w.facts.frozen = Some(w.freeze("release")),
        |w| w.plan.paused = true,
        |w| w.facts.lacking = Some(Lack::Source),
    ];
    for stop in stops {
        for emptied in [false, true] {
            let mut world = at_share(10);
            if emptied {
                world.scale(Side::Ipv4, 0).unwrap();
                world.climb_to("Emptied");
            }
            stop(&mut world);
            world.promote(100);
            world.stays();
        }
    }
}

#[test]
fn a_sick_ipv4_side_is_told_and_a_promotion_leaves_it() {
    let mut world = at_share(50);
    world.on_ipv4.sick = SICK;
    world.minutes(2);
    assert_eq!(world.waiting().kind(), "Ipv4Sick");
    world.stays();
    world.promote(100);
    assert!(rises(&mut world, 100) < SignedDuration::from_mins(1));
    assert_eq!(world.weighted_share(), 1.0);
    world.climb_to("Bake");
}

#[test]
fn a_sick_ipv4_side_is_looked_at_closer_once_metrics_tell_of_it() {
    let mut world = at_share(50);
    let remembered = world.look();
    world.on_ipv4.sick = SICK;
    world.minutes(5);
    let mut seen = world.look();
    (seen.look, seen.pairs) = (Look::Light, remembered.pairs);
    let Next::Wait(on) = world.decide_on(&seen).next else {
        panic!("it acts")
    };
    assert_eq!(on.kind(), "CloserLook");
    assert_eq!(world.waiting().kind(), "Ipv4Sick");
}

#[test]
fn a_sick_ipv4_side_that_keeps_some_traffic_is_told_again() {
    let mut world = at_share(10);
    world.on_ipv4.sick = SICK;
    world.minutes(2);
    world.promote(50);
    assert!(rises(&mut world, 50) < SignedDuration::from_mins(1));
    assert_eq!(world.waiting().kind(), "Ipv4Sick");
}

#[test]
fn a_promotion_makes_a_refuge_the_plans_own_share() {
    for reached in [0, 10, 50] {
        let mut world = if reached == 0 {
            let mut world = World::new(plan(&[]));
            world.climb_until(|d| d.status.phase == Phase::Shift);
            world
        } else {
            at_share(reached)
        };
        world.scale(Side::Ipv4, 0).unwrap();
        world.climb_to("Emptied");
        assert_eq!(world.weighted_share(), 1.0);
        world.minutes(1);
        world.promote(100);
        world.climb_to_share(100);
        assert_eq!(world.weighted_share(), 1.0, "from {reached} %");
        assert_ne!(world.decide().status.phase, Phase::Shift);
    }
}

#[test]
fn a_promotion_short_of_a_refuge_leaves_it_one() {
    let mut world = at_share(10);
    world.scale(Side::Ipv4, 0).unwrap();
    world.climb_to("Emptied");
    world.promote(50);
    world.stays();
    assert_eq!(world.waiting().kind(), "Emptied");
}
