//! What ECS refuses, and what its scheduler does.

mod capacity;
mod in_place;
mod life;
mod rollouts;
mod run;
mod vcpus;

use crate::Value;
use crate::scenario::Built;
use crate::scenario::fixture::{
    call, dual_stack_definition, health, ipv6_target_group, one, pass, service, set_weights, twin,
    twin_input,
};
use crate::services::{self, AwsError, Service};
use crate::wire::json::from_json;
use crate::world::World;

/// A call that is answered.
fn ask(world: &mut World, op: &str, input: serde_json::Value) -> Value {
    services::call(world, Service::Ecs, op, &from_json(input)).unwrap()
}

/// A twin whose first task definition cannot be pulled; the input and the target group.
fn unpullable_twin(built: &mut Built, breaker: &serde_json::Value) -> Value {
    let group = ipv6_target_group(built, "twin");
    set_weights(built, &group, 100, 0);
    let mut input = twin_input(built, &group, "checkout");
    let configuration = serde_json::json!({ "deploymentCircuitBreaker": breaker });
    input.set("deploymentConfiguration", from_json(configuration));
    input
}

/// The newest deployment of the twin.
fn newest(world: &mut World) -> Value {
    let found = service(world, "checkout-ipv6");
    found.get("deployments").items()[0].clone()
}

fn refusal(world: &mut World, op: &str, input: &Value) -> AwsError {
    services::call(world, Service::Ecs, op, input).unwrap_err()
}

#[test]
fn a_service_on_a_target_group_without_a_load_balancer_is_refused() {
    let mut built = one("healthy");
    let group = ipv6_target_group(&mut built, "twin");
    let definition = dual_stack_definition(&mut built);
    let input = twin_input(&built, &group, &definition);
    let refused = refusal(&mut built.world, "CreateService", &input);
    assert_eq!(refused.code, "InvalidParameterException");
    assert_eq!(
        refused.message,
        format!(
            "The target group with targetGroupArn {group} does not have an associated load balancer."
        )
    );
    set_weights(&mut built, &group, 100, 0);
    assert!(services::call(&mut built.world, Service::Ecs, "CreateService", &input).is_ok());
}

#[test]
fn families_of_subnets_and_target_group_must_agree() {
    let mut built = one("healthy");
    let definition = dual_stack_definition(&mut built);
    let ipv4 = built.services[0].target_group.clone();
    let input = twin_input(&built, &ipv4, &definition);
    let refused = refusal(&mut built.world, "CreateService", &input);
    assert!(
        refused
            .message
            .contains("incompatible with the IPv6-only subnets"),
        "{refused}"
    );
}

#[test]
fn ipv6_only_refuses_what_needs_ipv4() {
    let mut built = one("healthy");
    let group = ipv6_target_group(&mut built, "twin");
    set_weights(&mut built, &group, 100, 0);
    let definition = dual_stack_definition(&mut built);
    let good = twin_input(&built, &group, &definition);
    let mut exec = good.clone();
    exec.set("enableExecuteCommand", true.into());
    assert!(
        refusal(&mut built.world, "CreateService", &exec)
            .message
            .contains("ECS Exec")
    );
    let mut public = good.clone();
    let mut inner = public
        .get("networkConfiguration")
        .get("awsvpcConfiguration")
        .clone();
    inner.set("assignPublicIp", "ENABLED".into());
    public.set(
        "networkConfiguration",
        Value::map([("awsvpcConfiguration", inner)]),
    );
    assert!(
        refusal(&mut built.world, "CreateService", &public)
            .message
            .contains("public IP")
    );
    let mut none = good.clone();
    none.set("networkConfiguration", Value::Null);
    assert!(
        refusal(&mut built.world, "CreateService", &none)
            .message
            .contains("Network Configuration must be provided")
    );
    let mut both = good;
    both.set(
        "capacityProviderStrategy",
        Value::list([Value::map([("capacityProvider", Value::from("FARGATE"))])]),
    );
    assert!(
        refusal(&mut built.world, "CreateService", &both)
            .message
            .contains("both a launch type")
    );
}

#[test]
fn the_same_token_creates_once_and_the_same_name_is_refused() {
    let mut built = one("healthy");
    let group = ipv6_target_group(&mut built, "twin");
    set_weights(&mut built, &group, 100, 0);
    let definition = dual_stack_definition(&mut built);
    let input = twin_input(&built, &group, &definition);
    let first = services::call(&mut built.world, Service::Ecs, "CreateService", &input).unwrap();
    let second = services::call(&mut built.world, Service::Ecs, "CreateService", &input).unwrap();
    assert_eq!(
        first.get("service").get("serviceArn"),
        second.get("service").get("serviceArn")
    );
    let mut other = input;
    other.set("desiredCount", 5_i64.into());
    assert_eq!(
        refusal(&mut built.world, "CreateService", &other).message,
        "Creation of service was not idempotent."
    );
}

