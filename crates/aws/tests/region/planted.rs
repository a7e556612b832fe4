//! Faults that somebody planted in a network: each is named, and its remedy, done in the region, makes it go away.

use sixshift_core::readiness::{Severity, findings};
use sixshift_sim::{
    Value,
    scenario::{
        self,
        flaws::{self, FLAWS, Shows},
    },
    services::{self, Service},
};

use crate::ground::Ground;

/// A call as whoever owns the network makes it.
fn ec2(ground: &Ground, op: &'static str, fields: &[(&str, Value)]) -> Value {
    let input = Value::map(fields.iter().map(|(k, v)| (*k, v.clone())));
    let done = ground
        .region
        .with_world(|world| services::call(world, Service::Ec2, op, &input));
    done.unwrap_or_else(|refusal| panic!("{op}: {refusal:?}"))
}

fn text(value: &Value) -> Value {
    Value::from(value.as_str().unwrap())
}

/// The names of what hands that know nothing yet find.
async fn found(ground: &Ground) -> Vec<&'static str> {
    let ground = ground.again();
    let plan = ground.plan();
    let seen = ground.full(&plan).await;
    findings(&plan, &seen).iter().map(|f| f.code).collect()
}

/// A fault, what names it, and its remedy.
struct Planted {
    name: &'static str,
    fault: fn(&Ground),
    remedy: fn(&Ground),
}

fn subnet(ground: &Ground) -> Value {
    Value::from(ground.services[0].ipv6_subnets[0].as_str())
}

/// The route table of the plan's subnets.
fn table(ground: &Ground) -> Value {
    let filter = Value::map([
        ("Name", Value::from("association.subnet-id")),
        ("Value", Value::list([subnet(ground)])),
    ]);
    let found = ec2(
        ground,
        "DescribeRouteTables",
        &[("Filter", Value::list([filter]))],
    );
    text(found.get("routeTableSet").items()[0].get("routeTableId"))
}

fn unroute(ground: &Ground, to: &str) {
    let fields = [
        ("RouteTableId", table(ground)),
        ("DestinationIpv6CidrBlock", to.into()),
    ];
    ec2(ground, "DeleteRoute", &fields);
}

fn set(ground: &Ground, attribute: &str, on: bool) {
    let value = Value::map([("Value", Value::from(on))]);
    ec2(
        ground,
        "ModifySubnetAttribute",
        &[("SubnetId", subnet(ground)), (attribute, value)],
    );
}

fn first(ground: &Ground, op: &'static str, set: &str, id: &str) -> Value {
    text(ec2(ground, op, &[]).get(set).items()[0].get(id))
}

fn vpc(ground: &Ground) -> Value {
    first(ground, "DescribeVpcs", "vpcSet", "vpcId")
}

/// The security group of the tasks.
fn tasks(ground: &Ground) -> Value {
    let all = ec2(ground, "DescribeSecurityGroups", &[]);
    let groups = all.get("securityGroupInfo").items();
    let own = groups
        .iter()
        .find(|g| g.get("groupName").as_str() == Some("tasks"));
    text(own.unwrap().get("groupId"))
}

fn everything(ipv6: bool) -> Value {
    let range = if ipv6 {
        (
            "Ipv6Ranges",
            Value::list([Value::map([("CidrIpv6", Value::from("::/0"))])]),
        )
    } else {
        (
            "IpRanges",
            Value::list([Value::map([("CidrIp", Value::from("0.0.0.0/0"))])]),
        )
    };
    Value::list([Value::map([("IpProtocol", Value::from("-1")), range])])
}

fn to_the_container(key: &'static str, peers: Value) -> Value {
    let mut permission = Value::map([
        ("IpProtocol", Value::from("tcp")),
        ("FromPort", Value::from(8080_i64)),
        ("ToPort", Value::from(8080_i64)),
    ]);
    permission.set(key, peers);
    Value::list([permission])
}

fn from_balancer(ground: &Ground) -> Value {
    let all = ec2(ground, "DescribeSecurityGroups", &[]);
    let groups = all.get("securityGroupInfo").items();
    let own = groups
        .iter()
        .find(|g| g.get("groupName").as_str() == Some("load-balancers"));
    let id = text(own.unwrap().get("groupId"));
    let pair = Value::list([Value::map([("GroupId", id)])]);
    to_the_container("Groups", pair)
}

fn from_ipv4() -> Value {
    let range = Value::list([Value::map([("CidrIp", Value::from("10.0.0.0/16"))])]);
    to_the_container("IpRanges", range)
}

