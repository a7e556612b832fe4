//! A VPC with all that a packet meets in it, as EC2 describes it.
//!
//! What belongs here: plain data, in EC2's words. What must not: whether a packet would pass
//! ([`crate::readiness`]).

use std::collections::BTreeMap;

use super::{AddressCondition, Known, Subnet, Why};

/// A VPC. Each part is known by itself: a permission that is lacking hides one of them, not all.
#[derive(Clone, Debug, PartialEq)]
pub struct Ground {
    /// The VPC itself.
    pub vpc: Known<Vpc>,
    /// `enableDnsSupport`, `enableDnsHostnames`.
    pub names: Known<VpcNames>,
    /// Its subnets, by id.
    pub subnets: Known<BTreeMap<String, Subnet>>,
    /// Its route tables.
    pub route_tables: Known<Vec<RouteTable>>,
    /// Its network ACLs.
    pub acls: Known<Vec<Acl>>,
    /// Its security groups, by id.
    pub groups: Known<BTreeMap<String, SecurityGroup>>,
    /// The egress-only internet gateways that are attached to it, by id: the state of the attachment.
    pub egress_gateways: Known<BTreeMap<String, String>>,
    /// The internet gateways that are attached to it, by id: the state of the attachment.
    pub internet_gateways: Known<BTreeMap<String, String>>,
    /// Its NAT gateways, by id.
    pub nat_gateways: Known<BTreeMap<String, NatGateway>>,
    /// Its endpoints.
    pub endpoints: Known<Vec<Endpoint>>,
    /// What the region offers of the endpoints' services, by name.
    pub endpoint_services: Known<BTreeMap<String, EndpointService>>,
    /// Its DHCP options. `Absent` where it has none.
    pub dhcp: Known<DhcpOptions>,
}

impl Default for Ground {
    fn default() -> Self {
        Self {
            vpc: Known::not_asked(),
            names: Known::not_asked(),
            subnets: Known::not_asked(),
            route_tables: Known::not_asked(),
            acls: Known::not_asked(),
            groups: Known::not_asked(),
            egress_gateways: Known::not_asked(),
            internet_gateways: Known::not_asked(),
            nat_gateways: Known::not_asked(),
            endpoints: Known::not_asked(),
            endpoint_services: Known::not_asked(),
            dhcp: Known::not_asked(),
        }
    }
}

impl Ground {
    /// What of it is not known, in people's words, each with why.
    pub fn unread(&self) -> impl Iterator<Item = (&'static str, &Why)> {
        let parts = [
            ("the VPC", self.vpc.unknown()),
            ("its DNS attributes", self.names.unknown()),
            ("its subnets", self.subnets.unknown()),
            ("route tables", self.route_tables.unknown()),
            ("network ACLs", self.acls.unknown()),
            ("security groups", self.groups.unknown()),
            (
                "egress-only internet gateways",
                self.egress_gateways.unknown(),
            ),
            ("internet gateways", self.internet_gateways.unknown()),
            ("NAT gateways", self.nat_gateways.unknown()),
            ("endpoints", self.endpoints.unknown()),
            (
                "what endpoints are offered",
                self.endpoint_services.unknown(),
            ),
            ("DHCP options", self.dhcp.unknown()),
        ];
        parts
            .into_iter()
            .filter_map(|(what, why)| Some((what, why?)))
    }
}

/// A VPC's own members.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vpc {
    /// Its id.
    pub id: String,
    /// The IPv4 blocks that are associated with it.
    pub ipv4_blocks: Vec<String>,
    /// Its IPv6 blocks, each with the state of its association.
    pub ipv6_blocks: Vec<(String, String)>,
    /// Its DHCP options; `default` where it has none.
    pub dhcp: String,
}

impl Vpc {
    /// The first IPv6 block that is associated with it.
    #[must_use]
    pub fn ipv6_block(&self) -> Option<&str> {
        let mut blocks = self.ipv6_blocks.iter();
        let associated = blocks.find(|(_, state)| state == "associated");
        associated.map(|(block, _)| block.as_str())
    }
}

