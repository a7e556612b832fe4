//! Attributes: what each may be, and which do not go together.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::{ask, code, first, text};
use crate::Value;
use crate::scenario::Built;
use crate::scenario::fixture::{ipv6_target_group, one};
use crate::services::AwsError;

fn set(built: &mut Built, group: &str, pairs: &[(&str, &str)]) -> Result<Value, AwsError> {
    let attributes: Vec<Json> = pairs
        .iter()
        .map(|(k, v)| json!({"Key": k, "Value": v}))
        .collect();
    let input = json!({"TargetGroupArn": group, "Attributes": attributes});
    ask(built, "ModifyTargetGroupAttributes", input)
}

fn held(answer: &Value) -> BTreeMap<String, String> {
    let all = answer.get("Attributes").items().iter();
    all.map(|a| (text(a.get("Key")), text(a.get("Value"))))
        .collect()
}

fn group(built: &mut Built, name: &str, more: Json) -> String {
    let vpc = built.world.network.vpcs[0].id.clone();
    let mut input =
        json!({"Name": name, "Port": 80, "VpcId": vpc, "TargetType": "ip", "Protocol": "HTTP"});
    input
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    let made = ask(built, "CreateTargetGroup", input).unwrap();
    text(&first(&made, "TargetGroups", "TargetGroupArn"))
}

#[test]
fn an_attribute_is_one_of_its_kind() {
    let mut built = one("healthy");
    let http = built.services[0].target_group.clone();
    let tcp = group(&mut built, "tcp", json!({"Protocol": "TCP"}));
    let http2 = group(&mut built, "http2", json!({"ProtocolVersion": "HTTP2"}));
    let grpc = group(&mut built, "grpc", json!({"ProtocolVersion": "GRPC"}));
    assert_eq!(
        code(set(&mut built, &http, &[("colour", "red")])),
        "ValidationError"
    );
    let resets = [("routing.http2.rst_stream_error_forwarding.enabled", "true")];
    let inspects = [(
        "waf.http2.traffic_inspection_behavior",
        "inspect_after_sufficient_data",
    )];
    assert_eq!(
        code(set(&mut built, &http, &resets)),
        "InvalidConfigurationRequest"
    );
    assert_eq!(
        code(set(&mut built, &grpc, &inspects)),
        "InvalidConfigurationRequest"
    );
    assert_eq!(
        code(set(
            &mut built,
            &tcp,
            &[("slow_start.duration_seconds", "30")]
        )),
        "InvalidConfigurationRequest"
    );
    assert_eq!(
        code(set(&mut built, &tcp, &[("stickiness.type", "lb_cookie")])),
        "InvalidConfigurationRequest"
    );
    assert!(set(&mut built, &http2, &inspects).is_ok());
    assert!(set(&mut built, &http2, &resets).is_ok());
    let of_grpc = held(&set(&mut built, &grpc, &resets).unwrap());
    assert_eq!(of_grpc[resets[0].0], "true");
    assert!(!of_grpc.contains_key(inspects[0].0));
}

#[test]
fn every_attribute_takes_its_default_and_refuses_what_is_outside_its_domain() {
    let mut built = one("healthy");
    let groups = [
        built.services[0].target_group.clone(),
        group(&mut built, "http2", json!({"ProtocolVersion": "HTTP2"})),
        group(&mut built, "udp", json!({"Protocol": "UDP"})),
        group(&mut built, "tls", json!({"Protocol": "TLS"})),
    ];
    let free = ["stickiness.app_cookie.cookie_name"];
    let mut seen = 0;
    for arn in groups {
        let defaults = held(
            &ask(
                &mut built,
                "DescribeTargetGroupAttributes",
                json!({"TargetGroupArn": arn}),
            )
            .unwrap(),
        );
        for (key, value) in &defaults {
            let again = set(&mut built, &arn, &[(key, value)]);
            assert!(again.is_ok(), "{key}={value}: {again:?}");
            if !free.contains(&key.as_str()) {
                for wrong in ["", "-1", "9999999", "yes"] {
                    assert_eq!(
                        code(set(&mut built, &arn, &[(key, wrong)])),
                        "InvalidConfigurationRequest",
                        "{key}={wrong}"
                    );
                }
                seen += 1;
            }
        }
    }
    assert!(seen > 50, "{seen}");
    let bounds = [
        ("deregistration_delay.timeout_seconds", "3600", "3601"),
        ("slow_start.duration_seconds", "30", "29"),
        ("stickiness.lb_cookie.duration_seconds", "1", "0"),
        (
            "target_group_health.dns_failover.minimum_healthy_targets.percentage",
            "100",
            "101",
        ),
        (
            "target_group_health.dns_failover.minimum_healthy_targets.count",
            "off",
            "0",
        ),
        (
            "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count",
            "1",
            "off",
        ),
        ("stickiness.app_cookie.cookie_name", "SHOP", "AWSALBTG-mine"),
    ];
    let arn = ipv6_target_group(&mut built, "bounds");
    for (key, right, wrong) in bounds {
        assert!(
            set(&mut built, &arn, &[(key, right)]).is_ok(),
            "{key}={right}"
        );
        assert_eq!(
            code(set(&mut built, &arn, &[(key, wrong)])),
            "InvalidConfigurationRequest",
            "{key}={wrong}"
        );
    }
}

