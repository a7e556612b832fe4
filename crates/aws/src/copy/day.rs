//! The last day of a service's customers, by CloudWatch.
//!
//! What belongs here: the one question, and what its answer says of each minute of a day. What must not: who plays it.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sixshift_core::names::metric_dimension;

use super::read::Reader;
use crate::{
    Error,
    asker::{items, text},
};

/// The minutes of a day.
const MINUTES: usize = 24 * 60;
/// CloudWatch tells of the last minutes late.
const LATE: SignedDuration = SignedDuration::from_mins(4);
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// Most of what one request may ask (CloudWatch API reference, GetMetricData: 100,800 data points).
const MOST_POINTS: usize = 100_800;

/// What CloudWatch has of a service's last day.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Day {
    /// Requests in each minute of a day, from midnight on (UTC).
    pub minutes: Vec<f64>,
    /// How many of them nobody recorded, so they are taken to be as the others on the average.
    pub assumed: usize,
    /// The 99th percentile of response times, in milliseconds; the median of its hours.
    pub p99_ms: Option<f64>,
    /// The share of requests that its tasks answered with a 5xx.
    pub error_share: f64,
}

/// A metric of a target group behind a load balancer.
fn query(id: String, metric: &str, stat: &str, period: u32, group: (&str, &str)) -> Value {
    let (balancer, group) = group;
    json!({
        "Id": id,
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/ApplicationELB",
                "MetricName": metric,
                "Dimensions": [
                    { "Name": "LoadBalancer", "Value": metric_dimension(balancer) },
                    { "Name": "TargetGroup", "Value": metric_dimension(group) },
                ],
            },
            "Period": period,
            "Stat": stat,
        },
    })
}

/// The last day of each of some sets of target groups, each group with its load balancer.
pub(super) async fn read(
    reader: &Reader,
    sets: &[Vec<(String, String)>],
    now: Timestamp,
) -> Result<Vec<Day>, Error> {
    let end = minute_of(now.saturating_sub(LATE).unwrap_or(now));
    let start = end.saturating_sub(DAY).unwrap_or(end);
    let mut queries = Vec::new();
    for (number, set) in sets.iter().enumerate() {
        for (place, (balancer, group)) in set.iter().enumerate() {
            let at = (balancer.as_str(), group.as_str());
            let id = |what: &str| format!("{what}_{number}_{place}");
            queries.push(query(id("requests"), "RequestCount", "Sum", 60, at));
            queries.push(query(
                id("errors"),
                "HTTPCode_Target_5XX_Count",
                "Sum",
                3600,
                at,
            ));
            queries.push(query(id("p99"), "TargetResponseTime", "p99", 3600, at));
        }
    }
    let mut days = vec![Found::default(); sets.len()];
    // Sets of three: one by minutes, two by hours.
    for some in queries.chunks(MOST_POINTS / (MINUTES + 48) * 3) {
        let asked = json!({
            "MetricDataQueries": some,
            "StartTime": start.to_string(),
            "EndTime": end.to_string(),
        });
        let pages = ("NextToken", "NextToken");
        let list = "MetricDataResults";
        let found = reader
            .all("cloudwatch:GetMetricData", asked, list, pages)
            .await?;
        for result in &found {
            let id = text(&result["Id"]);
            let mut parts = id.split('_');
            let what = parts.next().unwrap_or_default();
            let number: Option<usize> = parts.next().and_then(|n| n.parse().ok());
            let Some(day) = number.and_then(|n| days.get_mut(n)) else {
                continue;
            };
            for (at, value) in points(result) {
                day.add(what, at, value);
            }
        }
    }
    Ok(days.into_iter().map(|found| found.day(start)).collect())
}

fn points(result: &Value) -> impl Iterator<Item = (Timestamp, f64)> {
    let (times, values) = (items(&result["Timestamps"]), items(&result["Values"]));
    times.zip(values).filter_map(|(time, value)| {
        let at = time.as_str()?.parse().ok()?;
        Some((at, value.as_str()?.parse().ok()?))
    })
}

/// The minute that a moment is in.
fn minute_of(at: Timestamp) -> Timestamp {
    let second = at.as_second();
    Timestamp::from_second(second - second.rem_euclid(60)).unwrap_or(at)
}

/// What was told of a set of target groups.
#[derive(Clone, Debug, Default)]
struct Found {
    requests: Vec<(Timestamp, f64)>,
    errors: f64,
    p99: Vec<f64>,
}

impl Found {
    fn add(&mut self, what: &str, at: Timestamp, value: f64) {
        match what {
            "requests" => self.requests.push((at, value)),
            "errors" => self.errors += value,
            _ => self.p99.push(value * 1000.0),
        }
    }

    /// A minute without a point had no request: CloudWatch publishes nothing then. Before the first point there may have been no
    /// service, or nobody knows.
    fn day(mut self, start: Timestamp) -> Day {
        let total: f64 = self.requests.iter().map(|(_, n)| n).sum();
        let first = self.requests.iter().map(|(at, _)| *at).min();
        let mut minutes = vec![0.0; MINUTES];
        let Some(first) = first else {
            return Day::default();
        };
        for (at, count) in &self.requests {
            if let Some(minute) = minutes.get_mut(minute_of_day(*at)) {
                *minute += count;
            }
        }
        let unknown = first.duration_since(start).as_secs().max(0) / 60;
        let assumed = usize::try_from(unknown)
            .unwrap_or_default()
            .min(MINUTES - 1);
        let mean = total / (MINUTES - assumed) as f64;
        for place in 0..assumed {
            let place = (minute_of_day(start) + place) % MINUTES;
            minutes[place] = mean;
        }
        self.p99.sort_by(f64::total_cmp);
        Day {
            minutes,
            assumed,
            p99_ms: self.p99.get(self.p99.len() / 2).copied(),
            error_share: (self.errors / total.max(1.0)).clamp(0.0, 1.0),
        }
    }
}

/// Counted from midnight (UTC).
fn minute_of_day(at: Timestamp) -> usize {
    usize::try_from(at.as_second().div_euclid(60).rem_euclid(MINUTES as i64)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_minute_without_a_point_has_no_request_and_one_before_the_first_is_assumed() {
        let start = at("2026-03-01T09:00:00Z");
        let mut found = Found::default();
        // The last hour of the day, every other minute.
        for minute in (0..60).step_by(2) {
            let when = at("2026-03-02T08:00:00Z") + SignedDuration::from_mins(minute);
            found.add("requests", when, 10.0);
        }
        found.add("errors", start, 3.0);
        found.add("p99", start, 0.25);
        let day = found.day(start);
        assert_eq!(day.assumed, 23 * 60);
        assert_eq!((day.minutes[480], day.minutes[481]), (10.0, 0.0));
        assert_eq!(day.minutes[9 * 60], 5.0);
        assert_eq!(day.p99_ms, Some(250.0));
        assert!((day.error_share - 0.01).abs() < 1e-9);
    }

    #[test]
    fn nothing_told_is_nothing_known() {
        assert_eq!(Found::default().day(Timestamp::UNIX_EPOCH), Day::default());
    }
}
