//! CloudWatch's own history becomes a verdict per window, and how long the current share has been proven good.
//!
//! What belongs here: windows, samples, comparisons. What must not: what follows from a verdict ([`crate::decide`]).
//!
//! - [`Series`]: points aligned to the metric period, oldest first. A point is *complete* when its delay is over.
//! - [`judge`]: a window's verdict, signal by signal, each with its numbers.
//! - [`proof`]: the unbroken run of complete points at a share, and its verdict.

mod alarms;
mod judge;
mod proof;
mod rates;
mod samples;
mod sums;
mod windows;

use std::{ops::Range, time::Duration};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

pub use alarms::{silence, watches_only_ipv4};
pub use judge::{Limits, Signal, SignalVerdict, ipv4_fault, judge};
pub use proof::{Broken, Proof, Question, proof};
pub use samples::least_samples;
pub use windows::{FINE_HOLD, long_window, recent_window};

use crate::{share::Share, wire::wire_names};

/// How late a metric may be. AWS gives no figure; 1 to 3 minutes are seen (unconfirmed), so a minute counts as complete
/// three minutes after its end.
pub const METRIC_DELAY: Duration = Duration::from_secs(180);

/// How the question "is it good?" can be answered. Only `Good` opens a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Enough samples, everything within its limits.
    Good,
    /// Samples, but not enough to be sure.
    TooFew,
    /// Nothing was measured.
    NoData,
    /// It could not be asked.
    Error,
    /// Surely beyond a limit.
    Bad,
}

wire_names!(Verdict:
    Good = "Good"
    TooFew = "TooFew"
    NoData = "NoData"
    Error = "Error"
    Bad = "Bad");

/// The time that was judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Window {
    /// When its first point begins.
    pub from: Timestamp,
    /// When its last point ends.
    pub until: Timestamp,
}

/// One period's figures, summed over the service's target groups. `None`: CloudWatch has no such datapoint.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// `RequestCount` of the IPv4 target groups.
    pub requests_ipv4: Option<f64>,
    /// `RequestCount` of the IPv6 target groups.
    pub requests_ipv6: Option<f64>,
    /// Target 5xx and connection errors, IPv4. Reported only when not zero.
    pub errors_ipv4: Option<f64>,
    /// The connection errors among them.
    pub unreached_ipv4: Option<f64>,
    /// Target 5xx and connection errors, IPv6.
    pub errors_ipv6: Option<f64>,
    /// Target 4xx, IPv4. Reported only when not zero.
    pub client_errors_ipv4: Option<f64>,
    /// Target 4xx, IPv6.
    pub client_errors_ipv6: Option<f64>,
    /// p99 of `TargetResponseTime` in seconds, IPv4.
    pub p99_ipv4: Option<f64>,
    /// p99 of `TargetResponseTime` in seconds, IPv6.
    pub p99_ipv6: Option<f64>,
    /// `HealthyHostCount` of the load balancer node that counts most, IPv4.
    pub healthy_ipv4: Option<f64>,
    /// `HealthyHostCount` of the load balancer node that counts most, IPv6.
    pub healthy_ipv6: Option<f64>,
    /// `RequestCount` of the load balancers.
    pub elb_requests: Option<f64>,
    /// 5xx that the load balancers made themselves; no target group dimension.
    pub elb_5xx: Option<f64>,
    /// The 503 among them: there was no target to send to.
    pub elb_503: Option<f64>,
}

impl Point {
    /// Whether anything at all was reported: without even a host count, missing requests may be lost data.
    #[must_use]
    pub fn is_reported(&self) -> bool {
        self.healthy_ipv4.is_some() || self.healthy_ipv6.is_some()
    }

    /// Requests to both sides.
    #[must_use]
    pub fn requests(&self) -> f64 {
        self.requests_ipv4.unwrap_or(0.0) + self.requests_ipv6.unwrap_or(0.0)
    }
}

/// Points of one period, oldest first, without gaps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// Start of the first point, a multiple of the period.
    pub start: Timestamp,
    /// Length of a period.
    pub period: Duration,
    /// The points.
    pub points: Vec<Point>,
}

impl Series {
    /// When the point at an index begins.
    #[must_use]
    pub fn starts_at(&self, index: usize) -> Timestamp {
        self.start + SignedDuration::from_secs((self.period.as_secs() * index as u64) as i64)
    }

    /// How many points from the beginning are complete at a moment.
    #[must_use]
    pub fn complete_points(&self, now: Timestamp) -> usize {
        let period = self.period.as_secs().max(1) as i64;
        let settled = now.as_second() - METRIC_DELAY.as_secs() as i64 - self.start.as_second();
        usize::try_from(settled / period)
            .unwrap_or(0)
            .min(self.points.len())
    }

    /// The time of some points by their indices, the last one excluded.
    #[must_use]
    pub fn window(&self, points: Range<usize>) -> Window {
        Window {
            from: self.starts_at(points.start),
            until: self.starts_at(points.end),
        }
    }

    /// When the next point will be complete.
    #[must_use]
    pub fn next_complete(&self, now: Timestamp) -> Timestamp {
        next_complete(self.period, now)
    }

    /// The newest complete points, at most as many as fill a duration.
    #[must_use]
    pub fn last(&self, length: Duration, now: Timestamp) -> &[Point] {
        &self.points[self.newest(length, now)]
    }

    /// Their indices.
    #[must_use]
    pub fn newest(&self, length: Duration, now: Timestamp) -> Range<usize> {
        let end = self.complete_points(now);
        let count = (length.as_secs() / self.period.as_secs().max(1)) as usize;
        end.saturating_sub(count)..end
    }
}

/// When the next metric period of a length will be complete.
#[must_use]
pub fn next_complete(period: Duration, now: Timestamp) -> Timestamp {
    let period = period.as_secs().max(1) as i64;
    let delay = METRIC_DELAY.as_secs() as i64;
    let next = ((now.as_second() - delay).div_euclid(period) + 1) * period + delay;
    Timestamp::from_second(next).unwrap_or(now)
}

/// The share that was measured over some points; `None` without requests.
#[must_use]
pub fn effective_share(points: &[Point]) -> Option<Share> {
    let ipv6: f64 = points.iter().filter_map(|p| p.requests_ipv6).sum();
    Share::of(ipv6, points.iter().map(Point::requests).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: i64) -> Timestamp {
        Timestamp::from_second(s).unwrap()
    }

    #[test]
    fn a_minute_is_complete_three_minutes_after_its_end() {
        let series = Series {
            start: at(600),
            period: Duration::from_secs(60),
            points: vec![Point::default(); 5],
        };
        assert_eq!(series.complete_points(at(839)), 0);
        assert_eq!(series.complete_points(at(840)), 1);
        assert_eq!(series.complete_points(at(100_000)), 5);
        assert_eq!(series.next_complete(at(839)), at(840));
        assert_eq!(series.next_complete(at(840)), at(900));
    }
}
