//! GetMetricData and GetMetricStatistics.

use jiff::Timestamp;

use super::{bad_token, combination, dimensions, invalid, missing, query, text};
use crate::services::{AwsError, paging};
use crate::world::metrics::query::{Asks, Query, StatQuery, answer};
use crate::world::metrics::{Statistic, aligned};
use crate::{Value, world::World};

const MOST_POINTS: usize = 100_800;
const MOST_STATISTICS: i64 = 1440;

/// The points of one query that one answer holds.
struct Answered<'a> {
    query: &'a Query,
    points: Vec<(Timestamp, f64)>,
    complete: bool,
}

pub(super) fn metric_data(world: &World, input: &Value) -> Result<Value, AwsError> {
    let queries = query::read(input.get("MetricDataQueries"))?;
    let (from, to) = span(input, world.now()).map_err(|e| AwsError::validation(e.message))?;
    let newest_first = match input.get("ScanBy").as_str() {
        None | Some("TimestampDescending") => true,
        Some("TimestampAscending") => false,
        Some(other) => {
            return Err(AwsError::validation(format!(
                "The value {other} for parameter ScanBy is invalid."
            )));
        }
    };
    let most = match input.get("MaxDatapoints").as_i64() {
        None => MOST_POINTS,
        Some(n) => usize::try_from(n)
            .ok()
            .filter(|n| (1..=MOST_POINTS).contains(n))
            .ok_or_else(|| {
                AwsError::validation(format!(
                    "The value {n} for parameter MaxDatapoints must be between 1 and {MOST_POINTS}."
                ))
            })?,
    };
    let start = paging::start(input.get("NextToken")).ok_or_else(bad_token)?;
    let mut answers =
        answer(&queries, &world.metrics, from, to, world.now()).map_err(AwsError::validation)?;
    let all = queries.iter().filter(|q| q.return_data).map(|q| {
        let mut points = answers.remove(&q.id).unwrap_or_default();
        if newest_first {
            points.reverse();
        }
        (q, points)
    });
    let (results, next) = cut(all, start, most);
    Ok(Value::map([
        (
            "MetricDataResults",
            Value::List(results.into_iter().map(result).collect()),
        ),
        ("Messages", Value::List(Vec::new())),
        ("NextToken", next),
    ]))
}

/// The points from `start` on, at most `most` of them; a query without points belongs to the first page.
fn cut<'a>(
    all: impl Iterator<Item = (&'a Query, Vec<(Timestamp, f64)>)>,
    start: usize,
    most: usize,
) -> (Vec<Answered<'a>>, Value) {
    let (mut results, mut seen, mut left_over) = (Vec::new(), 0usize, false);
    let end = start + most;
    for (query, points) in all {
        let (first, last) = (seen, seen + points.len());
        seen = last;
        if points.is_empty() {
            if start == 0 {
                results.push(Answered {
                    query,
                    points,
                    complete: true,
                });
            }
            continue;
        }
        left_over |= last > end;
        if last > start && first < end {
            let wanted = points
                .into_iter()
                .skip(start.saturating_sub(first))
                .take(end - first.max(start));
            results.push(Answered {
                query,
                points: wanted.collect(),
                complete: last <= end,
            });
        }
    }
    (
        results,
        if left_over {
            paging::next(end)
        } else {
            Value::Null
        },
    )
}

fn result(result: Answered<'_>) -> Value {
    let label = result
        .query
        .label
        .clone()
        .unwrap_or_else(|| match &result.query.asks {
            Asks::Stat(stat) => stat.name.clone(),
            Asks::Math(..) => result.query.id.clone(),
        });
    Value::map([
        ("Id", result.query.id.as_str().into()),
        ("Label", label.into()),
        (
            "Timestamps",
            Value::list(result.points.iter().map(|(t, _)| *t)),
        ),
        ("Values", Value::list(result.points.iter().map(|(_, v)| *v))),
        (
            "StatusCode",
            if result.complete {
                "Complete"
            } else {
                "PartialData"
            }
            .into(),
        ),
    ])
}

