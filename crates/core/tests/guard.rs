//! The guard can say no: faults sown into actions and observations that were right, each caught by the rule for it.
#![allow(clippy::unwrap_used, clippy::panic)]

mod world;

use sixshift_core::{
    action::{Action, Bounds, Intent, Side},
    decide::Next,
    guard::{Veto, guard},
    names::tag,
    observation::{Forward, Known, Look, Observation, Suspended, Topic, Why},
    share::Share,
};
use world::{
    Way, World,
    build::{forward, group_arn, plan, rule},
};

/// The world at the moment when the ladder wants to do something, and what it wants.
fn at(mut world: World, wanted: &str) -> (World, Observation, Action) {
    world.climb_until(|d| matches!(&d.next, Next::Act(a) if a.name().starts_with(wanted)));
    let (seen, action) = (world.look(), world.acting());
    assert_eq!(
        guard(&world.plan, &seen, &action),
        Ok(()),
        "it was right before"
    );
    (world, seen, action)
}

fn veto(world: &World, seen: &Observation, action: &Action) -> Option<Veto> {
    guard(&world.plan, seen, action).err()
}

fn shared() -> World {
    let mut world = World::new(plan(&[]));
    world.ways[0].forward = forward(&[(&group_arn("checkout"), 1), (&group_arn("other"), 3)]);
    world
}

fn with_forward(action: &Action, change: impl Fn(&mut Forward)) -> Action {
    let mut action = action.clone();
    let Action::SetForward { forward, .. } = &mut action else {
        panic!("{action:?}")
    };
    change(forward);
    action
}

fn targets(seen: &mut Observation, ipv6: bool, healthy: usize) {
    let Known::Seen(pairs) = &mut seen.pairs else {
        panic!()
    };
    for pair in pairs {
        let group = if ipv6 { &mut pair.ipv6 } else { &mut pair.ipv4 };
        let Known::Seen(group) = group else { panic!() };
        if let Known::Seen(targets) = &mut group.targets {
            for target in targets.iter_mut().skip(healthy) {
                target.state = "unhealthy".to_owned();
            }
        }
    }
}

fn last_minute(seen: &mut Observation, ipv4: Option<f64>, ipv6: Option<f64>) {
    let Known::Seen(series) = &mut seen.recent else {
        panic!()
    };
    let last = series.complete_points(seen.at) - 1;
    series.points[last].requests_ipv4 = ipv4;
    series.points[last].requests_ipv6 = ipv6;
}

#[test]
fn no_act_rests_on_a_light_look() {
    let (world, mut seen, action) = at(World::new(plan(&[])), "create target group");
    seen.look = Look::Light;
    assert_eq!(veto(&world, &seen, &action), Some(Veto::LightLook));
}

#[test]
fn a_close_look_serves_only_the_acts_that_rest_on_what_it_covers() {
    let (world, mut seen, action) = at(World::new(plan(&[])), "create target group");
    seen.look = Look::Close(&[Topic::Scaling, Topic::Routes]);
    assert_eq!(veto(&world, &seen, &action), Some(Veto::LightLook));
    seen.look = Look::Close(&[Topic::TargetGroups]);
    assert_eq!(veto(&world, &seen, &action), None);
}

#[test]
fn what_moves_traffic_needs_everything_read_now() {
    let all = &[
        Topic::TargetGroups,
        Topic::Unwell,
        Topic::Routes,
        Topic::TaskDefinitions,
        Topic::Scaling,
    ];
    for wanted in [
        "raise IPv6 to 50 %",
        "scale service checkout to 0",
        "delete",
    ] {
        let (world, mut seen, action) = at(World::new(plan(&[])), wanted);
        seen.look = Look::Close(all);
        let found = veto(&world, &seen, &action);
        assert_eq!(found, Some(Veto::LightLook), "{wanted}");
    }
}

