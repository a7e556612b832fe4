//! `sixshift rehearse` over a region that stands for the live side: the plan goes in the copy as it goes in the region itself, each
//! fault ends as it must, and the live side is read alone.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

use std::{
    collections::BTreeSet,
    fs,
    path::PathBuf,
    process::{Command, Output, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::Duration,
};

use serde_json::Value;
use sixshift_tests::{Server, binary, control, in_region, without_people};

/// A live side with its plans, and a folder that goes with the test.
struct Live {
    region: Server,
    plans: PathBuf,
}

impl Live {
    fn new(scenario: &str, services: &str) -> Self {
        let live = Self::with_people(scenario, services);
        without_people(&live.plans).expect("the plans can be written");
        live
    }

    /// The same with plans that ask for approvals.
    fn with_people(scenario: &str, services: &str) -> Self {
        static LIVES: AtomicU32 = AtomicU32::new(0);
        let number = LIVES.fetch_add(1, Ordering::Relaxed);
        let name = format!("sixshift-rehearse-{}-{number}", std::process::id());
        let plans = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&plans);
        let mut sim = Command::new(binary().expect("the binary is built"));
        sim.args(["sim", "--listen", "127.0.0.1:0", "--scenario", scenario])
            .args(["--services", services, "--write-plans"])
            .arg(&plans);
        let region = Server::announced(&mut sim).expect("the region runs");
        Self { region, plans }
    }

    /// Rehearses its plans; nothing may have been written to it by that.
    fn rehearse(&self, arguments: &[&str]) -> Output {
        let before = self.written();
        let mut command = Command::new(binary().expect("the binary is built"));
        let output = in_region(&mut command, &self.region.url)
            .args(["rehearse", "-o", "json", "--sim-clock", &self.region.url])
            .arg(&self.plans)
            .args(arguments)
            .output()
            .expect("it runs");
        assert_eq!(self.written(), before, "the live side is read alone");
        output
    }

    fn goes_at(&self, rate: u32) {
        let body = format!(r#"{{"rate":{rate}}}"#);
        control(&self.region.url, "POST", "clock", &body).expect("it goes on");
    }

    fn counters(&self) -> Value {
        let counters = control(&self.region.url, "GET", "counters", "").expect("it answers");
        serde_json::from_str(&counters).expect("JSON")
    }

    /// What changed it; whoever borrows a role changes nothing.
    fn written(&self) -> String {
        let mut counters = self.counters();
        let accepted = counters["accepted"].as_object_mut().expect("an object");
        accepted.remove("sts:AssumeRole");
        counters["accepted"].to_string()
    }

    /// What the live side was asked.
    fn asked(&self) -> BTreeSet<String> {
        let counters = self.counters();
        let calls = counters["calls"].as_object().expect("an object").keys();
        calls.cloned().collect()
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.plans);
    }
}

/// Of a report's only rehearsal: each plan's name, phase and failed requests, the latter `None` where none are counted.
fn ends(report: &Value) -> Vec<(String, String, Option<u64>)> {
    let end = |plan: &Value| {
        let text = |member: &str| plan[member].as_str().expect("text").to_owned();
        (
            text("name"),
            text("phase"),
            plan["requests"]["failed"].as_u64(),
        )
    };
    plans(report).iter().map(end).collect()
}

fn json(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}{errors}"))
}

fn plans(report: &Value) -> &Vec<Value> {
    report["rehearsals"][0]["plans"].as_array().expect("plans")
}

fn texts(list: &Value, member: &str) -> Vec<String> {
    let items = list.as_array().expect("a list").iter();
    let texts = items.filter_map(|item| item[member].as_str());
    texts.map(str::to_owned).collect()
}

fn number(value: &Value) -> u64 {
    value.as_u64().expect("a number")
}

/// What a demo does with the same region, plan by plan.
fn demo(scenario: &str, services: &str) -> Vec<(String, Vec<String>)> {
    let output = Command::new(binary().expect("the binary is built"))
        .args(["demo", "--scenario", scenario, "--services", services])
        .args(["--speed", "max", "--until-settled", "-o", "json"])
        .output()
        .expect("it runs");
    let report = json(&output);
    let plans = report["plans"].as_array().expect("plans").iter();
    let steps = |plan: &Value| {
        let name = plan["name"].as_str().expect("a name").to_owned();
        (name, texts(&plan["actions"], "name"))
    };
    plans.map(steps).collect()
}

