//! A side gets more only where it has its part of the strength, healthy at this moment.

use sixshift_core::{
    guard::Veto,
    names::tag,
    observation::{Known, Why},
};

use crate::{
    at, group, healthy, ipv4, note, seen_mut, simple, veto, vetoes_by_any_name, world::World,
};

fn returning() -> World {
    let mut world = simple();
    world.climb_to_share(50);
    world.facts.abort = Some(world.order("back"));
    world
}

#[test]
fn a_raise_needs_its_part_of_the_strength_now() {
    for (wanted, few, enough) in [
        ("raise IPv6 to 10 %", 0, 1),
        ("raise IPv6 to 50 %", 1, 2),
        ("raise IPv6 to 100 %", 2, 3),
    ] {
        let (world, seen, action) = at(simple(), wanted);
        let with = |count| {
            let mut seen = seen.clone();
            let targets = seen_mut(&mut group(&mut seen, true).targets);
            targets.truncate(count);
            vetoes_by_any_name(&world, &seen, &action)
        };
        assert_eq!(with(few), Some(Veto::UnprovenGround), "{wanted}");
        assert_eq!(with(enough), None, "{wanted}");
    }
}

#[test]
fn a_size_that_is_not_known_is_not_one() {
    let (world, mut seen, action) = at(simple(), "raise IPv6 to 10 %");
    seen.ipv4 = Known::Unknown(Why::new("throttled".to_owned()));
    let found = vetoes_by_any_name(&world, &seen, &action);
    assert_eq!(found, Some(Veto::NotSeen));
}

#[test]
fn targets_that_were_not_read_are_nobody() {
    let (world, mut seen, action) = at(simple(), "raise IPv6 to 10 %");
    group(&mut seen, true).targets = Known::Unknown(Why::new("throttled".to_owned()));
    assert_eq!(veto(&world, &seen, &action), Some(Veto::NotSeen));
}

#[test]
fn a_zone_in_which_all_are_sick_is_no_ground() {
    let (world, mut seen, action) = at(simple(), "raise IPv6 to 10 %");
    let targets = seen_mut(&mut group(&mut seen, true).targets);
    let first = targets[0].zone.clone();
    for target in targets.iter_mut().filter(|t| t.zone == first) {
        target.state = "unhealthy".to_owned();
    }
    assert_eq!(veto(&world, &seen, &action), Some(Veto::UnprovenGround));
}

#[test]
fn where_nodes_keep_to_their_zone_each_zone_of_ipv4_has_somebody_on_ipv6() {
    let (world, mut seen, action) = at(simple(), "raise IPv6 to 10 %");
    let targets = seen_mut(&mut group(&mut seen, true).targets);
    let first = targets[0].zone.clone();
    targets.retain(|t| t.zone == first);
    assert_eq!(veto(&world, &seen, &action), None);
    let attributes = &mut group(&mut seen, true).attributes;
    attributes.insert(
        "load_balancing.cross_zone.enabled".to_owned(),
        "false".to_owned(),
    );
    assert_eq!(veto(&world, &seen, &action), Some(Veto::UnprovenGround));
}

#[test]
fn a_return_needs_somebody_to_return_to() {
    let (world, mut seen, action) = at(returning(), "return traffic");
    let mut gone = seen.clone();
    seen_mut(&mut gone.pairs)[0].ipv4 = Known::Absent;
    assert_eq!(veto(&world, &gone, &action), Some(Veto::NobodyElse));
    healthy(&mut seen, false, 2);
    assert_eq!(veto(&world, &seen, &action), None, "one straggler in ten");
    healthy(&mut seen, false, 1);
    let found = vetoes_by_any_name(&world, &seen, &action);
    assert_eq!(found, Some(Veto::UnprovenGround));
}

#[test]
fn a_return_needs_the_strength_that_is_remembered() {
    let (world, mut seen, action) = at(returning(), "return traffic");
    ipv4(&mut seen).desired = 1;
    healthy(&mut seen, false, 1);
    assert_eq!(veto(&world, &seen, &action), None);
    note(&mut seen, tag::DESIRED, "3@2026-01-01T01:00:00Z");
    assert_eq!(veto(&world, &seen, &action), Some(Veto::UnprovenGround));
}
