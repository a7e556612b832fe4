//! Services without a load balancer: workers on a queue, and a daemon on machines of one's own.
//!
//! What belongs here: what these are made of, and how their code behaves over IPv6. What must not: services that customers ask.

use super::names;
use super::region::{ACCOUNT, CLUSTER, Ground, REGION, call, ground, text};
use super::{Built, BuiltService, ScenarioError, called};
use crate::Value;
use crate::services::Service;
use crate::world::behaviour::Behaviour;
use crate::world::queues::Queue;

/// The scenarios, with a line each.
pub(super) const NAMES: &[(&str, &str)] = &[
    (
        "worker-in-place",
        "a worker on a queue, with a container health check and a circuit breaker; all is well over IPv6",
    ),
    (
        "worker-in-place-bad",
        "its code asks a broker by an IPv4 literal: it ends with code 1 where it has no IPv4 address",
    ),
    (
        "worker-in-place-late",
        "it starts and stays on IPv6, and fails every message that it takes",
    ),
    (
        "queue-workers",
        "six workers share a queue, and scale by their CPU; all is well over IPv6",
    ),
    (
        "queue-workers-bad",
        "they fail half of what they take over IPv6",
    ),
    (
        "task-count",
        "six workers share a queue, and move to a twin some at a time; all is well over IPv6",
    ),
    (
        "task-count-bad",
        "they move likewise, and fail half of what they take over IPv6",
    ),
    (
        "service-connect",
        "a worker that also offers a name through Service Connect; it listens where the proxy comes in",
    ),
    (
        "service-connect-bad",
        "it offers its name likewise, and listens on 0.0.0.0 alone: the proxy would find nobody",
    ),
    (
        "cloud-map",
        "three tasks that consumers find by a Cloud Map registry; told of the new name they move to it within half an hour",
    ),
    (
        "cloud-map-bad",
        "they move likewise, and half of what they ask over IPv6 fails",
    ),
    (
        "daemon",
        "a DAEMON service on three container instances, whose agents know IPv6-only",
    ),
];

/// Where a worker that offers a name listens.
const PORT: i64 = 8_080;

/// What services of this kind are called.
const CALLED: [&str; 6] = [
    "mailer", "thumbs", "exports", "billing", "imports", "reports",
];

/// One service for each scenario named, in one region.
pub(super) fn workers(scenarios: &[&str], seed: u64) -> Result<Built, ScenarioError> {
    let mut ground = ground(seed)?;
    insights(&mut ground)?;
    let mut services = Vec::new();
    for (number, scenario) in scenarios.iter().enumerate() {
        services.push(build(&mut ground, scenario, number)?);
    }
    Ok(Built {
        world: ground.world,
        faults: Vec::new(),
        bucket_share: 0.0,
        services,
    })
}

/// Whether a scenario is of a worker.
pub(super) fn is_one(scenario: &str) -> bool {
    NAMES.iter().any(|(known, _)| *known == scenario)
}

/// One beside whatever is in a region already: the so-manieth of its kind.
pub(super) fn beside(
    ground: &mut Ground,
    scenario: &str,
    number: usize,
) -> Result<BuiltService, ScenarioError> {
    insights(ground)?;
    build(ground, scenario, number)
}

fn build(
    ground: &mut Ground,
    scenario: &str,
    number: usize,
) -> Result<BuiltService, ScenarioError> {
    let name = called(&CALLED, number);
    let one = One { scenario, name };
    match scenario {
        "daemon" => one.daemon(ground),
        "cloud-map" | "cloud-map-bad" => one.registered(ground),
        _ => one.worker(ground),
    }
}

/// Container Insights is on, so that what a service's tasks use is seen.
pub(super) fn insights(ground: &mut Ground) -> Result<(), ScenarioError> {
    let on = Value::map([
        ("name", Value::from("containerInsights")),
        ("value", "enabled".into()),
    ]);
    let fields = [("cluster", CLUSTER.into()), ("settings", Value::list([on]))];
    call(
        &mut ground.world,
        Service::Ecs,
        "UpdateClusterSettings",
        fields,
    )
    .map(|_| ())
}

/// A service, and the scenario that it plays.
struct One<'a> {
    scenario: &'a str,
    name: String,
}

