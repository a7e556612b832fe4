//! The subnets that the twin's tasks will run in.
//!
//! What belongs here: what EC2 tells of them, beside the service's own and the load balancer's zones. What must not: the way
//! out of them ([`super::net`]).

use std::collections::{BTreeMap, BTreeSet};

use super::check::{
    Category, Check, Found, Judged, REFUSED, STUCK, Scene, Severity, Spared, Waiving, known,
};
use crate::observation::{Shared, Subnet, Subnets};

type All = BTreeMap<String, Option<Shared<Subnet>>>;

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "NET-001",
        name: "subnet-missing",
        category: Category::Net,
        severity: Severity::Block,
        holds: "Every subnet of the plan exists.",
        why: "AWS refuses a service in a subnet that is not there.",
        remedy: "correct spec.ipv6.subnets",
        source: "EC2 API, DescribeSubnets",
        waiving: REFUSED,
        run: |s| {
            let told = told(s)?;
            let gone = s
                .plan
                .ipv6
                .subnets
                .iter()
                .filter(|id| matches!(told.get(*id), Some(None)));
            Ok(gone
                .map(|id| Found::new(format!("subnet {id} does not exist")))
                .collect())
        },
    },
    Check {
        id: "NET-002",
        name: "subnet-ipv4",
        category: Category::Net,
        severity: Severity::Block,
        holds: "Every subnet of the plan is IPv6-only, with an IPv6 block.",
        why: "Whether a task runs on IPv6 alone is a matter of its subnet. In a dual-stack subnet it has an IPv4 address too, and \
              ECS pulls images and secrets over IPv4, for which it needs a way out: nothing is won.",
        remedy: "name subnets that were made with Ipv6Native",
        source: "ECS developer guide, Amazon ECS task networking options for Fargate: IPv6-only mode",
        waiving: STUCK,
        run: |s| {
            each(s, |id, subnet| {
                let what = match (subnet.ipv6_only, subnet.has_ipv6) {
                    (true, true) => return None,
                    (true, false) => "has no IPv6 block",
                    (false, _) => "is not IPv6-only",
                };
                Some(format!("subnet {id} {what}"))
            })
        },
    },
    Check {
        id: "NET-003",
        name: "subnet-vpc",
        category: Category::Net,
        severity: Severity::Block,
        holds: "The plan's subnets are in the service's VPC.",
        why: "A target group and its targets are in one VPC, and a service's subnets too.",
        remedy: "name subnets of the service's VPC",
        source: "ECS API, AwsVpcConfiguration: subnets",
        waiving: REFUSED,
        run: |s| {
            let own = vpc_of_service(s)?.unwrap_or_default();
            each(s, |id, subnet| {
                let is_other = !own.is_empty() && own != subnet.vpc;
                is_other
                    .then(|| format!("subnet {id} is in {}, and the service in {own}", subnet.vpc))
            })
        },
    },
    Check {
        id: "NET-004",
        name: "one-zone",
        category: Category::Net,
        severity: Severity::Block,
        holds: "The plan's subnets are in two zones or more.",
        why: "A zone that fails takes every task in it.",
        remedy: REMEDY,
        source: "ECS developer guide, Amazon ECS availability best practices",
        waiving: Waiving::ByReason,
        run: one_zone,
    },
    Check {
        id: "NET-005",
        name: "fewer-zones",
        category: Category::Net,
        severity: Severity::Warn,
        holds: "The plan's subnets are in every zone that the service is in.",
        why: "The twin's tasks spread over fewer zones than the IPv4 side's: a zone that fails takes more of them, and traffic \
              between zones costs.",
        remedy: REMEDY,
        source: "ECS developer guide, Amazon ECS availability best practices",
        waiving: Waiving::ByReason,
        run: fewer_zones,
    },
    Check {
        id: "LB-017",
        name: "zone-off-balancer",
        category: Category::Lb,
        severity: Severity::Block,
        holds: "The load balancer is in every zone of the plan's subnets.",
        why: "A target in a zone that is not enabled stays unused, and never gets a request.",
        remedy: "enable those zones on the load balancer, or name subnets of its zones",
        source: "Elastic Load Balancing API, TargetHealth: Target.NotInUse",
        waiving: STUCK,
        run: off_balancer,
    },
    Check {
        id: "IAM-001",
        name: "subnets-unread",
        category: Category::Iam,
        severity: Severity::Warn,
        holds: "EC2 tells of the plan's subnets.",
        why: "Nothing of the network can be judged, and a wrong subnet shows only when tasks do not start.",
        remedy: "allow sixshift's role ec2:DescribeSubnets, as deploy/iam/policy.json does, and let it reach EC2",
        source: "EC2 API, DescribeSubnets",
        waiving: Waiving::ByReason,
        run: |s| {
            Ok(match known(&s.seen.subnets)? {
                Subnets::Untold(why) => vec![Found::new(format!(
                    "EC2 does not tell of the plan's subnets, so nothing is known of their zones: {why}"
                ))],
                Subnets::Told(_) => Vec::new(),
            })
        },
    },
];

