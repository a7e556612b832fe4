//! What lines of a log may not be asked for.

use std::path::Path;

use sixshift_core::plan::{Bound, Per, Plan, parse, source::Document};

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
    logs:
      - { pattern: ERROR|FATAL, worseThanIpv4By: 50% }
      - { name: timeouts, pattern: (?i)timed.out, max: 2, minSamples: 5, missing: zero, dryRun: true }
";
const FIRST: &str = "{ pattern: ERROR|FATAL, worseThanIpv4By: 50% }";

fn complains(from: &str, to: &str, path: &str, words: &str) {
    assert!(SOUND.contains(from), "{from}");
    complains_once(&SOUND.replacen(from, to, 1), path, words);
}

fn plan(text: &str) -> Plan {
    let mut plans = parse(Path::new("plan.yaml"), text).unwrap();
    plans.remove(0)
}

fn per(text: &str) -> Vec<Per> {
    let plan = plan(text);
    let lines = plan.health.metrics.iter().filter_map(|m| m.lines());
    lines.map(|lines| lines.per).collect()
}

/// The same plan without a load balancer.
fn by(way: &str) -> String {
    SOUND.replacen("via: albWeights", way, 1).replacen(
        "    errorRate: { max: 1% }\n",
        "    alarms: []\n",
        1,
    )
}

#[test]
fn they_are_metrics_of_the_plan_and_are_written_as_they_were() {
    let sound = plan(SOUND);
    let names: Vec<&str> = sound
        .health
        .metrics
        .iter()
        .map(|m| m.name.as_str())
        .collect();
    assert_eq!(names, ["log-lines-1", "timeouts"]);
    let timeouts = &sound.health.metrics[1];
    assert_eq!(timeouts.bound, Some(Bound::Max(2.0)));
    assert!(timeouts.dry_run);
    let written = serde_json::to_string_pretty(&Document::from(&sound)).unwrap();
    assert_eq!(plan(&written).health, sound.health);
}

#[test]
fn what_they_are_counted_for_is_by_the_way() {
    assert_eq!(per(SOUND), [Per::Requests; 2]);
    assert_eq!(per(&by("via: taskCount")), [Per::Tasks; 2]);
    let steps = "steps: [{ weight: 10%, hold: 15m }, { weight: 100% }]";
    let nlb = SOUND.replacen("via: albWeights", "via: nlb", 1).replacen(
        steps,
        "steps: [{ clients: ipv6, hold: 15m }, { clients: all }]",
        1,
    );
    assert_eq!(per(&nlb), [Per::Connections; 2]);
    let open = SOUND.replacen("via: albWeights", "via: auto", 1).replacen(
        &format!("    {steps}\n"),
        "",
        1,
    );
    complains_once(&open, "spec.health.logs", "depends on the way");
}

#[test]
fn a_fixed_limit_is_one_that_a_plan_may_rest_on_and_a_comparison_is_not() {
    let fixed = SOUND
        .replacen("    errorRate: { max: 1% }\n", "", 1)
        .replacen(FIRST, "{ pattern: ERROR, max: 1 }", 1);
    assert_eq!(per(&fixed), [Per::Requests; 2]);
    complains(
        "    errorRate: { max: 1% }\n",
        "",
        "spec.health",
        "there is no limit",
    );
}

#[test]
fn in_place_nothing_is_compared() {
    let steps = "    steps: [{ weight: 10%, hold: 15m }, { weight: 100% }]\n";
    let in_place = by("via: inPlace").replacen(steps, "", 1);
    complains_once(
        &in_place,
        "spec.health.logs[0].worseThanIpv4By",
        "never run at the same time",
    );
    let fixed = in_place.replacen(FIRST, "{ pattern: ERROR, max: 1 }", 1);
    assert_eq!(per(&fixed), [Per::Tasks; 2]);
}

#[test]
fn where_consumers_move_by_themselves_nothing_is_compared() {
    let steps = "    steps: [{ weight: 10%, hold: 15m }, { weight: 100% }]\n";
    let registry = "ipv6: { registry: { name: checkout-ipv6 }, ";
    let by_names = by("via: cloudMap")
        .replacen(steps, "", 1)
        .replacen("ipv6: { ", registry, 1);
    let path = "spec.health.logs[0].worseThanIpv4By";
    complains_once(&by_names, path, "who has more of them writes more");
}

#[test]
fn each_has_a_pattern_a_limit_and_a_name_of_its_own() {
    let first = "spec.health.logs[0]";
    let pattern = format!("{first}.pattern");
    complains(FIRST, "{ worseThanIpv4By: 50% }", &pattern, "add it");
    for (wrong, words) in [
        ("\"\"", "1 to 200 characters"),
        ("\"[ERROR\"", "no regular expression"),
        ("\"(ERROR)\"", "no groups"),
        ("\"E*\"", "every line"),
        ("\"a\\nb\"", "of one line"),
    ] {
        let to = format!("{{ pattern: {wrong}, max: 1 }}");
        complains(FIRST, &to, &pattern, words);
    }
    complains(
        FIRST,
        "{ pattern: ERROR }",
        first,
        "how many lines are too many",
    );
    complains(
        FIRST,
        "{ pattern: ERROR, max: -1 }",
        &format!("{first}.max"),
        "fewer lines than none",
    );
    complains(
        FIRST,
        "{ pattern: ERROR, min: 1, max: 1 }",
        &format!("{first}.min"),
        "",
    );
    complains(
        FIRST,
        "{ name: timeouts, pattern: ERROR, max: 1 }",
        "spec.health.logs[1].name",
        "stands here twice",
    );
    complains(
        FIRST,
        "{ pattern: ERROR, max: 1, minSamples: 30 }",
        first,
        "30 minutes of lines are not there in a hold of 15m",
    );
    let many = (0..5).map(|_| "\n      - { pattern: E, max: 1 }");
    let many = format!("{FIRST}{}", many.collect::<String>());
    complains(FIRST, &many, "spec.health.logs", "5 are the most");
}

#[test]
fn a_name_that_a_metric_has_is_taken() {
    let metric = "    metrics: [{ name: log-lines-1, metric: { namespace: A, name: B, statistic: Average }, max: 1 }]\n    logs:\n";
    let both = plan(&SOUND.replacen("    logs:\n", metric, 1));
    let names: Vec<&str> = both
        .health
        .metrics
        .iter()
        .map(|m| m.name.as_str())
        .collect();
    assert_eq!(names, ["log-lines-1", "log-lines-2", "timeouts"]);
}
