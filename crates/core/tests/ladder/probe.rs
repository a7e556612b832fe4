//! Requests of our own before customers: what opens the gate, what stops there, and that no rule of ours stays.

use std::{collections::BTreeMap, time::Duration};

use sixshift_core::{
    decide::Next,
    facts::Order,
    observation::{Answer, Answers},
    status::{ProbeStop, WaitingOn},
};

use crate::world::World;

fn answered(world: &mut World, status: u16, millis: u64) {
    let answer = Answer {
        status,
        took: Duration::from_millis(millis),
    };
    world.probing.as_mut().unwrap().answers = Answers::Came(vec![answer; 3]);
}

fn stop(world: &World) -> ProbeStop {
    match world.waiting() {
        WaitingOn::Probe { what, .. } => what,
        other => panic!("{other:?}"),
    }
}

fn next(world: &World) -> String {
    match world.decide().next {
        Next::Act(action) => action.name(),
        other => panic!("{other:?}"),
    }
}

/// At the moment when there is a rule, and nobody was asked.
fn with_a_rule() -> World {
    let mut world = World::asking(vec![10, 20]);
    world.climb_until(|d| matches!(&d.next, Next::Act(a) if a.name().starts_with("make rule")));
    assert_eq!(
        next(&world),
        "make rule 50000 for requests of our own, before listener l1"
    );
    world.round();
    world
}

#[test]
fn good_answers_that_were_counted_open_the_gate_and_the_rule_goes_with_the_first_customers() {
    let mut world = with_a_rule();
    assert_eq!(stop(&world), ProbeStop::Unreachable);
    answered(&mut world, 500, 10);
    assert_eq!(stop(&world), ProbeStop::Failing);
    answered(&mut world, 200, 301);
    assert_eq!(stop(&world), ProbeStop::Failing);
    answered(&mut world, 200, 300);
    assert_eq!(stop(&world), ProbeStop::Uncounted, "who answered?");
    world.pinned_ipv6 = 3.0;
    world.climb_to_share(10);
    assert!(world.probing.as_ref().unwrap().rules.is_empty());
}

#[test]
fn a_rule_that_is_not_as_it_was_made_is_deleted_and_made_again() {
    let mut world = with_a_rule();
    let rules = &mut world.probing.as_mut().unwrap().rules;
    rules[0]
        .conditions
        .push(("path".to_owned(), vec!["/a".to_owned()]));
    assert_eq!(next(&world), "delete rule 50000 for requests of our own");
    world.round();
    assert!(next(&world).starts_with("make rule 50000"));
}

#[test]
fn a_rule_with_our_header_and_without_our_tag_is_somebody_elses() {
    let mut world = with_a_rule();
    world.probing.as_mut().unwrap().rules[0].tags = BTreeMap::new().into();
    assert_eq!(world.waiting().kind(), "Foreign");
}

#[test]
fn where_no_priority_is_free_or_people_sign_in_there_is_no_place() {
    let mut world = World::asking(vec![50_000]);
    world.climb_to("Probe");
    assert_eq!(stop(&world), ProbeStop::NoPlace);
    let mut world = World::asking(vec![]);
    world.actions = vec!["authenticate-oidc", "forward"];
    world.climb_to("Probe");
    assert_eq!(stop(&world), ProbeStop::NoPlace);
}

#[test]
fn a_plan_that_asks_no_more_leaves_no_rule() {
    let mut world = with_a_rule();
    world.plan.probe = None;
    assert_eq!(next(&world), "delete rule 50000 for requests of our own");
}

#[test]
fn an_abort_leaves_no_rule() {
    let mut world = with_a_rule();
    world.facts.abort = Some(Order {
        by: "oncall".to_owned(),
        reason: "not today".to_owned(),
        at: world.now,
        revision: world.plan.revision.clone(),
    });
    world.climb_to("RolledBack");
    assert!(world.probing.as_ref().unwrap().rules.is_empty());
}
