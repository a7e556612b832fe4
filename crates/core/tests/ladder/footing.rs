//! What the daemon may lack: a first look, the lease, its plans, its journal, a route of its own.

use sixshift_core::{
    decide::{Next, is_untouched},
    facts::{Facts, Lack},
    observation::{Known, Observation, Why},
    status::{Health, Phase},
};

use crate::world::{World, build::plan};

fn at_10_percent(lacking: Lack) -> World {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(10);
    world.facts = Facts {
        lacking: Some(lacking),
        ..Facts::default()
    };
    world
}

fn full() -> Lack {
    let why = "No space left on device".to_owned();
    Lack::Journal { why }
}

fn goes_bad(world: &mut World) {
    world.on_ipv6.errors = 0.5;
    world.minutes(6);
}

#[test]
fn before_everybody_has_been_looked_at_nothing_moves() {
    let mut world = World::new(plan(&[]));
    world.facts.lacking = Some(Lack::FirstLook);
    assert_eq!(world.climb_to("FirstLook").text(), "Checking . FirstLook");
    let mut world = at_10_percent(Lack::FirstLook);
    goes_bad(&mut world);
    world.stays();
    assert_eq!(world.waiting().kind(), "FirstLook");
}

#[test]
fn without_the_lease_nothing_moves_not_even_backwards() {
    let why = "the lease is not held".to_owned();
    let mut world = at_10_percent(Lack::Lease { why });
    goes_bad(&mut world);
    world.stays();
    assert_eq!(world.waiting().kind(), "Lease");
    assert!(
        world
            .decide()
            .status
            .sentence
            .contains("the lease is not held")
    );
}

#[test]
fn a_plan_that_is_gone_from_git_stays_where_it_stands() {
    let commit = Some("4a1f2c9d8e7b6a5f4e3d2c1b0a9f8e7d6c5b4a3f".to_owned());
    let mut world = at_10_percent(Lack::Plan { commit });
    let status = world.decide().status;
    assert_eq!(status.health, Health::NeedsPerson);
    goes_bad(&mut world);
    world.stays();
    let status = world.decide().status;
    assert_eq!(status.health, Health::Bad);
    assert!(status.sentence.contains("4a1f2c9"), "{}", status.sentence);
    assert_eq!(world.share_note(), "1000");
}

#[test]
fn a_lost_or_unwritable_journal_a_wrong_clock_a_shared_route_and_unread_plans_stop_only_what_goes_forward()
 {
    let route = "listener HTTPS:443 of shop".to_owned();
    let other = "plan search (search.yaml:1)".to_owned();
    for (lacking, kind) in [
        (Lack::Record, "JournalLost"),
        (full(), "JournalUnwritable"),
        (
            Lack::Clock {
                why: "AWS's clock is 1 m 30 s ahead of this machine's".to_owned(),
            },
            "ClockWrong",
        ),
        (Lack::OwnRoute { route, other }, "SharedRoute"),
        (Lack::Source, "SourceUnread"),
    ] {
        let mut world = at_10_percent(lacking);
        world.climb_to(kind);
        world.minutes(60);
        world.stays();
        assert_eq!(world.share_note(), "1000", "{kind}");
        goes_bad(&mut world);
        world.climb_until(|d| d.status.phase == Phase::RolledBack);
    }
}

#[test]
fn while_the_journal_cannot_be_written_nothing_is_begun_and_a_person_is_called() {
    let mut world = World::new(plan(&[]));
    world.facts.lacking = Some(full());
    world.climb_to("JournalUnwritable");
    world.minutes(60);
    world.stays();
    assert_eq!(is_untouched(&world.plan, &world.look()), Some(true));
    let status = world.decide().status;
    assert_eq!(status.health, Health::NeedsPerson);
    assert_eq!(
        status.sentence,
        "Checking: the journal cannot be written: No space left on device. \
         Next: make room for the journal or make it writable; it is tried again every 10 s."
    );
    world.facts.lacking = None;
    world.climb_to_share(10);
}

#[test]
fn a_step_that_was_noted_is_not_taken_while_the_journal_cannot_be_written() {
    let mut world = World::new(plan(&[]));
    world.climb_until(|d| matches!(&d.next, Next::Act(act) if act.name().starts_with("raise")));
    world.facts.lacking = Some(full());
    world.minutes(60);
    world.stays();
    assert_eq!(world.waiting().kind(), "JournalUnwritable");
    world.facts.lacking = None;
    world.climb_to_share(10);
}

#[test]
fn an_abort_is_carried_out_though_the_journal_cannot_be_written() {
    let mut world = at_10_percent(full());
    world.facts.abort = Some(world.order("it smells"));
    world.climb_until(|d| d.status.phase == Phase::RolledBack);
}

#[test]
fn an_adopted_plan_goes_on_from_where_it_stands() {
    let mut world = at_10_percent(Lack::Record);
    world.climb_to("JournalLost");
    world.facts.lacking = None;
    world.climb_to_share(50);
}

