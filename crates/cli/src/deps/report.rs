//! What programs get.
//!
//! What belongs here: the report's shape, and its words. What must not: any reckoning but sums and a price.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sixshift_api::make_visible;
use sixshift_core::{
    action::Side,
    deps::{self, Flows, FoundBy, Untold, What, log},
    plan::ServiceRef,
};

use crate::cost::LOGS_GB_SCANNED;

const GB: f64 = 1e9;

/// What a service talks to, or why that is not told.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    pub(super) api_version: String,
    pub(super) kind: String,
    pub(super) region: String,
    pub(super) cluster: String,
    pub(super) service: String,
    pub(super) since: Timestamp,
    pub(super) until: Timestamp,
    /// `null`: nothing is told, for what `lack` says.
    pub(super) told: Option<Told>,
    pub(super) lack: Option<Lack>,
}

/// What was read.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Told {
    pub(super) flow_log: String,
    pub(super) log_group: String,
    /// names or interfaces.
    pub(super) found_by: String,
    /// Whether the IPv4 service is there, and whether its twin is.
    pub(super) has_ipv4_side: bool,
    pub(super) has_twin: bool,
    /// Over IPv4, most bytes first.
    pub(super) over_ipv4: Vec<Destination>,
    /// By NAT64, decoded.
    pub(super) by_nat64: Vec<Destination>,
    /// Bytes over IPv6 itself, by the old service and by the twin.
    pub(super) ipv4_side_over_ipv6: u64,
    pub(super) twin_over_ipv6: u64,
    /// What is not told, a sentence each without a full stop.
    pub(super) untold: Vec<String>,
    pub(super) scanned: Scanned,
}

/// Somebody who is asked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Destination {
    /// aws, resource, vpc, private or internet.
    pub(super) kind: String,
    /// For people.
    pub(super) name: String,
    /// AWS's word for the range, or the interface's id.
    pub(super) id: Option<String>,
    pub(super) addresses: Vec<String>,
    pub(super) port: u16,
    /// tcp, udp, or a number.
    pub(super) protocol: String,
    /// there, possible, nat64 or unclear.
    pub(super) ipv6: String,
    /// What is to be known of that.
    pub(super) how: String,
    pub(super) sent: u64,
    pub(super) received: u64,
}

/// What the queries cost.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Scanned {
    pub(super) queries: u32,
    pub(super) records: u64,
    pub(super) bytes: u64,
    /// By the list price of us-east-1.
    pub(super) dollars: f64,
}

/// Why nothing is told.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Lack {
    /// Without a full stop.
    pub(super) reason: String,
    pub(super) remedy: String,
    /// The permission that is lacking, as IAM calls it.
    pub(super) permission: Option<String>,
    /// Ready to paste, where a flow log is lacking.
    pub(super) command: Option<String>,
}

impl Report {
    /// Of a service, with nothing in it yet.
    pub(super) fn of(service: &ServiceRef, since: Timestamp, until: Timestamp) -> Self {
        Self {
            api_version: "sixshift/v1".to_owned(),
            kind: "DependencyReport".to_owned(),
            region: service.region.clone(),
            cluster: service.cluster.clone(),
            service: service.name.clone(),
            since,
            until,
            told: None,
            lack: None,
        }
    }

    pub(super) fn with(self, read: &Flows, report: &deps::Report) -> Self {
        let each = |all: &[deps::Destination]| all.iter().map(destination).collect();
        #[expect(clippy::cast_precision_loss, reason = "a price has fewer digits")]
        let dollars = read.scanned.bytes as f64 / GB * LOGS_GB_SCANNED;
        let found_by = match read.found {
            FoundBy::Names => "names",
            FoundBy::Interfaces { .. } => "interfaces",
        };
        let told = Told {
            flow_log: read.log.id.clone(),
            log_group: read.log.group().to_owned(),
            found_by: found_by.to_owned(),
            has_ipv4_side: read.sides.contains(&Side::Ipv4),
            has_twin: read.sides.contains(&Side::Ipv6),
            over_ipv4: each(&report.over_ipv4),
            by_nat64: each(&report.by_nat64),
            ipv4_side_over_ipv6: report.ipv4_side_over_ipv6,
            twin_over_ipv6: report.twin_over_ipv6,
            untold: report.untold.clone(),
            scanned: Scanned {
                queries: read.scanned.queries,
                records: read.scanned.records,
                bytes: read.scanned.bytes,
                dollars,
            },
        };
        Self {
            told: Some(told),
            ..self
        }
    }

    pub(super) fn without(self, untold: &Untold) -> Self {
        let lack = &untold.lack;
        let vpc = untold.vpc.as_deref().filter(|_| lack.wants_a_log());
        let permission = match lack {
            deps::Lack::Unread(why) => why.lacks.map(str::to_owned),
            _ => None,
        };
        let lack = Lack {
            reason: lack.to_string(),
            remedy: lack.remedy(),
            permission,
            command: vpc.map(|vpc| log::command(vpc, &self.region)),
        };
        Self {
            lack: Some(lack),
            ..self
        }
    }

    /// As a terminal may show it.
    pub(super) fn visible(self) -> anyhow::Result<Self> {
        let mut value = serde_json::to_value(self)?;
        make_visible(&mut value);
        Ok(serde_json::from_value(value)?)
    }
}

fn destination(of: &deps::Destination) -> Destination {
    let (kind, name, id) = match &of.what {
        What::Aws { range, name } => ("aws", name.clone(), Some(range.clone())),
        What::Resource { interface, name } => ("resource", name.clone(), Some(interface.clone())),
        What::Vpc(address) => ("vpc", format!("{address} in the VPC"), None),
        What::Private(address) => ("private", format!("{address}, private"), None),
        What::Internet(address) => ("internet", address.to_string(), None),
    };
    Destination {
        kind: kind.to_owned(),
        name,
        id,
        addresses: of.addresses.iter().map(ToString::to_string).collect(),
        port: of.port,
        protocol: protocol(of.protocol),
        ipv6: of.way.word().to_owned(),
        how: of.way.how().to_owned(),
        sent: of.sent,
        received: of.received,
    }
}

/// By IANA's numbers; 0 is what a record without the field says.
fn protocol(number: u8) -> String {
    match number {
        0 => "any".to_owned(),
        6 => "tcp".to_owned(),
        17 => "udp".to_owned(),
        other => other.to_string(),
    }
}
