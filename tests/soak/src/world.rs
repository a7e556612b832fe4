//! A random region: a service as a team might have it, how it is reached, who else lives there.
//!
//! What belongs here: what is there before anybody touches it. What must not: the plan, or what happens later.

use jiff::SignedDuration;
use sixshift_sim::services::{AwsError, Service};
use sixshift_sim::world::World;
use sixshift_sim::world::behaviour::Behaviour;
use sixshift_sim::world::traffic::Source;
use sixshift_sim::{Value, scenario};

use crate::aws::{call, first, forward, scalable, tag, text};
use crate::dice::Dice;

pub(crate) const CLUSTER: &str = "prod";
const REGION: &str = "eu-central-1";
pub(crate) const REGISTRY: &str = "123456789012.dkr.ecr.eu-central-1.amazonaws.com";
/// The same for whoever has no IPv4 address.
pub(crate) const DUAL_STACK: &str = "123456789012.dkr-ecr.eu-central-1.on.aws";
/// The service that is migrated.
pub(crate) const NAME: &str = "checkout";
/// The service beside it, which nobody may touch.
pub(crate) const NEIGHBOUR: &str = "search";

/// Why there is no region.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WorldError {
    #[error("the ground could not be built")]
    Ground(#[from] scenario::ScenarioError),
    #[error("the region refused {op}")]
    Refused { op: &'static str, source: AwsError },
}

/// How the service's requests arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// The default action of a listener.
    Default,
    /// A rule by host.
    Host,
    /// A rule by path that gives a part to the neighbour.
    Shared,
}

/// What was drawn of the service.
#[derive(Clone, Debug)]
pub(crate) struct Team {
    pub(crate) tasks: i64,
    /// Requests a second, on the average of a day.
    pub(crate) rate: f64,
    pub(crate) ways: Vec<Way>,
    pub(crate) sticky: Option<i64>,
    pub(crate) scales: bool,
    pub(crate) scheduled: bool,
    pub(crate) breaker: bool,
    pub(crate) interval: i64,
    pub(crate) drain: i64,
    pub(crate) cross_zone: bool,
    pub(crate) grace: i64,
}

/// The service to be migrated, and where everything of it is.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    pub(crate) team: Team,
    pub(crate) group: String,
    pub(crate) neighbour_group: String,
    pub(crate) balancer: String,
    pub(crate) listener: String,
    pub(crate) ipv6_subnets: Vec<String>,
    pub(crate) security_groups: Vec<String>,
}

impl Team {
    pub(crate) fn draw(dice: &mut Dice) -> Self {
        let mut ways = vec![*dice.pick(&[Way::Default, Way::Host])];
        for more in [Way::Host, Way::Shared] {
            if !ways.contains(&more) && dice.chance(0.35) {
                ways.push(more);
            }
        }
        let rate = *dice.pick(&[0.3, 2.0, 8.0, 40.0, 90.0]);
        let scales = dice.chance(0.65);
        Self {
            tasks: dice.between(1, 6),
            rate,
            ways,
            sticky: dice.chance(0.3).then(|| dice.between(30, 1_800)),
            scales,
            scheduled: scales && dice.chance(0.4),
            breaker: dice.chance(0.7),
            interval: *dice.pick(&[5, 10, 15]),
            drain: *dice.pick(&[0, 30, 60, 120]),
            cross_zone: !dice.chance(0.15),
            grace: *dice.pick(&[0, 30, 60]),
        }
    }
}

/// A region, as it is some time after everything was made.
pub(crate) fn build(team: Team, seed: u64) -> Result<(World, Subject), WorldError> {
    let mut world = scenario::build("big-fleet", Some(0), seed)?.world;
    let ground = Ground::of(&world);
    let mut subject = Subject {
        team,
        group: group(&mut world, &ground, NAME)?,
        neighbour_group: group(&mut world, &ground, NEIGHBOUR)?,
        balancer: balancer(&mut world, &ground)?,
        listener: String::new(),
        ipv6_subnets: ground.ipv6.clone(),
        security_groups: vec![ground.task_group.clone()],
    };
    attributes(&mut world, &subject)?;
    routes(&mut world, &mut subject)?;
    service(&mut world, &ground, &subject)?;
    neighbour(&mut world, &ground, &subject)?;
    if subject.team.scales {
        scaling(&mut world, &subject)?;
    }
    customers(&mut world, &subject);
    let settled = world.now() + SignedDuration::from_mins(40);
    world.advance(settled);
    world.forget_traffic();
    Ok((world, subject))
}

