//! Who uses a subnet or a security group: what is in use cannot be deleted.

use crate::Value;
use crate::world::World;
use crate::world::ecs::ServiceStatus;

pub(super) fn uses_subnet(world: &World, id: &str) -> bool {
    let balancers = world
        .elb
        .load_balancers
        .values()
        .any(|b| b.zones.iter().any(|(_, subnet)| subnet == id));
    balancers || services(world).any(|configuration| names(configuration, "subnets", id))
}

pub(super) fn uses_group(world: &World, id: &str) -> bool {
    let balancers = world
        .elb
        .load_balancers
        .values()
        .any(|b| b.security_groups.iter().any(|g| g == id));
    balancers || services(world).any(|configuration| names(configuration, "securityGroups", id))
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
