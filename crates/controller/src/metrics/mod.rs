//! The daemon's figures for Prometheus.
//!
//! What belongs here: what each figure is called and means ([`catalogue`], and the page that is written from it), counting,
//! and the text that `/metrics` answers with. What must not: the state itself, which is on the board.
//!
//! Counters are kept; everything else is written anew at each scrape from the last pictures that were shown. So a plan that
//! is forgotten leaves no series behind, and ages are right at the moment of the scrape.

mod catalogue;
mod histogram;
mod page;
mod reference;
mod state;
#[cfg(test)]
mod tests;
mod words;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use sixshift_aws::Hands;

use crate::{
    board::{FleetView, PlanView},
    command::Verb,
    round::Outcome,
};
use state::State;
use words::Ended;
pub(crate) use words::SPANS;

/// All figures. Cheap to clone; may be used on any thread.
#[derive(Clone, Debug, Default)]
pub struct Metrics(Arc<Mutex<State>>);

impl Metrics {
    /// With nothing counted yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A round ended after so long. By name it is counted only for a plan that is shown.
    pub fn round_ended(&self, plan: &str, outcome: &Outcome, took: Duration) {
        let mut state = self.state();
        let ended = Ended::from(outcome);
        state.rounds.entry(ended).or_default().observe(took);
        match outcome {
            Outcome::Failed(_, error) => *state.failed.entry(error.kind()).or_default() += 1,
            Outcome::Vetoed(_, veto) => *state.vetoed.entry(*veto).or_default() += 1,
            Outcome::Waited | Outcome::Acted(_) => {}
        }
        state.count_round(plan, ended);
    }

    /// A round broke down. By name it is counted only for a plan that is shown.
    pub fn panicked(&self, plan: &str) {
        self.state().count_round(plan, Ended::Panicked);
    }

    /// A plan's picture.
    pub fn plan(&self, view: &PlanView) {
        self.state().show_plan(view);
    }

    /// A plan is no longer shown: nothing with its name is left.
    pub fn forget(&self, plan: &str) {
        self.state().plans.remove(plan);
    }

    /// The fleet's picture, with its source and its lease. Plans that wait are [`Self::queue`]'s.
    pub fn fleet(&self, view: &FleetView) {
        self.state().show_fleet(view);
    }

    /// How many plans wait for their next look, and how long the first of them has been due.
    pub fn queue(&self, depth: usize, oldest: Duration) {
        self.state().queue = (depth, oldest);
    }

    /// The journal was written, or not.
    pub fn journal_write(&self, ok: bool) {
        self.state().journal.count(ok);
    }

    /// How many notes wait for the journal.
    pub fn unwritten(&self, notes: usize) {
        self.state().unwritten = notes;
    }

    /// A notification was accepted by its receiver, or not.
    pub fn notified(&self, receiver: &str, ok: bool) {
        let mut state = self.state();
        let told = state.receivers.entry(receiver.to_owned()).or_default();
        told.requests.count(ok);
    }

    /// How many events of the history a receiver has not got to yet.
    pub fn notifies(&self, receiver: &str, behind: u64) {
        let mut state = self.state();
        state
            .receivers
            .entry(receiver.to_owned())
            .or_default()
            .behind = behind;
    }

    /// Since when a receiver has accepted nothing; `None`: it accepts.
    pub fn notifies_in_vain(&self, receiver: &str, since: Option<Timestamp>) {
        let mut state = self.state();
        state
            .receivers
            .entry(receiver.to_owned())
            .or_default()
            .failing_since = since;
    }

    /// A webhook was asked, and answered so: `open`, `closed` or `failed`.
    pub(crate) fn gate_asked(&self, answer: &'static str) {
        *self.state().gates.entry(answer).or_default() += 1;
    }

    /// So many spans of traces were `sent` to their collector, `refused` by it, `overflowed` or left `unsent`.
    pub(crate) fn spans(&self, result: &'static str, spans: usize) {
        *self.state().spans.entry(result).or_default() += spans as u64;
    }

    /// A person's order was accepted, or refused.
    pub fn order(&self, verb: Verb, accepted: bool) {
        *self.state().orders.entry((verb, accepted)).or_default() += 1;
    }

    /// The source of plans was read, or not; `commit` where it has commits.
    pub fn source_read(&self, ok: bool, commit: Option<&str>, at: Timestamp) {
        self.state().read_source(ok, commit, at);
    }

    /// Prometheus' text format. `now` is the daemon's time; without `hands` there is nothing of AWS.
    #[must_use]
    pub fn render(&self, now: Timestamp, hands: Option<&Hands>) -> String {
        page::render(&self.state(), now, hands)
    }

    /// `docs/reference/metrics.md`, whole.
    #[must_use]
    pub fn reference_markdown() -> String {
        reference::markdown()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
