//! Rules of the target groups of VPC Lattice that a service's tasks go into.

use super::wanted::Wanted;
use super::{BOTH, Rule, refuses};
use crate::Value;
use crate::world::World;
use crate::world::behaviour::Family;
use crate::world::lattice::Group;

/// What they are judged together with.
const TOGETHER: [&str; 3] = [
    "vpcLatticeConfigurations",
    "taskDefinition",
    "networkConfiguration",
];

pub(super) const RULES: &[Rule] = &[
    refuses(
        "ecs-at-most-5-lattice-groups",
        BOTH,
        "a service has at most 5 target groups of VPC Lattice",
        "InvalidParameterException",
        |_, s| {
            (s.get("vpcLatticeConfigurations").items().len() > 5)
                .then(|| "vpcLatticeConfigurations can have at most 5 items.".to_owned())
        },
        "Amazon ECS service quotas: target groups per service; unverified that those of VPC Lattice count so",
    ),
    refuses(
        "ecs-lattice-group-is-there",
        BOTH,
        "a target group of VPC Lattice is there",
        "InvalidParameterException",
        |world, s| {
            let wanted = brought(world, s)?;
            let mut arns = arns(&wanted);
            let absent = arns.find(|arn| !world.lattice.groups.contains_key(*arn))?;
            Some(format!(
                "The specified target group does not exist: {absent}"
            ))
        },
        "botocore: ecs VpcLatticeConfiguration.targetGroupArn",
    ),
    refuses(
        "ecs-lattice-target-type-fits-the-network-mode",
        BOTH,
        "in VPC Lattice targets are addresses with awsvpc, instances with other network modes",
        "InvalidParameterException",
        |world, s| {
            let mode = brought(world, s)?.network_mode(world)?;
            let fits = if mode == "awsvpc" { "IP" } else { "INSTANCE" };
            let (group, _) = group(world, s, |g, _| g.kind != fits)?;
            Some(format!(
                "The provided target group {} has target type {}, which is incompatible with the {mode} network mode \
                 specified in the task definition.",
                group.about.arn, group.kind
            ))
        },
        "Amazon ECS developer guide, Create a service that uses VPC Lattice",
    ),
    refuses(
        "ecs-lattice-group-of-the-family",
        BOTH,
        "a target group of VPC Lattice has addresses of the subnets' family",
        "InvalidParameterException",
        |world, s| {
            let (group, wanted) = group(world, s, |g, wanted| {
                wanted
                    .family(world)
                    .is_some_and(|family| family != g.pool.family)
            })?;
            let (of_group, of_subnets) = match wanted.family(world)? {
                Family::V6 => ("IPV4", "IPv6-only"),
                Family::V4 => ("IPV6", "IPv4"),
            };
            Some(format!(
                "The target group {} has IP address type {of_group}, which is incompatible with the {of_subnets} subnets of \
                 the network configuration.",
                group.about.arn
            ))
        },
        "Amazon ECS developer guide, Create a service that uses VPC Lattice (IPv6-only: the type of the target group)",
    ),
    refuses(
        "ecs-lattice-group-of-the-vpc",
        BOTH,
        "a target group of VPC Lattice is of the subnets' VPC",
        "InvalidParameterException",
        |world, s| {
            let (group, _) = group(world, s, |g, wanted| {
                let subnets = wanted.subnets();
                let subnet = subnets.first().and_then(|s| world.network.subnet(s));
                let vpc = g.config.get("vpcIdentifier").as_str();
                subnet
                    .zip(vpc)
                    .is_some_and(|(subnet, vpc)| subnet.vpc != vpc)
            })?;
            Some(format!(
                "The target group {} is not in the VPC of the network configuration.",
                group.about.arn
            ))
        },
        "botocore: vpc-lattice TargetGroupConfig.vpcIdentifier",
    ),
];

/// The service as it is to be, where the call touches what they are judged by.
fn brought<'a>(world: &World, input: &'a Value) -> Option<Wanted<'a>> {
    Wanted::of(world, input).filter(|w| w.brings(&TOGETHER))
}

fn arns<'a>(wanted: &'a Wanted<'_>) -> impl Iterator<Item = &'a str> {
    let all = wanted.get("vpcLatticeConfigurations").items().iter();
    all.filter_map(|c| c.get("targetGroupArn").as_str())
}

/// The first of the service's target groups that is refused.
fn group<'w, 'a>(
    world: &'w World,
    input: &'a Value,
    refused: impl Fn(&Group, &Wanted<'_>) -> bool,
) -> Option<(&'w Group, Wanted<'a>)> {
    let wanted = brought(world, input)?;
    let group = {
        let mut groups = arns(&wanted).filter_map(|arn| world.lattice.groups.get(arn));
        groups.find(|g| refused(g, &wanted))?
    };
    Some((group, wanted))
}
