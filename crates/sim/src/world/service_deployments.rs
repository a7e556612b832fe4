//! Service deployments: what is kept of each, how one begins, and how it comes to its end.
//!
//! What belongs here: their statuses, and the way back. What must not: which tasks start and stop ([`super::scheduler`]), which
//! failures are counted ([`super::breaker`]).
//!
//! Source: ECS developer guide, "View service history using Amazon ECS service deployments" and "Stopping Amazon ECS service
//! deployments".

use jiff::{SignedDuration, Timestamp};

use super::clock::{Wake, later};
use super::ecs::{Deployment, Ecs, Rollout, Service};
use super::{World, breaker, revision, scheduler};
use crate::Value;

/// How long a request to roll back waits.
const REQUESTED_FOR: SignedDuration = SignedDuration::from_secs(2);

/// What ListServiceDeployments keeps of a deployment.
#[derive(Clone, Debug)]
pub struct ServiceDeployment {
    /// Its ARN.
    pub arn: String,
    /// The id of the deployment; of the way back, once it is rolled back.
    pub id: String,
    /// The revision it brings.
    pub revision: String,
    /// The revisions it replaces.
    pub from: Vec<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it was stopped, or failed with nothing to go back to.
    pub stopped_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// How far it is.
    pub status: Status,
    /// Why.
    pub reason: Option<String>,
    /// Its way back.
    pub rollback: Option<Rollback>,
    /// Failed tasks that tripped the circuit breaker, or that there were at its end.
    pub failures: Option<i64>,
    /// Whether the circuit breaker tripped.
    pub tripped: bool,
    /// The tasks of its revisions at its end.
    pub left: Option<Vec<Counted>>,
}

/// A way back.
#[derive(Clone, Debug)]
pub struct Rollback {
    /// Why.
    pub reason: String,
    /// When it began.
    pub started_at: Timestamp,
    /// The revision that it brings. AWS says "the previous service revision": whether by that ARN or by one of its own it does
    /// not say, and what is compared by its content is right in either case.
    pub revision: String,
}

/// The tasks of a revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// The revision.
    pub revision: String,
    /// How many are wanted.
    pub requested: i64,
    /// How many run.
    pub running: i64,
    /// How many are on their way.
    pub pending: i64,
}

/// How far a service deployment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "AWS's own names")]
pub enum Status {
    Pending,
    InProgress,
    StopRequested,
    Stopped,
    RollbackRequested,
    RollbackInProgress,
    RollbackSuccessful,
    RollbackFailed,
    Successful,
}

impl Status {
    /// AWS's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::InProgress => "IN_PROGRESS",
            Self::StopRequested => "STOP_REQUESTED",
            Self::Stopped => "STOPPED",
            Self::RollbackRequested => "ROLLBACK_REQUESTED",
            Self::RollbackInProgress => "ROLLBACK_IN_PROGRESS",
            Self::RollbackSuccessful => "ROLLBACK_SUCCESSFUL",
            Self::RollbackFailed => "ROLLBACK_FAILED",
            Self::Successful => "SUCCESSFUL",
        }
    }

    /// Whether it is over.
    pub fn is_over(self) -> bool {
        matches!(
            self,
            Self::Stopped | Self::RollbackSuccessful | Self::RollbackFailed | Self::Successful
        )
    }
}

/// A deployment is asked for: it waits for the scheduler, and those before it are to stop.
pub(crate) fn begin(service: &mut Service, made: &Deployment, arn: String, from: Vec<String>) {
    let now = made.created_at;
    for before in service.history.iter_mut().filter(|h| !h.status.is_over()) {
        before.status = Status::StopRequested;
        before.updated_at = now;
    }
    service.history.push(ServiceDeployment {
        arn,
        id: made.id.clone(),
        revision: made.revision.clone(),
        from,
        created_at: now,
        started_at: None,
        updated_at: now,
        stopped_at: None,
        finished_at: None,
        status: Status::Pending,
        reason: None,
        rollback: None,
        failures: None,
        tripped: false,
        left: None,
    });
}

