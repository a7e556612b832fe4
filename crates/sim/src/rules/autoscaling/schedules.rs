//! What is refused of scheduled actions.

use jiff::Timestamp;

use super::resource;
use crate::Value;
use crate::services::autoscaling::time_zone;
use crate::world::World;
use crate::world::scaling::ScheduledAction;
use crate::world::scaling::schedule::Schedule;

const MOST: usize = 200;

fn held<'a>(world: &'a World, input: &Value) -> Option<&'a ScheduledAction> {
    let name = input.get("ScheduledActionName").as_str()?;
    world.scaling.target(resource(input))?.schedules.get(name)
}

pub(super) fn none_given(world: &World, input: &Value) -> Option<String> {
    let none = held(world, input).is_none() && input.get("Schedule").is_null();
    none.then(|| "A schedule is required for a new scheduled action".to_owned())
}

pub(super) fn malformed(_: &World, input: &Value) -> Option<String> {
    let name = input.get("Timezone").as_str();
    let Some(zone) = time_zone(name) else {
        return Some(format!(
            "The time zone {} is not valid",
            name.unwrap_or_default()
        ));
    };
    let spelled = input.get("Schedule").as_str()?;
    Schedule::parse(spelled, &zone)
        .is_none()
        .then(|| format!("Schedule expression is not valid: {spelled}"))
}

pub(super) fn past(world: &World, input: &Value) -> Option<String> {
    let now = world.now();
    let spelled = input.get("Schedule").as_str();
    let schedule = spelled
        .zip(time_zone(input.get("Timezone").as_str()))
        .and_then(|(spelled, zone)| Schedule::parse(spelled, &zone));
    let once = match schedule {
        Some(Schedule::At(at)) => Some(at),
        _ => None,
    };
    let moments = [
        ("Schedule", once),
        ("StartTime", input.get("StartTime").as_time()),
        ("EndTime", input.get("EndTime").as_time()),
    ];
    let is_past = |moment: &Option<Timestamp>| moment.is_some_and(|at| at < now);
    let (name, _) = moments.iter().find(|(_, moment)| is_past(moment))?;
    Some(format!("{name} is in the past"))
}

pub(super) fn ends_before_it_starts(_: &World, input: &Value) -> Option<String> {
    let (start, end) = (
        input.get("StartTime").as_time()?,
        input.get("EndTime").as_time()?,
    );
    (end <= start).then(|| "The end time must be after the start time".to_owned())
}

pub(super) fn capacity_unfit(world: &World, input: &Value) -> Option<String> {
    let action = input.get("ScalableTargetAction");
    if action.is_null() && held(world, input).is_some() {
        return None;
    }
    let (min, max) = (
        action.get("MinCapacity").as_i64(),
        action.get("MaxCapacity").as_i64(),
    );
    if min.is_none() && max.is_none() {
        return Some("A minimum or a maximum capacity is required".to_owned());
    }
    if min.into_iter().chain(max).any(|bound| bound < 0) {
        return Some("Minimum and maximum capacity must not be negative".to_owned());
    }
    min.zip(max)
        .is_some_and(|(min, max)| min > max)
        .then(|| "Maximum capacity cannot be less than minimum capacity".to_owned())
}

pub(super) fn too_many(world: &World, input: &Value) -> Option<String> {
    let target = world.scaling.target(resource(input))?;
    let new = held(world, input).is_none();
    (new && target.schedules.len() >= MOST)
        .then(|| format!("There are {MOST} scheduled actions for {}", resource(input)))
}
