//! A panel as a still drawing, for who has no script: geometry and SVG.
//!
//! What must not be here: styles; the content policy has none inline, so classes colour everything.

use std::fmt::Write as _;

use jiff::Timestamp;
use maud::{Markup, html};

use super::{super::words, Panel, Times, marks, spoken, value};
use crate::model::Chart;

const WIDTH: f64 = 720.0;
const LEFT: f64 = 52.0;
const RIGHT: f64 = 40.0;
/// Room for the marks' numbers.
const TOP: f64 = 16.0;
/// Where nothing is.
const GROUND: f64 = 128.0;
const HEIGHT: f64 = 146.0;
/// Labels of the time axis, at most.
const LABELS: i64 = 7;
/// Minutes between labels that clocks have.
const ROUND_MINUTES: [i64; 9] = [5, 10, 15, 30, 60, 120, 180, 240, 360];

/// The scale of a panel.
struct Scale {
    ticks: Vec<f64>,
    top: f64,
}

impl Scale {
    /// Everything fits, the limit too, and the lines are at round figures.
    fn of(panel: &Panel<'_>) -> Self {
        let values = panel.ipv4.iter().chain(panel.ipv6).flatten().copied();
        let highest = values.chain(panel.limit).fold(0.0_f64, f64::max) * 1.05;
        let step = round_step(if highest > 0.0 { highest } else { 1.0 } / 3.0);
        let count = (highest / step).ceil().max(1.0) as usize;
        let ticks: Vec<f64> = (0..=count).map(|i| i as f64 * step).collect();
        let top = count as f64 * step;
        Self { ticks, top }
    }

    fn y(&self, value: f64) -> f64 {
        GROUND - (value / self.top).clamp(0.0, 1.0) * (GROUND - TOP)
    }
}

/// 1, 2 or 5 of some power of ten, and no less than this.
fn round_step(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    let steps = [1.0, 2.0, 5.0].map(|n| n * power);
    steps
        .into_iter()
        .find(|s| *s >= least)
        .unwrap_or(power * 10.0)
}

/// Where a point is, counted from the first one.
fn x(point: f64, points: usize) -> f64 {
    let steps = (points.max(2) - 1) as f64;
    LEFT + point / steps * (WIDTH - LEFT - RIGHT)
}

/// A line with gaps where there is no value.
fn line(values: &[Option<f64>], points: usize, scale: &Scale) -> String {
    let mut path = String::new();
    let mut pen_up = true;
    for (i, value) in values.iter().enumerate() {
        let Some(value) = value else {
            pen_up = true;
            continue;
        };
        let letter = if pen_up { 'M' } else { 'L' };
        let _ = write!(
            path,
            "{letter}{:.1} {:.1}",
            x(i as f64, points),
            scale.y(*value)
        );
        // A point between two gaps is a dot.
        if pen_up {
            path.push_str("h.1");
        }
        pen_up = false;
    }
    path
}

/// The share as an area of steps.
fn area(share: &[Option<f64>], points: usize) -> String {
    let mut path = String::new();
    let width = x(1.0, points) - x(0.0, points);
    for (i, value) in share.iter().enumerate() {
        let Some(value) = value.filter(|v| *v > 0.0) else {
            continue;
        };
        let height = value.min(100.0) / 100.0 * (GROUND - TOP);
        let left = x(i as f64, points);
        // The last one has no minute behind it.
        let width = width.min(WIDTH - RIGHT - left);
        let _ = write!(
            path,
            "M{left:.1} {GROUND}v{:.1}h{width:.1}v{height:.1}z",
            -height
        );
    }
    path
}

