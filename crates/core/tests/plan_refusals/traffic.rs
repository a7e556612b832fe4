//! What steps, limits and the end of the IPv4 side are refused for.

use super::{SOUND, complains, refused};

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
    complains("weight: 50%", "weight: 50", second, "write weight: 50%");
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
    complains("hold: 10m", "hold: 10", hold, "write hold: 10m");
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
    webhooks();
    complains("bake: 24h", "bake: 4m", "spec.shift.bake", "write bake: 5m");
    complains(
        "bake: 24h",
        "bake: 15d",
        "spec.shift.bake",
        "write bake: 14d",
    );
    for via in ["route53", "cloudfront"] {
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
        "one of auto, albWeights, inPlace, taskCount, nlb",
    );
    complains(
        "bake: 24h",
        "inPlace: { proof: none }",
        "spec.shift.inPlace",
        "write via: inPlace",
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
        "write max: 0.01%, or 1% if 0.01 of all is meant",
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
        "minDrain: 8d",
        "spec.retire.minDrain",
        "at most 7d",
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

fn webhooks() {
    let gate = "spec.shift.steps[1].gate";
    let url = format!("{gate}.webhook.url");
    let complain = |to: &str, path: &str, words: &str| {
        complains("gate: approval", &format!("gate: {to}"), path, words);
    };
    complain("webhook", gate, "write gate: { webhook: { url: https://");
    complain("[webhook]", gate, "not a list");
    complain("{}", &format!("{gate}.webhook"), "webhook is missing");
    complain("{ webhook: {} }", &url, "url is missing");
    complain(
        "{ webhook: https://a.example.com }",
        &format!("{gate}.webhook"),
        "a map belongs here",
    );
    complain(
        "{ webhok: { url: https://a.example.com } }",
        &format!("{gate}.webhok"),
        "write webhook",
    );
    for (wrong, words) in [
        ("gates.example.com", "no address of a webhook"),
        ("ftp://gates.example.com", "no address of a webhook"),
        (
            "https://me:secret@gates.example.com/a",
            "a user and a password",
        ),
        ("https:///a", "has no host"),
        ("https://gates.example.com:0/a", "has no host"),
        ("https://gates.example.com:http/a", "has no host"),
        ("'https://[::1/a'", "has no host"),
        (
            "'https://gates.example.com/a b'",
            "characters that none has",
        ),
        (
            "'https://gates.example.com/a#b'",
            "characters that none has",
        ),
    ] {
        complain(&format!("{{ webhook: {{ url: {wrong} }} }}"), &url, words);
    }
    let long = format!("https://a.example.com/{}", "a".repeat(2_048));
    complain(
        &format!("{{ webhook: {{ url: {long} }} }}"),
        &url,
        "longer than 2048",
    );
    let timeout = format!("{gate}.webhook.timeout");
    for wrong in ["500ms", "31s", "0s", "10"] {
        let to = format!("{{ webhook: {{ url: https://a.example.com, timeout: {wrong} }} }}");
        complain(&to, &timeout, "write timeout: 10s");
    }
    complain(
        "{ webhook: { url: https://a.example.com, onError: open } }",
        &format!("{gate}.webhook.onError"),
        "one of wait, hold",
    );
    complains(
        "weight: 100%",
        "weight: 100%, gate: { webhook: { url: https://a.example.com } }",
        "spec.shift.steps[2].gate",
        "step before",
    );
}
