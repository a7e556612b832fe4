//! What people say: pauses, freezes, edits by hand, approvals, aborts, new revisions.

use sixshift_core::{
    decide::{Decision, Next},
    facts::{Gate, Lack},
    names::tag,
    share::Share,
    status::{Condition, ConditionKind, Health, Phase, WaitingOn},
};

use crate::world::{World, build::plan};

#[test]
fn a_pause_stops_what_goes_forward_and_a_resume_goes_on() {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(10);
    world.facts.paused = Some("lunch".to_owned());
    world.climb_to("Paused");
    world.minutes(60);
    world.stays();
    assert_eq!((world.share_note(), world.phase()), ("1000", Phase::Shift));
    world.facts.paused = None;
    world.climb_to_share(50);
}

#[test]
fn a_pause_in_the_plan_stops_it_before_anything_is_made() {
    let mut world = World::new(plan(&[("spec:", "spec:\n  paused: true")]));
    assert_eq!(world.climb().text(), "Checking . Paused");
}

#[test]
fn a_pause_does_not_stop_a_rollback() {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(10);
    world.facts.paused = Some("lunch".to_owned());
    world.on_ipv6.errors = 0.5;
    world.minutes(6);
    let story = world.climb_until(|d| d.status.phase == Phase::RolledBack);
    assert!(story.says("return traffic to IPv4"));
}

#[test]
fn a_freeze_stops_everything() {
    let mut world = World::new(plan(&[]));
    world.facts.frozen = Some(world.freeze("release of the year"));
    assert_eq!(world.climb().text(), "Checking . Frozen");
    world.stays();
}

#[test]
fn an_edit_by_hand_is_a_person_speaking() {
    for (ipv4, ipv6, found) in [(100, 0, 0), (0, 100, 10_000), (1, 1, 5_000)] {
        let mut world = World::new(plan(&[]));
        world.climb_to_share(10);
        world.edit_by_hand(0, ipv4, ipv6);
        assert_eq!(world.acting().name(), "note IPv6 at 10 %, its hold anew");
        world.round();
        let WaitingOn::OutsideEdit {
            expected,
            found: seen,
            ..
        } = world.waiting()
        else {
            panic!("{:?}", world.decide().next)
        };
        assert_eq!(expected, Some(Share::from_basis_points(1_000)));
        assert_eq!(seen, Some(Share::from_basis_points(found)));
        assert_eq!(world.decide().status.health, Health::NeedsPerson);
        world.stays();
        world.edit_by_hand(0, 90, 10);
        world.climb_to_share(50);
    }
}

#[test]
fn an_edit_by_hand_is_set_right_where_the_plan_says_so() {
    let mut world = World::new(plan(&[("  retire:", "  drift: correct\n  retire:")]));
    world.climb_to_share(10);
    for (ipv4, ipv6) in [(0, 100), (100, 0)] {
        world.edit_by_hand(0, ipv4, ipv6);
        assert_eq!(world.acting().name(), "note IPv6 at 10 %, its hold anew");
        world.round();
        assert_eq!(world.acting().name(), "correct IPv6 to 10 % on listener l1");
        world.climb_to("Hold");
    }
    world.climb_to_share(50);
}

#[test]
fn an_edit_right_before_a_step_lets_the_hold_before_it_begin_anew() {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(10);
    let raises = |d: &Decision| matches!(&d.next, Next::Act(a) if a.name().starts_with("raise"));
    world.climb_until(raises);
    assert_eq!(world.share_note(), "1000/5000");
    world.edit_by_hand(0, 100, 0);
    assert_eq!(world.acting().name(), "note IPv6 at 10 %, its hold anew");
    world.round();
    assert_eq!(world.waiting().kind(), "OutsideEdit");
    world.edit_by_hand(0, 90, 10);
    world.round();
    assert_eq!(world.waiting().kind(), "Hold");
    world.climb_to_share(50);
}

