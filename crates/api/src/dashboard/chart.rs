//! The recent past: errors and p99 of both sides with their limits, the share behind them, on one time axis.
//!
//! What belongs here: the drawing without a script, the figures as a table, and the data for the script that draws it better.

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};

use super::words;
use crate::model::Chart;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 120.0;
const LEFT: f64 = 44.0;
const RIGHT: f64 = 36.0;
const TOP: f64 = 8.0;
/// The table has the newest minutes; all of them are in the API.
const ROWS: usize = 30;

/// One panel's lines.
struct Panel<'a> {
    name: &'static str,
    unit: &'static str,
    ipv4: &'a [Option<f64>],
    ipv6: &'a [Option<f64>],
    limit: Option<f64>,
}

/// The section.
pub(super) fn section(chart: &Chart) -> Markup {
    let minutes = chart.share.len().max(chart.errors_ipv6.len());
    html! {
        section id="chart" aria-labelledby="chart-title" {
            h2 id="chart-title" { "Evidence" }
            @match chart.start {
                Some(start) if minutes > 1 => {
                    (key(chart))
                    @for panel in panels(chart) { (still(&panel, chart, minutes)) }
                    (axis(chart, start, minutes))
                    // The script draws here, and hides the still drawings.
                    div id="plots" data-chart=(serde_json::to_string(chart).unwrap_or_default()) {}
                    (figures(chart, start, minutes))
                }
                _ => { p class="muted" { "No minute of CloudWatch has been read yet." } }
            }
        }
    }
}

fn panels(chart: &Chart) -> [Panel<'_>; 2] {
    [
        Panel {
            name: "Errors",
            unit: "%",
            ipv4: &chart.errors_ipv4,
            ipv6: &chart.errors_ipv6,
            limit: chart.limit_errors,
        },
        Panel {
            name: "p99",
            unit: "ms",
            ipv4: &chart.p99_ipv4,
            ipv6: &chart.p99_ipv6,
            limit: chart.limit_p99,
        },
    ]
}

fn key(chart: &Chart) -> Markup {
    html! {
        ul class="key" aria-label="Key" {
            li { svg class="swatch" viewBox="0 0 24 10" aria-hidden="true" { path class="line-ipv6" d="M0 5H24" {} } "IPv6" }
            li { svg class="swatch" viewBox="0 0 24 10" aria-hidden="true" { path class="line-ipv4" d="M0 5H24" {} } "IPv4" }
            li { svg class="swatch" viewBox="0 0 24 10" aria-hidden="true" { path class="line-limit" d="M0 5H24" {} } "limit" }
            li { svg class="swatch" viewBox="0 0 24 10" aria-hidden="true" { rect class="area-share" width="24" height="10" {} } "share on IPv6, 0 to 100 %" }
            @if chart.incomplete > 0 {
                li { svg class="swatch" viewBox="0 0 24 10" aria-hidden="true" { rect class="incomplete" width="24" height="10" {} } "may still change" }
            }
        }
    }
}

/// The top of the panel's scale: everything fits, the limit too, with some air.
fn top(panel: &Panel<'_>) -> f64 {
    let values = panel.ipv4.iter().chain(panel.ipv6).flatten().copied();
    let highest = values.chain(panel.limit).fold(0.0_f64, f64::max);
    if highest > 0.0 { highest * 1.15 } else { 1.0 }
}

fn x(minute: usize, minutes: usize) -> f64 {
    let steps = (minutes.max(2) - 1) as f64;
    LEFT + minute as f64 / steps * (WIDTH - LEFT - RIGHT)
}

fn y(value: f64, top: f64) -> f64 {
    HEIGHT - (value / top).clamp(0.0, 1.0) * (HEIGHT - TOP)
}

/// A line with gaps where there is no value.
fn line(values: &[Option<f64>], minutes: usize, top: f64) -> String {
    let mut path = String::new();
    let mut pen_up = true;
    for (i, value) in values.iter().enumerate() {
        let Some(value) = value else {
            pen_up = true;
            continue;
        };
        let letter = if pen_up { 'M' } else { 'L' };
        let _ = write!(path, "{letter}{:.1} {:.1}", x(i, minutes), y(*value, top));
        // A minute between two gaps is a dot.
        if pen_up {
            path.push_str("h.1");
        }
        pen_up = false;
    }
    path
}

/// The share as an area of steps.
fn area(share: &[Option<f64>], minutes: usize) -> String {
    let mut path = String::new();
    let width = x(1, minutes) - x(0, minutes);
    for (i, value) in share.iter().enumerate() {
        let Some(value) = value.filter(|v| *v > 0.0) else {
            continue;
        };
        let height = HEIGHT - y(value, 100.0);
        let _ = write!(
            path,
            "M{:.1} {HEIGHT}v{:.1}h{width:.1}v{height:.1}z",
            x(i, minutes),
            -height
        );
    }
    path
}

