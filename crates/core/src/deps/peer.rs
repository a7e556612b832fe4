//! Who is behind an address, and whether IPv6 leads there.
//!
//! What belongs here: an address, what the VPC has at it, and what follows. What must not: bytes.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use super::{Flows, aws, subnet_of};
use crate::{
    observation::{Endpoint, Ground},
    readiness::block::is_within,
};

/// A network interface of the VPC, as EC2 describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interface {
    /// Its id.
    pub id: String,
    /// `description`: who it is of, in the words of whoever made it.
    pub description: String,
    /// Its addresses of both families.
    pub addresses: Vec<IpAddr>,
}

impl Interface {
    fn ipv6(&self) -> Option<Ipv6Addr> {
        self.addresses.iter().find_map(|a| match a {
            IpAddr::V6(v6) => Some(*v6),
            IpAddr::V4(_) => None,
        })
    }
}

/// Who is asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// An address in one of AWS's ranges.
    Aws {
        /// AWS's word, as in `S3`.
        range: String,
        /// For people.
        name: String,
    },
    /// Something in the VPC.
    Resource {
        /// Its interface.
        interface: String,
        /// What the interface is of.
        name: String,
    },
    /// An address of the VPC that nothing known has.
    Vpc(Ipv4Addr),
    /// A private address outside of the VPC: a peered VPC, a transit gateway, a data centre.
    Private(Ipv4Addr),
    /// Somebody in the internet.
    Internet(Ipv4Addr),
}

/// Whether IPv6 leads to somebody. Each has what is to be known of it, without a full stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// There is one.
    There(String),
    /// There would be one after a change.
    Possible(String),
    /// NAT64 alone, as far as anybody can tell by an address.
    Nat64(String),
    /// It cannot be told.
    Unclear(String),
}

impl Way {
    /// In a word for programs.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::There(_) => "there",
            Self::Possible(_) => "possible",
            Self::Nat64(_) => "nat64",
            Self::Unclear(_) => "unclear",
        }
    }

    /// What is to be known of it.
    #[must_use]
    pub fn how(&self) -> &str {
        let (Self::There(how) | Self::Possible(how) | Self::Nat64(how) | Self::Unclear(how)) = self;
        how
    }
}

/// Private and shared addresses: RFC 1918, RFC 6598.
const PRIVATE: [&str; 4] = [
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
];

/// What somebody's security group sees of NAT64.
const AS_NAT: &str =
    "through NAT64 its security group sees the NAT gateway's address, not the task's group";

/// What is known of a VPC's addresses.
pub(super) struct Scene<'a> {
    ground: &'a Ground,
    region: &'a str,
    interfaces: BTreeMap<Ipv4Addr, &'a Interface>,
}

impl<'a> Scene<'a> {
    pub(super) fn new(read: &'a Flows) -> Self {
        let all = read.interfaces.seen().into_iter().flatten();
        let each = all.flat_map(|interface| {
            let addresses = interface.addresses.iter();
            addresses.filter_map(move |a| match a {
                IpAddr::V4(v4) => Some((*v4, interface)),
                IpAddr::V6(_) => None,
            })
        });
        Self {
            ground: &read.ground,
            region: &read.region,
            interfaces: each.collect(),
        }
    }

    /// Who is behind an address that AWS's ranges may have a word for.
    pub(super) fn who(&self, address: Ipv4Addr, range: Option<&str>) -> (What, Way) {
        if let Some(interface) = self.interfaces.get(&address) {
            return self.resource(address, interface);
        }
        if self.is_of_vpc(address) {
            let why = "nothing has this address any more, or its interface may not be read";
            return (What::Vpc(address), Way::Unclear(why.to_owned()));
        }
        let text = address.to_string();
        if PRIVATE.iter().any(|block| is_within(&text, block)) {
            let why = "a private network outside of the VPC: IPv6 leads there by a route of its own, NAT64 where the NAT gateway has one";
            return (What::Private(address), Way::Unclear(why.to_owned()));
        }
        if let Some(word) = range {
            let (name, way) = aws::known(word, self.region);
            let range = word.to_owned();
            return (What::Aws { range, name }, way);
        }
        let why = "an address says nothing of a name: unless its owner has an AAAA record, NAT64 leads there alone";
        (What::Internet(address), Way::Nat64(why.to_owned()))
    }