#[test]
fn who_pauses_and_then_edits_by_hand_is_not_fought() {
    let mut world = World::new(plan(&[("  retire:", "  drift: correct\n  retire:")]));
    world.climb_to_share(10);
    world.facts.paused = Some("my hands".to_owned());
    world.edit_by_hand(0, 100, 0);
    world.round();
    assert!(world.waiting().needs_person());
    world.stays();
}

#[test]
fn an_edit_upwards_is_not_repeated_onto_sick_targets() {
    let mut world = World::new(plan(&[("  retire:", "  drift: correct\n  retire:")]));
    world.climb_to_share(10);
    world.edit_by_hand(0, 100, 0);
    world.on_ipv6.sick = Some("Target.Timeout");
    world.round();
    world.minutes(2);
    assert_eq!(world.waiting().kind(), "OutsideEdit");
    assert_eq!(world.waiting().blocker().kind(), "TargetsUnhealthy");
}

#[test]
fn traffic_without_our_note_is_nobodys_word() {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(10);
    world.groups[0]
        .ipv6
        .as_mut()
        .unwrap()
        .tags
        .remove(tag::SHARE);
    assert_eq!(world.waiting().kind(), "NoteLost");
    world.stays();
    world.edit_by_hand(0, 100, 0);
    assert_eq!(world.acting().name(), "note IPv6 at 0 %");
}

#[test]
fn a_target_group_of_ours_whose_tags_were_all_removed_is_marked_again_and_its_share_is_nobodys_word()
 {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(10);
    world.groups[0].ipv6.as_mut().unwrap().tags.clear();
    let story = world.climb();
    assert_eq!(
        story.acts(),
        ["note what it was made from, whose target group it is, because its tags were removed"]
    );
    assert_eq!(world.waiting().kind(), "NoteLost");
    world.stays();
    assert_eq!(world.note(tag::PLAN), Some(world.plan.uid.0.as_str()));
}

#[test]
fn a_target_group_that_another_plan_has_marked_stays_its() {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(10);
    let tags = &mut world.groups[0].ipv6.as_mut().unwrap().tags;
    tags.clear();
    tags.insert(tag::PLAN.to_owned(), "another".to_owned());
    world.round();
    assert_eq!(world.waiting().kind(), "Foreign");
    world.stays();
}

#[test]
fn a_gate_with_a_person_waits_for_the_approval_of_this_revision() {
    let gated = [("hold: 5m", "hold: 5m, gate: approval")];
    let mut world = World::new(plan(&gated));
    let story = world.climb();
    assert_eq!(story.0.last().unwrap(), "Shift . Approval");
    world.stays();
    world.approve(Gate::Step(1));
    world.stays();
    world.approve(Gate::Step(0));
    world.climb_to_share(50);

    let mut edited = World::new(plan(&gated));
    edited.climb();
    edited.approve(Gate::Step(0));
    edited.plan = plan(&[("hold: 5m", "hold: 6m, gate: approval")]);
    assert_eq!(edited.climb().0.last().unwrap(), "Shift . Approval");
}

#[test]
fn an_abort_takes_everything_back_and_a_retry_begins_again() {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(50);
    world.facts.abort = Some(world.order("marketing is nervous"));
    let story = world.climb();
    assert_eq!(story.0.last().unwrap(), "RolledBack . RolledBack");
    assert!(
        world
            .decide()
            .status
            .sentence
            .contains("aborted by ada: marketing is nervous")
    );
    world.stays();
    world.facts.retry = Some(world.order("calm again"));
    world.climb_to_share(10);
}

#[test]
fn an_abort_before_anything_was_made_makes_nothing() {
    let mut world = World::new(plan(&[]));
    world.facts.abort = Some(world.order("not today"));
    assert_eq!(world.climb().text(), "RolledBack . RolledBack");
    world.stays();
}

