//! Security groups, and their rules as parts of them.

use super::permissions::permissions;
use super::rules::no_rule;
use super::{described, filter, invalid, required, tag_set, tags_for, usage, vpcs};
use crate::services::AwsError;
use crate::world::network::{Peer, Rule, SecurityGroup};
use crate::{Value, world::World};

pub(super) fn create(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let (name, description) = (
        required(input, "GroupName")?,
        required(input, "GroupDescription")?,
    );
    let vpc = required(input, "VpcId")?;
    if !world.network.has_vpc(vpc) {
        return Err(vpcs::not_found(vpc));
    }
    if name.starts_with("sg-") {
        return Err(invalid(format!(
            "Value ({name}) for parameter groupName is invalid. Group names may not be in the format sg-*"
        )));
    }
    if world
        .network
        .groups
        .iter()
        .any(|g| g.vpc == vpc && g.name == name)
    {
        let message = format!("The security group '{name}' already exists for VPC '{vpc}'");
        return Err(AwsError::new("InvalidGroup.Duplicate", message));
    }
    let group = world
        .network
        .add_group(name, description, vpc, tags_for(input, "security-group"))
        .clone();
    Ok(Value::map([
        ("groupId", group.id.as_str().into()),
        ("securityGroupArn", arn(world, &group).into()),
        ("tagSet", tag_set(&group.tags)),
    ]))
}

/// The security groups that a group's rules name.
fn peers(group: &SecurityGroup, egress: bool) -> Vec<&str> {
    let rules = group.rules.iter().filter(|r| r.egress == egress);
    rules
        .filter_map(|r| match &r.peer {
            Peer::Group(id) => Some(id.as_str()),
            _ => None,
        })
        .collect()
}

fn arn(world: &World, group: &SecurityGroup) -> String {
    world.arn("ec2", &format!("security-group/{}", group.id))
}

pub(super) fn not_found(id: &str) -> AwsError {
    AwsError::new(
        "InvalidGroup.NotFound",
        format!("The security group '{id}' does not exist"),
    )
}

pub(super) fn describe(world: &World, input: &Value) -> Result<Value, AwsError> {
    let (ids, names) = (
        input.get("GroupId").strings(),
        input.get("GroupName").strings(),
    );
    let groups = &world.network.groups;
    let absent = ids.iter().find(|id| groups.iter().all(|g| g.id != **id));
    let absent = absent.or_else(|| names.iter().find(|n| groups.iter().all(|g| g.name != **n)));
    if let Some(absent) = absent {
        return Err(not_found(absent));
    }
    let asked = |g: &&SecurityGroup| {
        (ids.is_empty() || ids.contains(&g.id)) && (names.is_empty() || names.contains(&g.name))
    };
    let mut found = Vec::new();
    for group in groups.iter().filter(asked) {
        let fields = |name: &str| match name {
            "group-id" => Some(vec![group.id.as_str()]),
            "group-name" => Some(vec![group.name.as_str()]),
            "vpc-id" => Some(vec![group.vpc.as_str()]),
            "description" => Some(vec![group.description.as_str()]),
            "group-rule-id" => Some(group.rules.iter().map(|r| r.id.as_str()).collect()),
            "ip-permission.group-id" => Some(peers(group, false)),
            "egress.ip-permission.group-id" => Some(peers(group, true)),
            "owner-id" => Some(vec![world.account.as_str()]),
            _ => None,
        };
        if filter::passes(input, &group.tags, fields)? {
            found.push(write(world, group));
        }
    }
    described("securityGroupInfo", found, input, !ids.is_empty())
}

pub(super) fn delete(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let id = required(input, "GroupId")?.to_owned();
    let group = world.network.group(&id).ok_or_else(|| not_found(&id))?;
    if group.name == "default" {
        let message =
            format!("the specified group: \"{id}\" name: \"default\" cannot be deleted by a user");
        return Err(AwsError::new("CannotDelete", message));
    }
    let named =
        |g: &SecurityGroup| g.id != id && g.rules.iter().any(|r| r.peer == Peer::Group(id.clone()));
    if world.network.groups.iter().any(named) || usage::uses_group(world, &id) {
        return Err(AwsError::new(
            "DependencyViolation",
            format!("resource {id} has a dependent object"),
        ));
    }
    world.network.groups.retain(|g| g.id != id);
    Ok(Value::map([
        ("return", Value::Bool(true)),
        ("groupId", id.into()),
    ]))
}

pub(super) fn authorize(world: &mut World, input: &Value, egress: bool) -> Result<Value, AwsError> {
    let id = required(input, "GroupId")?.to_owned();
    world.network.group(&id).ok_or_else(|| not_found(&id))?;
    let tags = tags_for(input, "security-group-rule");
    let mut rules = Vec::new();
    for (protocol, ports, peer, description) in permissions(world, input)? {
        let mut rule = world
            .network
            .rule(egress, &protocol, ports, peer, description);
        rule.tags.clone_from(&tags);
        rules.push(rule);
    }
    let group = world.network.group_mut(&id).ok_or_else(|| not_found(&id))?;
    if rules
        .iter()
        .any(|new| group.rules.iter().any(|old| old.same(new)))
    {
        let message = "the specified rule already exists";
        return Err(AwsError::new("InvalidPermission.Duplicate", message));
    }
    group.rules.extend(rules.iter().cloned());
    let written = rules.iter().map(|r| write_rule(world, &id, r)).collect();
    Ok(Value::map([
        ("return", Value::Bool(true)),
        ("securityGroupRuleSet", Value::List(written)),
    ]))
}

