//! What we wrote a moment ago, and whether a look shows it: AWS's answers may be older than our own writes.
//!
//! A look that doesn't show a write is no news of anybody: until AWS had its time, nothing is made twice because of it and
//! nobody is called. What belongs here: what a write leaves behind, where a look would show it, and how long to wait for
//! that. What must not: taking a write as proof of anything; only AWS's answers are.

mod trace;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::{action::Action, observation::Observation, plan::Plan};
use trace::Trace;

/// AWS has caught up with a write after this long. It promises no figure; most answers are right within a second.
pub const SPREADS: SignedDuration = SignedDuration::from_secs(20);

/// What was written last, by this process.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Written {
    writes: Vec<Write>,
    /// An earlier process may have written until then.
    before: Option<Timestamp>,
    /// When the looks began that this is held against.
    looked: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq)]
struct Write {
    action: Arc<Action>,
    trace: Trace,
    at: Timestamp,
}

/// What a look may not show yet.
#[derive(Clone, Debug, PartialEq)]
pub enum Unseen<'a> {
    /// This act of ours.
    Act(&'a Action),
    /// Whatever an earlier process did.
    Before,
}

impl Written {
    /// An act was accepted, or may have been.
    pub fn add(&mut self, action: &Action, at: Timestamp) {
        self.forget(at);
        let action = Arc::new(action.clone());
        for trace in Trace::of(&action) {
            // The newest write of a place is the one that has to show.
            self.writes.retain(|w| !w.trace.is_same_place(&trace));
            self.writes.push(Write {
                action: Arc::clone(&action),
                trace,
                at,
            });
        }
    }

    /// This process began at a moment, with a migration that was under way: what was written before is not known here.
    pub fn began(&mut self, at: Timestamp) {
        self.before = Some(at);
    }

    /// Drops what AWS must show by now.
    pub fn forget(&mut self, now: Timestamp) {
        self.writes.retain(|w| is_spreading(w.at, now));
        if self.writes.is_empty() {
            // Hours pass between writes, and most plans are between them.
            self.writes = Vec::new();
        }
        self.before = self.before.filter(|at| is_spreading(*at, now));
    }

    /// The same for looks that begin at a moment: however long they take, they show no more than AWS did then.
    #[must_use]
    pub fn for_looks_from(&self, moment: Timestamp) -> Self {
        let mut written = self.clone();
        written.forget(moment);
        written.looked = Some(moment);
        written
    }

    /// What this look does not show, oldest first.
    pub fn unseen<'a>(
        &'a self,
        plan: &'a Plan,
        seen: &'a Observation,
        now: Timestamp,
    ) -> impl Iterator<Item = Unseen<'a>> {
        let now = self.looked.unwrap_or(now);
        let hidden =
            move |w: &&Write| is_spreading(w.at, now) && w.trace.shows(plan, seen) == Some(false);
        let before = self.before.filter(|at| is_spreading(*at, now));
        let acts = self.writes.iter().filter(hidden);
        acts.map(|w| Unseen::Act(&w.action))
            .chain(before.map(|_| Unseen::Before))
    }
}

fn is_spreading(at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(at) < SPREADS
}