/// Every call of a plan's future, by `sixshift plan`.
fn foreseen(live: &Live) -> BTreeSet<String> {
    let mut command = Command::new(binary().expect("the binary is built"));
    let output = in_region(&mut command, &live.region.url)
        .args(["plan", "-o", "json", "--sim-clock", &live.region.url])
        .arg(&live.plans)
        .output()
        .expect("it runs");
    let report = json(&output);
    let plans = report["plans"].as_array().expect("plans").iter();
    plans
        .flat_map(|plan| texts(&plan["ahead"], "call"))
        .collect()
}

#[test]
fn two_services_go_in_the_copy_as_they_go_in_the_region_itself() {
    let live = Live::new("mix", "2");
    let output = live.rehearse(&[]);
    let report = json(&output);
    assert_eq!(output.status.code(), Some(0), "{report:#}");
    let mut calls = BTreeSet::new();
    for (plan, (name, steps)) in plans(&report).iter().zip(demo("mix", "2")) {
        assert_eq!(plan["name"], name);
        assert_eq!(plan["phase"], "Done", "{plan:#}");
        assert_eq!(texts(&plan["actions"], "name"), steps, "{name}");
        assert_eq!(plan["requests"]["failed"], 0, "{name}");
        assert!(number(&plan["requests"]["total"]) > 100_000, "{name}");
        calls.extend(texts(&plan["timeline"], "call"));
    }
    assert_eq!(calls, foreseen(&live), "the calls that `plan` foresees");
    let asked = live.asked();
    let is_read = |call: &&String| {
        let name = call.split_once(':').map_or("", |(_, name)| name);
        ["Describe", "Get", "List"]
            .iter()
            .any(|verb| name.starts_with(verb))
    };
    assert!(asked.iter().all(|call| is_read(&call)), "{asked:?}");
    let not_copied = texts(&report["rehearsals"][0]["notCopied"], "what");
    let says = |what: &str| not_copied.iter().any(|lack| lack.contains(what));
    for what in [
        "certificates",
        "web ACL",
        "its images",
        "the client's secret",
        "which of its 3 routes",
    ] {
        assert!(says(what), "{what}: {not_copied:#?}");
    }
}

#[test]
fn what_is_told_has_the_live_sides_names() {
    let live = Live::new("mix", "1");
    let text = fs::read_to_string(live.plans.join("checkout.yaml")).expect("a plan");
    let subnet = text
        .lines()
        .find_map(|l| l.trim().strip_prefix("- subnet-"));
    let subnet = format!("subnet-{}", subnet.expect("a subnet"));
    let output = live.rehearse(&["--fault", "binds-ipv4-only", "--timeout", "2h"]);
    let told = String::from_utf8_lossy(&output.stdout);
    let ids: BTreeSet<&str> = told
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        .filter(|word| word.starts_with("subnet-"))
        .collect();
    assert!(
        ids.iter().all(|id| text.contains(id)),
        "{ids:?} beside {subnet}"
    );
}

#[test]
fn a_bad_release_goes_back_and_says_what_it_cost() {
    let live = Live::new("mix", "1");
    for (fault, code) in [("ipv4-literal", 4), ("slow-nat64", 4)] {
        let output = live.rehearse(&["--fault", fault]);
        let report = json(&output);
        assert_eq!(output.status.code(), Some(code), "{fault}: {report:#}");
        assert_eq!(report["fault"], fault);
        let plan = &plans(&report)[0];
        let back = &plan["wayBack"];
        assert!(back["share"].as_f64().expect("a share") >= 1.0, "{back:#}");
        assert!(
            back["afterSeconds"].as_i64().expect("seconds") > 0,
            "{back:#}"
        );
        let seen = &plan["requests"];
        assert_eq!(
            seen["failed"], seen["failedOnIpv6"],
            "IPv4 is unharmed by {fault}"
        );
        let failed = number(&seen["failed"]);
        assert!(number(&back["requests"]["failed"]) <= failed);
        assert_eq!(failed > 0, fault == "ipv4-literal", "{fault}: {seen}");
    }
}

