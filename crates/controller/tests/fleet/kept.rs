//! What an end of the daemon does not take away: since when a plan waits, and where its history begins.

use sixshift_controller::{
    Fleet,
    command::Verb,
    event::{Event, EventKind},
    journal::{Page, Records},
};

use crate::world::{at_the_gate, memory, order, snapshot, status, waits};

#[tokio::test(start_paused = true)]
async fn the_history_of_an_adopted_migration_begins_where_aws_says_that_it_began() {
    let (world, fleet, _) = at_the_gate().await;
    let twin = world.twin_created();
    drop(fleet);
    let journal = memory();
    let fleet = world.fleet(&journal).await;
    fleet.read(&snapshot("a", world.files())).await;
    world.minutes(&fleet, 30).await;
    order(&fleet, Verb::Adopt, "the volume was lost")
        .await
        .unwrap();
    let records = Records::new(journal);
    let events = records.events(Some("checkout"), Page::default());
    let acted: Vec<Event> = events
        .await
        .unwrap()
        .into_iter()
        .filter(|e| e.kind == EventKind::Acted)
        .collect();
    let told: Vec<_> = acted
        .iter()
        .map(|e| (e.text.as_str(), e.call.as_deref(), e.at.as_second()))
        .collect();
    let created = "create service checkout-ipv6, before it was adopted";
    assert_eq!(
        told,
        [(created, Some("ecs:CreateService"), twin.as_second())]
    );
}

#[tokio::test(start_paused = true)]
async fn a_condition_holds_since_when_it_began_to_also_after_restarts() {
    let (world, mut fleet, journal) = at_the_gate().await;
    world.minutes(&fleet, 20).await;
    let since = |fleet: &Fleet| {
        let conditions = status(fleet, "checkout").conditions;
        let since = conditions.iter().map(|c| (c.kind, c.status, c.since));
        since.collect::<Vec<_>>()
    };
    let before = since(&fleet);
    assert!(!before.is_empty());
    for _ in 0..2 {
        drop(fleet);
        fleet = world.fleet(&journal).await;
        fleet.read(&snapshot("a", world.files())).await;
        world.minutes(&fleet, 10).await;
        assert_eq!(since(&fleet), before);
    }
}

#[tokio::test(start_paused = true)]
async fn a_restart_begins_no_wait_anew() {
    let (world, mut fleet, journal) = at_the_gate().await;
    let since = status(&fleet, "checkout").waiting_since;
    for _ in 0..2 {
        drop(fleet);
        fleet = world.fleet(&journal).await;
        fleet.read(&snapshot("a", world.files())).await;
        world.minutes(&fleet, 30).await;
        assert_eq!(waits(&fleet, "checkout"), "Approval");
        assert_eq!(status(&fleet, "checkout").waiting_since, since);
    }
    order(&fleet, Verb::Pause, "a look").await.unwrap();
    drop(fleet);
    let fleet = world.fleet(&journal).await;
    fleet.read(&snapshot("a", world.files())).await;
    world.minutes(&fleet, 5).await;
    assert_eq!(waits(&fleet, "checkout"), "Paused");
    assert_ne!(
        status(&fleet, "checkout").waiting_since,
        since,
        "another wait"
    );
}
