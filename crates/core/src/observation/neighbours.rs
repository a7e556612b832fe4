//! What a service leans on beside its network: file systems, databases and caches, what guards its load balancers, its roles, and
//! what the account's quotas leave.
//!
//! What belongs here: what AWS's services say of these, in their own words, and which of them is asked of which host. What must
//! not: whether it goes well on IPv6 alone ([`crate::readiness`]).

use std::sync::Arc;

use super::{Allowance, Few, Known, Quota, Why};

/// What was asked beside the network. What is not there under its name was not asked. Each part is known by itself: a permission
/// that is lacking hides one of them, not all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Neighbours {
    /// The mount targets of each file system of EFS that the task definition mounts, by its id. `Absent` where there is none.
    pub file_systems: Few<String, Known<Vec<MountTarget>>>,
    /// What each list tells that a host in a variable may be on.
    pub stores: Few<Listing, Known<Arc<Vec<Store>>>>,
    /// The web ACL of each load balancer, by its ARN. `Absent` where there is none.
    pub web_acls: Few<String, Known<Arc<WebAcl>>>,
    /// What the policies of each role make of addresses, by the role's ARN. `Absent` where there is no such role.
    pub roles: Few<String, Known<Arc<Vec<AddressCondition>>>>,
    /// The policy of each bucket of S3 that the task definition names, by the bucket's name. `Absent` where there is no such bucket.
    pub buckets: Few<String, Known<Arc<BucketPolicy>>>,
    /// What the account may have of what a twin counts against, and how much of it is in use.
    pub allowances: Few<Quota, Known<Allowance>>,
}

impl Neighbours {
    /// What of it is not known, in people's words, each with why.
    pub fn unread(&self) -> impl Iterator<Item = (&'static str, &Why)> {
        let mounts = self.file_systems.values().filter_map(Known::unknown);
        let stores = self.stores.iter();
        let stores = stores.filter_map(|(list, known)| Some((list.what(), known.unknown()?)));
        let acls = self.web_acls.values().filter_map(Known::unknown);
        let roles = self.roles.values().filter_map(Known::unknown);
        let buckets = self.buckets.values().filter_map(Known::unknown);
        let quotas = self.allowances.values().filter_map(Known::unknown);
        mounts
            .map(|why| ("mount targets", why))
            .chain(stores)
            .chain(acls.map(|why| ("web ACLs", why)))
            .chain(roles.map(|why| ("policies of the task's roles", why)))
            .chain(buckets.map(|why| ("bucket policies", why)))
            .chain(quotas.map(|why| ("quotas", why)))
    }
}

/// Where a file system is mounted from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MountTarget {
    /// Its id.
    pub id: String,
    /// `AvailabilityZoneName`: a file system has one a zone at most.
    pub zone: String,
    /// `LifeCycleState`: creating, available, updating, deleting, deleted, error.
    pub state: String,
    /// `Ipv6Address`, where it has one.
    pub ipv6: Option<String>,
}

/// A list of RDS's or ElastiCache's that a host may be on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Listing {
    /// `DescribeDBInstances`.
    Instances,
    /// `DescribeDBClusters`: Aurora's, and multi-AZ ones.
    Clusters,
    /// `DescribeDBProxies`.
    Proxies,
    /// `DescribeReplicationGroups`.
    ReplicationGroups,
    /// `DescribeCacheClusters`: those that are in no replication group.
    CacheClusters,
    /// `DescribeServerlessCaches`.
    ServerlessCaches,
}

impl Listing {
    /// What is on it, in people's words.
    #[must_use]
    pub fn what(self) -> &'static str {
        match self {
            Self::Instances => "databases",
            Self::Clusters => "database clusters",
            Self::Proxies => "database proxies",
            Self::ReplicationGroups | Self::CacheClusters => "caches",
            Self::ServerlessCaches => "serverless caches",
        }
    }

    /// The lists that a host may be on, by how AWS makes such names; none where it is no name of RDS or ElastiCache.
    #[must_use]
    pub fn of(host: &str) -> &'static [Self] {
        let host = host.to_ascii_lowercase();
        let Some(labels) = labels(&host) else {
            return &[];
        };
        let begins = |prefix| labels.iter().any(|label: &&str| label.starts_with(prefix));
        if labels.contains(&"cache") {
            return match labels.contains(&"serverless") {
                true => &[Self::ServerlessCaches],
                false => &[Self::ReplicationGroups, Self::CacheClusters],
            };
        }
        if !labels.contains(&"rds") || labels.len() < 4 {
            return &[];
        }
        // A further endpoint of a proxy is on a list of its own, which is not asked.
        match labels.get(1) {
            Some(&"endpoint") if begins("proxy-") => &[],
            Some(domain) if domain.starts_with("proxy-") => &[Self::Proxies],
            Some(domain) if domain.starts_with("cluster-") => &[Self::Clusters],
            _ => &[Self::Instances],
        }
    }
}

