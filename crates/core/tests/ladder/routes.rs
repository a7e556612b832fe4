//! Several routes, several target groups, and routes that come and go.

use sixshift_core::{observation::Known, share::Share, status::Health};

use crate::world::{
    Way, World,
    build::{forward, group_arn, plan, rule},
};

/// A listener, and a rule that another service shares.
fn two_routes() -> World {
    let mut world = World::new(plan(&[]));
    world.ways.push(Way {
        id: rule("shared"),
        forward: forward(&[(&group_arn("checkout"), 1), (&group_arn("other"), 3)]),
    });
    world
}

#[test]
fn every_route_moves_and_another_services_part_stays() {
    let mut world = two_routes();
    let story = world.climb_to_share(10);
    assert!(
        story.says("raise IPv6 to 10 % on listener l1")
            && story.says("raise IPv6 to 10 % on rule shared")
    );
    let shared = &world.ways[1].forward;
    let sum: u32 = shared.groups.iter().map(|g| u32::from(g.weight)).sum();
    let other = shared
        .groups
        .iter()
        .find(|g| g.arn == group_arn("other"))
        .unwrap();
    assert_eq!(u32::from(other.weight) * 4, sum * 3);
    assert_eq!(world.climb().0.last().unwrap(), "Done");
}

#[test]
fn a_raise_that_was_cut_short_over_several_routes_is_finished_before_the_hold() {
    let mut world = two_routes();
    world.climb_to_share(10);
    world.climb_until(|d| matches!(&d.next, sixshift_core::decide::Next::Act(a) if a.name().contains("50 % on rule")));
    assert_eq!(world.share_note(), "1000/5000");
    let status = world.decide().status;
    assert_eq!(
        status.shares.observed,
        Some(Share::from_basis_points(1_000))
    );
    world.climb_to_share(50);
}

#[test]
fn a_raise_that_was_cut_short_and_is_bad_goes_back_on_every_route() {
    let mut world = two_routes();
    world.climb_to_share(10);
    world.climb_until(|d| matches!(&d.next, sixshift_core::decide::Next::Act(a) if a.name().contains("50 % on rule")));
    world.on_ipv6.sick = Some("Target.Timeout");
    world.minutes(1);
    let story = world.climb();
    assert!(
        story.says("return traffic to IPv4 on listener l1")
            && story.says("return traffic to IPv4 on rule shared"),
        "{}",
        story.text()
    );
    assert_eq!((world.share_note(), world.weighted_share()), ("0", 0.0));
}

#[test]
fn a_route_that_appears_later_is_told_and_joins_step_by_step_where_the_plan_says_so() {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(50);
    world.ways.push(Way {
        id: rule("new"),
        forward: forward(&[(&group_arn("checkout"), 1)]),
    });
    world.round();
    let on = world.waiting().to_string();
    assert_eq!(
        on,
        "rule new does not name the IPv6 target group; it is to be at 50 %; customers get IPv4 (3 healthy)"
    );
    world.stays();
    world.plan = plan(&[("  retire:", "  drift: correct\n  retire:")]);
    let story = world.climb_to_share(100);
    let joins = story
        .acts()
        .iter()
        .position(|a| *a == "attach IPv6 at 0 % on rule new");
    let comes = story
        .acts()
        .iter()
        .position(|a| *a == "correct IPv6 to 50 % on rule new");
    assert!(joins.is_some() && joins < comes, "{}", story.text());
}

#[test]
fn a_route_that_appears_later_does_not_join_sick_targets() {
    let mut world = World::new(plan(&[(
        "  retire:",
        "    onBad: hold\n  drift: correct\n  retire:",
    )]));
    world.climb_to_share(50);
    if let Known::Seen(t) = &mut world.groups[0].ipv6.as_mut().unwrap().targets {
        t.truncate(1);
    }
    world.ways.push(Way {
        id: rule("new"),
        forward: forward(&[(&group_arn("checkout"), 1)]),
    });
    world.round();
    world.round();
    assert_eq!(world.waiting().blocker().kind(), "TargetsUnhealthy");
}

#[test]
fn several_target_groups_move_together_and_go_together() {
    let mut world = World::with_groups(plan(&[]), 3);
    let story = world.climb();
    assert_eq!(story.0.last().unwrap(), "Done", "{}", story.text());
    for wanted in [
        "create target group",
        "raise IPv6 to 10 %",
        "delete target group",
    ] {
        assert_eq!(
            story.acts().iter().filter(|a| a.contains(wanted)).count(),
            3,
            "{wanted}"
        );
    }
    world.stays();
}

#[test]
fn two_target_groups_of_the_service_in_one_action_both_move() {
    let mut world = World::with_groups(plan(&[]), 2);
    world.ways.truncate(1);
    world.ways[0].forward = forward(&[(&group_arn("checkout"), 1), (&group_arn("checkout-1"), 1)]);
    let story = world.climb();
    assert_eq!(story.0.last().unwrap(), "Done", "{}", story.text());
}

#[test]
fn a_service_without_scaling_needs_none() {
    let mut world = World::new(plan(&[]));
    let story = world.climb();
    assert_eq!(story.0.last().unwrap(), "Done");
    assert!(!story.says("scaling"), "{}", story.text());
}

