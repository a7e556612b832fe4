//! Target groups, their targets, load balancers and tags.

use jiff::SignedDuration;
use serde_json::{Value as Json, json};

use super::{ask, code, first, text};
use crate::Value;
use crate::scenario::Built;
use crate::scenario::fixture::{health, ipv6_target_group, one, set_weights};
use crate::world::elb::Quota;

fn wish(built: &Built, more: Json) -> Json {
    let vpc = &built.world.network.vpcs[0].id;
    let mut input =
        json!({"Name": "new", "Port": 80, "VpcId": vpc, "TargetType": "ip", "Protocol": "HTTP"});
    input
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    input
}

fn balancer(built: &Built) -> String {
    built
        .world
        .elb
        .load_balancers
        .keys()
        .next()
        .unwrap()
        .clone()
}

#[test]
fn a_target_group_has_the_defaults_of_its_protocol() {
    let mut built = one("healthy");
    let cases = [
        (json!({"Name": "a"}), "/", ("HttpCode", "200"), 5),
        (
            json!({"Name": "b", "ProtocolVersion": ""}),
            "/",
            ("HttpCode", "200"),
            5,
        ),
        (
            json!({"Name": "c", "ProtocolVersion": "GRPC"}),
            "/AWS.ALB/healthcheck",
            ("GrpcCode", "12"),
            5,
        ),
        (
            json!({"Name": "d", "Protocol": "TCP", "HealthCheckProtocol": "HTTP"}),
            "/",
            ("HttpCode", "200-399"),
            6,
        ),
        (
            json!({"Name": "e", "Protocol": "TLS", "HealthCheckProtocol": "HTTPS"}),
            "/",
            ("HttpCode", "200-399"),
            10,
        ),
    ];
    for (more, path, matcher, timeout) in cases {
        let input = wish(&built, more);
        let made = ask(&mut built, "CreateTargetGroup", input).unwrap();
        let made = &made.get("TargetGroups").items()[0];
        assert_eq!(made.get("HealthCheckPath").as_str(), Some(path));
        assert_eq!(
            made.get("Matcher"),
            &Value::map([(matcher.0, Value::from(matcher.1))])
        );
        assert_eq!(
            made.get("HealthCheckTimeoutSeconds").as_i64(),
            Some(timeout)
        );
    }
    let input = wish(&built, json!({"Name": "f", "Protocol": "TCP"}));
    let made = ask(&mut built, "CreateTargetGroup", input).unwrap();
    let made = &made.get("TargetGroups").items()[0];
    assert!(made.get("Matcher").is_null() && made.get("ProtocolVersion").is_null());
    assert_eq!(made.get("HealthCheckTimeoutSeconds").as_i64(), Some(10));
}

#[test]
fn a_health_checks_timeout_is_smaller_than_its_interval() {
    let mut built = one("healthy");
    let input = wish(&built, json!({"HealthCheckIntervalSeconds": 5}));
    let error = ask(&mut built, "CreateTargetGroup", input).unwrap_err();
    assert_eq!(
        error.message,
        "Health check interval must be greater than the timeout."
    );
    let input = wish(
        &built,
        json!({"HealthCheckIntervalSeconds": 5, "HealthCheckTimeoutSeconds": 2}),
    );
    assert!(ask(&mut built, "CreateTargetGroup", input).is_ok());
    let group = built.services[0].target_group.clone();
    let input = json!({"TargetGroupArn": group, "HealthCheckTimeoutSeconds": 10});
    assert_eq!(
        code(ask(&mut built, "ModifyTargetGroup", input)),
        "ValidationError"
    );
}

#[test]
fn a_fifty_first_tag_is_refused_and_a_new_value_of_the_fiftieth_is_not() {
    let mut built = one("healthy");
    let group = built.services[0].target_group.clone();
    let add = |keys: std::ops::Range<usize>| {
        let tags: Vec<Json> = keys
            .map(|n| json!({"Key": format!("k{n}"), "Value": "v"}))
            .collect();
        json!({"ResourceArns": [group], "Tags": tags})
    };
    ask(&mut built, "AddTags", add(0..50)).unwrap();
    assert!(ask(&mut built, "AddTags", add(49..50)).is_ok());
    assert_eq!(code(ask(&mut built, "AddTags", add(50..51))), "TooManyTags");
}