#[test]
fn one_that_listens_on_ipv4_alone_gets_no_customer() {
    let live = Live::new("mix", "1");
    let output = live.rehearse(&["--fault", "binds-ipv4-only"]);
    let report = json(&output);
    assert_eq!(output.status.code(), Some(6), "{report:#}");
    let plan = &plans(&report)[0];
    assert_eq!(plan["requests"]["failed"], 0);
    assert_eq!(plan["wayBack"], Value::Null);
    let shares = plan["shareHistory"].as_array().expect("shares");
    assert!(
        shares.iter().all(|point| point["observed"] == 0.0),
        "{shares:?}"
    );
}

#[test]
fn a_lost_zone_costs_requests_and_throttling_costs_time() {
    let live = Live::new("mix", "1");
    let report = json(&live.rehearse(&["--fault", "zone-lost"]));
    let plan = &plans(&report)[0];
    assert!(number(&plan["requests"]["failed"]) > 0, "{plan:#}");
    let said = texts(&plan["timeline"], "text");
    assert!(
        said.iter().any(|text| text.contains("is lost")),
        "{said:#?}"
    );
    let output = live.rehearse(&["--fault", "throttling"]);
    let report = json(&output);
    assert_eq!(output.status.code(), Some(0), "{report:#}");
    assert_eq!(plans(&report)[0]["requests"]["failed"], 0);
}

/// What befalls one service befalls each of a call, and in each it is noticed.
#[test]
fn each_fault_befalls_several_services_of_a_call() {
    let live = Live::new("big-fleet", "3");
    for (fault, code) in [
        ("ipv4-literal", 4),
        ("slow-nat64", 4),
        ("binds-ipv4-only", 6),
        ("zone-lost", 4),
        ("throttling", 0),
    ] {
        let output = live.rehearse(&["--fault", fault]);
        let report = json(&output);
        let ends = ends(&report);
        assert_eq!(output.status.code(), Some(code), "{fault}: {ends:?}");
        assert_eq!(ends.len(), 3, "{fault}");
        for (plan, (name, phase, failed)) in plans(&report).iter().zip(&ends) {
            let failed = failed.expect("requests are counted");
            let seen = &plan["requests"];
            assert!(number(&seen["total"]) > 0, "{fault}: {name}");
            let expected = match fault {
                "ipv4-literal" => phase == "RolledBack" && failed > 0,
                "slow-nat64" => phase == "RolledBack" && failed == 0,
                "binds-ipv4-only" => phase == "Warm" && failed == 0,
                "zone-lost" => {
                    let said = texts(&plan["timeline"], "text");
                    let lost = said.iter().filter(|text| text.contains("is lost"));
                    phase == "RolledBack" && failed > 0 && lost.count() == 1
                }
                _ => phase == "Done" && failed == 0,
            };
            assert!(expected, "{fault}: {name} {phase} {seen}");
            if fault != "zone-lost" {
                assert_eq!(seen["failed"], seen["failedOnIpv6"], "{fault}: {name}");
            }
            let is_back = phase == "RolledBack";
            assert_eq!(plan["wayBack"].is_object(), is_back, "{fault}: {name}");
        }
    }
}

/// Puts a role in another account beside a plan's service.
fn lent(live: &Live, plan: &str, role: &str) {
    let file = live.plans.join(format!("{plan}.yaml"));
    let text = fs::read_to_string(&file).expect("a plan");
    let lent = text.replacen(
        "    cluster: ",
        &format!("    roleArn: {role}\n    cluster: "),
        1,
    );
    assert_ne!(text, lent, "{text}");
    fs::write(&file, lent).expect("a plan can be written");
}

#[test]
fn a_service_of_another_account_is_read_by_its_role_and_rehearsed_beside_ours() {
    let live = Live::new("mix", "2");
    lent(&live, "catalog", "arn:aws:iam::210987654321:role/sixshift");
    for (fault, code) in [(None, 0), (Some("ipv4-literal"), 4)] {
        let fault = fault.map(|fault| ["--fault", fault]);
        let output = live.rehearse(fault.as_ref().map_or(&[], |given| given.as_slice()));
        let report = json(&output);
        assert_eq!(output.status.code(), Some(code), "{report:#}");
        let rehearsals = report["rehearsals"].as_array().expect("a list");
        let names = rehearsals.iter().map(|r| texts(&r["plans"], "name"));
        let mut names: Vec<String> = names.flatten().collect();
        names.sort();
        assert_eq!(
            (rehearsals.len(), names),
            (2, vec!["catalog".to_owned(), "checkout".to_owned()])
        );
    }
    assert!(
        live.asked().contains("sts:AssumeRole"),
        "{:?}",
        live.asked()
    );
}

