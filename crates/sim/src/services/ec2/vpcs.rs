//! VPCs.

use super::{described, done, endpoints, filter, invalid, required, tag_set, tags_for};
use crate::services::AwsError;
use crate::world::network::{Vpc, cidr::Block4};
use crate::{Value, world::World};

pub(super) fn create(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let text = required(input, "CidrBlock")?;
    let block = Block4::parse(text).ok_or_else(|| {
        invalid(format!(
            "Value ({text}) for parameter cidrBlock is invalid. This is not a valid CIDR block."
        ))
    })?;
    if !(16..=28).contains(&block.prefix) {
        return Err(AwsError::new(
            "InvalidVpc.Range",
            format!("The CIDR '{text}' is invalid."),
        ));
    }
    let ipv6 = input
        .get("AmazonProvidedIpv6CidrBlock")
        .as_bool()
        .unwrap_or(false);
    let vpc = world
        .network
        .add_vpc(block.to_string(), ipv6, tags_for(input, "vpc"))
        .clone();
    Ok(Value::map([("vpc", write(world, &vpc))]))
}

fn find<'a>(world: &'a mut World, id: &str) -> Result<&'a mut Vpc, AwsError> {
    world.network.vpc_mut(id).ok_or_else(|| not_found(id))
}

pub(super) fn not_found(id: &str) -> AwsError {
    AwsError::new(
        "InvalidVpcID.NotFound",
        format!("The vpc ID '{id}' does not exist"),
    )
}

pub(super) fn describe(world: &World, input: &Value) -> Result<Value, AwsError> {
    let ids = input.get("VpcId").strings();
    if let Some(absent) = ids.iter().find(|id| !world.network.has_vpc(id)) {
        return Err(not_found(absent));
    }
    let mut found = Vec::new();
    for vpc in world
        .network
        .vpcs
        .iter()
        .filter(|v| ids.is_empty() || ids.contains(&v.id))
    {
        let associations = association_ids(&vpc.id);
        let fields = |name: &str| match name {
            "vpc-id" => Some(vec![vpc.id.as_str()]),
            "cidr" | "cidr-block" | "cidrBlock" => Some(vec![vpc.ipv4_cidr.as_str()]),
            "ipv6-cidr-block-association.ipv6-cidr-block" => {
                Some(vpc.ipv6_cidr.as_deref().into_iter().collect())
            }
            "ipv6-cidr-block-association.association-id" => {
                let has = vpc.ipv6_cidr.is_some();
                Some(if has {
                    vec![associations.1.as_str()]
                } else {
                    Vec::new()
                })
            }
            "ipv6-cidr-block-association.ipv6-pool" => {
                Some(vpc.ipv6_cidr.iter().map(|_| "Amazon").collect())
            }
            "ipv6-cidr-block-association.state" => {
                Some(vpc.ipv6_cidr.iter().map(|_| "associated").collect())
            }
            "cidr-block-association.cidr-block" => Some(vec![vpc.ipv4_cidr.as_str()]),
            "cidr-block-association.association-id" => Some(vec![associations.0.as_str()]),
            "cidr-block-association.state" => Some(vec!["associated"]),
            "dhcp-options-id" => Some(vec![vpc.dhcp.as_str()]),
            "state" => Some(vec!["available"]),
            "is-default" | "isDefault" => Some(vec!["false"]),
            "owner-id" => Some(vec![world.account.as_str()]),
            _ => None,
        };
        if filter::passes(input, &vpc.tags, fields)? {
            found.push(write(world, vpc));
        }
    }
    described("vpcSet", found, input, !ids.is_empty())
}

pub(super) fn describe_attribute(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let id = required(input, "VpcId")?.to_owned();
    let vpc = find(world, &id)?;
    let attribute = required(input, "Attribute")?;
    let value = match attribute {
        "enableDnsSupport" => vpc.dns_support,
        "enableDnsHostnames" => vpc.dns_hostnames,
        "enableNetworkAddressUsageMetrics" => vpc.usage_metrics,
        other => {
            return Err(invalid(format!(
                "Value ({other}) for parameter attribute is invalid."
            )));
        }
    };
    Ok(Value::map([
        ("vpcId", id.into()),
        (attribute, Value::map([("value", Value::Bool(value))])),
    ]))
}

pub(super) fn modify_attribute(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let vpc = find(world, required(input, "VpcId")?)?;
    if let Some(on) = input.get("EnableDnsSupport").get("Value").as_bool() {
        vpc.dns_support = on;
    }
    if let Some(on) = input.get("EnableDnsHostnames").get("Value").as_bool() {
        vpc.dns_hostnames = on;
    }
    if let Some(on) = input
        .get("EnableNetworkAddressUsageMetrics")
        .get("Value")
        .as_bool()
    {
        vpc.usage_metrics = on;
    }
    Ok(done())
}

