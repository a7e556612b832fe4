//! A live service before any migration, and the plans that speak of it.

use std::path::Path;

use sixshift_core::{
    names,
    observation::{
        Deployment, DescribedService, DescribedTaskDefinition, Few, Known, Rollout, ScalingPart,
        ServiceLoadBalancer, Tags, Target, TaskSize, WeightedGroup,
    },
    plan::parse,
};

use super::*;

const ELB: &str = "arn:aws:elasticloadbalancing:eu-central-1:123456789012";
pub const ECS: &str = "arn:aws:ecs:eu-central-1:123456789012";

/// The plan's subnets.
pub const SUBNET_A: &str = "subnet-0a1b2c3d4e5f60718";
pub const SUBNET_B: &str = "subnet-0b1b2c3d4e5f60718";

/// The plan of most tests: short holds, a short bake, retirement without a person.
pub const PLAN: &str = "\
apiVersion: sixshift/v1
kind: MigrationPlan
metadata: { name: checkout }
spec:
  service: { region: eu-central-1, cluster: prod, name: checkout }
  ipv6:
    subnets: [subnet-0a1b2c3d4e5f60718, subnet-0b1b2c3d4e5f60718]
  shift:
    steps:
      - { weight: 10%, hold: 5m }
      - { weight: 50%, hold: 10m }
      - { weight: 100% }
    bake: 15m
  health:
    errorRate: { max: 1%, worseThanIpv4By: 0.5% }
    latencyP99: { max: 800ms, worseThanIpv4By: 20% }
  retire: { approval: none, keepCold: 1h, delete: [service, targetGroup] }
";

/// A plan from the usual text with some parts exchanged.
pub fn plan(edits: &[(&str, &str)]) -> Plan {
    let mut text = PLAN.to_owned();
    for (from, to) in edits {
        assert!(text.contains(from), "{from} is not in the plan");
        text = text.replace(from, to);
    }
    parse(Path::new("a.yaml"), &text)
        .unwrap_or_else(|d| panic!("{d}\n{text}"))
        .remove(0)
}

/// What of it a service without a load balancer has not.
const STEPS: &str = "    steps:
      - { weight: 10%, hold: 5m }
      - { weight: 50%, hold: 10m }
      - { weight: 100% }
";
const REQUESTS: &str = "    errorRate: { max: 1%, worseThanIpv4By: 0.5% }
    latencyP99: { max: 800ms, worseThanIpv4By: 20% }
  retire: { approval: none, keepCold: 1h, delete: [service, targetGroup] }
";

/// The same, for a service that is moved in place and judged by one alarm.
/// An edit of such a plan: behind a load balancer.
pub const BEHIND: (&str, &str) = (
    "via: inPlace\n",
    "via: inPlace\n    inPlace: { behindLoadBalancer: accept }\n",
);

pub fn plan_in_place(edits: &[(&str, &str)]) -> Plan {
    let usual = [
        (STEPS, "    via: inPlace\n"),
        (REQUESTS, "    alarms: [queue-age]\n"),
    ];
    plan(&[&usual, edits].concat())
}

/// The same, for workers that share a queue.
pub fn plan_by_tasks(edits: &[(&str, &str)]) -> Plan {
    let usual = [
        (
            STEPS,
            "    via: taskCount
    steps:
      - { weight: 34%, hold: 5m }
      - { weight: 67%, hold: 10m }
      - { weight: 100% }
",
        ),
        (
            REQUESTS,
            "    alarms: [queue-age]
  retire: { approval: none, keepCold: 1h }
",
        ),
    ];
    plan(&[&usual, edits].concat())
}

/// The same, for a service that consumers find by a registry.
pub fn plan_by_names(edits: &[(&str, &str)]) -> Plan {
    let usual = [
        (STEPS, "    via: cloudMap\n"),
        (
            REQUESTS,
            "    alarms: [queue-age]
  retire: { approval: none, keepCold: 1h }
",
        ),
        (
            "  ipv6:\n",
            "  ipv6:\n    registry: { name: checkout-v6 }\n",
        ),
    ];
    plan(&[&usual, edits].concat())
}

/// A registry of the service's, with A records.
pub fn registry(name: &str) -> Registry {
    Registry {
        arn: format!("{DISCOVERY}:service/srv-{name}"),
        name: name.to_owned(),
        namespace: "ns-1".to_owned(),
        records: vec![RegistryRecord {
            kind: "A".to_owned(),
            ttl: 15,
        }],
        routing: Some("MULTIVALUE".to_owned()),
        custom_health: true,
        route53_health: false,
        owner: Some("123456789012".to_owned()),
        instances: 3,
    }
}

