//! Network ACLs: each VPC has its default one, which lets everything through and follows from the VPC. Others cannot be made.

use super::{asked, described, filter};
use crate::services::AwsError;
use crate::world::network::Vpc;
use crate::{Value, world::World};

pub(super) fn describe(world: &World, input: &Value) -> Result<Value, AwsError> {
    let ids = input.get("NetworkAclId").strings();
    let all = &world.network.vpcs;
    if let Some(absent) = ids
        .iter()
        .find(|id| all.iter().all(|v| acl_of(&v.id) != **id))
    {
        return Err(AwsError::new(
            "InvalidNetworkAclID.NotFound",
            format!("The networkAcl ID '{absent}' does not exist"),
        ));
    }
    let mut found = Vec::new();
    for vpc in all {
        let id = acl_of(&vpc.id);
        let subnets = || world.network.subnets.iter().filter(|s| s.vpc == vpc.id);
        let fields = |name: &str| match name {
            "network-acl-id" | "association.network-acl-id" => Some(vec![id.as_str()]),
            "vpc-id" => Some(vec![vpc.id.as_str()]),
            "default" => Some(vec!["true"]),
            "owner-id" => Some(vec![world.account.as_str()]),
            "association.subnet-id" => Some(subnets().map(|s| s.id.as_str()).collect()),
            _ => None,
        };
        if asked(&ids, &id) && filter::passes(input, &Vec::new(), fields)? {
            found.push(write(world, vpc));
        }
    }
    described("networkAclSet", found, input, !ids.is_empty())
}

fn acl_of(vpc: &str) -> String {
    vpc.replacen("vpc-", "acl-", 1)
}

fn write(world: &World, vpc: &Vpc) -> Value {
    let id = acl_of(&vpc.id);
    let subnets = world.network.subnets.iter().filter(|s| s.vpc == vpc.id);
    let association = |subnet: &str| {
        Value::map([
            (
                "networkAclAssociationId",
                Value::from(subnet.replacen("subnet-", "aclassoc-", 1)),
            ),
            ("networkAclId", id.as_str().into()),
            ("subnetId", subnet.into()),
        ])
    };
    let mut entries = Vec::new();
    for egress in [true, false] {
        entries.push(entry(100, "allow", egress, ("cidrBlock", "0.0.0.0/0")));
        entries.push(entry(32_767, "deny", egress, ("cidrBlock", "0.0.0.0/0")));
        if vpc.ipv6_cidr.is_some() {
            entries.push(entry(101, "allow", egress, ("ipv6CidrBlock", "::/0")));
            entries.push(entry(32_768, "deny", egress, ("ipv6CidrBlock", "::/0")));
        }
    }
    Value::map([
        ("networkAclId", Value::from(id.as_str())),
        ("vpcId", vpc.id.as_str().into()),
        ("ownerId", world.account.as_str().into()),
        ("default", true.into()),
        ("entrySet", Value::List(entries)),
        (
            "associationSet",
            Value::list(subnets.map(|s| association(&s.id))),
        ),
        ("tagSet", Value::List(Vec::new())),
    ])
}

fn entry(number: i64, action: &str, egress: bool, block: (&'static str, &str)) -> Value {
    Value::map([
        ("ruleNumber", Value::from(number)),
        ("protocol", "-1".into()),
        ("ruleAction", action.into()),
        ("egress", egress.into()),
        (block.0, block.1.into()),
    ])
}
