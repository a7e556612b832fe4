//! EC2's state: VPCs, subnets, security groups, and the addresses given out of subnets.
//!
//! What must not be here: the API's shapes and error codes, and whether a packet would pass.

pub mod acls;
pub(crate) mod cidr;
pub mod endpoints;
pub mod gateways;
pub mod routes;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::rng;
use super::shelf::Shelf;
use crate::dice;
use acls::Acl;
use cidr::{Block4, Block6};
use gateways::{Address, EgressGateway, InternetGateway, NatGateway};
use routes::RouteTable;

/// The region's networks. Everything is kept in the order of its creation.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// The VPCs.
    pub vpcs: Vec<Vpc>,
    /// The subnets.
    pub subnets: Vec<Subnet>,
    /// The security groups.
    pub groups: Vec<SecurityGroup>,
    /// The route tables.
    pub route_tables: Vec<RouteTable>,
    /// The internet gateways.
    pub internet_gateways: Vec<InternetGateway>,
    /// The egress-only internet gateways.
    pub egress_gateways: Vec<EgressGateway>,
    /// The NAT gateways.
    pub nat_gateways: Vec<NatGateway>,
    /// The Elastic IP addresses.
    pub addresses: Vec<Address>,
    /// The network ACLs.
    pub acls: Vec<Acl>,
    /// Of subnets that have not their VPC's default ACL: which they have, and the id of what binds them.
    pub acl_uses: BTreeMap<String, (String, String)>,
    /// Endpoints, DHCP options, flow logs, exclusions, as EC2 tells them.
    pub documents: Shelf,
    /// How the account blocks public access, in EC2's word; none where it does not.
    pub public_access: Option<String>,
    made: u64,
    /// Of the kinds of things that came later, counted apart: so the ids of the others stay what they were.
    made_later: u64,
}

/// The set of DHCP options that a VPC is born with.
pub const DHCP: &str = "dopt-00000000000000001";

/// Tags in the order in which they were set.
pub type Tags = Vec<(String, String)>;

/// A VPC.
#[derive(Clone, Debug, PartialEq)]
pub struct Vpc {
    /// `vpc-…`
    pub id: String,
    /// Its IPv4 block.
    pub ipv4_cidr: String,
    /// Its IPv6 block, where one is associated.
    pub ipv6_cidr: Option<String>,
    /// Whether names are resolved in it.
    pub dns_support: bool,
    /// Whether its instances get names.
    pub dns_hostnames: bool,
    /// Whether the use of its addresses is measured.
    pub usage_metrics: bool,
    /// Its set of DHCP options.
    pub dhcp: String,
    /// Tags.
    pub tags: Tags,
}

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
    /// Whether interfaces get an IPv6 address by themselves.
    pub assign_ipv6: bool,
    /// Whether interfaces get a public IPv4 address by themselves.
    pub public_ipv4: bool,
    /// Whether the resolver makes up AAAA records for IPv4-only names.
    pub dns64: bool,
    /// Whether instances are named by address or by resource: `ip-name`, `resource-name`.
    pub naming: String,
    /// Whether resource names have A records.
    pub names_a: bool,
    /// Whether resource names have AAAA records.
    pub names_aaaa: bool,
    /// Tags.
    pub tags: Tags,
    given: u64,
}

/// What a new subnet is made of.
#[derive(Clone, Debug, Default)]
pub struct NewSubnet {
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
    /// Tags.
    pub tags: Tags,
}

/// A security group.
#[derive(Clone, Debug, PartialEq)]
pub struct SecurityGroup {
    /// `sg-…`
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// The VPC's id.
    pub vpc: String,
    /// Its rules, both ways.
    pub rules: Vec<Rule>,
    /// Tags.
    pub tags: Tags,
}

/// One rule of a security group: one peer.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// `sgr-…`
    pub id: String,
    /// Whether it is about what leaves.
    pub egress: bool,
    /// `tcp`, `udp`, `icmp`, a number, or `-1` for all.
    pub protocol: String,
    /// The first and last port, where the protocol has ports.
    pub ports: Option<(i64, i64)>,
    /// The other side.
    pub peer: Peer,
    /// What its author said about it.
    pub description: Option<String>,
    /// Tags.
    pub tags: Tags,
}

/// The other side of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peer {
    /// An IPv4 block.
    V4(String),
    /// An IPv6 block.
    V6(String),
    /// The members of a security group.
    Group(String),
    /// A prefix list.
    PrefixList(String),
}

impl Rule {
    /// Whether both let the same through.
    pub fn same(&self, other: &Self) -> bool {
        (self.egress, &self.protocol, self.ports, &self.peer)
            == (other.egress, &other.protocol, other.ports, &other.peer)
    }
}

