//! NAT gateways and the Elastic IP addresses that they need. They are kept and told; no packet goes through them.

use super::{asked, described, done, filter, invalid, required, tag_set, tags_for};
use crate::services::AwsError;
use crate::world::network::gateways::{Address, NatGateway};
use crate::{Value, world::World};

pub(super) fn call(world: &mut World, op: &str, input: &Value) -> Result<Value, AwsError> {
    match op {
        "CreateNatGateway" => create(world, input),
        "DescribeNatGateways" => describe(world, input),
        "DeleteNatGateway" => delete(world, input),
        "AllocateAddress" => allocate(world, input),
        "DescribeAddresses" => addresses(world, input),
        "DescribeAddressesAttribute" => names(world, input),
        _ => release(world, input),
    }
}

fn create(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let subnet = required(input, "SubnetId")?.to_owned();
    let found = world.network.subnet(&subnet);
    let vpc = found
        .map(|s| s.vpc.clone())
        .ok_or_else(|| super::subnets::not_found(&subnet))?;
    let public = match input.get("ConnectivityType").as_str() {
        None | Some("public") => true,
        Some("private") => false,
        Some(other) => {
            return Err(invalid(format!(
                "Value ({other}) for parameter ConnectivityType is invalid."
            )));
        }
    };
    let allocation = input.get("AllocationId").as_str().map(str::to_owned);
    match (&allocation, public) {
        (None, true) => {
            return Err(AwsError::new(
                "MissingParameter",
                "The request must contain the parameter AllocationId",
            ));
        }
        (Some(_), false) => {
            let message = "The parameter AllocationId cannot be used with a private NAT gateway";
            return Err(AwsError::new("InvalidParameterCombination", message));
        }
        (Some(id), true) => free(world, id)?,
        (None, false) => {}
    }
    let (Some(private_ip), _) = world.network.allocate(&subnet) else {
        return Err(AwsError::new(
            "InvalidSubnet",
            format!("The subnet '{subnet}' has no IPv4 CIDR block"),
        ));
    };
    let gateway = NatGateway {
        id: world.network.later_id("nat"),
        vpc,
        subnet,
        public,
        allocation,
        private_ip: private_ip.to_string(),
        created_at: world.now(),
        deleted_at: None,
        tags: tags_for(input, "natgateway"),
    };
    world.network.nat_gateways.push(gateway.clone());
    Ok(Value::map([
        ("clientToken", input.get("ClientToken").clone()),
        ("natGateway", write(world, &gateway, "pending")),
    ]))
}

/// Refuses an address that is not there or in use.
fn free(world: &World, id: &str) -> Result<(), AwsError> {
    if world.network.addresses.iter().all(|a| a.id != id) {
        return Err(no_address(id));
    }
    if user(world, id).is_some() {
        let message = format!("Elastic IP address [{id}] is already associated");
        return Err(AwsError::new("Resource.AlreadyAssociated", message));
    }
    Ok(())
}

/// The NAT gateway that holds an address.
fn user<'a>(world: &'a World, allocation: &str) -> Option<&'a NatGateway> {
    let gateways = world.network.nat_gateways.iter();
    gateways
        .filter(|g| g.holds_on(world.now()))
        .find(|g| g.allocation.as_deref() == Some(allocation))
}

fn describe(world: &World, input: &Value) -> Result<Value, AwsError> {
    let ids = input.get("NatGatewayId").strings();
    let now = world.now();
    let told = |g: &NatGateway| g.state(now).is_some();
    let all = || world.network.nat_gateways.iter().filter(|g| told(g));
    if let Some(absent) = ids.iter().find(|id| all().all(|g| g.id != **id)) {
        return Err(not_found(absent));
    }
    let mut found = Vec::new();
    for gateway in all().filter(|g| asked(&ids, &g.id)) {
        let state = gateway.state(now).unwrap_or_default();
        let fields = |name: &str| match name {
            "nat-gateway-id" => Some(vec![gateway.id.as_str()]),
            "vpc-id" => Some(vec![gateway.vpc.as_str()]),
            "subnet-id" => Some(vec![gateway.subnet.as_str()]),
            "state" => Some(vec![state]),
            _ => None,
        };
        if filter::passes(input, &gateway.tags, fields)? {
            found.push(write(world, gateway, state));
        }
    }
    described("natGatewaySet", found, input, !ids.is_empty())
}

fn delete(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let id = required(input, "NatGatewayId")?.to_owned();
    let now = world.now();
    let mut all = world.network.nat_gateways.iter_mut();
    let gateway = all
        .find(|g| g.id == id && g.state(now).is_some())
        .ok_or_else(|| not_found(&id))?;
    gateway.deleted_at.get_or_insert(now);
    Ok(Value::map([("natGatewayId", Value::from(id))]))
}

fn not_found(id: &str) -> AwsError {
    AwsError::new(
        "NatGatewayNotFound",
        format!("NAT gateway {id} was not found"),
    )
}

/// The id of the interface that a NAT gateway has in its subnet.
pub(super) fn interface(gateway: &NatGateway) -> String {
    gateway.id.replacen("nat-", "eni-", 1)
}

