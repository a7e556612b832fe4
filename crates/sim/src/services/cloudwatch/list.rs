//! ListMetrics: which series there are.

use jiff::{Timestamp, ToSpan as _};

use super::{bad_token, dimensions_value, invalid};
use crate::services::{AwsError, paging};
use crate::world::metrics::Series;
use crate::{Value, world::World};

const PAGE: usize = 500;

pub(super) fn metrics(world: &World, input: &Value) -> Result<Value, AwsError> {
    let hours = match input.get("RecentlyActive").as_str() {
        None => 14 * 24,
        Some("PT3H") => 3,
        Some(_) => {
            return Err(invalid(
                "The value for parameter RecentlyActive is invalid. Valid values are PT3H.",
            ));
        }
    };
    let now = world.now();
    let oldest = now.checked_sub(i64::from(hours).hours()).unwrap_or(now);
    let found = world
        .metrics
        .all()
        .filter(|s| wanted(s, input))
        .filter(|s| active(s, oldest, now));
    let (page, next) = paging::page(found.collect(), input.get("NextToken"), PAGE, bad_token)?;
    Ok(Value::map([
        (
            "Metrics",
            Value::List(page.into_iter().map(metric).collect()),
        ),
        ("NextToken", next),
    ]))
}

fn active(series: &Series, oldest: Timestamp, now: Timestamp) -> bool {
    series.newest_visible(now).is_some_and(|at| at >= oldest)
}

fn wanted(series: &Series, input: &Value) -> bool {
    let is = |field: &str, held: &str| input.get(field).as_str().is_none_or(|asked| asked == held);
    is("Namespace", &series.namespace)
        && is("MetricName", &series.name)
        && input.get("Dimensions").items().iter().all(|filter| {
            let value = filter.get("Value").as_str();
            series.dimensions.iter().any(|(k, v)| {
                filter.get("Name").as_str() == Some(k) && value.is_none_or(|w| w == v)
            })
        })
}

fn metric(series: &Series) -> Value {
    Value::map([
        ("Namespace", series.namespace.as_str().into()),
        ("MetricName", series.name.as_str().into()),
        ("Dimensions", dimensions_value(&series.dimensions)),
    ])
}
