//! Scheduled actions.

use jiff::tz::TimeZone;

use super::{
    DIMENSION, about, asked, invalid, namespace, no_target, not_found, page, resource, text, uuid,
    with_given,
};
use crate::services::AwsError;
use crate::world::scaling::ScheduledAction;
use crate::world::scaling::schedule::Schedule;
use crate::{Value, world::World};

pub(super) fn put(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let resource = resource(input)?.to_owned();
    let name = text(input, "ScheduledActionName")?.to_owned();
    let now = world.now();
    let path = format!(
        "scheduledAction:{}:resource/ecs/{resource}:scheduledActionName/{name}",
        uuid(&format!("{resource} {name}"))
    );
    let arn = world.arn("autoscaling", &path);
    let target = world
        .scaling
        .target_mut(&resource)
        .ok_or_else(|| no_target(&resource))?;
    let before = target.schedules.get(&name);
    let mut given = input.clone();
    // An update may leave these as they are; a start and an end that it leaves out are gone.
    for field in ["Schedule", "Timezone", "ScalableTargetAction"] {
        if let (Value::Null, Some(before)) = (input.get(field), before) {
            given.set(field, before.given.get(field).clone());
        }
    }
    let spelled = text(&given, "Schedule")?;
    let schedule = time_zone(given.get("Timezone").as_str())
        .and_then(|zone| Schedule::parse(spelled, &zone))
        .ok_or_else(|| invalid(format!("Schedule expression is not valid: {spelled}")))?;
    let capacity = |field: &str| given.get("ScalableTargetAction").get(field).as_i64();
    let action = ScheduledAction {
        arn,
        created: before.map_or(now, |b| b.created),
        schedule,
        start: input.get("StartTime").as_time(),
        end: input.get("EndTime").as_time(),
        min: capacity("MinCapacity"),
        max: capacity("MaxCapacity"),
        given,
    };
    target.schedules.insert(name, action);
    Ok(Value::Null)
}

/// A time zone by its name; UTC where there is none.
pub(crate) fn time_zone(name: Option<&str>) -> Option<TimeZone> {
    match name {
        None | Some("UTC" | "Etc/UTC" | "") => Some(TimeZone::UTC),
        Some(name) => TimeZone::get(name).ok(),
    }
}

pub(super) fn delete(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let (resource, name) = (resource(input)?, text(input, "ScheduledActionName")?);
    let removed = world
        .scaling
        .target_mut(resource)
        .and_then(|t| t.schedules.remove(name));
    removed.map(|_| Value::Null).ok_or_else(|| {
        not_found(format!(
            "No scheduled action found for {}, scheduled action name: {name}",
            about(resource)
        ))
    })
}

pub(super) fn describe(world: &World, input: &Value) -> Result<Value, AwsError> {
    namespace(input)?;
    let all = world
        .scaling
        .all()
        .flat_map(|(resource, t)| t.schedules.iter().map(move |(name, a)| (resource, name, a)));
    let found =
        all.filter(|(resource, name, _)| asked(input, "ScheduledActionNames", name, resource));
    page(
        "ScheduledActions",
        found
            .map(|(resource, name, action)| write(resource, name, action))
            .collect(),
        input,
    )
}

fn write(resource: &str, name: &str, action: &ScheduledAction) -> Value {
    let known = Value::map([
        ("ScheduledActionName", name.into()),
        ("ScheduledActionARN", action.arn.as_str().into()),
        ("ServiceNamespace", "ecs".into()),
        ("ResourceId", resource.into()),
        ("ScalableDimension", DIMENSION.into()),
        ("StartTime", action.start.into()),
        ("EndTime", action.end.into()),
        ("CreationTime", action.created.into()),
    ]);
    with_given(known, &action.given)
}
