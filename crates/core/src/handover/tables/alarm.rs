//! An alarm of a metric (botocore: cloudwatch `MetricAlarm`). One of other alarms can drive no scaling.

use crate::handover::document::{
    Member,
    Shape::{Block, Blocks, Bool, Number, Pairs, Text, Texts},
    elsewhere, member as m,
};

const DIMENSIONS: &[Member] = &[m("Name", "", "Name", Text), m("Value", "", "Value", Text)];

const METRIC: &[Member] = &[
    m("Namespace", "namespace", "Namespace", Text),
    m("MetricName", "metric_name", "MetricName", Text),
    m("Dimensions", "dimensions", "Dimensions", Pairs(DIMENSIONS)),
];

/// In Terraform a metric and its statistic are one block.
const STATISTIC: &[Member] = &[
    m("Metric", "", "Metric", Block(METRIC)),
    m("Period", "period", "Period", Number),
    m("Stat", "stat", "Stat", Text),
    m("Unit", "unit", "Unit", Text),
];

const QUERY: &[Member] = &[
    m("Id", "id", "Id", Text),
    m("Expression", "expression", "Expression", Text),
    m("Label", "label", "Label", Text),
    m("ReturnData", "return_data", "ReturnData", Bool),
    m("Period", "period", "Period", Number),
    m("AccountId", "account_id", "AccountId", Text),
    m("MetricStat", "metric", "MetricStat", Block(STATISTIC)),
];

#[rustfmt::skip]
pub(in crate::handover) const METRIC_ALARM: &[Member] = &[
    elsewhere("AlarmArn"),
    elsewhere("AlarmConfigurationUpdatedTimestamp"),
    elsewhere("StateValue"),
    elsewhere("StateReason"),
    elsewhere("StateReasonData"),
    elsewhere("StateUpdatedTimestamp"),
    elsewhere("StateTransitionedTimestamp"),
    elsewhere("EvaluationState"),
    m("AlarmName", "alarm_name", "AlarmName", Text),
    m("AlarmDescription", "alarm_description", "AlarmDescription", Text),
    m("ActionsEnabled", "actions_enabled", "ActionsEnabled", Bool),
    m("AlarmActions", "alarm_actions", "AlarmActions", Texts),
    m("OKActions", "ok_actions", "OKActions", Texts),
    m("InsufficientDataActions", "insufficient_data_actions", "InsufficientDataActions", Texts),
    m("Namespace", "namespace", "Namespace", Text),
    m("MetricName", "metric_name", "MetricName", Text),
    m("Dimensions", "dimensions", "Dimensions", Pairs(DIMENSIONS)),
    m("Statistic", "statistic", "Statistic", Text),
    m("ExtendedStatistic", "extended_statistic", "ExtendedStatistic", Text),
    m("Period", "period", "Period", Number),
    m("Unit", "unit", "Unit", Text),
    m("EvaluationPeriods", "evaluation_periods", "EvaluationPeriods", Number),
    m("DatapointsToAlarm", "datapoints_to_alarm", "DatapointsToAlarm", Number),
    m("Threshold", "threshold", "Threshold", Number),
    m("ThresholdMetricId", "threshold_metric_id", "ThresholdMetricId", Text),
    m("ComparisonOperator", "comparison_operator", "ComparisonOperator", Text),
    m("TreatMissingData", "treat_missing_data", "TreatMissingData", Text),
    m("EvaluateLowSampleCountPercentile", "evaluate_low_sample_count_percentiles", "EvaluateLowSampleCountPercentile", Text),
    m("Metrics", "metric_query", "Metrics", Blocks(QUERY)),
];
