//! The recent past: errors and p99 of both sides with their limits, the share behind them, on one time axis.
//!
//! What belongs here: the section around the drawings, and the data for the script that draws them better.
//!
//! - `still`: a drawing without a script. `marks`: steps and orders in that time. `figures`: all of it as a table.

mod figures;
mod marks;
mod still;

use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};

use super::words;
use crate::{model::Chart, view::Window};

/// One panel's lines.
struct Panel<'a> {
    id: &'static str,
    title: &'static str,
    /// What the axis counts.
    axis: &'static str,
    unit: &'static str,
    ipv4: &'a [Option<f64>],
    ipv6: &'a [Option<f64>],
    limit: Option<f64>,
}

/// When the points are.
#[derive(Clone, Copy)]
struct Times {
    start: Timestamp,
    period: i64,
    points: usize,
}

impl Times {
    fn of(chart: &Chart) -> Option<Self> {
        let points = chart.share.len().max(chart.errors_ipv6.len());
        Some(Self {
            start: chart.start.filter(|_| points > 1)?,
            period: i64::try_from(chart.period_seconds).unwrap_or(60).max(1),
            points,
        })
    }

    fn at(self, point: usize) -> Timestamp {
        let after = i64::try_from(point)
            .unwrap_or(0)
            .saturating_mul(self.period);
        let after = SignedDuration::from_secs(after);
        self.start.saturating_add(after).unwrap_or(self.start)
    }

    /// As a count of points from the first one.
    fn place(self, at: Timestamp) -> f64 {
        at.duration_since(self.start).as_secs_f64() / self.period as f64
    }

    /// `minutes`, or of how many.
    fn word(self) -> String {
        match self.period {
            60 => "minutes".to_owned(),
            period => format!("points of {} minutes", period / 60),
        }
    }
}

/// The section on a plan's page.
pub(super) fn section(plan: &str, chart: &Chart, window: Window) -> Markup {
    html! {
        section id="chart" aria-labelledby="chart-title" {
            h2 id="chart-title" { "Evidence" }
            @match Times::of(chart) {
                Some(times) => {
                    (windows(plan, chart, window))
                    (key(chart))
                    @for panel in panels(chart) { (figure(&panel, chart, times)) }
                    // The script draws from this, and hides the still drawings.
                    div id="plots" data-chart=(serde_json::to_string(chart).unwrap_or_default()) {}
                    (marks::list(&chart.marks))
                    (figures::table(chart, times))
                }
                None => { p class="muted" { "No minute of CloudWatch has been read yet." } }
            }
        }
    }
}

/// How much of the past is shown, and what else can be.
fn windows(plan: &str, chart: &Chart, chosen: Window) -> Markup {
    html! {
        nav class="windows" aria-label="How much of the past" {
            span class="muted" { "The last" }
            @for word in &chart.windows {
                a href={ "/plans/" (plan) "?window=" (word) "#chart" } aria-current=[(word == chosen.word()).then_some("true")] { (spelled(word)) }
            }
        }
    }
}

/// `30m` as times are spelled elsewhere.
fn spelled(word: &str) -> String {
    let (count, unit) = word.split_at(word.len().saturating_sub(1));
    format!("{count} {unit}")
}

/// Without latency where nobody measures it, as behind a Network Load Balancer.
fn panels(chart: &Chart) -> Vec<Panel<'_>> {
    let all = [
        Panel {
            id: "errors",
            title: "Errors",
            axis: "% of requests that failed",
            unit: "%",
            ipv4: &chart.errors_ipv4,
            ipv6: &chart.errors_ipv6,
            limit: chart.limit_errors,
        },
        Panel {
            id: "p99",
            title: "p99 latency",
            axis: "ms within which 99 of 100 requests were answered",
            unit: "ms",
            ipv4: &chart.p99_ipv4,
            ipv6: &chart.p99_ipv6,
            limit: chart.limit_p99,
        },
    ];
    let says = |panel: &Panel<'_>| {
        let mut values = panel.ipv4.iter().chain(panel.ipv6);
        panel.id != "p99" || panel.limit.is_some() || values.any(Option::is_some)
    };
    all.into_iter().filter(says).collect()
}

