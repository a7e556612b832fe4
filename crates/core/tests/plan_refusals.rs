//! Every refusal of the plan format: what was written, where the complaint stands, what it says and what it advises.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::Path;

use sixshift_core::plan::{Diagnostics, MOST_BYTES, parse};

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

#[test]
fn heads() {
    complains(
        "sixshift/v1",
        "sixshift/v2",
        "apiVersion",
        "write apiVersion: sixshift/v1",
    );
    complains(
        "kind: MigrationPlan",
        "kind: Migration",
        "kind",
        "write kind: MigrationPlan",
    );
    complains(
        "kind: MigrationPlan\n",
        "",
        "kind",
        "such as kind: MigrationPlan",
    );
    complains(
        "apiVersion: sixshift/v1\n",
        "",
        "apiVersion",
        "such as apiVersion: sixshift/v1",
    );
    complains(
        "apiVersion: ",
        "apiversion: ",
        "apiversion",
        "write apiVersion",
    );
    complains(
        "name: checkout, labels",
        "name: Checkout, labels",
        "metadata.name",
        "plan name",
    );
    complains(
        "name: checkout, labels",
        "name: -a, labels",
        "metadata.name",
        "plan name",
    );
    complains(
        "name: checkout, labels",
        "name: 12, labels",
        "metadata.name",
        "write name: \"12\"",
    );
    complains(
        "{ team: a }",
        "{ team: 1 }",
        "metadata.labels.team",
        "write team: \"1\"",
    );
    complains(
        "{ team: a }",
        "{ \"te am\": a }",
        "metadata.labels[\"te am\"]",
        "no key for labels",
    );
}

#[test]
fn services() {
    for region in ["frankfurt", "EU-central-1", "eu-central", "eu-1", "eu--1"] {
        complains(
            "eu-central-1",
            region,
            "spec.service.region",
            "like this: region: eu-central-1",
        );
    }
    complains(
        "cluster: prod",
        "cluster: pr.od",
        "spec.service.cluster",
        "no name of an ECS cluster",
    );
    let arn = "cluster: arn:aws:ecs:eu-central-1:123456789012:cluster/live";
    complains(
        "cluster: prod",
        arn,
        "spec.service.cluster",
        "write cluster: live",
    );
    complains(
        "prod, name: checkout",
        "prod, name: a/b",
        "spec.service.name",
        "no name of an ECS service",
    );
    complains(
        "prod, name: checkout",
        "prod",
        "spec.service.name",
        "such as name: checkout",
    );
    for role in [
        "sixshift",
        "arn:aws:iam::1:role/a",
        "arn:aws:iam::123456789012:user/a",
    ] {
        let to = format!("cluster: prod, roleArn: {role}");
        let to = to.replace(": arn", ": 'arn").replace("/a", "/a'");
        complains(
            "cluster: prod",
            &to,
            "spec.service.roleArn",
            "ARN of an IAM role",
        );
    }
}

