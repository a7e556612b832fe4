//! Edits of listeners and rules.

use sixshift_sim::Value;
use sixshift_sim::services::{AwsError, Service};
use sixshift_sim::world::World;
use sixshift_sim::world::elb::{Rule, forwarded};

use super::Done;
use crate::aws::{call, first, forward};
use crate::dice::Dice;
use crate::sides;
use crate::world::Subject;

fn all(world: &World, subject: &Subject) -> Vec<Rule> {
    let found = sides::routes(world, subject);
    found.into_iter().cloned().collect()
}

fn one(world: &World, subject: &Subject, dice: &mut Dice) -> Option<Rule> {
    let all = all(world, subject);
    (!all.is_empty()).then(|| dice.pick(&all).clone())
}

fn said(rule: &Rule) -> String {
    match rule.priority {
        Some(priority) => format!("rule {priority}"),
        None => "the listener".to_owned(),
    }
}

/// Writes the forward of a route, as whole as it came but for the groups.
fn write(world: &mut World, rule: &Rule, groups: &[(String, i64)]) -> Result<(), AwsError> {
    let groups: Vec<(&str, i64)> = groups.iter().map(|(arn, w)| (arn.as_str(), *w)).collect();
    let sticky = sticky(rule);
    let actions = Value::list([forward(&groups, sticky)]);
    put(world, rule, actions)
}

fn sticky(rule: &Rule) -> Option<i64> {
    let forward = rule
        .actions
        .iter()
        .find(|a| a.get("Type").as_str() == Some("forward"))?;
    let config = forward
        .get("ForwardConfig")
        .get("TargetGroupStickinessConfig");
    let on = config.get("Enabled").as_bool() == Some(true);
    config.get("DurationSeconds").as_i64().filter(|_| on)
}

fn put(world: &mut World, rule: &Rule, actions: Value) -> Result<(), AwsError> {
    let op = if rule.priority.is_some() {
        "ModifyRule"
    } else {
        "ModifyListener"
    };
    let (target, actions) = named(rule, actions);
    call(world, Service::Elbv2, op, [target, actions]).map(|_| ())
}

fn named(rule: &Rule, actions: Value) -> ((&'static str, Value), (&'static str, Value)) {
    match rule.priority {
        Some(_) => (("RuleArn", rule.arn.as_str().into()), ("Actions", actions)),
        None => (
            ("ListenerArn", rule.listener.as_str().into()),
            ("DefaultActions", actions),
        ),
    }
}

/// The groups of a route with the two sides' part at a share of IPv6, the others in proportion.
fn at_share(world: &World, subject: &Subject, rule: &Rule, percent: i64) -> Vec<(String, i64)> {
    let twin = sides::twin_group(world);
    let groups = forwarded(&rule.actions);
    let is_side = |arn: &str| arn == subject.group || Some(arn) == twin.as_deref();
    let of_sides: i64 = groups
        .iter()
        .filter(|(arn, _)| is_side(arn))
        .map(|(_, w)| *w)
        .sum();
    let of_all: i64 = groups.iter().map(|(_, w)| *w).sum();
    // The sides get 200 of the weights together, where others share the route in proportion.
    let scale = |weight: i64| {
        if of_sides > 0 {
            weight * 200 / of_sides.max(1)
        } else {
            weight
        }
    };
    let mut made: Vec<(String, i64)> = groups
        .iter()
        .filter(|(arn, _)| !is_side(arn))
        .map(|(arn, weight)| {
            (
                arn.clone(),
                if of_all > 0 {
                    scale(*weight).min(999)
                } else {
                    1
                },
            )
        })
        .collect();
    made.push((subject.group.clone(), (100 - percent) * 2));
    made.extend(twin.map(|twin| (twin, percent * 2)));
    made.retain(|(arn, _)| world.elb.target_groups.contains_key(arn));
    made
}

/// The groups of a route as code that knows nothing of the migration has them: the IPv4 group alone, others beside it.
fn as_coded(world: &World, subject: &Subject, rule: &Rule) -> Vec<(String, i64)> {
    let twin = sides::twin_group(world);
    let groups = at_share(world, subject, rule, 0);
    groups
        .into_iter()
        .filter(|(arn, _)| Some(arn) != twin.as_ref())
        .collect()
}

