//! Route tables, their routes, and who uses them.

use super::{asked, described, done, filter, invalid, required, tag_set, tags_for, vpcs};
use crate::services::AwsError;
use crate::world::network::cidr::{Block4, Block6};
use crate::world::network::routes::{Association, Route, RouteTable};
use crate::{Value, world::World};

/// What a request may send packets through, and how each is told.
const TARGETS: [(&str, &str); 7] = [
    ("GatewayId", "gatewayId"),
    ("NatGatewayId", "natGatewayId"),
    ("EgressOnlyInternetGatewayId", "egressOnlyInternetGatewayId"),
    ("NetworkInterfaceId", "networkInterfaceId"),
    ("TransitGatewayId", "transitGatewayId"),
    ("VpcPeeringConnectionId", "vpcPeeringConnectionId"),
    ("InstanceId", "instanceId"),
];

pub(super) fn call(world: &mut World, op: &str, input: &Value) -> Result<Value, AwsError> {
    match op {
        "CreateRouteTable" => create(world, input),
        "DescribeRouteTables" => describe(world, input),
        "DeleteRouteTable" => delete(world, input),
        "CreateRoute" => add_route(world, input, false),
        "ReplaceRoute" => add_route(world, input, true),
        "DeleteRoute" => delete_route(world, input),
        "AssociateRouteTable" => associate(world, input),
        "ReplaceRouteTableAssociation" => replace_association(world, input),
        _ => disassociate(world, input),
    }
}

fn create(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let vpc = required(input, "VpcId")?;
    if !world.network.has_vpc(vpc) {
        return Err(vpcs::not_found(vpc));
    }
    let tags = tags_for(input, "route-table");
    let table = world.network.add_route_table(vpc, tags).clone();
    Ok(Value::map([
        ("routeTable", write(world, &table)),
        ("clientToken", input.get("ClientToken").clone()),
    ]))
}

fn describe(world: &World, input: &Value) -> Result<Value, AwsError> {
    let ids = input.get("RouteTableId").strings();
    if let Some(absent) = ids
        .iter()
        .find(|id| world.network.route_table(id).is_none())
    {
        return Err(not_found(absent));
    }
    let mut found = Vec::new();
    for table in world
        .network
        .route_tables
        .iter()
        .filter(|t| asked(&ids, &t.id))
    {
        let all = || table.associations.iter();
        let targets = |kind: &str| -> Vec<&str> {
            let of = |r: &&Route| spelled(&r.target).is_some_and(|k| k == kind);
            table
                .routes
                .iter()
                .filter(of)
                .map(|r| r.target.as_str())
                .collect()
        };
        let fields = |name: &str| match name {
            "route-table-id" | "association.route-table-id" => Some(vec![table.id.as_str()]),
            "vpc-id" => Some(vec![table.vpc.as_str()]),
            "owner-id" => Some(vec![world.account.as_str()]),
            "association.main" => Some(vec![if table.is_main() { "true" } else { "false" }]),
            "association.subnet-id" => Some(all().filter_map(|a| a.subnet.as_deref()).collect()),
            "association.route-table-association-id" => {
                Some(all().map(|a| a.id.as_str()).collect())
            }
            "route.gateway-id" => Some(targets("gatewayId")),
            "route.nat-gateway-id" => Some(targets("natGatewayId")),
            "route.egress-only-internet-gateway-id" => Some(targets("egressOnlyInternetGatewayId")),
            "route.destination-cidr-block" => {
                Some(destinations(table, |d| Block4::parse(d).is_some()))
            }
            "route.destination-ipv6-cidr-block" => {
                Some(destinations(table, |d| Block6::parse(d).is_some()))
            }
            _ => None,
        };
        if filter::passes(input, &table.tags, fields)? {
            found.push(write(world, table));
        }
    }
    described("routeTableSet", found, input, !ids.is_empty())
}

fn destinations(table: &RouteTable, of: impl Fn(&str) -> bool) -> Vec<&str> {
    let all = table.routes.iter().map(|r| r.destination.as_str());
    all.filter(|d| of(d)).collect()
}

