//! What is told to a scaling resizes nobody who serves, and its bounds are the original's.

use sixshift_core::{
    action::{Action, Bounds, Side},
    guard::Veto,
    names::tag,
    observation::{Observation, Suspended},
};

use crate::{
    at, ipv4, note, seen_mut, veto,
    world::{World, build::plan},
};

fn scaled() -> World {
    World::scaled(plan(&[]))
}

fn set(side: Side, bounds: Option<(u32, u32)>, suspended: Suspended) -> Action {
    let service = match side {
        Side::Ipv4 => "checkout",
        Side::Ipv6 => "checkout-ipv6",
    };
    Action::SetScaling {
        resource: format!("service/prod/{service}"),
        side,
        bounds: bounds.map(|(min, max)| Bounds { min, max }),
        suspended,
        tags_of: None,
    }
}

const IN: Suspended = Suspended {
    scale_in: true,
    scale_out: false,
    scheduled: true,
};

#[test]
fn the_teams_bounds_are_not_ours() {
    let (world, seen, _) = at(scaled(), "set scaling of service/prod/checkout:");
    assert_eq!(veto(&world, &seen, &set(Side::Ipv4, None, IN)), None);
    for bounds in [(2, 9), (0, 0), (1, 20)] {
        let wrong = set(Side::Ipv4, Some(bounds), IN);
        assert_eq!(veto(&world, &seen, &wrong), Some(Veto::NotOurs));
    }
    let mut other = set(Side::Ipv4, None, IN);
    if let Action::SetScaling { resource, .. } = &mut other {
        *resource = "service/prod/payments".to_owned();
    }
    assert_eq!(veto(&world, &seen, &other), Some(Veto::NotThePlans));
}

#[test]
fn the_twins_bounds_lie_within_the_originals_and_hold_it() {
    let (world, seen, _) = at(scaled(), "set scaling of service/prod/checkout-ipv6");
    for (bounds, expected) in [
        ((1, 9), None),
        ((2, 9), Some(Veto::Resizes)),
        ((0, 0), Some(Veto::ImpossibleBounds)),
        ((9, 2), Some(Veto::ImpossibleBounds)),
        ((0, 9), Some(Veto::ImpossibleBounds)),
        ((1, 1), Some(Veto::ImpossibleBounds)),
        ((1, 50), Some(Veto::ImpossibleBounds)),
    ] {
        let wrong = set(Side::Ipv6, Some(bounds), IN);
        assert_eq!(veto(&world, &seen, &wrong), expected, "{bounds:?}");
    }
}

#[test]
fn only_a_target_that_is_new_takes_tags_and_only_the_originals() {
    let tagged = |side, bounds, from: &str| {
        let mut action = set(side, bounds, IN);
        if let Action::SetScaling { tags_of, .. } = &mut action {
            *tags_of = Some(from.to_owned());
        }
        action
    };
    let (world, seen, _) = at(scaled(), "set scaling of service/prod/checkout-ipv6");
    let own = seen.ipv4_scaling.seen().unwrap().arn.clone().unwrap();
    let new = tagged(Side::Ipv6, Some((1, 9)), &own);
    assert_eq!(veto(&world, &seen, &new), None);
    let of_others = tagged(Side::Ipv6, Some((1, 9)), "arn:another");
    assert_eq!(veto(&world, &seen, &of_others), Some(Veto::NotOurs));
    let on_the_teams = tagged(Side::Ipv4, None, &own);
    assert_eq!(veto(&world, &seen, &on_the_teams), Some(Veto::NotOurs));
    let mut there = seen.clone();
    there.twin_scaling = seen.ipv4_scaling.clone();
    assert_eq!(veto(&world, &there, &new), Some(Veto::NotOurs));
}

#[test]
fn a_service_that_stands_outside_its_bounds_is_not_moved_into_them_while_it_serves() {
    let (world, mut seen, _) = at(scaled(), "set scaling of service/prod/checkout:");
    ipv4(&mut seen).desired = 12;
    let found = veto(&world, &seen, &set(Side::Ipv4, None, IN));
    assert_eq!(found, Some(Veto::Resizes));
}

#[test]
fn who_shares_the_traffic_does_not_shrink_by_itself_and_can_grow() {
    let mut world = scaled();
    world.climb_to_share(50);
    let seen = world.look();
    let free = Suspended::default();
    for side in [Side::Ipv4, Side::Ipv6] {
        for wrong in [free, Suspended::ALL] {
            let found = veto(&world, &seen, &set(side, None, wrong));
            assert_eq!(found, Some(Veto::StillServing), "{side} {wrong:?}");
        }
        assert_eq!(veto(&world, &seen, &set(side, None, IN)), None);
    }
}

#[test]
fn what_the_team_had_suspended_comes_back_where_it_is_alone() {
    let mut world = scaled();
    world.climb_to("Bake");
    let was = Suspended {
        scale_out: true,
        ..Suspended::default()
    };
    let noted = |text: &str| -> Observation {
        let mut seen = world.look();
        seen_mut(&mut seen.ipv4).tags.clear();
        note(&mut seen, tag::SCALING, text);
        seen
    };
    let give = set(Side::Ipv6, None, was);
    assert_eq!(veto(&world, &noted(&was.note()), &give), None);
    let found = veto(&world, &noted("000"), &give);
    assert_eq!(found, Some(Veto::StillServing), "nobody had said that");
}
