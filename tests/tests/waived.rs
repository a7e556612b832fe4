//! What stands in a plan's way stops the daemon before anything is made, and what is waived goes on, over the region.

#![allow(clippy::expect_used, reason = "a test that cannot go on says where")]

use std::{fs, path::Path, process::Command};

use sixshift_tests::{Server, binary, in_region, three_services, without_people};

/// The sentence of a plan in one zone.
const ONE_ZONE: &str = "all IPv6 subnets are in eu-central-1";

/// Writes every plan of a folder anew.
fn edited(plans: &Path, edit: impl Fn(&str) -> String) {
    for file in fs::read_dir(plans).expect("the folder is there") {
        let path = file.expect("its files can be listed").path();
        let text = fs::read_to_string(&path).expect("a plan can be read");
        fs::write(&path, edit(&text)).expect("a plan can be written");
    }
}

/// A plan with its first subnet alone.
fn in_one_zone(text: &str) -> String {
    let is_subnet = |line: &str| line.trim_start().starts_with("- subnet-");
    let mut subnets = 0;
    let mut kept = Vec::new();
    for line in text.lines() {
        subnets += usize::from(is_subnet(line));
        if !is_subnet(line) || subnets == 1 {
            kept.push(line);
        }
    }
    assert!(subnets > 1, "{text}");
    kept.join("\n")
}

fn run(region: &Server, plans: &Path, patience: &str) -> (Option<i32>, String) {
    let mut run = Command::new(binary().expect("the binary is built"));
    let said = in_region(&mut run, &region.url)
        .args(["run", "--until-settled", "--timeout", patience])
        .args(["--sim-clock", &region.url, "--plans"])
        .arg(plans)
        .output()
        .expect("it runs");
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    (said.status.code(), text)
}

#[test]
fn one_zone_stops_a_fleet_until_somebody_waives_it() {
    let plans = std::env::temp_dir().join(format!("sixshift-zones-{}", std::process::id()));
    fs::create_dir_all(&plans).expect("a folder for the plans");
    let binary = binary().expect("the binary is built");
    let region = three_services(&binary, "600", &plans).expect("the region runs");
    without_people(&plans).expect("the plans can be written");
    edited(&plans, in_one_zone);
    let (code, told) = run(&region, &plans, "1h");
    assert_eq!(code, Some(6), "all wait for a person: {told}");
    assert!(told.contains(ONE_ZONE), "{told}");
    assert!(!told.contains("create target group"), "{told}");
    let waiver = "  preflight: { waive: [{ finding: one-zone, reason: a region of its own }] }\n";
    edited(&plans, |text| {
        text.replace("\nspec:\n", &format!("\nspec:\n{waiver}"))
    });
    let (code, told) = run(&region, &plans, "60d");
    let _ = fs::remove_dir_all(&plans);
    assert_eq!(
        code,
        Some(4),
        "one is rolled back, the others are done: {told}"
    );
}