#[test]
fn a_worker_is_rehearsed_in_place_with_its_tasks_in_the_place_of_requests() {
    let live = Live::new("worker-in-place", "2");
    let output = live.rehearse(&[]);
    let report = json(&output);
    assert_eq!(output.status.code(), Some(0), "{report:#}");
    for plan in plans(&report) {
        assert_eq!(plan["phase"], "Done", "{plan:#}");
        assert_eq!(plan.get("requests"), None, "none are counted: {plan:#}");
        let tasks = &plan["tasks"];
        assert_eq!(tasks["fewest"], tasks["desired"], "{tasks}");
        let calls = texts(&plan["timeline"], "call");
        assert_eq!(calls.iter().filter(|c| *c == "ecs:RunTask").count(), 1);
        assert_eq!(
            calls.iter().filter(|c| *c == "ecs:UpdateService").count(),
            1
        );
    }
    let calls = plans(&report)
        .iter()
        .flat_map(|p| texts(&p["timeline"], "call"));
    let calls: BTreeSet<String> = calls.collect();
    assert_eq!(calls, foreseen(&live), "the calls that `plan` foresees");
    let not_copied = texts(&report["rehearsals"][0]["notCopied"], "what");
    assert!(
        not_copied.iter().any(|lack| lack.contains("its work")),
        "{not_copied:#?}"
    );
}

#[test]
fn a_plan_that_leaves_its_way_to_the_service_is_rehearsed_on_it() {
    let live = Live::new("worker-in-place", "1");
    let file = live.plans.join("mailer.yaml");
    let text = fs::read_to_string(&file).expect("it can be read");
    let open = text.replace("via: inPlace", "via: auto");
    let open = open.replace("alarms: []", "errorRate: { max: 1% }");
    fs::write(&file, open).expect("it can be written");
    let output = live.rehearse(&[]);
    let report = json(&output);
    assert_eq!(output.status.code(), Some(0), "{report:#}");
    let plan = &plans(&report)[0];
    assert_eq!(plan["phase"], "Done", "{plan:#}");
    let calls = texts(&plan["timeline"], "call");
    assert!(calls.iter().any(|c| c == "ecs:RunTask"), "{calls:?}");
}

#[test]
fn tasks_that_move_some_at_a_time_are_not_rehearsed_and_it_is_said_why() {
    let live = Live::new("task-count", "1");
    let output = live.rehearse(&[]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("nobody gives a copy any"), "{said}");
}

#[test]
fn what_befalls_a_worker_is_what_can_and_the_rest_is_said() {
    let live = Live::new("worker-in-place", "1");
    for (fault, code, phase, befalls) in [
        ("ipv4-literal", 4, "RolledBack", true),
        ("binds-ipv4-only", 0, "Done", false),
        ("slow-nat64", 0, "Done", false),
        ("zone-lost", 0, "Done", true),
        ("throttling", 0, "Done", true),
    ] {
        let output = live.rehearse(&["--fault", fault]);
        let report = json(&output);
        assert_eq!(output.status.code(), Some(code), "{fault}: {report:#}");
        let plan = &plans(&report)[0];
        assert_eq!(plan["phase"], phase, "{fault}: {plan:#}");
        let not_copied = texts(&report["rehearsals"][0]["notCopied"], "what");
        let is_said = not_copied.iter().any(|lack| lack.contains(fault));
        assert_eq!(is_said, !befalls, "{fault}: {not_copied:#?}");
        let tasks = &plan["tasks"];
        let fewer = tasks["fewest"] != tasks["desired"];
        assert_eq!(fewer, fault == "zone-lost", "{fault}: {tasks}");
    }
}

#[test]
fn a_daemon_has_machines_of_the_copys_own_and_it_is_said_so() {
    let live = Live::new("daemon", "1");
    let output = live.rehearse(&[]);
    let report = json(&output);
    assert_eq!(output.status.code(), Some(0), "{report:#}");
    assert_eq!(plans(&report)[0]["tasks"]["desired"], 3, "{report:#}");
    let not_copied = texts(&report["rehearsals"][0]["notCopied"], "what");
    assert!(
        not_copied
            .iter()
            .any(|lack| lack.contains("its container instances")),
        "{not_copied:#?}"
    );
}

