//! What a call of EC2's needs: its resources, each with the tags that it has or is to have.
//!
//! Source: the service authorization reference of EC2, and its guide, "Grant permission to tag Amazon EC2 resources during
//! creation".

use super::{Needed, any, is_read, plain, text};
use crate::{Value, world::World};

/// What a call makes, as ARNs have it.
const MADE: [(&str, &str); 5] = [
    ("CreateInternetGateway", "internet-gateway"),
    ("CreateRouteTable", "route-table"),
    ("CreateSecurityGroup", "security-group"),
    ("CreateSubnet", "subnet"),
    ("CreateVpc", "vpc"),
];

/// The members that name what a call is about.
const NAMED: [(&str, &str); 5] = [
    ("GroupId", "security-group"),
    ("InternetGatewayId", "internet-gateway"),
    ("RouteTableId", "route-table"),
    ("SubnetId", "subnet"),
    ("VpcId", "vpc"),
];

pub(super) fn needed(world: &World, own: &str, op: &str, input: &Value) -> Vec<Needed> {
    // The one read of ours that is judged by what it reads.
    if is_read(op) && op != "DescribeVpcAttribute" {
        return vec![plain(own, any())];
    }
    let mut all = Vec::new();
    if let Some((_, kind)) = MADE.iter().find(|(made, _)| *made == op) {
        let arn = world.arn("ec2", &format!("{kind}/*"));
        let specifications = input.get("TagSpecification").items().iter();
        let tags: Vec<(String, String)> = specifications
            .flat_map(|of_kind| of_kind.get("Tag").items())
            .map(super::elb_tag)
            .collect();
        all.push(plain(own, arn.as_str()).asking(&tags));
        if !tags.is_empty() {
            let tag = plain("ec2:CreateTags", arn).with("ec2:CreateAction", op);
            all.push(tag.asking(&tags));
        }
    }
    // A route leads to a gateway, and is only its table's.
    let named = NAMED
        .iter()
        .filter(|(member, _)| op != "CreateRoute" || *member == "RouteTableId");
    for (member, kind) in named {
        if let Some(id) = text(input, member) {
            let arn = world.arn("ec2", &format!("{kind}/{id}"));
            all.push(plain(own, arn).on(world.network.tags(&id)));
        }
    }
    if all.is_empty() {
        all.push(plain(own, any()));
    }
    all
}