const PLANTED: &[Planted] = &[
    Planted {
        name: "default-route",
        fault: |g| unroute(g, "::/0"),
        remedy: |g| {
            let set = "egressOnlyInternetGatewaySet";
            let op = "DescribeEgressOnlyInternetGateways";
            let gateway = first(g, op, set, "egressOnlyInternetGatewayId");
            let to = ("DestinationIpv6CidrBlock", "::/0".into());
            let by = ("EgressOnlyInternetGatewayId", gateway);
            ec2(g, "CreateRoute", &[("RouteTableId", table(g)), to, by]);
        },
    },
    Planted {
        name: "dns64-without-nat64",
        fault: |g| unroute(g, "64:ff9b::/96"),
        remedy: |g| {
            let gateway = first(g, "DescribeNatGateways", "natGatewaySet", "natGatewayId");
            let to = ("DestinationIpv6CidrBlock", "64:ff9b::/96".into());
            let by = ("NatGatewayId", gateway);
            ec2(g, "CreateRoute", &[("RouteTableId", table(g)), to, by]);
        },
    },
    Planted {
        name: "nat64-without-dns64",
        fault: |g| set(g, "EnableDns64", false),
        remedy: |g| set(g, "EnableDns64", true),
    },
    Planted {
        name: "vpc-resolver",
        fault: |g| {
            let off = Value::map([("Value", Value::from(false))]);
            ec2(
                g,
                "ModifyVpcAttribute",
                &[("VpcId", vpc(g)), ("EnableDnsSupport", off)],
            );
        },
        remedy: |g| {
            let on = Value::map([("Value", Value::from(true))]);
            ec2(
                g,
                "ModifyVpcAttribute",
                &[("VpcId", vpc(g)), ("EnableDnsSupport", on)],
            );
        },
    },
    Planted {
        name: "group-out",
        fault: |g| {
            let fields = [("GroupId", tasks(g)), ("IpPermissions", everything(true))];
            ec2(g, "RevokeSecurityGroupEgress", &fields);
        },
        remedy: |g| {
            let fields = [("GroupId", tasks(g)), ("IpPermissions", everything(true))];
            ec2(g, "AuthorizeSecurityGroupEgress", &fields);
        },
    },
    Planted {
        name: "group-balancer",
        fault: |g| {
            let group = || ("GroupId", tasks(g));
            ec2(
                g,
                "RevokeSecurityGroupIngress",
                &[group(), ("IpPermissions", from_balancer(g))],
            );
            ec2(
                g,
                "AuthorizeSecurityGroupIngress",
                &[group(), ("IpPermissions", from_ipv4())],
            );
        },
        remedy: |g| {
            let permissions = ("IpPermissions", from_balancer(g));
            ec2(
                g,
                "AuthorizeSecurityGroupIngress",
                &[("GroupId", tasks(g)), permissions],
            );
        },
    },
    Planted {
        name: "dhcp-resolvers",
        fault: |g| {
            let servers = Value::map([
                ("Key", Value::from("domain-name-servers")),
                ("Value", Value::list([Value::from("10.0.0.53")])),
            ]);
            let made = ec2(
                g,
                "CreateDhcpOptions",
                &[("DhcpConfiguration", Value::list([servers]))],
            );
            let id = text(made.get("dhcpOptions").get("dhcpOptionsId"));
            ec2(
                g,
                "AssociateDhcpOptions",
                &[("DhcpOptionsId", id), ("VpcId", vpc(g))],
            );
        },
        remedy: |g| {
            let fields = [("DhcpOptionsId", "default".into()), ("VpcId", vpc(g))];
            ec2(g, "AssociateDhcpOptions", &fields);
        },
    },
];

#[tokio::test(start_paused = true)]
async fn each_fault_in_a_network_is_named_and_its_remedy_makes_it_go_away() {
    for planted in PLANTED {
        let ground = Ground::new("healthy", None);
        assert_eq!(
            found(&ground).await,
            [] as [&str; 0],
            "{}: before",
            planted.name
        );
        (planted.fault)(&ground);
        let named = found(&ground).await;
        assert!(named.contains(&planted.name), "{}: {named:?}", planted.name);
        (planted.remedy)(&ground);
        assert_eq!(
            found(&ground).await,
            [] as [&str; 0],
            "{}: after",
            planted.name
        );
    }
}

/// Those that keep a twin from starting or from its load balancer stop the plan; those that fail customers are told at least.
#[tokio::test(start_paused = true)]
async fn every_flaw_that_a_network_can_have_is_named() {
    for flaw in FLAWS {
        let mut built = scenario::build("healthy", None, 7).unwrap();
        flaws::plant(&mut built, flaw.name).unwrap();
        let ground = Ground::of(built);
        let plan = ground.plan();
        let seen = ground.full(&plan).await;
        let found = findings(&plan, &seen);
        let named: Vec<_> = found.iter().map(|f| (f.code, f.severity)).collect();
        let least = match flaw.shows {
            Shows::Failing => Severity::Warn,
            Shows::NotPlaced(_) | Shows::NotStarted(_) | Shows::Unhealthy(_) => Severity::Block,
        };
        assert!(
            named.iter().any(|(_, severity)| *severity >= least),
            "{}: {named:?}",
            flaw.name
        );
    }
}