#[test]
fn a_raise_needs_enough_healthy_targets_now() {
    let (world, seen, action) = at(World::new(plan(&[])), "raise IPv6 to 50 %");
    let mut sick = seen.clone();
    targets(&mut sick, true, 0);
    assert_eq!(veto(&world, &sick, &action), Some(Veto::UnprovenGround));
    let (world, mut few, all) = at(World::new(plan(&[])), "raise IPv6 to 100 %");
    targets(&mut few, true, 2);
    assert_eq!(veto(&world, &few, &all), Some(Veto::UnprovenGround));
}

#[test]
fn a_raise_goes_no_further_than_the_plans_next_step() {
    let (world, seen, action) = at(World::new(plan(&[])), "raise IPv6 to 10 %");
    let mut leap = with_forward(&action, |f| {
        (f.groups[0].weight, f.groups[1].weight) = (50, 50)
    });
    assert_eq!(
        veto(&world, &seen, &leap),
        Some(Veto::WrongDirection),
        "it says 10 % and sets 50 %"
    );
    if let Action::SetForward { intent, .. } = &mut leap {
        *intent = Intent::Raise(Share::from_basis_points(5_000));
    }
    assert_eq!(veto(&world, &seen, &leap), Some(Veto::TooFar));
}

#[test]
fn a_raise_does_not_lower_and_a_return_does_not_raise() {
    let (world, seen, action) = at(World::new(plan(&[])), "raise IPv6 to 50 %");
    let mut wrong = with_forward(&action, |f| {
        (f.groups[0].weight, f.groups[1].weight) = (100, 1)
    });
    if let Action::SetForward { intent, .. } = &mut wrong {
        *intent = Intent::Raise(Share::from_basis_points(100));
    }
    assert_eq!(veto(&world, &seen, &wrong), Some(Veto::WrongDirection));
    let mut back = action.clone();
    if let Action::SetForward { intent, .. } = &mut back {
        *intent = Intent::Return;
    }
    assert_eq!(veto(&world, &seen, &back), Some(Veto::WrongDirection));
}

#[test]
fn the_weights_of_others_are_not_ours() {
    let (world, seen, action) = at(shared(), "raise IPv6 to 10 %");
    let other = group_arn("other");
    let changes: [fn(&mut Forward, &str); 3] = [
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
    ];
    for change in changes {
        let wrong = with_forward(&action, |f| change(f, &other));
        assert_eq!(veto(&world, &seen, &wrong), Some(Veto::TouchesOthers));
    }
}

#[test]
fn weights_that_send_traffic_nowhere_are_impossible() {
    let (world, seen, action) = at(World::new(plan(&[])), "raise IPv6 to 10 %");
    for weight in [0, 1_000] {
        let wrong = with_forward(&action, |f| {
            f.groups.iter_mut().for_each(|g| g.weight = weight)
        });
        assert_eq!(veto(&world, &seen, &wrong), Some(Veto::ImpossibleWeights));
    }
}

#[test]
fn a_route_that_changed_or_is_not_the_plans_is_left_alone() {
    let (mut world, seen, action) = at(World::new(plan(&[])), "raise IPv6 to 10 %");
    let mut stale = seen.clone();
    if let Known::Seen(routes) = &mut stale.routes {
        routes[0].fingerprint = "another".to_owned();
    }
    assert_eq!(veto(&world, &stale, &action), Some(Veto::StaleRoute));
    world.ways.push(Way {
        id: rule("theirs"),
        forward: forward(&[(&group_arn("other"), 1)]),
    });
    let mut theirs = action.clone();
    if let Action::SetForward { route, .. } = &mut theirs {
        *route = rule("theirs");
    }
    assert_eq!(
        veto(&world, &world.look(), &theirs),
        Some(Veto::NotThePlans)
    );
}

#[test]
fn a_return_needs_somebody_to_return_to() {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(50);
    world.facts.abort = Some(world.order("back"));
    let (world, mut seen, action) = at(world, "return traffic");
    targets(&mut seen, false, 0);
    assert_eq!(veto(&world, &seen, &action), Some(Veto::UnprovenGround));
    targets(&mut seen, true, 0);
    assert_eq!(
        veto(&world, &seen, &action),
        None,
        "nothing is lost where neither side serves"
    );
}

