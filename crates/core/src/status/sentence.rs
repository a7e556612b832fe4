//! The one plain sentence: where it stands, what it waits for, what comes next.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{Phase, Shares, WaitingOn};
use crate::{
    action::Side,
    evidence::{Broken, Signal, SignalVerdict, Verdict},
    share::Share,
};

/// `45 s`, `4 m 10 s`, `5 h 50 m`, `2 d 3 h`.
#[must_use]
pub fn duration(d: Duration) -> String {
    let s = d.as_secs();
    let (days, hours, minutes, seconds) = (s / 86_400, s / 3_600 % 24, s / 60 % 60, s % 60);
    let two = |a: u64, ua: &str, b: u64, ub: &str| match b {
        0 => format!("{a} {ua}"),
        _ => format!("{a} {ua} {b} {ub}"),
    };
    match s {
        86_400.. => two(days, "d", hours, "h"),
        3_600.. => two(hours, "h", minutes, "m"),
        60.. => two(minutes, "m", seconds, "s"),
        _ => format!("{seconds} s"),
    }
}

/// Words as a part of a sentence that goes on behind them: AWS and people end what they say with a full stop, or do not.
#[must_use]
pub fn clause(words: &impl ToString) -> String {
    let mut words = words.to_string();
    let kept = words.trim_end_matches(|c: char| c == '.' || c.is_whitespace());
    words.truncate(kept.len());
    words
}

/// The sentence for a plan that waits (or, with `None`, is done or acts).
#[must_use]
pub fn sentence(
    phase: Phase,
    shares: &Shares,
    on: Option<&WaitingOn>,
    signals: &[SignalVerdict],
    now: Timestamp,
) -> String {
    let at = shares
        .observed
        .map_or_else(String::new, |s| format!("At {s}"));
    match (phase, on) {
        (Phase::Done, _) => "Done: all traffic is on IPv6.".to_owned(),
        (
            _,
            Some(WaitingOn::Hold {
                at,
                next,
                proven,
                broken_by,
                idle,
                due,
                ..
            }),
        ) => {
            let then = next.map_or_else(|| "The next step".to_owned(), |n| n.to_string());
            timed(
                &format!("At {at}"),
                &then,
                *proven,
                due.duration_since(now),
                (*broken_by, *idle),
                signals,
            )
        }
        (
            _,
            Some(WaitingOn::Bake {
                proven,
                broken_by,
                idle,
                due,
                ..
            }),
        ) => timed(
            "Baking at 100 %",
            "IPv4 goes cold",
            *proven,
            due.duration_since(now),
            (*broken_by, *idle),
            signals,
        ),
        (_, Some(WaitingOn::Cold { until })) => {
            let left = Duration::try_from(until.duration_since(now)).unwrap_or_default();
            format!(
                "All traffic is on IPv6 and the IPv4 side is cold. It may be retired in {}.",
                duration(left)
            )
        }
        (_, Some(on @ WaitingOn::RolledBack { name, .. })) => format!(
            "{}. All traffic is on IPv4{}. Next: {}.",
            upper(&clause(on)),
            but_for(name.as_deref()),
            clause(&on.unblocked_by())
        ),
        (_, Some(on)) if at.is_empty() || shares.observed == Some(Share::NONE) => {
            format!("{}: {}", said(phase), and_next(on))
        }
        (_, Some(on)) => format!("{at}, {}: {}", said(phase).to_lowercase(), and_next(on)),
        (_, None) => format!("{}.", said(phase)),
    }
}

/// Whom nobody leads back.
fn but_for(name: Option<&str>) -> String {
    let left = |name| {
        format!(
            ", but whoever moved to {name} finds nobody there until they ask the old name again"
        )
    };
    name.map_or_else(String::new, left)
}

/// What is so, and what would end it.
pub(crate) fn and_next(on: &WaitingOn) -> String {
    let (is, next) = (clause(on), clause(&on.unblocked_by()));
    format!("{is}. Next: {next}.")
}

