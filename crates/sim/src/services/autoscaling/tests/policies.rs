//! What policies do, and what becomes of the alarms that call them.

use crate::scenario::Built;
use crate::scenario::fixture::{ipv6_target_group, one, pass, set_weights};
use crate::services::{self, AwsError, Service};
use crate::wire::from_text;
use crate::world::elb::dimension;
use crate::{Value, world::World};

const ABOUT: &str = r#""ServiceNamespace":"ecs","ResourceId":"service/prod/checkout","ScalableDimension":"ecs:service:DesiredCount""#;

fn scaling(world: &mut World, op: &str, more: &str) -> Result<Value, AwsError> {
    let input = from_text(&format!("{{{ABOUT}{more}}}"));
    services::call(world, Service::AutoScaling, op, &input)
}

fn metrics(world: &mut World, op: &str, input: &str) -> Value {
    services::call(world, Service::CloudWatch, op, &from_text(input)).unwrap()
}

/// The service `checkout`, which wants 3 tasks and may have 12, without the policy that it came with.
fn shop() -> Built {
    let mut built = one("healthy");
    scaling(
        &mut built.world,
        "DeleteScalingPolicy",
        r#","PolicyName":"requests-per-target""#,
    )
    .unwrap();
    built
}

fn desired(world: &World) -> i64 {
    world
        .ecs
        .service_of_resource("service/prod/checkout")
        .unwrap()
        .desired
}

/// Puts a number each minute, for so many minutes.
fn load(world: &mut World, value: f64, minutes: i64) {
    for _ in 0..minutes {
        let datum = format!(
            r#"{{"Namespace":"Shop","MetricData":[{{"MetricName":"Load","Value":{value}}}]}}"#
        );
        metrics(world, "PutMetricData", &datum);
        pass(world, 60);
    }
}

const STEPS: &str = r#","PolicyName":"steps","PolicyType":"StepScaling","StepScalingPolicyConfiguration":{
    "AdjustmentType":"ChangeInCapacity","Cooldown":300,"StepAdjustments":[
    {"MetricIntervalLowerBound":0,"MetricIntervalUpperBound":50,"ScalingAdjustment":1},
    {"MetricIntervalLowerBound":50,"ScalingAdjustment":3}]}"#;

fn step_policy(world: &mut World) -> String {
    let put = scaling(world, "PutScalingPolicy", STEPS).unwrap();
    put.get("PolicyARN").as_str().unwrap().to_owned()
}

fn alarm(world: &mut World, name: &str, comparison: &str, threshold: f64, action: &str) {
    let input = format!(
        r#"{{"AlarmName":"{name}","Namespace":"Shop","MetricName":"Load","Statistic":"Maximum","Period":60,
        "EvaluationPeriods":1,"Threshold":{threshold},"ComparisonOperator":"{comparison}","AlarmActions":["{action}"]}}"#
    );
    metrics(world, "PutMetricAlarm", &input);
}

#[test]
fn an_alarm_calls_a_step_policy_as_long_as_it_lasts() {
    let mut world = shop().world;
    let policy = step_policy(&mut world);
    alarm(
        &mut world,
        "busy",
        "GreaterThanOrEqualToThreshold",
        100.0,
        &policy,
    );
    load(&mut world, 99.0, 3);
    assert_eq!(desired(&world), 3);
    // One step; while it cools down the same step adds nothing, and a higher one adds what it is higher by.
    load(&mut world, 120.0, 3);
    assert_eq!(desired(&world), 4);
    load(&mut world, 160.0, 1);
    assert_eq!(desired(&world), 6);
    // Without a new transition the alarm calls again once all has cooled down.
    load(&mut world, 120.0, 6);
    assert_eq!(desired(&world), 7);
    load(&mut world, 160.0, 30);
    assert_eq!(desired(&world), 12, "the maximum");
}

#[test]
fn what_is_suspended_or_disabled_is_not_called() {
    let mut world = shop().world;
    let policy = step_policy(&mut world);
    alarm(
        &mut world,
        "busy",
        "GreaterThanOrEqualToThreshold",
        100.0,
        &policy,
    );
    scaling(
        &mut world,
        "RegisterScalableTarget",
        r#","SuspendedState":{"DynamicScalingOutSuspended":true}"#,
    )
    .unwrap();
    load(&mut world, 160.0, 5);
    assert_eq!(desired(&world), 3);
    scaling(
        &mut world,
        "RegisterScalableTarget",
        r#","SuspendedState":{"DynamicScalingOutSuspended":false}"#,
    )
    .unwrap();
    metrics(
        &mut world,
        "DisableAlarmActions",
        r#"{"AlarmNames":["busy"]}"#,
    );
    load(&mut world, 160.0, 5);
    assert_eq!(desired(&world), 3);
    metrics(
        &mut world,
        "EnableAlarmActions",
        r#"{"AlarmNames":["busy"]}"#,
    );
    load(&mut world, 160.0, 1);
    assert_eq!(desired(&world), 6);
}

