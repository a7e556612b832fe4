//! Nothing that the product asks of AWS is outside AWS's own models, and nothing that the simulated region answers.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::{fs, thread};

use sixshift_tests::{binary, judge, table_is_current};

/// At a time, as many as the smallest machine of ours has cores.
const AT_ONCE: usize = 2;

#[test]
fn no_request_of_any_scenario_is_outside_awss_models_nor_is_any_answer() {
    let folder = std::env::temp_dir().join(format!("sixshift-calls-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let scenarios = scenarios();
    assert!(scenarios.len() > 10, "{scenarios:?}");
    let left = Mutex::new(scenarios);
    let recordings = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(scenario) = next(&left) {
                    let recording = recorded(&scenario, &folder);
                    recordings.lock().unwrap().push(recording);
                }
            });
        }
    });
    let judged = judge(&recordings.into_inner().unwrap(), false);
    if let Err(error) = judged {
        panic!("{error}\nThe recordings are in {}", folder.display());
    }
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn the_regions_table_is_what_the_pinned_botocore_says() {
    table_is_current().unwrap_or_else(|e| panic!("{e}"));
}

fn next(left: &Mutex<Vec<String>>) -> Option<String> {
    left.lock().unwrap().pop()
}

fn sixshift(arguments: &[&str]) -> Command {
    let mut command = Command::new(binary().unwrap_or_else(|e| panic!("{e}")));
    command.args(arguments);
    command
}

/// The scenarios that there are.
fn scenarios() -> Vec<String> {
    let listed = sixshift(&["demo", "--scenario", "list"]).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let names = listed.lines().filter_map(|l| l.split_whitespace().next());
    // `list` itself is none.
    names.filter(|n| *n != "list").map(str::to_owned).collect()
}

/// The calls of a scenario with one service.
fn recorded(scenario: &str, folder: &Path) -> PathBuf {
    let file = folder.join(format!("{scenario}.jsonl"));
    let output = sixshift(&[
        "demo",
        "--speed",
        "max",
        "--timeout",
        "4d",
        "--listen",
        "off",
    ])
    .args(["--scenario", scenario, "--services", "1", "--record"])
    .arg(&file)
    .output()
    .unwrap();
    assert!(
        output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    file
}
