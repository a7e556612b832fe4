//! Workers that move task by task: what such a plan cannot say.

use crate::complains_once;

const SOUND: &str = "\
apiVersion: sixshift/v1
kind: MigrationPlan
metadata: { name: mailer }
spec:
  service: { region: eu-central-1, cluster: prod, name: mailer }
  ipv6: { subnets: [subnet-0a1b2c3d4e5f60718] }
  shift:
    via: taskCount
    steps: [{ weight: 25%, hold: 5m }, { weight: 100% }]
  health: { alarms: [mail-age] }
  retire: { keepCold: 1h }
";

fn complains(from: &str, to: &str, path: &str, words: &str) {
    assert!(SOUND.contains(from), "{from}");
    complains_once(&SOUND.replacen(from, to, 1), path, words);
}

#[test]
fn a_share_of_the_tasks_is_a_weight() {
    complains(
        "{ weight: 25%, hold: 5m }, { weight: 100% }",
        "{ clients: ipv6, hold: 5m, weight: 25% }, { weight: 100% }",
        "spec.shift.steps[0].clients",
        "write weight",
    );
    complains(
        "{ weight: 25%, hold: 5m }",
        "{ hold: 5m }",
        "spec.shift.steps[0].weight",
        "weight is missing",
    );
    complains(
        "steps: [{ weight: 25%, hold: 5m }, { weight: 100% }]",
        "bake: 1h",
        "spec.shift.steps",
        "steps is missing",
    );
}

#[test]
fn nothing_counts_requests_or_drains_them() {
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
        "{ keepCold: 1h }",
        "{ keepCold: 1h, minDrain: 10m }",
        "spec.retire.minDrain",
        "stopTimeout",
    );
    complains(
        "{ alarms: [mail-age] }",
        "{}",
        "spec.health",
        "write alarms: [NAME]",
    );
    complains(
        "{ alarms: [mail-age] }",
        "{ metrics: [{ name: a, max: 1, metric: { namespace: A, name: B, statistic: Average, dimensions: { T: \"{targetGroup}\" } } }] }",
        "spec.health.metrics[0]",
        "moved task by task has no load balancer",
    );
}
