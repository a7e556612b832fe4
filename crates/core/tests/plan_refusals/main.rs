//! Every refusal of the plan format: what was written, where the complaint stands, what it says and what it advises.
#![allow(clippy::unwrap_used, clippy::panic)]

mod families;
mod in_place;
mod logs;
mod metrics;
mod names;
mod of_tasks;
mod open;
mod preflight;
mod spec;
mod tasks;
mod text;
mod traffic;
mod warm;

use std::path::Path;

use sixshift_core::plan::{Diagnostics, parse};

const SOUND: &str = "apiVersion: sixshift/v1
kind: MigrationPlan
metadata: { name: checkout, labels: { team: a } }
spec:
  service: { region: eu-central-1, cluster: prod, name: checkout }
  ipv6: { subnets: [subnet-0a1b2c3d], securityGroups: [sg-0a1b2c3d], taskDefinition: { env: { A: b } } }
  shift:
    steps:
      - { weight: 10%, hold: 10m }
      - { weight: 50%, hold: 30m, gate: approval }
      - { weight: 100% }
    bake: 24h
  health:
    errorRate: { max: 1%, worseThanIpv4By: 0.5% }
    latencyP99: { max: 800ms, worseThanIpv4By: 20% }
    alarms: [a]
    minRequests: 100
  retire: { keepCold: 72h, delete: [service, targetGroup] }
  drift: hold
";

fn refused(text: &str) -> Diagnostics {
    match parse(Path::new("a.yaml"), text) {
        Ok(plans) => panic!("accepted as {plans:?}:\n{text}"),
        Err(diagnostics) => diagnostics,
    }
}

/// A plan gets exactly one complaint, at the path, with the words in message or remedy.
fn complains_once(text: &str, path: &str, words: &str) {
    let diagnostics = refused(text);
    let only = diagnostics.iter().next().unwrap();
    assert_eq!(diagnostics.count(), 1, "{text}:\n{diagnostics}");
    assert_eq!(only.path, path, "{diagnostics}");
    let said = format!("{}; {}", only.message, only.remedy);
    assert!(said.contains(words), "{text}: {words} is not in: {said}");
    assert!(!only.remedy.is_empty() && !only.source_line.is_empty() && only.line > 0);
}

/// A sound plan with one edit gets exactly one complaint, at the path, with the words in message or remedy.
fn complains(from: &str, to: &str, path: &str, words: &str) {
    assert!(SOUND.contains(from), "{from}");
    let text = SOUND.replacen(from, to, 1);
    let diagnostics = refused(&text);
    let only = diagnostics.iter().next().unwrap();
    assert_eq!(diagnostics.count(), 1, "{from} -> {to}:\n{diagnostics}");
    assert_eq!(only.path, path, "{from} -> {to}:\n{diagnostics}");
    let said = format!("{}; {}", only.message, only.remedy);
    assert!(
        said.contains(words),
        "{from} -> {to}: {words} is not in: {said}"
    );
    assert!(!only.remedy.is_empty() && !only.source_line.is_empty() && only.line > 0);
    assert!(only.plan.is_some());
}

#[test]
fn the_sound_plan_is_sound() {
    assert_eq!(parse(Path::new("a.yaml"), SOUND).unwrap().len(), 1);
}
