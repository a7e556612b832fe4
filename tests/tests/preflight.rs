//! `sixshift preflight` over the region: nothing healthy is accused, every fault is named, nothing is written, and what may not be
//! read is never taken for well.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

use serde_json::Value;
use sixshift_tests::{Server, binary, control, in_region};

/// A region, and a folder with its plans.
struct Stage {
    region: Server,
    folder: PathBuf,
}

impl Stage {
    fn new(name: &str, scenario: &str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("sixshift-preflight-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a temporary folder");
        let mut sim = Command::new(binary().expect("the binary is built"));
        sim.args(["sim", "--listen", "127.0.0.1:0", "--scenario", scenario]);
        sim.arg("--write-plans").arg(&folder);
        let region = Server::announced(&mut sim).unwrap_or_else(|e| panic!("{e}"));
        Self { region, folder }
    }

    fn sixshift(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(binary().expect("the binary is built"));
        let output = in_region(&mut command, &self.region.url)
            .args(arguments)
            .output();
        output.expect("it runs")
    }

    /// Of all plans in the folder.
    fn preflight(&self, arguments: &[&str]) -> Output {
        let folder = self.folder.to_string_lossy();
        let always = ["preflight", &folder, "--sim-clock", &self.region.url];
        self.sixshift(&[&always, arguments].concat())
    }

    fn report(&self, arguments: &[&str]) -> (Option<i32>, Value) {
        let output = self.preflight(&[arguments, &["-o", "json"]].concat());
        let text = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        let report = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}{errors}"));
        (output.status.code(), report)
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The names of the checks of the first plan that are in a state.
fn names<'a>(report: &'a Value, state: &str) -> Vec<&'a str> {
    let checks = report["plans"][0]["checks"].as_array().expect("checks");
    let these = checks.iter().filter(|c| c["state"] == state);
    these.filter_map(|c| c["name"].as_str()).collect()
}

#[test]
fn healthy_services_are_ready_and_nothing_is_written() {
    let stage = Stage::new("healthy", "mix");
    let (code, report) = stage.report(&[]);
    let plans = report["plans"].as_array().expect("plans");
    assert!(plans.len() > 3);
    for plan in plans {
        assert_eq!(plan["ready"], true, "{plan}");
    }
    assert_eq!(code, Some(0));
    let counters = control(&stage.region.url, "GET", "counters", "").expect("the region answers");
    let counters: Value = serde_json::from_str(&counters).expect("JSON");
    let calls = counters["calls"].as_object().expect("calls are counted");
    let is_read = |call: &String| {
        [":Describe", ":List", ":Get"]
            .iter()
            .any(|word| call.contains(word))
    };
    assert!(calls.keys().all(is_read), "{calls:?}");
    let surveys = &calls["ec2:DescribeRouteTables"];
    assert_eq!(surveys.as_u64(), Some(1), "one VPC, however many plans");
}

#[test]
fn a_name_that_nobody_can_look_up_is_told_and_never_taken_for_well() {
    let stage = Stage::new("names", "healthy");
    for file in fs::read_dir(&stage.folder).expect("the plans") {
        let path = file.expect("a plan").path();
        let text = fs::read_to_string(&path).expect("it can be read");
        let told = "env:\n        UPSTREAM: https://api.invalid/v1\n";
        let text = text.replacen("env:\n", told, 1);
        assert!(text.contains(told), "{text}");
        fs::write(&path, text).expect("it can be written");
    }
    for arguments in [&["--only", "dns"][..], &["--only", "dns", "--no-dns"]] {
        let (code, report) = stage.report(arguments);
        assert_eq!(names(&report, "unseen"), ["name-ipv4"]);
        let checks = report["plans"][0]["checks"].to_string();
        assert!(checks.contains("the addresses of api.invalid"), "{checks}");
        assert_eq!(code, Some(0), "it would only warn");
    }
}

