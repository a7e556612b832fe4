//! Orders as plain forms: a person opens one, reads what it does, says why, and confirms.
//!
//! What belongs here: forms. Whether an order would be taken is the offer's word; whether it is, the daemon's.

use maud::{Markup, html};
use sixshift_controller::command::LONGEST_REASON;

use super::{
    layout::Visitor,
    marks::{Shape, bare},
};
use crate::{
    auth::log_in_at,
    model::{Fleet, Offer},
};

/// What the orders are given to, as the person sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'a> {
    /// As in `checkout` or `the fleet`.
    pub(super) name: &'a str,
    /// Where forms go: the verb is put after it.
    pub(super) action: &'a str,
    /// The page that the person looks at.
    pub(super) here: &'a str,
    /// The revision that is looked at.
    pub(super) revision: Option<&'a str>,
    /// The gate that is waited at.
    pub(super) gate: Option<&'a str>,
    /// The order that stands elsewhere on the page, under the sentence.
    pub(super) first: Option<&'a str>,
    /// How far a promotion goes unless the person writes something else, as in `50%`.
    pub(super) next: Option<&'a str>,
    /// What was written when the order was refused.
    pub(super) draft: Option<&'a Draft>,
}

/// An order that was not taken: it is shown again with what was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Draft {
    /// The verb.
    pub(super) verb: String,
    /// The reason that was given.
    pub(super) reason: String,
    /// The share that was given.
    pub(super) to: Option<String>,
    /// Why it was not taken, and what to do.
    pub(super) refused: String,
}

/// All orders that there are.
pub(super) fn offers(
    target: Target<'_>,
    offers: &[Offer],
    visitor: &Visitor,
    fleet: &Fleet,
) -> Markup {
    if let Some(why) = visitor.why_read_only(fleet) {
        return html! {
            p class="muted" { (why) }
            @if !fleet.read_only && visitor.name.is_none() {
                p { a href=(log_in_at(target.here)) { "Sign in" } }
            }
        };
    }
    let others = offers
        .iter()
        .filter(|o| Some(o.verb.as_str()) != target.first);
    let (able, unable): (Vec<_>, Vec<_>) = others.partition(|o| o.refused.is_none());
    html! {
        @if let Some(draft) = target.draft {
            p class="banner bad" role="alert" {
                (bare(Shape::Bad))
                span { strong { (label(&draft.verb)) " was not taken. " } (draft.refused) }
            }
        }
        div class="orders" {
            @for offer in able { (form(target, offer, visitor, false)) }
        }
        @if !unable.is_empty() {
            ul class="unable" {
                @for offer in unable { (disabled(offer)) }
            }
        }
    }
}

/// The order that the wait asks for: open, and ready to be given a reason. Nothing for who gives no orders.
pub(super) fn first(target: Target<'_>, offer: &Offer, visitor: &Visitor) -> Markup {
    html! {
        @if visitor.operator {
            div class="orders first" { (form(target, offer, visitor, true)) }
        }
    }
}

fn form(target: Target<'_>, offer: &Offer, visitor: &Visitor, first: bool) -> Markup {
    let id = format!("order-{}", offer.verb);
    let draft = target.draft.filter(|d| d.verb == offer.verb);
    // Of orders with one name a browser keeps one open: the refused one.
    let first = first && target.draft.is_none_or(|d| d.verb == offer.verb);
    let tone = tone(&offer.verb, target.gate);
    html! {
        details class={ "order " (tone) } id=(id) name="order" open[first || draft.is_some()] data-first[first] {
            summary { span class="button" { (label(&offer.verb)) } span class="effect" { (offer.effect) } }
            form method="post" action={ (target.action) "/" (offer.verb) } {
                input type="hidden" name="csrf" value=(visitor.csrf);
                @if let Some(revision) = target.revision {
                    input type="hidden" name="revision" value=(revision);
                }
                @if let (Some(gate), "approve") = (target.gate, offer.verb.as_str()) {
                    input type="hidden" name="gate" value=(gate);
                }
                @if offer.verb == "promote" { (share(&id, target, draft)) }
                label for={ (id) "-reason" } { "Reason, for the record" }
                textarea id={ (id) "-reason" } name="reason" required autofocus[first] maxlength=(LONGEST_REASON) rows="2" {
                    @if let Some(draft) = draft { (draft.reason) }
                }
                @if is_grave(&offer.verb, target.gate) {
                    label class="sure" {
                        input type="checkbox" name="sure" value="yes" required;
                        " I have read what it does"
                    }
                }
                button class=(tone) { (label(&offer.verb)) " " (target.name) }
            }
        }
    }
}

