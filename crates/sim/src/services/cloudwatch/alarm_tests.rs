//! What alarms of both kinds promise: states that follow, tags, what is described and deleted.

use crate::scenario::fixture::{one, pass};
use crate::services::{self, AwsError, Service};
use crate::wire::from_text;
use crate::world::elb::dimension;
use crate::{Value, world::World};

fn run(world: &mut World, op: &str, input: &str) -> Result<Value, AwsError> {
    services::call(world, Service::CloudWatch, op, &from_text(input))
}

fn world() -> World {
    let start = jiff::Timestamp::from_second(1_800_000_000).unwrap();
    let mut world = World::new("eu-central-1", "123456789012", start);
    for name in ["slow", "full"] {
        let alarm = format!(
            r#"{{"AlarmName":"{name}","Namespace":"Shop","MetricName":"{name}","Statistic":"Sum","Period":60,"Threshold":1,
            "EvaluationPeriods":1,"ComparisonOperator":"GreaterThanThreshold","Tags":[{{"Key":"team","Value":"shop"}}]}}"#
        );
        run(&mut world, "PutMetricAlarm", &alarm).unwrap();
    }
    world
}

fn composite(world: &mut World, name: &str, rule: &str) {
    let input = format!(r#"{{"AlarmName":"{name}","AlarmRule":"{rule}"}}"#);
    run(world, "PutCompositeAlarm", &input).unwrap();
}

fn set(world: &mut World, name: &str, state: &str) {
    let input = format!(r#"{{"AlarmName":"{name}","StateValue":"{state}","StateReason":"drill"}}"#);
    run(world, "SetAlarmState", &input).unwrap();
}

fn state(world: &mut World, name: &str) -> String {
    let input =
        format!(r#"{{"AlarmNames":["{name}"],"AlarmTypes":["CompositeAlarm","MetricAlarm"]}}"#);
    let seen = run(world, "DescribeAlarms", &input).unwrap();
    let found = seen.get("MetricAlarms").items().iter();
    let found = found.chain(seen.get("CompositeAlarms").items()).next();
    found
        .and_then(|a| a.get("StateValue").as_str())
        .unwrap_or("gone")
        .to_owned()
}

#[test]
fn a_composite_alarm_follows_the_alarms_that_it_names() {
    let mut world = world();
    let arn = world.arn("cloudwatch", "alarm:full");
    composite(
        &mut world,
        "both",
        &format!(r#"ALARM(\"slow\") AND NOT (OK({arn}) OR INSUFFICIENT_DATA(full))"#),
    );
    composite(&mut world, "page", "ALARM(both) OR FALSE");
    assert_eq!(state(&mut world, "both"), "OK");
    set(&mut world, "slow", "ALARM");
    assert_eq!(state(&mut world, "both"), "OK");
    set(&mut world, "full", "ALARM");
    assert_eq!(state(&mut world, "both"), "ALARM");
    assert_eq!(state(&mut world, "page"), "ALARM");
    // Without data the alarms that it names rest again, and it follows.
    pass(&mut world, 60);
    assert_eq!(state(&mut world, "slow"), "INSUFFICIENT_DATA");
    assert_eq!(state(&mut world, "page"), "OK");
}

#[test]
fn a_composite_alarm_is_described_only_to_who_asks_for_it() {
    let mut world = world();
    composite(&mut world, "page", "ALARM(slow)");
    let mut count = |more: &str| {
        let seen = run(&mut world, "DescribeAlarms", &format!("{{{more}}}")).unwrap();
        (
            seen.get("MetricAlarms").items().len(),
            seen.get("CompositeAlarms").items().len(),
        )
    };
    assert_eq!(count(""), (2, 0));
    assert_eq!(count(r#""AlarmNames":["page"]"#), (0, 0));
    assert_eq!(count(r#""AlarmTypes":["CompositeAlarm"]"#), (0, 1));
    let both = r#""AlarmTypes":["MetricAlarm","CompositeAlarm"]"#;
    assert_eq!(count(both), (2, 1));
    assert_eq!(count(&format!(r#"{both},"StateValue":"OK""#)), (0, 1));
    let first = format!(r#"{{{both},"MaxRecords":2}}"#);
    let first = run(&mut world, "DescribeAlarms", &first).unwrap();
    assert_eq!(first.get("MetricAlarms").items().len(), 2);
    let token = first.get("NextToken").as_str().unwrap();
    let rest = format!(r#"{{{both},"MaxRecords":2,"NextToken":"{token}"}}"#);
    let rest = run(&mut world, "DescribeAlarms", &rest).unwrap();
    assert_eq!(rest.get("MetricAlarms").items().len(), 0);
    assert_eq!(rest.get("CompositeAlarms").items().len(), 1);
}

#[test]
fn alarms_carry_tags() {
    let mut world = world();
    let about = |more: &str| {
        format!(
            r#"{{"ResourceARN":"arn:aws:cloudwatch:eu-central-1:123456789012:alarm:slow"{more}}}"#
        )
    };
    let tag = about(r#","Tags":[{"Key":"stage","Value":"prod"}]"#);
    run(&mut world, "TagResource", &tag).unwrap();
    run(
        &mut world,
        "UntagResource",
        &about(r#","TagKeys":["team"]"#),
    )
    .unwrap();
    let list = |world: &mut World| {
        let tags = run(world, "ListTagsForResource", &about("")).unwrap();
        crate::wire::as_text(tags.get("Tags"))
    };
    assert_eq!(list(&mut world), r#"[{"Key":"stage","Value":"prod"}]"#);
    // An update keeps them, and ignores those that it brings.
    let update = r#"{"AlarmName":"slow","Namespace":"Shop","MetricName":"slow","Statistic":"Sum","Period":60,"Threshold":2,
        "EvaluationPeriods":1,"ComparisonOperator":"GreaterThanThreshold","Tags":[{"Key":"team","Value":"shop"}]}"#;
    run(&mut world, "PutMetricAlarm", update).unwrap();
    assert_eq!(list(&mut world), r#"[{"Key":"stage","Value":"prod"}]"#);
    run(&mut world, "DeleteAlarms", r#"{"AlarmNames":["slow"]}"#).unwrap();
    let gone = run(&mut world, "ListTagsForResource", &about("")).unwrap_err();
    assert_eq!(
        (gone.code.as_str(), gone.status),
        ("ResourceNotFoundException", 404)
    );
}

#[test]
fn what_exists_is_deleted_whatever_else_is_named() {
    let mut world = world();
    let named = r#"{"AlarmNames":["slow","nobody"]}"#;
    let refused = run(&mut world, "DeleteAlarms", named).unwrap_err();
    assert_eq!(refused.code, "ResourceNotFound");
    assert_eq!(state(&mut world, "slow"), "gone");
    assert_eq!(state(&mut world, "full"), "INSUFFICIENT_DATA");
}

#[test]
fn an_alarm_is_found_by_its_metric() {
    let mut world = world();
    let mut found = |input: &str| {
        let seen = run(&mut world, "DescribeAlarmsForMetric", input).unwrap();
        seen.get("MetricAlarms").items().len()
    };
    assert_eq!(found(r#"{"Namespace":"Shop","MetricName":"slow"}"#), 1);
    assert_eq!(
        found(r#"{"Namespace":"Shop","MetricName":"slow","Statistic":"Maximum"}"#),
        0
    );
}

#[test]
fn an_error_alarm_rests_without_data_while_all_is_well() {
    let mut built = one("healthy");
    let balancer = built
        .world
        .elb
        .load_balancers
        .keys()
        .next()
        .unwrap()
        .clone();
    for (name, missing) in [("resting", "missing"), ("sure", "notBreaching")] {
        let alarm = format!(
            r#"{{"AlarmName":"{name}","Namespace":"AWS/ApplicationELB","MetricName":"HTTPCode_Target_5XX_Count","Statistic":"Sum",
            "Dimensions":[{{"Name":"LoadBalancer","Value":"{}"}}],"Period":60,"EvaluationPeriods":5,"Threshold":10,
            "ComparisonOperator":"GreaterThanThreshold","TreatMissingData":"{missing}"}}"#,
            dimension(&balancer)
        );
        run(&mut built.world, "PutMetricAlarm", &alarm).unwrap();
    }
    pass(&mut built.world, 1800);
    assert_eq!(state(&mut built.world, "resting"), "INSUFFICIENT_DATA");
    assert_eq!(state(&mut built.world, "sure"), "OK");
}
