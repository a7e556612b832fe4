//! Every reason for not moving, typed: what is waited for, and what would unblock it.

use std::{fmt, time::Duration};

use jiff::Timestamp;
use serde::Serialize;

use super::sentence::{canary, drain, duration};
use crate::{
    action::Side,
    evidence::{Broken, Verdict},
    facts::Gate,
    guard::Veto,
    observation::{RouteId, Why},
    readiness::Finding,
    share::Share,
};

/// What a plan that does not act is waiting for.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "on", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[expect(missing_docs, reason = "each variant says what its fields are")]
pub enum WaitingOn {
    /// A closer look at AWS, which follows at once.
    CloserLook,
    /// The fleet is frozen.
    Frozen { reason: String },
    /// The plan is paused, by git or by an operator.
    Paused { reason: String },
    /// Every plan being looked at once since the daemon started.
    FirstLook,
    /// The lease that lets this daemon act.
    Lease { why: String },
    /// The source of plans being read for the first time since the daemon started.
    SourceUnread,
    /// The journal knows nothing of a migration that is under way.
    JournalLost,
    /// The plan is gone from its source.
    Vanished { commit: Option<String> },
    /// Another plan moves the same route.
    SharedRoute { route: RouteId, other: String },
    /// Rolled back; a new revision or `retry` starts again.
    RolledBack { reason: String },
    /// Somebody else changed a route.
    OutsideEdit {
        route: RouteId,
        expected: Option<Share>,
        found: Option<Share>,
        /// Whether it still names the IPv6 target group.
        attached: bool,
        /// The sides that its customers get now, and their healthy targets.
        healthy: Vec<(Side, u32)>,
    },
    /// Somebody else gave a side tasks that it should not have.
    Resized { side: Side, desired: u32 },
    /// A side lost every target while it had traffic; customers are on the other one until it has some again.
    Emptied { side: Side, at: Share, now: Share },
    /// The IPv4 side, which still has traffic, has no healthy target.
    Ipv4Sick { reason: String },
    /// Our note of the share is gone from the target group while traffic is on IPv6.
    NoteLost { target_group: String },
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
    },
    /// 100 % must be proven good for the bake time.
    Bake {
        proven: Duration,
        bake: Duration,
        broken_by: Broken,
        idle: Duration,
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
    Bad { reason: String },
    /// The evidence is bad and the IPv4 side is gone.
    NoWayBack { reason: String },
    /// A person's approval.
    Approval { gate: Gate },
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
            overdue: false,
        }
    }

    /// Waited for in vain for long: what could not be read, or is not good, so far, will not be so by waiting.
    pub(super) fn escalate(&mut self) {
        if let Self::Unknown { overdue, .. } | Self::Evidence { overdue, .. } = self {
            *overdue = true;
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
            Self::Hold { .. } => "Hold",
            Self::Bake { .. } => "Bake",
            Self::Evidence { .. } => "Evidence",
            Self::TooFew { .. } => "TooFew",
            Self::Bad { .. } => "Bad",
            Self::NoWayBack { .. } => "NoWayBack",
            Self::Approval { .. } => "Approval",
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
            Self::Frozen { .. }
            | Self::Paused { .. }
            | Self::JournalLost
            | Self::Vanished { .. }
            | Self::SharedRoute { .. }
            | Self::RolledBack { .. }
            | Self::OutsideEdit { .. }
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
            | Self::Hold { .. }
            | Self::Bake { .. }
            | Self::TooFew { .. }
            | Self::Drain { .. }
            | Self::Cold { .. }
            | Self::Deletion { .. } => false,
        }
    }

    /// What would unblock it, as an instruction or a condition.
    #[must_use]
    pub fn unblocked_by(&self) -> String {
        match self {
            Self::CloserLook => "AWS being read again, at once".to_owned(),
            Self::Frozen { .. } => "unfreeze the fleet".to_owned(),
            Self::Paused { .. } => "resume the plan, or set spec.paused: false".to_owned(),
            Self::FirstLook => "every plan having been looked at".to_owned(),
            Self::Lease { .. } => "this daemon being allowed to act".to_owned(),
            Self::SourceUnread => "the source of plans answering".to_owned(),
            Self::JournalLost => {
                "look at what it did so far, then `sixshift adopt` the plan".to_owned()
            }
            Self::Vanished { .. } => "commit the plan again, or undo by hand".to_owned(),
            Self::SharedRoute { other, .. } => {
                format!("give the route to one plan: this one or {other}")
            }
            Self::RolledBack { .. } => {
                "fix the cause, then commit a new revision of the plan or retry".to_owned()
            }
            Self::OutsideEdit { expected, .. } => match expected {
                Some(share) => {
                    format!("set the IPv6 share back to {share}, or set drift: correct in the plan")
                }
                None => "set the weights back, or set drift: correct in the plan".to_owned(),
            },
            Self::Resized { side, desired: 0 } => {
                format!("give the {side} service its tasks back, or abort, which does so")
            }
            Self::Resized { side, .. } => format!(
                "scale the {side} service to 0 again, set drift: correct in the plan, or abort to go back"
            ),
            Self::Emptied { side, now, .. } if *now == Share::ALL => format!(
                "give the {side} service its tasks back, or promote the plan to {now}"
            ),
            Self::Emptied { side, .. } => format!("give the {side} service its tasks back, or abort"),
            Self::Ipv4Sick { .. } => {
                "mend the IPv4 side; or promote the plan to a higher share, if IPv6 is to take its traffic".to_owned()
            }
            Self::NoteLost { target_group } => {
                format!(
                    "set the IPv6 weight to 0 on every route, or restore the tag sixshift:share of {target_group}"
                )
            }
            Self::Unseen { .. } => "AWS showing it, which takes seconds".to_owned(),
            Self::Unknown { overdue: true, .. } => {
                "mend what AWS says; it is asked again".to_owned()
            }
            Self::Unknown { .. } => "AWS answering; it is asked again".to_owned(),
            Self::ActFailed { lasting: true, .. } => {
                "mend what AWS refuses; it is tried again now and then".to_owned()
            }
            Self::ActFailed { .. } => "AWS accepting it; it is tried again".to_owned(),
            Self::Missing { remedy, .. } => remedy.clone(),
            Self::Foreign { what } => {
                format!("rename or delete {what}, which sixshift did not make")
            }
            Self::Findings { findings } => {
                let all: Vec<&str> = findings.iter().map(|f| f.remedy.as_str()).collect();
                all.join("; ")
            }
            Self::Deployment { side, overdue: true, .. } => {
                format!("end the {side} service's deployment: mend it, or deploy what ran before")
            }
            Self::Deployment { side, .. } => format!("the {side} service's deployment ending"),
            Self::TasksStarting { overdue: true, .. } => "fix why tasks do not start".to_owned(),
            Self::TasksStarting { .. } => "tasks reaching RUNNING".to_owned(),
            Self::TasksStopping { .. } => "tasks having stopped".to_owned(),
            Self::TwinFailed { .. } => "fix the cause, then retry, or deploy the service again".to_owned(),
            Self::NotIpv6Only { .. } => "give IPv6-only subnets in spec.ipv6.subnets".to_owned(),
            Self::TargetsUnhealthy {
                side: Side::Ipv4,
                overdue: true,
                ..
            } => "make the IPv4 side healthy again: traffic waits for it to come back".to_owned(),
            Self::TargetsUnhealthy { overdue: true, .. } => {
                "make the application answer its health check on IPv6".to_owned()
            }
            Self::TargetsUnhealthy { .. } => "targets passing their health check".to_owned(),
            Self::CanaryProof { idle: true, .. } => "time".to_owned(),
            Self::Hold {
                broken_by: Broken::NoData,
                ..
            }
            | Self::Bake {
                broken_by: Broken::NoData,
                ..
            } => {
                "good minutes in CloudWatch, which may report none for an idle load balancer: a few requests mend that"
                    .to_owned()
            }
            Self::CanaryProof { .. } | Self::Hold { .. } | Self::Bake { .. } => {
                "good minutes in CloudWatch".to_owned()
            }
            Self::Evidence { overdue: true, verdict: Verdict::NoData | Verdict::Error, .. } => {
                "let it have data again, or take it out of spec.health".to_owned()
            }
            Self::Evidence { .. } => "the newest window being good".to_owned(),
            Self::TooFew { .. } => "more requests on IPv6".to_owned(),
            Self::Bad { .. } => "fix the IPv6 side, or abort".to_owned(),
            Self::NoWayBack { .. } => {
                "fix the IPv6 side: deploy a good version, or make the IPv4 service again"
                    .to_owned()
            }
            Self::Approval { gate } => match gate {
                Gate::Retire => "approve the retirement".to_owned(),
                Gate::Step(i) | Gate::TooFew(i) => format!("approve step {}", i + 1),
            },
            Self::Drain { side, .. } => format!("the last clients leaving {side}; streams that stay open are not counted"),
            Self::Cold { until } => format!("time, at {until}"),
            Self::Deletion { .. } => "AWS being done".to_owned(),
            Self::Vetoed { veto, .. } => veto.remedy().to_owned(),
        }
    }
}

