//! Tags come later than what they hang on.

use crate::services::{self, Service};
use crate::{Value, world::World};

/// Whether an answer has tags.
pub(super) fn are_in(op: &str) -> bool {
    matches!(
        op,
        "DescribeTags" | "DescribeServices" | "DescribeTaskDefinition"
    )
}

/// Gives an answer the tags that were there in a world that is earlier still.
pub(super) fn come_late(earlier: &mut World, op: &str, input: &Value, answer: &mut Value) {
    match op {
        "DescribeTags" => {
            for resource in list_of(answer, "TagDescriptions") {
                let arn = resource.get("ResourceArn").clone();
                let asked = Value::map([("ResourceArns", Value::List(vec![arn]))]);
                let told = services::call(earlier, Service::Elbv2, op, &asked);
                let tags = told.ok().and_then(|told| {
                    let only = told.get("TagDescriptions").items().first()?;
                    Some(only.get("Tags").clone())
                });
                resource.set("Tags", tags.unwrap_or_else(|| Value::List(Vec::new())));
            }
        }
        "DescribeServices" => {
            let told = services::call(earlier, Service::Ecs, op, input).unwrap_or_default();
            for service in list_of(answer, "services") {
                let same = |s: &&Value| {
                    ["serviceArn", "createdAt"].map(|key| s.get(key))
                        == ["serviceArn", "createdAt"].map(|key| service.get(key))
                };
                let then = told.get("services").items().iter().find(same);
                let tags = then.map_or(Value::Null, |s| s.get("tags").clone());
                replace(service, "tags", tags);
            }
        }
        _ => {
            let told = services::call(earlier, Service::Ecs, op, input).unwrap_or_default();
            let arn = |v: &Value| v.get("taskDefinition").get("taskDefinitionArn").clone();
            let tags = if arn(&told) == arn(answer) {
                told.get("tags").clone()
            } else {
                Value::List(Vec::new())
            };
            replace(answer, "tags", tags);
        }
    }
}

fn list_of<'a>(answer: &'a mut Value, name: &str) -> &'a mut [Value] {
    let Value::Map(fields) = answer else {
        return &mut [];
    };
    match fields.iter_mut().find(|(key, _)| key == name) {
        Some((_, Value::List(items))) => items,
        _ => &mut [],
    }
}

/// Sets a member that is there; absent stays absent.
fn replace(structure: &mut Value, name: &str, value: Value) {
    let Value::Map(fields) = structure else {
        return;
    };
    match (fields.iter_mut().find(|(key, _)| key == name), value) {
        (Some(_), Value::Null) => fields.retain(|(key, _)| key != name),
        (Some((_, old)), value) => *old = value,
        (None, Value::Null) => {}
        (None, value) => fields.push((name.to_owned(), value)),
    }
}
