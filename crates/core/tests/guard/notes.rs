//! A note says what AWS has or is about to have, and what is still needed is not forgotten.

use sixshift_core::{action::Action, guard::Veto, names::tag, observation::Known};

use crate::{
    at, group, ipv4, note, seen_mut, simple, veto,
    world::{World, build::plan},
};

/// A note on the first IPv6 target group.
fn noting(world: &World, key: &str, value: &str) -> Action {
    Action::TagTargetGroup {
        target_group: home(world),
        tags: [(key.to_owned(), value.to_owned())].into(),
        because: None,
    }
}

fn forgetting(world: &World, key: &str) -> Action {
    Action::UntagTargetGroup {
        target_group: home(world),
        keys: vec![key.to_owned()],
    }
}

fn home(world: &World) -> String {
    world.groups[0].ipv6.as_ref().unwrap().arn.clone()
}

fn at_10() -> World {
    let mut world = simple();
    world.climb_to_share(10);
    world
}

fn said(world: &World, key: &str, value: &str) -> Option<Veto> {
    veto(world, &world.look(), &noting(world, key, value))
}

#[test]
fn only_what_is_known_as_a_note_is_written_or_removed() {
    let world = at_10();
    for key in [tag::PLAN, tag::FROM, tag::DERIVED, "sixshift:new", "team"] {
        assert_eq!(said(&world, key, "x"), Some(Veto::NotOurs), "{key}");
        let found = veto(&world, &world.look(), &forgetting(&world, key));
        assert_eq!(found, Some(Veto::NotOurs), "{key}");
    }
}

#[test]
fn notes_lie_on_the_first_target_group_of_ours() {
    let mut world = World::with_groups(plan(&[]), 2);
    world.climb_to_share(10);
    let mut second = noting(&world, tag::SHARE, "1000");
    assert_eq!(veto(&world, &world.look(), &second), None);
    if let Action::TagTargetGroup { target_group, .. } = &mut second {
        *target_group = world.groups[1].ipv6.as_ref().unwrap().arn.clone();
    }
    let found = veto(&world, &world.look(), &second);
    assert_eq!(found, Some(Veto::NotThePlans));
    let mut seen = world.look();
    group(&mut seen, true).tags.remove(tag::PLAN);
    let first = noting(&world, tag::SHARE, "1000");
    assert_eq!(veto(&world, &seen, &first), Some(Veto::NotOurs));
}

#[test]
fn what_makes_a_target_group_ours_is_written_again_only_where_it_is_gone_and_our_twin_registers_in_it()
 {
    let world = at_10();
    let pair = &world.groups[0];
    let mark = |plan: &str, from: &str| Action::TagTargetGroup {
        target_group: home(&world),
        tags: [(tag::PLAN, plan), (tag::FROM, from)]
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .into(),
        because: None,
    };
    let right = mark(&world.plan.uid.0, &pair.ipv4_arn);
    assert_eq!(veto(&world, &world.look(), &right), Some(Veto::NotOurs));
    let mut seen = world.look();
    group(&mut seen, true).tags.clear();
    assert_eq!(veto(&world, &seen, &right), None);
    for wrong in [mark("x", &pair.ipv4_arn), mark(&world.plan.uid.0, "x")] {
        assert_eq!(veto(&world, &seen, &wrong), Some(Veto::UntrueNote));
    }
    seen_mut(&mut seen.twin).load_balancers.clear();
    assert_eq!(veto(&world, &seen, &right), Some(Veto::NotOurs));
}

#[test]
fn a_share_that_stands_is_what_every_route_has() {
    let world = at_10();
    for (value, expected) in [
        ("1000", None),
        ("1000@2026-01-01T01:00:00Z", None),
        ("0", Some(Veto::UntrueNote)),
        ("5000", Some(Veto::UntrueNote)),
        ("10000", Some(Veto::UntrueNote)),
        ("ten", Some(Veto::UntrueNote)),
    ] {
        assert_eq!(said(&world, tag::SHARE, value), expected, "{value}");
    }
}

#[test]
fn without_a_route_nothing_is_on_ipv6() {
    let world = at_10();
    let mut seen = world.look();
    seen.routes = Known::Seen(vec![]);
    for value in ["1000", "1000/5000"] {
        let found = veto(&world, &seen, &noting(&world, tag::SHARE, value));
        assert_eq!(found, Some(Veto::UntrueNote), "{value}");
    }
}

#[test]
fn a_share_on_its_way_goes_one_step_up_or_back() {
    let world = at_10();
    for (value, expected) in [
        ("1000/5000", None),
        ("1000/0", None),
        ("10000/0", None),
        ("1000/10000", Some(Veto::TooFar)),
        ("5000/10000", Some(Veto::UntrueNote)),
    ] {
        assert_eq!(said(&world, tag::SHARE, value), expected, "{value}");
    }
}

