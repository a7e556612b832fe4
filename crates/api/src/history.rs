//! The history: pages of it, narrowed to what somebody asks for.
//!
//! What belongs here: reading the journal's events, and how much of it one question may cost. What must not: HTTP.

use jiff::Timestamp;
use sixshift_controller::{
    event::{Event, EventKind},
    journal::Page,
};

use crate::{app::App, model, problem::Refusal, view};

/// The most events that a page holds.
pub const MOST_EVENTS: usize = 500;
/// Events that are read at once where most of them may not be wanted.
const AT_ONCE: usize = 500;
/// Events that are looked at for one page, at most: then it is short, and leads on.
const MOST_LOOKED_AT: usize = 5_000;
/// Events of a plan that are read at once for its page.
const FOR_A_PLAN: usize = 100;
/// A rollback that is further back in the history than that is told without its figures.
const MOST_REMEMBERED: usize = 2_000;

/// Which events are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct EventPage {
    /// Of one plan only.
    pub(crate) plan: Option<String>,
    /// Of these kinds only; none: of all.
    pub(crate) kinds: Vec<EventKind>,
    /// Only with a higher sequence number.
    pub(crate) after: Option<u64>,
    /// Only with a lower one.
    pub(crate) before: Option<u64>,
    /// At most so many.
    pub(crate) limit: usize,
    /// From the newest backwards.
    pub(crate) newest_first: bool,
}

impl EventPage {
    fn takes(&self, event: &Event) -> bool {
        self.kinds.is_empty() || self.kinds.contains(&event.kind)
    }

    /// Goes on behind an event.
    fn go_on(&mut self, from: u64) {
        let end = if self.newest_first {
            &mut self.before
        } else {
            &mut self.after
        };
        *end = Some(from);
    }
}

/// Kinds by their names, with commas between them.
pub(crate) fn kinds(names: &str) -> Result<Vec<EventKind>, Refusal> {
    let kind = |name: &str| {
        let value = serde_json::Value::String(name.to_owned());
        serde_json::from_value(value).map_err(|_| Refusal::no_such("kind", name, &model::KINDS))
    };
    names.split(',').map(kind).collect()
}

impl App {
    /// A page of the history; `next` goes on in the direction of the page.
    pub(crate) async fn events(
        &self,
        mut page: EventPage,
    ) -> Result<model::Page<model::Event>, Refusal> {
        let limit = page.limit.clamp(1, MOST_EVENTS);
        // One more than asked for tells whether there is a next page.
        let at_once = if page.kinds.is_empty() {
            limit + 1
        } else {
            AT_ONCE
        };
        let (mut found, mut looked_at) = (Vec::new(), 0);
        let next = loop {
            let read = self.read(&page, at_once).await?;
            let (count, end) = (read.len(), read.last().map(|event| event.seq));
            looked_at += count;
            found.extend(read.into_iter().filter(|event| page.takes(event)));
            if found.len() > limit {
                found.truncate(limit);
                break found.last().map(|event| event.seq);
            }
            match end {
                Some(end) if count == at_once && looked_at < MOST_LOOKED_AT => page.go_on(end),
                Some(end) if count == at_once => break Some(end),
                _ => break None,
            }
        };
        let items = found.iter().map(view::event).collect();
        Ok(model::Page { items, next })
    }

    async fn read(&self, page: &EventPage, limit: usize) -> Result<Vec<Event>, Refusal> {
        let asked = Page {
            after: page.after,
            before: page.before,
            limit,
            newest_first: page.newest_first,
        };
        let events = self.api.records.events(page.plan.as_deref(), asked).await;
        events.map_err(|error| {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the history cannot be read"
            );
            Refusal::unavailable("the journal cannot be read now")
        })
    }

    /// A plan's events since a moment and some before, the newest first; the newest of them where there are very many.
    pub(crate) async fn events_since(&self, plan: &str, moment: Timestamp) -> Vec<model::Event> {
        let mut page = EventPage {
            plan: Some(plan.to_owned()),
            limit: FOR_A_PLAN,
            newest_first: true,
            ..EventPage::default()
        };
        let mut all = Vec::new();
        while all.len() < MOST_REMEMBERED {
            let Ok(found) = self.events(page.clone()).await else {
                break;
            };
            let reached = found.items.last().is_none_or(|event| event.at < moment);
            all.extend(found.items);
            page.before = found.next;
            if reached || found.next.is_none() {
                break;
            }
        }
        all
    }

    /// Whether events can be asked of a plan: one that is there, or that has a history.
    pub(crate) async fn has_history(&self, plan: &str) -> Result<bool, Refusal> {
        if self.api.board.plan(plan).is_some() {
            return Ok(true);
        }
        let newest = EventPage {
            plan: Some(plan.to_owned()),
            limit: 1,
            newest_first: true,
            ..EventPage::default()
        };
        Ok(!self.events(newest).await?.items.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_the_model_is_one_of_the_journal() {
        let all = kinds(&model::KINDS.join(",")).unwrap();
        assert_eq!(all.len(), model::KINDS.len());
        for wrong in ["", "Acted", "acted,", "acted,orders"] {
            assert!(kinds(wrong).is_err(), "{wrong}");
        }
    }
}
