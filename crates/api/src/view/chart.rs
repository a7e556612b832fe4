//! Minutes of the recent past, side by side.

use jiff::{SignedDuration, Timestamp};
use sixshift_controller::{Measured, PlanView};
use sixshift_core::{
    evidence::{Point, Series, effective_share},
    observation::Known,
};

use crate::model::{Chart, WINDOWS};

/// How much of the past is shown. All of them but the last are of minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    /// As [`WINDOWS`] has it.
    word: &'static str,
    length: SignedDuration,
}

const ALL: [Window; 4] = [
    Window::of(WINDOWS[0], SignedDuration::from_mins(30)),
    Window::of(WINDOWS[1], SignedDuration::from_hours(1)),
    Window::of(WINDOWS[2], SignedDuration::from_hours(3)),
    Window::of(WINDOWS[3], SignedDuration::from_hours(24)),
];

impl Window {
    /// Where nobody chooses.
    pub(crate) const USUAL: Self = ALL[1];

    const fn of(word: &'static str, length: SignedDuration) -> Self {
        Self { word, length }
    }

    /// From its word.
    pub(crate) fn named(word: &str) -> Option<Self> {
        ALL.into_iter().find(|window| window.word == word)
    }

    /// Its word.
    pub(crate) fn word(self) -> &'static str {
        self.word
    }

    /// Longer than minutes are read for: it is of the points by which a long hold is judged.
    fn is_long(self) -> bool {
        self == ALL[3]
    }
}

/// Of the newest look that has minutes; `None`: all of them.
pub(super) fn chart(view: &PlanView, window: Option<Window>) -> Chart {
    let minutes = newest(view, |seen| &seen.recent);
    let long = newest(view, |seen| &seen.long);
    let offered = ALL.iter().filter(|w| long.is_some() || !w.is_long());
    let windows = offered.map(|w| w.word.to_owned()).collect();
    let wanted = if window.is_some_and(Window::is_long) {
        long.or(minutes)
    } else {
        minutes
    };
    let Some((series, at)) = wanted else {
        return Chart::default();
    };
    let series = &last(series, window);
    let health = view.plan.as_ref().map(|p| &p.health);
    let limit_errors = health
        .and_then(|h| h.error_rate)
        .map(|l| round(l.max * 100.0));
    let limit_p99 = health
        .and_then(|h| h.latency_p99)
        .map(|l| millis(l.max.as_secs_f64()));
    Chart {
        start: Some(series.start),
        period_seconds: series.period.as_secs(),
        requests_ipv4: each(series, |p| p.requests_ipv4),
        requests_ipv6: each(series, |p| p.requests_ipv6),
        errors_ipv4: each(series, |p| errors(p.requests_ipv4, p.errors_ipv4)),
        errors_ipv6: each(series, |p| errors(p.requests_ipv6, p.errors_ipv6)),
        p99_ipv4: each(series, |p| p.p99_ipv4.map(millis)),
        p99_ipv6: each(series, |p| p.p99_ipv6.map(millis)),
        share: each(series, |p| effective_share(&[*p]).map(|s| s.percent())),
        limit_errors,
        limit_p99,
        incomplete: series.len() - series.complete_points(at),
        marks: Vec::new(),
        windows,
    }
}

fn newest(
    view: &PlanView,
    of: impl Fn(&Measured) -> &Known<Series>,
) -> Option<(&Series, Timestamp)> {
    let measured = view.measured.as_deref()?;
    Some((of(measured).seen()?, measured.at))
}

/// The newest points that fill a window.
fn last(series: &Series, window: Option<Window>) -> Series {
    let period = series.period.as_secs().max(1);
    let fits = |w: Window| w.length.as_secs().unsigned_abs() / period;
    let wanted = window.map_or(usize::MAX, |w| {
        usize::try_from(fits(w)).unwrap_or(usize::MAX)
    });
    let first = series.len().saturating_sub(wanted);
    let points = series.points(first..series.len());
    Series::new(series.starts_at(first), series.period, points)
}

fn each(series: &Series, of: impl Fn(&Point) -> Option<f64>) -> Vec<Option<f64>> {
    series.all().iter().map(of).collect()
}

/// In percent. Errors are reported only when there are some; connection errors are not always counted as requests.
fn errors(requests: Option<f64>, errors: Option<f64>) -> Option<f64> {
    let errors = errors.unwrap_or(0.0);
    let tried = requests.unwrap_or(0.0).max(errors);
    (tried > 0.0).then(|| round(errors / tried * 100.0))
}

fn millis(seconds: f64) -> f64 {
    round(seconds * 1_000.0)
}

/// Three digits are more than anybody can see.
fn round(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_window_has_the_newest_points_and_begins_where_they_do() {
        let minutes = vec![Point::default(); 195];
        let series = Series::new(Timestamp::UNIX_EPOCH, Duration::from_secs(60), minutes);
        let shown = |word| last(&series, Window::named(word));
        assert_eq!(shown("30m").len(), 30);
        assert_eq!(shown("30m").start.as_second(), 165 * 60);
        assert_eq!(shown("1d").len(), 195, "as many as there are");
        assert_eq!(last(&series, None).len(), 195);
        assert_eq!(Window::named("90m"), None);
    }

    #[test]
    fn a_minute_without_requests_has_no_error_rate() {
        assert_eq!(errors(None, None), None);
        assert_eq!(errors(Some(0.0), None), None);
        assert_eq!(errors(Some(200.0), None), Some(0.0));
        assert_eq!(errors(Some(200.0), Some(3.0)), Some(1.5));
        assert_eq!(errors(None, Some(4.0)), Some(100.0));
    }
}
