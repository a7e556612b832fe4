//! What was usual for a service in the last days, and limits that it would have kept.
//!
//! What belongs here: figures from CloudWatch's hours. What must not: what holds follow from them ([`super::steps`]).

use std::time::Duration;

use crate::{
    evidence::{Point, Series},
    observation::Known,
    plan::{ErrorRateLimit, HealthPolicy, LatencyLimit},
};

/// So many percentage points more failures than on IPv4 are too many, as in the examples.
const WORSE: f64 = 0.005;
/// So much slower than IPv4 is too slow. NAT64 alone costs a few milliseconds.
const SLOWER: f64 = 0.25;
/// Limits are so many times what was usual: they shall find a broken release, not a busy hour.
const ROOM: f64 = 2.0;
/// Failures are rounded up to half percents, latencies to 50 ms, and no latency limit is below 200 ms.
const HALF_PERCENT: f64 = 0.005;
const LATENCY_STEP: u64 = 50;
const LEAST_LATENCY: u64 = 200;
/// As long as an Application Load Balancer waits for a target, in milliseconds.
const MOST_LATENCY: u64 = 4_000_000;

/// What was usual, by the hour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Usual {
    /// Hours that were measured.
    pub(super) hours: usize,
    /// Requests in all of them.
    pub(super) requests: f64,
    /// Requests in an hour of the quietest quarter, at most.
    pub(super) quiet: f64,
    /// Failed ones among all, between 0 and 1.
    pub(super) failed: f64,
    /// p99 of the slowest hour, in seconds.
    pub(super) p99: Option<f64>,
}

impl Usual {
    /// Requests an hour that can be counted on: a quiet hour's, or the mean where quiet hours have none.
    pub(super) fn rate(&self) -> f64 {
        if self.quiet > 0.0 {
            self.quiet
        } else {
            self.requests / self.hours.max(1) as f64
        }
    }
}

/// What was usual, or why that is not known.
pub(super) fn usual(history: &Known<Series>) -> Result<Usual, String> {
    match history {
        Known::Seen(series) => of(&series.all())
            .ok_or_else(|| "CloudWatch has nothing of its target groups yet".to_owned()),
        Known::Absent => Err("nothing is measured of it".to_owned()),
        Known::Unknown(why) => Err(why.to_string()),
    }
}

fn of(points: &[Point]) -> Option<Usual> {
    let is_measured = |p: &Point| p.requests_ipv4.is_some() || p.is_reported();
    let first = points.iter().position(is_measured)?;
    // The hour in which it began is none.
    let whole = &points[first..];
    let whole = if whole.len() > 2 { &whole[1..] } else { whole };
    let mut requests: Vec<f64> = whole.iter().map(Point::requests).collect();
    requests.sort_by(f64::total_cmp);
    let all: f64 = requests.iter().sum();
    let failed: f64 = whole.iter().filter_map(|p| p.errors_ipv4).sum();
    let slowest = whole.iter().filter_map(|p| p.p99_ipv4);
    Some(Usual {
        hours: whole.len(),
        requests: all,
        quiet: requests[requests.len() / 4],
        // The sum of nothing is below nothing.
        failed: if all > 0.0 {
            (failed / all).clamp(0.0, 1.0).abs()
        } else {
            0.0
        },
        p99: slowest.max_by(f64::total_cmp),
    })
}

/// Limits with room above what was usual.
pub(super) fn limits(health: &mut HealthPolicy, usual: Option<&Usual>) {
    let least = health.error_rate.map_or(0.01, |limit| limit.max);
    let failed = usual.map_or(0.0, |u| u.failed);
    let max = ((failed * ROOM / HALF_PERCENT).ceil() * HALF_PERCENT).max(least);
    health.error_rate = Some(ErrorRateLimit {
        // As a plan spells it: in parts per million.
        max: (max.min(1.0) * 1e6).round() / 1e6,
        worse_than_ipv4_by: Some(WORSE),
    });
    health.latency_p99 = usual.and_then(|u| u.p99).map(|p99| LatencyLimit {
        max: Duration::from_millis(latency(p99)),
        worse_than_ipv4_by: Some(SLOWER),
    });
}

fn latency(p99: f64) -> u64 {
    let millis = (p99.clamp(0.0, 4_000.0) * ROOM * 1_000.0).ceil() as u64;
    let rounded = millis.div_ceil(LATENCY_STEP) * LATENCY_STEP;
    rounded.clamp(LEAST_LATENCY, MOST_LATENCY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(requests: &[f64]) -> Vec<Point> {
        let point = |n: &f64| Point {
            requests_ipv4: Some(*n),
            ..Point::default()
        };
        requests.iter().map(point).collect()
    }

    #[test]
    fn hours_before_the_service_was_there_are_none_of_its() {
        let mut points = vec![Point::default(); 100];
        points.extend(hours(&[7.0, 400.0, 100.0, 200.0, 300.0]));
        let usual = of(&points).unwrap();
        assert_eq!((usual.hours, usual.requests), (4, 1_000.0));
        assert_eq!((usual.quiet, usual.rate()), (200.0, 200.0));
        assert_eq!(of(&points[..100]), None);
    }

    #[test]
    fn a_service_that_sleeps_is_counted_on_for_its_mean() {
        let usual = of(&hours(&[5.0, 0.0, 0.0, 90.0, 30.0])).unwrap();
        assert_eq!((usual.quiet, usual.rate()), (0.0, 30.0));
    }

    #[test]
    fn limits_have_room_above_what_was_usual() {
        assert_eq!(latency(0.0), 200);
        assert_eq!(latency(0.31), 650);
        assert_eq!(latency(1e9), 4_000_000);
    }
}
