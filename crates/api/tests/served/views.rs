//! What the API says of a plan, against what the status says.

use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::Value;
use sixshift_controller::{FleetView, PlanView, Standing};
use sixshift_core::{
    plan::Diagnostics,
    status::{Health, Runbook, Status, WaitingOn},
};

use super::{
    fleet::{Running, until_it_waits},
    served::open,
};

fn plan(running: &Running) -> Value {
    running
        .served
        .get(&format!("/api/v1/plans/{}", running.plan))
        .json()
}

fn gates(plan: &Value) -> Vec<(String, String)> {
    let gates = plan["gates"].as_array().unwrap().iter();
    let text = |gate: &Value, key: &str| gate[key].as_str().unwrap().to_owned();
    gates.map(|g| (text(g, "name"), text(g, "state"))).collect()
}

fn nodes<'a>(node: &'a Value, kind: &str, found: &mut Vec<&'a Value>) {
    if node["kind"] == kind {
        found.push(node);
    }
    for child in node["children"].as_array().unwrap() {
        nodes(child, kind, found);
    }
}

#[test]
fn what_lies_ahead_begins_with_the_gate_that_a_plan_waits_at_and_ends_with_the_ipv4_side() {
    let running = until_it_waits("healthy");
    let path = format!("/api/v1/plans/{}/foresight", running.plan);
    let ahead = running.served.get(&path).json();
    assert_eq!(ahead["outcome"], "changes", "{ahead}");
    let steps = ahead["ahead"].as_array().unwrap();
    assert_eq!(
        (&steps[0]["kind"], &steps[0]["gate"]),
        (&"gate".into(), &"step:2".into())
    );
    let calls: Vec<&Value> = steps.iter().filter(|s| s["kind"] == "call").collect();
    let numbers = calls.iter().map(|call| call["number"].as_u64());
    assert!(numbers.eq((1..=calls.len() as u64).map(Some)));
    assert_eq!(
        calls.last().unwrap()["call"],
        "elasticloadbalancing:DeleteTargetGroup"
    );
    // What was made already is no news, and what will be gone is named.
    let there = |list: &str, kind: &str| {
        let things = ahead["account"][list].as_array().unwrap();
        things.iter().any(|thing| thing["kind"] == kind)
    };
    assert!(
        !there("made", "service") && there("gone", "service"),
        "{ahead}"
    );
    assert_eq!(
        running.served.get("/api/v1/plans/other/foresight").status,
        404
    );
}

#[test]
fn a_plan_that_waits_for_an_approval_has_exactly_that_gate_closed() {
    let running = until_it_waits("healthy");
    let plan = plan(&running);
    let gates = gates(&plan);
    let closed: Vec<&str> = gates
        .iter()
        .filter(|(_, s)| s == "closed")
        .map(|(n, _)| n.as_str())
        .collect();
    assert_eq!(closed, ["approval after step 2"], "{gates:?}");
    let open = |name: &str| gates.iter().any(|(n, s)| n == name && s == "open");
    for name in [
        "preflight",
        "routes as applied",
        "IPv6 tasks",
        "error rate",
        "p99 latency",
        "healthy IPv6 hosts",
        "hold of step 2",
    ] {
        assert!(open(name), "{name}: {gates:?}");
    }
    let ahead: Vec<&str> = gates
        .iter()
        .filter(|(_, s)| s == "ahead")
        .map(|(n, _)| n.as_str())
        .collect();
    assert_eq!(
        ahead,
        ["bake", "IPv4 drained", "kept cold", "approval to retire"]
    );
    let approval = plan["gates"]
        .as_array()
        .unwrap()
        .iter()
        .find(|g| g["state"] == "closed")
        .unwrap();
    assert_eq!(approval["unblockedBy"], "approve step 2");
    assert!(approval["since"].is_string());
    assert_eq!(plan["runbook"], Runbook::Approval.url());
}

/// The runbook of a plan whose picture is another one.
fn runbook_with(running: &Running, change: impl Fn(&mut Status), standing: Standing) -> Value {
    let view = running.served.board.plan(&running.plan).unwrap();
    let mut status = Status::clone(view.status.as_ref().unwrap());
    change(&mut status);
    let served = open();
    served.board.show_plan(PlanView {
        status: Some(Arc::new(status)),
        standing,
        ..PlanView::clone(&view)
    });
    let plan = served.get(&format!("/api/v1/plans/{}", running.plan));
    plan.json()["runbook"].clone()
}

