//! What would cost nothing any more once services run on IPv6 alone, and what would go on: counts and reasons.
//!
//! What belongs here: which NAT gateways could go, and why others stay. What must not: money, which depends on who pays.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    observation::{Ground, NatGateway, Observation},
    readiness::{
        block::{ALL_IPV4, NAT64},
        net::table_of,
    },
    twin,
};

/// A service as it runs, in its VPC.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    /// Its name.
    pub name: &'a str,
    /// A full look.
    pub seen: &'a Observation,
    /// Its VPC.
    pub ground: &'a Ground,
    /// Whether it is to be migrated.
    pub moves: bool,
}

/// What could be saved.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Savings {
    /// The NAT gateways that services which move go through, by id.
    pub gateways: BTreeMap<String, Gateway>,
    /// Public IPv4 addresses of their tasks.
    pub addresses: u32,
    /// What could not be read, a sentence each without a full stop: what it would save is not counted.
    pub unread: Vec<String>,
}

/// A NAT gateway.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gateway {
    /// Whether it has a public IPv4 address, which costs by the hour.
    pub is_public: bool,
    /// Why it stays, a sentence each without a full stop; none: it can go.
    pub stays: BTreeSet<String>,
}

/// What can go once those that move have moved, and what stays for whom.
#[must_use]
pub fn savings(members: &[Member<'_>]) -> Savings {
    let mut all = Savings::default();
    for member in members.iter().filter(|m| m.moves) {
        let Some(service) = member.seen.ipv4.seen() else {
            all.unread
                .push(format!("service {} could not be read", member.name));
            continue;
        };
        if service.public_ip {
            all.addresses += service.desired;
        }
        let through = through(member);
        if member.ground.route_tables.seen().is_none()
            || member.ground.nat_gateways.seen().is_none()
        {
            let why = "the routes or NAT gateways of its VPC could not be read";
            all.unread.push(format!("service {}: {why}", member.name));
        }
        for (id, nat) in through {
            let gateway = all.gateways.entry(id.to_owned()).or_default();
            gateway.is_public = nat.connectivity == "public";
            gateway.stays.extend(of_member(member));
            gateway.stays.extend(of_network(member.ground, id, members));
        }
    }
    for member in members.iter().filter(|m| !m.moves) {
        for (id, _) in through(member) {
            if let Some(gateway) = all.gateways.get_mut(id) {
                gateway.stays.insert(format!(
                    "service {} goes through it and is not moved",
                    member.name
                ));
            }
        }
    }
    all
}

/// The NAT gateways that a service's subnets reach the internet through.
fn through<'a>(member: &Member<'a>) -> Vec<(&'a str, &'a NatGateway)> {
    let subnets = member.seen.ipv4.seen().map_or(&[][..], |s| &s.subnets);
    let mut found: BTreeMap<&str, &NatGateway> = BTreeMap::new();
    for subnet in subnets {
        found.extend(of_subnet(member.ground, subnet));
    }
    found.into_iter().collect()
}

fn of_subnet<'a>(ground: &'a Ground, subnet: &str) -> Option<(&'a str, &'a NatGateway)> {
    let table = table_of(ground.route_tables.seen()?, subnet)?;
    let mut routes = table.routes.iter().filter(|r| r.is_active);
    let out = routes.find(|r| r.destination == ALL_IPV4)?;
    let (id, nat) = ground.nat_gateways.seen()?.get_key_value(&out.target)?;
    Some((id, nat))
}

/// What of a service itself needs IPv4 after all.
fn of_member(member: &Member<'_>) -> Option<String> {
    let definition = member.seen.ipv4_task_definition.seen()?;
    let mut images = definition.images.iter();
    let (container, _) = images.find(|(_, image)| twin::is_ipv4_only(image))?;
    Some(format!(
        "container {container} of {} comes from a registry without IPv6 addresses, which only NAT64 reaches",
        member.name
    ))
}

/// Who else goes through it: subnets with other things in them, and NAT64.
fn of_network(ground: &Ground, id: &str, members: &[Member<'_>]) -> Vec<String> {
    let services = members.iter().filter_map(|m| m.seen.ipv4.seen());
    let known: BTreeSet<&String> = services.flat_map(|s| &s.subnets).collect();
    let subnets = ground.subnets.seen().into_iter().flatten();
    let others = subnets.filter(|(subnet, s)| {
        let to_it = of_subnet(ground, subnet).is_some_and(|(nat, _)| nat == id);
        to_it && !s.ipv6_only && !known.contains(subnet)
    });
    let mut stays: Vec<String> = others
        .map(|(subnet, _)| {
            format!("{subnet} goes through it too, and no service that was read is in it")
        })
        .collect();
    let tables = ground.route_tables.seen().into_iter().flatten();
    let nat64 = tables.filter(|t| {
        t.routes
            .iter()
            .any(|r| r.destination == NAT64 && r.target == id)
    });
    stays.extend(nat64.map(|t| {
        format!(
            "NAT64 of {} leads to it, for what has IPv4 addresses alone",
            t.id
        )
    }));
    stays
}
