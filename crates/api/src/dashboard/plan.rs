//! The plan page: the sentence, then what it rests on.
//!
//! What belongs here: the page as a pure function of the model, and the sections that are short.

use jiff::Timestamp;
use maud::{Markup, html};

use super::{
    back, chart, events, fleet as fleet_page, gates,
    layout::{self, Page, Visitor},
    marks::{self, Shape, ago, bare, mark, moment},
    order::{self, Draft, Target},
    tree, words,
};
use crate::{
    model::{self, Event, FirstLines, Fleet, Offer, Plan, Step, Way},
    view::Window,
};

/// All that the page shows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown<'a> {
    pub(super) fleet: &'a Fleet,
    pub(super) plan: &'a Plan,
    pub(super) window: Window,
    pub(super) events: &'a model::Page<Event>,
    pub(super) visitor: &'a Visitor,
    pub(super) draft: Option<&'a Draft>,
}

/// The page.
pub(super) fn page(shown: Shown<'_>) -> Markup {
    let Shown {
        fleet,
        plan,
        visitor,
        ..
    } = shown;
    let now = fleet.now;
    let name = &plan.summary.name;
    let here = format!("/plans/{name}");
    let next = next_share(plan);
    let first = first_order(plan).filter(|_| visitor.operator && !fleet.read_only);
    let target = Target {
        name,
        action: &here,
        here: &here,
        revision: plan.summary.revision.as_deref(),
        gate: plan.gate.as_deref(),
        next: Some(&next),
        first: first.map(|offer| offer.verb.as_str()),
        draft: shown.draft,
    };
    let main = html! {
        nav class="path" aria-label="Where you are" { a href="/" { "Fleet" } " / " span aria-current="page" { (name) } }
        (heading(plan, now))
        @if let Some(offer) = first { (order::first(target, offer, visitor)) }
        (fleet_page::mistakes(&plan.mistakes))
        div class="columns" {
            div class="wide" {
                (ladder(plan))
                @if let Some(rollback) = &plan.rolled_back { (back::section(rollback, plan, now)) }
                (chart::section(name, &plan.chart, shown.window))
                (gates::gates(&plan.gates, now))
                @if let Some(lines) = &plan.first_lines { (first_lines(lines)) }
            }
            div class="side" {
                (shares(plan))
                (orders(shown, target))
            }
        }
        section id="tree" aria-labelledby="tree-title" {
            h2 id="tree-title" { "In AWS" }
            (tree::tree(&plan.tree))
        }
        (gates::conditions(&plan.conditions, now))
        section aria-labelledby="events-title" {
            h2 id="events-title" { "Events and orders" }
            (events::list(&shown.events.items, now, false))
            p class="more" { a href={ "/plans/" (name) "/events" } { "All events" } }
        }
        (text(plan, now))
    };
    let title = format!("{name} · sixshift");
    // Signing in leads back to the window, too.
    let back = format!("{here}?window={}", shown.window.word());
    let back = if shown.window == Window::USUAL {
        &here
    } else {
        &back
    };
    layout::frame(
        Page {
            title: &title,
            here: back,
            stream: Some(name),
            chart: true,
            ..Page::default()
        },
        fleet,
        visitor,
        &main,
    )
}

fn heading(plan: &Plan, now: Timestamp) -> Markup {
    let summary = &plan.summary;
    html! {
        header class="plan-head" {
            div class="plan-name" {
                h1 { (summary.name) }
                span class="muted" { (summary.service) }
                (fleet_page::labels(&summary.labels))
            }
            p class="state" {
                (mark(Shape::of_health(&summary.health), &words::words(&summary.health)))
                span class="phase" { (words::words(&summary.phase)) }
                @if let Some(step) = summary.step { span { "Step " (step) " of " (summary.steps) } }
                @if let Some(verdict) = &summary.verdict {
                    span { "Evidence: " (fleet_page::verdict(Some(verdict))) }
                }
                (fleet_page::standing(summary))
            }
            p id="sentence" class="sentence" role="status" aria-live="polite" { (summary.sentence) }
            @if let Some(told) = plan.way.as_ref().and_then(Way::told) {
                p class="muted way" { "It moves " (told) }
            }
            @if let Some(runbook) = &plan.runbook {
                p class="runbook" { a href=(runbook) { "Runbook: what it means, what to do, how to undo it" } }
            }
            p class="muted since" {
                @if let Some(since) = summary.waiting_since { "Waiting since " (moment(since, now)) ". " }
                @if let Some(at) = summary.at { "Looked at " (ago(at, now)) }
                @if let Some(next) = plan.look_at { ", again " (ago(next, now)) " at the latest" }
                "."
                @if plan.attempts > 0 {
                    " " strong { (plan.attempts) " failed " @if plan.attempts == 1 { "try" } @else { "tries" } " in a row." }
                }
            }
        }
    }
}

