//! The stream of changes.

use jiff::Timestamp;
use sixshift_api::Limits;
use sixshift_controller::event::{Event, EventKind};

use super::served::{Events, Served, TOKENS, nothing_known, open, serve};

/// Appends to the history and tells of it, as the fleet does.
fn happen(served: &Served, plan: Option<&str>, text: &str) {
    let mut event = Event::new(Timestamp::UNIX_EPOCH, EventKind::Daemon, text);
    event.plan = plan.map(str::to_owned);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let event = runtime.block_on(served.records.append(event)).unwrap();
    served.board.show_event(event);
}

fn names(seen: &[(String, String)], kind: &str) -> Vec<String> {
    seen.iter()
        .filter(|(k, _)| k == kind)
        .map(|(_, about)| about.clone())
        .collect()
}

/// Waits until the stream's side knows of everything up to now.
fn settled(served: &Served) -> Events {
    served.show("zz-last");
    loop {
        let mut events = served.stream("/api/v1/stream", None);
        let seen = events.until_marked();
        if names(&seen, "plan").iter().any(|n| n == "zz-last") {
            return events;
        }
    }
}

#[test]
fn a_reader_gets_a_snapshot_then_every_plan_then_what_changes() {
    let served = open();
    served.show("a");
    served.show("b");
    drop(settled(&served));
    let mut events = served.stream("/api/v1/stream", None);
    let snapshot = events.next_of("snapshot");
    assert_eq!(snapshot["plans"], serde_json::json!(["a", "b", "zz-last"]));
    assert_eq!(snapshot["fleet"]["plans"], 3);
    let seen = events.until_marked();
    assert_eq!(names(&seen, "plan"), ["a", "b", "zz-last"]);
    served.show("c");
    assert_eq!(events.next_of("plan")["name"], "c");
    assert_eq!(events.next_of("fleet")["plans"], 4);
    served.board.remove_plan("a");
    assert_eq!(events.next_of("gone")["name"], "a");
    happen(&served, Some("b"), "something");
    assert_eq!(events.next_of("event")["text"], "something");
}

#[test]
fn who_comes_back_gets_only_what_is_newer() {
    let served = open();
    served.show("a");
    served.show("b");
    let events = settled(&served);
    let id = events.id.clone().unwrap();
    drop(events);
    served.show("b");
    happen(&served, None, "one");
    happen(&served, Some("b"), "two");
    drop(settled(&served));
    let mut events = served.stream("/api/v1/stream", Some(&id));
    let seen = events.until_marked();
    assert!(names(&seen, "snapshot").is_empty(), "{seen:?}");
    assert_eq!(names(&seen, "plan"), ["b", "zz-last"]);
    assert_eq!(names(&seen, "event"), ["one", "two"]);
}

#[test]
fn who_comes_back_after_a_plan_went_or_from_another_daemon_begins_anew() {
    let served = open();
    served.show("a");
    let events = settled(&served);
    let id = events.id.clone().unwrap();
    served.board.remove_plan("a");
    drop(settled(&served));
    let snapshot = served
        .stream("/api/v1/stream", Some(&id))
        .next_of("snapshot");
    assert_eq!(snapshot["plans"], serde_json::json!(["zz-last"]));
    let other = format!("ffffffff-{}", id.split_once('-').unwrap().1);
    for id in [other.as_str(), "nonsense", "1-2-x"] {
        let (first, _) = served.stream("/api/v1/stream", Some(id)).next();
        assert_eq!(first, "snapshot", "{id}");
    }
}

#[test]
fn a_reader_of_one_plan_hears_of_that_plan_and_the_fleet_only() {
    let served = open();
    served.show("a");
    served.show("b");
    drop(settled(&served));
    let mut events = served.stream("/api/v1/stream?plan=b", None);
    assert_eq!(
        events.next_of("snapshot")["plans"],
        serde_json::json!(["b"])
    );
    assert_eq!(names(&events.until_marked(), "plan"), ["b"]);
    happen(&served, Some("a"), "of a");
    happen(&served, Some("b"), "of b");
    assert_eq!(events.next_of("event")["text"], "of b");
    served.show("a");
    served.show("b");
    assert_eq!(events.next_of("plan")["name"], "b");
    let refused = served.get("/api/v1/stream?plan=NOT%20A%20NAME");
    assert_eq!((refused.status, refused.code().as_str()), (404, "notFound"));
}

#[test]
fn a_reader_who_is_too_slow_begins_anew_and_ends_up_with_the_newest() {
    let served = open();
    served.show("a");
    let mut events = settled(&served);
    // More than the sockets and the shared frames hold, while nobody reads; another reader sees to it that each is sent.
    let mut other = served.stream("/api/v1/stream", None);
    for batch in 0..20 {
        for _ in 0..200 {
            let mut view = nothing_known("a");
            view.from.commit = Some("c".repeat(4_000));
            served.board.show_plan(view);
        }
        let name = format!("tick-{batch}");
        served.show(&name);
        while other.next_of("plan")["name"] != *name {}
    }
    served.show("the-end");
    assert_eq!(
        events.next_of("snapshot")["plans"].as_array().unwrap()[0],
        "a"
    );
    while events.next_of("plan")["name"] != "the-end" {}
}

#[test]
fn streams_are_counted_and_their_places_given_back() {
    let limits = Limits {
        streams: 2,
        ..Limits::default()
    };
    let served = serve(TOKENS, limits);
    let mut first = served.stream("/api/v1/stream", None);
    let _second = served.stream("/api/v1/stream", None);
    first.next();
    let third = served.get("/api/v1/stream");
    assert_eq!((third.status, third.code().as_str()), (503, "unavailable"));
    drop(first);
    // That a reader has left is noticed when it is next written to.
    for _ in 0..100 {
        served.show("a");
        std::thread::sleep(std::time::Duration::from_millis(20));
        if served.ask("HEAD", "/api/v1/stream", &[], "").status == 200 {
            return;
        }
    }
    panic!("the place was not given back");
}

#[test]
fn the_end_of_the_daemon_ends_its_streams_at_once() {
    let mut served = open();
    let mut events = served.stream("/api/v1/stream", None);
    events.until_marked();
    let begun = std::time::Instant::now();
    served.serving.take().unwrap().stop();
    assert!(
        begun.elapsed() < std::time::Duration::from_secs(2),
        "{:?}",
        begun.elapsed()
    );
    assert!(events.ends());
}
