//! The course of a rehearsal: what happened when, and what customers had seen by then.
//!
//! What belongs here: taking notes of rounds. What must not: how they are shown ([`super::text`]).

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use sixshift_controller::{Outcome, Round, command::gate_name};
use sixshift_core::{
    facts::Gate,
    share::Share,
    status::{Phase, Status},
};
use sixshift_sim::Region;

use crate::{
    report::{History, PlanReport, Requests},
    watch::Lines,
};

/// Something that happened.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event {
    /// By the clock of the rehearsal, which begins at the live side's present.
    pub(super) at: Timestamp,
    /// The plan's phase.
    pub(super) phase: Phase,
    pub(super) kind: Kind,
    /// The call as IAM names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) call: Option<&'static str>,
    /// What, in a sentence.
    pub(super) text: String,
    /// On IPv6, as read back.
    pub(super) share: Option<Share>,
    /// The customers' requests so far.
    pub(super) requests: Requests,
}

/// What sort of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Kind {
    /// A call changed something.
    Call,
    /// Something is waited for from now on.
    Wait,
    /// A call failed, or was refused.
    Failed,
    /// Preflight warns.
    Warning,
    /// The rehearsal's operator approved.
    Approval,
    /// Somebody else did something.
    Somebody,
}

/// The way back.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WayBack {
    /// When it was begun.
    pub(super) at: Timestamp,
    /// Which step's share was on IPv6, counted from 1.
    pub(super) step: Option<usize>,
    /// That share.
    pub(super) share: Share,
    /// How long after that share was read back for the first time.
    pub(super) after_seconds: i64,
    /// The customers' requests until it was begun.
    pub(super) requests: Requests,
}

/// What became of one plan.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Played {
    #[serde(flatten)]
    pub(super) plan: PlanReport,
    /// When the plan's last call or change of phase was.
    pub(super) until: Timestamp,
    /// How it went back, where it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) way_back: Option<WayBack>,
    pub(super) timeline: Vec<Event>,
}

/// Takes notes.
pub(super) struct Course<'a> {
    region: &'a Region,
    start: Timestamp,
    history: History,
    lines: Lines,
    /// How many of the region's own news were told.
    news: usize,
    notes: BTreeMap<String, Notes>,
}

#[derive(Default)]
struct Notes {
    events: Vec<Event>,
    /// The last step that was under way, the share on IPv6, and since when.
    stands: Option<(Option<usize>, Share, Timestamp)>,
    way_back: Option<WayBack>,
}

impl<'a> Course<'a> {
    pub(super) fn new(region: &'a Region, start: Timestamp) -> Self {
        Self {
            region,
            start,
            history: History::default(),
            lines: Lines::default(),
            news: 0,
            notes: BTreeMap::new(),
        }
    }

    /// A round ended.
    pub(super) fn saw(&mut self, round: &Round) {
        self.history.add(round);
        let status = &round.status;
        let requests = self.requests(&round.plan);
        self.stood(status, requests);
        let event = |kind, text| Event {
            at: status.at,
            phase: status.phase,
            kind,
            call: None,
            text,
            share: status.shares.observed,
            requests,
        };
        let news = self.region.with_world(|world| {
            let news = world.journal.iter().skip(self.news);
            news.map(|e| (e.at, e.sentence.clone())).collect::<Vec<_>>()
        });
        self.news += news.len();
        let warned = self.lines.warnings(round);
        let said = self.lines.said(round);
        let notes = self.notes.entry(round.plan.clone()).or_default();
        let news = news.into_iter();
        notes.events.extend(news.map(|(at, text)| Event {
            at,
            ..event(Kind::Somebody, text)
        }));
        let warned = warned.into_iter();
        notes
            .events
            .extend(warned.map(|text| event(Kind::Warning, text)));
        let Some(text) = said else { return };
        let kind = match &round.outcome {
            Outcome::Acted(_) => Kind::Call,
            Outcome::Failed(..) | Outcome::Vetoed(..) => Kind::Failed,
            Outcome::Waited => Kind::Wait,
        };
        let call = match &round.outcome {
            Outcome::Acted(action) => Some(action.call()),
            _ => None,
        };
        notes.events.push(Event {
            call,
            ..event(kind, text)
        });
    }

    /// The operator approved.
    pub(super) fn approved(&mut self, plan: &str, gate: Gate) {
        let requests = self.requests(plan);
        let at = self.region.clock().now;
        let Some(notes) = self.notes.get_mut(plan) else {
            return;
        };
        let Some(last) = notes.events.last().cloned() else {
            return;
        };
        notes.events.push(Event {
            at,
            kind: Kind::Approval,
            call: None,
            text: format!("the rehearsal's operator approves {}", gate_name(gate)),
            requests,
            ..last
        });
    }

    /// A plan's part of the report.
    pub(super) fn of(&self, status: &Status) -> Played {
        let mut plan = self.history.of(status);
        let requests = self.region.with_world(|world| world.traffic());
        let requests = requests.get(&status.plan).copied();
        plan.requests = Some(requests.map(Requests::from).unwrap_or_default());
        let notes = self.notes.get(&status.plan);
        let timeline = notes.map(|n| n.events.clone()).unwrap_or_default();
        Played {
            plan,
            until: timeline.last().map_or(self.start, |event| event.at),
            way_back: notes.and_then(|n| n.way_back),
            timeline,
        }
    }

    fn requests(&self, plan: &str) -> Requests {
        let seen = self.region.with_world(|world| world.counted_traffic());
        seen.get(plan)
            .copied()
            .map(Requests::from)
            .unwrap_or_default()
    }

    /// Which share is on IPv6, and whether it is on its way back.
    fn stood(&mut self, status: &Status, requests: Requests) {
        let notes = self.notes.entry(status.plan.clone()).or_default();
        if status.phase.is_back() {
            let (step, share, since) = notes.stands.unwrap_or((None, Share::NONE, status.at));
            notes.way_back.get_or_insert(WayBack {
                at: status.at,
                step: step.map(|step| step + 1),
                share,
                after_seconds: status.at.duration_since(since).as_secs(),
                requests,
            });
            return;
        }
        notes.way_back = None;
        let Some(share) = status.shares.observed else {
            return;
        };
        let is_new = notes.stands.is_none_or(|(_, known, _)| known != share);
        if is_new {
            notes.stands = Some((status.step, share, status.at));
        }
    }
}
