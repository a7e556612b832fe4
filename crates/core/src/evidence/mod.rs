//! CloudWatch's own history becomes a verdict per window, and how long the current share has been proven good.
//!
//! What belongs here: windows, samples, comparisons. What must not: what follows from a verdict ([`crate::decide`]).
//!
//! - [`Series`]: points aligned to the metric period, oldest first. A point is *complete* when its delay is over.
//! - [`judge`]: a window's verdict, signal by signal, each with its numbers.
//! - [`proof`]: the unbroken run of complete points at a share, and its verdict.

mod alarms;
mod figures;
mod gauge;
mod judge;
mod proof;
mod rates;
mod samples;
mod series;
mod sums;
mod windows;

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

pub(crate) use alarms::alarms as judge_alarms;
pub use alarms::{silence, watches_only_ipv4};
pub use figures::Figures;
pub use gauge::{Readings, Since};
pub(crate) use gauge::{gauges as judge_gauges, mute, own_name};
pub use judge::{Limits, Own, Signal, SignalVerdict, ipv4_fault, judge};
pub use proof::{Broken, Proof, Question, proof};
pub use samples::least_samples;
pub use series::{Series, next_complete};
pub use windows::{FINE_HOLD, gauge_window, long_window, recent_window};

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
    /// `RequestCount` of the IPv4 target groups; behind a Network Load Balancer `NewFlowCount`.
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
    /// 5xx that the load balancers made themselves, or of a Network Load Balancer the resets by targets; no target group
    /// dimension.
    pub elb_5xx: Option<f64>,
    /// The 503 among them: there was no target to send to.
    pub elb_503: Option<f64>,
    /// Flows that are open on the IPv4 target groups: a Network Load Balancer tells them.
    pub open_ipv4: Option<f64>,
    /// The same of the IPv6 target groups.
    pub open_ipv6: Option<f64>,
    /// Requests of what tells of each minute, of one without any too, and counts no hosts: a service of VPC Lattice.
    pub pulse: Option<f64>,
}

impl Point {
    /// Whether anything at all was reported: without even a host count, or a word of none, missing requests may be lost data.
    #[must_use]
    pub fn is_reported(&self) -> bool {
        self.healthy_ipv4.is_some() || self.healthy_ipv6.is_some() || self.pulse.is_some()
    }

    /// Whether CloudWatch could count hosts there.
    #[must_use]
    pub fn counts_hosts(&self) -> bool {
        self.pulse.is_none()
    }

    /// Requests to both sides.
    #[must_use]
    pub fn requests(&self) -> f64 {
        self.requests_ipv4.unwrap_or(0.0) + self.requests_ipv6.unwrap_or(0.0)
    }
}

/// The share that was measured over some points; `None` without requests.
#[must_use]
pub fn effective_share(points: &[Point]) -> Option<Share> {
    let ipv6: f64 = points.iter().filter_map(|p| p.requests_ipv6).sum();
    Share::measured(ipv6, points.iter().map(Point::requests).sum())
}
