//! Whoever is led to nobody may always be led away: in either direction, to any share, whatever else holds.

use sixshift_core::{
    action::{Action, Intent},
    guard::Veto,
    names::tag,
    observation::{Known, Observation, Why},
    plan::Drift,
};

use crate::{
    at, group, healthy, note, seen_mut, simple, veto, vetoes_by_any_name, weighing,
    world::{
        World,
        build::{forward, group_arn},
    },
};

/// A change of the first route's weights.
fn to(seen: &Observation, ipv4: u16, ipv6: u16) -> Action {
    let route = &seen.routes.seen().unwrap()[0];
    let pair = &seen.pairs.seen().unwrap()[0];
    let twin = &pair.ipv6.seen().unwrap().arn;
    Action::set_forward(
        route,
        forward(&[(&pair.ipv4_arn, ipv4), (twin, ipv6)]),
        Intent::Return,
    )
}

/// Everything that would stop a raise otherwise.
fn stopped(world: &mut World, seen: &mut Observation) {
    world.plan.drift = Drift::Hold;
    world.plan.paused = true;
    world.facts.paused = Some("lunch".to_owned());
    world.facts.abort = Some(world.order("back"));
    let revision = world.plan.revision.0.clone();
    note(seen, tag::ROLLED_BACK, &format!("{revision}@{}", world.now));
}

#[test]
fn up_from_an_ipv4_side_without_anybody_healthy() {
    let (mut world, mut seen, action) = at(simple(), "raise IPv6 to 50 %");
    let all = weighing(&action, 0, 100);
    assert_eq!(veto(&world, &seen, &all), Some(Veto::TooFar));
    healthy(&mut seen, false, 0);
    stopped(&mut world, &mut seen);
    assert_eq!(vetoes_by_any_name(&world, &seen, &all), None);
    let mut unsized_ = seen.clone();
    unsized_.ipv4 = Known::Unknown(Why::new("throttled".to_owned()));
    assert_eq!(veto(&world, &unsized_, &all), None, "nobody is left there");
    healthy(&mut seen, true, 0);
    let found = vetoes_by_any_name(&world, &seen, &all);
    assert_eq!(found, Some(Veto::WrongDirection), "nobody is there either");
}

#[test]
fn back_from_an_ipv6_side_without_anybody_healthy_even_to_one() {
    let mut world = simple();
    world.climb_to_share(100);
    let mut seen = world.look();
    healthy(&mut seen, false, 1);
    let back = to(&seen, 100, 0);
    assert_eq!(veto(&world, &seen, &back), Some(Veto::UnprovenGround));
    healthy(&mut seen, true, 0);
    assert_eq!(vetoes_by_any_name(&world, &seen, &back), None);
    healthy(&mut seen, false, 0);
    assert_eq!(veto(&world, &seen, &back), None, "nothing is lost");
}

#[test]
fn off_an_emptied_ipv4_group_onto_a_twin_that_runs_and_is_not_checked_yet() {
    let mut world = simple();
    world.climb_to("Cold");
    world.ways[0].forward = forward(&[(&group_arn("checkout"), 1)]);
    let mut seen = world.look();
    let all = to(&seen, 0, 1);
    let twin = |seen: &mut Observation, state: &str| {
        for target in seen_mut(&mut group(seen, true).targets) {
            target.state = state.to_owned();
        }
    };
    twin(&mut seen, "unused");
    stopped(&mut world, &mut seen);
    assert_eq!(vetoes_by_any_name(&world, &seen, &all), None);
    seen_mut(&mut group(&mut seen, true).targets).clear();
    assert_eq!(veto(&world, &seen, &all), None, "its tasks get registered");
    seen_mut(&mut seen.twin).running = 0;
    let found = vetoes_by_any_name(&world, &seen, &all);
    assert_eq!(found, Some(Veto::WrongDirection), "nobody is there either");
}

#[test]
fn never_onto_an_empty_group_and_never_by_what_was_not_read() {
    let mut world = simple();
    world.climb_to("Cold");
    let mut seen = world.look();
    healthy(&mut seen, true, 0);
    let back = to(&seen, 1, 0);
    let found = vetoes_by_any_name(&world, &seen, &back);
    assert_eq!(found, Some(Veto::UnprovenGround), "IPv4 has no task");
    let mut world = simple();
    world.climb_to_share(50);
    let mut seen = world.look();
    group(&mut seen, true).targets = Known::Unknown(Why::new("throttled".to_owned()));
    healthy(&mut seen, false, 1);
    let back = to(&seen, 100, 0);
    assert_eq!(veto(&world, &seen, &back), Some(Veto::UnprovenGround));
}
