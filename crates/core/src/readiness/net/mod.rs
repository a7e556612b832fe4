//! The network that the twin's tasks will stand in, a file a topic.
//!
//! What belongs here: what a packet of a task meets, as EC2 describes it. What must not: what the application sends.

pub(super) mod acls;
pub(super) mod endpoints;
pub(super) mod groups;
pub(super) mod vpc;
pub(super) mod ways;

use super::{
    check::{Scene, Spared, known},
    subnets,
};
use crate::observation::{Ground, LoadBalancer, RouteTable, Subnet};

/// The route table that a subnet goes by: its own, or the VPC's main one.
pub(crate) fn table_of<'a>(tables: &'a [RouteTable], subnet: &str) -> Option<&'a RouteTable> {
    let own = tables
        .iter()
        .find(|t| t.subnets.iter().any(|s| s == subnet));
    own.or_else(|| tables.iter().find(|t| t.is_main))
}

/// The route tables that some subnets go by, each once, with the first subnet that does.
fn tables_of<'a>(
    ground: &'a Ground,
    subnets: &[(&'a str, &Subnet)],
) -> Result<Vec<(&'a str, &'a RouteTable)>, Spared> {
    let tables = known(&ground.route_tables)?;
    let mut all: Vec<(&str, &RouteTable)> = Vec::new();
    for (id, _) in subnets {
        if let Some(table) = table_of(tables, id)
            && !all.iter().any(|(_, t)| t.id == table.id)
        {
            all.push((id, table));
        }
    }
    Ok(all)
}

/// A load balancer of the service, and the IPv6 blocks that its packets come from.
struct Front<'a> {
    balancer: &'a LoadBalancer,
    blocks: Vec<&'a str>,
}

/// The load balancers in front that are dual-stack already, with the IPv6 blocks of their subnets.
fn fronts<'a>(s: &Scene<'a>, ground: &'a Ground) -> Result<Vec<Front<'a>>, Spared> {
    let subnets = known(&ground.subnets)?;
    let balancers = known(&s.seen.load_balancers)?.iter();
    let dual = balancers.filter(|b| b.ip_address_type.starts_with("dualstack"));
    let front = |balancer: &'a LoadBalancer| {
        let own = balancer.subnets.iter().filter_map(|id| subnets.get(id));
        let blocks = own
            .flat_map(|s| &s.ipv6_blocks)
            .map(String::as_str)
            .collect();
        Front { balancer, blocks }
    };
    Ok(dual.map(front).collect())
}

/// The ports on which a load balancer reaches the tasks.
fn ports(s: &Scene<'_>) -> Result<Vec<u16>, Spared> {
    let mut ports: Vec<u16> = s.service()?.load_balancers.iter().map(|b| b.port).collect();
    // VPC Lattice is told a port by its name.
    ports.retain(|port| *port > 0);
    ports.sort_unstable();
    ports.dedup();
    Ok(ports)
}

/// The plan's subnets that are there and IPv6-only: of others that is said already.
pub(super) fn ipv6_subnets<'a>(s: &Scene<'a>) -> Result<Vec<(&'a str, &'a Subnet)>, Spared> {
    let mut subnets = subnets::of_plan(s)?;
    subnets.retain(|(_, subnet)| subnet.is_for_ipv6());
    if subnets.is_empty() {
        return Err(Spared::NotHere);
    }
    Ok(subnets)
}
