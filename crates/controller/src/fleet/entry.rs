//! One plan in the fleet: what runs, what people said of it, what was seen of it last.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::Timestamp;
use sixshift_core::{
    decide::is_untouched,
    facts::Facts,
    observation::{Look, Observation},
    plan::Plan,
    status::{Phase, Status, WaitingOn},
    written::Written,
};

use super::told::{self, Told};
use crate::{
    Outcome, PlanView,
    backoff::Backoff,
    board::{Closely, Measured},
    event::Event,
    journal::{Held, PlanFacts, Said, Waits},
    source::{Provenance, Standing, Wanted},
};

/// How often a note is tried before what needs it goes on without it.
const REFUSALS: u32 = 3;

/// Looks that failed before a plan no longer holds up the others.
const PATIENCE: u32 = 3;

/// Whether the journal knows a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Record {
    /// It does, or the fleet keeps none.
    There,
    /// Not yet; it is written when the first look shows that nothing of the plan is in AWS.
    Open,
    /// No, and something of the plan is in AWS: somebody must adopt it.
    Lost,
}

#[derive(Debug)]
pub(super) struct Entry {
    /// The last good revision; `None`: there never was one.
    pub(super) plan: Option<Arc<Plan>>,
    /// The same with its way, where it leaves that to the service and a look told it.
    pub(super) settled: Option<Arc<Plan>>,
    pub(super) from: Provenance,
    pub(super) standing: Standing,
    /// What people said of this plan; the fleet's freeze and what is lacking are added for each round.
    pub(super) said: PlanFacts,
    pub(super) record: Record,
    pub(super) status: Option<Arc<Status>>,
    pub(super) seen: Option<Arc<Observation>>,
    pub(super) closely: Option<Arc<Closely>>,
    pub(super) measured: Option<Arc<Measured>>,
    pub(super) backoff: Backoff,
    /// Nothing but time ends a back-off.
    pub(super) not_before: Option<Timestamp>,
    pub(super) look_at: Option<Timestamp>,
    /// Looks in a row that did not show the plan's routes.
    pub(super) blind: u32,
    /// Its routes were seen, or could not be for so long that the others no longer wait.
    pub(super) looked: bool,
    /// A look told whether something of the plan was in AWS when this process began.
    pub(super) found: bool,
    /// What was written a moment ago.
    pub(super) written: Written,
    pub(super) settled_since: Option<Timestamp>,
    /// Orders that stop or take back, so far.
    pub(super) stops: u64,
    pub(super) told: Told,
    /// It was seen to wait, or to act, since this process began.
    has_stood: bool,
    /// Notes on target groups that AWS did not take, by their keys, and how often in a row.
    refused_notes: BTreeMap<Vec<String>, u32>,
}

/// Whether a wait says something of the plan. The others are over with the next looks, and come with every start.
fn lasts(on: &WaitingOn) -> bool {
    !matches!(
        on,
        WaitingOn::CloserLook
            | WaitingOn::FirstLook
            | WaitingOn::SourceUnread
            | WaitingOn::Lease { .. }
            | WaitingOn::Unseen { .. }
    )
}

impl Entry {
    pub(super) fn new(wanted: &Wanted, said: PlanFacts, record: Record) -> Self {
        Self {
            plan: wanted.plan.clone(),
            settled: None,
            from: wanted.from.clone(),
            standing: wanted.standing.clone(),
            said,
            record,
            status: None,
            seen: None,
            closely: None,
            measured: None,
            backoff: Backoff::default(),
            not_before: None,
            look_at: None,
            blind: 0,
            looked: false,
            found: false,
            written: Written::default(),
            settled_since: None,
            stops: 0,
            told: Told::default(),
            has_stood: false,
            refused_notes: BTreeMap::new(),
        }
    }

    /// What its rounds go by.
    pub(super) fn runs(&self) -> Option<&Arc<Plan>> {
        self.settled.as_ref().or(self.plan.as_ref())
    }

    /// What was so before this process is so since then; whether the journal is to hear of something new.
    pub(super) fn stands(&mut self, status: &mut Status) -> bool {
        if status.waiting_on.as_ref().is_some_and(|on| !lasts(on)) {
            return false;
        }
        let is_first = !std::mem::replace(&mut self.has_stood, true);
        let is_new = self.waits(status, is_first) | self.holds(status, is_first);
        is_new && self.record == Record::There
    }

    fn holds(&mut self, status: &mut Status, is_first: bool) -> bool {
        let before = std::mem::take(&mut self.said.conditions);
        for condition in &mut status.conditions {
            let name = condition.kind.to_string();
            let now = condition.status.to_string();
            if let Some(then) = before.get(&name).filter(|b| is_first && b.status == now) {
                condition.since = condition.since.min(then.since);
            }
            let held = Held {
                status: now,
                since: condition.since,
            };
            self.said.conditions.insert(name, held);
        }
        self.said.conditions != before
    }

