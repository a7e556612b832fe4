//! EC2, of which a region needs networks: a file a kind of thing. Outputs carry the names of EC2's XML.

mod account;
mod acls;
mod documents;
mod endpoints;
mod filter;
mod gateways;
mod groups;
mod interfaces;
mod nat;
mod permissions;
mod routes;
mod rules;
mod subnets;
mod usage;
mod vpcs;

use super::{AwsError, paging};
use crate::world::network::Tags;
use crate::{Value, world::World};

/// Runs one operation.
///
/// # Errors
/// What AWS refuses.
pub fn call(world: &mut World, op: &str, input: &Value) -> Result<Value, AwsError> {
    match op {
        "CreateVpc" => vpcs::create(world, input),
        "DescribeVpcs" => vpcs::describe(world, input),
        "DescribeVpcAttribute" => vpcs::describe_attribute(world, input),
        "ModifyVpcAttribute" => vpcs::modify_attribute(world, input),
        "AssociateVpcCidrBlock" => vpcs::associate_block(world, input),
        "DisassociateVpcCidrBlock" => vpcs::disassociate_block(world, input),
        "DeleteVpc" => vpcs::delete(world, input),
        "CreateSubnet" => subnets::create(world, input),
        "DescribeSubnets" => subnets::describe(world, input),
        "ModifySubnetAttribute" => subnets::modify_attribute(world, input),
        "AssociateSubnetCidrBlock" => subnets::associate_block(world, input),
        "DisassociateSubnetCidrBlock" => subnets::disassociate_block(world, input),
        "DeleteSubnet" => subnets::delete(world, input),
        "CreateSecurityGroup" => groups::create(world, input),
        "DescribeSecurityGroups" => groups::describe(world, input),
        "DeleteSecurityGroup" => groups::delete(world, input),
        "AuthorizeSecurityGroupIngress" => groups::authorize(world, input, false),
        "AuthorizeSecurityGroupEgress" => groups::authorize(world, input, true),
        "RevokeSecurityGroupIngress" => groups::revoke(world, input, false),
        "RevokeSecurityGroupEgress" => groups::revoke(world, input, true),
        "DescribeSecurityGroupRules" => rules::describe(world, input),
        "ModifySecurityGroupRules" => rules::modify(world, input),
        "CreateInternetGateway"
        | "DescribeInternetGateways"
        | "AttachInternetGateway"
        | "DetachInternetGateway"
        | "DeleteInternetGateway"
        | "CreateEgressOnlyInternetGateway"
        | "DescribeEgressOnlyInternetGateways"
        | "DeleteEgressOnlyInternetGateway" => gateways::call(world, op, input),
        "CreateNatGateway"
        | "DescribeNatGateways"
        | "DeleteNatGateway"
        | "AllocateAddress"
        | "DescribeAddresses"
        | "DescribeAddressesAttribute"
        | "ReleaseAddress" => nat::call(world, op, input),
        "CreateRouteTable"
        | "DescribeRouteTables"
        | "DeleteRouteTable"
        | "CreateRoute"
        | "ReplaceRoute"
        | "DeleteRoute"
        | "AssociateRouteTable"
        | "ReplaceRouteTableAssociation"
        | "DisassociateRouteTable" => routes::call(world, op, input),
        "CreateNetworkAcl"
        | "DescribeNetworkAcls"
        | "DeleteNetworkAcl"
        | "CreateNetworkAclEntry"
        | "ReplaceNetworkAclEntry"
        | "DeleteNetworkAclEntry"
        | "ReplaceNetworkAclAssociation" => acls::call(world, op, input),
        "DescribeNetworkInterfaces" => interfaces::describe(world, input),
        "CreateVpcEndpoint"
        | "DescribeVpcEndpoints"
        | "ModifyVpcEndpoint"
        | "DeleteVpcEndpoints"
        | "DescribeVpcEndpointServices"
        | "DescribePrefixLists"
        | "DescribeManagedPrefixLists" => endpoints::call(world, op, input),
        "CreateDhcpOptions"
        | "DescribeDhcpOptions"
        | "DeleteDhcpOptions"
        | "AssociateDhcpOptions"
        | "CreateFlowLogs"
        | "DescribeFlowLogs"
        | "DeleteFlowLogs"
        | "DescribeVpcBlockPublicAccessOptions"
        | "ModifyVpcBlockPublicAccessOptions"
        | "CreateVpcBlockPublicAccessExclusion"
        | "DescribeVpcBlockPublicAccessExclusions"
        | "DeleteVpcBlockPublicAccessExclusion" => documents::call(world, op, input),
        "DescribeAvailabilityZones" => account::zones(world, input),
        "DescribeRegions" => account::regions(world, input),
        "DescribeAccountAttributes" => account::attributes(input),
        "CreateTags" => change_tags(world, input, true),
        "DeleteTags" => change_tags(world, input, false),
        _ => Err(AwsError::unknown_operation(op)),
    }
}