#[test]
fn an_abort_is_obeyed_in_spite_of_an_edit_by_hand_or_a_lost_note() {
    for lost in [false, true] {
        let mut world = World::new(plan(&[]));
        world.climb_to_share(10);
        world.edit_by_hand(0, 10, 90);
        if lost {
            world.groups[0]
                .ipv6
                .as_mut()
                .unwrap()
                .tags
                .remove(tag::SHARE);
        }
        world.round();
        assert!(["OutsideEdit", "NoteLost"].contains(&world.waiting().kind()));
        world.facts.abort = Some(world.order("back, all of it"));
        let story = world.climb();
        assert_eq!(
            story.0.last().unwrap(),
            "RolledBack . RolledBack",
            "{}",
            story.text()
        );
        assert_eq!(world.weighted_share(), 0.0);
    }
}

#[test]
fn an_abort_of_another_revision_is_not_ours() {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(10);
    world.facts.abort = Some(world.order("the old one"));
    world.plan = plan(&[("hold: 10m", "hold: 11m")]);
    world.climb_to_share(50);
}

#[test]
fn a_plan_edited_midway_never_makes_the_share_jump() {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(50);
    world.plan = plan(&[(
        "{ weight: 50%, hold: 10m }",
        "{ weight: 20%, hold: 10m }\n      - { weight: 80%, hold: 5m }",
    )]);
    let story = world.climb_until(|d| d.status.phase == Phase::Bake);
    let raises: Vec<_> = story
        .acts()
        .into_iter()
        .filter(|a| a.contains("raise"))
        .collect();
    assert_eq!(
        raises,
        [
            "raise IPv6 to 80 % on listener l1",
            "raise IPv6 to 100 % on listener l1"
        ]
    );
    let listener = world.shares.values().next().unwrap();
    assert!(listener.is_sorted(), "{listener:?}");
}

#[test]
fn a_plan_edited_between_the_note_and_the_raise_takes_its_own_next_step() {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(10);
    world.climb_until(
        |d| matches!(&d.next, Next::Act(a) if a.name().contains("raise IPv6 to 50 %")),
    );
    world.plan = plan(&[("weight: 50%", "weight: 25%")]);
    let story = world.climb_to_share(25);
    assert!(!story.says("50 %"), "{}", story.text());
}

