//! Rules of CloudWatch.

use super::{Rule, does, lacks, refuses};
use crate::Value;
use crate::services::cloudwatch::MOST_TAGS;
use crate::world::World;
use crate::world::alarms::Expression;

const PUT_ALARM: &[&str] = &["PutMetricAlarm"];
const PUT_COMPOSITE: &[&str] = &["PutCompositeAlarm"];
const DESCRIBE: &[&str] = &["DescribeAlarms"];
const DATA: &[&str] = &["GetMetricData"];
const READ: &[&str] = &["GetMetricData", "GetMetricStatistics"];
const ALB_PAGE: &str = "AWS docs: CloudWatch metrics for your Application Load Balancer";
/// An alarm looks at a day at most, at a week where its period is an hour or more.
const DAY: i64 = 86_400;
const WEEK: i64 = 7 * DAY;
const HOUR: i64 = 3600;

pub(super) const RULES: &[Rule] = &[
    refuses(
        "alarm-metric-or-queries",
        PUT_ALARM,
        "an alarm watches either one metric or a set of queries",
        "InvalidParameterCombination",
        not_one_kind_of_watch,
        "botocore: cloudwatch PutMetricAlarmInput.MetricName",
    ),
    refuses(
        "alarm-one-statistic",
        PUT_ALARM,
        "an alarm on one metric has either a statistic or an extended statistic",
        "InvalidParameterCombination",
        not_one_statistic,
        "botocore: cloudwatch PutMetricAlarmInput.Statistic",
    ),
    refuses(
        "alarm-one-query-returns",
        PUT_ALARM,
        "exactly one of an alarm's queries returns data",
        "ValidationError",
        not_one_result,
        "botocore: cloudwatch MetricDataQuery.ReturnData",
    ),
    refuses(
        "alarm-datapoints-within-periods",
        PUT_ALARM,
        "no more data points have to breach than are looked at",
        "ValidationError",
        more_to_alarm_than_periods,
        "botocore: cloudwatch PutMetricAlarmInput.DatapointsToAlarm",
    ),
    refuses(
        "alarm-within-a-day",
        PUT_ALARM,
        "an alarm looks at a day at most, at a week where its period is an hour or more",
        "ValidationError",
        looks_too_far,
        "AWS docs: CloudWatch, alarm evaluation; common features of alarms",
    ),
    refuses(
        "alarm-fifty-tags",
        &["PutMetricAlarm", "PutCompositeAlarm"],
        "an alarm has at most 50 tags",
        "InvalidParameterValue",
        too_many_tags,
        "botocore: cloudwatch PutMetricAlarmInput.Tags",
    ),
    refuses(
        "alarm-names-or-prefix",
        DESCRIBE,
        "alarms are asked for by names or by a prefix, not both",
        "InvalidParameterCombination",
        names_and_prefix,
        "botocore: cloudwatch DescribeAlarmsInput.AlarmNamePrefix",
    ),
    does(
        "alarm-kinds-asked-for",
        DESCRIBE,
        "composite alarms are described only where AlarmTypes names them",
        "a_composite_alarm_is_described_only_to_who_asks_for_it",
        "botocore: cloudwatch DescribeAlarmsInput.AlarmTypes",
    ),
    does(
        "alarm-missing-data",
        PUT_ALARM,
        "an alarm on a metric that is published only where it is not zero rests in INSUFFICIENT_DATA while all is well, unless \
         TreatMissingData says otherwise",
        "an_error_alarm_rests_without_data_while_all_is_well",
        "AWS docs: CloudWatch, configuring how alarms treat missing data",
    ),
    does(
        "alarm-tags",
        &["TagResource", "UntagResource", "ListTagsForResource"],
        "alarms carry tags; those of an update are ignored",
        "alarms_carry_tags",
        "botocore: cloudwatch PutMetricAlarmInput.Tags",
    ),
    does(
        "alarm-calls-scaling",
        PUT_ALARM,
        "an action that names a scaling policy is run each minute as long as the state lasts; other actions have no effect here",
        "an_alarm_calls_a_step_policy_as_long_as_it_lasts",
        "AWS docs: CloudWatch, alarm actions",
    ),
    does(
        "alarms-deleted-as-far-as-there",
        &["DeleteAlarms"],
        "alarms that exist are deleted, whatever other names are asked for",
        "what_exists_is_deleted_whatever_else_is_named",
        "botocore: cloudwatch DeleteAlarms",
    ),
    refuses(
        "alarms-one-composite-deleted",
        &["DeleteAlarms"],
        "one composite alarm at most is deleted in a call",
        "ValidationError",
        two_composites,
        "botocore: cloudwatch DeleteAlarms",
    ),
    refuses(
        "alarms-composite-in-use",
        &["DeleteAlarms"],
        "a composite alarm that another names is not deleted",
        "ResourceConflict",
        composite_in_use,
        "botocore: cloudwatch DeleteAlarms",
    ),
    refuses(
        "composite-rule-form",
        PUT_COMPOSITE,
        "the rule combines ALARM(…), OK(…), INSUFFICIENT_DATA(…), TRUE and FALSE by AND, OR, NOT and parentheses",
        "ValidationError",
        rule_malformed,
        "botocore: cloudwatch PutCompositeAlarmInput.AlarmRule",
    ),
    refuses(
        "composite-names-alarms-that-are-there",
        PUT_COMPOSITE,
        "the rule names alarms that exist",
        "ValidationError",
        rule_names_nobody,
        "AWS's answer as recorded in public issues: \"Could not save the composite alarm as alarms […] in the alarm rule do not exist\"",
    ),
    refuses(
        "composite-suppressor-whole",
        PUT_COMPOSITE,
        "a suppressor comes with its wait period and its extension period",
        "ValidationError",
        suppressor_in_parts,
        "botocore: cloudwatch PutCompositeAlarmInput.ActionsSuppressorWaitPeriod",
    ),
    does(
        "composite-follows",
        PUT_COMPOSITE,
        "a composite alarm is in ALARM while its rule is true and in OK while it is not, others that name it too",
        "a_composite_alarm_follows_the_alarms_that_it_names",
        "botocore: cloudwatch PutCompositeAlarm",
    ),
    lacks(
        "composite-at-least",
        PUT_COMPOSITE,
        "AT_LEAST(…) in a rule",
        "its form is not in the published models; it is refused",
        "AWS docs: CloudWatch, create a composite alarm",
    ),
    lacks(
        "composite-suppression",
        PUT_COMPOSITE,
        "suppression of actions",
        "composite alarms have no action that the region runs",
        "botocore: cloudwatch CompositeAlarm.ActionsSuppressedBy",
    ),
    lacks(
        "alarm-anomalies",
        PUT_ALARM,
        "anomaly detection, PromQL, Metrics Insights, evaluation windows",
        "AWS's models and engines are its own; such alarms are refused",
        "botocore: cloudwatch PutMetricAlarmInput.ThresholdMetricId, EvaluationCriteria",
    ),
    lacks(
        "alarm-family",
        DESCRIBE,
        "ChildrenOfAlarmName, ParentsOfAlarmName",
        "no client that the region was made for asks so",
        "botocore: cloudwatch DescribeAlarmsInput.ChildrenOfAlarmName",
    ),
    does(
        "data-kept-by-age",
        READ,
        "points of a minute are kept for 15 days, of 5 minutes for 63, of an hour for 455: what is older has no points of that \
         period, and the answer is Complete all the same",
        "old_points_are_kept_more_coarsely",
        "botocore: cloudwatch MetricStat.Period, GetMetricData",
    ),
    does(
        "data-start-rounded",
        READ,
        "StartTime is rounded down to the minute, to 5 minutes where it is over 15 days ago, to the hour beyond 63 days",
        "a_start_is_rounded_down_by_its_age",
        "botocore: cloudwatch GetMetricDataInput.StartTime",
    ),
    does(
        "data-in-pages",
        DATA,
        "500 queries and 100,800 points a page; a result that goes on is PartialData until its last page",
        "test_data_points_come_in_pages",
        "botocore: cloudwatch GetMetricData, MetricDataResult.StatusCode",
    ),
    does(
        "data-not-to-be-had",
        DATA,
        "a result may be PartialData or InternalError, to be asked for again",
        "a_result_may_say_that_it_could_not_be_had",
        "botocore: cloudwatch MetricDataResult.StatusCode",
    ),
    does(
        "cloudwatch-queues",
        &["GetMetricData"],
        "a queue of the simulation's controls tells what came, was taken and done, how much waits and how long, and its dead letters, as Amazon SQS does; its workers tell in a namespace of the team's what they did and failed",
        "test_a_queue_grows_where_its_workers_take_nothing_over_ipv6",
        "SQS developer guide, Available CloudWatch metrics for Amazon SQS",
    ),
    does(
        "cloudwatch-container-insights",
        &["GetMetricData"],
        "Container Insights tells of the tasks, CPU, memory and network of services where a cluster has it enabled",
        "test_a_queue_grows_where_its_workers_take_nothing_over_ipv6",
        "CloudWatch user guide, Amazon ECS Container Insights metrics",
    ),
    lacks(
        "cloudwatch-insights-of-tasks",
        &["GetMetricData"],
        "Container Insights of task definitions, tasks and containers, restarts included",
        "restarts are told of containers with a restart policy alone, and none here restarts",
        "CloudWatch user guide, Amazon ECS Container Insights with enhanced observability metrics",
    ),
    lacks(
        "data-high-resolution",
        &["PutMetricData"],
        "points of less than a minute",
        "the region keeps one cell a minute; a StorageResolution of 1 is accepted",
        "botocore: cloudwatch MetricDatum.StorageResolution",
    ),
    does(
        "elb-hosts-by-node",
        READ,
        "HealthyHostCount and UnHealthyHostCount have one sample for each load balancer node and minute; with cross-zone load \
         balancing off in the target group a node counts its own zone only",
        "hosts_are_counted_by_each_node_and_by_zone_where_cross_zone_is_off",
        ALB_PAGE,
    ),
    does(
        "elb-new-node-knows-nobody",
        READ,
        "a node that was added reports no healthy host for a minute",
        "a_node_added_under_load_counts_no_healthy_host_for_a_minute",
        ALB_PAGE,
    ),
    does(
        "elb-idle-is-silent",
        READ,
        "where the world says so, a load balancer without requests publishes nothing at all",
        "an_idle_load_balancer_may_publish_nothing",
        "AWS docs: CloudWatch metrics for your Application Load Balancer (\"reports metrics only when requests are flowing\")",
    ),
    does(
        "elb-errors-only-where-any",
        READ,
        "error counts are published only where they are not zero, and TargetResponseTime only with requests",
        "errors_are_published_only_where_there_are_any",
        ALB_PAGE,
    ),
    does(
        "elb-grpc-fails-with-200",
        READ,
        "a failed call to a gRPC target group is answered 200: no error is counted, and GrpcRequestCount counts the calls",
        "a_failed_grpc_call_is_a_200",
        ALB_PAGE,
    ),
    does(
        "elb-sessions-outlive-weights",
        READ,
        "a WebSocket session is one request, at its upgrade; weight 0 does not end it, and ending its targets cuts it off",
        "a_session_is_one_request_and_outlives_the_weight",
        ALB_PAGE,
    ),
];

