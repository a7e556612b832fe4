//! What ELBv2 refuses, and the form in which it reads back.

mod attributes;
mod groups;
mod routes;

use serde_json::Value as Json;

use crate::Value;
use crate::scenario::Built;
use crate::scenario::fixture::{
    call, health, ipv6_target_group, one, pass, set_weights, twin, weights,
};
use crate::services::{self, AwsError, Service};
use crate::wire::from_text;

fn elb(built: &mut Built, op: &str, fields: Vec<(&str, Value)>) -> Result<Value, AwsError> {
    call(&mut built.world, Service::Elbv2, op, fields)
}

/// A call with its input as JSON.
fn ask(built: &mut Built, op: &str, input: Json) -> Result<Value, AwsError> {
    let input = from_text(&input.to_string());
    services::call(&mut built.world, Service::Elbv2, op, &input)
}

/// A field of the first of the listed things in an answer.
fn first(answer: &Value, list: &str, field: &str) -> Value {
    answer.get(list).items()[0].get(field).clone()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn code(answer: Result<Value, AwsError>) -> String {
    answer.unwrap_err().code
}

fn default_actions(built: &mut Built, actions: Value) -> Result<Value, AwsError> {
    let listener = built.services[0].routes[0].as_str().into();
    elb(
        built,
        "ModifyListener",
        vec![("ListenerArn", listener), ("DefaultActions", actions)],
    )
}

#[test]
fn one_target_group_is_read_back_in_both_forms_and_several_in_one() {
    let mut built = one("healthy");
    let ipv4 = built.services[0].target_group.clone();
    let ipv6 = ipv6_target_group(&mut built, "twin");
    let single = default_actions(&mut built, weights(&[(&ipv4, 1)])).unwrap();
    let action = single.get("Listeners").items()[0]
        .get("DefaultActions")
        .items()[0]
        .clone();
    assert_eq!(action.get("TargetGroupArn").as_str(), Some(ipv4.as_str()));
    assert_eq!(
        action
            .get("ForwardConfig")
            .get("TargetGroups")
            .items()
            .len(),
        1
    );
    let several = default_actions(&mut built, weights(&[(&ipv4, 999), (&ipv6, 0)])).unwrap();
    let action = several.get("Listeners").items()[0]
        .get("DefaultActions")
        .items()[0]
        .clone();
    assert!(action.get("TargetGroupArn").is_null());
    assert_eq!(
        action.get("ForwardConfig").get("TargetGroups").items()[1]
            .get("Weight")
            .as_i64(),
        Some(0)
    );
}

#[test]
fn weights_beyond_999_and_a_sixth_group_are_refused() {
    let mut built = one("healthy");
    let ipv4 = built.services[0].target_group.clone();
    assert_eq!(
        code(default_actions(&mut built, weights(&[(&ipv4, 1000)]))),
        "ValidationError"
    );
    let names: Vec<String> = (0..6)
        .map(|n| ipv6_target_group(&mut built, &format!("group-{n}")))
        .collect();
    let six: Vec<(&str, i64)> = names.iter().map(|n| (n.as_str(), 1)).collect();
    assert_eq!(
        code(default_actions(&mut built, weights(&six))),
        "InvalidLoadBalancerAction"
    );
}

#[test]
fn an_ipv6_group_does_not_go_on_an_ipv4_load_balancer_nor_any_group_on_two() {
    let mut built = one("healthy");
    let ipv6 = ipv6_target_group(&mut built, "twin");
    let ipv4 = built.services[0].target_group.clone();
    let zones = built
        .world
        .elb
        .load_balancers
        .values()
        .next()
        .unwrap()
        .zones
        .clone();
    let subnets = Value::list(zones.into_iter().map(|(_, subnet)| subnet));
    let made = elb(
        &mut built,
        "CreateLoadBalancer",
        vec![("Name", "old".into()), ("Subnets", subnets)],
    )
    .unwrap();
    let balancer = made.get("LoadBalancers").items()[0]
        .get("LoadBalancerArn")
        .clone();
    let listener = |group: &str| {
        vec![
            ("LoadBalancerArn", balancer.clone()),
            ("Protocol", "HTTP".into()),
            ("Port", "80".into()),
            ("DefaultActions", weights(&[(group, 1)])),
        ]
    };
    assert_eq!(
        code(elb(&mut built, "CreateListener", listener(&ipv6))),
        "InvalidConfigurationRequest"
    );
    assert_eq!(
        code(elb(&mut built, "CreateListener", listener(&ipv4))),
        "TargetGroupAssociationLimit"
    );
}

#[test]
fn stickiness_of_a_group_needs_stickiness_of_the_action() {
    let mut built = one("healthy");
    let ipv6 = ipv6_target_group(&mut built, "twin");
    let ipv4 = built.services[0].target_group.clone();
    let on = Value::list([Value::map([
        ("Key", Value::from("stickiness.enabled")),
        ("Value", "true".into()),
    ])]);
    elb(
        &mut built,
        "ModifyTargetGroupAttributes",
        vec![("TargetGroupArn", ipv4.as_str().into()), ("Attributes", on)],
    )
    .unwrap();
    assert_eq!(
        code(default_actions(
            &mut built,
            weights(&[(&ipv4, 1), (&ipv6, 0)])
        )),
        "InvalidLoadBalancerAction"
    );
}

#[test]
fn a_client_secret_is_never_read_back_and_has_to_be_kept_on_purpose() {
    let mut built = one("many-routes");
    let listener = built.services[0].routes[0].clone();
    let found = elb(
        &mut built,
        "DescribeListeners",
        vec![("ListenerArns", Value::list([listener.as_str()]))],
    )
    .unwrap();
    let mut actions = found.get("Listeners").items()[0]
        .get("DefaultActions")
        .items()
        .to_vec();
    assert!(
        actions[0]
            .get("AuthenticateOidcConfig")
            .get("ClientSecret")
            .is_null()
    );
    assert_eq!(
        code(default_actions(&mut built, Value::List(actions.clone()))),
        "InvalidLoadBalancerAction"
    );
    let mut config = actions[0].get("AuthenticateOidcConfig").clone();
    config.set("UseExistingClientSecret", "true".into());
    actions[0].set("AuthenticateOidcConfig", config);
    assert!(default_actions(&mut built, Value::List(actions)).is_ok());
}

#[test]
fn creating_a_target_group_again_gives_the_same_one_and_another_is_refused() {
    let mut built = one("healthy");
    let first = ipv6_target_group(&mut built, "twin");
    assert_eq!(ipv6_target_group(&mut built, "twin"), first);
    let vpc = built.world.elb.target_groups[&first]
        .spec
        .get("VpcId")
        .clone();
    let other = vec![
        ("Name", "twin".into()),
        ("Protocol", "HTTP".into()),
        ("Port", "9".into()),
        ("VpcId", vpc),
    ];
    assert_eq!(
        code(elb(&mut built, "CreateTargetGroup", other)),
        "DuplicateTargetGroupName"
    );
}

#[test]
fn a_group_in_use_is_not_deleted_and_one_out_of_use_has_unused_targets() {
    let mut built = one("healthy");
    let ipv4 = built.services[0].target_group.clone();
    let group = twin(&mut built);
    assert_eq!(
        code(elb(
            &mut built,
            "DeleteTargetGroup",
            vec![("TargetGroupArn", group.as_str().into())]
        )),
        "ResourceInUse"
    );
    assert!(
        health(&mut built.world, &group)
            .iter()
            .all(|(state, _)| state == "healthy")
    );
    default_actions(&mut built, weights(&[(&ipv4, 1)])).unwrap();
    assert!(
        health(&mut built.world, &group)
            .iter()
            .all(|s| *s == ("unused".to_owned(), "Target.NotInUse".to_owned()))
    );
    set_weights(&mut built, &group, 100, 0);
    assert!(
        health(&mut built.world, &group)
            .iter()
            .all(|(state, _)| state == "initial")
    );
    pass(&mut built.world, 30);
    assert!(
        health(&mut built.world, &group)
            .iter()
            .all(|(state, _)| state == "healthy")
    );
}

#[test]
fn priorities_are_unique_and_default_rules_stay() {
    let mut built = one("many-routes");
    let rules: Vec<String> = built.services[0].routes[1..].to_vec();
    let listener = built.world.elb.rules[&rules[0]].listener.clone();
    let group = built.services[0].target_group.clone();
    let condition = Value::map([
        ("Field", Value::from("path-pattern")),
        ("Values", Value::list(["/x"])),
    ]);
    let fields = vec![
        ("ListenerArn", listener.as_str().into()),
        ("Priority", "10".into()),
        ("Conditions", Value::list([condition])),
        ("Actions", weights(&[(&group, 1)])),
    ];
    assert_eq!(code(elb(&mut built, "CreateRule", fields)), "PriorityInUse");
    let default = built.world.elb.default_rule(&listener).unwrap().arn.clone();
    assert_eq!(
        code(elb(
            &mut built,
            "DeleteRule",
            vec![("RuleArn", default.into())]
        )),
        "OperationNotPermitted"
    );
}

#[test]
fn lists_come_in_pages() {
    let mut built = one("healthy");
    for n in 0..4 {
        ipv6_target_group(&mut built, &format!("group-{n}"));
    }
    let (mut names, mut marker) = (Vec::new(), Value::Null);
    loop {
        let page = elb(
            &mut built,
            "DescribeTargetGroups",
            vec![("PageSize", "2".into()), ("Marker", marker)],
        )
        .unwrap();
        names.extend(
            page.get("TargetGroups")
                .items()
                .iter()
                .map(|g| g.get("TargetGroupName").as_str().unwrap().to_owned()),
        );
        marker = page.get("NextMarker").clone();
        if marker.is_null() {
            break;
        }
    }
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 5);
}

#[test]
fn what_is_not_there_is_named_by_its_kind() {
    let mut built = one("healthy");
    assert_eq!(
        code(elb(
            &mut built,
            "DescribeTargetHealth",
            vec![("TargetGroupArn", "x".into())]
        )),
        "TargetGroupNotFound"
    );
    assert_eq!(
        code(elb(
            &mut built,
            "DescribeListeners",
            vec![("ListenerArns", Value::list(["x"]))]
        )),
        "ListenerNotFound"
    );
    assert_eq!(
        code(elb(
            &mut built,
            "DescribeRules",
            vec![("RuleArns", Value::list(["x"]))]
        )),
        "RuleNotFound"
    );
    assert_eq!(
        code(elb(
            &mut built,
            "DeleteListener",
            vec![("ListenerArn", "x".into())]
        )),
        "ListenerNotFound"
    );
}
