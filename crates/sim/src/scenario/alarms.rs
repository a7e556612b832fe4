//! Alarms of scenarios, and what they call.

use super::ScenarioError;
use super::region::{CLUSTER, Ground, call};
use super::service::Wish;
use crate::Value;
use crate::services::Service;

/// A step scaling policy, and the alarm on the service's CPU that calls it.
pub(super) fn by_steps(ground: &mut Ground, wish: &Wish) -> Result<(), ScenarioError> {
    let step = Value::map([
        ("MetricIntervalLowerBound", Value::from(0.0)),
        ("ScalingAdjustment", 1_i64.into()),
    ]);
    let steps = Value::map([
        ("AdjustmentType", Value::from("ChangeInCapacity")),
        ("StepAdjustments", Value::list([step])),
        ("MetricAggregationType", "Average".into()),
    ]);
    let policy = [
        ("ServiceNamespace", "ecs".into()),
        ("ScalableDimension", "ecs:service:DesiredCount".into()),
        (
            "ResourceId",
            format!("service/{CLUSTER}/{}", wish.name).into(),
        ),
        ("PolicyName", "busy".into()),
        ("PolicyType", "StepScaling".into()),
        ("StepScalingPolicyConfiguration", steps),
    ];
    let world = &mut ground.world;
    let made = call(world, Service::AutoScaling, "PutScalingPolicy", policy)?;
    let dimension = |name: &str, value: &str| {
        Value::map([("Name", Value::from(name)), ("Value", value.into())])
    };
    let dimensions = [
        dimension("ClusterName", CLUSTER),
        dimension("ServiceName", &wish.name),
    ];
    let alarm = [
        ("AlarmName", format!("{}-busy", wish.name).into()),
        ("Namespace", "AWS/ECS".into()),
        ("MetricName", "CPUUtilization".into()),
        ("Dimensions", Value::list(dimensions)),
        ("Statistic", "Average".into()),
        ("Period", 60_i64.into()),
        ("EvaluationPeriods", 3_i64.into()),
        ("Threshold", 90.0.into()),
        ("ComparisonOperator", "GreaterThanThreshold".into()),
        ("AlarmActions", Value::list([made.get("PolicyARN").clone()])),
    ];
    call(world, Service::CloudWatch, "PutMetricAlarm", alarm).map(|_| ())
}

/// An alarm that says nothing of missing data, as most that were made by hand.
pub(super) fn put_error_alarm(
    ground: &mut Ground,
    alarm: &str,
    balancer: &str,
) -> Result<(), ScenarioError> {
    let dimension = Value::map([
        ("Name", Value::from("LoadBalancer")),
        ("Value", crate::world::elb::dimension(balancer).into()),
    ]);
    call(
        &mut ground.world,
        Service::CloudWatch,
        "PutMetricAlarm",
        [
            ("AlarmName", alarm.into()),
            ("AlarmDescription", "Answers with a 5xx".into()),
            ("Namespace", "AWS/ApplicationELB".into()),
            ("MetricName", "HTTPCode_Target_5XX_Count".into()),
            ("Dimensions", Value::list([dimension])),
            ("Statistic", "Sum".into()),
            ("Period", 60_i64.into()),
            ("EvaluationPeriods", 3_i64.into()),
            ("Threshold", 100.0.into()),
            ("ComparisonOperator", "GreaterThanThreshold".into()),
        ],
    )
    .map(|_| ())
}

pub(super) fn put_alarm(
    ground: &mut Ground,
    alarm: &str,
    service: &str,
) -> Result<(), ScenarioError> {
    call(
        &mut ground.world,
        Service::CloudWatch,
        "PutMetricAlarm",
        [
            ("AlarmName", alarm.into()),
            ("AlarmDescription", "Orders that could not be placed".into()),
            ("Namespace", "Shop".into()),
            ("MetricName", format!("{service}.OrdersFailed").into()),
            ("Statistic", "Maximum".into()),
            ("Period", 60_i64.into()),
            ("EvaluationPeriods", 1_i64.into()),
            ("Threshold", 10.0.into()),
            ("ComparisonOperator", "GreaterThanOrEqualToThreshold".into()),
            ("TreatMissingData", "notBreaching".into()),
        ],
    )
    .map(|_| ())
}
