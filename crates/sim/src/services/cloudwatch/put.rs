//! PutMetricData: samples that a client brings itself.

use jiff::{Timestamp, ToSpan as _};

use super::{combination, dimensions, invalid, missing, text};
use crate::services::AwsError;
use crate::world::metrics::Distribution;
use crate::{Value, world::World};

const MOST: usize = 1000;
const MOST_VALUES: usize = 150;

pub(super) fn metric_data(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let namespace = text(input, "Namespace")?;
    if namespace.starts_with("AWS/") {
        return Err(invalid(
            "The value AWS/ for parameter Namespace is invalid.",
        ));
    }
    let data = input.get("MetricData").items();
    if data.is_empty() {
        return Err(missing("MetricData"));
    }
    if data.len() > MOST {
        return Err(invalid(format!(
            "The collection MetricData must not have a size greater than {MOST}."
        )));
    }
    let samples = data
        .iter()
        .map(|datum| sample(datum, world.now()))
        .collect::<Result<Vec<_>, _>>()?;
    for sample in samples {
        put(world, namespace, sample);
    }
    Ok(Value::Null)
}

struct Sample {
    name: String,
    dimensions: Vec<(String, String)>,
    at: Timestamp,
    unit: Option<String>,
    measured: Measured,
}

enum Measured {
    Values(Vec<(f64, f64)>),
    Set {
        sum: f64,
        count: f64,
        min: f64,
        max: f64,
    },
}

fn put(world: &mut World, namespace: &str, sample: Sample) {
    let dims: Vec<_> = sample
        .dimensions
        .iter()
        .map(|(k, v)| (k.as_str(), v.as_str()))
        .collect();
    let id = world.metrics.series(namespace, &sample.name, &dims);
    if let Some(unit) = &sample.unit {
        world.metrics.set_unit(id, unit);
    }
    match sample.measured {
        Measured::Values(values) => match values.as_slice() {
            [(value, count)] if *count == 1.0 => world.metrics.add_to(id, sample.at, *value),
            _ => world
                .metrics
                .add_distribution_to(id, sample.at, Distribution::of(values)),
        },
        Measured::Set {
            sum,
            count,
            min,
            max,
        } => world
            .metrics
            .add_statistic_set(id, sample.at, sum, count, min, max),
    }
}

fn sample(datum: &Value, now: Timestamp) -> Result<Sample, AwsError> {
    let name = text(datum, "MetricName")?.to_owned();
    let at = datum.get("Timestamp").as_time().unwrap_or(now);
    let oldest = now.checked_sub((14 * 24).hours()).unwrap_or(now);
    let newest = now.checked_add(2.hours()).unwrap_or(now);
    if at < oldest || at > newest {
        return Err(invalid(
            "The parameter Timestamp must specify a time no earlier than two weeks ago and no later than two hours ahead.",
        ));
    }
    Ok(Sample {
        name,
        dimensions: dimensions(datum)?,
        at,
        unit: datum.get("Unit").as_str().map(str::to_owned),
        measured: measured(datum)?,
    })
}

fn measured(datum: &Value) -> Result<Measured, AwsError> {
    let given = ["Value", "Values", "StatisticValues"]
        .iter()
        .filter(|f| !datum.get(f).is_null())
        .count();
    match given {
        0 => return Err(missing("MetricData.member.1.Value")),
        1 => {}
        _ => {
            return Err(combination(
                "The parameters Value, Values and StatisticValues are mutually exclusive.",
            ));
        }
    }
    let set = datum.get("StatisticValues");
    if !set.is_null() {
        return statistic_set(set);
    }
    if let Some(value) = finite(datum.get("Value"))? {
        return Ok(Measured::Values(vec![(value, 1.0)]));
    }
    let values = numbers(datum.get("Values"))?;
    let counts = match datum.get("Counts") {
        Value::Null => vec![1.0; values.len()],
        counts => numbers(counts)?,
    };
    if values.len() != counts.len() || values.is_empty() || values.len() > MOST_VALUES {
        return Err(invalid(
            "The collections Values and Counts must be of the same size, 1 to 150.",
        ));
    }
    Ok(Measured::Values(values.into_iter().zip(counts).collect()))
}

fn statistic_set(set: &Value) -> Result<Measured, AwsError> {
    let number = |name: &str| finite(set.get(name))?.ok_or_else(|| missing(name));
    let (sum, count) = (number("Sum")?, number("SampleCount")?);
    let (min, max) = (number("Minimum")?, number("Maximum")?);
    if min > max || count <= 0.0 {
        return Err(invalid(
            "The values for the parameter StatisticValues do not fit each other.",
        ));
    }
    Ok(Measured::Set {
        sum,
        count,
        min,
        max,
    })
}

fn numbers(list: &Value) -> Result<Vec<f64>, AwsError> {
    list.items()
        .iter()
        .map(|v| finite(v)?.ok_or_else(|| invalid("Values must be numbers.")))
        .collect()
}

fn finite(value: &Value) -> Result<Option<f64>, AwsError> {
    match value {
        Value::Null => Ok(None),
        value => match value.as_f64() {
            Some(n) if n.is_finite() => Ok(Some(n)),
            _ => Err(invalid("The value for parameter Value is not a number.")),
        },
    }
}
