//! The verdict on one window of points, signal by signal.
//!
//! A rate is `Bad` only when it is surely beyond its limit (lower bound of Wilson's interval), `Good` only when it is
//! within the limit with enough samples, and `TooFew` in between: neither a pass nor a reason to panic.

use jiff::Timestamp;
use serde::Serialize;

use super::{Point, Verdict, alarms::alarms};
use crate::{
    observation::{Alarm, Baseline, Known, Look, Observation, Pair, Target},
    plan::{HealthPolicy, Plan},
    status::{millis, percent},
};

/// One-sided 99 %: a wrong rollback in a hundred borderline windows is the price of a fast one.
const Z: f64 = 2.33;

/// What is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Signal {
    /// Failed requests on IPv6 against the fixed limit.
    ErrorRate,
    /// Failed requests on IPv6 against IPv4's in the same window.
    ErrorRateVsIpv4,
    /// 5xx made by the load balancer, above what it made before the twin existed.
    LoadBalancerErrors,
    /// p99 on IPv6 against the fixed limit.
    LatencyP99,
    /// p99 on IPv6 against IPv4's in the same window.
    LatencyP99VsIpv4,
    /// Whether the IPv6 side has any healthy target.
    HealthyHosts,
    /// The plan's CloudWatch alarms.
    Alarms,
}

/// A verdict with its numbers: rates as fractions, latencies in seconds, counts as counts.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SignalVerdict {
    /// Which signal.
    pub signal: Signal,
    /// The verdict.
    pub verdict: Verdict,
    /// What was measured on IPv6.
    pub observed: Option<f64>,
    /// What it may be at most (for [`Signal::HealthyHosts`]: at least).
    pub limit: Option<f64>,
    /// Requests (or points, or alarms) that the figure rests on.
    pub samples: u64,
    /// Anything more to say: the alarm's name, why it could not be asked.
    pub note: Option<String>,
}

impl SignalVerdict {
    /// The verdict in words: "errors on IPv6 are 7.2 %, over 1 %".
    #[must_use]
    pub fn sentence(&self) -> String {
        if let Some(note) = &self.note {
            return note.clone();
        }
        let (name, spelled): (_, fn(f64) -> String) = match self.signal {
            Signal::ErrorRate => ("errors on IPv6 are", percent),
            Signal::ErrorRateVsIpv4 => ("errors on IPv6 beside those on IPv4 are", percent),
            Signal::LoadBalancerErrors => ("errors made by the load balancer are", percent),
            Signal::LatencyP99 => ("p99 on IPv6 is", millis),
            Signal::LatencyP99VsIpv4 => ("p99 on IPv6 beside that on IPv4 is", millis),
            Signal::HealthyHosts => ("healthy IPv6 targets:", |n| format!("{n:.0}")),
            Signal::Alarms => ("alarms", |n| format!("{n}")),
        };
        let observed = self
            .observed
            .map_or_else(|| "not known".to_owned(), spelled);
        match (self.verdict, self.limit) {
            (Verdict::Bad, Some(limit)) if self.signal != Signal::HealthyHosts => {
                format!("{name} {observed}, over {}", spelled(limit))
            }
            _ => format!("{name} {observed}"),
        }
    }
}

/// What a window is held against.
#[derive(Clone, Copy, Debug)]
pub struct Limits<'a> {
    /// The plan's limits.
    pub policy: &'a HealthPolicy,
    /// The load balancers before.
    pub before: &'a Known<Baseline>,
    /// The plan's alarms.
    pub alarms: &'a Known<Vec<Alarm>>,
    /// The target groups.
    pub pairs: &'a [Pair],
    /// When the twin was created.
    pub twin_since: Option<Timestamp>,
    /// Whether every IPv6 target group has a healthy target, where that was read now.
    pub serving: Option<bool>,
}

impl<'a> Limits<'a> {
    /// Of a plan, in one look.
    #[must_use]
    pub fn of(plan: &'a Plan, seen: &'a Observation) -> Self {
        Self {
            policy: &plan.health,
            before: &seen.before,
            alarms: &seen.alarms,
            pairs: seen.pairs.seen().map_or(&[], Vec::as_slice),
            twin_since: seen.twin.seen().map(|t| t.created_at),
            serving: serving(seen),
        }
    }

    /// The plan's word alone, with nothing seen.
    #[must_use]
    pub fn of_policy(policy: &'a HealthPolicy) -> Self {
        Self {
            policy,
            before: &Known::Absent,
            alarms: &Known::Absent,
            pairs: &[],
            twin_since: None,
            serving: None,
        }
    }

    /// Whether anything is measured beside the plan's alarms.
    pub(super) fn measures_itself(&self) -> bool {
        self.policy.error_rate.is_some() || self.policy.latency_p99.is_some()
    }
}

