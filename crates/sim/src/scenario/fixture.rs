//! What tests of this crate stand on: a scenario's region, and an IPv6 twin made by the calls that any client would make.

use jiff::SignedDuration;

use super::{Built, build};
use crate::Value;
use crate::contract;
use crate::services::{self, AwsError, Service};
use crate::world::World;

/// A region with one service of a scenario.
pub(crate) fn one(scenario: &str) -> Built {
    build(scenario, Some(1), 7).unwrap()
}

/// The same, just made: nothing has started yet, and there is no history.
pub(crate) fn fresh(scenario: &str) -> Built {
    super::catalogue::scenarios(&[scenario], 7).unwrap()
}

/// A call, with the fields as pairs.
pub(crate) fn call(
    world: &mut World,
    service: Service,
    op: &str,
    fields: Vec<(&str, Value)>,
) -> Result<Value, AwsError> {
    services::call(world, service, op, &Value::map(fields))
}

/// Lets some seconds pass.
pub(crate) fn pass(world: &mut World, seconds: i64) {
    let to = world.now() + SignedDuration::from_secs(seconds);
    world.advance(to);
}

/// An IPv6 target group in the same VPC as the first service's.
pub(crate) fn ipv6_target_group(built: &mut Built, name: &str) -> String {
    let vpc = built
        .world
        .elb
        .target_groups
        .values()
        .next()
        .unwrap()
        .spec
        .get("VpcId")
        .clone();
    let fields = vec![
        ("Name", name.into()),
        ("Protocol", "HTTP".into()),
        ("Port", 8080_i64.into()),
        ("VpcId", vpc),
        ("TargetType", "ip".into()),
        ("IpAddressType", "ipv6".into()),
        ("HealthCheckIntervalSeconds", 10_i64.into()),
    ];
    let made = call(
        &mut built.world,
        Service::Elbv2,
        "CreateTargetGroup",
        fields,
    )
    .unwrap();
    super::service::first(&made, "TargetGroups", "TargetGroupArn")
}

/// The same in VPC Lattice.
pub(crate) fn ipv6_lattice_group(built: &mut Built) -> String {
    let groups = &built.world.elb.target_groups;
    let vpc = groups.values().next().unwrap().spec.get("VpcId").clone();
    let config = Value::map([
        ("port", Value::from(8080_i64)),
        ("ipAddressType", "IPV6".into()),
        ("vpcIdentifier", vpc),
    ]);
    let fields = vec![
        ("name", "twin".into()),
        ("type", "IP".into()),
        ("config", config),
    ];
    let world = &mut built.world;
    let made = call(world, Service::Lattice, "CreateTargetGroup", fields).unwrap();
    made.get("arn").as_str().unwrap().to_owned()
}

/// A forward action with weights.
pub(crate) fn weights(groups: &[(&str, i64)]) -> Value {
    let groups = groups.iter().map(|(arn, weight)| {
        Value::map([
            ("TargetGroupArn", Value::from(*arn)),
            ("Weight", (*weight).into()),
        ])
    });
    let config = Value::map([("TargetGroups", Value::list(groups))]);
    Value::list([Value::map([
        ("Type", Value::from("forward")),
        ("ForwardConfig", config),
    ])])
}

/// Sets the weights of the first service's listener: IPv4, IPv6.
pub(crate) fn set_weights(built: &mut Built, ipv6: &str, of_ipv4: i64, of_ipv6: i64) {
    let service = built.services.first().unwrap();
    let actions = weights(&[(&service.target_group, of_ipv4), (ipv6, of_ipv6)]);
    let route = service.routes.first().unwrap().as_str().into();
    let fields = vec![("ListenerArn", route), ("DefaultActions", actions)];
    call(&mut built.world, Service::Elbv2, "ModifyListener", fields).unwrap();
}

/// The input of CreateService for a twin of the first service.
pub(crate) fn twin_input(built: &Built, group: &str, definition: &str) -> Value {
    let service = built.services.first().unwrap();
    let network = Value::map([
        ("subnets", Value::list(service.ipv6_subnets.clone())),
        (
            "securityGroups",
            Value::list(service.security_groups.clone()),
        ),
    ]);
    let balancer = Value::map([
        ("targetGroupArn", Value::from(group)),
        ("containerName", "app".into()),
        ("containerPort", 8080_i64.into()),
    ]);
    Value::map([
        ("cluster", Value::from("prod")),
        ("serviceName", format!("{}-ipv6", service.name).into()),
        ("taskDefinition", definition.into()),
        ("desiredCount", 3_i64.into()),
        ("launchType", "FARGATE".into()),
        ("clientToken", "a-token".into()),
        ("healthCheckGracePeriodSeconds", 30_i64.into()),
        ("loadBalancers", Value::list([balancer])),
        (
            "networkConfiguration",
            Value::map([("awsvpcConfiguration", network)]),
        ),
    ])
}

/// Registers the first service's task definition anew, its images from the dual-stack host.
pub(crate) fn dual_stack_definition(built: &mut Built) -> String {
    let name = built.services.first().unwrap().name.clone();
    let found = call(
        &mut built.world,
        Service::Ecs,
        "DescribeTaskDefinition",
        vec![("taskDefinition", name.as_str().into())],
    );
    let mut definition = found.unwrap().get("taskDefinition").clone();
    let containers = definition
        .get("containerDefinitions")
        .items()
        .iter()
        .map(|c| {
            let mut c = c.clone();
            let image = c
                .get("image")
                .as_str()
                .unwrap()
                .replace(".dkr.ecr.", ".dkr-ecr.")
                .replace(".amazonaws.com/", ".on.aws/");
            c.set("image", image.into());
            c
        });
    let containers = Value::list(containers.collect::<Vec<_>>());
    definition.set("containerDefinitions", containers);
    definition.set("family", format!("{name}-ipv6").into());
    let definition = contract::taken(Service::Ecs, "RegisterTaskDefinition", &definition);
    let made = services::call(
        &mut built.world,
        Service::Ecs,
        "RegisterTaskDefinition",
        &definition,
    )
    .unwrap();
    made.get("taskDefinition")
        .get("taskDefinitionArn")
        .as_str()
        .unwrap()
        .to_owned()
}

/// Makes the whole twin at weight 0 and lets it start; gives its target group.
pub(crate) fn twin(built: &mut Built) -> String {
    let group = ipv6_target_group(built, "twin");
    set_weights(built, &group, 100, 0);
    let definition = dual_stack_definition(built);
    let input = twin_input(built, &group, &definition);
    services::call(&mut built.world, Service::Ecs, "CreateService", &input).unwrap();
    pass(&mut built.world, 120);
    group
}

/// The description of a service.
pub(crate) fn service(world: &mut World, name: &str) -> Value {
    let fields = vec![
        ("cluster", "prod".into()),
        ("services", Value::list([name])),
    ];
    let found = call(world, Service::Ecs, "DescribeServices", fields).unwrap();
    found
        .get("services")
        .items()
        .first()
        .cloned()
        .unwrap_or_default()
}

/// The states of a target group's targets with their reasons.
pub(crate) fn health(world: &mut World, group: &str) -> Vec<(String, String)> {
    let found = call(
        world,
        Service::Elbv2,
        "DescribeTargetHealth",
        vec![("TargetGroupArn", group.into())],
    )
    .unwrap();
    found
        .get("TargetHealthDescriptions")
        .items()
        .iter()
        .map(|d| d.get("TargetHealth"))
        .map(|h| {
            (
                h.get("State").as_str().unwrap().to_owned(),
                h.get("Reason").as_str().unwrap_or_default().to_owned(),
            )
        })
        .collect()
}