#[test]
fn an_address_of_the_other_family_is_no_target() {
    let mut built = one("healthy");
    let group = ipv6_target_group(&mut built, "six");
    let instances = wish(
        &built,
        json!({"Name": "instances", "TargetType": "instance"}),
    );
    let made = ask(&mut built, "CreateTargetGroup", instances).unwrap();
    let instances = text(&first(&made, "TargetGroups", "TargetGroupArn"));
    for (group, id) in [
        (&group, "10.0.0.9"),
        (&group, "i-0123456789abcdef0"),
        (&instances, "10.0.0.9"),
    ] {
        let input = json!({"TargetGroupArn": group, "Targets": [{"Id": id}]});
        assert_eq!(
            code(ask(&mut built, "RegisterTargets", input)),
            "InvalidTarget",
            "{id}"
        );
    }
}

#[test]
fn deregistering_an_unknown_target_succeeds() {
    let mut built = one("healthy");
    let group = built.services[0].target_group.clone();
    let before = health(&mut built.world, &group);
    let input = json!({"TargetGroupArn": group, "Targets": [{"Id": "10.0.99.99", "Port": 1}, {"Id": "2001:db8::1"}]});
    ask(&mut built, "DeregisterTargets", input).unwrap();
    assert_eq!(health(&mut built.world, &group), before);
}

#[test]
fn ecs_registers_a_running_task_again_whose_target_was_taken_out_by_hand() {
    let mut built = one("healthy");
    let group = built.services[0].target_group.clone();
    let before = health(&mut built.world, &group);
    let target = &built.world.elb.target_groups[&group].targets[0];
    let target = json!({"Id": target.id, "Port": target.port});
    let input = json!({"TargetGroupArn": group, "Targets": [target]});
    ask(&mut built, "DeregisterTargets", input).unwrap();
    assert_ne!(health(&mut built.world, &group), before);
    let now = built.world.now();
    built.world.advance(now + SignedDuration::from_secs(60));
    let mut after = health(&mut built.world, &group);
    let mut before = before;
    before.sort();
    after.sort();
    assert_eq!(after, before);
}

#[test]
fn a_target_may_be_shown_in_all_zones() {
    let mut built = one("healthy");
    let group = built.services[0].target_group.clone();
    let zones = |built: &mut Built| -> Vec<String> {
        let told = ask(
            built,
            "DescribeTargetHealth",
            json!({"TargetGroupArn": group}),
        )
        .unwrap();
        let all = told.get("TargetHealthDescriptions").items().iter();
        all.map(|d| text(d.get("Target").get("AvailabilityZone")))
            .collect()
    };
    assert!(
        zones(&mut built)
            .iter()
            .all(|z| z.starts_with("eu-central-1"))
    );
    built.world.elb.zones_told_as_all = true;
    assert!(zones(&mut built).iter().all(|z| z == "all"));
}

#[test]
fn a_load_balancer_with_ipv6_targets_stays_dual_stack() {
    let mut built = one("healthy");
    let (arn, group) = (balancer(&built), ipv6_target_group(&mut built, "six"));
    let back = json!({"LoadBalancerArn": arn, "IpAddressType": "ipv4"});
    set_weights(&mut built, &group, 1, 0);
    assert_eq!(
        code(ask(&mut built, "SetIpAddressType", back.clone())),
        "InvalidConfigurationRequest"
    );
    let ipv4 = built.services[0].target_group.clone();
    let route = built.services[0].routes[0].clone();
    let alone = json!({"ListenerArn": route, "DefaultActions": [{"Type": "forward", "TargetGroupArn": ipv4}]});
    ask(&mut built, "ModifyListener", alone).unwrap();
    assert!(ask(&mut built, "SetIpAddressType", back).is_ok());
}

#[test]
fn a_load_balancer_without_security_groups_has_the_default_one() {
    let mut built = one("healthy");
    let old = &built.world.elb.load_balancers[&balancer(&built)];
    let subnets: Vec<&String> = old.zones.iter().map(|(_, s)| s).collect();
    let default = built
        .world
        .network
        .default_group(&old.vpc)
        .unwrap()
        .id
        .clone();
    let input = json!({"Name": "bare", "Subnets": subnets});
    let made = ask(&mut built, "CreateLoadBalancer", input).unwrap();
    assert_eq!(
        first(&made, "LoadBalancers", "SecurityGroups"),
        Value::list([default])
    );
}

