//! People: whoever approves during the safety phase, and whoever does what every wait asks for in the liveness phase.
//!
//! What belongs here: what a person does about a status. What must not: what happens by the timetable.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use sixshift_controller::command::Verb;
use sixshift_core::facts::Gate;
use sixshift_core::share::Share;
use sixshift_core::status::{Lost, Status, WaitingOn};

use crate::dice::Dice;
use crate::releases::Quality;

/// How often somebody does what a wait asks for, before leaving it at that.
const TRIES: u32 = 3;
/// How long somebody waits before doing it (again).
const BETWEEN: SignedDuration = SignedDuration::from_mins(5);

/// What somebody does now.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Deed {
    Order(Verb, Option<Gate>),
    /// Sets IPv6 to so many percent on every route.
    Weights(i64),
    Release(Quality),
    /// Gives the twin the team's number of tasks.
    FillTwin,
    /// Writes down on our target group what share the routes have.
    Note(Share),
}

/// Who looks after the plan.
#[derive(Debug)]
pub(crate) struct Operators {
    patience: SignedDuration,
    dice: Dice,
    asked: Option<(String, Timestamp)>,
    tried: BTreeMap<String, (u32, Timestamp)>,
}

impl Operators {
    pub(crate) fn new(patience: SignedDuration, dice: Dice) -> Self {
        Self {
            patience,
            dice,
            asked: None,
            tried: BTreeMap::new(),
        }
    }

    /// In the safety phase: whoever is on call does what has been asked for long enough, more often than not.
    pub(crate) fn attend(&mut self, status: &Status, now: Timestamp) -> Vec<Deed> {
        let Some(on) = &status.waiting_on else {
            self.asked = None;
            return Vec::new();
        };
        let what = asked(on);
        let since = match &self.asked {
            Some((asked, since)) if *asked == what => *since,
            _ => now,
        };
        let due = now.duration_since(since) >= self.patience;
        self.asked = Some((what, if due { now } else { since }));
        match on.blocker() {
            _ if !due => Vec::new(),
            WaitingOn::RolledBack { .. } if self.dice.chance(0.1) => {
                vec![Deed::Order(Verb::Retry, None)]
            }
            // These are meant to last for a while.
            WaitingOn::Frozen { .. } | WaitingOn::Paused { .. } => Vec::new(),
            // Nobody releases something every few minutes.
            WaitingOn::TasksStarting { .. } | WaitingOn::TargetsUnhealthy { .. } => Vec::new(),
            _ if self.dice.chance(0.8) => wanted(on),
            _ => Vec::new(),
        }
    }

    /// Does what is asked for, some times.
    pub(crate) fn oblige(&mut self, status: &Status, now: Timestamp) -> Vec<Deed> {
        let Some(on) = &status.waiting_on else {
            return Vec::new();
        };
        let deeds = wanted(on);
        if deeds.is_empty() {
            return deeds;
        }
        let asked = asked(on);
        let (tries, last) = self.tried.get(&asked).copied().unwrap_or((0, now));
        let first = !self.tried.contains_key(&asked);
        let waited = status
            .waiting_since
            .is_none_or(|s| now.duration_since(s) >= BETWEEN);
        let due = first || now.duration_since(last) >= BETWEEN;
        if tries >= TRIES || !due || !waited {
            return Vec::new();
        }
        self.tried.insert(asked, (tries + 1, now));
        deeds
    }

    /// Whether somebody did what a wait asks for as often as anybody would.
    pub(crate) fn gave_up(&self, on: &WaitingOn) -> bool {
        wanted(on).is_empty() || self.tried.get(&asked(on)).is_some_and(|(n, _)| *n >= TRIES)
    }
}

/// What is asked for: each gate is a question of its own, and so is what became of a twin.
fn asked(on: &WaitingOn) -> String {
    match on.blocker() {
        WaitingOn::Approval { gate } => format!("{gate:?}"),
        WaitingOn::NoWayBack { lost, .. } => format!("{} {lost:?}", on.kind()),
        on => on.kind().to_owned(),
    }
}

/// What a wait asks a person for, where that is one thing.
fn wanted(on: &WaitingOn) -> Vec<Deed> {
    let order = |verb| vec![Deed::Order(verb, None)];
    match on.blocker() {
        WaitingOn::Frozen { .. } => order(Verb::Unfreeze),
        WaitingOn::Paused { .. } => order(Verb::Resume),
        WaitingOn::JournalLost => order(Verb::Adopt),
        WaitingOn::Approval { .. } | WaitingOn::Webhook { .. } => {
            vec![Deed::Order(Verb::Approve, on.gate())]
        }
        WaitingOn::OutsideEdit { expected, .. } => {
            let percent = expected.map_or(0.0, |share| share.fraction() * 100.0);
            vec![Deed::Weights(percent.round() as i64)]
        }
        WaitingOn::NoteLost {
            found: Some(share), ..
        } => vec![Deed::Note(*share)],
        WaitingOn::NoteLost { found: None, .. } => vec![Deed::Weights(0)],
        WaitingOn::Bad { .. } => order(Verb::Abort),
        WaitingOn::NoWayBack {
            lost: Some(Lost::Emptied),
            ..
        } => vec![Deed::FillTwin],
        WaitingOn::NoWayBack { .. } => vec![Deed::Release(Quality::Good)],
        WaitingOn::TwinFailed { .. } => {
            vec![Deed::Release(Quality::Good), Deed::Order(Verb::Retry, None)]
        }
        WaitingOn::TasksStarting { overdue: true, .. }
        | WaitingOn::TargetsUnhealthy { overdue: true, .. } => vec![Deed::Release(Quality::Good)],
        _ => Vec::new(),
    }
}

/// Waits whose remedy people have carried out when they gave up: doing it has to help.
pub(crate) fn must_help(on: &WaitingOn) -> bool {
    !wanted(on).is_empty()
}