/// How far, in the words of a plan.
fn share(id: &str, target: Target<'_>, draft: Option<&Draft>) -> Markup {
    let written = draft.and_then(|d| d.to.as_deref()).or(target.next);
    html! {
        label for={ (id) "-to" } { "Share on IPv6, as in 50%" }
        input id={ (id) "-to" } name="to" type="text" required autocomplete="off" size="6"
            pattern="[0-9]{1,3}(\\.[0-9])? ?%" title="percent, as in 50%" value=[written];
    }
}

fn disabled(offer: &Offer) -> Markup {
    let why = format!("why-not-{}", offer.verb);
    html! {
        li {
            button type="button" disabled aria-describedby=(why) { (label(&offer.verb)) }
            span id=(why) { (offer.refused.as_deref().unwrap_or_default()) }
        }
    }
}

/// Moves customers' traffic, keeps it from being taken back, or deletes.
fn is_grave(verb: &str, gate: Option<&str>) -> bool {
    match verb {
        "abort" | "freeze" | "promote" => true,
        "approve" => gate == Some("retire"),
        _ => false,
    }
}

fn tone(verb: &str, gate: Option<&str>) -> &'static str {
    match verb {
        _ if is_grave(verb, gate) => "grave",
        "approve" => "main",
        _ => "usual",
    }
}

fn label(verb: &str) -> String {
    super::words::words(verb)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::fixture;

    fn shown(visitor: &Visitor, draft: Option<&Draft>) -> String {
        let target = Target {
            name: "checkout",
            action: "/plans/checkout",
            here: "/plans/checkout",
            revision: Some("r1"),
            gate: Some("step:2"),
            next: Some("100%"),
            first: None,
            draft,
        };
        offers(
            target,
            &fixture::plan().commands,
            visitor,
            &fixture::fleet(),
        )
        .into_string()
    }

    #[test]
    fn an_order_that_would_be_taken_is_a_form_with_reason_gate_and_token() {
        let page = shown(&fixture::operator(), None);
        assert!(
            page.contains(r#"action="/plans/checkout/approve""#),
            "{page}"
        );
        assert!(page.contains(r#"name="gate" value="step:2""#), "{page}");
        assert!(page.contains(r#"name="csrf" value="token""#), "{page}");
        assert!(page.contains(r#"name="reason" required"#), "{page}");
    }

    #[test]
    fn only_approvals_carry_the_gate() {
        let page = shown(&fixture::operator(), None);
        assert_eq!(page.matches(r#"name="gate""#).count(), 1);
    }

    #[test]
    fn a_promotion_asks_how_far_and_offers_the_next_share_or_what_was_written() {
        let page = shown(&fixture::operator(), None);
        assert_eq!(page.matches(r#"name="to""#).count(), 1, "{page}");
        assert!(page.contains(r#"value="100%""#), "{page}");
        let draft = Draft {
            verb: "promote".to_owned(),
            to: Some("5\"%".to_owned()),
            ..Draft::default()
        };
        let page = shown(&fixture::operator(), Some(&draft));
        assert!(page.contains(r#"value="5&quot;%""#), "{page}");
    }

    #[test]
    fn what_takes_traffic_back_or_deletes_is_grave() {
        assert!(is_grave("abort", None) && is_grave("approve", Some("retire")));
        assert!(is_grave("promote", None) && is_grave("freeze", None));
        assert!(!is_grave("approve", Some("step:2")) && !is_grave("pause", Some("retire")));
        let page = shown(&fixture::operator(), None);
        assert_eq!(page.matches(r#"name="sure""#).count(), 2, "{page}");
    }

    #[test]
    fn an_order_that_would_be_refused_says_why_and_cannot_be_sent() {
        let page = shown(&fixture::operator(), None);
        assert!(page.contains("it is not paused"), "{page}");
        assert!(
            !page.contains(r#"action="/plans/checkout/resume""#),
            "{page}"
        );
    }

    #[test]
    fn a_visitor_without_the_role_has_no_button_and_reads_why() {
        for visitor in [Visitor::default(), fixture::viewer()] {
            let page = shown(&visitor, None);
            assert!(
                !page.contains("<button") && !page.contains("<form"),
                "{page}"
            );
            assert!(page.contains("Read only"), "{page}");
        }
    }

    #[test]
    fn a_refused_order_comes_back_with_what_was_written() {
        let draft = Draft {
            verb: "abort".to_owned(),
            reason: "errors at <checkout>".to_owned(),
            to: None,
            refused: "it is rolled back already".to_owned(),
        };
        let page = shown(&fixture::operator(), Some(&draft));
        assert!(page.contains("errors at &lt;checkout&gt;"), "{page}");
        assert!(page.contains("Abort was not taken"), "{page}");
    }
}
