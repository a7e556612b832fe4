//! Rules of tags.

use super::{VALIDATION, does, refuses, text};
use crate::Value;
use crate::rules::Rule;
use crate::services::system_tags::is_aws;

const WRITES: &[&str] = &[
    "AddTags",
    "CreateLoadBalancer",
    "CreateTargetGroup",
    "CreateListener",
    "CreateRule",
];

/// Operations that name keys.
const KEYS_GIVEN: &[&str] = &[
    "AddTags",
    "RemoveTags",
    "CreateLoadBalancer",
    "CreateTargetGroup",
    "CreateListener",
    "CreateRule",
];

pub(super) const RULES: &[Rule] = &[
    refuses(
        "elb-tag-prefix-reserved",
        KEYS_GIVEN,
        "keys that begin with `aws:`, in whatever case, are AWS's own: nobody else gives them or takes them away",
        VALIDATION,
        |_, input| {
            let given = input.get("Tags").items().iter();
            let given = given.filter_map(|t| text(t, "Key"));
            let taken = input.get("TagKeys").items().iter();
            let taken = taken.filter_map(Value::as_str);
            let reserved = given.chain(taken).find(|key| is_aws(key))?;
            Some(format!(
                "Tag key '{reserved}' is invalid: 'aws:' prefixed tag key names are reserved for system use"
            ))
        },
        "botocore: ecs TagResource (the prefix in any case); ELB user guide, Tag an Application Load Balancer",
    ),
    refuses(
        "elb-tag-keys-once",
        WRITES,
        "a key is given once in a call",
        "DuplicateTagKeys",
        |_, input| {
            let keys: Vec<&str> = input
                .get("Tags")
                .items()
                .iter()
                .filter_map(|t| t.get("Key").as_str())
                .collect();
            let twice = (1..keys.len()).find(|n| keys[..*n].contains(&keys[*n]))?;
            Some(format!(
                "The tag key '{}' was specified more than once",
                keys[twice]
            ))
        },
        "botocore: elbv2 DuplicateTagKeysException",
    ),
    does(
        "elb-tags-fifty",
        WRITES,
        "a resource has at most 50 tags, those that it has already counted and AWS's own not: `TooManyTags`",
        "a_fifty_first_tag_is_refused_and_a_new_value_of_the_fiftieth_is_not",
        "botocore: elbv2 TooManyTagsException; ELB user guide, Tag an Application Load Balancer",
    ),
    refuses(
        "elb-tags-of-twenty",
        &["DescribeTags"],
        "the tags of at most 20 resources are read in a call",
        VALIDATION,
        |_, input| super::more_than_twenty(input, &["ResourceArns"]),
        "botocore: elbv2 DescribeTagsInput.ResourceArns",
    ),
];
