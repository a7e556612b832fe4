//! A page for what could not be shown or done.

use maud::{Markup, html};

use super::{
    layout::{self, Page, Visitor},
    marks::{Shape, bare},
};
use crate::model::{Fleet, Problem};

/// The page.
pub(super) fn page(problem: &Problem, fleet: &Fleet, visitor: &Visitor) -> Markup {
    let main = html! {
        section class="login" {
            h1 { "That did not work" }
            p class="banner bad" role="alert" { (bare(Shape::Bad)) span { (problem.message) "." } }
            p { (problem.remedy) }
            p { a href="/" { "To the fleet" } }
        }
    };
    let page = Page {
        title: "Not done · sixshift",
        stream: None,
        chart: false,
    };
    layout::frame(page, fleet, visitor, &main)
}
