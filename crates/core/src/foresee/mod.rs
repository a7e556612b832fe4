//! What a migration will do, before it does anything: rounds over a copy of what was seen, in which each action has its
//! effect and each wait passes as well as it can. Start reading here.
//!
//! It comes from the same [`decide`] and passes the same [`guard`] as the daemon's rounds. [`apply`] is the one model of
//! what AWS does with an action; property tests and `sixshift plan` go by it, and a test holds it to the simulated region.
//!
//! What belongs here: the imagined rounds, and what is told of them. What must not: anything that goes wrong later (nobody
//! can foresee that), and any judgement of its own.

mod account;
mod change;
mod effects;
mod elapse;
mod evidence;
mod in_place;
mod pass;
mod probe;
mod registry;
mod resource;
mod tasks;
mod told;
mod twice;

use jiff::{SignedDuration, Timestamp};

pub use account::{Account, Thing};
pub use change::Change;
pub use effects::{NEW, apply};
pub use resource::Resource;
pub use told::Outcome;
pub use twice::{Capacity, Twice};

use crate::{
    action::Action,
    decide::{Next, decide, look_after},
    evidence::Series,
    facts::{Approval, Facts, Gate},
    guard::guard,
    observation::{Look, Observation},
    plan::Plan,
    readiness::{Finding, findings},
    share::Share,
    status::{Phase, WaitingOn, and_next},
    written::{Unseen, Written},
};
use evidence::Minutes;
use pass::{Until, Work, pass};

/// Rounds enough for every plan that the parser takes.
pub const MOST_ROUNDS: usize = 2_000;

/// The same wait so many times in a row does not end by itself.
const PATIENCE: usize = 120;

/// What lies ahead of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Foresight {
    /// When it was foreseen.
    pub from: Timestamp,
    /// In order.
    pub ahead: Vec<Ahead>,
    /// Where it ends.
    pub end: End,
    /// When that is, at the earliest.
    pub until: Timestamp,
    /// What will be in the account, and what will be gone.
    pub account: Account,
    /// What runs twice meanwhile.
    pub twice: Twice,
    /// What preflight finds now.
    pub findings: Vec<Finding>,
    /// The account as it would be then; what AWS names itself has [`NEW`] in its ARN.
    pub after: Observation,
}

impl Foresight {
    /// The calls alone.
    pub fn calls(&self) -> impl Iterator<Item = &Call> {
        self.ahead.iter().filter_map(|ahead| match ahead {
            Ahead::Call(call) => Some(call),
            Ahead::Wait(_) | Ahead::Person { .. } => None,
        })
    }
}

/// One thing that lies ahead.
#[derive(Clone, Debug, PartialEq)]
pub enum Ahead {
    /// A call to AWS that changes something.
    Call(Call),
    /// Nothing for a while.
    Wait(Wait),
    /// A gate that a person opens; what follows takes for granted that somebody does, at once.
    Person {
        /// When it is reached, at the earliest.
        at: Timestamp,
        /// Which one.
        gate: Gate,
    },
}

/// A call to AWS.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// At the earliest.
    pub at: Timestamp,
    /// The phase that it belongs to.
    pub phase: Phase,
    /// What is done.
    pub action: Action,
    /// What it is done to.
    pub resource: Resource,
    /// What changes.
    pub changes: Vec<Change>,
}

/// A wait.
#[derive(Clone, Debug, PartialEq)]
pub struct Wait {
    /// From when.
    pub from: Timestamp,
    /// Until when, at the earliest.
    pub until: Timestamp,
    /// In which phase.
    pub phase: Phase,
    /// As it is at its beginning.
    pub on: WaitingOn,
    /// How long it takes is AWS's affair, and assumed.
    pub is_assumed: bool,
    /// The share of IPv6 meanwhile.
    pub share: Share,
}

/// Where foresight ends.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    /// Migrated.
    Done,
    /// Something that does not end by itself, as far as can be foreseen.
    Stands {
        /// What.
        on: WaitingOn,
        /// The plan's sentence then, as `why` says it.
        sentence: String,
    },
    /// More lies ahead than was asked for.
    More,
}

/// The world as it is imagined.
pub(crate) struct Imagined<'a> {
    plan: &'a Plan,
    facts: Facts,
    seen: Observation,
    minutes: Minutes,
    twice: Twice,
    /// The last kind of wait, and how often it was met in a row.
    waited: (&'static str, usize),
}

/// Foresees what a plan will do from where it stands, in so many rounds at most.
#[must_use]
pub fn foresee(
    plan: &Plan,
    facts: &Facts,
    seen: &Observation,
    now: Timestamp,
    most: usize,
) -> Foresight {
    let mut imagined = Imagined::new(plan, facts, seen, now);
    let before = imagined.seen.clone();
    let findings = findings(plan, &before);
    let mut ahead = Vec::new();
    let mut end = End::More;
    for _ in 0..most {
        if let Some(reached) = imagined.round(&mut ahead) {
            end = reached;
            break;
        }
    }
    Foresight {
        from: now,
        end,
        until: imagined.now(),
        account: Account::between(plan, &before, &imagined.seen),
        twice: imagined.twice,
        ahead,
        findings,
        after: imagined.seen,
    }
}

