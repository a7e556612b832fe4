//! Scalable targets and their tags.

use super::{DIMENSION, invalid, namespace, no_target, page, policies, resource, text, uuid};
use crate::services::AwsError;
use crate::world::scaling::{SuspendedState, Target};
use crate::world::scheduler;
use crate::{Value, world::World};

const MOST_TAGS: usize = 50;
/// What a registration says that the region knows; the rest is kept and read back.
const KNOWN: [&str; 8] = [
    "ServiceNamespace",
    "ResourceId",
    "ScalableDimension",
    "MinCapacity",
    "MaxCapacity",
    "RoleARN",
    "SuspendedState",
    "Tags",
];

pub(super) fn register(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let resource = resource(input)?.to_owned();
    let before = world.scaling.target(&resource);
    let (min, max) = bounds(input, before)?;
    let now = world.now();
    let arn = world.arn(
        "application-autoscaling",
        &format!("scalable-target/{}", uuid(&resource)),
    );
    let role = world.arn("iam", crate::caller::SCALING_ROLE);
    let mut target = before
        .cloned()
        .unwrap_or_else(|| Target::new(arn, role, min, max, now));
    (target.min, target.max) = (min, max);
    suspend(&mut target.suspended, input.get("SuspendedState"));
    for (name, value) in input
        .fields()
        .iter()
        .filter(|(name, _)| !KNOWN.contains(&name.as_str()))
    {
        target.more.insert(name.clone(), value.clone());
    }
    add_tags(&mut target, input)?;
    let arn = target.arn.clone();
    world.scaling.register(&resource, target);
    move_into_bounds(world, &resource);
    Ok(Value::map(
        [("ScalableTargetARN", arn)].map(|(k, v)| (k, v.into())),
    ))
}

/// A service that stands outside its bounds is moved to the nearest of them, whatever is suspended.
fn move_into_bounds(world: &mut World, resource: &str) {
    let Some(service) = world.ecs.service_of_resource(resource) else {
        return;
    };
    let (arn, desired) = (service.arn.clone(), service.desired);
    if let Some(wanted) = world.scaling.into_bounds(resource, desired) {
        scheduler::want(world, &arn, wanted);
    }
}

fn bounds(input: &Value, before: Option<&Target>) -> Result<(i64, i64), AwsError> {
    let given = |name: &str, held: Option<i64>| {
        let given = input.get(name).as_i64().or(held);
        given.ok_or_else(|| invalid(format!("{name} is required")))
    };
    Ok((
        given("MinCapacity", before.map(|t| t.min))?,
        given("MaxCapacity", before.map(|t| t.max))?,
    ))
}

fn suspend(state: &mut SuspendedState, asked: &Value) {
    let on = |name: &str, held: bool| asked.get(name).as_bool().unwrap_or(held);
    state.scale_in = on("DynamicScalingInSuspended", state.scale_in);
    state.scale_out = on("DynamicScalingOutSuspended", state.scale_out);
    state.scheduled = on("ScheduledScalingSuspended", state.scheduled);
}

pub(super) fn deregister(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let resource = resource(input)?;
    let target = world
        .scaling
        .deregister(resource)
        .ok_or_else(|| no_target(resource))?;
    for name in target.policies.keys() {
        policies::remove_alarms(world, resource, name);
    }
    Ok(Value::Null)
}

pub(super) fn describe(world: &World, input: &Value) -> Result<Value, AwsError> {
    namespace(input)?;
    let ids = input.get("ResourceIds").strings();
    let dimension = input.get("ScalableDimension").as_str();
    if ids.len() > 50 {
        return Err(invalid(
            "1 validation error detected: Value at 'resourceIds' failed to satisfy constraint: Member must have length less than or equal to 50",
        ));
    }
    let found = world
        .scaling
        .all()
        .filter(|(resource, _)| ids.is_empty() || ids.iter().any(|id| id == resource));
    let found = found.filter(|_| dimension.is_none_or(|d| d == DIMENSION));
    page(
        "ScalableTargets",
        found
            .map(|(resource, target)| write(resource, target))
            .collect(),
        input,
    )
}

fn write(resource: &str, target: &Target) -> Value {
    let suspended = Value::map([
        (
            "DynamicScalingInSuspended",
            target.suspended.scale_in.into(),
        ),
        (
            "DynamicScalingOutSuspended",
            target.suspended.scale_out.into(),
        ),
        (
            "ScheduledScalingSuspended",
            target.suspended.scheduled.into(),
        ),
    ]);
    let known = [
        ("ServiceNamespace", "ecs".into()),
        ("ResourceId", resource.into()),
        ("ScalableDimension", DIMENSION.into()),
        ("MinCapacity", target.min.into()),
        ("MaxCapacity", target.max.into()),
        ("RoleARN", target.role.as_str().into()),
        ("CreationTime", target.created.into()),
        ("SuspendedState", suspended),
        ("ScalableTargetARN", target.arn.as_str().into()),
    ];
    let known = known.map(|(name, value): (&str, Value)| (name.to_owned(), value));
    Value::map(known.into_iter().chain(target.more.clone()))
}

fn tagged<'a>(world: &'a mut World, input: &Value) -> Result<&'a mut Target, AwsError> {
    let arn = text(input, "ResourceARN")?;
    let absent = || {
        AwsError::new(
            "ResourceNotFoundException",
            format!("The specified resource doesn't exist: {arn}"),
        )
    };
    world.scaling.by_arn_mut(arn).ok_or_else(absent)
}

pub(super) fn tag(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let target = tagged(world, input)?;
    add_tags(target, input)?;
    Ok(Value::Null)
}

fn add_tags(target: &mut Target, input: &Value) -> Result<(), AwsError> {
    let mut tags = target.tags.clone();
    for (key, value) in input.get("Tags").fields() {
        tags.insert(key.clone(), value.as_str().unwrap_or_default().to_owned());
    }
    if tags.len() > MOST_TAGS {
        return Err(AwsError::new(
            "TooManyTagsException",
            format!("Too many tags for {}", target.arn),
        ));
    }
    target.tags = tags;
    Ok(())
}

pub(super) fn untag(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let target = tagged(world, input)?;
    for key in input.get("TagKeys").strings() {
        target.tags.remove(&key);
    }
    Ok(Value::Null)
}

pub(super) fn list_tags(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let target = tagged(world, input)?;
    let tags = target
        .tags
        .iter()
        .map(|(k, v)| (k.as_str(), Value::from(v.as_str())));
    Ok(Value::map([("Tags", Value::map(tags))]))
}
