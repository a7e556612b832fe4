//! A step whose gate is a webhook: asked once all else holds, left after a clear and fresh yes of it or a person's word.

use jiff::SignedDuration;
use sixshift_core::{
    decide::Next,
    facts::{Answer, Gate, GateWord},
    guard::{Veto, guard},
    names::tag,
    plan::{Plan, Revision},
    share::Share,
    status::{Phase, Said, WaitingOn},
};

use crate::world::{World, build::plan};

const GATE: &str = "gate: { webhook: { url: https://gates.example.com/q?key=s3cret } }";

fn gated(more: &str) -> Plan {
    let gate = GATE.replace(" } }", &format!("{more} }} }}"));
    plan(&[("hold: 5m", &format!("hold: 5m, {gate}"))])
}

fn percent(percent: u16) -> Share {
    Share::from_basis_points(percent * 100)
}

/// The daemon has the answer to what is asked at this moment.
fn answers(world: &mut World, answer: Answer) {
    world.facts.gate = Some(GateWord {
        step: 0,
        revision: world.plan.revision.clone(),
        at: percent(10),
        asked: world.now,
        answer,
    });
}

fn no(reason: &str) -> Answer {
    Answer::Closed(Some(reason.to_owned()))
}

fn failed(world: &World) -> Answer {
    Answer::Failed {
        why: "it answers 503".to_owned(),
        since: world.now,
    }
}

/// At the moment when it is asked.
fn asked(more: &str) -> World {
    let mut world = World::new(gated(more));
    let story = world.climb_to("Webhook");
    assert!(
        story.says("Shift . Hold"),
        "the hold comes first: {}",
        story.text()
    );
    world
}

fn said(world: &World) -> (Said, bool) {
    match world.waiting() {
        WaitingOn::Webhook {
            step: 0,
            at,
            host,
            said,
            calls,
        } => {
            assert_eq!((at, host.as_str()), (percent(10), "gates.example.com"));
            (said, calls)
        }
        other => panic!("it waits for {other:?}"),
    }
}

fn is_noted(world: &World) -> bool {
    matches!(world.decide().next, Next::Act(action) if action.name() == "note IPv6 on its way from 10 % to 50 %")
}

#[test]
fn it_waits_until_it_is_asked_and_a_yes_leads_to_the_next_step() {
    let mut world = asked("");
    assert_eq!(said(&world), (Said::Nothing, false));
    world.minutes(30);
    assert_eq!(
        said(&world),
        (Said::Nothing, false),
        "without an answer it stands"
    );
    answers(&mut world, Answer::Open);
    assert!(is_noted(&world));
    // What is asked of the last step is over then.
    world.climb_to_share(50);
    world.climb_to_share(100);
}

#[test]
fn a_no_waits_with_its_reason_and_calls_nobody() {
    let mut world = asked("");
    answers(&mut world, no("a freeze until Monday"));
    let sentence = world.decide().status.sentence;
    assert_eq!(
        sentence,
        "At 10 %, shifting: gates.example.com says no to leaving step 1: a freeze until Monday. \
         Next: gates.example.com saying yes, or approve step 1."
    );
    world.minutes(600);
    let (Said::No { reason }, false) = said(&world) else {
        panic!("{:?}", said(&world))
    };
    assert_eq!(reason.as_deref(), Some("a freeze until Monday"));
}

#[test]
fn what_is_no_answer_calls_a_person_after_an_hour_or_at_once_as_the_plan_says() {
    let mut world = asked("");
    let answer = failed(&world);
    answers(&mut world, answer.clone());
    let fails = Said::Failed {
        why: "it answers 503".to_owned(),
    };
    assert_eq!(said(&world), (fails.clone(), false));
    world.minutes(59);
    assert_eq!(said(&world), (fails.clone(), false));
    world.minutes(2);
    assert_eq!(said(&world), (fails.clone(), true));
    assert!(world.waiting().runbook().is_some());
    let mut world = asked(", onError: hold");
    let answer = failed(&world);
    answers(&mut world, answer);
    assert_eq!(said(&world), (fails, true));
    answers(&mut world, Answer::Open);
    assert!(is_noted(&world), "a clear yes opens it all the same");
}

#[test]
fn a_yes_counts_for_this_step_this_share_this_revision_and_two_minutes() {
    let good = |world: &mut World| answers(world, Answer::Open);
    let spoilt: [fn(&mut GateWord); 4] = [
        |word| word.step = 1,
        |word| word.at = percent(50),
        |word| word.revision = Revision("another".to_owned()),
        |word| word.asked += SignedDuration::from_secs(1),
    ];
    for spoil in spoilt {
        let mut world = asked("");
        good(&mut world);
        assert!(is_noted(&world));
        spoil(world.facts.gate.as_mut().unwrap());
        assert_eq!(said(&world), (Said::Nothing, false));
    }
    let mut world = asked("");
    good(&mut world);
    let begun = world.now;
    world.now = begun + SignedDuration::from_secs(120);
    assert!(is_noted(&world));
    world.now = begun + SignedDuration::from_secs(121);
    assert_eq!(said(&world), (Said::Nothing, false));
}