/// The scheduler looks: what waited begins, what was to stop stops, and what was to go back goes back.
pub(crate) fn proceed(world: &mut World, arn: &str) {
    let now = world.now();
    let Some(service) = world.ecs.services.get_mut(arn) else {
        return;
    };
    let mut replaced = Vec::new();
    let mut back = None;
    for one in service.history.iter_mut().filter(|h| !h.status.is_over()) {
        match one.status {
            Status::Pending => {
                one.status = Status::InProgress;
                one.started_at = Some(now);
                one.updated_at = now;
            }
            Status::StopRequested => replaced.push(one.id.clone()),
            Status::RollbackRequested if now.duration_since(one.updated_at) >= REQUESTED_FOR => {
                back = Some(one.id.clone());
            }
            _ => {}
        }
    }
    for id in replaced {
        finish(world, arn, &id, Status::Stopped, None);
    }
    if let Some(id) = back {
        let why = "Service deployment rolled back because of a StopServiceDeployment request.";
        end_rollout(world, arn, &id, why);
        go_back(world, arn, &id, why);
    }
}

/// A deployment of a service ends; what it left is kept as it is now.
pub(crate) fn finish(world: &mut World, arn: &str, id: &str, status: Status, reason: Option<&str>) {
    let now = world.now();
    let Some(service) = world.ecs.services.get(arn) else {
        return;
    };
    let open = |h: &&ServiceDeployment| h.id == id && !h.status.is_over();
    let found = service.history.iter().find(open);
    let left = found.map(|h| revisions(h).map(|r| counted(world, service, r)).collect());
    let failures = failures(service, id);
    let Some(service) = world.ecs.services.get_mut(arn) else {
        return;
    };
    let mut open = service.history.iter_mut();
    let Some(found) = open.find(|h| h.id == id && !h.status.is_over()) else {
        return;
    };
    found.status = status;
    found.updated_at = now;
    found.finished_at = Some(now);
    found.stopped_at = (status == Status::Stopped).then_some(now);
    found.reason = reason.map(str::to_owned).or(found.reason.take());
    found.failures = found.failures.or(failures);
    found.left = left;
}

/// Its revisions: the one that it brings first.
pub(crate) fn revisions(of: &ServiceDeployment) -> impl Iterator<Item = &str> {
    let brings = std::iter::once(of.revision.as_str());
    brings.chain(of.from.iter().map(String::as_str))
}

/// The tasks of a service's revision as they are now.
pub(crate) fn counted(world: &World, service: &Service, revision: &str) -> Counted {
    let of_it = service.deployments.iter().enumerate();
    let mut of_it = of_it.filter(|(_, d)| d.revision == revision);
    let (requested, running, pending) = of_it.next().map_or((0, 0, 0), |(place, d)| {
        let (running, pending) = scheduler::counts(world, service, Some(&d.id));
        let requested = if place == 0 {
            service.desired
        } else {
            running + pending
        };
        (requested, running, pending)
    });
    Counted {
        revision: revision.to_owned(),
        requested,
        running,
        pending,
    }
}

/// The failed tasks of a deployment that is there.
pub(crate) fn failures(service: &Service, id: &str) -> Option<i64> {
    let found = service.deployments.iter().find(|d| d.id == id);
    found.map(|d| d.failed_tasks)
}

/// The deployment that a service goes back to: the last one that was completed, but for the one that is being brought in.
pub(crate) fn former<'s>(service: &'s Service, id: &str) -> Option<&'s Deployment> {
    let mut others = service.deployments.iter().filter(|d| d.id != id);
    others.find(|d| d.rollout == Rollout::Completed)
}

/// Somebody asks for the way back.
pub(crate) fn request_rollback(world: &mut World, deployment: &str) {
    let now = world.now();
    let Some((arn, found)) = world.ecs.service_deployment_mut(deployment) else {
        return;
    };
    if matches!(found.status, Status::Pending | Status::InProgress) {
        found.status = Status::RollbackRequested;
        found.started_at = found.started_at.or(Some(now));
        found.updated_at = now;
        world
            .agenda
            .at(later(now, REQUESTED_FOR), Wake::Service(arn));
    }
}

