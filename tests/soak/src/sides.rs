//! Where the two sides of the migration are in the world, found by names and families alone.
//!
//! What must not be here: anything that the product says of itself.

use sixshift_sim::world::World;
use sixshift_sim::world::behaviour::Family;
use sixshift_sim::world::ecs::Service;
use sixshift_sim::world::elb::{Rule, TargetState, forwarded};

use crate::world::{CLUSTER, NAME, Subject};

/// The twin's name.
pub(crate) fn twin_name() -> String {
    format!("{NAME}-ipv6")
}

/// The twin's target group: the newest of IPv6 with the service's name.
pub(crate) fn twin_group(world: &World) -> Option<String> {
    let groups = world.elb.target_groups.values();
    let found = groups.filter(|g| g.family == Family::V6 && g.name.starts_with(NAME));
    found.map(|g| g.arn.clone()).next_back()
}

/// A service that was not deleted for good.
pub(crate) fn service<'a>(world: &'a World, name: &str) -> Option<&'a Service> {
    world.ecs.service(CLUSTER, name)
}

/// How many of a group's targets are healthy.
pub(crate) fn healthy(world: &World, group: &str) -> usize {
    let group = world.elb.target_groups.get(group);
    group.map_or(0, |g| {
        let fine = g.targets.iter().filter(|t| t.state == TargetState::Healthy);
        fine.count()
    })
}

/// The rules, default ones included, that forward to either side.
pub(crate) fn routes<'a>(world: &'a World, subject: &Subject) -> Vec<&'a Rule> {
    let twin = twin_group(world);
    let either = |arn: &str| arn == subject.group || Some(arn) == twin.as_deref();
    let rules = world.elb.rules.values();
    rules
        .filter(|r| forwarded(&r.actions).iter().any(|(arn, _)| either(arn)))
        .collect()
}

/// What a route gives to IPv4 and to IPv6, in weights.
pub(crate) fn weights(rule: &Rule, subject: &Subject, twin: Option<&str>) -> (i64, i64) {
    let groups = forwarded(&rule.actions);
    let of = |arn: Option<&str>| {
        let found = groups.iter().filter(|(g, _)| Some(g.as_str()) == arn);
        found.map(|(_, weight)| *weight).sum::<i64>()
    };
    (of(Some(&subject.group)), of(twin))
}