#[test]
fn a_jump_over_a_step_is_noted_as_far_as_a_person_ordered_it() {
    let mut world = at_10();
    let noted = |world: &World| said(world, tag::SHARE, "1000/10000");
    assert_eq!(noted(&world), Some(Veto::TooFar));
    world.promote(80);
    assert_eq!(noted(&world), Some(Veto::TooFar));
    assert_eq!(said(&world, tag::SHARE, "1000/8000"), None);
    world.promote(100);
    assert_eq!(noted(&world), None);
    assert_eq!(
        said(&world, tag::SHARE, "5000/10000"),
        Some(Veto::UntrueNote)
    );
    world.facts.paused = Some("lunch".to_owned());
    assert_eq!(noted(&world), Some(Veto::Stopped));
    world.facts.paused = None;
    world.minutes(1);
    world.facts.abort = Some(world.order("back"));
    assert_eq!(noted(&world), Some(Veto::WrongDirection));
    world.facts.abort = None;
    world.facts.retry = Some(world.order("again"));
    assert_eq!(noted(&world), Some(Veto::TooFar));
}

#[test]
fn a_way_round_says_no_more_than_what_was_reached() {
    let world = at_10();
    for (value, expected) in [
        ("1000:10000", None),
        ("1000:0@2026-01-01T01:00:00Z", None),
        ("10000:10000", Some(Veto::UntrueNote)),
    ] {
        assert_eq!(said(&world, tag::SHARE, value), expected, "{value}");
    }
}

#[test]
fn no_step_is_noted_while_traffic_is_called_back() {
    let mut world = at_10();
    world.facts.abort = Some(world.order("back"));
    let found = said(&world, tag::SHARE, "1000/5000");
    assert_eq!(found, Some(Veto::WrongDirection));
}

#[test]
fn a_rollback_is_noted_for_this_revision_and_forgotten_after_a_newer_retry() {
    let mut world = at_10();
    let other = format!("older@{}", world.now);
    let found = said(&world, tag::ROLLED_BACK, &other);
    assert_eq!(found, Some(Veto::UntrueNote));
    let found = said(&world, tag::ROLLED_BACK_WHY, "older: errors");
    assert_eq!(found, Some(Veto::UntrueNote));
    world.facts.abort = Some(world.order("back"));
    world.climb();
    let forget = forgetting(&world, tag::ROLLED_BACK);
    let found = |world: &World| veto(world, &world.look(), &forget);
    assert_eq!(found(&world), Some(Veto::WrongDirection));
    world.facts.retry = Some(world.order("again"));
    world.facts.retry.as_mut().unwrap().revision.0 = "older".to_owned();
    assert_eq!(found(&world), Some(Veto::WrongDirection));
    world.facts.retry = Some(world.order("again"));
    assert_eq!(found(&world), None);
}

#[test]
fn the_share_is_never_forgotten() {
    let world = at_10();
    let forget = forgetting(&world, tag::SHARE);
    let found = veto(&world, &world.look(), &forget);
    assert_eq!(found, Some(Veto::UntrueNote));
}

#[test]
fn how_large_ipv4_was_is_never_noted_smaller_and_not_forgotten_before_it_is_so_again() {
    let world = at_10();
    let noted = |value| said(&world, tag::DESIRED, value);
    assert_eq!(noted("3@2026-01-01T01:00:00Z"), None);
    for wrong in ["0@2026-01-01T01:00:00Z", "2", "three"] {
        assert_eq!(noted(wrong), Some(Veto::UntrueNote), "{wrong}");
    }
    let mut seen = world.look();
    note(&mut seen, tag::DESIRED, "6@2026-01-01T01:00:00Z");
    let less = noting(&world, tag::DESIRED, "3@2026-01-01T02:00:00Z");
    assert_eq!(veto(&world, &seen, &less), Some(Veto::UntrueNote));
    let forget = forgetting(&world, tag::DESIRED);
    assert_eq!(veto(&world, &seen, &forget), Some(Veto::UntrueNote));
    ipv4(&mut seen).desired = 6;
    assert_eq!(veto(&world, &seen, &forget), None);
}

#[test]
fn how_ipv4_scaled_is_noted_as_it_is_once_and_not_forgotten_before_it_is_so_again() {
    let (world, mut seen, _) = at(World::scaled(plan(&[])), "note how IPv4 scaled before");
    let noted = |value| noting(&world, tag::SCALING, value);
    assert_eq!(veto(&world, &seen, &noted("000")), None);
    assert_eq!(veto(&world, &seen, &noted("111")), Some(Veto::UntrueNote));
    note(&mut seen, tag::SCALING, "000");
    seen_mut(&mut seen.ipv4_scaling).suspended.scale_in = true;
    assert_eq!(veto(&world, &seen, &noted("100")), Some(Veto::UntrueNote));
    let forget = forgetting(&world, tag::SCALING);
    assert_eq!(veto(&world, &seen, &forget), Some(Veto::UntrueNote));
    seen.ipv4_scaling = Known::Absent;
    assert_eq!(veto(&world, &seen, &forget), None);
}

#[test]
fn beside_our_notes_no_tag_of_a_group_is_ours_to_write() {
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
}
