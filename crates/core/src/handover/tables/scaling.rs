//! What scales a service (botocore: application-autoscaling `ScalableTarget`, `ScalingPolicy`, `ScheduledAction`).

use crate::handover::document::{
    Member,
    Shape::{Block, Blocks, Bool, Number, Text},
    elsewhere, member as m,
};

pub(in crate::handover) const SCALABLE_TARGET: &[Member] = &[
    elsewhere("RoleARN"),
    elsewhere("CreationTime"),
    elsewhere("ScalableTargetARN"),
    elsewhere("PredictedCapacity"),
    m(
        "ServiceNamespace",
        "service_namespace",
        "ServiceNamespace",
        Text,
    ),
    m(
        "ScalableDimension",
        "scalable_dimension",
        "ScalableDimension",
        Text,
    ),
    m("ResourceId", "resource_id", "ResourceId", Text),
    m("MinCapacity", "min_capacity", "MinCapacity", Number),
    m("MaxCapacity", "max_capacity", "MaxCapacity", Number),
    m(
        "SuspendedState",
        "suspended_state",
        "SuspendedState",
        Block(SUSPENDED),
    ),
];

const SUSPENDED: &[Member] = &[
    m(
        "DynamicScalingInSuspended",
        "dynamic_scaling_in_suspended",
        "DynamicScalingInSuspended",
        Bool,
    ),
    m(
        "DynamicScalingOutSuspended",
        "dynamic_scaling_out_suspended",
        "DynamicScalingOutSuspended",
        Bool,
    ),
    m(
        "ScheduledScalingSuspended",
        "scheduled_scaling_suspended",
        "ScheduledScalingSuspended",
        Bool,
    ),
];

const DIMENSIONS: &[Member] = &[
    m("Name", "name", "Name", Text),
    m("Value", "value", "Value", Text),
];

const METRIC: &[Member] = &[
    m("MetricName", "metric_name", "MetricName", Text),
    m("Namespace", "namespace", "Namespace", Text),
    m("Dimensions", "dimensions", "Dimensions", Blocks(DIMENSIONS)),
];

const QUERY: &[Member] = &[
    m("Id", "id", "Id", Text),
    m("Expression", "expression", "Expression", Text),
    m("Label", "label", "Label", Text),
    m("ReturnData", "return_data", "ReturnData", Bool),
    m(
        "MetricStat",
        "metric_stat",
        "MetricStat",
        Block(&[
            m("Metric", "metric", "Metric", Block(METRIC)),
            m("Stat", "stat", "Stat", Text),
            m("Unit", "unit", "Unit", Text),
        ]),
    ),
];

const CUSTOMIZED: &[Member] = &[
    m("MetricName", "metric_name", "MetricName", Text),
    m("Namespace", "namespace", "Namespace", Text),
    m("Dimensions", "dimensions", "Dimensions", Blocks(DIMENSIONS)),
    m("Statistic", "statistic", "Statistic", Text),
    m("Unit", "unit", "Unit", Text),
    m("Metrics", "metrics", "Metrics", Blocks(QUERY)),
];

const TRACKING: &[Member] = &[
    m("TargetValue", "target_value", "TargetValue", Number),
    m("DisableScaleIn", "disable_scale_in", "DisableScaleIn", Bool),
    m(
        "ScaleInCooldown",
        "scale_in_cooldown",
        "ScaleInCooldown",
        Number,
    ),
    m(
        "ScaleOutCooldown",
        "scale_out_cooldown",
        "ScaleOutCooldown",
        Number,
    ),
    m(
        "PredefinedMetricSpecification",
        "predefined_metric_specification",
        "PredefinedMetricSpecification",
        Block(&[
            m(
                "PredefinedMetricType",
                "predefined_metric_type",
                "PredefinedMetricType",
                Text,
            ),
            m("ResourceLabel", "resource_label", "ResourceLabel", Text),
        ]),
    ),
    m(
        "CustomizedMetricSpecification",
        "customized_metric_specification",
        "CustomizedMetricSpecification",
        Block(CUSTOMIZED),
    ),
];

const STEPS: &[Member] = &[
    m("AdjustmentType", "adjustment_type", "AdjustmentType", Text),
    m("Cooldown", "cooldown", "Cooldown", Number),
    m(
        "MetricAggregationType",
        "metric_aggregation_type",
        "MetricAggregationType",
        Text,
    ),
    m(
        "MinAdjustmentMagnitude",
        "min_adjustment_magnitude",
        "MinAdjustmentMagnitude",
        Number,
    ),
    m(
        "StepAdjustments",
        "step_adjustment",
        "StepAdjustments",
        Blocks(&[
            m(
                "MetricIntervalLowerBound",
                "metric_interval_lower_bound",
                "MetricIntervalLowerBound",
                Number,
            ),
            m(
                "MetricIntervalUpperBound",
                "metric_interval_upper_bound",
                "MetricIntervalUpperBound",
                Number,
            ),
            m(
                "ScalingAdjustment",
                "scaling_adjustment",
                "ScalingAdjustment",
                Number,
            ),
        ]),
    ),
];

/// A prediction has no word in Terraform's provider 5, and in a stack one that this table does not know.
pub(in crate::handover) const POLICY: &[Member] = &[
    elsewhere("PolicyARN"),
    elsewhere("Alarms"),
    elsewhere("CreationTime"),
    elsewhere("ServiceNamespace"),
    elsewhere("ScalableDimension"),
    elsewhere("ResourceId"),
    m("PolicyName", "name", "PolicyName", Text),
    m("PolicyType", "policy_type", "PolicyType", Text),
    m(
        "TargetTrackingScalingPolicyConfiguration",
        "target_tracking_scaling_policy_configuration",
        "TargetTrackingScalingPolicyConfiguration",
        Block(TRACKING),
    ),
    m(
        "StepScalingPolicyConfiguration",
        "step_scaling_policy_configuration",
        "StepScalingPolicyConfiguration",
        Block(STEPS),
    ),
];

pub(in crate::handover) const SCHEDULED_ACTION: &[Member] = &[
    elsewhere("ScheduledActionARN"),
    elsewhere("CreationTime"),
    elsewhere("ServiceNamespace"),
    elsewhere("ScalableDimension"),
    elsewhere("ResourceId"),
    elsewhere("StartTime"),
    elsewhere("EndTime"),
    m("ScheduledActionName", "name", "ScheduledActionName", Text),
    m("Schedule", "schedule", "Schedule", Text),
    m("Timezone", "timezone", "Timezone", Text),
    m(
        "ScalableTargetAction",
        "scalable_target_action",
        "ScalableTargetAction",
        Block(&[
            m("MinCapacity", "min_capacity", "MinCapacity", Number),
            m("MaxCapacity", "max_capacity", "MaxCapacity", Number),
        ]),
    ),
];
