//! Marks that carry a state: shape, word and colour together, so that no state hangs on colour alone.
//!
//! What belongs here: small pieces that several pages use. SVG attributes instead of styles: the content policy has none.

use jiff::Timestamp;
use maud::{Markup, PreEscaped, html};

use super::words;
use crate::model::Shares;

/// The shapes. Their names are the classes that colour them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A tick in a circle.
    Ok,
    /// A ring that is under way.
    Moving,
    /// A diamond with a mark.
    Person,
    /// A triangle with a mark.
    Bad,
    /// A hollow, broken ring.
    Unknown,
    /// A hollow ring.
    Ahead,
}

impl Shape {
    pub(super) fn of_health(health: &str) -> Self {
        match health {
            "Complete" => Self::Ok,
            "Progressing" => Self::Moving,
            "NeedsPerson" => Self::Person,
            "Bad" => Self::Bad,
            _ => Self::Unknown,
        }
    }

    pub(super) fn of_verdict(verdict: &str) -> Self {
        match verdict {
            "Good" => Self::Ok,
            "Bad" => Self::Bad,
            "TooFew" => Self::Person,
            _ => Self::Unknown,
        }
    }

    /// A gate's or a node's.
    pub(super) fn of_state(state: &str) -> Self {
        match state {
            "open" | "ok" | "True" | "past" => Self::Ok,
            "closed" | "warn" | "aborted" => Self::Person,
            "bad" | "failed" => Self::Bad,
            "current" => Self::Moving,
            "ahead" | "False" => Self::Ahead,
            _ => Self::Unknown,
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Ok => "is-ok",
            Self::Moving => "is-moving",
            Self::Person => "is-person",
            Self::Bad => "is-bad",
            Self::Unknown => "is-unknown",
            Self::Ahead => "is-ahead",
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Ok => {
                r#"<circle cx="8" cy="8" r="7" fill="currentColor"/><path class="on" d="M4.6 8.3 7 10.7 11.6 5.6" fill="none" stroke-width="1.9"/>"#
            }
            Self::Moving => {
                r#"<circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="2"/><path d="M8 4v4l2.8 2" fill="none" stroke="currentColor" stroke-width="1.8"/>"#
            }
            Self::Person => {
                r#"<path d="M8 .6 15.4 8 8 15.4.6 8z" fill="currentColor"/><path class="on" d="M8 4.2v4.6M8 10.4v1.6" fill="none" stroke-width="1.9"/>"#
            }
            Self::Bad => {
                r#"<path d="M8 .8 15.7 14.8H.3z" fill="currentColor"/><path class="on" d="M8 5.4v4.6M8 11.4v1.6" fill="none" stroke-width="1.9"/>"#
            }
            Self::Unknown => {
                r#"<circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="2.6 2.1"/>"#
            }
            Self::Ahead => {
                r#"<circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="1.6"/>"#
            }
        }
    }
}

/// A shape with its word.
pub(super) fn mark(shape: Shape, word: &str) -> Markup {
    html! {
        span class={ "mark " (shape.class()) } { (bare(shape)) (word) }
    }
}

/// A shape alone, for places whose text says the state anyway.
pub(super) fn bare(shape: Shape) -> Markup {
    html! {
        svg class={ "shape " (shape.class()) } viewBox="0 0 16 16" aria-hidden="true" focusable="false" {
            (PreEscaped(shape.path()))
        }
    }
}

/// A time: its distance as text, the moment on hovering.
pub(super) fn ago(at: Timestamp, now: Timestamp) -> Markup {
    html! {
        time datetime=(words::machine(at)) title=(words::moment(at)) { (words::relative(at, now)) }
    }
}

/// A moment, with its distance on hovering.
pub(super) fn moment(at: Timestamp, now: Timestamp) -> Markup {
    html! {
        time datetime=(words::machine(at)) title=(words::relative(at, now)) { (words::moment(at)) }
    }
}

/// The four shares as a sentence.
pub(super) fn four(shares: &Shares) -> String {
    format!(
        "desired {}, applied {}, observed {}, effective {}",
        words::share(shares.desired),
        words::share(shares.applied),
        words::share(shares.observed),
        words::share(shares.effective)
    )
}

/// A bar of what was read back, with a tick at what is wanted.
pub(super) fn share_bar(shares: &Shares) -> Markup {
    let filled = shares.observed.unwrap_or(0.0).clamp(0.0, 100.0);
    let wanted = shares.desired.map(|d| d.clamp(0.0, 100.0));
    let title = four(shares);
    html! {
        svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label=(title) {
            title { (title) }
            rect class="bar-ground" width="100" height="10" {}
            rect class="bar-fill" width=(filled) height="10" {}
            @if let Some(wanted) = wanted {
                rect class="bar-tick" x=((wanted - 1.0).max(0.0)) width="1" height="10" {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_health_has_a_shape_of_its_own() {
        let healths = ["Complete", "Progressing", "NeedsPerson", "Bad", "Unknown"];
        let mut drawn: Vec<_> = healths.map(|h| Shape::of_health(h).path()).to_vec();
        drawn.sort_unstable();
        drawn.dedup();
        assert_eq!(drawn.len(), healths.len());
    }

    #[test]
    fn a_share_that_is_not_known_draws_an_empty_bar_and_says_so() {
        let text = share_bar(&Shares::default()).into_string();
        assert!(text.contains("observed –"), "{text}");
        assert!(text.contains(r#"class="bar-fill" width="0""#), "{text}");
        assert!(!text.contains("bar-tick"), "{text}");
    }
}
