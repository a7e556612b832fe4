//! What the binary promises to whoever calls it: exit codes, and output that a program can read.

#![allow(clippy::expect_used, reason = "a test that cannot go on says where")]

use std::path::Path;
use std::process::{Command, Output, Stdio};

fn sixshift(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sixshift"))
        .args(arguments)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."))
        .stdin(Stdio::null())
        .output()
        .expect("the binary can be started")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn it_says_its_version() {
    let output = sixshift(&["--version"]);
    assert_eq!(
        said(&output),
        format!("sixshift {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn whoever_waits_for_json_gets_a_broken_plans_mistakes_as_lint_tells_them() {
    let broken = std::env::temp_dir().join(format!("sixshift-broken-{}.yaml", std::process::id()));
    std::fs::write(&broken, "kind: MigrationPlan\n").expect("a file can be written");
    let file = broken.to_string_lossy();
    let told = |arguments: &[&str]| {
        let output = sixshift(&[arguments, &["-o", "json"]].concat());
        assert_eq!(output.status.code(), Some(3), "{arguments:?}");
        said(&output)
    };
    let lint = told(&["lint", &file]);
    assert!(lint.contains("LintReport"), "{lint}");
    for verb in [
        &["plan", &file][..],
        &["preflight", &file],
        &["rehearse", &file],
    ] {
        assert_eq!(told(verb), lint, "{verb:?}");
    }
    let _ = std::fs::remove_file(&broken);
}

#[test]
fn it_says_its_commit_to_who_asks_for_more() {
    let long = said(&sixshift(&["--version", "-v"]));
    assert_eq!(long, said(&sixshift(&["version"])));
    let heads: Vec<&str> = long.lines().filter_map(|l| l.split(' ').next()).collect();
    assert_eq!(heads, ["sixshift", "commit", "target"], "{long}");
}

#[test]
fn help_groups_the_verbs_by_what_one_wants_and_has_examples() {
    let help = said(&sixshift(&["--help"]));
    let places = [
        "Looking:",
        "Orders:",
        "Plans:",
        "The daemon:",
        "Trying out:",
        "Options:",
    ];
    let places = places.map(|heading| help.find(heading).expect(heading));
    assert!(places.is_sorted(), "{help}");
    let help = said(&sixshift(&["pause", "--help"]));
    assert!(
        help.contains("Examples:\n  sixshift pause") && help.contains("docs/guide/operators.md")
    );
}

#[test]
fn wrong_usage_is_64() {
    for wrong in [
        &["dance"][..],
        &["demo", "--speed", "soon"],
        &["lint"],
        &["plan"],
    ] {
        assert_eq!(sixshift(wrong).status.code(), Some(64), "{wrong:?}");
    }
}

#[test]
fn the_example_plans_lint() {
    let output = sixshift(&["lint", "config/plans"]);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn a_broken_plan_is_3() {
    let folder = tempfile::tempdir().expect("a folder for the plan");
    let plan = folder.path().join("broken.yaml");
    std::fs::write(&plan, "apiVersion: sixshift/v1\nkind: MigrationPlan\n")
        .expect("the plan is written");
    let output = sixshift(&["lint", &plan.display().to_string()]);
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn a_plan_may_come_from_standard_input() {
    let plan = std::fs::File::open(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/plans/minimal.yaml"),
    );
    let output = Command::new(env!("CARGO_BIN_EXE_sixshift"))
        .args(["lint", "-"])
        .stdin(plan.expect("the example is there"))
        .output()
        .expect("the binary can be started");
    assert!(said(&output).starts_with("ok -:2 checkout"), "{output:?}");
    assert_eq!(
        sixshift(&["lint", "-"]).status.code(),
        Some(3),
        "nothing came"
    );
}

#[test]
fn a_plan_that_is_broken_has_no_future_and_neither_has_a_file_that_is_not_there() {
    let folder = tempfile::tempdir().expect("a folder for the plan");
    let plan = folder.path().join("broken.yaml");
    std::fs::write(&plan, "apiVersion: sixshift/v1\nkind: MigrationPlan\n")
        .expect("the plan is written");
    let output = sixshift(&["plan", &plan.display().to_string()]);
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(sixshift(&["plan", "./nothing"]).status.code(), Some(1));
    let prices = ["plan", "config/plans", "--prices", "vcpu=1"];
    assert_eq!(sixshift(&prices).status.code(), Some(64));
}

#[test]
fn what_is_no_file_is_refused_instead_of_waited_for() {
    let output = sixshift(&["lint", "/dev/zero"]);
    assert_eq!(output.status.code(), Some(1));
    let why = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(why.contains("cannot read /dev/zero: it is a pipe"), "{why}");
}

#[test]
fn the_schema_is_json() {
    let output = sixshift(&["schema"]);
    let schema: serde_json::Value =
        serde_json::from_str(&said(&output)).expect("the schema is JSON");
    assert!(schema.is_object());
}

#[test]
fn the_names_of_the_scenarios_are_a_contract() {
    let output = sixshift(&["demo", "--scenario", "list"]);
    let listed = said(&output);
    let names: Vec<&str> = listed
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(
        names,
        [
            "healthy",
            "binds-ipv4-only",
            "ipv4-literal",
            "slow-nat64",
            "degrades-in-bake",
            "breaks-above-25",
            "many-routes",
            "deploy-midway",
            "outside-edit",
            "low-traffic",
            "throttled-region",
            "alarm",
            "flaky-api",
            "mended-later",
            "bad-revision",
            "growing-load",
            "cross-zone-off",
            "grpc",
            "resting-alarm",
            "step-scaling",
            "ipv4-allow-list",
            "iac-reapply",
            "twin-deleted",
            "stuck-deploy",
            "ipv4-sick",
            "registry-beside",
            "log-lines",
            "log-lines-bad",
            "big-fleet",
            "nlb-tcp",
            "nlb-tcp-bad",
            "nlb-udp",
            "lattice",
            "lattice-bad",
            "in-place-behind",
            "in-place-behind-bad",
            "worker-in-place",
            "worker-in-place-bad",
            "worker-in-place-late",
            "queue-workers",
            "queue-workers-bad",
            "task-count",
            "task-count-bad",
            "service-connect",
            "service-connect-bad",
            "cloud-map",
            "cloud-map-bad",
            "daemon",
        ]
    );
}
