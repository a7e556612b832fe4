//! Fargate: what a task takes of the account's vCPUs, and whether they are enough for one more.
//!
//! What must not be here: when tasks start (`scheduler`), and the quotas themselves (`quotas`).

use super::World;
use super::quotas::Quota;
use crate::Value;
use crate::rules::cpu_units;

/// What ECS says where they are not enough, as its users quote it; its page of service events has the first sentence.
pub const NO_ROOM: &str = "You've reached the limit on the number of vCPUs you can run concurrently. \
    For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.";

/// What a task takes of Fargate, and under which quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The quota that it counts against.
    pub quota: Quota,
    /// CPU units: 1,024 are a vCPU.
    pub units: i64,
}

/// What a task of a definition takes by its launch type or its capacity provider; nothing where that is not Fargate.
pub(crate) fn taken(world: &World, definition: &str, overrides: &Value, on: &str) -> Option<Taken> {
    let quota = match on {
        "FARGATE" => Quota::FargateOnDemand,
        "FARGATE_SPOT" => Quota::FargateSpot,
        _ => return None,
    };
    let definition = world.ecs.task_definition(definition)?;
    let sizes = [overrides.get("cpu"), definition.given.get("cpu")];
    let units = sizes.into_iter().find_map(cpu_units).unwrap_or_default();
    Some(Taken { quota, units })
}

/// vCPUs of all tasks that count against a quota: from provisioning until they are stopped.
pub(crate) fn in_use(world: &World, quota: Quota) -> f64 {
    let tasks = world.ecs.tasks.values();
    let live = tasks.filter(|t| t.state != super::tasks::TaskState::Stopped);
    let units = live.filter_map(|t| t.takes.filter(|taken| taken.quota == quota));
    units.map(|taken| taken.units as f64).sum::<f64>() / 1024.0
}

/// The dimensions of the metric that tells how much is in use.
pub(crate) fn dimensions(class: &str) -> [(&str, &str); 4] {
    [
        ("Class", class),
        ("Resource", "vCPU"),
        ("Service", "Fargate"),
        ("Type", "Resource"),
    ]
}

/// Whether one more may run.
pub(crate) fn has_room(world: &World, taken: Option<Taken>) -> bool {
    taken.is_none_or(|taken| {
        let more = taken.units as f64 / 1024.0;
        in_use(world, taken.quota) + more <= world.quotas.most(taken.quota)
    })
}

/// Which provider of its strategy a service's next task goes to.
pub(crate) fn next_of(world: &World, arn: &str, strategy: &[Value]) -> Option<String> {
    let tasks = world.ecs.services.get(arn).map(|s| s.tasks.as_slice());
    let live = || {
        let tasks = tasks.unwrap_or_default().iter();
        let found = tasks.filter_map(|t| world.ecs.tasks.get(t));
        found.filter(|t| t.wanted)
    };
    let of = |name: &str| {
        let placed = live().filter(|t| t.provider.as_deref() == Some(name));
        i64::try_from(placed.count()).unwrap_or(i64::MAX)
    };
    next_provider(strategy, of).map(str::to_owned)
}

/// Which provider a strategy gives the next task to: bases first, then whoever is farthest behind its weight.
pub(crate) fn next_provider<'a>(
    strategy: &'a [Value],
    of: impl Fn(&str) -> i64,
) -> Option<&'a str> {
    let number = |provider: &Value, key| provider.get(key).as_i64().unwrap_or_default();
    let name = |provider: &'a Value| provider.get("capacityProvider").as_str();
    let below = strategy
        .iter()
        .find(|p| name(p).is_some_and(|n| of(n) < number(p, "base")));
    let behind = |provider: &&Value| {
        let beyond = name_count(provider, &of) - number(provider, "base");
        // In thousandths, so that they compare.
        (beyond.max(0) + 1) * 1000 / number(provider, "weight").max(1)
    };
    let weighted = strategy.iter().filter(|p| number(p, "weight") > 0);
    name(below.or_else(|| weighted.min_by_key(behind))?)
}

fn name_count(provider: &Value, of: impl Fn(&str) -> i64) -> i64 {
    provider.get("capacityProvider").as_str().map_or(0, of)
}
