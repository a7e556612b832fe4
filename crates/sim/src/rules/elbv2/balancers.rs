//! Rules of load balancers, and of lists of whatever kind.

use super::{CONFIGURATION, QUOTAS, VALIDATION, does, is, is_name, lacks, refuses, text};
use crate::rules::Rule;
use crate::world::World;
use crate::world::elb::LoadBalancer;
use crate::{Value, world::elb::Quota};

const CREATE: &[&str] = &["CreateLoadBalancer"];
const ZONES: &[&str] = &["CreateLoadBalancer", "SetSubnets"];
const SHAPE: &str = "botocore: elbv2 CreateLoadBalancerInput";

pub(super) const RULES: &[Rule] = &[
    refuses(
        "elb-name",
        CREATE,
        "a load balancer's name is at most 32 letters, digits and hyphens, none of them first or last, and does not begin with `internal-`",
        VALIDATION,
        |_, input| {
            let name = text(input, "Name").filter(|n| !is_name(n) || n.starts_with("internal-"))?;
            Some(format!(
                "The load balancer name '{name}' can contain only alphanumeric characters and hyphens, at most 32, must not begin or end with a hyphen, and must not begin with 'internal-'"
            ))
        },
        "botocore: elbv2 CreateLoadBalancerInput.Name",
    ),
    refuses(
        "elb-subnets-or-mappings",
        ZONES,
        "subnets are named in `Subnets` or in `SubnetMappings`, not in both",
        VALIDATION,
        |_, input| {
            let given = |key: &str| !input.get(key).items().is_empty();
            match (given("Subnets"), given("SubnetMappings")) {
                (true, true) => {
                    Some("You cannot specify both subnets and subnet mappings".to_owned())
                }
                (false, false) => {
                    Some("You must specify either subnets or subnet mappings".to_owned())
                }
                _ => None,
            }
        },
        "botocore: elbv2 CreateLoadBalancerInput.Subnets",
    ),
    refuses(
        "elb-no-elastic-addresses-on-an-alb",
        ZONES,
        "an Application Load Balancer's subnets have no Elastic IP addresses",
        CONFIGURATION,
        |world, input| {
            let mapped = input.get("SubnetMappings").items().iter();
            let fixed = mapped
                .filter(|m| {
                    text(m, "AllocationId")
                        .or(text(m, "PrivateIPv4Address"))
                        .is_some()
                })
                .count();
            (fixed > 0 && kind(world, input) == "application").then(|| {
                "You cannot specify Elastic IP addresses or private addresses for the subnets of an Application Load Balancer".to_owned()
            })
        },
        "botocore: elbv2 CreateLoadBalancerInput.SubnetMappings",
    ),
    refuses(
        "elb-subnets-of-one-vpc",
        ZONES,
        "the subnets of a load balancer are in one VPC",
        CONFIGURATION,
        |world, input| {
            let mut vpcs = named_subnets(input)
                .filter_map(|id| world.network.subnet(id))
                .map(|s| s.vpc.as_str());
            let first = balancer(world, input)
                .map(|l| l.vpc.as_str())
                .or_else(|| vpcs.next())?;
            vpcs.any(|vpc| vpc != first)
                .then(|| "All subnets must belong to the same VPC".to_owned())
        },
        "ELB user guide, Availability Zones and subnets of a load balancer",
    ),
    refuses(
        "elb-groups-of-its-vpc",
        &["CreateLoadBalancer", "SetSecurityGroups"],
        "a load balancer's security groups are in its VPC",
        CONFIGURATION,
        |world, input| {
            let vpc = balancer(world, input).map(|l| l.vpc.clone()).or_else(|| {
                let first = named_subnets(input).next()?;
                world.network.subnet(first).map(|s| s.vpc.clone())
            })?;
            let groups = input.get("SecurityGroups").strings();
            let foreign = groups
                .iter()
                .filter_map(|g| world.network.group(g))
                .find(|g| g.vpc != vpc)?;
            Some(format!(
                "One or more security groups are invalid: '{}' belongs to another VPC",
                foreign.id
            ))
        },
        "ELB user guide, Security groups for an Application Load Balancer",
    ),
    refuses(
        "elb-address-type-of-the-kind",
        &["CreateLoadBalancer", "SetIpAddressType", "SetSubnets"],
        "`ipv4` and `dualstack`; for an internet-facing Application Load Balancer `dualstack-without-public-ipv4` too",
        VALIDATION,
        |world, input| {
            let wanted = text(input, "IpAddressType")?;
            let internal = match balancer(world, input) {
                Some(there) => there.scheme == "internal",
                None => is(input, "Scheme", &["internal"]),
            };
            let fine = match wanted {
                "ipv4" | "dualstack" => true,
                "dualstack-without-public-ipv4" => kind(world, input) == "application" && !internal,
                _ => false,
            };
            (!fine)
                .then(|| format!("IP address type '{wanted}' is not valid for this load balancer"))
        },
        "botocore: elbv2 CreateLoadBalancerInput.IpAddressType",
    ),
    refuses(
        "elb-nlb-groups-from-birth",
        &["SetSecurityGroups"],
        "a Network Load Balancer that was made without security groups gets none later",
        CONFIGURATION,
        |world, input| {
            let there = balancer(world, input)?;
            (there.kind == "network" && there.security_groups.is_empty()).then(|| {
                "You cannot set security groups on a Network Load Balancer that was created without any".to_owned()
            })
        },
        "botocore: elbv2 SetSecurityGroups",
    ),
    refuses(
        "elb-quota-balancers",
        CREATE,
        "at most 50 Application Load Balancers, and 50 Network Load Balancers",
        "TooManyLoadBalancers",
        |world, input| {
            let kind = kind(world, input);
            let quota = if kind == "network" {
                Quota::NetworkLoadBalancers
            } else {
                Quota::LoadBalancers
            };
            let all = &world.elb.load_balancers;
            let named = text(input, "Name")?;
            let there = all.values().any(|l| l.name == named);
            let count = all.values().filter(|l| l.kind == kind).count();
            (!there && count >= world.elb.quota(quota))
                .then(|| "The maximum number of load balancers has been reached".to_owned())
        },
        QUOTAS,
    ),
    refuses(
        "elb-lists-of-twenty",
        &["DescribeLoadBalancers"],
        "a call names at most 20 load balancers by ARN or by name",
        VALIDATION,
        |_, input| super::more_than_twenty(input, &["LoadBalancerArns", "Names"]),
        "botocore: elbv2 DescribeLoadBalancersInput.LoadBalancerArns",
    ),
    refuses(
        "elb-short-lists",
        &["DescribeTargetGroups", "DescribeListeners", "DescribeRules"],
        "an option (`POST /_sim/options`): these take 20 names or ARNs at most too. AWS documents no limit for them",
        VALIDATION,
        |world, input| {
            let lists = ["TargetGroupArns", "Names", "ListenerArns", "RuleArns"];
            let short = world.elb.short_lists;
            super::more_than_twenty(input, &lists).filter(|_| short)
        },
        "unverified; botocore: elbv2 DescribeTagsInput, DescribeLoadBalancersInput",
    ),
    does(
        "elb-limits-are-told",
        &["DescribeAccountLimits"],
        "every quota that the region keeps is told",
        "the_quotas_that_are_told_are_the_ones_that_are_kept",
        "botocore: elbv2 Limit",
    ),
    does(
        "elb-ipv6-groups-need-dual-stack",
        &["SetIpAddressType"],
        "a load balancer with a group of IPv6 targets does not go back to `ipv4`",
        "a_load_balancer_with_ipv6_targets_stays_dual_stack",
        "ELB user guide, Update the IP address types for your Application Load Balancer",
    ),
    does(
        "elb-default-security-group",
        CREATE,
        "an Application Load Balancer that names no security group has its VPC's default one",
        "a_load_balancer_without_security_groups_has_the_default_one",
        "ELB user guide, Security groups for an Application Load Balancer",
    ),
    does(
        "elb-deletion-protection",
        &["DeleteLoadBalancer"],
        "a protected load balancer is `OperationNotPermitted`; one that is not there is deleted all the same",
        "a_protected_load_balancer_stays_and_one_that_is_gone_is_deleted_again",
        "botocore: elbv2 DeleteLoadBalancer",
    ),
    lacks(
        "elb-internal-is-ipv4",
        &["CreateLoadBalancer", "SetIpAddressType"],
        "`Internal load balancers must use ipv4`",
        "the model's sentence is older than the service: internal dual-stack load balancers are offered and used",
        "botocore: elbv2 SetIpAddressTypeInput; aws/aws-cdk#27546; kubernetes-sigs/external-dns#3454",
    ),
    lacks(
        "elb-gateway-balancers",
        CREATE,
        "Gateway Load Balancers, Outposts, Local Zones, IPAM pools and capacity reservations",
        "no such thing is in the region; a gateway is refused as `ValidationError`",
        SHAPE,
    ),
];

/// The load balancer that a request is about.
pub(super) fn balancer<'a>(world: &'a World, input: &Value) -> Option<&'a LoadBalancer> {
    world
        .elb
        .load_balancers
        .get(text(input, "LoadBalancerArn")?)
}

fn kind<'a>(world: &'a World, input: &'a Value) -> &'a str {
    match balancer(world, input) {
        Some(there) => &there.kind,
        None => text(input, "Type").unwrap_or("application"),
    }
}

fn named_subnets(input: &Value) -> impl Iterator<Item = &str> {
    let plain = input
        .get("Subnets")
        .items()
        .iter()
        .filter_map(Value::as_str);
    let mapped = input.get("SubnetMappings").items().iter();
    plain.chain(mapped.filter_map(|m| text(m, "SubnetId")))
}