    fn waits(&mut self, status: &mut Status, is_first: bool) -> bool {
        let Some((on, since)) = status.waiting_on.as_ref().zip(status.waiting_since) else {
            return false;
        };
        let mut waits = Waits {
            on: on.kind().to_owned(),
            step: status.step,
            since,
        };
        let before = self.said.waits.as_ref();
        if let Some(before) = before.filter(|b| is_first && b.is_as(&waits) && b.since < since) {
            waits.since = before.since;
            status.waiting_since = Some(before.since);
        }
        let is_new = before != Some(&waits);
        self.said.waits = Some(waits);
        is_new
    }

    /// What of it was done before somebody adopted it, as AWS tells.
    pub(super) fn begun(&self) -> Option<Event> {
        let (status, seen) = self.status.as_deref().zip(self.seen.as_deref())?;
        told::begun(status, &self.from, seen)
    }

    /// Its rounds build, or are about to.
    pub(super) fn is_building(&self) -> bool {
        let status = self.status.as_ref();
        status.is_none_or(|s| s.phase.is_building())
    }

    /// Its next look may show a reason to take traffic back, or traffic is being taken back. The look after a raise has
    /// time: its evidence is minutes away.
    pub(super) fn is_urgent(&self) -> bool {
        let status = self.status.as_ref();
        status.is_some_and(|s| {
            let waited = s.waiting_on.is_some();
            s.phase == Phase::RollingBack || (waited && !s.phase.is_building())
        })
    }

    /// Remembers what became of a note, and whether it is to be tried again at once: the way back waits for no note.
    pub(super) fn noted(&mut self, outcome: &Outcome) -> bool {
        let (Outcome::Acted(action) | Outcome::Failed(action, _)) = outcome else {
            return false;
        };
        let Some(tags) = action.notes() else {
            return false;
        };
        let keys: Vec<String> = tags.keys().cloned().collect();
        if let Outcome::Acted(_) = outcome {
            self.refused_notes
                .retain(|refused, _| !refused.iter().any(|k| keys.contains(k)));
            return false;
        }
        let times = self.refused_notes.entry(keys).or_default();
        *times = times.saturating_add(1);
        *times <= REFUSALS
    }

    /// Keys of the notes that AWS did not take, however often they were tried.
    pub(super) fn refused_notes(&self) -> BTreeSet<String> {
        let refused = self.refused_notes.iter().filter(|(_, n)| **n >= REFUSALS);
        refused.flat_map(|(keys, _)| keys.clone()).collect()
    }

    /// Takes over what a round saw.
    pub(super) fn saw(&mut self, seen: &Arc<Observation>) {
        if seen.routes.unknown().is_none() {
            self.looked = true;
            self.blind = 0;
        } else {
            self.blind = self.blind.saturating_add(1);
            self.looked |= self.blind >= PATIENCE;
        }
        if seen.look != Look::Light {
            self.closely = Some(Arc::new(Closely::of(seen)));
        }
        if seen.recent.seen().is_some() || seen.long.seen().is_some() {
            self.measured = Some(Arc::new(Measured::of(seen)));
        }
        self.seen = Some(Arc::clone(seen));
    }

    /// The first look tells whether an earlier process may have written a moment ago.
    pub(super) fn find(&mut self, seen: &Observation, now: Timestamp) {
        if self.found {
            return;
        }
        let Some(untouched) = self.runs().and_then(|plan| is_untouched(plan, seen)) else {
            return;
        };
        self.found = true;
        if !untouched {
            self.written.began(now);
        }
    }

    /// Takes note of an act: AWS may show it late.
    pub(super) fn wrote(&mut self, outcome: &Outcome, now: Timestamp) {
        match outcome {
            Outcome::Acted(action) => self.written.add(action, now),
            // What may have had its effect all the same is not made a second time.
            Outcome::Failed(action, error) if error.may_have_acted() && action.makes_anew() => {
                self.written.add(action, now);
            }
            Outcome::Failed(..) | Outcome::Vetoed(..) | Outcome::Waited => self.written.forget(now),
        }
    }

    /// As the board shows it.
    pub(super) fn view(&self, name: &str, facts: Facts, frozen: Option<Said>) -> PlanView {
        PlanView {
            name: name.to_owned(),
            plan: self.runs().cloned(),
            from: self.from.clone(),
            standing: self.standing.clone(),
            status: self.status.clone(),
            seen: self.seen.clone(),
            closely: self.closely.clone(),
            measured: self.measured.clone(),
            facts,
            paused: self.said.paused.clone(),
            frozen,
            attempts: self.backoff.failures(),
            look_at: self.look_at,
            version: 0,
        }
    }
}