#[test]
fn tasks_in_ipv6_only_subnets_have_an_ipv6_address_and_no_other() {
    let mut built = one("healthy");
    let group = twin(&mut built);
    let fields = vec![
        ("cluster", "prod".into()),
        ("serviceName", "checkout-ipv6".into()),
    ];
    let arns = call(&mut built.world, Service::Ecs, "ListTasks", fields)
        .unwrap()
        .get("taskArns")
        .clone();
    assert_eq!(arns.items().len(), 3);
    let tasks = call(
        &mut built.world,
        Service::Ecs,
        "DescribeTasks",
        vec![("cluster", "prod".into()), ("tasks", arns)],
    )
    .unwrap();
    for task in tasks.get("tasks").items() {
        assert_eq!(task.get("lastStatus").as_str(), Some("RUNNING"));
        let interface = &task.get("containers").items()[0]
            .get("networkInterfaces")
            .items()[0];
        assert!(interface.get("ipv6Address").as_str().unwrap().contains(':'));
        assert!(interface.get("privateIpv4Address").is_null());
    }
    assert!(
        health(&mut built.world, &group)
            .iter()
            .all(|(state, _)| state == "healthy")
    );
}

#[test]
fn an_image_from_an_ipv4_registry_cannot_be_pulled_into_an_ipv6_only_subnet() {
    let mut built = one("healthy");
    let group = ipv6_target_group(&mut built, "twin");
    set_weights(&mut built, &group, 100, 0);
    let input = twin_input(&built, &group, "checkout");
    services::call(&mut built.world, Service::Ecs, "CreateService", &input).unwrap();
    pass(&mut built.world, 120);
    let fields = vec![
        ("cluster", "prod".into()),
        ("serviceName", "checkout-ipv6".into()),
        ("desiredStatus", "STOPPED".into()),
    ];
    let arns = call(&mut built.world, Service::Ecs, "ListTasks", fields)
        .unwrap()
        .get("taskArns")
        .clone();
    let tasks = call(
        &mut built.world,
        Service::Ecs,
        "DescribeTasks",
        vec![("cluster", "prod".into()), ("tasks", arns)],
    )
    .unwrap();
    let task = &tasks.get("tasks").items()[0];
    assert_eq!(task.get("stopCode").as_str(), Some("TaskFailedToStart"));
    assert!(
        task.get("stoppedReason")
            .as_str()
            .unwrap()
            .starts_with("CannotPullContainerError")
    );
    let twin = service(&mut built.world, "checkout-ipv6");
    assert!(
        twin.get("deployments").items()[0]
            .get("failedTasks")
            .as_i64()
            .unwrap()
            >= 3
    );
}

#[test]
fn a_stopped_task_is_replaced_and_its_target_drains() {
    let mut built = one("healthy");
    let fields = vec![
        ("cluster", "prod".into()),
        ("serviceName", "checkout".into()),
    ];
    let arns = call(&mut built.world, Service::Ecs, "ListTasks", fields)
        .unwrap()
        .get("taskArns")
        .clone();
    let fields = vec![
        ("cluster", "prod".into()),
        ("task", arns.items()[0].clone()),
    ];
    call(&mut built.world, Service::Ecs, "StopTask", fields).unwrap();
    let group = built.services[0].target_group.clone();
    assert!(
        health(&mut built.world, &group)
            .iter()
            .any(|(state, reason)| state == "draining"
                && reason == "Target.DeregistrationInProgress")
    );
    pass(&mut built.world, 120);
    let states = health(&mut built.world, &group);
    assert_eq!(
        states
            .iter()
            .filter(|(state, _)| state == "healthy")
            .count(),
        3
    );
    assert_eq!(states.len(), 3);
    assert_eq!(built.world.traffic()["checkout"].failed, 0);
}

#[test]
fn a_service_above_0_is_not_deleted_without_force_and_then_drains_away() {
    let mut built = one("healthy");
    let input = Value::map([
        ("cluster", Value::from("prod")),
        ("service", "checkout".into()),
    ]);
    assert_eq!(
        refusal(&mut built.world, "DeleteService", &input).code,
        "InvalidParameterException"
    );
    let mut forced = input.clone();
    forced.set("force", true.into());
    let gone = services::call(&mut built.world, Service::Ecs, "DeleteService", &forced).unwrap();
    assert_eq!(gone.get("service").get("status").as_str(), Some("DRAINING"));
    assert_eq!(
        refusal(&mut built.world, "UpdateService", &input).code,
        "ServiceNotActiveException"
    );
    pass(&mut built.world, 600);
    assert_eq!(
        service(&mut built.world, "checkout").get("status").as_str(),
        Some("INACTIVE")
    );
}