pub(super) fn revoke(world: &mut World, input: &Value, egress: bool) -> Result<Value, AwsError> {
    let id = required(input, "GroupId")?.to_owned();
    world.network.group(&id).ok_or_else(|| not_found(&id))?;
    let by_id = input.get("SecurityGroupRuleId").strings();
    let mut rules = Vec::new();
    if by_id.is_empty() {
        for (protocol, ports, peer, description) in permissions(world, input)? {
            rules.push(
                world
                    .network
                    .rule(egress, &protocol, ports, peer, description),
            );
        }
    }
    let group = world.network.group_mut(&id).ok_or_else(|| not_found(&id))?;
    let absent = by_id
        .iter()
        .find(|id| group.rules.iter().all(|held| held.id != **id));
    if let Some(absent) = absent {
        return Err(no_rule(absent));
    }
    let known = rules
        .iter()
        .all(|r| group.rules.iter().any(|held| held.same(r)));
    if !known {
        let message = "The specified rule does not exist in this security group.";
        return Err(AwsError::new("InvalidPermission.NotFound", message));
    }
    group
        .rules
        .retain(|held| !rules.iter().any(|r| r.same(held)) && !by_id.contains(&held.id));
    Ok(super::done())
}

fn write(world: &World, group: &SecurityGroup) -> Value {
    Value::map([
        ("groupId", group.id.as_str().into()),
        ("groupName", group.name.as_str().into()),
        ("groupDescription", group.description.as_str().into()),
        ("ownerId", world.account.as_str().into()),
        ("vpcId", group.vpc.as_str().into()),
        ("securityGroupArn", arn(world, group).into()),
        ("ipPermissions", write_permissions(world, group, false)),
        ("ipPermissionsEgress", write_permissions(world, group, true)),
        ("tagSet", tag_set(&group.tags)),
    ])
}

/// Rules of the same protocol and ports are one permission with several peers.
fn write_permissions(world: &World, group: &SecurityGroup, egress: bool) -> Value {
    let mut permissions: Vec<Vec<&Rule>> = Vec::new();
    for rule in group.rules.iter().filter(|r| r.egress == egress) {
        let same = |p: &&mut Vec<&Rule>| {
            p.iter()
                .all(|r| r.protocol == rule.protocol && r.ports == rule.ports)
        };
        match permissions.iter_mut().find(same) {
            Some(permission) => permission.push(rule),
            None => permissions.push(vec![rule]),
        }
    }
    Value::List(
        permissions
            .iter()
            .map(|rules| write_permission(world, rules))
            .collect(),
    )
}

fn write_permission(world: &World, rules: &[&Rule]) -> Value {
    let (mut v4, mut v6, mut groups, mut lists) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for rule in rules {
        let said = ("description", rule.description.clone().into());
        match &rule.peer {
            Peer::V4(block) => v4.push(Value::map([("cidrIp", block.as_str().into()), said])),
            Peer::V6(block) => v6.push(Value::map([("cidrIpv6", block.as_str().into()), said])),
            Peer::PrefixList(id) => {
                lists.push(Value::map([("prefixListId", id.as_str().into()), said]))
            }
            Peer::Group(id) => {
                let user = ("userId", world.account.as_str().into());
                groups.push(Value::map([("groupId", id.as_str().into()), user, said]));
            }
        }
    }
    let first = rules.first();
    let ports = first.and_then(|r| r.ports);
    Value::map([
        ("ipProtocol", first.map(|r| r.protocol.as_str()).into()),
        ("fromPort", ports.map(|p| p.0).into()),
        ("toPort", ports.map(|p| p.1).into()),
        ("ipRanges", Value::List(v4)),
        ("ipv6Ranges", Value::List(v6)),
        ("groups", Value::List(groups)),
        ("prefixListIds", Value::List(lists)),
    ])
}

pub(super) fn write_rule(world: &World, group: &str, rule: &Rule) -> Value {
    let mut value = Value::map([
        ("securityGroupRuleId", rule.id.as_str().into()),
        (
            "securityGroupRuleArn",
            world
                .arn("ec2", &format!("security-group-rule/{}", rule.id))
                .into(),
        ),
        ("groupId", group.into()),
        ("groupOwnerId", world.account.as_str().into()),
        ("isEgress", rule.egress.into()),
        ("ipProtocol", rule.protocol.as_str().into()),
        ("fromPort", rule.ports.map_or(-1, |p| p.0).into()),
        ("toPort", rule.ports.map_or(-1, |p| p.1).into()),
        ("description", rule.description.clone().into()),
        ("tagSet", tag_set(&rule.tags)),
    ]);
    match &rule.peer {
        Peer::V4(block) => value.set("cidrIpv4", block.as_str().into()),
        Peer::V6(block) => value.set("cidrIpv6", block.as_str().into()),
        Peer::PrefixList(id) => value.set("prefixListId", id.as_str().into()),
        Peer::Group(id) => {
            let referenced = Value::map([
                ("groupId", Value::from(id.as_str())),
                ("userId", world.account.as_str().into()),
            ]);
            value.set("referencedGroupInfo", referenced);
        }
    }
    value
}
