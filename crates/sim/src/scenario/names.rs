//! A Cloud Map registry that consumers find a service by.
//!
//! What belongs here: what it is made of, and who asks for it. What must not: the service.

use super::ScenarioError;
use super::region::{Ground, call, text};
use crate::Value;
use crate::services::Service;
use crate::world::names::Consumers;

/// A registry of a service's name, as `serviceRegistries` has it, and consumers who move to the twin's within half an hour of its
/// first task.
pub(super) fn registered(ground: &mut Ground, name: &str) -> Result<Value, ScenarioError> {
    let registry = registry(ground, name)?;
    ground.world.add_consumers(Consumers {
        name: format!("{name}-consumers"),
        old: name.to_owned(),
        new: format!("{name}-ipv6"),
        asks: 600.0,
        moves: vec![(10, 0.3), (20, 0.4), (30, 0.3)],
    });
    Ok(Value::map([("registryArn", Value::from(registry))]))
}

/// In the shop's namespace, which is made with the first of them.
fn registry(ground: &mut Ground, name: &str) -> Result<String, ScenarioError> {
    let world = &mut ground.world;
    let of = |namespace: &Value| text(namespace.get("Id"));
    let there = call(world, Service::ServiceDiscovery, "ListNamespaces", [])?;
    let namespace = match there.get("Namespaces").items().first() {
        Some(namespace) => of(namespace),
        None => {
            let fields = [
                ("Name", "shop.internal".into()),
                ("Vpc", ground.vpc.as_str().into()),
            ];
            let op = "CreatePrivateDnsNamespace";
            call(world, Service::ServiceDiscovery, op, fields)?;
            let there = call(world, Service::ServiceDiscovery, "ListNamespaces", [])?;
            there
                .get("Namespaces")
                .items()
                .first()
                .map(of)
                .unwrap_or_default()
        }
    };
    let record = Value::map([("Type", Value::from("A")), ("TTL", Value::Int(15))]);
    let dns = Value::map([
        ("RoutingPolicy", Value::from("MULTIVALUE")),
        ("DnsRecords", Value::list([record])),
    ]);
    let health = Value::map([("FailureThreshold", Value::Int(1))]);
    let fields = [
        ("Name", name.into()),
        ("NamespaceId", namespace.into()),
        ("DnsConfig", dns),
        ("HealthCheckCustomConfig", health),
    ];
    let made = call(world, Service::ServiceDiscovery, "CreateService", fields)?;
    Ok(text(made.get("Service").get("Arn")))
}
