//! The course of a rehearsal: what happened when, and what customers had seen by then.
//!
//! What belongs here: taking notes of rounds. What must not: how they are shown ([`super::text`]).

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;
use sixshift_controller::{Outcome, Round, command::gate_name};
use sixshift_core::{
    facts::Gate,
    plan::ServiceRef,
    share::Share,
    status::{Phase, Status},
};
use sixshift_sim::{
    Region, Value,
    services::{self, Service},
};

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
    /// The customers' requests so far; none are counted of a service that no load balancer leads to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) requests: Option<Requests>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) requests: Option<Requests>,
}

/// The tasks of a service that is moved in place.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tasks {
    /// How many ran when there were the fewest, of those moments at which it was looked at.
    pub(super) fewest: usize,
    /// How many are wanted.
    pub(super) desired: usize,
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
    /// Of one that is moved in place, in the place of requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tasks: Option<Tasks>,
    pub(super) timeline: Vec<Event>,
}

/// Takes notes.
pub(super) struct Course<'a> {
    region: &'a Region,
    start: Timestamp,
    history: History,
    lines: Lines,
    /// Plans that move a service in place, each with where that is.
    in_place: BTreeMap<String, ServiceRef>,
    notes: BTreeMap<String, Notes>,
}

#[derive(Default)]
struct Notes {
    events: Vec<Event>,
    /// The last step that was under way, the share on IPv6, and since when.
    stands: Option<(Option<usize>, Share, Timestamp)>,
    way_back: Option<WayBack>,
    tasks: Option<Tasks>,
    /// How many of the region's own news were told.
    news: usize,
}

impl<'a> Course<'a> {
    pub(super) fn new(
        region: &'a Region,
        start: Timestamp,
        in_place: BTreeMap<String, ServiceRef>,
    ) -> Self {
        Self {
            region,
            start,
            history: History::default(),
            lines: Lines::default(),
            in_place,
            notes: BTreeMap::new(),
        }
    }

    /// A round ended.
    pub(super) fn saw(&mut self, round: &Round) {
        self.history.add(round);
        let status = &round.status;
        let requests = self.requests(&round.plan);
        self.stood(status, requests);
        self.counted(&round.plan);
        let event = |kind, text| Event {
            at: status.at,
            phase: status.phase,
            kind,
            call: None,
            text,
            share: status.shares.observed,
            requests,
        };
        // What happens to the region happens to each plan; several outages of one zone are one.
        let mut news = self.region.with_world(|world| {
            let news = world.journal.iter();
            news.map(|e| (e.sentence.clone(), e.at)).collect::<Vec<_>>()
        });
        let mut known = BTreeSet::new();
        news.retain(|(text, _)| known.insert(text.clone()));
        let warned = self.lines.warnings(round);
        let said = self.lines.said(round);
        let notes = self.notes.entry(round.plan.clone()).or_default();
        let new = news.into_iter().skip(notes.news);
        let before = notes.events.len();
        notes.events.extend(new.map(|(text, at)| Event {
            at,
            ..event(Kind::Somebody, text)
        }));
        notes.news += notes.events.len() - before;
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
        // What is still on its way is settled first.
        let _ = self.region.with_world(|world| world.traffic());
        plan.requests = self.requests(&status.plan);
        let notes = self.notes.get(&status.plan);
        let timeline = notes.map(|n| n.events.clone()).unwrap_or_default();
        Played {
            plan,
            until: timeline.last().map_or(self.start, |event| event.at),
            way_back: notes.and_then(|n| n.way_back),
            tasks: notes.and_then(|n| n.tasks),
            timeline,
        }
    }

    fn requests(&self, plan: &str) -> Option<Requests> {
        if self.in_place.contains_key(plan) {
            return None;
        }
        let seen = self.region.with_world(|world| world.counted_traffic());
        let seen = seen.get(plan).copied();
        Some(seen.map(Requests::from).unwrap_or_default())
    }

    /// How many tasks of one that is moved in place are at work now.
    fn counted(&mut self, plan: &str) {
        let Some(place) = self.in_place.get(plan) else {
            return;
        };
        let ServiceRef { cluster, name, .. } = place;
        let asked = Value::map([
            ("cluster", cluster.as_str().into()),
            ("services", Value::list([name.as_str()])),
        ]);
        let (at_work, told) = self.region.with_world(|world| {
            let at_work = world.at_work(&format!("{cluster}/{name}")).count();
            let told = services::call(world, Service::Ecs, "DescribeServices", &asked);
            (at_work, told)
        });
        let desired = told.ok().and_then(|told| {
            let service = told.get("services").items().first()?.clone();
            usize::try_from(service.get("desiredCount").as_i64()?).ok()
        });
        let Some(desired) = desired else { return };
        let notes = self.notes.entry(plan.to_owned()).or_default();
        let known = notes.tasks.map_or(at_work, |known| known.fewest);
        notes.tasks = Some(Tasks {
            fewest: known.min(at_work),
            desired,
        });
    }

    /// Which share is on IPv6, and whether it is on its way back.
    fn stood(&mut self, status: &Status, requests: Option<Requests>) {
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
