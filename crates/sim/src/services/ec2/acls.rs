//! Network ACLs: the default one of each VPC, and others.

use super::{asked, described, done, filter, invalid, required, tag_set, tags_for, vpcs};
use crate::services::AwsError;
use crate::world::network::acls::{Acl, Entry, LAST};
use crate::world::network::cidr::{Block4, Block6};
use crate::{Value, world::World};

pub(super) fn call(world: &mut World, op: &str, input: &Value) -> Result<Value, AwsError> {
    match op {
        "CreateNetworkAcl" => create(world, input),
        "DeleteNetworkAcl" => delete(world, input),
        "CreateNetworkAclEntry" => put(world, input, false),
        "ReplaceNetworkAclEntry" => put(world, input, true),
        "DeleteNetworkAclEntry" => take(world, input),
        "ReplaceNetworkAclAssociation" => associate(world, input),
        _ => describe(world, input),
    }
}

fn find<'a>(world: &'a mut World, id: &str) -> Result<&'a mut Acl, AwsError> {
    let mut all = world.network.acls.iter_mut();
    all.find(|a| a.id == id).ok_or_else(|| not_found(id))
}

fn not_found(id: &str) -> AwsError {
    AwsError::new(
        "InvalidNetworkAclID.NotFound",
        format!("The networkAcl ID '{id}' does not exist"),
    )
}

/// The subnets that have an ACL, with what binds each.
fn users<'a>(world: &'a World, acl: &'a str) -> impl Iterator<Item = (&'a str, String)> {
    let subnets = world.network.subnets.iter();
    subnets.filter_map(move |s| {
        let (found, association) = world.network.acl_of(&s.id)?;
        (found.id == acl).then_some((s.id.as_str(), association))
    })
}

fn create(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let vpc = required(input, "VpcId")?;
    if !world.network.has_vpc(vpc) {
        return Err(vpcs::not_found(vpc));
    }
    let acl = Acl {
        id: world.network.later_id("acl"),
        vpc: vpc.to_owned(),
        is_default: false,
        entries: Vec::new(),
        tags: tags_for(input, "network-acl"),
    };
    world.network.acls.push(acl.clone());
    Ok(Value::map([
        ("networkAcl", write(world, &acl)),
        ("clientToken", input.get("ClientToken").clone()),
    ]))
}

fn delete(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let id = required(input, "NetworkAclId")?.to_owned();
    let is_default = find(world, &id)?.is_default;
    if is_default {
        let message = format!("cannot delete default network ACL {id}");
        return Err(AwsError::new("InvalidParameterValue", message));
    }
    if users(world, &id).next().is_some() {
        let message = format!("The networkAcl '{id}' has dependencies and cannot be deleted.");
        return Err(AwsError::new("DependencyViolation", message));
    }
    world.network.acls.retain(|a| a.id != id);
    Ok(done())
}

fn put(world: &mut World, input: &Value, replace: bool) -> Result<Value, AwsError> {
    let entry = entry(input)?;
    let acl = find(world, required(input, "NetworkAclId")?)?;
    let same = |e: &Entry| (e.number, e.egress) == (entry.number, entry.egress);
    match (acl.entries.iter().position(same), replace) {
        (Some(place), true) => acl.entries[place] = entry,
        (None, false) => acl.entries.push(entry),
        (Some(_), false) => {
            let message = format!(
                "The network acl entry identified by {} already exists.",
                entry.number
            );
            return Err(AwsError::new("NetworkAclEntryAlreadyExists", message));
        }
        (None, true) => return Err(no_entry(entry.number)),
    }
    Ok(done())
}

fn no_entry(number: i64) -> AwsError {
    AwsError::new(
        "InvalidNetworkAclEntry.NotFound",
        format!("The ingress or egress entry with number {number} does not exist"),
    )
}

fn take(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let number = input.get("RuleNumber").as_i64().unwrap_or_default();
    let egress = input.get("Egress").as_bool().unwrap_or_default();
    let acl = find(world, required(input, "NetworkAclId")?)?;
    let before = acl.entries.len();
    acl.entries
        .retain(|e| (e.number, e.egress) != (number, egress));
    if acl.entries.len() == before {
        return Err(no_entry(number));
    }
    Ok(done())
}

/// The entry of a request, which EC2 reads strictly.
fn entry(input: &Value) -> Result<Entry, AwsError> {
    let number = input.get("RuleNumber").as_i64().unwrap_or_default();
    if !(1..LAST).contains(&number) {
        return Err(invalid(format!(
            "Value ({number}) for parameter ruleNumber is invalid. It must be from 1 to 32766."
        )));
    }
    let (v4, v6) = (
        input.get("CidrBlock").as_str(),
        input.get("Ipv6CidrBlock").as_str(),
    );
    let block = match (v4, v6) {
        (Some(text), None) => Block4::parse(text).map(|b| b.to_string()),
        (None, Some(text)) => Block6::parse(text).map(|b| b.to_string()),
        _ => {
            let message = "Exactly one of cidrBlock and ipv6CidrBlock is needed";
            return Err(AwsError::new("InvalidParameterCombination", message));
        }
    };
    let protocol = match required(input, "Protocol")? {
        "tcp" => "6",
        "udp" => "17",
        "icmp" => "1",
        "icmpv6" => "58",
        "all" => "-1",
        number => number,
    };
    let pair = |field: &str, from: &str, to: &str| {
        let range = input.get(field);
        Some((range.get(from).as_i64()?, range.get(to).as_i64()?))
    };
    let ports = pair("PortRange", "From", "To");
    let icmp = pair("Icmp", "Type", "Code");
    if matches!(protocol, "6" | "17") && ports.is_none() {
        return Err(AwsError::new(
            "MissingParameter",
            "The request must contain the parameter portRange",
        ));
    }
    if matches!(protocol, "1" | "58") && icmp.is_none() {
        return Err(AwsError::new(
            "MissingParameter",
            "The request must contain the parameter icmpTypeCode",
        ));
    }
    Ok(Entry {
        number,
        egress: input.get("Egress").as_bool().unwrap_or_default(),
        protocol: protocol.to_owned(),
        allows: input.get("RuleAction").as_str() == Some("allow"),
        block: block.ok_or_else(|| invalid("This is not a valid CIDR block."))?,
        ports: ports.filter(|_| matches!(protocol, "6" | "17")),
        icmp,
    })
}