fn delete(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let id = required(input, "RouteTableId")?.to_owned();
    let table = find(world, &id)?;
    if !table.associations.is_empty() {
        let message = format!("The routeTable '{id}' has dependencies and cannot be deleted.");
        return Err(AwsError::new("DependencyViolation", message));
    }
    world.network.route_tables.retain(|t| t.id != id);
    Ok(done())
}

fn find<'a>(world: &'a mut World, id: &str) -> Result<&'a mut RouteTable, AwsError> {
    world
        .network
        .route_table_mut(id)
        .ok_or_else(|| not_found(id))
}

fn not_found(id: &str) -> AwsError {
    AwsError::new(
        "InvalidRouteTableID.NotFound",
        format!("The routeTable ID '{id}' does not exist"),
    )
}

fn add_route(world: &mut World, input: &Value, replace: bool) -> Result<Value, AwsError> {
    let id = required(input, "RouteTableId")?.to_owned();
    let vpc = find(world, &id)?.vpc.clone();
    let destination = destination(input)?;
    let target = target(world, input, &vpc, &destination)?;
    if is_local(world, &vpc, &destination) {
        return Err(invalid(format!(
            "The destination CIDR block {destination} is equal to or more specific than one of this VPC's CIDR blocks. This route can target only an interface or an instance."
        )));
    }
    let table = find(world, &id)?;
    let there = table
        .routes
        .iter_mut()
        .find(|r| r.destination == destination);
    match (there, replace) {
        (Some(route), true) => route.target = target,
        (None, false) => table.routes.push(Route {
            destination,
            target,
        }),
        (Some(_), false) => {
            let message = format!("The route identified by {destination} already exists.");
            return Err(AwsError::new("RouteAlreadyExists", message));
        }
        (None, true) => {
            let message = format!(
                "There is no route defined for '{destination}' in the route table. Use CreateRoute instead."
            );
            return Err(invalid(message));
        }
    }
    Ok(done())
}

fn delete_route(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let id = required(input, "RouteTableId")?.to_owned();
    let destination = destination(input)?;
    let vpc = find(world, &id)?.vpc.clone();
    if is_local(world, &vpc, &destination) {
        return Err(invalid(format!(
            "cannot remove local route {destination} in route table {id}"
        )));
    }
    let table = find(world, &id)?;
    if table.routes.iter().all(|r| r.destination != destination) {
        let message =
            format!("no route with destination-cidr-block {destination} in route table {id}");
        return Err(AwsError::new("InvalidRoute.NotFound", message));
    }
    table.routes.retain(|r| r.destination != destination);
    Ok(done())
}

/// The one destination of a request, as EC2 tells it back.
fn destination(input: &Value) -> Result<String, AwsError> {
    let keys = [
        "DestinationCidrBlock",
        "DestinationIpv6CidrBlock",
        "DestinationPrefixListId",
    ];
    let given: Vec<&str> = keys
        .into_iter()
        .filter(|key| !input.get(key).is_null())
        .collect();
    let [key] = given.as_slice() else {
        let message = "Exactly one of destinationCidrBlock, destinationIpv6CidrBlock and destinationPrefixListId is needed";
        return Err(AwsError::new("InvalidParameterCombination", message));
    };
    let text = required(input, key)?;
    let malformed = || {
        invalid(format!(
            "Value ({text}) for parameter {key} is invalid. This is not a valid CIDR block."
        ))
    };
    match *key {
        "DestinationCidrBlock" => Block4::parse(text)
            .map(|b| b.to_string())
            .ok_or_else(malformed),
        "DestinationIpv6CidrBlock" => Block6::parse(text)
            .map(|b| b.to_string())
            .ok_or_else(malformed),
        _ => Ok(text.to_owned()),
    }
}

