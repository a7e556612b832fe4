//! The report of a migration.

use serde_json::{Value, json};

use crate::{
    sample,
    server::{Server, said},
};

fn migrated() -> Server {
    let server = Server::start();
    let mut made = sample::event(1, "acted", "created target group checkout-1a-v6");
    made.call = Some("elasticloadbalancing:CreateTargetGroup".to_owned());
    let mut verdict = sample::event(2, "verdict", "Good");
    verdict.evidence = vec!["error rate 0.1 % of 1200 requests".to_owned()];
    let mut order = sample::event(3, "command", "approve step:1");
    order.actor = Some("ada".to_owned());
    order.reason = Some("looks | good".to_owned());
    let events = "GET /api/v1/plans/checkout/events";
    server.answer("GET /api/v1/fleet", 200, &sample::fleet());
    server.answer(
        &format!("{events}?after=0&limit=500"),
        200,
        &json!({ "items": [verdict, made] }),
    );
    server.answer(
        &format!("{events}?after=2&limit=500"),
        200,
        &json!({ "items": [order] }),
    );
    server.answer(
        &format!("{events}?after=3&limit=500"),
        200,
        &json!({ "items": [] }),
    );
    let plan = sample::plan(sample::summary("checkout", "Done", "Complete", 100.0));
    server.answer("GET /api/v1/plans/checkout", 200, &plan);
    server
}

#[test]
fn people_read_what_changed_on_what_evidence_and_on_whose_order() {
    let text = said(&migrated().run(&["report", "checkout"]));
    for part in [
        "| 2026-05-01 12:00:00 UTC | created target group checkout-1a-v6 | `elasticloadbalancing:CreateTargetGroup` | – |",
        "| Good | – | error rate 0.1 % of 1200 requests |",
        "| ada | approve step:1 | looks \\| good |",
        "`sixshift handover checkout` writes the code",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
}

#[test]
fn programs_read_every_resource_on_its_side_once() {
    let report: Value = serde_json::from_str(&said(
        &migrated().run(&["report", "checkout", "-o", "json"]),
    ))
    .expect("JSON");
    let names = |list: &str| -> Vec<String> {
        let list = report["resources"][list].as_array().expect("a list").iter();
        list.map(|r| format!("{} {}", r["kind"], r["name"]).replace('"', ""))
            .collect()
    };
    assert_eq!(
        names("before"),
        [
            "targetGroup checkout",
            "service checkout",
            "taskDefinition checkout:7"
        ]
    );
    assert_eq!(
        names("after"),
        [
            "targetGroup checkout-1a-v6",
            "service checkout-ipv6",
            "taskDefinition checkout-ipv6:2",
            "scaling service/prod/checkout-ipv6",
        ]
    );
    assert_eq!(
        names("inPlace"),
        ["route rule 5f"],
        "another service's target group is not ours to tell"
    );
    assert_eq!(report["changes"].as_array().map(Vec::len), Some(1));
}