#[test]
fn a_person_opens_it_whatever_it_says_and_an_order_to_go_further_passes_it() {
    let mut world = asked("");
    answers(&mut world, no("never"));
    assert_eq!(world.waiting().gate(), Some(Gate::Step(0)));
    world.approve(Gate::Step(0));
    assert!(is_noted(&world));
    world.climb_to_share(50);
    let mut world = asked("");
    answers(&mut world, no("never"));
    world.promote(50);
    world.climb_to_share(50);
}

#[test]
fn orders_and_bad_evidence_count_while_it_is_asked() {
    let mut world = asked("");
    world.facts.paused = Some("lunch".to_owned());
    answers(&mut world, Answer::Open);
    assert_eq!(world.waiting().kind(), "Paused");
    let mut world = asked("");
    world.facts.abort = Some(world.order("back"));
    world.climb_until(|d| d.status.phase == Phase::RolledBack);
    let mut world = asked("");
    answers(&mut world, Answer::Open);
    world.on_ipv6.errors = 0.5;
    world.minutes(6);
    world.climb_until(|d| d.status.phase == Phase::RolledBack);
}

#[test]
fn a_no_before_anything_moved_ends_the_move_and_no_answer_only_delays_it() {
    let mut world = asked("");
    answers(&mut world, Answer::Open);
    world.round();
    assert_eq!(world.share_note(), "1000/5000");
    let raise = "raise IPv6 to 50 % on listener l1";
    assert_eq!(world.acting().name(), raise);
    // Whoever starts anew has no answer yet.
    world.facts.gate = None;
    assert_eq!(said(&world), (Said::Nothing, false));
    answers(&mut world, Answer::Open);
    assert_eq!(world.acting().name(), raise);
    answers(&mut world, no("stop"));
    world.round();
    assert_eq!(
        world.share_note(),
        "1000",
        "nothing moved, and its hold begins anew"
    );
    let story = world.climb_to("Webhook");
    assert!(
        story.says("Shift . Hold") && !story.says("raise"),
        "{}",
        story.text()
    );
}

#[test]
fn once_a_route_has_moved_the_others_follow_whatever_it_says() {
    let mut world = World::with_groups(gated(""), 2);
    world.climb_to("Webhook");
    answers(&mut world, Answer::Open);
    world.round();
    world.round();
    answers(&mut world, no("too late"));
    let action = world.acting();
    assert!(
        action.name().starts_with("raise IPv6 to 50 %"),
        "{}",
        action.name()
    );
    assert_eq!(
        guard(&world.plan, &world.facts, &world.look(), &action),
        Ok(())
    );
}

#[test]
fn the_guard_wants_the_yes_for_the_note_and_for_the_first_traffic() {
    for rounds in [0, 1] {
        let mut world = asked("");
        answers(&mut world, Answer::Open);
        for _ in 0..rounds {
            world.round();
        }
        let (seen, action) = (world.look(), world.acting());
        let veto = |world: &World| guard(&world.plan, &world.facts, &seen, &action).err();
        assert_eq!(veto(&world), None, "{}", action.name());
        let yes = world.facts.gate.clone().unwrap();
        let spoilt: [fn(&mut GateWord); 6] = [
            |word| word.step = 1,
            |word| word.at = percent(50),
            |word| word.revision = Revision("another".to_owned()),
            |word| word.asked -= SignedDuration::from_mins(6),
            |word| word.answer = Answer::Closed(None),
            |word| {
                word.answer = Answer::Failed {
                    why: String::new(),
                    since: word.asked,
                };
            },
        ];
        for (i, spoil) in spoilt.into_iter().enumerate() {
            let mut word = yes.clone();
            spoil(&mut word);
            world.facts.gate = Some(word);
            assert_eq!(
                veto(&world),
                Some(Veto::GateClosed),
                "{i} {}",
                action.name()
            );
        }
        world.facts.gate = None;
        assert_eq!(veto(&world), Some(Veto::GateClosed));
        world.promote(50);
        assert_eq!(veto(&world), None);
        world.facts.promotion = None;
        world.approve(Gate::TooFew(0));
        assert_eq!(veto(&world), Some(Veto::GateClosed));
        world.approve(Gate::Step(0));
        assert_eq!(veto(&world), None);
        world.facts.approvals[1].revision = Revision("another".to_owned());
        assert_eq!(veto(&world), Some(Veto::GateClosed));
    }
}

#[test]
fn a_note_that_somebody_removed_before_anything_moved_is_written_again_after_a_yes() {
    let mut world = asked("");
    answers(&mut world, Answer::Open);
    world.round();
    let noted = world.share_note().to_owned();
    assert_eq!(noted, "1000/5000");
    world.facts.notes = [(tag::SHARE.to_owned(), noted)].into();
    world.groups[0]
        .ipv6
        .as_mut()
        .unwrap()
        .tags
        .remove(tag::SHARE);
    world.facts.gate = None;
    assert_eq!(said(&world), (Said::Nothing, false));
    answers(&mut world, Answer::Open);
    assert!(is_noted(&world));
    world.climb_to_share(50);
}
