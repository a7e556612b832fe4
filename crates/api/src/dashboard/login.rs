//! Signing in.
//!
//! What belongs here: the form. Which token is good is [`crate::auth`]'s word.

use maud::{Markup, html};

use super::{
    layout,
    marks::{Shape, bare},
};

/// The page; `next` is where to go afterwards.
pub(super) fn page(next: &str, refused: Option<&str>) -> Markup {
    let main = html! {
        section class="login" {
            h1 { "Sign in" }
            @if let Some(refused) = refused {
                p class="banner bad" role="alert" { (bare(Shape::Bad)) span { (refused) } }
            }
            form method="post" action="/login" {
                input type="hidden" name="next" value=(next);
                label for="token" { "Token" }
                input id="token" type="password" name="token" required autocomplete="current-password" autofocus;
                button class="main" { "Sign in" }
            }
            p class="muted" { "Tokens are in the daemon's settings, each with a name and a role: a viewer reads, an operator also gives orders." }
            p { a href="/" { "Back to the fleet" } }
        }
    };
    layout::bare_frame("Sign in · sixshift", &main)
}