impl Network {
    /// A subnet by its id.
    pub fn subnet(&self, id: &str) -> Option<&Subnet> {
        self.subnets.iter().find(|s| s.id == id)
    }

    /// A subnet by its id, to change it.
    pub fn subnet_mut(&mut self, id: &str) -> Option<&mut Subnet> {
        self.subnets.iter_mut().find(|s| s.id == id)
    }

    /// A VPC by its id.
    pub fn vpc(&self, id: &str) -> Option<&Vpc> {
        self.vpcs.iter().find(|v| v.id == id)
    }

    /// A VPC by its id, to change it.
    pub fn vpc_mut(&mut self, id: &str) -> Option<&mut Vpc> {
        self.vpcs.iter_mut().find(|v| v.id == id)
    }

    /// Whether there is such a VPC.
    pub fn has_vpc(&self, id: &str) -> bool {
        self.vpc(id).is_some()
    }

    /// A security group by its id.
    pub fn group(&self, id: &str) -> Option<&SecurityGroup> {
        self.groups.iter().find(|g| g.id == id)
    }

    /// The security group that a VPC was born with.
    pub fn default_group(&self, vpc: &str) -> Option<&SecurityGroup> {
        self.groups
            .iter()
            .find(|g| g.vpc == vpc && g.name == "default")
    }

    /// A security group by its id, to change it.
    pub fn group_mut(&mut self, id: &str) -> Option<&mut SecurityGroup> {
        self.groups.iter_mut().find(|g| g.id == id)
    }

    /// What VPC block public access does to a subnet, in AWS's word: the account's mode, unless the subnet or its VPC is excepted.
    pub fn public_access_of(&self, subnet: &Subnet) -> &str {
        let exclusions = self.documents.all("VpcBlockPublicAccessExclusion");
        let excepted = exclusions.iter().any(|e| {
            let arn = e.get("resourceArn").as_str().unwrap_or_default();
            arn.ends_with(&subnet.vpc) || arn.ends_with(&subnet.id)
        });
        let mode = self.public_access.as_deref().filter(|_| !excepted);
        mode.unwrap_or("off")
    }

    /// The next addresses of a subnet for an interface that asks for none: an IPv4 one where it has such a block, an IPv6 one
    /// where it has and gives them out.
    pub fn allocate(&mut self, subnet_id: &str) -> (Option<Ipv4Addr>, Option<Ipv6Addr>) {
        let gives = self
            .subnet(subnet_id)
            .is_some_and(|s| s.assign_ipv6 || s.ipv6_native);
        let (v4, v6) = self.allocate_both(subnet_id);
        (v4, v6.filter(|_| gives))
    }

    /// The next addresses of a subnet for an interface that asks for both families.
    pub(crate) fn allocate_both(
        &mut self,
        subnet_id: &str,
    ) -> (Option<Ipv4Addr>, Option<Ipv6Addr>) {
        let Some(subnet) = self.subnet_mut(subnet_id) else {
            return (None, None);
        };
        let n = subnet.given;
        subnet.given += 1;
        let v4 = subnet.ipv4_cidr.as_deref().and_then(Block4::parse);
        let v6 = subnet.ipv6_cidr.as_deref().and_then(Block6::parse);
        (
            v4.and_then(|b| b.address(n)),
            v6.map(|b| b.address(dice::bits(0x1976, n))),
        )
    }

    /// The addresses in a subnet of something that is not a task: near the end of its blocks, where tasks come last.
    pub(crate) fn set_apart(
        &self,
        subnet: &str,
        whose: &str,
        seed: u64,
    ) -> (Option<Ipv4Addr>, Option<Ipv6Addr>) {
        let Some(subnet) = self.subnet(subnet) else {
            return (None, None);
        };
        let number = rng::draw(seed, whose, 0);
        let v4 = subnet.ipv4_cidr.as_deref().and_then(Block4::parse);
        let v6 = subnet.ipv6_cidr.as_deref().and_then(Block6::parse);
        let from_end =
            |b: Block4| b.address(b.size().checked_sub(6 + number % (b.size() / 4).max(1))?);
        (v4.and_then(from_end), v6.map(|b| b.address(number)))
    }

