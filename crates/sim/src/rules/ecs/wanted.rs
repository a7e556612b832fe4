//! How the rules read a service that is to be made or changed, and a task that is to be run.
//!
//! What belongs here: reading. What must not: what is refused.

use crate::services::ecs::{launched, merged};
use crate::world::World;
use crate::world::behaviour::Family;
use crate::{Value, world::ecs::TaskDefinition};

/// A service as it is to be, and what of it the call brings.
pub(super) struct Wanted<'a> {
    given: &'a Value,
    pub(super) spec: Value,
    pub(super) is_new: bool,
}

impl<'a> Wanted<'a> {
    /// Reads the input of CreateService, UpdateService or RunTask; nothing where the service is not there.
    pub(super) fn of(world: &World, input: &'a Value) -> Option<Self> {
        let Some(name) = input.get("service").as_str() else {
            let cluster = input.get("cluster").as_str();
            let spec = launched(world, cluster, input.clone());
            return Some(Self {
                given: input,
                spec,
                is_new: true,
            });
        };
        let cluster = world.ecs.cluster(input.get("cluster").as_str())?;
        let service = world.ecs.service(&cluster.name, name)?;
        Some(Self {
            given: input,
            spec: merged(world, &service.spec, input),
            is_new: false,
        })
    }

    /// Whether the call brings any of these: what was accepted before is not judged again.
    pub(super) fn brings(&self, keys: &[&str]) -> bool {
        self.is_new || keys.iter().any(|k| !self.given.get(k).is_null())
    }

    /// A parameter as the call gives it.
    pub(super) fn given(&self, key: &str) -> &Value {
        self.given.get(key)
    }

    pub(super) fn get(&self, key: &str) -> &Value {
        self.spec.get(key)
    }

    /// The launch type; none under a strategy, EC2 where neither is given.
    pub(super) fn launch_type(&self) -> Option<&str> {
        let strategy = self.get("capacityProviderStrategy").items();
        let given = self.get("launchType").as_str();
        given.or(strategy.is_empty().then_some("EC2"))
    }

    pub(super) fn on_fargate(&self) -> bool {
        let strategy = self.get("capacityProviderStrategy").items().iter();
        let mut providers = strategy.filter_map(|p| p.get("capacityProvider").as_str());
        self.launch_type() == Some("FARGATE") || providers.any(|p| p.starts_with("FARGATE"))
    }

    pub(super) fn is_daemon(&self) -> bool {
        self.get("schedulingStrategy").as_str() == Some("DAEMON")
    }

    pub(super) fn controller(&self) -> &str {
        let given = self.get("deploymentController").get("type").as_str();
        given.unwrap_or("ECS")
    }

    /// The task definition, where it is there.
    pub(super) fn definition<'w>(&self, world: &'w World) -> Option<&'w TaskDefinition> {
        world
            .ecs
            .task_definition(self.get("taskDefinition").as_str()?)
    }

    /// The network mode of the task definition.
    pub(super) fn network_mode<'w>(&self, world: &'w World) -> Option<&'w str> {
        let definition = self.definition(world)?;
        Some(super::asked::network_mode(&definition.given))
    }

    pub(super) fn subnets(&self) -> Vec<String> {
        self.awsvpc().get("subnets").strings()
    }

    pub(super) fn awsvpc(&self) -> &Value {
        self.get("networkConfiguration").get("awsvpcConfiguration")
    }

    /// The family of addresses that its tasks get.
    pub(super) fn family(&self, world: &World) -> Option<Family> {
        let subnets = self.subnets();
        let first = world.network.subnet(subnets.first()?)?;
        Some(if first.ipv6_native {
            Family::V6
        } else {
            Family::V4
        })
    }
}
