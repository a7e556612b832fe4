//! What every face shows: one struct for the API, the dashboard, metrics, log lines and events.
//!
//! What belongs here: the words and numbers of a plan's state. What must not: how they came about ([`crate::decide`]).

mod remedy;
mod rows;
mod runbook;
mod sentence;
mod told;
mod waiting;
mod walk;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

pub use rows::Row;
pub use runbook::Runbook;
pub(crate) use sentence::{and_next, upper};
pub use sentence::{clause, duration, figure, millis, percent, sentence};
pub use waiting::{Lost, ProbeStop, Said, Stood, WaitingOn};
pub use walk::{Asks, Rung, RungState};

pub use crate::note::rollback::Rollback;

use crate::{
    evidence::{SignalVerdict, Verdict, Window},
    observation::FirstLines,
    plan::{Revision, Shift},
    readiness::Finding,
    share::Share,
    wire::wire_names,
};

/// Where a plan stands on the ladder. Derived in every round, never stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Looking whether it can begin at all.
    Checking,
    /// Making the IPv6 target groups and attaching them at weight 0.
    TargetGroup,
    /// Registering the derived task definition.
    TaskDefinition,
    /// Creating the twin and its scaling.
    Service,
    /// Proving a canary, then growing to full size, without traffic.
    Warm,
    /// Moving traffic step by step.
    Shift,
    /// 100 % on IPv6, the IPv4 side ready to take it back.
    Bake,
    /// The IPv4 side at zero tasks, kept.
    Cold,
    /// Deleting the IPv4 side.
    Retire,
    /// Migrated.
    Done,
    /// Taking the traffic back.
    RollingBack,
    /// All traffic on IPv4 again; sticky for this revision of the plan.
    RolledBack,
}

wire_names!(Phase:
    Checking = "Checking"
    TargetGroup = "TargetGroup"
    TaskDefinition = "TaskDefinition"
    Service = "Service"
    Warm = "Warm"
    Shift = "Shift"
    Bake = "Bake"
    Cold = "Cold"
    Retire = "Retire"
    Done = "Done"
    RollingBack = "RollingBack"
    RolledBack = "RolledBack");

impl Phase {
    /// Its traffic goes back to IPv4, or is there again.
    #[must_use]
    pub fn is_back(self) -> bool {
        matches!(self, Self::RollingBack | Self::RolledBack)
    }

    /// IPv6 has no traffic yet: what is done only builds the twin, and is in no hurry.
    #[must_use]
    pub fn is_building(self) -> bool {
        match self {
            Self::Checking
            | Self::TargetGroup
            | Self::TaskDefinition
            | Self::Service
            | Self::Warm => true,
            Self::Shift
            | Self::Bake
            | Self::Cold
            | Self::Retire
            | Self::Done
            | Self::RollingBack
            | Self::RolledBack => false,
        }
    }
}

/// How it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Health {
    /// It moves, or waits for time, AWS or evidence.
    Progressing,
    /// Migrated.
    Complete,
    /// It stands still until a person does something.
    NeedsPerson,
    /// The IPv6 side is bad, or was and is rolled back.
    Bad,
    /// AWS could not be asked.
    Unknown,
}

wire_names!(Health:
    Progressing = "Progressing"
    Complete = "Complete"
    NeedsPerson = "NeedsPerson"
    Bad = "Bad"
    Unknown = "Unknown");

/// Four numbers, never one weight. Only the last two unlock anything destructive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Shares {
    /// What the plan wants now, as the routes can express it.
    pub desired: Option<Share>,
    /// What the API last accepted for every route.
    pub applied: Option<Share>,
    /// What was read back: the least over all routes.
    pub observed: Option<Share>,
    /// What was measured from request counts.
    pub effective: Option<Share>,
}

/// True, False, or not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "Kubernetes' words")]
pub enum ConditionStatus {
    True,
    False,
    Unknown,
}

wire_names!(ConditionStatus:
    True = "True"
    False = "False"
    Unknown = "Unknown");

/// What a condition is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConditionKind {
    /// Nothing blocks the migration.
    Ready,
    /// The twin runs at full size and is healthy.
    TwinAvailable,
    /// The evidence on IPv6 is good.
    EvidenceGood,
    /// The routes are as we left them.
    RoutesInStep,
    /// The migration is done.
    Complete,
}

wire_names!(ConditionKind:
    Ready = "Ready"
    TwinAvailable = "TwinAvailable"
    EvidenceGood = "EvidenceGood"
    RoutesInStep = "RoutesInStep"
    Complete = "Complete");

/// One aspect of the state, as Kubernetes has them.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// What about.
    #[serde(rename = "type")]
    pub kind: ConditionKind,
    /// Whether it holds.
    pub status: ConditionStatus,
    /// One CamelCase word.
    pub reason: String,
    /// A sentence.
    pub message: String,
    /// When `status` last changed, as far as the journal knows.
    pub since: Timestamp,
    /// The revision of the plan it speaks of.
    pub observed_revision: Revision,
}

/// Which way a plan goes, and who says so.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Going {
    /// As `spec.shift.via` names it; `None` until the service told it.
    pub via: Option<&'static str>,
    /// `plan` (it names the way), `steps` (they can be made on no other) or `service` (by what is before it).
    pub chosen_by: &'static str,
    /// Why, without a full stop.
    pub why: String,
}