fn key(chart: &Chart) -> Markup {
    html! {
        ul class="key" aria-label="Key" {
            li { (swatch(&html! { path class="line-ipv6" d="M0 5H24" {} })) "IPv6" }
            li { (swatch(&html! { path class="line-ipv4" d="M0 5H24" {} })) "IPv4" }
            li { (swatch(&html! { path class="line-limit" d="M0 5H24" {} })) "limit" }
            li { (swatch(&html! { rect class="area-share" width="24" height="10" {} })) "share on IPv6, 0 to 100 % (right)" }
            @if chart.incomplete > 0 {
                li { (swatch(&html! { rect class="incomplete" width="24" height="10" {} })) "may still change" }
            }
            (marks::key(&chart.marks))
        }
    }
}

fn swatch(drawn: &Markup) -> Markup {
    html! { svg class="swatch" viewBox="0 0 24 10" aria-hidden="true" { (drawn) } }
}

/// A panel: what it shows, what it says at last, and the drawing.
fn figure(panel: &Panel<'_>, chart: &Chart, times: Times) -> Markup {
    html! {
        figure class="panel" id={ "panel-" (panel.id) } {
            figcaption {
                strong { (panel.title) } ", " (panel.axis)
                small { (spoken(panel, chart, times)) }
            }
            // On a phone it scrolls: its letters stay readable.
            div class="stills" tabindex="0" role="region" aria-label={ (panel.title) ", drawn" } {
                (still::drawing(panel, chart, times))
            }
            div class="plot" id={ "plot-" (panel.id) } data-keep {}
        }
    }
}

/// A value with its unit; milliseconds are whole, as in the sentence.
fn value(value: f64, unit: &str) -> String {
    match unit {
        "ms" => format!("{value:.0} ms"),
        _ => format!("{} {unit}", words::number(value)),
    }
}

/// What a screen reader says instead of the drawing, and everybody reads beside it: the newest point that is complete. One
/// that has no value says so; an older value would not be true of it.
fn spoken(panel: &Panel<'_>, chart: &Chart, times: Times) -> String {
    let newest = times.points.saturating_sub(chart.incomplete + 1);
    let last = |values: &[Option<f64>]| {
        let newest = values.get(newest).copied().flatten();
        newest.map_or_else(|| "no value".to_owned(), |v| value(v, panel.unit))
    };
    let limit = panel
        .limit
        .map_or_else(String::new, |l| format!(", limit {}", value(l, panel.unit)));
    let (ipv6, ipv4) = (last(panel.ipv6), last(panel.ipv4));
    let at = words::minute(times.at(newest));
    format!("At {at} UTC: IPv6 {ipv6}, IPv4 {ipv4}{limit}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::fixture;

    fn page() -> String {
        section("checkout", &fixture::plan().chart, Window::USUAL).into_string()
    }

    #[test]
    fn each_panel_has_a_title_and_its_unit() {
        let page = page();
        assert!(
            page.contains("<strong>Errors</strong>, % of requests that failed"),
            "{page}"
        );
        assert!(
            page.contains("<strong>p99 latency</strong>, ms within"),
            "{page}"
        );
        assert!(page.contains("limit 1 %"), "{page}");
    }

    #[test]
    fn latency_that_nobody_measures_is_not_drawn() {
        let mut chart = fixture::plan().chart;
        chart.limit_p99 = None;
        chart.p99_ipv4.fill(None);
        chart.p99_ipv6.fill(None);
        let page = section("checkout", &chart, Window::USUAL).into_string();
        assert!(page.contains("panel-errors"), "{page}");
        assert!(!page.contains("panel-p99"), "{page}");
    }

    #[test]
    fn a_side_that_has_no_value_any_more_is_not_told_by_its_last_one() {
        let mut chart = fixture::plan().chart;
        let points = chart.errors_ipv6.len();
        chart.errors_ipv6[points - 20..].fill(None);
        let page = section("checkout", &chart, Window::USUAL).into_string();
        assert!(
            page.contains("At 12:37 UTC: IPv6 no value, IPv4 0."),
            "{page}"
        );
    }

    #[test]
    fn the_window_that_is_shown_is_marked_among_those_that_there_are() {
        let page = page();
        assert!(
            page.contains(
                r#"<a href="/plans/checkout?window=1h#chart" aria-current="true">1 h</a>"#
            ),
            "{page}"
        );
        assert!(
            page.contains(r#"<a href="/plans/checkout?window=3h#chart">3 h</a>"#),
            "{page}"
        );
        assert!(!page.contains("window=1d"), "{page}");
    }

    #[test]
    fn a_chart_of_nothing_says_so() {
        let page = section("checkout", &Chart::default(), Window::USUAL).into_string();
        assert!(page.contains("No minute of CloudWatch"), "{page}");
    }
}