pub(super) fn ipv4_alone(world: &mut World, subject: &Subject, _: &mut Dice) -> Done {
    let rules = all(world, subject);
    for rule in &rules {
        let groups = as_coded(world, subject, rule);
        write(world, rule, &groups)?;
    }
    Ok((!rules.is_empty()).then(|| "set every forward back to the IPv4 group alone".to_owned()))
}

pub(super) fn ipv6_alone(world: &mut World, subject: &Subject, _: &mut Dice) -> Done {
    let rules = all(world, subject);
    for rule in &rules {
        let mut groups = at_share(world, subject, rule, 100);
        groups.retain(|(arn, _)| *arn != subject.group);
        if !groups.is_empty() {
            write(world, rule, &groups)?;
        }
    }
    Ok((!rules.is_empty()).then(|| "set every forward to the IPv6 group alone".to_owned()))
}

pub(super) fn one_ipv4_alone(world: &mut World, subject: &Subject, dice: &mut Dice) -> Done {
    let Some(rule) = one(world, subject, dice) else {
        return Ok(None);
    };
    let groups = as_coded(world, subject, &rule);
    write(world, &rule, &groups)?;
    Ok(Some(format!(
        "set the forward of {} back to the IPv4 group alone",
        said(&rule)
    )))
}

pub(super) fn weights(world: &mut World, subject: &Subject, percent: i64) -> Done {
    let rules = all(world, subject);
    for rule in &rules {
        let groups = at_share(world, subject, rule, percent);
        write(world, rule, &groups)?;
    }
    Ok((!rules.is_empty()).then(|| format!("set IPv6 to {percent} % on every route")))
}

pub(super) fn one_weight(
    world: &mut World,
    subject: &Subject,
    dice: &mut Dice,
    percent: i64,
) -> Done {
    let Some(rule) = one(world, subject, dice) else {
        return Ok(None);
    };
    let groups = at_share(world, subject, &rule, percent);
    write(world, &rule, &groups)?;
    Ok(Some(format!("set IPv6 to {percent} % on {}", said(&rule))))
}

/// What a call has to say to bring a route to a share of IPv6: the route, and its actions.
pub(crate) fn forward_at(
    world: &World,
    subject: &Subject,
    rule: &Rule,
    percent: i64,
) -> ((&'static str, Value), (&'static str, Value)) {
    let groups = at_share(world, subject, rule, percent);
    let groups: Vec<(&str, i64)> = groups.iter().map(|(arn, w)| (arn.as_str(), *w)).collect();
    let actions = Value::list([forward(&groups, sticky(rule))]);
    named(rule, actions)
}

/// Sets every route to a share, as a person does who was told to.
pub(crate) fn set_all(world: &mut World, subject: &Subject, percent: i64) -> Result<(), AwsError> {
    for rule in all(world, subject) {
        let groups = at_share(world, subject, &rule, percent);
        write(world, &rule, &groups)?;
    }
    Ok(())
}

fn with_priority(world: &World, subject: &Subject) -> Vec<Rule> {
    let rules = all(world, subject);
    rules.into_iter().filter(|r| r.priority.is_some()).collect()
}

fn delete(world: &mut World, rule: &Rule) -> Result<(), AwsError> {
    let arn = Value::from(rule.arn.as_str());
    call(world, Service::Elbv2, "DeleteRule", [("RuleArn", arn)]).map(|_| ())
}

fn make(
    world: &mut World,
    listener: &str,
    rule: &Rule,
    priority: i64,
    groups: &[(String, i64)],
) -> Result<(), AwsError> {
    let groups: Vec<(&str, i64)> = groups.iter().map(|(arn, w)| (arn.as_str(), *w)).collect();
    let fields = [
        ("ListenerArn", Value::from(listener)),
        ("Priority", priority.into()),
        ("Conditions", conditions(rule)),
        ("Actions", Value::list([forward(&groups, sticky(rule))])),
    ];
    call(world, Service::Elbv2, "CreateRule", fields).map(|_| ())
}

/// A rule's conditions as they are given: field and values alone.
fn conditions(rule: &Rule) -> Value {
    let given = rule.conditions.iter().map(|c| {
        Value::map([
            ("Field", c.get("Field").clone()),
            ("Values", c.get("Values").clone()),
        ])
    });
    Value::list(given.collect::<Vec<_>>())
}

