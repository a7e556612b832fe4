//! What a migration stands on: subnets, and what Elastic Load Balancing allows.
//!
//! What belongs here: what is asked rarely, and only readiness reads. What must not: whether it is enough; the rest of a VPC
//! ([`super::network`]).

use std::collections::BTreeMap;

use super::{Shared, Why};

/// What EC2 tells of subnets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subnets {
    /// By id, one in memory for all plans that name it; `None` where there is no such subnet.
    Told(BTreeMap<String, Option<Shared<Subnet>>>),
    /// It does not tell: a permission is missing, or there is no way to it. More tries will not change that.
    Untold(Why),
}

/// A subnet, as EC2 describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subnet {
    /// Its VPC.
    pub vpc: String,
    /// Its availability zone, by name.
    pub zone: String,
    /// `ipv6Native`: whether it has IPv6 addresses only.
    pub ipv6_only: bool,
    /// Whether an IPv6 block is associated with it.
    pub has_ipv6: bool,
    /// Its IPv4 block, where it has one.
    pub ipv4_block: Option<String>,
    /// The IPv6 blocks that are associated with it.
    pub ipv6_blocks: Vec<String>,
    /// `assignIpv6AddressOnCreation`: whether what starts in it gets an IPv6 address.
    pub assigns_ipv6: bool,
    /// `enableDns64`: whether names without an IPv6 address are answered with one of NAT64's.
    pub dns64: bool,
    /// `privateDnsNameOptionsOnLaunch.hostnameType`.
    pub hostnames: Option<String>,
    /// `blockPublicAccessStates.internetGatewayBlockMode`: off, block-bidirectional or block-ingress.
    pub blocked: Option<String>,
    /// The account that owns it.
    pub owner: String,
}

impl Subnet {
    /// Whether tasks in it have an IPv6 address and no other.
    #[must_use]
    pub fn is_for_ipv6(&self) -> bool {
        self.ipv6_only && self.has_ipv6
    }
}

/// What Elastic Load Balancing allows the account, and what of it is used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quotas {
    /// By AWS's name, as in `target-groups-per-application-load-balancer`.
    pub limits: Shared<BTreeMap<String, u64>>,
    /// Target groups of each load balancer, by its ARN: other services' too.
    pub groups: Shared<BTreeMap<String, u64>>,
    /// Target groups of the account in the region: other services' too.
    pub all_groups: u64,
}