struct Ground {
    vpc: String,
    public: Vec<String>,
    private: Vec<String>,
    ipv6: Vec<String>,
    balancer_group: String,
    task_group: String,
}

impl Ground {
    fn of(world: &World) -> Self {
        let subnets = |which: fn(&sixshift_sim::world::network::Subnet) -> bool| {
            let found = world.network.subnets.iter().filter(|s| which(s));
            found.map(|s| s.id.clone()).collect::<Vec<_>>()
        };
        let named = |name: &str| {
            let found = world.network.groups.iter().find(|g| g.name == name);
            found.map(|g| g.id.clone()).unwrap_or_default()
        };
        let vpc = world.network.subnets.first().map(|s| s.vpc.clone());
        Self {
            vpc: vpc.unwrap_or_default(),
            public: subnets(|s| s.ipv4_cidr.is_some() && s.ipv6_cidr.is_some()),
            private: subnets(|s| s.ipv4_cidr.is_some() && s.ipv6_cidr.is_none()),
            ipv6: subnets(|s| s.ipv6_native),
            balancer_group: named("load-balancers"),
            task_group: named("tasks"),
        }
    }
}

fn made<'a>(
    world: &mut World,
    service: Service,
    op: &'static str,
    fields: impl IntoIterator<Item = (&'a str, Value)>,
) -> Result<Value, WorldError> {
    call(world, service, op, fields).map_err(|source| WorldError::Refused { op, source })
}

fn group(world: &mut World, ground: &Ground, name: &str) -> Result<String, WorldError> {
    let fields = [
        ("Name", Value::from(name)),
        ("Protocol", "HTTP".into()),
        ("Port", 8080_i64.into()),
        ("VpcId", ground.vpc.as_str().into()),
        ("TargetType", "ip".into()),
        ("HealthCheckPath", "/healthz".into()),
    ];
    let answer = made(world, Service::Elbv2, "CreateTargetGroup", fields)?;
    Ok(first(&answer, "TargetGroups", "TargetGroupArn"))
}

fn balancer(world: &mut World, ground: &Ground) -> Result<String, WorldError> {
    let fields = [
        ("Name", Value::from("shop")),
        ("Subnets", Value::list(ground.public.clone())),
        (
            "SecurityGroups",
            Value::list([ground.balancer_group.as_str()]),
        ),
        ("IpAddressType", "dualstack".into()),
    ];
    let answer = made(world, Service::Elbv2, "CreateLoadBalancer", fields)?;
    Ok(first(&answer, "LoadBalancers", "LoadBalancerArn"))
}

fn attributes(world: &mut World, subject: &Subject) -> Result<(), WorldError> {
    let team = &subject.team;
    let checks = [
        ("TargetGroupArn", Value::from(subject.group.as_str())),
        ("HealthCheckIntervalSeconds", team.interval.into()),
        ("HealthCheckTimeoutSeconds", 4_i64.into()),
        ("HealthyThresholdCount", 2_i64.into()),
    ];
    made(world, Service::Elbv2, "ModifyTargetGroup", checks)?;
    let pair =
        |key: &str, value: String| Value::map([("Key", Value::from(key)), ("Value", value.into())]);
    let mut pairs = vec![pair(
        "deregistration_delay.timeout_seconds",
        team.drain.to_string(),
    )];
    if !team.cross_zone {
        pairs.push(pair(
            "load_balancing.cross_zone.enabled",
            "false".to_owned(),
        ));
    }
    let fields = [
        ("TargetGroupArn", Value::from(subject.group.as_str())),
        ("Attributes", Value::List(pairs)),
    ];
    made(world, Service::Elbv2, "ModifyTargetGroupAttributes", fields)?;
    Ok(())
}

