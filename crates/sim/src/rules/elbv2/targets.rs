//! Rules of targets.

use std::net::{IpAddr, Ipv4Addr};

use super::{QUOTAS, VALIDATION, does, lacks, refuses, text};
use crate::Value;
use crate::rules::Rule;
use crate::world::World;
use crate::world::elb::{Quota, TargetGroup};
use crate::world::network::cidr::{Block4, Block6};

const REGISTER: &[&str] = &["RegisterTargets"];

pub(super) const RULES: &[Rule] = &[
    refuses(
        "elb-targets-are-addresses-of-the-network",
        REGISTER,
        "an address is in the group's VPC, or private (10/8, 172.16/12, 192.168/16, 100.64/10); none is public",
        "InvalidTarget",
        |world, input| {
            let group = group(world, input)?;
            let wrong = addresses(group, input).find(|(_, a)| !is_reachable(world, group, *a))?;
            Some(format!(
                "The IP address '{}' is not within a CIDR block of the VPC or a private range",
                wrong.0
            ))
        },
        "botocore: elbv2 CreateTargetGroupInput.TargetType; ELB user guide, Register targets",
    ),
    refuses(
        "elb-targets-outside-need-a-zone",
        REGISTER,
        "an address outside the VPC is registered with an Availability Zone, or `all`",
        VALIDATION,
        |world, input| {
            let group = group(world, input)?;
            let wrong = input.get("Targets").items().iter().find(|target| {
                let address = text(target, "Id").and_then(|id| id.parse().ok());
                address.is_some_and(|a| !is_inside(world, group, a))
                    && text(target, "AvailabilityZone").is_none()
            })?;
            Some(format!(
                "You must specify an Availability Zone for the target '{}', which is outside the VPC",
                text(wrong, "Id").unwrap_or_default()
            ))
        },
        "botocore: elbv2 TargetDescription.AvailabilityZone",
    ),
    refuses(
        "elb-targets-zone-of-the-region",
        REGISTER,
        "a target's zone is one of the region's, or `all`; instances have none",
        VALIDATION,
        |world, input| {
            let group = group(world, input)?;
            let zones = crate::world::network::zones(&world.region);
            let is_zone = |z: &str| z == "all" || zones.iter().any(|(name, _)| name == z);
            let by_address = text(&group.spec, "TargetType") == Some("ip");
            let wrong = input
                .get("Targets")
                .items()
                .iter()
                .filter_map(|t| text(t, "AvailabilityZone"))
                .find(|z| !by_address || !is_zone(z))?;
            Some(format!(
                "The Availability Zone '{wrong}' is not valid for the target"
            ))
        },
        "botocore: elbv2 TargetDescription.AvailabilityZone",
    ),
    refuses(
        "elb-quota-targets",
        REGISTER,
        "at most 1000 targets in a group",
        "TooManyTargets",
        |world, input| {
            let group = group(world, input)?;
            let new = input.get("Targets").items().iter().filter(|t| {
                let port = t
                    .get("Port")
                    .as_i64()
                    .unwrap_or_else(|| group.number("Port", 80));
                text(t, "Id").is_some_and(|id| group.target(id, port).is_none())
            });
            (group.targets.len() + new.count() > world.elb.quota(Quota::Targets)).then(|| {
                "The maximum number of targets in the target group has been reached".to_owned()
            })
        },
        QUOTAS,
    ),
    does(
        "elb-targets-of-the-family",
        REGISTER,
        "an address is of the group's IP address type: `InvalidTarget`",
        "an_address_of_the_other_family_is_no_target",
        "botocore: elbv2 InvalidTargetException; ELB user guide, Target groups, IP address type",
    ),
    does(
        "elb-health-may-be-unavailable",
        &["DescribeTargetHealth"],
        "an internal fault is `HealthUnavailable`, with status 500",
        "health_that_cannot_be_told_is_unavailable",
        "botocore: elbv2 HealthUnavailableException",
    ),
    does(
        "elb-health-zone-may-be-all",
        &["DescribeTargetHealth"],
        "an option (`POST /_sim/options`): with cross-zone load balancing on, addresses are shown with the zone `all`",
        "a_target_may_be_shown_in_all_zones",
        "botocore: elbv2 TargetDescription.AvailabilityZone",
    ),
    does(
        "elb-deregistering-what-is-not-there",
        &["DeregisterTargets"],
        "a target that is not registered is deregistered all the same",
        "deregistering_an_unknown_target_succeeds",
        "botocore: elbv2 DeregisterTargets",
    ),
    lacks(
        "elb-instance-targets",
        REGISTER,
        "instances and load balancers as targets that answer",
        "they are registered and told; there are no instances in the region, so they never become healthy by a task",
        "botocore: elbv2 RegisterTargets",
    ),
];

fn group<'a>(world: &'a World, input: &Value) -> Option<&'a TargetGroup> {
    world.elb.target_groups.get(text(input, "TargetGroupArn")?)
}

/// The targets of a group of addresses, of its family.
fn addresses<'a>(
    group: &'a TargetGroup,
    input: &'a Value,
) -> impl Iterator<Item = (&'a str, IpAddr)> {
    let ids = input.get("Targets").items().iter();
    let by_address = text(&group.spec, "TargetType") == Some("ip");
    ids.filter_map(|t| text(t, "Id"))
        .filter_map(|id| Some((id, id.parse().ok()?)))
        .filter(move |_| by_address)
}

fn is_inside(world: &World, group: &TargetGroup, address: IpAddr) -> bool {
    let vpc = text(&group.spec, "VpcId").and_then(|id| world.network.vpc(id));
    vpc.is_some_and(|vpc| match address {
        IpAddr::V4(a) => Block4::parse(&vpc.ipv4_cidr).is_some_and(|b| b.includes(a)),
        IpAddr::V6(a) => {
            let block = vpc.ipv6_cidr.as_deref().and_then(Block6::parse);
            block.is_some_and(|b| b.includes(a))
        }
    })
}

fn is_reachable(world: &World, group: &TargetGroup, address: IpAddr) -> bool {
    is_inside(world, group, address) || matches!(address, IpAddr::V4(a) if is_private(a))
}

fn is_private(address: Ipv4Addr) -> bool {
    let shared = address.octets()[0] == 100 && address.octets()[1] & 0xc0 == 64;
    address.is_private() || shared
}