/// The drawing.
pub(super) fn drawing(panel: &Panel<'_>, chart: &Chart, times: Times) -> Markup {
    let scale = Scale::of(panel);
    let points = times.points;
    let label = format!(
        "{}, {}. {}",
        panel.title,
        panel.axis,
        spoken(panel, chart, times)
    );
    html! {
        svg class="still" viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label=(label) {
            path class="area-share" d=(area(&chart.share, points)) {}
            @if chart.incomplete > 0 {
                @let from = x(points.saturating_sub(chart.incomplete) as f64, points);
                rect class="incomplete" x=(format!("{from:.1}")) y=(TOP) width=(format!("{:.1}", (WIDTH - RIGHT - from).max(0.0))) height=(GROUND - TOP) {}
            }
            (values(panel, &scale))
            (clock(times))
            @if let Some(limit) = panel.limit {
                path class="line-limit" d=(format!("M{LEFT} {:.1}H{}", scale.y(limit), WIDTH - RIGHT)) {}
            }
            path class="line-ipv4" d=(line(panel.ipv4, points, &scale)) {}
            path class="line-ipv6" d=(line(panel.ipv6, points, &scale)) {}
            (marks::drawn(&chart.marks, |at| x(times.place(at), points), TOP, GROUND))
        }
    }
}

/// The values' axis, and the share's on the other side.
fn values(panel: &Panel<'_>, scale: &Scale) -> Markup {
    html! {
        @for tick in &scale.ticks {
            @let y = scale.y(*tick);
            path class="grid" d=(format!("M{LEFT} {y:.1}H{}", WIDTH - RIGHT)) {}
            text class="tick" x=(LEFT - 6.0) y=(format!("{:.1}", y + 4.0)) text-anchor="end" { (value(*tick, panel.unit)) }
        }
        @for (share, y) in [("0 %", GROUND), ("50 %", f64::midpoint(GROUND, TOP)), ("100 %", TOP)] {
            text class="tick" x=(WIDTH - RIGHT + 5.0) y=(y + 4.0) { (share) }
        }
    }
}

/// The time axis.
fn clock(times: Times) -> Markup {
    html! {
        @for at in labels(times) {
            @let x = x(times.place(at), times.points);
            text class="tick" x=(format!("{x:.1}")) y=(GROUND + 14.0) text-anchor="middle" { (words::minute(at)) }
        }
        text class="tick" x=(WIDTH) y=(GROUND + 14.0) text-anchor="end" { "UTC" }
    }
}

/// Round times within the window.
fn labels(times: Times) -> Vec<Timestamp> {
    let last = times.points.saturating_sub(1) as i64 * times.period;
    let fits = |minutes: &&i64| last / (**minutes * 60) < LABELS;
    let step = 60 * ROUND_MINUTES.iter().find(fits).copied().unwrap_or(720);
    let start = times.start.as_second();
    let first = start.div_euclid(step) * step;
    let all = (0..=LABELS + 1).map(|i| first + i * step);
    all.filter(|at| (start..=start + last).contains(at))
        .filter_map(|at| Timestamp::from_second(at).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panel<'a>(ipv4: &'a [Option<f64>], limit: Option<f64>) -> Panel<'a> {
        Panel {
            id: "p99",
            title: "p99 latency",
            axis: "ms",
            unit: "ms",
            ipv4,
            ipv6: &[None],
            limit,
        }
    }

    #[test]
    fn a_gap_in_the_minutes_is_a_gap_in_the_line() {
        let scale = Scale::of(&panel(&[Some(2.0)], None));
        let path = line(&[Some(1.0), Some(2.0), None, Some(1.0)], 4, &scale);
        assert_eq!(path.matches('M').count(), 2, "{path}");
        assert_eq!(path.matches('L').count(), 1, "{path}");
    }

    #[test]
    fn the_scale_holds_the_limit_and_every_value_and_is_round() {
        let scale = Scale::of(&panel(&[Some(900.0)], Some(800.0)));
        assert_eq!(scale.ticks, [0.0, 500.0, 1000.0]);
        assert!(Scale::of(&panel(&[], Some(800.0))).top > 800.0);
        assert_eq!(Scale::of(&panel(&[], None)).ticks, [0.0, 0.5]);
    }

    #[test]
    fn the_time_axis_has_the_times_that_a_clock_has() {
        let times = Times {
            start: "2026-03-02T11:43:00Z".parse().expect("a time"),
            period: 60,
            points: 60,
        };
        let labels: Vec<String> = labels(times).into_iter().map(words::minute).collect();
        assert_eq!(
            labels,
            ["11:50", "12:00", "12:10", "12:20", "12:30", "12:40"]
        );
    }
}
