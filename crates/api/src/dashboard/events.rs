//! The history: what happened, who said so and why.
//!
//! What belongs here: events as a list, on every page that has one.

use jiff::Timestamp;
use maud::{Markup, html};

use super::{
    filter::escaped,
    layout::{self, Page, Visitor},
    marks::{Shape, bare, moment},
    words,
};
use crate::model::{self, Event, Fleet};

/// Events in the order given; `named`: with the plan's name.
pub(super) fn list(events: &[Event], now: Timestamp, named: bool) -> Markup {
    html! {
        @if events.is_empty() {
            p class="muted" { "Nothing has happened yet." }
        } @else {
            ol class="events" { @for event in events { (item(event, now, named)) } }
        }
    }
}

fn item(event: &Event, now: Timestamp, named: bool) -> Markup {
    html! {
        li id={ "event-" (event.seq) } class={ "event-" (event.kind) } {
            span class="when" { (moment(event.at, now)) }
            span class="kind" { (bare(shape(&event.kind))) (words::words(&event.kind)) }
            div class="what" {
                div class="text" {
                    @match (&event.plan, named) {
                        (Some(plan), true) => { a href={ "/plans/" (plan) } { (plan) } " " }
                        (None, true) => { span class="muted" { "fleet " } }
                        _ => {}
                    }
                    (event.text)
                    @if let Some(call) = &event.call { " " code { (call) } }
                    @if let Some(actor) = &event.actor {
                        p class="who-why" {
                            strong { (actor) }
                            @if let Some(reason) = &event.reason { ": " q { (reason) } }
                        }
                    }
                }
                (details(event))
            }
        }
    }
}

/// What the event rests on, folded away.
fn details(event: &Event) -> Markup {
    html! {
        @if event.share.is_some() || !event.evidence.is_empty() || event.revision.is_some() {
            details id={ "evidence-" (event.seq) } {
                summary { "Evidence" }
                ul {
                    @if let Some(share) = event.share { li { "Share on IPv6 then: " (words::percent(share)) } }
                    @for line in &event.evidence { li { (line) } }
                    @if let Some(revision) = &event.revision {
                        li {
                            "Revision " code { (revision) }
                            @if let Some(commit) = &event.commit { ", commit " code title=(commit) { (words::commit(commit)) } }
                        }
                    }
                    li { "Event " (event.seq) }
                }
            }
        }
    }
}

fn shape(kind: &str) -> Shape {
    match kind {
        "acted" => Shape::Ok,
        "failed" => Shape::Bad,
        "vetoed" | "command" => Shape::Person,
        "phase" | "waiting" | "verdict" => Shape::Moving,
        _ => Shape::Ahead,
    }
}

/// What the page is asked for; empty: all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Asked {
    /// Of one plan only.
    pub(super) plan: String,
    /// Of these kinds only, with commas between them.
    pub(super) kind: String,
    /// Only what happened before that event.
    pub(super) before: Option<u64>,
}

impl Asked {
    /// The page that is narrowed so, from an event on backwards, or from the newest.
    fn address(&self, of: Option<&str>, before: Option<u64>) -> String {
        let path = path(of);
        let before = before.map(|seq| seq.to_string()).unwrap_or_default();
        let asked = [
            ("plan", &self.plan),
            ("kind", &self.kind),
            ("before", &before),
        ];
        let pairs = asked.into_iter().filter(|(_, value)| !value.is_empty());
        let pairs: Vec<_> = pairs
            .map(|(key, value)| format!("{key}={}", escaped(value)))
            .collect();
        if pairs.is_empty() {
            path
        } else {
            format!("{path}?{}", pairs.join("&"))
        }
    }

    fn is_narrow(&self) -> bool {
        !self.plan.is_empty() || !self.kind.is_empty()
    }
}

fn path(of: Option<&str>) -> String {
    of.map_or_else(|| "/events".to_owned(), |p| format!("/plans/{p}/events"))
}

/// All that the page shows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown<'a> {
    /// Whose page it is; `None`: the fleet's.
    pub(super) of: Option<&'a str>,
    pub(super) asked: &'a Asked,
    /// Plans to choose from.
    pub(super) plans: &'a [String],
    pub(super) events: &'a model::Page<Event>,
    pub(super) fleet: &'a Fleet,
    pub(super) visitor: &'a Visitor,
}

