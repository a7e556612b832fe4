//! Which NAT gateways could go once services run on IPv6 alone, and why others stay.
#![allow(clippy::unwrap_used, clippy::panic)]

mod world;

use std::collections::BTreeMap;

use sixshift_core::{
    observation::{Ground, Known, NatGateway, RouteTable, Subnet, VpcRoute, Why},
    savings::{Member, Savings, savings},
};
use world::{World, build::plan};

const NAT: &str = "nat-0a1b2c3d4e5f60718";

fn world() -> World {
    World::scaled(plan(&[]))
}

fn route(destination: &str) -> VpcRoute {
    VpcRoute {
        destination: destination.to_owned(),
        target: NAT.to_owned(),
        is_active: true,
    }
}

/// The service's subnets behind one NAT gateway, by the main table.
fn ground(world: &World) -> Ground {
    let own = world.ipv4.as_ref().unwrap().subnets.iter();
    let nat = NatGateway {
        connectivity: "public".to_owned(),
        ..NatGateway::default()
    };
    let table = RouteTable {
        id: "rtb-1".to_owned(),
        is_main: true,
        routes: vec![route("0.0.0.0/0")],
        ..RouteTable::default()
    };
    Ground {
        subnets: Known::Seen(own.map(|id| (id.clone(), Subnet::default())).collect()),
        nat_gateways: Known::Seen(BTreeMap::from([(NAT.to_owned(), nat)])),
        route_tables: Known::Seen(vec![table]),
        ..Ground::default()
    }
}

fn saved(world: &World, ground: &Ground, others: &[bool]) -> Savings {
    let seen = world.look();
    let member = |name, moves| Member {
        name,
        seen: &seen,
        ground,
        moves,
    };
    let mut members = vec![member("checkout", true)];
    members.extend(others.iter().map(|moves| member("other", *moves)));
    savings(&members)
}

fn stays(saved: &Savings) -> Vec<&str> {
    saved.gateways[NAT]
        .stays
        .iter()
        .map(String::as_str)
        .collect()
}

#[test]
fn a_gateway_that_nobody_else_needs_can_go() {
    let world = world();
    let saved = saved(&world, &ground(&world), &[true]);
    assert!(saved.gateways[NAT].is_public);
    assert_eq!(stays(&saved), [""; 0]);
}

#[test]
fn it_stays_for_whoever_does_not_move_and_for_what_is_not_known() {
    let world = world();
    let mut ground = ground(&world);
    assert_eq!(
        stays(&saved(&world, &ground, &[false])),
        ["service other goes through it and is not moved"]
    );
    if let Known::Seen(all) = &mut ground.subnets {
        all.insert("subnet-0f".to_owned(), Subnet::default());
        let native = Subnet {
            ipv6_only: true,
            ..Subnet::default()
        };
        all.insert("subnet-06".to_owned(), native);
    }
    let why = "subnet-0f goes through it too, and no service that was read is in it";
    assert_eq!(stays(&saved(&world, &ground, &[])), [why]);
}

#[test]
fn one_dependency_with_ipv4_addresses_alone_keeps_it() {
    let mut world = world();
    world
        .definition
        .images
        .push(("side".to_owned(), "ghcr.io/a/b:1".to_owned()));
    let mut ground = ground(&world);
    if let Known::Seen(tables) = &mut ground.route_tables {
        tables[0].routes.push(route("64:ff9b::/96"));
    }
    let saved = saved(&world, &ground, &[]);
    let told = stays(&saved).join("; ");
    assert!(told.contains("NAT64 of rtb-1 leads to it"), "{told}");
    assert!(
        told.contains("container side of checkout comes from a registry without IPv6 addresses"),
        "{told}"
    );
}

#[test]
fn addresses_of_tasks_go_and_what_cannot_be_read_saves_nothing() {
    let mut world = world();
    let service = world.ipv4.as_mut().unwrap();
    service.public_ip = true;
    let desired = service.desired;
    let mut ground = ground(&world);
    ground.route_tables = Known::Unknown(Why::new("ec2:DescribeRouteTables: denied"));
    let saved = saved(&world, &ground, &[]);
    assert_eq!((saved.addresses, saved.gateways.len()), (desired, 0));
    assert!(saved.unread[0].contains("could not be read"), "{saved:?}");
}
