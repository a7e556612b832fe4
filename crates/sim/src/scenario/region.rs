//! The ground that scenarios stand on: a VPC with subnets of each kind, security groups, a cluster.

use std::net::Ipv6Addr;

use jiff::Timestamp;

use super::ScenarioError;
use crate::Value;
use crate::services::{self, Service};
use crate::world::World;

/// The region that scenarios play in.
pub(super) const REGION: &str = "eu-central-1";
/// The account.
pub(super) const ACCOUNT: &str = "123456789012";
/// The cluster.
pub(super) const CLUSTER: &str = "prod";
const ZONES: [&str; 3] = ["a", "b", "c"];
/// 07:30 on a Monday; scenarios are handed over at nine, when the day's traffic is at its mean.
const BEGIN: i64 = 1_772_436_600;

/// A world with its network and its cluster.
pub(super) struct Ground {
    pub(super) world: World,
    pub(super) vpc: String,
    /// Dual-stack, for load balancers.
    pub(super) public: Vec<String>,
    /// IPv4, where services run today.
    pub(super) private: Vec<String>,
    /// IPv6-only, where they are to run.
    pub(super) ipv6: Vec<String>,
    pub(super) balancer_group: String,
    pub(super) task_group: String,
}

/// Builds the ground.
pub(super) fn ground(seed: u64) -> Result<Ground, ScenarioError> {
    let begin = Timestamp::from_second(BEGIN).unwrap_or(Timestamp::UNIX_EPOCH);
    let mut world = World::seeded(REGION, ACCOUNT, begin, seed);
    let made = ec2(
        &mut world,
        "CreateVpc",
        [
            ("CidrBlock", "10.0.0.0/16".into()),
            ("AmazonProvidedIpv6CidrBlock", true.into()),
        ],
    )?;
    let vpc = text(made.get("vpc").get("vpcId"));
    let blocks = made.get("vpc").get("ipv6CidrBlockAssociationSet").items();
    let block = blocks
        .first()
        .map(|b| text(b.get("ipv6CidrBlock")))
        .unwrap_or_default();
    let mut subnets: [Vec<String>; 3] = Default::default();
    for (kind, list) in subnets.iter_mut().enumerate() {
        for (place, zone) in ZONES.iter().enumerate() {
            let number = kind * 16 + place;
            let ipv4 = Value::from(format!("10.0.{}.0/20", (kind * 4 + place) * 16));
            let ipv6 = slice(&block, number);
            let mut fields: Vec<(&str, Value)> = vec![
                ("VpcId", vpc.as_str().into()),
                ("AvailabilityZone", format!("{REGION}{zone}").into()),
            ];
            match kind {
                0 => fields.extend([("CidrBlock", ipv4), ("Ipv6CidrBlock", ipv6.into())]),
                1 => fields.push(("CidrBlock", ipv4)),
                _ => fields.extend([("Ipv6CidrBlock", ipv6.into()), ("Ipv6Native", true.into())]),
            }
            let made = ec2(&mut world, "CreateSubnet", fields)?;
            list.push(text(made.get("subnet").get("subnetId")));
        }
    }
    let [public, private, ipv6] = subnets;
    for id in &ipv6 {
        for attribute in ["AssignIpv6AddressOnCreation", "EnableDns64"] {
            let value = Value::map([("Value", true.into())]);
            ec2(
                &mut world,
                "ModifySubnetAttribute",
                [("SubnetId", id.as_str().into()), (attribute, value)],
            )?;
        }
    }
    ways_out(&mut world, &vpc, [&public, &private, &ipv6])?;
    let balancer_group = security_group(&mut world, &vpc, "load-balancers")?;
    let task_group = security_group(&mut world, &vpc, "tasks")?;
    allow(&mut world, &balancer_group, 80, open())?;
    allow(&mut world, &balancer_group, 443, open())?;
    let pair = Value::map([("GroupId", Value::from(balancer_group.as_str()))]);
    allow(
        &mut world,
        &task_group,
        8080,
        vec![("Groups", Value::list([pair]))],
    )?;
    call(
        &mut world,
        Service::Ecs,
        "CreateCluster",
        [("clusterName", CLUSTER.into())],
    )?;
    Ok(Ground {
        world,
        vpc,
        public,
        private,
        ipv6,
        balancer_group,
        task_group,
    })
}