#[test]
fn scaling_out_and_in_follows_the_wanted_count() {
    let mut built = one("healthy");
    // Nobody else is to have a say in the count.
    built.world.scaling.deregister("service/prod/checkout");
    let mut scale = |count: i64| {
        let fields = vec![
            ("cluster", "prod".into()),
            ("service", "checkout".into()),
            ("desiredCount", count.into()),
        ];
        call(&mut built.world, Service::Ecs, "UpdateService", fields).unwrap();
        pass(&mut built.world, 180);
        service(&mut built.world, "checkout")
            .get("runningCount")
            .as_i64()
            .unwrap()
    };
    assert_eq!(scale(7), 7);
    assert_eq!(scale(3), 3);
}

#[test]
fn a_wrong_cluster_a_missing_service_and_an_eleventh_are_told_as_aws_tells_them() {
    let mut built = one("healthy");
    let nowhere = Value::map([
        ("cluster", Value::from("nowhere")),
        ("services", Value::list(["checkout"])),
    ]);
    assert_eq!(
        refusal(&mut built.world, "DescribeServices", &nowhere).code,
        "ClusterNotFoundException"
    );
    let fields = vec![
        ("cluster", "prod".into()),
        ("services", Value::list(["nobody"])),
    ];
    let missing = call(&mut built.world, Service::Ecs, "DescribeServices", fields).unwrap();
    assert_eq!(
        missing.get("failures").items()[0].get("reason").as_str(),
        Some("MISSING")
    );
    let eleven = Value::map([
        ("cluster", Value::from("prod")),
        ("services", Value::list(vec!["checkout"; 11])),
    ]);
    assert_eq!(
        refusal(&mut built.world, "DescribeServices", &eleven).code,
        "InvalidParameterException"
    );
}

#[test]
fn every_parameter_given_is_read_back() {
    let mut built = one("healthy");
    let found = service(&mut built.world, "checkout");
    assert_eq!(
        found.get("healthCheckGracePeriodSeconds").as_i64(),
        Some(60)
    );
    assert_eq!(
        found.get("availabilityZoneRebalancing").as_str(),
        Some("ENABLED")
    );
    assert_eq!(
        found
            .get("deploymentConfiguration")
            .get("maximumPercent")
            .as_i64(),
        Some(200)
    );
    assert_eq!(
        found
            .get("deploymentConfiguration")
            .get("deploymentCircuitBreaker")
            .get("enable")
            .as_bool(),
        Some(true)
    );
    let arn = found.get("currentServiceRevisions").items()[0]
        .get("arn")
        .clone();
    let revisions = call(
        &mut built.world,
        Service::Ecs,
        "DescribeServiceRevisions",
        vec![("serviceRevisionArns", Value::list([arn]))],
    )
    .unwrap();
    assert_eq!(
        revisions.get("serviceRevisions").items()[0].get("loadBalancers"),
        found.get("loadBalancers")
    );
}

#[test]
fn a_security_group_that_lets_ipv4_in_only_makes_ipv6_targets_time_out() {
    let mut built = one("healthy");
    let group = ipv6_target_group(&mut built, "twin");
    set_weights(&mut built, &group, 100, 0);
    let definition = dual_stack_definition(&mut built);
    let vpc = built.world.elb.target_groups[&group]
        .spec
        .get("VpcId")
        .clone();
    let closed = vec![
        ("GroupName", "ipv4-only".into()),
        ("GroupDescription", "ipv4 only".into()),
        ("VpcId", vpc),
    ];
    let closed = call(
        &mut built.world,
        Service::Ec2,
        "CreateSecurityGroup",
        closed,
    )
    .unwrap();
    let closed = closed.get("groupId").clone();
    let ranges = Value::list([Value::map([("CidrIp", Value::from("10.0.0.0/16"))])]);
    let permission = Value::map([
        ("IpProtocol", Value::from("tcp")),
        ("FromPort", 8080_i64.into()),
        ("ToPort", 8080_i64.into()),
        ("IpRanges", ranges),
    ]);
    let rule = vec![
        ("GroupId", closed.clone()),
        ("IpPermissions", Value::list([permission])),
    ];
    call(
        &mut built.world,
        Service::Ec2,
        "AuthorizeSecurityGroupIngress",
        rule,
    )
    .unwrap();
    built.services[0].security_groups = closed.as_str().map(str::to_owned).into_iter().collect();
    let mut input = twin_input(&built, &group, &definition);
    input.set("healthCheckGracePeriodSeconds", 600_i64.into());
    services::call(&mut built.world, Service::Ecs, "CreateService", &input).unwrap();
    pass(&mut built.world, 90);
    let states = health(&mut built.world, &group);
    assert!(
        states
            .iter()
            .any(|s| *s == ("unhealthy".to_owned(), "Target.Timeout".to_owned())),
        "{states:?}"
    );
}
