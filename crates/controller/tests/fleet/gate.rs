//! A step's webhook: a real HTTP server is asked by a fleet over the simulated region, and says yes, no, or nothing of use.

use std::sync::Arc;

use sixshift_controller::{Fleet, command::Verb, gate::Asker, journal::Journal, secret::Secret};
use sixshift_core::status::Status;

use crate::{
    listener::Listener,
    world::{World, memory, order, snapshot, text, waits},
};

const YES: &str = r#"{"open": true}"#;
const NO: &str = r#"{"open": false, "reason": "a freeze until Monday"}"#;

/// The plan of a world's first service, whose first step asks.
fn asking(world: &World, gate: &Listener, more: &str) -> Vec<(std::path::PathBuf, String)> {
    let service = &world.services[0];
    let plan = text(service, &service.name);
    let webhook = format!("gate: {{ webhook: {{ url: '{}'{more} }} }}", gate.url);
    assert!(plan.contains("gate: approval"), "{plan}");
    vec![(
        "a.yaml".into(),
        plan.replacen("gate: approval", &webhook, 1),
    )]
}

fn asker() -> Asker {
    let key = Some(Secret::fixed("between us"));
    let dashboard = Some("https://sixshift.example.com");
    Asker::new(key, ["127.0.0.1".to_owned()], dashboard)
}

/// A daemon that starts with a journal and has read the plan.
async fn started(world: &World, journal: &Arc<dyn Journal>, gate: &Listener, more: &str) -> Fleet {
    let fleet = world.fleet(journal).await;
    fleet.asks_gates(asker());
    fleet.read(&snapshot("a", asking(world, gate, more))).await;
    fleet
}

fn status(fleet: &Fleet) -> Status {
    fleet.statuses().remove(0)
}

/// A fleet that waits for its gate, which says this.
async fn waiting(says: &str, more: &str) -> (World, Arc<dyn Journal>, Listener, Fleet) {
    let (world, journal, gate) = (World::new(1), memory(), Listener::new());
    gate.says(says);
    let fleet = started(&world, &journal, &gate, more).await;
    world.minutes(&fleet, 30).await;
    assert_eq!(waits(&fleet, "checkout"), "Webhook");
    assert_eq!(world.share(), 10);
    (world, journal, gate, fleet)
}