pub(super) fn rules_made_again(world: &mut World, subject: &Subject, _: &mut Dice) -> Done {
    let rules = with_priority(world, subject);
    for rule in &rules {
        let groups = as_coded(world, subject, rule);
        delete(world, rule)?;
        let priority = rule.priority.unwrap_or(1);
        make(world, &rule.listener, rule, priority, &groups)?;
    }
    Ok((!rules.is_empty()).then(|| "deleted its rules and made them again".to_owned()))
}

pub(super) fn rule_deleted(world: &mut World, subject: &Subject, dice: &mut Dice) -> Done {
    let rules = with_priority(world, subject);
    // The last route is not given up: there would be no service left to move.
    if all(world, subject).len() < 2 || rules.is_empty() {
        return Ok(None);
    }
    let rule = dice.pick(&rules).clone();
    delete(world, &rule)?;
    Ok(Some(format!("deleted {}", said(&rule))))
}

pub(super) fn new_rule(world: &mut World, subject: &Subject, dice: &mut Dice) -> Done {
    let Some(rule) = one(world, subject, dice) else {
        return Ok(None);
    };
    let known = world.elb.rules_of(&rule.listener);
    let taken: Vec<i64> = known.iter().filter_map(|r| r.priority).collect();
    let Some(priority) = (30..40).find(|p| !taken.contains(p)) else {
        return Ok(None);
    };
    let condition = Value::map([
        ("Field", Value::from("host-header")),
        (
            "Values",
            Value::list([format!("new-{priority}.shop.example")]),
        ),
    ]);
    let made = Rule {
        conditions: vec![condition],
        ..rule.clone()
    };
    let groups = vec![(subject.group.clone(), 1)];
    make(world, &rule.listener, &made, priority, &groups)?;
    Ok(Some(format!(
        "made rule {priority}, which forwards to the IPv4 group"
    )))
}

pub(super) fn listener_made_again(world: &mut World, subject: &Subject, _: &mut Dice) -> Done {
    let Some(old) = world
        .elb
        .listeners
        .values()
        .find(|l| l.load_balancer == subject.balancer)
    else {
        return Ok(None);
    };
    let old = old.arn.clone();
    let rules: Vec<Rule> = world.elb.rules_of(&old).into_iter().cloned().collect();
    let coded: Vec<_> = rules
        .iter()
        .map(|r| as_if_coded(world, subject, r))
        .collect();
    call(
        world,
        Service::Elbv2,
        "DeleteListener",
        [("ListenerArn", Value::from(old))],
    )?;
    let default = rules.iter().zip(&coded).find(|(r, _)| r.priority.is_none());
    let groups: Vec<(&str, i64)> = default
        .iter()
        .flat_map(|(_, groups)| groups.iter().map(|(arn, w)| (arn.as_str(), *w)))
        .collect();
    let sticky = default.and_then(|(rule, _)| sticky(rule));
    let fields = [
        ("LoadBalancerArn", Value::from(subject.balancer.as_str())),
        ("Port", 80_i64.into()),
        ("Protocol", "HTTP".into()),
        ("DefaultActions", Value::list([forward(&groups, sticky)])),
    ];
    let made = call(world, Service::Elbv2, "CreateListener", fields)?;
    let listener = first(&made, "Listeners", "ListenerArn");
    for (rule, groups) in rules.iter().zip(&coded) {
        if let Some(priority) = rule.priority {
            make(world, &listener, rule, priority, groups)?;
        }
    }
    Ok(Some("deleted the listener and made it again".to_owned()))
}

/// A route that is none of ours stays as it is.
fn as_if_coded(world: &World, subject: &Subject, rule: &Rule) -> Vec<(String, i64)> {
    let twin = sides::twin_group(world);
    if sides::weights(rule, subject, twin.as_deref()) == (0, 0) {
        return forwarded(&rule.actions);
    }
    as_coded(world, subject, rule)
}

pub(super) fn stickiness(world: &mut World, subject: &Subject, dice: &mut Dice) -> Done {
    let Some(rule) = one(world, subject, dice) else {
        return Ok(None);
    };
    let groups = forwarded(&rule.actions);
    let groups: Vec<(&str, i64)> = groups.iter().map(|(arn, w)| (arn.as_str(), *w)).collect();
    let now = if sticky(&rule).is_some() {
        None
    } else {
        Some(dice.between(30, 90))
    };
    put(world, &rule, Value::list([forward(&groups, now)]))?;
    Ok(Some(format!(
        "set the stickiness of {} to {now:?} s",
        said(&rule)
    )))
}