/// A route table for each kind of subnet: by an internet gateway, by a NAT gateway, and on IPv6 by an egress-only one, with NAT64
/// for the names that have no IPv6 address.
fn ways_out(
    world: &mut World,
    vpc: &str,
    [public, private, ipv6]: [&[String]; 3],
) -> Result<(), ScenarioError> {
    let in_vpc = || [("VpcId", Value::from(vpc))];
    let internet = text(
        ec2(world, "CreateInternetGateway", [])?
            .get("internetGateway")
            .get("internetGatewayId"),
    );
    let attach = [
        ("InternetGatewayId", internet.as_str().into()),
        ("VpcId", vpc.into()),
    ];
    ec2(world, "AttachInternetGateway", attach)?;
    let made = ec2(world, "CreateEgressOnlyInternetGateway", in_vpc())?;
    let egress = text(
        made.get("egressOnlyInternetGateway")
            .get("egressOnlyInternetGatewayId"),
    );
    let made = ec2(world, "AllocateAddress", [("Domain", "vpc".into())])?;
    let address = made.get("allocationId").clone();
    let first = public.first().map_or("", String::as_str);
    let made = ec2(
        world,
        "CreateNatGateway",
        [("SubnetId", first.into()), ("AllocationId", address)],
    )?;
    let nat = text(made.get("natGateway").get("natGatewayId"));
    let by_internet = [("0.0.0.0/0", &internet), ("::/0", &internet)];
    let by_nat = [("0.0.0.0/0", &nat)];
    let by_ipv6 = [("::/0", &egress), ("64:ff9b::/96", &nat)];
    let tables: [(&[String], &[(&str, &String)]); 3] =
        [(public, &by_internet), (private, &by_nat), (ipv6, &by_ipv6)];
    for (subnets, routes) in tables {
        let made = ec2(world, "CreateRouteTable", in_vpc())?;
        let table = text(made.get("routeTable").get("routeTableId"));
        for (to, target) in routes {
            route(world, &table, to, target)?;
        }
        for subnet in subnets {
            let pair = [
                ("RouteTableId", table.as_str().into()),
                ("SubnetId", subnet.as_str().into()),
            ];
            ec2(world, "AssociateRouteTable", pair)?;
        }
    }
    Ok(())
}

fn route(world: &mut World, table: &str, to: &str, target: &str) -> Result<(), ScenarioError> {
    let destination = if to.contains(':') {
        "DestinationIpv6CidrBlock"
    } else {
        "DestinationCidrBlock"
    };
    let by = match target.split('-').next() {
        Some("nat") => "NatGatewayId",
        Some("eigw") => "EgressOnlyInternetGatewayId",
        _ => "GatewayId",
    };
    let fields = [
        ("RouteTableId", table.into()),
        (destination, to.into()),
        (by, target.into()),
    ];
    ec2(world, "CreateRoute", fields).map(|_| ())
}

/// The /64 of a number within a block.
fn slice(block: &str, number: usize) -> String {
    let base: Ipv6Addr = block
        .split('/')
        .next()
        .and_then(|b| b.parse().ok())
        .unwrap_or(Ipv6Addr::UNSPECIFIED);
    format!(
        "{}/64",
        Ipv6Addr::from(u128::from(base) + ((number as u128) << 64))
    )
}

/// A call as any client makes it.
pub(super) fn call(
    world: &mut World,
    service: Service,
    op: &'static str,
    fields: impl IntoIterator<Item = (&'static str, Value)>,
) -> Result<Value, ScenarioError> {
    services::call(world, service, op, &Value::map(fields))
        .map_err(|source| ScenarioError::Refused { op, source })
}

/// The text of a value; empty where it is none.
pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn ec2<'a>(
    world: &mut World,
    op: &'static str,
    fields: impl IntoIterator<Item = (&'a str, Value)>,
) -> Result<Value, ScenarioError> {
    services::call(world, Service::Ec2, op, &Value::map(fields))
        .map_err(|source| ScenarioError::Refused { op, source })
}

fn open() -> Vec<(&'static str, Value)> {
    vec![
        (
            "IpRanges",
            Value::list([Value::map([("CidrIp", Value::from("0.0.0.0/0"))])]),
        ),
        (
            "Ipv6Ranges",
            Value::list([Value::map([("CidrIpv6", Value::from("::/0"))])]),
        ),
    ]
}

pub(super) fn security_group(
    world: &mut World,
    vpc: &str,
    name: &str,
) -> Result<String, ScenarioError> {
    let fields = [
        ("GroupName", name.into()),
        ("GroupDescription", Value::from(name)),
        ("VpcId", vpc.into()),
    ];
    let made = ec2(world, "CreateSecurityGroup", fields)?;
    Ok(text(made.get("groupId")))
}

pub(super) fn allow(
    world: &mut World,
    group: &str,
    port: i64,
    from: Vec<(&'static str, Value)>,
) -> Result<(), ScenarioError> {
    let mut permission = Value::map([
        ("IpProtocol", Value::from("tcp")),
        ("FromPort", port.into()),
        ("ToPort", port.into()),
    ]);
    for (key, value) in from {
        permission.set(key, value);
    }
    let fields = [
        ("GroupId", group.into()),
        ("IpPermissions", Value::list([permission])),
    ];
    ec2(world, "AuthorizeSecurityGroupIngress", fields).map(|_| ())
}
