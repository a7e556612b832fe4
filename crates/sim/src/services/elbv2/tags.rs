//! Tags of load balancers, listeners, rules and target groups.

use super::{AwsError, invalid, no_listener, no_load_balancer, no_rule, no_target_group, nothing};
use crate::Value;
use crate::services::system_tags::is_aws;
use crate::world::World;

type Tags = Vec<(String, String)>;

/// The input's `Tags`, checked.
pub(super) fn of(input: &Value) -> Result<Tags, AwsError> {
    let mut tags = Vec::new();
    for tag in input.get("Tags").items() {
        let key = tag.require_str("Key")?;
        put(
            &mut tags,
            key,
            tag.get("Value").as_str().unwrap_or_default(),
        );
    }
    checked(tags)
}

pub(super) fn add(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let new = of(input)?;
    for arn in arns(input)? {
        let tags = tags_at(world, &arn)?;
        let mut joined = tags.clone();
        for (key, value) in &new {
            put(&mut joined, key, value);
        }
        *tags = checked(joined)?;
    }
    Ok(nothing())
}

pub(super) fn remove(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let keys = input.get("TagKeys").strings();
    for arn in arns(input)? {
        tags_at(world, &arn)?.retain(|(key, _)| !keys.contains(key));
    }
    Ok(nothing())
}

pub(super) fn describe(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let mut described = Vec::new();
    for arn in arns(input)? {
        let tags = Value::list(tags_at(world, &arn)?.iter().map(|(k, v)| {
            Value::map([
                ("Key", Value::from(k.as_str())),
                ("Value", v.as_str().into()),
            ])
        }));
        described.push(Value::map([
            ("ResourceArn", Value::from(arn)),
            ("Tags", tags),
        ]));
    }
    Ok(Value::map([("TagDescriptions", Value::List(described))]))
}

fn arns(input: &Value) -> Result<Vec<String>, AwsError> {
    let arns = input.get("ResourceArns").strings();
    if arns.is_empty() {
        return Err(invalid("Resource ARNs must be specified"));
    }
    Ok(arns)
}

fn put(tags: &mut Tags, key: &str, value: &str) {
    match tags.iter_mut().find(|(k, _)| k == key) {
        Some((_, old)) => value.clone_into(old),
        None => tags.push((key.to_owned(), value.to_owned())),
    }
}

/// AWS's own do not count.
fn checked(tags: Tags) -> Result<Tags, AwsError> {
    if tags.iter().filter(|(key, _)| !is_aws(key)).count() > 50 {
        return Err(AwsError::new(
            "TooManyTags",
            "The maximum number of tags has been reached",
        ));
    }
    Ok(tags)
}

/// The tags of what an ARN means.
pub(crate) fn tags_at<'a>(world: &'a mut World, arn: &str) -> Result<&'a mut Tags, AwsError> {
    let kind = arn
        .splitn(6, ':')
        .nth(5)
        .and_then(|r| r.split('/').next())
        .unwrap_or_default();
    let elb = &mut world.elb;
    match kind {
        "loadbalancer" => elb
            .load_balancers
            .get_mut(arn)
            .map(|l| &mut l.tags)
            .ok_or_else(|| no_load_balancer(arn)),
        "listener" => elb
            .listeners
            .get_mut(arn)
            .map(|l| &mut l.tags)
            .ok_or_else(|| no_listener(arn)),
        "listener-rule" => elb
            .rules
            .get_mut(arn)
            .map(|r| &mut r.tags)
            .ok_or_else(|| no_rule(arn)),
        "targetgroup" => elb
            .target_groups
            .get_mut(arn)
            .map(|g| &mut g.tags)
            .ok_or_else(|| no_target_group(arn)),
        _ => Err(invalid(format!("'{arn}' is not a valid resource ARN"))),
    }
}
