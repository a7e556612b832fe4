//! Requests that break the rules of VPC Lattice.

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::{Case, each_refusal_is_shown};
use crate::services::{self, Service};
use crate::wire::json::from_json;
use crate::world::World;

/// A region with a VPC, whose id is given, too.
fn world() -> (World, String) {
    let mut world = World::new("eu-central-1", "123456789012", Timestamp::UNIX_EPOCH);
    let vpc = from_json(json!({"CidrBlock": "10.0.0.0/16"}));
    services::call(&mut world, Service::Ec2, "CreateVpc", &vpc).unwrap();
    let id = world.network.vpcs[0].id.clone();
    (world, id)
}

fn case(rule: &'static str, op: &'static str, input: impl Fn(&str) -> Json) -> Case {
    let (world, vpc) = world();
    Case {
        rule,
        op,
        world,
        input: from_json(input(&vpc)),
    }
}

fn group(rule: &'static str, kind: &'static str, config: impl Fn(&str) -> Json) -> Case {
    case(
        rule,
        "CreateTargetGroup",
        |vpc| json!({"name": "web", "type": kind, "config": config(vpc)}),
    )
}

#[test]
fn each_rule_of_lattice_refuses_what_breaks_it() {
    let fixed = json!({"fixedResponse": {"statusCode": 404}});
    let forward = json!({"forward": {"targetGroups": [
        {"targetGroupIdentifier": "tg-0123456789abcdef0", "weight": 1},
        {"targetGroupIdentifier": "tg-0123456789abcdef1"}
    ]}});
    let listener = |name: &str, action: &Json| {
        json!({
            "serviceIdentifier": "svc-0123456789abcdef0", "name": name, "protocol": "HTTP", "defaultAction": action
        })
    };
    let rule = |name: &str, action: &Json| {
        json!({
            "serviceIdentifier": "svc-0123456789abcdef0", "listenerIdentifier": "listener-0123456789abcdef0",
            "name": name, "priority": 1, "action": action,
            "match": {"httpMatch": {"pathMatch": {"match": {"prefix": "/"}}}}
        })
    };
    let cases = vec![
        case(
            "lattice-group-is-not-called-by-an-id",
            "CreateTargetGroup",
            |vpc| json!({"name": "tg-web", "type": "IP", "config": {"vpcIdentifier": vpc}}),
        ),
        case(
            "lattice-service-is-not-called-by-an-id",
            "CreateService",
            |_| json!({"name": "svc-web"}),
        ),
        case(
            "lattice-listener-is-not-called-by-an-id",
            "CreateListener",
            |_| listener("listener-a", &fixed),
        ),
        case("lattice-rule-is-not-called-by-an-id", "CreateRule", |_| {
            rule("rule-a", &fixed)
        }),
        group("lattice-group-has-a-vpc", "IP", |_| json!({})),
        group("lattice-group-has-a-vpc", "LAMBDA", |_| json!({"port": 80})),
        group(
            "lattice-vpc-is-there",
            "IP",
            |_| json!({"vpcIdentifier": "vpc-01234567"}),
        ),
        group(
            "lattice-family-of-addresses-alone",
            "INSTANCE",
            |vpc| json!({"vpcIdentifier": vpc, "ipAddressType": "IPV6"}),
        ),
        group(
            "lattice-no-check-of-load-balancers",
            "ALB",
            |vpc| json!({"vpcIdentifier": vpc, "healthCheck": {"enabled": true}}),
        ),
        group(
            "lattice-checks-within-bounds",
            "IP",
            |vpc| json!({"vpcIdentifier": vpc, "healthCheck": {"healthCheckIntervalSeconds": 4}}),
        ),
        group(
            "lattice-checks-within-bounds",
            "IP",
            |vpc| json!({"vpcIdentifier": vpc, "healthCheck": {"unhealthyThresholdCount": 1}}),
        ),
        group(
            "lattice-check-of-grpc-says-how",
            "IP",
            |vpc| json!({"vpcIdentifier": vpc, "protocolVersion": "GRPC", "healthCheck": {"enabled": true}}),
        ),
        case(
            "lattice-several-groups-have-weights",
            "CreateListener",
            |_| listener("web", &forward),
        ),
        case("lattice-several-groups-have-weights", "CreateRule", |_| {
            rule("web", &forward)
        }),
        case(
            "lattice-tags-are-not-of-aws",
            "CreateService",
            |_| json!({"name": "web", "tags": {"aws:team": "shop"}}),
        ),
    ];
    each_refusal_is_shown(Service::Lattice, cases);
}
