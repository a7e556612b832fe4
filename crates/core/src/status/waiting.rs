//! Every reason for not moving, typed: what is waited for, and what would unblock it.

use std::{fmt, time::Duration};

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    action::Side,
    evidence::{Broken, Verdict},
    facts::Gate,
    guard::Veto,
    observation::Why,
    readiness::Finding,
    share::Share,
};

/// What became of a twin that has traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Lost {
    /// Its service does not exist any more.
    Gone,
    /// Its service is being deleted.
    Going,
    /// It was told to have no task.
    Emptied,
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gone => "the twin does not exist any more",
            Self::Going => "the twin is being deleted",
            Self::Emptied => "somebody scaled the twin to 0 tasks",
        })
    }
}

/// What a webhook said when it was asked last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Said {
    /// It is being asked.
    Nothing,
    /// No.
    No {
        /// Why, in its own words.
        reason: Option<String>,
    },
    /// Nothing that is an answer.
    Failed {
        /// Why, as a sentence without a full stop.
        why: String,
    },
}

/// What stops requests of our own from proving the twin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ProbeStop {
    /// An answer is not what the plan expects.
    Failing,
    /// Nothing answers where the daemon asks.
    Unreachable,
    /// No rule can be made that only they would meet.
    NoPlace,
    /// They are answered well, and CloudWatch counts none at the twin's target group yet.
    Uncounted,
    /// The same for long: somebody else answers them.
    Elsewhere,
}

/// What stands on IPv6 alone, in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Stood {
    /// One task beside the service.
    Task,
    /// The service itself.
    Service,
    /// Its customers, with IPv4's tasks still there.
    Customers,
}

