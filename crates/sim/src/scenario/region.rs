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
    routes(&mut world, &vpc, [&public, &private, &ipv6])?;
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

/// The ways out: an internet gateway for the load balancers, a NAT gateway for what runs today, and for what has IPv6 alone an
/// egress-only gateway, and the NAT gateway where it asks hosts that have not.
fn routes(world: &mut World, vpc: &str, subnets: [&[String]; 3]) -> Result<(), ScenarioError> {
    let of_vpc = || ("VpcId", Value::from(vpc));
    let on = Value::map([("Value", true.into())]);
    ec2(
        world,
        "ModifyVpcAttribute",
        [of_vpc(), ("EnableDnsHostnames", on)],
    )?;
    let made = ec2(world, "CreateInternetGateway", [])?;
    let internet = made.get("internetGateway").get("internetGatewayId").clone();
    let gateway = ("InternetGatewayId", internet.clone());
    ec2(world, "AttachInternetGateway", [of_vpc(), gateway])?;
    let made = ec2(world, "CreateEgressOnlyInternetGateway", [of_vpc()])?;
    let gateway = made.get("egressOnlyInternetGateway");
    let egress = gateway.get("egressOnlyInternetGatewayId").clone();
    let address = ec2(world, "AllocateAddress", [("Domain", "vpc".into())])?;
    let at = subnets[0].first().map_or("", String::as_str);
    let fields = [
        ("SubnetId", at.into()),
        ("AllocationId", address.get("allocationId").clone()),
    ];
    let made = ec2(world, "CreateNatGateway", fields)?;
    let nat = made.get("natGateway").get("natGatewayId").clone();
    const V4: &str = "DestinationCidrBlock";
    const V6: &str = "DestinationIpv6CidrBlock";
    let wanted = [
        vec![
            (V4, "0.0.0.0/0", "GatewayId", &internet),
            (V6, "::/0", "GatewayId", &internet),
        ],
        vec![(V4, "0.0.0.0/0", "NatGatewayId", &nat)],
        vec![
            (V6, "::/0", "EgressOnlyInternetGatewayId", &egress),
            (V6, "64:ff9b::/96", "NatGatewayId", &nat),
        ],
    ];
    for (subnets, routes) in subnets.into_iter().zip(wanted) {
        let made = ec2(world, "CreateRouteTable", [of_vpc()])?;
        let table = made.get("routeTable").get("routeTableId").clone();
        for (block, to, kind, target) in routes {
            let fields = [
                ("RouteTableId", table.clone()),
                (block, to.into()),
                (kind, target.clone()),
            ];
            ec2(world, "CreateRoute", fields)?;
        }
        for subnet in subnets {
            let fields = [
                ("RouteTableId", table.clone()),
                ("SubnetId", subnet.as_str().into()),
            ];
            ec2(world, "AssociateRouteTable", fields)?;
        }
    }
    Ok(())
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

pub(super) fn ec2<'a>(
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
