//! Traffic rises by one step of the plan, as our own note tells it, and not at all while it is called back.

use sixshift_core::{action::Action, guard::Veto, names::tag, observation::Observation};

use crate::{
    at, group, note, seen_mut, simple, veto, vetoes_by_any_name, weighing,
    world::{
        Way, World,
        build::{forward, group_arn, plan, rule},
    },
};

#[test]
fn no_step_is_jumped_whatever_the_jump_is_called() {
    let (world, seen, action) = at(simple(), "raise IPv6 to 10 %");
    for (ipv4, ipv6) in [(88, 12), (50, 50), (0, 100)] {
        let leap = weighing(&action, ipv4, ipv6);
        let found = vetoes_by_any_name(&world, &seen, &leap);
        assert_eq!(found, Some(Veto::TooFar), "{ipv6} %");
    }
}

#[test]
fn a_correction_goes_to_what_the_note_says_was_reached_and_no_further() {
    let corrects = [("  retire:", "  drift: correct\n  retire:")];
    let mut world = World::new(plan(&corrects));
    world.climb_to_share(10);
    world.edit_by_hand(0, 100, 0);
    let (world, seen, action) = at(world, "correct IPv6 to 10 %");
    let leap = weighing(&action, 0, 100);
    let found = vetoes_by_any_name(&world, &seen, &leap);
    assert_eq!(found, Some(Veto::TooFar));
}

#[test]
fn a_route_that_joins_goes_to_where_the_others_are_and_no_further() {
    let mut world = World::new(plan(&[("  retire:", "  drift: correct\n  retire:")]));
    world.climb_to_share(10);
    world.ways.push(Way {
        id: rule("new"),
        forward: forward(&[(&group_arn("checkout"), 1)]),
    });
    let (world, seen, attach) = at(world, "correct IPv6 to 10 % on rule new");
    let leap = weighing(&attach, 50, 50);
    let found = vetoes_by_any_name(&world, &seen, &leap);
    assert_eq!(found, Some(Veto::TooFar));
}

#[test]
fn a_raise_that_was_noted_before_the_plan_was_edited_is_not_begun() {
    let (mut world, seen, action) = at(simple(), "raise IPv6 to 50 %");
    world.plan = plan(&[("weight: 50%", "weight: 25%")]);
    assert_eq!(veto(&world, &seen, &action), Some(Veto::TooFar));
}

#[test]
fn without_a_note_nothing_was_reached() {
    let (world, mut seen, action) = at(simple(), "raise IPv6 to 10 %");
    note(&mut seen, tag::SHARE, "ten");
    assert_eq!(veto(&world, &seen, &action), Some(Veto::TooFar));
}

#[test]
fn a_note_may_carry_its_moment() {
    let (world, mut seen, action) = at(simple(), "raise IPv6 to 50 %");
    note(&mut seen, tag::SHARE, "1000/5000@2026-01-01T01:00:00Z");
    assert_eq!(veto(&world, &seen, &action), None);
    note(&mut seen, tag::SHARE, "1000@2026-01-01T01:00:00Z");
    let leap = weighing(&action, 0, 100);
    assert_eq!(veto(&world, &seen, &leap), Some(Veto::TooFar));
}

#[test]
fn nothing_rises_while_the_revision_is_rolled_back() {
    let (world, mut seen, action) = at(simple(), "raise IPv6 to 10 %");
    let revision = world.plan.revision.0.clone();
    note(
        &mut seen,
        tag::ROLLED_BACK,
        &format!("{revision}@{}", world.now),
    );
    let found = vetoes_by_any_name(&world, &seen, &action);
    assert_eq!(found, Some(Veto::WrongDirection));
    note(&mut seen, tag::ROLLED_BACK, &format!("older@{}", world.now));
    assert_eq!(veto(&world, &seen, &action), None);
}

#[test]
fn nothing_rises_on_the_way_back() {
    let (world, mut seen, action) = at(simple(), "raise IPv6 to 50 %");
    note(&mut seen, tag::SHARE, "1000/0");
    let found = vetoes_by_any_name(&world, &seen, &action);
    assert_eq!(found, Some(Veto::WrongDirection));
}

#[test]
fn nothing_rises_after_an_abort_until_a_newer_retry() {
    let (mut world, seen, action) = at(simple(), "raise IPv6 to 10 %");
    world.facts.abort = Some(world.order("back"));
    let found = vetoes_by_any_name(&world, &seen, &action);
    assert_eq!(found, Some(Veto::WrongDirection));
    world.facts.retry = Some(world.order("again"));
    assert_eq!(veto(&world, &seen, &action), Some(Veto::WrongDirection));
    world.minutes(1);
    world.facts.retry = Some(world.order("again"));
    assert_eq!(veto(&world, &seen, &action), None);
    let mut other = world.order("of another revision");
    other.revision.0 = "older".to_owned();
    (world.facts.abort, world.facts.retry) = (Some(other), None);
    assert_eq!(veto(&world, &seen, &action), None);
}

#[test]
fn who_promotes_lets_it_jump_steps_as_far_as_ordered_and_onto_healthy_ground_only() {
    let (mut world, seen, action) = at(promoted(100), "raise IPv6 to 100 %");
    let raise = |world: &World| vetoes_by_any_name(world, &seen, &action);
    assert_eq!(raise(&world), None);
    world.facts.promotion = None;
    assert_eq!(raise(&world), Some(Veto::TooFar));
    world.promote(80);
    assert_eq!(raise(&world), Some(Veto::TooFar));
    let to_80 = weighing(&action, 20, 80);
    assert_eq!(vetoes_by_any_name(&world, &seen, &to_80), None);
    world.promote(100);
    let mut sick = seen.clone();
    for target in seen_mut(&mut group(&mut sick, true).targets) {
        target.state = "unhealthy".to_owned();
    }
    let found = veto(&world, &sick, &action);
    assert_eq!(found, Some(Veto::UnprovenGround));
}

#[test]
fn a_promotion_that_was_overtaken_or_is_of_another_revision_lets_nothing_jump() {
    let overtakes: [fn(&mut World, &mut Observation); 3] = [
        |w, _| w.facts.retry = Some(w.order("again")),
        |w, seen| {
            let text = format!("{}@{}", w.plan.revision.0, w.now);
            note(seen, tag::ROLLED_BACK, &text);
            w.facts.retry = Some(w.order("again"));
        },
        |w, _| {
            let promotion = w.facts.promotion.as_mut().unwrap();
            promotion.order.revision.0 = "older".to_owned();
        },
    ];
    for (i, overtake) in overtakes.into_iter().enumerate() {
        let (mut world, mut seen, action) = at(promoted(100), "raise IPv6 to 100 %");
        world.minutes(1);
        overtake(&mut world, &mut seen);
        let found = veto(&world, &seen, &action);
        let expected = [Veto::TooFar, Veto::WrongDirection, Veto::TooFar];
        assert_eq!(found, Some(expected[i]), "{i}");
    }
}

/// At 10 %, with a person's order to go further.
fn promoted(percent: u16) -> World {
    let mut world = simple();
    world.climb_to_share(10);
    world.promote(percent);
    world
}

#[test]
fn a_share_may_always_fall() {
    let (world, seen, action) = at(simple(), "raise IPv6 to 50 %");
    for (ipv4, ipv6) in [(100, 0), (99, 1)] {
        let fall = weighing(&action, ipv4, ipv6);
        assert!(matches!(fall, Action::SetForward { .. }));
        assert_eq!(vetoes_by_any_name(&world, &seen, &fall), None);
    }
}
