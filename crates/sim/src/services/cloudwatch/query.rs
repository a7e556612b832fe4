//! Metric data queries between the API's shape and the world's: GetMetricData and alarms both have them.

use super::{dimensions, dimensions_value, text};
use crate::Value;
use crate::services::AwsError;
use crate::world::metrics::Statistic;
use crate::world::metrics::math::Expression;
use crate::world::metrics::query::{Asks, Query, StatQuery};

const MOST: usize = 500;

/// Reads a set of queries.
pub(super) fn read(list: &Value) -> Result<Vec<Query>, AwsError> {
    read_with(list, None)
}

/// Reads a set of queries whose metrics may leave out their period.
pub(super) fn read_with(list: &Value, usual: Option<u32>) -> Result<Vec<Query>, AwsError> {
    let items = list.items();
    if items.is_empty() {
        return Err(AwsError::new(
            "MissingParameter",
            "The parameter MetricDataQueries is required.",
        ));
    }
    if items.len() > MOST {
        let message =
            format!("The collection MetricDataQueries must not have a size greater than {MOST}.");
        return Err(AwsError::validation(message));
    }
    let queries = items
        .iter()
        .map(|q| one(q, usual))
        .collect::<Result<Vec<_>, _>>()?;
    let mut ids: Vec<_> = queries.iter().map(|q| q.id.as_str()).collect();
    ids.sort_unstable();
    if ids.windows(2).any(|w| w[0] == w[1]) {
        return Err(AwsError::validation(
            "The values for parameter id in MetricDataQueries are not unique.",
        ));
    }
    if !queries.iter().any(|q| q.return_data) {
        return Err(AwsError::validation(
            "At least one element in MetricDataQueries must have ReturnData set to true.",
        ));
    }
    Ok(queries)
}

fn one(query: &Value, usual: Option<u32>) -> Result<Query, AwsError> {
    let id = text(query, "Id")?;
    let fits = id.starts_with(|c: char| c.is_ascii_lowercase())
        && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && id.len() <= 255;
    if !fits {
        let message = format!(
            "The value {id} for parameter MetricDataQueries.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$."
        );
        return Err(AwsError::validation(message));
    }
    let stat = query.get("MetricStat");
    let (asks, period) = match (stat, query.get("Expression").as_str()) {
        (Value::Null, Some(expression)) => (math(id, expression)?, period(query.get("Period"))?),
        (Value::Null, None) | (_, Some(_)) => {
            let message = format!(
                "Exactly one of the parameters Expression and MetricStat must be specified for {id}."
            );
            return Err(AwsError::validation(message));
        }
        (stat, None) => {
            let seconds = period(stat.get("Period"))?.or(usual);
            let seconds = seconds.ok_or_else(|| {
                AwsError::new("MissingParameter", "The parameter Period is required.")
            })?;
            (Asks::Stat(stat_query(stat)?), Some(seconds))
        }
    };
    Ok(Query {
        id: id.to_owned(),
        asks,
        period,
        label: query.get("Label").as_str().map(str::to_owned),
        return_data: query.get("ReturnData").as_bool().unwrap_or(true),
    })
}

fn math(id: &str, expression: &str) -> Result<Asks, AwsError> {
    let parsed = Expression::parse(expression);
    let parsed =
        parsed.map_err(|e| AwsError::validation(format!("Error in expression '{id}': {e}")))?;
    Ok(Asks::Math(expression.to_owned(), parsed))
}

fn stat_query(stat: &Value) -> Result<StatQuery, AwsError> {
    let metric = stat.get("Metric");
    let spelled = text(stat, "Stat")?;
    if Statistic::parse(spelled).is_none() {
        return Err(AwsError::validation(format!(
            "The value {spelled} for parameter Stat is not supported."
        )));
    }
    Ok(StatQuery {
        namespace: text(metric, "Namespace")?.to_owned(),
        name: text(metric, "MetricName")?.to_owned(),
        dimensions: dimensions(metric)?,
        stat: spelled.to_owned(),
        unit: stat.get("Unit").as_str().map(str::to_owned),
    })
}

/// A period in seconds. Data here is of one minute, so shorter periods mean one minute, as for any metric of AWS's own.
pub(super) fn period(value: &Value) -> Result<Option<u32>, AwsError> {
    let Some(seconds) = value.as_i64() else {
        return if value.is_null() {
            Ok(None)
        } else {
            Err(AwsError::validation("Period is not a number."))
        };
    };
    match u32::try_from(seconds) {
        Ok(s @ (1 | 5 | 10 | 20 | 30)) => Ok(Some(s)),
        Ok(s) if s > 0 && s % 60 == 0 && s <= 86_400 * 30 => Ok(Some(s)),
        _ => {
            let message = format!(
                "The value {seconds} for parameter Period is not valid. It must be 1, 5, 10, 20, 30 or a multiple of 60."
            );
            Err(AwsError::validation(message))
        }
    }
}

/// Writes a set of queries as they were given.
pub(super) fn write(queries: &[Query]) -> Value {
    Value::List(queries.iter().map(write_one).collect())
}

fn write_one(query: &Query) -> Value {
    let period = Value::from(query.period.map(i64::from));
    let (stat, expression, own_period) = match &query.asks {
        Asks::Math(text, _) => (Value::Null, Value::from(text.as_str()), period),
        Asks::Stat(stat) => (write_stat(stat, period), Value::Null, Value::Null),
    };
    Value::map([
        ("Id", query.id.as_str().into()),
        ("MetricStat", stat),
        ("Expression", expression),
        ("Label", query.label.clone().into()),
        ("ReturnData", query.return_data.into()),
        ("Period", own_period),
    ])
}

fn write_stat(stat: &StatQuery, period: Value) -> Value {
    let metric = Value::map([
        ("Namespace", stat.namespace.as_str().into()),
        ("MetricName", stat.name.as_str().into()),
        ("Dimensions", dimensions_value(&stat.dimensions)),
    ]);
    Value::map([
        ("Metric", metric),
        ("Period", period),
        ("Stat", stat.stat.as_str().into()),
        ("Unit", stat.unit.clone().into()),
    ])
}
