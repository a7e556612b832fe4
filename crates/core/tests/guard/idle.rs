//! Nothing is taken from who serves, and neither side is emptied while the other has nobody healthy.

use sixshift_core::{
    action::{Action, Side},
    guard::Veto,
    observation::{Known, WeightedGroup, Why},
};

use crate::{
    at, group, healthy, ipv4, last_minute, seen_mut, simple, veto, weight_of, with_forward,
    world::{
        World,
        build::{group_arn, targets},
    },
};

fn rolled_back() -> World {
    let mut world = simple();
    world.climb_to_share(10);
    world.facts.abort = Some(world.order("back"));
    world
}

#[test]
fn ipv4_is_not_emptied_while_it_has_weight_requests_or_nobody_beside_it() {
    let (world, seen, action) = at(simple(), "scale service checkout to 0");
    let mut weighty = seen.clone();
    *weight_of(&mut seen_mut(&mut weighty.routes)[0].forward, Side::Ipv4) = 1;
    assert_eq!(veto(&world, &weighty, &action), Some(Veto::StillServing));
    let mut busy = seen.clone();
    last_minute(&mut busy, Some(1.0), Some(600.0));
    assert_eq!(veto(&world, &busy, &action), Some(Veto::StillServing));
    let mut alone = seen.clone();
    healthy(&mut alone, true, 0);
    assert_eq!(veto(&world, &alone, &action), Some(Veto::NobodyElse));
    let mut unrouted = seen.clone();
    unrouted.routes = Known::Seen(vec![]);
    let found = veto(&world, &unrouted, &action);
    assert_eq!(found, Some(Veto::NotSeen), "nobody is on IPv6 either");
    let mut blind = seen;
    blind.recent = Known::Unknown(Why::new("throttled".to_owned()));
    assert_eq!(veto(&world, &blind, &action), Some(Veto::NotSeen));
}

#[test]
fn the_twin_is_not_emptied_while_it_has_weight_requests_or_nobody_beside_it() {
    let (world, seen, action) = at(rolled_back(), "scale service checkout-ipv6 to 0");
    let mut weighty = seen.clone();
    *weight_of(&mut seen_mut(&mut weighty.routes)[0].forward, Side::Ipv6) = 1;
    assert_eq!(veto(&world, &weighty, &action), Some(Veto::StillServing));
    let mut busy = seen.clone();
    last_minute(&mut busy, Some(600.0), Some(1.0));
    assert_eq!(veto(&world, &busy, &action), Some(Veto::StillServing));
    let mut alone = seen.clone();
    healthy(&mut alone, false, 0);
    assert_eq!(veto(&world, &alone, &action), Some(Veto::NobodyElse));
    let mut gone = seen;
    seen_mut(&mut gone.pairs)[0].ipv4 = Known::Absent;
    assert_eq!(veto(&world, &gone, &action), Some(Veto::NobodyElse));
}

#[test]
fn a_side_that_serves_is_not_made_smaller_either() {
    let mut world = simple();
    world.climb_to_share(10);
    for (service, side) in [("checkout", Side::Ipv4), ("checkout-ipv6", Side::Ipv6)] {
        let shrink = Action::ScaleService {
            cluster: "prod".to_owned(),
            service: service.to_owned(),
            side,
            desired: 2,
        };
        let found = veto(&world, &world.look(), &shrink);
        assert_eq!(found, Some(Veto::StillServing), "{service}");
    }
}

