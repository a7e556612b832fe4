//! Logs Insights: queries that take a moment, and what they found.
//!
//! What belongs here: the operations and the life of a query. What must not: the query language ([`super::parse`]).
//!
//! Sources: CloudWatch Logs API reference, StartQuery, GetQueryResults, StopQuery, and the service's model.

use jiff::Timestamp;

use super::run::{Outcome, Row, run};
use super::{GROUP, LINE, NONE, parse, rng};
use crate::services::shelf::{named, one};
use crate::services::{AwsError, paging};
use crate::{Value, world::World};

const QUERY: &str = "Query";
/// Queries of an account that are under way at a time.
const MOST: usize = 100;
/// Rows of one answer.
const PAGE: usize = 10_000;
/// Rows of a query.
const ROWS: usize = 100_000;
/// Until a query runs, and how long one runs at least, in milliseconds. No page of AWS's has figures.
const QUEUED: i64 = 400;
const RUNS: i64 = 1_500;

fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::new("InvalidParameterException", message)
}

fn malformed(message: impl Into<String>) -> AwsError {
    AwsError::new("MalformedQueryException", message)
}

pub(super) fn start(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let groups = groups(world, input)?;
    if !matches!(input.get("queryLanguage").as_str(), None | Some("CWLI")) {
        return Err(invalid("Only the query language CWLI is simulated."));
    }
    let commands = parse::parse(named(input, "queryString")).map_err(malformed)?;
    let second = |name: &str| input.get(name).as_i64().unwrap_or_default();
    let (from, to) = (second("startTime"), second("endTime"));
    if from > to {
        return Err(invalid("The start time has to be before the end time."));
    }
    for group in &groups {
        let made = one(world, &GROUP, group)?.get("creationTime").as_i64();
        if made.is_some_and(|made| to.saturating_mul(1000) < made) {
            let message = "end date and time is either before the log groups creation time or exceeds the log groups log \
                retention settings";
            return Err(malformed(message));
        }
    }
    let under_way = world.shelf.all(QUERY).iter();
    let under_way = under_way.filter(|q| matches!(status(world, q), "Scheduled" | "Running"));
    if under_way.count() >= MOST {
        let message = "Account maximum query concurrency limit of [100] reached.";
        return Err(AwsError::new("LimitExceededException", message));
    }
    let events = events(world, &groups, (from, to));
    let scanned = events.len();
    let bytes: usize = events
        .iter()
        .filter_map(|e| e.get("@message"))
        .map(String::len)
        .sum();
    let most = input
        .get("limit")
        .as_i64()
        .map_or(PAGE, |n| n.max(1) as usize);
    let outcome = run(&commands, events, most.min(ROWS));
    let count = world.next_id();
    let hex = rng::hex(world.seed, "query", count, 32);
    let id = format!(
        "{}-{}-4{}-8{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[13..16],
        &hex[17..20],
        &hex[20..32]
    );
    let document = Value::map([
        ("queryId", Value::from(id.as_str())),
        ("begun", world.now().as_millisecond().into()),
        ("lasts", (RUNS + (bytes / 200_000) as i64).into()),
        (
            "statistics",
            statistics(&outcome, scanned, bytes, groups.len()),
        ),
        ("results", results(outcome)),
    ]);
    world.shelf.put(QUERY, document);
    Ok(Value::map([("queryId", id.into())]))
}

/// The log groups that exactly one of the members names.
fn groups(world: &World, input: &Value) -> Result<Vec<String>, AwsError> {
    let mut lists: Vec<Vec<String>> = ["logGroupNames", "logGroupIdentifiers"]
        .map(|name| input.get(name).strings())
        .into();
    lists.push(
        input
            .get("logGroupName")
            .as_str()
            .map(str::to_owned)
            .into_iter()
            .collect(),
    );
    lists.retain(|list| !list.is_empty());
    let [groups] = lists.as_slice() else {
        return Err(invalid(
            "Exactly one of logGroupName, logGroupNames and logGroupIdentifiers is needed.",
        ));
    };
    let name = |group: &String| match group.split_once(":log-group:") {
        Some((_, name)) => name.to_owned(),
        None => group.clone(),
    };
    let groups: Vec<String> = groups.iter().map(name).collect();
    for group in &groups {
        if world.shelf.find(GROUP.shape, GROUP.key, group).is_none() {
            let message = format!(
                "Log group '{group}' does not exist for account ID '{}'",
                world.account
            );
            return Err(AwsError::new(NONE.0, message));
        }
    }
    Ok(groups)
}

