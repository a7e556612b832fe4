//! Promotions over the region: what is answered, and that what was answered comes about.

use sixshift_controller::{
    Fleet,
    command::{Order, Refused, Verb},
    event::EventKind,
    journal::{Page, Records},
};
use sixshift_core::{
    share::Share,
    status::{Phase, WaitingOn},
};

use crate::world::{World, at_the_gate, memory, order, ordered, promote, snapshot, status, waits};

async fn refused(fleet: &Fleet, percent: u16) -> String {
    match promote(fleet, percent).await {
        Err(Refused::NotNow { verb, why }) => {
            assert_eq!(verb, Verb::Promote);
            why
        }
        other => panic!("{other:?}"),
    }
}

fn observed(fleet: &Fleet) -> Option<Share> {
    status(fleet, "checkout").shares.observed
}

const ALL: Option<Share> = Some(Share::ALL);

#[tokio::test(start_paused = true)]
async fn a_promotion_goes_past_the_gate_and_is_in_the_history_with_who_and_why() {
    let (world, fleet, journal) = at_the_gate().await;
    let accepted = promote(&fleet, 100).await.unwrap();
    assert_eq!(
        accepted.sentence,
        "it goes on to 100 % without the holds and gates before that, as soon as IPv6 has healthy targets enough"
    );
    world.minutes(&fleet, 2).await;
    assert_eq!(observed(&fleet), ALL);
    assert_eq!(status(&fleet, "checkout").phase, Phase::Bake);
    let page = Page {
        limit: 500,
        ..Page::default()
    };
    let events = Records::new(journal).events(None, page).await.unwrap();
    let told = events.iter().find(|e| e.seq == accepted.event).unwrap();
    assert_eq!(
        (told.kind, told.text.as_str(), told.actor.as_deref()),
        (EventKind::Command, "promote to 100 %", Some("oncall"))
    );
    assert_eq!(told.reason.as_deref(), Some("enough was seen"));
    let why = refused(&fleet, 100).await;
    assert!(why.contains("all traffic is on IPv6 already"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn a_promotion_may_end_between_steps_and_survives_a_restart() {
    let (world, fleet, journal) = at_the_gate().await;
    promote(&fleet, 40).await.unwrap();
    drop(fleet);
    let fleet = world.fleet(&journal).await;
    fleet.read(&snapshot("a", world.files())).await;
    world.minutes(&fleet, 3).await;
    assert_eq!(observed(&fleet), Some(Share::from_basis_points(4_000)));
    // The hold of the step below is what it stands in, and its gate is still shut.
    world.minutes(&fleet, 20).await;
    assert_eq!(waits(&fleet, "checkout"), "Approval");
}

#[tokio::test(start_paused = true)]
async fn a_promotion_only_goes_further() {
    let (_world, fleet, _) = at_the_gate().await;
    for percent in [1, 10] {
        let why = refused(&fleet, percent).await;
        assert!(why.contains("IPv6 has 10 % already"), "{why}");
    }
    let nothing = Order {
        to: Some(Share::NONE),
        ..ordered(Verb::Promote, "down")
    };
    let malformed = fleet.order(nothing).await.unwrap_err();
    assert!(matches!(malformed, Refused::Malformed(_)), "{malformed}");
    let with_share = Order {
        to: ALL,
        ..ordered(Verb::Pause, "lunch")
    };
    let malformed = fleet.order(with_share).await.unwrap_err();
    assert!(matches!(malformed, Refused::Malformed(_)), "{malformed}");
}

#[tokio::test(start_paused = true)]
async fn before_the_twin_is_proven_there_is_nothing_to_promote() {
    let world = World::new(1);
    let fleet = world.fleet(&memory()).await;
    fleet.read(&snapshot("a", world.files())).await;
    let why = refused(&fleet, 50).await;
    assert!(why.contains("not been looked at"), "{why}");
    world.minutes(&fleet, 4).await;
    assert!(status(&fleet, "checkout").phase < Phase::Shift);
    let why = refused(&fleet, 50).await;
    assert!(why.contains("not proven yet"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn what_stops_a_plan_stops_a_promotion_and_is_named() {
    let (world, fleet, _) = at_the_gate().await;
    order(&fleet, Verb::Pause, "lunch").await.unwrap();
    assert!(refused(&fleet, 100).await.contains("resume it first"));
    order(&fleet, Verb::Resume, "back").await.unwrap();
    order(&fleet, Verb::Freeze, "release").await.unwrap();
    assert!(refused(&fleet, 100).await.contains("unfreeze it first"));
    order(&fleet, Verb::Unfreeze, "released").await.unwrap();
    world.minutes(&fleet, 1).await;
    let paused = world
        .files()
        .remove(0)
        .1
        .replace("spec:\n", "spec:\n  paused: true\n");
    fleet
        .read(&snapshot("b", vec![("checkout.yaml".into(), paused)]))
        .await;
    assert!(refused(&fleet, 100).await.contains("spec.paused in git"));
    fleet.read(&snapshot("c", world.files())).await;
    fleet.read(&snapshot("d", Vec::new())).await;
    let why = refused(&fleet, 100).await;
    assert!(why.contains("commit the plan again"), "{why}");
    let edited = world.files().remove(0).1.replace("hold: 5m", "hold: 6m");
    fleet
        .read(&snapshot("e", vec![("checkout.yaml".into(), edited)]))
        .await;
    let why = refused(&fleet, 100).await;
    assert!(why.contains("has not been looked at"), "{why}");
    world.minutes(&fleet, 1).await;
    order(&fleet, Verb::Abort, "no").await.unwrap();
    let why = refused(&fleet, 100).await;
    assert!(why.contains("retry it first"), "at once: {why}");
    world.minutes(&fleet, 5).await;
    let why = refused(&fleet, 100).await;
    assert!(why.contains("retry it first"), "{why}");
    world.minutes(&fleet, 60).await;
    assert_eq!(
        observed(&fleet),
        Some(Share::NONE),
        "what was refused comes about never"
    );
}

#[tokio::test(start_paused = true)]
async fn an_ipv4_side_without_a_healthy_target_is_told_and_a_promotion_leaves_it() {
    let world = World::new(1);
    let mut files = world.files();
    files[0].1 = files[0].1.replace(
        "weight: 10%, hold: 5m, gate: approval",
        "weight: 50%, hold: 30m",
    );
    let fleet = world.fleet(&memory()).await;
    fleet.read(&snapshot("a", files)).await;
    for _ in 0..40 {
        world.minutes(&fleet, 1).await;
        if waits(&fleet, "checkout") == "Hold" {
            break;
        }
    }
    assert_eq!(observed(&fleet), Some(Share::from_basis_points(5_000)));
    world.minutes(&fleet, 5).await;
    world.ipv4_turns_sick();
    let mut told = false;
    for _ in 0..10 {
        world.minutes(&fleet, 1).await;
        let status = status(&fleet, "checkout");
        assert_eq!(status.phase, Phase::Shift, "{}", status.sentence);
        told |= matches!(status.waiting_on, Some(WaitingOn::Ipv4Sick { .. }));
        if told {
            break;
        }
    }
    assert!(told, "{}", status(&fleet, "checkout").sentence);
    let sentence = status(&fleet, "checkout").sentence;
    assert!(
        sentence.contains("promote the plan to a higher share"),
        "{sentence}"
    );
    promote(&fleet, 100).await.unwrap();
    world.minutes(&fleet, 3).await;
    assert_eq!(
        observed(&fleet),
        ALL,
        "{}",
        status(&fleet, "checkout").sentence
    );
    let before = world.failed();
    world.minutes(&fleet, 20).await;
    let status = status(&fleet, "checkout");
    assert_eq!(
        world.failed(),
        before,
        "customers are served: {}",
        status.sentence
    );
    assert_eq!(status.phase, Phase::Bake, "{}", status.sentence);
}
