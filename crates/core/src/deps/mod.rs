//! What a service talks to, from its flow logs: which of it has a way over IPv6, and what its twin still reaches by NAT64 alone.
//!
//! What belongs here: rows of flow logs as a report. What must not: how rows are asked for (`sixshift-aws`), and checks of what
//! stands in a migration's way ([`crate::readiness`]).
//!
//! Flow logs have addresses, not names: whoever is behind an address is told as far as AWS and the VPC tell it, and no further.

mod aws;
pub mod log;
mod peer;

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    ops::AddAssign,
    sync::Arc,
};

use jiff::Timestamp;

use crate::{
    action::Side,
    observation::{Ground, Known, Subnet},
};
pub use log::{FlowLog, Format, Lack};
pub use peer::{Interface, Way, What};

/// What a side exchanged with a peer on a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    /// Whose it is.
    pub side: Side,
    /// Who is asked.
    pub peer: IpAddr,
    /// The peer's port.
    pub port: u16,
    /// As IANA numbers it: 6 is TCP.
    pub protocol: u8,
    /// AWS's word for the range that the peer's address is in, as in `S3`; where records have it.
    pub range: Option<String>,
    /// Bytes.
    pub sent: u64,
    /// Bytes.
    pub received: u64,
}

/// What was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Flows {
    /// From where.
    pub log: FlowLog,
    /// From when.
    pub since: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// How a side's records were found.
    pub found: FoundBy,
    /// What was found.
    pub flows: Vec<Flow>,
    /// The sides that are there.
    pub sides: Vec<Side>,
    /// Whether there were more rows than a query gives.
    pub is_cut: bool,
    /// What the queries cost.
    pub scanned: Scanned,
    /// Who of the VPC is behind the addresses of peers.
    pub interfaces: Known<Vec<Interface>>,
    /// The VPC.
    pub ground: Arc<Ground>,
    /// The region's name.
    pub region: String,
}

/// Why nothing was read, and of which VPC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untold {
    /// Why.
    pub lack: Lack,
    /// The VPC, where it is known.
    pub vpc: Option<String>,
}

/// How the records of a side are told from others'.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FoundBy {
    /// They name the ECS service.
    Names,
    /// By network interfaces of tasks that run now.
    Interfaces {
        /// So many were asked for.
        asked: usize,
        /// So many there are.
        of: usize,
    },
}

/// What queries of CloudWatch Logs Insights scanned, by which they are charged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scanned {
    /// Log events.
    pub records: u64,
    /// Bytes.
    pub bytes: u64,
    /// How many queries there were.
    pub queries: u32,
}

impl AddAssign for Scanned {
    fn add_assign(&mut self, other: Self) {
        self.records += other.records;
        self.bytes += other.bytes;
        self.queries += other.queries;
    }
}

/// Somebody who is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// Who it is.
    pub what: What,
    /// Its IPv4 addresses, in order. Where AWS names a service there may be many.
    pub addresses: Vec<Ipv4Addr>,
    /// Its port.
    pub port: u16,
    /// As IANA numbers it.
    pub protocol: u8,
    /// Whether IPv6 leads there.
    pub way: Way,
    /// Bytes.
    pub sent: u64,
    /// Bytes.
    pub received: u64,
}

impl Destination {
    /// Both ways.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.sent.saturating_add(self.received)
    }
}

/// What a service talks to. Destinations are in the order of their bytes, most first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Over IPv4, by whatever has such an address.
    pub over_ipv4: Vec<Destination>,
    /// By NAT64, decoded.
    pub by_nat64: Vec<Destination>,
    /// Bytes that the old service exchanged over IPv6 itself.
    pub ipv4_side_over_ipv6: u64,
    /// Bytes that the twin exchanged over IPv6 itself.
    pub twin_over_ipv6: u64,
    /// What is not told, and why; a sentence each without a full stop.
    pub untold: Vec<String>,
}

/// What was read, as a report.
#[must_use]
pub fn report(read: &Flows) -> Report {
    // A word that records have for an address over IPv4 goes for it by NAT64 too, of which AWS's ranges have none.
    let known = read.flows.iter().filter_map(|flow| match flow.peer {
        IpAddr::V4(address) => Some((address, flow.range.clone()?)),
        IpAddr::V6(_) => None,
    });
    let mut all = Gathered {
        scene: peer::Scene::new(read),
        ranges: known.collect(),
        over_ipv4: BTreeMap::new(),
        by_nat64: BTreeMap::new(),
    };
    let (mut ipv4_side_over_ipv6, mut twin_over_ipv6) = (0_u64, 0_u64);
    for flow in &read.flows {
        let bytes = flow.sent.saturating_add(flow.received);
        match (flow.peer, flow.side) {
            (IpAddr::V4(address), _) => all.add(false, address, flow),
            (IpAddr::V6(address), side) => match (behind_nat64(address), side) {
                (Some(address), _) => all.add(true, address, flow),
                (None, Side::Ipv4) => ipv4_side_over_ipv6 += bytes,
                (None, Side::Ipv6) => twin_over_ipv6 += bytes,
            },
        }
    }
    Report {
        over_ipv4: by_bytes(all.over_ipv4),
        by_nat64: by_bytes(all.by_nat64),
        ipv4_side_over_ipv6,
        twin_over_ipv6,
        untold: untold(read),
    }
}

