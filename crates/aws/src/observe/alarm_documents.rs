//! Alarms of metrics as documents: their answers are no text, so each member is written out as AWS names it.
//!
//! What belongs here: the writing. What must not: the call ([`super::alarms`]), or what an alarm is for.

use aws_sdk_cloudwatch::types as cw;
use serde_json::{Map, Value, json};
use sixshift_core::handover::Tagged;

use super::alarms;
use crate::{error::Error, region::Clients};

/// The alarms of these names that exist. Their tags are not asked: that needs a right of its own, and they are somebody's.
pub(crate) async fn read(clients: &Clients, names: &[String]) -> Result<Vec<Tagged>, Error> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let (simple, _) = alarms::answered(clients, names).await?;
    let tagged = |alarm: &cw::MetricAlarm| Tagged {
        document: document(alarm),
        ..Tagged::default()
    };
    Ok(simple.iter().map(tagged).collect())
}

/// botocore: cloudwatch `MetricAlarm`, without what tells of its state.
fn document(alarm: &cw::MetricAlarm) -> Value {
    let word = |word: Option<&str>| json!(word);
    let members = [
        ("AlarmName", json!(alarm.alarm_name())),
        ("AlarmArn", json!(alarm.alarm_arn())),
        ("AlarmDescription", json!(alarm.alarm_description())),
        ("ActionsEnabled", json!(alarm.actions_enabled())),
        ("OKActions", json!(alarm.ok_actions())),
        ("AlarmActions", json!(alarm.alarm_actions())),
        (
            "InsufficientDataActions",
            json!(alarm.insufficient_data_actions()),
        ),
        ("MetricName", json!(alarm.metric_name())),
        ("Namespace", json!(alarm.namespace())),
        (
            "Statistic",
            word(alarm.statistic().map(cw::Statistic::as_str)),
        ),
        ("ExtendedStatistic", json!(alarm.extended_statistic())),
        ("Dimensions", dimensions(alarm.dimensions())),
        ("Period", json!(alarm.period())),
        ("Unit", word(alarm.unit().map(cw::StandardUnit::as_str))),
        ("EvaluationPeriods", json!(alarm.evaluation_periods())),
        ("DatapointsToAlarm", json!(alarm.datapoints_to_alarm())),
        ("Threshold", json!(alarm.threshold())),
        (
            "ComparisonOperator",
            word(
                alarm
                    .comparison_operator()
                    .map(cw::ComparisonOperator::as_str),
            ),
        ),
        ("TreatMissingData", json!(alarm.treat_missing_data())),
        (
            "EvaluateLowSampleCountPercentile",
            json!(alarm.evaluate_low_sample_count_percentile()),
        ),
        ("Metrics", alarm.metrics().iter().map(query).collect()),
        ("ThresholdMetricId", json!(alarm.threshold_metric_id())),
        // No table knows these: they are told by their names.
        ("EvaluationWindow", there(alarm.evaluation_window.is_some())),
        (
            "WarmUpConfiguration",
            there(alarm.warm_up_configuration.is_some()),
        ),
        (
            "EvaluationCriteria",
            there(alarm.evaluation_criteria.is_some()),
        ),
        (
            "EvaluationInterval",
            there(alarm.evaluation_interval.is_some()),
        ),
        (
            "ActionConfiguration",
            there(alarm.action_configuration.is_some()),
        ),
    ];
    said(members)
}

fn query(query: &cw::MetricDataQuery) -> Value {
    let stat = query.metric_stat().map(|stat| {
        let metric = stat.metric();
        said([
            (
                "Metric",
                said([
                    ("Namespace", json!(metric.and_then(cw::Metric::namespace))),
                    (
                        "MetricName",
                        json!(metric.and_then(cw::Metric::metric_name)),
                    ),
                    (
                        "Dimensions",
                        dimensions(metric.map(cw::Metric::dimensions).unwrap_or_default()),
                    ),
                ]),
            ),
            ("Period", json!(stat.period())),
            ("Stat", json!(stat.stat())),
            ("Unit", json!(stat.unit().map(cw::StandardUnit::as_str))),
        ])
    });
    said([
        ("Id", json!(query.id())),
        ("Expression", json!(query.expression())),
        ("Label", json!(query.label())),
        ("ReturnData", json!(query.return_data())),
        ("Period", json!(query.period())),
        ("AccountId", json!(query.account_id())),
        ("MetricStat", stat.unwrap_or_default()),
    ])
}

fn dimensions(dimensions: &[cw::Dimension]) -> Value {
    let pair = |d: &cw::Dimension| json!({ "Name": d.name(), "Value": d.value() });
    dimensions.iter().map(pair).collect()
}

fn there(is_there: bool) -> Value {
    if is_there { json!(true) } else { Value::Null }
}

/// An object of those that say something.
fn said<const N: usize>(members: [(&str, Value); N]) -> Value {
    let said = members.into_iter().filter(|(_, value)| !value.is_null());
    Value::Object(said.map(|(k, v)| (k.to_owned(), v)).collect::<Map<_, _>>())
}