fn is_there(input: &Value, field: &str) -> bool {
    !input.get(field).is_null()
}

fn not_one_kind_of_watch(_: &World, input: &Value) -> Option<String> {
    let (metric, queries) = (is_there(input, "MetricName"), is_there(input, "Metrics"));
    (metric == queries).then(|| {
        "Exactly one of the parameters MetricName and Metrics must be specified.".to_owned()
    })
}

fn not_one_statistic(_: &World, input: &Value) -> Option<String> {
    let both = is_there(input, "Statistic") == is_there(input, "ExtendedStatistic");
    (is_there(input, "MetricName") && both).then(|| {
        "Exactly one of the parameters Statistic and ExtendedStatistic must be specified."
            .to_owned()
    })
}

fn not_one_result(_: &World, input: &Value) -> Option<String> {
    let returned = |q: &&Value| q.get("ReturnData").as_bool().unwrap_or(true);
    let count = input.get("Metrics").items().iter().filter(returned).count();
    (is_there(input, "Metrics") && count != 1)
        .then(|| "Exactly one element of the metrics list should return data.".to_owned())
}

fn more_to_alarm_than_periods(_: &World, input: &Value) -> Option<String> {
    let most = input.get("EvaluationPeriods").as_i64()?;
    let needed = input.get("DatapointsToAlarm").as_i64()?;
    (needed > most)
        .then(|| "DatapointsToAlarm must not be greater than EvaluationPeriods.".to_owned())
}

