//! The ground that generated services stand on, and their documents as the region takes them.
//!
//! What belongs here: the calls that make a service of documents, and what a document begins with. What must not: what is
//! drawn ([`super::draw`]), or what its twin is.

use serde_json::{Value as Json, json};
use sixshift_core::plan::Plan;
use sixshift_sim::{
    Value,
    services::{self, AwsError, Service},
};

use super::{
    draw::{Dice, Growing},
    words,
};
use crate::{
    copies::value,
    ground::{Ground, plan},
};

pub(super) const NAME: &str = "generated";
/// The volume that a task definition leaves to its service.
const AT_LAUNCH: &str = "at-launch";
const IMAGE: &str = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/generated:v1";

/// All that a service is made of; target groups are named by their place.
pub(super) struct Documents {
    pub(super) groups: Vec<Group>,
    pub(super) definition: Json,
    pub(super) service: Json,
}

pub(super) struct Group {
    pub(super) input: Json,
    /// Key and value.
    pub(super) attributes: Vec<(String, String)>,
}

pub(super) fn try_call(
    ground: &Ground,
    service: Service,
    op: &str,
    input: &Json,
) -> Result<Value, AwsError> {
    let input = value(input);
    ground
        .region
        .with_world(|world| services::call(world, service, op, &input))
}

pub(super) fn call(ground: &Ground, service: Service, op: &str, input: &Json) -> Value {
    try_call(ground, service, op, input).unwrap_or_else(|e| panic!("{op}: {e:?} of {input}"))
}

/// Documents of a seed, grown in a region of their own; with something that stops a migration only that grows.
pub(super) fn documents(seed: u64, stopped: Option<&words::Stopped>) -> Documents {
    let ground = Ground::new("healthy", None);
    let mut dice = Dice::new(seed);
    with_providers(&ground);
    let kind = Kind::of(seed);
    let plain = stopped.is_some();
    let count = if plain { 1 } else { 1 + dice.below(2) };
    let groups: Vec<Group> = (0..count)
        .map(|place| group(&ground, &mut dice, place, plain))
        .collect();
    let arns = attached(&ground, &groups);
    let definition = definition(&ground, &mut dice, &kind, plain);
    call(&ground, Service::Ecs, "RegisterTaskDefinition", &definition);
    let service = service(&ground, &arns, dice.other(), &kind, stopped);
    Documents {
        groups,
        definition,
        service,
    }
}

/// Makes a service of its documents, and a plan for it.
pub(super) fn built(ground: &Ground, documents: &Documents) -> Plan {
    with_providers(ground);
    let arns = attached(ground, &documents.groups);
    call(
        ground,
        Service::Ecs,
        "RegisterTaskDefinition",
        &documents.definition,
    );
    let service = placed(ground, &documents.service, &arns);
    call(ground, Service::Ecs, "CreateService", &service);
    let mut built = ground.services[0].clone();
    NAME.clone_into(&mut built.name);
    // gRPC's failures show in the application's own figures only.
    built.alarms = vec![NAME.to_owned()];
    let alarm = json!({
        "AlarmName": NAME, "Namespace": "Shop", "MetricName": "OrdersFailed", "Statistic": "Sum", "Period": 60,
        "EvaluationPeriods": 1, "Threshold": 10, "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
    });
    call(ground, Service::CloudWatch, "PutMetricAlarm", &alarm);
    plan(&built)
}

fn with_providers(ground: &Ground) {
    let input = json!({
        "cluster": ground.services[0].cluster,
        "capacityProviders": ["FARGATE", "FARGATE_SPOT"],
        "defaultCapacityProviderStrategy": [],
    });
    call(ground, Service::Ecs, "PutClusterCapacityProviders", &input);
}

/// What a seed's service runs on, and what only goes together.
struct Kind {
    launch: &'static str,
    by_strategy: bool,
    firelens: bool,
    at_launch: bool,
}

impl Kind {
    fn of(seed: u64) -> Self {
        Self {
            launch: ["FARGATE", "EC2"][usize::from(seed % 2 == 1)],
            by_strategy: seed % 4 == 2,
            firelens: seed % 3 == 1,
            at_launch: seed % 3 == 2,
        }
    }
}

/// One that the region takes, not made.
fn group(ground: &Ground, dice: &mut Dice, place: usize, plain: bool) -> Group {
    let vpc = ground.region.with_world(|world| {
        let known = world.elb.target_groups.values().next().unwrap();
        known.spec.get("VpcId").as_str().unwrap().to_owned()
    });
    let protocol = *dice.pick(&["HTTP", "HTTPS"]).unwrap();
    let base = json!({
        "Name": format!("{NAME}-{place}"), "Protocol": protocol, "Port": dice.between(1, 65_535), "VpcId": vpc, "TargetType": "ip",
    });
    if plain {
        return Group {
            input: base,
            attributes: Vec::new(),
        };
    }
    let takes = |input: &Json| {
        let made = try_call(ground, Service::Elbv2, "CreateTargetGroup", input);
        made.is_ok_and(|made| {
            let arn = made.get("TargetGroups").items()[0]
                .get("TargetGroupArn")
                .as_str()
                .unwrap();
            call(
                ground,
                Service::Elbv2,
                "DeleteTargetGroup",
                &json!({ "TargetGroupArn": arn }),
            );
            true
        })
    };
    let growing = Growing {
        service: Service::Elbv2,
        words: words::GROUP,
        never: &[],
        only: None,
        dice: dice.other(),
        document: base,
        takes: Box::new(takes),
    };
    let input = growing.grown("CreateTargetGroupInput");
    let attributes = attributes(ground, &input, dice);
    Group { input, attributes }
}