/// Remembered targets say nothing: only those that were read now do.
fn serving(seen: &Observation) -> Option<bool> {
    if seen.look != Look::Full {
        return None;
    }
    let mut all = true;
    for pair in seen.pairs.seen()? {
        let targets = pair.ipv6.seen()?.targets.seen()?;
        all &= targets.iter().any(Target::is_healthy);
    }
    Some(all)
}

/// Judges a window. The first item is the worst of all; the signals follow in a fixed order.
#[must_use]
pub fn judge(limits: Limits<'_>, window: &[Point]) -> (Verdict, Vec<SignalVerdict>) {
    let sums = Sums::over(window);
    let mut signals = Vec::with_capacity(7);
    errors(limits, &sums, &mut signals);
    latency(limits, &sums, &mut signals);
    signals.push(healthy_hosts(limits.serving, window));
    if !limits.policy.alarms.is_empty() {
        signals.push(alarms(limits));
    }
    let worst = signals
        .iter()
        .map(|s| s.verdict)
        .max()
        .unwrap_or(Verdict::NoData);
    (worst, signals)
}

/// A window's totals.
#[derive(Default)]
struct Sums {
    reported: bool,
    ipv4: Side,
    ipv6: Side,
    elb_requests: f64,
    elb_5xx: f64,
}

#[derive(Default)]
struct Side {
    requests: f64,
    errors: f64,
    p99_weighted: f64,
    p99_requests: f64,
}

impl Side {
    fn add(&mut self, requests: Option<f64>, errors: Option<f64>, p99: Option<f64>) {
        let n = requests.unwrap_or(0.0);
        self.requests += n;
        self.errors += errors.unwrap_or(0.0);
        if let Some(p99) = p99 {
            self.p99_weighted += p99 * n;
            self.p99_requests += n;
        }
    }

    /// Connection errors are not always counted as requests, so the rate stays within 0 and 1.
    fn error_rate(&self) -> f64 {
        ratio(self.errors, self.requests.max(self.errors))
    }

    /// Percentiles of several minutes cannot be merged; the mean weighted by requests stands for them.
    fn p99(&self) -> Option<f64> {
        (self.p99_requests > 0.0).then(|| self.p99_weighted / self.p99_requests)
    }
}

impl Sums {
    fn over(window: &[Point]) -> Self {
        let mut sums = Self::default();
        for p in window {
            sums.reported |= p.is_reported();
            sums.ipv4.add(p.requests_ipv4, p.errors_ipv4, p.p99_ipv4);
            sums.ipv6.add(p.requests_ipv6, p.errors_ipv6, p.p99_ipv6);
            sums.elb_requests += p.elb_requests.unwrap_or(0.0);
            sums.elb_5xx += p.elb_5xx.unwrap_or(0.0);
        }
        sums
    }
}

fn errors(limits: Limits<'_>, sums: &Sums, out: &mut Vec<SignalVerdict>) {
    let Some(limit) = limits.policy.error_rate else {
        return;
    };
    let min = limits.policy.min_requests as f64;
    let rate = sums.ipv6.error_rate();
    let samples = sums.ipv6.requests;
    let against = |signal, max: f64| SignalVerdict {
        signal,
        verdict: rate_verdict(
            sums.reported,
            sums.ipv6.errors,
            samples.max(sums.ipv6.errors),
            max,
            min,
        ),
        observed: (samples > 0.0).then_some(rate),
        limit: Some(max),
        samples: samples as u64,
        note: None,
    };
    out.push(against(Signal::ErrorRate, limit.max));
    // Without enough requests on IPv4 in the same window there is nothing to compare with; the fixed limit still holds.
    if let Some(by) = limit.worse_than_ipv4_by
        && sums.ipv4.requests >= min
    {
        out.push(against(
            Signal::ErrorRateVsIpv4,
            (sums.ipv4.error_rate() + by).min(1.0),
        ));
    }
    out.push(load_balancer_errors(limits.before, sums, limit.max));
}

/// The load balancer's own 5xx have no target group dimension, so what it made before, at the same rate, is subtracted.
fn load_balancer_errors(before: &Known<Baseline>, sums: &Sums, max: f64) -> SignalVerdict {
    let (usual, note) = match before {
        Known::Seen(b) if b.requests > 0.0 => (upper_bound(b.elb_5xx, b.requests), None),
        // As if the time before had been as long, and without an error.
        Known::Seen(_) | Known::Absent => (
            upper_bound(0.0, sums.elb_requests),
            Some("no traffic was measured before the twin".to_owned()),
        ),
        Known::Unknown(why) => {
            return SignalVerdict {
                signal: Signal::LoadBalancerErrors,
                verdict: Verdict::Error,
                observed: None,
                limit: Some(max),
                samples: 0,
                note: Some(why.to_string()),
            };
        }
    };
    // All of the balancer's requests make this noise, but the few on IPv6 would be blamed for it: only what is surely
    // more than usual counts.
    let expected = usual * sums.elb_requests;
    let excess = (sums.elb_5xx - expected - Z * expected.sqrt()).max(0.0);
    let tried = sums.ipv6.requests + excess;
    SignalVerdict {
        signal: Signal::LoadBalancerErrors,
        verdict: match rate_verdict(sums.reported, excess, tried, max, 0.0) {
            // An excess that may be chance must not stop a step for ever: the next window will tell.
            Verdict::NoData if sums.reported => Verdict::Good,
            other => other,
        },
        observed: (tried > 0.0).then(|| excess / tried),
        limit: Some(max),
        samples: tried as u64,
        note,
    }
}

