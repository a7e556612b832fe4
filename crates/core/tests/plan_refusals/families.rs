//! Plans behind a Network Load Balancer: what has no meaning there, each with its place and what to write.

use super::{SOUND, complains_once, refused};

const STEPS: &str = "- { weight: 10%, hold: 10m }
      - { weight: 50%, hold: 30m, gate: approval }
      - { weight: 100% }
";
const LIMITS: &str = "errorRate: { max: 1%, worseThanIpv4By: 0.5% }
    latencyP99: { max: 800ms, worseThanIpv4By: 20% }
";

fn plan(steps: &str, limits: &str) -> String {
    assert!(SOUND.contains(STEPS) && SOUND.contains(LIMITS));
    let steps = format!("{steps}\n    via: nlb\n");
    SOUND.replacen(STEPS, &steps, 1).replacen(LIMITS, limits, 1)
}

fn complains(steps: &str, limits: &str, path: &str, words: &str) {
    complains_once(&plan(steps, limits), path, words);
}

const GOOD: &str = "- { clients: ipv6, hold: 10m }\n      - { clients: all }";
const MAX: &str = "errorRate: { max: 1% }\n";

#[test]
fn clients_of_a_family_move_at_once_and_in_order() {
    let parsed = sixshift_core::plan::parse(std::path::Path::new("a.yaml"), &plan(GOOD, MAX));
    let plan = parsed.unwrap().remove(0);
    let shares: Vec<String> = plan
        .shift
        .steps
        .iter()
        .map(|s| s.weight.to_string())
        .collect();
    assert_eq!(shares, ["IPv6 clients", "100 %"]);
    let at = "spec.shift.steps[0].clients";
    complains(
        "- { clients: all, hold: 10m }\n      - { clients: all }",
        MAX,
        at,
        "write clients: ipv6",
    );
    complains("- { clients: ipv6 }", MAX, at, "add - clients: all");
    complains("- { clients: four }", MAX, at, "one of ipv6, all");
    let three = "- { clients: ipv6, hold: 10m }\n      - { clients: ipv6, hold: 10m }\n      - { clients: all }";
    complains(three, MAX, "spec.shift.steps", "two families");
}

#[test]
fn a_weight_is_refused_with_the_reason_and_what_to_write() {
    let told = refused(&plan(STEPS.trim_end(), MAX));
    let paths: Vec<&str> = told.iter().map(|d| d.path.as_str()).collect();
    let expected = [0, 1, 2].map(|n| format!("spec.shift.steps[{n}].weight"));
    assert_eq!(paths, expected);
    for one in told.iter() {
        assert!(
            one.message
                .contains("AWS refuses target groups of both families"),
            "{one:?}"
        );
        assert!(one.remedy.starts_with("write clients: "), "{one:?}");
    }
}

#[test]
fn what_nobody_counts_there_is_no_limit() {
    let health = |more: &str| format!("{MAX}    {more}\n");
    let at = |field: &str| format!("spec.health.{field}");
    complains(
        GOOD,
        &health("latencyP99: { max: 800ms }"),
        &at("latencyP99"),
        "no response time",
    );
    complains(
        GOOD,
        &health("clientErrorRate: { worseThanIpv4By: 1% }"),
        &at("clientErrorRate"),
        "counts none",
    );
    let compared = "errorRate: { max: 1%, worseThanIpv4By: 1% }\n";
    complains(
        GOOD,
        compared,
        &at("errorRate.worseThanIpv4By"),
        "whole load balancer",
    );
}

#[test]
fn clients_are_led_by_no_other_way() {
    let text = SOUND.replacen("weight: 10%,", "weight: 10%, clients: ipv6,", 1);
    let told = refused(&text);
    assert_eq!(
        told.iter().next().unwrap().path,
        "spec.shift.steps[0].clients"
    );
}
