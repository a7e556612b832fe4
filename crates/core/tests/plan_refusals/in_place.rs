//! A service that is moved in place: what such a plan cannot say.

use crate::complains_once;

const SOUND: &str = "\
apiVersion: sixshift/v1
kind: MigrationPlan
metadata: { name: mailer }
spec:
  service: { region: eu-central-1, cluster: prod, name: mailer }
  ipv6: { subnets: [subnet-0a1b2c3d4e5f60718] }
  shift:
    via: inPlace
    inPlace: { hold: 5m }
  health: { alarms: [mail-age] }
";

fn complains(from: &str, to: &str, path: &str, words: &str) {
    assert!(SOUND.contains(from), "{from}");
    complains_once(&SOUND.replacen(from, to, 1), path, words);
}

#[test]
fn there_are_no_steps_no_requests_and_nothing_to_retire() {
    complains(
        "inPlace: { hold: 5m }",
        "steps: [{ weight: 100% }]",
        "spec.shift.steps",
        "there are no steps",
    );
    for limit in [
        "errorRate: { max: 1% }",
        "clientErrorRate: { worseThanIpv4By: 5% }",
        "latencyP99: { max: 1s }",
        "minRequests: 5",
        "onTooFew: wait",
    ] {
        let key = limit.split(':').next().unwrap();
        complains(
            "{ alarms: [mail-age] }",
            &format!("{{ alarms: [mail-age], {limit} }}"),
            &format!("spec.health.{key}"),
            "name alarms in its place",
        );
    }
    complains(
        "  health:",
        "  retire: { keepCold: 1h }\n  health:",
        "spec.retire",
        "leaves nothing behind",
    );
    complains(
        "{ alarms: [mail-age] }",
        "{}",
        "spec.health",
        "write alarms: [NAME]",
    );
}

#[test]
fn behind_a_load_balancer_it_is_accepted_or_refused_and_requests_mean_something() {
    complains(
        "{ hold: 5m }",
        "{ behindLoadBalancer: yes }",
        "spec.shift.inPlace.behindLoadBalancer",
        "one of refuse, accept",
    );
    let behind = SOUND.replacen("{ hold: 5m }", "{ behindLoadBalancer: accept }", 1);
    let limited = behind.replacen("{ alarms: [mail-age] }", "{ errorRate: { max: 1% } }", 1);
    assert!(sixshift_core::plan::parse(std::path::Path::new("a.yaml"), &limited).is_ok());
    complains_once(
        &limited.replacen("  health:", "  retire: { keepCold: 1h }\n  health:", 1),
        "spec.retire.keepCold",
        "keeps no IPv4 tasks",
    );
    complains_once(
        &behind.replacen("{ alarms: [mail-age] }", "{}", 1),
        "spec.health",
        "there is no limit",
    );
}

#[test]
fn a_proof_has_its_bounds_and_none_has_no_hold() {
    let hold = |to: &str, words: &str| {
        complains("{ hold: 5m }", to, "spec.shift.inPlace.hold", words);
    };
    hold("{ hold: 30s }", "write hold: 1m");
    hold("{ hold: 2d }", "write hold: 1d");
    hold("{ proof: none, hold: 5m }", "nothing is proven here");
    complains(
        "{ hold: 5m }",
        "{ proof: twice }",
        "spec.shift.inPlace.proof",
        "one of task, none",
    );
}