#[test]
fn on_the_way_back_the_other_routes_go_back_before_an_edit_of_one_is_told() {
    let mut world = two_routes();
    world.climb_to_share(50);
    world.facts.abort = Some(world.order("back"));
    world.round();
    world.edit_by_hand(0, 0, 100);
    let story = world.climb();
    assert!(
        story.says("return traffic to IPv4 on rule shared"),
        "{}",
        story.text()
    );
    assert_eq!(story.0.last().unwrap(), "RollingBack . OutsideEdit");
    let told = world.waiting().to_string();
    assert!(told.contains("listener l1"), "{told}");
    world.stays();
}

#[test]
fn a_route_that_nobody_touched_leaves_a_bad_side_though_an_edit_of_another_is_left() {
    let mut world = two_routes();
    world.climb_to_share(50);
    world.edit_by_hand(0, 20, 80);
    world.climb_to("OutsideEdit");
    world.stays();
    world.on_ipv6.errors = 0.5;
    world.minutes(6);
    let story = world.climb();
    assert!(
        story.says("return traffic to IPv4 on rule shared"),
        "{}",
        story.text()
    );
    assert!(!story.says("on listener l1"), "{}", story.text());
    assert_eq!(story.0.last().unwrap(), "RollingBack . OutsideEdit");
    assert_eq!(world.decide().status.health, Health::Bad);
    world.stays();
    world.edit_by_hand(0, 1, 0);
    assert_eq!(world.climb().0.last().unwrap(), "RolledBack . RolledBack");
}

#[test]
fn what_keeps_an_edit_from_being_set_right_is_told_with_the_edit() {
    let mut world = two_routes();
    world.plan = plan(&[("  retire:", "  drift: correct\n  retire:")]);
    world.climb_to("Bake");
    world.edit_by_hand(0, 100, 0);
    world.deploy_ipv4();
    world.round();
    world.round();
    let status = world.decide().status;
    assert_eq!(world.waiting().kind(), "OutsideEdit");
    assert_eq!(status.health, Health::Progressing);
    assert_eq!(
        status.sentence,
        "Baking: somebody set IPv6 on listener l1 to 0 %; we left it at 100 %; customers get IPv4 (3 healthy); it is not set right yet, since the IPv4 service is being deployed. Next: the IPv4 service's deployment ending."
    );
    let story = world.climb_to("Bake");
    assert!(
        story.says("correct IPv6 to 100 % on listener l1"),
        "{}",
        story.text()
    );
}

#[test]
fn targets_that_are_checked_for_the_first_time_call_nobody() {
    let mut world = World::new(plan(&[("  retire:", "  drift: correct\n  retire:")]));
    world.climb_to_share(50);
    world.minutes(30);
    world.ways[0].forward = forward(&[(&group_arn("checkout"), 1)]);
    world.round();
    world.round();
    let Known::Seen(targets) = &mut world.groups[0].ipv6.as_mut().unwrap().targets else {
        panic!("no target was read")
    };
    for target in targets {
        target.state = "initial".to_owned();
        target.reason = Some("Elb.InitialHealthChecking".to_owned());
    }
    let on = world.waiting();
    assert_eq!(on.blocker().kind(), "TargetsUnhealthy");
    assert!(!on.needs_person(), "{on}");
}

#[test]
fn an_edit_that_is_to_be_set_right_keeps_no_route_on_a_side_that_went_bad() {
    for errors in [0.5, 0.0] {
        let mut world = two_routes();
        world.plan = plan(&[("  retire:", "  drift: correct\n  retire:")]);
        world.climb_to_share(50);
        world.edit_by_hand(0, 100, 0);
        world.on_ipv6.errors = errors;
        // Of a service that is slow to deploy, as well as of one whose newest minutes keep the edit from being set right.
        world.deploy_ipv4();
        if errors == 0.0 {
            world.on_ipv6.sick = Some("Target.Timeout");
        }
        world.minutes(6);
        let story = world.climb();
        assert_eq!(
            story.0.last().unwrap(),
            "RolledBack . RolledBack",
            "{}",
            story.text()
        );
        assert!(
            story.says("return traffic to IPv4 on rule shared"),
            "{}",
            story.text()
        );
    }
}

#[test]
fn a_route_that_somebody_gave_to_others_is_told_and_never_written_again_and_again() {
    for edits in [&[][..], &[("  retire:", "  drift: correct\n  retire:")]] {
        let mut world = World::new(plan(edits));
        world.ways.push(Way {
            id: rule("shared"),
            forward: forward(&[(&group_arn("checkout"), 1), (&group_arn("other"), 3)]),
        });
        world.climb_to_share(50);
        for group in &mut world.ways[1].forward.groups {
            group.weight = if group.arn == group_arn("other") {
                1
            } else {
                0
            };
        }
        let story = world.climb();
        let last = story.0.last().unwrap();
        assert_eq!(
            last,
            "Shift . OutsideEdit",
            "{edits:?} {} {}",
            story.text(),
            world.decide().status.sentence
        );
        let told = world.decide().status.sentence;
        assert!(told.contains("weight again beside the others"), "{told}");
        world.stays();
        world.facts.abort = Some(world.order("back"));
        let story = world.climb();
        assert_eq!(story.0.last().unwrap(), "RolledBack . RolledBack");
        assert!(!story.says("on rule shared"), "{}", story.text());
    }
}