fn looks_too_far(_: &World, input: &Value) -> Option<String> {
    let queries = input.get("Metrics").items().iter();
    let periods = queries.filter_map(|q| q.get("MetricStat").get("Period").as_i64());
    let period = input.get("Period").as_i64().or(periods.max())?;
    let count = input.get("EvaluationPeriods").as_i64()?;
    let most = if period >= HOUR { WEEK } else { DAY };
    (count.saturating_mul(period) > most).then(|| {
        format!("Metrics cannot be checked across more than {most} seconds (EvaluationPeriods * Period must be <= {most}).")
    })
}

fn too_many_tags(_: &World, input: &Value) -> Option<String> {
    let count = input.get("Tags").items().len();
    (count > MOST_TAGS).then(|| format!("An alarm has at most {MOST_TAGS} tags."))
}

fn names_and_prefix(_: &World, input: &Value) -> Option<String> {
    let names = !input.get("AlarmNames").items().is_empty();
    (names && is_there(input, "AlarmNamePrefix"))
        .then(|| "AlarmNames and AlarmNamePrefix are mutually exclusive.".to_owned())
}

fn composites(world: &World, input: &Value) -> Vec<String> {
    let mut names = input.get("AlarmNames").strings();
    names.retain(|name| world.alarms.composite(name).is_some());
    names
}

