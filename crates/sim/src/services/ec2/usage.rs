//! Who uses a subnet, a security group or a gateway: what is in use cannot be deleted.

use super::interfaces;
use crate::Value;
use crate::world::World;
use crate::world::ecs::ServiceStatus;

pub(super) fn uses_subnet(world: &World, id: &str) -> bool {
    interfaces_in(world, id) > 0
        || services(world).any(|configuration| names(configuration, "subnets", id))
}

/// How many network interfaces lie in a subnet.
pub(super) fn interfaces_in(world: &World, subnet: &str) -> usize {
    let all = interfaces::all(world);
    all.iter().filter(|i| i.subnet == subnet).count()
}

pub(super) fn uses_group(world: &World, id: &str) -> bool {
    let all = interfaces::all(world);
    all.iter().any(|i| i.groups.iter().any(|g| g == id))
        || services(world).any(|configuration| names(configuration, "securityGroups", id))
}

/// Whether anything in a VPC has an address that the internet gateway maps.
pub(super) fn has_public_addresses(world: &World, vpc: &str) -> bool {
    let gateways = &world.network.nat_gateways;
    let now = world.now();
    let balancers = world.elb.load_balancers.values();
    gateways
        .iter()
        .any(|g| g.vpc == vpc && g.public && g.holds_on(now))
        || balancers
            .into_iter()
            .any(|b| b.vpc == vpc && b.scheme == "internet-facing")
}

fn services(world: &World) -> impl Iterator<Item = &Value> {
    let live = world
        .ecs
        .services
        .values()
        .filter(|s| s.status != ServiceStatus::Inactive);
    live.map(|s| {
        s.spec
            .get("networkConfiguration")
            .get("awsvpcConfiguration")
    })
}

fn names(configuration: &Value, field: &str, id: &str) -> bool {
    configuration
        .get(field)
        .items()
        .iter()
        .any(|v| v.as_str() == Some(id))
}