#[tokio::test(start_paused = true)]
async fn a_clear_yes_opens_it_and_the_question_says_what_is_asked() {
    let (world, journal, gate) = (World::new(1), memory(), Listener::new());
    gate.says(YES);
    let fleet = started(&world, &journal, &gate, "").await;
    world.minutes(&fleet, 20).await;
    assert!(world.share() > 10, "{}", status(&fleet).sentence);
    let asked = gate.accepted();
    assert_eq!(asked.len(), 1, "one yes is enough");
    let question = asked[0].json();
    for (pointer, value) in [
        ("/kind", "GateQuestion"),
        ("/plan", "checkout"),
        ("/service/name", "checkout"),
        ("/dashboard", "https://sixshift.example.com/plans/checkout"),
    ] {
        let found = question.pointer(pointer).and_then(|value| value.as_str());
        assert_eq!(found, Some(value), "{pointer} of {question:#}");
    }
    assert_eq!(question["step"], 1);
    assert_eq!(question["sharePercent"], 10.0);
    let next = question["nextSharePercent"].as_f64().unwrap();
    assert!(next > 10.0, "{question:#}");
    assert!(!question["evidence"].as_array().unwrap().is_empty());
    let signature = asked[0].header("sixshift-signature").unwrap();
    assert!(
        signature.starts_with("t=") && signature.contains(",v1="),
        "{signature}"
    );
    let page = fleet.board().metrics().render(world.clock.now(), None);
    assert!(
        page.contains("sixshift_gates_asked_total{result=\"open\"} 1"),
        "{page}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_no_waits_with_its_reason_and_is_asked_again_twice_a_minute() {
    let (world, _, gate, fleet) = waiting(NO, "").await;
    let sentence = status(&fleet).sentence;
    assert!(
        sentence.contains("says no to leaving step 1: a freeze until Monday"),
        "{sentence}"
    );
    assert!(!sentence.contains("s3cret"), "{sentence}");
    let before = gate.accepted().len();
    world.minutes(&fleet, 10).await;
    let asked = gate.accepted().len() - before;
    assert!((15..=21).contains(&asked), "{asked} times in ten minutes");
    gate.says(YES);
    world.minutes(&fleet, 5).await;
    assert!(world.share() > 10, "{}", status(&fleet).sentence);
}

#[tokio::test(start_paused = true)]
async fn nothing_but_a_clear_yes_opens_it() {
    let elsewhere = Listener::new();
    elsewhere.says(YES);
    for (status_code, says, why) in [
        (200, "", "its answer is neither"),
        (200, "<html>sign in</html>", "its answer is neither"),
        (200, r#"{"open": "true"}"#, "its answer is neither"),
        (
            200,
            r#"{"open": true, "since": "noon"}"#,
            "its answer is neither",
        ),
        (
            200,
            &"x".repeat(20_000),
            "its answer is longer than 16384 bytes",
        ),
        (302, YES, "names another address, which is not followed"),
        (307, YES, "names another address, which is not followed"),
        (403, YES, "it answers 403"),
        (503, YES, "it answers 503"),
        (0, YES, "could not be connected"),
    ] {
        let (world, journal) = (World::new(1), memory());
        let gate = Listener::pointing_to(&elsewhere.url);
        gate.says(says);
        gate.answers(status_code);
        let fleet = started(&world, &journal, &gate, "").await;
        world.minutes(&fleet, 30).await;
        let sentence = status(&fleet).sentence;
        assert!(
            sentence.contains("does not say whether step 1 may be left") || sentence.contains(why),
            "{status_code} {says:.40}: {sentence}"
        );
        if status_code != 0 {
            assert!(
                sentence.contains(why),
                "{status_code} {says:.40}: {sentence}"
            );
        }
        assert_eq!(world.share(), 10, "{status_code} {says:.40}");
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test(start_paused = true)]
async fn one_that_is_down_is_asked_ever_less_often_calls_a_person_after_an_hour_and_opens_when_it_is_back()
 {
    let (world, _, gate, fleet) = waiting("", "").await;
    gate.answers(503);
    world.minutes(&fleet, 30).await;
    let tries = gate.connections();
    assert!(tries < 25, "5, 10, 20 … 300 s apart, not {tries} tries");
    assert!(!status(&fleet).waiting_on.unwrap().needs_person());
    world.minutes(&fleet, 40).await;
    assert!(status(&fleet).waiting_on.unwrap().needs_person());
    gate.says(YES);
    world.minutes(&fleet, 10).await;
    assert!(world.share() > 10, "{}", status(&fleet).sentence);
}

#[tokio::test(start_paused = true)]
async fn with_hold_a_person_is_called_at_once_and_may_stand_in_for_it() {
    let (world, _, gate, fleet) = waiting("", ", onError: hold").await;
    assert!(status(&fleet).waiting_on.unwrap().needs_person());
    order(&fleet, Verb::Approve, "its webhook is down")
        .await
        .unwrap();
    world.minutes(&fleet, 5).await;
    assert!(world.share() > 10, "{}", status(&fleet).sentence);
    drop(gate);
}

#[tokio::test(start_paused = true)]
async fn orders_count_while_it_is_asked() {
    let (world, _, _, fleet) = waiting(NO, "").await;
    order(&fleet, Verb::Pause, "lunch").await.unwrap();
    world.minutes(&fleet, 3).await;
    assert_eq!(waits(&fleet, "checkout"), "Paused");
    order(&fleet, Verb::Resume, "back").await.unwrap();
    world.minutes(&fleet, 3).await;
    assert_eq!(waits(&fleet, "checkout"), "Webhook");
    order(&fleet, Verb::Abort, "enough").await.unwrap();
    world.minutes(&fleet, 20).await;
    assert_eq!(world.share(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_restart_asks_anew_and_a_yes_of_before_is_forgotten() {
    let (world, journal, gate, fleet) = waiting(NO, "").await;
    drop(fleet);
    let before = gate.accepted().len();
    let fleet = started(&world, &journal, &gate, "").await;
    world.minutes(&fleet, 5).await;
    assert!(gate.accepted().len() > before);
    assert_eq!(world.share(), 10);
    gate.says(YES);
    // Killed as soon as it was told.
    tokio::select! {
        biased;
        () = gate.accepts() => {}
        () = world.minutes(&fleet, 30) => {}
    }
    drop(fleet);
    gate.says(NO);
    let fleet = started(&world, &journal, &gate, "").await;
    world.minutes(&fleet, 20).await;
    assert_eq!(world.share(), 10, "{}", status(&fleet).sentence);
    assert_eq!(waits(&fleet, "checkout"), "Webhook");
}

#[tokio::test(start_paused = true)]
async fn a_slow_one_is_waited_for_as_long_as_the_plan_says() {
    let (world, journal, gate) = (World::new(1), memory(), Listener::new());
    gate.says(YES);
    gate.takes_its_time(3_000);
    let fleet = started(&world, &journal, &gate, ", timeout: 1s").await;
    world.minutes(&fleet, 20).await;
    let sentence = status(&fleet).sentence;
    assert!(
        sentence.contains("it did not answer within its time"),
        "{sentence}"
    );
    assert_eq!(world.share(), 10);
}