/// A panel as a still drawing.
fn still(panel: &Panel<'_>, chart: &Chart, minutes: usize) -> Markup {
    let top = top(panel);
    html! {
        svg class="still" viewBox={ "0 0 " (WIDTH) " " (HEIGHT + 2.0) } role="img" aria-label=(spoken(panel)) {
            path class="area-share" d=(area(&chart.share, minutes)) {}
            @if chart.incomplete > 0 {
                @let from = x(minutes.saturating_sub(chart.incomplete), minutes);
                rect class="incomplete" x=(from) y=(TOP) width=((WIDTH - RIGHT - from).max(0.0)) height=(HEIGHT - TOP) {}
            }
            path class="grid" d={ "M" (LEFT) " " (HEIGHT) "H" (WIDTH - RIGHT) "M" (LEFT) " " (TOP) "H" (WIDTH - RIGHT) } {}
            @if let Some(limit) = panel.limit {
                path class="line-limit" d={ "M" (LEFT) " " (y(limit, top)) "H" (WIDTH - RIGHT) } {}
                text class="tick" x=(LEFT - 4.0) y=(y(limit, top) + 4.0) text-anchor="end" { (words::number(limit)) }
            }
            path class="line-ipv4" d=(line(panel.ipv4, minutes, top)) {}
            path class="line-ipv6" d=(line(panel.ipv6, minutes, top)) {}
            text class="tick" x=(LEFT - 4.0) y=(HEIGHT) text-anchor="end" { "0" }
            text class="tick" x=(WIDTH - RIGHT + 4.0) y=(HEIGHT) { "0 %" }
            text class="tick" x=(WIDTH - RIGHT + 4.0) y=(TOP + 8.0) { "100 %" }
            text class="panel-name" x=(LEFT + 4.0) y=(TOP + 12.0) { (panel.name) " (" (panel.unit) ")" }
        }
    }
}

/// A value with its unit; milliseconds are whole, as in the sentence.
fn figure(value: f64, unit: &str) -> String {
    match unit {
        "ms" => format!("{value:.0} ms"),
        _ => format!("{} {unit}", words::number(value)),
    }
}

/// What a screen reader says instead of the drawing.
fn spoken(panel: &Panel<'_>) -> String {
    let last = |values: &[Option<f64>]| {
        let value = values.iter().rev().flatten().next();
        value.map_or_else(|| "no value".to_owned(), |v| figure(*v, panel.unit))
    };
    let limit = panel.limit.map_or_else(String::new, |l| {
        format!(", limit {}", figure(l, panel.unit))
    });
    format!(
        "{}: IPv6 {}, IPv4 {}{limit}, at last",
        panel.name,
        last(panel.ipv6),
        last(panel.ipv4)
    )
}

fn axis(chart: &Chart, start: Timestamp, minutes: usize) -> Markup {
    let step = minutes.div_ceil(6).max(1);
    html! {
        svg class="still" viewBox={ "0 0 " (WIDTH) " 16" } aria-hidden="true" {
            @for i in (0..minutes).step_by(step) {
                text class="tick" x=(x(i, minutes)) y="12" text-anchor="middle" { (words::minute(time(chart, start, i))) }
            }
        }
    }
}

fn time(chart: &Chart, start: Timestamp, i: usize) -> Timestamp {
    let period = i64::try_from(chart.period_seconds).unwrap_or(60);
    let after = SignedDuration::from_secs(i64::try_from(i).unwrap_or(0).saturating_mul(period));
    start.saturating_add(after).unwrap_or(start)
}

fn figures(chart: &Chart, start: Timestamp, minutes: usize) -> Markup {
    let cell = |name: &str, values: &[Option<f64>], i: usize| {
        let value = values.get(i).copied().flatten();
        value.map_or_else(
            || words::UNKNOWN.to_owned(),
            |v| {
                if name.ends_with("ms") {
                    format!("{v:.0}")
                } else {
                    words::number(v)
                }
            },
        )
    };
    let columns: [(&str, &[Option<f64>]); 7] = [
        ("Share on IPv6, %", &chart.share),
        ("Errors IPv4, %", &chart.errors_ipv4),
        ("Errors IPv6, %", &chart.errors_ipv6),
        ("p99 IPv4, ms", &chart.p99_ipv4),
        ("p99 IPv6, ms", &chart.p99_ipv6),
        ("Requests IPv4", &chart.requests_ipv4),
        ("Requests IPv6", &chart.requests_ipv6),
    ];
    html! {
        details id="figures" {
            summary { "Figures of the last " (minutes.min(ROWS)) " minutes" }
            div class="scroll" tabindex="0" role="region" aria-label="Figures" {
                table {
                    thead { tr { th scope="col" { "Minute, UTC" } @for (name, _) in columns { th scope="col" class="figure" { (name) } } } }
                    tbody {
                        @for i in (0..minutes).rev().take(ROWS) {
                            tr {
                                th scope="row" { (words::minute(time(chart, start, i))) @if i + chart.incomplete >= minutes { " *" } }
                                @for (name, values) in columns { td class="figure" { (cell(name, values, i)) } }
                            }
                        }
                    }
                }
            }
            @if chart.incomplete > 0 { p class="muted" { "* may still change: CloudWatch is late." } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::fixture;

    #[test]
    fn a_gap_in_the_minutes_is_a_gap_in_the_line() {
        let path = line(&[Some(1.0), Some(2.0), None, Some(1.0)], 4, 2.0);
        assert_eq!(path.matches('M').count(), 2, "{path}");
        assert_eq!(path.matches('L').count(), 1, "{path}");
    }

    #[test]
    fn the_scale_holds_the_limit_and_every_value() {
        let panel = Panel {
            name: "p99",
            unit: "ms",
            ipv4: &[Some(900.0)],
            ipv6: &[None],
            limit: Some(800.0),
        };
        assert!(top(&panel) > 900.0);
        let quiet = Panel { ipv4: &[], ..panel };
        assert!(top(&quiet) > 800.0);
    }

    #[test]
    fn the_figures_are_in_the_page_without_a_script() {
        let page = section(&fixture::plan().chart).into_string();
        assert!(page.contains("<th scope=\"row\">12:39 *</th>"), "{page}");
        assert!(page.contains("limit 1 %"), "{page}");
    }

    #[test]
    fn a_chart_of_nothing_says_so() {
        let page = section(&Chart::default()).into_string();
        assert!(page.contains("No minute of CloudWatch"), "{page}");
    }
}
