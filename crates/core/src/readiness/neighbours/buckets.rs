//! The policies of buckets that the task definition names.
//!
//! What belongs here: which buckets a container or ECS itself asks, from which address, and whether their policies admit it. What must
//! not: how a text names a bucket ([`super::super::task::buckets`]).
//!
//! A bucket that is asked by a name of IPv4 alone is asked through NAT64, from the NAT gateway's IPv4 address.

use super::{
    super::{
        check::{Category, Check, Found, Judged, Scene, Severity, Spared, Waiving},
        net::ipv6_subnets,
        task::{
            buckets::{Asked, Way, asked},
            has_detour,
        },
    },
    of,
    policies::{does, refuses_ipv6},
};
use crate::observation::{AddressCondition, BucketPolicy};

pub(in super::super) const CHECKS: &[Check] = &[Check {
    id: "IAM-004",
    name: "bucket-addresses",
    category: Category::Iam,
    severity: Severity::Block,
    holds: "No policy of a bucket that the task definition names admits IPv4 addresses alone.",
    why: "S3 sees a task on IPv6 alone come from an IPv6 address, which is in no IPv4 block: a statement that denies all others refuses \
          every call with AccessDenied, and where ECS fetches environment files from the bucket no task starts. Names of S3 that have IPv4 \
          addresses alone are reached through NAT64, from the NAT gateway's address, until they are put right.",
    remedy: super::policies::REMEDY,
    source: "Amazon S3 user guide, Using IPv6 addresses in IAM policies; IAM user guide, AWS global condition context keys: aws:SourceIp, \
             aws:VpcSourceIp",
    waiving: Waiving::ByReason,
    run: addresses,
}];

fn addresses(s: &Scene<'_>) -> Judged {
    let asked = asked(s.plan, s.document()?);
    let (mut all, mut unknown, mut any) = (Vec::new(), None, false);
    let has_detour = if asked.is_empty() {
        return Err(Spared::NotHere);
    } else {
        has_detour(s)?
    };
    for asked in &asked {
        match of(s.seen.neighbours.buckets.get(&asked.bucket)) {
            Ok(Some(policy)) => {
                any = true;
                all.extend(wrong(s, asked, policy, has_detour));
            }
            Ok(None) => {}
            Err(why) => unknown = Some(why),
        }
    }
    match unknown {
        Some(why) if all.is_empty() => Err(why),
        _ if any => Ok(all),
        _ => Err(Spared::NotHere),
    }
}

fn wrong(s: &Scene<'_>, asked: &Asked, policy: &BucketPolicy, has_detour: bool) -> Vec<Found> {
    let Asked { bucket, place, .. } = asked;
    if policy.is_others {
        let message =
            format!("bucket {bucket}, of {place}, is another account's: its policy is not checked");
        let remedy = "ask its owner whether a policy there admits IPv4 addresses alone";
        return vec![
            Found::new(message)
                .of(Severity::Warn)
                .remedied(remedy.to_owned()),
        ];
    }
    let conditions = &policy.conditions;
    let here = conditions.iter().filter(|c| c.is_for(&asked.role));
    let refused = here.filter(|c| refuses_ipv6(c, conditions));
    let told = refused.map(|c| {
        let message = format!("the policy of bucket {bucket}, of {place}, {}", does(c));
        Found::new(message)
            .of(severity(c, asked.way, has_detour))
            .remedied(remedy(s, bucket, c))
    });
    told.collect()
}

/// A statement that denies everything is sure to refuse; one of some actions, or with other conditions beside, may be met by no call
/// of the task's, and what one statement does not allow the role's own policies may.
fn severity(condition: &AddressCondition, way: Way, has_detour: bool) -> Severity {
    match way {
        Way::Ipv4 if has_detour => Severity::Info,
        Way::Ipv4 => Severity::Warn,
        Way::Ipv6 if condition.effect == "Deny" && condition.whole => Severity::Block,
        Way::Ipv6 => Severity::Warn,
    }
}

fn remedy(s: &Scene<'_>, bucket: &str, condition: &AddressCondition) -> String {
    let subnets = ipv6_subnets(s).unwrap_or_default();
    let blocks = subnets.iter().flat_map(|(_, subnet)| &subnet.ipv6_blocks);
    let mut blocks: Vec<&str> = blocks.map(String::as_str).collect();
    blocks.sort_unstable();
    blocks.dedup();
    let blocks = if blocks.is_empty() {
        "the IPv6 blocks that the tasks will call from".to_owned()
    } else {
        format!("{}, the blocks of the plan's subnets,", blocks.join(", "))
    };
    let key = &condition.key;
    format!("add {blocks} to {key} in the policy of bucket {bucket}")
}
