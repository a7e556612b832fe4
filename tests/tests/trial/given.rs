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
        // A way out for IPv6: preflight would name it, and no task would start without.
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
        let table = ("RouteTableId", main.clone());
        let route = vec![
            table,
            ("DestinationIpv6CidrBlock", "::/0".into()),
            ("GatewayId", gateway.as_str().into()),
        ];
        ask("CreateRoute", route);
        (id, subnets)
    })
}

#[test]
fn what_the_subnets_lack_is_said_and_nothing_is_made() {
    let here = Here::at(60.0);
    let (vpc, subnets) = ground(&here);
    let before = here.inventory();
    let other = "subnet-0123456789abcdef0".to_owned();
    for (given, lack) in [
        (
            vec![&subnets[0], &subnets[2], &subnets[3]],
            "dual-stack subnets in two zones, and 1 of",
        ),
        (
            vec![&subnets[0], &subnets[1], &subnets[2]],
            "IPv6-only subnets in two zones, and 1 of",
        ),
        (vec![&other], "subnet-0123456789abcdef0 does not exist here"),
    ] {
        let given: Vec<&str> = given.into_iter().map(String::as_str).collect();
        let (code, said) = here
            .start(&["--vpc", &vpc, "--subnets", &given.join(",")])
            .ended();
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains(lack), "{said}");
        assert_eq!(here.inventory(), before);
    }
    let (code, said) = here
        .start(&["--vpc", "vpc-0", "--subnets", &subnets.join(",")])
        .ended();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("give subnets of one VPC"), "{said}");
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
