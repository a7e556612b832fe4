//! Rows of the evidence: one a signal, as judged, or one a limit of the plan's while nothing is judged.

use std::time::Duration;

use super::{Row, RungState};
use crate::{
    evidence::{Signal, SignalVerdict, Verdict, Window, own_name},
    plan::{Bound, Gauge},
    status::{ConditionKind, Status, duration, figure, millis, percent},
};

/// One a signal.
pub(super) fn judged(status: &Status) -> Vec<Row> {
    let window = status.window.map(window);
    let since = status.condition(ConditionKind::EvidenceGood);
    let since = since.map(|c| c.since);
    let row = |signal: &SignalVerdict| {
        // What has no effect asks nothing.
        let is_asked = signal.counts() && signal.verdict != Verdict::Good;
        let state = if signal.counts() {
            state(signal.verdict)
        } else {
            RungState::Open
        };
        Row {
            samples: Some(signal.samples),
            window: window.clone(),
            since,
            unblocked_by: is_asked.then(|| unblocked_by(signal)),
            ..Row::new(named(signal), state, observed(signal), limit(signal))
        }
    };
    status.signals.iter().map(row).collect()
}

/// A limit while IPv6 has no traffic.
pub(super) fn ahead(signal: Signal, max: Option<f64>) -> Row {
    Row::new(
        name(signal),
        RungState::Ahead,
        "no traffic on IPv6",
        bound(signal, max),
    )
}

/// A metric of the plan's own, before there is anything to judge it by.
pub(super) fn metric_ahead(gauge: &Gauge) -> Row {
    let limit = match (gauge.bound, gauge.worse_than_ipv4_by) {
        (Some(Bound::Max(max)), _) => format!("at most {}", figure(max)),
        (Some(Bound::Min(min)), _) => format!("at least {}", figure(min)),
        (None, by) => format!("at most {} worse than IPv4's", percent(by.unwrap_or(0.0))),
    };
    let called = own_name(&gauge.name, gauge.lines().is_some());
    let limit = match gauge.lines() {
        Some(lines) => format!("{limit} {}", lines.per.words()),
        None => limit,
    };
    let name = metric(Signal::Metric, &called, gauge.dry_run);
    Row::new(name, RungState::Ahead, "nothing on IPv6", limit)
}

fn metric(signal: Signal, name: &str, dry_run: bool) -> String {
    let beside = if signal == Signal::MetricVsIpv4 {
        " beside IPv4's"
    } else {
        ""
    };
    let dry_run = if dry_run { " (dry run)" } else { "" };
    format!("{name}{beside}{dry_run}")
}

fn named(signal: &SignalVerdict) -> String {
    match &signal.own {
        Some(own) => metric(signal.signal, &own.name(), own.dry_run),
        None => name(signal.signal).to_owned(),
    }
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
        Signal::FailedTasks => "tasks that failed",
        Signal::ContainerHealth => "container health",
        Signal::Metric => "metric",
        Signal::MetricVsIpv4 => "metric beside IPv4's",
    }
}

fn state(verdict: Verdict) -> RungState {
    match verdict {
        Verdict::Good => RungState::Open,
        Verdict::Bad => RungState::Closed,
        Verdict::TooFew | Verdict::NoData | Verdict::Error => RungState::Unknown,
    }
}

fn unblocked_by(signal: &SignalVerdict) -> String {
    match signal.verdict {
        Verdict::TooFew if signal.own.is_some() => "more points of it",
        Verdict::TooFew if signal.signal == Signal::ContainerHealth => {
            "all tasks passing their container health checks"
        }
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
        Signal::HealthyHosts | Signal::Alarms | Signal::FailedTasks | Signal::ContainerHealth => {
            format!("{value:.0}")
        }
        Signal::Metric | Signal::MetricVsIpv4 => figure(value),
    }
}

fn observed(signal: &SignalVerdict) -> String {
    let value = signal.observed.map(|v| match &signal.own {
        Some(own) => own.figure(v),
        None => spelled(signal.signal, v),
    });
    let is_told = signal.counts() || signal.verdict == Verdict::Good;
    let value = match value {
        Some(value) if !is_told => Some(format!("{value}, would be {}", signal.verdict)),
        value => value,
    };
    match (value, &signal.note, signal.signal, signal.verdict) {
        (Some(value), Some(note), ..) => format!("{value} ({note})"),
        (Some(value), None, ..) => value,
        (None, Some(note), ..) => note.clone(),
        (None, None, Signal::Alarms, Verdict::Good) => "all OK".to_owned(),
        (None, None, Signal::Metric | Signal::MetricVsIpv4, _) => "no points".to_owned(),
        (None, None, ..) => "no requests".to_owned(),
    }
}

fn limit(signal: &SignalVerdict) -> String {
    match (&signal.own, signal.limit) {
        (Some(own), Some(limit)) if own.at_least => format!("at least {}", figure(limit)),
        (Some(own), Some(limit)) => format!("at most {}", own.figure(limit)),
        _ => bound(signal.signal, signal.limit),
    }
}

fn bound(signal: Signal, limit: Option<f64>) -> String {
    match (signal, limit) {
        (Signal::Alarms, _) => "all OK".to_owned(),
        (Signal::ContainerHealth, _) => "all healthy".to_owned(),
        (Signal::HealthyHosts, Some(limit)) => format!("at least {}", spelled(signal, limit)),
        (_, Some(limit)) => format!("under {}", spelled(signal, limit)),
        (_, None) => String::new(),
    }
}
