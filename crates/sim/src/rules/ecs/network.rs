//! Rules of the network that tasks get.

use super::asked::is_given;
use super::definition::is_windows;
use super::wanted::Wanted;
use super::{PLACING, Rule, refuses};
use crate::world::World;

/// What the network is judged together with.
const TOUCHING: [&str; 3] = ["networkConfiguration", "taskDefinition", "loadBalancers"];

pub(super) const RULES: &[Rule] = &[
    refuses(
        "ecs-awsvpc-needs-a-network",
        PLACING,
        "tasks with awsvpc have a network configuration",
        "InvalidParameterException",
        |world, s| {
            let wanted = touched(world, s)?;
            let lacking = wanted.network_mode(world) == Some("awsvpc") && wanted.awsvpc().is_null();
            lacking.then(|| {
                "Network Configuration must be provided when networkMode 'awsvpc' is specified."
                    .to_owned()
            })
        },
        "botocore: ecs CreateServiceRequest.networkConfiguration",
    ),
    refuses(
        "ecs-network-with-awsvpc-only",
        PLACING,
        "a network configuration is for tasks with awsvpc",
        "InvalidParameterException",
        |world, s| {
            let wanted = touched(world, s)?;
            let refused = wanted.network_mode(world)? != "awsvpc" && !wanted.awsvpc().is_null();
            refused.then(|| {
                "Network Configuration is not valid for the given networkMode of this task definition."
                    .to_owned()
            })
        },
        "botocore: ecs CreateServiceRequest.networkConfiguration",
    ),
    refuses(
        "ecs-1-to-16-subnets",
        PLACING,
        "there are 1 to 16 subnets",
        "InvalidParameterException",
        |world, s| {
            let wanted = touched(world, s)?;
            match wanted.subnets().len() {
                _ if wanted.awsvpc().is_null() => None,
                0 => Some("subnets can not be empty.".to_owned()),
                1..=16 => None,
                _ => Some("subnets can have at most 16 items.".to_owned()),
            }
        },
        "botocore: ecs AwsVpcConfiguration.subnets",
    ),
    refuses(
        "ecs-at-most-5-security-groups",
        PLACING,
        "there are at most 5 security groups",
        "InvalidParameterException",
        |world, s| {
            let groups = touched(world, s)?
                .awsvpc()
                .get("securityGroups")
                .items()
                .len();
            (groups > 5).then(|| "securityGroups can have at most 5 items.".to_owned())
        },
        "botocore: ecs AwsVpcConfiguration.securityGroups",
    ),
    refuses(
        "ecs-subnets-are-there",
        PLACING,
        "each subnet is there",
        "InvalidParameterException",
        |world, s| {
            let subnets = touched(world, s)?.subnets();
            let id = subnets
                .iter()
                .find(|id| world.network.subnet(id).is_none())?;
            Some(format!(
                "Error retrieving subnet information for [{id}]: The subnet ID '{id}' does not exist (ErrorCode: \
                 InvalidSubnetID.NotFound)"
            ))
        },
        "botocore: ecs AwsVpcConfiguration.subnets",
    ),
    refuses(
        "ecs-security-groups-are-there",
        PLACING,
        "each security group is there",
        "InvalidParameterException",
        |world, s| {
            let groups = touched(world, s)?.awsvpc().get("securityGroups").strings();
            let id = groups.iter().find(|id| world.network.group(id).is_none())?;
            Some(format!(
                "Error retrieving security group information for [{id}]: The security group '{id}' does not exist \
                 (ErrorCode: InvalidGroup.NotFound)"
            ))
        },
        "botocore: ecs AwsVpcConfiguration.securityGroups",
    ),
    refuses(
        "ecs-subnets-of-one-vpc",
        PLACING,
        "the subnets are of one VPC",
        "InvalidParameterException",
        |world, s| {
            let vpcs = vpcs(world, &touched(world, s)?);
            vpcs.windows(2)
                .any(|pair| pair[0] != pair[1])
                .then(|| "subnets must be in the same VPC.".to_owned())
        },
        "botocore: ecs AwsVpcConfiguration.subnets",
    ),
    refuses(
        "ecs-security-groups-of-the-vpc",
        PLACING,
        "the security groups are of the subnets' VPC",
        "InvalidParameterException",
        |world, s| {
            let wanted = touched(world, s)?;
            let vpc = vpcs(world, &wanted).into_iter().next()?;
            let groups = wanted.awsvpc().get("securityGroups").strings();
            let foreign = |id: &&String| world.network.group(id).is_some_and(|g| g.vpc != vpc);
            let id = groups.iter().find(foreign)?;
            Some(format!(
                "Security group {id} does not appear to belong to the same VPC as the input subnets."
            ))
        },
        "botocore: ecs AwsVpcConfiguration.securityGroups",
    ),
    refuses(
        "ecs-subnets-all-ipv6-only-or-none",
        PLACING,
        "the subnets are all IPv6-only, or none is",
        "InvalidParameterException",
        |world, s| {
            let wanted = touched(world, s)?;
            let native = ipv6_only(world, &wanted);
            (native != 0 && native != wanted.subnets().len())
                .then(|| "subnets must either all be IPv6-only or none.".to_owned())
        },
        "AWS docs: task networking, tasks in an IPv6-only VPC",
    ),
    refuses(
        "ecs-no-public-ip-on-ipv6-only",
        PLACING,
        "tasks in IPv6-only subnets get no public address",
        "InvalidParameterException",
        |world, s| {
            let wanted = touched(world, s)?;
            (wants_public_ip(&wanted) && ipv6_only(world, &wanted) > 0).then(|| {
                "Assign public IP is not supported for subnets that are IPv6-only.".to_owned()
            })
        },
        "AWS docs: task networking, tasks in an IPv6-only VPC",
    ),
    refuses(
        "ecs-no-public-ip-on-ec2",
        PLACING,
        "tasks on machines of one's own get no public address",
        "InvalidParameterException",
        |world, s| {
            let wanted = touched(world, s)?;
            (wants_public_ip(&wanted) && !wanted.on_fargate())
                .then(|| "Assign public IP is not supported for this launch type.".to_owned())
        },
        "AWS docs: task networking for EC2",
    ),
    refuses(
        "ecs-no-exec-on-ipv6-only",
        PLACING,
        "ECS Exec does not reach tasks in IPv6-only subnets",
        "InvalidParameterException",
        |world, s| {
            let wanted = Wanted::of(world, s)?;
            let touched = wanted.brings(&["networkConfiguration", "enableExecuteCommand"]);
            let refused =
                is_given(wanted.get("enableExecuteCommand")) && ipv6_only(world, &wanted) > 0;
            (refused && touched).then(|| {
                "ECS Exec is not supported for tasks in an IPv6-only configuration.".to_owned()
            })
        },
        "AWS docs: ECS Exec, considerations",
    ),
    refuses(
        "ecs-ipv6-only-from-1-4-0",
        PLACING,
        "IPv6-only subnets want the platform version 1.4.0 or later; the words are the region's",
        "InvalidParameterException",
        |world, s| {
            let wanted = Wanted::of(world, s)?;
            let touched = wanted.brings(&["networkConfiguration", "platformVersion"]);
            let version = wanted.get("platformVersion").as_str()?;
            let old = ["1.0.0", "1.1.0", "1.2.0", "1.3.0"].contains(&version);
            (old && touched && ipv6_only(world, &wanted) > 0).then(|| {
                format!("Platform version {version} does not support subnets that are IPv6-only.")
            })
        },
        "AWS docs: Fargate task networking, tasks in an IPv6-only VPC",
    ),
    refuses(
        "ecs-no-windows-on-ipv6-only",
        PLACING,
        "no task of Windows runs in IPv6-only subnets; the words are the region's",
        "InvalidParameterException",
        |world, s| {
            let wanted = touched(world, s)?;
            let windows = is_windows(&wanted.definition(world)?.given);
            (windows && ipv6_only(world, &wanted) > 0).then(|| {
                "Windows tasks are not supported for subnets that are IPv6-only.".to_owned()
            })
        },
        "AWS docs: task networking, tasks in an IPv6-only VPC",
    ),
];

/// What is wanted, where the call touches its network.
fn touched<'a>(world: &World, input: &'a crate::Value) -> Option<Wanted<'a>> {
    Wanted::of(world, input).filter(|w| w.brings(&TOUCHING))
}

/// The VPC of each subnet.
fn vpcs(world: &World, wanted: &Wanted<'_>) -> Vec<String> {
    let subnets = wanted.subnets();
    let found = subnets.iter().filter_map(|id| world.network.subnet(id));
    found.map(|s| s.vpc.clone()).collect()
}

/// How many of the subnets are IPv6-only.
fn ipv6_only(world: &World, wanted: &Wanted<'_>) -> usize {
    let subnets = wanted.subnets();
    let found = subnets.iter().filter_map(|id| world.network.subnet(id));
    found.filter(|s| s.ipv6_native).count()
}

fn wants_public_ip(wanted: &Wanted<'_>) -> bool {
    wanted.awsvpc().get("assignPublicIp").as_str() == Some("ENABLED")
}
