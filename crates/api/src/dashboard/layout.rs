//! What every page has: head, header, footer, and the banners between them.
//!
//! What belongs here: the frame around a page, and what is true on all of them: who looks.

use maud::{DOCTYPE, Markup, html};

use super::{
    assets::{self, Asset},
    banners,
    marks::{Shape, bare},
    words,
};
use crate::{auth::log_in_at, model::Fleet};

/// Who looks at the page, and what that person may do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Visitor {
    /// The name on the token; `None`: not signed in.
    pub(super) name: Option<String>,
    /// Whether orders are taken from this visitor.
    pub(super) operator: bool,
    /// What every form has to bring back.
    pub(super) csrf: String,
}

impl Visitor {
    /// Why there are no buttons; `None`: there are.
    pub(super) fn why_read_only(&self, fleet: &Fleet) -> Option<&'static str> {
        match self {
            _ if fleet.read_only => Some(
                "Read only: this daemon has no operator token in its settings, so nobody can give orders.",
            ),
            Self { operator: true, .. } => None,
            Self { name: Some(_), .. } => Some(
                "Read only: your token has the role viewer. Orders need one with the role operator.",
            ),
            Self { name: None, .. } => {
                Some("Read only: you are not signed in. Orders need an operator's token.")
            }
        }
    }
}

/// Which page it is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Page<'a> {
    /// The browser's title.
    pub(super) title: &'a str,
    /// What the page listens to: `Some("")` the whole fleet, a name one plan, `None` nothing.
    pub(super) stream: Option<&'a str>,
    /// Which news of that change the page; `None`: all.
    pub(super) heeds: Option<&'static str>,
    /// Where it is: signing in leads back here.
    pub(super) here: &'a str,
    /// Whether it draws charts.
    pub(super) chart: bool,
}

/// The frame.
pub(super) fn frame(page: Page<'_>, fleet: &Fleet, visitor: &Visitor, main: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(page, banners::word(fleet)))
            body data-stream=[page.stream.map(stream)] data-heeds=[page.heeds.filter(|_| page.stream.is_some())] {
                a class="skip" href="#main" { "Skip to the content" }
                (header(page, visitor))
                // Many scroll by themselves: the keyboard must reach them.
                @let tabindex = banners::word(fleet).map(|_| "0");
                div id="alarms" role="region" aria-label="Alarms" tabindex=[tabindex] { (banners::alarms(fleet)) }
                @if page.stream.is_some() {
                    // Only the script can know.
                    p id="lost" class="banner bad" role="alert" hidden { (bare(Shape::Bad)) span {} }
                }
                div id="banners" { (banners::notes(fleet, visitor)) }
                main id="main" tabindex="-1" { (main) }
                footer {
                    span { "sixshift " (fleet.version) }
                    span { "As of " time datetime=(words::machine(fleet.now)) { (words::moment(fleet.now)) } }
                    nav aria-label="For machines" {
                        a href="/api/v1/openapi.json" { "API" } " "
                        a href="/metrics" { "Metrics" }
                    }
                }
            }
        }
    }
}

/// A page without a fleet: before anybody signed in.
pub(super) fn bare_frame(title: &str, main: &Markup) -> Markup {
    let page = Page {
        title,
        here: "/",
        ..Page::default()
    };
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(page, None))
            body {
                header class="top" { span class="brand" { (logo()) "sixshift" } }
                main id="main" { (main) }
            }
        }
    }
}

fn stream(plan: &str) -> String {
    match plan {
        "" => "/api/v1/stream".to_owned(),
        // Names of plans are DNS labels: nothing to escape.
        plan => format!("/api/v1/stream?plan={plan}"),
    }
}

/// `alarm`: what a tab among many says first.
fn head(page: Page<'_>, alarm: Option<&str>) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            title { @if let Some(alarm) = alarm { (alarm) " · " } (page.title) }
            link rel="icon" href=(assets::url(Asset::Icon)) type="image/svg+xml";
            @if page.chart {
                link rel="stylesheet" href=(assets::url(Asset::UplotStyle));
            }
            link rel="stylesheet" href=(assets::url(Asset::Style));
            @if page.chart {
                script defer src=(assets::url(Asset::Uplot)) {}
                script defer src=(assets::url(Asset::Chart)) {}
            }
            @if page.stream.is_some() {
                script defer src=(assets::url(Asset::Live)) {}
            }
        }
    }
}

fn logo() -> Markup {
    html! { img src=(assets::url(Asset::Icon)) alt="" width="20" height="20"; }
}

fn header(page: Page<'_>, visitor: &Visitor) -> Markup {
    html! {
        header class="top" {
            a class="brand" href="/" { (logo()) "sixshift" }
            @if page.stream.is_some() {
                // The script fills it; without one the page is as old as it says at its end.
                span id="live" class="live" role="status" data-keep {}
            }
            @match &visitor.name {
                Some(name) => {
                    span class="who" { (name) small { @if visitor.operator { "operator" } @else { "viewer" } } }
                    form method="post" action="/logout" {
                        input type="hidden" name="csrf" value=(visitor.csrf);
                        button class="quiet" { "Sign out" }
                    }
                }
                None => { a class="who" href=(log_in_at(page.here)) { "Sign in" } }
            }
        }
    }
}
