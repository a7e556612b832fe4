//! A trial in subnets that somebody gave: what they lack is said before anything is made.

use std::net::Ipv6Addr;

use sixshift_sim::{
    Value,
    services::{Service, call},
};

use super::here::Here;

/// A VPC with a dual-stack and an IPv6-only subnet in each of two zones: its id and theirs, in that order.
fn ground(here: &Here) -> (String, Vec<String>) {
    here.region.with_world(|world| {
        let mut ask = |op: &str, fields: Vec<(&str, Value)>| {
            call(world, Service::Ec2, op, &Value::map(fields)).unwrap()
        };
        let wish = vec![
            ("CidrBlock", Value::from("10.1.0.0/16")),
            ("AmazonProvidedIpv6CidrBlock", true.into()),
        ];
        let vpc = ask("CreateVpc", wish).get("vpc").clone();
        let id = vpc.get("vpcId").as_str().unwrap().to_owned();
        let blocks = vpc.get("ipv6CidrBlockAssociationSet").items();
        let block = blocks[0].get("ipv6CidrBlock").as_str().unwrap().to_owned();
        let network: Ipv6Addr = block.split('/').next().unwrap().parse().unwrap();
        let mut subnets = Vec::new();
        for (number, zone) in [(1, "a"), (2, "b"), (3, "a"), (4, "b")] {
            let at = Ipv6Addr::from_bits(network.to_bits() | (number << 64));
            let mut wish = vec![
                ("VpcId", Value::from(id.as_str())),
                ("AvailabilityZone", format!("eu-central-1{zone}").into()),
                ("Ipv6CidrBlock", format!("{at}/64").into()),
            ];
            wish.push(match number {
                1 | 2 => ("CidrBlock", format!("10.1.{number}.0/24").into()),
                _ => ("Ipv6Native", true.into()),
            });
            let made = ask("CreateSubnet", wish);
            let subnet = made.get("subnet").get("subnetId").as_str();
            subnets.push(subnet.unwrap().to_owned());
        }
        // The ways in and out that the load balancer's customers and the tasks need.
        let made = |answer: Value, what: &str, key: &str| {
            let id = answer.get(what).get(key).as_str().map(str::to_owned);
            id.unwrap()
        };
        let gateway = made(
            ask("CreateInternetGateway", vec![]),
            "internetGateway",
            "internetGatewayId",
        );
        let attached = vec![
            ("InternetGatewayId", Value::from(gateway.as_str())),
            ("VpcId", id.as_str().into()),
        ];
        ask("AttachInternetGateway", attached);
        let filter = Value::map([
            ("Name", Value::from("vpc-id")),
            ("Value", Value::List(vec![id.as_str().into()])),
        ]);
        let tables = ask(
            "DescribeRouteTables",
            vec![("Filter", Value::List(vec![filter]))],
        );
        let main = tables.get("routeTableSet").items()[0].get("routeTableId");
        for (member, everywhere) in [
            ("DestinationCidrBlock", "0.0.0.0/0"),
            ("DestinationIpv6CidrBlock", "::/0"),
        ] {
            let route = vec![
                ("RouteTableId", main.clone()),
                (member, everywhere.into()),
                ("GatewayId", gateway.as_str().into()),
            ];
            ask("CreateRoute", route);
        }
        (id, subnets)
    })
}

/// Another subnet of the VPC in a zone: with an IPv4 block, an IPv6 one, or both.
fn subnet(
    here: &Here,
    vpc: &str,
    zone: &str,
    ipv4: Option<&str>,
    ipv6: Option<Ipv6Addr>,
) -> String {
    let mut wish = vec![
        ("VpcId", Value::from(vpc)),
        ("AvailabilityZone", format!("eu-central-1{zone}").into()),
    ];
    wish.push(match ipv4 {
        Some(block) => ("CidrBlock", block.into()),
        None => ("Ipv6Native", true.into()),
    });
    wish.extend(ipv6.map(|at| ("Ipv6CidrBlock", format!("{at}/64").into())));
    here.region.with_world(|world| {
        let made = call(world, Service::Ec2, "CreateSubnet", &Value::map(wish)).unwrap();
        let id = made.get("subnet").get("subnetId").as_str();
        id.unwrap().to_owned()
    })
}

/// Gives a subnet a table of its own, with these routes beside those within the VPC.
fn leads(here: &Here, vpc: &str, subnet: &str, routes: &[(&str, &str, &str)]) {
    here.region.with_world(|world| {
        let mut ask = |op: &str, fields: Vec<(&str, Value)>| {
            call(world, Service::Ec2, op, &Value::map(fields)).unwrap()
        };
        let table = ask("CreateRouteTable", vec![("VpcId", vpc.into())]);
        let table = table.get("routeTable").get("routeTableId").clone();
        let gateways = ask("DescribeInternetGateways", vec![]);
        let gateways = gateways.get("internetGatewaySet").items();
        let igw = gateways
            .iter()
            .find(|g| g.get("attachmentSet").items()[0].get("vpcId").as_str() == Some(vpc));
        let igw = igw.unwrap().get("internetGatewayId").clone();
        let eigw = ask(
            "CreateEgressOnlyInternetGateway",
            vec![("VpcId", vpc.into())],
        );
        let eigw = eigw.get("egressOnlyInternetGateway");
        let eigw = eigw.get("egressOnlyInternetGatewayId").clone();
        for (member, everywhere, through) in routes {
            let gateway = match *through {
                "igw" => ("GatewayId", igw.clone()),
                _ => ("EgressOnlyInternetGatewayId", eigw.clone()),
            };
            let route = vec![
                ("RouteTableId", table.clone()),
                (*member, Value::from(*everywhere)),
                gateway,
            ];
            ask("CreateRoute", route);
        }
        let associated = vec![("RouteTableId", table), ("SubnetId", subnet.into())];
        ask("AssociateRouteTable", associated);
    });
}

