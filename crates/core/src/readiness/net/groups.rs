//! Security groups: of the tasks, and of the load balancer.
//!
//! What belongs here: whether they let pass over IPv6 what passes over IPv4. What must not: network ACLs ([`super::acls`]).

use super::{
    super::{
        block::{ALL_IPV6, is_within},
        check::{Category, Check, Found, Judged, REFUSED, Scene, Severity, Spared, Waiving, known},
        service::task_groups,
    },
    fronts, ipv6_subnets, ports,
};
use crate::observation::{Permission, SecurityGroup};

pub(in super::super) const CHECKS: &[Check] = &[
    Check {
        id: "NET-026",
        name: "group-missing",
        category: Category::Net,
        severity: Severity::Block,
        holds: "The tasks' security groups are in the VPC of the plan's subnets.",
        why: "AWS refuses a service whose security groups are not there, or in another VPC.",
        remedy: "correct spec.ipv6.securityGroups",
        source: "ECS API, AwsVpcConfiguration: securityGroups",
        waiving: REFUSED,
        run: |s| {
            let groups = known(&s.ground()?.groups)?;
            let own = task_groups(s)?.iter();
            let gone = own.filter(|id| !groups.contains_key(*id));
            Ok(gone
                .map(|id| Found::new(format!("there is no security group {id} in the VPC")))
                .collect())
        },
    },
    Check {
        id: "NET-027",
        name: "group-balancer",
        category: Category::Net,
        severity: Severity::Block,
        holds: "The tasks' security groups let the load balancer in over IPv6.",
        why: "A rule for IPv4 blocks matches no packet of IPv6: every target stays unhealthy with Target.Timeout.",
        remedy: "allow the container's port from the load balancer's security group, which counts for both families",
        source: "Elastic Load Balancing, Security groups for your Application Load Balancer",
        waiving: Waiving::ByReason,
        run: from_balancer,
    },
    Check {
        id: "NET-028",
        name: "group-out",
        category: Category::Net,
        severity: Severity::Block,
        holds: "The tasks' security groups let HTTPS over IPv6 out.",
        why: "A security group that was made before the VPC had IPv6 lets out 0.0.0.0/0 alone: no image is pulled, and no task starts.",
        remedy: "allow all to ::/0 out: aws ec2 authorize-security-group-egress --ip-permissions IpProtocol=-1,Ipv6Ranges=[{CidrIpv6=::/0}]",
        source: "Amazon VPC user guide, Security group rules",
        waiving: Waiving::ByReason,
        run: out,
    },
    Check {
        id: "NET-029",
        name: "balancer-group-out",
        category: Category::Net,
        severity: Severity::Block,
        holds: "The load balancer's security groups let it reach the twin over IPv6.",
        why: "A rule for IPv4 blocks matches no packet of IPv6: every target stays unhealthy with Target.Timeout.",
        remedy: "allow the container's port to the tasks' security group out, which counts for both families",
        source: "Elastic Load Balancing, Security groups for your Application Load Balancer",
        waiving: Waiving::ByReason,
        run: balancer_out,
    },
    Check {
        id: "NET-030",
        name: "balancer-group-in",
        category: Category::Net,
        severity: Severity::Warn,
        holds: "The load balancer lets clients over IPv6 in where it lets them in over IPv4.",
        why: "A dual-stack load balancer has AAAA records: clients try those first, and hang where its security group lets IPv4 in alone.",
        remedy: "allow the same clients' IPv6 ranges in",
        source: "Elastic Load Balancing, IP address types for your Application Load Balancer",
        waiving: Waiving::ByReason,
        run: balancer_in,
    },
    Check {
        id: "NET-031",
        name: "group-ipv4-rules",
        category: Category::Net,
        severity: Severity::Info,
        holds: "No rule of the tasks' security groups lets in IPv4 blocks alone.",
        why: "Who came in by such a rule (a bastion, a scraper, another service) finds the twin closed.",
        remedy: "allow the same peers by their security group or their IPv6 block",
        source: "Amazon VPC user guide, Security group rules",
        waiving: Waiving::ByReason,
        run: ipv4_rules,
    },
    Check {
        id: "NET-032",
        name: "group-new",
        category: Category::Net,
        severity: Severity::Warn,
        holds: "Whatever lets the service in by its security group lets the twin in too.",
        why: "The twin has other security groups than the service. Databases, caches and file systems that admit a security group of the \
              service admit none of the twin's.",
        remedy: "give the twin the service's security groups too, or admit the twin's where the service's are admitted",
        source: "Amazon VPC user guide, Security group rules: reference a security group",
        waiving: Waiving::ByReason,
        run: admitted_elsewhere,
    },
];

pub(in super::super) const TCP: &[&str] = &["tcp", "6", "-1"];

pub(in super::super) fn is_for(permission: &Permission, port: u16) -> bool {
    let by_port = permission
        .ports
        .is_none_or(|(first, last)| (first..=last).contains(&port));
    TCP.contains(&permission.protocol.as_str()) && (by_port || permission.protocol == "-1")
}

/// Whether IPv6 blocks or one of some groups may pass; what is in a prefix list is not known, and is taken to be theirs.
pub(in super::super) fn admits(
    permission: &Permission,
    groups: &[String],
    blocks: &[&str],
) -> bool {
    let by_group = permission.groups.iter().any(|g| groups.contains(g));
    let covered = |block: &&str| permission.ipv6.iter().any(|outer| is_within(block, outer));
    by_group || !permission.lists.is_empty() || !blocks.is_empty() && blocks.iter().all(covered)
}

