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
/// The fleet's load balancers.
const BALANCERS: u64 = 20;
/// Each call that is asked by keys: how many keys AWS takes a call, and how many there are for a service and for a load balancer. A
/// service here has a task definition, a target group and a role of its own, scaling, and names for a twin that is not there yet.
const BY_KEYS: &[(&str, u64, u64, u64)] = &[
    ("ecs:DescribeServices", 10, 2, 0),
    ("ecs:DescribeServiceRevisions", 20, 1, 0),
    ("ecs:DescribeTaskDefinition", 1, 2, 0),
    ("elbv2:DescribeTargetGroups", 100, 1, 0),
    ("elbv2:DescribeTargetGroups", 20, 1, 0),
    ("elbv2:DescribeTargetGroups", 1, 0, 1),
    ("elbv2:DescribeTargetGroupAttributes", 1, 1, 0),
    ("elbv2:DescribeTargetHealth", 1, 1, 0),
    ("elbv2:DescribeTags", 20, 2, 0),
    ("elbv2:DescribeLoadBalancers", 20, 0, 1),
    ("elbv2:DescribeListeners", 1, 0, 1),
    ("elbv2:DescribeRules", 1, 0, 1),
    ("wafv2:GetWebACLForResource", 1, 0, 1),
    ("autoscaling:DescribeScalableTargets", 50, 2, 0),
    ("autoscaling:DescribeScalingPolicies", 1, 1, 0),
    ("autoscaling:DescribeScheduledActions", 1, 1, 0),
    ("iam:ListRolePolicies", 1, 1, 0),
    ("iam:ListAttachedRolePolicies", 1, 1, 0),
];
/// What there may be beside these: the network, quotas, alarms, and what was asked again.
const MORE: i64 = 60;

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
    let services: u64 = SERVICES.parse().unwrap();
    let of_keys = |(_, size, service, balancer): &(&str, u64, u64, u64)| {
        (service * services + balancer * BALANCERS).div_ceil(*size)
    };
    let least: u64 = BY_KEYS.iter().map(of_keys).sum();
    let total: u64 = calls.values().sum();
    let of_network = calls.iter().filter(|(name, _)| name.starts_with("ec2:"));
    let network: u64 = of_network.map(|(_, count)| count).sum();
    let more = total as i64 - least as i64;
    println!(
        "preflight of {SERVICES} services in one VPC, exit code {:?}:",
        output.status.code()
    );
    println!("  {:.2} s", took.as_secs_f64());
    println!(
        "  {total} calls: {least} by AWS's batches, {more} more (at most {MORE} are right), {network} of those for the network, \
         {} throttled",
        counters["throttled"]
    );
    let _ = fs::remove_dir_all(&folder);
}
