//! The policies of the task's roles.
//!
//! What belongs here: conditions on the address that a call comes from. What must not: what the roles may do otherwise.

use serde_json::Value;

use super::{
    super::{
        block::is_ipv6,
        check::{Category, Check, Found, Judged, Scene, Severity, Spared, Waiving},
    },
    of,
};
use crate::observation::AddressCondition;

pub(in super::super) const CHECKS: &[Check] = &[Check {
    id: "IAM-003",
    name: "policy-addresses",
    category: Category::Iam,
    severity: Severity::Warn,
    holds: "No policy of the task's roles, and no permissions boundary, admits calls from IPv4 addresses alone.",
    why: "A task on IPv6 alone calls AWS's dual-stack endpoints from an IPv6 address, which is in no IPv4 block: the call is refused with \
          AccessDenied. A role may do only what its permissions boundary allows as well. The organization's own policies may say the \
          same, and are not read.",
    remedy: REMEDY,
    source: "IAM user guide, AWS global condition context keys: aws:SourceIp; Amazon S3 user guide, Using IPv6 addresses in IAM policies",
    waiving: Waiving::ByReason,
    run: addresses,
}];

pub(in super::super) const REMEDY: &str =
    "add the IPv6 blocks that the tasks call from to the condition";

/// What each role of a task is for, and its ARN.
pub(super) fn roles(definition: &Value) -> impl Iterator<Item = (&'static str, &str)> {
    let members = [("task", "taskRoleArn"), ("execution", "executionRoleArn")];
    members.into_iter().filter_map(|(what, member)| {
        let arn = definition[member].as_str()?;
        arn.contains(":role/").then_some((what, arn))
    })
}

fn addresses(s: &Scene<'_>) -> Judged {
    let (mut all, mut any) = (Vec::new(), false);
    for (what, arn) in roles(s.document()?) {
        let Some(conditions) = of(s.seen.neighbours.roles.get(arn))? else {
            continue;
        };
        any = true;
        let told = conditions.iter().filter(|c| refuses_ipv6(c, conditions));
        all.extend(told.map(|c| {
            let does = does(c);
            Found::new(format!("policy {} of the {what} role {does}", c.policy))
        }));
    }
    if any { Ok(all) } else { Err(Spared::NotHere) }
}

/// As in `denies all but 203.0.113.0/24 by aws:SourceIp, and has no IPv6 block`.
pub(in super::super) fn does(condition: &AddressCondition) -> String {
    let verb = if condition.effect == "Deny" {
        "denies all but"
    } else {
        "allows"
    };
    let (blocks, key) = (condition.blocks.join(", "), &condition.key);
    format!("{verb} {blocks} by {key}, and has no IPv6 block")
}

/// Whether IPv6 is refused by it: what another statement of the same policy admits is admitted.
pub(in super::super) fn refuses_ipv6(
    condition: &AddressCondition,
    all: &[AddressCondition],
) -> bool {
    let has_ipv6 = |c: &AddressCondition| c.blocks.iter().any(|block| is_ipv6(block));
    match (condition.effect.as_str(), condition.operator.as_str()) {
        ("Deny", "NotIpAddress") => !has_ipv6(condition),
        ("Allow", "IpAddress") => {
            let beside = |c: &AddressCondition| {
                (&c.policy, &c.effect, &c.operator)
                    == (&condition.policy, &condition.effect, &condition.operator)
            };
            !all.iter().any(|c| beside(c) && has_ipv6(c))
        }
        _ => false,
    }
}
