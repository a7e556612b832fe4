//! The fleet page: how many stand where, who is waited for, every plan in a line.
//!
//! What belongs here: the page as a pure function of the model.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::{
    events,
    filter::{self, Filter, escaped},
    layout::{self, Page, Visitor},
    marks::{self, Shape, ago, bare, mark, moment},
    order::{self, Draft, Target},
    words,
};
use crate::model::{Count, Event, Fleet, HEALTHS, Mistake, NeedsYou, PHASES, PlanSummary, Source};

/// All that the page shows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown<'a> {
    pub(super) fleet: &'a Fleet,
    pub(super) plans: &'a [PlanSummary],
    pub(super) events: &'a [Event],
    pub(super) filter: &'a Filter,
    pub(super) visitor: &'a Visitor,
    pub(super) draft: Option<&'a Draft>,
}

/// The page.
pub(super) fn page(shown: Shown<'_>) -> Markup {
    let Shown {
        fleet,
        plans,
        filter,
        visitor,
        ..
    } = shown;
    let here = filter.address(None);
    let main = html! {
        h1 { "Fleet" }
        (source(&fleet.source, fleet))
        (counts(fleet, plans, filter))
        div class="columns" {
            (needs_you(&fleet.needs_you, fleet))
            section id="orders" aria-labelledby="orders-title" {
                h2 id="orders-title" { "The whole fleet" }
                (order::offers(target(shown.draft, &here), &fleet.commands, visitor, fleet))
            }
        }
        (mistakes(&fleet.source.mistakes))
        section aria-labelledby="plans-title" {
            h2 id="plans-title" { "Plans" }
            (filter::form(filter, plans))
            (table(plans, filter, fleet))
        }
        section aria-labelledby="events-title" {
            h2 id="events-title" { "Latest events" }
            (events::list(shown.events, fleet.now, true))
            p { a href="/events" { "All events" } }
        }
    };
    let page = Page {
        title: "Fleet · sixshift",
        here: &here,
        stream: Some(""),
        heeds: None,
        chart: false,
    };
    layout::frame(page, fleet, visitor, &main)
}

fn target<'a>(draft: Option<&'a Draft>, here: &'a str) -> Target<'a> {
    Target {
        name: "the fleet",
        action: "/fleet",
        here,
        revision: None,
        gate: None,
        next: None,
        first: None,
        draft,
    }
}

fn source(source: &Source, fleet: &Fleet) -> Markup {
    html! {
        p class="source" id="source" {
            "Plans from " code { (source.name) }
            @if let Some(commit) = &source.commit {
                ", commit " code title=(commit) { (words::commit(commit)) }
            }
            @if let Some(date) = source.author_date { ", made " (moment(date, fleet.now)) }
            @match source.read_at {
                Some(read) => { ", read " (ago(read, fleet.now)) }
                None => { ", not read yet" }
            }
            "."
        }
    }
}

/// Each tile counts what the list shows when one has chosen it; the rest of the filter stays.
fn counts(fleet: &Fleet, plans: &[PlanSummary], filter: &Filter) -> Markup {
    let rest = filter.of_any_health();
    let shown: Vec<_> = plans.iter().filter(|plan| rest.takes(plan)).collect();
    let of = |health: &str| shown.iter().filter(|plan| plan.health == health).count();
    let is_chosen = |health: &str| filter.health.eq_ignore_ascii_case(health).then_some("true");
    html! {
        section id="counts" aria-labelledby="counts-title" {
            h2 id="counts-title" class="hidden" { "Plans by health and phase" }
            ul class="tiles" {
                li { a class="tile" href=(filter.address(Some(""))) aria-current=[is_chosen("")] { strong { (shown.len()) } span { @if shown.len() == 1 { "plan" } @else { "plans" } } } }
                @for health in HEALTHS {
                    li {
                        a class={ "tile" @if of(health) == 0 { " none" } } href=(filter.address(Some(health))) aria-current=[is_chosen(health)] {
                            strong { (of(health)) }
                            (mark(Shape::of_health(health), &words::words(health)))
                        }
                    }
                }
            }
            details class="matrix" id="matrix" { summary { "By phase and health" } (matrix(&fleet.counts)) }
        }
    }
}