#[test]
fn the_service_is_not_deleted_while_it_serves_runs_or_has_nobody_beside_it() {
    let (world, seen, delete) = at(simple(), "delete service");
    let mut running = seen.clone();
    (ipv4(&mut running).desired, ipv4(&mut running).running) = (1, 1);
    assert_eq!(veto(&world, &running, &delete), Some(Veto::StillServing));
    let mut busy = seen.clone();
    last_minute(&mut busy, Some(2.0), Some(600.0));
    assert_eq!(veto(&world, &busy, &delete), Some(Veto::StillServing));
    let mut alone = seen.clone();
    healthy(&mut alone, true, 0);
    assert_eq!(veto(&world, &alone, &delete), Some(Veto::NobodyElse));
    let mut elsewhere = seen;
    let groups = &mut seen_mut(&mut elsewhere.routes)[0].forward.groups;
    groups.iter_mut().for_each(|g| g.weight = 0);
    let found = veto(&world, &elsewhere, &delete);
    assert_eq!(found, Some(Veto::StillServing), "a route is not on IPv6");
}

#[test]
fn its_scaling_is_not_deleted_before_it_is_empty() {
    let (world, mut seen, delete) = at(
        World::scaled(crate::world::build::plan(&[])),
        "delete scaling of service/prod/checkout",
    );
    ipv4(&mut seen).running = 1;
    assert_eq!(veto(&world, &seen, &delete), Some(Veto::StillServing));
}

#[test]
fn a_target_group_is_not_deleted_while_a_route_or_a_target_has_it() {
    let (world, seen, delete) = at(simple(), "delete target group");
    let mut full = seen.clone();
    group(&mut full, false).targets = Known::Seen(targets("10.7.0.", 1));
    let found = veto(&world, &full, &delete);
    assert_eq!(found, Some(Veto::StillServing), "somebody else's target");
    let mut routed = seen;
    let groups = &mut seen_mut(&mut routed.routes)[0].forward.groups;
    groups.push(WeightedGroup {
        arn: group_arn("checkout"),
        weight: 0,
    });
    assert_eq!(veto(&world, &routed, &delete), Some(Veto::StillServing));
}

#[test]
fn a_group_leaves_a_route_only_without_weight_and_tasks() {
    let (world, seen, detach) = at(simple(), "detach IPv4");
    let mut weighty = seen.clone();
    for group in &mut seen_mut(&mut weighty.routes)[0].forward.groups {
        group.weight = 1;
    }
    assert_eq!(veto(&world, &weighty, &detach), Some(Veto::StillServing));
    let mut held = seen.clone();
    group(&mut held, false).targets = Known::Seen(targets("10.7.0.", 1));
    assert_eq!(veto(&world, &held, &detach), Some(Veto::StillServing));
    let mut blind = seen;
    blind.ipv4 = Known::Unknown(Why::new("throttled".to_owned()));
    assert_eq!(veto(&world, &blind, &detach), Some(Veto::NotSeen));
}

#[test]
fn an_empty_ipv4_group_leaves_a_sticky_route_alone_and_only_while_the_twin_answers() {
    let mut world = simple();
    world.plan.retire.delete.clear();
    world.ways[0].forward.stickiness = Some(86_400);
    world.climb_to_share(50);
    world.scale(Side::Ipv4, 0).unwrap();
    let (world, seen, lets_go) = at(world, "let go the clients of the empty IPv4 side");
    let mut free = seen.clone();
    seen_mut(&mut free.routes)[0].forward.stickiness = None;
    let plain = with_forward(&lets_go, |f| f.stickiness = None);
    assert_eq!(veto(&world, &free, &plain), Some(Veto::NotThePlans));
    let mut held = seen.clone();
    group(&mut held, false).targets = Known::Seen(targets("10.7.0.", 1));
    assert!(veto(&world, &held, &lets_go).is_some());
    let mut alone = seen.clone();
    healthy(&mut alone, true, 0);
    assert_eq!(veto(&world, &alone, &lets_go), None, "better than nobody");
    seen_mut(&mut group(&mut alone, true).targets).clear();
    assert!(veto(&world, &alone, &lets_go).is_some());
    let mut blind = seen;
    group(&mut blind, false).targets = Known::Unknown(Why::new("throttled".to_owned()));
    assert!(veto(&world, &blind, &lets_go).is_some());
}