#[test]
fn a_worker_that_has_moved_is_rehearsed_by_what_ran_before() {
    let live = Live::new("worker-in-place", "1");
    live.goes_at(600);
    let mut run = Command::new(binary().expect("the binary is built"));
    let output = in_region(&mut run, &live.region.url)
        .args(["run", "--until-settled", "--sim-clock", &live.region.url])
        .arg("--plans")
        .arg(&live.plans)
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(0), "it has moved");
    live.goes_at(1);
    let output = live.rehearse(&[]);
    let report = json(&output);
    assert_eq!(output.status.code(), Some(0), "{report:#}");
    let plan = &plans(&report)[0];
    let calls = texts(&plan["timeline"], "call");
    assert_eq!(
        calls.iter().filter(|c| *c == "ecs:UpdateService").count(),
        1
    );
    let not_copied = texts(&report["rehearsals"][0]["notCopied"], "what");
    assert!(
        not_copied
            .iter()
            .any(|lack| lack.contains("subnets already")),
        "{not_copied:#?}"
    );
}

#[test]
fn a_quiet_service_asks_somebody_where_it_has_too_few_requests() {
    let live = Live::with_people("low-traffic", "1");
    let output = live.rehearse(&["--timeout", "2h"]);
    let report = json(&output);
    assert_eq!(output.status.code(), Some(5), "{report:#}");
    let plan = &plans(&report)[0];
    let waited: Vec<&Value> = plan["timeline"]
        .as_array()
        .expect("a timeline")
        .iter()
        .collect();
    let waits = |event: &&&Value| {
        event["text"]
            .as_str()
            .is_some_and(|t| t.contains("too few requests"))
    };
    assert!(waited.iter().any(|e| waits(&e)), "{plan:#}");
    assert_eq!(plan["requests"]["failed"], 0);
}