fn change_tags(world: &mut World, input: &Value, create: bool) -> Result<Value, AwsError> {
    let ids = input.get("ResourceId").strings();
    if let Some(absent) = ids.iter().find(|id| world.network.tags_mut(id).is_none()) {
        return Err(AwsError::new(
            "InvalidID",
            format!("The ID '{absent}' is not valid"),
        ));
    }
    let given = input.get("Tag").items();
    if let Some(full) = ids.iter().find(|id| create && is_full(world, id, given)) {
        return Err(AwsError::new(
            "TagLimitExceeded",
            format!("The maximum number of Tags for a resource has been reached: '{full}'"),
        ));
    }
    for id in &ids {
        let Some(tags) = world.network.tags_mut(id) else {
            continue;
        };
        if !create && given.is_empty() {
            tags.retain(|(k, _)| k.starts_with("aws:"));
        }
        for tag in given {
            let key = tag.get("Key").as_str().unwrap_or_default();
            let value = tag.get("Value").as_str();
            // With a value, only the tag that has it is deleted.
            tags.retain(|(k, v)| k != key || !create && value.is_some_and(|wanted| wanted != v));
            if create {
                tags.push((key.to_owned(), value.unwrap_or_default().to_owned()));
            }
        }
    }
    Ok(done())
}

/// Whether a thing would have more tags than EC2 allows.
fn is_full(world: &mut World, id: &str, given: &[Value]) -> bool {
    const MOST: usize = 50;
    let Some(tags) = world.network.tags_mut(id) else {
        return false;
    };
    let is_new = |tag: &&Value| {
        tags.iter()
            .all(|(k, _)| Some(k.as_str()) != tag.get("Key").as_str())
    };
    tags.len() + given.iter().filter(is_new).count() > MOST
}

/// Whether a list of ids is empty or has one.
fn asked(ids: &[String], id: &str) -> bool {
    ids.is_empty() || ids.iter().any(|i| i == id)
}

fn done() -> Value {
    Value::map([("return", Value::Bool(true))])
}

fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::new("InvalidParameterValue", message)
}

fn required<'a>(input: &'a Value, name: &str) -> Result<&'a str, AwsError> {
    let message = || {
        AwsError::new(
            "MissingParameter",
            format!("The request must contain the parameter {name}"),
        )
    };
    input
        .get(name)
        .as_str()
        .filter(|t| !t.is_empty())
        .ok_or_else(message)
}

/// The tags for a kind of resource in a creating call.
fn tags_for(input: &Value, kind: &str) -> Tags {
    let specs = input.get("TagSpecification").items().iter();
    let specs = specs.filter(|s| s.get("ResourceType").as_str() == Some(kind));
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    specs
        .flat_map(|s| s.get("Tag").items())
        .map(|t| (text(t.get("Key")), text(t.get("Value"))))
        .collect()
}

fn tag_set(tags: &Tags) -> Value {
    let tag = |(k, v): &(String, String)| {
        Value::map([("key", k.as_str().into()), ("value", v.as_str().into())])
    };
    Value::List(tags.iter().map(tag).collect())
}

/// One page of a describing call under the name of its set.
fn described(set: &str, found: Vec<Value>, input: &Value, by_id: bool) -> Result<Value, AwsError> {
    let size = match input.get("MaxResults").as_i64() {
        None => 1000,
        Some(_) if by_id => {
            let message = "The parameter MaxResults cannot be used with ids in the same request";
            return Err(AwsError::new("InvalidParameterCombination", message));
        }
        Some(n @ 5..=1000) => n as usize,
        Some(n) => {
            return Err(invalid(format!(
                "Value ( {n} ) for parameter maxResults is invalid. Expecting a value from 5 to 1000."
            )));
        }
    };
    let bad_token = || {
        AwsError::new(
            "InvalidPaginationToken",
            "The specified pagination token is not valid.",
        )
    };
    let (page, next) = paging::page(found, input.get("NextToken"), size, bad_token)?;
    Ok(Value::map([(set, Value::List(page)), ("nextToken", next)]))
}

#[cfg(test)]
mod tests;
