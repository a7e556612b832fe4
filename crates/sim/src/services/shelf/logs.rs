//! CloudWatch Logs: groups, streams, and the lines in them.

mod insights;
mod parse;
mod run;
mod words;

use super::{Does, Kind, Paging, id, named, one, set};
use crate::services::{AwsError, paging};
use crate::world::rng;
use crate::{Value, world::World};

pub(super) const PAGING: Paging = Paging {
    token: ("nextToken", "nextToken"),
    size: ("limit", 50),
};

const NONE: (&str, u16) = ("ResourceNotFoundException", 400);
const TAKEN: (&str, u16) = ("ResourceAlreadyExistsException", 400);

const GROUP: Kind = Kind {
    shape: "LogGroup",
    key: "logGroupName",
    absent: NONE,
    taken: TAKEN,
};
/// Streams, and the lines of all of them.
const STREAM: &str = "LogStream";
const LINE: &str = "FilteredLogEvent";

pub(super) fn does(op: &str) -> Option<Does> {
    Some(match op {
        "CreateLogGroup" => Does::Own(create),
        "DescribeLogGroups" => Does::Own(describe),
        "DeleteLogGroup" => Does::Own(delete),
        "CreateLogStream" => Does::Own(stream),
        "PutLogEvents" => Does::Own(put),
        "FilterLogEvents" => Does::Own(filter),
        "GetLogEvents" => Does::Own(get),
        "StartQuery" => Does::Own(insights::start),
        "GetQueryResults" => Does::Own(insights::results_of),
        "StopQuery" => Does::Own(insights::stop),
        _ => return None,
    })
}

fn create(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let name = named(input, "logGroupName");
    if world
        .shelf
        .find(GROUP.shape, "logGroupName", name)
        .is_some()
    {
        let message = "The specified log group already exists";
        return Err(AwsError::new(TAKEN.0, message));
    }
    let arn = world.arn("logs", &format!("log-group:{name}"));
    let class = input.get("logGroupClass").as_str().unwrap_or("STANDARD");
    let document = Value::map([
        ("logGroupName", Value::from(name)),
        ("creationTime", world.now().as_millisecond().into()),
        ("arn", format!("{arn}:*").into()),
        ("logGroupArn", arn.into()),
        ("logGroupClass", class.into()),
        ("storedBytes", 0_i64.into()),
        ("metricFilterCount", 0_i64.into()),
    ]);
    world.shelf.put(GROUP.shape, document);
    Ok(Value::Null)
}

fn describe(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let prefix = named(input, "logGroupNamePrefix");
    let all = world.shelf.all(GROUP.shape).iter();
    let found: Vec<Value> = all
        .filter(|d| named(d, "logGroupName").starts_with(prefix))
        .cloned()
        .collect();
    paged(found, input, "logGroups")
}

fn paged(found: Vec<Value>, input: &Value, under: &'static str) -> Result<Value, AwsError> {
    let usual = if under == "events" { 10_000 } else { 50 };
    let size = input.get("limit").as_i64().unwrap_or(usual).max(1) as usize;
    let bad = || {
        AwsError::new(
            "InvalidParameterException",
            "The specified nextToken is invalid.",
        )
    };
    let (page, next) = paging::page(found, input.get("nextToken"), size, bad)?;
    Ok(Value::map([
        (under, Value::List(page)),
        ("nextToken", next),
    ]))
}

fn delete(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let name = named(input, "logGroupName");
    one(world, &GROUP, name)?;
    for kind in [GROUP.shape, STREAM, LINE] {
        world
            .shelf
            .retain(kind, |d| named(d, "logGroupName") != name);
    }
    Ok(Value::Null)
}

/// Whether a document is of the group and the stream that a request names.
fn is(document: &Value, input: &Value) -> bool {
    document.get("logGroupName") == input.get("logGroupName")
        && document.get("logStreamName") == input.get("logStreamName")
}

fn stream(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    one(world, &GROUP, named(input, "logGroupName"))?;
    if world.shelf.all(STREAM).iter().any(|d| is(d, input)) {
        let message = "The specified log stream already exists";
        return Err(AwsError::new(TAKEN.0, message));
    }
    world.shelf.put(STREAM, input.clone());
    Ok(Value::Null)
}

