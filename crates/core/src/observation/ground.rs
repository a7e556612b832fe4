//! What a migration stands on: subnets, and what Elastic Load Balancing allows.
//!
//! What belongs here: what is asked rarely, and only readiness reads. What must not: whether it is enough.

use std::collections::BTreeMap;

use super::Why;

/// What EC2 tells of subnets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subnets {
    /// By id; `None` where there is no such subnet.
    Told(BTreeMap<String, Option<Subnet>>),
    /// It does not tell: a permission is missing, or there is no way to it. More tries will not change that.
    Untold(Why),
}

/// A subnet, as EC2 describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subnet {
    /// Its VPC.
    pub vpc: String,
    /// Its availability zone, by name.
    pub zone: String,
    /// `ipv6Native`: whether it has IPv6 addresses only.
    pub ipv6_only: bool,
    /// Whether an IPv6 block is associated with it.
    pub has_ipv6: bool,
}

/// What Elastic Load Balancing allows the account, and what of it is used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quotas {
    /// By AWS's name, as in `target-groups-per-application-load-balancer`.
    pub limits: BTreeMap<String, u64>,
    /// Target groups of each load balancer, by its ARN: other services' too.
    pub groups: BTreeMap<String, u64>,
}
