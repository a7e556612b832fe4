//! What limits on the tasks of IPv6 are refused for.

use std::path::Path;

use sixshift_core::plan::{Bound, OfTasks, Plan, parse, source::Document};

use crate::complains_once;

const SOUND: &str = "\
apiVersion: sixshift/v1
kind: MigrationPlan
metadata: { name: checkout }
spec:
  service: { region: eu-central-1, cluster: prod, name: checkout }
  ipv6: { subnets: [subnet-0a1b2c3d4e5f60718] }
  shift:
    via: albWeights
    steps: [{ weight: 10%, hold: 15m }, { weight: 100% }]
    bake: 24h
  health:
    errorRate: { max: 1% }
    tasks:
      cpu: { max: 90% }
      memory: { max: 95%, worseThanIpv4By: 50% }
";

fn complains(from: &str, to: &str, path: &str, words: &str) {
    assert!(SOUND.contains(from), "{from}");
    complains_once(&SOUND.replacen(from, to, 1), path, words);
}

fn plan(text: &str) -> Plan {
    let mut plans = parse(Path::new("plan.yaml"), text).unwrap();
    plans.remove(0)
}

#[test]
fn limits_are_metrics_of_ecs_and_are_written_as_they_were() {
    let sound = plan(SOUND);
    let of: Vec<_> = sound.health.metrics.iter().map(|m| m.of_tasks()).collect();
    assert_eq!(of, [Some(OfTasks::Cpu), Some(OfTasks::Memory)]);
    let memory = &sound.health.metrics[1];
    assert_eq!(memory.bound, Some(Bound::Max(95.0)));
    assert_eq!(memory.worse_than_ipv4_by, Some(0.5));
    let written = serde_json::to_string_pretty(&Document::from(&sound)).unwrap();
    let again = plan(&written);
    assert_eq!(again.health, sound.health);
}

#[test]
fn a_long_bake_is_told_in_longer_points() {
    let long = plan(&SOUND.replacen("bake: 24h", "bake: 7d", 1));
    let minutes = long.health.metrics.iter().map(|m| m.period.as_secs() / 60);
    assert_eq!(minutes.collect::<Vec<_>>(), [15, 15]);
}

#[test]
fn they_are_no_limit_that_a_plan_may_rest_on() {
    complains(
        "    errorRate: { max: 1% }\n",
        "",
        "spec.health",
        "there is no limit",
    );
}

#[test]
fn each_has_a_limit_that_can_be_judged_on_its_way() {
    let tasks = "spec.health.tasks";
    complains(
        "cpu: { max: 90% }",
        "cpu: { max: 90%, worseThanIpv4By: 20% }",
        &format!("{tasks}.cpu.worseThanIpv4By"),
        "the keys here are max",
    );
    complains(
        "cpu: { max: 90% }",
        "cpu: {}",
        &format!("{tasks}.cpu.max"),
        "90%",
    );
    complains(
        "memory: { max: 95%, worseThanIpv4By: 50% }",
        "memory: {}",
        &format!("{tasks}.memory"),
        "how much is too much",
    );
    complains(
        "    tasks:\n      cpu: { max: 90% }\n      memory: { max: 95%, worseThanIpv4By: 50% }\n",
        "    tasks: {}\n",
        tasks,
        "no limit stands here",
    );
    complains(
        "cpu: { max: 90% }",
        "disk: { max: 90% }",
        &format!("{tasks}.disk"),
        "",
    );
    complains(
        "    tasks:\n",
        "    metrics: [{ name: memory-of-tasks, metric: { namespace: A, name: B, statistic: Average }, max: 1 }]\n    tasks:\n",
        "spec.health.metrics[0].name",
        "a figure of its own",
    );
}

#[test]
fn in_place_nothing_is_compared_and_task_by_task_memory_is() {
    let in_place = SOUND
        .replacen(
            "    via: albWeights\n    steps: [{ weight: 10%, hold: 15m }, { weight: 100% }]\n",
            "    via: inPlace\n",
            1,
        )
        .replacen("    errorRate: { max: 1% }\n", "    alarms: [a]\n", 1);
    complains_once(
        &in_place,
        "spec.health.tasks.memory.worseThanIpv4By",
        "never run at the same time",
    );
    let by_tasks = SOUND
        .replacen("via: albWeights", "via: taskCount", 1)
        .replacen("    errorRate: { max: 1% }\n", "    alarms: []\n", 1);
    assert_eq!(plan(&by_tasks).health.metrics.len(), 2);
}