    fn is_of_vpc(&self, address: Ipv4Addr) -> bool {
        let text = address.to_string();
        let vpc = self.ground.vpc.seen();
        let blocks = vpc.into_iter().flat_map(|vpc| &vpc.ipv4_blocks);
        subnet_of(self.ground, address).is_some()
            || blocks.into_iter().any(|block| is_within(&text, block))
    }

    fn resource(&self, address: Ipv4Addr, interface: &Interface) -> (What, Way) {
        let endpoint = self.endpoint(interface);
        let name = match endpoint {
            Some(endpoint) => format!("endpoint of {}", endpoint.service),
            None => named(&interface.description),
        };
        let what = What::Resource {
            interface: interface.id.clone(),
            name,
        };
        let way = match (interface.ipv6(), endpoint) {
            (Some(ipv6), _) => Way::There(format!("it has {ipv6}")),
            (None, Some(endpoint)) => self.of_endpoint(endpoint),
            (None, None) => self.of_subnet(address),
        };
        (what, way)
    }

    fn endpoint(&self, interface: &Interface) -> Option<&'a Endpoint> {
        let mut all = self.ground.endpoints.seen()?.iter();
        all.find(|e| interface.description.ends_with(&e.id))
    }

    /// An endpoint that has no IPv6 address answers for the service's names all the same.
    fn of_endpoint(&self, endpoint: &Endpoint) -> Way {
        let offered = self.ground.endpoint_services.seen();
        let offered = offered.and_then(|all| all.get(&endpoint.service));
        match offered {
            Some(service) if service.ip_address_types.iter().any(|t| t == "ipv6") => {
                Way::Possible(format!(
                    "once it is dual-stack: aws ec2 modify-vpc-endpoint --vpc-endpoint-id {} --ip-address-type dualstack",
                    endpoint.id
                ))
            }
            Some(_) => Way::Nat64(format!(
                "AWS offers no endpoint of {} over IPv6",
                endpoint.service
            )),
            None => Way::Unclear(format!(
                "whether AWS offers an endpoint of {} over IPv6 is not known",
                endpoint.service
            )),
        }
    }

    fn of_subnet(&self, address: Ipv4Addr) -> Way {
        match subnet_of(self.ground, address) {
            Some((id, subnet)) if subnet.has_ipv6 => Way::Possible(format!(
                "once it is dual-stack: {id} has an IPv6 block; until then NAT64, and {AS_NAT}"
            )),
            Some((id, _)) => Way::Nat64(format!("{id} has no IPv6 block; {AS_NAT}")),
            None => Way::Unclear("its subnet is not known".to_owned()),
        }
    }
}

/// Who an interface is of, from the words that AWS's services give theirs.
fn named(description: &str) -> String {
    const KNOWN: [(&str, &str); 6] = [
        ("RDSNetworkInterface", "a database of RDS"),
        ("RDSProxy", "a proxy of RDS"),
        ("ElastiCache", "a cache of ElastiCache"),
        ("EFS mount target", "a file system of EFS"),
        ("ELB ", "load balancer"),
        ("Interface for NAT Gateway", "NAT gateway"),
    ];
    if description.contains(":attachment/") && description.starts_with("arn:") {
        return "a task of ECS".to_owned();
    }
    match KNOWN
        .iter()
        .find(|(begin, _)| description.starts_with(begin))
    {
        Some((begin, name)) => {
            let rest = description[begin.len()..].trim_matches([' ', ':', '-', '+']);
            format!("{name} {rest}").trim().to_owned()
        }
        None if description.is_empty() => "an interface without a description".to_owned(),
        None => description.to_owned(),
    }
}
