//! Scheduled actions.

use jiff::tz::TimeZone;

use super::{
    DIMENSION, about, asked, invalid, namespace, no_target, not_found, page, resource, text, uuid,
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
    let spelled = match (input.get("Schedule").as_str(), before) {
        (Some(spelled), _) => spelled.to_owned(),
        // An update may leave the schedule as it is.
        (None, Some(before)) => before
            .given
            .get("Schedule")
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        (None, None) => return Err(invalid("A schedule is required for a new scheduled action")),
    };
    let schedule = Schedule::parse(&spelled, &zone(input)?)
        .ok_or_else(|| invalid(format!("Schedule expression is not valid: {spelled}")))?;
    let capacity = |field: &str| input.get("ScalableTargetAction").get(field).as_i64();
    let (min, max) = (capacity("MinCapacity"), capacity("MaxCapacity"));
    if min.is_none() && max.is_none() {
        return Err(invalid(
            "Minimum or maximum capacity is required in ScalableTargetAction",
        ));
    }
    if min.zip(max).is_some_and(|(min, max)| min > max) {
        return Err(invalid(
            "Maximum capacity cannot be less than minimum capacity",
        ));
    }
    let mut given = input.clone();
    given.set("Schedule", spelled.into());
    let created = before.map_or(now, |b| b.created);
    let (start, end) = (
        input.get("StartTime").as_time(),
        input.get("EndTime").as_time(),
    );
    let action = ScheduledAction {
        arn,
        created,
        given,
        schedule,
        start,
        end,
        min,
        max,
    };
    target.schedules.insert(name, action);
    Ok(Value::Null)
}

fn zone(input: &Value) -> Result<TimeZone, AwsError> {
    match input.get("Timezone").as_str() {
        None | Some("UTC" | "Etc/UTC" | "") => Ok(TimeZone::UTC),
        Some(name) => {
            TimeZone::get(name).map_err(|_| invalid(format!("The time zone {name} is not valid")))
        }
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
    let given = |field: &str| action.given.get(field).clone();
    Value::map([
        ("ScheduledActionName", name.into()),
        ("ScheduledActionARN", action.arn.as_str().into()),
        ("ServiceNamespace", "ecs".into()),
        ("Schedule", given("Schedule")),
        ("Timezone", given("Timezone")),
        ("ResourceId", resource.into()),
        ("ScalableDimension", DIMENSION.into()),
        ("StartTime", action.start.into()),
        ("EndTime", action.end.into()),
        ("ScalableTargetAction", given("ScalableTargetAction")),
        ("CreationTime", action.created.into()),
    ])
}
