//! Each scenario as a story that a person can read: the demo's own lines, kept beside this file.
//!
//! The stories are the same in every run; only the wall time, which is cut off here, differs. Each ends with a quarter of
//! an hour of rounds that changed nothing.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

use std::process::Command;

use serde_json::Value;
use sixshift_tests::binary;

/// Golden files stay readable.
const MOST_LINES: usize = 200;

struct Told {
    code: i32,
    text: String,
}

/// What customers of a story's one service saw.
#[derive(Debug, PartialEq)]
struct Requests {
    failed: u64,
    all: u64,
    failed_on_ipv6: u64,
}

impl Told {
    /// By the row that tells of the scenario's service at the end.
    fn requests(&self, scenario: &str) -> Requests {
        let (_, end) = self.text.split_once("\nSettled:\n").unwrap();
        let row = end.lines().find(|line| line.contains(scenario)).unwrap();
        let (_, told) = row.split_once(scenario).unwrap();
        let numbers: Vec<u64> = told
            .split_whitespace()
            .filter_map(|word| word.parse().ok())
            .collect();
        let [failed, all, failed_on_ipv6] = numbers[..] else {
            panic!("{row}")
        };
        Requests {
            failed,
            all,
            failed_on_ipv6,
        }
    }

    /// How many lines of the story say so.
    fn times(&self, what: &str) -> usize {
        self.text.lines().filter(|line| line.contains(what)).count()
    }

    /// Nobody's request failed.
    fn nobody_was_failed(&self, scenario: &str) {
        let seen = self.requests(scenario);
        assert!(
            seen.failed == 0 && seen.failed_on_ipv6 == 0 && seen.all > 100,
            "{seen:?}\n{}",
            self.text
        );
    }
}

fn demo(arguments: &[&str]) -> Told {
    let binary = binary().unwrap_or_else(|e| panic!("{e}"));
    let mut command = Command::new(binary);
    command
        .args([
            "demo",
            "--speed",
            "max",
            "--timeout",
            "4d",
            "--listen",
            "off",
        ])
        .args(arguments);
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.is_empty(), "{errors}");
    Told {
        code: output.status.code().unwrap(),
        text: String::from_utf8(output.stdout).unwrap(),
    }
}

/// The story of one service, without what the wall clock says.
fn story(scenario: &str) -> Told {
    let mut told = demo(&["--scenario", scenario, "--services", "1"]);
    let end = told.text.rfind(" of the region's time in").unwrap();
    told.text.truncate(end);
    assert!(told.text.lines().count() < MOST_LINES);
    assert!(
        told.text.contains("One more round changes nothing"),
        "{}",
        told.text
    );
    told
}

fn report(args: &[&str]) -> Value {
    let told = demo(&[args, &["-o", "json"]].concat());
    serde_json::from_str(&told.text).unwrap()
}

fn completes_without_a_failed_request(scenario: &str) -> String {
    let told = story(scenario);
    assert_eq!(told.code, 0, "{}", told.text);
    told.nobody_was_failed(scenario);
    assert!(told.text.contains("Done: all traffic is on IPv6."));
    // The twin is made once, and what it replaces is deleted once.
    assert_eq!(told.times(" create service "), 1, "{}", told.text);
    assert_eq!(told.times(" delete service "), 1, "{}", told.text);
    told.text
}

fn is_rolled_back(scenario: &str) -> String {
    let told = story(scenario);
    assert_eq!(told.code, 4, "{}", told.text);
    assert!(told.text.contains("All traffic is on IPv4."));
    // Nothing is deleted, and what failed failed on IPv6: going back costs nobody a request.
    assert_eq!(told.times(" delete "), 0, "{}", told.text);
    let seen = told.requests(scenario);
    assert_eq!(seen.failed, seen.failed_on_ipv6, "{}", told.text);
    told.text
}

#[test]
fn healthy_bakes_for_a_day_and_is_done() {
    insta::assert_snapshot!(completes_without_a_failed_request("healthy"));
}

#[test]
fn binds_ipv4_only_never_gets_a_request() {
    let told = story("binds-ipv4-only");
    assert_eq!(told.code, 6);
    told.nobody_was_failed("binds-ipv4-only");
    insta::assert_snapshot!(told.text);
}

#[test]
fn ipv4_literal_is_taken_back() {
    insta::assert_snapshot!(is_rolled_back("ipv4-literal"));
}

#[test]
fn slow_nat64_is_taken_back_though_it_is_under_the_fixed_limit() {
    insta::assert_snapshot!(is_rolled_back("slow-nat64"));
}