/// What an attribute may be, whatever it is about.
const TRIED: &[&str] = &[
    "true",
    "false",
    "on",
    "off",
    "1",
    "2",
    "31",
    "60",
    "weighted_random",
    "least_outstanding_requests",
    "app_cookie",
    "shop",
    "inspect_after_sufficient_data",
    "use_load_balancer_configuration",
];

/// Each attribute that the group has, as far as the region takes another value.
fn attributes(ground: &Ground, input: &Json, dice: &mut Dice) -> Vec<(String, String)> {
    let arn = created(ground, input);
    let told = call(
        ground,
        Service::Elbv2,
        "DescribeTargetGroupAttributes",
        &json!({ "TargetGroupArn": arn }),
    );
    let mut set = Vec::new();
    for attribute in told.get("Attributes").items() {
        let key = attribute.get("Key").as_str().unwrap();
        for _ in 0..6 {
            let tried = dice.pick(TRIED).unwrap();
            if set_attribute(ground, &arn, key, tried).is_ok() {
                set.push((key.to_owned(), (*tried).to_owned()));
                break;
            }
        }
    }
    call(
        ground,
        Service::Elbv2,
        "DeleteTargetGroup",
        &json!({ "TargetGroupArn": arn }),
    );
    set
}

fn created(ground: &Ground, input: &Json) -> String {
    let made = call(ground, Service::Elbv2, "CreateTargetGroup", input);
    made.get("TargetGroups").items()[0]
        .get("TargetGroupArn")
        .as_str()
        .unwrap()
        .to_owned()
}

fn set_attribute(ground: &Ground, arn: &str, key: &str, to: &str) -> Result<Value, AwsError> {
    let input = json!({ "TargetGroupArn": arn, "Attributes": [{ "Key": key, "Value": to }] });
    try_call(
        ground,
        Service::Elbv2,
        "ModifyTargetGroupAttributes",
        &input,
    )
}

/// Makes target groups with their attributes, each behind a listener of its own; their ARNs.
pub(super) fn attached(ground: &Ground, groups: &[Group]) -> Vec<String> {
    let balancer = ground
        .region
        .with_world(|world| world.elb.load_balancers.keys().next().unwrap().clone());
    let certificate =
        "arn:aws:acm:eu-central-1:123456789012:certificate/7d1f0c1e-0000-4000-8000-000000000001";
    let mut arns = Vec::new();
    for (place, group) in groups.iter().enumerate() {
        let arn = created(ground, &group.input);
        for (key, to) in &group.attributes {
            set_attribute(ground, &arn, key, to).unwrap();
        }
        let listener = json!({
            "LoadBalancerArn": balancer, "Protocol": "HTTPS", "Port": 8443 + place,
            "Certificates": [{ "CertificateArn": certificate }],
            "DefaultActions": [{ "Type": "forward", "TargetGroupArn": arn }],
        });
        call(ground, Service::Elbv2, "CreateListener", &listener);
        arns.push(arn);
    }
    arns
}

fn definition(ground: &Ground, dice: &mut Dice, kind: &Kind, plain: bool) -> Json {
    let (cpu, memory) = dice.pick(&[("2048", "8192"), ("4096", "16384")]).unwrap();
    let mut app = json!({
        "name": "app", "image": IMAGE, "essential": true, "portMappings": [{ "containerPort": 8080, "name": "web" }],
    });
    let mut containers = Vec::new();
    let mut volumes = Vec::new();
    if kind.firelens {
        app["logConfiguration"] = json!({ "logDriver": "awsfirelens" });
        containers.push(json!({ "name": "router", "image": IMAGE, "firelensConfiguration": { "type": "fluentbit" } }));
    } else {
        let options = json!({ "awslogs-group": "/shop", "awslogs-region": "eu-central-1", "awslogs-stream-prefix": "app" });
        app["logConfiguration"] = json!({ "logDriver": "awslogs", "options": options });
    }
    if kind.at_launch {
        volumes.push(json!({ "name": AT_LAUNCH, "configuredAtLaunch": true }));
        app["mountPoints"] = json!([{ "sourceVolume": AT_LAUNCH, "containerPath": "/launched" }]);
    }
    containers.insert(0, app);
    let mut base = json!({
        "family": NAME, "networkMode": "awsvpc", "requiresCompatibilities": [kind.launch], "cpu": cpu, "memory": memory,
        "executionRoleArn": "arn:aws:iam::123456789012:role/execution", "containerDefinitions": containers,
    });
    if !volumes.is_empty() {
        base["volumes"] = json!(volumes);
    }
    if plain {
        return base;
    }
    let mut asked = 0;
    // One family takes one revision at a time.
    let takes = |input: &Json| {
        asked += 1;
        let mut input = input.clone();
        input["family"] = json!(format!("asked-{asked}"));
        try_call(ground, Service::Ecs, "RegisterTaskDefinition", &input).is_ok()
    };
    let never: Vec<&str> = words::NO_DEFINITION
        .iter()
        .map(|(place, _)| *place)
        .collect();
    let growing = Growing {
        service: Service::Ecs,
        words: words::DEFINITION,
        never: &never,
        only: None,
        dice: dice.other(),
        document: base,
        takes: Box::new(takes),
    };
    growing.grown("RegisterTaskDefinitionRequest")
}

