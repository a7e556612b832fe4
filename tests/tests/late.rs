//! Each scenario in a region that is late: answers up to some seconds old, tags older, lists in any order. It ends as in a
//! prompt region, with the same creates and deletes, and calls nobody for what was only late.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use serde_json::Value;
use sixshift_tests::binary;

/// How a demo ended.
struct Ended {
    code: i32,
    report: Value,
}

fn demo(scenario: &str, services: &str, lag: &[&str]) -> Ended {
    let binary = binary().unwrap_or_else(|e| panic!("{e}"));
    let mut command = Command::new(binary);
    command
        .args(["demo", "--speed", "max", "--timeout", "4d", "-o", "json"])
        .args(["--scenario", scenario, "--services", services])
        .args(lag);
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.is_empty(), "{errors}");
    Ended {
        code: output.status.code().unwrap(),
        report: serde_json::from_slice(&output.stdout).unwrap(),
    }
}

impl Ended {
    fn plans(&self) -> impl Iterator<Item = &Value> {
        self.report["plans"].as_array().unwrap().iter()
    }

    /// Where each plan stands, and what for.
    fn standing(&self) -> Vec<(String, String)> {
        let text = |plan: &Value, key: &str| plan[key].as_str().unwrap().to_owned();
        self.plans()
            .map(|plan| (text(plan, "name"), text(plan, "phase")))
            .collect()
    }

    /// What AWS accepted that makes or deletes something. Bounds, policies and schedules are set, by name: setting them
    /// again, as after a lost answer, makes nothing.
    fn made(&self) -> BTreeMap<String, u64> {
        let accepted = self.report["accepted"].as_object().unwrap().iter();
        let makes = |name: &str| {
            let operation = name.rsplit(':').next().unwrap_or(name);
            operation != "RegisterScalableTarget"
                && ["Create", "Delete", "Register", "Deregister"]
                    .iter()
                    .any(|verb| operation.starts_with(verb))
        };
        accepted
            .filter(|(name, _)| makes(name))
            .map(|(name, n)| (name.clone(), n.as_u64().unwrap()))
            .collect()
    }

    /// What people were called for. How often depends on the moments of looks, where tasks come and go for ever.
    fn called(&self) -> BTreeSet<&str> {
        let calls = self.plans().flat_map(|p| p["called"].as_array().unwrap());
        calls.map(|call| call["on"].as_str().unwrap()).collect()
    }

    fn failed_requests(&self) -> u64 {
        // Of a service without a load balancer none is counted.
        self.plans()
            .filter_map(|p| p["requests"]["failed"].as_u64())
            .sum()
    }
}

/// Where a call may have its effect and an error for an answer.
const LOSES_ANSWERS: [&str; 1] = ["flaky-api"];

/// A delete whose answer was lost is asked again where the effect is not seen yet: AWS takes it, and nothing more is deleted.
fn deletes_once(mut made: BTreeMap<String, u64>) -> BTreeMap<String, u64> {
    for (name, times) in &mut made {
        if name.contains(":Delete") {
            *times = 1;
        }
    }
    made
}

fn ends_the_same(scenario: &str, services: &str) {
    let (prompt, late) = (
        demo(scenario, services, &[]),
        demo(scenario, services, &["--lag"]),
    );
    assert_eq!(late.code, prompt.code, "{scenario}: {}", late.report);
    assert_eq!(late.standing(), prompt.standing(), "{scenario}");
    let made = |ended: &Ended| match LOSES_ANSWERS.contains(&scenario) {
        true => deletes_once(ended.made()),
        false => ended.made(),
    };
    assert_eq!(made(&late), made(&prompt), "{scenario}");
    assert_eq!(late.called(), prompt.called(), "{scenario}");
    if prompt.failed_requests() == 0 {
        assert_eq!(late.failed_requests(), 0, "{scenario}");
    }
    // Nothing is late where nothing is written; or nothing was late at all.
    if prompt.made().is_empty() {
        return;
    }
    let calls = |ended: &Ended| {
        let calls = ended.report["apiCalls"].as_object().unwrap().values();
        calls.map(|n| n.as_u64().unwrap()).sum::<u64>()
    };
    assert!(calls(&late) != calls(&prompt), "{scenario}");
}

macro_rules! the_same {
    ($($name:ident: $scenario:literal $services:literal),* $(,)?) => {
        $(#[test]
        fn $name() {
            ends_the_same($scenario, $services);
        })*
    };
}