    /// Makes a VPC with its default security group, and the IPv6 block that Amazon would choose if one is wanted.
    pub fn add_vpc(&mut self, ipv4_cidr: String, ipv6: bool, tags: Tags) -> &Vpc {
        let id = self.id("vpc");
        let ipv6_cidr = ipv6.then(|| self.amazon_block().to_string());
        self.vpcs.push(Vpc {
            id: id.clone(),
            ipv4_cidr,
            ipv6_cidr,
            dns_support: true,
            dns_hostnames: false,
            usage_metrics: false,
            dhcp: DHCP.to_owned(),
            tags,
        });
        self.add_default_acl(&id);
        self.add_route_table(&id, Vec::new());
        let group = self
            .add_group("default", "default VPC security group", &id, Vec::new())
            .id
            .clone();
        let inside = self.rule(false, "-1", None, Peer::Group(group.clone()), None);
        if let Some(group) = self.group_mut(&group) {
            group.rules.push(inside);
        }
        // The VPC was pushed last.
        &self.vpcs[self.vpcs.len() - 1]
    }

    /// The IPv6 block that Amazon would choose next.
    pub(crate) fn amazon_block(&mut self) -> Block6 {
        self.made += 1;
        let n = (self.made & 0xffff) as u16;
        Block6::new(Ipv6Addr::new(0x2001, 0xdb8, n, 0, 0, 0, 0, 0), 56)
    }

    /// Makes a subnet; whether its blocks fit is for the caller to know.
    pub fn add_subnet(&mut self, new: NewSubnet) -> &Subnet {
        let id = self.id("subnet");
        self.subnets.push(Subnet {
            id,
            vpc: new.vpc,
            az: new.az,
            az_id: new.az_id,
            ipv4_cidr: new.ipv4_cidr,
            ipv6_cidr: new.ipv6_cidr,
            ipv6_native: new.ipv6_native,
            assign_ipv6: new.ipv6_native,
            public_ipv4: false,
            dns64: false,
            naming: if new.ipv6_native {
                "resource-name"
            } else {
                "ip-name"
            }
            .to_owned(),
            names_a: false,
            names_aaaa: new.ipv6_native,
            tags: new.tags,
            given: 0,
        });
        &self.subnets[self.subnets.len() - 1]
    }

    /// Makes a security group, which lets everything out: over IPv6 too where its VPC has IPv6.
    pub fn add_group(
        &mut self,
        name: &str,
        description: &str,
        vpc: &str,
        tags: Tags,
    ) -> &SecurityGroup {
        let id = self.id("sg");
        let mut rules = vec![self.rule(true, "-1", None, Peer::V4("0.0.0.0/0".to_owned()), None)];
        if self.vpc(vpc).is_some_and(|v| v.ipv6_cidr.is_some()) {
            rules.push(self.rule(true, "-1", None, Peer::V6("::/0".to_owned()), None));
        }
        let (name, description, vpc) = (name.to_owned(), description.to_owned(), vpc.to_owned());
        self.groups.push(SecurityGroup {
            id,
            name,
            description,
            vpc,
            rules,
            tags,
        });
        &self.groups[self.groups.len() - 1]
    }

    /// A rule with an id of its own, not yet in any group.
    pub fn rule(
        &mut self,
        egress: bool,
        protocol: &str,
        ports: Option<(i64, i64)>,
        peer: Peer,
        description: Option<String>,
    ) -> Rule {
        Rule {
            id: self.id("sgr"),
            egress,
            protocol: protocol.to_owned(),
            ports,
            peer,
            description,
            tags: Vec::new(),
        }
    }

    /// The tags of a VPC or of what lies in one; none where nothing has this id.
    pub fn tags(&self, id: &str) -> &[(String, String)] {
        let vpcs = self.vpcs.iter().map(|v| (&v.id, &v.tags));
        let subnets = self.subnets.iter().map(|s| (&s.id, &s.tags));
        let groups = self.groups.iter().map(|g| (&g.id, &g.tags));
        let tables = self.route_tables.iter().map(|t| (&t.id, &t.tags));
        let gateways = self.internet_gateways.iter().map(|g| (&g.id, &g.tags));
        let all = vpcs
            .chain(subnets)
            .chain(groups)
            .chain(tables)
            .chain(gateways);
        let mut found = all.filter(|(other, _)| *other == id);
        found.next().map_or(&[], |(_, tags)| tags.as_slice())
    }