fn associate(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let acl = required(input, "NetworkAclId")?.to_owned();
    let association = required(input, "AssociationId")?;
    let vpc = find(world, &acl)?.vpc.clone();
    let mut subnets = world.network.subnets.iter();
    let bound = subnets.find(|s| {
        let use_of = world.network.acl_of(&s.id);
        use_of.is_some_and(|(_, id)| id == association)
    });
    let missing = || {
        let message = format!("The association ID '{association}' does not exist");
        AwsError::new("InvalidAssociationID.NotFound", message)
    };
    let subnet = bound.ok_or_else(missing)?;
    if subnet.vpc != vpc {
        let message = format!(
            "Network ACL {acl} and subnet {} belong to different networks",
            subnet.id
        );
        return Err(invalid(message));
    }
    let subnet = subnet.id.clone();
    let new = world.network.later_id("aclassoc");
    world.network.acl_uses.insert(subnet, (acl, new.clone()));
    Ok(Value::map([("newAssociationId", Value::from(new))]))
}

fn describe(world: &World, input: &Value) -> Result<Value, AwsError> {
    let ids = input.get("NetworkAclId").strings();
    let all = &world.network.acls;
    if let Some(absent) = ids.iter().find(|id| all.iter().all(|a| a.id != **id)) {
        return Err(not_found(absent));
    }
    let mut found = Vec::new();
    for acl in all.iter().filter(|a| asked(&ids, &a.id)) {
        let fields = |name: &str| match name {
            "network-acl-id" | "association.network-acl-id" => Some(vec![acl.id.as_str()]),
            "vpc-id" => Some(vec![acl.vpc.as_str()]),
            "default" => Some(vec![if acl.is_default { "true" } else { "false" }]),
            "owner-id" => Some(vec![world.account.as_str()]),
            "association.subnet-id" => Some(users(world, &acl.id).map(|(s, _)| s).collect()),
            _ => None,
        };
        if filter::passes(input, &acl.tags, fields)? {
            found.push(write(world, acl));
        }
    }
    described("networkAclSet", found, input, !ids.is_empty())
}

fn write(world: &World, acl: &Acl) -> Value {
    let association = |(subnet, id): (&str, String)| {
        Value::map([
            ("networkAclAssociationId", Value::from(id)),
            ("networkAclId", acl.id.as_str().into()),
            ("subnetId", subnet.into()),
        ])
    };
    let with_ipv6 = world
        .network
        .vpc(&acl.vpc)
        .is_some_and(|v| v.ipv6_cidr.is_some());
    let mut entries: Vec<Entry> = acl.entries.clone();
    for egress in [true, false] {
        let blocks = [("0.0.0.0/0", LAST), ("::/0", LAST + 1)];
        for (block, number) in blocks.into_iter().take(if with_ipv6 { 2 } else { 1 }) {
            entries.push(Entry {
                number,
                egress,
                protocol: "-1".to_owned(),
                allows: false,
                block: block.to_owned(),
                ports: None,
                icmp: None,
            });
        }
    }
    entries.sort_by_key(|e| (!e.egress, e.number));
    Value::map([
        ("networkAclId", Value::from(acl.id.as_str())),
        ("vpcId", acl.vpc.as_str().into()),
        ("ownerId", world.account.as_str().into()),
        ("default", acl.is_default.into()),
        ("entrySet", Value::list(entries.iter().map(write_entry))),
        (
            "associationSet",
            Value::list(users(world, &acl.id).map(association)),
        ),
        ("tagSet", tag_set(&acl.tags)),
    ])
}

fn write_entry(entry: &Entry) -> Value {
    let pair = |names: [&'static str; 2], pair: Option<(i64, i64)>| {
        let pair = pair.map(|(a, b)| Value::map([(names[0], a.into()), (names[1], b.into())]));
        Value::from(pair)
    };
    let block = if entry.block.contains(':') {
        "ipv6CidrBlock"
    } else {
        "cidrBlock"
    };
    Value::map([
        ("ruleNumber", Value::from(entry.number)),
        ("protocol", entry.protocol.as_str().into()),
        (
            "ruleAction",
            if entry.allows { "allow" } else { "deny" }.into(),
        ),
        ("egress", entry.egress.into()),
        (block, entry.block.as_str().into()),
        ("portRange", pair(["from", "to"], entry.ports)),
        ("icmpTypeCode", pair(["type", "code"], entry.icmp)),
    ])
}
