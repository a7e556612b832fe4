//! One service of a scenario: task definition, load balancer or rule, target group, ECS service, auto scaling, customers.

use super::names;
use super::region::{ACCOUNT, CLUSTER, Ground, REGION, call, text};
use super::{BuiltService, ScenarioError};
use crate::Value;
use crate::services::Service;
use crate::world::rng;
use crate::world::traffic::Source;

/// What a service is made of.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub(super) scenario: String,
    pub(super) name: String,
    pub(super) rate: f64,
    pub(super) tasks: i64,
    pub(super) sidecar: bool,
}

/// A target group of IPv4 addresses, as teams have them.
pub(super) fn target_group(ground: &mut Ground, name: &str) -> Result<String, ScenarioError> {
    group(ground, name, [("HealthCheckPath", "/healthz".into())])
}

/// The same for gRPC.
pub(super) fn grpc_group(ground: &mut Ground, name: &str) -> Result<String, ScenarioError> {
    group(ground, name, [("ProtocolVersion", "GRPC".into())])
}

fn group<const N: usize>(
    ground: &mut Ground,
    name: &str,
    particular: [(&'static str, Value); N],
) -> Result<String, ScenarioError> {
    let usual = [
        ("Name", name.into()),
        ("Protocol", "HTTP".into()),
        ("Port", 8080_i64.into()),
        ("VpcId", ground.vpc.as_str().into()),
        ("TargetType", "ip".into()),
        ("HealthCheckIntervalSeconds", 10_i64.into()),
        ("HealthyThresholdCount", 2_i64.into()),
    ];
    let made = call(
        &mut ground.world,
        Service::Elbv2,
        "CreateTargetGroup",
        usual.into_iter().chain(particular),
    )?;
    let arn = first(&made, "TargetGroups", "TargetGroupArn");
    for (key, value) in [
        ("deregistration_delay.timeout_seconds", "60"),
        (
            "load_balancing.algorithm.type",
            "least_outstanding_requests",
        ),
    ] {
        attribute(ground, &arn, key, value)?;
    }
    Ok(arn)
}

/// Sets an attribute of a target group.
pub(super) fn attribute(
    ground: &mut Ground,
    group: &str,
    key: &str,
    value: &str,
) -> Result<(), ScenarioError> {
    let one = Value::map([("Key", Value::from(key)), ("Value", value.into())]);
    let fields = [
        ("TargetGroupArn", group.into()),
        ("Attributes", Value::list([one])),
    ];
    call(
        &mut ground.world,
        Service::Elbv2,
        "ModifyTargetGroupAttributes",
        fields,
    )
    .map(|_| ())
}
/// A dual-stack load balancer.
pub(super) fn load_balancer(ground: &mut Ground, name: &str) -> Result<String, ScenarioError> {
    let made = call(
        &mut ground.world,
        Service::Elbv2,
        "CreateLoadBalancer",
        [
            ("Name", name.into()),
            ("Subnets", Value::list(ground.public.clone())),
            (
                "SecurityGroups",
                Value::list([ground.balancer_group.as_str()]),
            ),
            ("IpAddressType", "dualstack".into()),
        ],
    )?;
    Ok(first(&made, "LoadBalancers", "LoadBalancerArn"))
}

/// A listener with default actions; with a certificate where the port is not 80.
pub(super) fn listener(
    ground: &mut Ground,
    balancer: &str,
    port: i64,
    actions: Vec<Value>,
) -> Result<String, ScenarioError> {
    let certificate = ground
        .world
        .arn("acm", "certificate/7d1f0c1e-0000-4000-8000-000000000001");
    let certificates = Value::list([Value::map([("CertificateArn", Value::from(certificate))])]);
    let secure = port != 80;
    let made = call(
        &mut ground.world,
        Service::Elbv2,
        "CreateListener",
        [
            ("LoadBalancerArn", balancer.into()),
            ("Port", port.into()),
            ("Protocol", if secure { "HTTPS" } else { "HTTP" }.into()),
            (
                "Certificates",
                if secure { certificates } else { Value::Null },
            ),
            ("DefaultActions", Value::List(actions)),
        ],
    )?;
    Ok(first(&made, "Listeners", "ListenerArn"))
}

/// A rule with one condition.
pub(super) fn rule(
    ground: &mut Ground,
    listener: &str,
    priority: i64,
    condition: (&str, &str),
    action: Value,
) -> Result<String, ScenarioError> {
    let condition = Value::map([
        ("Field", condition.0.into()),
        ("Values", Value::list([condition.1])),
    ]);
    let made = call(
        &mut ground.world,
        Service::Elbv2,
        "CreateRule",
        [
            ("ListenerArn", listener.into()),
            ("Priority", priority.into()),
            ("Conditions", Value::list([condition])),
            ("Actions", Value::list([action])),
        ],
    )?;
    Ok(first(&made, "Rules", "RuleArn"))
}

/// An action that forwards to one target group.
pub(super) fn forward(target_group: &str) -> Value {
    Value::map([
        ("Type", Value::from("forward")),
        ("TargetGroupArn", target_group.into()),
    ])
}

/// The ECS service on a target group that is in use, with its auto scaling.
pub(super) fn ecs_service(
    ground: &mut Ground,
    wish: &Wish,
    target_group: &str,
    routes: Vec<String>,
) -> Result<BuiltService, ScenarioError> {
    let definition = task_definition(ground, wish)?;
    let network = Value::map([
        ("subnets", Value::list(ground.private.clone())),
        ("securityGroups", Value::list([ground.task_group.as_str()])),
        ("assignPublicIp", "DISABLED".into()),
    ]);
    let balancer = Value::map([
        ("targetGroupArn", Value::from(target_group)),
        ("containerName", "app".into()),
        ("containerPort", 8080_i64.into()),
    ]);
    let breaks = wish.scenario != "stuck-deploy";
    let breaker = Value::map([("enable", Value::from(breaks)), ("rollback", breaks.into())]);
    let registries = match wish.scenario.as_str() {
        "registry-beside" => vec![names::registered(ground, &wish.name)?],
        _ => Vec::new(),
    };
    let team = Value::map([("key", Value::from("team")), ("value", "shop".into())]);
    call(
        &mut ground.world,
        Service::Ecs,
        "CreateService",
        [
            ("cluster", CLUSTER.into()),
            ("serviceName", wish.name.as_str().into()),
            ("taskDefinition", definition.into()),
            ("desiredCount", wish.tasks.into()),
            ("launchType", "FARGATE".into()),
            ("loadBalancers", Value::list([balancer])),
            ("serviceRegistries", Value::List(registries)),
            (
                "networkConfiguration",
                Value::map([("awsvpcConfiguration", network)]),
            ),
            ("healthCheckGracePeriodSeconds", 60_i64.into()),
            (
                "deploymentConfiguration",
                Value::map([("deploymentCircuitBreaker", breaker)]),
            ),
            ("propagateTags", "SERVICE".into()),
            ("tags", Value::list([team])),
        ],
    )?;
    auto_scaling(ground, wish, target_group)?;
    Ok(BuiltService {
        scenario: wish.scenario.clone(),
        region: REGION.to_owned(),
        cluster: CLUSTER.to_owned(),
        name: wish.name.clone(),
        ipv6_subnets: ground.ipv6.clone(),
        security_groups: vec![ground.task_group.clone()],
        alarms: Vec::new(),
        target_group: target_group.to_owned(),
        routes,
    })
}

/// Customers of a service who ask a port, host and path.
pub(super) fn customers(
    ground: &mut Ground,
    service: &str,
    balancer: &str,
    at: (i64, &str, &str),
    rate: f64,
) {
    let (port, host, path) = at;
    ground.world.add_traffic(Source {
        service: service.to_owned(),
        load_balancer: balancer.to_owned(),
        port,
        host: host.to_owned(),
        path: path.to_owned(),
        rate,
        family: crate::world::behaviour::Family::V4,
    });
}

/// A field of the first of the listed things in an answer.
pub(super) fn first(answer: &Value, list: &str, field: &str) -> String {
    answer
        .get(list)
        .items()
        .first()
        .map(|item| text(item.get(field)))
        .unwrap_or_default()
}

/// A number between two bounds that depends on the service's name.
pub(super) fn vary(ground: &Ground, name: &str, low: f64, high: f64) -> f64 {
    rng::between(ground.world.seed, name, 0, low, high)
}

/// Where a service's tasks write, if it is one that writes.
fn log(ground: &mut Ground, wish: &Wish) -> Result<Option<Value>, ScenarioError> {
    if !wish.scenario.starts_with("log-lines") {
        return Ok(None);
    }
    let group = format!("/shop/{}", wish.name);
    let named = [("logGroupName", group.as_str().into())];
    call(&mut ground.world, Service::Logs, "CreateLogGroup", named)?;
    let options = Value::map([
        ("awslogs-group", Value::from(group)),
        ("awslogs-region", REGION.into()),
        ("awslogs-stream-prefix", "app".into()),
    ]);
    Ok(Some(Value::map([
        ("logDriver", Value::from("awslogs")),
        ("options", options),
    ])))
}

fn task_definition(ground: &mut Ground, wish: &Wish) -> Result<String, ScenarioError> {
    let port = Value::map([
        ("name", Value::from("http")),
        ("containerPort", 8080_i64.into()),
        ("protocol", "tcp".into()),
    ]);
    let variable = |name: &str, value: &str| {
        Value::map([("name", Value::from(name)), ("value", value.into())])
    };
    let environment = [variable("PORT", "8080"), variable("STAGE", "production")];
    let mut containers = vec![Value::map([
        ("name", Value::from("app")),
        (
            "image",
            format!("{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{}:v1", wish.name).into(),
        ),
        ("essential", true.into()),
        ("portMappings", Value::list([port])),
        ("environment", Value::list(environment)),
    ])];
    if let Some(log) = log(ground, wish)? {
        containers[0].set("logConfiguration", log);
    }
    if wish.sidecar {
        containers.push(Value::map([
            ("name", Value::from("logs")),
            (
                "image",
                "public.ecr.aws/aws-observability/aws-for-fluent-bit:stable".into(),
            ),
            ("essential", false.into()),
        ]));
    }
    let role = |name: &str| Value::from(format!("arn:aws:iam::{ACCOUNT}:role/{name}"));
    let made = call(
        &mut ground.world,
        Service::Ecs,
        "RegisterTaskDefinition",
        [
            ("family", wish.name.as_str().into()),
            ("networkMode", "awsvpc".into()),
            ("requiresCompatibilities", Value::list(["FARGATE"])),
            ("cpu", "512".into()),
            ("memory", "1024".into()),
            ("executionRoleArn", role("ecs-execution")),
            ("taskRoleArn", role(&wish.name)),
            ("containerDefinitions", Value::List(containers)),
        ],
    )?;
    Ok(text(made.get("taskDefinition").get("taskDefinitionArn")))
}

fn auto_scaling(ground: &mut Ground, wish: &Wish, target_group: &str) -> Result<(), ScenarioError> {
    let world = &mut ground.world;
    let balancer = world
        .elb
        .target_groups
        .get(target_group)
        .and_then(|g| g.load_balancers.first().cloned())
        .unwrap_or_default();
    let label = format!(
        "{}/{}",
        crate::world::elb::dimension(&balancer),
        crate::world::elb::dimension(target_group)
    );
    let resource = format!("service/{CLUSTER}/{}", wish.name);
    let of = || {
        [
            ("ServiceNamespace", Value::from("ecs")),
            ("ResourceId", resource.as_str().into()),
            ("ScalableDimension", "ecs:service:DesiredCount".into()),
        ]
    };
    let bounds = [
        ("MinCapacity", wish.tasks.into()),
        ("MaxCapacity", (wish.tasks * 4).into()),
        ("Tags", Value::map([("team", Value::from("shop"))])),
    ];
    call(
        world,
        Service::AutoScaling,
        "RegisterScalableTarget",
        of().into_iter().chain(bounds),
    )?;
    // Whoever is moved in place leaves the target group that the usual policy counts by.
    let by_cpu = wish.scenario.starts_with("in-place-behind");
    let metric = if by_cpu {
        Value::map([(
            "PredefinedMetricType",
            Value::from("ECSServiceAverageCPUUtilization"),
        )])
    } else {
        Value::map([
            (
                "PredefinedMetricType",
                Value::from("ALBRequestCountPerTarget"),
            ),
            ("ResourceLabel", label.into()),
        ])
    };
    let by_requests = (wish.rate * 60.0 / wish.tasks as f64 * 1.6).max(60.0);
    let tracking = Value::map([
        // Room for the day's wave without scaling.
        (
            "TargetValue",
            Value::from(if by_cpu { 75.0 } else { by_requests.round() }),
        ),
        ("PredefinedMetricSpecification", metric),
        ("ScaleOutCooldown", 60_i64.into()),
        ("ScaleInCooldown", 300_i64.into()),
    ]);
    let policy = [
        (
            "PolicyName",
            Value::from(if by_cpu { "cpu" } else { "requests-per-target" }),
        ),
        ("PolicyType", "TargetTrackingScaling".into()),
        ("TargetTrackingScalingPolicyConfiguration", tracking),
    ];
    call(
        world,
        Service::AutoScaling,
        "PutScalingPolicy",
        of().into_iter().chain(policy),
    )?;
    let capacity = Value::map([
        ("MinCapacity", Value::from(wish.tasks)),
        ("MaxCapacity", (wish.tasks * 4).into()),
    ]);
    let nightly = [
        ("ScheduledActionName", Value::from("before-the-morning")),
        ("Schedule", "cron(0 6 * * ? *)".into()),
        ("ScalableTargetAction", capacity),
    ];
    call(
        world,
        Service::AutoScaling,
        "PutScheduledAction",
        of().into_iter().chain(nightly),
    )?;
    Ok(())
}
