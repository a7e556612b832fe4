//! Changes of target groups of ours.
//!
//! What belongs here: attributes, tags and the deleting. What must not: routes ([`super::forward`]).

use std::collections::BTreeMap;

use aws_sdk_elasticloadbalancingv2::types::{Tag, TargetGroupAttribute};

use crate::{call, error::Error, region::Clients};

pub(super) async fn copy_attributes(
    clients: &Clients,
    target_group: &str,
    attributes: &BTreeMap<String, String>,
) -> Result<(), Error> {
    let attribute = |(key, value): (&String, &String)| {
        TargetGroupAttribute::builder()
            .key(key)
            .value(value)
            .build()
    };
    let request = clients
        .elb
        .modify_target_group_attributes()
        .target_group_arn(target_group)
        .set_attributes(Some(attributes.iter().map(attribute).collect()));
    clients
        .caller
        .once(&call::MODIFY_TARGET_GROUP_ATTRIBUTES, request.send())
        .await
        .map(drop)
}

pub(super) async fn tag(
    clients: &Clients,
    target_group: &str,
    tags: &BTreeMap<String, String>,
) -> Result<(), Error> {
    let request = clients
        .elb
        .add_tags()
        .resource_arns(target_group)
        .set_tags(Some(self::tags(tags)));
    clients
        .caller
        .once(&call::ADD_TAGS, request.send())
        .await
        .map(drop)
}

pub(super) async fn untag(
    clients: &Clients,
    target_group: &str,
    keys: &[String],
) -> Result<(), Error> {
    let request = clients
        .elb
        .remove_tags()
        .resource_arns(target_group)
        .set_tag_keys(Some(keys.to_vec()));
    clients
        .caller
        .once(&call::REMOVE_TAGS, request.send())
        .await
        .map(drop)
}

/// AWS calls the deleting of what is not there a success, too.
pub(super) async fn delete(clients: &Clients, target_group: &str) -> Result<(), Error> {
    let request = clients
        .elb
        .delete_target_group()
        .target_group_arn(target_group);
    match clients
        .caller
        .once(&call::DELETE_TARGET_GROUP, request.send())
        .await
    {
        Err(error) if error.is_code(&["TargetGroupNotFound", "TargetGroupNotFoundException"]) => {
            Ok(())
        }
        other => other.map(drop),
    }
}

/// A map as tags.
pub(super) fn tags(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter()
        .map(|(key, value)| {
            Tag::builder()
                .set_key(Some(key.clone()))
                .value(value)
                .build()
        })
        .collect()
}