/// Who it is, on which port and protocol.
type Key = (What, u16, u8);

struct Gathered<'a> {
    scene: peer::Scene<'a>,
    ranges: BTreeMap<Ipv4Addr, String>,
    over_ipv4: BTreeMap<Key, Destination>,
    by_nat64: BTreeMap<Key, Destination>,
}

impl Gathered<'_> {
    fn add(&mut self, is_translated: bool, address: Ipv4Addr, flow: &Flow) {
        let range = flow.range.as_ref().or_else(|| self.ranges.get(&address));
        let (what, way) = self.scene.who(address, range.map(String::as_str));
        let key = (what.clone(), flow.port, flow.protocol);
        let all = match is_translated {
            true => &mut self.by_nat64,
            false => &mut self.over_ipv4,
        };
        let one = all.entry(key).or_insert_with(|| Destination {
            what,
            addresses: Vec::new(),
            port: flow.port,
            protocol: flow.protocol,
            way,
            sent: 0,
            received: 0,
        });
        if let Err(place) = one.addresses.binary_search(&address) {
            one.addresses.insert(place, address);
        }
        one.sent = one.sent.saturating_add(flow.sent);
        one.received = one.received.saturating_add(flow.received);
    }
}

fn by_bytes(all: BTreeMap<Key, Destination>) -> Vec<Destination> {
    let mut all: Vec<Destination> = all.into_values().collect();
    all.sort_by_key(|d| std::cmp::Reverse(d.bytes()));
    all
}

/// The IPv4 address that NAT64 makes of one in `64:ff9b::/96` (RFC 6052).
#[must_use]
pub fn behind_nat64(address: Ipv6Addr) -> Option<Ipv4Addr> {
    match address.octets() {
        [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, a, b, c, d] => {
            Some(Ipv4Addr::new(a, b, c, d))
        }
        _ => None,
    }
}

fn untold(read: &Flows) -> Vec<String> {
    let mut all = Vec::new();
    let log = &read.log;
    if read.flows.is_empty() {
        all.push(format!(
            "flow log {} has no record of it in this time: records come up to {} minutes late, and a new flow log begins empty",
            log.id,
            u64::from(log.interval) / 60 + 5
        ));
    }
    if !log.format.names_aws() {
        all.push(format!(
            "which addresses are AWS's services: the records of {} have no pkt-dst-aws-service, so those stand as the internet's",
            log.id
        ));
    }
    if let FoundBy::Interfaces { asked, of } = read.found {
        all.push(format!(
            "what tasks that have stopped talked to: no record names the ECS service, so they were found by the interfaces of \
             {asked} of {of} tasks that run now"
        ));
    }
    if !log.resource.starts_with("vpc-") {
        all.push(format!(
            "what tasks outside {} talked to: the flow log is of nothing else",
            log.resource
        ));
    }
    if log.traffic == "ACCEPT" {
        all.push("what was rejected: the flow log has what passed alone".to_owned());
    }
    if read.is_cut {
        all.push("the rest: a query gives the 10,000 rows with the most bytes".to_owned());
    }
    if let Some(why) = read.interfaces.unknown() {
        all.push(format!(
            "what of the VPC is behind private addresses: {why}"
        ));
    }
    all.push(
        "names, what goes to Amazon's resolver, and what goes to the addresses of tasks themselves (169.254.0.0/16): flow logs have none of it"
            .to_owned(),
    );
    all
}

/// A VPC's subnet that an address is in.
fn subnet_of(ground: &Ground, address: Ipv4Addr) -> Option<(&str, &Subnet)> {
    let text = address.to_string();
    let mut all = ground.subnets.seen()?.iter();
    let found = all.find(|(_, subnet)| {
        let block = subnet.ipv4_block.as_deref();
        block.is_some_and(|block| crate::readiness::block::is_within(&text, block))
    });
    found.map(|(id, subnet)| (id.as_str(), subnet))
}
