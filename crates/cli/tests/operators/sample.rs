//! A plan in a hold at 10 %, as the daemon would tell it.

use serde_json::{Value, json};
use sixshift_api::model::{Event, Fleet, Plan, PlanSummary};

fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("the sample is of the API's model")
}

pub(crate) fn fleet() -> Fleet {
    read(json!({
        "now": "2026-05-01T12:10:00Z", "version": "0.1.0", "readOnly": false, "plans": 2, "counts": [], "needsYou": [],
        "source": { "name": "git https://example.com/plans", "mistakes": [] }, "commands": [],
    }))
}

pub(crate) fn summary(name: &str, phase: &str, health: &str, observed: f64) -> PlanSummary {
    read(json!({
        "name": name, "labels": { "team": "shop" }, "service": format!("eu-central-1/prod/{name}"),
        "revision": "1a2b3c4d5e6f", "commit": "c0ffee11c0ffee11", "phase": phase, "health": health,
        "step": 2, "steps": 3,
        "shares": { "desired": 10.0, "applied": 10.0, "observed": observed, "effective": 9.8 },
        "verdict": "Good", "waitingOn": "Hold", "waitingSince": "2026-05-01T12:07:00Z",
        "sentence": format!("{name} holds at {observed} %: 3m of 10m proven good."),
        "standing": "Current", "settled": false, "at": "2026-05-01T12:09:58Z", "version": 7,
    }))
}

pub(crate) fn plan(summary: PlanSummary) -> Plan {
    let mut plan: Plan = read(json!({
        "summary": summary, "origin": { "file": "plans/checkout.yaml", "line": 1, "commit": "c0ffee11c0ffee11" },
        "mistakes": [],
        "steps": [
            { "number": 1, "weight": 1.0, "holdSeconds": 300, "approval": false, "state": "past" },
            { "number": 2, "weight": 10.0, "holdSeconds": 600, "approval": true, "state": "current", "provenSeconds": 180 },
            { "number": 3, "weight": 100.0, "holdSeconds": 0, "approval": false, "state": "ahead" },
        ],
        "gates": [
            { "name": "error rate", "state": "open", "observed": "0.1 %", "limit": "at most 1 %", "samples": 1200, "window": "5m" },
            { "name": "hold of step 2", "state": "closed", "observed": "3m proven good", "limit": "10m",
              "since": "2026-05-01T12:07:00Z", "unblockedBy": "good minutes in CloudWatch", "earliest": "2026-05-01T12:17:00Z" },
            { "name": "approval", "state": "ahead", "observed": "not asked yet", "limit": "a person" },
        ],
        "conditions": [], "chart": { "periodSeconds": 60, "requestsIpv4": [], "requestsIpv6": [], "errorsIpv4": [],
            "errorsIpv6": [], "p99Ipv4": [], "p99Ipv6": [], "share": [], "incomplete": 0 },
        "tree": tree(),
        "commands": [ { "verb": "approve", "refused": "it waits for no approval", "effect": "opens the gate" } ],
        "orders": [], "attempts": 0,
    }));
    plan.tree.name.clone_from(&plan.summary.name);
    plan
}

fn tree() -> Value {
    let arn = |what: &str| format!("arn:aws:ecs:eu-central-1:123456789012:{what}");
    let node = |kind: &str,
                name: &str,
                side: Option<&str>,
                arn: Option<String>,
                children: Vec<Value>| {
        json!({ "kind": kind, "name": name, "side": side, "arn": arn, "state": "ok", "detail": "", "children": children })
    };
    let group = |name: &str, side| {
        let arn =
            format!("arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/{name}/1");
        node("targetGroup", name, side, Some(arn), vec![])
    };
    let service = |name: &str, side, revision: u8| {
        let definition = format!("{name}:{revision}");
        let td = node(
            "taskDefinition",
            &definition,
            side,
            Some(arn(&format!("task-definition/{definition}"))),
            vec![],
        );
        node(
            "service",
            name,
            side,
            Some(arn(&format!("service/prod/{name}"))),
            vec![td],
        )
    };
    let task = node(
        "task",
        "1f",
        Some("ipv6"),
        Some(arn("task/prod/1f")),
        vec![],
    );
    let mut twin = service("checkout-ipv6", Some("ipv6"), 2);
    let scaling = node(
        "scaling",
        "service/prod/checkout-ipv6",
        Some("ipv6"),
        None,
        vec![],
    );
    for child in [scaling, task] {
        twin["children"].as_array_mut().expect("a list").push(child);
    }
    let groups = vec![
        group("checkout", Some("ipv4")),
        group("checkout-1a-v6", Some("ipv6")),
        group("strangers", None),
    ];
    let route = node(
        "route",
        "rule 5f",
        None,
        Some("arn:aws:elasticloadbalancing:rule/5f".to_owned()),
        groups,
    );
    node(
        "plan",
        "",
        None,
        None,
        vec![route, service("checkout", Some("ipv4"), 7), twin],
    )
}

pub(crate) fn event(seq: u64, kind: &str, text: &str) -> Event {
    read(json!({
        "seq": seq, "at": "2026-05-01T12:00:00Z", "plan": "checkout", "kind": kind, "text": text, "evidence": [],
    }))
}
