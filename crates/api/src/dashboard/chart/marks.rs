//! Steps and orders on the time axis: lines with numbers in the drawing, and the same numbers as a list for whoever does not
//! see it.
//!
//! What must not be here: which events are marks (the view says so).

use jiff::Timestamp;
use maud::{Markup, html};

use super::{super::words, swatch};
use crate::model::Mark;

/// So many are shown as a list at once; more are folded.
const OPEN: usize = 8;
/// Numbers closer than that would lie on each other.
const APART: f64 = 15.0;

/// Kinds with the word for each, in the key's order.
const KINDS: [(&str, &str); 3] = [
    ("step", "step"),
    ("order", "order"),
    ("rollback", "rollback begins"),
];

fn word(kind: &str) -> &str {
    let known = KINDS.iter().find(|(k, _)| *k == kind);
    known.map_or(kind, |(_, word)| word)
}

/// Those that there are, for the key.
pub(super) fn key(marks: &[Mark]) -> Markup {
    let there = |kind: &str| marks.iter().any(|m| m.kind == kind);
    html! {
        @for (kind, word) in KINDS.into_iter().filter(|(kind, _)| there(kind)) {
            li { (swatch(&html! { path class={ "mark-line " (kind) } d="M12 0V10" {} })) (word) }
        }
    }
}

/// Lines from top to ground.
pub(super) fn drawn(marks: &[Mark], x: impl Fn(Timestamp) -> f64, top: f64, ground: f64) -> Markup {
    let mut free_from = 0.0;
    let mut is_free = |at: f64| {
        let free = at >= free_from;
        if free {
            free_from = at + APART;
        }
        free
    };
    html! {
        @for (i, mark) in marks.iter().enumerate() {
            @let at = x(mark.at);
            path class={ "mark-line " (mark.kind) } d=(format!("M{at:.1} {top}V{ground}")) {}
            @if is_free(at) {
                text class={ "mark-number " (mark.kind) } x=(format!("{at:.1}")) y=(top - 4.0) text-anchor="middle" { (i + 1) }
            }
        }
    }
}

/// The same in words.
pub(super) fn list(marks: &[Mark]) -> Markup {
    html! {
        @if marks.is_empty() {
            p id="marks" class="muted" { "No step and no order in this time." }
        } @else {
            details id="marks" open[marks.len() <= OPEN] {
                summary { "Steps and orders in this time: " (marks.len()) }
                ol class="chart-marks" { @for mark in marks { (item(mark)) } }
            }
        }
    }
}

fn item(mark: &Mark) -> Markup {
    html! {
        li class=(mark.kind) {
            time datetime=(words::machine(mark.at)) { (words::moment(mark.at)) }
            " " span class="muted" { (word(&mark.kind)) ": " }
            (mark.text)
            @if let Some(actor) = &mark.actor {
                ", " strong { (actor) }
                @if let Some(reason) = &mark.reason { ": " q { (reason) } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::fixture;

    #[test]
    fn every_mark_is_a_line_in_the_drawing_and_an_item_of_the_list() {
        let marks = fixture::plan().chart.marks;
        let drawn = drawn(&marks, |at| at.as_second() as f64, 0.0, 10.0).into_string();
        let list = list(&marks).into_string();
        assert_eq!(drawn.matches("mark-line").count(), marks.len());
        assert_eq!(list.matches("<li").count(), marks.len());
        assert!(list.contains("order: </span>approve step 2"), "{list}");
        assert!(list.contains("<q>canary looked fine</q>"), "{list}");
    }

    #[test]
    fn numbers_do_not_lie_on_each_other() {
        let marks = fixture::plan().chart.marks;
        let crowded = drawn(&marks, |_| 5.0, 0.0, 10.0).into_string();
        assert_eq!(crowded.matches("<text").count(), 1, "{crowded}");
    }
}
