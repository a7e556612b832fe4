//! What a service's target groups in VPC Lattice may not be, each with one thing wrong.

use serde_json::{Value as Json, json};

use super::attachments::{create, unbalanced};
use super::services::Ground;
use super::{Case, from_json, with};
use crate::services::{self, Service};

pub(super) fn cases() -> Vec<Case> {
    let into = |g: &Ground, groups: Vec<String>| {
        let one =
            |group: String| json!({"roleArn": "r", "targetGroupArn": group, "portName": "http"});
        let all: Vec<Json> = groups.into_iter().map(one).collect();
        with(
            unbalanced(g.fargate()),
            &json!({ "vpcLatticeConfigurations": all }),
        )
    };
    vec![
        create("ecs-at-most-5-lattice-groups", move |g| {
            let group = lattice_group(g, &json!({}));
            into(g, vec![group; 6])
        }),
        create("ecs-lattice-group-is-there", move |g| {
            let group = lattice_group(g, &json!({}));
            into(g, vec![format!("{group}0")])
        }),
        create("ecs-lattice-target-type-fits-the-network-mode", move |g| {
            let group = lattice_group(g, &json!({"type": "INSTANCE"}));
            into(g, vec![group])
        }),
        create("ecs-lattice-group-of-the-family", move |g| {
            let group = lattice_group(g, &json!({"config": {"ipAddressType": "IPV6"}}));
            into(g, vec![group])
        }),
        create("ecs-lattice-group-of-the-family", move |g| {
            let group = lattice_group(g, &json!({}));
            let network =
                json!({"networkConfiguration": {"awsvpcConfiguration": {"subnets": g.ipv6}}});
            with(into(g, vec![group]), &network)
        }),
        create("ecs-lattice-group-of-the-vpc", move |g| {
            let group = lattice_group(g, &json!({}));
            let network = json!({"subnets": [g.elsewhere.0], "securityGroups": [g.elsewhere.1]});
            let network = json!({"networkConfiguration": {"awsvpcConfiguration": network}});
            with(into(g, vec![group]), &network)
        }),
    ]
}

fn lattice_group(ground: &mut Ground, patch: &Json) -> String {
    let vpc = ground.world.elb.target_groups[&ground.group]
        .spec
        .get("VpcId");
    let input = json!({"name": "web", "type": "IP", "config": {"vpcIdentifier": vpc.as_str()}});
    let input = from_json(with(input, patch));
    let world = &mut ground.world;
    let made = services::call(world, Service::Lattice, "CreateTargetGroup", &input).unwrap();
    made.get("arn").as_str().unwrap().to_owned()
}
