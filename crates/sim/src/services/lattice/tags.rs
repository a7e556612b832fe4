//! Tags of whatever VPC Lattice keeps.

use super::{AwsError, words};
use crate::{Value, world::World};

/// AWS, "Tag your resources": 50 on a resource.
const MOST: usize = 50;

/// Puts the tags of a new thing down.
pub(super) fn put_down(world: &mut World, arn: &str, tags: &Value) {
    let tags = tags.fields().iter();
    let tags = tags.filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_owned())));
    let held = world.lattice.tags.entry(arn.to_owned()).or_default();
    held.extend(tags);
}

pub(super) fn put(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let arn = there(world, input)?;
    let held = world.lattice.tags.get(&arn);
    let new = input.get("tags").fields().iter();
    let new = new.filter(|(k, _)| held.is_none_or(|held| !held.contains_key(k)));
    if held.map_or(0, |held| held.len()) + new.count() > MOST {
        return Err(words::invalid(format!(
            "A resource has at most {MOST} tags"
        )));
    }
    put_down(world, &arn, input.get("tags"));
    Ok(Value::Map(Vec::new()))
}

pub(super) fn remove(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let arn = there(world, input)?;
    if let Some(held) = world.lattice.tags.get_mut(&arn) {
        for key in input.get("tagKeys").strings() {
            held.remove(&key);
        }
    }
    Ok(Value::Map(Vec::new()))
}

pub(super) fn list(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let arn = there(world, input)?;
    let tags = world.lattice.tags(&arn).into_iter();
    let tags = Value::Map(tags.map(|(k, v)| (k, v.into())).collect());
    Ok(Value::Map(vec![("tags".to_owned(), tags)]))
}

fn there(world: &World, input: &Value) -> Result<String, AwsError> {
    let arn = input.get("resourceArn").as_str().unwrap_or_default();
    // Each thing has an entry from its creation on, if an empty one.
    match world.lattice.tags.contains_key(arn) {
        true => Ok(arn.to_owned()),
        false => Err(words::missing("RESOURCE", arn)),
    }
}
