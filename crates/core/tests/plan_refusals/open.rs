//! Plans that leave their way to the service: how that is written, and what is refused beside it.

use std::path::Path;

use sixshift_core::plan::{Choice, Plan, Way, parse};

use super::{SOUND, complains_once};

const STEPS: &str = "    steps:
      - { weight: 10%, hold: 10m }
      - { weight: 50%, hold: 30m, gate: approval }
      - { weight: 100% }
";
const WORSE: &str = "{ max: 1%, worseThanIpv4By: 0.5% }";
const LATENCY: &str = "    latencyP99: { max: 800ms, worseThanIpv4By: 20% }\n";

fn with(shift: &str) -> String {
    assert!(SOUND.contains(STEPS));
    SOUND.replacen(STEPS, shift, 1)
}

fn read(text: &str) -> Plan {
    parse(Path::new("a.yaml"), text).unwrap().remove(0)
}

#[test]
fn auto_without_steps_leaves_the_way_to_the_service() {
    let plan = read(&with("    via: auto\n"));
    assert_eq!(plan.shift.choice, Choice::ByService(None));
    assert!(plan.shift.choice.is_open());
    assert_ne!(plan.revision, read(SOUND).revision);
}

#[test]
fn steps_tell_the_way_where_via_does_not() {
    let weights = read(SOUND);
    assert_eq!(weights.shift.way, Way::Weights);
    assert_eq!(weights.shift.choice, Choice::BySteps);
    let named = read(&with(&format!("    via: albWeights\n{STEPS}")));
    assert_eq!(named.shift.choice, Choice::Named);
    assert_eq!(named.revision, weights.revision, "it says the same");
    let of_clients = "    steps: [{ clients: ipv6, hold: 10m }, { clients: all }]\n";
    for via in ["", "    via: auto\n"] {
        let text = with(&format!("{via}{of_clients}"));
        let text = text
            .replacen(WORSE, "{ max: 1% }", 1)
            .replacen(LATENCY, "", 1);
        let plan = read(&text);
        assert_eq!(plan.shift.way, Way::Families);
        assert_eq!(plan.shift.choice, Choice::BySteps);
    }
}

#[test]
fn steps_that_were_forgotten_are_no_choice() {
    complains_once(&with(""), "spec.shift.steps", "steps");
    complains_once(
        &with("    via: nlb\n")
            .replacen(WORSE, "{ max: 1% }", 1)
            .replacen(LATENCY, "", 1),
        "spec.shift.steps",
        "steps",
    );
    complains_once(&with("    via: albWeights\n"), "spec.shift.steps", "steps");
}

#[test]
fn what_one_way_alone_knows_is_refused_where_the_way_is_open() {
    complains_once(
        &with("    via: auto\n    inPlace: { proof: none }\n"),
        "spec.shift.inPlace",
        "write via: inPlace",
    );
    let metric = "    metrics:\n      - name: lag\n        metric: { namespace: Shop, name: Lag, statistic: Average, dimensions: { Service: '{service}' } }\n        worseThanIpv4By: 10%\n";
    let text = with("    via: auto\n").replacen(LATENCY, metric, 1);
    complains_once(
        &text,
        "spec.health.metrics[0].worseThanIpv4By",
        "max: or min:",
    );
}
