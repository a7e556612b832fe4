//! The fleet page: how many stand where, who is waited for, every plan in a line.
//!
//! What belongs here: the page as a pure function of the model.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::{
    events,
    layout::{self, Page, Visitor},
    marks::{self, Shape, ago, bare, mark, moment},
    order::{self, Draft, Target},
    words,
};
use crate::model::{Count, Event, Fleet, HEALTHS, Mistake, NeedsYou, PHASES, PlanSummary, Source};

/// What the page is narrowed to; empty: nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Filter {
    /// Part of a name, a service, a label or a sentence.
    pub(super) q: String,
    /// As in [`PlanSummary::phase`].
    pub(super) phase: String,
    /// As in [`PlanSummary::health`].
    pub(super) health: String,
    /// `key=value`, or a key.
    pub(super) label: String,
}

impl Filter {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What is asked for and does not exist: a page that passed it over would show too much.
    pub(super) fn unknown(&self) -> Option<String> {
        let asked = [
            ("phase", &self.phase, &PHASES[..]),
            ("health", &self.health, &HEALTHS[..]),
        ];
        let is = |word: &&str, value: &str| word.eq_ignore_ascii_case(value);
        let wrong = asked
            .into_iter()
            .find(|(_, v, words)| !v.is_empty() && !words.iter().any(|w| is(w, v)));
        wrong.map(|(key, value, _)| format!("{value:?} is no {key}"))
    }

    /// Whether a plan is shown.
    pub(super) fn takes(&self, plan: &PlanSummary) -> bool {
        let is =
            |wanted: &str, value: &str| wanted.is_empty() || wanted.eq_ignore_ascii_case(value);
        is(&self.phase, &plan.phase)
            && is(&self.health, &plan.health)
            && self.takes_labels(&plan.labels)
            && self.finds(plan)
    }

    fn takes_labels(&self, labels: &BTreeMap<String, String>) -> bool {
        match self.label.split_once('=') {
            _ if self.label.is_empty() => true,
            Some((key, value)) => labels.get(key.trim()).is_some_and(|v| v == value.trim()),
            None => labels.contains_key(self.label.trim()),
        }
    }

    fn finds(&self, plan: &PlanSummary) -> bool {
        let sought = self.q.trim().to_lowercase();
        let labels = plan.labels.iter().map(|(k, v)| format!("{k}={v}"));
        let mut texts = [&plan.name, &plan.service, &plan.sentence]
            .into_iter()
            .cloned()
            .chain(labels);
        sought.is_empty() || texts.any(|text| text.to_lowercase().contains(&sought))
    }
}

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
    let main = html! {
        h1 { "Fleet" }
        (source(&fleet.source, fleet))
        (counts(fleet))
        div class="columns" {
            (needs_you(&fleet.needs_you, fleet))
            section id="orders" aria-labelledby="orders-title" {
                h2 id="orders-title" { "The whole fleet" }
                (order::offers(target(shown.draft), &fleet.commands, visitor, fleet))
            }
        }
        (mistakes(&fleet.source.mistakes))
        section aria-labelledby="plans-title" {
            h2 id="plans-title" { "Plans" }
            (filters(filter, plans))
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
        stream: Some(""),
        chart: false,
    };
    layout::frame(page, fleet, visitor, &main)
}

fn target(draft: Option<&Draft>) -> Target<'_> {
    Target {
        name: "the fleet",
        action: "/fleet",
        revision: None,
        gate: None,
        next: None,
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

fn counts(fleet: &Fleet) -> Markup {
    let of = |health: &str| -> usize {
        fleet
            .counts
            .iter()
            .filter(|c| c.health == health)
            .map(|c| c.plans)
            .sum()
    };
    html! {
        section id="counts" aria-labelledby="counts-title" {
            h2 id="counts-title" class="hidden" { "Plans by health and phase" }
            ul class="tiles" {
                li { a class="tile" href="/" { strong { (fleet.plans) } span { @if fleet.plans == 1 { "plan" } @else { "plans" } } } }
                @for health in HEALTHS {
                    li {
                        a class={ "tile" @if of(health) == 0 { " none" } } href={ "/?health=" (health) } {
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

fn filters(filter: &Filter, plans: &[PlanSummary]) -> Markup {
    let shown = plans.iter().filter(|p| filter.takes(p)).count();
    html! {
        form id="filter" class="filter" method="get" action="/" role="search" {
            label { span { "Find" } input type="search" name="q" value=(filter.q) placeholder="name, service, label" autocomplete="off"; }
            label { span { "Phase" } (choice("phase", &PHASES, &filter.phase)) }
            label { span { "Health" } (choice("health", &HEALTHS, &filter.health)) }
            label { span { "Label" } input type="text" name="label" value=(filter.label) placeholder="team=payments" autocomplete="off"; }
            // The script filters while one types: then there is nothing to press.
            button class="without-script" { "Filter" }
            p id="filtered" role="status" {
                (shown) " of " (plans.len())
                @if !filter.is_empty() { " · " a href="/" { "Show all" } }
            }
        }
    }
}

fn choice(name: &str, options: &[&str], chosen: &str) -> Markup {
    html! {
        select name=(name) {
            option value="" { "any" }
            @for option in options {
                option value=(option) selected[option.eq_ignore_ascii_case(chosen)] { (words::words(option)) }
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
        @if let Some(step) = plan.step { ", step " (step + 1) " of " (plan.steps) }
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

/// For a query.
fn escaped(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
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
    fn a_row_has_the_four_shares_as_text() {
        let page = shown(&Filter::default(), &fixture::operator());
        assert!(page.contains("25 · 25 · 25 · 24.8 %"), "{page}");
        assert!(
            page.contains("desired 25 %, applied 25 %, observed 25 %, effective 24.8 %"),
            "{page}"
        );
    }

    #[test]
    fn filters_narrow_the_table_and_not_the_counts() {
        let filter = Filter {
            q: "SEARCH".to_owned(),
            ..Filter::default()
        };
        let page = shown(&filter, &fixture::operator());
        assert!(page.contains(r#"id="plan-search""#), "{page}");
        assert!(!page.contains(r#"id="plan-checkout""#), "{page}");
        assert!(page.contains("<strong>4</strong><span>plans"), "{page}");
    }

    #[test]
    fn a_label_filters_by_key_or_by_pair() {
        let plan = &fixture::plans()[0];
        let takes = |label: &str| {
            Filter {
                label: label.to_owned(),
                ..Filter::default()
            }
            .takes(plan)
        };
        assert!(takes("team") && takes("team=payments"));
        assert!(!takes("team=search") && !takes("tier"));
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
