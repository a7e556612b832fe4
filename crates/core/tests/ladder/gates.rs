//! What stops the ladder before and while traffic moves: what is not known, foreign, unfit or unhealthy.

use jiff::SignedDuration;
use sixshift_core::{
    action::{Action, Intent, Side},
    decide::Next,
    guard::{Veto, guard},
    names,
    observation::{Known, Look, Observation, Rollout, Scaling, Topic, Why},
    share::Share,
    status::{Health, Phase, WaitingOn},
};

use crate::world::{World, build::plan};

fn throttled<T>() -> Known<T> {
    Known::Unknown(Why::new("Throttling".to_owned()))
}

type Blind = (&'static str, fn(&mut Observation));

/// Each field of an observation, made unknown.
const BLIND: &[Blind] = &[
    ("ipv4", |o| o.ipv4 = throttled()),
    ("twin", |o| o.twin = throttled()),
    ("ipv4_task_definition", |o| {
        o.ipv4_task_definition = throttled()
    }),
    ("ipv4_revision", |o| o.ipv4_revision = throttled()),
    ("twin_task_definition", |o| {
        o.twin_task_definition = throttled()
    }),
    ("pairs", |o| o.pairs = throttled()),
    ("load_balancers", |o| o.load_balancers = throttled()),
    ("routes", |o| o.routes = throttled()),
    ("ipv4_scaling", |o| o.ipv4_scaling = throttled()),
    ("twin_scaling", |o| o.twin_scaling = throttled()),
    ("twin_tasks", |o| o.twin_tasks = throttled()),
    ("recent", |o| o.recent = throttled()),
    ("long", |o| o.long = throttled()),
    ("before", |o| o.before = throttled()),
    ("alarms", |o| o.alarms = throttled()),
    ("the first IPv6 group", |o| {
        each_pair(o, |p| p.ipv6 = throttled())
    }),
    ("the first IPv4 group", |o| {
        each_pair(o, |p| p.ipv4 = throttled())
    }),
    ("the IPv6 targets", |o| {
        each_pair(o, |p| {
            if let Known::Seen(g) = &mut p.ipv6 {
                g.targets = throttled();
            }
        });
    }),
];

fn each_pair(seen: &mut Observation, change: impl Fn(&mut sixshift_core::observation::Pair)) {
    if let Known::Seen(pairs) = &mut seen.pairs {
        pairs.iter_mut().for_each(change);
    }
}

/// Whether it gives IPv6 more traffic, makes a thing that may be there already, or takes one away.
fn is_bold(action: &Action) -> bool {
    match action {
        Action::SetForward { intent, .. } => {
            !matches!(intent, Intent::Return | Intent::Attach(Share::NONE))
        }
        Action::DeleteService { .. }
        | Action::DeleteTargetGroup { .. }
        | Action::DeleteScaling { .. } => true,
        Action::ScaleService { desired, .. } => *desired == 0,
        _ => false,
    }
}

#[test]
fn what_is_unknown_is_never_taken_for_absent_good_or_a_persons_business() {
    let mut world = World::scaled(plan(&[]));
    for _ in 0..600 {
        let whole = world.decide();
        for (name, blind) in BLIND {
            let mut seen = world.look();
            blind(&mut seen);
            let decision = world.decide_on(&seen);
            match &decision.next {
                // What was not needed may be unknown: then it goes on as it would have.
                next if *next == whole.next => {}
                Next::Act(action) => {
                    assert!(
                        !is_bold(action),
                        "{name} unknown at {:?}: {action:?}",
                        whole.status.phase
                    );
                    assert!(
                        !matches!(
                            action,
                            Action::CreateTargetGroup { .. } | Action::CreateService(_)
                        ),
                        "{name} unknown is taken for absent: {action:?}"
                    );
                    let verdict = guard(&world.plan, &world.facts, &seen, action);
                    assert!(
                        matches!(verdict, Ok(()) | Err(Veto::NotSeen)),
                        "{name} unknown at {:?}: {verdict:?} to {action:?}",
                        whole.status.phase
                    );
                }
                Next::Wait(on) => assert!(
                    !on.needs_person() || whole.status.health == Health::NeedsPerson,
                    "{name} unknown at {:?} calls a person: {on:?}",
                    whole.status.phase
                ),
                Next::Done => panic!(
                    "{name} unknown is taken for done at {:?}",
                    whole.status.phase
                ),
            }
        }
        if whole.status.phase == Phase::Done {
            return;
        }
        world.round();
    }
    panic!("it was not done in time");
}

#[test]
fn a_light_look_never_acts_without_a_closer_one() {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(10);
    world.climb_to("Hold");
    let mut seen = world.look();
    seen.look = Look::Light;
    seen.twin_tasks = Known::not_asked();
    seen.load_balancers = Known::not_asked();
    let decision = world.decide_on(&seen);
    assert_eq!(decision.next, Next::Wait(WaitingOn::CloserLook));
    assert_eq!(decision.wants_closer_look(Look::Light), Some(Look::Full));
    assert_eq!(decision.look_at, world.now);
}

/// Each look closer than the one before, until nothing closer is left to ask for.
#[test]
fn an_act_asks_for_the_look_that_it_rests_on_and_then_for_all_of_it() {
    let mut world = World::new(plan(&[]));
    let seen = world.look();
    let building = world.decide_on(&seen);
    let groups = Look::Close(&[Topic::TargetGroups]);
    assert_eq!(building.wants_closer_look(Look::Light), Some(groups));
    assert_eq!(building.wants_closer_look(groups), None);
    let scaling = Look::Close(&[Topic::Scaling]);
    assert_eq!(building.wants_closer_look(scaling), Some(Look::Full));
    world.climb_until(|d| matches!(&d.next, Next::Act(a) if a.name().starts_with("raise")));
    let seen = world.look();
    let raising = world.decide_on(&seen);
    assert_eq!(raising.wants_closer_look(Look::Light), Some(Look::Full));
    assert_eq!(raising.wants_closer_look(groups), Some(Look::Full));
    assert_eq!(raising.wants_closer_look(Look::Full), None);
}

#[test]
fn a_target_group_with_our_name_but_not_our_tag_is_left_alone() {
    let mut world = World::new(plan(&[]));
    world.foreign_group();
    world.climb_to("Foreign");
    world.stays();
}

#[test]
fn a_service_with_the_twins_name_but_not_our_tag_is_left_alone() {
    let mut world = World::new(plan(&[]));
    world.climb_to("CanaryProof");
    world.twin.as_mut().unwrap().tags.clear();
    assert_eq!(world.waiting().kind(), "Foreign");
    world.stays();
}

#[test]
fn what_readiness_finds_stops_it_before_anything_is_made() {
    let mut world = World::new(plan(&[]));
    world.balancers[0].ip_address_type = "ipv4".to_owned();
    let story = world.climb();
    assert_eq!(story.text(), "Checking . Findings");
    assert_eq!(
        world.waiting().unblocked_by(),
        "set its IP address type to dualstack"
    );
    world.balancers[0].ip_address_type = "dualstack".to_owned();
    world.climb_to("Hold");
}

#[test]
fn a_missing_service_is_told_and_nothing_is_made() {
    let mut world = World::new(plan(&[]));
    world.ipv4 = None;
    assert_eq!(world.climb().text(), "Checking . Missing");
}

#[test]
fn a_canary_with_an_ipv4_address_calls_a_person() {
    let mut world = World::new(plan(&[]));
    world.on_ipv6.ipv4_address = true;
    let story = world.climb();
    assert_eq!(story.0.last().unwrap(), "Warm . NotIpv6Only");
    assert!(
        world
            .decide()
            .status
            .sentence
            .contains("has the IPv4 address 10.9.0.0")
    );
    world.stays();
}

#[test]
fn a_canary_that_never_becomes_healthy_says_why_and_calls_a_person_after_a_while() {
    let mut world = World::new(plan(&[]));
    world.on_ipv6.sick = Some("Target.FailedHealthChecks");
    world.climb_to("TargetsUnhealthy");
    assert_eq!(world.decide().status.health, Health::Progressing);
    let story = world.climb();
    assert_eq!(story.0.last().unwrap(), "Warm . TargetsUnhealthy");
    let sentence = world.decide().status.sentence;
    assert!(
        sentence.contains("may listen on 0.0.0.0 only"),
        "{sentence}"
    );
    assert_eq!(world.weighted_share(), 0.0);
    world.stays();
}

#[test]
fn after_a_retry_a_starting_canary_is_not_overdue_at_once() {
    let mut world = World::new(plan(&[]));
    world.climb_to("Hold");
    world.on_ipv6.errors = 0.5;
    world.climb();
    world.minutes(60);
    world.on_ipv6.errors = 0.0;
    world.facts.retry = Some(world.order("fixed"));
    let story = world.climb_until(|d| {
        assert!(
            !d.status.is_settled() || d.status.phase == Phase::Done,
            "{:?}",
            d.next
        );
        d.status.phase == Phase::Shift
    });
    assert!(
        story.says("scale service checkout-ipv6 to 1"),
        "{}",
        story.text()
    );
}

#[test]
fn a_deployment_of_ipv4_is_followed_by_the_twin_and_the_hold_begins_anew() {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(50);
    world.minutes(9);
    world.deploy_ipv4();
    let story = world.climb_until(|d| matches!(&d.next, Next::Wait(WaitingOn::Hold { .. })));
    assert_eq!(
        story.acts(),
        [
            "register task definition checkout-ipv6-bbe9f41a8a",
            "roll service checkout-ipv6"
        ]
    );
    world.minutes(8);
    let hold = world.waiting();
    let WaitingOn::Hold {
        proven, broken_by, ..
    } = hold
    else {
        panic!("{hold:?}")
    };
    assert!(proven.as_secs() <= 300, "{proven:?}");
    assert_eq!(broken_by, sixshift_core::evidence::Broken::Deployment);
    world.climb_to_share(100);
}

#[test]
fn nothing_is_raised_while_a_deployment_is_under_way() {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(10);
    world.minutes(20);
    let primary = &mut world.ipv4.as_mut().unwrap().deployments[0];
    primary.rollout = sixshift_core::observation::Rollout::InProgress;
    assert_eq!(world.waiting().kind(), "Deployment");
}

#[test]
fn targets_that_went_missing_stop_a_raise() {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(10);
    world.minutes(20);
    if let Known::Seen(targets) = &mut world.groups[0].ipv6.as_mut().unwrap().targets {
        targets.truncate(1);
    }
    assert_eq!(world.waiting().kind(), "TargetsUnhealthy");
}

#[test]
fn a_zone_without_a_healthy_target_stops_a_raise() {
    let mut world = World::new(plan(&[("weight: 50%", "weight: 20%")]));
    world.climb_to_share(10);
    world.minutes(20);
    if let Known::Seen(targets) = &mut world.groups[0].ipv6.as_mut().unwrap().targets {
        targets[1].state = "unhealthy".to_owned();
        targets[1].reason = Some("Target.Timeout".to_owned());
    }
    let WaitingOn::TargetsUnhealthy { zone, .. } = world.waiting() else {
        panic!()
    };
    assert_eq!(zone.as_deref(), Some("eu-central-1b"));
}

#[test]
fn a_service_that_a_stranger_deletes_midway_is_told_and_nothing_is_destroyed() {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(50);
    world.ipv4 = None;
    let on = world.waiting();
    assert_eq!(on.kind(), "Missing");
    assert!(on.needs_person());
    // Once its targets are gone, customers are better off with the twin.
    world.minutes(2);
    world.climb();
    assert_eq!(world.waiting().kind(), "Emptied");
    assert_eq!(world.weighted_share(), 1.0);
    world.stays();
}

#[test]
fn a_stranger_who_scales_ipv4_to_zero_in_the_bake_does_not_end_it() {
    let mut world = World::new(plan(&[]));
    world.climb_to("Bake");
    world.scale(sixshift_core::action::Side::Ipv4, 0).unwrap();
    world.advance(SignedDuration::from_secs(61));
    assert_eq!(world.waiting().kind(), "Resized");
    world.stays();
    world.scale(sixshift_core::action::Side::Ipv4, 3).unwrap();
    world.climb_to("Bake");
}

#[test]
fn a_condition_that_holds_says_so_and_one_that_does_not_says_why() {
    use sixshift_core::status::{
        ConditionKind as Kind,
        ConditionStatus::{False, True},
    };
    let mut world = World::new(plan(&[]));
    world.climb_to_share(10);
    let of = |world: &World, kind| {
        let all = world.decide().status.conditions;
        let found = all.into_iter().find(|c| c.kind == kind).unwrap();
        (found.status, found.message)
    };
    assert_eq!(of(&world, Kind::Ready), (True, "nothing blocks".to_owned()));
    assert_eq!(
        of(&world, Kind::RoutesInStep),
        (True, "as applied".to_owned())
    );
    assert_eq!(of(&world, Kind::Complete).0, False);
    world.edit_by_hand(0, 100, 0);
    assert_eq!(of(&world, Kind::RoutesInStep).0, False);
    world.round();
    let (status, message) = of(&world, Kind::RoutesInStep);
    assert_eq!(status, False);
    assert!(message.contains("somebody set IPv6"), "{message}");
    let mut world = World::new(plan(&[]));
    world.balancers[0].ip_address_type = "ipv4".to_owned();
    assert_eq!(of(&world, Kind::Ready).0, False);
}

#[test]
fn a_canary_stays_one_until_it_is_proven_whatever_the_originals_minimum() {
    let mut world = World::scaled(plan(&[]));
    world.climb_to("CanaryProof");
    let (twin, scaling) = (world.twin.as_ref().unwrap(), world.twin_scaling.as_ref());
    assert_eq!((twin.desired, scaling.unwrap().min), (1, 1));
    world.climb_to_share(10);
    let scaling = world.twin_scaling.as_ref().unwrap();
    assert_eq!((scaling.min, scaling.max), (2, 9));
}

#[test]
fn bounds_that_the_team_changes_meanwhile_are_never_written_back() {
    let mut world = World::scaled(plan(&[]));
    world.climb_to_share(10);
    world.ipv4_scaling.as_mut().unwrap().max = 20;
    world.climb_to_share(50);
    let bounds = |s: &Option<Scaling>| s.as_ref().map(|s| (s.min, s.max));
    assert_eq!(bounds(&world.ipv4_scaling), Some((2, 20)));
    assert_eq!(bounds(&world.twin_scaling), Some((2, 20)));
}

#[test]
fn the_circuit_breaker_waits_until_the_twin_was_healthy() {
    let mut world = World::new(plan(&[]));
    world.climb_to("CanaryProof");
    let breaker = |w: &World| {
        w.twin.as_ref().unwrap().deployment["deploymentCircuitBreaker"]["enable"].clone()
    };
    assert_eq!(breaker(&world), false);
    let story = world.climb_to_share(10);
    assert_eq!(breaker(&world), true, "{}", story.text());
}

#[test]
fn a_revision_that_ecs_takes_back_is_not_rolled_again_until_a_person_says_so() {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(10);
    let good = world.twin.as_ref().unwrap().task_definition.clone();
    world.deploy_ipv4();
    world.climb_until(|d| matches!(&d.next, Next::Act(Action::RollTwin { .. })));
    world.round();
    world.minutes(1);
    let now = world.now;
    let twin = world.twin.as_mut().unwrap();
    twin.task_definition = good;
    twin.rolled_back_at = Some(now);
    world.climb_to("TwinFailed");
    world.stays();
    world.minutes(1);
    world.facts.retry = Some(world.order("it was a bad day"));
    let Action::RollTwin { force, .. } = world.acting() else {
        panic!("it is not tried again")
    };
    assert!(!force);
}

#[test]
fn a_deployment_that_ecs_gave_up_is_started_again_by_force_after_a_retry() {
    let mut world = World::new(plan(&[]));
    world.climb_to("TasksStarting");
    for deployment in &mut world.twin.as_mut().unwrap().deployments {
        deployment.rollout = Rollout::Failed;
        deployment.reason = Some("tasks failed to start".to_owned());
    }
    assert_eq!(world.waiting().kind(), "TwinFailed");
    world.minutes(1);
    world.facts.retry = Some(world.order("the network is mended"));
    let Action::RollTwin { force, .. } = world.acting() else {
        panic!("it is not tried again")
    };
    assert!(force);
    assert_eq!(world.climb().0.last().unwrap(), "Done");
}

#[test]
fn what_brings_a_cold_service_to_its_minimum_does_not_make_it_smaller_for_good() {
    let mut world = World::scaled(plan(&[("  retire:", "  drift: correct\n  retire:")]));
    world.climb_to("Cold");
    world.scale(Side::Ipv4, 2).unwrap();
    world.climb_to("Cold");
    world.facts.abort = Some(world.order("back"));
    world.climb();
    assert_eq!(world.ipv4.as_ref().unwrap().desired, 3);
}

#[test]
fn a_policy_is_followed_that_the_team_edits_or_takes_away() {
    let mut world = World::scaled(plan(&[]));
    world.climb_to_share(10);
    let target = |w: &World| {
        let policy = &w.twin_scaling.as_ref().unwrap().policies[0];
        policy.settings.read()["TargetTrackingScalingPolicyConfiguration"].take()
    };
    assert_eq!(
        target(&world)["PredefinedMetricSpecification"]["ResourceLabel"],
        format!(
            "app/shop/1/{}",
            names::metric_dimension(&world.groups[0].ipv6.as_ref().unwrap().arn)
        )
    );
    let original = world.ipv4_scaling.as_mut().unwrap();
    original.policies[0].settings.edit(|s| {
        s["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] = serde_json::json!(40);
    });
    original.scheduled.clear();
    let story = world.climb_to_share(50);
    assert_eq!(target(&world)["TargetValue"], 40);
    assert!(
        world.twin_scaling.as_ref().unwrap().scheduled.is_empty(),
        "{}",
        story.text()
    );
    world.ipv4_scaling.as_mut().unwrap().policies.clear();
    world.climb_to_share(100);
    assert!(world.twin_scaling.as_ref().unwrap().policies.is_empty());
}