#[test]
fn what_may_not_be_read_is_told_by_its_action_and_keeps_a_plan_from_being_ready() {
    let stage = Stage::new("denied", "healthy");
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["*"],"Resource":["*"]},
        {"Effect":"Deny","Action":["ec2:DescribeNetworkAcls"],"Resource":["*"]}]}"#;
    let held = control(&stage.region.url, "POST", "policy", policy).expect("the region answers");
    assert!(held.contains("true"), "{held}");
    let (code, report) = stage.report(&[]);
    assert_eq!(code, Some(3));
    assert_eq!(
        names(&report, "notChecked"),
        ["acl-balancer", "acl-balancer-out", "acl-out"]
    );
    assert_eq!(names(&report, "warns"), ["not-permitted"]);
    let text = String::from_utf8_lossy(&stage.preflight(&[]).stdout).into_owned();
    assert!(
        text.contains("not checked: no permission ec2:DescribeNetworkAcls"),
        "{text}"
    );
    // Who skips them, or says why not, knows.
    let waive = [
        "acl-balancer=proven by hand",
        "NET-023=proven by hand",
        "acl-out=proven by hand",
    ];
    let waived = waive.map(|w| ["--waive", w]).concat();
    assert_eq!(stage.report(&waived).0, Some(0));
    assert_eq!(stage.report(&["--skip", "net"]).0, Some(0));
    assert_eq!(stage.report(&["--only", "image,lb"]).0, Some(0));
}

#[test]
fn live_services_are_looked_at_without_a_plan() {
    let stage = Stage::new("live", "mix");
    let url = &stage.region.url;
    let always = [
        "preflight",
        "--cluster",
        "prod",
        "--region",
        "eu-central-1",
        "--sim-clock",
        url,
        "-o",
        "json",
    ];
    let output = stage.sixshift(&always);
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let plans = report["plans"].as_array().expect("plans");
    assert!(plans.len() > 3, "{report}");
    assert!(plans.iter().any(|p| p["ready"] == true), "{report}");
}

#[test]
fn programs_get_sarif_and_junit() {
    let stage = Stage::new("formats", "healthy");
    let sarif: Value =
        serde_json::from_slice(&stage.preflight(&["-o", "sarif"]).stdout).expect("JSON");
    assert_eq!(sarif["version"], "2.1.0");
    let rules = sarif["runs"][0]["tool"]["driver"]["rules"]
        .as_array()
        .expect("rules");
    assert!(rules.len() > 100 && rules.iter().all(|r| r["helpUri"].is_string()));
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    assert!(results.iter().all(|r| r["level"] == "note"), "{results:?}");
    let junit = String::from_utf8_lossy(&stage.preflight(&["-o", "junit"]).stdout).into_owned();
    assert!(
        junit.contains("<testsuite name=\"") && junit.contains("failures=\"0\" errors=\"0\""),
        "{junit}"
    );
    assert!(
        junit.contains("<testcase name=\"NET-016 dns64-without-nat64\" classname=\"net\"/>"),
        "{junit}"
    );
}

#[test]
fn a_check_is_explained_as_its_page_says_and_a_slip_is_helped() {
    let sixshift = || Command::new(binary().expect("the binary is built"));
    let said = |arguments: &[&str]| sixshift().args(arguments).output().expect("it runs");
    for word in ["NET-016", "net-016", "dns64-without-nat64"] {
        let output = said(&["explain", word]);
        let page = sixshift_tests::checkout().join("docs/checks/NET-016.md");
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            fs::read_to_string(page).expect("the page")
        );
    }
    let list = String::from_utf8_lossy(&said(&["explain"]).stdout).into_owned();
    assert!(list.lines().count() > 100, "{list}");
    assert!(
        list.lines()
            .all(|line| line.split_whitespace().count() > 3 && line.contains('-'))
    );
    let output = said(&["explain", "NET-O16"]);
    assert_eq!(output.status.code(), Some(64));
    assert!(String::from_utf8_lossy(&output.stderr).contains("did you mean NET-016?"));
    let output = said(&["preflight", "x.yaml", "--waive", "windows=why not"]);
    assert_eq!(output.status.code(), Some(64));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot be waived"));
}
