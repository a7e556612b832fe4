//! Services behind a Network Load Balancer, whose clients hold connections open and come over both families.
//!
//! What belongs here: what these are made of, and how their code behaves over IPv6. What must not: services that are asked by
//! requests.

use jiff::SignedDuration;

use super::region::{ACCOUNT, CLUSTER, Ground, REGION, call, ground, text};
use super::service::{first, forward, vary};
use super::{Built, BuiltService, ScenarioError, called};
use crate::Value;
use crate::services::Service;
use crate::world::behaviour::{Behaviour, Family};
use crate::world::traffic::Source;

/// The scenarios, with a line each.
pub(super) const NAMES: &[(&str, &str)] = &[
    (
        "nlb-tcp",
        "connections by TCP from clients of both families; all is well over IPv6",
    ),
    (
        "nlb-tcp-bad",
        "its code breaks off a part of the connections that come to it over IPv6",
    ),
    (
        "nlb-udp",
        "a listener of UDP: AWS has no load balancer that takes both families behind it",
    ),
];

/// What services of this kind are called.
const CALLED: [&str; 4] = ["gateway", "broker", "sockets", "intake"];
/// How long a client stays connected.
const LASTING: SignedDuration = SignedDuration::from_secs(40);
/// The part of the clients that come over IPv6.
const OVER_IPV6: f64 = 0.4;

/// So many services of a scenario, in one region.
pub(super) fn services(scenario: &str, count: usize, seed: u64) -> Result<Built, ScenarioError> {
    let mut ground = ground(seed)?;
    let mut services = Vec::new();
    for number in 0..count {
        let name = called(&CALLED, number);
        let one = One { scenario, name };
        services.push(one.build(&mut ground)?);
    }
    Ok(Built {
        world: ground.world,
        faults: Vec::new(),
        bucket_share: 0.0,
        services,
    })
}

/// A service, and the scenario that it plays.
struct One<'a> {
    scenario: &'a str,
    name: String,
}

