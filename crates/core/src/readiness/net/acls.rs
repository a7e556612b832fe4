//! Network ACLs: without a memory, so each direction is asked by itself; the entry with the lowest number that matches decides.
//!
//! What belongs here: whether a packet of IPv6 passes a subnet's ACL. What must not: security groups, which remember
//! ([`super::groups`]).

use super::{
    super::{
        block::{Block, SOMEWHERE},
        check::{Category, Check, Found, Judged, Scene, Severity, Spared, Waiving, known},
    },
    fronts, ipv6_subnets, ports,
};
use crate::observation::{Acl, AclEntry};

pub(in super::super) const CHECKS: &[Check] = &[
    Check {
        id: "NET-022",
        name: "acl-balancer",
        category: Category::Net,
        severity: Severity::Block,
        holds: "The ACLs of the plan's subnets let the load balancer's requests in, and the answers out, over IPv6.",
        why: "An ACL that was written for IPv4 denies IPv6 by its last entry: every target stays unhealthy with Target.Timeout.",
        remedy: "allow the container's port from the load balancer's IPv6 blocks in, and ports 1024 to 65535 to them out",
        source: "Amazon VPC user guide, Control subnet traffic with network access control lists",
        waiving: Waiving::ByReason,
        run: from_balancer,
    },
    Check {
        id: "NET-023",
        name: "acl-balancer-out",
        category: Category::Net,
        severity: Severity::Block,
        holds: "The ACLs of the load balancer's subnets let its requests to the twin out, and the answers in, over IPv6.",
        why: "The load balancer's own subnets filter too: every target stays unhealthy with Target.Timeout.",
        remedy: "allow the container's port to the plan's IPv6 blocks out, and ports 1024 to 65535 from them in",
        source: "Amazon VPC user guide, Control subnet traffic with network access control lists",
        waiving: Waiving::ByReason,
        run: balancer_out,
    },
    Check {
        id: "NET-024",
        name: "acl-out",
        category: Category::Net,
        severity: Severity::Block,
        holds: "The ACLs of the plan's subnets let HTTPS over IPv6 out, and its answers in.",
        why: "Images, secrets and logs are fetched and sent over HTTPS by the task's own interface: without it no task starts.",
        remedy: "allow port 443 to ::/0 out, and ports 1024 to 65535 from ::/0 in",
        source: "Amazon VPC user guide, Control subnet traffic with network access control lists",
        waiving: Waiving::ByReason,
        run: out,
    },
    Check {
        id: "NET-025",
        name: "acl-icmp",
        category: Category::Net,
        severity: Severity::Warn,
        holds: "The ACLs of the plan's subnets let ICMPv6 in.",
        why: "No router fragments IPv6: a packet that is too big is answered by ICMPv6 alone. Where that is dropped, large answers hang \
              while small ones pass.",
        remedy: "allow protocol 58 (ICMPv6) from ::/0 in",
        source: "RFC 4890, section 4.3.1: Packet Too Big must not be dropped",
        waiving: Waiving::ByReason,
        run: icmp,
    },
];

const TCP: &str = "6";
const ICMPV6: &str = "58";
/// Where clients' ports are: the ends and the middle of what Linux and load balancers use.
const CLIENTS: [u16; 3] = [1024, 32_768, 65_535];

/// A packet that crosses the edge of a subnet.
#[derive(Clone, Copy)]
struct Packet<'a> {
    is_egress: bool,
    protocol: &'a str,
    /// The port that it goes to; ICMP has none.
    port: Option<u16>,
    /// The other side; one that is no address is within nothing.
    peer: Option<Block>,
}

fn matches(entry: &AclEntry, packet: Packet<'_>) -> bool {
    let by_port = match (entry.ports, packet.port) {
        (Some((first, last)), Some(port)) => (first..=last).contains(&port),
        _ => true,
    };
    entry.is_egress == packet.is_egress
        && (entry.protocol == "-1" || entry.protocol == packet.protocol && by_port)
        && packet
            .peer
            .zip(Block::parse(&entry.block))
            .is_some_and(|(peer, block)| block.holds(peer))
}

/// What nothing matches is denied.
fn passes(acl: &Acl, packet: Packet<'_>) -> bool {
    let matching = acl.entries.iter().filter(|e| matches(e, packet));
    matching.min_by_key(|e| e.number).is_some_and(|e| e.allows)
}

fn acl_of<'a>(acls: &'a [Acl], subnet: &str) -> Option<&'a Acl> {
    acls.iter().find(|a| a.subnets.iter().any(|s| s == subnet))
}

/// What stands in the way of requests to a port and their answers, as who answers sees it: `into` it, or out of it.
fn stopped(acl: &Acl, into: bool, port: u16, peer: &str) -> Option<String> {
    let block = Block::parse(peer);
    let packet = |is_egress, port| Packet {
        is_egress,
        protocol: TCP,
        port: Some(port),
        peer: block,
    };
    let (there, back) = if into { ("in", "out") } else { ("out", "in") };
    if !passes(acl, packet(!into, port)) {
        return Some(format!(
            "does not let TCP {port} {} {peer} {there}",
            from(into)
        ));
    }
    let port = CLIENTS
        .into_iter()
        .find(|port| !passes(acl, packet(into, *port)))?;
    Some(format!(
        "does not let TCP {port} {} {peer} {back}, where answers go",
        from(!into)
    ))
}