#[test]
fn a_deleted_step_policy_leaves_its_alarms_without_the_action() {
    let mut world = shop().world;
    let policy = step_policy(&mut world);
    alarm(&mut world, "busy", "GreaterThanThreshold", 100.0, &policy);
    let seen = scaling(&mut world, "DescribeScalingPolicies", "").unwrap();
    let seen = &seen.get("ScalingPolicies").items()[0];
    assert_eq!(
        seen.get("Alarms").items()[0].get("AlarmName").as_str(),
        Some("busy")
    );
    scaling(
        &mut world,
        "DeleteScalingPolicy",
        r#","PolicyName":"steps""#,
    )
    .unwrap();
    let left = metrics(&mut world, "DescribeAlarms", r#"{"AlarmNames":["busy"]}"#);
    let left = &left.get("MetricAlarms").items()[0];
    assert!(left.get("AlarmActions").items().is_empty());
    load(&mut world, 160.0, 3);
    assert_eq!(desired(&world), 3);
}

#[test]
fn of_several_policies_the_highest_count_prevails() {
    let mut world = shop().world;
    let policy = step_policy(&mut world);
    alarm(
        &mut world,
        "busy",
        "GreaterThanOrEqualToThreshold",
        100.0,
        &policy,
    );
    let tracking = r#","PolicyName":"track","PolicyType":"TargetTrackingScaling","TargetTrackingScalingPolicyConfiguration":{
        "TargetValue":40,"CustomizedMetricSpecification":{"MetricName":"Load","Namespace":"Shop","Statistic":"Average"}}"#;
    load(&mut world, 110.0, 3);
    assert_eq!(desired(&world), 4);
    // Tracking wants 4 * 110 / 40, the steps one more.
    scaling(&mut world, "PutScalingPolicy", tracking).unwrap();
    load(&mut world, 110.0, 1);
    assert_eq!(desired(&world), 11);
    // In, the higher of 1 task less and what tracking wants.
    let less = STEPS
        .replace("\"steps\"", "\"less\"")
        .replace(
            r#"{"MetricIntervalLowerBound":0,"MetricIntervalUpperBound":50,"ScalingAdjustment":1},"#,
            r#"{"MetricIntervalUpperBound":0,"ScalingAdjustment":-1}"#,
        )
        .replace(r#"{"MetricIntervalLowerBound":50,"ScalingAdjustment":3}"#, "");
    let put = scaling(&mut world, "PutScalingPolicy", &less).unwrap();
    let less = put.get("PolicyARN").as_str().unwrap().to_owned();
    alarm(&mut world, "idle", "LessThanThreshold", 5.0, &less);
    load(&mut world, 40.0, 20);
    assert_eq!(desired(&world), 11);
    load(&mut world, 1.0, 1);
    assert_eq!(desired(&world), 10);
}

#[test]
fn metric_math_scales_a_service() {
    let mut world = shop().world;
    let tracking = r#","PolicyName":"track","PolicyType":"TargetTrackingScaling","TargetTrackingScalingPolicyConfiguration":{
        "TargetValue":10,"CustomizedMetricSpecification":{"Metrics":[
        {"Id":"each","Expression":"load / 3"},
        {"Id":"load","MetricStat":{"Metric":{"Namespace":"Shop","MetricName":"Load"},"Stat":"Average"},"ReturnData":false}]}}"#;
    let put = scaling(&mut world, "PutScalingPolicy", tracking).unwrap();
    assert_eq!(put.get("Alarms").items().len(), 2);
    load(&mut world, 30.0, 4);
    assert_eq!(desired(&world), 3);
    load(&mut world, 60.0, 4);
    assert_eq!(desired(&world), 6);
}

