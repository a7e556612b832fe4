//! Rows of flow logs as a report: who is behind an address, whether IPv6 leads there, and what NAT64 hides.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use sixshift_core::{
    action::Side,
    deps::{
        Destination, Flow, FlowLog, Flows, Format, FoundBy, Interface, Scanned, What, behind_nat64,
        log::WANTED, report,
    },
    observation::{Endpoint, EndpointService, Ground, Known, Subnet, Vpc, Why},
};

fn flow(side: Side, peer: &str, port: u16, range: Option<&str>, sent: u64) -> Flow {
    Flow {
        side,
        peer: peer.parse().unwrap(),
        port,
        protocol: 6,
        range: range.map(str::to_owned),
        sent,
        received: 10 * sent,
    }
}

fn interface(id: &str, description: &str, addresses: &[&str]) -> Interface {
    Interface {
        id: id.to_owned(),
        description: description.to_owned(),
        addresses: addresses.iter().map(|a| a.parse().unwrap()).collect(),
    }
}

/// One subnet with an IPv6 block and one without.
fn ground() -> Ground {
    let subnet = |ipv4: &str, has_ipv6| Subnet {
        vpc: "vpc-1".to_owned(),
        ipv4_block: Some(ipv4.to_owned()),
        has_ipv6,
        ..Subnet::default()
    };
    let endpoint = |id: &str, service: &str| Endpoint {
        id: id.to_owned(),
        service: service.to_owned(),
        ..Endpoint::default()
    };
    let offered = |types: &[&str]| EndpointService {
        ip_address_types: types.iter().map(|t| (*t).to_owned()).collect(),
        private_names: Vec::new(),
    };
    Ground {
        vpc: Known::Seen(Vpc {
            id: "vpc-1".to_owned(),
            ipv4_blocks: vec!["10.0.0.0/16".to_owned()],
            ..Vpc::default()
        }),
        subnets: Known::Seen(BTreeMap::from([
            ("subnet-dual".to_owned(), subnet("10.0.1.0/24", true)),
            ("subnet-ipv4".to_owned(), subnet("10.0.2.0/24", false)),
        ])),
        endpoints: Known::Seen(vec![
            endpoint("vpce-1", "sqs"),
            endpoint("vpce-2", "ecs-agent"),
        ]),
        endpoint_services: Known::Seen(BTreeMap::from([
            ("sqs".to_owned(), offered(&["ipv4", "ipv6"])),
            ("ecs-agent".to_owned(), offered(&["ipv4"])),
        ])),
        ..Ground::default()
    }
}

fn read(flows: Vec<Flow>) -> Flows {
    Flows {
        log: FlowLog {
            id: "fl-1".to_owned(),
            resource: "vpc-1".to_owned(),
            format: Format::parse(WANTED),
            ..FlowLog::default()
        },
        since: Timestamp::UNIX_EPOCH,
        until: Timestamp::UNIX_EPOCH,
        found: FoundBy::Names,
        flows,
        sides: vec![Side::Ipv4, Side::Ipv6],
        is_cut: false,
        scanned: Scanned::default(),
        interfaces: Known::Seen(vec![
            interface("eni-db", "RDSNetworkInterface", &["10.0.1.5"]),
            interface("eni-old", "ElastiCache cart-001", &["10.0.2.5"]),
            interface("eni-lb", "ELB app/pay/1", &["10.0.1.6", "2001:db8::6"]),
            interface("eni-sqs", "VPC Endpoint Interface vpce-1", &["10.0.2.7"]),
            interface("eni-agent", "VPC Endpoint Interface vpce-2", &["10.0.2.8"]),
        ]),
        ground: Arc::new(ground()),
        region: "eu-central-1".to_owned(),
    }
}

fn one(peer: &str, range: Option<&str>) -> Destination {
    let read = read(vec![flow(Side::Ipv4, peer, 443, range, 1)]);
    report(&read).over_ipv4.remove(0)
}

