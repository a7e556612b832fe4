//! Rows of the evidence: one a signal, as judged, or one a limit of the plan's while nothing is judged.

use std::time::Duration;

use sixshift_core::{
    evidence::{Signal, SignalVerdict, Verdict, Window},
    status::{ConditionKind, Phase, duration, millis, percent},
};

use super::{Known, row};
use crate::model::Gate;

pub(super) fn signals(known: &Known<'_>) -> Vec<Gate> {
    if known.status.phase == Phase::Done && known.status.signals.is_empty() {
        return Vec::new();
    }
    if known.status.signals.is_empty() {
        return limits(known);
    }
    let window = known.status.window.map(window);
    let since = known
        .status
        .conditions
        .iter()
        .find(|c| c.kind == ConditionKind::EvidenceGood);
    let since = since.map(|c| c.since);
    let gate = |signal: &SignalVerdict| Gate {
        samples: Some(signal.samples),
        window: window.clone(),
        since,
        unblocked_by: (signal.verdict != Verdict::Good).then(|| unblocked_by(signal.verdict)),
        ..row(
            name(signal.signal),
            state(signal.verdict),
            observed(signal),
            limit(signal.signal, signal.limit),
        )
    };
    known.status.signals.iter().map(gate).collect()
}

/// While IPv6 has no traffic.
fn limits(known: &Known<'_>) -> Vec<Gate> {
    let health = &known.plan.health;
    let errors = health.error_rate.map(|l| (Signal::ErrorRate, Some(l.max)));
    let latency = health
        .latency_p99
        .map(|l| (Signal::LatencyP99, Some(l.max.as_secs_f64())));
    let alarms = (!health.alarms.is_empty()).then_some((Signal::Alarms, None));
    let all = [errors, latency, alarms].into_iter().flatten();
    all.map(|(signal, max)| {
        row(
            name(signal),
            "ahead",
            "no traffic on IPv6",
            limit(signal, max),
        )
    })
    .collect()
}

/// From this length on a time of the day alone may be of another day.
const LONG: Duration = Duration::from_secs(12 * 3600);

/// `5 m (09:10 to 09:15 UTC)`.
fn window(window: Window) -> String {
    let length = Duration::try_from(window.until.duration_since(window.from)).unwrap_or_default();
    let form = if length < LONG {
        "%H:%M"
    } else {
        "%m-%d %H:%M"
    };
    let clock = |t: jiff::Timestamp| t.strftime(form).to_string();
    let (from, until) = (clock(window.from), clock(window.until));
    format!("{} ({from} to {until} UTC)", duration(length))
}

fn name(signal: Signal) -> &'static str {
    match signal {
        Signal::ErrorRate => "error rate",
        Signal::ErrorRateVsIpv4 => "error rate beside IPv4's",
        Signal::ClientErrorsVsIpv4 => "refused with a 4xx beside IPv4's",
        Signal::LoadBalancerErrors => "load balancer errors",
        Signal::LatencyP99 => "p99 latency",
        Signal::LatencyP99VsIpv4 => "p99 latency beside IPv4's",
        Signal::HealthyHosts => "healthy IPv6 hosts",
        Signal::Alarms => "alarms",
    }
}

fn state(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Good => "open",
        Verdict::Bad => "closed",
        Verdict::TooFew | Verdict::NoData | Verdict::Error => "unknown",
    }
}

fn unblocked_by(verdict: Verdict) -> String {
    match verdict {
        Verdict::TooFew => "more requests on IPv6",
        Verdict::NoData => "CloudWatch having data",
        Verdict::Error => "AWS answering",
        Verdict::Good | Verdict::Bad => "the newest minutes being within the limit",
    }
    .to_owned()
}

fn spelled(signal: Signal, value: f64) -> String {
    match signal {
        Signal::ErrorRate
        | Signal::ErrorRateVsIpv4
        | Signal::ClientErrorsVsIpv4
        | Signal::LoadBalancerErrors => percent(value),
        Signal::LatencyP99 | Signal::LatencyP99VsIpv4 => millis(value),
        Signal::HealthyHosts | Signal::Alarms => format!("{value:.0}"),
    }
}

fn observed(signal: &SignalVerdict) -> String {
    let value = signal.observed.map(|v| spelled(signal.signal, v));
    match (value, &signal.note, signal.signal, signal.verdict) {
        (Some(value), Some(note), ..) => format!("{value} ({note})"),
        (Some(value), None, ..) => value,
        (None, Some(note), ..) => note.clone(),
        (None, None, Signal::Alarms, Verdict::Good) => "all OK".to_owned(),
        (None, None, ..) => "no requests".to_owned(),
    }
}

fn limit(signal: Signal, limit: Option<f64>) -> String {
    match (signal, limit) {
        (Signal::Alarms, _) => "all OK".to_owned(),
        (Signal::HealthyHosts, Some(limit)) => format!("at least {}", spelled(signal, limit)),
        (_, Some(limit)) => format!("under {}", spelled(signal, limit)),
        (_, None) => String::new(),
    }
}
