//! What lies ahead of a plan, over the toy of AWS: told before, and then carried out.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on says where"
)]

#[path = "../world/mod.rs"]
mod world;

use jiff::SignedDuration;
use sixshift_core::{
    decide::Next,
    facts::{Gate, Lack},
    foresee::{Ahead, End, Foresight, MOST_ROUNDS, NEW, Thing, foresee},
    status::WaitingOn,
};
use world::{World, build::plan};

const APPROVALS: &[(&str, &str)] = &[
    ("hold: 10m", "hold: 10m, gate: approval"),
    ("approval: none, ", ""),
];

fn foreseen(world: &World) -> Foresight {
    foresee(
        &world.plan,
        &world.facts,
        &world.look(),
        world.now,
        MOST_ROUNDS,
    )
}

/// A line for each thing that lies ahead.
fn told(foresight: &Foresight) -> Vec<String> {
    let after = |at| foresight.from.until(at).unwrap();
    let line = |ahead: &Ahead| match ahead {
        Ahead::Call(call) => format!("{:#} > {}", after(call.at), call.action.name()),
        Ahead::Wait(wait) => {
            let assumed = if wait.is_assumed { ", assumed" } else { "" };
            format!("{:#} . {}{assumed}", after(wait.until), wait.on.kind())
        }
        Ahead::Person { at, gate } => format!("{:#} ? {gate:?}", after(*at)),
    };
    let mut lines: Vec<String> = foresight.ahead.iter().map(line).collect();
    lines.push(match &foresight.end {
        End::Done => "done".to_owned(),
        End::Stands { sentence, .. } => sentence.clone(),
        End::More => "more".to_owned(),
    });
    lines
}

/// Carries a plan out, with somebody who approves at once: each act's name, and how long after the beginning it was.
fn carried_out(world: &mut World) -> Vec<(SignedDuration, String)> {
    let began = world.now;
    let mut acts = Vec::new();
    for _ in 0..5_000 {
        let now = world.now;
        let decision = world.round();
        match decision.next {
            Next::Act(action) => {
                acts.push((now.duration_since(began), action.name()));
                // As the daemon does, which is in no hurry while it builds.
                world.advance_to(decision.look_at);
            }
            Next::Wait(WaitingOn::Approval { gate }) => world.approve(gate),
            Next::Wait(_) => {}
            Next::Done => return acts,
        }
    }
    panic!("it never ends: {acts:#?}");
}

/// The calls are those that are made, in their order, none of them earlier than foreseen.
#[track_caller]
fn comes_true(mut world: World) {
    let foresight = foreseen(&world);
    assert_eq!(foresight.end, End::Done, "{:#?}", told(&foresight));
    let acts = carried_out(&mut world);
    let calls: Vec<String> = foresight.calls().map(|c| c.action.name()).collect();
    let names: Vec<String> = acts.iter().map(|(_, name)| name.clone()).collect();
    assert_eq!(calls, names);
    for (call, (really, name)) in foresight.calls().zip(acts) {
        let earliest = call.at.duration_since(foresight.from);
        assert!(earliest <= really, "{name}: {earliest:#} and {really:#}");
    }
}

#[test]
fn a_whole_migration_is_told_from_its_first_call_to_its_last() {
    insta::assert_snapshot!(told(&foreseen(&World::new(plan(APPROVALS)))).join("\n"));
}

#[test]
fn what_is_foreseen_comes_true() {
    comes_true(World::new(plan(&[])));
    comes_true(World::new(plan(APPROVALS)));
    comes_true(World::scaled(plan(&[])));
    comes_true(World::with_groups(plan(&[]), 3));
    comes_true(World::new(plan(&[("bake: 15m", "bake: 14h")])));
    comes_true(World::new(plan(&[("hold: 10m", "hold: 5h")])));
}

#[test]
fn a_migration_that_is_under_way_is_foreseen_from_where_it_stands() {
    for share in [10, 50, 100] {
        let mut world = World::scaled(plan(&[]));
        world.climb_to_share(share);
        comes_true(world);
    }
    let mut world = World::new(plan(&[]));
    world.climb_to("Cold");
    let ahead = told(&foreseen(&world));
    assert!(ahead[1].contains("delete service checkout"), "{ahead:#?}");
    comes_true(world);
}

/// A round's look shows nothing of the act that it ended with.
#[test]
fn what_was_written_a_moment_ago_is_not_foreseen_again() {
    let mut world = World::new(plan(&[]));
    let stale = world.look();
    let action = world.acting();
    world.round();
    world.facts.written.add(&action, world.now);
    let foresight = foresee(&world.plan, &world.facts, &stale, world.now, MOST_ROUNDS);
    let first = foresight.calls().next().unwrap().action.name();
    assert_eq!(first, world.acting().name());
    assert_ne!(first, action.name());
}

#[test]
fn where_nothing_is_left_to_do_nothing_lies_ahead() {
    let mut world = World::new(plan(&[]));
    world.climb();
    let foresight = foreseen(&world);
    assert_eq!((foresight.ahead.len(), foresight.end), (0, End::Done));
}

fn stands(world: &World, kind: &str) {
    let foresight = foreseen(world);
    let End::Stands { on, sentence } = &foresight.end else {
        panic!("{:#?}", told(&foresight));
    };
    assert_eq!(on.kind(), kind);
    assert!(
        foresight.calls().next().is_none(),
        "{:#?}",
        told(&foresight)
    );
    assert_eq!(*sentence, world.decide().status.sentence);
}

