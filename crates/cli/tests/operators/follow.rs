//! get -w and events -f: news as they come, nothing twice, nothing lost over a broken line.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use serde::Serialize;
use serde_json::json;

use crate::{sample, server::Server};

/// The first lines that a verb says; it is ended then.
fn lines(server: &Server, arguments: &[&str], many: usize) -> Vec<String> {
    let mut command = server.command(arguments);
    let mut child: Child = command.stdout(Stdio::piped()).spawn().expect("it starts");
    let out = child.stdout.take().expect("it is piped");
    let (told, heard) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(out).lines().map_while(Result::ok) {
            if told.send(line).is_err() {
                return;
            }
        }
    });
    let patience = Duration::from_secs(10);
    let lines = (0..many)
        .map_while(|_| heard.recv_timeout(patience).ok())
        .collect();
    child.kill().expect("it still runs");
    child.wait().expect("it ends");
    lines
}

fn message(event: &str, id: u64, data: &impl Serialize) -> String {
    let data = serde_json::to_string(data).expect("JSON");
    format!(": alive\n\nevent: {event}\nid: {id}\ndata: {data}\n\n")
}

#[test]
fn a_watched_plan_has_a_line_with_each_change_and_none_twice() {
    let server = Server::start();
    let summary = |share| sample::summary("checkout", "Shift", "Progressing", share);
    server.answer(
        "GET /api/v1/plans/checkout",
        200,
        &sample::plan(summary(1.0)),
    );
    server.answer(
        "GET /api/v1/plans/checkout",
        200,
        &sample::plan(summary(25.0)),
    );
    let mut looked_again = summary(1.0);
    looked_again.version += 1;
    looked_again.at = None;
    let news = [
        message("plan", 8, &looked_again),
        message(
            "plan",
            9,
            &sample::summary("basket", "Done", "Complete", 100.0),
        ),
        message("plan", 10, &summary(10.0)),
    ];
    server.stream("GET /api/v1/stream?plan=checkout", &news.concat());
    server.stream(
        "GET /api/v1/stream?plan=checkout",
        &message("fleet", 11, &json!({})),
    );
    let shares: Vec<_> = lines(&server, &["get", "checkout", "-w", "-o", "json"], 3)
        .iter()
        .map(|line| {
            let plan: serde_json::Value = serde_json::from_str(line).expect("a line is JSON");
            plan["shares"]["observed"].clone()
        })
        .collect();
    assert_eq!(
        shares,
        [1.0, 10.0, 25.0],
        "the last one is asked for when the line is back"
    );
    let streams: Vec<_> = server
        .asked()
        .into_iter()
        .filter(|a| a.line.contains("stream"))
        .collect();
    assert_eq!(streams[0].headers.get("last-event-id"), None);
    assert_eq!(
        streams[1].headers.get("last-event-id").map(String::as_str),
        Some("10")
    );
}

#[test]
fn a_terminal_that_is_resized_has_the_whole_picture_and_nothing_of_the_old_one() {
    let server = Server::start();
    let plan = sample::plan(sample::summary("checkout", "Shift", "Progressing", 10.0));
    server.answer("GET /api/v1/plans/checkout", 200, &plan);
    server.stream("GET /api/v1/stream?plan=checkout", ": alive\n\n");
    // From now on there is no news, so only the size can be a reason to draw.
    server.answer(
        "GET /api/v1/stream?plan=checkout",
        503,
        &json!({ "code": "unavailable", "message": "it is busy", "remedy": "come again" }),
    );
    let output = Command::new("python3")
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/operators/resized.py"
        ))
        .arg(env!("CARGO_BIN_EXE_sixshift"))
        .args(["get", "checkout", "-w", "--quiet", "--server", &server.url])
        .env_remove("NO_COLOR")
        .output()
        .expect("these tests need python3");
    let told: serde_json::Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&output.stderr)));
    let screens = told["shown"].as_array().expect("pictures");
    for (screen, width) in screens.iter().zip([120, 60, 120]) {
        let rows: Vec<&str> = screen
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|r| r.as_str())
            .collect();
        let picture = rows.join("\n");
        assert!(
            rows.iter().all(|row| row.chars().count() <= width),
            "{picture}"
        );
        for once in [
            "holds at 10",
            "observed 10 %",
            "evidence Good",
            "hold of step 2",
        ] {
            assert_eq!(
                picture.matches(once).count(),
                1,
                "{once} at {width}:\n{picture}"
            );
        }
    }
    assert_eq!(screens[0], screens[2], "wide again as before");
    assert_eq!(
        (&told["code"], &told["cursor"]),
        (&json!(130), &json!(true))
    );
}

#[test]
fn followed_events_are_told_once_each_and_the_gap_is_filled() {
    let server = Server::start();
    let page = |events: &[(u64, &str)]| {
        let items: Vec<_> = events
            .iter()
            .map(|(seq, text)| sample::event(*seq, "acted", text))
            .collect();
        json!({ "items": items })
    };
    server.answer(
        "GET /api/v1/events?limit=50",
        200,
        &page(&[(1, "one"), (2, "two")]),
    );
    server.answer(
        "GET /api/v1/events?after=3&limit=500",
        200,
        &page(&[(4, "four")]),
    );
    server.answer("GET /api/v1/events?after=4&limit=500", 200, &page(&[]));
    let news = [
        message("event", 2, &sample::event(2, "acted", "two")),
        message("event", 3, &sample::event(3, "acted", "three")),
    ];
    server.stream("GET /api/v1/stream", &news.concat());
    let told = lines(&server, &["events", "-f"], 4);
    let words: Vec<_> = told
        .iter()
        .filter_map(|line| line.split_whitespace().last())
        .collect();
    assert_eq!(words, ["one", "two", "three", "four"]);
}

#[test]
fn followed_events_of_one_kind_are_those_alone_from_the_history_the_stream_and_the_gap() {
    let server = Server::start();
    let page = |seq, text: &str| json!({ "items": [sample::event(seq, "failed", text)] });
    let of_kind = "GET /api/v1/events?kind=failed";
    server.answer(&format!("{of_kind}&limit=50"), 200, &page(1, "one"));
    server.answer(
        &format!("{of_kind}&after=3&limit=500"),
        200,
        &page(4, "four"),
    );
    let nothing = json!({ "items": [] });
    server.answer(&format!("{of_kind}&after=4&limit=500"), 200, &nothing);
    let news = [
        message("event", 2, &sample::event(2, "failed", "two")),
        message("event", 3, &sample::event(3, "acted", "three")),
    ];
    server.stream("GET /api/v1/stream", &news.concat());
    let told = lines(&server, &["events", "-f", "--kind", "failed"], 3);
    let words: Vec<_> = told
        .iter()
        .filter_map(|line| line.split_whitespace().last())
        .collect();
    assert_eq!(words, ["one", "two", "four"]);
}
