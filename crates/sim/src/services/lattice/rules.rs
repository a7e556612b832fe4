//! Rules of a listener, the default one apart: that one is changed with its listener.

use super::{AwsError, actions, dated, listeners, new, page, set, told, words};
use crate::world::lattice::{Listener, Rule, named, routes_changed};
use crate::{Value, world::World};

/// VPC Lattice user guide, "Quotas for Amazon VPC Lattice".
const MOST: usize = 10;
const KIND: &str = "RULE";

pub(super) fn create(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let listener = listeners::of(world, input)?.clone();
    let name = input.get("name").as_str().unwrap_or_default();
    let priority = input.get("priority").as_i64();
    let there = world.lattice.rules_of(&listener.about.arn);
    free(&there, Some(name), priority, None)?;
    if there.iter().filter(|r| r.priority.is_some()).count() >= MOST {
        return Err(words::too_many(KIND, "rules of a listener", MOST));
    }
    let action = accepted(world, &listener, input.get("action"))?;
    let about = new(
        world,
        &format!("{}/rule/", listener.about.arn),
        "rule",
        input,
    );
    let rule = Rule {
        about,
        listener: listener.about.arn,
        priority,
        matches: input.get("match").clone(),
        action,
    };
    let answer = document(&rule, told(&rule.about));
    world.lattice.rules.insert(rule.about.arn.clone(), rule);
    routes_changed(world);
    Ok(answer)
}

fn accepted(world: &World, listener: &Listener, action: &Value) -> Result<Value, AwsError> {
    actions::accept(world, &listener.service, &listener.protocol, action)
}

/// Whether a name and a priority are those of no other rule.
fn free(
    there: &[&Rule],
    name: Option<&str>,
    priority: Option<i64>,
    own: Option<&str>,
) -> Result<(), AwsError> {
    let others = there.iter().filter(|r| Some(r.about.arn.as_str()) != own);
    let clashes = |r: &&&Rule| {
        name == Some(r.about.name.as_str()) || priority.is_some() && priority == r.priority
    };
    match others.into_iter().find(clashes) {
        None => Ok(()),
        Some(taken) => {
            let message = "The listener has a rule with this name or priority";
            Err(words::conflict(KIND, &taken.about.id, message))
        }
    }
}

/// The rule that a request names, of the listener that it names.
fn of<'w>(world: &'w World, input: &Value) -> Result<&'w Rule, AwsError> {
    let listener = &listeners::of(world, input)?.about.arn;
    let by = input.get("ruleIdentifier").as_str().unwrap_or_default();
    named(&world.lattice.rules, by)
        .filter(|r| r.listener == *listener)
        .ok_or_else(|| words::missing(KIND, by))
}

/// The same, which is to be changed.
fn own<'w>(world: &'w World, input: &Value) -> Result<&'w Rule, AwsError> {
    let rule = of(world, input)?;
    if rule.priority.is_none() {
        let message = "The default rule of a listener cannot be modified or deleted";
        return Err(words::invalid(message));
    }
    Ok(rule)
}

pub(super) fn get(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let rule = of(world, input)?;
    let mut document = document(rule, dated(&rule.about));
    document.set("isDefault", rule.priority.is_none().into());
    Ok(document)
}

pub(super) fn list(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let listener = &listeners::of(world, input)?.about.arn;
    let rules = world.lattice.rules_of(listener).into_iter();
    let items = rules.map(|rule| {
        let mut item = dated(&rule.about);
        set(
            &mut item,
            [
                ("isDefault", rule.priority.is_none().into()),
                ("priority", rule.priority.into()),
            ],
        );
        item
    });
    page(items.collect(), input)
}

pub(super) fn update(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let mut rule = own(world, input)?.clone();
    let listener = listeners::of(world, input)?.clone();
    if let Some(priority) = input.get("priority").as_i64() {
        let there = world.lattice.rules_of(&listener.about.arn);
        free(&there, None, Some(priority), Some(&rule.about.arn))?;
        rule.priority = Some(priority);
    }
    if !input.get("match").is_null() {
        rule.matches = input.get("match").clone();
    }
    if !input.get("action").is_null() {
        rule.action = accepted(world, &listener, input.get("action"))?;
    }
    rule.about.updated_at = world.now();
    let mut answer = document(&rule, told(&rule.about));
    answer.set("isDefault", false.into());
    world.lattice.rules.insert(rule.about.arn.clone(), rule);
    routes_changed(world);
    Ok(answer)
}

pub(super) fn delete(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let arn = own(world, input)?.about.arn.clone();
    world.lattice.rules.remove(&arn);
    world.lattice.tags.remove(&arn);
    routes_changed(world);
    Ok(Value::Map(Vec::new()))
}

fn document(rule: &Rule, mut document: Value) -> Value {
    set(
        &mut document,
        [
            ("match", rule.matches.clone()),
            ("priority", rule.priority.into()),
            ("action", rule.action.clone()),
        ],
    );
    document
}
