//! Gateways between a VPC and the outside: internet, egress-only, NAT with its addresses.
//!
//! What must not be here: the API's shapes and error codes, and whether a packet would pass.

use jiff::Timestamp;

use super::Tags;

/// How long a NAT gateway takes to come and to go.
const NAT_SECONDS: i64 = 60;
/// How long a deleted NAT gateway is still told.
const NAT_TOLD_SECONDS: i64 = 3600;

/// An internet gateway.
#[derive(Clone, Debug, PartialEq)]
pub struct InternetGateway {
    /// `igw-…`
    pub id: String,
    /// The VPC that it is attached to.
    pub vpc: Option<String>,
    /// Tags.
    pub tags: Tags,
}

/// An egress-only internet gateway, which lets IPv6 out and nothing in.
#[derive(Clone, Debug, PartialEq)]
pub struct EgressGateway {
    /// `eigw-…`
    pub id: String,
    /// Its VPC.
    pub vpc: String,
    /// Tags.
    pub tags: Tags,
}

/// A NAT gateway.
#[derive(Clone, Debug, PartialEq)]
pub struct NatGateway {
    /// `nat-…`
    pub id: String,
    /// Its VPC.
    pub vpc: String,
    /// Its subnet.
    pub subnet: String,
    /// Whether it has a public address.
    pub public: bool,
    /// The Elastic IP address of a public one.
    pub allocation: Option<String>,
    /// Its address in the subnet.
    pub private_ip: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
    /// Tags.
    pub tags: Tags,
}

/// An Elastic IP address.
#[derive(Clone, Debug, PartialEq)]
pub struct Address {
    /// `eipalloc-…`
    pub id: String,
    /// The address.
    pub public_ip: String,
    /// Tags.
    pub tags: Tags,
}

impl NatGateway {
    /// AWS's word for what it is at a moment; none once it is forgotten.
    pub fn state(&self, now: Timestamp) -> Option<&'static str> {
        let since = |at: Timestamp| now.duration_since(at).as_secs();
        match self.deleted_at {
            Some(at) if since(at) >= NAT_TOLD_SECONDS => None,
            Some(at) if since(at) >= NAT_SECONDS => Some("deleted"),
            Some(_) => Some("deleting"),
            None if since(self.created_at) < NAT_SECONDS => Some("pending"),
            None => Some("available"),
        }
    }

    /// Whether it still holds its address and its place in the subnet.
    pub fn holds_on(&self, now: Timestamp) -> bool {
        matches!(self.state(now), Some("pending" | "available" | "deleting"))
    }
}