fn two_composites(world: &World, input: &Value) -> Option<String> {
    (composites(world, input).len() > 1)
        .then(|| "At most one composite alarm can be deleted in a request.".to_owned())
}

fn composite_in_use(world: &World, input: &Value) -> Option<String> {
    let deleted = composites(world, input);
    let by = world.alarms.all_composites().find(|c| {
        c.rule
            .names()
            .iter()
            .any(|n| deleted.iter().any(|d| d == n))
    })?;
    Some(format!(
        "The composite alarm {} names it in its rule.",
        by.name
    ))
}

fn rule_malformed(_: &World, input: &Value) -> Option<String> {
    Expression::parse(input.get("AlarmRule").as_str()?).err()
}

fn rule_names_nobody(world: &World, input: &Value) -> Option<String> {
    let rule = Expression::parse(input.get("AlarmRule").as_str()?).ok()?;
    let itself = input.get("AlarmName").as_str();
    let absent: Vec<_> = rule
        .names()
        .into_iter()
        .filter(|name| Some(*name) != itself && world.alarms.state_of(name).is_none())
        .collect();
    (!absent.is_empty()).then(|| {
        format!(
            "Could not save the composite alarm as alarms [{}] in the alarm rule do not exist",
            absent.join(", ")
        )
    })
}

fn suppressor_in_parts(_: &World, input: &Value) -> Option<String> {
    let parts = [
        "ActionsSuppressor",
        "ActionsSuppressorWaitPeriod",
        "ActionsSuppressorExtensionPeriod",
    ];
    let given = parts.iter().filter(|p| is_there(input, p)).count();
    (given != 0 && given != parts.len()).then(|| {
        "ActionsSuppressor, ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod must be specified together.".to_owned()
    })
}