#[test]
fn networks() {
    let subnets = |ids: &str| format!("subnets: [{ids}]");
    let many: Vec<String> = (0..17).map(|i| format!("subnet-0a1b2c{i:02}")).collect();
    complains(
        "subnets: [subnet-0a1b2c3d]",
        &subnets(""),
        "spec.ipv6.subnets",
        "1 to 16",
    );
    complains(
        "subnets: [subnet-0a1b2c3d]",
        &subnets(&many.join(", ")),
        "spec.ipv6.subnets",
        "keep at most 16",
    );
    complains(
        "subnets: [subnet-0a1b2c3d]",
        &subnets("sn-1"),
        "spec.ipv6.subnets[0]",
        "no subnet id",
    );
    complains(
        "subnets: [subnet-0a1b2c3d]",
        "subnets: subnet-0a1b2c3d",
        "spec.ipv6.subnets",
        "a list belongs here",
    );
    let twice = subnets("subnet-0a1b2c3d, subnet-0a1b2c3d");
    complains(
        "subnets: [subnet-0a1b2c3d]",
        &twice,
        "spec.ipv6.subnets[1]",
        "remove one",
    );
    complains(
        "[sg-0a1b2c3d]",
        "[sg-XY]",
        "spec.ipv6.securityGroups[0]",
        "no security group id",
    );
    complains("[sg-0a1b2c3d]", "[]", "spec.ipv6.securityGroups", "1 to 5");
    let many: Vec<String> = (0..6).map(|i| format!("sg-0a1b2c3{i}")).collect();
    complains(
        "[sg-0a1b2c3d]",
        &format!("[{}]", many.join(",")),
        "spec.ipv6.securityGroups",
        "keep at most 5",
    );
    complains(
        "{ A: b }",
        "{ A: 8080 }",
        "spec.ipv6.taskDefinition.env.A",
        "write A: \"8080\"",
    );
    complains(
        "{ A: b }",
        "{ A: }",
        "spec.ipv6.taskDefinition.env.A",
        "not nothing",
    );
    complains(
        "{ A: b }",
        "{ A=B: b }",
        "spec.ipv6.taskDefinition.env[\"A=B\"]",
        "no key for env",
    );
    complains(
        "env: { A: b }",
        "ecrDualStack: \"yes\"",
        "spec.ipv6.taskDefinition.ecrDualStack",
        "true or false",
    );
}

#[test]
fn weights() {
    let second = "spec.shift.steps[1].weight";
    complains(
        "weight: 50%",
        "weight: 5%",
        second,
        "falls below the step before, at 10%",
    );
    complains(
        "weight: 50%",
        "weight: 10%",
        second,
        "write a weight above 10%",
    );
    complains(
        "weight: 50%",
        "weight: 100%",
        second,
        "belongs to the last step",
    );
    complains("weight: 50%", "weight: 101%", second, "more than all");
    complains(
        "weight: 50%",
        "weight: -5%",
        second,
        "a percentage belongs here",
    );
    complains("weight: 50%", "weight: 50", second, "write weight: 5%");
    complains("weight: 50%", "weight: 0%", second, "moves nothing");
    complains(
        "weight: 50%",
        "weight: 12.25%",
        second,
        "write weight: 12.2%",
    );
    complains(
        "weight: 10%",
        "weight: 0.01%",
        "spec.shift.steps[0].weight",
        "write weight: 0.1%",
    );
    complains(
        "weight: 100%",
        "weight: 99%",
        "spec.shift.steps[2].weight",
        "leaves 1% on IPv4",
    );
    complains("weight: 50%, ", "", second, "weight is missing");
    complains(
        "weight: 50%",
        "wieght: 50%",
        "spec.shift.steps[1].wieght",
        "write weight",
    );
}

#[test]
fn steps_and_bakes() {
    let hold = "spec.shift.steps[0].hold";
    complains("hold: 10m", "hold: 2m59s", hold, "write hold: 3m");
    complains("hold: 10m", "hold: 15d", hold, "write hold: 14d");
    complains("hold: 10m", "hold: 10", hold, "write hold: 15m");
    complains("hold: 10m", "hold: [10m]", hold, "not a list");
    complains(", hold: 10m", "", hold, "hold is missing");
    complains(
        "weight: 100%",
        "weight: 100%, hold: 1h",
        "spec.shift.steps[2].hold",
        "write spec.shift.bake: 1h",
    );
    complains(
        "weight: 100%",
        "weight: 100%, gate: approval",
        "spec.shift.steps[2].gate",
        "step before",
    );
    complains(
        "gate: approval",
        "gate: aproval",
        "spec.shift.steps[1].gate",
        "write gate: approval (one of auto",
    );
    complains("bake: 24h", "bake: 4m", "spec.shift.bake", "write bake: 5m");
    complains(
        "bake: 24h",
        "bake: 15d",
        "spec.shift.bake",
        "write bake: 14d",
    );
    for via in ["inPlace", "nlb", "route53", "cloudfront", "lattice"] {
        complains(
            "bake: 24h",
            &format!("via: {via}"),
            "spec.shift.via",
            "not yet built",
        );
    }
    complains(
        "bake: 24h",
        "via: dns",
        "spec.shift.via",
        "one of auto, albWeights, inPlace",
    );
    let many: String = (1..=51)
        .map(|i| format!("- {{ weight: {i}%, hold: 5m }}\n      "))
        .collect();
    complains(
        "- { weight: 10%, hold: 10m }\n      ",
        &many,
        "spec.shift.steps",
        "53 steps",
    );
    let (head, rest) = SOUND.split_once("    steps:").unwrap();
    let (_, tail) = rest.split_once("    bake").unwrap();
    for (steps, words) in [
        ("[]", "0 steps"),
        ("", "a list belongs here, not nothing"),
        ("7", "not the number 7"),
    ] {
        let diagnostics = refused(&format!("{head}    steps: {steps}\n    bake{tail}"));
        assert!(diagnostics.to_string().contains(words), "{diagnostics}");
        assert_eq!(diagnostics.count(), 1);
    }
}

