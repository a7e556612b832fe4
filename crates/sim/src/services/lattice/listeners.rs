//! Listeners and their default actions.

use super::{AwsError, actions, new, page, services, set, told, words};
use crate::world::lattice::{Listener, Rule, named, routes_changed};
use crate::{Value, world::World};

/// VPC Lattice user guide, "Quotas for Amazon VPC Lattice".
const MOST: usize = 2;
const KIND: &str = "LISTENER";

pub(super) fn create(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let service = services::of(world, input)?.about.arn.clone();
    let name = input.get("name").as_str().unwrap_or_default();
    let protocol = input
        .get("protocol")
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let default = if protocol == "HTTP" { 80 } else { 443 };
    let port = input.get("port").as_i64().unwrap_or(default);
    let there = world.lattice.listeners_of(&service);
    let taken = |l: &&&Listener| l.about.name == name || l.port == port;
    if let Some(taken) = there.iter().find(taken) {
        let message = format!("The service has a listener with the name {name} or the port {port}");
        return Err(words::conflict(KIND, &taken.about.id, message));
    }
    if there.len() >= MOST {
        return Err(words::too_many(KIND, "listeners of a service", MOST));
    }
    let action = actions::accept(world, &service, &protocol, input.get("defaultAction"))?;
    let about = new(world, &format!("{service}/listener/"), "listener", input);
    let of_rule = Value::map([("name", Value::from("default"))]);
    let rule = Rule {
        about: new(world, &format!("{}/rule/", about.arn), "rule", &of_rule),
        listener: about.arn.clone(),
        priority: None,
        matches: Value::Null,
        action,
    };
    let listener = Listener {
        about,
        service,
        protocol,
        port,
    };
    let arn = listener.about.arn.clone();
    world.lattice.rules.insert(rule.about.arn.clone(), rule);
    world.lattice.listeners.insert(arn.clone(), listener);
    routes_changed(world);
    shown(world, &arn, false)
}

/// The listener that a request names, of the service that it names.
pub(super) fn of<'w>(world: &'w World, input: &Value) -> Result<&'w Listener, AwsError> {
    let service = &services::of(world, input)?.about.arn;
    let by = input.get("listenerIdentifier").as_str().unwrap_or_default();
    named(&world.lattice.listeners, by)
        .filter(|l| l.service == *service)
        .ok_or_else(|| words::missing(KIND, by))
}

pub(super) fn get(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let arn = of(world, input)?.about.arn.clone();
    shown(world, &arn, true)
}

pub(super) fn list(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let service = &services::of(world, input)?.about.arn;
    let listeners = world.lattice.listeners_of(service).into_iter();
    let items = listeners.map(|listener| {
        let mut item = super::dated(&listener.about);
        set(
            &mut item,
            [
                ("protocol", listener.protocol.as_str().into()),
                ("port", listener.port.into()),
            ],
        );
        item
    });
    page(items.collect(), input)
}

pub(super) fn update(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let listener = of(world, input)?;
    let (arn, service) = (listener.about.arn.clone(), listener.service.clone());
    let protocol = listener.protocol.clone();
    let action = actions::accept(world, &service, &protocol, input.get("defaultAction"))?;
    let now = world.now();
    if let Some(listener) = world.lattice.listeners.get_mut(&arn) {
        listener.about.updated_at = now;
    }
    let mut rules = world.lattice.rules.values_mut();
    if let Some(default) = rules.find(|r| r.listener == arn && r.priority.is_none()) {
        default.action = action;
        default.about.updated_at = now;
    }
    routes_changed(world);
    shown(world, &arn, false)
}

pub(super) fn delete(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let arn = of(world, input)?.about.arn.clone();
    let below = format!("{arn}/");
    let lattice = &mut world.lattice;
    lattice.listeners.remove(&arn);
    lattice.rules.retain(|_, r| r.listener != arn);
    lattice
        .tags
        .retain(|tagged, _| *tagged != arn && !tagged.starts_with(&below));
    routes_changed(world);
    Ok(Value::Map(Vec::new()))
}

fn shown(world: &World, arn: &str, with_dates: bool) -> Result<Value, AwsError> {
    let listener = world.lattice.listeners.get(arn);
    let listener = listener.ok_or_else(|| words::missing(KIND, arn))?;
    let service = listener.service.as_str();
    let mut document = if with_dates {
        super::dated(&listener.about)
    } else {
        told(&listener.about)
    };
    let mut rules = world.lattice.rules.values();
    let default = rules.find(|r| r.listener == arn && r.priority.is_none());
    set(
        &mut document,
        [
            ("protocol", listener.protocol.as_str().into()),
            ("port", listener.port.into()),
            ("serviceArn", service.into()),
            ("serviceId", service.rsplit('/').next().into()),
            ("defaultAction", default.map(|r| r.action.clone()).into()),
        ],
    );
    Ok(document)
}
