//! The verdict on one window of points, signal by signal.
//!
//! A rate is `Bad` only when it is surely beyond its limit (lower bound of Wilson's interval), `Good` only when it is
//! within the limit with enough samples, and `TooFew` in between: neither a pass nor a reason to panic.

use jiff::Timestamp;
use serde::Serialize;

use super::{
    Point, Readings, Series, Since, Verdict, Window,
    alarms::alarms,
    gauge,
    rates::{Z, lower_bound, rate_verdict, ratio, upper_bound},
    sums::{Side, Sums},
};
use crate::{
    observation::{Alarm, Baseline, Known, Look, Observation, Pair, Target, TargetGroup},
    plan::{Gauge, HealthPolicy, Per, Plan, Way},
    status::{figure, millis, percent},
    wire::wire_names,
};

/// What is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Signal {
    /// Failed requests on IPv6 against the fixed limit.
    ErrorRate,
    /// Failed requests on IPv6 against IPv4's in the same window.
    ErrorRateVsIpv4,
    /// Requests refused (4xx) on IPv6 against IPv4's in the same window.
    ClientErrorsVsIpv4,
    /// Connections that targets reset, above what they reset before the twin existed: a Network Load Balancer's.
    Resets,
    /// 5xx made by the load balancer, above what it made before the twin existed and what IPv4 explains.
    LoadBalancerErrors,
    /// p99 on IPv6 against the fixed limit.
    LatencyP99,
    /// p99 on IPv6 against IPv4's in the same window.
    LatencyP99VsIpv4,
    /// Whether the IPv6 side has any healthy target.
    HealthyHosts,
    /// The plan's CloudWatch alarms.
    Alarms,
    /// Without a load balancer: the tasks that failed on IPv6, by ECS's account.
    FailedTasks,
    /// Without a load balancer: the container health checks of those tasks.
    ContainerHealth,
    /// A metric of the plan's own against its fixed limit.
    Metric,
    /// A metric of the plan's own on IPv6 against IPv4's in the same time.
    MetricVsIpv4,
}

wire_names!(Signal:
    ErrorRate = "errorRate"
    ErrorRateVsIpv4 = "errorRateVsIpv4"
    ClientErrorsVsIpv4 = "clientErrorsVsIpv4"
    Resets = "resets"
    LoadBalancerErrors = "loadBalancerErrors"
    LatencyP99 = "latencyP99"
    LatencyP99VsIpv4 = "latencyP99VsIpv4"
    HealthyHosts = "healthyHosts"
    Alarms = "alarms"
    FailedTasks = "failedTasks"
    ContainerHealth = "containerHealth"
    Metric = "metric"
    MetricVsIpv4 = "metricVsIpv4");

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
    /// Of a metric of the plan's own: which.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own: Option<Own>,
}

/// Which metric of the plan's own a verdict is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Own {
    /// Its name.
    pub metric: String,
    /// Whether less is worse.
    pub at_least: bool,
    /// Whether it is shown without effect.
    pub dry_run: bool,
    /// Of lines of a log: what they are counted against.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines_per: Option<Per>,
}