/// A page of nothing but events.
pub(super) fn page(shown: Shown<'_>) -> Markup {
    let Shown {
        of,
        asked,
        events,
        fleet,
        ..
    } = shown;
    let title = of.map_or_else(
        || "Events · sixshift".to_owned(),
        |p| format!("Events of {p} · sixshift"),
    );
    let main = html! {
        nav class="path" aria-label="Where you are" {
            a href="/" { "Fleet" }
            @if let Some(plan) = of { " / " a href={ "/plans/" (plan) } { (plan) } }
        }
        h1 { "Events" @if let Some(plan) = of { " of " (plan) } }
        section aria-label="Events" {
            (narrowed(shown))
            @if events.items.is_empty() && (asked.is_narrow() || asked.before.is_some()) {
                p class="muted" { "No such event" @if events.next.is_some() { " among the newest" } "." }
            } @else {
                (list(&events.items, fleet.now, of.is_none()))
            }
            @if let Some(next) = events.next {
                p class="more" { a rel="next" href=(asked.address(of, Some(next))) { "Older events" } }
            }
        }
    };
    let here = asked.address(of, asked.before);
    // The filter may be widened without a reload.
    let stream = of.unwrap_or_default();
    layout::frame(
        Page {
            title: &title,
            here: &here,
            // Pages of the past do not change under the reader.
            stream: asked.before.is_none().then_some(stream),
            heeds: Some("event fleet snapshot"),
            chart: false,
        },
        fleet,
        shown.visitor,
        &main,
    )
}

/// What the list is narrowed to: a form on the newest page, words on those before.
fn narrowed(shown: Shown<'_>) -> Markup {
    let Shown { of, asked, .. } = shown;
    html! {
        @if asked.before.is_some() {
            p class="narrowed" {
                "Older events"
                @if !asked.plan.is_empty() { " of " strong { (asked.plan) } }
                @if !asked.kind.is_empty() { ", only " strong { (asked.kind) } }
                ". " a href=(asked.address(of, None)) { "The newest" }
            }
        } @else {
            (form(shown))
        }
    }
}

fn form(shown: Shown<'_>) -> Markup {
    let Shown { of, asked, .. } = shown;
    let gone =
        (!asked.plan.is_empty() && !shown.plans.contains(&asked.plan)).then_some(&asked.plan);
    let several = asked.kind.contains(',').then_some(asked.kind.as_str());
    html! {
        form id="filter" class="filter" method="get" action=(path(of)) role="search" {
            @if of.is_none() {
                label { span { "Plan" }
                    select name="plan" {
                        option value="" { "any" }
                        @for plan in shown.plans.iter().chain(gone) { option value=(plan) selected[*plan == asked.plan] { (plan) } }
                    }
                }
            }
            label { span { "Kind" }
                select name="kind" {
                    option value="" { "any" }
                    @for kind in model::KINDS { option value=(kind) selected[kind == asked.kind] { (words::words(kind)) } }
                    @if let Some(several) = several { option value=(several) selected { (several) } }
                }
            }
            // The script narrows at once: then there is nothing to press.
            button class="without-script" { "Filter" }
            p id="filtered" role="status" {
                "The newest " (shown.events.items.len())
                @if asked.is_narrow() { " · " a href=(path(of)) { "Show all" } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::fixture;

    #[test]
    fn an_order_shows_who_and_why() {
        let page = list(&fixture::events(), fixture::now(), true).into_string();
        assert!(page.contains("<strong>maria</strong>"), "{page}");
        assert!(page.contains("<q>canary looked fine</q>"), "{page}");
    }

    fn shown(of: Option<&str>, asked: &Asked) -> String {
        let events = model::Page {
            items: fixture::events(),
            next: Some(7),
        };
        page(Shown {
            of,
            asked,
            plans: &["checkout".to_owned(), "ledger".to_owned()],
            events: &events,
            fleet: &fixture::fleet(),
            visitor: &Visitor::default(),
        })
        .into_string()
    }

    #[test]
    fn the_page_leads_on_to_older_events_with_its_filter() {
        let asked = Asked {
            kind: "command,failed".to_owned(),
            ..Asked::default()
        };
        let page = shown(Some("checkout"), &asked);
        assert!(
            page.contains(r#"href="/plans/checkout/events?kind=command%2Cfailed&amp;before=7""#),
            "{page}"
        );
        let asked = Asked {
            plan: "ledger".to_owned(),
            ..Asked::default()
        };
        assert!(shown(None, &asked).contains("/events?plan=ledger&amp;before=7"));
    }

    #[test]
    fn the_newest_events_are_live_and_those_of_the_past_are_not() {
        let newest = shown(Some("checkout"), &Asked::default());
        assert!(
            newest.contains(r#"data-stream="/api/v1/stream?plan=checkout""#),
            "{newest}"
        );
        let of_one = Asked {
            plan: "ledger".to_owned(),
            ..Asked::default()
        };
        let of_one = shown(None, &of_one);
        assert!(
            of_one.contains(r#"data-stream="/api/v1/stream""#),
            "{of_one}"
        );
        let past = Asked {
            before: Some(40),
            ..Asked::default()
        };
        let past = shown(None, &past);
        assert!(!past.contains("data-stream"), "{past}");
        assert!(past.contains("The newest</a>"), "{past}");
    }
}