/// A deployment is given up.
pub(crate) fn end_rollout(world: &mut World, arn: &str, id: &str, why: &str) {
    let now = world.now();
    let Some(service) = world.ecs.services.get_mut(arn) else {
        return;
    };
    for found in service.deployments.iter_mut().filter(|d| d.id == id) {
        found.rollout = Rollout::Failed;
        found.updated_at = now;
        why.clone_into(&mut found.reason);
    }
}

/// Brings the last deployment that was completed again: its task definition, network and whatever else it carried. What only
/// the service has (counts, percentages, ECS Exec) stays as it is. Without one to go back to the deployment is stopped.
pub(crate) fn go_back(world: &mut World, arn: &str, failed: &str, why: &str) {
    let now = world.now();
    let Some(service) = world.ecs.services.get_mut(arn) else {
        return;
    };
    let Some(good) = former(service, failed).cloned() else {
        return finish(world, arn, failed, Status::Stopped, Some(why));
    };
    for key in revision::CARRIED {
        service.spec.set(key, good.settings.get(key).clone());
    }
    let definition = Value::from(good.task_definition.as_str());
    service.spec.set("taskDefinition", definition);
    let (name, failures) = (service.name.clone(), failures(service, failed));
    scheduler::deploy(world, arn, &good.task_definition);
    let Some(service) = world.ecs.services.get_mut(arn) else {
        return;
    };
    // The way back belongs to the deployment that failed, and is none of its own.
    let Some(back) = service.history.pop() else {
        return;
    };
    let mut all = service.history.iter_mut();
    if let Some(found) = all.find(|h| h.id == failed) {
        found.id.clone_from(&back.id);
        found.status = Status::RollbackInProgress;
        found.updated_at = now;
        found.failures = failures;
        found.reason = Some(why.to_owned());
        found.rollback = Some(Rollback {
            reason: why.to_owned(),
            started_at: now,
            revision: back.revision.clone(),
        });
    }
    let made = service.deployments.iter_mut().find(|d| d.id == back.id);
    if let Some(made) = made {
        made.rolls_back = true;
        made.reason = format!("ECS deployment rolling back to deploymentId {}.", good.id);
    }
    let sentence = format!("(service {name}) rolling back to (deployment {}).", good.id);
    scheduler::tell(world, arn, sentence);
}

impl Ecs {
    /// A service deployment by its ARN, with its service. Those of services that are gone are gone, too.
    pub fn service_deployment(&self, arn: &str) -> Option<(&Service, &ServiceDeployment)> {
        let live = self
            .services
            .values()
            .filter(|s| s.status != super::ecs::ServiceStatus::Inactive);
        let mut all = live.flat_map(|s| s.history.iter().map(move |h| (s, h)));
        all.find(|(_, h)| h.arn == arn)
    }

    fn service_deployment_mut(&mut self, arn: &str) -> Option<(String, &mut ServiceDeployment)> {
        let mut services = self.services.values_mut();
        services.find_map(|s| {
            let service = s.arn.clone();
            let found = s.history.iter_mut().find(|h| h.arn == arn)?;
            Some((service, found))
        })
    }
}

/// What the circuit breaker of a deployment says.
pub(crate) fn breaker_of(service: &Service, of: &ServiceDeployment) -> (&'static str, i64, i64) {
    let status = match of {
        _ if !breaker::is_on(service) => "DISABLED",
        of if of.tripped => "TRIGGERED",
        of if of.status.is_over() => "MONITORING_COMPLETE",
        _ => "MONITORING",
    };
    let failures = of.failures.or_else(|| failures(service, &of.id));
    let threshold = breaker::threshold_of(service);
    (status, failures.unwrap_or(0), threshold)
}
