//! `sixshift deps` over the region: what a service talks to is told from flow logs, for people and for programs, before and after a
//! migration; where nothing recorded it, that is said, and the command that is offered works.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

use std::process::{Command, Output};

use serde_json::{Value, json};
use sixshift_tests::{Boto, Server, binary, checkout, control, in_region, markdown::blocks};

struct Stage(Server);

impl Stage {
    fn new() -> Self {
        let mut sim = Command::new(binary().expect("the binary is built"));
        sim.args(["sim", "--listen", "127.0.0.1:0", "--scenario", "healthy"]);
        Self(Server::announced(&mut sim).unwrap_or_else(|e| panic!("{e}")))
    }

    fn deps(&self, arguments: &[&str]) -> Output {
        let url = &self.0.url;
        let always = ["deps", "--cluster", "prod", "--sim-clock", url];
        let mut command = Command::new(binary().expect("the binary is built"));
        let output = in_region(&mut command, url)
            .args([&always, arguments].concat())
            .output();
        output.expect("it runs")
    }

    fn report(&self) -> (Option<i32>, Value) {
        let output = self.deps(&["checkout", "-o", "json"]);
        let (text, errors) = (said(&output.stdout), said(&output.stderr));
        let report = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}{errors}"));
        (output.status.code(), report)
    }

    fn post(&self, path: &str, body: &Value) {
        control(&self.0.url, "POST", path, &body.to_string()).expect("the region answers");
    }
}

fn said(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

#[test]
fn the_command_that_is_offered_makes_a_flow_log_that_tells_everything() {
    let stage = Stage::new();
    stage.post(
        "dependency",
        &json!({ "image": "checkout:v1", "ipv4": "192.0.2.10", "ipv6": "2001:db8:5300::10", "port": 443, "share": 0.2,
            "sent": 500, "received": 90_000 }),
    );
    let (code, report) = stage.report();
    assert_eq!(
        (code, &report["told"]),
        (Some(3), &Value::Null),
        "{report:#}"
    );
    let command = report["lack"]["command"].as_str().expect("a command");
    let of = |name: &str| {
        let rest = command.split_once(name).expect(name).1.trim_start();
        let end = if rest.starts_with('\'') { "'" } else { " " };
        rest.trim_start_matches('\'')
            .split(end)
            .next()
            .expect("a value")
            .to_owned()
    };
    let boto = Boto::at(&stage.0.url).unwrap_or_else(|e| panic!("{e}"));
    let made = json!({
        "ResourceType": of("--resource-type"),
        "ResourceIds": [of("--resource-ids")],
        "TrafficType": of("--traffic-type"),
        "LogGroupName": of("--log-group-name"),
        "DeliverLogsPermissionArn": of("--deliver-logs-permission-arn").replace("ACCOUNT", "123456789012"),
        "LogFormat": of("--log-format"),
    });
    boto.call("ec2", "create_flow_logs", made)
        .unwrap_or_else(|e| panic!("{e}"));
    stage.post("advance", &json!({ "seconds": 7200 }));
    let (code, report) = stage.report();
    let told = &report["told"];
    assert_eq!(
        (code, &told["foundBy"]),
        (Some(0), &json!("names")),
        "{report:#}"
    );
    let ways: Vec<_> = told["overIpv4"]
        .as_array()
        .expect("destinations")
        .iter()
        .map(|d| (&d["name"], &d["ipv6"]))
        .collect();
    let expected = [
        (&json!("Amazon S3"), &json!("there")),
        (&json!("203.0.113.80"), &json!("nat64")),
    ];
    assert_eq!(ways, expected);
    let page = said(&stage.deps(&["checkout"]).stdout);
    for part in [
        "Amazon S3 (192.0.2.10)",
        "has a way",
        "NAT64 alone",
        "2 queries of log group",
        "list price",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

#[test]
fn a_wrong_call_and_a_service_that_is_not_there_are_told_apart_from_what_nobody_recorded() {
    let stage = Stage::new();
    let none = stage.deps(&["nobody"]);
    assert_eq!(none.status.code(), Some(1));
    assert!(said(&none.stdout).contains("there is neither the service nor its twin"));
    let long = stage.deps(&["checkout", "--since", "90d"]);
    assert_eq!(long.status.code(), Some(64));
    assert!(said(&long.stderr).contains("from 10m to 14d"));
    stage.post(
        "policy",
        &json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": "*", "Resource": "*" },
            { "Effect": "Deny", "Action": "ec2:DescribeFlowLogs", "Resource": "*" },
        ]}),
    );
    let denied = stage.deps(&["checkout"]);
    assert_eq!(denied.status.code(), Some(3));
    assert!(said(&denied.stdout).contains("allow ec2:DescribeFlowLogs to the role that reads"));
}

#[test]
fn what_the_page_says_is_needed_suffices() {
    let stage = Stage::new();
    let block = blocks("docs/guide/deps.md").expect("the page can be read");
    let statement = block
        .iter()
        .find(|b| b.language == "json")
        .expect("a statement");
    let statement: Value = serde_json::from_str(&statement.text).expect("the statement is JSON");
    let file = checkout().join("deploy/iam/policy.json");
    let text = std::fs::read_to_string(file).expect("the policy can be read");
    let mut policy: Value = serde_json::from_str(&text).expect("the policy is JSON");
    policy["Statement"]
        .as_array_mut()
        .expect("statements")
        .push(statement);
    let boto = Boto::at(&stage.0.url).unwrap_or_else(|e| panic!("{e}"));
    let vpcs = boto
        .call("ec2", "describe_vpcs", json!({}))
        .unwrap_or_else(|e| panic!("{e}"));
    let log = json!({
        "ResourceType": "VPC",
        "ResourceIds": [vpcs["Vpcs"][0]["VpcId"]],
        "TrafficType": "ALL",
        "LogGroupName": "/flows",
        "DeliverLogsPermissionArn": "arn:aws:iam::123456789012:role/flows",
    });
    boto.call("ec2", "create_flow_logs", log)
        .unwrap_or_else(|e| panic!("{e}"));
    stage.post("advance", &json!({ "seconds": 7200 }));
    stage.post("policy", &policy);
    let (code, report) = stage.report();
    assert_eq!(
        (code, &report["told"]["foundBy"]),
        (Some(0), &json!("interfaces")),
        "{report:#}"
    );
}
