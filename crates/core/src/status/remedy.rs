//! What would unblock each wait, as an instruction or a condition.

use super::{Lost, ProbeStop, Said, WaitingOn, sentence::clause};
use crate::{
    action::Side,
    evidence::{Broken, Verdict},
    facts::Gate,
    share::Share,
};

impl WaitingOn {
    /// What would unblock it, as an instruction or a condition.
    #[must_use]
    pub fn unblocked_by(&self) -> String {
        match self {
            Self::CloserLook => "AWS being read again, at once".to_owned(),
            Self::Frozen { .. } => "unfreeze the fleet".to_owned(),
            Self::Paused { by_plan: true, .. } => "set spec.paused: false in the plan".to_owned(),
            Self::Paused { by_plan: false, .. } => "resume the plan".to_owned(),
            Self::FirstLook => "every plan having been looked at".to_owned(),
            Self::Lease { .. } => "this daemon being allowed to act".to_owned(),
            Self::SourceUnread => "the source of plans answering".to_owned(),
            Self::JournalLost => {
                "look at what it did so far, then `sixshift adopt` the plan".to_owned()
            }
            Self::JournalUnwritable { .. } => {
                "make room for the journal or make it writable; it is tried again every 10 s".to_owned()
            }
            Self::ClockWrong { .. } => {
                "set this machine's clock right (a simulated region's is followed with --sim-clock)".to_owned()
            }
            Self::Vanished { .. } => "commit the plan again, or undo by hand".to_owned(),
            Self::SharedRoute { other, .. } => {
                format!("give the route to one plan: this one or {other}")
            }
            Self::RolledBack { .. } => {
                "fix the cause, then commit a new revision of the plan or retry".to_owned()
            }
            Self::OutsideEdit {
                until: Some(on), ..
            } => on.unblocked_by(),
            Self::OutsideEdit {
                attached: true,
                found: None,
                ..
            } => "give the service's target groups weight again beside the others".to_owned(),
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
            Self::NoteLost { target_group, found: Some(found) } => {
                format!(
                    "if that is meant, tag {target_group} with sixshift:share={}; else set the IPv6 weight to 0 on every route",
                    found.basis_points()
                )
            }
            Self::NoteLost { target_group, found: None } => {
                format!(
                    "bring every route to one share; then tag {target_group} with sixshift:share=SHARE in basis points, unless it is 0"
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
                let all: Vec<_> = findings.iter().map(|f| clause(&f.remedy)).collect();
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
            Self::CanaryProof { idle: true, .. } | Self::Stood { .. } => "time".to_owned(),
            Self::MovedBack { .. } => {
                "move the service to the plan's subnets again, or abort".to_owned()
            }
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
            Self::Probe { what, .. } => match what {
                ProbeStop::Failing => {
                    "let the twin answer it so: deploy a good version, or correct spec.warm.probe".to_owned()
                }
                ProbeStop::Unreachable => {
                    "let the daemon reach the load balancer, over IPv4 or IPv6: an internal one only from within its VPC; or take \
                     spec.warm.probe out of the plan"
                        .to_owned()
                }
                ProbeStop::Uncounted => "CloudWatch, some minutes late".to_owned(),
                ProbeStop::Elsewhere => {
                    "ask for a host and a path that lead to the service, in spec.warm.probe".to_owned()
                }
                ProbeStop::NoPlace => {
                    "make room for such a rule, or take spec.warm.probe out of the plan".to_owned()
                }
            },
            Self::CanaryProof { .. } | Self::Hold { .. } | Self::Bake { .. } => {
                "good minutes in CloudWatch".to_owned()
            }
            Self::Evidence { overdue: true, verdict: Verdict::NoData | Verdict::Error, .. } => {
                "let it have data again, or take it out of spec.health".to_owned()
            }
            Self::Evidence { .. } => "the newest window being good".to_owned(),
            Self::TooFew { .. } => "more requests on IPv6".to_owned(),
            Self::Bad { lost, .. } => format!("{}, or abort", mended(*lost)),
            Self::NoWayBack { lost: None, .. } => {
                "fix the IPv6 side: deploy a good version, or make the IPv4 service again"
                    .to_owned()
            }
            Self::NoWayBack { lost, .. } => {
                format!("{}, or make the IPv4 service again", mended(*lost))
            }
            Self::Approval { gate } => match gate {
                Gate::Retire => "approve the retirement".to_owned(),
                Gate::Consumers => "approve, once all consumers of the registry ask for the twin's name".to_owned(),
                Gate::Step(i) | Gate::TooFew(i) => format!("approve step {}", i + 1),
            },
            Self::Webhook { step, host, said, .. } => match said {
                Said::Nothing => format!("a yes of {host}, or approve step {}", step + 1),
                Said::No { .. } => format!("{host} saying yes, or approve step {}", step + 1),
                Said::Failed { .. } => format!("mend {host}, or approve step {}", step + 1),
            },
            Self::Drain { side, .. } => format!("the last clients leaving {side}; streams that stay open are not counted"),
            Self::Cold { until } => format!("time, at {until}"),
            Self::Deletion { .. } => "AWS being done".to_owned(),
            Self::Vetoed { veto, .. } => veto.remedy().to_owned(),
        }
    }
}

/// What brings the IPv6 side back.
fn mended(lost: Option<Lost>) -> &'static str {
    match lost {
        None => "fix the IPv6 side",
        Some(Lost::Emptied) => "give the twin its tasks again",
        Some(Lost::Gone | Lost::Going) => "make the twin's service again, with its target groups",
    }
}
