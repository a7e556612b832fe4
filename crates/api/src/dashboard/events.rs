//! The history: what happened, who said so and why.
//!
//! What belongs here: events as a list, on every page that has one.

use jiff::Timestamp;
use maud::{Markup, html};

use super::{
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

/// A page of nothing but events.
pub(super) fn page(
    plan: Option<&str>,
    events: &model::Page<Event>,
    fleet: &Fleet,
    visitor: &Visitor,
) -> Markup {
    let here = plan.map_or_else(|| "/events".to_owned(), |p| format!("/plans/{p}/events"));
    let title = plan.map_or_else(
        || "Events · sixshift".to_owned(),
        |p| format!("Events of {p} · sixshift"),
    );
    let main = html! {
        nav class="path" aria-label="Where you are" {
            a href="/" { "Fleet" }
            @if let Some(plan) = plan { " / " a href={ "/plans/" (plan) } { (plan) } }
        }
        h1 { "Events" @if let Some(plan) = plan { " of " (plan) } }
        (list(&events.items, fleet.now, plan.is_none()))
        @if let Some(next) = events.next {
            p { a rel="next" href={ (here) "?before=" (next) } { "Older events" } }
        }
    };
    // Pages of the past do not change under the reader.
    layout::frame(
        Page {
            title: &title,
            here: &here,
            stream: None,
            chart: false,
        },
        fleet,
        visitor,
        &main,
    )
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

    #[test]
    fn the_page_leads_on_to_older_events() {
        let events = model::Page {
            items: fixture::events(),
            next: Some(7),
        };
        let page = page(
            Some("checkout"),
            &events,
            &fixture::fleet(),
            &Visitor::default(),
        )
        .into_string();
        assert!(page.contains("/plans/checkout/events?before=7"), "{page}");
    }
}
