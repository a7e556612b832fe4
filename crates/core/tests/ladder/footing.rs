//! What the daemon may lack: a first look, the lease, its plans, its journal, a route of its own.

use sixshift_core::{
    decide::{Next, is_untouched},
    facts::{Facts, Lack},
    observation::RouteId,
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
    goes_bad(&mut world);
    world.stays();
    let status = world.decide().status;
    assert_eq!(status.health, Health::NeedsPerson);
    assert!(status.sentence.contains("4a1f2c9"), "{}", status.sentence);
    assert_eq!(world.share_note(), "1000");
}

#[test]
fn a_lost_journal_a_shared_route_and_unread_plans_stop_only_what_goes_forward() {
    let route = RouteId::Listener("l1".to_owned());
    let other = "plan search (search.yaml:1)".to_owned();
    for (lacking, kind) in [
        (Lack::Record, "JournalLost"),
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
