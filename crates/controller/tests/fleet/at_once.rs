//! What an order does is seen at once, not at the plan's next turn.

use sixshift_controller::{Fleet, Goal, Inbox, command::Verb};

use crate::world::{World, at_the_gate, memory, order, promote, snapshot, waits};

/// So long may the picture be older than an order.
const AT_ONCE: jiff::SignedDuration = jiff::SignedDuration::from_secs(1);

async fn a_second(world: &World, fleet: &Fleet) {
    let goal = Goal {
        until: Some(world.clock.now() + AT_ONCE),
        ..Goal::default()
    };
    let never = std::future::pending();
    fleet.run(goal, &mut Inbox::default(), never, |_| {}).await;
}

/// At the gate, between two looks.
async fn between_looks() -> (World, Fleet) {
    let (world, fleet, _) = at_the_gate().await;
    a_second(&world, &fleet).await;
    (world, fleet)
}

/// What a plan waits for right after an order; nothing where it acts.
async fn after(world: &World, fleet: &Fleet, verb: Verb) -> &'static str {
    match verb {
        Verb::Promote => promote(fleet, 50).await.unwrap(),
        verb => order(fleet, verb, "because").await.unwrap(),
    };
    a_second(world, fleet).await;
    waits(fleet, "checkout")
}

#[tokio::test(start_paused = true)]
async fn what_lets_a_plan_go_on_is_seen_at_once() {
    for verb in [Verb::Approve, Verb::Promote, Verb::Abort] {
        let (world, fleet) = between_looks().await;
        let on = after(&world, &fleet, verb).await;
        assert_ne!(on, "Approval", "{}", verb.name());
    }
}

#[tokio::test(start_paused = true)]
async fn what_holds_and_lets_go_again_is_seen_at_once() {
    let (world, fleet) = between_looks().await;
    for (holds, on, lets_go) in [
        (Verb::Pause, "Paused", Verb::Resume),
        (Verb::Freeze, "Frozen", Verb::Unfreeze),
    ] {
        assert_eq!(after(&world, &fleet, holds).await, on);
        a_second(&world, &fleet).await;
        assert_eq!(after(&world, &fleet, lets_go).await, "Approval");
    }
}

#[tokio::test(start_paused = true)]
async fn a_retry_is_seen_at_once() {
    let (world, fleet) = between_looks().await;
    after(&world, &fleet, Verb::Abort).await;
    world.minutes(&fleet, 30).await;
    assert_eq!(waits(&fleet, "checkout"), "RolledBack");
    let on = after(&world, &fleet, Verb::Retry).await;
    assert_ne!(on, "RolledBack");
}

#[tokio::test(start_paused = true)]
async fn an_adoption_is_seen_at_once_however_many_there_are() {
    let world = World::new(20);
    let fleet = world.fleet(&memory()).await;
    fleet.read(&snapshot("a", world.files())).await;
    world.minutes(&fleet, 30).await;
    drop(fleet);
    let fleet = world.fleet(&memory()).await;
    fleet.read(&snapshot("a", world.files())).await;
    world.minutes(&fleet, 10).await;
    for service in &world.services {
        assert_eq!(waits(&fleet, &service.name), "JournalLost");
    }
    for service in &world.services {
        let adopt = sixshift_controller::command::Order {
            plan: Some(service.name.clone()),
            ..crate::world::ordered(Verb::Adopt, "the volume was lost")
        };
        fleet.order(adopt).await.unwrap();
    }
    a_second(&world, &fleet).await;
    for service in &world.services {
        assert_ne!(
            waits(&fleet, &service.name),
            "JournalLost",
            "{}",
            service.name
        );
    }
}
