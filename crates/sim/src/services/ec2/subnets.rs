//! Subnets: IPv4, dual-stack and IPv6-only.

use super::{described, done, filter, invalid, required, tag_set, tags_for, usage, vpcs};
use crate::services::AwsError;
use crate::world::network::cidr::{Block4, Block6};
use crate::world::network::{self, NewSubnet, Subnet, Vpc};
use crate::world::quotas::Quota;
use crate::{Value, world::World};

pub(super) fn create(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let vpc_id = required(input, "VpcId")?;
    let vpc = world
        .network
        .vpc(vpc_id)
        .ok_or_else(|| vpcs::not_found(vpc_id))?;
    let most = world.quotas.most(Quota::SubnetsPerVpc);
    if siblings(world, vpc).count() as f64 >= most {
        let message = "The maximum number of subnets has been reached.";
        return Err(AwsError::new("SubnetLimitExceeded", message));
    }
    let native = input.get("Ipv6Native").as_bool().unwrap_or(false);
    let (v4, v6) = (
        input.get("CidrBlock").as_str(),
        input.get("Ipv6CidrBlock").as_str(),
    );
    let (ipv4_cidr, ipv6_cidr) = match (native, v4, v6) {
        (true, Some(_), _) => {
            let message = "The parameter cidrBlock cannot be used with ipv6Native";
            return Err(AwsError::new("InvalidParameterCombination", message));
        }
        (true, None, None) => return Err(missing("Ipv6CidrBlock")),
        (false, None, _) => return Err(missing("CidrBlock")),
        (_, v4, v6) => (
            v4.map(|text| block4(world, vpc, text)).transpose()?,
            v6.map(|text| block6(world, vpc, text)).transpose()?,
        ),
    };
    let (az, az_id) = zone(world, input)?;
    let (vpc, tags) = (vpc.id.clone(), tags_for(input, "subnet"));
    let new = NewSubnet {
        vpc,
        az,
        az_id,
        ipv4_cidr,
        ipv6_cidr,
        ipv6_native: native,
        tags,
    };
    let subnet = world.network.add_subnet(new).clone();
    Ok(Value::map([("subnet", write(world, &subnet))]))
}

fn missing(name: &str) -> AwsError {
    AwsError::new(
        "MissingParameter",
        format!("The request must contain the parameter {name}"),
    )
}

fn zone(world: &World, input: &Value) -> Result<(String, String), AwsError> {
    let (name, id) = (
        input.get("AvailabilityZone").as_str(),
        input.get("AvailabilityZoneId").as_str(),
    );
    let mut zones = network::zones(&world.region).into_iter();
    let found = zones
        .find(|(n, i)| name.is_none_or(|asked| asked == n) && id.is_none_or(|asked| asked == i));
    let asked = name.or(id).unwrap_or_default();
    found.ok_or_else(|| invalid(format!("Value ({asked}) for parameter availabilityZone is invalid. Subnets can be created in the region's own zones only.")))
}

fn block4(world: &World, vpc: &Vpc, text: &str) -> Result<String, AwsError> {
    let block = Block4::parse(text).ok_or_else(|| {
        invalid(format!(
            "Value ({text}) for parameter cidrBlock is invalid. This is not a valid CIDR block."
        ))
    })?;
    let inside = Block4::parse(&vpc.ipv4_cidr).is_some_and(|whole| whole.contains(block));
    if !inside || block.prefix > 28 {
        return Err(AwsError::new(
            "InvalidSubnet.Range",
            format!("The CIDR '{text}' is invalid."),
        ));
    }
    let taken = siblings(world, vpc)
        .filter_map(|s| Block4::parse(s.ipv4_cidr.as_deref()?))
        .any(|b| b.overlaps(block));
    if taken {
        return Err(conflict(text));
    }
    Ok(block.to_string())
}

fn block6(world: &World, vpc: &Vpc, text: &str) -> Result<String, AwsError> {
    let block = Block6::parse(text).ok_or_else(|| {
        invalid(format!("Value ({text}) for parameter ipv6CidrBlock is invalid. This is not a valid IPv6 CIDR block."))
    })?;
    let whole = vpc.ipv6_cidr.as_deref().and_then(Block6::parse);
    if block.prefix != 64 || !whole.is_some_and(|w| w.contains(block)) {
        return Err(AwsError::new(
            "InvalidSubnet.Range",
            format!("The IPv6 CIDR '{text}' is invalid."),
        ));
    }
    let taken = siblings(world, vpc)
        .filter_map(|s| Block6::parse(s.ipv6_cidr.as_deref()?))
        .any(|b| b == block);
    if taken {
        return Err(conflict(text));
    }
    Ok(block.to_string())
}

fn siblings<'a>(world: &'a World, vpc: &'a Vpc) -> impl Iterator<Item = &'a Subnet> {
    world.network.subnets.iter().filter(|s| s.vpc == vpc.id)
}

fn conflict(text: &str) -> AwsError {
    AwsError::new(
        "InvalidSubnet.Conflict",
        format!("The CIDR '{text}' conflicts with another subnet"),
    )
}