fn matrix(counts: &[Count]) -> Markup {
    let count = |phase: &str, health: &str| {
        counts
            .iter()
            .find(|c| c.phase == phase && c.health == health)
            .map_or(0, |c| c.plans)
    };
    html! {
        div class="scroll" tabindex="0" role="region" aria-label="Plans by phase and health" {
            table {
                thead { tr { th scope="col" { "Phase" } @for health in HEALTHS { th scope="col" class="figure" { (words::words(health)) } } } }
                tbody {
                    @for phase in PHASES.into_iter().filter(|p| counts.iter().any(|c| c.phase == *p)) {
                        tr {
                            th scope="row" { (words::words(phase)) }
                            @for health in HEALTHS {
                                td class="figure" {
                                    @match count(phase, health) {
                                        0 => { span class="muted" { "0" } }
                                        n => { a href={ "/?phase=" (phase) "&health=" (health) } { (n) } }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn needs_you(list: &[NeedsYou], fleet: &Fleet) -> Markup {
    html! {
        section id="needs-you" class={ "needs-you" @if list.is_empty() { " nobody" } } aria-labelledby="needs-you-title" {
            h2 id="needs-you-title" { "Needs you" @if !list.is_empty() { " (" (list.len()) ")" } }
            @if list.is_empty() {
                p class="muted" { "Nothing waits for a person." }
            } @else {
                ul {
                    @for item in list {
                        li id={ "needs-" (item.plan) } {
                            (bare(Shape::Person))
                            div {
                                a href={ "/plans/" (item.plan) } { (item.plan) }
                                span class="muted" {
                                    " · " (words::words(&item.waiting_on))
                                    @if let Some(since) = item.since { " · since " (ago(since, fleet.now)) }
                                }
                                p { (item.sentence) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Mistakes with line and caret.
pub(super) fn mistakes(mistakes: &[Mistake]) -> Markup {
    html! {
        @if !mistakes.is_empty() {
            section id="mistakes" class="mistakes" aria-labelledby="mistakes-title" {
                h2 id="mistakes-title" { (bare(Shape::Bad)) "Mistakes in plan files (" (mistakes.len()) ")" }
                @for mistake in mistakes {
                    pre tabindex="0" aria-label={ (mistake.file) ", line " (mistake.line) } { code { (mistake.rendered) } }
                }
            }
        }
    }
}

fn table(plans: &[PlanSummary], filter: &Filter, fleet: &Fleet) -> Markup {
    let shown: Vec<_> = plans.iter().filter(|p| filter.takes(p)).collect();
    html! {
        div id="plans" {
            @if plans.is_empty() {
                p class="empty" { "There are no plans yet. Commit one to the source above; " code { "sixshift init" } " writes it." }
            } @else if shown.is_empty() {
                p class="empty" { "No plan is like that." }
            } @else {
                table class="plans cards" role="table" {
                    thead role="rowgroup" {
                        tr role="row" {
                            th role="columnheader" scope="col" { "Plan" }
                            th role="columnheader" scope="col" { "Health" }
                            th role="columnheader" scope="col" { "Share on IPv6" small { "desired · applied · observed · effective" } }
                            th role="columnheader" scope="col" { "Evidence" }
                            th role="columnheader" scope="col" { "Where it stands" }
                        }
                    }
                    tbody role="rowgroup" { @for plan in shown { (row(plan, fleet)) } }
                }
            }
        }
    }
}

fn row(plan: &PlanSummary, fleet: &Fleet) -> Markup {
    html! {
        tr role="row" id={ "plan-" (plan.name) } {
            th role="rowheader" scope="row" {
                a href={ "/plans/" (plan.name) } { (plan.name) }
                small { (plan.service) }
                (labels(&plan.labels))
            }
            td role="cell" data-label="Health" {
                (mark(Shape::of_health(&plan.health), &words::words(&plan.health)))
                small { (words::words(&plan.phase)) (step(plan)) }
                (standing(plan))
            }
            td role="cell" data-label="Share on IPv6" class="share" {
                (marks::share_bar(&plan.shares))
                (four(plan))
            }
            td role="cell" data-label="Evidence" { (verdict(plan.verdict.as_deref())) }
            td role="cell" data-label="Where it stands" class="sentence" {
                (plan.sentence)
                @if let Some(since) = plan.waiting_since { small { "since " (ago(since, fleet.now)) } }
            }
        }
    }
}

fn four(plan: &PlanSummary) -> Markup {
    let shares = [
        plan.shares.desired,
        plan.shares.applied,
        plan.shares.observed,
        plan.shares.effective,
    ];
    let text: Vec<_> = shares
        .map(|s| s.map_or_else(|| words::UNKNOWN.to_owned(), words::number))
        .to_vec();
    html! { span class="four" title=(marks::four(&plan.shares)) { (text.join(" · ")) " %" } }
}

fn step(plan: &PlanSummary) -> Markup {
    html! {
        @if let Some(step) = plan.step { ", step " (step) " of " (plan.steps) }
    }
}

/// A verdict, or that there is none.
pub(super) fn verdict(verdict: Option<&str>) -> Markup {
    html! {
        @match verdict {
            Some(verdict) => (mark(Shape::of_verdict(verdict), &words::words(verdict))),
            None => span class="muted" { "none yet" },
        }
    }
}

/// Only where the source says something else than what runs.
pub(super) fn standing(plan: &PlanSummary) -> Markup {
    html! {
        @match plan.standing.as_str() {
            "Invalid" => { small class="standing" { (mark(Shape::Bad, "Newest text is broken")) } }
            "Vanished" => { small class="standing" { (mark(Shape::Person, "Gone from its source")) } }
            _ => {}
        }
    }
}

/// Labels as links that filter by them.
pub(super) fn labels(labels: &BTreeMap<String, String>) -> Markup {
    html! {
        @if !labels.is_empty() {
            ul class="labels" aria-label="Labels" {
                @for (key, value) in labels {
                    li { a href={ "/?label=" (escaped(key)) "%3D" (escaped(value)) } { (key) "=" (value) } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::fixture;

    fn shown(filter: &Filter, visitor: &Visitor) -> String {
        let plans = fixture::plans();
        page(Shown {
            fleet: &fixture::fleet(),
            plans: &plans,
            events: &fixture::events(),
            filter,
            visitor,
            draft: None,
        })
        .into_string()
    }

    #[test]
    fn what_needs_a_person_comes_before_the_table() {
        let page = shown(&Filter::default(), &fixture::operator());
        let needs = page.find(r#"id="needs-you""#).expect("the list");
        let table = page.find(r#"id="plans""#).expect("the table");
        assert!(needs < table);
        assert!(page.contains("waits for approval of step 3"), "{page}");
    }

    #[test]
    fn a_tile_counts_what_the_list_shows_when_one_chooses_it() {
        let all = fixture::plans();
        let filter = Filter {
            q: "checkout".to_owned(),
            ..Filter::default()
        };
        for health in HEALTHS {
            let chosen = Filter {
                health: health.to_owned(),
                ..filter.clone()
            };
            let many = all.iter().filter(|plan| chosen.takes(plan)).count();
            let page = shown(&filter, &fixture::operator());
            let (_, tile) = page
                .split_once(&format!("/?q=checkout&amp;health={health}\""))
                .expect("its tile");
            assert!(
                tile.split_once("</strong>")
                    .unwrap()
                    .0
                    .ends_with(&format!("<strong>{many}")),
                "{page}"
            );
        }
    }

    #[test]
    fn signing_in_leads_back_to_the_filter() {
        let filter = Filter {
            phase: "Shift".to_owned(),
            ..Filter::default()
        };
        let page = shown(&filter, &Visitor::default());
        assert_eq!(
            page.matches("/login?next=/%3Fphase%3DShift").count(),
            2,
            "{page}"
        );
    }

    #[test]
    fn a_row_has_the_four_shares_as_text() {
        let page = shown(&Filter::default(), &fixture::operator());
        assert!(page.contains("25 · 25 · 25 · 24.8 %"), "{page}");
        assert!(
            page.contains("desired 25 %, applied 25 %, observed 25 %, effective 24.8 %"),
            "{page}"
        );
    }

    #[test]
    fn a_filter_narrows_the_table_and_the_tiles() {
        let filter = Filter {
            q: "SEARCH".to_owned(),
            ..Filter::default()
        };
        let page = shown(&filter, &fixture::operator());
        assert!(page.contains(r#"id="plan-search""#), "{page}");
        assert!(!page.contains(r#"id="plan-checkout""#), "{page}");
        assert!(page.contains("<strong>1</strong><span>plan<"), "{page}");
    }

    #[test]
    fn what_people_wrote_cannot_become_markup() {
        let filter = Filter {
            q: "\"><script>alert(1)</script>".to_owned(),
            ..Filter::default()
        };
        let page = shown(&filter, &fixture::operator());
        assert!(!page.contains("<script>alert"), "{page}");
    }

    #[test]
    fn a_read_only_visitor_has_no_order_to_give() {
        let page = shown(&Filter::default(), &Visitor::default());
        assert!(!page.contains("/fleet/freeze"), "{page}");
        assert!(page.contains("you are not signed in"), "{page}");
    }

    #[test]
    fn a_broken_file_of_no_known_plan_is_shown_with_its_caret() {
        let page = shown(&Filter::default(), &Visitor::default());
        assert!(page.contains("^^^"), "{page}");
    }
}