#[test]
fn attributes_that_do_not_go_together_are_refused() {
    let mut built = one("healthy");
    let algorithm = "load_balancing.algorithm.type";
    let refused: [&[(&str, &str)]; 4] = [
        &[("load_balancing.algorithm.anomaly_mitigation", "on")],
        &[
            (algorithm, "least_outstanding_requests"),
            ("slow_start.duration_seconds", "60"),
        ],
        &[
            (algorithm, "weighted_random"),
            ("slow_start.duration_seconds", "60"),
        ],
        &[
            ("stickiness.enabled", "true"),
            ("stickiness.type", "app_cookie"),
        ],
    ];
    let arn = ipv6_target_group(&mut built, "alone");
    for pairs in refused {
        assert_eq!(
            code(set(&mut built, &arn, pairs)),
            "InvalidConfigurationRequest",
            "{pairs:?}"
        );
    }
    let mitigated = [
        (algorithm, "weighted_random"),
        ("load_balancing.algorithm.anomaly_mitigation", "on"),
    ];
    assert!(set(&mut built, &arn, &mitigated).is_ok());
    let udp = group(&mut built, "udp", json!({"Protocol": "UDP"}));
    assert_eq!(
        code(set(
            &mut built,
            &udp,
            &[("preserve_client_ip.enabled", "false")]
        )),
        "InvalidConfigurationRequest"
    );
    let tcp = group(&mut built, "tcp", json!({"Protocol": "TCP"}));
    let drains = (
        "target_health_state.unhealthy.draining_interval_seconds",
        "60",
    );
    assert_eq!(
        code(set(&mut built, &tcp, &[drains])),
        "InvalidConfigurationRequest"
    );
    let ends = (
        "target_health_state.unhealthy.connection_termination.enabled",
        "false",
    );
    assert!(set(&mut built, &tcp, &[ends, drains]).is_ok());
    let balancer = built
        .world
        .elb
        .load_balancers
        .keys()
        .next()
        .unwrap()
        .clone();
    let logs = json!({"LoadBalancerArn": balancer, "Attributes": [{"Key": "access_logs.s3.enabled", "Value": "true"}]});
    assert_eq!(
        code(ask(&mut built, "ModifyLoadBalancerAttributes", logs)),
        "InvalidConfigurationRequest"
    );
}

#[test]
fn target_stickiness_needs_group_stickiness_in_rules_and_listeners() {
    let mut built = one("healthy");
    let (ipv4, ipv6) = (
        built.services[0].target_group.clone(),
        ipv6_target_group(&mut built, "twin"),
    );
    let listener = built.services[0].routes[0].clone();
    let several = |sticky: bool| {
        let groups =
            json!([{"TargetGroupArn": ipv4, "Weight": 1}, {"TargetGroupArn": ipv6, "Weight": 0}]);
        let stickiness = json!({"Enabled": sticky, "DurationSeconds": 60});
        json!([{"Type": "forward", "ForwardConfig": {"TargetGroups": groups, "TargetGroupStickinessConfig": stickiness}}])
    };
    let on = [("stickiness.enabled", "true")];
    let modify = |sticky| json!({"ListenerArn": listener, "DefaultActions": several(sticky)});
    ask(&mut built, "ModifyListener", modify(false)).unwrap();
    let error = set(&mut built, &ipv4, &on).unwrap_err();
    assert_eq!(error.code, "InvalidConfigurationRequest");
    assert!(
        error
            .message
            .contains("appears behind a rule with group stickiness disabled")
    );
    ask(&mut built, "ModifyListener", modify(true)).unwrap();
    assert!(set(&mut built, &ipv4, &on).is_ok());
}

#[test]
fn cross_zone_is_not_turned_off_under_stickiness_or_targets_of_all_zones() {
    let mut built = one("healthy");
    let arn = ipv6_target_group(&mut built, "zones");
    let off = ("load_balancing.cross_zone.enabled", "false");
    let sticky = ("stickiness.enabled", "true");
    assert_eq!(
        code(set(&mut built, &arn, &[off, sticky])),
        "InvalidConfigurationRequest"
    );
    set(&mut built, &arn, &[sticky]).unwrap();
    assert_eq!(
        code(set(&mut built, &arn, &[off])),
        "InvalidConfigurationRequest"
    );
    set(&mut built, &arn, &[(sticky.0, "false")]).unwrap();
    set(&mut built, &arn, &[off]).unwrap();
    assert_eq!(
        code(set(&mut built, &arn, &[sticky])),
        "InvalidConfigurationRequest"
    );

    let arn = group(&mut built, "everywhere", json!({"Name": "everywhere"}));
    let outside = json!({"TargetGroupArn": arn, "Targets": [{"Id": "192.168.7.7", "AvailabilityZone": "all"}]});
    ask(&mut built, "RegisterTargets", outside).unwrap();
    assert_eq!(
        code(set(&mut built, &arn, &[off])),
        "InvalidConfigurationRequest"
    );
}
