//! The subnets that the twin's tasks will run in.
//!
//! What belongs here: what EC2 tells of them, beside the service's own and the load balancer's zones. What must not: the way
//! out of them (route tables, gateways, endpoints).

use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, block, warn};
use crate::{
    observation::{Known, Observation, Service, Subnet, Subnets},
    plan::Plan,
};

type All = BTreeMap<String, Option<Subnet>>;

pub(super) fn of_plan(plan: &Plan, seen: &Observation, all: &mut Vec<Finding>) {
    match &seen.subnets {
        Known::Seen(Subnets::Told(subnets)) => told(plan, seen, subnets, all),
        Known::Seen(Subnets::Untold(why)) => all.push(warn(
            "subnets-unread",
            format!("EC2 does not tell of the plan's subnets, so nothing is known of their zones: {why}"),
            "allow sixshift's role ec2:DescribeSubnets, as deploy/iam/policy.json does, and let it reach EC2",
        )),
        Known::Absent | Known::Unknown(_) => {}
    }
}

fn told(plan: &Plan, seen: &Observation, subnets: &All, all: &mut Vec<Finding>) {
    let Some(service) = seen.ipv4.seen() else {
        return;
    };
    let own: Vec<&Subnet> = these(subnets, &service.subnets).collect();
    let vpc = own.first().map(|s| s.vpc.as_str());
    for id in &plan.ipv6.subnets {
        match subnets.get(id) {
            Some(Some(subnet)) => of_subnet(id, subnet, vpc, all),
            Some(None) => all.push(block(
                "subnet-missing",
                format!("subnet {id} does not exist"),
                "correct spec.ipv6.subnets",
            )),
            None => {}
        }
    }
    let ipv6 = zones(these(subnets, &plan.ipv6.subnets));
    of_zones(&ipv6, &zones(own.into_iter()), service, all);
    of_balancers(&ipv6, seen, all);
}

/// ECS: "IPv6-only" is a matter of the subnet; `awsvpcConfiguration` takes subnets of one VPC (botocore: ecs
/// `AwsVpcConfiguration`). In a dual-stack subnet a task has an IPv4 address too, and needs a way out for it.
fn of_subnet(id: &str, subnet: &Subnet, vpc: Option<&str>, all: &mut Vec<Finding>) {
    if !subnet.ipv6_only || !subnet.has_ipv6 {
        let what = if subnet.ipv6_only {
            "has no IPv6 block"
        } else {
            "is not IPv6-only"
        };
        all.push(block(
            "subnet-ipv4",
            format!("subnet {id} {what}"),
            "name subnets that were made with Ipv6Native",
        ));
    }
    if vpc.is_some_and(|vpc| vpc != subnet.vpc) {
        let vpc = vpc.unwrap_or_default();
        all.push(block(
            "subnet-vpc",
            format!("subnet {id} is in {}, and the service in {vpc}", subnet.vpc),
            "name subnets of the service's VPC",
        ));
    }
}

/// A zone that fails takes every task in it.
fn of_zones(
    ipv6: &BTreeSet<&str>,
    ipv4: &BTreeSet<&str>,
    service: &Service,
    all: &mut Vec<Finding>,
) {
    let listed = |zones: &mut dyn Iterator<Item = &&str>| {
        let names: Vec<&str> = zones.copied().collect();
        names.join(", ")
    };
    let only = ipv6.first().filter(|_| ipv6.len() == 1);
    match only {
        Some(zone) if ipv4.len() > 1 => all.push(block(
            "one-zone",
            format!(
                "all IPv6 subnets are in {zone}, and the service is in {}",
                listed(&mut ipv4.iter())
            ),
            REMEDY,
        )),
        Some(zone) if service.desired > 1 => all.push(block(
            "one-zone",
            format!(
                "all IPv6 subnets are in {zone}, for a service of {} tasks",
                service.desired
            ),
            REMEDY,
        )),
        _ if ipv6.is_empty() || ipv4.is_subset(ipv6) => {}
        _ => all.push(warn(
            "fewer-zones",
            format!(
                "no IPv6 subnet is in {}, where the service is",
                listed(&mut ipv4.difference(ipv6))
            ),
            REMEDY,
        )),
    }
}

const REMEDY: &str = "name an IPv6-only subnet in each of the service's zones, or waive it in spec.preflight with a reason";

/// Elastic Load Balancing: a target in a zone that is not enabled stays `unused` (botocore: elbv2 `TargetHealth.Reason`,
/// Target.NotInUse).
fn of_balancers(ipv6: &BTreeSet<&str>, seen: &Observation, all: &mut Vec<Finding>) {
    for balancer in seen.load_balancers.seen().into_iter().flatten() {
        let off = |zone: &&&str| !balancer.zones.iter().any(|z| z == **zone);
        let off: Vec<&str> = ipv6.iter().filter(off).copied().collect();
        if !off.is_empty() && !balancer.zones.is_empty() {
            let name = balancer.arn.rsplit('/').nth(1).unwrap_or(&balancer.arn);
            all.push(block(
                "zone-off-balancer",
                format!(
                    "load balancer {name} is not in {}, where it would send nothing to the twin",
                    off.join(", ")
                ),
                "enable those zones on the load balancer, or name subnets of its zones",
            ));
        }
    }
}

fn these<'a>(subnets: &'a All, ids: &'a [String]) -> impl Iterator<Item = &'a Subnet> {
    ids.iter().filter_map(|id| subnets.get(id)?.as_ref())
}

fn zones<'a>(subnets: impl Iterator<Item = &'a Subnet>) -> BTreeSet<&'a str> {
    subnets.map(|s| s.zone.as_str()).collect()
}
