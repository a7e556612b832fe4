//! Rules: create, describe, modify, delete, priorities.

use super::actions::{self, Site};
use super::{AwsError, conditions, invalid, no_listener, no_rule, nothing, page, tags};
use crate::Value;
use crate::world::World;
use crate::world::elb::{Quota, Rule};
use crate::world::{health, rng};

pub(super) fn create(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let arn = input.require_str("ListenerArn")?.to_owned();
    let listener = world
        .elb
        .listeners
        .get(&arn)
        .ok_or_else(|| no_listener(&arn))?;
    let priority = checked_priority(input)?;
    let balancer = listener.load_balancer.clone();
    let rules = world.elb.rules.values().filter(|r| r.priority.is_some());
    let on_balancer = rules.filter(|r| {
        world
            .elb
            .listeners
            .get(&r.listener)
            .is_some_and(|l| l.load_balancer == balancer)
    });
    if on_balancer.count() >= world.elb.quota(Quota::Rules) {
        return Err(AwsError::new(
            "TooManyRules",
            "The maximum number of rules on the load balancer has been reached",
        ));
    }
    if world
        .elb
        .rules
        .values()
        .any(|r| r.listener == arn && r.priority == Some(priority))
    {
        return Err(in_use(priority));
    }
    let conditions = conditions::read_back(input.get("Conditions"));
    let site = Site::of(world, listener, &[]).ok_or_else(|| no_listener(&arn))?;
    let actions = actions::accept(world, &site, input.get("Actions"))?;
    let tags = tags::of(input)?;
    let suffix = arn
        .split_once(":listener/")
        .map(|(_, s)| s.to_owned())
        .unwrap_or_default();
    let id = world.next_id();
    let hex = rng::hex(world.seed, "rule", id, 16);
    let rule = Rule {
        arn: world.arn(
            "elasticloadbalancing",
            &format!("listener-rule/{suffix}/{hex}"),
        ),
        listener: arn,
        priority: Some(priority),
        conditions,
        actions,
        transforms: input.get("Transforms").items().to_vec(),
        tags,
    };
    let made = document(&rule);
    world.elb.rules.insert(rule.arn.clone(), rule);
    health::routes_changed(world);
    Ok(Value::map([("Rules", Value::list([made]))]))
}

pub(super) fn describe(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let arns = input.get("RuleArns").strings();
    let found: Vec<&Rule> = match input.get("ListenerArn").as_str() {
        Some(listener) if arns.is_empty() => {
            if !world.elb.listeners.contains_key(listener) {
                return Err(no_listener(listener));
            }
            world.elb.rules_of(listener)
        }
        None if !arns.is_empty() => arns
            .iter()
            .map(|arn| world.elb.rules.get(arn).ok_or_else(|| no_rule(arn)))
            .collect::<Result<_, _>>()?,
        _ => {
            return Err(invalid(
                "You must specify either listener rule ARNs or a listener ARN",
            ));
        }
    };
    let documents = found.into_iter().map(document).collect();
    page(documents, input, "Rules")
}

pub(super) fn modify(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let arn = input.require_str("RuleArn")?.to_owned();
    let mut rule = world
        .elb
        .rules
        .get(&arn)
        .ok_or_else(|| no_rule(&arn))?
        .clone();
    if rule.priority.is_none() {
        return Err(AwsError::new(
            "OperationNotPermitted",
            format!("Default rule '{arn}' cannot be modified"),
        ));
    }
    if !input.get("Conditions").items().is_empty() {
        rule.conditions = conditions::read_back(input.get("Conditions"));
    }
    if !input.get("Actions").items().is_empty() {
        let listener = world
            .elb
            .listeners
            .get(&rule.listener)
            .ok_or_else(|| no_listener(&rule.listener))?;
        let site = Site::of(world, listener, &rule.actions).ok_or_else(|| no_rule(&arn))?;
        rule.actions = actions::accept(world, &site, input.get("Actions"))?;
    }
    if input.get("ResetTransforms").as_bool() == Some(true) {
        rule.transforms.clear();
    } else if !input.get("Transforms").items().is_empty() {
        rule.transforms = input.get("Transforms").items().to_vec();
    }
    let made = document(&rule);
    world.elb.rules.insert(arn, rule);
    health::routes_changed(world);
    Ok(Value::map([("Rules", Value::list([made]))]))
}

pub(super) fn delete(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let arn = input.require_str("RuleArn")?.to_owned();
    if world
        .elb
        .rules
        .get(&arn)
        .ok_or_else(|| no_rule(&arn))?
        .priority
        .is_none()
    {
        return Err(AwsError::new(
            "OperationNotPermitted",
            format!("Default rule '{arn}' cannot be deleted"),
        ));
    }
    world.elb.rules.remove(&arn);
    health::routes_changed(world);
    Ok(nothing())
}

pub(super) fn set_priorities(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let mut wanted = Vec::new();
    for pair in input.get("RulePriorities").items() {
        let arn = pair.require_str("RuleArn")?.to_owned();
        let rule = world.elb.rules.get(&arn).ok_or_else(|| no_rule(&arn))?;
        if rule.priority.is_none() {
            return Err(AwsError::new(
                "OperationNotPermitted",
                "The priority of a default rule cannot be changed",
            ));
        }
        wanted.push((arn, rule.listener.clone(), checked_priority(pair)?));
    }
    for (place, (_, listener, priority)) in wanted.iter().enumerate() {
        let among_wanted = wanted
            .iter()
            .take(place)
            .any(|(_, l, p)| l == listener && p == priority);
        let by_another = world.elb.rules.values().any(|r| {
            r.listener == *listener
                && r.priority == Some(*priority)
                && wanted.iter().all(|(arn, ..)| *arn != r.arn)
        });
        if among_wanted || by_another {
            return Err(in_use(*priority));
        }
    }
    let mut changed = Vec::new();
    for (arn, _, priority) in wanted {
        if let Some(rule) = world.elb.rules.get_mut(&arn) {
            rule.priority = Some(priority);
            changed.push(document(rule));
        }
    }
    health::routes_changed(world);
    Ok(Value::map([("Rules", Value::List(changed))]))
}

fn checked_priority(input: &Value) -> Result<i64, AwsError> {
    input
        .get("Priority")
        .as_i64()
        .filter(|p| (1..=50_000).contains(p))
        .ok_or_else(|| invalid("A priority between 1 and 50000 must be specified"))
}

fn in_use(priority: i64) -> AwsError {
    AwsError::new(
        "PriorityInUse",
        format!("Priority '{priority}' is currently in use"),
    )
}

fn document(rule: &Rule) -> Value {
    let priority = rule
        .priority
        .map_or_else(|| "default".to_owned(), |p| p.to_string());
    Value::map([
        ("RuleArn", Value::from(rule.arn.as_str())),
        ("Priority", priority.into()),
        ("Conditions", Value::List(rule.conditions.clone())),
        ("Actions", Value::List(rule.actions.clone())),
        ("IsDefault", rule.priority.is_none().into()),
        ("Transforms", Value::List(rule.transforms.clone())),
    ])
}
