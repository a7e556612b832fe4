//! Rows of the evidence: one a signal, as judged, or one a limit of the plan's while nothing is judged.

use std::time::Duration;

use super::{Row, RungState};
use crate::{
    evidence::{Signal, SignalVerdict, Verdict, Window},
    status::{ConditionKind, Status, duration, millis, percent},
};

/// One a signal.
pub(super) fn judged(status: &Status) -> Vec<Row> {
    let window = status.window.map(window);
    let since = status.condition(ConditionKind::EvidenceGood);
    let since = since.map(|c| c.since);
    let row = |signal: &SignalVerdict| Row {
        samples: Some(signal.samples),
        window: window.clone(),
        since,
        unblocked_by: (signal.verdict != Verdict::Good).then(|| unblocked_by(signal.verdict)),
        ..Row::new(
            name(signal.signal),
            state(signal.verdict),
            observed(signal),
            limit(signal.signal, signal.limit),
        )
    };
    status.signals.iter().map(row).collect()
}

/// A limit while IPv6 has no traffic.
pub(super) fn ahead(signal: Signal, max: Option<f64>) -> Row {
    Row::new(
        name(signal),
        RungState::Ahead,
        "no traffic on IPv6",
        limit(signal, max),
    )
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
        Signal::Resets => "resets by targets",
        Signal::LoadBalancerErrors => "load balancer errors",
        Signal::LatencyP99 => "p99 latency",
        Signal::LatencyP99VsIpv4 => "p99 latency beside IPv4's",
        Signal::HealthyHosts => "healthy IPv6 hosts",
        Signal::Alarms => "alarms",
    }
}

fn state(verdict: Verdict) -> RungState {
    match verdict {
        Verdict::Good => RungState::Open,
        Verdict::Bad => RungState::Closed,
        Verdict::TooFew | Verdict::NoData | Verdict::Error => RungState::Unknown,
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
        | Signal::Resets
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
