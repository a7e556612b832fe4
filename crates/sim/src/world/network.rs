//! EC2's state: VPCs, subnets, security groups, and the addresses given out of subnets.
//!
//! What must not be here: the API's shapes and error codes.

use std::net::{Ipv4Addr, Ipv6Addr};

/// The region's networks.
#[derive(Debug, Default)]
pub struct Network {}

/// A subnet.
#[derive(Clone, Debug, PartialEq)]
pub struct Subnet {
    /// `subnet-…`
    pub id: String,
    /// The VPC's id.
    pub vpc: String,
    /// The availability zone's name.
    pub az: String,
    /// The availability zone's id.
    pub az_id: String,
    /// The IPv4 block, where there is one.
    pub ipv4_cidr: Option<String>,
    /// The IPv6 block, where there is one.
    pub ipv6_cidr: Option<String>,
    /// Whether the subnet is IPv6-only.
    pub ipv6_native: bool,
}

impl Network {
    /// A subnet by its id.
    pub fn subnet(&self, _id: &str) -> Option<&Subnet> {
        None
    }

    /// The next free addresses of a subnet.
    pub fn allocate(&mut self, _subnet_id: &str) -> (Option<Ipv4Addr>, Option<Ipv6Addr>) {
        (None, None)
    }
}
