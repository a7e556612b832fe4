//! Cloud Map's instances, and consumers that ask a registry for them.
//!
//! What belongs here: which tasks a registry has, what becomes of the requests of those who ask it, and what the service tells of them.
//! What must not: documents (`services/shelf`), which tasks run. A consumer asks anew each minute: what a resolver remembers for its TTL
//! is not simulated, nor whether a security group lets it in.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::World;
use super::containers;
use super::ecs::{Service, ServiceStatus};
use super::tasks::{Task, TaskState};

/// The namespace in which the team's services tell what they answered.
const OWN: &str = "Shop/Names";
/// Cloud Map's documents of services on the shelf.
pub(crate) const REGISTRY: &str = "Service";

/// Consumers of a registry, and when they move to another.
#[derive(Clone, Debug)]
pub struct Consumers {
    /// What they are called.
    pub name: String,
    /// The registry that they ask at first, by its name.
    pub old: String,
    /// The one that they are told to ask; whether it is there is for others to see to.
    pub new: String,
    /// Requests a minute.
    pub asks: f64,
    /// So many minutes after the new name had an instance for the first time, this part of them has moved. Parts add up.
    pub moves: Vec<(i64, f64)>,
}

/// What became of consumers' requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct Lookups {
    /// Those that were made.
    pub asked: f64,
    /// Those for which a name had nobody.
    pub unanswered: f64,
    /// Those that a task failed.
    pub failed: f64,
    /// The part that asks the new name now, 0 to 1.
    pub moved: f64,
}

/// All consumers of the region.
#[derive(Debug, Default)]
pub(crate) struct Names {
    all: BTreeMap<String, Kept>,
    /// What the tasks of each service answered in the minute, by its ARN.
    pub(crate) answered: BTreeMap<String, Answered>,
}

#[derive(Debug)]
struct Kept {
    consumers: Consumers,
    since: Option<Timestamp>,
    lookups: Lookups,
}

/// What tasks answered in a minute.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Answered {
    pub(crate) well: f64,
    pub(crate) failed: f64,
}

impl World {
    /// Consumers that ask from now on.
    pub fn add_consumers(&mut self, consumers: Consumers) {
        let kept = Kept {
            since: None,
            lookups: Lookups::default(),
            consumers,
        };
        self.names.all.insert(kept.consumers.name.clone(), kept);
    }

    /// What became of the requests of each group of consumers.
    pub fn lookups(&self) -> BTreeMap<String, Lookups> {
        let all = self.names.all.iter();
        all.map(|(name, kept)| (name.clone(), kept.lookups))
            .collect()
    }

    /// Lets what became of requests so far be forgotten.
    pub(crate) fn forget_lookups(&mut self) {
        for kept in self.names.all.values_mut() {
            kept.lookups = Lookups::default();
        }
    }
}

/// The ARN of the registry that a service's tasks are in.
pub(crate) fn registry_of(service: &Service) -> Option<&str> {
    let registries = service.spec.get("serviceRegistries").items();
    registries.first()?.get("registryArn").as_str()
}

/// The tasks that a registry has as instances: ECS puts those in that run, and takes out those that are to stop (ECS developer guide,
/// "Service discovery").
pub(crate) fn instances<'w>(world: &'w World, arn: &str) -> Vec<(&'w Service, &'w Task)> {
    let services = world.ecs.services.values();
    let here = services
        .filter(|s| s.status != ServiceStatus::Inactive)
        .filter(|s| registry_of(s) == Some(arn));
    let of = |service: &'w Service| {
        let tasks = service.tasks.iter();
        let tasks = tasks.filter_map(|t| world.ecs.tasks.get(t));
        let runs = |t: &&Task| t.state == TaskState::Running && t.wanted;
        tasks.filter(runs).map(move |task| (service, task))
    };
    here.flat_map(of).collect()
}

/// A minute that began at `at` is over.
pub(crate) fn minute(world: &mut World, at: Timestamp) {
    world.names.answered.clear();
    let all: Vec<String> = world.names.all.keys().cloned().collect();
    for name in all {
        one(world, &name, at);
    }
    let told: Vec<(String, Answered)> = world
        .names
        .answered
        .iter()
        .map(|(arn, answered)| (arn.clone(), *answered))
        .collect();
    for (arn, answered) in told {
        let name = arn.rsplit('/').next().unwrap_or(&arn);
        let dims = [("ServiceName", name)];
        let metrics = &mut world.metrics;
        metrics.add(OWN, "RequestsAnswered", &dims, at, answered.well);
        metrics.add(OWN, "RequestsFailed", &dims, at, answered.failed);
    }
}

