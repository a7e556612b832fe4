//! Consumers of a registry that move by themselves: what such a plan cannot say.

use crate::complains_once;

const SOUND: &str = "\
apiVersion: sixshift/v1
kind: MigrationPlan
metadata: { name: ledger }
spec:
  service: { region: eu-central-1, cluster: prod, name: ledger }
  ipv6: { subnets: [subnet-0a1b2c3d4e5f60718], registry: { name: ledger-v6 } }
  shift: { via: cloudMap, bake: 1h }
  health: { alarms: [ledger-errors] }
  retire: { keepCold: 1h }
";

fn complains(from: &str, to: &str, path: &str, words: &str) {
    assert!(SOUND.contains(from), "{from}");
    complains_once(&SOUND.replacen(from, to, 1), path, words);
}

#[test]
fn the_way_and_the_name_come_together() {
    complains(
        ", registry: { name: ledger-v6 }",
        "",
        "spec.shift.via",
        "by which name",
    );
    complains(
        "shift: { via: cloudMap, bake: 1h }",
        "shift: { via: taskCount, steps: [{ weight: 100% }], bake: 1h }",
        "spec.ipv6.registry",
        "tasks that share a queue",
    );
}

#[test]
fn nobody_divides_consumers_into_steps() {
    complains(
        "bake: 1h",
        "steps: [{ weight: 100% }], bake: 1h",
        "spec.shift.steps",
        "move by themselves",
    );
}

#[test]
fn a_name_is_one_that_cloud_map_takes() {
    for name in ["-a", "a-", "a.b", "\"\""] {
        complains(
            "name: ledger-v6",
            &format!("name: {name}"),
            "spec.ipv6.registry.name",
            "",
        );
    }
}

#[test]
fn nothing_counts_requests_or_drains_them() {
    complains(
        "alarms: [ledger-errors]",
        "alarms: [ledger-errors], errorRate: { max: 1% }",
        "spec.health.errorRate",
        "name alarms",
    );
    complains(
        "keepCold: 1h",
        "keepCold: 1h, minDrain: 1h",
        "spec.retire.minDrain",
        "no request reaches",
    );
}