impl SignalVerdict {
    /// Whether it has any effect.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.own.as_ref().is_none_or(|own| !own.dry_run)
    }

    /// The verdict in words: "errors on IPv6 are 7.2 %, over 1 %".
    #[must_use]
    pub fn sentence(&self) -> String {
        // What is bad is named as such; a note beside it says how it was found.
        let is_beyond = self.verdict == Verdict::Bad && self.limit.is_some();
        match &self.note {
            Some(note) if is_beyond => format!("{} ({note})", self.measured()),
            Some(note) => note.clone(),
            None => self.measured(),
        }
    }

    fn measured(&self) -> String {
        if let Some(own) = &self.own {
            return gauge::measured(own, self);
        }
        let (name, spelled): (_, fn(f64) -> String) = match self.signal {
            Signal::ErrorRate => ("errors on IPv6 are", percent),
            Signal::ErrorRateVsIpv4 => ("errors on IPv6 beside those on IPv4 are", percent),
            Signal::ClientErrorsVsIpv4 => (
                "requests refused with a 4xx on IPv6 beside those on IPv4 are",
                percent,
            ),
            Signal::Resets => ("connections reset by targets are", percent),
            Signal::LoadBalancerErrors => ("errors made by the load balancer are", percent),
            Signal::LatencyP99 => ("p99 on IPv6 is", millis),
            Signal::LatencyP99VsIpv4 => ("p99 on IPv6 beside that on IPv4 is", millis),
            Signal::HealthyHosts => ("healthy IPv6 targets:", |n| format!("{n:.0}")),
            Signal::Alarms => ("alarms", |n| format!("{n}")),
            Signal::FailedTasks => ("tasks that failed on IPv6:", |n| format!("{n:.0}")),
            Signal::ContainerHealth => ("tasks with healthy containers:", |n| format!("{n:.0}")),
            Signal::Metric | Signal::MetricVsIpv4 => ("a metric is", figure),
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
    /// Whether requests are sent to an IPv4 target group that has no healthy target, as read now.
    pub ipv4_sick: bool,
    /// Whether flows are counted, and not requests: no answer is read, and resets are told of the whole load balancer.
    pub flows: bool,
    /// The minutes, of which those before the newest tell what was usual.
    pub earlier: Option<&'a Series>,
    /// Points of the plan's own metrics, in its order.
    pub readings: &'a [Known<Readings>],
    /// Which of them count.
    pub since: Since,
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
            ipv4_sick: ipv4_sick(seen),
            flows: plan.shift.way == Way::Families,
            earlier: seen.recent.seen(),
            readings: &seen.readings,
            since: Since::at(Timestamp::MIN),
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
            ipv4_sick: false,
            flows: false,
            earlier: None,
            readings: &[],
            since: Since::at(Timestamp::MIN),
        }
    }

    fn is_zone_by_zone(&self) -> bool {
        let mut groups = self.pairs.iter().filter_map(|p| p.ipv6.seen());
        groups.any(TargetGroup::is_zone_by_zone)
    }

    /// Whether anything is measured beside the plan's alarms.
    pub(super) fn measures_itself(&self) -> bool {
        let own = || self.policy.metrics.iter().any(Gauge::is_a_limit);
        self.policy.error_rate.is_some() || self.policy.latency_p99.is_some() || own()
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

/// The same of an IPv4 target group that a route gives weight to.
fn ipv4_sick(seen: &Observation) -> bool {
    let weighted = |arn: &str| {
        let routes = seen.routes.seen().into_iter().flatten();
        let mut groups = routes.flat_map(|r| &r.forward.groups);
        groups.any(|g| g.arn == arn && g.weight > 0)
    };
    let sick = |pair: &Pair| match &pair.ipv4 {
        Known::Seen(group) => group
            .targets
            .seen()
            .is_some_and(|t| !t.iter().any(Target::is_healthy)),
        Known::Absent | Known::Unknown(_) => false,
    };
    let mut pairs = seen.pairs.seen().into_iter().flatten();
    seen.look == Look::Full && pairs.any(|p| weighted(&p.ipv4_arn) && sick(p))
}

/// The share of requests that was usually refused (4xx), at most, where it is known: by IPv4's requests of some hours ago, or
/// by IPv6's own where it has had all of them for long.
fn usually_refused(limits: Limits<'_>) -> Option<f64> {
    let tells = |side: &Side| side.requests >= limits.policy.min_requests.max(1) as f64;
    let usual = |minutes: &[Point]| {
        let Sums { ipv4, ipv6, .. } = Sums::over(minutes, false);
        let told = [ipv4, ipv6].into_iter().find(tells)?;
        Some(upper_bound(told.client_errors, told.requests))
    };
    // What goes on for a while does not become usual by that.
    let before = |series: &Series| series.points(0..series.len().saturating_sub(NEWEST));
    let earlier = limits.earlier.map_or(vec![], before);
    let older = usual(&earlier[..earlier.len() / 2]);
    let all = usual(&earlier);
    match older {
        Some(older) => Some(all.map_or(older, |all| all.min(older))),
        None => all.filter(|all| *all < NINE_OF_TEN - HALF),
    }
}

/// Judges a window, of which these are the points. The first item is the worst of all that has an effect; the signals follow in a
/// fixed order.
#[must_use]
pub fn judge(limits: Limits<'_>, window: &[Point], time: Window) -> (Verdict, Vec<SignalVerdict>) {
    let sums = Sums::over(window, limits.is_zone_by_zone());
    let mut signals = Vec::with_capacity(8);
    errors(limits, &sums, &mut signals);
    signals.extend(client_errors(limits, &sums, window));
    latency(limits, &sums, &mut signals);
    signals.extend(healthy_hosts(limits.serving, window));
    if !limits.policy.alarms.is_empty() {
        signals.push(alarms(limits));
    }
    if !limits.policy.metrics.is_empty() {
        signals.extend(gauge::gauges(limits, time, ipv4_compares(limits, &sums)));
    }
    let worst = signals
        .iter()
        .filter(|s| s.counts())
        .map(|s| s.verdict)
        .max()
        .unwrap_or(Verdict::NoData);
    (worst, signals)
}

fn errors(limits: Limits<'_>, sums: &Sums, out: &mut Vec<SignalVerdict>) {
    let Some(limit) = limits.policy.error_rate else {
        return;
    };
    if limits.flows {
        out.push(SignalVerdict {
            signal: Signal::Resets,
            ..load_balancer_errors(limits, sums, limit.max)
        });
        return;
    }
    let min = limits.policy.min_requests as f64;
    let rate = sums.ipv6.error_rate();
    let samples = sums.ipv6.requests;
    let against = |signal, max: f64| SignalVerdict {
        signal,
        verdict: rate_verdict(sums.reported, sums.ipv6.errors, sums.ipv6.tried(), max, min),
        observed: (samples > 0.0).then_some(rate),
        limit: Some(max),
        samples: samples as u64,
        note: None,
        own: None,
    };
    out.push(against(Signal::ErrorRate, limit.max));
    if let Some(by) = limit.worse_than_ipv4_by
        && ipv4_compares(limits, sums)
    {
        out.push(against(
            Signal::ErrorRateVsIpv4,
            (sums.ipv4.error_rate() + by).min(1.0),
        ));
    }
    if sums.tells_its_own {
        out.push(load_balancer_errors(limits, sums, limit.max));
    }
}

/// Whether IPv4 had enough requests in the same window to compare with, and is not failing itself: whoever answers each
/// request with an error is fast, and refuses nobody. The fixed limits hold without it.
fn ipv4_compares(limits: Limits<'_>, sums: &Sums) -> bool {
    let failing = limits
        .policy
        .error_rate
        .is_some_and(|l| lower_bound(sums.ipv4.errors, sums.ipv4.tried()) > l.max);
    sums.ipv4.requests >= limits.policy.min_requests as f64 && !failing && !limits.ipv4_sick
}

/// Why the IPv4 side is sick, where its own requests surely fail more often than the plan allows while IPv6's are good.
#[must_use]
pub fn ipv4_fault(limits: Limits<'_>, window: &[Point]) -> Option<String> {
    let max = limits.policy.error_rate?.max;
    let Sums { ipv4, ipv6, .. } = Sums::over(window, limits.is_zone_by_zone());
    let min = limits.policy.min_requests as f64;
    let is_sick = lower_bound(ipv4.errors, ipv4.tried()) > max;
    let is_well = rate_verdict(true, ipv6.errors, ipv6.tried(), max, min) == Verdict::Good;
    let (now, max) = (percent(ipv4.error_rate()), percent(max));
    (is_sick && is_well).then(|| format!("errors on IPv4 are {now}, over {max}"))
}

/// Refusals are compared only: most of them are the clients' own doing, the same on both sides. So IPv4's rate is an
/// estimate too, and `Bad` is what lies beyond both of their intervals.
fn client_errors(limits: Limits<'_>, sums: &Sums, window: &[Point]) -> Option<SignalVerdict> {
    let by = limits.policy.client_error_rate?.worse_than_ipv4_by;
    if !ipv4_compares(limits, sums) {
        let newest = &window[window.len().saturating_sub(2)..];
        let usual = usually_refused(limits);
        return most_refused(usual, newest).or_else(|| most_refused(usual, window));
    }
    let min = limits.policy.min_requests as f64;
    let (ipv4, ipv6) = (&sums.ipv4, &sums.ipv6);
    let (failed, tried) = refused(ipv6);
    let max = (ratio(ipv4.client_errors, ipv4.requests) + by).min(1.0);
    let surely = (upper_bound(ipv4.client_errors, ipv4.requests) + by).min(1.0);
    let verdict = if lower_bound(failed, tried) > surely {
        Verdict::Bad
    } else if tried < min && !limits.measures_itself() {
        // Where alarms are all that the plan asks for, thin traffic is no reason to wait.
        return None;
    } else {
        match rate_verdict(sums.reported, failed, tried, max, min) {
            Verdict::Bad => Verdict::TooFew,
            verdict => verdict,
        }
    };
    Some(SignalVerdict {
        signal: Signal::ClientErrorsVsIpv4,
        verdict,
        observed: (tried > 0.0).then(|| ratio(failed, tried)),
        limit: Some(max),
        samples: tried as u64,
        note: None,
        own: None,
    })
}

fn refused(side: &Side) -> (f64, f64) {
    let refused = side.client_errors;
    (refused, side.requests.max(refused))
}

/// With nobody on IPv4 to compare with, what was usual is a poor guide: clients refuse themselves in waves. That half of all
/// are refused who were not before is no wave; nor are nine of ten, where what was usual is not known.
fn most_refused(usual: Option<f64>, window: &[Point]) -> Option<SignalVerdict> {
    let (most, note) = match usual {
        Some(usual) => (usual + HALF, "half of all more than was usual"),
        None => (
            NINE_OF_TEN,
            "nine of ten, where what was usual is not known",
        ),
    };
    let (failed, tried) = refused(&Sums::over(window, false).ipv6);
    let observed = ratio(failed, tried);
    (lower_bound(failed, tried) > most).then(|| SignalVerdict {
        signal: Signal::ClientErrorsVsIpv4,
        verdict: Verdict::Bad,
        observed: Some(observed),
        limit: Some(most),
        samples: tried as u64,
        note: Some(format!("{note}, with nobody on IPv4 to compare with")),
        own: None,
    })
}

/// The load balancer's own 5xx have no target group dimension, so what it made before, at the same rate, is subtracted.
fn load_balancer_errors(limits: Limits<'_>, sums: &Sums, max: f64) -> SignalVerdict {
    let (usual, note) = match limits.before {
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
                own: None,
            };
        }
    };
    // All of the balancer's requests make this noise, but the few on IPv6 would be blamed for it: only what is surely
    // more than usual counts.
    let expected = usual * sums.elb_requests;
    let excess = (sums.elb_5xx - expected - Z * expected.sqrt()).max(0.0);
    let tried = sums.ipv6.requests + excess;
    // The minutes that will show it are not complete yet.
    if limits.ipv4_sick && limits.serving == Some(true) && excess > 0.0 {
        return SignalVerdict {
            signal: Signal::LoadBalancerErrors,
            verdict: Verdict::NoData,
            observed: None,
            limit: Some(max),
            samples: 0,
            note: Some(IPV4_SICK.to_owned()),
            own: None,
        };
    }
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
        own: None,
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
            own: None,
        }
    };
    out.push(against(Signal::LatencyP99, limit.max.as_secs_f64()));
    if let (Some(by), Some(p99)) = (limit.worse_than_ipv4_by, sums.ipv4.p99())
        && ipv4_compares(limits, sums)
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
/// Where no host is counted the target groups alone can tell, and do when they are read.
fn healthy_hosts(serving: Option<bool>, window: &[Point]) -> Option<SignalVerdict> {
    let counts: Vec<f64> = window.iter().filter_map(|p| p.healthy_ipv6).collect();
    let newest = counts.last().copied();
    let is_uncounted = !window.is_empty() && !window.iter().any(Point::counts_hosts);
    let (verdict, note) = match (newest, serving) {
        (None, Some(false)) if is_uncounted => (Verdict::Bad, None),
        (None, _) if is_uncounted => return None,
        (None, _) => (Verdict::NoData, None),
        (Some(n), _) if n >= 1.0 => (Verdict::Good, None),
        (Some(_), Some(false)) => (Verdict::Bad, None),
        (Some(_), Some(true)) => (Verdict::NoData, Some(CONTRADICTED)),
        (Some(_), None) => (Verdict::NoData, Some(UNCONFIRMED)),
    };
    Some(SignalVerdict {
        signal: Signal::HealthyHosts,
        verdict,
        observed: newest,
        limit: Some(1.0),
        samples: counts.len() as u64,
        note: note.map(str::to_owned),
        own: None,
    })
}

const HALF: f64 = 0.5;
const NINE_OF_TEN: f64 = 0.9;
/// Points that may show what is judged, and tell nothing of what was usual before.
const NEWEST: usize = 8;

const IPV4_SICK: &str =
    "IPv4 has no healthy target, and errors made by the load balancer may be its own";
const CONTRADICTED: &str =
    "CloudWatch counts no healthy IPv6 target, though the target group has one";
const UNCONFIRMED: &str =
    "CloudWatch counts no healthy IPv6 target, and the target group was not asked yet";

#[cfg(test)]
mod tests;
