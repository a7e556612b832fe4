//! Minutes of the recent past, side by side.

use sixshift_controller::PlanView;
use sixshift_core::evidence::{Point, Series, effective_share};

use crate::model::Chart;

/// From the newest look that has minutes.
pub(super) fn chart(view: &PlanView) -> Chart {
    let looks = [&view.seen, &view.closely];
    let newest = looks
        .into_iter()
        .flatten()
        .filter_map(|seen| Some((seen.recent.seen()?, seen.at)))
        .max_by_key(|(_, at)| *at);
    let Some((series, at)) = newest else {
        return Chart::default();
    };
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
        incomplete: series.points.len() - series.complete_points(at),
    }
}

fn each(series: &Series, of: impl Fn(&Point) -> Option<f64>) -> Vec<Option<f64>> {
    series.points.iter().map(of).collect()
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
    use super::*;

    #[test]
    fn a_minute_without_requests_has_no_error_rate() {
        assert_eq!(errors(None, None), None);
        assert_eq!(errors(Some(0.0), None), None);
        assert_eq!(errors(Some(200.0), None), Some(0.0));
        assert_eq!(errors(Some(200.0), Some(3.0)), Some(1.5));
        assert_eq!(errors(None, Some(4.0)), Some(100.0));
    }
}