pub const DISCOVERY: &str = "arn:aws:servicediscovery:eu-central-1:123456789012";

pub fn forward(groups: &[(&str, u16)]) -> Forward {
    Forward {
        groups: groups
            .iter()
            .map(|(arn, weight)| WeightedGroup {
                arn: (*arn).to_owned(),
                weight: *weight,
            })
            .collect(),
        stickiness: None,
    }
}

pub fn group_arn(name: &str) -> String {
    format!("{ELB}:targetgroup/{name}/0123456789abcdef")
}

/// A service behind a Network Load Balancer, and a plan that moves it so.
pub fn by_families(world: &mut World) {
    world.plan.shift.way = sixshift_core::plan::Way::Families;
    world.balancers[0].kind = "network".to_owned();
    world.listener = Some("TCP:443".to_owned());
    world.families = Some(sixshift_core::observation::Families {
        ipv4: group_arn("checkout"),
        ipv6: None,
        default: Forward::to(&group_arn("checkout")),
        rules: Vec::new(),
    });
}

/// A service behind VPC Lattice, and a plan that moves it so.
pub fn by_lattice(world: &mut World) {
    const OF: &str = "arn:aws:vpc-lattice:eu-central-1:123456789012";
    world.plan.shift.way = sixshift_core::plan::Way::Lattice;
    let (front, own) = (
        format!("{OF}:service/svc-1"),
        format!("{OF}:targetgroup/tg-1"),
    );
    world.balancers[0].arn.clone_from(&front);
    world.balancers[0].kind = "lattice".to_owned();
    world.balancers[0].ip_address_type = String::new();
    world.listener = Some("HTTP:80".to_owned());
    world.ways[0].id = RouteId::Listener(format!("{front}/listener/listener-1"));
    world.ways[0].forward = forward(&[(&own, 100)]);
    let service = world.ipv4.as_mut().unwrap();
    service.load_balancers[0].target_group = Some(own.clone());
    service.load_balancers[0].port = 0;
    service.lattice = true;
    let pair = &mut world.groups[0];
    pair.ipv4_arn.clone_from(&own);
    let group = pair.ipv4.as_mut().unwrap();
    group.arn = own;
    group.load_balancers = vec![front];
    let check = [("healthCheck".to_owned(), r#"{"enabled":true}"#.to_owned())];
    group.attributes = std::collections::BTreeMap::from(check).into();
}

pub fn balancer_arn() -> String {
    format!("{ELB}:loadbalancer/app/shop/0123456789abcdef")
}

pub fn listener() -> RouteId {
    RouteId::Listener(format!("{ELB}:listener/app/shop/0123456789abcdef/l1"))
}

pub fn rule(name: &str) -> RouteId {
    RouteId::Rule(format!(
        "{ELB}:listener-rule/app/shop/0123456789abcdef/l1/{name}"
    ))
}

/// Of the target or task with a number.
pub fn zone(index: u32) -> String {
    ["eu-central-1a", "eu-central-1b"][index as usize % 2].to_owned()
}

pub fn targets(prefix: &str, count: u32) -> Vec<Target> {
    (0..count)
        .map(|i| Target {
            id: format!("{prefix}{i}"),
            zone: Some(zone(i)),
            state: "healthy".to_owned(),
            reason: None,
            description: None,
        })
        .collect()
}

pub fn group(name: &str, family: &str, targets: Vec<Target>) -> TargetGroup {
    TargetGroup {
        arn: group_arn(name),
        name: name.to_owned(),
        target_type: "ip".to_owned(),
        ip_address_type: family.to_owned(),
        protocol_version: Some("HTTP1".to_owned()),
        load_balancers: vec![balancer_arn()],
        unknown: vec![],
        attributes: BTreeMap::from([
            (
                "deregistration_delay.timeout_seconds".to_owned(),
                "60".to_owned(),
            ),
            ("stickiness.enabled".to_owned(), "false".to_owned()),
            (
                "load_balancing.cross_zone.enabled".to_owned(),
                "use_load_balancer_configuration".to_owned(),
            ),
            ("slow_start.duration_seconds".to_owned(), "0".to_owned()),
        ])
        .into(),
        tags: Tags::default(),
        targets: Known::Seen(targets),
    }
}

pub fn deployment(definition: &str, at: Timestamp, rollout: Rollout) -> Deployment {
    Deployment {
        primary: true,
        task_definition: definition.to_owned(),
        rollout,
        reason: None,
        failed_tasks: 0,
        created_at: at,
        updated_at: at,
        completed_at: (rollout == Rollout::Completed).then_some(at),
    }
}

pub fn service(name: &str, definition: &str, desired: u32, at: Timestamp) -> Service {
    DescribedService {
        arn: format!("{ECS}:service/prod/{name}"),
        name: name.to_owned(),
        status: "ACTIVE".to_owned(),
        desired,
        running: desired,
        task_definition: definition.to_owned(),
        controller: "ECS".to_owned(),
        strategy: "ROLLING".to_owned(),
        scheduling: "REPLICA".to_owned(),
        platform_family: None,
        launch_type: Some("FARGATE".to_owned()),
        capacity: vec![],
        exec: false,
        registries: vec![],
        express: false,
        lattice: false,
        deployment: serde_json::json!({
            "deploymentCircuitBreaker": { "enable": true, "rollback": true },
            "maximumPercent": 200,
            "minimumHealthyPercent": 100,
        })
        .into(),
        rolled_back_at: None,
        revision: None,
        unknown: vec![],
        offered_ports: Vec::new(),
        subnets: vec!["subnet-ipv4-a".to_owned(), "subnet-ipv4-b".to_owned()],
        security_groups: vec!["sg-1".to_owned()],
        public_ip: false,
        load_balancers: vec![],
        deployments: vec![deployment(definition, at, Rollout::Completed)],
        tags: Tags::default(),
        created_at: at,
        last_event: None,
        started_at: None,
    }
    .into()
}

/// What AWS gives everybody.
pub fn quotas() -> Quotas {
    let limit = |name: &str, most| (name.to_owned(), most);
    Quotas {
        limits: BTreeMap::from([
            limit("target-groups-per-application-load-balancer", 100),
            limit("targets-per-application-load-balancer", 1000),
        ])
        .into(),
        groups: Shared::default(),
        all_groups: 1,
    }
}

/// Two of the service's own, two of the plan's: one of each in each zone.
pub fn subnets() -> BTreeMap<String, Option<Shared<Subnet>>> {
    let of = |id: &str, index: u32, ipv6: bool| {
        let blocks = ipv6.then(|| format!("2001:db8:0:{}::/64", 16 + index));
        let subnet = Subnet {
            ipv4_block: (!ipv6).then(|| format!("10.0.{index}.0/24")),
            ipv6_blocks: blocks.into_iter().collect(),
            assigns_ipv6: ipv6,
            dns64: ipv6,
            hostnames: ipv6.then(|| "resource-name".to_owned()),
            blocked: Some("off".to_owned()),
            owner: "123456789012".to_owned(),
            ..subnet(index, ipv6)
        };
        (id.to_owned(), Some(subnet.into()))
    };
    BTreeMap::from([
        of("subnet-ipv4-a", 0, false),
        of("subnet-ipv4-b", 1, false),
        of(SUBNET_A, 0, true),
        of(SUBNET_B, 1, true),
    ])
}

fn subnet(index: u32, ipv6: bool) -> Subnet {
    Subnet {
        vpc: "vpc-1".to_owned(),
        zone: zone(index),
        ipv6_only: ipv6,
        has_ipv6: ipv6,
        ..Subnet::default()
    }
}

pub fn definition(family: &str, revision: usize) -> TaskDefinition {
    DescribedTaskDefinition {
        arn: format!("{ECS}:task-definition/{family}:{revision}"),
        network_mode: "awsvpc".to_owned(),
        operating_system: None,
        architecture: None,
        size: Some(TaskSize {
            cpu: 256,
            memory: 512,
        }),
        images: vec![(
            "app".to_owned(),
            "123456789012.dkr.ecr.eu-central-1.amazonaws.com/checkout:v1".to_owned(),
        )],
        secrets: vec![],
        accelerators: false,
        bytes: 1_000,
        document: serde_json::json!({
            "containerDefinitions": [{ "name": "app", "image": "app", "environment": [{ "name": "MODE", "value": "fast" }] }],
        })
        .into(),
        registered_at: Timestamp::UNIX_EPOCH,
        tags: Tags::default(),
    }
    .into()
}

/// So many tags of somebody's.
pub fn many_tags(count: usize) -> BTreeMap<String, String> {
    let tag = |i| (format!("k{i}"), "v".to_owned());
    (0..count).map(tag).collect()
}

pub fn part(name: &str, settings: serde_json::Value) -> ScalingPart {
    ScalingPart {
        name: name.to_owned(),
        settings: settings.into(),
        alarms: vec![],
    }
}

impl World {
    /// Three IPv4 tasks behind one listener, a request every tenth of a second, an hour of history.
    pub fn new(plan: Plan) -> Self {
        Self::with_groups(plan, 1)
    }

    /// As many target groups, each behind a route of its own.
    pub fn with_groups(plan: Plan, count: usize) -> Self {
        let now = Timestamp::from_second(BEGIN).unwrap();
        let long_ago = now - SignedDuration::from_hours(1_000);
        let definition = definition("checkout", 1);
        let mut ipv4 = service("checkout", &definition.arn, 3, long_ago);
        let mut groups = Vec::new();
        let mut ways = Vec::new();
        for index in 0..count {
            let name = if index == 0 {
                "checkout".to_owned()
            } else {
                format!("checkout-{index}")
            };
            ipv4.load_balancers.push(ServiceLoadBalancer {
                target_group: Some(group_arn(&name)),
                container: "app".to_owned(),
                port: 8080 + index as u16,
                advanced: false,
            });
            ways.push(Way {
                id: if index == 0 {
                    listener()
                } else {
                    rule(&format!("r{index}"))
                },
                forward: forward(&[(&group_arn(&name), 1)]),
            });
            groups.push(Groups {
                ipv4_arn: group_arn(&name),
                ipv4: Some(group(&name, "ipv4", targets("10.0.0.", 3))),
                ipv6: None,
                ipv6_name: names::target_group(&plan, index),
            });
        }
        let mut world = Self {
            plan,
            facts: Facts::default(),
            now: now - SignedDuration::from_hours(1),
            ipv4: Some(ipv4),
            twin: None,
            definition,
            revision: ServiceRevision::default(),
            derived: vec![],
            derived_tasks: vec![],
            registries: None,
            at_first: vec![],
            groups,
            balancers: vec![LoadBalancer {
                arn: balancer_arn(),
                kind: "application".to_owned(),
                ip_address_type: "dualstack".to_owned(),
                zones: vec!["eu-central-1a".to_owned(), "eu-central-1b".to_owned()],
                subnets: ["subnet-lb-a", "subnet-lb-b"].map(str::to_owned).to_vec(),
                security_groups: vec!["sg-lb".to_owned()],
                dns_name: "shop-1.eu-central-1.elb.amazonaws.com".to_owned(),
            }],
            ways,
            families: None,
            listener: None,
            route_tags: Few::default(),
            ipv4_scaling: None,
            twin_scaling: None,
            probing: None,
            alarms: vec![],
            readings: vec![],
            subnets: subnets(),
            quotas: quotas(),
            ground: Arc::new(network::ground()),
            names: Few::default(),
            neighbours: Neighbours::default(),
            conditions: Vec::new(),
            requests: 600.0,
            on_ipv4: Behaviour::default(),
            on_ipv6: Behaviour::default(),
            elb_5xx: 0.0,
            elb_503: 0.0,
            refuses_notes: None,
            refusals: 0,
            silent: false,
            blind: false,
            actions: vec!["forward"],
            pinned_ipv6: 0.0,
            pinned_ipv4: 0.0,
            minutes: vec![],
            scaled: BTreeMap::new(),
            shares: BTreeMap::new(),
        };
        world.advance_to(now);
        world
    }

    /// The same with Application Auto Scaling from 2 to 9 tasks, one policy and one scheduled action.
    pub fn scaled(plan: Plan) -> Self {
        let mut world = Self::new(plan);
        world.ipv4_scaling = Some(Scaling {
            min: 2,
            max: 9,
            suspended: Default::default(),
            policies: vec![part(
                "cpu",
                serde_json::json!({
                    "PolicyType": "TargetTrackingScaling",
                    "TargetTrackingScalingPolicyConfiguration": {
                        "TargetValue": 60.0,
                        "PredefinedMetricSpecification": {
                            "PredefinedMetricType": "ALBRequestCountPerTarget",
                            "ResourceLabel": format!("app/shop/1/{}", names::metric_dimension(&group_arn("checkout"))),
                        },
                    },
                }),
            )],
            unknown: vec![],
            arn: Some(
                "arn:aws:application-autoscaling:eu-central-1:123456789012:scalable-target/1"
                    .to_owned(),
            ),
            scheduled: vec![part(
                "night",
                serde_json::json!({
                    "Schedule": "cron(0 20 * * ? *)",
                    "ScalableTargetAction": { "MinCapacity": 2 },
                }),
            )],
        });
        world
    }
}
