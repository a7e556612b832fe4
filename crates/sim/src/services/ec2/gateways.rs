//! Internet gateways and egress-only internet gateways.

use super::{asked, described, done, filter, required, tag_set, tags_for, usage, vpcs};
use crate::services::AwsError;
use crate::world::network::gateways::{EgressGateway, InternetGateway};
use crate::{Value, world::World};

pub(super) fn call(world: &mut World, op: &str, input: &Value) -> Result<Value, AwsError> {
    match op {
        "CreateInternetGateway" => create(world, input),
        "DescribeInternetGateways" => describe(world, input),
        "AttachInternetGateway" => attach(world, input),
        "DetachInternetGateway" => detach(world, input),
        "DeleteInternetGateway" => delete(world, input),
        "CreateEgressOnlyInternetGateway" => create_egress(world, input),
        "DescribeEgressOnlyInternetGateways" => describe_egress(world, input),
        _ => delete_egress(world, input),
    }
}

fn create(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let gateway = InternetGateway {
        id: world.network.later_id("igw"),
        vpc: None,
        tags: tags_for(input, "internet-gateway"),
    };
    let made = write(world, &gateway);
    world.network.internet_gateways.push(gateway);
    Ok(Value::map([("internetGateway", made)]))
}

fn describe(world: &World, input: &Value) -> Result<Value, AwsError> {
    let ids = input.get("InternetGatewayId").strings();
    let all = &world.network.internet_gateways;
    if let Some(absent) = ids.iter().find(|id| all.iter().all(|g| g.id != **id)) {
        return Err(not_found(absent));
    }
    let mut found = Vec::new();
    for gateway in all.iter().filter(|g| asked(&ids, &g.id)) {
        let fields = |name: &str| match name {
            "internet-gateway-id" => Some(vec![gateway.id.as_str()]),
            "attachment.vpc-id" => Some(gateway.vpc.as_deref().into_iter().collect()),
            "attachment.state" => Some(gateway.vpc.iter().map(|_| "available").collect()),
            "owner-id" => Some(vec![world.account.as_str()]),
            _ => None,
        };
        if filter::passes(input, &gateway.tags, fields)? {
            found.push(write(world, gateway));
        }
    }
    described("internetGatewaySet", found, input, !ids.is_empty())
}

fn attach(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let vpc = required(input, "VpcId")?.to_owned();
    if !world.network.has_vpc(&vpc) {
        return Err(vpcs::not_found(&vpc));
    }
    let taken = world
        .network
        .internet_gateways
        .iter()
        .any(|g| g.vpc.as_deref() == Some(&vpc));
    let gateway = find(world, input)?;
    if let Some(at) = &gateway.vpc {
        let message = format!(
            "resource {} is already attached to network {at}",
            gateway.id
        );
        return Err(AwsError::new("Resource.AlreadyAssociated", message));
    }
    if taken {
        let message = format!("Network {vpc} already has an internet gateway attached");
        return Err(AwsError::new("InvalidParameterValue", message));
    }
    gateway.vpc = Some(vpc);
    Ok(done())
}

fn detach(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let vpc = required(input, "VpcId")?.to_owned();
    if !world.network.has_vpc(&vpc) {
        return Err(vpcs::not_found(&vpc));
    }
    let gateway = find(world, input)?.clone();
    if gateway.vpc.as_deref() != Some(&vpc) {
        let message = format!("resource {} is not attached to network {vpc}", gateway.id);
        return Err(AwsError::new("Gateway.NotAttached", message));
    }
    if usage::has_public_addresses(world, &vpc) {
        let message = format!(
            "Network {vpc} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway."
        );
        return Err(AwsError::new("DependencyViolation", message));
    }
    find(world, input)?.vpc = None;
    Ok(done())
}

fn delete(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let gateway = find(world, input)?;
    if gateway.vpc.is_some() {
        let message = format!(
            "The internetGateway '{}' has dependencies and cannot be deleted.",
            gateway.id
        );
        return Err(AwsError::new("DependencyViolation", message));
    }
    let id = gateway.id.clone();
    world.network.internet_gateways.retain(|g| g.id != id);
    Ok(done())
}

fn find<'a>(world: &'a mut World, input: &Value) -> Result<&'a mut InternetGateway, AwsError> {
    let id = required(input, "InternetGatewayId")?;
    let all = &mut world.network.internet_gateways;
    all.iter_mut()
        .find(|g| g.id == id)
        .ok_or_else(|| not_found(id))
}

fn not_found(id: &str) -> AwsError {
    AwsError::new(
        "InvalidInternetGatewayID.NotFound",
        format!("The internetGateway ID '{id}' does not exist"),
    )
}

fn attached(vpc: &str, state: &str) -> Value {
    Value::List(vec![Value::map([
        ("vpcId", Value::from(vpc)),
        ("state", state.into()),
    ])])
}

fn write(world: &World, gateway: &InternetGateway) -> Value {
    let attachments = gateway.vpc.as_deref().map(|vpc| attached(vpc, "available"));
    Value::map([
        ("internetGatewayId", Value::from(gateway.id.as_str())),
        ("ownerId", world.account.as_str().into()),
        (
            "attachmentSet",
            attachments.unwrap_or(Value::List(Vec::new())),
        ),
        ("tagSet", tag_set(&gateway.tags)),
    ])
}

fn create_egress(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let vpc = required(input, "VpcId")?;
    if !world.network.has_vpc(vpc) {
        return Err(vpcs::not_found(vpc));
    }
    let gateway = EgressGateway {
        id: world.network.later_id("eigw"),
        vpc: vpc.to_owned(),
        tags: tags_for(input, "egress-only-internet-gateway"),
    };
    let made = write_egress(&gateway);
    world.network.egress_gateways.push(gateway);
    Ok(Value::map([
        ("egressOnlyInternetGateway", made),
        ("clientToken", input.get("ClientToken").clone()),
    ]))
}

fn describe_egress(world: &World, input: &Value) -> Result<Value, AwsError> {
    let ids = input.get("EgressOnlyInternetGatewayId").strings();
    let all = &world.network.egress_gateways;
    if let Some(absent) = ids.iter().find(|id| all.iter().all(|g| g.id != **id)) {
        return Err(egress_not_found(absent));
    }
    let mut found = Vec::new();
    for gateway in all.iter().filter(|g| asked(&ids, &g.id)) {
        // EC2 documents tags alone as filters here.
        if filter::passes(input, &gateway.tags, |_| None)? {
            found.push(write_egress(gateway));
        }
    }
    described(
        "egressOnlyInternetGatewaySet",
        found,
        input,
        !ids.is_empty(),
    )
}

fn delete_egress(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let id = required(input, "EgressOnlyInternetGatewayId")?;
    let all = &mut world.network.egress_gateways;
    if all.iter().all(|g| g.id != id) {
        return Err(egress_not_found(id));
    }
    all.retain(|g| g.id != id);
    Ok(Value::map([("returnCode", Value::Bool(true))]))
}

fn egress_not_found(id: &str) -> AwsError {
    AwsError::new(
        "InvalidGatewayID.NotFound",
        format!("The egress only internet gateway ID '{id}' does not exist"),
    )
}

fn write_egress(gateway: &EgressGateway) -> Value {
    Value::map([
        (
            "egressOnlyInternetGatewayId",
            Value::from(gateway.id.as_str()),
        ),
        ("attachmentSet", attached(&gateway.vpc, "attached")),
        ("tagSet", tag_set(&gateway.tags)),
    ])
}