pub(super) fn not_found(id: &str) -> AwsError {
    AwsError::new(
        "InvalidSubnetID.NotFound",
        format!("The subnet ID '{id}' does not exist"),
    )
}

pub(super) fn describe(world: &World, input: &Value) -> Result<Value, AwsError> {
    let ids = input.get("SubnetId").strings();
    if let Some(absent) = ids.iter().find(|id| world.network.subnet(id).is_none()) {
        return Err(not_found(absent));
    }
    let mut found = Vec::new();
    for subnet in world
        .network
        .subnets
        .iter()
        .filter(|s| ids.is_empty() || ids.contains(&s.id))
    {
        let association = association_id(&subnet.id);
        let fields = |name: &str| match name {
            "subnet-id" => Some(vec![subnet.id.as_str()]),
            "vpc-id" => Some(vec![subnet.vpc.as_str()]),
            "availability-zone" | "availabilityZone" => Some(vec![subnet.az.as_str()]),
            "availability-zone-id" | "availabilityZoneId" => Some(vec![subnet.az_id.as_str()]),
            "cidr" | "cidr-block" | "cidrBlock" => {
                Some(subnet.ipv4_cidr.as_deref().into_iter().collect())
            }
            "ipv6-cidr-block-association.ipv6-cidr-block" => {
                Some(subnet.ipv6_cidr.as_deref().into_iter().collect())
            }
            "ipv6-cidr-block-association.association-id" => Some(if subnet.ipv6_cidr.is_some() {
                vec![association.as_str()]
            } else {
                Vec::new()
            }),
            "ipv6-cidr-block-association.state" => {
                Some(subnet.ipv6_cidr.iter().map(|_| "associated").collect())
            }
            "map-public-ip-on-launch" => Some(vec![flag(subnet.public_ipv4)]),
            "ipv6-native" => Some(vec![flag(subnet.ipv6_native)]),
            "enable-dns64" => Some(vec![flag(subnet.dns64)]),
            "state" => Some(vec!["available"]),
            "default-for-az" | "defaultForAz" => Some(vec!["false"]),
            "owner-id" => Some(vec![world.account.as_str()]),
            _ => None,
        };
        if filter::passes(input, &subnet.tags, fields)? {
            found.push(write(world, subnet));
        }
    }
    described("subnetSet", found, input, !ids.is_empty())
}

pub(super) fn modify_attribute(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let id = required(input, "SubnetId")?;
    let subnet = world.network.subnet_mut(id).ok_or_else(|| not_found(id))?;
    let asked = |name: &str| input.get(name).get("Value").as_bool();
    let given = input
        .fields()
        .iter()
        .filter(|(key, _)| key != "SubnetId" && key != "DryRun");
    if given.count() != 1 {
        let message = "Exactly one attribute can be modified in a call";
        return Err(AwsError::new("InvalidParameterCombination", message));
    }
    if let Some(on) = asked("AssignIpv6AddressOnCreation") {
        if on && subnet.ipv6_cidr.is_none() {
            return Err(invalid(format!(
                "Invalid value for parameter: the subnet '{id}' has no IPv6 CIDR block"
            )));
        }
        if !on && subnet.ipv6_native {
            return Err(invalid("An IPv6-only subnet has to assign IPv6 addresses"));
        }
        subnet.assign_ipv6 = on;
    }
    if let Some(on) = asked("EnableDns64") {
        subnet.dns64 = on;
    }
    if let Some(on) = asked("MapPublicIpOnLaunch") {
        if on && subnet.ipv6_native {
            return Err(invalid(
                "An IPv6-only subnet cannot assign public IPv4 addresses",
            ));
        }
        subnet.public_ipv4 = on;
    }
    if let Some(on) = asked("EnableResourceNameDnsARecordOnLaunch") {
        if on && subnet.ipv6_native {
            return Err(invalid(
                "An IPv6-only subnet has no addresses for A records",
            ));
        }
        subnet.names_a = on;
    }
    if let Some(on) = asked("EnableResourceNameDnsAAAARecordOnLaunch") {
        if on && subnet.ipv6_cidr.is_none() {
            return Err(invalid(format!(
                "The subnet '{id}' has no IPv6 CIDR block for AAAA records"
            )));
        }
        subnet.names_aaaa = on;
    }
    if let Some(kind) = input.get("PrivateDnsHostnameTypeOnLaunch").as_str() {
        if kind == "ip-name" && subnet.ipv6_native || !["ip-name", "resource-name"].contains(&kind)
        {
            return Err(invalid(format!(
                "Value ({kind}) for parameter privateDnsHostnameTypeOnLaunch is invalid."
            )));
        }
        kind.clone_into(&mut subnet.naming);
    }
    Ok(done())
}

