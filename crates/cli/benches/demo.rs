//! How fast and how big the whole is: the demo's day-long bake, a big fleet's calls in steady minutes, the binary's size.
//!
//! `cargo bench -p sixshift`. Figures are printed, not asserted: machines differ.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a bench says its figures and stops where it cannot go on"
)]

use std::{cell::Cell, fs, process::Command, time::Instant};

use jiff::SignedDuration;
use sixshift_aws::Hands;
use sixshift_controller::{Clock, Fleet, Goal, Outcome};
use sixshift_core::{
    plan::{Plan, parse_set},
    status::WaitingOn,
};
use sixshift_sim::{Region, scenario};

const BINARY: &str = env!("CARGO_BIN_EXE_sixshift");

fn main() {
    size();
    healthy();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(big_fleet());
}

fn size() {
    let bytes = fs::metadata(BINARY).unwrap().len();
    println!("binary: {:.1} MB (wanted: under 25)", bytes as f64 / 1e6);
}

fn healthy() {
    let begun = Instant::now();
    let mut demo = Command::new(BINARY);
    demo.args([
        "demo",
        "--scenario",
        "healthy",
        "--services",
        "1",
        "--speed",
        "max",
        "-o",
        "json",
    ]);
    assert!(demo.output().unwrap().status.success());
    let seconds = begun.elapsed().as_secs_f64();
    println!("healthy, a bake of 24 h included: {seconds:.2} s (wanted: under 3)");
}

/// The calls of each minute in which every plan of 200 holds and none acts, against the fewest there can be.
async fn big_fleet() {
    let built = scenario::build("big-fleet", None, 1).unwrap();
    let plans = plans(&built.services);
    let count = plans.len();
    let region = Region::new(built.world, 1);
    let clock = Clock::simulated(region.clock().now, 1.0);
    let hands = Hands::with_http_client(region.http_client(), clock, 1.0);
    let fleet = Fleet::new(hands.clone(), clock, plans);
    let floor = (2 * count).div_ceil(10) + (count * 10 + 20 * 2).div_ceil(500);
    let total = || hands.calls().values().sum::<u64>();
    let mut minute = clock.now();
    let mut ratios = Vec::new();
    for _ in 0..120 {
        minute += SignedDuration::from_secs(60);
        let goal = Goal {
            until: Some(minute + SignedDuration::from_secs(30)),
            ..Goal::default()
        };
        let (before, acts) = (total(), Cell::new(0));
        fleet
            .run(goal, std::future::pending(), |round| {
                if !matches!(round.outcome, Outcome::Waited) {
                    acts.set(acts.get() + 1);
                }
            })
            .await;
        let statuses = fleet.statuses();
        let holding = |s: &sixshift_core::status::Status| {
            matches!(s.waiting_on, Some(WaitingOn::Hold { .. }))
        };
        if acts.get() == 0 && statuses.len() == count && statuses.iter().all(holding) {
            ratios.push((total() - before) as f64 / floor as f64);
        }
    }
    let worst = ratios.iter().copied().fold(0.0, f64::max);
    let mean = ratios.iter().sum::<f64>() / ratios.len() as f64;
    println!(
        "big-fleet: {} steady minutes of {count} services, floor {floor} calls, mean {mean:.2}, worst {worst:.2} (wanted: at most 1.2)",
        ratios.len()
    );
}

fn plans(services: &[scenario::BuiltService]) -> Vec<Plan> {
    let files: Vec<_> = services
        .iter()
        .map(|s| (format!("{}.yaml", s.name).into(), text(s)))
        .collect();
    let (plans, mistakes) = parse_set(&files);
    assert!(mistakes.is_empty(), "{mistakes}");
    plans
}

fn text(service: &scenario::BuiltService) -> String {
    format!(
        "apiVersion: sixshift/v1\nkind: MigrationPlan\nmetadata: {{ name: {name} }}\nspec:\n  \
         service: {{ region: {region}, cluster: {cluster}, name: {name} }}\n  \
         ipv6: {{ subnets: [{subnets}], securityGroups: [{groups}] }}\n  \
         shift:\n    steps: [{{ weight: 10%, hold: 2h }}, {{ weight: 100% }}]\n    bake: 1h\n  \
         health: {{ errorRate: {{ max: 1% }}, latencyP99: {{ max: 800ms }} }}\n",
        name = service.name,
        region = service.region,
        cluster = service.cluster,
        subnets = service.ipv6_subnets.join(", "),
        groups = service.security_groups.join(", "),
    )
}