/// The groups of some ids; one that is not there is told by itself.
fn these<'a>(s: &Scene<'a>, ids: &[String]) -> Result<Vec<&'a SecurityGroup>, Spared> {
    let groups = known(&s.ground()?.groups)?;
    let found: Vec<&SecurityGroup> = ids.iter().filter_map(|id| groups.get(id)).collect();
    if found.is_empty() {
        return Err(Spared::NotHere);
    }
    Ok(found)
}

fn from_balancer(s: &Scene<'_>) -> Judged {
    let ids = task_groups(s)?;
    let groups = these(s, ids)?;
    let mut all = Vec::new();
    for front in fronts(s, s.ground()?)? {
        for port in ports(s)? {
            let mut rules = groups
                .iter()
                .flat_map(|g| &g.ingress)
                .filter(|p| is_for(p, port));
            let from = &front.balancer.security_groups;
            if !rules.any(|p| admits(p, from, &front.blocks)) {
                all.push(Found::new(format!(
                    "{} does not let load balancer {} in on port {port} over IPv6",
                    ids.join(", "),
                    front.balancer.name()
                )));
            }
        }
    }
    Ok(all)
}

/// Where some IPv6 may leave, but not all, who wrote that knows why.
fn out(s: &Scene<'_>) -> Judged {
    let ids = task_groups(s)?;
    let groups = these(s, ids)?;
    let rules: Vec<&Permission> = groups
        .iter()
        .flat_map(|g| &g.egress)
        .filter(|p| is_for(p, 443))
        .collect();
    if rules
        .iter()
        .any(|p| p.ipv6.iter().any(|block| block == ALL_IPV6))
    {
        return Ok(Vec::new());
    }
    let some = rules
        .iter()
        .any(|p| !p.ipv6.is_empty() || !p.lists.is_empty() || !p.groups.is_empty());
    let ids = ids.join(", ");
    Ok(vec![if some {
        let message = format!("{ids} lets HTTPS over IPv6 out to some, and not to ::/0");
        Found::new(message).of(Severity::Warn)
    } else {
        Found::new(format!("{ids} lets no HTTPS over IPv6 out"))
    }])
}

fn balancer_out(s: &Scene<'_>) -> Judged {
    let subnets = ipv6_subnets(s)?;
    let blocks: Vec<&str> = subnets
        .iter()
        .flat_map(|(_, t)| &t.ipv6_blocks)
        .map(String::as_str)
        .collect();
    let to = task_groups(s)?;
    let mut all = Vec::new();
    for front in fronts(s, s.ground()?)? {
        let own = &front.balancer.security_groups;
        if own.is_empty() {
            continue;
        }
        let groups = these(s, own)?;
        for port in ports(s)? {
            let mut rules = groups
                .iter()
                .flat_map(|g| &g.egress)
                .filter(|p| is_for(p, port));
            if !rules.any(|p| admits(p, to, &blocks)) {
                let own = own.join(", ");
                let name = front.balancer.name();
                all.push(Found::new(format!(
                    "{own} of load balancer {name} lets nothing out to port {port} of the twin over IPv6"
                )));
            }
        }
    }
    Ok(all)
}

/// By rule: open to IPv4, and nowhere open to IPv6 for the same ports.
fn balancer_in(s: &Scene<'_>) -> Judged {
    let mut all = Vec::new();
    for front in fronts(s, s.ground()?)? {
        let groups = match these(s, &front.balancer.security_groups) {
            Ok(groups) => groups,
            Err(Spared::NotHere) => continue,
            Err(unknown) => return Err(unknown),
        };
        let rules: Vec<&Permission> = groups.iter().flat_map(|g| &g.ingress).collect();
        let opens = |port: u16| rules.iter().any(|p| is_for(p, port) && !p.ipv6.is_empty());
        for rule in rules.iter().filter(|p| !p.ipv4.is_empty()) {
            let port = rule.ports.map_or(443, |(first, _)| first);
            if TCP.contains(&rule.protocol.as_str()) && !opens(port) {
                let (name, from) = (front.balancer.name(), rule.ipv4.join(", "));
                all.push(Found::new(format!(
                    "load balancer {name} lets {from} in on port {port}, and nobody over IPv6"
                )));
            }
        }
    }
    Ok(all)
}

fn ipv4_rules(s: &Scene<'_>) -> Judged {
    let groups = these(s, task_groups(s)?)?;
    let rules = groups.iter().flat_map(|g| &g.ingress);
    let alone = rules.filter(|p| !p.ipv4.is_empty() && p.ipv6.is_empty());
    let found =
        alone.map(|p| Found::new(format!("{} may come in over IPv4 alone", p.ipv4.join(", "))));
    Ok(found.collect())
}

fn admitted_elsewhere(s: &Scene<'_>) -> Judged {
    let service = s.service()?;
    let twin = task_groups(s)?;
    let left: Vec<&String> = service
        .security_groups
        .iter()
        .filter(|g| !twin.contains(g))
        .collect();
    if left.is_empty() {
        return Err(Spared::NotHere);
    }
    let admits = |group: &SecurityGroup| {
        let by = |ids: &[String]| {
            group
                .ingress
                .iter()
                .any(|p| p.groups.iter().any(|g| ids.contains(g)))
        };
        let left: Vec<String> = left.iter().map(|g| (*g).clone()).collect();
        by(&left) && !by(twin)
    };
    let groups = known(&s.ground()?.groups)?.iter();
    let others =
        groups.filter(|(id, group)| !twin.contains(id) && !left.contains(id) && admits(group));
    let found = others.map(|(id, group)| {
        Found::new(format!(
            "{id} ({}) admits the service's security group, and none of the twin's",
            group.name
        ))
    });
    Ok(found.collect())
}
