//! What metrics of the plan's own are refused for.

use std::path::Path;

use sixshift_core::plan::{MissingPoint, parse};

use crate::{complains_once, refused};

const SOUND: &str = "\
apiVersion: sixshift/v1
kind: MigrationPlan
metadata: { name: checkout }
spec:
  service: { region: eu-central-1, cluster: prod, name: checkout }
  ipv6: { subnets: [subnet-0a1b2c3d4e5f60718] }
  shift:
    steps: [{ weight: 10%, hold: 15m }, { weight: 100% }]
  health:
    metrics:
      - name: failed-orders
        metric: { namespace: Shop, name: OrdersFailed, dimensions: { Service: \"{service}\", Env: prod }, statistic: Average }
        max: 5
        worseThanIpv4By: 20%
      - name: error-share
        expression: 100 * FILL(failed, 0) / all
        using:
          failed: { namespace: Shop, name: Failed, dimensions: { Service: \"{service}\" }, statistic: Sum }
          all: { namespace: AWS/ApplicationELB, name: RequestCount, dimensions: { TargetGroup: \"{targetGroup}\", LoadBalancer: \"{loadBalancer}\" }, statistic: Sum }
        period: 5m
        worseThanIpv4By: 50%
        missing: zero
        dryRun: true
";
const IN_PLACE: &str = "\
apiVersion: sixshift/v1
kind: MigrationPlan
metadata: { name: mailer }
spec:
  service: { region: eu-central-1, cluster: prod, name: mailer }
  ipv6: { subnets: [subnet-0a1b2c3d4e5f60718] }
  shift: { via: inPlace }
  health:
    metrics:
      - name: oldest
        metric: { namespace: AWS/SQS, name: ApproximateAgeOfOldestMessage, dimensions: { QueueName: mail }, statistic: Maximum }
        max: 300
";
const FIRST: &str = "spec.health.metrics[0]";
const SECOND: &str = "spec.health.metrics[1]";

fn complains_of(sound: &str, from: &str, to: &str, path: &str, words: &str) {
    assert!(sound.contains(from), "{from}");
    complains_once(&sound.replacen(from, to, 1), path, words);
}

fn complains(from: &str, to: &str, path: &str, words: &str) {
    complains_of(SOUND, from, to, path, words);
}

#[test]
fn a_metric_and_an_expression_are_read_as_they_are_meant() {
    let plan = parse(Path::new("a.yaml"), SOUND).unwrap().remove(0);
    let [one, two] = plan.health.metrics.as_slice() else {
        panic!("{:?}", plan.health.metrics);
    };
    assert!(one.has_sides() && !one.is_of_a_balancer() && one.is_a_limit());
    assert!(two.is_of_a_balancer() && two.dry_run && !two.is_a_limit());
    assert_eq!((two.missing, two.min_samples), (MissingPoint::Zero, 3));
    let in_place = parse(Path::new("a.yaml"), IN_PLACE).unwrap().remove(0);
    assert!(!in_place.health.metrics[0].has_sides());
}

#[test]
fn limits() {
    let name = "spec.health.metrics[0].name";
    complains("failed-orders", "Failed", name, "write it like this");
    complains(
        "error-share",
        "failed-orders",
        "spec.health.metrics[1].name",
        "stands here twice",
    );
    complains(
        "        max: 5\n",
        "        max: 5\n        min: 1\n",
        "spec.health.metrics[0].min",
        "make another metric of it",
    );
    complains(
        "max: 5",
        "max: 5%",
        "spec.health.metrics[0].max",
        "a number belongs here",
    );
    complains(
        "max: 5\n",
        "max: .nan\n",
        "spec.health.metrics[0].max",
        "a number belongs here",
    );
}

#[test]
fn what_is_measured() {
    complains(
        "period: 5m",
        "period: 90s",
        "spec.health.metrics[1].period",
        "it takes whole minutes",
    );
    complains(
        "period: 5m",
        "period: 7m",
        "spec.health.metrics[1].period",
        "write period: 5m",
    );
    complains(
        "statistic: Average",
        "statistic: avg",
        "spec.health.metrics[0].metric.statistic",
        "write one of Average",
    );
    complains(
        "statistic: Average",
        "statistic: p101",
        "spec.health.metrics[0].metric.statistic",
        "p99",
    );
    complains(
        "namespace: Shop, name: O",
        "namespace: \":Shop\", name: O",
        "spec.health.metrics[0].metric.namespace",
        "is no namespace",
    );
    complains(
        "\"{service}\", Env",
        "\"{svc}\", Env",
        "spec.health.metrics[0].metric.dimensions.Service",
        "write one of {service}, {cluster}",
    );
    complains(
        "Env: prod",
        "Env: prød",
        "spec.health.metrics[0].metric.dimensions.Env",
        "ASCII",
    );
    complains(
        "Env: prod",
        "\":Env\": prod",
        "spec.health.metrics[0].metric.dimensions[\":Env\"]",
        "no colon first",
    );
    complains(
        "name: OrdersFailed",
        "name: \"{service}Failed\"",
        "spec.health.metrics[0].metric.name",
        "in values of dimensions alone",
    );
    let many: Vec<String> = (0..31).map(|i| format!("D{i}: x")).collect();
    complains(
        "Env: prod",
        &many.join(", "),
        "spec.health.metrics[0].metric.dimensions",
        "CloudWatch takes 30",
    );
    complains(
        "100 * FILL(failed, 0) / all",
        "failed / al",
        "spec.health.metrics[1].expression",
        "al is no name of using",
    );
    complains(
        "100 * FILL(failed, 0) / all",
        "RATE(failed) / all",
        "spec.health.metrics[1].expression",
        "write it with FILL",
    );
    complains(
        "          failed: {",
        "          Failed: {",
        "spec.health.metrics[1].using.Failed",
        "a lower-case letter first",
    );
}

#[test]
fn comparisons_need_two_sides_and_figures_that_do_not_grow_with_traffic() {
    let worse = "spec.health.metrics[0].worseThanIpv4By";
    complains(
        "\"{service}\", Env",
        "checkout, Env",
        worse,
        "write {service} or {targetGroup}",
    );
    complains(
        "Env: prod }, statistic: Average",
        "Env: prod }, statistic: Sum",
        worse,
        "a total grows with a side's share",
    );
    complains(
        "max: 5\n        worseThanIpv4By: 20%",
        "min: 5\n        worseThanIpv4By: 100%",
        worse,
        "nothing is less than all",
    );
    complains(
        "FILL(failed, 0) / all",
        "FILL(failed, 0) + all",
        "spec.health.metrics[1].worseThanIpv4By",
        "divide by what there was to count",
    );
}

#[test]
fn holds_must_be_long_enough_for_a_metric_and_its_period_for_a_bake() {
    complains(
        "worseThanIpv4By: 20%",
        "minSamples: 20",
        FIRST,
        "holds of 20m at least",
    );
    complains(
        "period: 5m",
        "period: 10m",
        SECOND,
        "3 points of 10m are not there in a hold of 15m",
    );
    complains(
        "{ weight: 100% }]\n",
        "{ weight: 100% }]\n    bake: 3d\n",
        FIRST,
        "write period: 5m",
    );
    complains(
        "worseThanIpv4By: 20%",
        "minSamples: 1",
        "spec.health.metrics[0].minSamples",
        "one point may be chance",
    );
}

#[test]
fn in_place_there_is_no_other_side_and_no_load_balancer() {
    let complains = |from, to, path, words| complains_of(IN_PLACE, from, to, path, words);
    let worse = "spec.health.metrics[0].worseThanIpv4By";
    complains(
        "max: 300",
        "max: 300\n        worseThanIpv4By: 20%",
        worse,
        "the sides never run at the same time",
    );
    complains(
        "QueueName: mail",
        "TargetGroup: \"{targetGroup}\"",
        FIRST,
        "has no load balancer",
    );
    complains(
        "max: 300",
        "max: 300\n        dryRun: true",
        "spec.health",
        "write alarms: [NAME]",
    );
}

#[test]
fn what_says_nothing_is_no_metric() {
    let complains = |from: &str, to: &str, words| complains_of(IN_PLACE, from, to, FIRST, words);
    complains("        max: 300\n", "", "add max: or min:");
    let metric = IN_PLACE.lines().find(|l| l.contains("metric:")).unwrap();
    complains(
        metric,
        "        period: 1m",
        "nothing says what is measured",
    );
    let expression = "spec.health.metrics[0].expression";
    complains_of(
        IN_PLACE,
        metric,
        "        expression: a / b",
        expression,
        "add using:",
    );
    let both = format!("{metric}\n        expression: a / b");
    complains_of(
        IN_PLACE,
        metric,
        &both,
        "spec.health.metrics[0].metric",
        "put it under using:",
    );
    let eleven = IN_PLACE.lines().skip(9).collect::<Vec<_>>().join("\n");
    let many: Vec<String> = (0..11)
        .map(|i| eleven.replace("oldest", &format!("a{i}")))
        .collect();
    let all = format!("\n{}\n", many.join("\n"));
    let text = format!(
        "{}{all}",
        IN_PLACE.split_inclusive('\n').take(9).collect::<String>()
    );
    let diagnostics = refused(&text);
    assert!(
        diagnostics
            .to_string()
            .contains("11 metrics stand here; 10 are the most")
    );
}
