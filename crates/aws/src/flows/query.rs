//! Queries of CloudWatch Logs Insights for the records of a flow log, and their rows.
//!
//! What belongs here: the query's text and the reading of what it finds. What must not: calls, and what a row means
//! (`sixshift_core::deps`).
//!
//! Insights knows the fields of the default format by itself and those of no other, so every record is taken apart here by
//! the flow log's own format. What is taken apart so is text: ports are compared as text.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use serde_json::Value;
use sixshift_core::{action::Side, deps::Format};

use crate::insights::MOST_ROWS;

/// Whose records are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// Those that name a service of a cluster.
    Services {
        cluster: String,
        names: BTreeMap<String, Side>,
    },
    /// Those of interfaces. Where records do not say which way packets went, addresses do.
    Interfaces {
        ids: BTreeMap<String, Side>,
        addresses: BTreeSet<IpAddr>,
    },
}

/// Which way packets went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Out,
    In,
}

/// The names of the fields that a query is about: own and the peer's.
struct Names {
    own_address: &'static [&'static str],
    own_port: &'static str,
    peer: &'static [&'static str],
    peer_port: &'static str,
    range: &'static str,
    direction: &'static str,
}

impl Way {
    fn names(self) -> Names {
        match self {
            Self::Out => Names {
                own_address: &["srcaddr", "pkt-srcaddr"],
                own_port: "srcport",
                peer: &["pkt-dstaddr", "dstaddr"],
                peer_port: "dstport",
                range: "pkt-dst-aws-service",
                direction: "egress",
            },
            Self::In => Names {
                own_address: &["dstaddr", "pkt-dstaddr"],
                own_port: "dstport",
                peer: &["pkt-srcaddr", "srcaddr"],
                peer_port: "srcport",
                range: "pkt-src-aws-service",
                direction: "ingress",
            },
        }
    }
}

/// A field as queries call it: no name that Insights has itself.
fn called(field: &str) -> String {
    format!("flow_{}", field.replace('-', "_"))
}

/// A text in quotes.
fn quoted(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{text}\"")
}

fn listed<T: ToString>(all: impl IntoIterator<Item = T>) -> String {
    let all = all.into_iter().map(|one| quoted(&one.to_string()));
    format!("[{}]", all.collect::<Vec<_>>().join(", "))
}

/// What whoever asks the service has exchanged with its `ports` is left out: those are not the service's connections.
pub(super) fn text(format: &Format, whose: &Whose, ports: &BTreeSet<u16>, way: Way) -> String {
    let names = way.names();
    let fields = format.fields();
    let stars = vec!["*"; fields.len()].join(" ");
    let called_so: Vec<String> = fields.iter().map(|f| called(f)).collect();
    let mut all = vec![format!(
        "parse @message \"{stars}\" as {}",
        called_so.join(", ")
    )];
    match whose {
        Whose::Services {
            cluster,
            names: services,
        } => all.push(format!(
            "filter {} = {} and {} in {}",
            called("ecs-cluster-name"),
            quoted(cluster),
            called("ecs-service-name"),
            listed(services.keys())
        )),
        Whose::Interfaces { ids, .. } => all.push(format!(
            "filter {} in {}",
            called("interface-id"),
            listed(ids.keys())
        )),
    }
    if format.has("action") {
        all.push(format!("filter {} = \"ACCEPT\"", called("action")));
    }
    if format.has("flow-direction") {
        let direction = called("flow-direction");
        all.push(format!("filter {direction} = {}", quoted(names.direction)));
    } else if let (Whose::Interfaces { addresses, .. }, Some(own)) =
        (whose, format.first(names.own_address))
    {
        all.push(format!("filter {} in {}", called(own), listed(addresses)));
    }
    if !ports.is_empty() {
        let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
        let own = called(names.own_port);
        all.push(format!("filter {own} not like /^({})$/", ports.join("|")));
    }
    all.push(format!(
        "stats sum({}) as total by {}",
        called("bytes"),
        grouped(format, whose, &names).join(", ")
    ));
    all.push("sort total desc".to_owned());
    all.push(format!("limit {MOST_ROWS}"));
    all.join(" | ")
}

fn owner(whose: &Whose) -> &'static str {
    match whose {
        Whose::Services { .. } => "ecs-service-name",
        Whose::Interfaces { .. } => "interface-id",
    }
}

fn grouped(format: &Format, whose: &Whose, names: &Names) -> Vec<String> {
    let peer = format.first(names.peer);
    let optional = ["protocol", names.range];
    let optional = optional.into_iter().filter(|field| format.has(field));
    let fields = [owner(whose), names.peer_port].into_iter().chain(peer);
    fields.chain(optional).map(called).collect()
}

/// What one row says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) side: Side,
    pub(super) peer: IpAddr,
    pub(super) port: u16,
    pub(super) protocol: u8,
    pub(super) range: Option<String>,
    pub(super) bytes: u64,
}

