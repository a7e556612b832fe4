//! What is said above every page: alarms, which stay in sight, and notes.
//!
//! What belongs here: sentences on what keeps the fleet still or makes a page untrue. What must not: a plan's own state.

use maud::{Markup, html};

use super::{
    layout::Visitor,
    marks::{Shape, ago, bare},
};
use crate::model::{Fleet, Stale, Unwritten};

/// Plans that a banner names; the rest is counted.
const NAMED: usize = 5;
/// Alarms that a phone shows at once.
const AT_ONCE: usize = 2;

/// The gravest alarm in a word, for the browser's tab.
pub(super) fn word(fleet: &Fleet) -> Option<&'static str> {
    words(fleet).next()
}

/// Each alarm in a word, the gravest first.
fn words(fleet: &Fleet) -> impl Iterator<Item = &'static str> {
    let alarms = [
        (fleet.frozen.is_some(), "Frozen"),
        (fleet.standby.is_some(), "Standby"),
        (!fleet.journal_lost.is_empty(), "Journal lost"),
        (fleet.unwritten.is_some(), "Journal not written"),
        (fleet.clock.is_some(), "Clock wrong"),
        (
            fleet.stale.is_some() || fleet.source.error.is_some(),
            "Stale",
        ),
    ];
    alarms
        .into_iter()
        .filter(|(is, _)| *is)
        .map(|(_, word)| word)
}

/// Where there are too many to see at once, all of them in a line that stays.
fn all_at_once(fleet: &Fleet) -> Markup {
    let words: Vec<_> = words(fleet).collect();
    html! {
        @if words.len() > AT_ONCE { p class="all-alarms" { strong { (words.len()) " alarms: " } (words.join(", ")) } }
    }
}

/// What nobody may miss.
pub(super) fn alarms(fleet: &Fleet) -> Markup {
    html! {
        (all_at_once(fleet))
        @if let Some(frozen) = &fleet.frozen {
            (alarm(Shape::Bad, "Frozen.", &html! { "Nothing moves in the whole fleet, not even backwards: " (frozen) }))
        }
        @if let Some(why) = &fleet.standby {
            (alarm(Shape::Bad, "Standby.", &html! {
                "This daemon looks, but may not act, not even take traffic back: " (why)
            }))
        }
        @if !fleet.journal_lost.is_empty() { (lost(&fleet.journal_lost)) }
        @if let Some(unwritten) = &fleet.unwritten { (not_written(unwritten, fleet)) }
        @if let Some(why) = &fleet.clock {
            (alarm(Shape::Bad, "The clock is wrong.", &html! {
                (why) ". Nothing goes forward until it is right; traffic is still taken back."
            }))
        }
        @if let Some(stale) = &fleet.stale { (old(stale, fleet)) }
        @if let Some(error) = &fleet.source.error {
            (alarm(Shape::Person, "The plans' source cannot be read.", &html! {
                @if let Some(read) = fleet.source.read_at { "The plans are those of " (ago(read, fleet.now)) ". " }
                (error)
            }))
        }
    }
}

/// What is good to know.
pub(super) fn notes(fleet: &Fleet, visitor: &Visitor) -> Markup {
    let holding = fleet.holding.as_ref().filter(|_| fleet.standby.is_none());
    html! {
        @if let Some(holding) = holding { (alarm(Shape::Person, "Holding.", &html! { (holding) })) }
        @if let Some(why) = visitor.why_read_only(fleet) {
            p class="banner plain" { span { (why) } }
        }
    }
}

fn alarm(shape: Shape, head: &str, text: &Markup) -> Markup {
    let tone = if shape == Shape::Bad { "bad" } else { "person" };
    html! {
        p class={ "banner " (tone) } { (bare(shape)) span { strong { (head) } " " (text) } }
    }
}

fn lost(plans: &[String]) -> Markup {
    alarm(
        Shape::Bad,
        "The journal is lost.",
        &html! {
            "It knows nothing of what was under way here: " (names(plans))
            ". It stands still until somebody has looked at it and adopts it."
        },
    )
}

