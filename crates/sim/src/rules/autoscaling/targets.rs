//! What is refused of scalable targets.

use super::resource;
use crate::Value;
use crate::world::World;
use crate::world::ecs::ServiceStatus;

pub(super) fn lacks_bounds(world: &World, input: &Value) -> Option<String> {
    let first = world.scaling.target(resource(input)).is_none();
    let lacks = ["MinCapacity", "MaxCapacity"]
        .iter()
        .any(|b| input.get(b).is_null());
    (first && lacks).then(|| {
        "Minimum and maximum capacity are required to register a scalable target".to_owned()
    })
}

pub(super) fn bounds_out_of_order(world: &World, input: &Value) -> Option<String> {
    let before = world.scaling.target(resource(input));
    let bound = |name: &str, held: Option<i64>| input.get(name).as_i64().or(held);
    let min = bound("MinCapacity", before.map(|t| t.min))?;
    let max = bound("MaxCapacity", before.map(|t| t.max))?;
    if min < 0 || max < 0 {
        return Some("Minimum and maximum capacity must not be negative".to_owned());
    }
    (max < min).then(|| "Maximum capacity cannot be less than minimum capacity".to_owned())
}

pub(super) fn no_service(world: &World, input: &Value) -> Option<String> {
    let resource = resource(input);
    let there = world
        .ecs
        .services
        .values()
        .any(|s| s.status == ServiceStatus::Active && s.resource_id() == resource);
    let of_a_service = resource.starts_with("service/");
    (of_a_service && !there).then(|| format!("ECS service doesn't exist: {resource}"))
}

pub(super) fn dimension_alone(_: &World, input: &Value) -> Option<String> {
    let alone = input.get("ResourceId").is_null() && !input.get("ScalableDimension").is_null();
    alone.then(|| "A resource ID is required with a scalable dimension".to_owned())
}
