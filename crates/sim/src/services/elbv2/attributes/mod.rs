//! Attributes of load balancers, target groups and listeners: defaults, reading, changing.
//!
//! What belongs here: how attributes go together. What must not: what each may be; that is the table's.

mod combinations;
mod table;

use std::collections::BTreeMap;

use self::table::{Attribute, Balancer, Group, Listener, OF_BALANCERS, OF_GROUPS, OF_LISTENERS};
use super::{AwsError, invalid, misconfigured, no_listener, no_load_balancer, no_target_group};
use crate::Value;
use crate::world::World;

type Attributes = BTreeMap<String, String>;

pub(super) fn of_load_balancer(
    world: &mut World,
    op: &str,
    input: &Value,
) -> Result<Value, AwsError> {
    let arn = input.require_str("LoadBalancerArn")?;
    let all = &mut world.elb.load_balancers;
    let balancer = all.get_mut(arn).ok_or_else(|| no_load_balancer(arn))?;
    let kind = Balancer {
        kind: balancer.kind.clone(),
        scheme: balancer.scheme.clone(),
    };
    if op.starts_with("Modify") {
        let changed = changed(
            "Load balancer",
            &balancer.attributes,
            OF_BALANCERS,
            &kind,
            input,
        )?;
        combinations::of_load_balancer(&changed)?;
        balancer.attributes = changed;
    }
    Ok(shown(&balancer.attributes))
}

pub(super) fn of_listener(world: &mut World, op: &str, input: &Value) -> Result<Value, AwsError> {
    let arn = input.require_str("ListenerArn")?;
    let listener = world
        .elb
        .listeners
        .get_mut(arn)
        .ok_or_else(|| no_listener(arn))?;
    let kind = Listener {
        protocol: listener.protocol.clone(),
    };
    if op.starts_with("Modify") {
        listener.attributes =
            changed("Listener", &listener.attributes, OF_LISTENERS, &kind, input)?;
    }
    Ok(shown(&listener.attributes))
}

pub(super) fn of_target_group(
    world: &mut World,
    op: &str,
    input: &Value,
) -> Result<Value, AwsError> {
    let arn = input.require_str("TargetGroupArn")?;
    let all = &world.elb.target_groups;
    let group = all.get(arn).ok_or_else(|| no_target_group(arn))?;
    if !op.starts_with("Modify") {
        return Ok(shown(&group.attributes));
    }
    let changed = changed(
        "Target group",
        &group.attributes,
        OF_GROUPS,
        &group_kind(&group.spec),
        input,
    )?;
    combinations::of_target_group(world, group, &changed)?;
    let answer = shown(&changed);
    if let Some(group) = world.elb.target_groups.get_mut(arn) {
        group.attributes = changed;
    }
    Ok(answer)
}

pub(super) fn defaults_of_target_group(spec: &Value) -> Attributes {
    defaults(OF_GROUPS, &group_kind(spec))
}

pub(super) fn defaults_of_load_balancer(kind: &str, scheme: &str) -> Attributes {
    let (kind, scheme) = (kind.to_owned(), scheme.to_owned());
    defaults(OF_BALANCERS, &Balancer { kind, scheme })
}

pub(super) fn defaults_of_listener(protocol: &str) -> Attributes {
    let protocol = protocol.to_owned();
    defaults(OF_LISTENERS, &Listener { protocol })
}

fn group_kind(spec: &Value) -> Group {
    let text = |key: &str| spec.get(key).as_str().unwrap_or_default().to_owned();
    Group {
        protocol: text("Protocol"),
        version: text("ProtocolVersion"),
        kind: text("TargetType"),
    }
}

fn defaults<K>(table: &[Attribute<K>], kind: &K) -> Attributes {
    let own = table.iter().filter(|a| (a.of)(kind));
    own.filter_map(|a| Some((a.key.to_owned(), (a.default)(kind)?.to_owned())))
        .collect()
}

/// What the attributes are after a change, or why AWS refuses it.
fn changed<K>(
    what: &str,
    held: &Attributes,
    table: &[Attribute<K>],
    kind: &K,
    input: &Value,
) -> Result<Attributes, AwsError> {
    let mut changed = held.clone();
    for given in input.get("Attributes").items() {
        let key = given.require_str("Key")?;
        let value = given.get("Value").as_str().unwrap_or_default();
        let mut named = table.iter().filter(|a| a.key == key).peekable();
        if named.peek().is_none() {
            return Err(invalid(format!(
                "{what} attribute key '{key}' is not recognized"
            )));
        }
        let Some(attribute) = named.find(|a| (a.of)(kind)) else {
            return Err(misconfigured(format!(
                "{what} attribute key '{key}' is not supported on this protocol or type"
            )));
        };
        if !attribute.domain.holds(value) {
            return Err(misconfigured(format!(
                "The value '{value}' of the attribute '{key}' is not valid: {:?}",
                attribute.domain
            )));
        }
        changed.insert(key.to_owned(), value.to_owned());
    }
    Ok(changed)
}

fn shown(attributes: &Attributes) -> Value {
    let list = attributes.iter().map(|(k, v)| {
        Value::map([
            ("Key", Value::from(k.as_str())),
            ("Value", v.as_str().into()),
        ])
    });
    Value::map([("Attributes", Value::list(list))])
}
