//! What preflight of 200 services in one VPC costs: its calls, and how long it takes beside a region in no hurry to throttle.
//!
//! Run with `cargo bench -p sixshift --bench preflight`.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a bench says its figures and stops where it cannot go on"
)]

use std::{
    collections::BTreeMap,
    fs,
    process::{Command, Stdio},
    time::Instant,
};

use sixshift_tests::{Server, control, in_region};

const BINARY: &str = env!("CARGO_BIN_EXE_sixshift");
const SERVICES: &str = "200";
/// AWS's request rates are kept in the region's time: at this speed they cost nothing.
const SPEED: &str = "600";
/// What is asked of each service or of its target group by itself, because AWS takes one a call.
const ONE_BY_ONE: &[&str] = &[
    "ecs:DescribeTaskDefinition",
    "elasticloadbalancing:DescribeTargetGroupAttributes",
    "elasticloadbalancing:DescribeTargetHealth",
    "elasticloadbalancing:DescribeListeners",
    "elasticloadbalancing:DescribeRules",
    "application-autoscaling:DescribeScalingPolicies",
    "application-autoscaling:DescribeScheduledActions",
    "application-autoscaling:ListTagsForResource",
];

fn main() {
    let folder = std::env::temp_dir().join(format!("sixshift-preflight-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let mut sim = Command::new(BINARY);
    sim.args(["sim", "--listen", "127.0.0.1:0", "--scenario", "big-fleet"])
        .args(["--services", SERVICES, "--speed", SPEED, "--write-plans"])
        .arg(&folder)
        .stderr(Stdio::null());
    let region = Server::announced(&mut sim).unwrap();
    let mut preflight = Command::new(BINARY);
    let begun = Instant::now();
    let output = in_region(&mut preflight, &region.url)
        .args(["preflight", "-o", "json", "--sim-clock", &region.url])
        .arg(&folder)
        .output()
        .unwrap();
    let took = begun.elapsed();
    let counters = control(&region.url, "GET", "counters", "").unwrap();
    let counters: serde_json::Value = serde_json::from_str(&counters).unwrap();
    let calls: BTreeMap<String, u64> = serde_json::from_value(counters["calls"].clone()).unwrap();
    let of = |is_one: bool| -> u64 {
        let these = calls
            .iter()
            .filter(|(name, _)| ONE_BY_ONE.contains(&name.as_str()) == is_one);
        these.map(|(_, count)| count).sum()
    };
    let ec2: u64 = calls
        .iter()
        .filter(|(name, _)| name.starts_with("ec2:"))
        .map(|(_, n)| n)
        .sum();
    println!(
        "preflight of {SERVICES} services in one VPC, exit code {:?}:",
        output.status.code()
    );
    println!("  {:.2} s", took.as_secs_f64());
    println!(
        "  {} calls one by one, {} in batches, {ec2} of those for the network",
        of(true),
        of(false)
    );
    let _ = fs::remove_dir_all(&folder);
}
