//! What the doctor finds, with an AWS that nobody answers for.

use std::{path::Path, process::Output};

use serde_json::Value;

use crate::server::{bare, complained, run, said};

fn doctor(config: &Path) -> Output {
    let mut command = bare(&[
        "doctor",
        "-o",
        "json",
        "--config",
        &config.display().to_string(),
    ]);
    // No word may reach a real AWS, nor look for real credentials.
    command
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_ACCESS_KEY_ID", "any")
        .env("AWS_SECRET_ACCESS_KEY", "any");
    run(&mut command)
}

fn state(report: &Value, check: &str) -> String {
    let findings = report["findings"].as_array().expect("a list");
    let one = findings.iter().find(|f| f["check"] == check);
    let one = one.unwrap_or_else(|| panic!("nothing of {check} in {report}"));
    one["state"].as_str().expect("a word").to_owned()
}

#[test]
fn each_thing_that_the_daemon_needs_is_told_apart() {
    let folder = tempfile::tempdir().expect("a folder");
    let plans = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/plans/minimal.yaml");
    std::fs::copy(plans, folder.path().join("plan.yaml")).expect("the example is there");
    let settings = "apiVersion: sixshift/v1\nkind: Settings\nsource: {dir: {path: .}}\n\
                    journal: {path: plan.yaml/journal.redb}\nlisten: [\"127.0.0.1:0\"]\n";
    let config = folder.path().join("sixshift.yml.txt");
    std::fs::write(&config, settings).expect("the settings are written");
    let output = doctor(&config);
    assert_eq!(output.status.code(), Some(3));
    let report: Value = serde_json::from_str(&said(&output)).expect("JSON");
    let states = [
        "settings", "access", "source", "plans", "journal", "listen", "aws", "clock",
    ]
    .map(|c| state(&report, c));
    assert_eq!(
        states,
        ["ok", "warn", "ok", "ok", "bad", "ok", "bad", "warn"]
    );
    for finding in report["findings"].as_array().expect("a list") {
        assert_eq!(
            finding["state"] == "ok",
            finding["remedy"].is_null(),
            "{finding}"
        );
    }
}

#[test]
fn it_waits_as_long_as_it_is_told_and_ends_with_one_line_of_verdict() {
    let folder = tempfile::tempdir().expect("a folder");
    let nowhere = folder.path().join("nowhere.yaml").display().to_string();
    let call = [
        "doctor",
        "--config",
        &nowhere,
        "--wait",
        "1s",
        "--sim-clock",
        "http://127.0.0.1:1",
    ];
    let output = run(&mut bare(&call));
    assert_eq!(output.status.code(), Some(5), "the time is up");
    let text = said(&output);
    let last = text.lines().next_back().unwrap_or_default();
    assert!(
        last.starts_with("✗ the daemon cannot do its work here; mend: settings"),
        "{text}"
    );
    assert!(
        last.contains("clock") && text.contains("start `sixshift sim`"),
        "{text}"
    );
    assert!(complained(&output).ends_with("; looking again\n"));
}

#[test]
fn settings_that_cannot_be_read_are_bad() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = doctor(&folder.path().join("nowhere.yaml"));
    assert_eq!(output.status.code(), Some(3));
    let report: Value = serde_json::from_str(&said(&output)).expect("JSON");
    assert_eq!(state(&report, "settings"), "bad");
}