fn routes(world: &mut World, subject: &mut Subject) -> Result<(), WorldError> {
    let own = forward(&[(&subject.group, 1)], subject.team.sticky);
    let default = if subject.team.ways.contains(&Way::Default) {
        own.clone()
    } else {
        forward(&[(&subject.neighbour_group, 1)], None)
    };
    let fields = [
        ("LoadBalancerArn", Value::from(subject.balancer.as_str())),
        ("Port", 80_i64.into()),
        ("Protocol", "HTTP".into()),
        ("DefaultActions", Value::list([default])),
    ];
    let answer = made(world, Service::Elbv2, "CreateListener", fields)?;
    subject.listener = first(&answer, "Listeners", "ListenerArn");
    let elsewhere = forward(&[(&subject.neighbour_group, 1)], None);
    rule(
        world,
        subject,
        5,
        ("host-header", "search.shop.example"),
        elsewhere,
    )?;
    for way in subject.team.ways.clone() {
        match way {
            Way::Default => {}
            Way::Host => rule(
                world,
                subject,
                10,
                ("host-header", "checkout.shop.example"),
                own.clone(),
            )?,
            Way::Shared => {
                let both = [(subject.group.as_str(), 80), (&subject.neighbour_group, 20)];
                let action = forward(&both, None);
                rule(world, subject, 20, ("path-pattern", "/api/*"), action)?;
            }
        }
    }
    Ok(())
}

/// A rule of the listener with one condition.
fn rule(
    world: &mut World,
    subject: &Subject,
    priority: i64,
    (field, value): (&str, &str),
    action: Value,
) -> Result<(), WorldError> {
    let condition = Value::map([
        ("Field", Value::from(field)),
        ("Values", Value::list([value])),
    ]);
    let fields = [
        ("ListenerArn", Value::from(subject.listener.as_str())),
        ("Priority", priority.into()),
        ("Conditions", Value::list([condition])),
        ("Actions", Value::list([action])),
    ];
    made(world, Service::Elbv2, "CreateRule", fields).map(|_| ())
}

/// Registers a task definition of a service with a tag of its image.
pub(crate) fn definition(
    world: &mut World,
    name: &str,
    registry: &str,
    image_tag: &str,
) -> Result<String, AwsError> {
    let port = Value::map([
        ("containerPort", Value::from(8080_i64)),
        ("protocol", "tcp".into()),
    ]);
    let stage = Value::map([
        ("name", Value::from("STAGE")),
        ("value", "production".into()),
    ]);
    let container = Value::map([
        ("name", Value::from("app")),
        ("image", format!("{registry}/{name}:{image_tag}").into()),
        ("essential", true.into()),
        ("portMappings", Value::list([port])),
        ("environment", Value::list([stage])),
    ]);
    let role = |name: &str| Value::from(format!("arn:aws:iam::123456789012:role/{name}"));
    let fields = [
        ("family", Value::from(name)),
        ("networkMode", "awsvpc".into()),
        ("requiresCompatibilities", Value::list(["FARGATE"])),
        ("cpu", "512".into()),
        ("memory", "1024".into()),
        ("executionRoleArn", role("ecs-execution")),
        ("taskRoleArn", role(name)),
        ("containerDefinitions", Value::list([container])),
    ];
    let answer = call(world, Service::Ecs, "RegisterTaskDefinition", fields)?;
    Ok(text(answer.get("taskDefinition").get("taskDefinitionArn")))
}

fn service(world: &mut World, ground: &Ground, subject: &Subject) -> Result<(), WorldError> {
    let app = Behaviour::default();
    world.behaviours.insert(format!("{NAME}:v1"), app);
    let team = &subject.team;
    let mut fields = ecs(world, ground, NAME, &subject.group, team.tasks)?;
    fields.push(("healthCheckGracePeriodSeconds", team.grace.into()));
    let breaker = Value::map([
        ("enable", Value::from(team.breaker)),
        ("rollback", team.breaker.into()),
    ]);
    let deploys = Value::map([("deploymentCircuitBreaker", breaker)]);
    fields.push(("deploymentConfiguration", deploys));
    made(world, Service::Ecs, "CreateService", fields).map(|_| ())
}