#[test]
fn what_the_subnets_lack_is_said_and_nothing_is_made() {
    let here = Here::at(60.0);
    let (vpc, subnets) = ground(&here);
    let [dual_a, dual_b, only_a, only_b] = [0, 1, 2, 3].map(|i| subnets[i].as_str());
    let (other, theirs) = ground(&here);
    let network = here.region.with_world(|world| {
        let mut subnets = world.network.subnets.iter();
        let found = subnets.find(|subnet| subnet.id == dual_a);
        let block = found.unwrap().ipv6_cidr.clone().unwrap();
        let at: Ipv6Addr = block.split('/').next().unwrap().parse().unwrap();
        at.to_bits() & !(0xff_u128 << 64)
    });
    let at = |number: u128| Some(Ipv6Addr::from_bits(network | (number << 64)));
    let ipv4 = subnet(&here, &vpc, "b", Some("10.1.77.0/24"), None);
    let only_c = subnet(&here, &vpc, "c", None, at(0xc1));
    let private = subnet(&here, &vpc, "b", Some("10.1.78.0/24"), at(0xc2));
    let ways = [
        ("DestinationCidrBlock", "0.0.0.0/0", "igw"),
        ("DestinationIpv6CidrBlock", "::/0", "eigw"),
    ];
    leads(&here, &vpc, &private, &ways);
    let closed = subnet(&here, &vpc, "b", Some("10.1.79.0/24"), at(0xc3));
    leads(&here, &vpc, &closed, &[]);
    let walled = subnet(&here, &vpc, "b", None, at(0xc4));
    leads(&here, &vpc, &walled, &[]);
    let before = here.inventory();
    let nowhere = "subnet-0123456789abcdef0";
    for (in_vpc, given, lack) in [
        (
            &*vpc,
            vec![dual_a, only_a, only_b],
            "dual-stack subnets in two zones, and 1 of".to_owned(),
        ),
        (
            &vpc,
            vec![dual_a, dual_a, only_a, only_b],
            "dual-stack subnets in two zones, and 1 of".to_owned(),
        ),
        (
            &vpc,
            vec![dual_a, &ipv4, only_a, only_b],
            "give another one, or an IPv4 subnet its IPv6 block".to_owned(),
        ),
        (
            &vpc,
            vec![&ipv4, only_a],
            "dual-stack subnets in two zones, and 0 of".to_owned(),
        ),
        (
            &vpc,
            vec![dual_a, dual_b, only_a],
            "IPv6-only subnets in two zones, and 1 of".to_owned(),
        ),
        (
            &vpc,
            vec![dual_a, dual_b, only_a, &only_c],
            "must be in the same two zones".to_owned(),
        ),
        (
            &vpc,
            vec![nowhere],
            format!("{nowhere} does not exist here"),
        ),
        (
            &vpc,
            vec!["sbunet-1"],
            "sbunet-1 does not exist here".to_owned(),
        ),
        (
            &vpc,
            theirs.iter().map(String::as_str).collect(),
            format!("is in {other}, not in {vpc}; give subnets of one VPC"),
        ),
        (
            "vpc-0",
            vec![dual_a, dual_b, only_a, only_b],
            format!("is in {vpc}, not in vpc-0; give subnets of one VPC"),
        ),
        (
            &vpc,
            vec![dual_a, &private, only_a, only_b],
            format!("{private} has no route for ::/0 to an internet gateway"),
        ),
        (
            &vpc,
            vec![dual_a, &closed, only_a, only_b],
            format!("{closed} has no route for 0.0.0.0/0 to an internet gateway"),
        ),
        (
            &vpc,
            vec![dual_a, dual_b, only_a, &walled],
            format!("{walled} has no route for ::/0, so that no task"),
        ),
    ] {
        let (code, said) = here
            .start(&["--vpc", in_vpc, "--subnets", &given.join(",")])
            .ended();
        assert_eq!(code, Some(1), "{lack}: {said}");
        assert!(said.contains(&lack), "{lack}: {said}");
        assert!(said.contains("Nothing was made."), "{lack}: {said}");
        assert_eq!(here.inventory(), before, "{lack}");
    }
    for wrong in [
        &["--vpc", &vpc][..],
        &["--subnets", dual_a],
        &["--vpc", &vpc, "--subnets", ""],
    ] {
        let (code, said) = here.start(wrong).ended();
        assert_eq!(code, Some(64), "{wrong:?}: {said}");
    }
}

#[test]
fn it_stands_in_them_leaves_them_as_they_were_and_can_be_played_again() {
    let here = Here::at(60.0);
    let (vpc, subnets) = ground(&here);
    let before = here.inventory();
    let under = here.start(&["--vpc", &vpc, "--subnets", &subnets.join(",")]);
    under.until("and gets its first customers");
    under.until("Warming");
    under.interrupt();
    let (code, said) = under.ended();
    assert_eq!(code, Some(130), "{said}");
    assert_eq!(here.inventory(), before, "{said}");
    assert!(
        said.contains("calls were answered as the simulated region answers"),
        "{said}"
    );
    assert!(!said.contains("  call "), "{said}");
    let text = std::fs::read_to_string(here.file("trial.json")).unwrap();
    assert!(!text.contains(&vpc) && !text.contains(&subnets[0]));
}
