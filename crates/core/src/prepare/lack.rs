//! What a VPC lacks for a service's twin.

use std::collections::{BTreeMap, BTreeSet};

use super::{Network, Zone, part::free, rules};
use crate::{
    observation::{Ground, Observation, Quota, Service, Subnet},
    plan::ServiceRef,
    readiness::quotas::room_for,
    twin,
};

/// Why there is nothing to make, or not enough is known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Whole {
    /// There is a subnet in each zone.
    #[error(
        "each zone of {0} has an IPv6-only subnet: sixshift init writes the plan, and sixshift preflight names what their routes and rules lack"
    )]
    Nothing(String),
    /// A part could not be read.
    #[error("{0} cannot be read: {1}; allow it, as deploy/iam/policy.json does, and begin again")]
    Unread(&'static str, String),
    /// The VPC's block has no room.
    #[error("the IPv6 block {0} has no free /64 for {1} subnets: associate another with the VPC")]
    Full(String, usize),
}

/// What lacks in the VPC of a service, by what was read of both; `nat64` where names with IPv4 addresses alone are to be reached.
///
/// # Errors
/// Nothing lacks, or too little is known.
pub fn lacking(
    service: &ServiceRef,
    seen: &Observation,
    ground: &Ground,
    nat64: bool,
) -> Result<Network, Whole> {
    let unread = |what, why: Option<&crate::observation::Why>| {
        let why = why.map_or_else(|| "it is not there".to_owned(), ToString::to_string);
        Whole::Unread(what, why)
    };
    let live = seen
        .ipv4
        .seen()
        .ok_or_else(|| unread("the service", seen.ipv4.unknown()))?;
    let vpc = ground
        .vpc
        .seen()
        .ok_or_else(|| unread("the VPC", ground.vpc.unknown()))?;
    let subnets = ground.subnets.seen();
    let subnets = subnets.ok_or_else(|| unread("the VPC's subnets", ground.subnets.unknown()))?;
    let bare = bare_zones(live, subnets);
    let whom = format!(
        "{} of cluster {} in {}",
        service.name, service.cluster, service.region
    );
    if bare.is_empty() {
        return Err(Whole::Nothing(whom));
    }
    let mut notes = Vec::new();
    let block = vpc.ipv6_block().map(str::to_owned);
    let used: Vec<String> = subnets
        .values()
        .flat_map(|s| s.ipv6_blocks.clone())
        .collect();
    let numbers = match &block {
        Some(block) => free(block, &used, bare.len()),
        None => (0..).take(bare.len()).collect(),
    };
    if numbers.len() < bare.len() {
        return Err(Whole::Full(block.unwrap_or_default(), bare.len()));
    }
    let wants_nat64 = nat64 || needs_nat64(seen);
    let nats = nats(ground);
    let zones: Vec<Zone> = bare
        .iter()
        .zip(numbers)
        .map(|(zone, number)| Zone {
            name: (*zone).to_owned(),
            number,
            nat: nat(&nats, zone),
        })
        .collect();
    let has_nat = zones.iter().all(|z| z.nat.is_some());
    if wants_nat64 && !has_nat {
        notes.push("NAT64, for the VPC has no public NAT gateway that is available: make one, and write this again".to_owned());
    }
    let (rules, mut untold) = match ground.groups.seen() {
        Some(groups) => rules::lacking(&live.security_groups, groups, &vpc.ipv4_blocks),
        None => (
            Vec::new(),
            vec!["rules of security groups, which could not be read".to_owned()],
        ),
    };
    notes.append(&mut untold);
    notes.extend(balancers(seen));
    notes.extend(room(seen, subnets.len(), bare.len()));
    let gateways = ground.egress_gateways.seen().into_iter().flatten();
    let mut attached = gateways.filter(|(_, state)| *state == "attached");
    // VPC Lattice is told a port by its name.
    let ports = live.load_balancers.iter().map(|lb| lb.port);
    let ports: BTreeSet<u16> = ports.filter(|port| *port > 0).collect();
    Ok(Network {
        whom,
        region: service.region.clone(),
        vpc: vpc.id.clone(),
        block,
        egress: attached.next().map(|(id, _)| id.clone()),
        zones,
        nat64: wants_nat64 && has_nat,
        ports: ports.into_iter().collect(),
        rules,
        notes,
    })
}

/// The zones in which a service runs and its VPC has no IPv6-only subnet.
pub(crate) fn bare_zones<'a>(
    service: &Service,
    subnets: &'a BTreeMap<String, Subnet>,
) -> Vec<&'a str> {
    let own = service.subnets.iter().filter_map(|id| subnets.get(id));
    let zones: BTreeSet<&str> = own.map(|s| s.zone.as_str()).collect();
    let is_bare = |zone: &&str| {
        let is_fit = |s: &Subnet| s.zone == *zone && s.is_for_ipv6();
        !subnets.values().any(is_fit)
    };
    zones.into_iter().filter(is_bare).collect()
}

/// What of the subnets is too many for the VPC, where its quota is known.
fn room(seen: &Observation, there: usize, more: usize) -> Option<String> {
    let allowance = seen.neighbours.allowances.get(&Quota::SubnetsPerVpc)?;
    let lack = room_for(there, more, allowance.seen()?)?;
    Some(format!("room for its subnets: {lack}"))
}

/// Whether something is known to be called that has no IPv6 address.
fn needs_nat64(seen: &Observation) -> bool {
    let definition = seen.ipv4_task_definition.seen();
    let mut images = definition.into_iter().flat_map(|d| &d.images);
    images.any(|(_, image)| twin::is_ipv4_only(image))
}

/// The public NAT gateways that translate, each with its zone where it has one.
fn nats(ground: &Ground) -> Vec<(&str, Option<&str>)> {
    let all = ground.nat_gateways.seen().into_iter().flatten();
    let fit = all.filter(|(_, nat)| nat.state == "available" && nat.connectivity == "public");
    fit.map(|(id, nat)| {
        let subnets = ground.subnets.seen();
        let subnet = nat.subnet.as_ref().and_then(|id| subnets?.get(id));
        (id.as_str(), subnet.map(|s| s.zone.as_str()))
    })
    .collect()
}

/// The one of the same zone, or any: traffic between zones costs, but arrives.
fn nat(nats: &[(&str, Option<&str>)], zone: &str) -> Option<String> {
    let same = nats.iter().find(|(_, of)| *of == Some(zone));
    same.or(nats.first()).map(|(id, _)| (*id).to_owned())
}

/// A load balancer takes IPv6 targets only once it is dual-stack.
fn balancers(seen: &Observation) -> impl Iterator<Item = String> {
    let all = seen.load_balancers.seen().into_iter().flatten();
    let ipv4 = all.filter(|b| b.ip_address_type == "ipv4");
    ipv4.map(|b| {
        format!(
            "load balancer {} made dual-stack, for which its own subnets need IPv6 blocks and a route of ::/0 to the internet gateway",
            b.name()
        )
    })
}