#[test]
fn healths() {
    complains(
        "max: 1%",
        "max: 101%",
        "spec.health.errorRate.max",
        "more than 100%",
    );
    complains(
        "max: 1%",
        "max: 0.01",
        "spec.health.errorRate.max",
        "write max: 1%",
    );
    complains(
        "By: 0.5%",
        "By: 200%",
        "spec.health.errorRate.worseThanIpv4By",
        "more than 100%",
    );
    complains(
        "By: 20%",
        "By: 2000%",
        "spec.health.latencyP99.worseThanIpv4By",
        "more than 1000%",
    );
    complains(
        "{ max: 1%, ",
        "{ ",
        "spec.health.errorRate.max",
        "max is missing",
    );
    complains(
        "max: 800ms",
        "max: 800",
        "spec.health.latencyP99.max",
        "write max: 800ms",
    );
    complains(
        "max: 800ms",
        "max: 0ms",
        "spec.health.latencyP99.max",
        "between 1ms and 4000s",
    );
    complains(
        "max: 800ms",
        "max: 4001s",
        "spec.health.latencyP99.max",
        "between 1ms and 4000s",
    );
    complains(
        "minRequests: 100",
        "minRequests: 0",
        "spec.health.minRequests",
        "nothing is proven",
    );
    complains(
        "minRequests: 100",
        "minRequests: -1",
        "spec.health.minRequests",
        "a whole number",
    );
    complains(
        "minRequests: 100",
        "minRequests: 1.5",
        "spec.health.minRequests",
        "a whole number",
    );
    complains(
        "minRequests: 100",
        "minRequests: \"100\"",
        "spec.health.minRequests",
        "a whole number",
    );
    complains(
        "minRequests: 100",
        "onTooFew: pass",
        "spec.health.onTooFew",
        "one of wait, approval",
    );
    complains(
        "minRequests: 100",
        "onBad: roll-back",
        "spec.health.onBad",
        "write onBad: rollback",
    );
    complains(
        "alarms: [a]",
        "alarms: [a, a]",
        "spec.health.alarms[1]",
        "remove one",
    );
    complains(
        "alarms: [a]",
        "alarms: [\"\"]",
        "spec.health.alarms[0]",
        "no alarm name",
    );
    let many: Vec<String> = (0..101).map(|i| format!("a{i}")).collect();
    complains(
        "alarms: [a]",
        &format!("alarms: [{}]", many.join(",")),
        "spec.health.alarms",
        "101 alarms",
    );
    let (head, _) = SOUND.split_once("  health:").unwrap();
    for health in [
        "health: {}",
        "health: { alarms: [] }",
        "health: { minRequests: 5 }",
    ] {
        let diagnostics = refused(&format!("{head}  {health}\n"));
        assert!(
            diagnostics
                .to_string()
                .contains("spec.health: there is no limit"),
            "{diagnostics}"
        );
        assert_eq!(diagnostics.count(), 1);
    }
}

