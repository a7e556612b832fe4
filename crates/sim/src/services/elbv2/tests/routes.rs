//! Listeners, rules and actions.

use serde_json::{Value as Json, json};

use super::{ask, code, first, text};
use crate::Value;
use crate::scenario::Built;
use crate::scenario::fixture::{ipv6_target_group, one};
use crate::services::AwsError;

const CERTIFICATE: &str = "arn:aws:acm:eu-central-1:123456789012:certificate/one";

fn forward(groups: &[(&str, i64)]) -> Json {
    let groups: Vec<Json> = groups
        .iter()
        .map(|(arn, weight)| json!({"TargetGroupArn": arn, "Weight": weight}))
        .collect();
    json!({"Type": "forward", "ForwardConfig": {"TargetGroups": groups}})
}

fn act(built: &mut Built, actions: Json) -> Result<Value, AwsError> {
    let listener = built.services[0].routes[0].clone();
    ask(
        built,
        "ModifyListener",
        json!({"ListenerArn": listener, "DefaultActions": actions}),
    )
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
fn a_forward_has_five_groups_at_most_each_once_and_both_spellings_only_of_one() {
    let mut built = one("healthy");
    let group = built.services[0].target_group.clone();
    let many: Vec<String> = (0..5)
        .map(|n| ipv6_target_group(&mut built, &format!("g{n}")))
        .collect();
    let mut five: Vec<(&str, i64)> = many.iter().map(|arn| (arn.as_str(), 1)).collect();
    assert!(act(&mut built, json!([forward(&five)])).is_ok());
    five.push((&group, 1));
    assert_eq!(
        code(act(&mut built, json!([forward(&five)]))),
        "InvalidLoadBalancerAction"
    );
    assert_eq!(
        code(act(
            &mut built,
            json!([forward(&[(&group, 1), (&group, 2)])])
        )),
        "InvalidLoadBalancerAction"
    );
    let mut both = forward(&[(&group, 1)]);
    both["TargetGroupArn"] = json!(group);
    assert!(act(&mut built, json!([both])).is_ok());
    both["TargetGroupArn"] = json!(many[0]);
    assert_eq!(code(act(&mut built, json!([both]))), "ValidationError");
}

#[test]
fn group_stickiness_has_a_duration_and_is_kept_with_one_group() {
    let mut built = one("healthy");
    let group = built.services[0].target_group.clone();
    for wrong in [
        json!({"Enabled": true}),
        json!({"Enabled": true, "DurationSeconds": 604_801}),
    ] {
        let mut action = forward(&[(&group, 1)]);
        action["ForwardConfig"]["TargetGroupStickinessConfig"] = wrong;
        assert_eq!(code(act(&mut built, json!([action]))), "ValidationError");
    }
    let mut action = forward(&[(&group, 1)]);
    action["ForwardConfig"]["TargetGroupStickinessConfig"] =
        json!({"Enabled": true, "DurationSeconds": 60});
    let made = act(&mut built, json!([action])).unwrap();
    let kept = first(&made, "Listeners", "DefaultActions").items()[0]
        .get("ForwardConfig")
        .get("TargetGroupStickinessConfig")
        .clone();
    assert_eq!(kept.get("DurationSeconds").as_i64(), Some(60));
}

#[test]
fn the_last_action_answers_and_authentication_is_for_https() {
    let mut built = one("healthy");
    let group = built.services[0].target_group.clone();
    let fixed =
        json!({"Type": "fixed-response", "Order": 1, "FixedResponseConfig": {"StatusCode": "200"}});
    let mut last = forward(&[(&group, 1)]);
    last["Order"] = json!(2);
    assert_eq!(
        code(act(&mut built, json!([fixed, last]))),
        "InvalidLoadBalancerAction"
    );
    let cognito = json!({
        "UserPoolArn": "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/p",
        "UserPoolClientId": "c", "UserPoolDomain": "d",
    });
    let asks =
        json!({"Type": "authenticate-cognito", "Order": 1, "AuthenticateCognitoConfig": cognito});
    assert_eq!(
        code(act(&mut built, json!([asks, last]))),
        "InvalidLoadBalancerAction"
    );
    let listener = json!({
        "LoadBalancerArn": balancer(&built), "Protocol": "HTTPS", "Port": 443,
        "Certificates": [{"CertificateArn": CERTIFICATE}], "DefaultActions": [asks, last],
    });
    assert!(ask(&mut built, "CreateListener", listener).is_ok());
}

#[test]
fn a_listener_made_again_is_the_same_and_another_on_its_port_is_refused() {
    let mut built = one("healthy");
    let group = built.services[0].target_group.clone();
    let mut wish = json!({
        "LoadBalancerArn": balancer(&built), "Protocol": "HTTP", "Port": 81,
        "DefaultActions": [{"Type": "forward", "TargetGroupArn": group}],
    });
    let made = ask(&mut built, "CreateListener", wish.clone()).unwrap();
    let again = ask(&mut built, "CreateListener", wish.clone()).unwrap();
    assert_eq!(
        first(&made, "Listeners", "ListenerArn"),
        first(&again, "Listeners", "ListenerArn")
    );
    wish["DefaultActions"] =
        json!([{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]);
    assert_eq!(
        code(ask(&mut built, "CreateListener", wish)),
        "DuplicateListener"
    );
}

#[test]
fn a_listener_that_turns_to_http_loses_its_certificate() {
    let mut built = one("many-routes");
    let group = built.services[0].target_group.clone();
    let listener = json!({
        "LoadBalancerArn": balancer(&built), "Protocol": "HTTPS", "Port": 8443,
        "Certificates": [{"CertificateArn": CERTIFICATE}], "DefaultActions": [{"Type": "forward", "TargetGroupArn": group}],
    });
    let made = ask(&mut built, "CreateListener", listener).unwrap();
    assert_eq!(
        first(&made, "Listeners", "SslPolicy").as_str(),
        Some("ELBSecurityPolicy-2016-08")
    );
    let arn = text(&first(&made, "Listeners", "ListenerArn"));
    let plain = ask(
        &mut built,
        "ModifyListener",
        json!({"ListenerArn": arn, "Protocol": "HTTP"}),
    )
    .unwrap();
    assert!(first(&plain, "Listeners", "Certificates").is_null());
    assert!(first(&plain, "Listeners", "SslPolicy").is_null());
    let back = json!({"ListenerArn": arn, "Protocol": "HTTPS"});
    assert_eq!(
        code(ask(&mut built, "ModifyListener", back)),
        "ValidationError"
    );
}

#[test]
fn a_network_load_balancer_forwards_to_one_family_of_its_protocol() {
    let mut built = one("healthy");
    let there = &built.world.elb.load_balancers[&balancer(&built)];
    let (vpc, subnets) = (
        there.vpc.clone(),
        there
            .zones
            .iter()
            .map(|(_, s)| s.clone())
            .collect::<Vec<_>>(),
    );
    let input = json!({"Name": "layer4", "Type": "network", "IpAddressType": "dualstack", "Subnets": subnets});
    let made = ask(&mut built, "CreateLoadBalancer", input).unwrap();
    let arn = text(&first(&made, "LoadBalancers", "LoadBalancerArn"));
    let mut group = |name: &str, protocol: &str, family: &str| {
        let input = json!({
            "Name": name, "Protocol": protocol, "Port": 9, "VpcId": vpc, "TargetType": "ip", "IpAddressType": family,
        });
        text(&first(
            &ask(&mut built, "CreateTargetGroup", input).unwrap(),
            "TargetGroups",
            "TargetGroupArn",
        ))
    };
    let (four, six, tls) = (
        group("four", "TCP", "ipv4"),
        group("six", "TCP", "ipv6"),
        group("tls", "TLS", "ipv4"),
    );
    let listener = |groups: &[(&str, i64)]| json!({"LoadBalancerArn": arn, "Protocol": "TCP", "Port": 9, "DefaultActions": [forward(groups)]});
    let mixed = ask(
        &mut built,
        "CreateListener",
        listener(&[(&four, 1), (&six, 1)]),
    );
    assert_eq!(code(mixed), "InvalidLoadBalancerAction");
    let wrong = ask(&mut built, "CreateListener", listener(&[(&tls, 1)]));
    assert_eq!(code(wrong), "IncompatibleProtocols");
    assert!(ask(&mut built, "CreateListener", listener(&[(&six, 1)])).is_ok());
}
