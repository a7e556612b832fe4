//! What moves a service in place: the calls that a twin beside it does not need.
//!
//! What must not be here: when one is due ([`crate::decide`]), and whether it may be made ([`crate::guard`]).

use std::collections::BTreeMap;

use crate::{note, observation::Look};

/// One call on a service that is moved in place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InPlace {
    /// Its cluster.
    pub cluster: String,
    /// Its name.
    pub service: String,
    /// What is asked of AWS.
    pub call: InPlaceCall,
}

/// What is asked of AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the fields are AWS's; each variant says what it does"
)]
pub enum InPlaceCall {
    /// `ecs:RunTask`: one task beside the service, as the service would run it, in the plan's network.
    RunTask {
        task_definition: String,
        subnets: Vec<String>,
        security_groups: Vec<String>,
        /// `startedBy`, by which it is found.
        started_by: String,
        /// `clientToken`.
        token: String,
        tags: BTreeMap<String, String>,
    },
    /// `ecs:StopTask`, of such a task.
    StopTask { task: String, reason: String },
    /// `ecs:UpdateService`: task definition, network and, behind a load balancer, target groups together, as long as the service runs
    /// what it did.
    Swap {
        expects: String,
        task_definition: String,
        subnets: Vec<String>,
        security_groups: Vec<String>,
        /// IPv4 target group ARN -> IPv6 target group ARN.
        target_groups: BTreeMap<String, String>,
    },
    /// `ecs:UpdateTaskProtection`: for so many minutes ECS leaves some tasks of the service alone when it scales in or deploys; without
    /// minutes it may replace them again.
    Protect {
        tasks: Vec<String>,
        minutes: Option<u32>,
    },
    /// `ecs:StopServiceDeployment`: the deployment that swaps is rolled back.
    StopDeployment,
    /// `ecs:UpdateService`: network and, where `keeps` names none that is kept, task definition of a revision of the service.
    Restore {
        revision: String,
        exec: bool,
        keeps: Option<String>,
    },
    /// `ecs:TagResource` on a task definition of ours. `because` is told and not sent.
    Note {
        task_definition: String,
        tags: BTreeMap<String, String>,
        because: Option<String>,
    },
    /// `ecs:UntagResource` on a task definition of ours.
    Forget {
        task_definition: String,
        keys: Vec<String>,
    },
}

impl InPlace {
    /// The call as AWS names it.
    #[must_use]
    pub fn name_of_call(&self) -> &'static str {
        match self.call {
            InPlaceCall::RunTask { .. } => "ecs:RunTask",
            InPlaceCall::StopTask { .. } => "ecs:StopTask",
            InPlaceCall::Swap { .. } | InPlaceCall::Restore { .. } => "ecs:UpdateService",
            InPlaceCall::Protect { .. } => "ecs:UpdateTaskProtection",
            InPlaceCall::StopDeployment => "ecs:StopServiceDeployment",
            InPlaceCall::Note { .. } => "ecs:TagResource",
            InPlaceCall::Forget { .. } => "ecs:UntagResource",
        }
    }

    /// How closely AWS must have been looked at: whatever touches the service or runs a task rests on everything.
    pub(super) fn needs(&self) -> Look {
        Look::Full
    }

    /// Whether it takes the service back, or tells of that.
    pub(super) fn is_urgent(&self) -> bool {
        match self.call {
            InPlaceCall::RunTask { .. } | InPlaceCall::StopTask { .. } => false,
            InPlaceCall::Swap { .. }
            | InPlaceCall::Protect { .. }
            | InPlaceCall::StopDeployment
            | InPlaceCall::Restore { .. }
            | InPlaceCall::Note { .. }
            | InPlaceCall::Forget { .. } => true,
        }
    }

    /// A short name for events and reports.
    pub(super) fn name(&self) -> String {
        let service = &self.service;
        match &self.call {
            InPlaceCall::RunTask { .. } => {
                format!("run one task of service {service} on IPv6 alone, beside it")
            }
            InPlaceCall::StopTask { task, .. } => {
                let id = task.rsplit('/').next().unwrap_or(task);
                format!("stop task {id}, which was run beside service {service}")
            }
            InPlaceCall::Swap { .. } => format!("move service {service} to IPv6 in place"),
            InPlaceCall::Protect { tasks, minutes } => {
                let verb = if minutes.is_some() {
                    "protect"
                } else {
                    "no longer protect"
                };
                let (many, s) = (tasks.len(), if tasks.len() == 1 { "" } else { "s" });
                format!("{verb} {many} task{s} of service {service} from its deployment")
            }
            InPlaceCall::StopDeployment => {
                format!("stop the deployment of service {service}, back to IPv4")
            }
            InPlaceCall::Restore { .. } => format!("put service {service} back as it was"),
            InPlaceCall::Note { tags, because, .. } => {
                let because = because.as_ref().map(|why| format!(", because {why}"));
                format!("note {}{}", note::told(tags), because.unwrap_or_default())
            }
            InPlaceCall::Forget { keys, .. } => format!("forget {}", note::told_keys(keys)),
        }
    }
}