#[test]
fn ends() {
    complains(
        "keepCold: 72h",
        "keepCold: 366d",
        "spec.retire.keepCold",
        "at most 365d",
    );
    complains(
        "keepCold: 72h",
        "keepCold: 72",
        "spec.retire.keepCold",
        "write keepCold: 72h",
    );
    complains(
        "keepCold: 72h",
        "approval: optional",
        "spec.retire.approval",
        "one of required, none",
    );
    complains(
        "[service, targetGroup]",
        "[targetGroup]",
        "spec.retire.delete",
        "cannot go while its service stays",
    );
    complains(
        "[service, targetGroup]",
        "[service, service]",
        "spec.retire.delete[1]",
        "remove one",
    );
    complains(
        "[service, targetGroup]",
        "[services]",
        "spec.retire.delete[0]",
        "write service",
    );
    complains(
        "drift: hold",
        "drift: ignore",
        "spec.drift",
        "one of hold, correct",
    );
    complains(
        "drift: hold",
        "paused: yes",
        "spec.paused",
        "write paused: true",
    );
}

#[test]
fn keys() {
    complains("drift: hold", "dirft: hold", "spec.dirft", "write drift");
    complains(
        "drift: hold",
        "colour: red",
        "spec.colour",
        "the keys here are paused, service, ipv6, shift",
    );
    complains(
        "drift: hold",
        "drift: hold\n  drift: hold",
        "spec.drift",
        "stands here twice",
    );
    complains("drift: hold", "? [a]\n  : b", "spec", "a key must be text");
    complains(
        "drift: hold",
        "<<: { drift: hold }",
        "spec[\"<<\"]",
        "merge keys are not read",
    );
    complains(
        "cluster: prod",
        "cluster: prod, cluster: prod",
        "spec.service.cluster",
        "twice",
    );
    complains(
        "spec:\n",
        "status: 1\nspec:\n",
        "status",
        "the keys here are apiVersion",
    );
}

#[test]
fn syntax() {
    complains("drift: hold", "drift: !!str hold", "", "tags are not read");
    complains(
        "drift: hold",
        "drift: *nowhere",
        "",
        "nothing before is anchored as &nowhere; write the value out",
    );
    let broken = refused(&SOUND.replace("drift: hold", "drift: \"hold"));
    assert!(broken.to_string().contains("this is not YAML"), "{broken}");
    let tab = refused(&SOUND.replace("  drift: hold", "\tdrift: hold"));
    assert!(
        tab.to_string().contains("write spaces instead of the tab"),
        "{tab}"
    );
}

#[test]
fn sizes() {
    let large = format!("{SOUND}#{}", "x".repeat(MOST_BYTES));
    assert!(
        refused(&large)
            .to_string()
            .contains("split it into several files")
    );
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for i in 1..12 {
        let aliases = vec![format!("*a{}", i - 1); 10].join(", ");
        bomb.push_str(&format!("a{i}: &a{i} [{aliases}]\n"));
    }
    let diagnostics = refused(&format!("{bomb}{SOUND}"));
    assert!(
        diagnostics
            .to_string()
            .contains("aliases blow this document up"),
        "{diagnostics}"
    );
    let itself = refused(&SOUND.replace("steps:\n", "steps: &s\n      - *s\n"));
    assert!(
        itself.to_string().contains("this alias contains itself"),
        "{itself}"
    );
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let diagnostics = refused(&SOUND.replace("drift: hold", &format!("drift: {deep}")));
    assert!(
        diagnostics.to_string().contains("nested deeper than"),
        "{diagnostics}"
    );
    let many = refused(&format!(
        "{SOUND}{}",
        (0..5_000).map(|i| format!("k{i}: 1\n")).collect::<String>()
    ));
    assert_eq!((many.count(), many.left_out()), (5_000, 4_800));
    assert!(many.to_string().ends_with("… and 4800 more"));
}