/// Where a time is what separates from the next thing.
fn timed(
    at: &str,
    then: &str,
    proven: Duration,
    left: SignedDuration,
    (broken, idle): (Broken, Duration),
    signals: &[SignalVerdict],
) -> String {
    let left = whole_minutes(left);
    let conditions = conditions(signals);
    let why = match broken {
        Broken::Deployment => " (counted anew since a deployment)",
        Broken::Errors => " (counted anew since bad minutes)",
        Broken::Hosts => " (counted anew since IPv6 had no healthy target)",
        Broken::NoData => " (counted anew since minutes without data)",
        Broken::Share | Broken::History | Broken::Set => "",
    };
    let idle = if idle.is_zero() {
        String::new()
    } else {
        format!(", {} without a request not counted", duration(idle))
    };
    let when = if left.is_zero() {
        "now".to_owned()
    } else {
        format!("in {}", duration(left))
    };
    match conditions.as_str() {
        "" => format!(
            "{at}, proven good for {}{idle}{why}. {then} {when}.",
            duration(proven)
        ),
        c => format!(
            "{at}, proven good for {}{idle}{why}. {then} {when} if {c}.",
            duration(proven)
        ),
    }
}

/// A moment that is minutes away is not told by the second.
fn whole_minutes(left: SignedDuration) -> Duration {
    let left = Duration::try_from(left).unwrap_or_default();
    Duration::from_secs(left.as_secs().div_ceil(60) * 60)
}

fn conditions(signals: &[SignalVerdict]) -> String {
    let parts: Vec<String> = signals.iter().filter_map(condition).collect();
    parts.join(" and ")
}

fn condition(s: &SignalVerdict) -> Option<String> {
    let (observed, limit) = (s.observed, s.limit?);
    match s.signal {
        Signal::ErrorRate => Some(format!(
            "errors stay under {} (now {})",
            percent(limit),
            now(observed, percent)
        )),
        Signal::LatencyP99 => Some(format!(
            "p99 under {} (now {})",
            millis(limit),
            now(observed, millis)
        )),
        // The comparisons are named only where they do not hold: the sentence must stay one that is read.
        Signal::ErrorRateVsIpv4 if s.verdict == Verdict::Bad => Some(format!(
            "errors stay under {} as IPv4's allow (now {})",
            percent(limit),
            now(observed, percent)
        )),
        Signal::ClientErrorsVsIpv4 if s.verdict == Verdict::Bad => Some(format!(
            "requests refused with a 4xx stay under {} as IPv4's allow (now {})",
            percent(limit),
            now(observed, percent)
        )),
        Signal::LatencyP99VsIpv4 if s.verdict == Verdict::Bad => Some(format!(
            "p99 under {} as IPv4's allows (now {})",
            millis(limit),
            now(observed, millis)
        )),
        // Of the plan's own metrics those that are within their limits are rows of the table.
        Signal::Metric | Signal::MetricVsIpv4 if s.verdict == Verdict::Bad && s.counts() => {
            let own = s.own.as_ref()?;
            let within = if own.at_least { "over" } else { "under" };
            let (name, limit) = (own.name(), figure(limit));
            let (stays, now) = match own.lines_per {
                Some(per) => ("stay", format!("{} {}", now(observed, figure), per.words())),
                None => ("stays", now(observed, figure)),
            };
            Some(format!("{name} {stays} {within} {limit} (now {now})"))
        }
        _ => None,
    }
}

fn now(value: Option<f64>, spelled: fn(f64) -> String) -> String {
    value.map_or_else(|| "no requests".to_owned(), spelled)
}

/// A figure of which nothing is known, in three or four digits.
#[must_use]
pub fn figure(value: f64) -> String {
    let size = value.abs();
    let digits = match size {
        _ if value.fract() == 0.0 || size >= 1_000.0 => 0,
        10.0.. => 1,
        1.0.. => 2,
        0.1.. => 3,
        _ => return format!("{value:.2e}"),
    };
    let text = format!("{value:.digits$}");
    match digits {
        0 => text,
        _ => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
    }
}