/// The one target of a request, which has to be there and fit.
fn target(world: &World, input: &Value, vpc: &str, destination: &str) -> Result<String, AwsError> {
    let mut given = TARGETS
        .iter()
        .filter_map(|(key, _)| input.get(key).as_str());
    let (Some(id), None) = (given.next(), given.next()) else {
        return Err(AwsError::new(
            "MissingParameter",
            "The request must contain exactly one of gatewayId, natGatewayId, networkInterfaceId, vpcPeeringConnectionId or any other target",
        ));
    };
    let network = &world.network;
    let to_ipv6 = Block6::parse(destination).is_some();
    match id.split_once('-').map_or("", |(kind, _)| kind) {
        "igw" => {
            let gateway = network.internet_gateways.iter().find(|g| g.id == id);
            match gateway.map(|g| g.vpc.as_deref()) {
                Some(Some(at)) if at == vpc => Ok(()),
                Some(_) => Err(invalid(format!(
                    "route table and network gateway {id} belong to different networks"
                ))),
                None => Err(no_gateway(id)),
            }
        }
        "eigw" => match network.egress_gateways.iter().find(|g| g.id == id) {
            Some(gateway) if gateway.vpc == vpc && to_ipv6 => Ok(()),
            Some(_) => Err(invalid(format!(
                "an egress-only internet gateway {id} takes IPv6 traffic of its own network only"
            ))),
            None => Err(no_gateway(id)),
        },
        "nat" => match network
            .nat_gateways
            .iter()
            .find(|g| g.id == id && g.deleted_at.is_none())
        {
            Some(gateway) if gateway.vpc == vpc => Ok(()),
            Some(_) => Err(invalid(format!(
                "route table and NAT gateway {id} belong to different networks"
            ))),
            None => Err(AwsError::new(
                "InvalidNatGatewayID.NotFound",
                format!("The natGateway ID '{id}' does not exist"),
            )),
        },
        _ => Err(AwsError::new(
            "UnsupportedOperation",
            format!("A route through {id} is not simulated."),
        )),
    }?;
    Ok(id.to_owned())
}

fn no_gateway(id: &str) -> AwsError {
    AwsError::new(
        "InvalidGatewayID.NotFound",
        format!("The gateway ID '{id}' does not exist"),
    )
}

/// Whether a destination is the VPC itself or a part of it.
fn is_local(world: &World, vpc: &str, destination: &str) -> bool {
    let Some(vpc) = world.network.vpc(vpc) else {
        return false;
    };
    let own4 = Block4::parse(&vpc.ipv4_cidr).zip(Block4::parse(destination));
    let own6 = vpc
        .ipv6_cidr
        .as_deref()
        .and_then(Block6::parse)
        .zip(Block6::parse(destination));
    own4.is_some_and(|(own, to)| own.contains(to)) || own6.is_some_and(|(own, to)| own.contains(to))
}

fn associate(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let id = required(input, "RouteTableId")?.to_owned();
    let subnet = required(input, "SubnetId")?.to_owned();
    let of_table = find(world, &id)?.vpc.clone();
    let of_subnet = world.network.subnet(&subnet).map(|s| s.vpc.clone());
    let of_subnet = of_subnet.ok_or_else(|| super::subnets::not_found(&subnet))?;
    if of_table != of_subnet {
        return Err(invalid(format!(
            "Route table {id} and subnet {subnet} belong to different networks"
        )));
    }
    let mut all = world
        .network
        .route_tables
        .iter()
        .flat_map(|t| &t.associations);
    if let Some(there) = all.find(|a| a.subnet.as_deref() == Some(&subnet)) {
        let message = format!(
            "the specified association for route table {id} conflicts with an existing association {}",
            there.id
        );
        return Err(AwsError::new("Resource.AlreadyAssociated", message));
    }
    let association = world.network.later_id("rtbassoc");
    find(world, &id)?.associations.push(Association {
        id: association.clone(),
        subnet: Some(subnet),
    });
    Ok(associated(association))
}

fn associated(id: String) -> Value {
    Value::map([
        ("associationId", Value::from(id)),
        ("newAssociationId", Value::Null),
        (
            "associationState",
            Value::map([("state", Value::from("associated"))]),
        ),
    ])
}