/// The labels of a name of AWS's before `amazonaws.com`.
pub(crate) fn labels(host: &str) -> Option<Vec<&str>> {
    let host = host.trim_end_matches('.');
    let name = host
        .strip_suffix(".amazonaws.com")
        .or_else(|| host.strip_suffix(".amazonaws.com.cn"))?;
    Some(name.split('.').collect())
}

/// The host names in a text.
pub(crate) fn hosts(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '-'));
    parts.filter(|part| part.contains('.'))
}

/// A database, a proxy or a cache.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Store {
    /// As its service names it.
    pub name: String,
    /// The hosts that it is found at, in small letters.
    pub hosts: Vec<String>,
    /// `NetworkType`, of a proxy `EndpointNetworkType`: `IPV4`, `IPV6`, `DUAL`; of a cache `ipv4`, `ipv6`, `dual_stack`. One from
    /// before there were others says nothing.
    pub network: String,
    /// The port that it listens on, where its list tells.
    pub port: Option<u16>,
    /// Its security groups, by id, where its list tells.
    pub groups: Vec<String>,
    /// `IpDiscovery` of a cache whose clients are told its nodes' addresses: ipv4 or ipv6. With TLS they are told names.
    pub discovery: Option<String>,
}

impl Store {
    /// Whether it has IPv6 addresses.
    #[must_use]
    pub fn has_ipv6(&self) -> bool {
        let network = self.network.to_ascii_lowercase();
        ["ipv6", "dual", "dual_stack"].contains(&network.as_str())
    }
}

/// A web ACL, as far as it is about clients' addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebAcl {
    /// Its name.
    pub name: String,
    /// `DefaultAction`: whether it blocks whatever no rule matches.
    pub blocks: bool,
    /// Its own rules that ask for sets of addresses.
    pub rules: Vec<AddressRule>,
    /// Rule groups of the customer's that it refers to, by name: what is in them is not read.
    pub groups: Vec<String>,
}

/// A rule that asks for sets of addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressRule {
    /// Its name.
    pub name: String,
    /// `Allow`, `Block`, `Count`, `Captcha`, `Challenge`.
    pub action: String,
    /// The sets.
    pub sets: Vec<AddressSet>,
}

/// A set of addresses in a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressSet {
    /// Its name.
    pub name: String,
    /// Whether the rule is for those that are not in it.
    pub negated: bool,
    /// `IPAddressVersion`: `IPV4` or `IPV6`.
    pub family: String,
    /// How many blocks are in it.
    pub size: usize,
}

/// The policy of a bucket, as far as it is about addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BucketPolicy {
    /// Its conditions on addresses; none where there is no policy.
    pub conditions: Vec<AddressCondition>,
    /// Whether it is another account's, which alone may read the policy.
    pub is_others: bool,
}

/// A condition on the address that a call of AWS's API comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressCondition {
    /// The policy that it stands in, by name.
    pub policy: String,
    /// `Allow` or `Deny`.
    pub effect: String,
    /// `IpAddress` or `NotIpAddress`, without what AWS lets stand before and behind it.
    pub operator: String,
    /// `aws:SourceIp` or `aws:VpcSourceIp`.
    pub key: String,
    /// The blocks.
    pub blocks: Vec<String>,
    /// Whom its statement names, as in `*`, an account's id or a role's ARN; nobody in a policy that is somebody's own.
    pub whom: Vec<String>,
    /// Whether the statement is for every action of the service, and asks for nothing beside it.
    pub whole: bool,
}

impl AddressCondition {
    /// Whether its statement is for calls of a role.
    #[must_use]
    pub fn is_for(&self, role: &str) -> bool {
        let account = role.split(':').nth(4).unwrap_or_default();
        let is = |whom: &String| {
            whom == "*"
                || whom == role
                || whom == account
                || whom.split(':').nth(4) == Some(account) && whom.ends_with(":root")
        };
        self.whom.is_empty() || self.whom.iter().any(is)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_says_by_its_name_which_list_it_is_on() {
        use Listing::*;
        for (host, lists) in [
            ("shop.abc.eu-central-1.rds.amazonaws.com", &[Instances][..]),
            (
                "shop.cluster-abc.eu-central-1.rds.amazonaws.com",
                &[Clusters],
            ),
            (
                "shop.cluster-ro-abc.eu-central-1.rds.amazonaws.com",
                &[Clusters],
            ),
            ("Shop.proxy-abc.eu-central-1.rds.amazonaws.com.", &[Proxies]),
            ("r.endpoint.proxy-abc.eu-central-1.rds.amazonaws.com", &[]),
            ("shop.rds.cn-north-1.amazonaws.com.cn", &[]),
            ("rds.eu-central-1.amazonaws.com", &[]),
            (
                "master.shop.abc.euc1.cache.amazonaws.com",
                &[ReplicationGroups, CacheClusters],
            ),
            (
                "shop-abc.serverless.euc1.cache.amazonaws.com",
                &[ServerlessCaches],
            ),
            ("shop.abc.eu-central-1.redshift.amazonaws.com", &[]),
            ("rds.example.com", &[]),
        ] {
            assert_eq!(Listing::of(host), lists, "{host}");
        }
    }
}