pub(super) fn associate_block(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let id = required(input, "VpcId")?.to_owned();
    if find(world, &id)?.ipv6_cidr.is_some() {
        return Err(AwsError::new(
            "CidrConflict",
            "The VPC already has an IPv6 CIDR block.",
        ));
    }
    if input.get("AmazonProvidedIpv6CidrBlock").as_bool() != Some(true) {
        return Err(AwsError::new(
            "UnsupportedOperation",
            "Only an IPv6 block that Amazon provides is simulated.",
        ));
    }
    let block = world.network.amazon_block().to_string();
    let vpc = find(world, &id)?;
    vpc.ipv6_cidr = Some(block.clone());
    world.network.let_ipv6_through(&id);
    let association = association(&world.region, &id, &block);
    Ok(Value::map([
        ("vpcId", id.as_str().into()),
        ("ipv6CidrBlockAssociation", association),
    ]))
}

pub(super) fn disassociate_block(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let wanted = required(input, "AssociationId")?;
    let there = |v: &&Vpc| v.ipv6_cidr.is_some() && association_ids(&v.id).1 == wanted;
    let found = world.network.vpcs.iter().find(there).cloned();
    let found = found.ok_or_else(|| {
        let message = format!("The vpc CIDR block association ID '{wanted}' does not exist");
        AwsError::new("InvalidVpcCidrBlockAssociationID.NotFound", message)
    })?;
    let mut subnets = world.network.subnets.iter();
    if subnets.any(|s| s.vpc == found.id && s.ipv6_cidr.is_some()) {
        let message = format!(
            "The CIDR block of the vpc '{}' is in use by a subnet.",
            found.id
        );
        return Err(AwsError::new("CidrBlockInUse", message));
    }
    let block = found.ipv6_cidr.unwrap_or_default();
    let mut told = association(&world.region, &found.id, &block);
    told.set(
        "ipv6CidrBlockState",
        Value::map([("state", Value::from("disassociating"))]),
    );
    find(world, &found.id)?.ipv6_cidr = None;
    Ok(Value::map([
        ("vpcId", found.id.into()),
        ("ipv6CidrBlockAssociation", told),
    ]))
}

pub(super) fn delete(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let id = required(input, "VpcId")?.to_owned();
    find(world, &id)?;
    let network = &world.network;
    let used = network.subnets.iter().any(|s| s.vpc == id)
        || network
            .groups
            .iter()
            .any(|g| g.vpc == id && g.name != "default")
        || network
            .route_tables
            .iter()
            .any(|t| t.vpc == id && !t.is_first)
        || network
            .internet_gateways
            .iter()
            .any(|g| g.vpc.as_deref() == Some(&id))
        || network.egress_gateways.iter().any(|g| g.vpc == id)
        || network.acls.iter().any(|a| a.vpc == id && !a.is_default)
        || network
            .documents
            .find(endpoints::KIND, "vpcId", &id)
            .is_some();
    if used {
        let message = format!("The vpc '{id}' has dependencies and cannot be deleted.");
        return Err(AwsError::new("DependencyViolation", message));
    }
    world.network.groups.retain(|g| g.vpc != id);
    world.network.acls.retain(|a| a.vpc != id);
    world.network.route_tables.retain(|t| t.vpc != id);
    world.network.vpcs.retain(|v| v.id != id);
    Ok(done())
}

fn write(world: &World, vpc: &Vpc) -> Value {
    let blocks = vpc
        .ipv6_cidr
        .iter()
        .map(|block| association(&world.region, &vpc.id, block))
        .collect();
    let own = Value::map([
        ("associationId", association_ids(&vpc.id).0.into()),
        ("cidrBlock", vpc.ipv4_cidr.as_str().into()),
        (
            "cidrBlockState",
            Value::map([("state", Value::from("associated"))]),
        ),
    ]);
    Value::map([
        ("vpcId", vpc.id.as_str().into()),
        ("ownerId", world.account.as_str().into()),
        ("state", "available".into()),
        ("cidrBlock", vpc.ipv4_cidr.as_str().into()),
        ("cidrBlockAssociationSet", Value::List(vec![own])),
        ("ipv6CidrBlockAssociationSet", Value::List(blocks)),
        ("dhcpOptionsId", vpc.dhcp.as_str().into()),
        ("instanceTenancy", "default".into()),
        ("isDefault", false.into()),
        ("tagSet", tag_set(&vpc.tags)),
    ])
}

/// The ids of the associations with its IPv4 and its IPv6 block.
fn association_ids(vpc: &str) -> (String, String) {
    let id = |prefix: &str| vpc.replacen("vpc-", prefix, 1);
    (id("vpc-cidr-assoc-"), id("vpc-cidr-assoc-6"))
}

fn association(region: &str, vpc: &str, block: &str) -> Value {
    Value::map([
        ("associationId", association_ids(vpc).1.into()),
        ("ipv6CidrBlock", block.into()),
        (
            "ipv6CidrBlockState",
            Value::map([("state", Value::from("associated"))]),
        ),
        ("ipv6Pool", "Amazon".into()),
        ("networkBorderGroup", region.into()),
    ])
}