impl Going {
    /// What a plan says of its way.
    #[must_use]
    pub fn of(shift: &Shift) -> Self {
        Self {
            via: (!shift.choice.is_open()).then(|| shift.way.via()),
            chosen_by: shift.choice.by(),
            why: shift.choice.why().to_owned(),
        }
    }
}

/// The whole state of one plan after a round.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// Plan name.
    pub plan: String,
    /// Revision of the plan that was decided on.
    pub revision: Revision,
    /// Which way it goes.
    pub way: Going,
    /// When it was looked at.
    pub at: Timestamp,
    /// When AWS showed it: earlier than `at` where it could not be asked since.
    pub seen_at: Timestamp,
    /// Where it stands.
    pub phase: Phase,
    /// Index of the step whose share is applied.
    pub step: Option<usize>,
    /// How it goes.
    pub health: Health,
    /// The four shares.
    pub shares: Shares,
    /// What it waits for; `None` when it acts or is done.
    pub waiting_on: Option<WaitingOn>,
    /// Since when it waits for that, as far as the journal knows.
    pub waiting_since: Option<Timestamp>,
    /// The verdict on the evidence of the current share.
    pub verdict: Option<Verdict>,
    /// Signal by signal.
    pub signals: Vec<SignalVerdict>,
    /// The time that they are judged by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// What customers meet now that the wait does not tell, because something else holds the plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
    /// What the newest task beside the service wrote first, in place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_lines: Option<FirstLines>,
    /// The IPv4 service is deleted, or being deleted: nothing can go back to it.
    #[serde(skip)]
    pub ipv4_gone: bool,
    /// What preflight found that stops nothing, while the IPv4 side is there; without what the plan waives.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Finding>,
    /// Aspects.
    pub conditions: Vec<Condition>,
    /// What is asked until it is done, in the ladder's order: told by [`Self::rows`].
    #[serde(skip)]
    pub walk: Vec<Rung>,
    /// Where it stands, what it waits for, what comes next.
    pub sentence: String,
}

/// What AWS could not tell, or evidence could not show, for so long is not a hiccup.
const IN_VAIN: SignedDuration = SignedDuration::from_mins(15);

impl Status {
    /// Takes over from the status before what has not changed since.
    #[must_use]
    pub fn carrying_since(mut self, before: Option<&Self>) -> Self {
        let Some(before) = before else { return self };
        for condition in &mut self.conditions {
            let same = before
                .conditions
                .iter()
                .find(|b| b.kind == condition.kind && b.status == condition.status);
            if let Some(same) = same {
                condition.since = same.since;
            }
        }
        for rung in &mut self.walk {
            rung.carry(&before.walk);
        }
        // A look that is older than what we wrote tells nothing new.
        if let Some(WaitingOn::Unseen { .. }) = &self.waiting_on {
            self.stays_as(before);
            self.retell();
        }
        // What could not be read is no phase of its own: what was seen last is told, and when.
        if let Some(WaitingOn::Unknown { .. }) = &self.waiting_on
            && self.shares.observed.is_none()
            && before.shares.observed.is_some()
        {
            self.stays_as(before);
            self.seen_at = before.seen_at;
            self.retell();
        }
        let same_wait = match (&self.waiting_on, &before.waiting_on) {
            (Some(now), Some(then)) => now.kind() == then.kind() && self.step == before.step,
            _ => false,
        };
        if same_wait {
            self.waiting_since = before.waiting_since;
        }
        self.calling()
    }

    /// A person is called once a wait that used to end by itself has not ended for long.
    fn calling(mut self) -> Self {
        let since = self.waiting_since.unwrap_or(self.at);
        let Some(on) = &mut self.waiting_on else {
            return self;
        };
        if on.needs_person() || self.at.duration_since(since) < IN_VAIN {
            return self;
        }
        on.escalate();
        if on.needs_person() {
            self.retell();
            self.calls();
        }
        self
    }

    /// What the guard refused again and again needs a person.
    pub fn give_up(&mut self) {
        let Some(WaitingOn::Vetoed { lasting, .. }) = &mut self.waiting_on else {
            return;
        };
        *lasting = true;
        self.calls();
        self.retell();
    }

    /// Waits for something else than was decided: what became of the action says so.
    #[must_use]
    pub fn waiting_instead(mut self, on: WaitingOn) -> Self {
        if on.needs_person() {
            self.calls();
        }
        self.waiting_since = Some(self.at);
        self.waiting_on = Some(on);
        self.retell();
        self
    }

    fn stays_as(&mut self, before: &Self) {
        (self.phase, self.step, self.shares) = (before.phase, before.step, before.shares);
        self.walk.clone_from(&before.walk);
    }

    fn calls(&mut self) {
        if self.health != Health::Bad {
            self.health = Health::NeedsPerson;
        }
    }

    /// Says anew how it is. What customers meet comes first.
    pub(crate) fn retell(&mut self) {
        let on = self.waiting_on.as_ref();
        let told = sentence(self.phase, &self.shares, on, &self.signals, self.at);
        let age = Duration::try_from(self.at.duration_since(self.seen_at)).unwrap_or_default();
        let told = if age.is_zero() {
            told
        } else {
            format!("{told} It was last seen {} ago.", duration(age))
        };
        self.sentence = match &self.trouble {
            Some(trouble) => format!("{}. {told}", upper(&clause(trouble))),
            None => told,
        };
    }

    /// Whether nothing will change without a person, a new revision, or an event in AWS.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.phase == Phase::Done
            || self
                .waiting_on
                .as_ref()
                .is_some_and(WaitingOn::needs_person)
    }
}
