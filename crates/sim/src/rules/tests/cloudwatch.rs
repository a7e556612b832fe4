//! Requests that break the rules of cloudwatch.

use super::{Case, each_refusal_is_shown};
use crate::services::{self, Service};
use crate::wire::from_text;
use crate::world::World;

/// A world with the alarm `busy`, and the composite alarms `any` on it, `all` on `any`, and `other`.
fn world() -> World {
    let start = jiff::Timestamp::from_second(1_800_000_000).unwrap();
    let mut world = World::new("eu-central-1", "123456789012", start);
    let busy = r#"{"AlarmName":"busy","Namespace":"Shop","MetricName":"Load","Statistic":"Sum","Period":60,
        "EvaluationPeriods":1,"Threshold":1,"ComparisonOperator":"GreaterThanThreshold"}"#;
    let composite =
        |name: &str, rule: &str| format!(r#"{{"AlarmName":"{name}","AlarmRule":"{rule}"}}"#);
    for (op, input) in [
        ("PutMetricAlarm", busy.to_owned()),
        ("PutCompositeAlarm", composite("any", "ALARM(busy)")),
        ("PutCompositeAlarm", composite("all", "ALARM(any)")),
        ("PutCompositeAlarm", composite("other", "TRUE")),
    ] {
        services::call(&mut world, Service::CloudWatch, op, &from_text(&input)).unwrap();
    }
    world
}

fn case(rule: &'static str, op: &'static str, input: &str) -> Case {
    Case {
        rule,
        op,
        world: world(),
        input: from_text(input),
    }
}

fn alarm(rule: &'static str, more: &str) -> Case {
    let input = format!(
        r#"{{"AlarmName":"new","Threshold":1,"ComparisonOperator":"GreaterThanThreshold",{more}}}"#
    );
    case(rule, "PutMetricAlarm", &input)
}

#[test]
fn each_rule_of_cloudwatch_refuses_what_breaks_it() {
    let metric = r#""Namespace":"Shop","MetricName":"Load""#;
    let tags: Vec<_> = (0..51)
        .map(|n| format!(r#"{{"Key":"k{n}","Value":"v"}}"#))
        .collect();
    let cases = vec![
        alarm("alarm-metric-or-queries", r#""EvaluationPeriods":1"#),
        alarm(
            "alarm-metric-or-queries",
            &format!(
                r#"{metric},"Statistic":"Sum","Period":60,"EvaluationPeriods":1,"Metrics":[{{"Id":"a","Expression":"1"}}]"#
            ),
        ),
        alarm(
            "alarm-one-statistic",
            &format!(
                r#"{metric},"Statistic":"Sum","ExtendedStatistic":"p99","Period":60,"EvaluationPeriods":1"#
            ),
        ),
        alarm(
            "alarm-one-query-returns",
            r#""EvaluationPeriods":1,"Metrics":[{"Id":"a","Expression":"1"},{"Id":"b","Expression":"a"}]"#,
        ),
        alarm(
            "alarm-datapoints-within-periods",
            &format!(
                r#"{metric},"Statistic":"Sum","Period":60,"EvaluationPeriods":2,"DatapointsToAlarm":3"#
            ),
        ),
        alarm(
            "alarm-within-a-day",
            &format!(r#"{metric},"Statistic":"Sum","Period":300,"EvaluationPeriods":289"#),
        ),
        alarm(
            "alarm-within-a-day",
            &format!(r#"{metric},"Statistic":"Sum","Period":3600,"EvaluationPeriods":169"#),
        ),
        alarm(
            "alarm-fifty-tags",
            &format!(
                r#"{metric},"Statistic":"Sum","Period":60,"EvaluationPeriods":1,"Tags":[{}]"#,
                tags.join(",")
            ),
        ),
        case(
            "alarm-names-or-prefix",
            "DescribeAlarms",
            r#"{"AlarmNames":["busy"],"AlarmNamePrefix":"b"}"#,
        ),
        case(
            "alarms-one-composite-deleted",
            "DeleteAlarms",
            r#"{"AlarmNames":["all","other"]}"#,
        ),
        case(
            "alarms-composite-in-use",
            "DeleteAlarms",
            r#"{"AlarmNames":["any"]}"#,
        ),
        case(
            "composite-rule-form",
            "PutCompositeAlarm",
            r#"{"AlarmName":"new","AlarmRule":"ALARM(busy) AND"}"#,
        ),
        case(
            "composite-rule-form",
            "PutCompositeAlarm",
            r#"{"AlarmName":"new","AlarmRule":"busy"}"#,
        ),
        case(
            "composite-names-alarms-that-are-there",
            "PutCompositeAlarm",
            r#"{"AlarmName":"new","AlarmRule":"OK(busy) OR ALARM(nobody)"}"#,
        ),
        case(
            "composite-suppressor-whole",
            "PutCompositeAlarm",
            r#"{"AlarmName":"new","AlarmRule":"OK(busy)","ActionsSuppressor":"busy"}"#,
        ),
    ];
    each_refusal_is_shown(Service::CloudWatch, cases);
}
