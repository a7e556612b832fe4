//! Route tables.
//!
//! What must not be here: the API's shapes and error codes, and whether a packet would pass.

use super::{Network, Tags, endpoints};

/// A route table.
#[derive(Clone, Debug, PartialEq)]
pub struct RouteTable {
    /// `rtb-…`
    pub id: String,
    /// Its VPC.
    pub vpc: String,
    /// Whether it is the one that the VPC was born with.
    pub is_first: bool,
    /// Its routes but for the local ones, which follow from the VPC.
    pub routes: Vec<Route>,
    /// The subnets that use it, and the VPC where it is the main one.
    pub associations: Vec<Association>,
    /// Tags.
    pub tags: Tags,
}

/// A route.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// Where packets go: an IPv4 block, an IPv6 block or a prefix list.
    pub destination: String,
    /// What they go through: the id of a gateway or an interface.
    pub target: String,
}

/// Who uses a route table.
#[derive(Clone, Debug, PartialEq)]
pub struct Association {
    /// `rtbassoc-…`
    pub id: String,
    /// The subnet; none for the VPC's main table.
    pub subnet: Option<String>,
}

impl RouteTable {
    /// Whether it is the VPC's main table.
    pub fn is_main(&self) -> bool {
        self.associations.iter().any(|a| a.subnet.is_none())
    }
}

impl Network {
    /// Makes a route table; the first of a VPC is its main one.
    pub fn add_route_table(&mut self, vpc: &str, tags: Tags) -> &RouteTable {
        let id = self.later_id("rtb");
        let is_first = self.route_tables.iter().all(|t| t.vpc != vpc);
        let main = is_first.then(|| Association {
            id: self.later_id("rtbassoc"),
            subnet: None,
        });
        self.route_tables.push(RouteTable {
            id,
            vpc: vpc.to_owned(),
            is_first,
            routes: Vec::new(),
            associations: main.into_iter().collect(),
            tags,
        });
        &self.route_tables[self.route_tables.len() - 1]
    }

    /// A route table by its id.
    pub fn route_table(&self, id: &str) -> Option<&RouteTable> {
        self.route_tables.iter().find(|t| t.id == id)
    }

    /// The route table that a subnet uses: its own, or its VPC's main one.
    pub fn table_of(&self, subnet: &str) -> Option<&RouteTable> {
        let uses = |t: &&RouteTable| {
            let mut all = t.associations.iter();
            all.any(|a| a.subnet.as_deref() == Some(subnet))
        };
        let vpc = &self.subnet(subnet)?.vpc;
        let own = self.route_tables.iter().find(uses);
        own.or_else(|| {
            self.route_tables
                .iter()
                .find(|t| t.vpc == *vpc && t.is_main())
        })
    }

    /// A route table by its id, to change it.
    pub fn route_table_mut(&mut self, id: &str) -> Option<&mut RouteTable> {
        self.route_tables.iter_mut().find(|t| t.id == id)
    }

    /// Whether what a route goes through is there.
    pub fn is_there(&self, target: &str) -> bool {
        self.internet_gateways
            .iter()
            .any(|g| g.id == target && g.vpc.is_some())
            || self.egress_gateways.iter().any(|g| g.id == target)
            || (self
                .documents
                .find(endpoints::KIND, "vpcEndpointId", target))
            .is_some()
            || self
                .nat_gateways
                .iter()
                .any(|g| g.id == target && g.deleted_at.is_none())
    }
}
