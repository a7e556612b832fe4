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
            td role="cell" data-label="Observed" { (or_unknown(&gate.observed)) }
            td role="cell" data-label="Limit" { (or_unknown(&gate.limit)) }
            td role="cell" data-label="Rests on" { (rests_on(gate)) }
            td role="cell" data-label="Since" { @match gate.since { Some(since) => (ago(since, now)), None => (words::UNKNOWN) } }
            td role="cell" data-label="What opens it" {
                @match (&gate.unblocked_by, gate.earliest) {
                    (None, None) => (words::UNKNOWN),
                    (by, earliest) => {
                        @if let Some(by) = by { (by) }
                        @if let Some(earliest) = earliest { small { "earliest " (ago(earliest, now)) } }
                    }
                }
            }
        }
    }
}

fn or_unknown(text: &str) -> &str {
    if text.is_empty() {
        words::UNKNOWN
    } else {
        text
    }
}

fn rests_on(gate: &Gate) -> String {
    match (gate.samples, &gate.window) {
        (None, None) => words::UNKNOWN.to_owned(),
        (Some(samples), None) => samples.to_string(),
        (None, Some(window)) => window.clone(),
        (Some(samples), Some(window)) => format!("{samples} in {window}"),
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