#[test]
fn ipv4_is_not_emptied_while_it_has_weight_requests_or_nobody_beside_it() {
    let (world, seen, action) = at(World::new(plan(&[])), "scale service checkout to 0");
    let mut weighty = seen.clone();
    if let Known::Seen(routes) = &mut weighty.routes {
        routes[0].forward.groups[0].weight = 1;
    }
    assert_eq!(veto(&world, &weighty, &action), Some(Veto::StillServing));
    let mut busy = seen.clone();
    last_minute(&mut busy, Some(1.0), Some(600.0));
    assert_eq!(veto(&world, &busy, &action), Some(Veto::StillServing));
    let mut alone = seen.clone();
    targets(&mut alone, true, 0);
    assert_eq!(veto(&world, &alone, &action), Some(Veto::NobodyElse));
    let mut blind = seen;
    blind.recent = Known::Unknown(Why("throttled".to_owned()));
    assert_eq!(veto(&world, &blind, &action), Some(Veto::NotSeen));
}

#[test]
fn the_twin_is_not_shrunk_while_it_serves() {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(10);
    let shrink = Action::ScaleService {
        cluster: "prod".to_owned(),
        service: "checkout-ipv6".to_owned(),
        side: Side::Ipv6,
        desired: 1,
    };
    assert_eq!(
        veto(&world, &world.look(), &shrink),
        Some(Veto::StillServing)
    );
}

#[test]
fn nothing_is_deleted_that_serves_runs_or_holds_targets() {
    let (world, seen, delete) = at(World::new(plan(&[])), "delete service");
    let mut running = seen.clone();
    if let Known::Seen(service) = &mut running.ipv4 {
        (service.desired, service.running) = (1, 1);
    }
    assert_eq!(veto(&world, &running, &delete), Some(Veto::StillServing));
    let mut busy = seen.clone();
    last_minute(&mut busy, Some(2.0), Some(600.0));
    assert_eq!(veto(&world, &busy, &delete), Some(Veto::StillServing));
    let theirs = Action::DeleteService {
        cluster: "prod".to_owned(),
        service: "payments".to_owned(),
    };
    assert_eq!(veto(&world, &seen, &theirs), Some(Veto::NotThePlans));

    let (world, seen, delete) = at(World::new(plan(&[])), "delete target group");
    let mut full = seen.clone();
    if let Known::Seen(pairs) = &mut full.pairs
        && let Known::Seen(group) = &mut pairs[0].ipv4
    {
        group.targets = Known::Seen(world::build::targets("10.7.0.", 1));
    }
    assert_eq!(
        veto(&world, &full, &delete),
        Some(Veto::StillServing),
        "somebody else's target"
    );
    let mut routed = seen;
    if let Known::Seen(routes) = &mut routed.routes {
        routes[0]
            .forward
            .groups
            .push(sixshift_core::observation::WeightedGroup {
                arn: group_arn("checkout"),
                weight: 0,
            });
    }
    assert_eq!(veto(&world, &routed, &delete), Some(Veto::StillServing));
}

#[test]
fn an_ipv4_group_leaves_a_route_only_without_weight() {
    let (world, mut seen, detach) = at(World::new(plan(&[])), "detach IPv4");
    if let Known::Seen(routes) = &mut seen.routes {
        for group in &mut routes[0].forward.groups {
            group.weight = 1;
        }
    }
    assert_eq!(veto(&world, &seen, &detach), Some(Veto::StillServing));
}

