//! What a round is told besides what AWS says, and what the board shows of it.

use std::{collections::BTreeSet, time::Duration};

use sixshift_aws::WRITE_LIMIT;
use sixshift_core::{
    facts::{Facts, Lack},
    observation::RouteId,
};

use super::{Entry, Fleet, Record, Round};
use crate::{FleetView, Unwritten, journal::Said, lease, source::Standing};

/// A route, and who moves it.
#[derive(Debug, Default)]
pub(super) struct Moved {
    named: String,
    plans: BTreeSet<String>,
}

impl Fleet {
    /// Everything that a plan's round is told.
    pub(super) fn facts(&self, name: &str, entry: &Entry) -> Facts {
        Facts {
            lacking: self.lacking(name, entry),
            refused_notes: entry.refused_notes(),
            gate: self.gate_word(name),
            written: entry.written.for_looks_from(self.now()),
            ..entry.said.facts(self.frozen.borrow().as_ref())
        }
    }

    fn lacking(&self, name: &str, entry: &Entry) -> Option<Lack> {
        if !self.all_looked.get() || entry.record == Record::Open {
            return Some(Lack::FirstLook);
        }
        if let Standing::Vanished { commit } = &entry.standing {
            return Some(Lack::Plan {
                commit: commit.clone(),
            });
        }
        if entry.record == Record::Lost {
            return Some(Lack::Record);
        }
        if let Some(Unwritten { why, .. }) = self.unwritten() {
            return Some(Lack::Journal { why });
        }
        if let Some(why) = self.parts.clock.doubt() {
            return Some(Lack::Clock { why });
        }
        if !self.source_read.get() {
            return Some(Lack::Source);
        }
        self.shared_route(name)
    }

    /// Another plan that moves a route of this one.
    fn shared_route(&self, name: &str) -> Option<Lack> {
        let routes = self.routes.borrow();
        let mut shared = routes.values().filter(|moved| moved.plans.contains(name));
        let moved = shared.find(|moved| moved.plans.len() > 1)?;
        let other = moved.plans.iter().find(|other| *other != name)?;
        let entries = self.entries.borrow();
        let at = entries.get(other).map_or_else(String::new, |e| {
            format!(" ({}:{})", e.from.file.display(), e.from.line)
        });
        Some(Lack::OwnRoute {
            route: moved.named.clone(),
            other: format!("plan {other}{at}"),
        })
    }

    /// Takes note of which routes a plan moves.
    pub(super) fn note_routes(&self, name: &str, round: &Round) {
        let Some(seen) = round.seen.routes.seen() else {
            return;
        };
        let now: BTreeSet<RouteId> = seen.iter().map(|route| route.id.clone()).collect();
        self.take_routes(name, |id| !now.contains(id));
        let mut routes = self.routes.borrow_mut();
        for route in seen {
            let moved = routes.entry(route.id.clone()).or_default();
            moved.named = route.name();
            moved.plans.insert(name.to_owned());
        }
    }

    /// Forgets a plan's routes.
    pub(super) fn forget_routes(&self, name: &str) {
        self.take_routes(name, |_| true);
    }

    fn take_routes(&self, name: &str, is_gone: impl Fn(&RouteId) -> bool) {
        let mut routes = self.routes.borrow_mut();
        for (_, moved) in routes.iter_mut().filter(|(id, _)| is_gone(id)) {
            moved.plans.remove(name);
        }
        routes.retain(|_, moved| !moved.plans.is_empty());
    }

    /// Whether everybody has been looked at by now; then everybody may move.
    pub(super) fn look_around(&self) {
        if self.all_looked.get() {
            return;
        }
        let all = {
            let entries = self.entries.borrow();
            let mut running = entries.values().filter(|e| e.plan.is_some());
            running.all(|entry| entry.looked)
        };
        if all {
            self.all_looked.set(true);
            self.ask_everybody();
            self.show_fleet();
        }
    }

    pub(super) fn ask_everybody(&self) {
        let names: Vec<String> = self.entries.borrow().keys().cloned().collect();
        for name in names {
            self.ask_now(&name);
        }
    }

    /// Hangs up a plan's picture.
    pub(super) fn show_plan(&self, name: &str) {
        let view = {
            let entries = self.entries.borrow();
            let Some(entry) = entries.get(name) else {
                return;
            };
            let frozen = self.frozen.borrow().clone();
            entry.view(name, self.facts(name, entry), frozen)
        };
        self.metrics().plan(&view);
        self.parts.board.show_plan(view);
    }

    /// Hangs up the fleet's picture.
    pub(super) fn show_fleet(&self) {
        let lease = lease::allows(&*self.parts.lease, WRITE_LIMIT);
        let view = FleetView {
            frozen: self.frozen.borrow().as_ref().map(said),
            first_look: !self.all_looked.get(),
            lease: lease.err().map(|refused| refused.to_string()),
            unwritten: self.unwritten(),
            clock: self.parts.clock.doubt(),
            source: self.source.borrow().clone(),
            ending: self.ending.get(),
            version: 0,
        };
        self.metrics().fleet(&view);
        self.parts.board.show_fleet(view);
    }

    pub(super) fn show_queue(&self) {
        let queue = self.queue.borrow();
        let now = self.now();
        let late = queue.next().map(|at| now.duration_since(at));
        let late = late.and_then(|l| Duration::try_from(l).ok());
        self.metrics().queue(queue.len(), late.unwrap_or_default());
    }
}

/// A word of a person, for people.
pub(super) fn said(said: &Said) -> String {
    format!("{} ({})", said.reason, said.by)
}
