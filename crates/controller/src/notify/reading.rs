//! What a courier makes of what it reads: how a plan stood before, whether it is news, and the message.
//!
//! What belongs here: looking back in the history, labels, which plans a receiver was called for. What must not: sending, and
//! when anything is noted.

use super::{
    On,
    courier::Courier,
    happening::is_chosen,
    message::{Message, What},
};
use crate::{
    event::{Event, EventKind, Stand},
    journal::{self, Called, Page},
};

/// Events of a plan that are looked at for how it stood before.
const BACK: usize = 1_000;
/// Plans that need a person, kept with what a receiver heard.
const MOST_CALLS: usize = 2_000;

impl Courier<'_> {
    /// How the plan stood before this event.
    pub(super) async fn before(&mut self, event: &Event) -> Result<Option<Stand>, journal::Error> {
        let has_phase = event
            .stand
            .as_ref()
            .is_some_and(|stand| stand.phase.is_some());
        let Some(plan) = event.plan.as_deref().filter(|_| has_phase) else {
            return Ok(None);
        };
        if let Some(stand) = self.stands.get(plan) {
            return Ok(Some(stand.clone()));
        }
        let page = Page {
            after: None,
            before: Some(event.seq),
            limit: BACK,
            newest_first: true,
        };
        let earlier = self.fleet.records().events(Some(plan), page).await?;
        let stands = earlier.into_iter().filter_map(|event| event.stand);
        let known = stands
            .map(|stand| *stand)
            .find(|stand| stand.phase.is_some());
        Ok(known)
    }

    /// Those that were not found before: a daemon that starts finds everything anew.
    pub(super) async fn new_findings(
        &self,
        events: &[Event],
    ) -> Result<Vec<String>, journal::Error> {
        let Some(first) = events.first() else {
            return Ok(Vec::new());
        };
        let page = Page {
            after: None,
            before: Some(first.seq),
            limit: usize::MAX,
            newest_first: true,
        };
        let earlier = self
            .fleet
            .records()
            .events(first.plan.as_deref(), page)
            .await?;
        let is_known = |event: &&Event| {
            earlier.iter().any(|known| {
                known.kind == EventKind::Finding
                    && (&known.finding, &known.text, &known.revision)
                        == (&event.finding, &event.text, &event.revision)
            })
        };
        let new = events.iter().filter(|event| !is_known(event));
        Ok(new.map(|event| event.text.clone()).collect())
    }

    /// Whether an event is of a plan that the receiver asked for.
    pub(super) fn is_chosen(&self, event: &Event) -> bool {
        let wanted = &self.receiver.plans;
        let Some(plan) = event.plan.as_deref().filter(|_| !wanted.is_empty()) else {
            return true;
        };
        match event.stand.as_deref() {
            // That it is over was told by its stand alone.
            Some(stand) if stand.phase.is_some() || !stand.labels.is_empty() => {
                is_chosen(wanted, &stand.labels)
            }
            _ if self.heard.calls.contains_key(plan) => true,
            _ => {
                let view = self.fleet.board().plan(plan);
                let plan = view.as_ref().and_then(|view| view.plan.as_deref());
                plan.is_some_and(|plan| is_chosen(wanted, &plan.labels))
            }
        }
    }

    /// Notes that a person was called, or is no longer.
    pub(super) fn calls(&mut self, what: What, event: &Event) {
        let (Some(plan), Some(stand)) = (&event.plan, event.stand.as_deref()) else {
            return;
        };
        let calls = &mut self.heard.calls;
        match what {
            What::Resolved => {
                calls.remove(plan);
            }
            What::RollingBack if stand.needs_person == Some(false) => {
                calls.remove(plan);
            }
            What::NeedsPerson | What::RollingBack | What::RolledBack
                if stand.needs_person == Some(true)
                    && self.receiver.on.contains(&On::NeedsPerson)
                    && (calls.len() < MOST_CALLS || calls.contains_key(plan)) =>
            {
                let called = Called {
                    on: stand.waiting_on.clone().unwrap_or_default(),
                    step: stand.step,
                    event: event.seq,
                    since: event.at,
                    told: self.fleet.clock().now(),
                    again: 0,
                };
                calls.insert(plan.clone(), called);
            }
            _ => {}
        }
    }

    /// What is said of it.
    pub(super) fn message(&self, what: What, event: &Event) -> Message {
        let stand = event.stand.as_deref();
        let words = stand.map(|stand| &stand.words);
        let plan = event.plan.as_deref();
        let base = self.receiver.dashboard.as_deref();
        let called = plan.and_then(|plan| self.heard.calls.get(plan));
        let since = match what {
            What::NeedsPerson | What::RolledBack => Some(event.at),
            What::Resolved => called.map(|called| called.since),
            _ => None,
        };
        let (name, second) = (plan.unwrap_or("daemon"), event.at.as_second());
        let said = words.map_or(&event.text, |words| &words.sentence);
        let sentence = what.sentence(&event.text, said, event.share);
        Message {
            id: format!("{}/{name}/{}/{second}", what.name(), event.seq),
            what,
            at: event.at,
            plan: event.plan.clone(),
            sentence,
            unblocked_by: words.and_then(|words| words.unblocked_by.clone()),
            runbook: words.and_then(|words| words.runbook.clone()),
            dashboard: base.map(|base| match plan {
                Some(plan) => format!("{base}/plans/{plan}"),
                None => base.to_owned(),
            }),
            phase: stand.and_then(|stand| stand.phase.clone()),
            waiting_on: stand.and_then(|stand| stand.waiting_on.clone()),
            needs_person: stand.and_then(|stand| stand.needs_person),
            since,
            step: stand.and_then(|stand| stand.step).map(|step| step + 1),
            share: event.share,
            evidence: event.evidence.clone(),
            revision: event.revision.clone(),
            commit: event.commit.clone(),
            event: event.seq,
            again: 0,
            is_short: false,
        }
    }
}