#[test]
fn what_may_not_be_read_is_not_copied_or_ends_it() {
    let live = Live::new("mix", "1");
    let deny = |actions: &str| {
        let policy = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"*","Resource":"*"}},
            {{"Effect":"Deny","Action":[{actions}],"Resource":"*"}}]}}"#
        );
        control(&live.region.url, "POST", "policy", &policy).expect("it is held");
    };
    deny(r#""ec2:DescribeNetworkAcls""#);
    let output = live.rehearse(&["--timeout", "5m"]);
    let report = json(&output);
    assert_eq!(output.status.code(), Some(5), "time is up: {report:#}");
    let lacks = texts(&report["rehearsals"][0]["notCopied"], "what");
    let told = lacks
        .iter()
        .any(|l| l.starts_with("network ACLs") && l.contains("ec2:DescribeNetworkAcls"));
    assert!(told, "{lacks:#?}");
    deny(r#""ecs:DescribeTaskDefinition""#);
    let output = live.rehearse(&[]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("ecs:DescribeTaskDefinition"), "{said}");
}

#[test]
fn a_plan_with_mistakes_and_an_unknown_fault_begin_nothing() {
    let live = Live::new("mix", "1");
    let output = live.rehearse(&["--fault", "earthquake"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(64), "{said}");
    for name in [
        "ipv4-literal",
        "binds-ipv4-only",
        "slow-nat64",
        "zone-lost",
        "throttling",
    ] {
        assert!(said.contains(name), "{said}");
    }
    fs::write(live.plans.join("broken.yaml"), "kind: MigrationPlan\n").expect("a file");
    let output = live.rehearse(&[]);
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(json(&output)["kind"], "LintReport");
    assert!(live.asked().is_empty(), "{:?}", live.asked());
}

#[test]
fn one_that_is_under_way_is_rehearsed_from_its_beginning_and_says_so() {
    let live = Live::new("mix", "1");
    live.goes_at(600);
    let mut run = Command::new(binary().expect("the binary is built"));
    let output = in_region(&mut run, &live.region.url)
        .args(["run", "--until-settled", "--timeout", "25m"])
        .args(["--sim-clock", &live.region.url, "--plans"])
        .arg(&live.plans)
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(5), "it is under way");
    live.goes_at(1);
    let output = live.rehearse(&[]);
    let report = json(&output);
    assert_eq!(output.status.code(), Some(0), "{report:#}");
    let first = &plans(&report)[0]["timeline"][0];
    assert_eq!(
        first["call"], "elasticloadbalancing:CreateTargetGroup",
        "{first:#}"
    );
    let not_copied = texts(&report["rehearsals"][0]["notCopied"], "what");
    assert!(
        not_copied.iter().any(|lack| lack.contains("IPv6 twin")),
        "{not_copied:#?}"
    );
}

/// Told to stop as soon as the live side is asked no more: the copy is being made, or plays.
#[test]
fn whoever_stops_it_while_it_plays_is_told_how_far_it_came() {
    let live = Live::new("big-fleet", "20");
    let mut command = Command::new(binary().expect("the binary is built"));
    let plays = in_region(&mut command, &live.region.url)
        .args(["rehearse", "-o", "json", "--sim-clock", &live.region.url])
        .arg(&live.plans)
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let calls = || live.counters()["calls"].to_string();
    let mut before = calls();
    loop {
        thread::sleep(Duration::from_secs(1));
        let now = calls();
        if now == before && now.len() > 2 {
            break;
        }
        before = now;
    }
    let id = plays.id().to_string();
    let done = Command::new("kill").args(["-INT", &id]).status();
    assert!(done.expect("kill runs").success());
    let output = plays.wait_with_output().expect("it ends");
    let report = json(&output);
    assert_eq!(output.status.code(), Some(130), "{report:#}");
    assert_eq!(report["settled"], false, "{report:#}");
    assert_eq!(plans(&report).len(), 20);
}

#[test]
fn what_cannot_be_rehearsed_says_why_and_what_to_do() {
    let live = Live::new("mix", "1");
    let told = |arguments: &[&str]| {
        let mut command = Command::new(binary().expect("the binary is built"));
        let output = in_region(&mut command, &live.region.url)
            .arg("rehearse")
            .args(arguments)
            .output()
            .expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), said)
    };
    let (code, said) = told(&["/nowhere/plans"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("/nowhere/plans"), "{said}");
    let (code, said) = told(&["--cluster", "prod"]);
    assert_eq!(code, Some(64), "{said}");
    assert!(said.contains("sixshift init --cluster prod"), "{said}");
    let file = live.plans.join("checkout.yaml");
    let text = fs::read_to_string(&file).expect("a plan");
    fs::write(&file, text.replacen("name: checkout\n", "name: ghost\n", 2)).expect("a file");
    let (code, said) = told(&[&file.to_string_lossy()]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("ghost"), "{said}");
}

/// A live side that takes every call and answers none, as a firewall has it.
#[test]
fn whoever_stops_it_while_it_reads_is_told_so_and_nothing_is_left() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", silent.local_addr().expect("its address"));
    let plan = std::env::temp_dir().join(format!("sixshift-unread-{}.yaml", std::process::id()));
    let text = "apiVersion: sixshift/v1\nkind: MigrationPlan\nmetadata: { name: checkout }\nspec:\n  \
         service: { region: eu-central-1, cluster: prod, name: checkout }\n  \
         ipv6: { subnets: [subnet-0a1b2c3d4e5f60718, subnet-0b1b2c3d4e5f60718] }\n  \
         shift: { steps: [{ weight: 10%, hold: 5m }, { weight: 100% }], bake: 15m }\n  health: { errorRate: { max: 1% } }\n";
    fs::write(&plan, text).expect("the plan can be written");
    let mut command = Command::new(binary().expect("the binary is built"));
    let mut reads = in_region(&mut command, &url)
        .arg("rehearse")
        .arg(&plan)
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    silent.set_nonblocking(true).expect("it waits for nobody");
    let _asked = loop {
        if let Ok((asked, _)) = silent.accept() {
            break asked;
        }
        let ended = reads.try_wait().expect("it can be looked at");
        assert!(ended.is_none(), "it ended before it asked: {ended:?}");
        thread::sleep(Duration::from_millis(20));
    };
    let id = reads.id().to_string();
    let done = Command::new("kill").args(["-INT", &id]).status();
    assert!(done.expect("kill runs").success());
    let output = reads.wait_with_output().expect("it ends");
    let _ = fs::remove_file(&plan);
    let told = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(130), "{told}");
    assert_eq!(
        told,
        "Stopped while it was read; nothing was changed in AWS.\n"
    );
}