/// What a VPC's resolver does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VpcNames {
    /// `enableDnsSupport`: whether it answers at all.
    pub support: bool,
    /// `enableDnsHostnames`: whether what runs in it has names.
    pub hostnames: bool,
}

/// A route table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouteTable {
    /// Its id.
    pub id: String,
    /// Whether every subnet without a table of its own goes by it.
    pub is_main: bool,
    /// The subnets that go by it explicitly.
    pub subnets: Vec<String>,
    /// Its routes.
    pub routes: Vec<VpcRoute>,
}

/// A route of a VPC.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VpcRoute {
    /// A block of either family, or a prefix list.
    pub destination: String,
    /// `local`, or the id of a gateway or interface.
    pub target: String,
    /// Whether it is active; otherwise it is a blackhole.
    pub is_active: bool,
}

/// A network ACL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acl {
    /// Its id.
    pub id: String,
    /// The subnets that it guards.
    pub subnets: Vec<String>,
    /// Its entries, by number.
    pub entries: Vec<AclEntry>,
}

/// An entry of a network ACL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AclEntry {
    /// The lowest that matches decides.
    pub number: u32,
    /// For what leaves a subnet.
    pub is_egress: bool,
    /// Whether it lets through what matches.
    pub allows: bool,
    /// By number, as in `6` and `58`; `-1` is all.
    pub protocol: String,
    /// A block of either family.
    pub block: String,
    /// First and last port; `None` is all.
    pub ports: Option<(u16, u16)>,
}

/// A security group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecurityGroup {
    /// Its VPC.
    pub vpc: String,
    /// Its name.
    pub name: String,
    /// What may come in.
    pub ingress: Vec<Permission>,
    /// What may go out.
    pub egress: Vec<Permission>,
}

/// A permission of a security group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permission {
    /// `tcp`, `udp`, `icmpv6`, a number; `-1` is all.
    pub protocol: String,
    /// First and last port; `None` is all.
    pub ports: Option<(u16, u16)>,
    /// IPv4 blocks.
    pub ipv4: Vec<String>,
    /// IPv6 blocks.
    pub ipv6: Vec<String>,
    /// Security groups, by id.
    pub groups: Vec<String>,
    /// Prefix lists, by id.
    pub lists: Vec<String>,
}

/// A NAT gateway.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NatGateway {
    /// pending, failed, available, deleting or deleted.
    pub state: String,
    /// public or private.
    pub connectivity: String,
    /// The subnet that it is in; a regional one is in none.
    pub subnet: Option<String>,
    /// Its private addresses: what it forwards comes from these.
    pub addresses: Vec<String>,
}

/// A VPC endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoint {
    /// Its id.
    pub id: String,
    /// Interface, Gateway or another.
    pub kind: String,
    /// As in `com.amazonaws.eu-central-1.logs`.
    pub service: String,
    /// available, pending and others.
    pub state: String,
    /// ipv4, dualstack or ipv6.
    pub ip_address_type: String,
    /// Whether the service's own names lead to it.
    pub private_names: bool,
    /// The route tables of a gateway endpoint.
    pub route_tables: Vec<String>,
    /// The subnets of an interface endpoint.
    pub subnets: Vec<String>,
    /// Its security groups, by id.
    pub groups: Vec<String>,
    /// What its policy makes of addresses.
    pub conditions: Vec<AddressCondition>,
}

/// What a region offers as an endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndpointService {
    /// ipv4, ipv6.
    pub ip_address_types: Vec<String>,
    /// The names that lead to such an endpoint where its private names are on.
    pub private_names: Vec<String>,
}

/// DHCP options.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DhcpOptions {
    /// `domain-name-servers`: addresses, or `AmazonProvidedDNS`.
    pub name_servers: Vec<String>,
}
