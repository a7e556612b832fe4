//! Rows of the evidence: one a signal, as judged, or one a limit of the plan's while nothing is judged.

use std::time::Duration;

use jiff::SignedDuration;
use sixshift_core::{
    evidence::{Limits, Signal, SignalVerdict, Verdict, judge},
    status::{ConditionKind, Phase, duration, millis, percent},
};

use super::{Known, row};
use crate::model::Gate;

/// How many of the newest minutes are judged.
const NOW: Duration = Duration::from_secs(300);

pub(super) fn signals(known: &Known<'_>) -> Vec<Gate> {
    if known.status.phase == Phase::Done && known.status.signals.is_empty() {
        return Vec::new();
    }
    if known.status.signals.is_empty() {
        return limits(known);
    }
    let window = window(known);
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

/// The newest complete minutes, where it is surely those that were judged; a bad verdict may rest on more.
fn window(known: &Known<'_>) -> Option<String> {
    let series = known.seen.recent.seen()?;
    let limits = Limits::of(known.plan, known.seen);
    let now = known.status.at;
    let points = series.last(NOW, now);
    let (_, signals) = judge(limits, points);
    if signals != known.status.signals {
        return Some("longer than the newest 5 m, or newer".to_owned());
    }
    let length = series.period * u32::try_from(points.len()).ok()?;
    let end = series.starts_at(series.complete_points(now));
    let start = end
        .checked_sub(SignedDuration::try_from(length).ok()?)
        .ok()?;
    let clock = |t: jiff::Timestamp| t.strftime("%H:%M").to_string();
    Some(format!(
        "{} ({} to {} UTC)",
        duration(length),
        clock(start),
        clock(end)
    ))
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
