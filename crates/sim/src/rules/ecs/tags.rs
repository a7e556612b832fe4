//! Rules of tags. What a key and a value may hold is in AWS's models.

use super::asked::{texts, twice};
use super::{Rule, refuses};
use crate::services::ecs::tags_at;
use crate::services::system_tags::is_aws;
use crate::world::World;
use crate::{Value, world::ecs::Service};

/// Operations that give tags.
const TAGGING: &[&str] = &[
    "TagResource",
    "CreateService",
    "RegisterTaskDefinition",
    "CreateCluster",
    "CreateCapacityProvider",
    "RunTask",
];
/// Operations that name keys.
const KEYS_GIVEN: &[&str] = &[
    "TagResource",
    "UntagResource",
    "CreateService",
    "RegisterTaskDefinition",
    "CreateCluster",
    "CreateCapacityProvider",
    "RunTask",
];
/// Operations on the tags of a resource.
const OF_A_RESOURCE: &[&str] = &["TagResource", "UntagResource", "ListTagsForResource"];

pub(super) const RULES: &[Rule] = &[
    refuses(
        "ecs-tag-prefix-aws-reserved",
        KEYS_GIVEN,
        "no key or value begins with `aws:`, in whatever case: those are AWS's, and stay",
        "InvalidParameterException",
        |_, t| {
            let taken = t.get("tagKeys").items().iter();
            texts(t.get("tags"), "key")
                .chain(texts(t.get("tags"), "value"))
                .chain(taken.filter_map(Value::as_str))
                .any(is_aws)
                .then(|| "Tags starting with aws: are reserved for system use.".to_owned())
        },
        "botocore: ecs TagResourceRequest.tags",
    ),
    refuses(
        "ecs-tag-keys-once",
        TAGGING,
        "no two tags of a call have one key",
        "InvalidParameterException",
        |_, t| {
            let key = twice(texts(t.get("tags"), "key"))?;
            Some(format!("Duplicate tag keys found: {key}."))
        },
        "botocore: ecs TagResourceRequest.tags (each key is unique)",
    ),
    refuses(
        "ecs-at-most-50-tags",
        TAGGING,
        "a resource has at most 50 tags, those included that it has already, and AWS's own not",
        "InvalidParameterException",
        |world, t| {
            let new: Vec<&str> = texts(t.get("tags"), "key").collect();
            let kept = tags_at(world, t.get("resourceArn").as_str().unwrap_or_default());
            let counts = |key: &str| !new.contains(&key) && !is_aws(key);
            let kept = kept.iter().filter(|(key, _)| counts(key));
            (kept.count() + new.len() > 50)
                .then(|| "The number of tags exceeds the limit of 50.".to_owned())
        },
        "botocore: ecs TagResourceRequest.tags",
    ),
    refuses(
        "ecs-registered-tags-not-empty",
        &["RegisterTaskDefinition"],
        "a task definition's tags are left out where there are none",
        "ClientException",
        |_, t| {
            let empty = matches!(t.get("tags"), Value::List(tags) if tags.is_empty());
            empty.then(|| "Tags can not be empty.".to_owned())
        },
        "hashicorp/terraform-provider-aws (aws_ecs_task_definition leaves empty tags out for this answer)",
    ),
    refuses(
        "ecs-short-arn-takes-no-tags",
        OF_A_RESOURCE,
        "a service with an ARN of the short form has no tags",
        "InvalidParameterException",
        |world, t| {
            let arn = t.get("resourceArn").as_str()?;
            let short = world
                .ecs
                .services
                .get(arn)
                .is_some_and(Service::has_short_arn);
            short.then(|| "Long arn format must be used for tagging operations".to_owned())
        },
        "botocore: ecs TagResourceRequest.resourceArn; hashicorp/terraform-provider-aws#35867",
    ),
    refuses(
        "ecs-long-arn-of-a-short-one",
        OF_A_RESOURCE,
        "a service with an ARN of the short form is not found by the long one",
        "InvalidParameterException",
        |world, t| {
            let arn = t.get("resourceArn").as_str()?;
            let short = short_service(world, arn)?;
            (short.arn != arn).then(|| {
                format!(
                    "The specified service does not have the longArn format: {}",
                    short.name
                )
            })
        },
        "boto/boto3#2473",
    ),
];

/// The service with a short ARN that a long one means.
fn short_service<'w>(world: &'w World, arn: &str) -> Option<&'w Service> {
    let (cluster, name) = arn.split_once(":service/")?.1.split_once('/')?;
    let service = world.ecs.service(cluster, name)?;
    service.has_short_arn().then_some(service)
}
