//! The VPC and its subnets.
//!
//! What belongs here: blocks, names, and what AWS was told of them. What must not: ways out ([`super::ways`]).

use super::{
    super::{
        block,
        check::{
            Category, Check, Found, Judged, REFUSED, Scene, Severity, Spared, Waiving, known,
            unless,
        },
    },
    ipv6_subnets,
};
use crate::observation::Subnet;

pub(in super::super) const CHECKS: &[Check] = &[
    Check {
        id: "NET-006",
        name: "vpc-ipv6",
        category: Category::Net,
        severity: Severity::Block,
        holds: "An IPv6 block is associated with the VPC.",
        why: "Without one no subnet of it can have IPv6 addresses, and no load balancer in it can be dual-stack.",
        remedy: "associate one: aws ec2 associate-vpc-cidr-block --amazon-provided-ipv6-cidr-block",
        source: "Amazon VPC user guide, Add an IPv6 CIDR block to your VPC",
        waiving: REFUSED,
        run: |s| {
            let vpc = known(&s.ground()?.vpc)?;
            unless(vpc.ipv6_block().is_some(), || {
                format!("{} has no IPv6 block that is associated", vpc.id)
            })
        },
    },
    Check {
        id: "NET-007",
        name: "vpc-resolver",
        category: Category::Net,
        severity: Severity::Block,
        holds: "The VPC's resolver answers (enableDnsSupport).",
        why: "DNS64, the names of endpoints, Cloud Map and the dual-stack names of AWS's services all need it.",
        remedy: "turn it on: aws ec2 modify-vpc-attribute --enable-dns-support",
        source: "Amazon VPC user guide, DNS attributes for your VPC",
        waiving: Waiving::ByReason,
        run: |s| {
            unless(known(&s.ground()?.names)?.support, || {
                "enableDnsSupport is off".to_owned()
            })
        },
    },
    Check {
        id: "NET-008",
        name: "vpc-hostnames",
        category: Category::Net,
        severity: Severity::Info,
        holds: "What runs in the VPC has names (enableDnsHostnames).",
        why: "Interface endpoints with private names need it.",
        remedy: "turn it on: aws ec2 modify-vpc-attribute --enable-dns-hostnames",
        source: "AWS PrivateLink, Access an AWS service using an interface VPC endpoint: private DNS",
        waiving: Waiving::ByReason,
        run: |s| {
            unless(known(&s.ground()?.names)?.hostnames, || {
                "enableDnsHostnames is off".to_owned()
            })
        },
    },
    Check {
        id: "NET-009",
        name: "subnet-assigns",
        category: Category::Net,
        severity: Severity::Block,
        holds: "Each subnet of the plan gives what starts in it an IPv6 address.",
        why: "ECS asks for no address itself: a task in a subnet that assigns none does not start.",
        remedy: "turn it on: aws ec2 modify-subnet-attribute --assign-ipv6-address-on-creation",
        source: "AWS containers blog, Amazon ECS announces IPv6-only support",
        waiving: Waiving::ByReason,
        run: |s| {
            each(s, |id, subnet| {
                (!subnet.assigns_ipv6)
                    .then(|| format!("subnet {id} has assignIpv6AddressOnCreation off"))
            })
        },
    },
    Check {
        id: "NET-010",
        name: "subnet-blocked",
        category: Category::Net,
        severity: Severity::Block,
        holds: "VPC block public access lets the plan's subnets out.",
        why: "In a subnet that is blocked both ways nothing passes an internet gateway, whatever its routes say.",
        remedy: "exclude the subnet with allow-egress, or block ingress only",
        source: "Amazon VPC user guide, Block public access to VPCs and subnets",
        waiving: Waiving::ByReason,
        run: |s| {
            each(s, |id, subnet| {
                let blocked = subnet.blocked.as_deref() == Some("block-bidirectional");
                blocked.then(|| format!("VPC block public access blocks subnet {id} both ways"))
            })
        },
    },
    Check {
        id: "NET-011",
        name: "subnet-shared",
        category: Category::Net,
        severity: Severity::Info,
        holds: "The plan's subnets belong to the service's account.",
        why: "In a shared subnet another account owns routes, gateways, ACLs and endpoints: what is wrong with them its people mend.",
        remedy: "know who owns the network before you need them",
        source: "Amazon VPC user guide, Share your VPC subnets with other accounts",
        waiving: Waiving::ByReason,
        run: |s| {
            let account = s.service()?.arn.split(':').nth(4).unwrap_or_default();
            each(s, |id, subnet| {
                let is_other = !subnet.owner.is_empty() && subnet.owner != account;
                is_other.then(|| format!("subnet {id} belongs to account {}", subnet.owner))
            })
        },
    },
    Check {
        id: "NET-012",
        name: "dhcp-resolvers",
        category: Category::Net,
        severity: Severity::Block,
        holds: "Tasks on IPv6 alone can reach a name server.",
        why: "A task without an IPv4 address asks no server that has an IPv4 address only: no name is answered, and the image is \
              not even found. Amazon's own answers on fd00:ec2::253 too.",
        remedy: "add AmazonProvidedDNS or the servers' IPv6 addresses to the DHCP options",
        source: "Amazon VPC user guide, DHCP option sets in Amazon VPC; Amazon DNS server",
        waiving: Waiving::ByReason,
        run: resolvers,
    },
    Check {
        id: "NET-013",
        name: "balancer-blocks",
        category: Category::Net,
        severity: Severity::Block,
        holds: "Each subnet of the load balancer has an IPv6 block.",
        why: "A load balancer has no IPv6 address in a subnet without one, so it cannot be dual-stack, nor reach the twin from there.",
        remedy: "associate an IPv6 block with the subnet: aws ec2 associate-subnet-cidr-block --ipv6-cidr-block",
        source: "Elastic Load Balancing, IP address types for your Application Load Balancer",
        waiving: REFUSED,
        run: balancer_blocks,
    },
];

fn each(s: &Scene<'_>, wrong: impl Fn(&str, &Subnet) -> Option<String>) -> Judged {
    let found = ipv6_subnets(s)?
        .into_iter()
        .filter_map(|(id, subnet)| wrong(id, subnet));
    Ok(found.map(Found::new).collect())
}

fn resolvers(s: &Scene<'_>) -> Judged {
    let options = known(&s.ground()?.dhcp)?;
    let servers = &options.name_servers;
    let reaches = |server: &String| server == "AmazonProvidedDNS" || block::is_ipv6(server);
    unless(servers.is_empty() || servers.iter().any(reaches), || {
        format!("the DHCP options name {} alone", servers.join(", "))
    })
}

fn balancer_blocks(s: &Scene<'_>) -> Judged {
    let subnets = known(&s.ground()?.subnets)?;
    let balancers = known(&s.seen.load_balancers)?;
    let application = balancers.iter().filter(|b| b.kind == "application");
    let mut all = Vec::new();
    for balancer in application {
        let without = |id: &&String| subnets.get(*id).is_some_and(|s| !s.has_ipv6);
        let without: Vec<&str> = balancer
            .subnets
            .iter()
            .filter(without)
            .map(String::as_str)
            .collect();
        if !without.is_empty() {
            let without = without.join(", ");
            all.push(Found::new(format!(
                "load balancer {} is in {without}, without an IPv6 block",
                balancer.name()
            )));
        }
    }
    if balancers.is_empty() {
        return Err(Spared::NotHere);
    }
    Ok(all)
}