the_same! {
    healthy_is_done_in_a_late_region: "healthy" "1",
    binds_ipv4_only_stays_at_weight_0_in_a_late_region: "binds-ipv4-only" "1",
    ipv4_literal_is_taken_back_in_a_late_region: "ipv4-literal" "1",
    slow_nat64_is_taken_back_in_a_late_region: "slow-nat64" "1",
    degrades_in_bake_is_taken_back_in_a_late_region: "degrades-in-bake" "1",
    breaks_above_25_is_taken_back_in_a_late_region: "breaks-above-25" "1",
    many_routes_move_together_in_a_late_region: "many-routes" "1",
    deploy_midway_is_followed_in_a_late_region: "deploy-midway" "1",
    outside_edit_calls_a_person_in_a_late_region_too: "outside-edit" "1",
    low_traffic_asks_a_person_as_often_in_a_late_region: "low-traffic" "1",
    throttled_region_is_done_when_it_is_late_as_well: "throttled-region" "1",
    alarm_takes_the_traffic_back_in_a_late_region: "alarm" "1",
    flaky_api_makes_nothing_twice_in_a_late_region: "flaky-api" "1",
    big_fleet_is_done_in_a_late_region: "big-fleet" "2",
    mended_later_goes_on_in_a_late_region: "mended-later" "1",
    bad_revision_waits_for_a_person_in_a_late_region: "bad-revision" "1",
    growing_load_is_carried_in_a_late_region: "growing-load" "1",
    cross_zone_off_is_done_in_a_late_region: "cross-zone-off" "1",
    grpc_is_taken_back_in_a_late_region: "grpc" "1",
    resting_alarm_is_no_hindrance_in_a_late_region: "resting-alarm" "1",
    step_scaling_waits_for_its_alarm_in_a_late_region: "step-scaling" "1",
    ipv4_allow_list_is_taken_back_in_a_late_region: "ipv4-allow-list" "1",
    iac_reapply_is_set_right_in_a_late_region: "iac-reapply" "1",
    twin_deleted_is_taken_back_in_a_late_region: "twin-deleted" "1",
    stuck_deploy_calls_a_person_in_a_late_region: "stuck-deploy" "1",
    ipv4_sick_is_named_in_a_late_region: "ipv4-sick" "1",
    consumers_beside_a_load_balancer_move_in_a_late_region: "registry-beside" "1",
    what_writes_no_more_errors_is_done_in_a_late_region: "log-lines" "1",
    what_writes_errors_is_taken_back_in_a_late_region: "log-lines-bad" "1",
    a_worker_moves_in_place_in_a_late_region: "worker-in-place" "1",
    a_bad_worker_is_not_touched_in_a_late_region: "worker-in-place-bad" "1",
    a_worker_that_nobody_watches_moves_in_a_late_region: "worker-in-place-late" "1",
    queue_workers_move_in_a_late_region: "queue-workers" "1",
    bad_queue_workers_are_not_touched_in_a_late_region: "queue-workers-bad" "1",
    tasks_move_some_at_a_time_in_a_late_region: "task-count" "1",
    bad_tasks_are_taken_back_in_a_late_region: "task-count-bad" "1",
    what_is_offered_through_service_connect_moves_in_a_late_region: "service-connect" "1",
    one_that_the_proxy_does_not_reach_is_not_touched_in_a_late_region: "service-connect-bad" "1",
    consumers_of_a_registry_move_in_a_late_region: "cloud-map" "1",
    a_bad_twin_leaves_its_registry_in_a_late_region: "cloud-map-bad" "1",
    a_daemon_service_moves_in_a_late_region: "daemon" "1",
    clients_of_an_nlb_are_led_over_in_a_late_region: "nlb-tcp" "1",
    a_bad_release_behind_an_nlb_is_taken_back_in_a_late_region: "nlb-tcp-bad" "1",
    datagrams_are_left_alone_in_a_late_region: "nlb-udp" "1",
    customers_follow_the_tasks_in_a_late_region: "in-place-behind" "1",
    a_bad_release_behind_its_load_balancer_is_taken_back_in_a_late_region: "in-place-behind-bad" "1",
    requests_through_vpc_lattice_are_led_over_in_a_late_region: "lattice" "1",
    a_bad_release_behind_vpc_lattice_is_taken_back_in_a_late_region: "lattice-bad" "1",
}

#[test]
fn every_scenario_has_its_run_in_a_late_region() {
    let binary = binary().unwrap_or_else(|e| panic!("{e}"));
    let listed = Command::new(binary)
        .args(["demo", "--scenario", "list"])
        .output()
        .unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let names = listed.lines().filter_map(|l| l.split_whitespace().next());
    let here = include_str!("late.rs");
    for name in names.filter(|name| *name != "mix") {
        assert!(here.contains(&format!(": \"{name}\" \"")), "{name}");
    }
}

#[test]
fn the_same_seed_is_late_in_the_same_way_byte_for_byte() {
    let told = || {
        let mut report = demo("flaky-api", "1", &["--lag=5"]).report;
        report["wallSeconds"] = Value::Null;
        report.to_string()
    };
    assert_eq!(told(), told());
}
