//! An ECS service, its deployments and its revision.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{Shared, Tags};

/// An ECS service; the looks that show it share it.
pub type Service = Shared<DescribedService>;

/// What is known of a [`Service`].
#[derive(Clone, Debug, PartialEq)]
pub struct DescribedService {
    /// ARN.
    pub arn: String,
    /// Name.
    pub name: String,
    /// ACTIVE or DRAINING.
    pub status: String,
    /// `desiredCount`.
    pub desired: u32,
    /// `runningCount`.
    pub running: u32,
    /// ARN of the task definition.
    pub task_definition: String,
    /// `deploymentController.type`: ECS, CODE_DEPLOY or EXTERNAL.
    pub controller: String,
    /// `deploymentConfiguration.strategy`: ROLLING, BLUE_GREEN, LINEAR or CANARY.
    pub strategy: String,
    /// REPLICA or DAEMON.
    pub scheduling: String,
    /// `platformFamily`, `launchType`: for readiness.
    pub platform_family: Option<String>,
    /// FARGATE, EC2, EXTERNAL or MANAGED_INSTANCES; `None` with capacity providers.
    pub launch_type: Option<String>,
    /// `capacityProviderStrategy`; empty with a launch type.
    pub capacity: Vec<CapacityShare>,
    /// Whether ECS Exec is on.
    pub exec: bool,
    /// Whether ECS made the resources around it (Express Mode), and rewrites them.
    pub express: bool,
    /// Whether a deployment of it, an older one too, is a target of VPC Lattice.
    pub lattice: bool,
    /// `deploymentConfiguration`, as AWS has it; services that are deployed alike share it.
    pub deployment: Shared<Value>,
    /// When ECS last said that it rolls a deployment back.
    pub rolled_back_at: Option<Timestamp>,
    /// ARN of the revision that its primary deployment has; services and revisions older than those have none.
    pub revision: Option<String>,
    /// Members of its description that this program does not know.
    pub unknown: Vec<String>,
    /// ARNs of its Cloud Map registries: AWS takes one.
    pub registries: Vec<String>,
    /// The ports, by their names in the task definition, that the service offers names for through Service Connect. One that only
    /// uses the names of others has none.
    pub offered_ports: Vec<String>,
    /// Subnets of the awsvpc configuration.
    pub subnets: Vec<String>,
    /// Security groups of the awsvpc configuration.
    pub security_groups: Vec<String>,
    /// `assignPublicIp`: whether each task has a public IPv4 address.
    pub public_ip: bool,
    /// `loadBalancers[]`, and `vpcLatticeConfigurations[]` of the primary deployment.
    pub load_balancers: Vec<ServiceLoadBalancer>,
    /// Primary first.
    pub deployments: Vec<Deployment>,
    /// The service's tags.
    pub tags: Tags,
    /// When it was created.
    pub created_at: Timestamp,
    /// The newest event's message.
    pub last_event: Option<String>,
    /// When ECS last said that it started tasks.
    pub started_at: Option<Timestamp>,
}

/// ECS tells of tasks that stopped for an hour.
const TOLD: SignedDuration = SignedDuration::from_hours(1);
/// Whoever asks for more tasks has them started within this time.
const STARTING: SignedDuration = SignedDuration::from_mins(2);

impl DescribedService {
    /// The deployment with status PRIMARY.
    #[must_use]
    pub fn primary(&self) -> Option<&Deployment> {
        self.deployments.iter().find(|d| d.primary)
    }

    /// Whether it is neither being deleted nor deleted.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.status == "ACTIVE"
    }

    /// Whether it is there to serve, by ECS's account.
    #[must_use]
    pub fn is_serving(&self) -> bool {
        self.is_active() && self.desired > 0 && self.running > 0
    }

    /// Whether it is to have tasks, and as many as that run.
    #[must_use]
    pub fn runs_all(&self) -> bool {
        self.desired > 0 && self.running >= self.desired
    }

    /// Whether ECS gives reason to ask how its tasks end: some failed, some are missing that nobody asked for just now, or some were
    /// started within the hour that it tells of though nobody had asked for more.
    #[must_use]
    pub fn is_in_doubt(&self, now: Timestamp) -> bool {
        let failed = |d: &Deployment| d.failed_tasks > 0 || d.rollout == Rollout::Failed;
        let changed = self.deployments.iter().map(|d| d.updated_at).max();
        let again = |at: Timestamp| {
            let is_recent = now.duration_since(at) < TOLD;
            is_recent && changed.is_none_or(|changed| at.duration_since(changed) > STARTING)
        };
        let is_growing = changed.is_some_and(|changed| now.duration_since(changed) <= STARTING);
        self.running < self.desired && !is_growing
            || self.primary().is_some_and(failed)
            || self.started_at.is_some_and(again)
    }

    /// Whether code is being replaced right now.
    #[must_use]
    pub fn is_deploying(&self) -> bool {
        self.deployments.len() > 1
            || self
                .primary()
                .is_some_and(|d| d.rollout == Rollout::InProgress)
    }
}

/// What only a revision of a service tells, as far as decisions need it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceRevision {
    /// Whether it is a target of VPC Lattice.
    pub lattice: bool,
    /// Whether it is behind an ECS gateway.
    pub gateway: bool,
    /// Members of its description that this program does not know.
    pub unknown: Vec<String>,
}

/// An entry of a service's `loadBalancers[]` or `vpcLatticeConfigurations[]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceLoadBalancer {
    /// Target group; `None` for a Classic Load Balancer.
    pub target_group: Option<String>,
    /// Container that is registered; of VPC Lattice the name of its port.
    pub container: String,
    /// Its port; 0 where only its name is told.
    pub port: u16,
    /// Whether it has `advancedConfiguration`, for deployments with a second target group.
    pub advanced: bool,
}

/// A capacity provider's part in a service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CapacityShare {
    /// Its name; `FARGATE` and `FARGATE_SPOT` are AWS's.
    pub provider: String,
    /// `base`: so many tasks are its own before any are shared out.
    pub base: u32,
    /// `weight`: its part of the others.
    pub weight: u32,
}

/// One of a service's deployments.
#[derive(Clone, Debug, PartialEq)]
pub struct Deployment {
    /// PRIMARY.
    pub primary: bool,
    /// ARN of the task definition.
    pub task_definition: String,
    /// `rolloutState`.
    pub rollout: Rollout,
    /// `rolloutStateReason`.
    pub reason: Option<String>,
    /// `failedTasks`.
    pub failed_tasks: u32,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed, a new desired count included.
    pub updated_at: Timestamp,
    /// When it was complete, as the service's events tell; `None` where they do not reach that far back.
    pub completed_at: Option<Timestamp>,
}

/// `rolloutState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rollout {
    /// IN_PROGRESS.
    InProgress,
    /// COMPLETED, or a service old enough to have none.
    Completed,
    /// FAILED.
    Failed,
}
