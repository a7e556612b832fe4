//! A page for what could not be shown or done.

use maud::{Markup, html};

use super::{
    layout::{self, Page, Visitor},
    marks::{Shape, bare},
};
use crate::model::{Fleet, Problem};

/// The page.
pub(super) fn page(problem: &Problem, fleet: &Fleet, visitor: &Visitor) -> Markup {
    let page = Page {
        title: "Not done · sixshift",
        here: "/",
        ..Page::default()
    };
    layout::frame(page, fleet, visitor, &words(problem))
}

/// The same for who may not read: nothing of the fleet is around it.
pub(super) fn bare_page(problem: &Problem) -> Markup {
    layout::bare_frame("Not done · sixshift", &words(problem))
}

fn words(problem: &Problem) -> Markup {
    html! {
        section class="login" {
            h1 { (problem.title) }
            p class="banner bad" role="alert" { (bare(Shape::Bad)) span { (problem.detail) "." } }
            p { (problem.remedy) }
            p { a href="/" { "To the fleet" } }
        }
    }
}
