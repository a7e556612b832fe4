//! Target groups, targets and tags.

use serde_json::{Value as Json, json};

use super::{Case, Ground, ground, with};
use crate::world::elb::Quota;

fn create(rule: &'static str, more: Json) -> Case {
    let ground = ground();
    let input = with(group_of(&ground), more);
    ground.breaks(rule, "CreateTargetGroup", &input)
}

fn group_of(ground: &Ground) -> Json {
    json!({"Name": "new", "Protocol": "HTTP", "Port": 80, "VpcId": ground.vpc, "TargetType": "ip"})
}

fn modify(rule: &'static str, more: Json) -> Case {
    let ground = ground();
    let input = with(json!({"TargetGroupArn": ground.group}), more);
    ground.breaks(rule, "ModifyTargetGroup", &input)
}

fn register(rule: &'static str, group: fn(&Ground) -> &str, targets: Json) -> Case {
    let ground = ground();
    let input = json!({"TargetGroupArn": group(&ground), "Targets": targets});
    ground.breaks(rule, "RegisterTargets", &input)
}

fn tag(rule: &'static str, tags: Json) -> Case {
    let ground = ground();
    let input = json!({"ResourceArns": [ground.group], "Tags": tags});
    ground.breaks(rule, "AddTags", &input)
}

pub(super) fn cases() -> Vec<Case> {
    let mut all = vec![
        create("elb-group-name", json!({"Name": "-new"})),
        create("elb-group-name", json!({"Name": "a".repeat(33)})),
        create("elb-group-name", json!({"Name": "under_score"})),
        create(
            "elb-group-needs-port-protocol-and-vpc",
            json!({"Port": null}),
        ),
        create(
            "elb-group-needs-port-protocol-and-vpc",
            json!({"VpcId": null}),
        ),
        create(
            "elb-group-version-needs-http",
            json!({"ProtocolVersion": "HTTP3"}),
        ),
        create(
            "elb-group-version-needs-http",
            json!({"Protocol": "TCP", "ProtocolVersion": "HTTP2"}),
        ),
        create(
            "elb-group-checks-by-http-or-tcp",
            json!({"Protocol": "TLS", "HealthCheckProtocol": "TLS"}),
        ),
        create(
            "elb-group-checks-by-http-or-tcp",
            json!({"Protocol": "UDP", "HealthCheckProtocol": "UDP"}),
        ),
        create(
            "elb-group-of-http-is-not-checked-by-tcp",
            json!({"HealthCheckProtocol": "TCP"}),
        ),
        modify(
            "elb-group-of-http-is-not-checked-by-tcp",
            json!({"HealthCheckProtocol": "TCP"}),
        ),
        create(
            "elb-group-checks-stay-on",
            json!({"HealthCheckEnabled": false}),
        ),
        modify(
            "elb-group-checks-stay-on",
            json!({"HealthCheckEnabled": "false"}),
        ),
        create("elb-group-check-port", json!({"HealthCheckPort": "70000"})),
        modify("elb-group-check-port", json!({"HealthCheckPort": "http"})),
        create("elb-group-check-path", json!({"HealthCheckPath": "health"})),
        create(
            "elb-group-check-path",
            json!({"Protocol": "TCP", "HealthCheckPath": "/health"}),
        ),
        create(
            "elb-group-matcher-fits-the-version",
            json!({"Matcher": {"GrpcCode": "12"}}),
        ),
        create(
            "elb-group-matcher-fits-the-version",
            json!({"ProtocolVersion": "GRPC", "Matcher": {"HttpCode": "200"}}),
        ),
        create(
            "elb-group-matcher-fits-the-version",
            json!({"Protocol": "TCP", "Matcher": {"HttpCode": "200"}}),
        ),
        create(
            "elb-group-matcher-codes",
            json!({"Matcher": {"HttpCode": "200-599"}}),
        ),
        create(
            "elb-group-matcher-codes",
            json!({"Matcher": {"HttpCode": "200;202"}}),
        ),
        create(
            "elb-group-matcher-codes",
            json!({"Matcher": {"HttpCode": "299-200"}}),
        ),
        create(
            "elb-group-matcher-codes",
            json!({"ProtocolVersion": "GRPC", "Matcher": {"GrpcCode": "100"}}),
        ),
        create(
            "elb-group-family-of-the-target-type",
            json!({"TargetType": "alb", "Protocol": "TCP", "IpAddressType": "ipv6"}),
        ),
        create(
            "elb-group-of-a-load-balancer-is-tcp",
            json!({"TargetType": "alb"}),
        ),
        register(
            "elb-targets-are-addresses-of-the-network",
            |g| &g.group,
            json!([{"Id": "8.8.8.8", "AvailabilityZone": "all"}]),
        ),
        register(
            "elb-targets-are-addresses-of-the-network",
            |g| &g.spare,
            json!([{"Id": "2001:4860:4860::8888", "AvailabilityZone": "all"}]),
        ),
        register(
            "elb-targets-outside-need-a-zone",
            |g| &g.group,
            json!([{"Id": "192.168.1.9"}]),
        ),
        register(
            "elb-targets-zone-of-the-region",
            |g| &g.group,
            json!([{"Id": "192.168.1.9", "AvailabilityZone": "us-east-1a"}]),
        ),
        tag(
            "elb-tag-prefix-reserved",
            json!([{"Key": "AWS:mine", "Value": "x"}]),
        ),
        tag(
            "elb-tag-keys-once",
            json!([{"Key": "a", "Value": "x"}, {"Key": "a", "Value": "y"}]),
        ),
    ];
    let mut full = ground();
    full.built.world.elb.quotas.insert(Quota::Targets, 4);
    let many: Vec<Json> = (0..5)
        .map(|n| json!({"Id": format!("192.168.1.{n}"), "AvailabilityZone": "all"}))
        .collect();
    let input = json!({"TargetGroupArn": full.group, "Targets": many});
    all.push(full.breaks("elb-quota-targets", "RegisterTargets", &input));
    let ground = ground();
    let input = json!({"ResourceArns": vec![&ground.group; 21]});
    all.push(ground.breaks("elb-tags-of-twenty", "DescribeTags", &input));
    all
}