/// A fraction as percent, as few digits as it needs.
#[must_use]
pub fn percent(fraction: f64) -> String {
    let p = fraction * 100.0;
    let digits = if p >= 10.0 || (p * 10.0).fract().abs() < 1e-6 {
        1
    } else {
        2
    };
    let text = format!("{p:.digits$}");
    format!(
        "{} %",
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.')
        } else {
            &text
        }
    )
}

/// Seconds as milliseconds.
#[must_use]
pub fn millis(seconds: f64) -> String {
    format!("{:.0} ms", seconds * 1_000.0)
}

fn said(phase: Phase) -> &'static str {
    match phase {
        Phase::Checking => "Checking",
        Phase::TargetGroup => "Making the IPv6 target groups",
        Phase::TaskDefinition => "Registering the IPv6 task definition",
        Phase::Service => "Making the IPv6 twin",
        Phase::Warm => "Warming",
        Phase::Shift => "Shifting",
        Phase::Bake => "Baking",
        Phase::Cold => "Going cold",
        Phase::Retire => "Retiring",
        Phase::Done => "Done",
        Phase::RollingBack => "Rolling back",
        Phase::RolledBack => "Rolled back",
    }
}

/// With a capital letter at the beginning.
pub(crate) fn upper(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

/// How far the canary is proven.
pub(super) fn canary(proven: Duration, needed: Duration, idle: bool) -> String {
    let (proven, needed) = (duration(proven), duration(needed));
    let by = if idle {
        " (by its age: no traffic on this load balancer)"
    } else {
        ""
    };
    format!("the canary has been healthy for {proven} of {needed}{by}")
}

/// Who still comes to a side that is to be left. A stream that stays open was one request, at its start.
pub(super) fn drain(side: Side, requests: u64, over: Duration) -> String {
    let over = duration(over);
    match requests {
        0 => format!("{side} is kept for {over} in case clients still come"),
        1 => format!("1 request reached {side} in the last {over}"),
        n => format!("{n} requests reached {side} in the last {over}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_people_say_them() {
        let said =
            [0, 45, 60, 250, 21_000, 86_400, 183_600].map(|s| duration(Duration::from_secs(s)));
        assert_eq!(
            said,
            [
                "0 s", "45 s", "1 m", "4 m 10 s", "5 h 50 m", "1 d", "2 d 3 h"
            ]
        );
    }

    #[test]
    fn percents_have_only_the_digits_they_need() {
        assert_eq!(
            [0.01, 0.002, 0.0025, 0.0, 0.125, 0.1].map(percent),
            ["1 %", "0.2 %", "0.25 %", "0 %", "12.5 %", "10 %"]
        );
    }

    #[test]
    fn a_hold_says_where_it_stands_and_what_comes_next() {
        let signal = |signal, observed, limit| SignalVerdict {
            signal,
            verdict: Verdict::Good,
            observed: Some(observed),
            limit: Some(limit),
            samples: 500,
            note: None,
            own: None,
        };
        let hold = WaitingOn::Hold {
            step: 1,
            at: Share::from_basis_points(2500),
            next: Some(Share::from_basis_points(5000)),
            proven: Duration::from_secs(240),
            hold: Duration::from_secs(600),
            broken_by: Broken::Share,
            idle: Duration::ZERO,
            due: Timestamp::from_second(350).unwrap(),
        };
        let signals = [
            signal(Signal::ErrorRate, 0.002, 0.01),
            signal(Signal::LatencyP99, 0.312, 0.8),
        ];
        assert_eq!(
            sentence(
                Phase::Shift,
                &Shares::default(),
                Some(&hold),
                &signals,
                Timestamp::UNIX_EPOCH
            ),
            "At 25 %, proven good for 4 m. 50 % in 6 m if errors stay under 1 % (now 0.2 %) and p99 under 800 ms (now 312 ms)."
        );
    }
}
