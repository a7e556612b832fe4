//! Rules of security groups by their own ids.

use super::groups::{not_found, write_rule};
use super::permissions::peer_of;
use super::{asked, described, done, filter, invalid, required};
use crate::services::AwsError;
use crate::world::network::Rule;
use crate::{Value, world::World};

pub(super) fn describe(world: &World, input: &Value) -> Result<Value, AwsError> {
    let ids = input.get("SecurityGroupRuleId").strings();
    let all = || {
        let groups = world.network.groups.iter();
        groups.flat_map(|g| g.rules.iter().map(move |r| (g, r)))
    };
    if let Some(absent) = ids.iter().find(|id| all().all(|(_, r)| r.id != **id)) {
        return Err(no_rule(absent));
    }
    let mut found = Vec::new();
    for (group, rule) in all().filter(|(_, r)| asked(&ids, &r.id)) {
        let fields = |name: &str| match name {
            "group-id" => Some(vec![group.id.as_str()]),
            "security-group-rule-id" => Some(vec![rule.id.as_str()]),
            _ => None,
        };
        if filter::passes(input, &rule.tags, fields)? {
            found.push(write_rule(world, &group.id, rule));
        }
    }
    described("securityGroupRuleSet", found, input, !ids.is_empty())
}

pub(super) fn no_rule(id: &str) -> AwsError {
    AwsError::new(
        "InvalidSecurityGroupRuleId.NotFound",
        format!("The security group rule ID '{id}' does not exist"),
    )
}

/// Replaces what rules let through; all of them, or none where one is wrong.
pub(super) fn modify(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let group = required(input, "GroupId")?.to_owned();
    let held = world
        .network
        .group(&group)
        .ok_or_else(|| not_found(&group))?;
    let mut rules = held.rules.clone();
    for update in input.get("SecurityGroupRule").items() {
        let id = required(update, "SecurityGroupRuleId")?;
        let rule = rules
            .iter_mut()
            .find(|r| r.id == id)
            .ok_or_else(|| no_rule(id))?;
        change(world, rule, update.get("SecurityGroupRule"))?;
    }
    let twice = (1..rules.len()).any(|n| rules[..n].iter().any(|r| r.same(&rules[n])));
    if twice {
        let message = "the specified rule already exists";
        return Err(AwsError::new("InvalidPermission.Duplicate", message));
    }
    if let Some(group) = world.network.group_mut(&group) {
        group.rules = rules;
    }
    Ok(done())
}

/// What is not given is gone: EC2 takes the whole rule.
fn change(world: &World, rule: &mut Rule, to: &Value) -> Result<(), AwsError> {
    let peer = peer_of(world, to)?;
    if std::mem::discriminant(&peer) != std::mem::discriminant(&rule.peer) {
        return Err(invalid(
            "You may not change the type of a rule's source or destination",
        ));
    }
    let protocol = required(to, "IpProtocol")?;
    rule.peer = peer;
    rule.ports = super::permissions::ports(protocol, to)?;
    protocol.clone_into(&mut rule.protocol);
    rule.description = to.get("Description").as_str().map(str::to_owned);
    Ok(())
}