impl fmt::Display for WaitingOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CloserLook => write!(f, "looking closer"),
            Self::Frozen { reason } => write!(f, "the fleet is frozen: {reason}"),
            Self::Paused { reason } => write!(f, "paused: {reason}"),
            Self::FirstLook => write!(f, "not every plan has been looked at yet"),
            Self::Lease { why } => write!(f, "this daemon may not act: {why}"),
            Self::SourceUnread => {
                write!(f, "the plans have not been read since the daemon started")
            }
            Self::JournalLost => write!(
                f,
                "the migration is under way, and the journal knows nothing of it"
            ),
            Self::Vanished { commit } => {
                write!(f, "the plan is gone from its source")?;
                commit
                    .as_ref()
                    .map_or(Ok(()), |c| write!(f, " since commit {}", short(c)))
            }
            Self::SharedRoute { route, other } => {
                write!(f, "{other} moves the same route, {}", route.arn())
            }
            Self::RolledBack { reason } => write!(f, "rolled back: {reason}"),
            Self::OutsideEdit {
                route,
                expected,
                found,
                attached,
                healthy,
            } => {
                let kind = if matches!(route, RouteId::Listener(_)) {
                    "listener"
                } else {
                    "rule"
                };
                let name = route.arn().rsplit('/').next().unwrap_or_default();
                let (found, expected) = (spoken(*found), spoken(*expected));
                if *attached {
                    write!(
                        f,
                        "somebody set IPv6 on {kind} {name} to {found}; we left it at {expected}"
                    )?;
                } else {
                    write!(
                        f,
                        "{kind} {name} does not name the IPv6 target group; it is to be at {expected}"
                    )?;
                }
                f.write_str(&served(healthy))
            }
            Self::Resized { side, desired: 0 } => write!(
                f,
                "somebody scaled the {side} service to 0, which is to stand ready to take traffic back"
            ),
            Self::Resized { side, desired } => {
                write!(
                    f,
                    "somebody scaled the {side} service to {desired} while it was cold"
                )
            }
            Self::Emptied { side, at, now } => write!(
                f,
                "the {side} side lost all its targets; IPv6 is at {now} instead of {at} until it has some again"
            ),
            Self::Ipv4Sick { reason } => write!(
                f,
                "the IPv4 side is sick, which still has traffic: {reason}; the IPv6 side is well"
            ),
            Self::NoteLost { target_group } => {
                write!(f, "the tag sixshift:share is gone from {target_group}")
            }
            Self::Unseen { what } => write!(f, "AWS does not show yet what was done last: {what}"),
            Self::Unknown { what, why, .. } => write!(f, "{what} could not be read: {why}"),
            Self::Missing { what, .. } => write!(f, "{what} does not exist"),
            Self::Foreign { what } => write!(f, "{what} exists but was not made for this plan"),
            Self::Findings { findings } => {
                let all: Vec<&str> = findings.iter().map(|x| x.message.as_str()).collect();
                f.write_str(&all.join("; "))
            }
            Self::Deployment { side, reason, .. } => {
                write!(f, "the {side} service is being deployed")?;
                reason.as_ref().map_or(Ok(()), |r| write!(f, " ({r})"))
            }
            Self::TasksStarting {
                side,
                running,
                desired,
                reason,
                ..
            } => {
                write!(f, "{running} of {desired} {side} tasks run")?;
                reason.as_ref().map_or(Ok(()), |r| write!(f, " ({r})"))
            }
            Self::TasksStopping { side, running } => {
                let (tasks, are) = if *running == 1 {
                    ("task", "is")
                } else {
                    ("tasks", "are")
                };
                write!(f, "{running} {side} {tasks} {are} stopping")
            }
            Self::TwinFailed { reason } => write!(f, "the twin's deployment failed: {reason}"),
            Self::NotIpv6Only { task, address } => {
                write!(f, "task {task} has the IPv4 address {address}")
            }
            Self::TargetsUnhealthy {
                side,
                healthy,
                needed,
                zone,
                reason,
                ..
            } => {
                write!(f, "{healthy} of {needed} needed {side} targets are healthy")?;
                zone.as_ref().map_or(Ok(()), |z| write!(f, " in {z}"))?;
                reason.as_ref().map_or(Ok(()), |r| write!(f, " ({r})"))
            }
            Self::CanaryProof {
                proven,
                needed,
                idle,
            } => f.write_str(&canary(*proven, *needed, *idle)),
            Self::Hold {
                at, proven, hold, ..
            } => {
                write!(
                    f,
                    "{at} is proven good for {} of {}",
                    duration(*proven),
                    duration(*hold)
                )
            }
            Self::Bake { proven, bake, .. } => {
                write!(
                    f,
                    "100 % is proven good for {} of {}",
                    duration(*proven),
                    duration(*bake)
                )
            }
            Self::Evidence { verdict, note, .. } => {
                write!(
                    f,
                    "{}",
                    match verdict {
                        Verdict::Good => "the evidence is good",
                        Verdict::TooFew => "the evidence is too thin",
                        Verdict::NoData => "there is no data",
                        Verdict::Error => "the evidence could not be read",
                        Verdict::Bad => "the window still holds bad minutes",
                    }
                )?;
                note.as_ref().map_or(Ok(()), |n| write!(f, ": {n}"))
            }
            Self::TooFew {
                samples, needed, ..
            } if samples < needed => {
                write!(f, "only {samples} of {needed} needed requests reached IPv6")
            }
            Self::TooFew { samples, .. } => write!(
                f,
                "{samples} requests are too few to tell chance from fault"
            ),
            Self::Bad { reason } => write!(f, "the IPv6 side is bad: {reason}"),
            Self::NoWayBack { reason } => write!(
                f,
                "the IPv6 side is bad and the IPv4 side is gone: {reason}"
            ),
            Self::Approval { gate } => match gate {
                Gate::Retire => write!(f, "waiting for an approval to delete the IPv4 side"),
                Gate::Step(i) => write!(f, "waiting for an approval after step {}", i + 1),
                Gate::TooFew(i) => write!(
                    f,
                    "waiting for an approval of step {}, which has too few requests to be proven",
                    i + 1
                ),
            },
            Self::Drain {
                side,
                requests,
                over,
            } => f.write_str(&drain(*side, *requests, *over)),
            Self::Cold { .. } => write!(f, "the IPv4 side is kept cold"),
            Self::Deletion { what } => write!(f, "{what} is being deleted"),
            Self::Vetoed { action, veto, .. } => write!(f, "the guard refused to {action}: {veto}"),
            Self::ActFailed { action, error, .. } => write!(f, "could not {action}: {error}"),
        }
    }
}

/// A commit as people say it.
fn short(commit: &str) -> &str {
    commit.get(..7).unwrap_or(commit)
}

fn spoken(share: Option<Share>) -> String {
    share.map_or_else(|| "no weight".to_owned(), |s| s.to_string())
}

/// What customers get.
fn served(sides: &[(Side, u32)]) -> String {
    let each: Vec<String> = sides
        .iter()
        .map(|(side, healthy)| format!("{side} ({healthy} healthy)"))
        .collect();
    match each.as_slice() {
        [] => String::new(),
        each => format!("; customers get {}", each.join(" and ")),
    }
}