/// A row of `GetQueryResults`; `None` for a record that has nothing of that: one without data has `-` in most fields.
pub(super) fn row(format: &Format, whose: &Whose, way: Way, row: &Value) -> Option<Row> {
    let names = way.names();
    let cells = row.as_array()?.iter();
    let cells: BTreeMap<&str, &str> = cells
        .filter_map(|cell| Some((cell["field"].as_str()?, cell["value"].as_str()?)))
        .collect();
    let of = |field: &str| cells.get(called(field).as_str()).copied();
    let side = match (whose, of(owner(whose))?) {
        (Whose::Services { names, .. }, name) => *names.get(name)?,
        (Whose::Interfaces { ids, .. }, id) => *ids.get(id)?,
    };
    Some(Row {
        side,
        peer: of(format.first(names.peer)?)?.parse().ok()?,
        port: of(names.peer_port)?.parse().ok()?,
        protocol: of("protocol").and_then(|p| p.parse().ok()).unwrap_or(0),
        range: of(names.range).filter(|r| *r != "-").map(str::to_owned),
        bytes: number(cells.get("total")?)?,
    })
}

/// A sum; large ones may come with an exponent.
fn number(text: &str) -> Option<u64> {
    if let Ok(whole) = text.parse() {
        return Some(whole);
    }
    let number: f64 = text.parse().ok()?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a sum of bytes is neither negative nor near the end of u64, and a cast ends there"
    )]
    number.is_finite().then_some(number.max(0.0) as u64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn named() -> Whose {
        Whose::Services {
            cluster: "prod".to_owned(),
            names: BTreeMap::from([("shop".to_owned(), Side::Ipv4)]),
        }
    }

    #[test]
    fn records_that_name_services_are_asked_for_by_name() {
        let format = Format::parse(
            "${ecs-cluster-name} ${ecs-service-name} ${srcaddr} ${pkt-dstaddr} ${srcport} ${dstport} ${bytes} ${action} \
             ${flow-direction} ${pkt-dst-aws-service}",
        );
        let ports = BTreeSet::from([8080, 9090]);
        assert_eq!(
            text(&format, &named(), &ports, Way::Out),
            "parse @message \"* * * * * * * * * *\" as flow_ecs_cluster_name, flow_ecs_service_name, flow_srcaddr, \
             flow_pkt_dstaddr, flow_srcport, flow_dstport, flow_bytes, flow_action, flow_flow_direction, \
             flow_pkt_dst_aws_service | filter flow_ecs_cluster_name = \"prod\" and flow_ecs_service_name in [\"shop\"] | \
             filter flow_action = \"ACCEPT\" | filter flow_flow_direction = \"egress\" | filter flow_srcport not like \
             /^(8080|9090)$/ | stats sum(flow_bytes) as total by flow_ecs_service_name, flow_dstport, flow_pkt_dstaddr, \
             flow_pkt_dst_aws_service | sort total desc | limit 10000"
        );
    }

    #[test]
    fn others_are_asked_for_by_interface_and_address() {
        let format =
            Format::parse("${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${bytes}");
        let whose = Whose::Interfaces {
            ids: BTreeMap::from([("eni-1".to_owned(), Side::Ipv4)]),
            addresses: BTreeSet::from([IpAddr::from([10, 0, 0, 4])]),
        };
        let asked = text(&format, &whose, &BTreeSet::new(), Way::In);
        assert!(asked.contains("filter flow_interface_id in [\"eni-1\"] | filter flow_dstaddr in [\"10.0.0.4\"] | stats"), "{asked}");
        assert!(
            asked.contains("by flow_interface_id, flow_srcport, flow_srcaddr |"),
            "{asked}"
        );
    }

    #[test]
    fn the_longest_query_is_one_that_aws_takes() {
        let format = Format::parse(sixshift_core::deps::log::WANTED);
        let format = Format::parse(
            &format
                .fields()
                .join(" ")
                .replace("flow-direction", "tcp-flags"),
        );
        let id = |n: usize| (format!("eni-{n:017}"), Side::Ipv6);
        let address = |n: usize| {
            let n = u16::try_from(n).unwrap();
            IpAddr::from([
                0x2001,
                0xdb8,
                0xffff,
                0xffff,
                0xffff,
                0xffff,
                0xffff,
                n + 0x1000,
            ])
        };
        let whose = Whose::Interfaces {
            ids: (0..super::super::NAMED).map(id).collect(),
            addresses: (0..super::super::NAMED).map(address).collect(),
        };
        let ports = (8_080..8_100).collect();
        let length = text(&format, &whose, &ports, Way::In).len();
        assert!(length < 10_000, "{length}");
    }

    #[test]
    fn a_name_cannot_leave_its_quotes() {
        assert_eq!(quoted("a\" or \"\\"), r#""a\" or \"\\""#);
    }

    #[test]
    fn a_row_is_read_and_one_without_data_is_none() {
        let format = Format::parse(
            "${ecs-cluster-name} ${ecs-service-name} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${bytes} ${protocol} \
             ${flow-direction} ${pkt-dst-aws-service}",
        );
        let cells = |peer: &str, total: &str| {
            json!([
                {"field": "flow_ecs_service_name", "value": "shop"},
                {"field": "flow_dstport", "value": "443"},
                {"field": "flow_dstaddr", "value": peer},
                {"field": "flow_protocol", "value": "6"},
                {"field": "flow_pkt_dst_aws_service", "value": "S3"},
                {"field": "total", "value": total},
            ])
        };
        let read = |cells: &Value| row(&format, &named(), Way::Out, cells);
        let found = read(&cells("192.0.2.1", "1.5E3")).expect("a row");
        assert_eq!((found.port, found.protocol, found.bytes), (443, 6, 1500));
        assert_eq!(found.range.as_deref(), Some("S3"));
        assert_eq!(read(&cells("-", "1")), None);
        assert_eq!(read(&cells("192.0.2.1", "-")), None);
    }
}
