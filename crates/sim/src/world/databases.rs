//! Databases that a container's variables name, as a task in a subnet of IPv6 alone reaches them.
//!
//! What belongs here: whether it does. What must not: the databases' own documents ([`crate::services`]), and what customers see.
//!
//! Sources: RDS user guide, "Working with a DB instance in a VPC"; aws/containers-roadmap#2456: whoever comes through NAT64 comes from
//! the NAT gateway's address, and has no security group.

use super::World;
use super::network::{Peer, acls::holds};
use super::reach::{From, peers};
use crate::Value;

/// Whether one of them is out of reach.
pub(crate) fn out_of_reach(world: &World, from: From<'_>, containers: &[Value]) -> bool {
    let variables = containers.iter().flat_map(|c| c.get("environment").items());
    let mut values = variables.filter_map(|v| v.get("value").as_str());
    values.any(|value| {
        let named = databases(world).find(|d| value.contains(d.host));
        named.is_some_and(|database| !is_reached(from, &database))
    })
}

struct Database<'w> {
    host: &'w str,
    port: i64,
    ipv6: bool,
    groups: Vec<String>,
}

fn databases(world: &World) -> impl Iterator<Item = Database<'_>> {
    let instances = world.shelf.all("DBInstance").iter();
    let instances = instances.map(|d| (d, d.get("Endpoint").get("Address"), d.get("Endpoint")));
    let clusters = world.shelf.all("DBCluster").iter();
    let clusters = clusters.map(|d| (d, d.get("Endpoint"), d));
    instances.chain(clusters).map(|(document, host, listens)| {
        let groups = document.get("VpcSecurityGroups").items().iter();
        Database {
            host: host.as_str().unwrap_or_default(),
            port: listens.get("Port").as_i64().unwrap_or_default(),
            ipv6: document.get("NetworkType").as_str() == Some("DUAL"),
            groups: groups
                .filter_map(|g| g.get("VpcSecurityGroupId").as_str())
                .map(str::to_owned)
                .collect(),
        }
    })
}

fn is_reached(from: From<'_>, database: &Database<'_>) -> bool {
    let mut rules = peers(from.network, &database.groups, false, database.port);
    if database.ipv6 {
        let own = from.subnet.ipv6_cidr.as_deref().unwrap_or_default();
        return rules.any(|peer| match peer {
            Peer::V6(block) => holds(block, own),
            Peer::Group(id) => from.groups.contains(id),
            Peer::V4(_) | Peer::PrefixList(_) => false,
        });
    }
    let gateway = from.nat64().map(|g| format!("{}/32", g.private_ip));
    gateway.is_some_and(|gateway| {
        rules.any(|peer| matches!(peer, Peer::V4(block) if holds(block, &gateway)))
    })
}