/// The lines of some groups between two moments, both of which count.
fn events(world: &World, groups: &[String], (from, to): (i64, i64)) -> Vec<Row> {
    let moment = |line: &Value, name: &str| line.get(name).as_i64().unwrap_or_default();
    let lines = world.shelf.all(LINE).iter();
    let mut found: Vec<&Value> = lines
        .filter(|l| groups.iter().any(|g| g == named(l, "logGroupName")))
        .filter(|l| (from..=to).contains(&moment(l, "timestamp").div_euclid(1000)))
        .collect();
    found.sort_by_key(|l| std::cmp::Reverse(moment(l, "timestamp")));
    let row = |line: &&Value| {
        let text = |name: &str| named(line, name).to_owned();
        Row::from([
            ("@message".to_owned(), text("message")),
            ("@timestamp".to_owned(), written(moment(line, "timestamp"))),
            (
                "@ingestionTime".to_owned(),
                written(moment(line, "ingestionTime")),
            ),
            ("@logStream".to_owned(), text("logStreamName")),
            (
                "@log".to_owned(),
                format!("{}:{}", world.account, named(line, "logGroupName")),
            ),
            ("@ptr".to_owned(), text("eventId")),
        ])
    };
    found.iter().map(row).collect()
}

/// As Insights writes a moment: `2026-11-26 10:00:00.000`.
pub(super) fn written(milliseconds: i64) -> String {
    let at = Timestamp::from_millisecond(milliseconds).unwrap_or_default();
    at.strftime("%Y-%m-%d %H:%M:%S%.3f").to_string()
}

fn statistics(outcome: &Outcome, scanned: usize, bytes: usize, groups: usize) -> Value {
    let figures = [
        ("recordsMatched", outcome.matched),
        ("recordsScanned", scanned),
        ("bytesScanned", bytes),
        ("logGroupsScanned", groups),
        ("resultCount", outcome.rows.len()),
        ("estimatedRecordsSkipped", 0),
        ("estimatedBytesSkipped", 0),
    ];
    Value::map(figures.map(|(name, n)| (name, Value::from(n as f64))))
}

fn results(outcome: Outcome) -> Value {
    let cell = |(field, value): (String, String)| {
        Value::map([("field", Value::from(field)), ("value", value.into())])
    };
    let row = |cells: Vec<_>| Value::list(cells.into_iter().map(cell));
    Value::list(outcome.rows.into_iter().map(row))
}

fn status(world: &World, query: &Value) -> &'static str {
    if query.get("stopped").as_bool() == Some(true) {
        return "Cancelled";
    }
    let of = |name: &str| query.get(name).as_i64().unwrap_or_default();
    match world.now().as_millisecond() - of("begun") {
        since if since < QUEUED => "Scheduled",
        since if since < of("lasts") => "Running",
        _ => "Complete",
    }
}

fn query<'w>(world: &'w World, input: &Value) -> Result<&'w Value, AwsError> {
    let id = named(input, "queryId");
    let found = world.shelf.find(QUERY, "queryId", id);
    found.ok_or_else(|| AwsError::new(NONE.0, format!("Query '{id}' does not exist.")))
}

pub(super) fn results_of(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let query = query(world, input)?;
    let status = status(world, query);
    let is_whole = status == "Complete";
    let rows = if is_whole {
        query.get("results").items().to_vec()
    } else {
        Vec::new()
    };
    let size = input
        .get("maxItems")
        .as_i64()
        .map_or(PAGE, |n| n.max(1) as usize);
    let bad = || invalid("The specified nextToken is invalid.");
    let (page, next) = paging::page(rows, input.get("nextToken"), size.min(PAGE), bad)?;
    // Of one that is under way AWS tells what it has so far; here that is nothing.
    let figures = if is_whole {
        query.get("statistics").clone()
    } else {
        Value::Null
    };
    Ok(Value::map([
        ("queryLanguage", "CWLI".into()),
        ("results", Value::List(page)),
        ("statistics", figures),
        ("status", status.into()),
        ("nextToken", next),
    ]))
}

pub(super) fn stop(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let found = query(world, input)?;
    if !matches!(status(world, found), "Scheduled" | "Running") {
        return Err(invalid("Query is not running."));
    }
    let id = named(input, "queryId");
    if let Some(query) = world.shelf.find_mut(QUERY, "queryId", id) {
        query.set("stopped", true.into());
    }
    Ok(Value::map([("success", true.into())]))
}
