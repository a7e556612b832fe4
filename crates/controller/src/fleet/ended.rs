//! What becomes of a round that ended: it is counted and shown, told and noted, and says when the next one is due.
//!
//! What must not be here: when a round begins, and what it does.

use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use sixshift_aws::Retry;
use sixshift_core::decide::is_untouched;
use tracing::Instrument;

use super::{
    Fleet,
    entry::{Entry, Record},
};
use crate::{
    Outcome, Round,
    event::{Event, EventKind},
};

/// An act that the guard refused so often in a row is for a person to look at.
const LASTING: u32 = 8;

/// A round that came to its end, one way or the other.
pub(super) struct Ended {
    pub(super) plan: String,
    pub(super) built: bool,
    pub(super) took: Duration,
    /// The error is what a panic said.
    pub(super) round: Result<Round, String>,
    /// Where it is followed.
    pub(super) trace_id: Option<String>,
}

impl Fleet {
    /// The plan's next round waits for this one's notes. Lines of the log name the trace, where the round is followed.
    pub(super) async fn ended(&self, ended: Ended) -> Option<Round> {
        let lines = match &ended.trace_id {
            Some(trace_id) => tracing::error_span!("trace", trace_id),
            None => tracing::Span::none(),
        };
        self.taken_in(ended).instrument(lines).await
    }

    async fn taken_in(&self, ended: Ended) -> Option<Round> {
        let name = ended.plan;
        self.building.update(|n| n - usize::from(ended.built));
        let (round, look_at) = match ended.round {
            Ok(round) => {
                let round = self.round_ended(&name, round, ended.took).await;
                let look_at = round.as_ref().map(|round| round.look_at);
                (round, look_at)
            }
            Err(text) => (None, self.broke_down(&name, &text).await),
        };
        let mut queue = self.queue.borrow_mut();
        queue.ended(&name);
        if let Some(at) = look_at {
            queue.ask(&name, self.in_no_hurry(at));
        }
        drop(queue);
        self.show_plan(&name);
        round
    }

    async fn round_ended(&self, name: &str, mut round: Round, took: Duration) -> Option<Round> {
        let now = self.now();
        self.metrics().round_ended(name, &round.outcome, took);
        let (events, waits) = {
            let mut entries = self.entries.borrow_mut();
            let entry = entries.get_mut(name)?;
            round.status = round.status.carrying_since(entry.status.as_deref());
            let is_new = entry.stands(&mut round.status);
            entry.not_before = None;
            let again = entry.noted(&round.outcome);
            match &round.outcome {
                Outcome::Failed(_, error) => {
                    let retry = if again { Retry::Soon } else { error.retry() };
                    round.look_at = back_off(name, entry, retry, now);
                }
                Outcome::Vetoed(..) => round.look_at = back_off(name, entry, Retry::Soon, now),
                Outcome::Waited | Outcome::Acted(_) => entry.backoff.succeeded(),
            }
            if entry.backoff.failures() >= LASTING {
                round.status.give_up();
            }
            if let Some(settled) = round.settled.take() {
                entry.settled = Some(settled);
            }
            entry.find(&round.seen, now);
            entry.wrote(&round.outcome, now);
            let since = entry.settled_since.unwrap_or(now);
            entry.settled_since = round.status.is_settled().then_some(since);
            entry.saw(&round.seen);
            entry.look_at = Some(round.look_at);
            entry.status = Some(Arc::new(round.status.clone()));
            let attempts = entry.backoff.failures();
            let from = entry.from.clone();
            let mut events = entry.told.of(&round, &from, attempts);
            let stand = events.last_mut().and_then(|event| event.stand.as_mut());
            if let (Some(stand), Some(plan)) = (stand, &entry.plan) {
                stand.labels.clone_from(&plan.labels);
            }
            (events, is_new)
        };
        self.note_routes(name, &round);
        self.note_gate(name, &round.status);
        self.find_record(name, &round).await;
        self.keep_notes(name, &round).await;
        self.look_around();
        if waits {
            self.save_facts(name).await;
        }
        for event in events {
            self.tell(event).await;
        }
        Some(round)
    }

    /// A round panicked: a fault of ours, which must not take the other plans along.
    async fn broke_down(&self, name: &str, text: &str) -> Option<Timestamp> {
        self.metrics().panicked(name);
        tracing::error!(
            plan = name,
            "a round broke down: {text}; it is tried again, please report this"
        );
        let now = self.now();
        let at = {
            let mut entries = self.entries.borrow_mut();
            let entry = entries.get_mut(name)?;
            let at = back_off(name, entry, Retry::Soon, now);
            entry.look_at = Some(at);
            at
        };
        let text = format!("a round broke down: {text}");
        self.tell(Event {
            plan: Some(name.to_owned()),
            ..Event::new(now, EventKind::Daemon, text)
        })
        .await;
        Some(at)
    }

    /// The first look settles whether the journal must know this plan: nothing in AWS means that it begins now.
    async fn find_record(&self, name: &str, round: &Round) {
        let plan = {
            let entries = self.entries.borrow();
            let Some(entry) = entries.get(name) else {
                return;
            };
            if entry.record != Record::Open {
                return;
            }
            entry.runs().cloned()
        };
        let Some(plan) = plan else { return };
        let record = match is_untouched(&plan, &round.seen) {
            Some(false) if self.parts.adopts => Record::Lost,
            Some(false) => Record::There,
            Some(true) => {
                // Where it has to wait, nothing of the plan is begun before it is written.
                self.save_facts(name).await;
                Record::There
            }
            None => return,
        };
        self.set_record(name, record);
        self.ask_now(name);
    }

    /// Our notes in AWS have a second place.
    async fn keep_notes(&self, name: &str, round: &Round) {
        let Outcome::Acted(action) = &round.outcome else {
            return;
        };
        let is_new = {
            let mut entries = self.entries.borrow_mut();
            let Some(entry) = entries.get_mut(name) else {
                return;
            };
            entry.said.note(action) && entry.record == Record::There
        };
        if is_new {
            self.save_facts(name).await;
        }
    }
}

fn back_off(name: &str, entry: &mut Entry, retry: Retry, now: Timestamp) -> Timestamp {
    let wait = entry.backoff.failed(name, retry);
    let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
    let at = now.saturating_add(wait).unwrap_or(Timestamp::MAX);
    entry.not_before = Some(at);
    at
}