fn neighbour(world: &mut World, ground: &Ground, subject: &Subject) -> Result<(), WorldError> {
    let fields = ecs(world, ground, NEIGHBOUR, &subject.neighbour_group, 2)?;
    made(world, Service::Ecs, "CreateService", fields).map(|_| ())
}

fn ecs(
    world: &mut World,
    ground: &Ground,
    name: &str,
    group: &str,
    tasks: i64,
) -> Result<Vec<(&'static str, Value)>, WorldError> {
    let op = "RegisterTaskDefinition";
    let definition = definition(world, name, REGISTRY, "v1")
        .map_err(|source| WorldError::Refused { op, source })?;
    let network = Value::map([
        ("subnets", Value::list(ground.private.clone())),
        ("securityGroups", Value::list([ground.task_group.as_str()])),
        ("assignPublicIp", "DISABLED".into()),
    ]);
    let balancer = Value::map([
        ("targetGroupArn", Value::from(group)),
        ("containerName", "app".into()),
        ("containerPort", 8080_i64.into()),
    ]);
    Ok(vec![
        ("cluster", CLUSTER.into()),
        ("serviceName", name.into()),
        ("taskDefinition", definition.into()),
        ("desiredCount", tasks.into()),
        ("launchType", "FARGATE".into()),
        ("loadBalancers", Value::list([balancer])),
        (
            "networkConfiguration",
            Value::map([("awsvpcConfiguration", network)]),
        ),
        ("propagateTags", "SERVICE".into()),
        ("tags", Value::list([tag("team", "shop")])),
    ])
}

fn scaling(world: &mut World, subject: &Subject) -> Result<(), WorldError> {
    let team = &subject.team;
    let resource = resource(NAME);
    let bounds = [
        ("MinCapacity", Value::from(team.tasks)),
        ("MaxCapacity", (team.tasks * 3).into()),
    ];
    let register = "RegisterScalableTarget";
    made(
        world,
        Service::AutoScaling,
        register,
        scalable(&resource).into_iter().chain(bounds.clone()),
    )?;
    let metric = Value::map([(
        "PredefinedMetricType",
        Value::from("ECSServiceAverageCPUUtilization"),
    )]);
    let tracking = Value::map([
        ("TargetValue", Value::from(60.0)),
        ("PredefinedMetricSpecification", metric),
    ]);
    let policy = [
        ("PolicyName", Value::from("cpu")),
        ("PolicyType", "TargetTrackingScaling".into()),
        ("TargetTrackingScalingPolicyConfiguration", tracking),
    ];
    made(
        world,
        Service::AutoScaling,
        "PutScalingPolicy",
        scalable(&resource).into_iter().chain(policy),
    )?;
    if team.scheduled {
        let action = [
            ("ScheduledActionName", Value::from("noon")),
            ("Schedule", "cron(0 12 * * ? *)".into()),
            ("ScalableTargetAction", Value::map(bounds)),
        ];
        made(
            world,
            Service::AutoScaling,
            "PutScheduledAction",
            scalable(&resource).into_iter().chain(action),
        )?;
    }
    Ok(())
}

/// Application Auto Scaling's name of a service.
pub(crate) fn resource(service: &str) -> String {
    format!("service/{CLUSTER}/{service}")
}

fn customers(world: &mut World, subject: &Subject) {
    let team = &subject.team;
    let part = team.rate / team.ways.len() as f64;
    let asks = |service: &str, host: &str, path: &str, rate: f64| Source {
        service: service.to_owned(),
        load_balancer: subject.balancer.clone(),
        port: 80,
        host: host.to_owned(),
        path: path.to_owned(),
        rate,
        family: sixshift_sim::world::behaviour::Family::V4,
    };
    for way in &team.ways {
        let (host, path) = match way {
            Way::Default => ("www.shop.example", "/"),
            Way::Host => ("checkout.shop.example", "/"),
            Way::Shared => ("www.shop.example", "/api/orders"),
        };
        world.add_traffic(asks(NAME, host, path, part));
    }
    world.add_traffic(asks(NEIGHBOUR, "search.shop.example", "/", 5.0));
}

/// Where plans say that all this is.
pub(crate) fn region() -> &'static str {
    REGION
}
