//! Requests that break the rules of autoscaling.

use super::{Case, each_refusal_is_shown};
use crate::scenario::fixture::{call, ipv6_target_group, one};
use crate::services::Service;
use crate::world::World;
use crate::world::elb::dimension;
use crate::{Value, wire};

/// A world with the service `service/prod/checkout` and its scaling: a policy and a scheduled action.
struct Ground {
    label: String,
    unrouted: String,
}

fn world() -> (World, Ground) {
    let mut built = one("healthy");
    let balancer = built
        .world
        .elb
        .load_balancers
        .keys()
        .next()
        .unwrap()
        .clone();
    let group = built.services[0].target_group.clone();
    let other = ipv6_target_group(&mut built, "nobody");
    let label = |group: &str| format!("{}/{}", dimension(&balancer), dimension(group));
    let ground = Ground {
        label: label(&group),
        unrouted: label(&other),
    };
    (built.world, ground)
}

/// A request about the service's scaling. `LABEL` and `UNROUTED` stand for labels.
fn case(rule: &'static str, op: &'static str, more: &str) -> Case {
    let (world, ground) = world();
    let more = more
        .replace("LABEL", &ground.label)
        .replace("UNROUTED", &ground.unrouted);
    let text = format!(
        r#"{{"ServiceNamespace":"ecs","ResourceId":"service/prod/checkout","ScalableDimension":"ecs:service:DesiredCount",{more}}}"#
    );
    Case {
        rule,
        op,
        world,
        input: wire::from_text(&text),
    }
}

fn elsewhere(mut case: Case, resource: &str) -> Case {
    case.input.set("ResourceId", resource.into());
    case
}

fn tracking(rule: &'static str, configuration: &str) -> Case {
    case(
        rule,
        "PutScalingPolicy",
        &format!(
            r#""PolicyName":"p","PolicyType":"TargetTrackingScaling","TargetTrackingScalingPolicyConfiguration":{{"TargetValue":50,{configuration}}}"#
        ),
    )
}

