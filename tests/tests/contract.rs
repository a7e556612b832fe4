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

use sixshift_core::twin::dual_stack_image;
use sixshift_tests::{binary, judge, partitions, table_is_current};

/// Scenarios that are recorded in a late region as well: most calls of the product, and the two ways back.
const LATE: [&str; 5] = [
    "many-routes",
    "flaky-api",
    "deploy-midway",
    "ipv4-literal",
    "alarm",
];
/// At a time, as many as the smallest machine of ours has cores.
const AT_ONCE: usize = 2;

#[test]
fn no_request_of_any_scenario_is_outside_awss_models_nor_is_any_answer() {
    let folder = std::env::temp_dir().join(format!("sixshift-calls-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let scenarios = scenarios();
    assert!(scenarios.len() > 10, "{scenarios:?}");
    assert!(LATE.iter().all(|late| scenarios.iter().any(|s| s == late)));
    let late = LATE.map(|scenario| (scenario.to_owned(), true));
    let runs = scenarios.into_iter().map(|scenario| (scenario, false));
    let left = Mutex::new(runs.chain(late).collect());
    let recordings = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some((scenario, late)) = next(&left) {
                    let recording = recorded(&scenario, late, &folder);
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

/// What follows the region in ECR's names on both families, where it is known: `on.aws` beside `api.aws`.
#[test]
fn ecrs_names_are_those_of_botocores_partitions() {
    // botocore has names of the API on both families there, and nobody tells of a registry's.
    const WITHOUT: [&str; 4] = ["aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f"];
    let told = partitions().unwrap_or_else(|e| panic!("{e}"));
    assert!(told.lines().count() >= 8, "{told}");
    for line in told.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let [id, ipv4, both] = words[..] else {
            panic!("{line}")
        };
        let image = format!("123456789012.dkr.ecr.xx-north-1.{ipv4}/shop:1");
        let wanted = both.strip_prefix("api.").filter(|_| !WITHOUT.contains(&id));
        let wanted = wanted.map(|both| format!("123456789012.dkr-ecr.xx-north-1.on.{both}/shop:1"));
        assert_eq!(dual_stack_image(&image), wanted, "{line}");
    }
}

#[test]
fn the_regions_table_is_what_the_pinned_botocore_says() {
    table_is_current().unwrap_or_else(|e| panic!("{e}"));
}

/// A scenario, and whether the region is late in it.
type Run = (String, bool);

fn next(left: &Mutex<Vec<Run>>) -> Option<Run> {
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
fn recorded(scenario: &str, late: bool, folder: &Path) -> PathBuf {
    let name = if late { "late" } else { "prompt" };
    let file = folder.join(format!("{scenario}-{name}.jsonl"));
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
    .args(late.then_some("--lag"))
    .output()
    .unwrap();
    assert!(
        output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    file
}
