//! What must hold: the gates, as `why` tells them, and the conditions.
//!
//! What belongs here: tables.

use jiff::Timestamp;
use maud::{Markup, html};

use super::{
    marks::{Shape, ago, mark},
    words,
};
use crate::model::{Condition, Gate};

/// Gate by gate.
pub(super) fn gates(gates: &[Gate], now: Timestamp) -> Markup {
    html! {
        section id="gates" aria-labelledby="gates-title" {
            h2 id="gates-title" { "Gates" }
            @if gates.is_empty() {
                p class="muted" { "Nothing is asked of it now." }
            } @else {
                table class="gates cards" role="table" {
                    thead role="rowgroup" {
                        tr role="row" {
                            @for title in ["Gate", "State", "Observed", "Limit", "Rests on", "Since", "What opens it"] {
                                th role="columnheader" scope="col" { (title) }
                            }
                        }
                    }
                    tbody role="rowgroup" { @for gate in gates { (row(gate, now)) } }
                }
            }
        }
    }
}

fn row(gate: &Gate, now: Timestamp) -> Markup {
    html! {
        tr role="row" class={ "gate-" (gate.state) } {
            th role="rowheader" scope="row" { (gate.name) }
            td role="cell" data-label="State" { (mark(Shape::of_state(&gate.state), &words::words(&gate.state))) }
            (cell("Observed", &known(&gate.observed)))
            (cell("Limit", &known(&gate.limit)))
            (cell("Rests on", &rests_on(gate)))
            (cell("Since", &gate.since.map(|since| ago(since, now))))
            (cell("What opens it", &opens(gate, now)))
        }
    }
}

/// A cell; where there is nothing, a phone leaves it out.
fn cell(label: &str, content: &Option<Markup>) -> Markup {
    html! {
        @match content {
            Some(content) => td role="cell" data-label=(label) { (content) },
            None => td role="cell" data-label=(label) class="nothing" { (words::UNKNOWN) },
        }
    }
}

fn known(text: &str) -> Option<Markup> {
    (!text.is_empty()).then(|| html! { (text) })
}

fn rests_on(gate: &Gate) -> Option<Markup> {
    match (gate.samples, &gate.window) {
        (None, None) => None,
        (Some(samples), None) => Some(html! { (samples) }),
        (None, Some(window)) => Some(html! { (window) }),
        (Some(samples), Some(window)) => Some(html! { (samples) " in " (window) }),
    }
}

fn opens(gate: &Gate, now: Timestamp) -> Option<Markup> {
    match (&gate.unblocked_by, gate.earliest) {
        (None, None) => None,
        (by, earliest) => Some(html! {
            @if let Some(by) = by { (by) }
            @if let Some(earliest) = earliest { small { "earliest " (ago(earliest, now)) } }
        }),
    }
}

/// Kubernetes' conditions.
pub(super) fn conditions(conditions: &[Condition], now: Timestamp) -> Markup {
    html! {
        section id="conditions" aria-labelledby="conditions-title" {
            h2 id="conditions-title" { "Conditions" }
            @if conditions.is_empty() {
                p class="muted" { "It has not been looked at yet." }
            } @else {
                table class="cards" role="table" {
                    thead role="rowgroup" {
                        tr role="row" {
                            @for title in ["Condition", "Status", "Reason", "Message", "Since"] {
                                th role="columnheader" scope="col" { (title) }
                            }
                        }
                    }
                    tbody role="rowgroup" {
                        @for c in conditions {
                            tr role="row" {
                                th role="rowheader" scope="row" { (c.kind) }
                                td role="cell" data-label="Status" { (mark(Shape::of_state(&c.status), &c.status)) }
                                td role="cell" data-label="Reason" { (c.reason) }
                                td role="cell" data-label="Message" { (c.message) }
                                td role="cell" data-label="Since" { (ago(c.since, now)) }
                            }
                        }
                    }
                }
            }
        }
    }
}
