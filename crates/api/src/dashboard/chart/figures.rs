//! The chart as a table: for whoever reads figures, or sees no drawing.

use maud::{Markup, html};

use super::{super::words, Times};
use crate::model::Chart;

/// The table has the newest points; all of them are in the API.
const ROWS: usize = 30;

/// The table, folded away.
pub(super) fn table(chart: &Chart, times: Times) -> Markup {
    let points = times.points;
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
            summary { "Figures of the last " (points.min(ROWS)) " " (times.word()) }
            div class="scroll" tabindex="0" role="region" aria-label="Figures" {
                table {
                    thead { tr { th scope="col" { "Time, UTC" } @for (name, _) in columns { th scope="col" class="figure" { (name) } } } }
                    tbody {
                        @for i in (0..points).rev().take(ROWS) {
                            tr {
                                th scope="row" { (words::minute(times.at(i))) @if i + chart.incomplete >= points { " *" } }
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

fn cell(name: &str, values: &[Option<f64>], i: usize) -> String {
    match values.get(i).copied().flatten() {
        None => words::UNKNOWN.to_owned(),
        Some(value) if name.ends_with("ms") => format!("{value:.0}"),
        Some(value) => words::number(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::fixture;

    #[test]
    fn the_figures_are_in_the_page_without_a_script() {
        let chart = fixture::plan().chart;
        let times = Times::of(&chart).expect("points");
        let page = table(&chart, times).into_string();
        assert!(page.contains("<th scope=\"row\">12:39 *</th>"), "{page}");
        assert!(page.contains("Figures of the last 30 minutes"), "{page}");
    }
}