fn not_written(unwritten: &Unwritten, fleet: &Fleet) -> Markup {
    alarm(
        Shape::Bad,
        "The journal cannot be written.",
        &html! {
            "It failed first " (ago(unwritten.since, fleet.now)) ": " (unwritten.why)
            ". Nothing goes forward until it can. Pauses, aborts and a freeze count at once and are written later; a restart before \
             that forgets them."
        },
    )
}

fn old(stale: &Stale, fleet: &Fleet) -> Markup {
    alarm(
        Shape::Bad,
        "Stale.",
        &html! {
            "AWS was last read " (ago(stale.since, fleet.now)) " or later for " (names(&stale.plans))
            ". What is shown of it may no longer be so."
        },
    )
}

fn names(plans: &[String]) -> Markup {
    html! {
        @for (i, plan) in plans.iter().take(NAMED).enumerate() {
            @if i > 0 { ", " }
            a href={ "/plans/" (plan) } { (plan) }
        }
        @if plans.len() > NAMED { " and " (plans.len() - NAMED) " more" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{dashboard::fixture, model::Source};

    #[test]
    fn a_fleet_that_is_well_has_no_alarm() {
        let fleet = fixture::fleet();
        assert_eq!(alarms(&fleet).into_string(), "");
        assert_eq!(word(&fleet), None);
    }

    #[test]
    fn many_alarms_are_all_named_in_a_line_that_stays_in_sight() {
        let mut fleet = Fleet {
            frozen: Some("incident 42".to_owned()),
            standby: Some("another acts".to_owned()),
            ..fixture::fleet()
        };
        assert!(!alarms(&fleet).into_string().contains("all-alarms"));
        fleet.clock = Some("AWS's clock is 1 m 30 s ahead".to_owned());
        let shown = alarms(&fleet).into_string();
        let line = "<strong>3 alarms: </strong>Frozen, Standby, Clock wrong";
        assert!(shown.contains(line), "{shown}");
    }

    #[test]
    fn each_lack_is_an_alarm_of_its_own_and_the_tab_names_the_gravest() {
        let well = fixture::fleet();
        let source = Source {
            error: Some("no route to host".to_owned()),
            ..well.source.clone()
        };
        let stale = Stale {
            plans: ["a", "b", "c", "d", "e", "f", "g"]
                .map(str::to_owned)
                .to_vec(),
            since: fixture::now() - jiff::SignedDuration::from_mins(12),
        };
        let unwritten = Unwritten {
            why: "No space left on device".to_owned(),
            since: fixture::now(),
        };
        let with = |change: &dyn Fn(&mut Fleet)| {
            let mut fleet = well.clone();
            change(&mut fleet);
            fleet
        };
        let lacks = [
            (
                with(&|f| f.frozen = Some("incident 42".to_owned())),
                "Frozen",
                "incident 42",
            ),
            (
                with(&|f| f.standby = Some("another acts".to_owned())),
                "Standby",
                "may not act",
            ),
            (
                with(&|f| f.journal_lost = vec!["checkout".to_owned()]),
                "Journal lost",
                "adopts it",
            ),
            (
                with(&|f| f.unwritten = Some(unwritten.clone())),
                "Journal not written",
                "No space left",
            ),
            (
                with(&|f| f.clock = Some("AWS's clock is 1 m 30 s ahead".to_owned())),
                "Clock wrong",
                "is 1 m 30 s ahead. Nothing goes forward",
            ),
            (
                with(&|f| f.stale = Some(stale.clone())),
                "Stale",
                "12 m ago</time> or later",
            ),
            (
                with(&|f| f.source = source.clone()),
                "Stale",
                "no route to host",
            ),
        ];
        for (fleet, tab, said) in &lacks {
            let shown = alarms(fleet).into_string();
            assert_eq!(shown.matches("class=\"banner").count(), 1, "{shown}");
            assert!(shown.contains(said), "{shown}");
            assert_eq!(word(fleet), Some(*tab));
        }
        assert!(alarms(&lacks[5].0).into_string().contains("and 2 more"));
    }
}
