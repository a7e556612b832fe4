//! Listeners and their default actions.

use super::actions::{self, Site};
use super::{AwsError, invalid, no_listener, no_load_balancer, nothing, page, tags};
use crate::Value;
use crate::world::World;
use crate::world::elb::{Listener, Rule, is_secure};
use crate::world::{health, rng};

/// What a listener keeps of its input beside port, protocol and actions.
const KEPT: [&str; 4] = [
    "SslPolicy",
    "Certificates",
    "AlpnPolicy",
    "MutualAuthentication",
];

pub(super) fn create(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let balancer_arn = input.require_str("LoadBalancerArn")?.to_owned();
    let balancer = world
        .elb
        .load_balancers
        .get(&balancer_arn)
        .ok_or_else(|| no_load_balancer(&balancer_arn))?;
    let protocol = input.require_str("Protocol")?.to_owned();
    let port = input
        .get("Port")
        .as_i64()
        .filter(|p| (1..=65535).contains(p))
        .ok_or_else(|| invalid("A port must be specified"))?;
    let site = Site {
        balancer,
        protocol: &protocol,
        before: &[],
    };
    let actions = actions::accept(world, &site, input.get("DefaultActions"))?;
    let given = kept(input, &protocol);
    let on_port = world.elb.listeners_of(&balancer_arn);
    if let Some(there) = on_port.into_iter().find(|l| l.port == port) {
        let old = world.elb.default_rule(&there.arn).map(|r| &r.actions);
        let same = there.protocol == protocol && there.given == given && old == Some(&actions);
        return if same {
            shown(world, &there.arn)
        } else {
            Err(taken())
        };
    }
    let tags = tags::of(input)?;
    let suffix = balancer_arn
        .split_once(":loadbalancer/")
        .map(|(_, s)| s.to_owned())
        .unwrap_or_default();
    let id = world.next_id();
    let hex = rng::hex(world.seed, "listener", id, 16);
    let arn = world.arn("elasticloadbalancing", &format!("listener/{suffix}/{hex}"));
    let rule_hex = rng::hex(world.seed, "default-rule", id, 16);
    let rule_arn = world.arn(
        "elasticloadbalancing",
        &format!("listener-rule/{suffix}/{hex}/{rule_hex}"),
    );
    let listener = Listener {
        arn: arn.clone(),
        load_balancer: balancer_arn,
        port,
        protocol: protocol.clone(),
        given,
        attributes: super::attributes::defaults_of_listener(&protocol),
        tags,
    };
    world.elb.listeners.insert(arn.clone(), listener);
    let rule = Rule {
        arn: rule_arn.clone(),
        listener: arn.clone(),
        priority: None,
        conditions: Vec::new(),
        actions,
        transforms: Vec::new(),
        tags: Vec::new(),
    };
    world.elb.rules.insert(rule_arn, rule);
    health::routes_changed(world);
    shown(world, &arn)
}

pub(super) fn describe(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let arns = input.get("ListenerArns").strings();
    let found: Vec<&Listener> = match input.get("LoadBalancerArn").as_str() {
        Some(balancer) if arns.is_empty() => {
            if !world.elb.load_balancers.contains_key(balancer) {
                return Err(no_load_balancer(balancer));
            }
            world.elb.listeners_of(balancer)
        }
        None if !arns.is_empty() => arns
            .iter()
            .map(|arn| world.elb.listeners.get(arn).ok_or_else(|| no_listener(arn)))
            .collect::<Result<_, _>>()?,
        _ => {
            return Err(invalid(
                "You must specify either listener ARNs or a load balancer ARN",
            ));
        }
    };
    let documents = found.into_iter().map(|l| document(world, l)).collect();
    page(documents, input, "Listeners")
}

pub(super) fn modify(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let arn = input.require_str("ListenerArn")?.to_owned();
    let mut listener = world
        .elb
        .listeners
        .get(&arn)
        .ok_or_else(|| no_listener(&arn))?
        .clone();
    if let Some(port) = input.get("Port").as_i64() {
        let taken =
            world.elb.listeners.values().any(|l| {
                l.load_balancer == listener.load_balancer && l.port == port && l.arn != arn
            });
        if taken {
            return Err(self::taken());
        }
        listener.port = port;
    }
    if let Some(protocol) = input.get("Protocol").as_str() {
        protocol.clone_into(&mut listener.protocol);
    }
    let mut given = listener.given.clone();
    for key in KEPT {
        if !input.get(key).is_null() {
            given.set(key, input.get(key).clone());
        }
    }
    listener.given = kept(&given, &listener.protocol);
    let rule = world
        .elb
        .default_rule(&arn)
        .cloned()
        .ok_or_else(|| no_listener(&arn))?;
    let mut new_actions = None;
    if !input.get("DefaultActions").is_null() {
        let site = Site::of(world, &listener, &rule.actions).ok_or_else(|| no_listener(&arn))?;
        new_actions = Some(actions::accept(world, &site, input.get("DefaultActions"))?);
    }
    world.elb.listeners.insert(arn.clone(), listener);
    if let (Some(actions), Some(rule)) = (new_actions, world.elb.rules.get_mut(&rule.arn)) {
        rule.actions = actions;
    }
    health::routes_changed(world);
    shown(world, &arn)
}

pub(super) fn delete(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let arn = input.require_str("ListenerArn")?.to_owned();
    world
        .elb
        .listeners
        .remove(&arn)
        .ok_or_else(|| no_listener(&arn))?;
    world.elb.rules.retain(|_, r| r.listener != arn);
    health::routes_changed(world);
    Ok(nothing())
}

/// What a listener keeps of what it was given: nothing that belongs to certificates, where it has none.
fn kept(given: &Value, protocol: &str) -> Value {
    if !is_secure(protocol) {
        return Value::default();
    }
    let mut kept = Value::map(KEPT.iter().map(|key| (*key, given.get(key).clone())));
    if kept.get("SslPolicy").is_null() {
        kept.set("SslPolicy", "ELBSecurityPolicy-2016-08".into());
    }
    if protocol == "HTTPS" && kept.get("MutualAuthentication").is_null() {
        kept.set(
            "MutualAuthentication",
            Value::map([("Mode", Value::from("off"))]),
        );
    }
    kept
}

fn taken() -> AwsError {
    AwsError::new(
        "DuplicateListener",
        "A listener already exists on this port for this load balancer",
    )
}

fn shown(world: &World, arn: &str) -> Result<Value, AwsError> {
    let listener = world
        .elb
        .listeners
        .get(arn)
        .ok_or_else(|| no_listener(arn))?;
    Ok(Value::map([(
        "Listeners",
        Value::list([document(world, listener)]),
    )]))
}

fn document(world: &World, listener: &Listener) -> Value {
    let actions = world
        .elb
        .default_rule(&listener.arn)
        .map(|r| r.actions.clone())
        .unwrap_or_default();
    let mut document = Value::map([
        ("ListenerArn", Value::from(listener.arn.as_str())),
        ("LoadBalancerArn", listener.load_balancer.as_str().into()),
        ("Port", listener.port.into()),
        ("Protocol", listener.protocol.as_str().into()),
    ]);
    for (key, value) in listener.given.fields() {
        document.set(key, value.clone());
    }
    document.set("DefaultActions", Value::List(actions));
    document
}
