//! A plan with many mistakes gets all of them at once, each with its place and a remedy.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::Path;

use sixshift_core::plan::parse;

const PLAN: &str = r#"apiVersion: sixshift/v1
kind: MigrationPlan
metadata:
  name: Check_Out
spec:
  service:
    region: frankfurt
    cluster: arn:aws:ecs:eu-central-1:123456789012:cluster/prod
  ipv6:
    subnets: [subnet-0a1b2c3d4e5f60718, subnet-xyz, subnet-0a1b2c3d4e5f60718]
    securityGroup: [sg-0c1b2c3d4e5f60718]
    taskDefinition:
      env: { AWS_USE_DUALSTACK_ENDPOINT: true }
  shift:
    via: route53
    steps:
      - { weight: 5, hold: 10m }
      - { weight: 10%, hold: 90s }
      - { weight: 10%, hold: 15m, gate: approve }
      - { weight: 90% }
    bake: 24h
    bake: 30d
  health:
    errorRate: { max: 120% }
    minRequests: 0
    onBad: panic
  retire: [service]
"#;

#[test]
fn every_mistake_is_told_at_once() {
    let diagnostics = parse(Path::new("plans/checkout.yaml"), PLAN).unwrap_err();
    insta::assert_snapshot!(diagnostics.to_string());
}

#[test]
fn a_mistake_as_json_has_all_its_parts() {
    let diagnostics =
        parse(Path::new("a.yaml"), &PLAN.replace("Check_Out", "checkout")).unwrap_err();
    let json = serde_json::to_value(&diagnostics).unwrap();
    assert_eq!(
        json[0],
        serde_json::json!({
            "file": "a.yaml",
            "line": 6,
            "column": 3,
            "plan": "checkout",
            "path": "spec.service.name",
            "message": "name is missing",
            "remedy": "add it, such as name: checkout",
            "sourceLine": "  service:",
        })
    );
}

#[test]
fn colour_is_asked_for() {
    let diagnostics = parse(Path::new("a.yaml"), PLAN).unwrap_err();
    assert!(diagnostics.render(true).contains("\u{1b}["));
    assert!(!diagnostics.render(false).contains('\u{1b}'));
}

#[test]
fn a_broken_document_does_not_hide_the_mistakes_of_the_others() {
    let good = include_str!("../../../config/plans/minimal.yaml");
    let bad = good.replace("weight: 1%", "weight: 0%");
    let text = format!(
        "{bad}---\nspec: [unclosed\n---\n{}",
        bad.replace("name: checkout", "name: other")
    );
    let diagnostics = parse(Path::new("a.yaml"), &text).unwrap_err();
    let found: Vec<(u32, &str)> = diagnostics
        .iter()
        .map(|d| (d.line, d.path.as_str()))
        .collect();
    assert_eq!(
        found[0],
        (17, "spec.shift.steps[0].weight"),
        "{diagnostics}"
    );
    assert!(
        found[1].1.is_empty()
            && diagnostics
                .iter()
                .nth(1)
                .unwrap()
                .message
                .contains("not YAML"),
        "{diagnostics}"
    );
    assert_eq!(
        found[2],
        (44, "spec.shift.steps[0].weight"),
        "{diagnostics}"
    );
    assert_eq!(found.len(), 3);
}
