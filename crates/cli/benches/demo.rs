//! How fast and how big the whole is: the demo's day-long bake, a big fleet's calls in steady minutes, the binary's size.
//!
//! `cargo bench -p sixshift`. Figures are printed, not asserted: machines differ.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a bench says its figures and stops where it cannot go on"
)]

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    fs,
    process::Command,
    time::Instant,
};

use jiff::SignedDuration;
use sixshift_controller::{Clock, Fleet, Goal, Hands, Inbox, Outcome, Round};
use sixshift_core::{
    plan::{Plan, parse_set},
    status::{Status, WaitingOn},
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

/// Of a big fleet's life.
const MINUTES: usize = 120;
/// What a minute of the fleet's life cost.
struct Minute {
    calls: BTreeMap<String, u64>,
    /// Rounds that acted.
    decisions: usize,
    /// Every plan is in a hold, and none acted.
    steady: bool,
}

impl Minute {
    fn total(&self) -> f64 {
        self.calls.values().sum::<u64>() as f64
    }
}

/// The calls of minutes in which every plan of 200 holds and none acts, against the fewest there can be; and what each
/// decision costs in the others.
async fn big_fleet() {
    let built = scenario::build("big-fleet", None, 1).unwrap();
    let plans = plans(&built.services);
    let count = plans.len();
    let region = Region::new(built.world, 1);
    let clock = Clock::simulated(region.clock().now, 1.0);
    let hands = Hands::with_http_client(region.http_client(), clock.clone(), 1.0);
    let fleet = Fleet::standalone(hands.clone(), clock.clone(), plans)
        .await
        .unwrap();
    // Ten services a DescribeServices; six metrics a target group, three a load balancer, five hundred a GetMetricData.
    let floor = ((2 * count).div_ceil(10) + (2 * count * 6 + 20 * 3).div_ceil(500)) as f64;
    let (decisions, minutes) = (Cell::new(0), RefCell::new(Vec::new()));
    let rounds = async {
        let (mut inbox, never) = (Inbox::default(), std::future::pending());
        let count = |round: &Round| {
            if !matches!(round.outcome, Outcome::Waited) {
                decisions.set(decisions.get() + 1);
            }
        };
        fleet.run(Goal::default(), &mut inbox, never, count).await;
    };
    let watch = async {
        // Between two looks: they come when a minute's metrics are complete.
        let mut end = clock.now() + SignedDuration::from_secs(30);
        for _ in 0..MINUTES {
            end += SignedDuration::from_secs(60);
            let before = hands.calls();
            clock.sleep_until(end).await;
            let decisions = decisions.take();
            let minute = minute(&before, &hands, &fleet.statuses(), count, decisions);
            minutes.borrow_mut().push(minute);
        }
    };
    tokio::select! {
        () = rounds => {}
        () = watch => {}
    }
    let minutes = minutes.into_inner();
    println!("big-fleet: {count} services, floor {floor} calls a minute");
    let steady: Vec<&Minute> = minutes.iter().filter(|m| m.steady).collect();
    let ratios = steady.iter().map(|m| m.total() / floor);
    println!("  steady: {} (wanted: at most 1.2)", spoken(ratios));
    for (name, n) in per_minute(&steady) {
        println!("    {name}: {n:.1} a minute");
    }
    let deciding = || minutes.iter().filter(|m| m.decisions > 0);
    let above: f64 = deciding().map(|m| (m.total() - floor).max(0.0)).sum();
    let decisions: usize = deciding().map(|m| m.decisions).sum();
    println!(
        "  {decisions} decisions, {:.1} calls above the floor for each, first looks and waits for tasks included (wanted: \
         at most 5)",
        above / decisions.max(1) as f64
    );
    for (name, n) in per_minute(&deciding().collect::<Vec<_>>()) {
        println!("    {name}: {n:.1} a minute");
    }
}

fn minute(
    before: &BTreeMap<String, u64>,
    hands: &Hands,
    statuses: &[Status],
    plans: usize,
    decisions: usize,
) -> Minute {
    let holds = |s: &Status| matches!(s.waiting_on, Some(WaitingOn::Hold { .. }));
    let mut calls = hands.calls();
    for (name, n) in &mut calls {
        *n -= before.get(name).unwrap_or(&0);
    }
    Minute {
        calls,
        decisions,
        steady: decisions == 0 && statuses.len() == plans && statuses.iter().all(holds),
    }
}

fn per_minute(minutes: &[&Minute]) -> BTreeMap<String, f64> {
    let mut made: BTreeMap<String, f64> = BTreeMap::new();
    for (name, n) in minutes
        .iter()
        .flat_map(|m| &m.calls)
        .filter(|(_, n)| **n > 0)
    {
        *made.entry(name.clone()).or_default() += *n as f64 / minutes.len() as f64;
    }
    made
}

fn spoken(ratios: impl Iterator<Item = f64>) -> String {
    let mut all: Vec<f64> = ratios.collect();
    all.sort_by(f64::total_cmp);
    let Some(worst) = all.last() else {
        return "no such minute".to_owned();
    };
    let mean = all.iter().sum::<f64>() / all.len() as f64;
    format!("{} minutes, mean {mean:.2}, worst {worst:.2}", all.len())
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