fn predefined(rule: &'static str, metric: &str, more: &str) -> Case {
    tracking(
        rule,
        &format!(r#""PredefinedMetricSpecification":{{"PredefinedMetricType":"{metric}"{more}}}"#),
    )
}

fn steps(rule: &'static str, kind: &str, steps: &str) -> Case {
    case(
        rule,
        "PutScalingPolicy",
        &format!(
            r#""PolicyName":"p","PolicyType":"StepScaling","StepScalingPolicyConfiguration":{{"AdjustmentType":"{kind}","StepAdjustments":[{steps}]}}"#
        ),
    )
}

fn step(from: &str, to: &str, by: i64) -> String {
    let bound = |name: &str, value: &str| {
        if value.is_empty() {
            String::new()
        } else {
            format!(r#""MetricInterval{name}Bound":{value},"#)
        }
    };
    format!(
        r#"{{{}{}"ScalingAdjustment":{by}}}"#,
        bound("Lower", from),
        bound("Upper", to)
    )
}

fn predictive(rule: &'static str, specifications: &str, more: &str) -> Case {
    case(
        rule,
        "PutScalingPolicy",
        &format!(
            r#""PolicyName":"p","PolicyType":"PredictiveScaling","PredictiveScalingPolicyConfiguration":{{"MetricSpecifications":[{specifications}]{more}}}"#
        ),
    )
}

const PAIR: &str = r#"{"TargetValue":50,"PredefinedMetricPairSpecification":{"PredefinedMetricType":"ECSServiceCPUUtilization"}}"#;

fn schedule(rule: &'static str, name: &str, schedule: &str, more: &str) -> Case {
    case(
        rule,
        "PutScheduledAction",
        &format!(
            r#""ScheduledActionName":"{name}","Schedule":"{schedule}","ScalableTargetAction":{{"MinCapacity":4}}{more}"#
        ),
    )
}

fn targets() -> Vec<Case> {
    let register = |rule, more| case(rule, "RegisterScalableTarget", more);
    let deregistered = |rule, more: &str| {
        let mut case = case(rule, "RegisterScalableTarget", more);
        let mut input = case.input.clone();
        input.set("MinCapacity", Value::Null);
        let done = crate::services::call(
            &mut case.world,
            Service::AutoScaling,
            "DeregisterScalableTarget",
            &input,
        );
        done.unwrap();
        case
    };
    vec![
        deregistered("scaling-first-needs-both-bounds", r#""MinCapacity":1"#),
        register(
            "scaling-bounds-in-order",
            r#""MinCapacity":5,"MaxCapacity":4"#,
        ),
        // The maximum that it has is 12.
        register("scaling-bounds-in-order", r#""MinCapacity":13"#),
        register("scaling-bounds-in-order", r#""MinCapacity":-1"#),
        elsewhere(
            register(
                "scaling-service-is-there",
                r#""MinCapacity":1,"MaxCapacity":4"#,
            ),
            "service/prod/absent",
        ),
        elsewhere_none(case(
            "scaling-dimension-with-resource",
            "DescribeScalingPolicies",
            r#""PolicyNames":["requests-per-target"]"#,
        )),
    ]
}

fn elsewhere_none(mut case: Case) -> Case {
    case.input.set("ResourceId", Value::Null);
    case
}

fn policies() -> Vec<Case> {
    let mut full = case(
        "policies-fifty",
        "PutScalingPolicy",
        r#""PolicyName":"p","PolicyType":"StepScaling","StepScalingPolicyConfiguration":{"AdjustmentType":"ExactCapacity","StepAdjustments":[{"MetricIntervalLowerBound":0,"ScalingAdjustment":4}]}"#,
    );
    for n in 1..50 {
        let mut input = full.input.clone();
        input.set("PolicyName", format!("p-{n}").into());
        call(
            &mut full.world,
            Service::AutoScaling,
            "PutScalingPolicy",
            input
                .fields()
                .iter()
                .map(|(k, v)| (k.as_str(), v.clone()))
                .collect(),
        )
        .unwrap();
    }
    let no_type =
        r#""PolicyName":"p","StepScalingPolicyConfiguration":{"AdjustmentType":"ExactCapacity"}"#;
    vec![
        case("policy-type-when-new", "PutScalingPolicy", no_type),
        case(
            "policy-with-its-own-configuration",
            "PutScalingPolicy",
            r#""PolicyName":"p","PolicyType":"StepScaling","TargetTrackingScalingPolicyConfiguration":{"TargetValue":50,"PredefinedMetricSpecification":{"PredefinedMetricType":"ECSServiceAverageCPUUtilization"}}"#,
        ),
        full,
        tracking("tracking-one-metric", r#""DisableScaleIn":true"#),
        tracking(
            "tracking-customised-metric-whole",
            r#""CustomizedMetricSpecification":{"MetricName":"Load","Namespace":"Shop"}"#,
        ),
        tracking(
            "tracking-customised-metric-whole",
            r#""CustomizedMetricSpecification":{"Metrics":[{"Id":"a","Expression":"1"},{"Id":"b","Expression":"2"}]}"#,
        ),
        tracking(
            "tracking-customised-metric-whole",
            r#""CustomizedMetricSpecification":{"MetricName":"Load","Metrics":[{"Id":"a","Expression":"1"}]}"#,
        ),
        predefined(
            "tracking-metric-of-ecs",
            "RDSReaderAverageCPUUtilization",
            "",
        ),
        predefined("tracking-label-form", "ALBRequestCountPerTarget", ""),
        predefined(
            "tracking-label-form",
            "ALBRequestCountPerTarget",
            r#","ResourceLabel":"targetgroup/shop/2""#,
        ),
        predefined(
            "tracking-label-for-requests-only",
            "ECSServiceAverageCPUUtilization",
            r#","ResourceLabel":"LABEL""#,
        ),
        predefined(
            "tracking-label-is-routed",
            "ALBRequestCountPerTarget",
            r#","ResourceLabel":"UNROUTED""#,
        ),
        predefined(
            "tracking-high-resolution-is-measured",
            "ECSServiceAverageCPUUtilizationHighResolution",
            "",
        ),
    ]
}

fn stepping() -> Vec<Case> {
    let row = |steps: &[String]| steps.join(",");
    let many: Vec<String> = (0..21)
        .map(|n| {
            let end = if n == 20 {
                String::new()
            } else {
                (n + 1).to_string()
            };
            step(&n.to_string(), &end, n)
        })
        .collect();
    let change = "ChangeInCapacity";
    vec![
        steps("steps-needed", change, ""),
        steps(
            "steps-in-a-row",
            change,
            &row(&[step("0", "10", 1), step("5", "", 2)]),
        ),
        steps(
            "steps-in-a-row",
            change,
            &row(&[step("0", "10", 1), step("20", "", 2)]),
        ),
        steps("steps-in-a-row", change, &row(&[step("", "", 1)])),
        steps("steps-in-a-row", change, &row(&[step("10", "0", 1)])),
        steps("steps-in-a-row", change, &row(&[step("0", "10", 1)])),
        steps("steps-in-a-row", change, &row(&[step("-10", "0", 1)])),
        steps(
            "steps-exact-not-negative",
            "ExactCapacity",
            &row(&[step("0", "", -1)]),
        ),
        steps("steps-twenty", change, &row(&many)),
    ]
}

fn predicting() -> Vec<Case> {
    vec![
        predictive("predictive-one-specification", &[PAIR, PAIR].join(","), ""),
        predictive(
            "predictive-pair-or-two",
            r#"{"TargetValue":50,"PredefinedLoadMetricSpecification":{"PredefinedMetricType":"ECSServiceTotalCPUUtilization"}}"#,
            "",
        ),
        predictive(
            "predictive-label-is-routed",
            r#"{"TargetValue":50,"PredefinedMetricPairSpecification":{"PredefinedMetricType":"ALBRequestCount","ResourceLabel":"UNROUTED"}}"#,
            "",
        ),
        predictive(
            "predictive-label-is-routed",
            r#"{"TargetValue":50,"PredefinedMetricPairSpecification":{"PredefinedMetricType":"ALBRequestCount"}}"#,
            "",
        ),
        predictive(
            "predictive-buffer-with-increase",
            PAIR,
            r#","MaxCapacityBuffer":10"#,
        ),
        predictive(
            "predictive-buffer-with-increase",
            PAIR,
            r#","MaxCapacityBreachBehavior":"IncreaseMaxCapacity""#,
        ),
    ]
}

fn scheduled() -> Vec<Case> {
    let mut full = schedule("schedules-two-hundred", "one-more", "rate(1 day)", "");
    for n in 1..200 {
        let mut input = full.input.clone();
        input.set("ScheduledActionName", format!("a-{n}").into());
        crate::services::call(
            &mut full.world,
            Service::AutoScaling,
            "PutScheduledAction",
            &input,
        )
        .unwrap();
    }
    vec![
        case(
            "schedule-when-new",
            "PutScheduledAction",
            r#""ScheduledActionName":"up","ScalableTargetAction":{"MinCapacity":4}"#,
        ),
        schedule("schedule-form", "up", "cron(99 8 * * ? *)", ""),
        schedule(
            "schedule-form",
            "up",
            "rate(1 day)",
            r#","Timezone":"Mars/Base""#,
        ),
        schedule("schedule-not-past", "up", "at(2020-01-01T00:00:00)", ""),
        schedule(
            "schedule-not-past",
            "up",
            "rate(1 day)",
            r#","EndTime":1577836800"#,
        ),
        schedule(
            "schedule-not-past",
            "up",
            "rate(1 day)",
            r#","StartTime":1577836800"#,
        ),
        schedule(
            "schedule-end-after-start",
            "up",
            "rate(1 day)",
            r#","StartTime":4102444800,"EndTime":4102444800"#,
        ),
        case(
            "schedule-capacity",
            "PutScheduledAction",
            r#""ScheduledActionName":"up","Schedule":"rate(1 day)""#,
        ),
        case(
            "schedule-capacity",
            "PutScheduledAction",
            r#""ScheduledActionName":"up","Schedule":"rate(1 day)","ScalableTargetAction":{"MinCapacity":4,"MaxCapacity":3}"#,
        ),
        full,
    ]
}

#[test]
fn each_rule_of_autoscaling_refuses_what_breaks_it() {
    let all = [targets(), policies(), stepping(), predicting(), scheduled()];
    each_refusal_is_shown(Service::AutoScaling, all.into_iter().flatten().collect());
}