fn write(world: &World, gateway: &NatGateway, state: &str) -> Value {
    let address = gateway
        .allocation
        .as_deref()
        .and_then(|id| world.network.addresses.iter().find(|a| a.id == id));
    let gone = matches!(state, "deleted" | "deleting");
    let addresses = Value::map([
        ("allocationId", Value::from(gateway.allocation.clone())),
        ("publicIp", address.map(|a| a.public_ip.as_str()).into()),
        ("privateIp", gateway.private_ip.as_str().into()),
        ("networkInterfaceId", interface(gateway).into()),
        ("isPrimary", true.into()),
        (
            "status",
            if gone { "disassociating" } else { "succeeded" }.into(),
        ),
    ]);
    Value::map([
        ("natGatewayId", Value::from(gateway.id.as_str())),
        ("vpcId", gateway.vpc.as_str().into()),
        ("subnetId", gateway.subnet.as_str().into()),
        ("state", state.into()),
        (
            "connectivityType",
            if gateway.public { "public" } else { "private" }.into(),
        ),
        ("createTime", gateway.created_at.into()),
        ("deleteTime", gateway.deleted_at.into()),
        ("natGatewayAddressSet", Value::List(vec![addresses])),
        ("tagSet", tag_set(&gateway.tags)),
    ])
}

fn allocate(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let address = Address {
        id: world.network.later_id("eipalloc"),
        public_ip: world.network.amazon_address(),
        tags: tags_for(input, "elastic-ip"),
    };
    world.network.addresses.push(address.clone());
    Ok(Value::map([
        ("publicIp", Value::from(address.public_ip)),
        ("allocationId", address.id.into()),
        ("domain", "vpc".into()),
        ("publicIpv4Pool", "amazon".into()),
        ("networkBorderGroup", world.region.as_str().into()),
    ]))
}

fn asked_addresses<'a>(world: &'a World, input: &Value) -> Result<Vec<&'a Address>, AwsError> {
    let (ids, ips) = (
        input.get("AllocationId").strings(),
        input.get("PublicIp").strings(),
    );
    let all = &world.network.addresses;
    if let Some(absent) = ids.iter().find(|id| all.iter().all(|a| a.id != **id)) {
        return Err(no_address(absent));
    }
    if let Some(absent) = ips
        .iter()
        .find(|ip| all.iter().all(|a| a.public_ip != **ip))
    {
        let message = format!("Address '{absent}' not found.");
        return Err(AwsError::new("InvalidAddress.NotFound", message));
    }
    let wanted = |a: &&Address| asked(&ids, &a.id) && asked(&ips, &a.public_ip);
    Ok(all.iter().filter(wanted).collect())
}

fn addresses(world: &World, input: &Value) -> Result<Value, AwsError> {
    let mut found = Vec::new();
    for address in asked_addresses(world, input)? {
        let fields = |name: &str| match name {
            "allocation-id" => Some(vec![address.id.as_str()]),
            "public-ip" => Some(vec![address.public_ip.as_str()]),
            "domain" => Some(vec!["vpc"]),
            _ => None,
        };
        if filter::passes(input, &address.tags, fields)? {
            found.push(write_address(world, address));
        }
    }
    Ok(Value::map([("addressesSet", Value::List(found))]))
}

fn write_address(world: &World, address: &Address) -> Value {
    let gateway = user(world, &address.id);
    let mut written = Value::map([
        ("publicIp", Value::from(address.public_ip.as_str())),
        ("allocationId", address.id.as_str().into()),
        ("domain", "vpc".into()),
        ("publicIpv4Pool", "amazon".into()),
        ("networkBorderGroup", world.region.as_str().into()),
        ("tagSet", tag_set(&address.tags)),
    ]);
    if let Some(gateway) = gateway {
        let association = address.id.replacen("eipalloc-", "eipassoc-", 1);
        written.set("associationId", association.into());
        written.set("networkInterfaceId", interface(gateway).into());
        written.set("networkInterfaceOwnerId", world.account.as_str().into());
        written.set("privateIpAddress", gateway.private_ip.as_str().into());
    }
    written
}

/// No address has a name of its own.
fn names(world: &World, input: &Value) -> Result<Value, AwsError> {
    let told = asked_addresses(world, input)?.into_iter().map(|a| {
        Value::map([
            ("publicIp", Value::from(a.public_ip.as_str())),
            ("allocationId", a.id.as_str().into()),
        ])
    });
    described("addressSet", told.collect(), input, false)
}

fn release(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let id = required(input, "AllocationId")?.to_owned();
    if world.network.addresses.iter().all(|a| a.id != id) {
        return Err(no_address(&id));
    }
    if user(world, &id).is_some() {
        let message = format!("Address {id} is in use.");
        return Err(AwsError::new("InvalidIPAddress.InUse", message));
    }
    world.network.addresses.retain(|a| a.id != id);
    Ok(done())
}

fn no_address(id: &str) -> AwsError {
    AwsError::new(
        "InvalidAllocationID.NotFound",
        format!("The allocation ID '{id}' does not exist"),
    )
}