impl One<'_> {
    fn shares_its_queue(&self) -> bool {
        self.scales() || self.scenario.starts_with("task-count")
    }

    fn scales(&self) -> bool {
        self.scenario.starts_with("queue-workers")
    }

    fn offers(&self) -> bool {
        self.scenario.starts_with("service-connect")
    }

    fn worker(&self, ground: &mut Ground) -> Result<BuiltService, ScenarioError> {
        let many = self.shares_its_queue();
        let (tasks, takes) = if many { (6, 60.0) } else { (3, 60.0) };
        ground.world.add_queue(Queue {
            name: format!("{}-jobs", self.name),
            worker: self.name.clone(),
            // Two thirds of what they can do.
            arrivals: (takes * f64::from(tasks) * 2.0 / 3.0).round(),
            takes,
        });
        self.behave(ground);
        self.log_group(ground)?;
        let asks = if self.offers() {
            // As the proxy of an IPv6-only task asks.
            format!("curl -gf http://[::1]:{PORT}/ || exit 1")
        } else {
            "/app/alive".to_owned()
        };
        let check = Value::map([
            ("command", Value::list(["CMD-SHELL".to_owned(), asks])),
            ("interval", Value::Int(10)),
            ("retries", Value::Int(3)),
        ]);
        let definition = self.define(ground, "FARGATE", &check)?;
        let breaker = Value::map([("enable", Value::from(true)), ("rollback", true.into())]);
        let mut more = vec![
            ("launchType", "FARGATE".into()),
            ("desiredCount", i64::from(tasks).into()),
            (
                "deploymentConfiguration",
                Value::map([("deploymentCircuitBreaker", breaker)]),
            ),
        ];
        if self.offers() {
            more.push(("serviceConnectConfiguration", offer(&self.name)));
        }
        let built = self.serve(ground, definition, more)?;
        if self.scales() {
            self.scale(ground, i64::from(tasks))?;
        }
        Ok(built)
    }

    /// A service that consumers ask by the name of its registry.
    fn registered(&self, ground: &mut Ground) -> Result<BuiltService, ScenarioError> {
        self.behave(ground);
        self.log_group(ground)?;
        let entry = names::registered(ground, &self.name)?;
        let check = Value::map([
            ("command", Value::list(["CMD-SHELL", "/app/alive"])),
            ("interval", Value::Int(10)),
            ("retries", Value::Int(3)),
        ]);
        let definition = self.define(ground, "FARGATE", &check)?;
        let more = [
            ("launchType", "FARGATE".into()),
            ("desiredCount", 3_i64.into()),
            ("serviceRegistries", Value::list([entry])),
        ];
        self.serve(ground, definition, more)
    }

    /// What its code does over IPv6.
    fn behave(&self, ground: &mut Ground) {
        let mut app = Behaviour::default();
        match self.scenario {
            "worker-in-place-bad" => app.v6.ends_after = Some(8.0),
            "worker-in-place-late" => app.v6.error_share = 1.0,
            "queue-workers-bad" | "task-count-bad" | "cloud-map-bad" => app.v6.error_share = 0.5,
            "service-connect-bad" => app.v6.listens = false,
            _ => {}
        }
        for tag in ["v1", "v2"] {
            let image = format!("{}:{tag}", self.name);
            ground.world.behaviours.insert(image, app.clone());
        }
    }

    fn log_group(&self, ground: &mut Ground) -> Result<(), ScenarioError> {
        let group = [("logGroupName", format!("/shop/{}", self.name).into())];
        call(&mut ground.world, Service::Logs, "CreateLogGroup", group).map(|_| ())
    }

    fn define(
        &self,
        ground: &mut Ground,
        on: &str,
        check: &Value,
    ) -> Result<String, ScenarioError> {
        let name = self.name.as_str();
        let variable = |name: &str, value: String| {
            Value::map([("name", Value::from(name)), ("value", value.into())])
        };
        let options = Value::map([
            ("awslogs-group", Value::from(format!("/shop/{name}"))),
            ("awslogs-region", REGION.into()),
            ("awslogs-stream-prefix", "app".into()),
        ]);
        let log = Value::map([("logDriver", Value::from("awslogs")), ("options", options)]);
        let image = format!("{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{name}:v1");
        let mut container = Value::map([
            ("name", Value::from("app")),
            ("image", image.into()),
            ("essential", true.into()),
            (
                "environment",
                Value::list([
                    variable("STAGE", "production".to_owned()),
                    variable("QUEUE", format!("{name}-jobs")),
                ]),
            ),
            ("healthCheck", check.clone()),
            ("logConfiguration", log),
        ]);
        if self.offers() {
            let port = [
                ("name", Value::from(name)),
                ("containerPort", Value::Int(PORT)),
            ];
            container.set("portMappings", Value::list([Value::map(port)]));
        }
        let role = |name: &str| Value::from(format!("arn:aws:iam::{ACCOUNT}:role/{name}"));
        let fields = [
            ("family", name.into()),
            ("networkMode", "awsvpc".into()),
            ("requiresCompatibilities", Value::list([on])),
            ("cpu", "256".into()),
            ("memory", "512".into()),
            ("executionRoleArn", role("ecs-execution")),
            ("taskRoleArn", role(name)),
            ("containerDefinitions", Value::list([container])),
        ];
        let made = call(
            &mut ground.world,
            Service::Ecs,
            "RegisterTaskDefinition",
            fields,
        )?;
        Ok(text(made.get("taskDefinition").get("taskDefinitionArn")))
    }

    fn serve(
        &self,
        ground: &mut Ground,
        definition: String,
        more: impl IntoIterator<Item = (&'static str, Value)>,
    ) -> Result<BuiltService, ScenarioError> {
        let network = Value::map([
            ("subnets", Value::list(ground.private.clone())),
            ("securityGroups", Value::list([ground.task_group.as_str()])),
        ]);
        let team = Value::map([("key", Value::from("team")), ("value", "shop".into())]);
        let usual = [
            ("cluster", CLUSTER.into()),
            ("serviceName", self.name.as_str().into()),
            ("taskDefinition", definition.into()),
            (
                "networkConfiguration",
                Value::map([("awsvpcConfiguration", network)]),
            ),
            ("propagateTags", "SERVICE".into()),
            ("tags", Value::list([team])),
        ];
        let fields = usual.into_iter().chain(more);
        call(&mut ground.world, Service::Ecs, "CreateService", fields)?;
        Ok(BuiltService {
            scenario: self.scenario.to_owned(),
            region: REGION.to_owned(),
            cluster: CLUSTER.to_owned(),
            name: self.name.clone(),
            ipv6_subnets: ground.ipv6.clone(),
            security_groups: vec![ground.task_group.clone()],
            alarms: Vec::new(),
            target_group: String::new(),
            routes: Vec::new(),
        })
    }

    fn scale(&self, ground: &mut Ground, tasks: i64) -> Result<(), ScenarioError> {
        let resource = format!("service/{CLUSTER}/{}", self.name);
        let of = || {
            [
                ("ServiceNamespace", Value::from("ecs")),
                ("ResourceId", resource.as_str().into()),
                ("ScalableDimension", "ecs:service:DesiredCount".into()),
            ]
        };
        let bounds = [
            ("MinCapacity", tasks.into()),
            ("MaxCapacity", (tasks * 2).into()),
        ];
        let world = &mut ground.world;
        let fields = of().into_iter().chain(bounds);
        call(
            world,
            Service::AutoScaling,
            "RegisterScalableTarget",
            fields,
        )?;
        let metric = Value::map([(
            "PredefinedMetricType",
            Value::from("ECSServiceAverageCPUUtilization"),
        )]);
        let tracking = Value::map([
            ("TargetValue", Value::from(75.0)),
            ("PredefinedMetricSpecification", metric),
        ]);
        let policy = [
            ("PolicyName", Value::from("cpu")),
            ("PolicyType", "TargetTrackingScaling".into()),
            ("TargetTrackingScalingPolicyConfiguration", tracking),
        ];
        let fields = of().into_iter().chain(policy);
        call(world, Service::AutoScaling, "PutScalingPolicy", fields).map(|_| ())
    }

    fn daemon(&self, ground: &mut Ground) -> Result<BuiltService, ScenarioError> {
        for (place, zone) in ["a", "b", "c"].iter().enumerate() {
            instance(ground, place, &format!("{REGION}{zone}"))?;
        }
        self.behave(ground);
        self.log_group(ground)?;
        let definition = self.define(ground, "EC2", &Value::Null)?;
        let more = [
            ("launchType", "EC2".into()),
            ("schedulingStrategy", "DAEMON".into()),
        ];
        self.serve(ground, definition, more)
    }
}

