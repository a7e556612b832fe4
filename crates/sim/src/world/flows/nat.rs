//! What NAT gateways tell CloudWatch of a minute: the bytes that tasks sent through them, and that came back.
//!
//! What belongs here: which gateway an exchange goes through, and the metrics. What must not: who exchanges what.
//!
//! Source: VPC user guide, "NAT gateway metrics and dimensions" (zeros are told too, a minute a point).

use std::collections::BTreeMap;
use std::net::IpAddr;

use jiff::Timestamp;

use super::exchange::{Begun, Exchange};
use crate::world::World;
use crate::world::network::Network;
use crate::world::network::cidr::{Block4, Block6};

const GATEWAYS: &str = "AWS/NATGateway";

/// Counts the exchanges of the minute that began at a moment.
pub(super) fn count(world: &mut World, exchanges: &[Exchange], at: Timestamp) {
    let network = &world.network;
    let there = network
        .nat_gateways
        .iter()
        .filter(|g| g.deleted_at.is_none());
    let mut carried: BTreeMap<String, (u64, u64)> = there.map(|g| (g.id.clone(), (0, 0))).collect();
    for exchange in exchanges.iter().filter(|e| e.begun == Begun::ByTask) {
        let task = world.ecs.tasks.get(&exchange.task);
        let by = task.and_then(|task| gateway(network, &task.place.subnet, exchange.peer));
        if let Some((sent, received)) = by.and_then(|id| carried.get_mut(id)) {
            *sent += exchange.sent;
            *received += exchange.received;
        }
    }
    for (id, (sent, received)) in carried {
        for (name, bytes) in [
            ("BytesInFromSource", sent),
            ("BytesOutToDestination", sent),
            ("BytesInFromDestination", received),
            ("BytesOutToSource", received),
        ] {
            let of = [("NatGatewayId", id.as_str())];
            world.metrics.add(GATEWAYS, name, &of, at, bytes as f64);
        }
    }
}

/// The NAT gateway that an address is reached through from a subnet: by the narrowest of the routes that have it.
fn gateway<'a>(network: &'a Network, subnet: &str, peer: IpAddr) -> Option<&'a str> {
    let table = network.table_of(subnet)?;
    let within = |block: &str| match peer {
        IpAddr::V4(peer) => Block4::parse(block)
            .filter(|b| b.includes(peer))
            .map(|b| b.prefix),
        IpAddr::V6(peer) => Block6::parse(block)
            .filter(|b| b.includes(peer))
            .map(|b| b.prefix),
    };
    let vpc = network.vpcs.iter().find(|vpc| vpc.id == table.vpc)?;
    let mut own = [Some(&vpc.ipv4_cidr), vpc.ipv6_cidr.as_ref()]
        .into_iter()
        .flatten();
    if own.any(|block| within(block).is_some()) {
        return None;
    }
    let routes = table.routes.iter();
    let routes = routes.filter_map(|r| Some((within(&r.destination)?, r.target.as_str())));
    let (_, target) = routes.max_by_key(|(prefix, _)| *prefix)?;
    target.starts_with("nat-").then_some(target)
}