pub(super) fn associate_block(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let id = required(input, "SubnetId")?;
    let subnet = world.network.subnet(id).ok_or_else(|| not_found(id))?;
    if subnet.ipv6_cidr.is_some() {
        return Err(AwsError::new(
            "SubnetAlreadyHasIPv6CidrBlock",
            "The subnet already has an IPv6 CIDR block.",
        ));
    }
    let vpc = world
        .network
        .vpc(&subnet.vpc)
        .ok_or_else(|| vpcs::not_found(&subnet.vpc))?;
    let block = block6(world, vpc, required(input, "Ipv6CidrBlock")?)?;
    if let Some(subnet) = world.network.subnet_mut(id) {
        subnet.ipv6_cidr = Some(block.clone());
    }
    Ok(Value::map([
        ("subnetId", id.into()),
        ("ipv6CidrBlockAssociation", association(id, &block)),
    ]))
}

pub(super) fn disassociate_block(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let wanted = required(input, "AssociationId")?;
    let mut all = world.network.subnets.iter();
    let there = |s: &&Subnet| s.ipv6_cidr.is_some() && association_id(&s.id) == wanted;
    let found = all.find(there).cloned().ok_or_else(|| {
        let message = format!("The subnet CIDR block association ID '{wanted}' does not exist");
        AwsError::new("InvalidSubnetCidrBlockAssociationID.NotFound", message)
    })?;
    if found.ipv6_native || usage::uses_subnet(world, &found.id) {
        let message = format!(
            "The IPv6 CIDR block of the subnet '{}' is in use.",
            found.id
        );
        return Err(AwsError::new("DependencyViolation", message));
    }
    let block = found.ipv6_cidr.unwrap_or_default();
    if let Some(subnet) = world.network.subnet_mut(&found.id) {
        subnet.ipv6_cidr = None;
        subnet.assign_ipv6 = false;
    }
    let mut told = association(&found.id, &block);
    told.set(
        "ipv6CidrBlockState",
        Value::map([("state", Value::from("disassociating"))]),
    );
    Ok(Value::map([
        ("subnetId", found.id.into()),
        ("ipv6CidrBlockAssociation", told),
    ]))
}

pub(super) fn delete(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let id = required(input, "SubnetId")?.to_owned();
    world.network.subnet(&id).ok_or_else(|| not_found(&id))?;
    if usage::uses_subnet(world, &id) {
        let message = format!("The subnet '{id}' has dependencies and cannot be deleted.");
        return Err(AwsError::new("DependencyViolation", message));
    }
    world.network.subnets.retain(|s| s.id != id);
    for table in &mut world.network.route_tables {
        table
            .associations
            .retain(|a| a.subnet.as_deref() != Some(&id));
    }
    Ok(done())
}

fn write(world: &World, subnet: &Subnet) -> Value {
    let used = usage::interfaces_in(world, &subnet.id) as i64;
    let block = subnet.ipv4_cidr.as_deref().and_then(Block4::parse);
    let free = block.map_or(0, |b| (b.size() as i64 - 5 - used).max(0));
    let blocks = subnet
        .ipv6_cidr
        .iter()
        .map(|block| association(&subnet.id, block))
        .collect();
    let naming = Value::map([
        ("hostnameType", subnet.naming.as_str().into()),
        ("enableResourceNameDnsARecord", subnet.names_a.into()),
        ("enableResourceNameDnsAAAARecord", subnet.names_aaaa.into()),
    ]);
    Value::map([
        ("subnetId", subnet.id.as_str().into()),
        (
            "subnetArn",
            world.arn("ec2", &format!("subnet/{}", subnet.id)).into(),
        ),
        ("state", "available".into()),
        ("vpcId", subnet.vpc.as_str().into()),
        ("ownerId", world.account.as_str().into()),
        ("cidrBlock", subnet.ipv4_cidr.clone().into()),
        ("ipv6CidrBlockAssociationSet", Value::List(blocks)),
        ("availableIpAddressCount", Value::Int(free)),
        ("availabilityZone", subnet.az.as_str().into()),
        ("availabilityZoneId", subnet.az_id.as_str().into()),
        ("defaultForAz", false.into()),
        ("mapPublicIpOnLaunch", subnet.public_ipv4.into()),
        ("mapCustomerOwnedIpOnLaunch", false.into()),
        ("assignIpv6AddressOnCreation", subnet.assign_ipv6.into()),
        ("ipv6Native", subnet.ipv6_native.into()),
        ("enableDns64", subnet.dns64.into()),
        ("privateDnsNameOptionsOnLaunch", naming),
        (
            "blockPublicAccessStates",
            Value::map([(
                "internetGatewayBlockMode",
                Value::from(world.network.public_access_of(subnet)),
            )]),
        ),
        ("tagSet", tag_set(&subnet.tags)),
    ])
}

fn flag(on: bool) -> &'static str {
    if on { "true" } else { "false" }
}

fn association_id(subnet: &str) -> String {
    subnet.replacen("subnet-", "subnet-cidr-assoc-", 1)
}

fn association(subnet: &str, block: &str) -> Value {
    Value::map([
        ("associationId", association_id(subnet).into()),
        ("ipv6CidrBlock", block.into()),
        (
            "ipv6CidrBlockState",
            Value::map([("state", Value::from("associated"))]),
        ),
    ])
}
