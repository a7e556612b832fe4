//! The network that a VPC lacks, as code: what is in it follows from what was read.
#![allow(clippy::unwrap_used, clippy::panic)]

mod world;

use std::collections::BTreeMap;

use sixshift_core::{
    observation::{
        Ground, Known, NatGateway, Permission, SecurityGroup, ServiceLoadBalancer, Subnet, Vpc, Why,
    },
    plan::ServiceRef,
    prepare::{Network, Whole, cloudformation, lacking, terraform},
};
use world::{World, build::plan};

fn service() -> ServiceRef {
    plan(&[]).service
}

fn subnet(zone: &str, ipv4: &str) -> Subnet {
    Subnet {
        vpc: "vpc-0a1b2c3d4e5f60718".to_owned(),
        zone: zone.to_owned(),
        ipv4_block: Some(ipv4.to_owned()),
        ..Subnet::default()
    }
}

/// The service's own subnets alone, behind a NAT gateway in the first zone.
fn ground(world: &World) -> Ground {
    let own = &world.ipv4.as_ref().unwrap().subnets;
    let zones = ["eu-central-1a", "eu-central-1b"].into_iter().cycle();
    let subnets = own.iter().zip(zones);
    let subnets = subnets.map(|(id, zone)| (id.clone(), subnet(zone, "10.0.0.0/20")));
    let everything = Permission {
        protocol: "-1".to_owned(),
        ipv4: vec!["0.0.0.0/0".to_owned()],
        ..Permission::default()
    };
    let scraper = Permission {
        protocol: "tcp".to_owned(),
        ports: Some((9090, 9090)),
        ipv4: vec!["10.0.0.0/20".to_owned(), "192.0.2.0/24".to_owned()],
        ..Permission::default()
    };
    let group = SecurityGroup {
        ingress: vec![scraper],
        egress: vec![everything],
        ..SecurityGroup::default()
    };
    let groups = &world.ipv4.as_ref().unwrap().security_groups;
    let nat = NatGateway {
        state: "available".to_owned(),
        connectivity: "public".to_owned(),
        subnet: own.first().cloned(),
        addresses: vec![],
    };
    Ground {
        vpc: Known::Seen(Vpc {
            id: "vpc-0a1b2c3d4e5f60718".to_owned(),
            ipv4_blocks: vec!["10.0.0.0/16".to_owned()],
            ipv6_blocks: vec![("2a05:d014:1:a00::/56".to_owned(), "associated".to_owned())],
            ..Vpc::default()
        }),
        subnets: Known::Seen(subnets.collect()),
        groups: Known::Seen(
            groups
                .iter()
                .map(|id| (id.clone(), group.clone()))
                .collect(),
        ),
        nat_gateways: Known::Seen(BTreeMap::from([("nat-0a1b2c3d4e5f60718".to_owned(), nat)])),
        egress_gateways: Known::Seen(BTreeMap::new()),
        ..Ground::default()
    }
}

fn world() -> World {
    World::scaled(plan(&[]))
}

fn network(ground: &Ground, nat64: bool) -> Network {
    lacking(&service(), &world().look(), ground, nat64).unwrap()
}

#[test]
fn a_template_has_what_the_vpc_lacks() {
    insta::assert_snapshot!(cloudformation(&network(&ground(&world()), false)));
}

#[test]
fn code_for_terraform_has_the_same() {
    insta::assert_snapshot!(terraform(&network(&ground(&world()), true)));
}

#[test]
fn a_vpc_without_a_block_gets_one_first() {
    let mut ground = ground(&world());
    if let Known::Seen(vpc) = &mut ground.vpc {
        vpc.ipv6_blocks.clear();
    }
    let network = network(&ground, false);
    let template = cloudformation(&network);
    for told in [
        "AmazonProvidedIpv6CidrBlock: true",
        "Condition: \"HasBlock\"",
        "Fn::Cidr",
    ] {
        assert!(template.contains(told), "{told}: {template}");
    }
    let code = terraform(&network);
    let part = "cidrsubnet(aws_vpc_ipv6_cidr_block_association.ipv6_only.ipv6_cidr_block, 8, 0)";
    assert!(code.contains(part), "{code}");
}

#[test]
fn a_gateway_that_is_there_is_used() {
    let mut ground = ground(&world());
    let there = BTreeMap::from([("eigw-0a1b2c3d4e5f60718".to_owned(), "attached".to_owned())]);
    ground.egress_gateways = Known::Seen(there);
    let template = cloudformation(&network(&ground, false));
    assert!(
        template.contains("\"eigw-0a1b2c3d4e5f60718\""),
        "{template}"
    );
    assert!(
        !template.contains("AWS::EC2::EgressOnlyInternetGateway"),
        "{template}"
    );
}

#[test]
fn nat64_needs_a_nat_gateway_and_is_taken_where_an_image_needs_it() {
    let mut ground = ground(&world());
    let mut world = world();
    world
        .definition
        .images
        .push(("side".to_owned(), "ghcr.io/a/b:1".to_owned()));
    let network = lacking(&service(), &world.look(), &ground, false).unwrap();
    assert!(cloudformation(&network).contains("64:ff9b::/96"));
    ground.nat_gateways = Known::Seen(BTreeMap::new());
    let network = lacking(&service(), &world.look(), &ground, true).unwrap();
    assert!(
        network
            .notes
            .iter()
            .any(|n| n.starts_with("NAT64, for the VPC has no public")),
        "{network:?}"
    );
    assert!(!cloudformation(&network).contains("64:ff9b::/96"));
}

#[test]
fn where_nothing_lacks_or_too_little_is_known_that_is_said() {
    let mut ground = ground(&world());
    let fail = |ground: &Ground| lacking(&service(), &world().look(), ground, false).unwrap_err();
    if let Known::Seen(all) = &mut ground.subnets {
        for (id, zone) in [
            ("subnet-0000000a", "eu-central-1a"),
            ("subnet-0000000b", "eu-central-1b"),
        ] {
            let made = Subnet {
                ipv6_only: true,
                has_ipv6: true,
                ..subnet(zone, "")
            };
            all.insert(id.to_owned(), made);
        }
    }
    assert!(matches!(fail(&ground), Whole::Nothing(_)));
    ground.subnets = Known::Unknown(Why::new("ec2:DescribeSubnets: denied"));
    assert!(matches!(
        fail(&ground),
        Whole::Unread("the VPC's subnets", _)
    ));
}

#[test]
fn every_port_of_the_service_is_let_in() {
    let mut world = world();
    let live = world.ipv4.as_mut().unwrap();
    let one = live.load_balancers[0].clone();
    live.load_balancers = [80, 443, 843, 853, 990]
        .map(|port| ServiceLoadBalancer {
            port,
            ..one.clone()
        })
        .to_vec();
    let network = lacking(&service(), &world.look(), &ground(&world), false).unwrap();
    for written in [cloudformation(&network), terraform(&network)] {
        for port in [80, 443, 843, 853, 990] {
            let said = [
                format!("\"From\": {port}"),
                format!("From: {port}"),
                format!("from_port = {port}"),
            ];
            let flat = written.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(
                said.iter().any(|said| flat.contains(said)),
                "{port}: {written}"
            );
        }
    }
}
