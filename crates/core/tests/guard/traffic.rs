//! A route is written back with everything it had, and only where it still is what was looked at.

use sixshift_core::{action::Action, guard::Veto, names::tag, observation::Forward};

use crate::{
    at, group, seen_mut, simple, veto, vetoes_by_any_name, weighing, with_forward,
    world::{
        Way, World,
        build::{forward, group_arn, rule},
    },
};

fn shared() -> World {
    let mut world = simple();
    world.ways[0].forward = forward(&[(&group_arn("checkout"), 1), (&group_arn("other"), 3)]);
    world
}

/// Clients stick to the service's target group for a quarter of an hour.
fn sticky() -> World {
    let mut world = simple();
    let attributes = &mut world.groups[0].ipv4.as_mut().unwrap().attributes;
    for (key, value) in [
        ("stickiness.enabled", "true"),
        ("stickiness.type", "lb_cookie"),
        ("stickiness.lb_cookie.duration_seconds", "900"),
    ] {
        attributes.insert(key.to_owned(), value.to_owned());
    }
    world
}

#[test]
fn the_weights_of_others_are_not_ours() {
    let (world, seen, action) = at(shared(), "raise IPv6 to 10 %");
    let other = group_arn("other");
    let changes: [fn(&mut Forward, &str); 4] = [
        |f, arn| {
            f.groups
                .iter_mut()
                .filter(|g| g.arn == arn)
                .for_each(|g| g.weight /= 2)
        },
        |f, arn| f.groups.retain(|g| g.arn != arn),
        |f, arn| {
            f.groups
                .iter_mut()
                .filter(|g| g.arn != arn)
                .for_each(|g| g.weight *= 2)
        },
        |f, _| {
            let mut stranger = f.groups[0].clone();
            (stranger.arn, stranger.weight) = (group_arn("stranger"), 0);
            f.groups.push(stranger);
        },
    ];
    for change in changes {
        let wrong = with_forward(&action, |f| change(f, &other));
        let found = vetoes_by_any_name(&world, &seen, &wrong);
        assert_eq!(found, Some(Veto::TouchesOthers), "{wrong:?}");
    }
}

#[test]
fn weights_that_send_traffic_nowhere_or_that_aws_refuses_are_impossible() {
    let (world, seen, action) = at(simple(), "raise IPv6 to 10 %");
    for weight in [0, 1_000] {
        let wrong = weighing(&action, weight, weight);
        let found = vetoes_by_any_name(&world, &seen, &wrong);
        assert_eq!(found, Some(Veto::ImpossibleWeights));
    }
    let twice = with_forward(&action, |f| f.groups.push(f.groups[0].clone()));
    assert_eq!(veto(&world, &seen, &twice), Some(Veto::ImpossibleWeights));
}

#[test]
fn a_route_that_changed_or_is_not_the_plans_is_left_alone() {
    let (mut world, seen, action) = at(simple(), "raise IPv6 to 10 %");
    let mut stale = seen.clone();
    seen_mut(&mut stale.routes)[0].fingerprint = "another".to_owned();
    assert_eq!(veto(&world, &stale, &action), Some(Veto::StaleRoute));
    world.ways.push(Way {
        id: rule("theirs"),
        forward: forward(&[(&group_arn("other"), 1)]),
    });
    let mut theirs = action.clone();
    if let Action::SetForward { route, .. } = &mut theirs {
        *route = rule("theirs");
    }
    let found = veto(&world, &world.look(), &theirs);
    assert_eq!(found, Some(Veto::NotThePlans));
}

#[test]
fn a_target_group_with_our_name_and_another_plans_tag_gets_no_traffic() {
    let (world, mut seen, action) = at(simple(), "raise IPv6 to 10 %");
    group(&mut seen, true)
        .tags
        .insert(tag::PLAN.to_owned(), "another".to_owned());
    let found = vetoes_by_any_name(&world, &seen, &action);
    assert_eq!(found, Some(Veto::NotOurs));
}

#[test]
fn clients_stick_as_they_did() {
    let (world, seen, raise) = at(simple(), "raise IPv6 to 10 %");
    let stick = with_forward(&raise, |f| f.stickiness = Some(900));
    let found = vetoes_by_any_name(&world, &seen, &stick);
    assert_eq!(found, Some(Veto::ChangesStickiness));

    let (world, seen, raise) = at(sticky(), "raise IPv6 to 10 %");
    for other in [None, Some(60)] {
        let lose = with_forward(&raise, |f| f.stickiness = other);
        let found = vetoes_by_any_name(&world, &seen, &lose);
        assert_eq!(found, Some(Veto::ChangesStickiness), "{other:?}");
    }
}

#[test]
fn stickiness_comes_with_the_second_group_and_goes_with_it_and_is_never_another() {
    let (world, seen, attach) = at(sticky(), "attach IPv6");
    let other = with_forward(&attach, |f| f.stickiness = Some(60));
    assert_eq!(veto(&world, &seen, &other), Some(Veto::ChangesStickiness));
    let (world, seen, detach) = at(sticky(), "detach IPv4");
    let off = with_forward(&detach, |f| f.stickiness = None);
    assert_eq!(veto(&world, &seen, &off), None);
    let other = with_forward(&detach, |f| f.stickiness = Some(60));
    assert_eq!(veto(&world, &seen, &other), Some(Veto::ChangesStickiness));
}
