//! What was counted, and the last pictures that were shown.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::Timestamp;
use sixshift_aws::Kind;
use sixshift_core::{guard::Veto, plan::Plan, status::Status};

use super::{
    histogram::Histogram,
    words::{self, Ended},
};
use crate::{
    board::{FleetView, PlanView},
    command::Verb,
};

/// How often something was done, and how often it failed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) ok: u64,
    pub(super) failed: u64,
}

impl Tally {
    pub(super) fn count(&mut self, ok: bool) {
        *(if ok { &mut self.ok } else { &mut self.failed }) += 1;
    }
}

/// What is kept of a plan's picture, and its rounds.
#[derive(Debug, Default)]
pub(super) struct Shown {
    pub(super) plan: Option<Arc<Plan>>,
    pub(super) commit: Option<String>,
    pub(super) standing: &'static str,
    pub(super) status: Option<Arc<Status>>,
    pub(super) attempts: u32,
    pub(super) rounds: BTreeMap<Ended, u64>,
}

/// What is kept of the source.
#[derive(Debug, Default)]
pub(super) struct Source {
    pub(super) name: String,
    pub(super) commit: Option<String>,
    pub(super) author_date: Option<Timestamp>,
    pub(super) read_at: Option<Timestamp>,
    pub(super) mistakes: usize,
    pub(super) reads: Tally,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) plans: BTreeMap<String, Shown>,
    pub(super) rounds: BTreeMap<Ended, Histogram>,
    pub(super) failed: BTreeMap<Kind, u64>,
    pub(super) vetoed: BTreeMap<Veto, u64>,
    pub(super) queue: (usize, Duration),
    pub(super) frozen: bool,
    pub(super) first_look: bool,
    pub(super) ending: bool,
    /// `None` until the fleet was shown.
    pub(super) lease: Option<bool>,
    pub(super) source: Source,
    pub(super) journal: Tally,
    pub(super) unwritten: usize,
    pub(super) receivers: BTreeMap<String, Receiver>,
    /// By what webhooks answered.
    pub(super) gates: BTreeMap<&'static str, u64>,
    /// By what became of spans.
    pub(super) spans: BTreeMap<&'static str, u64>,
    pub(super) orders: BTreeMap<(Verb, bool), u64>,
}

/// A receiver of notifications.
#[derive(Debug, Default)]
pub(super) struct Receiver {
    /// What it accepted.
    pub(super) requests: Tally,
    /// How many events it is behind.
    pub(super) behind: u64,
    /// Since when it has accepted nothing.
    pub(super) failing_since: Option<Timestamp>,
}

impl State {
    /// A round in flight may end after its plan was forgotten: that must not bring the name back.
    pub(super) fn count_round(&mut self, plan: &str, ended: Ended) {
        if let Some(shown) = self.plans.get_mut(plan) {
            *shown.rounds.entry(ended).or_default() += 1;
        }
    }

    pub(super) fn show_plan(&mut self, view: &PlanView) {
        let shown = self.plans.entry(view.name.clone()).or_default();
        *shown = Shown {
            plan: view.plan.clone(),
            commit: view.from.commit.clone(),
            standing: words::standing(&view.standing),
            status: view.status.clone(),
            attempts: view.attempts,
            rounds: std::mem::take(&mut shown.rounds),
        };
    }

    pub(super) fn show_fleet(&mut self, view: &FleetView) {
        self.frozen = view.frozen.is_some();
        self.first_look = view.first_look;
        self.ending = view.ending;
        self.lease = Some(view.lease.is_none());
        let source = &mut self.source;
        source.name.clone_from(&view.source.name);
        source.mistakes = view.source.diagnostics.count();
        // A picture that is older than the last read takes nothing back.
        if view.source.read_at >= source.read_at {
            source.commit.clone_from(&view.source.commit);
            source.author_date = view.source.author_date;
            source.read_at = view.source.read_at;
        }
    }

    pub(super) fn read_source(&mut self, ok: bool, commit: Option<&str>, at: Timestamp) {
        let source = &mut self.source;
        source.reads.count(ok);
        if !ok {
            return;
        }
        source.read_at = Some(at);
        if source.commit.as_deref() != commit {
            source.commit = commit.map(str::to_owned);
            // The new one's date comes with the fleet's next picture.
            source.author_date = None;
        }
    }
}