fn put(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    one(world, &GROUP, named(input, "logGroupName"))?;
    if !world.shelf.all(STREAM).iter().any(|d| is(d, input)) {
        let message = "The specified log stream does not exist.";
        return Err(AwsError::new(NONE.0, message));
    }
    for event in input.get("logEvents").items() {
        let mut line = event.clone();
        set(
            &mut line,
            [
                ("logGroupName", input.get("logGroupName").clone()),
                ("logStreamName", input.get("logStreamName").clone()),
                ("ingestionTime", world.now().as_millisecond().into()),
                ("eventId", id(world, "", 56).into()),
            ],
        );
        world.shelf.put(LINE, line);
    }
    Ok(Value::Null)
}

/// A pattern is terms here, each of which a line has to contain; other patterns are refused.
fn filter(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let by_arn = input.get("logGroupIdentifier").as_str();
    let group = by_arn.map(|arn| arn.rsplit(':').next().unwrap_or(arn));
    let group = group.unwrap_or(named(input, "logGroupName"));
    one(world, &GROUP, group)?;
    let pattern = named(input, "filterPattern");
    if pattern.contains(['{', '[', '%', '?']) {
        let message = "Invalid filter pattern: only terms are simulated.";
        return Err(AwsError::new("InvalidParameterException", message));
    }
    let terms: Vec<&str> = pattern
        .split_whitespace()
        .map(|t| t.trim_matches('"'))
        .collect();
    let from = input.get("startTime").as_i64().unwrap_or(0);
    let to = input.get("endTime").as_i64().unwrap_or(i64::MAX);
    let streams = input.get("logStreamNames").strings();
    let all = world.shelf.all(LINE).iter();
    let mut found: Vec<Value> = all
        .filter(|d| named(d, "logGroupName") == group)
        .filter(|d| streams.is_empty() || streams.iter().any(|s| s == named(d, "logStreamName")))
        .filter(|d| (from..=to).contains(&d.get("timestamp").as_i64().unwrap_or_default()))
        .filter(|d| terms.iter().all(|t| named(d, "message").contains(t)))
        .cloned()
        .collect();
    found.sort_by_key(|d| d.get("timestamp").as_i64());
    paged(found, input, "events")
}

/// The lines of one stream: the newest, or from its head; a token leads on, and one that leads nowhere leads to itself.
fn get(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let by_arn = input.get("logGroupIdentifier").as_str();
    let group = by_arn.map(|arn| arn.rsplit(':').next().unwrap_or(arn));
    let group = group.unwrap_or(named(input, "logGroupName"));
    one(world, &GROUP, group)?;
    let stream = named(input, "logStreamName");
    let is_of =
        |d: &&Value| named(d, "logGroupName") == group && named(d, "logStreamName") == stream;
    if !world.shelf.all(STREAM).iter().any(|d| is_of(&d)) {
        let message = "The specified log stream does not exist.";
        return Err(AwsError::new(NONE.0, message));
    }
    let from = input.get("startTime").as_i64().unwrap_or(0);
    let to = input.get("endTime").as_i64().unwrap_or(i64::MAX);
    let of_span = |d: &&Value| {
        let at = d.get("timestamp").as_i64().unwrap_or_default();
        (from..to).contains(&at)
    };
    let lines = world.shelf.all(LINE).iter().filter(is_of).filter(of_span);
    let mut lines: Vec<Value> = lines.map(event).collect();
    lines.sort_by_key(|line| line.get("timestamp").as_i64());
    let size = input.get("limit").as_i64().unwrap_or(10_000).max(1) as usize;
    let from_head = input.get("startFromHead").as_bool() == Some(true);
    let first = match input.get("nextToken").as_str() {
        Some(token) => token_place(token)?,
        None if from_head => 0,
        None => lines.len().saturating_sub(size),
    };
    let first = first.min(lines.len());
    let last = (first + size).min(lines.len());
    let page = lines.get(first..last).unwrap_or_default().to_vec();
    Ok(Value::map([
        ("events", Value::List(page)),
        ("nextForwardToken", format!("f/{last}").into()),
        (
            "nextBackwardToken",
            format!("b/{}", first.saturating_sub(size)).into(),
        ),
    ]))
}

fn event(line: &Value) -> Value {
    let of = |key: &'static str| (key, line.get(key).clone());
    Value::map(["timestamp", "message", "ingestionTime"].map(of))
}

fn token_place(token: &str) -> Result<usize, AwsError> {
    let place = token.strip_prefix("f/").or(token.strip_prefix("b/"));
    place.and_then(|n| n.parse().ok()).ok_or_else(|| {
        let message = "The specified nextToken is invalid.";
        AwsError::new("InvalidParameterException", message)
    })
}
