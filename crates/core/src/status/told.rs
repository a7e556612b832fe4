//! Each wait in words: what is so, without what would unblock it.

use std::fmt;

use super::{
    ProbeStop, Said, Stood, WaitingOn,
    sentence::{canary, clause, drain, duration},
};
use crate::{action::Side, evidence::Verdict, facts::Gate, share::Share};

impl fmt::Display for WaitingOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CloserLook => write!(f, "looking closer"),
            Self::Frozen { reason } => write!(f, "the fleet is frozen: {reason}"),
            Self::Paused { reason, .. } => write!(f, "paused: {reason}"),
            Self::FirstLook => write!(f, "not every plan has been looked at yet"),
            Self::Lease { why } => write!(f, "this daemon may not act: {why}"),
            Self::SourceUnread => {
                write!(f, "the plans have not been read since the daemon started")
            }
            Self::JournalLost => write!(
                f,
                "the migration is under way, and the journal knows nothing of it"
            ),
            Self::JournalUnwritable { why } => write!(f, "the journal cannot be written: {why}"),
            Self::ClockWrong { why } => f.write_str(why),
            Self::Vanished { commit } => {
                write!(f, "the plan is gone from its source")?;
                commit
                    .as_ref()
                    .map_or(Ok(()), |c| write!(f, " since commit {}", short(c)))
            }
            Self::SharedRoute { route, other } => {
                write!(f, "{other} moves the same route, {route}")
            }
            Self::RolledBack { reason, .. } => write!(f, "rolled back: {reason}"),
            Self::OutsideEdit {
                route,
                expected,
                found,
                attached,
                healthy,
                until,
            } => {
                let (found, expected) = (spoken(*found), spoken(*expected));
                if *attached {
                    write!(
                        f,
                        "somebody set IPv6 on {route} to {found}; we left it at {expected}"
                    )?;
                } else {
                    write!(
                        f,
                        "{route} does not name the IPv6 target group; it is to be at {expected}"
                    )?;
                }
                f.write_str(&served(healthy))?;
                until.as_ref().map_or(Ok(()), |on| {
                    write!(f, "; it is not set right yet, since {on}")
                })
            }
            Self::Stood {
                what,
                proven,
                needed,
            } => {
                let who = match what {
                    Stood::Task => "one task beside the service has",
                    Stood::Service => "all its tasks have",
                    Stood::Customers => {
                        let (proven, needed) = (duration(*proven), duration(*needed));
                        return write!(
                            f,
                            "all customers have been on IPv6 for {proven} of {needed}, with IPv4's tasks still there"
                        );
                    }
                };
                let (proven, needed) = (duration(*proven), duration(*needed));
                write!(f, "{who} stood on IPv6 alone for {proven} of {needed}")
            }
            Self::MovedBack { subnets } => write!(
                f,
                "somebody moved the service to {}, away from the plan's subnets",
                subnets.join(", ")
            ),
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
            Self::NoteLost { target_group, .. } => {
                write!(f, "the tag sixshift:share is gone from {target_group}")
            }
            Self::Unseen { what } => write!(f, "AWS does not show yet what was done last: {what}"),
            Self::Unknown { what, why, .. } => write!(f, "{what} could not be read: {why}"),
            Self::Missing { what, .. } => write!(f, "{what} does not exist"),
            Self::Foreign { what } => write!(f, "{what} exists but was not made for this plan"),
            Self::Findings { findings } => {
                let all: Vec<_> = findings.iter().map(|x| clause(&x.message)).collect();
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
            Self::Probe { what, request, why } => match what {
                ProbeStop::Failing => write!(f, "our {request} is answered with {why}"),
                ProbeStop::Uncounted => write!(f, "our {request} is answered well, and {why}"),
                ProbeStop::Elsewhere => {
                    write!(
                        f,
                        "our {request} is answered by somebody else than the twin: {why}"
                    )
                }
                ProbeStop::Unreachable => write!(f, "our {request} reaches nobody ({why})"),
                ProbeStop::NoPlace => write!(f, "our {request} cannot be led to the twin: {why}"),
            },
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
            Self::Bad { reason, .. } => write!(f, "the IPv6 side is bad: {reason}"),
            Self::NoWayBack { reason, .. } => write!(
                f,
                "the IPv6 side is bad and the IPv4 side is gone: {reason}"
            ),
            Self::Approval { gate } => match gate {
                Gate::Retire => write!(f, "waiting for an approval to delete the IPv4 side"),
                Gate::Step(i) => write!(f, "waiting for an approval after step {}", i + 1),
                Gate::Consumers => f.write_str(
                    "waiting for somebody to say that all consumers ask for the new name",
                ),
                Gate::TooFew(i) => write!(
                    f,
                    "waiting for an approval of step {}, which has too few requests to be proven",
                    i + 1
                ),
            },
            Self::Webhook {
                step, host, said, ..
            } => match said {
                Said::Nothing => write!(f, "asking {host} whether step {} may be left", step + 1),
                Said::No { reason } => {
                    write!(f, "{host} says no to leaving step {}", step + 1)?;
                    reason.as_ref().map_or(Ok(()), |why| write!(f, ": {why}"))
                }
                Said::Failed { why } => write!(
                    f,
                    "{host} does not say whether step {} may be left: {why}",
                    step + 1
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
