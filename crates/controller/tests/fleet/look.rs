//! Somebody asks for a look now: it comes, it changes nothing else, and its answer claims nothing that will not happen.

use jiff::SignedDuration;
use sixshift_controller::{Fleet, Goal, Inbox, command::Refused, journal::Page, journal::Records};
use sixshift_sim::caller::Policy;

use crate::world::{World, at_the_gate, memory, snapshot, waits};

/// Rounds within the next seconds.
async fn rounds(world: &World, fleet: &Fleet, seconds: i64) -> usize {
    let until = world.clock.now() + SignedDuration::from_secs(seconds);
    let goal = Goal {
        until: Some(until),
        ..Goal::default()
    };
    let (mut count, never) = (0, std::future::pending());
    let inbox = &mut Inbox::default();
    fleet.run(goal, inbox, never, |_| count += 1).await;
    count
}

#[tokio::test(start_paused = true)]
async fn a_plan_is_looked_at_now_and_nothing_else_changes() {
    let (world, fleet, journal) = at_the_gate().await;
    let records = Records::new(journal);
    let events = async || records.events(None, Page::default()).await.unwrap().len();
    rounds(&world, &fleet, 1).await;
    assert_eq!(rounds(&world, &fleet, 1).await, 0, "its turn is later");
    let before = events().await;
    let looks = fleet.look_now(&["checkout".to_owned()]).unwrap();
    assert_eq!(looks[0].at, Some(world.clock.now()));
    assert_eq!(looks[0].sentence, "it is looked at now");
    assert_eq!(rounds(&world, &fleet, 1).await, 1);
    assert_eq!(waits(&fleet, "checkout"), "Approval");
    assert_eq!(events().await, before, "no order is in the history");
}

#[tokio::test(start_paused = true)]
async fn without_names_all_are_meant_and_an_unknown_one_stops_the_rest() {
    let (world, fleet, _) = at_the_gate().await;
    rounds(&world, &fleet, 1).await;
    let wrong = fleet.look_now(&["checkout".to_owned(), "chekout".to_owned()]);
    assert_eq!(wrong, Err(Refused::UnknownPlan("chekout".to_owned())));
    assert_eq!(rounds(&world, &fleet, 1).await, 0);
    assert_eq!(fleet.look_now(&[]).unwrap().len(), 1);
    assert_eq!(rounds(&world, &fleet, 1).await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_back_off_is_told_and_not_shortened() {
    let world = World::new(1);
    let text = r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
        {"Effect":"Deny","Action":"elasticloadbalancing:CreateTargetGroup","Resource":"*"}]}"#;
    world.region.set_policy(Policy::read(text.as_bytes()).ok());
    let fleet = world.fleet(&memory()).await;
    fleet.read(&snapshot("a", world.files())).await;
    world.minutes(&fleet, 10).await;
    let look = fleet.look_now(&[]).unwrap().remove(0);
    assert!(look.at.unwrap() > world.clock.now(), "{look:?}");
    assert!(
        look.sentence.starts_with("its last call failed;"),
        "{look:?}"
    );
    assert_eq!(rounds(&world, &fleet, 1).await, 0);
}
