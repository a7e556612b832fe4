//! Capacity providers and account settings.

use super::{AwsError, includes, page, tag_list, tags_of};
use crate::Value;
use crate::world::World;
use crate::world::ecs::{CapacityProvider, last_part};

/// Fargate's own.
const OF_FARGATE: [&str; 2] = ["FARGATE", "FARGATE_SPOT"];

/// The settings of an account with what they are by default.
const SETTINGS: [(&str, &str); 10] = [
    ("awsvpcTrunking", "disabled"),
    ("containerInsights", "disabled"),
    ("containerInstanceLongArnFormat", "enabled"),
    ("defaultLogDriverMode", "non-blocking"),
    ("fargateFIPSMode", "disabled"),
    ("fargateTaskRetirementWaitPeriod", "7"),
    ("guardDutyActivate", "off"),
    ("serviceLongArnFormat", "enabled"),
    ("tagResourceAuthorization", "off"),
    ("taskLongArnFormat", "enabled"),
];

pub(super) fn create(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let name = input.require_str("name")?.to_owned();
    let mut given = input.clone();
    given.set("tags", Value::Null);
    let provider = CapacityProvider {
        arn: world.arn("ecs", &format!("capacity-provider/{name}")),
        given: completed(given),
        tags: tags_of(input),
        name: name.clone(),
    };
    let answer = document(&provider, "CREATE_COMPLETE", true);
    world.ecs.capacity_providers.insert(name, provider);
    Ok(Value::map([("capacityProvider", answer)]))
}

pub(super) fn update(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let name = last_part(input.require_str("name")?);
    let provider = world
        .ecs
        .capacity_providers
        .get_mut(name)
        .ok_or_else(gone)?;
    for key in ["autoScalingGroupProvider", "managedInstancesProvider"] {
        let mut joined = provider.given.get(key).clone();
        for (field, value) in input.get(key).fields() {
            joined.set(field, value.clone());
        }
        provider.given.set(key, joined);
    }
    let answer = document(provider, "UPDATE_COMPLETE", false);
    Ok(Value::map([("capacityProvider", answer)]))
}

pub(super) fn describe(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let own = OF_FARGATE.iter().map(|name| of_fargate(world, name));
    let made = world.ecs.capacity_providers.values().cloned();
    let all: Vec<CapacityProvider> = own.chain(made).collect();
    let mut asked = input.get("capacityProviders").strings();
    let cluster = world.ecs.cluster(input.get("cluster").as_str());
    if let Some(cluster) = cluster.filter(|_| !input.get("cluster").is_null()) {
        asked = cluster.given.get("capacityProviders").strings();
    } else if asked.is_empty() {
        asked = all.iter().map(|p| p.name.clone()).collect();
    }
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for reference in asked {
        match all.iter().find(|p| p.name == last_part(&reference)) {
            Some(provider) => {
                found.push(document(provider, "", includes(input, "TAGS")));
            }
            None => failures.push(super::failure(reference)),
        }
    }
    Ok(Value::map([
        ("capacityProviders", Value::List(found)),
        ("failures", Value::List(failures)),
    ]))
}

pub(super) fn delete(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let name = last_part(input.require_str("capacityProvider")?);
    let provider = world.ecs.capacity_providers.remove(name).ok_or_else(gone)?;
    let mut answer = document(&provider, "DELETE_COMPLETE", false);
    answer.set("status", "INACTIVE".into());
    Ok(Value::map([("capacityProvider", answer)]))
}

/// What somebody set, or all with `effectiveSettings`.
pub(super) fn settings(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let effective = input.get("effectiveSettings").as_bool() == Some(true);
    let mut all = world.ecs.settings.clone();
    if effective {
        for (name, value) in SETTINGS {
            all.entry(name.to_owned())
                .or_insert_with(|| value.to_owned());
        }
    }
    let wanted = |key: &str, value: &str| input.get(key).as_str().is_none_or(|w| w == value);
    let names = all
        .iter()
        .filter(|(name, value)| wanted("name", name) && wanted("value", value))
        .map(|(name, _)| name.clone())
        .collect();
    let (names, next) = page(names, input, 10)?;
    let shown = names.strings();
    let shown = shown
        .iter()
        .map(|name| setting(world, name, all.get(name).map_or("", String::as_str)));
    let shown = Value::list(shown.collect::<Vec<_>>());
    Ok(Value::map([("settings", shown), ("nextToken", next)]))
}

pub(super) fn set(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let (name, value) = (input.require_str("name")?, input.require_str("value")?);
    world.ecs.settings.insert(name.to_owned(), value.to_owned());
    Ok(Value::map([("setting", setting(world, name, value))]))
}

pub(super) fn unset(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let name = input.require_str("name")?;
    world.ecs.settings.remove(name);
    let default = SETTINGS.iter().find(|(known, _)| *known == name);
    let value = default.map_or("", |(_, value)| value);
    Ok(Value::map([("setting", setting(world, name, value))]))
}

fn setting(world: &World, name: &str, value: &str) -> Value {
    Value::map([
        ("name", Value::from(name)),
        ("value", value.into()),
        ("principalArn", world.arn("iam", "root").into()),
        ("type", "user".into()),
    ])
}

fn of_fargate(world: &World, name: &str) -> CapacityProvider {
    CapacityProvider {
        name: name.to_owned(),
        arn: world.arn("ecs", &format!("capacity-provider/{name}")),
        given: Value::default(),
        tags: Vec::new(),
    }
}

/// With what AWS fills in for an Auto Scaling group.
fn completed(mut given: Value) -> Value {
    let mut group = given.get("autoScalingGroupProvider").clone();
    if group.is_null() {
        return given;
    }
    let defaults = [
        ("managedTerminationProtection", "DISABLED"),
        ("managedDraining", "ENABLED"),
    ];
    for (key, value) in defaults {
        if group.get(key).is_null() {
            group.set(key, value.into());
        }
    }
    let mut scaling = group.get("managedScaling").clone();
    if scaling.is_null() {
        scaling.set("status", "DISABLED".into());
    }
    let figures = [
        ("targetCapacity", 100_i64),
        ("minimumScalingStepSize", 1),
        ("maximumScalingStepSize", 10_000),
        ("instanceWarmupPeriod", 300),
    ];
    for (key, value) in figures {
        if scaling.get(key).is_null() {
            scaling.set(key, value.into());
        }
    }
    group.set("managedScaling", scaling);
    given.set("autoScalingGroupProvider", group);
    given
}

fn document(provider: &CapacityProvider, update: &str, with_tags: bool) -> Value {
    let given = |key: &str| provider.given.get(key).clone();
    let tags = with_tags.then(|| tag_list(&provider.tags));
    Value::map([
        ("capacityProviderArn", Value::from(provider.arn.as_str())),
        ("name", provider.name.as_str().into()),
        ("status", "ACTIVE".into()),
        ("cluster", given("cluster")),
        (
            "autoScalingGroupProvider",
            given("autoScalingGroupProvider"),
        ),
        (
            "managedInstancesProvider",
            given("managedInstancesProvider"),
        ),
        (
            "updateStatus",
            Some(update).filter(|u| !u.is_empty()).into(),
        ),
        ("tags", tags.unwrap_or(Value::List(Vec::new()))),
    ])
}

fn gone() -> AwsError {
    super::client("The specified capacity provider does not exist.")
}
