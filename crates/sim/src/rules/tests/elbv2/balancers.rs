//! Load balancers, and lists of whatever kind.

use serde_json::{Value as Json, json};

use super::{Case, ground, with};
use crate::services::{self, Service};
use crate::wire::from_text;
use crate::world::World;
use crate::world::elb::Quota;

fn create(rule: &'static str, more: Json) -> Case {
    let ground = ground();
    let input = with(json!({"Name": "new", "Subnets": ground.subnets}), more);
    ground.breaks(rule, "CreateLoadBalancer", &input)
}

/// A subnet and a security group of another VPC.
fn elsewhere(world: &mut World) -> (String, String) {
    let mut ec2 = |op: &str, input: Json| {
        services::call(world, Service::Ec2, op, &from_text(&input.to_string())).unwrap()
    };
    let text = |v: &crate::Value| v.as_str().unwrap().to_owned();
    let vpc = text(
        ec2("CreateVpc", json!({"CidrBlock": "10.9.0.0/16"}))
            .get("vpc")
            .get("vpcId"),
    );
    let subnet = ec2(
        "CreateSubnet",
        json!({"VpcId": vpc, "CidrBlock": "10.9.0.0/24"}),
    );
    let group = ec2(
        "CreateSecurityGroup",
        json!({"GroupName": "other", "GroupDescription": "other", "VpcId": vpc}),
    );
    (
        text(subnet.get("subnet").get("subnetId")),
        text(group.get("groupId")),
    )
}

pub(super) fn cases() -> Vec<Case> {
    let mut all = vec![
        create("elb-name", json!({"Name": "internal-shop"})),
        create("elb-name", json!({"Name": "shop-"})),
        create("elb-subnets-or-mappings", json!({"Subnets": []})),
        create(
            "elb-subnets-or-mappings",
            json!({"SubnetMappings": [{"SubnetId": "subnet-1"}]}),
        ),
        create(
            "elb-address-type-of-the-kind",
            json!({"IpAddressType": "dualstack-without-public-ipv4", "Scheme": "internal"}),
        ),
    ];
    let ground_of_mappings = ground();
    let mapped: Vec<Json> = ground_of_mappings
        .subnets
        .iter()
        .map(|s| json!({"SubnetId": s, "AllocationId": "eipalloc-1"}))
        .collect();
    let input = json!({"Name": "new", "SubnetMappings": mapped});
    all.push(ground_of_mappings.breaks(
        "elb-no-elastic-addresses-on-an-alb",
        "CreateLoadBalancer",
        &input,
    ));

    let mut two = ground();
    let (subnet, group) = elsewhere(&mut two.built.world);
    let input = json!({"Name": "new", "Subnets": [two.subnets[0], subnet]});
    all.push(two.breaks("elb-subnets-of-one-vpc", "CreateLoadBalancer", &input));
    let mut two = ground();
    let (subnet, _) = elsewhere(&mut two.built.world);
    let input = json!({"LoadBalancerArn": two.alb, "Subnets": [two.subnets[0], subnet]});
    all.push(two.breaks("elb-subnets-of-one-vpc", "SetSubnets", &input));
    let mut two = ground();
    elsewhere(&mut two.built.world);
    let input = json!({"LoadBalancerArn": two.alb, "SecurityGroups": [group]});
    all.push(two.breaks("elb-groups-of-its-vpc", "SetSecurityGroups", &input));

    let bare = ground();
    let default = bare
        .built
        .world
        .network
        .default_group(&bare.vpc)
        .map(|g| g.id.clone());
    let input = json!({"LoadBalancerArn": bare.nlb, "SecurityGroups": [default]});
    all.push(bare.breaks("elb-nlb-groups-from-birth", "SetSecurityGroups", &input));

    let mut full = ground();
    full.built.world.elb.quotas.insert(Quota::LoadBalancers, 1);
    let input = json!({"Name": "new", "Subnets": full.subnets});
    all.push(full.breaks("elb-quota-balancers", "CreateLoadBalancer", &input));

    for (rule, op, list) in [
        (
            "elb-lists-of-twenty",
            "DescribeLoadBalancers",
            "LoadBalancerArns",
        ),
        ("elb-lists-of-twenty", "DescribeLoadBalancers", "Names"),
        ("elb-short-lists", "DescribeTargetGroups", "TargetGroupArns"),
        ("elb-short-lists", "DescribeTargetGroups", "Names"),
        ("elb-short-lists", "DescribeListeners", "ListenerArns"),
        ("elb-short-lists", "DescribeRules", "RuleArns"),
    ] {
        let mut input = json!({});
        input[list] = json!(vec!["x"; 21]);
        let mut ground = ground();
        ground.built.world.elb.short_lists = true;
        all.push(ground.breaks(rule, op, &input));
    }
    all
}
