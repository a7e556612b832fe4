//! The state of ECS: clusters, task definitions, services and their deployments.
//!
//! What belongs here: what is stored, and how it is found. What must not: scheduling, API shapes, refusals.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;

use super::tasks::Task;
use crate::Value;

/// Everything that ECS keeps for the account in the region.
#[derive(Clone, Debug, Default)]
pub struct Ecs {
    /// By name.
    pub clusters: BTreeMap<String, Cluster>,
    /// By family; the revision is the place in the list plus one.
    pub task_definitions: BTreeMap<String, Vec<TaskDefinition>>,
    /// By ARN; a deleted service stays, INACTIVE, until its name is used again.
    pub services: BTreeMap<String, Service>,
    /// By the order of their start; stopped tasks stay for an hour.
    pub tasks: BTreeMap<u64, Task>,
    /// Service revisions by ARN, as they were when made.
    pub revisions: BTreeMap<String, Value>,
}

/// A cluster.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Tags.
    pub tags: Vec<(String, String)>,
    /// `settings` and the other fields given at creation.
    pub given: Value,
}

/// A revision of a task definition.
#[derive(Clone, Debug)]
pub struct TaskDefinition {
    /// `…:task-definition/family:revision`.
    pub arn: String,
    /// Whether it was not deregistered.
    pub active: bool,
    /// Every field given at registration.
    pub given: Value,
    /// Tags.
    pub tags: Vec<(String, String)>,
    /// When it was registered.
    pub registered_at: Timestamp,
}

/// Where a service is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceStatus {
    /// Scheduled.
    Active,
    /// Deleted, its tasks are stopping.
    Draining,
    /// Deleted and gone.
    Inactive,
}

impl ServiceStatus {
    /// AWS's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Draining => "DRAINING",
            Self::Inactive => "INACTIVE",
        }
    }
}

/// A service.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// The name of its cluster.
    pub cluster: String,
    /// Where it is in its life.
    pub status: ServiceStatus,
    /// The input of CreateService as it was, for the client token and the check of repeated calls.
    pub created_from: Value,
    /// Every parameter as it holds now (CreateService's names), defaults filled in.
    pub spec: Value,
    /// How many tasks are wanted.
    pub desired: i64,
    /// The primary first, then those that it replaces.
    pub deployments: Vec<Deployment>,
    /// The newest first, at most a hundred.
    pub events: VecDeque<Event>,
    /// Tags.
    pub tags: Vec<(String, String)>,
    /// When it was created.
    pub created_at: Timestamp,
    /// Who created it.
    pub created_by: String,
    /// Its tasks, those that still stop included.
    pub tasks: Vec<u64>,
    /// Deployments past and present, the newest last: what ListServiceDeployments shows.
    pub history: Vec<PastDeployment>,
    /// Whether a steady state was told since the last change.
    pub steady: bool,
}

/// One line of a service's events.
#[derive(Clone, Debug)]
pub struct Event {
    /// Its id.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// The sentence.
    pub message: String,
}

/// How far a deployment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rollout {
    /// Tasks are being replaced.
    InProgress,
    /// All tasks run and are healthy.
    Completed,
    /// Given up by the circuit breaker.
    Failed,
}

impl Rollout {
    /// AWS's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InProgress => "IN_PROGRESS",
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
        }
    }
}

/// A deployment of a service.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// `ecs-svc/…`.
    pub id: String,
    /// The ARN of the task definition.
    pub task_definition: String,
    /// The parameters that a deployment carries, as they were when it began.
    pub settings: Value,
    /// When it began.
    pub created_at: Timestamp,
    /// When it or the wanted count last changed.
    pub updated_at: Timestamp,
    /// How far it is.
    pub rollout: Rollout,
    /// Why.
    pub reason: String,
    /// Tasks that failed to start or to become healthy.
    pub failed_tasks: i64,
    /// No task is started before this.
    pub start_after: Timestamp,
    /// Its service revision's ARN.
    pub revision: String,
}

/// What ListServiceDeployments keeps of a deployment.
#[derive(Clone, Debug)]
pub struct PastDeployment {
    /// The service deployment's ARN.
    pub arn: String,
    /// The id of the deployment.
    pub id: String,
    /// The revision it brought.
    pub revision: String,
    /// The revisions it replaced.
    pub from: Vec<String>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// `IN_PROGRESS`, `SUCCESSFUL`, `ROLLBACK_SUCCESSFUL`, `STOPPED`…
    pub status: &'static str,
}

impl Ecs {
    /// A cluster by name or ARN; `default` where none is given.
    pub fn cluster(&self, reference: Option<&str>) -> Option<&Cluster> {
        let name = last_part(reference.unwrap_or("default"));
        self.clusters.get(name)
    }

    /// A service by name or ARN within a cluster.
    pub fn service(&self, cluster: &str, reference: &str) -> Option<&Service> {
        let name = last_part(reference);
        self.services
            .values()
            .find(|s| s.name == name && s.cluster == cluster)
    }

    /// A service by Application Auto Scaling's name for it, `service/cluster/name`.
    pub fn service_of_resource(&self, resource: &str) -> Option<&Service> {
        let (cluster, name) = resource.strip_prefix("service/")?.split_once('/')?;
        self.service(cluster, name)
    }

    /// A task definition by `family`, `family:revision` or ARN; the newest active one of a bare family.
    pub fn task_definition(&self, reference: &str) -> Option<&TaskDefinition> {
        let name = last_part(reference);
        let Some((family, revision)) = name.split_once(':') else {
            return self
                .task_definitions
                .get(name)?
                .iter()
                .rev()
                .find(|t| t.active);
        };
        let revision: usize = revision.parse().ok()?;
        self.task_definitions
            .get(family)?
            .get(revision.checked_sub(1)?)
    }

    /// A task by id or ARN.
    pub fn task(&self, reference: &str) -> Option<&Task> {
        let id = last_part(reference);
        self.tasks.values().find(|t| t.id == id)
    }
}

impl Service {
    /// The deployment that is being brought in.
    pub fn primary(&self) -> Option<&Deployment> {
        self.deployments.first()
    }

    /// `service/cluster/name`, Application Auto Scaling's name for it.
    pub fn resource_id(&self) -> String {
        format!("service/{}/{}", self.cluster, self.name)
    }
}

/// What follows the last slash of an ARN, or the whole of a name.
pub fn last_part(reference: &str) -> &str {
    reference.rsplit('/').next().unwrap_or(reference)
}