#[test]
fn degrades_in_bake_is_taken_back_from_all_of_it() {
    insta::assert_snapshot!(is_rolled_back("degrades-in-bake"));
}

#[test]
fn breaks_above_25_is_taken_back() {
    insta::assert_snapshot!(is_rolled_back("breaks-above-25"));
}

#[test]
fn many_routes_move_together() {
    insta::assert_snapshot!(completes_without_a_failed_request("many-routes"));
}

#[test]
fn deploy_midway_is_followed() {
    insta::assert_snapshot!(completes_without_a_failed_request("deploy-midway"));
}

#[test]
fn outside_edit_holds_for_a_person() {
    let told = story("outside-edit");
    assert_eq!(told.code, 6);
    told.nobody_was_failed("outside-edit");
    // A person's word stands: after the edits nothing moves.
    assert_eq!(told.times("raise IPv6 to 25 %"), 0, "{}", told.text);
    insta::assert_snapshot!(told.text);
}

#[test]
fn low_traffic_asks_a_person() {
    insta::assert_snapshot!(completes_without_a_failed_request("low-traffic"));
}

#[test]
fn throttled_region_only_takes_longer() {
    insta::assert_snapshot!(completes_without_a_failed_request("throttled-region"));
}

#[test]
fn alarm_takes_the_traffic_back() {
    insta::assert_snapshot!(is_rolled_back("alarm"));
}

/// Nobody's request failed, in the row that tells of the scenario's service at the end.
fn nobody_was_failed(scenario: &str) -> String {
    let text = completes_without_a_failed_request(scenario);
    let row = text.lines().rev().find(|line| line.contains(scenario));
    let (_, told) = row.unwrap().split_once(scenario).unwrap();
    assert!(told.trim_start().starts_with("0 of "), "{text}");
    text
}

#[test]
fn growing_load_is_borne_by_a_twin_that_scales_out() {
    insta::assert_snapshot!(nobody_was_failed("growing-load"));
}

#[test]
fn cross_zone_off_is_proven_by_the_zone_that_has_the_canary() {
    insta::assert_snapshot!(nobody_was_failed("cross-zone-off"));
}

#[test]
fn grpc_is_taken_back_by_the_alarm_that_sees_its_failures() {
    let text = is_rolled_back("grpc");
    assert!(
        text.contains("checkout-orders-failed is in ALARM"),
        "{text}"
    );
    insta::assert_snapshot!(text);
}

/// Made by hand, the twin's alarms are its team's: without them it would never scale out.
#[test]
fn step_scaling_waits_for_the_twins_own_alarm() {
    let told = story("step-scaling");
    assert_eq!(told.code, 6, "{}", told.text);
    let finding =
        "no alarm drives the twin's step scaling policy busy, as checkout-busy the original's";
    assert!(told.text.contains(finding), "{}", told.text);
    assert!(!told.text.contains("set IPv6 to 1"), "{}", told.text);
    insta::assert_snapshot!(told.text);
}

#[test]
fn resting_alarm_does_not_hold_what_is_well() {
    insta::assert_snapshot!(nobody_was_failed("resting-alarm"));
}

#[test]
fn lines_of_a_log_take_the_traffic_back_though_every_request_is_answered() {
    let told = story("log-lines-bad");
    assert_eq!(told.code, 4, "{}", told.text);
    assert!(
        told.text.contains("log lines errors-in-log"),
        "{}",
        told.text
    );
    let told = story("log-lines");
    assert_eq!(told.code, 0, "{}", told.text);
}

/// About how many requests come in a second, by all that came in the story's time.
const MOST_A_SECOND: u64 = 80;

#[test]
fn ipv4_allow_list_is_taken_back_at_the_first_step_though_no_5xx_is_seen() {
    let told = story("ipv4-allow-list");
    assert_eq!(told.code, 4, "{}", told.text);
    let seen = told.requests("ipv4-allow-list");
    assert_eq!(seen.failed, seen.failed_on_ipv6);
    // Who was forbidden what he got before: one in a hundred, until metrics tell.
    assert!(seen.failed > 0 && seen.failed < 5 * 60, "{seen:?}");
    assert_eq!(told.times("raise IPv6 to 1 %"), 1);
    assert_eq!(told.times("raise IPv6 to 10 %"), 0);
    assert!(told.text.contains("requests refused with a 4xx on IPv6"));
    insta::assert_snapshot!(told.text);
}

