//! Why a plan was rolled back: what was seen at that time, which the newest minutes no longer show.
//!
//! What belongs here: the section on the plan's page. What must not: a judgement of today.

use jiff::Timestamp;
use maud::{Markup, html};

use super::{
    marks::{Shape, ago, bare, moment},
    words,
};
use crate::model::{Plan, Rollback};

/// The section.
pub(super) fn section(rollback: &Rollback, plan: &Plan, now: Timestamp) -> Markup {
    let shape = if rollback.ordered {
        Shape::Person
    } else {
        Shape::Bad
    };
    html! {
        section id="rollback" class=[rollback.ordered.then_some("ordered")] aria-labelledby="rollback-title" {
            h2 id="rollback-title" { (bare(shape)) (title(rollback, plan)) }
            p {
                @if let Some(at) = rollback.at { (moment(at, now)) ", " (ago(at, now)) ", " }
                (place(rollback, plan)) "."
            }
            @if let Some(reason) = &rollback.reason { p class="reason" { strong { (reason) } } }
            (evidence(rollback))
        }
    }
}

fn title(rollback: &Rollback, plan: &Plan) -> String {
    let how = if rollback.ordered {
        "Taken back by order"
    } else {
        "Rolled back"
    };
    if plan.summary.revision.as_ref() == Some(&rollback.revision) {
        how.to_owned()
    } else {
        format!("{how} before: revision {}", rollback.revision)
    }
}

/// Where it stood when the way back began, as far as that is known.
fn place(rollback: &Rollback, plan: &Plan) -> String {
    let share = rollback.share.map(words::percent);
    match (rollback.step, share) {
        (Some(step), Some(share)) => {
            let steps = plan.summary.steps;
            format!("at step {step} of {steps}, with {share} on IPv6")
        }
        (_, Some(share)) => format!("with {share} on IPv6"),
        (_, None) => "at a share that the history no longer tells".to_owned(),
    }
}

fn evidence(rollback: &Rollback) -> Markup {
    html! {
        @if rollback.event.is_none() {
            p class="muted" { "The history does not reach back to that: its figures are not known any more." }
        } @else if rollback.evidence.is_empty() {
            p class="muted" { "Nothing was measured then." }
        } @else {
            h3 { "What was measured then" }
            ul class="measured" { @for line in &rollback.evidence { li { (line) } } }
        }
        @if let Some(event) = rollback.event { p class="muted" { "Event " (event) " of the history." } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::fixture;

    #[test]
    fn what_was_judged_bad_is_told_with_its_figures_its_step_and_its_moment() {
        let plan = fixture::rolled_back();
        let rollback = plan.rolled_back.as_ref().expect("it was rolled back");
        let page = section(rollback, &plan, fixture::now()).into_string();
        for said in [
            "Rolled back",
            "2 Mar 12:31:00 UTC",
            "at step 3 of 4, with 25 % on IPv6",
            "errors on IPv6 are 7.2 %, over 1 %",
            "p99 on IPv6 is 301 ms",
            "Event 44",
        ] {
            assert!(page.contains(said), "{said}: {page}");
        }
    }

    #[test]
    fn what_the_history_no_longer_tells_is_not_made_up() {
        let plan = fixture::rolled_back();
        let rollback = Rollback {
            step: None,
            share: None,
            evidence: Vec::new(),
            event: None,
            ..plan.rolled_back.clone().expect("it was rolled back")
        };
        let page = section(&rollback, &plan, fixture::now()).into_string();
        assert!(page.contains("does not reach back"), "{page}");
        assert!(!page.contains("at step"), "{page}");
    }

    #[test]
    fn a_rollback_of_another_revision_is_told_as_that() {
        let mut plan = fixture::rolled_back();
        plan.summary.revision = Some("77777777".to_owned());
        let rollback = plan.rolled_back.as_ref().expect("it was rolled back");
        let page = section(rollback, &plan, fixture::now()).into_string();
        assert!(
            page.contains("Rolled back before: revision 5be0c1d2"),
            "{page}"
        );
    }
}