    /// The tags of whatever has this id.
    pub fn tags_mut(&mut self, id: &str) -> Option<&mut Tags> {
        let (kind, _) = id.split_once('-')?;
        match kind {
            "vpc" => self.vpc_mut(id).map(|v| &mut v.tags),
            "subnet" => self.subnet_mut(id).map(|s| &mut s.tags),
            "sg" => self.group_mut(id).map(|g| &mut g.tags),
            "sgr" => {
                let mut rules = self.groups.iter_mut().flat_map(|g| &mut g.rules);
                rules.find(|r| r.id == id).map(|r| &mut r.tags)
            }
            "rtb" => self.route_table_mut(id).map(|t| &mut t.tags),
            "igw" => find(&mut self.internet_gateways, |g| g.id == id).map(|g| &mut g.tags),
            "eigw" => find(&mut self.egress_gateways, |g| g.id == id).map(|g| &mut g.tags),
            "nat" => find(&mut self.nat_gateways, |g| g.id == id).map(|g| &mut g.tags),
            "acl" => find(&mut self.acls, |a| a.id == id).map(|a| &mut a.tags),
            "eipalloc" => find(&mut self.addresses, |a| a.id == id).map(|a| &mut a.tags),
            _ => None,
        }
    }

    /// An id of the kinds that came later.
    pub(crate) fn later_id(&mut self, kind: &str) -> String {
        self.made_later += 1;
        format!("{kind}-0{:016x}", dice::bits(0x6563_3201, self.made_later))
    }

    /// Numbers what is made from here on, so that no id is one of a region that began as this one did.
    pub fn number_from(&mut self, count: u64) {
        (self.made, self.made_later) = (count, count);
    }

    /// An address of the range that documentation may use, as if Amazon had chosen it.
    pub(crate) fn amazon_address(&mut self) -> String {
        self.made_later += 1;
        format!("198.51.100.{}", self.made_later % 254 + 1)
    }

    /// An id as EC2 makes them, following from the count of things made.
    fn id(&mut self, kind: &str) -> String {
        self.made += 1;
        format!("{kind}-0{:016x}", dice::bits(0x6563_3200, self.made))
    }
}

fn find<T>(all: &mut [T], wanted: impl Fn(&T) -> bool) -> Option<&mut T> {
    all.iter_mut().find(|one| wanted(one))
}

/// The name and id of each availability zone of a region.
pub fn zones(region: &str) -> Vec<(String, String)> {
    let short = short(region);
    ["a", "b", "c"]
        .iter()
        .zip(1..)
        .map(|(letter, n)| (format!("{region}{letter}"), format!("{short}-az{n}")))
        .collect()
}

/// `eu-central-1` is `euc1` in the ids of its zones.
fn short(region: &str) -> String {
    let mut parts = region.split('-');
    let mut short = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let directions = ["north", "south", "east", "west", "central", "gov"];
        let mut rest = part;
        while let Some(word) = directions.iter().find(|d| rest.starts_with(**d)) {
            short.push_str(&word[..1]);
            rest = &rest[word.len()..];
        }
        short.push_str(rest);
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_named_as_aws_names_them() {
        assert_eq!(
            zones("eu-central-1")[0],
            ("eu-central-1a".to_owned(), "euc1-az1".to_owned())
        );
        assert_eq!(short("ap-southeast-2"), "apse2");
        assert_eq!(short("us-east-1"), "use1");
    }

    #[test]
    fn a_subnet_gives_out_the_families_that_it_has() {
        let mut network = Network::default();
        let vpc = network
            .add_vpc("10.0.0.0/16".to_owned(), true, Vec::new())
            .id
            .clone();
        let mut make = |v4: Option<&str>, v6: Option<&str>, native| {
            let new = NewSubnet {
                vpc: vpc.clone(),
                ipv4_cidr: v4.map(str::to_owned),
                ipv6_cidr: v6.map(str::to_owned),
                ipv6_native: native,
                ..NewSubnet::default()
            };
            network.add_subnet(new).id.clone()
        };
        let old = make(Some("10.0.0.0/24"), None, false);
        let new = make(None, Some("2001:db8:1:1::/64"), true);
        assert_eq!(
            network.allocate(&old),
            (Some(Ipv4Addr::new(10, 0, 0, 4)), None)
        );
        let (v4, first) = network.allocate(&new);
        let (_, second) = network.allocate(&new);
        assert_eq!(v4, None);
        assert!(first.is_some() && first != second);
        assert_eq!(network.allocate("subnet-none"), (None, None));
    }

    #[test]
    fn a_group_lets_ipv6_out_only_where_the_vpc_has_ipv6() {
        let mut network = Network::default();
        let with = network
            .add_vpc("10.0.0.0/16".to_owned(), true, Vec::new())
            .id
            .clone();
        let without = network
            .add_vpc("10.1.0.0/16".to_owned(), false, Vec::new())
            .id
            .clone();
        assert_eq!(network.add_group("a", "", &with, Vec::new()).rules.len(), 2);
        assert_eq!(
            network.add_group("b", "", &without, Vec::new()).rules.len(),
            1
        );
    }
}