/// What a plan that does not act is waiting for.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "on", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[expect(missing_docs, reason = "each variant says what its fields are")]
pub enum WaitingOn {
    /// A closer look at AWS, which follows at once.
    CloserLook,
    /// The fleet is frozen.
    Frozen { reason: String },
    /// The plan is paused, by an operator or by itself.
    Paused { reason: String, by_plan: bool },
    /// Every plan being looked at once since the daemon started.
    FirstLook,
    /// The lease that lets this daemon act.
    Lease { why: String },
    /// The source of plans being read for the first time since the daemon started.
    SourceUnread,
    /// The journal knows nothing of a migration that is under way.
    JournalLost,
    /// The journal cannot be written.
    JournalUnwritable { why: String },
    /// This machine's clock being right.
    ClockWrong { why: String },
    /// The plan is gone from its source.
    Vanished { commit: Option<String> },
    /// Another plan moves the same route.
    SharedRoute { route: String, other: String },
    /// Rolled back; a new revision or `retry` starts again.
    RolledBack {
        /// Why.
        reason: String,
        /// The twin's name in Cloud Map: consumers that moved to it are led back by nobody.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    /// Somebody else changed a route.
    OutsideEdit {
        /// By its name for people.
        route: String,
        expected: Option<Share>,
        found: Option<Share>,
        /// Whether it still names the IPv6 target group.
        attached: bool,
        /// The sides that its customers get now, and their healthy targets.
        healthy: Vec<(Side, u32)>,
        /// What keeps it from being set right; without it, it is left as it is.
        #[serde(skip_serializing_if = "Option::is_none")]
        until: Option<Box<WaitingOn>>,
    },
    /// Somebody else gave a side tasks that it should not have.
    Resized { side: Side, desired: u32 },
    /// A side lost every target while it had traffic; customers are on the other one until it has some again.
    Emptied { side: Side, at: Share, now: Share },
    /// The IPv4 side, which still has traffic, has no healthy target.
    Ipv4Sick { reason: String },
    /// Our note of the share is gone from the target group while traffic is on IPv6, and the journal has none that agrees
    /// with the routes.
    NoteLost {
        target_group: String,
        /// The share that every route has now.
        found: Option<Share>,
    },
    /// AWS's answers are older than what we wrote last.
    Unseen { what: String },
    /// AWS could not be asked, or not wholly.
    Unknown {
        what: String,
        why: String,
        overdue: bool,
    },
    /// Something that must be there is not.
    Missing { what: String, remedy: String },
    /// Something has our name but not our tag.
    Foreign { what: String },
    /// Readiness found what would break.
    Findings { findings: Vec<Finding> },
    /// A deployment is under way.
    Deployment {
        side: Side,
        reason: Option<String>,
        overdue: bool,
    },
    /// Tasks are starting.
    TasksStarting {
        side: Side,
        running: u32,
        desired: u32,
        reason: Option<String>,
        overdue: bool,
    },
    /// Tasks are stopping.
    TasksStopping { side: Side, running: u32 },
    /// ECS gave up a deployment of the twin, or took it back.
    TwinFailed {
        /// ECS's word for it.
        reason: String,
    },
    /// A task of the twin has an IPv4 address: the subnets are not IPv6-only.
    NotIpv6Only { task: String, address: String },
    /// Targets are not healthy.
    TargetsUnhealthy {
        side: Side,
        healthy: u32,
        needed: u32,
        zone: Option<String>,
        reason: Option<String>,
        overdue: bool,
    },
    /// The canary must be healthy for a while: by CloudWatch's account, or by its own age where an idle load balancer
    /// reports nothing.
    CanaryProof {
        proven: Duration,
        needed: Duration,
        idle: bool,
    },
    /// The twin must answer requests of our own as the plan says.
    Probe {
        what: ProbeStop,
        /// What was asked, without its query.
        request: String,
        why: String,
    },
    /// In place: the task beside the service, or the service itself, must stand for a while.
    Stood {
        what: Stood,
        proven: Duration,
        needed: Duration,
    },
    /// Somebody moved a service that had moved in place to other subnets.
    MovedBack { subnets: Vec<String> },
    /// The share must be proven good for the whole hold.
    Hold {
        step: usize,
        at: Share,
        next: Option<Share>,
        proven: Duration,
        hold: Duration,
        broken_by: Broken,
        /// Minutes without any request, which count for nothing.
        idle: Duration,
        /// When that can be at the earliest.
        due: Timestamp,
    },
    /// 100 % must be proven good for the bake time.
    Bake {
        proven: Duration,
        bake: Duration,
        broken_by: Broken,
        idle: Duration,
        due: Timestamp,
    },
    /// Not good, though it is time: the first step, or the next one.
    Evidence {
        step: usize,
        verdict: Verdict,
        note: Option<String>,
        overdue: bool,
    },
    /// Long enough, but too few requests to tell.
    TooFew {
        step: usize,
        samples: u64,
        needed: u64,
    },
    /// The evidence is bad and the plan says hold.
    Bad { reason: String, lost: Option<Lost> },
    /// The evidence is bad and the IPv4 side is gone.
    NoWayBack { reason: String, lost: Option<Lost> },
    /// A person's approval.
    Approval { gate: Gate },
    /// A webhook's yes.
    Webhook {
        step: usize,
        at: Share,
        /// Of its address, which may be a secret.
        host: String,
        said: Said,
        /// It fails, and a person is called for it.
        calls: bool,
    },
    /// Clients still reach the side that is to be left.
    Drain {
        side: Side,
        requests: u64,
        over: Duration,
    },
    /// The IPv4 side is kept cold until then.
    Cold { until: Timestamp },
    /// AWS is deleting something.
    Deletion { what: String },
    /// The guard refused the action.
    Vetoed {
        action: String,
        veto: Veto,
        /// It has done so again and again.
        lasting: bool,
    },
    /// AWS refused or failed the action.
    ActFailed {
        action: String,
        error: String,
        /// AWS refuses it for good: trying again does not help.
        lasting: bool,
    },
}

impl WaitingOn {
    /// Something in AWS that could not be read.
    #[must_use]
    pub fn unknown(what: &str, why: &Why) -> Self {
        Self::Unknown {
            what: what.to_owned(),
            why: why.to_string(),
            overdue: why.is_lasting,
        }
    }

    /// Waited for in vain for long: what could not be read, or is not good, so far, will not be so by waiting.
    pub(super) fn escalate(&mut self) {
        match self {
            Self::Unknown { overdue, .. } | Self::Evidence { overdue, .. } => *overdue = true,
            Self::Probe { what, .. } if *what == ProbeStop::Uncounted => {
                *what = ProbeStop::Elsewhere;
            }
            Self::OutsideEdit {
                until: Some(on), ..
            } => on.escalate(),
            _ => {}
        }
    }

    /// The gate that a person may open here.
    #[must_use]
    pub fn gate(&self) -> Option<Gate> {
        match self {
            Self::Approval { gate } => Some(*gate),
            Self::Webhook { step, .. } => Some(Gate::Step(*step)),
            _ => None,
        }
    }

    /// What has to end first: an edit that is to be set right may wait for something itself.
    #[must_use]
    pub fn blocker(&self) -> &Self {
        match self {
            Self::OutsideEdit {
                until: Some(on), ..
            } => on.blocker(),
            on => on,
        }
    }

