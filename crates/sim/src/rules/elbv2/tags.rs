//! Rules of tags.

use super::{VALIDATION, does, refuses, text};
use crate::rules::Rule;

const WRITES: &[&str] = &[
    "AddTags",
    "CreateLoadBalancer",
    "CreateTargetGroup",
    "CreateListener",
    "CreateRule",
];

pub(super) const RULES: &[Rule] = &[
    refuses(
        "elb-tag-prefix-reserved",
        WRITES,
        "keys that begin with `aws:`, in whatever case, are AWS's own",
        VALIDATION,
        |_, input| {
            let tags = input.get("Tags").items().iter();
            let reserved = tags
                .filter_map(|t| text(t, "Key"))
                .find(|key| key.get(..4).is_some_and(|p| p.eq_ignore_ascii_case("aws:")))?;
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
        "a resource has at most 50 tags, those that it has already counted: `TooManyTags`",
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