fn one(world: &mut World, name: &str, at: Timestamp) {
    let Some(kept) = world.names.all.get(name) else {
        return;
    };
    let consumers = kept.consumers.clone();
    let arn = |name: &str| {
        let found = world.shelf.find(REGISTRY, "Name", name)?;
        found.get("Arn").as_str().map(str::to_owned)
    };
    let (old, new) = (arn(&consumers.old), arn(&consumers.new));
    let has_any = |arn: &Option<String>| {
        arn.as_ref()
            .is_some_and(|arn| !instances(world, arn).is_empty())
    };
    let since = kept.since.or_else(|| has_any(&new).then_some(at));
    let gone = since.map_or(SignedDuration::ZERO, |since| at.duration_since(since));
    let due = consumers.moves.iter();
    let due = due.filter(|(minutes, _)| since.is_some() && gone.as_mins() >= *minutes);
    let moved = due.map(|(_, part)| part).sum::<f64>().clamp(0.0, 1.0);
    let mut lookups = Lookups {
        moved,
        ..kept.lookups
    };
    for (registry, part) in [(old, 1.0 - moved), (new, moved)] {
        let asked = consumers.asks * part;
        if asked <= 0.0 {
            continue;
        }
        lookups.asked += asked;
        let found = registry.map(|arn| fails(world, &arn)).unwrap_or_default();
        if found.is_empty() {
            lookups.unanswered += asked;
            continue;
        }
        let each = asked / found.len() as f64;
        for (service, fails) in found {
            lookups.failed += each * fails;
            let answered = world.names.answered.entry(service).or_default();
            answered.well += each * (1.0 - fails);
            answered.failed += each * fails;
        }
    }
    if let Some(kept) = world.names.all.get_mut(name) {
        kept.since = since;
        kept.lookups = lookups;
    }
}

/// Each instance, by its service's ARN, with the share of requests that it fails.
fn fails(world: &World, arn: &str) -> Vec<(String, f64)> {
    let all = instances(world, arn).into_iter();
    all.map(|(service, task)| {
        let image = task.image.as_ref();
        let app = image.and_then(|i| world.behaviours.get(i));
        let share = app.map_or(0.0, |app| {
            let on = containers::on(app, task);
            if on.listens {
                app.error_share + on.error_share
            } else {
                1.0
            }
        });
        (service.arn.clone(), share.clamp(0.0, 1.0))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{build, fixture::pass};
    use crate::services;
    use crate::{Value, services::Service as Of};

    fn ask(world: &mut World, op: &str, fields: [(&str, Value); 1]) -> Result<Value, String> {
        let input = Value::map(fields);
        let answer = services::call(world, Of::ServiceDiscovery, op, &input);
        answer.map_err(|error| error.code.clone())
    }

    #[test]
    fn a_registry_has_the_running_tasks_and_is_not_deleted_under_them() {
        let mut world = build("cloud-map", Some(1), 7).unwrap().world;
        let kept = world.shelf.find(REGISTRY, "Name", "mailer").unwrap();
        let id = Value::from(kept.get("Id").as_str().unwrap());
        let told = ask(&mut world, "GetService", [("Id", id.clone())]).unwrap();
        let count = told.get("Service").get("InstanceCount").as_i64();
        assert_eq!(count, Some(3));
        let refused = ask(&mut world, "DeleteService", [("Id", id.clone())]);
        assert_eq!(refused.unwrap_err(), "ResourceInUse");
        let nobody = Value::map([
            ("cluster", Value::from("prod")),
            ("service", "mailer".into()),
            ("desiredCount", 0_i64.into()),
        ]);
        services::call(&mut world, Of::Ecs, "UpdateService", &nobody).unwrap();
        pass(&mut world, 180);
        assert!(ask(&mut world, "DeleteService", [("Id", id)]).is_ok());
        pass(&mut world, 120);
        let lookups = world.lookups().into_values().next().unwrap();
        assert!(
            lookups.unanswered > 0.0,
            "whoever asks finds nobody: {lookups:?}"
        );
    }

    #[test]
    fn consumers_stay_where_nobody_made_the_new_name() {
        let mut world = build("cloud-map", Some(1), 7).unwrap().world;
        pass(&mut world, 3_600);
        let lookups = world.lookups().into_values().next().unwrap();
        assert!(lookups.asked > 30_000.0, "{lookups:?}");
        let lost = (lookups.moved, lookups.unanswered, lookups.failed);
        assert_eq!(lost, (0.0, 0.0, 0.0));
    }
}