const REMEDY: &str = "name an IPv6-only subnet in each of the service's zones, or waive it in spec.preflight with a reason";

/// What EC2 tells of subnets, once the service is known.
fn told<'a>(s: &Scene<'a>) -> Result<&'a All, Spared> {
    let subnets = match known(&s.seen.subnets)? {
        Subnets::Told(subnets) => subnets,
        Subnets::Untold(why) => return Err(Spared::Unknown(why.clone())),
    };
    s.service().map(|_| subnets)
}

/// Each subnet of the plan that is there, by its id.
fn each(s: &Scene<'_>, wrong: impl Fn(&str, &Subnet) -> Option<String>) -> Judged {
    let found = of_plan(s)?
        .into_iter()
        .filter_map(|(id, subnet)| wrong(id, subnet));
    Ok(found.map(Found::new).collect())
}

/// The plan's subnets that are there.
pub(super) fn of_plan<'a>(s: &Scene<'a>) -> Result<Vec<(&'a str, &'a Subnet)>, Spared> {
    Ok(there(told(s)?, &s.plan.ipv6.subnets))
}

/// The service's own subnets that are there.
pub(super) fn of_service<'a>(s: &Scene<'a>) -> Result<Vec<(&'a str, &'a Subnet)>, Spared> {
    Ok(there(told(s)?, &s.service()?.subnets))
}

fn there<'a>(told: &'a All, ids: &'a [String]) -> Vec<(&'a str, &'a Subnet)> {
    let known = |id: &'a String| Some((id.as_str(), told.get(id)?.as_deref()?));
    ids.iter().filter_map(known).collect()
}

fn vpc_of_service<'a>(s: &Scene<'a>) -> Result<Option<&'a str>, Spared> {
    Ok(of_service(s)?
        .first()
        .map(|(_, subnet)| subnet.vpc.as_str()))
}

fn zones<'a>(subnets: &[(&str, &'a Subnet)]) -> BTreeSet<&'a str> {
    subnets.iter().map(|(_, s)| s.zone.as_str()).collect()
}

fn listed(zones: &BTreeSet<&str>) -> String {
    let names: Vec<&str> = zones.iter().copied().collect();
    names.join(", ")
}

fn one_zone(s: &Scene<'_>) -> Judged {
    let (ipv6, ipv4) = (zones(&of_plan(s)?), zones(&of_service(s)?));
    let tasks = s.service()?.desired;
    let message = match ipv6.first().filter(|_| ipv6.len() == 1) {
        Some(zone) if ipv4.len() > 1 => format!(
            "all IPv6 subnets are in {zone}, and the service is in {}",
            listed(&ipv4)
        ),
        Some(zone) if tasks > 1 => {
            format!("all IPv6 subnets are in {zone}, for a service of {tasks} tasks")
        }
        _ => return Ok(Vec::new()),
    };
    Ok(vec![Found::new(message)])
}

/// Where there is one zone only, that is said already.
fn fewer_zones(s: &Scene<'_>) -> Judged {
    let (ipv6, ipv4) = (zones(&of_plan(s)?), zones(&of_service(s)?));
    let lacking: BTreeSet<&str> = ipv4.difference(&ipv6).copied().collect();
    let is_said = ipv6.len() == 1 && (ipv4.len() > 1 || s.service()?.desired > 1);
    if is_said || ipv6.is_empty() || lacking.is_empty() {
        return Ok(Vec::new());
    }
    let lacking = listed(&lacking);
    Ok(vec![Found::new(format!(
        "no IPv6 subnet is in {lacking}, where the service is"
    ))])
}

fn off_balancer(s: &Scene<'_>) -> Judged {
    let ipv6 = zones(&of_plan(s)?);
    let found = known(&s.seen.load_balancers)?.iter().filter_map(|balancer| {
        let off = |zone: &&&str| !balancer.zones.iter().any(|z| z == **zone);
        let off: Vec<&str> = ipv6.iter().filter(off).copied().collect();
        let name = balancer.name();
        let message = || {
            let zones = off.join(", ");
            format!("load balancer {name} is not in {zones}, where it would send nothing to the twin")
        };
        (!off.is_empty() && !balancer.zones.is_empty()).then(|| Found::new(message()))
    });
    Ok(found.collect())
}
