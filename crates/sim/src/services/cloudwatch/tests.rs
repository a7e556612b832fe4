//! What CloudWatch's calls promise and refuse.

use jiff::Timestamp;

use super::*;

const START: i64 = 1_800_000_000;

fn world() -> World {
    // Later than all samples below: what lies ahead cannot be read.
    World::new(
        "eu-central-1",
        "123456789012",
        Timestamp::from_second(START + 600).unwrap(),
    )
}

/// Input as a client would write it in JSON.
fn json(text: &str) -> Value {
    crate::wire::from_text(text)
}

fn run(world: &mut World, op: &str, input: &str) -> Result<Value, AwsError> {
    call(world, op, &json(input))
}

fn put(world: &mut World, name: &str, second: i64, value: f64) {
    let at = START + second;
    let input = format!(
        r#"{{"Namespace":"Shop","MetricData":[{{"MetricName":"{name}","Timestamp":{at},"Value":{value}}}]}}"#
    );
    run(world, "PutMetricData", &input).unwrap();
}

fn get(world: &mut World, queries: &str, more: &str) -> Result<Value, AwsError> {
    let end = START + 300;
    run(
        world,
        "GetMetricData",
        &format!(r#"{{"StartTime":{START},"EndTime":{end},"MetricDataQueries":{queries}{more}}}"#),
    )
}

fn stat(id: &str, name: &str, shown: bool) -> String {
    format!(
        r#"{{"Id":"{id}","ReturnData":{shown},"MetricStat":{{"Metric":{{"Namespace":"Shop","MetricName":"{name}"}},"Period":60,"Stat":"Sum"}}}}"#
    )
}

fn values(answer: &Value, index: usize) -> Vec<f64> {
    answer.get("MetricDataResults").items()[index]
        .get("Values")
        .items()
        .iter()
        .filter_map(Value::as_f64)
        .collect()
}

fn code(outcome: Result<Value, AwsError>) -> String {
    outcome.unwrap_err().code
}

#[test]
fn what_was_put_is_read_newest_first_unless_asked_otherwise() {
    let mut world = world();
    put(&mut world, "Errors", 0, 1.0);
    put(&mut world, "Errors", 60, 2.0);
    let queries = format!("[{}]", stat("m", "Errors", true));
    assert_eq!(
        values(&get(&mut world, &queries, "").unwrap(), 0),
        [2.0, 1.0]
    );
    let ascending = get(&mut world, &queries, r#","ScanBy":"TimestampAscending""#).unwrap();
    assert_eq!(values(&ascending, 0), [1.0, 2.0]);
}

#[test]
fn expressions_read_other_queries_in_any_order() {
    let mut world = world();
    put(&mut world, "Errors", 60, 5.0);
    put(&mut world, "Requests", 0, 100.0);
    put(&mut world, "Requests", 60, 100.0);
    let queries = format!(
        r#"[{{"Id":"pct","Expression":"100 * FILL(e, 0) / r"}},{},{}]"#,
        stat("e", "Errors", false),
        stat("r", "Requests", false)
    );
    let answer = get(&mut world, &queries, "").unwrap();
    assert_eq!(answer.get("MetricDataResults").items().len(), 1);
    assert_eq!(values(&answer, 0), [5.0, 0.0]);
}

#[test]
fn an_expression_takes_the_period_of_what_it_names() {
    let mut world = world();
    put(&mut world, "Errors", 60, 5.0);
    let hourly = stat("h", "Errors", true).replace("60", "3600");
    let filled = r#"{"Id":"f","Expression":"FILL(e, 0)"}"#;
    let answer = get(
        &mut world,
        &format!("[{filled},{},{hourly}]", stat("e", "Errors", false)),
        "",
    )
    .unwrap();
    assert_eq!(values(&answer, 0), [0.0, 0.0, 0.0, 5.0, 0.0]);
}

#[test]
fn long_answers_come_in_pages_that_say_what_is_partial() {
    let mut world = world();
    for minute in 0..3 {
        put(&mut world, "A", minute * 60, minute as f64);
        put(&mut world, "B", minute * 60, 10.0 + minute as f64);
    }
    let queries = format!("[{},{}]", stat("a", "A", true), stat("b", "B", true));
    let first = get(&mut world, &queries, r#","MaxDatapoints":4"#).unwrap();
    assert_eq!(
        (values(&first, 0), values(&first, 1)),
        (vec![2.0, 1.0, 0.0], vec![12.0])
    );
    assert_eq!(
        first.get("MetricDataResults").items()[1]
            .get("StatusCode")
            .as_str(),
        Some("PartialData")
    );
    let token = first.get("NextToken").as_str().unwrap();
    let second = get(
        &mut world,
        &queries,
        &format!(r#","MaxDatapoints":4,"NextToken":"{token}""#),
    )
    .unwrap();
    assert_eq!(values(&second, 0), [11.0, 10.0]);
    assert!(second.get("NextToken").is_null());
    assert_eq!(
        code(get(&mut world, &queries, r#","NextToken":"stolen""#)),
        "InvalidNextToken"
    );
}

#[test]
fn wrong_questions_are_refused_with_awss_codes() {
    let mut world = world();
    let one = stat("m", "Errors", true);
    for queries in [
        format!("[{one},{one}]"),
        format!("[{}]", stat("M", "Errors", true)),
        format!("[{}]", stat("m", "Errors", false)),
        format!("[{}]", one.replace("60", "61")),
        format!("[{}]", one.replace("Sum", "Mode")),
        r#"[{"Id":"e","Expression":"absent + 1"}]"#.to_owned(),
        r#"[{"Id":"e","Expression":"e + 1"}]"#.to_owned(),
        format!("[{}]", vec![one.clone(); 501].join(",")),
    ] {
        assert_eq!(
            code(get(&mut world, &queries, "")),
            "ValidationError",
            "{queries:.200}"
        );
    }
    assert_eq!(
        code(run(
            &mut world,
            "PutMetricData",
            r#"{"Namespace":"AWS/ECS","MetricData":[]}"#
        )),
        "InvalidParameterValue"
    );
    assert_eq!(
        code(run(&mut world, "PutMetricData", r#"{"Namespace":"Shop"}"#)),
        "MissingParameter"
    );
}

#[test]
fn statistics_answer_several_at_once_and_percentiles_apart() {
    let mut world = world();
    let data = format!(
        r#"{{"Namespace":"Shop","MetricData":[{{"MetricName":"T","Unit":"Seconds","Timestamp":{START},"Values":[1,9],"Counts":[99,1]}}]}}"#
    );
    run(&mut world, "PutMetricData", &data).unwrap();
    let ask = |stats: &str| {
        let end = START + 60;
        format!(
            r#"{{"Namespace":"Shop","MetricName":"T","StartTime":{START},"EndTime":{end},"Period":60,{stats}}}"#
        )
    };
    let answer = run(
        &mut world,
        "GetMetricStatistics",
        &ask(r#""Statistics":["Sum","Maximum"],"ExtendedStatistics":["p50"]"#),
    )
    .unwrap();
    let point = &answer.get("Datapoints").items()[0];
    assert_eq!(
        (point.get("Sum"), point.get("Maximum")),
        (&Value::Float(108.0), &Value::Float(9.0))
    );
    assert_eq!(
        point.get("ExtendedStatistics").get("p50"),
        &Value::Float(1.0)
    );
    assert_eq!(point.get("Unit").as_str(), Some("Seconds"));
    assert_eq!(
        code(run(
            &mut world,
            "GetMetricStatistics",
            &ask(r#""Statistics":[]"#)
        )),
        "InvalidParameterCombination"
    );
    assert_eq!(
        code(run(
            &mut world,
            "GetMetricStatistics",
            &ask(r#""Statistics":["p50"]"#)
        )),
        "InvalidParameterValue"
    );
}

#[test]
fn metrics_are_listed_by_any_of_their_dimensions() {
    let mut world = world();
    let data = r#"{"Namespace":"Shop","MetricData":[{"MetricName":"T","Value":1,"Dimensions":[{"Name":"A","Value":"1"},{"Name":"B","Value":"2"}]}]}"#;
    run(&mut world, "PutMetricData", data).unwrap();
    let found = |world: &mut World, input: &str| {
        run(world, "ListMetrics", input)
            .unwrap()
            .get("Metrics")
            .items()
            .len()
    };
    assert_eq!(found(&mut world, r#"{"Dimensions":[{"Name":"B"}]}"#), 1);
    assert_eq!(
        found(&mut world, r#"{"Dimensions":[{"Name":"B","Value":"3"}]}"#),
        0
    );
    assert_eq!(found(&mut world, r#"{"Namespace":"Other"}"#), 0);
}

const ALARM: &str = r#"{"AlarmName":"errors","Namespace":"Shop","MetricName":"Errors","Statistic":"Sum","Period":60,
    "EvaluationPeriods":1,"Threshold":10,"ComparisonOperator":"GreaterThanThreshold","TreatMissingData":"notBreaching"}"#;

#[test]
fn an_alarm_is_read_back_as_put_and_starts_without_data() {
    let mut world = world();
    run(&mut world, "PutMetricAlarm", ALARM).unwrap();
    let answer = run(
        &mut world,
        "DescribeAlarms",
        r#"{"AlarmNames":["errors","absent"]}"#,
    )
    .unwrap();
    let [alarm] = answer.get("MetricAlarms").items() else {
        panic!("one alarm")
    };
    assert_eq!(alarm.get("StateValue").as_str(), Some("INSUFFICIENT_DATA"));
    for (field, value) in json(ALARM).fields() {
        let same = alarm.get(field) == value
            || alarm.get(field).as_f64() == value.as_f64() && value.as_f64().is_some();
        assert!(same, "{field}: {:?}", alarm.get(field));
    }
}

#[test]
fn alarms_are_set_deleted_and_refused_as_aws_does() {
    let mut world = world();
    run(&mut world, "PutMetricAlarm", ALARM).unwrap();
    run(
        &mut world,
        "SetAlarmState",
        r#"{"AlarmName":"errors","StateValue":"ALARM","StateReason":"drill"}"#,
    )
    .unwrap();
    let in_alarm = run(&mut world, "DescribeAlarms", r#"{"StateValue":"ALARM"}"#).unwrap();
    assert_eq!(in_alarm.get("MetricAlarms").items().len(), 1);
    let absent = r#"{"AlarmName":"absent","StateValue":"ALARM","StateReason":"drill"}"#;
    assert_eq!(
        code(run(&mut world, "SetAlarmState", absent)),
        "ResourceNotFound"
    );
    assert_eq!(
        code(run(
            &mut world,
            "DeleteAlarms",
            r#"{"AlarmNames":["errors","absent"]}"#
        )),
        "ResourceNotFound"
    );
    run(&mut world, "DeleteAlarms", r#"{"AlarmNames":["errors"]}"#).unwrap();
    assert!(
        run(&mut world, "DescribeAlarms", "{}")
            .unwrap()
            .get("MetricAlarms")
            .items()
            .is_empty()
    );
    assert_eq!(
        code(run(
            &mut world,
            "PutMetricAlarm",
            &ALARM.replace("Sum", "Mode")
        )),
        "InvalidParameterValue"
    );
    let both = r#"{"AlarmNames":["a"],"AlarmNamePrefix":"a"}"#;
    assert_eq!(
        code(run(&mut world, "DescribeAlarms", both)),
        "InvalidParameterCombination"
    );
}

#[test]
fn many_alarms_come_in_pages() {
    let mut world = world();
    for n in 0..130 {
        run(
            &mut world,
            "PutMetricAlarm",
            &ALARM.replace("\"errors\"", &format!("\"a{n:03}\"")),
        )
        .unwrap();
    }
    let first = run(&mut world, "DescribeAlarms", "{}").unwrap();
    assert_eq!(first.get("MetricAlarms").items().len(), 100);
    let token = first.get("NextToken").as_str().unwrap();
    let second = run(
        &mut world,
        "DescribeAlarms",
        &format!(r#"{{"NextToken":"{token}"}}"#),
    )
    .unwrap();
    assert_eq!(second.get("MetricAlarms").items().len(), 30);
    assert!(second.get("NextToken").is_null());
}