/// Anybody's words, so nothing of them is markup.
fn first_lines(told: &FirstLines) -> Markup {
    html! {
        section id="first-lines" aria-labelledby="first-lines-title" {
            h2 id="first-lines-title" { (told.title()) }
            @match told.none() {
                Some(why) => { p class="muted" { (why) "." } }
                None => { pre tabindex="0" role="region" aria-labelledby="first-lines-title" { (told.lines.join("\n")) } }
            }
        }
    }
}

fn shares(plan: &Plan) -> Markup {
    let s = &plan.summary.shares;
    let rows = [
        ("Desired", s.desired, "what the plan wants now"),
        ("Applied", s.applied, "what the API accepted"),
        ("Observed", s.observed, "what was read back"),
        ("Effective", s.effective, "what was measured"),
    ];
    html! {
        section id="shares" aria-labelledby="shares-title" {
            h2 id="shares-title" { "Share on IPv6" }
            (marks::share_bar(s))
            dl class="shares" {
                @for (name, share, meaning) in rows {
                    div { dt { (name) } dd { strong { (words::share(share)) } small { (meaning) } } }
                }
            }
        }
    }
}

fn ladder(plan: &Plan) -> Markup {
    html! {
        section id="ladder" aria-labelledby="ladder-title" {
            h2 id="ladder-title" { "Steps" }
            @if plan.steps.is_empty() {
                p class="muted" { "No text of this plan was ever good." }
            } @else {
                ol class="ladder" { @for step in &plan.steps { (rung(step)) } }
            }
        }
    }
}

fn rung(step: &Step) -> Markup {
    html! {
        li class={ "rung " (step.state) } aria-current=[(step.state == "current").then_some("step")] {
            (bare(Shape::of_state(&step.state)))
            strong { (words::percent(step.weight)) }
            small { (rung_word(step)) }
            @if let (Some(proven), true) = (step.proven_seconds, step.hold_seconds > 0) {
                progress max=(step.hold_seconds) value=(proven.min(step.hold_seconds))
                    aria-label={ "proven good for " (words::seconds(proven)) " of " (words::seconds(step.hold_seconds)) } {}
            }
            @if step.approval { small class="approval" { "then a person approves" } }
            @if let Some(host) = &step.webhook { small class="approval" { "then " (host) " is asked" } }
        }
    }
}

fn rung_word(step: &Step) -> String {
    let hold = words::seconds(step.hold_seconds);
    match (step.state.as_str(), step.proven_seconds) {
        ("past", _) => "passed".to_owned(),
        ("failed", _) => "failed: judged bad here".to_owned(),
        ("aborted", _) => "taken back from here, by order".to_owned(),
        ("current", Some(proven)) if step.hold_seconds > 0 => {
            format!("{} of {hold} good", words::seconds(proven))
        }
        (_, _) if step.hold_seconds > 0 => format!("hold {hold}"),
        _ => "then the bake".to_owned(),
    }
}

/// The order that what is waited for asks for, where it would be taken now.
fn first_order(plan: &Plan) -> Option<&Offer> {
    let verb = match plan.summary.waiting_on.as_deref()? {
        "Approval" | "Webhook" => "approve",
        "RolledBack" => "retry",
        "JournalLost" => "adopt",
        "Paused" => "resume",
        _ => return None,
    };
    let taken = plan.commands.iter().filter(|offer| offer.refused.is_none());
    taken.into_iter().find(|offer| offer.verb == verb)
}

fn orders(shown: Shown<'_>, target: Target<'_>) -> Markup {
    let plan = shown.plan;
    html! {
        section id="orders" aria-labelledby="orders-title" {
            h2 id="orders-title" { "Orders" }
            (standing(plan, shown.fleet.now))
            (order::offers(target, &plan.commands, shown.visitor, shown.fleet))
        }
    }
}