#[test]
fn each_sort_of_peer_is_told_with_its_way() {
    for (peer, range, way, says) in [
        (
            "10.0.1.5",
            None,
            "possible",
            "subnet-dual has an IPv6 block",
        ),
        ("10.0.2.5", None, "nat64", "subnet-ipv4 has no IPv6 block"),
        ("10.0.1.6", None, "there", "it has 2001:db8::6"),
        (
            "10.0.2.7",
            None,
            "possible",
            "--vpc-endpoint-id vpce-1 --ip-address-type dualstack",
        ),
        (
            "10.0.2.8",
            None,
            "nat64",
            "AWS offers no endpoint of ecs-agent over IPv6",
        ),
        (
            "10.0.1.99",
            None,
            "unclear",
            "nothing has this address any more",
        ),
        ("10.9.0.1", None, "unclear", "outside of the VPC"),
        ("100.64.1.1", None, "unclear", "outside of the VPC"),
        (
            "192.0.2.1",
            Some("S3"),
            "there",
            "s3.dualstack.eu-central-1.amazonaws.com",
        ),
        ("192.0.2.2", Some("EC2"), "unclear", "whoever rents it"),
        ("192.0.2.3", Some("API_GATEWAY"), "possible", "dualstack"),
        (
            "192.0.2.4",
            None,
            "nat64",
            "an address says nothing of a name",
        ),
    ] {
        let told = one(peer, range);
        assert_eq!(told.way.word(), way, "{peer}: {told:?}");
        assert!(told.way.how().contains(says), "{peer}: {told:?}");
    }
    let name = |peer| match one(peer, None).what {
        What::Resource { name, .. } => name,
        other => format!("{other:?}"),
    };
    assert_eq!(name("10.0.1.5"), "a database of RDS");
    assert_eq!(name("10.0.2.5"), "a cache of ElastiCache cart-001");
    assert_eq!(name("10.0.1.6"), "load balancer app/pay/1");
}

#[test]
fn a_service_of_awss_is_one_destination_whatever_its_addresses_and_the_most_bytes_come_first() {
    let told = report(&read(vec![
        flow(Side::Ipv4, "192.0.2.9", 443, Some("S3"), 5),
        flow(Side::Ipv4, "192.0.2.1", 443, Some("S3"), 6),
        flow(Side::Ipv4, "203.0.113.1", 443, None, 100),
        flow(Side::Ipv4, "203.0.113.1", 8443, None, 1),
    ]));
    let bytes: Vec<u64> = told.over_ipv4.iter().map(Destination::bytes).collect();
    assert_eq!(bytes, [1_100, 121, 11]);
    let s3: Vec<String> = told.over_ipv4[1]
        .addresses
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(s3, ["192.0.2.1", "192.0.2.9"]);
}

#[test]
fn what_goes_by_nat64_is_decoded_and_has_the_word_that_is_known_of_its_address() {
    assert_eq!(
        behind_nat64("64:ff9b::c000:201".parse().unwrap()),
        Some([192, 0, 2, 1].into())
    );
    assert_eq!(behind_nat64("64:ff9b:1::c000:201".parse().unwrap()), None);
    let told = report(&read(vec![
        flow(Side::Ipv4, "192.0.2.1", 443, Some("S3"), 1),
        flow(Side::Ipv6, "64:ff9b::c000:201", 443, None, 2),
        flow(Side::Ipv6, "64:ff9b::a00:105", 5432, None, 1),
        flow(Side::Ipv6, "2001:db8::1", 443, None, 3),
        flow(Side::Ipv4, "2001:db8::1", 443, None, 4),
    ]));
    assert!(matches!(&told.by_nat64[0].what, What::Aws { range, .. } if range == "S3"));
    assert!(
        matches!(&told.by_nat64[1].what, What::Resource { interface, .. } if interface == "eni-db")
    );
    assert_eq!((told.twin_over_ipv6, told.ipv4_side_over_ipv6), (33, 44));
}

#[test]
fn what_is_not_told_is_said() {
    let mut read = read(Vec::new());
    read.log.format = Format::parse("${interface-id} ${srcaddr}");
    read.log.traffic = "ACCEPT".to_owned();
    read.log.resource = "subnet-1".to_owned();
    read.found = FoundBy::Interfaces { asked: 1, of: 3 };
    read.is_cut = true;
    read.interfaces = Known::Unknown(Why::new("ec2:DescribeNetworkInterfaces: denied"));
    let untold = report(&read).untold;
    for said in [
        "fl-1 has no record of it",
        "no pkt-dst-aws-service",
        "1 of 3 tasks that run now",
        "outside subnet-1",
        "what was rejected",
        "10,000 rows",
        "DescribeNetworkInterfaces: denied",
        "flow logs have none of it",
    ] {
        assert!(
            untold.iter().any(|u| u.contains(said)),
            "{said}: {untold:#?}"
        );
    }
}