impl<'a> Imagined<'a> {
    /// As it was seen, with what was written a moment ago and is not shown yet.
    fn new(plan: &'a Plan, facts: &Facts, seen: &Observation, now: Timestamp) -> Self {
        let mut shown = seen.clone();
        for unseen in facts.written.unseen(plan, seen, now) {
            if let Unseen::Act(action) = unseen {
                apply(action, &mut shown);
            }
        }
        shown.at = now;
        // What is remembered is taken for what is: the daemon looks again before each act.
        shown.look = Look::Full;
        probe::answered(plan, &mut shown);
        Self {
            plan,
            facts: Facts {
                written: Written::default(),
                ..facts.clone()
            },
            minutes: Minutes::new(plan, &shown, now),
            twice: Twice::of(&shown),
            seen: shown,
            waited: ("", 0),
        }
    }

    fn now(&self) -> Timestamp {
        self.seen.at
    }

    /// One round; the end, where it is reached.
    fn round(&mut self, ahead: &mut Vec<Ahead>) -> Option<End> {
        let now = self.now();
        let decision = decide(self.plan, &self.facts, &self.seen, now);
        let phase = decision.status.phase;
        let on = match decision.next {
            Next::Done => return Some(End::Done),
            Next::Act(action) => return self.act(action, phase, ahead),
            Next::Wait(on) => on,
        };
        let until = pass(&on, self, decision.look_at);
        let is_patient = self.is_patient(on.kind());
        match until {
            _ if !is_patient => {}
            Until::Person(gate) if !self.facts.approved(gate, &self.plan.revision) => {
                ahead.push(Ahead::Person { at: now, gate });
                self.approve(gate);
                return None;
            }
            Until::Footing => {
                self.facts.lacking = None;
                return None;
            }
            Until::Time(until) => {
                self.wait(ahead, phase, on, until, None);
                return None;
            }
            Until::Aws(work, takes) => {
                let until = now.saturating_add(takes).unwrap_or(now);
                self.wait(ahead, phase, on, until, Some(work));
                return None;
            }
            Until::Person(_) | Until::Never => {}
        }
        Some(End::Stands {
            on,
            sentence: decision.status.sentence,
        })
    }

    /// An imagined act passes the guard, too: what that would refuse is not promised.
    fn act(&mut self, action: Action, phase: Phase, ahead: &mut Vec<Ahead>) -> Option<End> {
        if let Err(veto) = guard(self.plan, &self.facts, &self.seen, &action) {
            let on = WaitingOn::Vetoed {
                action: action.name(),
                veto,
                lasting: true,
            };
            let sentence = and_next(&on);
            return Some(End::Stands { on, sentence });
        }
        let now = self.now();
        let changes = Change::of(&action, &self.seen);
        apply(&action, &mut self.seen);
        probe::answered(self.plan, &mut self.seen);
        self.waited = ("", 0);
        self.minutes.note(&self.seen, now);
        ahead.push(Ahead::Call(Call {
            at: now,
            phase,
            resource: Resource::of(&action),
            changes,
            action,
        }));
        self.elapse_to(look_after(phase, now));
        None
    }

    fn wait(
        &mut self,
        ahead: &mut Vec<Ahead>,
        phase: Phase,
        on: WaitingOn,
        until: Timestamp,
        work: Option<Work>,
    ) {
        let from = self.now();
        let until = until.max(from.saturating_add(A_MOMENT).unwrap_or(from));
        self.elapse_to(until);
        match work {
            Some(Work::Tasks) => elapse::tasks_run(self.plan, &mut self.seen),
            Some(Work::Checks) => elapse::checks_pass(&mut self.seen),
            Some(Work::Deletion) => elapse::deletions_end(&mut self.seen),
            None => {}
        }
        if work.is_some() {
            self.minutes.note(&self.seen, until);
            self.minutes.show(self.plan, &mut self.seen);
        }
        if let Some(Ahead::Wait(last)) = ahead.last_mut()
            && last.on.kind() == on.kind()
        {
            last.until = until;
            return;
        }
        ahead.push(Ahead::Wait(Wait {
            from,
            until,
            phase,
            on,
            is_assumed: work.is_some(),
            share: self.share(),
        }));
    }

    fn share(&self) -> Share {
        if self.plan.is_by_tasks() {
            return tasks::share(&self.seen);
        }
        if self.plan.is_by_names() {
            return registry::share(&self.seen);
        }
        evidence::share(&self.seen)
    }

    fn elapse_to(&mut self, until: Timestamp) {
        self.twice.elapse(&self.seen, until);
        self.seen.at = until;
        self.minutes.show(self.plan, &mut self.seen);
    }

    fn approve(&mut self, gate: Gate) {
        self.facts.approvals.push(Approval {
            gate,
            revision: self.plan.revision.clone(),
            by: "somebody".to_owned(),
            at: self.now(),
        });
    }

    fn is_patient(&mut self, kind: &'static str) -> bool {
        let (last, times) = self.waited;
        self.waited = if last == kind {
            (kind, times + 1)
        } else {
            (kind, 1)
        };
        self.waited.1 <= PATIENCE
    }

    /// When the last request reached IPv4, by the series that a drain is judged by.
    fn left_ipv4(&self) -> Option<Timestamp> {
        let all = [&self.seen.recent, &self.seen.long];
        let series = all.into_iter().filter_map(|known| known.seen());
        series.filter_map(|s: &Series| evidence::left_ipv4(s)).max()
    }
}

/// Time goes on in every round.
const A_MOMENT: SignedDuration = SignedDuration::from_secs(1);