fn service(
    ground: &Ground,
    arns: &[String],
    dice: Dice,
    kind: &Kind,
    stopped: Option<&words::Stopped>,
) -> Json {
    let known = &ground.services[0];
    let network = ground.region.with_world(|world| {
        let known = world.ecs.service(&known.cluster, &known.name).unwrap();
        known
            .spec
            .get("networkConfiguration")
            .get("awsvpcConfiguration")
            .get("subnets")
            .strings()
    });
    let balancer = |place| json!({ "targetGroupArn": format!("{place}"), "containerName": "app", "containerPort": 8080 });
    let mut base = json!({
        "cluster": known.cluster, "serviceName": NAME, "taskDefinition": NAME, "desiredCount": 2,
        "loadBalancers": (0..arns.len()).map(balancer).collect::<Vec<_>>(),
        "networkConfiguration": { "awsvpcConfiguration": { "subnets": network, "securityGroups": known.security_groups } },
    });
    if kind.by_strategy {
        base["capacityProviderStrategy"] = json!([{ "capacityProvider": "FARGATE" }]);
    } else {
        base["launchType"] = json!(kind.launch);
    }
    if kind.at_launch {
        let volume =
            json!({ "roleArn": "arn:aws:iam::123456789012:role/volumes", "sizeInGiB": 20 });
        base["volumeConfigurations"] = json!([{ "name": AT_LAUNCH, "managedEBSVolume": volume }]);
    }
    if let Some(stopped) = stopped {
        base[stopped.place] = serde_json::from_str(stopped.with).unwrap();
    }
    let mut asked = 0;
    let takes = |input: &Json| {
        asked += 1;
        let mut input = placed(ground, input, arns);
        input["serviceName"] = json!(format!("asked-{asked}"));
        let taken = try_call(ground, Service::Ecs, "CreateService", &input).is_ok();
        if taken {
            // The next one may offer the same names.
            let (cluster, service) = (&input["cluster"], &input["serviceName"]);
            let gone = json!({"cluster": cluster, "service": service, "force": true});
            call(ground, Service::Ecs, "DeleteService", &gone);
        }
        taken
    };
    let mut never: Vec<&str> = words::NO_SERVICE.iter().map(|(place, _)| *place).collect();
    let other = |place: &&&str| stopped.is_none_or(|s| !place.starts_with(s.place));
    never.extend(words::ONLY_STOPPED.iter().filter(other));
    let growing = Growing {
        service: Service::Ecs,
        words: words::SERVICE,
        never: &never,
        only: stopped.map(|s| s.place),
        dice,
        document: base,
        takes: Box::new(takes),
    };
    growing.grown("CreateServiceRequest")
}

/// A target group of VPC Lattice in the services' VPC: the one that is there, or a new one.
fn lattice_group(ground: &Ground) -> String {
    let there = call(ground, Service::Lattice, "ListTargetGroups", &json!({}));
    let arn = |group: &Value| group.get("arn").as_str().unwrap().to_owned();
    if let Some(group) = there.get("items").items().first() {
        return arn(group);
    }
    let first = &ground.services[0].target_group;
    let vpc = ground.region.with_world(|world| {
        let spec = &world.elb.target_groups[first].spec;
        spec.get("VpcId").as_str().unwrap().to_owned()
    });
    let input = json!({"name": "web", "type": "IP", "config": {"vpcIdentifier": vpc}});
    arn(&call(ground, Service::Lattice, "CreateTargetGroup", &input))
}

/// With the target groups' ARNs where their places stand.
fn placed(ground: &Ground, service: &Json, arns: &[String]) -> Json {
    let mut service = service.clone();
    for lattice in service["vpcLatticeConfigurations"]
        .as_array_mut()
        .into_iter()
        .flatten()
    {
        lattice["targetGroupArn"] = json!(lattice_group(ground));
    }
    for balancer in service["loadBalancers"]
        .as_array_mut()
        .into_iter()
        .flatten()
    {
        let place: usize = balancer["targetGroupArn"]
            .as_str()
            .and_then(|p| p.parse().ok())
            .unwrap_or(usize::MAX);
        if let Some(arn) = arns.get(place) {
            balancer["targetGroupArn"] = json!(arn);
        }
    }
    service
}
