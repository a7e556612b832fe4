//! CloudWatch's operations: a file a group. Error codes are awsQuery's, which every client maps; the codecs add the shapes.

mod alarms;
mod composites;
mod describe;
mod list;
mod put;
mod query;
mod read;
mod tags;

use super::AwsError;
use crate::world::metrics::query::Query;
use crate::{Value, world::World};

/// Runs one operation.
///
/// # Errors
/// What AWS refuses.
pub fn call(world: &mut World, op: &str, input: &Value) -> Result<Value, AwsError> {
    match op {
        "PutMetricData" => put::metric_data(world, input),
        "GetMetricData" => read::metric_data(world, input),
        "GetMetricStatistics" => read::metric_statistics(world, input),
        "ListMetrics" => list::metrics(world, input),
        "PutMetricAlarm" => alarms::put(world, input),
        "PutCompositeAlarm" => composites::put(world, input),
        "DescribeAlarms" => describe::alarms_of(world, input),
        "DescribeAlarmsForMetric" => describe::of_metric(world, input),
        "TagResource" => tags::tag(world, input),
        "UntagResource" => tags::untag(world, input),
        "ListTagsForResource" => tags::list(world, input),
        "DeleteAlarms" => alarms::delete(world, input),
        "SetAlarmState" => alarms::set_state(world, input),
        "EnableAlarmActions" => alarms::enable_actions(world, input, true),
        "DisableAlarmActions" => alarms::enable_actions(world, input, false),
        _ => Err(AwsError::unknown_operation(op)),
    }
}

pub(crate) use tags::MOST as MOST_TAGS;

/// Reads a set of queries of a minute each, as other services take them.
pub(super) fn minute_queries(list: &Value) -> Result<Vec<Query>, AwsError> {
    query::read_with(list, Some(60))
}

/// The name of an error's shape, which CBOR and JSON carry beside awsQuery's code.
pub(crate) fn error_shape(code: &str) -> &str {
    match code {
        "InvalidParameterValue" => "InvalidParameterValueException",
        "InvalidParameterCombination" => "InvalidParameterCombinationException",
        "MissingParameter" => "MissingRequiredParameterException",
        "LimitExceeded" => "LimitExceededFault",
        "InvalidFormat" => "InvalidFormatFault",
        "InternalServiceError" => "InternalServiceFault",
        "ValidationError" => "ValidationException",
        other => other,
    }
}

fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::new("InvalidParameterValue", message)
}

fn combination(message: impl Into<String>) -> AwsError {
    AwsError::new("InvalidParameterCombination", message)
}

fn missing(name: &str) -> AwsError {
    AwsError::new(
        "MissingParameter",
        format!("The parameter {name} is required."),
    )
}

fn bad_token() -> AwsError {
    AwsError::new("InvalidNextToken", "The next token specified is invalid.")
}

fn text<'a>(input: &'a Value, name: &str) -> Result<&'a str, AwsError> {
    input
        .get(name)
        .as_str()
        .filter(|t| !t.is_empty())
        .ok_or_else(|| missing(name))
}

/// Name and value of each dimension.
fn dimensions(input: &Value) -> Result<Vec<(String, String)>, AwsError> {
    let dims = input.get("Dimensions").items();
    if dims.len() > 30 {
        return Err(invalid(
            "The collection Dimensions must not have a size greater than 30.",
        ));
    }
    dims.iter()
        .map(|d| Ok((text(d, "Name")?.to_owned(), text(d, "Value")?.to_owned())))
        .collect()
}

fn dimensions_value(dims: &[(String, String)]) -> Value {
    let one = |(k, v): &(String, String)| {
        Value::map([("Name", k.as_str().into()), ("Value", v.as_str().into())])
    };
    Value::List(dims.iter().map(one).collect())
}

#[cfg(test)]
mod alarm_tests;
#[cfg(test)]
mod tests;
