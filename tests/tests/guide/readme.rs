//! The README: its two commands, and what it says of the demo.

use serde_json::Value;

use crate::{room::Room, walk::Walk};

const TITLE: &str = "sixshift";

pub(crate) fn follow(walk: &mut Walk) {
    let mut room = Room::new("readme");
    let picture = walk.not_run(TITLE, "mermaid", "it is a picture");
    assert!(picture.text.starts_with("flowchart "), "{}", picture.text);
    let [demo] = walk.commands(TITLE);
    let mut terminal = room.terminal();
    terminal.begins(&demo, "http://localhost:8686");
    let mut other = room.terminal();
    let page = other.does("curl --silent --fail http://localhost:8686/");
    page.shows(&["<html", "checkout"]);
    // Ended before its end: as shells count Ctrl-C.
    terminal.ctrl_c().ended(130);
    fleet(
        &terminal
            .runs(format!("{} --speed max --until-settled -o json", demo.text))
            .ended(4)
            .out,
    );
    walk.not_run(
        TITLE,
        "sh",
        "it runs this very test; .ci/run and documents.rs hold it",
    );
}

/// "A small fleet migrates, and one bad release is taken back."
fn fleet(report: &str) {
    let report: Value = serde_json::from_str(report).expect("one object of JSON");
    let plans = report["plans"].as_array().expect("plans");
    let ended = |phase: &str| plans.iter().filter(|p| p["phase"] == phase).count();
    assert!(plans.len() > 3, "a fleet: {report:#}");
    assert_eq!(
        (ended("RolledBack"), ended("Done")),
        (1, plans.len() - 1),
        "{report:#}"
    );
    // Nobody sends requests to a worker.
    let met = |p: &&Value| p["requests"]["failed"].as_u64().unwrap_or_default();
    let failed = plans.iter().filter(|p| met(p) > 0);
    assert!(
        failed.clone().all(|p| p["phase"] == "RolledBack"),
        "customers of the others: {report:#}"
    );
}
