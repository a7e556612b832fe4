//! The state of ECS: clusters, task definitions, services and their deployments.
//!
//! What belongs here: what is stored, and how it is found. What must not: scheduling, API shapes, refusals.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::{SignedDuration, Timestamp};

use super::service_deployments::ServiceDeployment;
use super::tasks::{Task, TaskState};
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
    /// What RunTask was asked for with a client token, by cluster and token.
    pub ran: BTreeMap<(String, String), Ran>,
    /// Service revisions by ARN, as they were when made.
    pub revisions: BTreeMap<String, Value>,
    /// Capacity providers by name; Fargate's own are there without being kept.
    pub capacity_providers: BTreeMap<String, CapacityProvider>,
    /// Account settings that somebody set.
    pub settings: BTreeMap<String, String>,
    /// What AWS does in some accounts, or does not say.
    pub habits: Habits,
}

/// What AWS does in some accounts only, or leaves open: a region can be told to do either.
#[derive(Clone, Debug)]
pub struct Habits {
    /// Services get ARNs of the short form, as those made before 2021 have.
    pub short_arns: bool,
    /// A change of the wanted count moves `updatedAt` of the deployment.
    pub scale_touches_deployment: bool,
    /// `updatedAt` of a deployment moves by itself once a day.
    pub touches_daily: bool,
    /// A client token is remembered when its service is deleted: the same call is then answered with the old service.
    pub remembers_tokens: bool,
    /// Services have no revisions, as those made before 2024-10-25.
    pub without_revisions: bool,
    /// How long an INACTIVE service is kept before it is purged; for ever where nothing is said.
    pub purged_after: Option<SignedDuration>,
    /// When the service-linked role can be assumed.
    pub linked_role_from: Option<Timestamp>,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            short_arns: false,
            scale_touches_deployment: true,
            touches_daily: false,
            remembers_tokens: false,
            without_revisions: false,
            purged_after: None,
            linked_role_from: None,
        }
    }
}

/// A call of RunTask that had a client token.
#[derive(Clone, Debug)]
pub struct Ran {
    /// What was asked.
    pub input: Value,
    /// The tasks that it started.
    pub tasks: Vec<u64>,
    /// When.
    pub at: Timestamp,
}

/// A capacity provider.
#[derive(Clone, Debug)]
pub struct CapacityProvider {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// What it was made of.
    pub given: Value,
    /// Tags.
    pub tags: Vec<(String, String)>,
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
    /// Whether it can be run, is deregistered, or is being deleted.
    pub standing: Standing,
    /// Every field given at registration.
    pub given: Value,
    /// Tags.
    pub tags: Vec<(String, String)>,
    /// When it was registered.
    pub registered_at: Timestamp,
    /// When it was deregistered.
    pub deregistered_at: Option<Timestamp>,
}

/// Where a task definition is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It can be run.
    Active,
    /// Deregistered: what runs goes on.
    Inactive,
    /// Deleted: it stays as long as something refers to it.
    Deleting,
}

impl Standing {
    /// AWS's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Inactive => "INACTIVE",
            Self::Deleting => "DELETE_IN_PROGRESS",
        }
    }
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
    pub history: Vec<ServiceDeployment>,
    /// Whether a steady state was told since the last change.
    pub steady: bool,
    /// When it becomes, or became, INACTIVE: some minutes after its last task has stopped.
    pub gone_at: Option<Timestamp>,
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
    /// Tasks in a row that failed to start or to become healthy.
    pub failed_tasks: i64,
    /// Its tasks that were healthy once.
    pub proven: BTreeSet<u64>,
    /// Whether the circuit breaker made it, to go back.
    pub rolls_back: bool,
    /// No task is started before this.
    pub start_after: Timestamp,
    /// Its service revision's ARN.
    pub revision: String,
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
                .find(|t| t.is_active());
        };
        let revision: usize = revision.parse().ok()?;
        self.task_definitions
            .get(family)?
            .get(revision.checked_sub(1)?)
    }

    /// The name of a capacity provider, Fargate's own or one that was made.
    pub fn capacity_provider(&self, reference: &str) -> Option<&str> {
        const OF_FARGATE: [&str; 2] = ["FARGATE", "FARGATE_SPOT"];
        let name = last_part(reference);
        let known = OF_FARGATE.into_iter().find(|n| *n == name);
        known.or(self.capacity_providers.get(name).map(|p| p.name.as_str()))
    }

    /// Whether a service that is not INACTIVE, or a task that has not stopped, refers to a task definition.
    pub fn refers_to(&self, task_definition: &str) -> bool {
        let of_service = |s: &Service| {
            s.status != ServiceStatus::Inactive
                && (s.spec.get("taskDefinition").as_str() == Some(task_definition)
                    || s.deployments
                        .iter()
                        .any(|d| d.task_definition == task_definition))
        };
        let of_task =
            |t: &Task| t.task_definition == task_definition && t.state != TaskState::Stopped;
        self.services.values().any(of_service) || self.tasks.values().any(of_task)
    }

    /// Whether an INACTIVE service is no longer kept.
    pub fn is_purged(&self, service: &Service, now: Timestamp) -> bool {
        let Some((after, gone)) = self.habits.purged_after.zip(service.gone_at) else {
            return false;
        };
        service.status == ServiceStatus::Inactive && now.duration_since(gone) >= after
    }

    /// A task by id or ARN.
    pub fn task(&self, reference: &str) -> Option<&Task> {
        let id = last_part(reference);
        self.tasks.values().find(|t| t.id == id)
    }
}

impl TaskDefinition {
    /// Whether it can be run.
    pub fn is_active(&self) -> bool {
        self.standing == Standing::Active
    }
}

impl Service {
    /// Whether it is scheduled.
    pub fn is_active(&self) -> bool {
        self.status == ServiceStatus::Active
    }

    /// Whether its ARN has no cluster in it.
    pub fn has_short_arn(&self) -> bool {
        let path = self.arn.split_once(":service/").map(|(_, path)| path);
        path.is_some_and(|p| !p.contains('/'))
    }

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