#[test]
fn what_does_not_carry_the_plans_tag_is_not_ours() {
    let (world, mut seen, action) = at(World::new(plan(&[])), "raise IPv6 to 10 %");
    if let Known::Seen(pairs) = &mut seen.pairs
        && let Known::Seen(group) = &mut pairs[0].ipv6
    {
        group
            .tags
            .insert(tag::PLAN.to_owned(), "another".to_owned());
    }
    assert_eq!(veto(&world, &seen, &action), Some(Veto::NotOurs));
    let (world, mut seen, grow) = at(World::new(plan(&[])), "scale service checkout-ipv6 to 3");
    if let Known::Seen(twin) = &mut seen.twin {
        twin.tags.clear();
    }
    assert_eq!(veto(&world, &seen, &grow), Some(Veto::NotOurs));
}

#[test]
fn the_teams_own_tags_and_bounds_are_not_ours() {
    let (world, seen, _) = at(World::scaled(plan(&[])), "note how IPv4 scaled before");
    let target_group = world.groups[0].ipv6.as_ref().unwrap().arn.clone();
    let tags = Action::TagTargetGroup {
        target_group: target_group.clone(),
        tags: [("team".to_owned(), "us".to_owned())].into(),
        because: None,
    };
    assert_eq!(veto(&world, &seen, &tags), Some(Veto::NotOurs));
    let untag = Action::UntagTargetGroup {
        target_group,
        keys: vec!["team".to_owned()],
    };
    assert_eq!(veto(&world, &seen, &untag), Some(Veto::NotOurs));
    let set = |bounds, resource: &str| Action::SetScaling {
        resource: resource.to_owned(),
        side: Side::Ipv4,
        bounds,
        suspended: Suspended::ALL,
    };
    let service = "service/prod/checkout";
    assert_eq!(veto(&world, &seen, &set(None, service)), None);
    let same = Some(Bounds { min: 2, max: 9 });
    assert_eq!(
        veto(&world, &seen, &set(same, service)),
        Some(Veto::NotOurs)
    );
    assert_eq!(
        veto(&world, &seen, &set(None, "service/prod/payments")),
        Some(Veto::NotThePlans)
    );
}

#[test]
fn nothing_that_is_told_to_a_scaling_resizes_who_serves() {
    let (world, mut seen, _) = at(
        World::scaled(plan(&[])),
        "set scaling of service/prod/checkout-ipv6",
    );
    let set = |side, bounds| Action::SetScaling {
        resource: match side {
            Side::Ipv4 => "service/prod/checkout".to_owned(),
            Side::Ipv6 => "service/prod/checkout-ipv6".to_owned(),
        },
        side,
        bounds,
        suspended: Suspended::ALL,
    };
    let canary = |min| set(Side::Ipv6, Some(Bounds { min, max: 9 }));
    assert_eq!(veto(&world, &seen, &canary(1)), None);
    assert_eq!(veto(&world, &seen, &canary(2)), Some(Veto::Resizes));
    let wrong = set(Side::Ipv6, Some(Bounds { min: 9, max: 2 }));
    assert_eq!(veto(&world, &seen, &wrong), Some(Veto::ImpossibleWeights));
    let Known::Seen(ipv4) = &mut seen.ipv4 else {
        panic!()
    };
    ipv4.desired = 12;
    assert_eq!(
        veto(&world, &seen, &set(Side::Ipv4, None)),
        Some(Veto::Resizes)
    );
}

#[test]
fn a_twin_is_made_once_from_the_plans_service_into_our_target_groups() {
    let (world, seen, create) = at(World::new(plan(&[])), "create service");
    let mut there = seen.clone();
    there.twin = Known::Seen(world.ipv4.clone().unwrap());
    assert_eq!(veto(&world, &there, &create), Some(Veto::NotSeen));
    let Action::CreateService(twin) = &create else {
        panic!()
    };
    let mut other = twin.clone();
    other.from = "payments".to_owned();
    assert_eq!(
        veto(&world, &seen, &Action::CreateService(other)),
        Some(Veto::NotThePlans)
    );
    let mut group = twin.clone();
    group
        .target_groups
        .values_mut()
        .for_each(|arn| *arn = group_arn("other"));
    assert_eq!(
        veto(&world, &seen, &Action::CreateService(group)),
        Some(Veto::NotThePlans)
    );
}