#[test]
fn a_metric_of_high_resolution_is_accepted_where_the_service_measures_it() {
    let mut world = shop().world;
    let policy = r#","PolicyName":"cpu","PolicyType":"TargetTrackingScaling","TargetTrackingScalingPolicyConfiguration":{
        "TargetValue":50,"PredefinedMetricSpecification":{"PredefinedMetricType":"ECSServiceAverageCPUUtilizationHighResolution"}}"#;
    let refused = scaling(&mut world, "PutScalingPolicy", policy).unwrap_err();
    assert_eq!(refused.code, "ValidationException");
    let fine = r#"{"cluster":"prod","service":"checkout","monitoring":{"metricConfigurations":[
        {"metricNames":["CPUUtilization"],"resolutionSeconds":20}]}}"#;
    services::call(&mut world, Service::Ecs, "UpdateService", &from_text(fine)).unwrap();
    scaling(&mut world, "PutScalingPolicy", policy).unwrap();
    let memory = policy.replace("CPU", "Memory");
    scaling(&mut world, "PutScalingPolicy", &memory).unwrap_err();
}

#[test]
fn a_predictive_policy_is_kept_and_scales_nothing() {
    let mut world = shop().world;
    let policy = r#","PolicyName":"forecast","PolicyType":"PredictiveScaling","PredictiveScalingPolicyConfiguration":{
        "MetricSpecifications":[{"TargetValue":50,"PredefinedMetricPairSpecification":{"PredefinedMetricType":"ECSServiceCPUUtilization"}}]}"#;
    scaling(&mut world, "PutScalingPolicy", policy).unwrap();
    let scale = policy.replace(
        "{\n        \"MetricSpecifications\"",
        "{\"Mode\":\"ForecastAndScale\",\"MetricSpecifications\"",
    );
    let second = scale.replace("\"forecast\"", "\"scale\"");
    assert_ne!(second, policy.replace("\"forecast\"", "\"scale\""));
    scaling(&mut world, "PutScalingPolicy", &second).unwrap();
    let seen = scaling(&mut world, "DescribeScalingPolicies", "").unwrap();
    let modes = seen.get("ScalingPolicies").items().iter().map(|p| {
        let kept = p.get("PredictiveScalingPolicyConfiguration");
        assert_eq!(kept.get("SchedulingBufferTime").as_i64(), Some(300));
        kept.get("Mode").as_str().unwrap()
    });
    assert_eq!(
        modes.collect::<Vec<_>>(),
        ["ForecastOnly", "ForecastAndScale"]
    );
    pass(&mut world, 3600);
    assert_eq!(desired(&world), 3);
}

#[test]
fn a_policy_may_name_a_target_group_of_weight_0() {
    let mut built = shop();
    let group = ipv6_target_group(&mut built, "twin");
    let balancer = built
        .world
        .elb
        .load_balancers
        .keys()
        .next()
        .unwrap()
        .clone();
    let policy = format!(
        r#","PolicyName":"requests","PolicyType":"TargetTrackingScaling","TargetTrackingScalingPolicyConfiguration":{{
        "TargetValue":50,"PredefinedMetricSpecification":{{"PredefinedMetricType":"ALBRequestCountPerTarget","ResourceLabel":"{}/{}"}}}}"#,
        dimension(&balancer),
        dimension(&group)
    );
    let refused = scaling(&mut built.world, "PutScalingPolicy", &policy).unwrap_err();
    assert_eq!(
        refused.message,
        "The load balancer does not route traffic to the target group"
    );
    set_weights(&mut built, &group, 1, 0);
    scaling(&mut built.world, "PutScalingPolicy", &policy).unwrap();
}

#[test]
fn registering_brings_an_active_service_into_its_bounds_at_once() {
    let mut world = shop().world;
    let register = |world: &mut World, more: &str| {
        scaling(world, "RegisterScalableTarget", more).unwrap();
        desired(world)
    };
    let off = r#","SuspendedState":{"DynamicScalingInSuspended":true,"DynamicScalingOutSuspended":true,"ScheduledScalingSuspended":true}"#;
    assert_eq!(register(&mut world, off), 3);
    assert_eq!(register(&mut world, r#","MinCapacity":5"#), 5);
    assert_eq!(
        register(&mut world, r#","MinCapacity":1,"MaxCapacity":4"#),
        4
    );
    // A count set by hand outside the bounds stays until somebody registers, without the bounds too.
    let by_hand = r#"{"cluster":"prod","service":"checkout","desiredCount":0}"#;
    services::call(
        &mut world,
        Service::Ecs,
        "UpdateService",
        &from_text(by_hand),
    )
    .unwrap();
    pass(&mut world, 600);
    assert_eq!(desired(&world), 0);
    let on = r#","SuspendedState":{"DynamicScalingInSuspended":false}"#;
    assert_eq!(register(&mut world, on), 1);
}