#[test]
fn iac_reapply_in_cold_costs_seconds_and_no_rollback() {
    let told = story("iac-reapply");
    assert_eq!(told.code, 0, "{}", told.text);
    assert_eq!(
        told.times("wrote the routes of checkout as its code has them"),
        1
    );
    assert_eq!(told.times("set IPv6 to 100 % at once"), 1);
    assert_eq!(told.times("note the rollback"), 0);
    assert_eq!(told.times(" delete service checkout"), 1);
    let seen = told.requests("iac-reapply");
    assert!(seen.failed < 60 * MOST_A_SECOND, "{seen:?}");
    insta::assert_snapshot!(told.text);
}

#[test]
fn twin_deleted_at_a_tenth_is_taken_back_and_told_as_that() {
    let told = story("twin-deleted");
    assert_eq!(told.code, 4, "{}", told.text);
    assert!(told.text.contains("Rolled back: the twin is being deleted"));
    let seen = told.requests("twin-deleted");
    assert_eq!(seen.failed, seen.failed_on_ipv6);
    // A tenth of the requests of a minute.
    assert!(seen.failed < 60 * MOST_A_SECOND / 10, "{seen:?}");
    insta::assert_snapshot!(told.text);
}

#[test]
fn stuck_deploy_stops_the_bake_and_calls_a_person() {
    let told = story("stuck-deploy");
    assert_eq!(told.code, 6, "{}", told.text);
    told.nobody_was_failed("stuck-deploy");
    // Nothing goes cold on a deployment that never ends.
    assert_eq!(told.times("scale service checkout to 0"), 0);
    assert!(told.text.contains("end the IPv4 service's deployment"));
    insta::assert_snapshot!(told.text);
}

#[test]
fn ipv4_sick_at_a_tenth_is_not_blamed_on_ipv6() {
    let told = story("ipv4-sick");
    assert_eq!(told.code, 6, "{}", told.text);
    let seen = told.requests("ipv4-sick");
    assert_eq!(seen.failed_on_ipv6, 0, "{seen:?}");
    assert!(
        seen.failed > 0 && seen.failed < 70 * MOST_A_SECOND,
        "{seen:?}"
    );
    assert_eq!(told.times("note the rollback"), 0);
    assert!(told.text.contains("the IPv4 side"));
    insta::assert_snapshot!(told.text);
}

#[test]
fn flaky_api_changes_nothing_for_customers() {
    insta::assert_snapshot!(completes_without_a_failed_request("flaky-api"));
}

#[test]
fn the_same_seed_gives_the_same_report_byte_for_byte() {
    let told = |args: &[&str]| {
        let mut report = report(args);
        report["wallSeconds"] = Value::Null;
        report.to_string()
    };
    let flaky = ["--scenario", "flaky-api", "--services", "1"];
    assert_eq!(told(&flaky), told(&flaky));
    // Many plans that wait for one another's calls.
    let fleet = ["--scenario", "big-fleet", "--services", "8"];
    assert_eq!(told(&fleet), told(&fleet));
}

#[test]
fn a_report_shows_what_failed_and_that_ipv4_has_everything() {
    let report = report(&["--scenario", "ipv4-literal", "--services", "1"]);
    assert_eq!(report["apiVersion"], "sixshift/v1");
    assert_eq!(report["kind"], "DemoReport");
    assert_eq!(report["settled"], true);
    let plan = &report["plans"][0];
    assert_eq!(plan["phase"], "RolledBack");
    assert_eq!(plan["shares"]["observed"], 0.0);
    assert!(plan["requests"]["failedOnIpv6"].as_u64().unwrap() > 0);
    assert_eq!(plan["requests"]["failed"], plan["requests"]["failedOnIpv6"]);
    assert!(report["apiCalls"]["ecs:DescribeServices"].as_u64().unwrap() > 0);
}

/// Twenty of its two hundred services, on two load balancers: what each came to, for the whole story has a thousand lines.
/// How many requests there were depends on how long it took, to a second.
#[test]
fn big_fleet_is_done_with_all_its_services() {
    let told = demo(&["--scenario", "big-fleet", "--services", "20"]);
    assert_eq!(told.code, 0, "{}", told.text);
    let (_, end) = told.text.split_once("\nSettled:\n").unwrap();
    assert!(end.contains("One more round changes nothing"), "{end}");
    let rows = end.lines().take_while(|line| !line.is_empty());
    let words = |row: &str| {
        let failed = row.split_once("big-fleet").unwrap().1.trim_start();
        let (failed, _) = failed.split_once(" of ").unwrap();
        let row: Vec<&str> = row.split_whitespace().take(2).collect();
        format!("{} {}, {failed} failed", row[0], row[1])
    };
    let rows: Vec<String> = rows.map(words).collect();
    insta::assert_snapshot!(rows.join("\n"));
}