#[test]
fn a_protected_load_balancer_stays_and_one_that_is_gone_is_deleted_again() {
    let mut built = one("healthy");
    let named = json!({"LoadBalancerArn": balancer(&built)});
    let protect = |on: &str| {
        let mut input = named.clone();
        input["Attributes"] = json!([{"Key": "deletion_protection.enabled", "Value": on}]);
        input
    };
    ask(&mut built, "ModifyLoadBalancerAttributes", protect("true")).unwrap();
    assert_eq!(
        code(ask(&mut built, "DeleteLoadBalancer", named.clone())),
        "OperationNotPermitted"
    );
    ask(&mut built, "ModifyLoadBalancerAttributes", protect("false")).unwrap();
    ask(&mut built, "DeleteLoadBalancer", named.clone()).unwrap();
    assert!(ask(&mut built, "DeleteLoadBalancer", named).is_ok());
}

/// A request that makes one thing more than the quota allows, once that is set to what there is.
fn one_more(built: &Built, quota: Quota) -> Option<(&'static str, Json, &'static str)> {
    let service = &built.services[0];
    let (listener, group) = (&service.routes[0], &service.target_group);
    let forward = json!([{"Type": "forward", "TargetGroupArn": group}]);
    let subnets: Vec<&String> = built.world.elb.load_balancers[&balancer(built)]
        .zones
        .iter()
        .map(|(_, s)| s)
        .collect();
    let spare = built
        .world
        .elb
        .target_groups
        .keys()
        .find(|arn| *arn != group)?;
    let both = json!([{"Type": "forward", "ForwardConfig": {"TargetGroups": [
        {"TargetGroupArn": group}, {"TargetGroupArn": spare},
    ]}}]);
    let hosts = json!([{"Field": "host-header", "HostHeaderConfig": {"Values": ["*.a.example", "*.b.example"]}}]);
    let rule =
        json!({"ListenerArn": listener, "Priority": 9, "Actions": forward, "Conditions": hosts});
    Some(match quota {
        Quota::LoadBalancers => (
            "CreateLoadBalancer",
            json!({"Name": "more", "Subnets": subnets}),
            "TooManyLoadBalancers",
        ),
        Quota::NetworkLoadBalancers => (
            "CreateLoadBalancer",
            json!({"Name": "more", "Type": "network", "Subnets": subnets}),
            "TooManyLoadBalancers",
        ),
        Quota::Listeners => (
            "CreateListener",
            json!({"LoadBalancerArn": balancer(built), "Protocol": "HTTP", "Port": 81, "DefaultActions": forward}),
            "TooManyListeners",
        ),
        Quota::Rules => ("CreateRule", rule, "TooManyRules"),
        Quota::ConditionValues | Quota::ConditionWildcards => {
            ("CreateRule", rule, "ValidationError")
        }
        Quota::TargetGroups => (
            "CreateTargetGroup",
            wish(built, json!({"Name": "more"})),
            "TooManyTargetGroups",
        ),
        Quota::GroupsOfBalancer => (
            "ModifyListener",
            json!({"ListenerArn": listener, "DefaultActions": both}),
            "TooManyUniqueTargetGroupsPerLoadBalancer",
        ),
        Quota::GroupsOfAction => (
            "ModifyListener",
            json!({"ListenerArn": listener, "DefaultActions": both}),
            "InvalidLoadBalancerAction",
        ),
        Quota::Targets => (
            "RegisterTargets",
            json!({"TargetGroupArn": group, "Targets": [{"Id": "192.168.1.1", "AvailabilityZone": "all"}]}),
            "TooManyTargets",
        ),
        Quota::ListenersOfNetwork => return None,
    })
}

#[test]
fn the_quotas_that_are_told_are_the_ones_that_are_kept() {
    for (quota, name, default) in Quota::ALL {
        let mut built = one("healthy");
        ipv6_target_group(&mut built, "spare");
        let told = ask(&mut built, "DescribeAccountLimits", json!({})).unwrap();
        let limit = told
            .get("Limits")
            .items()
            .iter()
            .find(|l| l.get("Name").as_str() == Some(name))
            .unwrap();
        assert_eq!(
            limit.get("Max").as_str(),
            Some(default.to_string().as_str())
        );
        let Some((op, input, refusal)) = one_more(&built, quota) else {
            continue;
        };
        let there = match quota {
            Quota::LoadBalancers
            | Quota::Listeners
            | Quota::GroupsOfBalancer
            | Quota::GroupsOfAction => 1,
            Quota::ConditionValues | Quota::ConditionWildcards => 1,
            Quota::TargetGroups => 2,
            Quota::Targets => 3,
            _ => 0,
        };
        built.world.elb.quotas.insert(quota, there);
        assert_eq!(code(ask(&mut built, op, input.clone())), refusal, "{name}");
        built.world.elb.quotas.insert(quota, there + 1);
        let done = ask(&mut built, op, input);
        assert!(done.is_ok(), "{name}: {done:?}");
    }
}