    /// The variant's name, for comparison and metric labels.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::CloserLook => "CloserLook",
            Self::Frozen { .. } => "Frozen",
            Self::Paused { .. } => "Paused",
            Self::FirstLook => "FirstLook",
            Self::Lease { .. } => "Lease",
            Self::SourceUnread => "SourceUnread",
            Self::JournalLost => "JournalLost",
            Self::JournalUnwritable { .. } => "JournalUnwritable",
            Self::ClockWrong { .. } => "ClockWrong",
            Self::Vanished { .. } => "Vanished",
            Self::SharedRoute { .. } => "SharedRoute",
            Self::RolledBack { .. } => "RolledBack",
            Self::OutsideEdit { .. } => "OutsideEdit",
            Self::Resized { .. } => "Resized",
            Self::Emptied { .. } => "Emptied",
            Self::Ipv4Sick { .. } => "Ipv4Sick",
            Self::NoteLost { .. } => "NoteLost",
            Self::Unseen { .. } => "Unseen",
            Self::Unknown { .. } => "Unknown",
            Self::Missing { .. } => "Missing",
            Self::Foreign { .. } => "Foreign",
            Self::Findings { .. } => "Findings",
            Self::Deployment { .. } => "Deployment",
            Self::TasksStarting { .. } => "TasksStarting",
            Self::TasksStopping { .. } => "TasksStopping",
            Self::NotIpv6Only { .. } => "NotIpv6Only",
            Self::TwinFailed { .. } => "TwinFailed",
            Self::TargetsUnhealthy { .. } => "TargetsUnhealthy",
            Self::CanaryProof { .. } => "CanaryProof",
            Self::Probe { .. } => "Probe",
            Self::Stood { .. } => "Stood",
            Self::MovedBack { .. } => "MovedBack",
            Self::Hold { .. } => "Hold",
            Self::Bake { .. } => "Bake",
            Self::Evidence { .. } => "Evidence",
            Self::TooFew { .. } => "TooFew",
            Self::Bad { .. } => "Bad",
            Self::NoWayBack { .. } => "NoWayBack",
            Self::Approval { .. } => "Approval",
            Self::Webhook { .. } => "Webhook",
            Self::Drain { .. } => "Drain",
            Self::Cold { .. } => "Cold",
            Self::Deletion { .. } => "Deletion",
            Self::Vetoed { .. } => "Vetoed",
            Self::ActFailed { .. } => "ActFailed",
        }
    }

    /// Whether only a person can end it.
    #[must_use]
    pub fn needs_person(&self) -> bool {
        match self {
            Self::TasksStarting { overdue, .. }
            | Self::TargetsUnhealthy { overdue, .. }
            | Self::Deployment { overdue, .. }
            | Self::Evidence { overdue, .. }
            | Self::Unknown { overdue, .. } => *overdue,
            Self::ActFailed { lasting, .. } | Self::Vetoed { lasting, .. } => *lasting,
            Self::Webhook { calls, .. } => *calls,
            Self::Probe { what, .. } => *what != ProbeStop::Uncounted,
            Self::OutsideEdit {
                until: Some(on), ..
            } => on.needs_person(),
            Self::Frozen { .. }
            | Self::Paused { .. }
            | Self::JournalLost
            | Self::JournalUnwritable { .. }
            | Self::ClockWrong { .. }
            | Self::Vanished { .. }
            | Self::SharedRoute { .. }
            | Self::RolledBack { .. }
            | Self::OutsideEdit { .. }
            | Self::MovedBack { .. }
            | Self::Resized { .. }
            | Self::Emptied { .. }
            | Self::Ipv4Sick { .. }
            | Self::NoteLost { .. }
            | Self::Missing { .. }
            | Self::Foreign { .. }
            | Self::Findings { .. }
            | Self::NotIpv6Only { .. }
            | Self::TwinFailed { .. }
            | Self::Bad { .. }
            | Self::NoWayBack { .. }
            | Self::Approval { .. } => true,
            Self::CloserLook
            | Self::FirstLook
            | Self::SourceUnread
            | Self::Lease { .. }
            | Self::Unseen { .. }
            | Self::TasksStopping { .. }
            | Self::CanaryProof { .. }
            | Self::Stood { .. }
            | Self::Hold { .. }
            | Self::Bake { .. }
            | Self::TooFew { .. }
            | Self::Drain { .. }
            | Self::Cold { .. }
            | Self::Deletion { .. } => false,
        }
    }
}
