//! Taking the traffic back, in the right order, from wherever it is.

use jiff::SignedDuration;
use proptest::prelude::*;
use sixshift_core::{
    action::{Action, Side},
    decide::{Next, decide},
    names::tag,
    observation::{Known, Observation, Suspended, Target},
    share::Share,
    status::{Health, Phase, WaitingOn},
};

use crate::{
    property::runner,
    world::{
        Way, World,
        build::{forward, group_arn, plan, rule},
    },
};

#[test]
fn bad_evidence_is_noted_first_then_traffic_returns_then_the_twin_is_drained_and_emptied() {
    let mut world = World::scaled(plan(&[]));
    world.climb_to_share(10);
    world.on_ipv6.errors = 0.2;
    world.minutes(4);
    let story = world.climb();
    insta::assert_snapshot!(story.text(), @r#"
    RollingBack > note the rollback of revision 492bb607ae64, IPv6 on its way from 10 % to 0 %, because errors on IPv6 are 20 %, over 1 %; errors on IPv6 beside those on IPv4 are 20 %, over 0.5 %
    RollingBack > return traffic to IPv4 on listener l1
    RollingBack > set scaling of service/prod/checkout: as it was
    RollingBack > forget how IPv4 scaled before
    RollingBack > note IPv6 at 0 %
    RollingBack > note why: errors on IPv6 are 20 %, over 1 %; errors on IPv6 beside those on IPv4 are 20 %, over 0.5 %
    RollingBack . Drain
    RollingBack > set scaling of service/prod/checkout-ipv6: suspended
    RollingBack > scale service checkout-ipv6 to 0
    RolledBack . RolledBack
    "#);
    insta::assert_snapshot!(world.decide().status.sentence, @r#"Rolled back: errors on IPv6 are 20 %, over 1 %; errors on IPv6 beside those on IPv4 are 20 %, over 0.5 %. All traffic is on IPv4. Next: fix the cause, then commit a new revision of the plan or retry."#);
    assert_eq!(world.decide().status.health, Health::Bad);
    world.stays();
}

#[test]
fn from_cold_the_ipv4_side_is_restored_before_traffic_returns() {
    let mut world = World::scaled(plan(&[]));
    world.climb_to("Cold");
    world.on_ipv6.errors = 0.2;
    world.minutes(4);
    let story = world.climb();
    insta::assert_snapshot!(story.text(), @r#"
    RollingBack > note the rollback of revision 492bb607ae64, IPv6 on its way from 100 % to 0 %, because errors on IPv6 are 6.67 %, over 1 %
    RollingBack > scale service checkout to 3
    RollingBack . TargetsUnhealthy
    RollingBack > return traffic to IPv4 on listener l1
    RollingBack > set scaling of service/prod/checkout: as it was
    RollingBack > forget how IPv4 scaled before
    RollingBack > forget how large IPv4 was before
    RollingBack > note IPv6 at 0 %
    RollingBack > note why: errors on IPv6 are 8.57 %, over 1 %
    RollingBack . Drain
    RollingBack > set scaling of service/prod/checkout-ipv6: suspended
    RollingBack > scale service checkout-ipv6 to 0
    RolledBack . RolledBack
    "#);
    let ipv4 = world.ipv4.as_ref().unwrap();
    assert_eq!((ipv4.desired, ipv4.tags.len()), (3, 0), "{:?}", ipv4.tags);
    assert_eq!(
        world.ipv4_scaling.as_ref().unwrap().suspended,
        Suspended::default()
    );
    world.stays();
}

#[test]
fn a_twin_without_any_healthy_target_is_left_at_once() {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(10);
    world.on_ipv6.sick = Some("Target.Timeout");
    world.minutes(1);
    let story = world.climb();
    assert!(
        story.0[0].starts_with("RollingBack > note"),
        "{}",
        story.text()
    );
    assert_eq!(story.0.last().unwrap(), "RolledBack . RolledBack");
}

#[test]
fn a_rollback_is_sticky_for_its_revision_only() {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(10);
    world.on_ipv6.errors = 0.2;
    world.minutes(4);
    world.climb();
    world.on_ipv6.errors = 0.0;
    world.minutes(600);
    world.stays();
    world.plan = plan(&[("hold: 10m", "hold: 11m")]);
    let story = world.climb();
    assert_eq!(story.0.last().unwrap(), "Done", "{}", story.text());
    world.stays();
}

#[test]
fn a_retry_right_after_a_rollback_does_not_fall_over_the_old_bad_minutes() {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(10);
    world.on_ipv6.errors = 0.2;
    world.minutes(4);
    world.climb_until(|d| {
        d.status.phase == Phase::RollingBack
            && matches!(d.status.waiting_on, Some(WaitingOn::Drain { .. }))
    });
    world.on_ipv6.errors = 0.0;
    world.advance(jiff::SignedDuration::from_secs(5));
    world.facts.retry = Some(world.order("a bad minute, fixed"));
    let story = world.climb();
    assert_eq!(story.0.last().unwrap(), "Done", "{}", story.text());
}

#[test]
fn where_the_plan_says_hold_a_person_is_called_and_traffic_stays() {
    let mut world = World::new(plan(&[("  retire:", "    onBad: hold\n  retire:")]));
    world.climb_to_share(10);
    world.on_ipv6.errors = 0.2;
    world.minutes(4);
    let story = world.climb();
    assert_eq!(story.0.last().unwrap(), "Shift . Bad");
    assert_eq!(
        (world.share_note(), world.decide().status.health),
        ("1000", Health::Bad)
    );
    world.minutes(10);
    world.facts.abort = Some(world.order("enough"));
    assert_eq!(world.climb().0.last().unwrap(), "RolledBack . RolledBack");
}

#[test]
fn a_new_revision_in_the_middle_of_a_rollback_lets_it_finish_first() {
    let mut world = World::scaled(plan(&[]));
    world.climb_to("Cold");
    world.facts.abort = Some(world.order("stop"));
    world.climb_until(|d| {
        d.status
            .waiting_on
            .as_ref()
            .is_some_and(|w| w.kind() == "TargetsUnhealthy")
    });
    world.plan = plan(&[("hold: 10m", "hold: 11m")]);
    let story = world.climb_to_share(0);
    assert!(story.says("return traffic to IPv4"), "{}", story.text());
    let healthy = |t: &Known<Vec<_>>| {
        t.seen()
            .unwrap()
            .iter()
            .filter(|t: &&sixshift_core::observation::Target| t.is_healthy())
            .count()
    };
    assert_eq!(healthy(&world.groups[0].ipv4.as_ref().unwrap().targets), 3);
    world.climb_to_share(10);
    let scaling = world.ipv4_scaling.as_ref().unwrap();
    assert!(
        !scaling.suspended.scale_out,
        "IPv4 serves, so it must be able to grow: {scaling:?}"
    );
    assert_eq!(world.ipv4.as_ref().unwrap().tags.get(tag::DESIRED), None);
    world.climb();
}

#[test]
fn an_ipv4_side_that_a_stranger_emptied_is_restored_to_the_twins_size() {
    let mut world = World::new(plan(&[]));
    world.climb_to("Bake");
    world.scale(Side::Ipv4, 0).unwrap();
    world.minutes(1);
    world.facts.abort = Some(world.order("back"));
    world.climb();
    assert_eq!(
        (world.ipv4.as_ref().unwrap().desired, world.weighted_share()),
        (3, 0.0)
    );
}

#[test]
fn an_abort_in_cold_after_an_edit_by_hand_fills_ipv4_again_before_anything_is_forgotten() {
    let mut world = World::new(plan(&[]));
    world.climb_to("Cold");
    world.edit_by_hand(0, 100, 0);
    world.facts.abort = Some(world.order("back"));
    let story = world.climb();
    let acts = story.acts();
    let at = |wanted: &str| acts.iter().position(|a| a.starts_with(wanted));
    let (filled, forgot) = (at("scale service checkout to 3"), at("forget how large"));
    assert!(filled.is_some() && filled < forgot, "{}", story.text());
    assert_eq!(world.ipv4.as_ref().unwrap().desired, 3);
}

#[test]
fn whoever_deletes_our_target_group_while_ipv4_is_cold_gets_ipv4_back() {
    let mut world = World::new(plan(&[]));
    world.climb_to("Cold");
    let size = world.note(tag::DESIRED).unwrap().to_owned();
    world.facts.notes = [(tag::DESIRED.to_owned(), size)].into();
    world.groups[0].ipv6 = None;
    world.ways[0].forward = forward(&[(&group_arn("checkout"), 1)]);
    let story =
        world.climb_until(|d| matches!(&d.next, Next::Act(a) if a.name().starts_with("scale")));
    assert!(story.says("create target group"), "{}", story.text());
    assert_eq!(world.acting().name(), "scale service checkout to 3");
}

#[test]
fn the_twin_is_kept_while_ipv4_has_nobody_healthy() {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(10);
    world.facts.abort = Some(world.order("back"));
    world.climb_to("Drain");
    world.on_ipv4.sick = Some("Target.Timeout");
    world.minutes(10);
    world.climb();
    assert_eq!(world.twin.as_ref().unwrap().desired, 3);
    world.on_ipv4.sick = None;
    world.minutes(10);
    world.climb_until(|d| matches!(&d.next, Next::Act(Action::ScaleService { desired: 0, .. })));
    world.climb();
    assert_eq!(world.twin.as_ref().unwrap().desired, 0);
}

#[test]
fn clients_pinned_by_a_cookie_keep_the_twin_alive() {
    let mut world = World::new(plan(&[]));
    for (key, value) in [
        ("stickiness.enabled", "true"),
        ("stickiness.type", "lb_cookie"),
        ("stickiness.lb_cookie.duration_seconds", "900"),
    ] {
        world.groups[0]
            .ipv4
            .as_mut()
            .unwrap()
            .attributes
            .insert(key.to_owned(), value.to_owned());
    }
    world.climb_to_share(10);
    let began = world.now;
    world.facts.abort = Some(world.order("back"));
    world.pinned_ipv6 = 5.0;
    world.climb_to("Drain");
    world.minutes(60);
    assert_eq!(world.waiting().kind(), "Drain");
    assert_eq!(world.twin.as_ref().unwrap().desired, 3);
    world.pinned_ipv6 = 0.0;
    let quiet = world.now;
    world.climb();
    assert!(world.now.duration_since(quiet).as_mins() >= 15, "{began}");
    assert_eq!(world.twin.as_ref().unwrap().desired, 0);
}

#[test]
fn a_twin_that_only_just_served_is_not_emptied_before_its_drain_time() {
    let mut world = World::new(plan(&[]));
    // The share went up and came back within the minutes that CloudWatch has not told yet.
    world.climb_to_share(10);
    let back = world.now;
    world.facts.abort = Some(world.order("back"));
    let story = world.climb();
    assert!(story.says("Drain"), "{}", story.text());
    assert!(world.now.duration_since(back).as_mins() >= 4);
}

#[test]
fn scaling_that_the_team_had_suspended_is_left_as_it_was() {
    let mut world = World::scaled(plan(&[]));
    let before = Suspended {
        scale_out: true,
        ..Suspended::default()
    };
    world.ipv4_scaling.as_mut().unwrap().suspended = before;
    world.climb_to_share(10);
    assert!(world.ipv4_scaling.as_ref().unwrap().suspended.scale_in);
    world.facts.abort = Some(world.order("back"));
    world.climb();
    assert_eq!(world.ipv4_scaling.as_ref().unwrap().suspended, before);
}

#[test]
fn of_few_ipv4_tasks_the_one_that_is_still_starting_is_waited_for_but_not_for_ever() {
    let mut world = World::new(plan(&[]));
    world.climb_to("Cold");
    world.facts.abort = Some(world.order("back"));
    world.climb_to("TargetsUnhealthy");
    world.minutes(2);
    let mut seen = world.look();
    let Known::Seen(pairs) = &mut seen.pairs else {
        panic!("{:?}", seen.pairs)
    };
    let Known::Seen(ipv4) = &mut pairs[0].ipv4 else {
        panic!("{:?}", pairs[0].ipv4)
    };
    let Known::Seen(targets) = &mut ipv4.targets else {
        panic!("{:?}", ipv4.targets)
    };
    assert!(targets.iter().all(Target::is_healthy), "{targets:?}");
    targets[0].state = "initial".to_owned();
    let next = |minutes: i64, seen: &Observation| {
        let now = world.now + SignedDuration::from_mins(minutes);
        decide(&world.plan, &world.facts, seen, now).next
    };
    let waits = |next: &Next| {
        matches!(
            next,
            Next::Wait(WaitingOn::TargetsUnhealthy { needed: 3, .. })
        )
    };
    assert!(waits(&next(0, &seen)), "{:?}", next(0, &seen));
    assert!(
        matches!(next(4, &seen), Next::Act(_)),
        "{:?}",
        next(4, &seen)
    );
}

#[test]
fn after_a_rollback_customers_whom_nobody_answers_come_first() {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(10);
    world.on_ipv6.errors = 0.3;
    world.climb_to("RolledBack");
    // A team may let a service that nobody asks rest at no task.
    world.ipv4.as_mut().unwrap().desired = 0;
    world.requests = 0.0;
    world.minutes(30);
    assert_eq!(world.decide().status.trouble, None);
    (world.elb_5xx, world.elb_503) = (900.0, 900.0);
    world.minutes(6);
    let said = world.decide().status.sentence;
    assert!(said.contains("leads to IPv4, where no target is"), "{said}");
    assert!(said.contains("Rolled back: errors on IPv6"), "{said}");
}

#[test]
fn when_the_ipv4_side_is_gone_bad_evidence_is_told_and_nothing_is_tried() {
    let mut world = World::new(plan(&[("[service, targetGroup]", "[service]")]));
    world.climb();
    world.on_ipv6.errors = 0.3;
    world.minutes(6);
    let on = world.waiting();
    assert_eq!(on.kind(), "NoWayBack");
    assert!(
        !on.unblocked_by().contains("abort"),
        "{}",
        on.unblocked_by()
    );
    world.stays();
}

#[test]
fn an_ipv4_service_that_is_being_deleted_is_no_way_back() {
    let mut world = World::new(plan(&[]));
    world.climb_to("Deletion");
    world.facts.abort = Some(world.order("too late"));
    world.on_ipv6.errors = 0.3;
    world.minutes(0);
    let story = world.climb_until(|d| {
        matches!(d.status.waiting_on, Some(WaitingOn::NoWayBack { .. }))
            || d.status.phase == Phase::Done
    });
    assert!(!story.says("RollingBack"), "{}", story.text());
}

#[test]
fn an_abort_that_the_journal_forgot_midway_is_still_carried_out() {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(50);
    world.facts.abort = Some(world.order("back"));
    world.round();
    world.facts = Default::default();
    assert_eq!(world.climb().0.last().unwrap(), "RolledBack . RolledBack");
}

#[test]
fn whatever_a_person_writes_as_the_reason_the_traffic_comes_back() {
    let mut at_half = World::new(plan(&[]));
    at_half.climb_to_share(50);
    runner(100)
        .run(&any::<String>(), |reason| {
            let mut world = at_half.clone();
            world.facts.abort = Some(world.order(&reason));
            let story = world.climb();
            prop_assert_eq!(story.0.last().unwrap(), "RolledBack . RolledBack");
            prop_assert_eq!(world.weighted_share(), 0.0);
            Ok(())
        })
        .unwrap_or_else(|e| panic!("{e}"));
}

#[test]
fn a_reason_is_that_of_its_own_revision() {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(10);
    world.facts.abort = Some(world.order("the first"));
    world.climb();
    world.plan = plan(&[("hold: 10m", "hold: 11m")]);
    world.climb_to_share(10);
    world.facts.abort = Some(world.order("the second"));
    world.climb();
    let on = world.waiting().to_string();
    assert_eq!(on, "rolled back: aborted by ada: the second");
}

#[test]
fn where_aws_takes_no_note_the_traffic_comes_back_without_one() {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(10);
    world.ways.push(Way {
        id: rule("shared"),
        forward: world.ways[0].forward.clone(),
    });
    world.on_ipv6.errors = 0.2;
    world.minutes(4);
    world.refuses_notes = Some("TooManyTags");
    for _ in 0..5 {
        world.round();
    }
    assert_eq!(world.weighted_share(), 0.0);
    // Nothing climbs again, and the note is tried until AWS takes it.
    for _ in 0..20 {
        let next = world.round().next;
        assert!(
            matches!(&next, Next::Act(Action::TagTargetGroup { .. })),
            "{next:?}"
        );
    }
    let told = world.acting().name();
    assert!(
        told.ends_with("all traffic is back on IPv4 without that note"),
        "{told}"
    );
    world.refuses_notes = None;
    world.on_ipv6.errors = 0.0;
    assert_eq!(world.climb().0.last().unwrap(), "RolledBack . RolledBack");
    world.stays();
}

#[test]
fn a_reason_that_aws_does_not_take_keeps_nothing_waiting() {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(10);
    world.facts.abort = Some(world.order("back"));
    world.climb_until(|d| d.status.shares.observed == Some(Share::NONE));
    world
        .facts
        .refused_notes
        .insert(tag::ROLLED_BACK_WHY.to_owned());
    assert_eq!(world.climb().0.last().unwrap(), "RolledBack . RolledBack");
    assert_eq!(world.note(tag::ROLLED_BACK_WHY), None);
    assert_eq!(
        world.waiting().to_string(),
        "rolled back: aborted by ada: back"
    );
}

#[test]
fn after_a_restart_traffic_that_came_back_without_a_note_is_not_corrected_into_the_same_fault() {
    let mut world = World::new(plan(&[("  retire:", "  drift: correct\n  retire:")]));
    world.climb_to_share(10);
    world.on_ipv6.errors = 0.2;
    world.minutes(4);
    world.refuses_notes = Some("TooManyTags");
    world.climb_until(|d| d.status.shares.observed == Some(Share::NONE));
    world.facts = Default::default();
    world.refuses_notes = None;
    world.round();
    assert_eq!(world.waiting().blocker().kind(), "Evidence");
}