/// How far a promotion goes first of all: the plan's next step; all the way where IPv6 has everything for now.
fn next_share(plan: &Plan) -> String {
    let ahead = plan.steps.iter().find(|step| step.state == "ahead");
    let is_refuge = plan.summary.waiting_on.as_deref() == Some("Emptied");
    let next = ahead.filter(|_| !is_refuge).map_or(100.0, |s| s.weight);
    format!("{next}%")
}

/// What people ordered and still holds.
fn standing(plan: &Plan, now: Timestamp) -> Markup {
    html! {
        @if !plan.orders.is_empty() {
            ul class="standing-orders" aria-label="Orders that stand" {
                @for order in &plan.orders {
                    li {
                        strong { (order.what) }
                        @if let Some(by) = &order.by { " by " (by) }
                        @if let Some(at) = order.at { ", " (ago(at, now)) }
                        @if let Some(reason) = &order.reason { ": " q { (reason) } }
                    }
                }
            }
        }
    }
}

fn text(plan: &Plan, now: Timestamp) -> Markup {
    let origin = &plan.origin;
    html! {
        section id="text" aria-labelledby="text-title" {
            h2 id="text-title" { "The plan" }
            p class="muted" {
                code { (origin.file) ":" (origin.line) }
                @if let Some(commit) = &origin.commit { ", commit " code title=(commit) { (words::commit(commit)) } }
                @if let Some(date) = origin.author_date { ", made " (moment(date, now)) }
                @if let Some(revision) = &plan.summary.revision { ", revision " code { (revision) } }
                "."
            }
            @if let Some(yaml) = &plan.yaml {
                details id="yaml" {
                    summary { "YAML of the revision that runs" }
                    pre tabindex="0" aria-label="YAML" { code { (yaml) } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::fixture;

    fn shown(plan: &Plan, visitor: &Visitor) -> String {
        page(Shown {
            fleet: &fixture::fleet(),
            plan,
            window: Window::USUAL,
            events: &model::Page {
                items: fixture::events(),
                next: None,
            },
            visitor,
            draft: None,
        })
        .into_string()
    }

    #[test]
    fn the_sentence_comes_first_and_is_announced_when_it_changes() {
        let page = shown(&fixture::plan(), &fixture::operator());
        assert!(
            page.contains(r#"id="sentence" class="sentence" role="status" aria-live="polite""#),
            "{page}"
        );
        assert!(
            page.find("At 25 %, shifting") < page.find(r#"id="ladder""#),
            "{page}"
        );
    }

    #[test]
    fn the_order_that_the_wait_asks_for_stands_under_the_sentence_with_the_focus_in_its_reason() {
        let mut plan = fixture::plan();
        plan.summary.waiting_on = Some("Approval".to_owned());
        let page = shown(&plan, &fixture::operator());
        let order = page.find(r#"id="order-approve""#).expect("the order");
        assert!(page.find(r#"id="sentence""#) < Some(order), "{page}");
        assert!(Some(order) < page.find(r#"id="ladder""#), "{page}");
        assert_eq!(page.matches(r#"id="order-approve""#).count(), 1, "{page}");
        assert_eq!(page.matches(" autofocus").count(), 1, "{page}");
        plan.summary.waiting_on = Some("Hold".to_owned());
        let page = shown(&plan, &fixture::operator());
        assert!(!page.contains(" autofocus"), "{page}");
    }

    #[test]
    fn a_way_that_the_service_told_is_said_with_its_reason_and_no_other_is() {
        let mut plan = fixture::plan();
        let html = |plan: &Plan| shown(plan, &fixture::viewer());
        assert!(!html(&plan).contains("It moves via"));
        plan.way = Some(Way {
            via: Some("nlb".to_owned()),
            chosen_by: "service".to_owned(),
            why: "load balancer edge leads by rules".to_owned(),
        });
        let told = "It moves via nlb: load balancer edge leads by rules.";
        assert!(html(&plan).contains(told));
    }

    #[test]
    fn the_runbook_stands_under_the_sentence_where_a_person_is_needed() {
        let plan = fixture::plan();
        let url = plan.runbook.clone().expect("it waits for an approval");
        let page = shown(&plan, &fixture::viewer());
        let link = page.find(&format!(r#"<a href="{url}">Runbook"#));
        assert!(link.is_some(), "{page}");
        assert!(page.find(r#"id="sentence""#) < link, "{page}");
        assert!(link < page.find(r#"id="ladder""#), "{page}");
        let calm = Plan {
            runbook: None,
            ..plan
        };
        assert!(!shown(&calm, &fixture::viewer()).contains("Runbook"));
    }

    #[test]
    fn what_a_task_wrote_first_is_shown_as_it_is_or_why_it_is_not() {
        let mut plan = fixture::plan();
        let page = |plan: &Plan| shown(plan, &fixture::viewer());
        assert!(!page(&plan).contains("first-lines"));
        let told = FirstLines {
            task: "4a1b".to_owned(),
            container: Some("app".to_owned()),
            lines: vec!["<b>ready</b>".to_owned(), "listening".to_owned()],
            unread: None,
        };
        plan.first_lines = Some(told.clone());
        let html = page(&plan);
        assert!(
            html.contains("First lines of task 4a1b, container app"),
            "{html}"
        );
        assert!(
            html.contains("&lt;b&gt;ready&lt;/b&gt;\nlistening"),
            "{html}"
        );
        plan.first_lines = Some(FirstLines {
            lines: Vec::new(),
            unread: Some("container app has no log driver".to_owned()),
            ..told
        });
        assert!(page(&plan).contains("Not read: container app has no log driver."));
    }

    #[test]
    fn signing_in_leads_back_to_the_window_that_was_looked_at() {
        let page = |word: &str| {
            let shown = Shown {
                fleet: &fixture::fleet(),
                plan: &fixture::plan(),
                window: Window::named(word).expect("a window"),
                events: &model::Page {
                    items: Vec::new(),
                    next: None,
                },
                visitor: &Visitor::default(),
                draft: None,
            };
            page(shown).into_string()
        };
        let back = crate::auth::log_in_at("/plans/checkout?window=3h");
        assert!(page("3h").contains(&format!("href=\"{back}\"")), "{back}");
        assert!(!page("1h").contains(&back));
    }

    #[test]
    fn a_step_that_failed_is_marked_as_such_and_what_comes_after_it_is_ahead() {
        let page = shown(&fixture::rolled_back(), &fixture::operator());
        assert!(page.contains(r#"class="rung failed""#), "{page}");
        assert!(page.contains("failed: judged bad here"), "{page}");
        assert_eq!(page.matches(r#"class="rung ahead""#).count(), 1, "{page}");
        assert!(page.find(r#"id="ladder""#) < page.find(r#"id="rollback""#));
    }

    #[test]
    fn the_current_step_shows_how_much_is_proven() {
        let page = shown(&fixture::plan(), &fixture::operator());
        assert!(page.contains("10 m of 10 m good"), "{page}");
        assert!(page.contains(r#"aria-current="step""#), "{page}");
    }

    #[test]
    fn a_gate_that_is_closed_says_what_opens_it() {
        let page = shown(&fixture::plan(), &fixture::operator());
        assert!(page.contains("sixshift approve checkout"), "{page}");
    }

    #[test]
    fn the_whole_page_is_under_150_kb_with_its_files_as_they_are() {
        let page = shown(&fixture::plan(), &fixture::operator());
        assert!(page.len() < 55_000, "{} bytes", page.len());
    }

    #[test]
    fn no_script_and_no_style_is_inline() {
        let page = shown(&fixture::plan(), &fixture::operator());
        assert!(
            !page.contains("<style") && !page.contains(" style=") && !page.contains(" onclick="),
            "{page}"
        );
        assert_eq!(
            page.matches("<script").count(),
            page.matches("<script defer src=").count()
        );
    }

    #[test]
    fn a_viewer_has_no_form_but_the_one_to_sign_out() {
        let page = shown(&fixture::plan(), &fixture::viewer());
        assert_eq!(page.matches("<form").count(), 1, "{page}");
        assert!(page.contains(r#"action="/logout""#));
    }

    #[test]
    fn a_plan_that_was_never_good_still_has_a_page() {
        let plan = Plan {
            steps: Vec::new(),
            yaml: None,
            gates: Vec::new(),
            ..fixture::plan()
        };
        let page = shown(&plan, &fixture::operator());
        assert!(
            page.contains("No text of this plan was ever good."),
            "{page}"
        );
    }
}