fn latency(limits: Limits<'_>, sums: &Sums, out: &mut Vec<SignalVerdict>) {
    let Some(limit) = limits.policy.latency_p99 else {
        return;
    };
    let min = limits.policy.min_requests as f64;
    let against = |signal, max: f64| {
        let observed = sums.ipv6.p99();
        let verdict = match observed {
            None if sums.ipv6.requests == 0.0 && sums.reported => Verdict::TooFew,
            None => Verdict::NoData,
            Some(_) if sums.ipv6.requests < min => Verdict::TooFew,
            Some(p99) if p99 > max * (1.0 + p99_noise(sums.ipv6.requests)) => Verdict::Bad,
            // Over the limit, but not surely: more requests will tell.
            Some(p99) if p99 > max => Verdict::TooFew,
            Some(_) => Verdict::Good,
        };
        SignalVerdict {
            signal,
            verdict,
            observed,
            limit: Some(max),
            samples: sums.ipv6.requests as u64,
            note: None,
        }
    };
    out.push(against(Signal::LatencyP99, limit.max.as_secs_f64()));
    if let (Some(by), Some(p99)) = (limit.worse_than_ipv4_by, sums.ipv4.p99())
        && sums.ipv4.requests >= min
    {
        out.push(against(Signal::LatencyP99VsIpv4, p99 * (1.0 + by)));
    }
}

/// How far a p99 of some requests may lie above the true one by chance: three standard errors, for latencies that are
/// log-normal with a spread (sigma) of one half.
fn p99_noise(requests: f64) -> f64 {
    5.6 / requests.max(1.0).sqrt()
}

/// A load balancer does not fail over from a weighted target group that has no healthy target. The count is the greatest
/// of any load balancer node: the least is 0 for a node that was just added, or whose zone has no target. None at all is
/// bad only where the target group itself agrees.
fn healthy_hosts(serving: Option<bool>, window: &[Point]) -> SignalVerdict {
    let counts: Vec<f64> = window.iter().filter_map(|p| p.healthy_ipv6).collect();
    let newest = counts.last().copied();
    let (verdict, note) = match (newest, serving) {
        (None, _) => (Verdict::NoData, None),
        (Some(n), _) if n >= 1.0 => (Verdict::Good, None),
        (Some(_), Some(false)) => (Verdict::Bad, None),
        (Some(_), Some(true)) => (Verdict::NoData, Some(CONTRADICTED)),
        (Some(_), None) => (Verdict::NoData, Some(UNCONFIRMED)),
    };
    SignalVerdict {
        signal: Signal::HealthyHosts,
        verdict,
        observed: newest,
        limit: Some(1.0),
        samples: counts.len() as u64,
        note: note.map(str::to_owned),
    }
}

const CONTRADICTED: &str =
    "CloudWatch counts no healthy IPv6 target, though the target group has one";
const UNCONFIRMED: &str =
    "CloudWatch counts no healthy IPv6 target, and the target group was not asked yet";

fn rate_verdict(reported: bool, failed: f64, tried: f64, max: f64, min: f64) -> Verdict {
    if tried > 0.0 && lower_bound(failed, tried) > max {
        Verdict::Bad
    } else if !reported {
        Verdict::NoData
    } else if tried < min || ratio(failed, tried) > max {
        Verdict::TooFew
    } else {
        Verdict::Good
    }
}

/// Lower bound of Wilson's score interval for a proportion.
pub(super) fn lower_bound(failed: f64, tried: f64) -> f64 {
    if tried <= 0.0 {
        return 0.0;
    }
    let p = (failed / tried).clamp(0.0, 1.0);
    let z2 = Z * Z;
    let centre = p + z2 / (2.0 * tried);
    let spread = Z * ((p * (1.0 - p) + z2 / (4.0 * tried)) / tried).sqrt();
    ((centre - spread) / (1.0 + z2 / tried)).max(0.0)
}

/// Upper bound of the same interval; without requests nothing is known.
fn upper_bound(failed: f64, tried: f64) -> f64 {
    if tried <= 0.0 {
        return 0.0;
    }
    1.0 - lower_bound(tried - failed, tried)
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

#[cfg(test)]
mod tests;