/// Something that holds a plan, by its word.
type Hold = (&'static str, fn(&mut World));

#[test]
fn an_abort_that_is_newer_than_what_holds_a_plan_takes_all_back_and_an_older_one_waits() {
    let holds: [Hold; 4] = [
        ("Frozen", |w| w.facts.frozen = Some(w.freeze("release"))),
        ("Vanished", |w| {
            w.facts.lacking = Some(Lack::Plan { commit: None });
        }),
        ("Paused", |w| w.facts.paused = Some("lunch".to_owned())),
        ("SourceUnread", |w| w.facts.lacking = Some(Lack::Source)),
    ];
    for (kind, hold) in holds {
        let mut world = World::new(plan(&[]));
        world.climb_to_share(50);
        hold(&mut world);
        world.round();
        assert_eq!(world.waiting().kind(), kind);
        world.minutes(1);
        world.facts.abort = Some(world.order("back"));
        let story = world.climb();
        // What holds it is said again once all is back; what stops only what goes forward holds nothing then.
        let last = match kind {
            "Frozen" | "Vanished" => format!("RolledBack . {kind}"),
            _ => "RolledBack . RolledBack".to_owned(),
        };
        assert_eq!(story.0.last(), Some(&last), "{kind}");
        assert_eq!(world.weighted_share(), 0.0, "{kind}");
    }
    let mut world = World::new(plan(&[]));
    world.climb_to_share(50);
    world.facts.abort = Some(world.order("back"));
    world.minutes(1);
    world.facts.frozen = Some(world.freeze("not now"));
    world.stays();
    assert_eq!(world.waiting().kind(), "Frozen");
}

#[test]
fn what_others_do_to_routes_after_an_abort_under_a_freeze_is_left_alone() {
    let mut world = World::new(plan(&[("  retire:", "  drift: correct\n  retire:")]));
    world.climb_to_share(50);
    world.facts.frozen = Some(world.freeze("release"));
    world.minutes(1);
    world.facts.abort = Some(world.order("back"));
    world.climb();
    world.edit_by_hand(0, 90, 10);
    world.round();
    assert!((world.weighted_share() - 0.1).abs() < 0.01);
}

#[test]
fn a_share_whose_tag_was_removed_stands_where_the_journal_and_the_routes_agree_and_counts_anew() {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(10);
    let noted = world.note(tag::SHARE).unwrap().to_owned();
    let lose = |world: &mut World| {
        let group = world.groups[0].ipv6.as_mut().unwrap();
        group.tags.remove(tag::SHARE);
    };
    world.minutes(3);
    lose(&mut world);
    world.facts.notes = [(tag::SHARE.to_owned(), noted.clone())].into();
    assert_eq!(world.acting().name(), "note IPv6 at 10 %");
    world.round();
    assert_ne!(world.note(tag::SHARE), Some(noted.as_str()));
    lose(&mut world);
    world.edit_by_hand(0, 50, 50);
    assert_eq!(world.waiting().kind(), "NoteLost");
}

#[test]
fn a_move_whose_tag_was_removed_before_it_began_is_noted_anew_and_goes_on() {
    for (moves, arrives) in [("raise IPv6 to 50 %", 50), ("return traffic", 0)] {
        let mut world = World::new(plan(&[]));
        world.climb_to_share(10);
        if arrives == 0 {
            world.facts.abort = Some(world.order("back"));
        }
        world.climb_until(|d| matches!(&d.next, Next::Act(a) if a.name().starts_with(moves)));
        let group = world.groups[0].ipv6.as_mut().unwrap();
        let noted = group.tags.remove(tag::SHARE).unwrap();
        world.facts.notes = [(tag::SHARE.to_owned(), noted)].into();
        let story = world.climb_to_share(arrives);
        assert!(story.says(moves), "{}", story.text());
    }
}

#[test]
fn a_rollback_is_not_forgotten_with_its_tags() {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(10);
    world.on_ipv6.errors = 0.5;
    world.minutes(6);
    world.climb_until(|d| d.status.phase == Phase::RolledBack);
    let group = world.groups[0].ipv6.as_mut().unwrap();
    for key in [tag::ROLLED_BACK, tag::ROLLED_BACK_WHY] {
        let value = group.tags.remove(key).unwrap();
        world.facts.notes.insert(key.to_owned(), value);
    }
    world.on_ipv6.errors = 0.0;
    world.minutes(60);
    world.stays();
    assert_eq!(world.waiting().kind(), "RolledBack");
}

#[test]
fn a_plan_that_was_ordered_back_is_not_told_to_go_forward_by_whatever_holds_that_up() {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(10);
    world.facts.abort = Some(world.order("back"));
    world.minutes(1);
    world.facts.frozen = Some(world.freeze("the match"));
    assert_eq!(world.waiting().kind(), "Frozen");
    assert_eq!(world.phase(), Phase::RollingBack);
}

#[test]
fn who_starts_again_after_a_rollback_does_not_roll_back() {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(10);
    world.on_ipv6.errors = 0.3;
    world.climb_to("RolledBack");
    world.on_ipv6.errors = 0.0;
    world.facts.retry = Some(world.order("mended"));
    let story = world.climb_until(|d| d.status.phase == Phase::Shift);
    assert!(!story.says("RollingBack"), "{}", story.text());
    assert!(story.says("forget the rollback"), "{}", story.text());
}

#[test]
fn what_is_not_complete_is_not_called_migrated() {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(10);
    let complete = |world: &World| {
        let conditions = world.decide().status.conditions;
        let of = |c: &&Condition| c.kind == ConditionKind::Complete;
        conditions.iter().find(of).unwrap().message.clone()
    };
    for _ in 0..40 {
        world.round();
        world.minutes(1);
        assert_ne!(complete(&world), "migrated");
    }
}
