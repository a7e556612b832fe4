//! Tags of alarms.

use super::{invalid, text};
use crate::services::AwsError;
use crate::{Value, world::World};

/// How many tags an alarm has at most.
pub(crate) const MOST: usize = 50;

fn given(input: &Value) -> impl Iterator<Item = (String, String)> + '_ {
    let word = |tag: &Value, field: &str| tag.get(field).as_str().unwrap_or_default().to_owned();
    let tags = input.get("Tags").items().iter();
    tags.map(move |tag| (word(tag, "Key"), word(tag, "Value")))
}

/// The tags that a new alarm comes with.
pub(super) fn begin(world: &mut World, alarm: &str, input: &Value) {
    let tags = given(input).collect();
    world.alarms.tags.insert(alarm.to_owned(), tags);
}

/// The alarm that an ARN names.
fn alarm(world: &World, input: &Value) -> Result<String, AwsError> {
    let arn = text(input, "ResourceARN")?;
    let name = arn
        .strip_prefix(&world.arn("cloudwatch", "alarm:"))
        .filter(|name| world.alarms.state_of(name).is_some());
    name.map(str::to_owned).ok_or_else(|| {
        AwsError::new("ResourceNotFoundException", format!("{arn} does not exist")).with_status(404)
    })
}

pub(super) fn tag(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let alarm = alarm(world, input)?;
    let held = world.alarms.tags.entry(alarm).or_default();
    let mut tags = held.clone();
    tags.extend(given(input));
    if tags.len() > MOST {
        return Err(invalid(format!("An alarm has at most {MOST} tags.")));
    }
    *held = tags;
    Ok(Value::Null)
}

pub(super) fn untag(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let alarm = alarm(world, input)?;
    let tags = world.alarms.tags.entry(alarm).or_default();
    for key in input.get("TagKeys").strings() {
        tags.remove(&key);
    }
    Ok(Value::Null)
}

pub(super) fn list(world: &World, input: &Value) -> Result<Value, AwsError> {
    let alarm = alarm(world, input)?;
    let tags = world.alarms.tags.get(&alarm).into_iter().flatten();
    let tags = tags.map(|(key, value)| {
        Value::map([
            ("Key", Value::from(key.as_str())),
            ("Value", value.as_str().into()),
        ])
    });
    Ok(Value::map([("Tags", Value::list(tags))]))
}