impl One<'_> {
    fn protocol(&self) -> &'static str {
        if self.scenario == "nlb-udp" {
            "UDP"
        } else {
            "TCP"
        }
    }

    fn build(&self, ground: &mut Ground) -> Result<BuiltService, ScenarioError> {
        self.behave(ground);
        let group = self.target_group(ground)?;
        let balancer = self.load_balancer(ground)?;
        let listener = [
            ("LoadBalancerArn", balancer.as_str().into()),
            ("Port", 443_i64.into()),
            ("Protocol", self.protocol().into()),
            ("DefaultActions", Value::list([forward(&group)])),
        ];
        let made = call(
            &mut ground.world,
            Service::Elbv2,
            "CreateListener",
            listener,
        )?;
        let listener = first(&made, "Listeners", "ListenerArn");
        let definition = self.define(ground)?;
        self.serve(ground, &group, definition)?;
        self.clients(ground, &balancer);
        Ok(BuiltService {
            scenario: self.scenario.to_owned(),
            region: REGION.to_owned(),
            cluster: CLUSTER.to_owned(),
            name: self.name.clone(),
            ipv6_subnets: ground.ipv6.clone(),
            security_groups: vec![ground.task_group.clone()],
            alarms: Vec::new(),
            target_group: group,
            routes: vec![listener],
        })
    }

    fn behave(&self, ground: &mut Ground) {
        let mut app = Behaviour::default();
        if self.scenario == "nlb-tcp-bad" {
            app.v6.error_share = 0.08;
        }
        for tag in ["v1", "v2"] {
            let image = format!("{}:{tag}", self.name);
            ground.world.behaviours.insert(image, app.clone());
        }
    }

    fn target_group(&self, ground: &mut Ground) -> Result<String, ScenarioError> {
        let fields = [
            ("Name", self.name.as_str().into()),
            ("Protocol", self.protocol().into()),
            ("Port", 8080_i64.into()),
            ("VpcId", ground.vpc.as_str().into()),
            ("TargetType", "ip".into()),
            ("HealthCheckProtocol", "TCP".into()),
            ("HealthCheckIntervalSeconds", 10_i64.into()),
            ("HealthCheckTimeoutSeconds", 5_i64.into()),
            ("HealthyThresholdCount", 2_i64.into()),
        ];
        let made = call(
            &mut ground.world,
            Service::Elbv2,
            "CreateTargetGroup",
            fields,
        )?;
        Ok(first(&made, "TargetGroups", "TargetGroupArn"))
    }

    /// Dual-stack where AWS takes its target group behind one.
    fn load_balancer(&self, ground: &mut Ground) -> Result<String, ScenarioError> {
        let family = match self.protocol() {
            "UDP" => "ipv4",
            _ => "dualstack",
        };
        let fields = [
            ("Name", self.name.as_str().into()),
            ("Type", "network".into()),
            ("Subnets", Value::list(ground.public.clone())),
            (
                "SecurityGroups",
                Value::list([ground.balancer_group.as_str()]),
            ),
            ("IpAddressType", family.into()),
        ];
        let made = call(
            &mut ground.world,
            Service::Elbv2,
            "CreateLoadBalancer",
            fields,
        )?;
        Ok(first(&made, "LoadBalancers", "LoadBalancerArn"))
    }

    fn define(&self, ground: &mut Ground) -> Result<String, ScenarioError> {
        let port = Value::map([
            ("containerPort", Value::from(8080_i64)),
            ("protocol", self.protocol().to_ascii_lowercase().into()),
        ]);
        let image = format!("{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{}:v1", self.name);
        let container = Value::map([
            ("name", Value::from("app")),
            ("image", image.into()),
            ("essential", true.into()),
            ("portMappings", Value::list([port])),
        ]);
        let role = |name: &str| Value::from(format!("arn:aws:iam::{ACCOUNT}:role/{name}"));
        let fields = [
            ("family", self.name.as_str().into()),
            ("networkMode", "awsvpc".into()),
            ("requiresCompatibilities", Value::list(["FARGATE"])),
            ("cpu", "512".into()),
            ("memory", "1024".into()),
            ("executionRoleArn", role("ecs-execution")),
            ("taskRoleArn", role(&self.name)),
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
        group: &str,
        definition: String,
    ) -> Result<(), ScenarioError> {
        let network = Value::map([
            ("subnets", Value::list(ground.private.clone())),
            ("securityGroups", Value::list([ground.task_group.as_str()])),
        ]);
        let balancer = Value::map([
            ("targetGroupArn", Value::from(group)),
            ("containerName", "app".into()),
            ("containerPort", 8080_i64.into()),
        ]);
        let team = Value::map([("key", Value::from("team")), ("value", "shop".into())]);
        let fields = [
            ("cluster", CLUSTER.into()),
            ("serviceName", self.name.as_str().into()),
            ("taskDefinition", definition.into()),
            ("desiredCount", 3_i64.into()),
            ("launchType", "FARGATE".into()),
            ("loadBalancers", Value::list([balancer])),
            (
                "networkConfiguration",
                Value::map([("awsvpcConfiguration", network)]),
            ),
            ("healthCheckGracePeriodSeconds", 60_i64.into()),
            ("propagateTags", "SERVICE".into()),
            ("tags", Value::list([team])),
        ];
        call(&mut ground.world, Service::Ecs, "CreateService", fields).map(|_| ())
    }

    fn clients(&self, ground: &mut Ground, balancer: &str) {
        let rate = vary(ground, &self.name, 15.0, 25.0);
        let dual_stack = self.protocol() != "UDP";
        let parts = if dual_stack {
            vec![(Family::V4, 1.0 - OVER_IPV6), (Family::V6, OVER_IPV6)]
        } else {
            vec![(Family::V4, 1.0)]
        };
        for (family, part) in parts {
            let source = Source {
                service: self.name.clone(),
                load_balancer: balancer.to_owned(),
                port: 443,
                host: String::new(),
                path: String::new(),
                rate: rate * part,
                family,
            };
            ground.world.add_sessions(source, LASTING);
        }
    }
}