#[test]
fn a_plan_is_untouched_until_something_of_it_is_in_aws() {
    let mut world = World::new(plan(&[]));
    assert_eq!(is_untouched(&world.plan, &world.look()), Some(true));
    world.climb_to_share(10);
    assert_eq!(is_untouched(&world.plan, &world.look()), Some(false));
}

#[test]
fn a_plan_edited_midway_never_makes_the_share_jump() {
    // At 10 %; the new steps have no 10 %.
    let was = "      - { weight: 10%, hold: 5m }\n      - { weight: 50%, hold: 10m }\n";
    for steps in [
        "      - { weight: 1%, hold: 5m }\n",
        "      - { weight: 50%, hold: 5m }\n",
        "",
    ] {
        let mut world = World::new(plan(&[]));
        world.climb_to_share(10);
        world.plan = plan(&[(was, steps)]);
        let decision = world.decide();
        assert!(
            matches!(decision.next, Next::Wait(_)),
            "{steps}: {:?}",
            decision.next
        );
        assert_eq!(world.share_note(), "1000", "{steps}");
    }
}

fn bad_and_said_first(world: &World) -> bool {
    let status = world.decide().status;
    status.health == Health::Bad && status.sentence.starts_with("The IPv6 side is bad: errors")
}

#[test]
fn whatever_holds_a_plan_that_customers_fail_is_said_first() {
    let why = "the lease is not held".to_owned();
    for lacking in [
        Lack::FirstLook,
        Lack::Lease { why },
        Lack::Plan { commit: None },
    ] {
        let mut world = at_10_percent(lacking);
        assert!(!bad_and_said_first(&world));
        goes_bad(&mut world);
        assert!(
            bad_and_said_first(&world),
            "{}",
            world.decide().status.sentence
        );
    }
    let mut frozen = World::new(plan(&[]));
    frozen.climb_to_share(10);
    frozen.facts.frozen = Some(frozen.freeze("the match"));
    assert_eq!(frozen.decide().status.health, Health::NeedsPerson);
    goes_bad(&mut frozen);
    assert!(bad_and_said_first(&frozen));
    let mut edited = World::new(plan(&[]));
    edited.climb_to_share(10);
    edited.edit_by_hand(0, 80, 20);
    edited.round();
    goes_bad(&mut edited);
    assert_eq!(edited.waiting().kind(), "OutsideEdit");
    assert!(bad_and_said_first(&edited));
}

#[test]
fn a_freeze_does_not_hide_that_somebodys_edit_leads_customers_to_nobody() {
    let mut world = World::new(plan(&[]));
    world.climb_to("Cold");
    world.edit_by_hand(0, 100, 0);
    world.facts.frozen = Some(world.freeze("the match"));
    let status = world.decide().status;
    assert_eq!(status.health, Health::Bad);
    assert!(
        status.sentence.starts_with(
            "Listener l1 leads to IPv4, where no target is, as somebody else has set it."
        ),
        "{}",
        status.sentence
    );
    assert!(status.sentence.contains("the fleet is frozen"));
}

#[test]
fn ones_own_abort_is_not_bad() {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(50);
    world.facts.abort = Some(world.order("marketing is nervous"));
    world.climb_until(|d| {
        assert_ne!(d.status.health, Health::Bad, "{}", d.status.sentence);
        d.status.phase == Phase::RolledBack
    });
    // Whatever the journal still knows of it.
    world.climb();
    world.facts.abort = None;
    let status = world.decide().status;
    assert_eq!(status.health, Health::NeedsPerson, "{}", status.sentence);
}

fn unreachable(world: &World, why: Why) -> Observation {
    let mut seen = world.look();
    seen.ipv4 = Known::Unknown(why.clone());
    seen.twin = Known::Unknown(why.clone());
    seen.pairs = Known::Unknown(why.clone());
    seen.routes = Known::Unknown(why);
    seen
}

#[test]
fn what_cannot_be_read_is_told_with_what_was_seen_last_and_when() {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(50);
    world.minutes(1);
    let before = world.decide().status;
    world.minutes(4);
    let seen = unreachable(&world, Why::new("no answer"));
    let status = world.decide_on(&seen).status.carrying_since(Some(&before));
    assert_eq!(status.health, Health::Unknown);
    assert_eq!((status.phase, status.shares), (before.phase, before.shares));
    assert_eq!(status.seen_at, before.at);
    for said in [
        "At 50 %",
        "could not be read: no answer",
        "last seen 4 m ago",
    ] {
        assert!(status.sentence.contains(said), "{}", status.sentence);
    }
}

#[test]
fn a_first_look_that_fails_says_why_and_calls_somebody_where_waiting_does_not_help() {
    let mut world = World::new(plan(&[]));
    world.facts.lacking = Some(Lack::FirstLook);
    for (lasts, health) in [(false, Health::Unknown), (true, Health::NeedsPerson)] {
        let why = Why::new("ecs:DescribeServices: AccessDenied").lasting(lasts);
        let status = world.decide_on(&unreachable(&world, why)).status;
        assert_eq!(status.health, health);
        assert!(
            status.sentence.contains("ecs:DescribeServices"),
            "{}",
            status.sentence
        );
    }
}