#[test]
fn what_does_not_end_by_itself_ends_foresight_in_the_words_of_why() {
    stands(
        &World::new(plan(&[("spec:\n", "spec:\n  paused: true\n")])),
        "Paused",
    );
    let mut world = World::new(plan(&[]));
    world.facts.frozen = Some(world.freeze("an audit"));
    stands(&world, "Frozen");
    let mut world = World::new(plan(&[]));
    world.balancers[0].ip_address_type = "ipv4".to_owned();
    stands(&world, "Findings");
    let mut world = World::new(plan(&[]));
    world.foreign_group();
    stands(&world, "Foreign");
    let mut world = World::new(plan(&[]));
    world.climb_to_share(10);
    world.edit_by_hand(0, 70, 30);
    world.minutes(1);
    world.climb_to("OutsideEdit");
    stands(&world, "OutsideEdit");
    let mut world = World::new(plan(&[]));
    world.climb_to_share(10);
    world.on_ipv6.errors = 0.5;
    world.climb();
    stands(&world, "RolledBack");
}

#[test]
fn bad_minutes_are_foreseen_to_be_taken_back() {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(10);
    world.on_ipv6.errors = 0.5;
    world.climb_until(|d| d.status.phase.is_back());
    let foresight = foreseen(&world);
    let ahead = told(&foresight).join("\n");
    assert!(ahead.contains("return traffic to IPv4"), "{ahead}");
    assert!(
        matches!(
            foresight.end,
            End::Stands {
                on: WaitingOn::RolledBack { .. },
                ..
            }
        ),
        "{ahead}"
    );
}

#[test]
fn the_daemons_own_footing_is_no_matter_of_the_plan() {
    let mut world = World::new(plan(&[]));
    world.facts.lacking = Some(Lack::FirstLook);
    assert_eq!(foreseen(&world).end, End::Done);
    world.facts.lacking = Some(Lack::Lease {
        why: "it stands by".to_owned(),
    });
    assert_eq!(foreseen(&world).end, End::Done);
    world.facts.lacking = Some(Lack::Plan { commit: None });
    stands(&world, "Vanished");
}

#[test]
fn what_runs_twice_is_counted_by_the_second() {
    let world = World::new(plan(&[]));
    let foresight = foreseen(&world);
    let at = |part: &str| {
        let mut calls = foresight.calls();
        let call = calls.find(|c| c.action.name().contains(part)).unwrap();
        call.at.duration_since(foresight.from).as_secs() as u64
    };
    let (made, grown) = (at("create service"), at("scale service checkout-ipv6 to 3"));
    let cold = at("scale service checkout to 0");
    assert_eq!(
        foresight.twice.task_seconds,
        (grown - made) + 3 * (cold - grown)
    );
    let (vcpu, gb) = foresight.twice.hours().unwrap();
    assert!(
        (gb / vcpu - 2.0).abs() < 1e-9,
        "a quarter of a vCPU and half a GB"
    );
}

#[test]
fn what_will_be_there_and_what_will_be_gone_is_named() {
    let account = foreseen(&World::scaled(plan(&[]))).account;
    let names = |things: &[sixshift_core::foresee::Thing]| {
        let each = things.iter().map(|t| format!("{} {}", t.kind, t.name));
        each.collect::<Vec<_>>().join("\n")
    };
    assert_eq!(
        names(&account.gone),
        "service prod/checkout\n\
         scalable target service/prod/checkout\n\
         scaling policy cpu of service/prod/checkout\n\
         scheduled action night of service/prod/checkout\n\
         target group checkout"
    );
    assert_eq!(account.made.len(), 6, "{:#?}", account.made);
    assert!(
        account
            .made
            .iter()
            .all(|t| !t.arn.as_deref().unwrap_or_default().ends_with(NEW))
    );
    let [(was, is)] = &account.changed[..] else {
        panic!("{:#?}", account.changed);
    };
    assert_eq!(was.like, "checkout 100 %");
    assert!(is.like.ends_with("-v6 100 %"), "{is:?}");
}

#[test]
fn a_registry_that_is_made_is_in_the_account_beside_the_services_own() {
    let account = foreseen(&World::registered_beside()).account;
    let of = |things: &[Thing]| -> Vec<(String, String)> {
        let all = things.iter().filter(|t| t.kind == "Cloud Map service");
        all.map(|t| (t.name.clone(), t.like.clone())).collect()
    };
    let named = |name: &str, like: &str| vec![(name.to_owned(), like.to_owned())];
    assert_eq!(of(&account.made), named("checkout-v6", "AAAA for 15 s"));
    assert_eq!(of(&account.kept), named("checkout", "A for 15 s"));
}

#[test]
fn an_approval_that_was_given_is_no_gate_any_more() {
    let mut world = World::new(plan(APPROVALS));
    world.approve(Gate::Step(1));
    let foresight = foreseen(&world);
    let gates = foresight.ahead.iter().filter_map(|a| match a {
        Ahead::Person { gate, .. } => Some(*gate),
        _ => None,
    });
    assert_eq!(gates.collect::<Vec<_>>(), [Gate::Retire]);
}

#[test]
fn more_than_was_asked_for_is_not_foreseen() {
    let world = World::new(plan(&[]));
    let foresight = foresee(&world.plan, &world.facts, &world.look(), world.now, 4);
    assert_eq!((foresight.ahead.len(), foresight.end), (4, End::More));
}

#[test]
fn requests_of_our_own_are_foreseen_with_their_rule_and_its_end() {
    let told = told(&foreseen(&World::asking(vec![10])));
    let at = |words: &str| told.iter().position(|line| line.contains(words));
    let (made, raised) = (at("make rule 50000"), at("raise IPv6"));
    assert!(made.is_some() && made < raised, "{told:#?}");
    assert!(raised < at("delete rule 50000"), "{told:#?}");
    assert_eq!(told.last().map(String::as_str), Some("done"), "{told:#?}");
}