fn from(into: bool) -> &'static str {
    if into { "from" } else { "to" }
}

/// The first of what stands in the way, of any port and any block.
fn first_stop<B: AsRef<str>>(
    acl: &Acl,
    into: bool,
    ports: &[u16],
    mut blocks: impl Iterator<Item = B>,
) -> Option<String> {
    let of_block = |block: B| {
        let mut ports = ports.iter();
        ports.find_map(|port| stopped(acl, into, *port, block.as_ref()))
    };
    blocks.find_map(of_block)
}

fn from_balancer(s: &Scene<'_>) -> Judged {
    let ground = s.ground()?;
    let acls = known(&ground.acls)?;
    let (fronts, ports) = (fronts(s, ground)?, ports(s)?);
    let mut all = Vec::new();
    for (subnet, _) in ipv6_subnets(s)? {
        let Some(acl) = acl_of(acls, subnet) else {
            continue;
        };
        let blocks = fronts.iter().flat_map(|f| &f.blocks);
        let stop = first_stop(acl, true, &ports, blocks);
        all.extend(stop.map(|stop| Found::new(format!("{} of subnet {subnet} {stop}", acl.id))));
    }
    if fronts.is_empty() {
        return Err(Spared::NotHere);
    }
    Ok(all)
}

fn balancer_out(s: &Scene<'_>) -> Judged {
    let ground = s.ground()?;
    let acls = known(&ground.acls)?;
    let (fronts, ports) = (fronts(s, ground)?, ports(s)?);
    let targets = ipv6_subnets(s)?;
    let mut all = Vec::new();
    for subnet in fronts.iter().flat_map(|f| &f.balancer.subnets) {
        let Some(acl) = acl_of(acls, subnet) else {
            continue;
        };
        let blocks = targets.iter().flat_map(|(_, t)| &t.ipv6_blocks);
        let stop = first_stop(acl, false, &ports, blocks);
        all.extend(stop.map(|stop| {
            Found::new(format!(
                "{} of the load balancer's subnet {subnet} {stop}",
                acl.id
            ))
        }));
    }
    if fronts.is_empty() {
        return Err(Spared::NotHere);
    }
    Ok(all)
}

/// Each ACL of the plan's subnets, once.
fn each_acl(s: &Scene<'_>, wrong: impl Fn(&Acl) -> Option<String>) -> Judged {
    let acls = known(&s.ground()?.acls)?;
    let mut seen: Vec<&str> = Vec::new();
    let mut all = Vec::new();
    for (subnet, _) in ipv6_subnets(s)? {
        let Some(acl) = acl_of(acls, subnet) else {
            continue;
        };
        if seen.contains(&acl.id.as_str()) {
            continue;
        }
        seen.push(&acl.id);
        let stop = wrong(acl);
        all.extend(stop.map(|stop| Found::new(format!("{} of subnet {subnet} {stop}", acl.id))));
    }
    Ok(all)
}

fn out(s: &Scene<'_>) -> Judged {
    let somewhere = SOMEWHERE.to_string();
    each_acl(s, |acl| {
        let stop = stopped(acl, false, 443, &somewhere)?;
        Some(stop.replace(&somewhere, "the internet"))
    })
}

fn icmp(s: &Scene<'_>) -> Judged {
    let peer = Block::parse(&SOMEWHERE.to_string());
    each_acl(s, |acl| {
        let packet = Packet {
            is_egress: false,
            protocol: ICMPV6,
            port: None,
            peer,
        };
        (!passes(acl, packet)).then(|| "does not let ICMPv6 from the internet in".to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(number: u32, allows: bool, block: &str, ports: Option<(u16, u16)>) -> AclEntry {
        AclEntry {
            number,
            is_egress: false,
            allows,
            protocol: TCP.to_owned(),
            block: block.to_owned(),
            ports,
        }
    }

    fn asks(entries: Vec<AclEntry>, port: u16) -> bool {
        let acl = Acl {
            entries,
            ..Acl::default()
        };
        let packet = Packet {
            is_egress: false,
            protocol: TCP,
            port: Some(port),
            peer: Block::parse("2001:db8::/64"),
        };
        passes(&acl, packet)
    }

    #[test]
    fn the_lowest_entry_that_matches_decides_and_nothing_is_denied() {
        let open = || entry(100, true, "::/0", None);
        assert!(asks(vec![open()], 80));
        assert!(!asks(
            vec![open(), entry(90, false, "2001:db8::/32", None)],
            80
        ));
        assert!(asks(vec![entry(110, false, "::/0", None), open()], 80));
        assert!(!asks(vec![], 80));
        assert!(!asks(vec![entry(100, true, "0.0.0.0/0", None)], 80));
        assert!(!asks(vec![entry(100, true, "::/0", Some((443, 443)))], 80));
    }
}