fn span(input: &Value, now: Timestamp) -> Result<(Timestamp, Timestamp), AwsError> {
    let time = |name: &str| match input.get(name) {
        Value::Null => Err(missing(name)),
        value => value
            .as_time()
            .ok_or_else(|| invalid(format!("The value for parameter {name} is not a time."))),
    };
    let (from, to) = (time("StartTime")?, time("EndTime")?);
    if from >= to {
        return Err(invalid(
            "The parameter StartTime must be less than the parameter EndTime.",
        ));
    }
    Ok((aligned(from, now), to))
}

pub(super) fn metric_statistics(world: &World, input: &Value) -> Result<Value, AwsError> {
    let (namespace, name) = (text(input, "Namespace")?, text(input, "MetricName")?);
    let (from, to) = span(input, world.now())?;
    let period = query::period(input.get("Period"))
        .map_err(|e| invalid(e.message))?
        .ok_or_else(|| missing("Period"))?;
    let plain = input.get("Statistics").strings();
    let extended = input.get("ExtendedStatistics").strings();
    if plain.is_empty() && extended.is_empty() {
        return Err(combination(
            "At least one of the parameters Statistics and ExtendedStatistics must be specified.",
        ));
    }
    let points = (to.as_second() - from.as_second()).div_euclid(i64::from(period));
    if points > MOST_STATISTICS {
        return Err(combination(format!(
            "You have requested up to {points} datapoints, which exceeds the limit of {MOST_STATISTICS}. You may reduce the \
             datapoints requested by increasing Period, or decreasing the time range."
        )));
    }
    let mut points = Points::new();
    let dimensions = dimensions(input)?;
    for (stat, is_extended) in plain
        .iter()
        .map(|s| (s, false))
        .chain(extended.iter().map(|s| (s, true)))
    {
        let parsed = Statistic::parse(stat);
        if parsed.is_none_or(|p| matches!(p, Statistic::Percentile(_)) != is_extended) {
            return Err(invalid(format!(
                "The value {stat} for parameter Statistics is not supported."
            )));
        }
        let query = StatQuery {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            dimensions: dimensions.clone(),
            stat: stat.clone(),
            unit: None,
        };
        for (at, value) in query.points(&world.metrics, period, from, to, world.now()) {
            points.add(at, stat, is_extended, value);
        }
    }
    let unit = unit(world, namespace, name, &dimensions);
    Ok(Value::map([
        ("Label", name.into()),
        ("Datapoints", points.write(&unit)),
    ]))
}

fn unit(world: &World, namespace: &str, name: &str, dimensions: &[(String, String)]) -> String {
    let dims: Vec<_> = dimensions
        .iter()
        .map(|(k, v)| (k.as_str(), v.as_str()))
        .collect();
    let series = world
        .metrics
        .find(namespace, name, &dims)
        .and_then(|id| world.metrics.get(id));
    series
        .and_then(|s| s.unit.clone())
        .unwrap_or_else(|| "None".to_owned())
}

/// Several statistics of each moment.
struct Points(std::collections::BTreeMap<Timestamp, (Value, Value)>);

impl Points {
    fn new() -> Self {
        Self(std::collections::BTreeMap::new())
    }

    fn add(&mut self, at: Timestamp, stat: &str, extended: bool, value: f64) {
        let (plain, percentiles) = self.0.entry(at).or_default();
        let into = if extended { percentiles } else { plain };
        into.set(stat, Value::Float(value));
    }

    fn write(self, unit: &str) -> Value {
        let one = |(at, (plain, percentiles)): (Timestamp, (Value, Value))| {
            let mut point = Value::map([("Timestamp", Value::Time(at)), ("Unit", unit.into())]);
            for (name, value) in plain.fields() {
                point.set(name, value.clone());
            }
            if !percentiles.is_null() {
                point.set("ExtendedStatistics", percentiles);
            }
            point
        };
        Value::List(self.0.into_iter().map(one).collect())
    }
}