fn replace_association(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let old = required(input, "AssociationId")?.to_owned();
    let id = required(input, "RouteTableId")?.to_owned();
    find(world, &id)?;
    let taken = take(world, &old)?;
    let new = world.network.later_id("rtbassoc");
    find(world, &id)?.associations.push(Association {
        id: new.clone(),
        ..taken
    });
    Ok(Value::map([
        ("newAssociationId", Value::from(new)),
        (
            "associationState",
            Value::map([("state", Value::from("associated"))]),
        ),
    ]))
}

fn disassociate(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let id = required(input, "AssociationId")?;
    let mut all = world
        .network
        .route_tables
        .iter()
        .flat_map(|t| &t.associations);
    if all.any(|a| a.id == id && a.subnet.is_none()) {
        return Err(invalid(format!(
            "cannot disassociate the main route table association {id}"
        )));
    }
    take(world, id)?;
    Ok(done())
}

fn take(world: &mut World, id: &str) -> Result<Association, AwsError> {
    for table in &mut world.network.route_tables {
        if let Some(at) = table.associations.iter().position(|a| a.id == id) {
            return Ok(table.associations.remove(at));
        }
    }
    Err(AwsError::new(
        "InvalidAssociationID.NotFound",
        format!("The association ID '{id}' does not exist"),
    ))
}

/// How what a route goes through is told.
fn spelled(target: &str) -> Option<&'static str> {
    Some(match target.split_once('-')?.0 {
        "igw" | "vpce" => "gatewayId",
        "nat" => "natGatewayId",
        "eigw" => "egressOnlyInternetGatewayId",
        _ => return None,
    })
}

fn write(world: &World, table: &RouteTable) -> Value {
    let local = |key: &'static str, block: &str| {
        Value::map([
            (key, Value::from(block)),
            ("gatewayId", "local".into()),
            ("state", "active".into()),
            ("origin", "CreateRouteTable".into()),
        ])
    };
    let vpc = world.network.vpc(&table.vpc);
    let mut routes: Vec<Value> = vpc
        .map(|v| local("destinationCidrBlock", &v.ipv4_cidr))
        .into_iter()
        .collect();
    let ipv6 = vpc.and_then(|v| v.ipv6_cidr.as_deref());
    routes.extend(ipv6.map(|block| local("destinationIpv6CidrBlock", block)));
    routes.extend(table.routes.iter().map(|route| write_route(world, route)));
    let association = |a: &Association| {
        Value::map([
            ("routeTableAssociationId", Value::from(a.id.as_str())),
            ("routeTableId", table.id.as_str().into()),
            ("subnetId", a.subnet.clone().into()),
            ("main", a.subnet.is_none().into()),
            (
                "associationState",
                Value::map([("state", Value::from("associated"))]),
            ),
        ])
    };
    Value::map([
        ("routeTableId", Value::from(table.id.as_str())),
        ("vpcId", table.vpc.as_str().into()),
        ("ownerId", world.account.as_str().into()),
        ("routeSet", Value::List(routes)),
        (
            "associationSet",
            Value::list(table.associations.iter().map(association)),
        ),
        ("propagatingVgwSet", Value::List(Vec::new())),
        ("tagSet", tag_set(&table.tags)),
    ])
}

fn write_route(world: &World, route: &Route) -> Value {
    let key = if Block4::parse(&route.destination).is_some() {
        "destinationCidrBlock"
    } else if Block6::parse(&route.destination).is_some() {
        "destinationIpv6CidrBlock"
    } else {
        "destinationPrefixListId"
    };
    let there = world.network.is_there(&route.target);
    Value::map([
        (key, Value::from(route.destination.as_str())),
        (
            spelled(&route.target).unwrap_or("gatewayId"),
            route.target.as_str().into(),
        ),
        ("state", if there { "active" } else { "blackhole" }.into()),
        ("origin", "CreateRoute".into()),
    ])
}
