//! Tags that AWS itself sets, as CloudFormation does on what it makes: no client's call may write or remove one.
//!
//! What belongs here: the one door through which they come. What must not: the tags that clients give.

use super::{AwsError, ecs, elbv2};
use crate::world::World;

/// Whether AWS keeps a key to itself, in whatever case.
pub(crate) fn is_aws(key: &str) -> bool {
    key.get(..4).is_some_and(|p| p.eq_ignore_ascii_case("aws:"))
}

/// Sets them on what an ARN of ECS or Elastic Load Balancing means.
///
/// # Errors
/// When there is no such thing, or a key is one that clients set.
pub fn put<'a>(
    world: &mut World,
    arn: &str,
    tags: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<(), AwsError> {
    let of_ecs = arn.split(':').nth(2) == Some("ecs");
    let own = if of_ecs {
        ecs::tags_for(world, arn)?
    } else {
        elbv2::tags::tags_at(world, arn)?
    };
    for (key, value) in tags {
        if !is_aws(key) {
            let why = format!("{key} is a tag of a client's, who sets it by a call");
            return Err(AwsError::validation(why));
        }
        own.retain(|(old, _)| old != key);
        own.push((key.to_owned(), value.to_owned()));
    }
    Ok(())
}

/// Marks things as a stack's, each by its ARN and its logical id.
///
/// # Errors
/// As [`put`].
pub fn put_stack<'a>(
    world: &mut World,
    stack: &str,
    things: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<(), AwsError> {
    let id = format!("stack/{stack}/5d3c1a90-7f0e-11f0-9d41-0a5f2b7c4e13");
    let id = world.arn("cloudformation", &id);
    for (arn, logical) in things {
        let tags = [
            ("aws:cloudformation:stack-name", stack),
            ("aws:cloudformation:logical-id", logical),
            ("aws:cloudformation:stack-id", &id),
        ];
        put(world, arn, tags)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::scenario::{Built, fixture::one};
    use crate::services::{self, Service};
    use crate::wire::json::from_json;

    fn ask(
        built: &mut Built,
        of: Service,
        op: &str,
        input: serde_json::Value,
    ) -> Result<crate::Value, AwsError> {
        services::call(&mut built.world, of, op, &from_json(input))
    }

    fn marked() -> (Built, [String; 4]) {
        let mut built = one("many-routes");
        let own = &built.services[0];
        let service = built.world.ecs.service("prod", &own.name).unwrap();
        let arns = [
            service.arn.clone(),
            own.target_group.clone(),
            own.routes[0].clone(),
            own.routes[1].clone(),
        ];
        let things = arns.iter().map(|arn| (arn.as_str(), "It"));
        put_stack(&mut built.world, "shop", things).unwrap();
        (built, arns)
    }

    #[test]
    fn a_stacks_tags_are_read_like_any_other_on_all_that_can_have_tags() {
        let (mut built, [service, others @ ..]) = marked();
        let told = ask(
            &mut built,
            Service::Elbv2,
            "DescribeTags",
            json!({ "ResourceArns": others }),
        );
        for described in told.unwrap().get("TagDescriptions").items() {
            let tags = described.get("Tags").items().iter();
            let keys: Vec<_> = tags.filter_map(|t| t.get("Key").as_str()).collect();
            assert!(keys.contains(&"aws:cloudformation:stack-name"), "{keys:?}");
        }
        let input = json!({ "resourceArn": service });
        let told = ask(&mut built, Service::Ecs, "ListTagsForResource", input).unwrap();
        assert_eq!(told.get("tags").items().len(), 4, "one is the team's");
    }

    #[test]
    fn no_client_takes_them_away_or_is_short_of_tags_for_them() {
        let (mut built, [service, group, ..]) = marked();
        let key = "aws:cloudformation:stack-name";
        let input = json!({ "ResourceArns": [group], "TagKeys": [key] });
        let refused = ask(&mut built, Service::Elbv2, "RemoveTags", input);
        assert_eq!(refused.unwrap_err().code, "ValidationError");
        let input = json!({ "resourceArn": service, "tagKeys": [key] });
        let refused = ask(&mut built, Service::Ecs, "UntagResource", input);
        assert_eq!(refused.unwrap_err().code, "InvalidParameterException");
        let many: Vec<_> = (0..50).map(|n| json!({ "Key": format!("k{n}") })).collect();
        let input = json!({ "ResourceArns": [group], "Tags": many });
        ask(&mut built, Service::Elbv2, "AddTags", input).unwrap();
        let many: Vec<_> = (0..49)
            .map(|n| json!({ "key": format!("k{n}"), "value": "" }))
            .collect();
        let input = json!({ "resourceArn": service, "tags": many });
        ask(&mut built, Service::Ecs, "TagResource", input).unwrap();
    }

    #[test]
    fn what_a_client_sets_by_a_call_comes_through_no_other_door() {
        let (mut built, [service, ..]) = marked();
        let mut tagged = |arn: &str, key| put(&mut built.world, arn, [(key, "x")]);
        assert!(tagged(&service, "team").is_err());
        assert!(tagged("arn:aws:ecs:eu-central-1:1:service/prod/none", "aws:x").is_err());
        assert!(tagged("none", "aws:x").is_err());
    }
}