/// What a service offers through Service Connect: a name of its own, at the port that its container names.
fn offer(name: &str) -> Value {
    let alias = Value::map([("port", Value::Int(PORT))]);
    let offered = Value::map([
        ("portName", Value::from(name)),
        ("clientAliases", Value::list([alias])),
    ]);
    Value::map([
        ("enabled", Value::from(true)),
        ("namespace", Value::from("prod.internal")),
        ("services", Value::list([offered])),
    ])
}

/// A container instance of the newest agent, as that registers it.
fn instance(ground: &mut Ground, place: usize, zone: &str) -> Result<(), ScenarioError> {
    let resource = |name: &str, value: i64| {
        Value::map([
            ("name", Value::from(name)),
            ("type", "INTEGER".into()),
            ("integerValue", value.into()),
        ])
    };
    let attribute = |name: &str| Value::map([("name", Value::from(name))]);
    let machine = format!("i-{:017x}", place + 1);
    let identity = format!(
        r#"{{"instanceId": "{machine}", "availabilityZone": "{zone}", "region": "{REGION}"}}"#
    );
    let fields = [
        ("cluster", CLUSTER.into()),
        ("instanceIdentityDocument", identity.into()),
        (
            "totalResources",
            Value::list([resource("CPU", 2_048), resource("MEMORY", 3_840)]),
        ),
        (
            "versionInfo",
            Value::map([("agentVersion", Value::from("1.105.1"))]),
        ),
        (
            "attributes",
            Value::list([
                attribute("ecs.capability.task-eni"),
                attribute("ecs.capability.ipv6-only"),
            ]),
        ),
    ];
    call(
        &mut ground.world,
        Service::Ecs,
        "RegisterContainerInstance",
        fields,
    )
    .map(|_| ())
}
