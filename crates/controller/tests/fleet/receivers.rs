//! Receivers that are not where they may be, that refuse, and a history that has less than was to be told.

use std::sync::Arc;

use sixshift_controller::{
    command::Verb,
    event::EventKind,
    journal::{Bounds, Journal, Records},
    notify::{self, Receiver, To},
    secret::Secret,
};

use crate::{
    listener::Listener,
    notify::{daemon_says, minutes, receiver, started},
    ondisk::{Disk, OnDisk},
    world::{World, memory, order},
};

#[tokio::test(start_paused = true)]
async fn a_private_address_is_not_asked_whatever_its_name_is() {
    let hook = Listener::new();
    for host in ["127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]"] {
        let (world, journal) = (World::new(1), memory());
        let (fleet, last) = started(&world, &journal).await;
        let url = hook.url.replace("127.0.0.1", host);
        let receiver = Receiver {
            to: To::Webhook {
                url: Secret::fixed(&url),
                secret: None,
            },
            allow_private: false,
            ..receiver(&hook)
        };
        minutes(&world, &fleet, &receiver, last, 12).await;
        let said = daemon_says(&journal, "which is not one of the internet's").await;
        assert_eq!(said, 1, "{host}");
    }
    assert_eq!(hook.connections(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_redirect_is_not_followed() {
    let elsewhere = Listener::new();
    let (world, journal, hook) = (
        World::new(1),
        memory(),
        Listener::pointing_to(&elsewhere.url),
    );
    let (fleet, last) = started(&world, &journal).await;
    for status in [301, 302, 307, 308] {
        hook.answers(status);
        minutes(&world, &fleet, &receiver(&hook), last, 12).await;
    }
    assert_eq!(elsewhere.connections(), 0);
    assert!(hook.connections() > 4);
    assert!(daemon_says(&journal, "names another address, which is not followed").await > 0);
    hook.answers(200);
    minutes(&world, &fleet, &receiver(&hook), last, 8).await;
    assert_eq!(hook.kinds()[0], "begun", "it came through in the end");
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_refused_for_what_is_in_it_lets_the_others_by_after_an_hour() {
    let (world, journal, hook) = (World::new(1), memory(), Listener::new());
    let (fleet, last) = started(&world, &journal).await;
    hook.answers(400);
    minutes(&world, &fleet, &receiver(&hook), last, 70).await;
    assert_eq!(
        daemon_says(&journal, "refuses notification begun/checkout/").await,
        1
    );
    hook.answers(200);
    minutes(&world, &fleet, &receiver(&hook), last, 10).await;
    assert_eq!(hook.kinds(), ["step", "needsPerson"]);
}

#[tokio::test(start_paused = true)]
async fn what_went_from_the_history_before_it_was_told_is_said() {
    let (world, journal, hook) = (World::new(1), memory(), Listener::new());
    let (fleet, last) = started(&world, &journal).await;
    let receiver = receiver(&hook);
    minutes(&world, &fleet, &receiver, last, 30).await;
    drop(fleet);
    let before = hook.kinds().len();
    // Meanwhile others fill a history that keeps few.
    let bounds = Bounds {
        per_plan: 5,
        whole: 20,
    };
    let records = Records::bounded(Arc::clone(&journal), bounds);
    for n in 0..60 {
        let event = sixshift_controller::event::Event::new(
            world.clock.now(),
            EventKind::Source,
            n.to_string(),
        );
        records.append(event).await.unwrap();
    }
    let (fleet, last) = started(&world, &journal).await;
    minutes(&world, &fleet, &receiver, last, 10).await;
    assert_eq!(hook.kinds()[before..], ["missed"]);
    let missed = hook.accepted().pop().unwrap().json();
    let sentence = missed["data"]["sentence"].as_str().unwrap().to_owned();
    assert!(
        sentence.contains("events went from the history"),
        "{sentence}"
    );
    assert_eq!(missed["subject"], "daemon");
}

#[tokio::test(start_paused = true)]
async fn what_happened_while_the_journal_took_no_notes_is_told_once_it_does() {
    let disk = OnDisk::new();
    let journal: Arc<dyn Journal> = Arc::clone(&disk) as _;
    let (world, hook) = (World::new(1), Listener::new());
    let receiver = receiver(&hook);
    let (fleet, last) = started(&world, &journal).await;
    minutes(&world, &fleet, &receiver, last, 30).await;
    assert_eq!(hook.kinds(), ["begun", "step", "needsPerson"]);
    disk.is(Disk::Full);
    let away = async {
        order(&fleet, Verb::Abort, "it smells").await.unwrap();
        world.minutes(&fleet, 20).await;
        assert_eq!(hook.kinds().len(), 3, "it is not in the history yet");
        disk.is(Disk::Fine);
        world.minutes(&fleet, 5).await;
    };
    tokio::select! {
        () = notify::tell(std::slice::from_ref(&receiver), &fleet, last) => {}
        () = away => {}
    }
    assert_eq!(hook.kinds()[3..], ["rollingBack", "rolledBack"]);
}