#[test]
fn a_runbook_is_named_where_a_person_is_needed_and_nowhere_else() {
    let running = until_it_waits("healthy");
    let with = |on: Option<WaitingOn>, health, standing| {
        let change = |s: &mut Status| (s.waiting_on, s.health) = (on.clone(), health);
        runbook_with(&running, change, standing)
    };
    let view = running.served.board.plan(&running.plan).unwrap();
    let broken = Standing::Invalid {
        diagnostics: Diagnostics::default(),
        at: view.from.clone(),
    };
    let fine = || Standing::Current;
    assert_eq!(with(None, Health::Progressing, fine()), Value::Null);
    // Traffic is being taken back at this moment.
    assert_eq!(with(None, Health::Bad, fine()), Runbook::Ipv6Bad.url());
    let text = Runbook::PlanText.url();
    assert_eq!(with(None, Health::Progressing, broken.clone()), text);
    // What keeps it comes before a text that can wait.
    let lost = with(Some(WaitingOn::JournalLost), Health::NeedsPerson, broken);
    assert_eq!(lost, Runbook::JournalLost.url());
}

#[test]
fn a_plan_for_what_a_stack_made_says_so_and_goes_on() {
    let running = until_it_waits("iac-reapply");
    let plan = plan(&running);
    let mut found = Vec::new();
    nodes(&plan["tree"], "finding", &mut found);
    let told: Vec<&str> = found
        .iter()
        .inspect(|f| {
            assert_eq!(
                (&f["name"], &f["state"]),
                (&"managed-by-code".into(), &"warn".into())
            )
        })
        .filter_map(|f| f["detail"].as_str())
        .collect();
    let kinds = ["listener", "service checkout", "target group checkout"];
    assert_eq!(told.len(), kinds.len(), "{told:#?}");
    for (told, kind) in told.iter().zip(kinds) {
        assert!(told.starts_with(kind), "{told}");
        assert!(
            told.contains("managed by CloudFormation in stack checkout-prod"),
            "{told}"
        );
    }
    assert!(
        told[0].contains(r#"["LogicalResourceId/Listener"]"#),
        "{}",
        told[0]
    );
    let preflight = plan["gates"]
        .as_array()
        .unwrap()
        .iter()
        .find(|g| g["name"] == "preflight");
    let preflight = preflight.unwrap();
    assert_eq!(preflight["state"], "open");
    assert!(
        preflight["observed"]
            .as_str()
            .unwrap()
            .contains("0 that block, 3 that warn"),
        "{preflight}"
    );
}

#[test]
fn every_number_of_a_plan_fits_its_sentence() {
    let running = until_it_waits("healthy");
    let plan = plan(&running);
    let summary = &plan["summary"];
    assert!(
        summary["sentence"].as_str().unwrap().contains("50 %"),
        "{summary}"
    );
    assert_eq!(summary["shares"]["observed"], 50.0);
    assert_eq!(
        (&summary["step"], &summary["steps"]),
        (&2.into(), &3.into())
    );
    let states: Vec<&str> = plan["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["past", "current", "ahead"]);
    assert_eq!(plan["steps"][1]["provenSeconds"], 600);
    assert_eq!(plan["steps"][2]["holdSeconds"], 1_800);

    let chart = &plan["chart"];
    let length = chart["share"].as_array().unwrap().len();
    for list in [
        "requestsIpv4",
        "requestsIpv6",
        "errorsIpv4",
        "errorsIpv6",
        "p99Ipv4",
        "p99Ipv6",
    ] {
        assert_eq!(chart[list].as_array().unwrap().len(), length, "{list}");
    }
    assert_eq!(
        (&chart["limitErrors"], &chart["limitP99"]),
        (&1.0.into(), &800.0.into())
    );
    let incomplete = usize::try_from(chart["incomplete"].as_u64().unwrap()).unwrap();
    assert!(incomplete >= 3, "{incomplete}");
    let newest = chart["share"][length - incomplete - 1].as_f64().unwrap();
    assert!((45.0..55.0).contains(&newest), "{newest}");

    let fleet = running.served.get("/api/v1/fleet").json();
    assert_eq!(
        fleet["counts"],
        serde_json::json!([{"phase": "Shift", "health": "NeedsPerson", "plans": 1}])
    );
    assert_eq!(fleet["needsYou"][0]["sentence"], summary["sentence"]);
}

#[test]
fn the_tree_leads_from_the_plan_to_its_tasks() {
    let running = until_it_waits("healthy");
    let plan = plan(&running);
    let find = |kind: &str| {
        let mut found = Vec::new();
        nodes(&plan["tree"], kind, &mut found);
        found
    };
    let sides = |kind: &str| -> Vec<&str> {
        find(kind)
            .iter()
            .filter_map(|n| n["side"].as_str())
            .collect()
    };
    assert_eq!(sides("service"), ["ipv4", "ipv6"]);
    let groups = find("targetGroup");
    assert!(
        groups.iter().all(|g| g["detail"]
            .as_str()
            .unwrap()
            .starts_with("weight 50 of 100")),
        "{groups:?}"
    );
    assert!(
        find("target")
            .iter()
            .any(|t| t["side"] == "ipv6" && t["state"] == "ok")
    );
    let tasks = find("task");
    assert!(!tasks.is_empty());
    assert!(
        tasks
            .iter()
            .all(|t| t["detail"].as_str().unwrap().contains("no IPv4")),
        "{tasks:?}"
    );
    for node in [groups, tasks].concat() {
        assert!(node["arn"].as_str().unwrap().starts_with("arn:aws:"));
    }
}

#[test]
fn a_plan_that_was_rolled_back_says_so_in_every_place() {
    let running = until_it_waits("breaks-above-25");
    let plan = plan(&running);
    assert_eq!(plan["summary"]["phase"], "RolledBack");
    assert_eq!(plan["summary"]["health"], "Bad");
    let closed: Vec<_> = gates(&plan)
        .into_iter()
        .filter(|(_, s)| s == "closed")
        .collect();
    assert_eq!(closed[0].0, "rolled back");
    let states: Vec<&str> = plan["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["past", "failed", "ahead"]);
}

#[test]
fn a_page_is_sent_again_only_when_the_plan_has_changed() {
    let served = open();
    served.show("checkout");
    let path = "/api/v1/plans/checkout";
    let etag = served.get(path).headers["etag"].clone();
    let again = || served.ask("GET", path, &[("if-none-match", &etag)], "");
    let same = again();
    assert_eq!((same.status, same.body.as_str()), (304, ""));
    assert_eq!(same.headers["etag"], etag);
    served.show("checkout");
    assert_eq!(again().status, 200);
}

#[test]
fn plans_are_narrowed_to_what_is_asked_for() {
    let running = until_it_waits("healthy");
    let found = |query: &str| {
        let page = running.served.get(&format!("/api/v1/plans?{query}")).json();
        page["items"].as_array().unwrap().len()
    };
    for fits in [
        "",
        "phase=shift",
        "health=NeedsPerson",
        "label=wave=first",
        "q=APPROVAL",
        "phase=Shift&label=wave=first",
    ] {
        assert_eq!(found(fits), 1, "{fits}");
    }
    for not in [
        "phase=Done",
        "health=Bad",
        "label=wave=second",
        "label=team=x",
        "q=zzz",
        "phase=Shift&health=Bad",
    ] {
        assert_eq!(found(not), 0, "{not}");
    }
}

/// The fleet of one plan whose status is as it was, but for a change.
fn fleet_with(running: &Running, change: impl Fn(&mut Status)) -> (Value, String) {
    let view = running.served.board.plan(&running.plan).unwrap();
    let mut status = Status::clone(view.status.as_ref().unwrap());
    change(&mut status);
    let served = open();
    served.board.show_plan(PlanView {
        status: Some(Arc::new(status)),
        look_at: None,
        ..PlanView::clone(&view)
    });
    (served.get("/api/v1/fleet").json(), served.get("/").body)
}

#[test]
fn a_plan_that_aws_was_not_read_for_lately_is_an_alarm() {
    let running = until_it_waits("healthy");
    let aged = |minutes| {
        let age = SignedDuration::from_mins(minutes);
        fleet_with(&running, |s| s.seen_at = s.at - age)
    };
    assert_eq!(aged(2).0["stale"], Value::Null);
    let (fleet, page) = aged(12);
    assert_eq!(fleet["stale"]["plans"][0], running.plan.as_str());
    assert!(
        page.contains("<title>Stale · Fleet · sixshift</title>"),
        "{page}"
    );
}

#[test]
fn a_journal_that_knows_nothing_of_a_migration_is_an_alarm() {
    let running = until_it_waits("healthy");
    let (fleet, page) = fleet_with(&running, |s| s.waiting_on = Some(WaitingOn::JournalLost));
    assert_eq!(fleet["journalLost"][0], running.plan.as_str());
    assert!(page.contains("The journal is lost."), "{page}");
}

#[test]
fn a_daemon_that_may_not_act_is_an_alarm() {
    let served = open();
    served.board.show_fleet(FleetView {
        lease: Some("another daemon holds the lease".to_owned()),
        ..FleetView::default()
    });
    assert_eq!(
        served.get("/api/v1/fleet").json()["standby"],
        "another daemon holds the lease"
    );
    assert!(served.get("/events").body.contains("Standby."));
}
