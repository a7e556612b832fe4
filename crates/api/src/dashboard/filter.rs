//! What the fleet's page is narrowed to, and the form that does it.
//!
//! What belongs here: which plans are shown, and the address that says so. What must not: how a plan looks.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::words;
use crate::model::{HEALTHS, PHASES, PlanSummary};

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
    pub(super) fn is_empty(&self) -> bool {
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

    /// The page that is narrowed so; `health`: to that one instead, or to none.
    pub(super) fn address(&self, health: Option<&str>) -> String {
        let asked = [
            ("q", self.q.as_str()),
            ("phase", &self.phase),
            ("health", health.unwrap_or(&self.health)),
            ("label", &self.label),
        ];
        let pairs = asked.into_iter().filter(|(_, value)| !value.is_empty());
        let pairs: Vec<_> = pairs
            .map(|(key, value)| format!("{key}={}", escaped(value)))
            .collect();
        if pairs.is_empty() {
            "/".to_owned()
        } else {
            format!("/?{}", pairs.join("&"))
        }
    }

    /// The same, whatever the health.
    pub(super) fn of_any_health(&self) -> Self {
        Self {
            health: String::new(),
            ..self.clone()
        }
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

/// The form that narrows it.
pub(super) fn form(filter: &Filter, plans: &[PlanSummary]) -> Markup {
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

/// For a query.
pub(super) fn escaped(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::fixture;

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
}
