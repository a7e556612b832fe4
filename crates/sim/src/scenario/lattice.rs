//! Services that are asked through VPC Lattice, by a listener's default action and by a rule.
//!
//! What belongs here: what these are made of, by the calls that any client would make, and how their code behaves over IPv6. What
//! must not: what they show.

#[cfg(test)]
mod site;

use super::region::{ACCOUNT, CLUSTER, Ground, REGION, call, ec2, ground, text};
use super::service::vary;
use super::{Built, BuiltService, ScenarioError, called};
use crate::Value;
use crate::services::Service;
use crate::world::World;
use crate::world::behaviour::{Behaviour, Family};
use crate::world::clock::later;
use crate::world::traffic::Source;
#[cfg(test)]
pub(crate) use site::{Site, site};

/// The scenarios, with a line each.
pub(super) const NAMES: &[(&str, &str)] = &[
    (
        "lattice",
        "asked through VPC Lattice, by a listener and a rule; all is well over IPv6",
    ),
    (
        "lattice-bad",
        "the same, and its code fails a part of the requests that come to it over IPv6",
    ),
];

/// What services of this kind are called.
const CALLED: [&str; 4] = ["ledger", "stock", "tariffs", "mandates"];
/// The part of the requests that meet the default action, and the rule.
const PARTS: [(&str, f64); 2] = [("/", 0.6), ("/api/orders", 0.4)];

/// So many services of a scenario, in one region and one service network.
pub(super) fn services(scenario: &str, count: usize, seed: u64) -> Result<Built, ScenarioError> {
    let mut ground = ground(seed)?;
    let_in(&mut ground)?;
    let world = &mut ground.world;
    let network = ask(world, "CreateServiceNetwork", [("name", "shop".into())])?;
    let network = network.get("id").clone();
    let fields = [
        ("serviceNetworkIdentifier", network.clone()),
        ("vpcIdentifier", ground.vpc.as_str().into()),
    ];
    ask(world, "CreateServiceNetworkVpcAssociation", fields)?;
    let mut services = Vec::new();
    for number in 0..count {
        let name = called(&CALLED, number);
        services.push(service(&mut ground, &network, (scenario, &name))?);
    }
    Ok(Built {
        world: ground.world,
        faults: Vec::new(),
        bucket_share: 0.0,
        services,
    })
}

fn service(
    ground: &mut Ground,
    network: &Value,
    (scenario, name): (&str, &str),
) -> Result<BuiltService, ScenarioError> {
    let mut app = Behaviour {
        latency_ms: vary(ground, name, 70.0, 120.0),
        ..Behaviour::default()
    };
    if scenario == "lattice-bad" {
        app.v6.error_share = 0.08;
    }
    for tag in ["v1", "v2"] {
        let behaviours = &mut ground.world.behaviours;
        behaviours.insert(format!("{name}:{tag}"), app.clone());
    }
    let world = &mut ground.world;
    let front = text(ask(world, "CreateService", [("name", name.into())])?.get("arn"));
    let fields = [
        ("serviceNetworkIdentifier", network.clone()),
        ("serviceIdentifier", front.as_str().into()),
    ];
    ask(world, "CreateServiceNetworkServiceAssociation", fields)?;
    let group = target_group(world, &ground.vpc, name, Family::V4)?;
    wait(world, 5);
    let (listener, rule) = routes(world, &front, &group)?;
    let image = format!("{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{name}:v1");
    let definition = define(world, name, image)?;
    serve(ground, name, &group, definition)?;
    let rate = vary(ground, name, 30.0, 50.0);
    for (path, part) in PARTS {
        ground.world.add_traffic(Source {
            service: name.to_owned(),
            load_balancer: front.clone(),
            port: 80,
            host: name.to_owned(),
            path: path.to_owned(),
            rate: rate * part,
            family: Family::V4,
        });
    }
    Ok(BuiltService {
        scenario: scenario.to_owned(),
        region: REGION.to_owned(),
        cluster: CLUSTER.to_owned(),
        name: name.to_owned(),
        ipv6_subnets: ground.ipv6.clone(),
        security_groups: vec![ground.task_group.clone()],
        alarms: Vec::new(),
        target_group: group,
        routes: vec![listener, rule],
    })
}

fn serve(
    ground: &mut Ground,
    name: &str,
    group: &str,
    definition: String,
) -> Result<(), ScenarioError> {
    let network = Value::map([
        ("subnets", Value::list(ground.private.clone())),
        ("securityGroups", Value::list([ground.task_group.as_str()])),
    ]);
    let role = ground.world.arn("iam", "role/ecs-infrastructure");
    let lattice = Value::map([
        ("roleArn", Value::from(role)),
        ("targetGroupArn", group.into()),
        ("portName", "http".into()),
    ]);
    let team = Value::map([("key", Value::from("team")), ("value", "shop".into())]);
    let fields = [
        ("cluster", CLUSTER.into()),
        ("serviceName", name.into()),
        ("taskDefinition", definition.into()),
        ("desiredCount", 3_i64.into()),
        ("launchType", "FARGATE".into()),
        (
            "networkConfiguration",
            Value::map([("awsvpcConfiguration", network)]),
        ),
        ("vpcLatticeConfigurations", Value::list([lattice])),
        ("propagateTags", "SERVICE".into()),
        ("tags", Value::list([team])),
    ];
    call(&mut ground.world, Service::Ecs, "CreateService", fields).map(|_| ())
}

fn ask(
    world: &mut World,
    op: &'static str,
    fields: impl IntoIterator<Item = (&'static str, Value)>,
) -> Result<Value, ScenarioError> {
    call(world, Service::Lattice, op, fields)
}

fn wait(world: &mut World, seconds: i64) {
    let to = later(world.now(), jiff::SignedDuration::from_secs(seconds));
    world.advance(to);
}

/// VPC Lattice's addresses of both families reach the tasks.
fn let_in(ground: &mut Ground) -> Result<(), ScenarioError> {
    let block = |key: &str, block: &str| Value::list([Value::map([(key, Value::from(block))])]);
    let permission = Value::map([
        ("IpProtocol", Value::from("tcp")),
        ("FromPort", 8080_i64.into()),
        ("ToPort", 8080_i64.into()),
        ("IpRanges", block("CidrIp", "169.254.171.0/24")),
        ("Ipv6Ranges", block("CidrIpv6", "fd00:ec2:80::/64")),
    ]);
    let fields = [
        ("GroupId", ground.task_group.as_str().into()),
        ("IpPermissions", Value::list([permission])),
    ];
    ec2(&mut ground.world, "AuthorizeSecurityGroupIngress", fields).map(|_| ())
}

fn target_group(
    world: &mut World,
    vpc: &str,
    name: &str,
    family: Family,
) -> Result<String, ScenarioError> {
    let (name, kind) = match family {
        Family::V4 => (name.to_owned(), "IPV4"),
        Family::V6 => (format!("{name}-ipv6"), "IPV6"),
    };
    let check = Value::map([
        ("enabled", Value::from(true)),
        ("path", "/healthz".into()),
        ("healthCheckIntervalSeconds", 10_i64.into()),
    ]);
    let config = Value::map([
        ("port", Value::from(8080_i64)),
        ("protocol", "HTTP".into()),
        ("ipAddressType", kind.into()),
        ("vpcIdentifier", vpc.into()),
        ("healthCheck", check),
    ]);
    let fields = [
        ("name", name.into()),
        ("type", "IP".into()),
        ("config", config),
    ];
    Ok(text(ask(world, "CreateTargetGroup", fields)?.get("arn")))
}

fn forward(groups: &[(&str, i64)]) -> Value {
    let one = |(arn, weight): &(&str, i64)| {
        Value::map([
            ("targetGroupIdentifier", Value::from(*arn)),
            ("weight", (*weight).into()),
        ])
    };
    let groups = Value::list(groups.iter().map(one));
    Value::map([("forward", Value::map([("targetGroups", groups)]))])
}

fn routes(
    world: &mut World,
    service: &str,
    group: &str,
) -> Result<(String, String), ScenarioError> {
    let of = ("serviceIdentifier", Value::from(service));
    let fields = [
        of.clone(),
        ("name", "http".into()),
        ("protocol", "HTTP".into()),
        ("defaultAction", forward(&[(group, 100)])),
    ];
    let listener = text(ask(world, "CreateListener", fields)?.get("arn"));
    let prefix = Value::map([("prefix", Value::from("/api"))]);
    let path = Value::map([("pathMatch", Value::map([("match", prefix)]))]);
    let fields = [
        of,
        ("listenerIdentifier", listener.as_str().into()),
        ("name", "api".into()),
        ("priority", 10_i64.into()),
        ("match", Value::map([("httpMatch", path)])),
        ("action", forward(&[(group, 100)])),
    ];
    let rule = text(ask(world, "CreateRule", fields)?.get("arn"));
    Ok((listener, rule))
}

fn define(world: &mut World, name: &str, image: String) -> Result<String, ScenarioError> {
    let port = Value::map([
        ("name", Value::from("http")),
        ("containerPort", 8080_i64.into()),
        ("protocol", "tcp".into()),
    ]);
    let container = Value::map([
        ("name", Value::from("app")),
        ("image", image.into()),
        ("essential", true.into()),
        ("portMappings", Value::list([port])),
    ]);
    let role = world.arn("iam", "role/ecs-execution");
    let fields = [
        ("family", name.into()),
        ("networkMode", "awsvpc".into()),
        ("requiresCompatibilities", Value::list(["FARGATE"])),
        ("cpu", "512".into()),
        ("memory", "1024".into()),
        ("executionRoleArn", role.into()),
        ("containerDefinitions", Value::list([container])),
    ];
    let made = call(world, Service::Ecs, "RegisterTaskDefinition", fields)?;
    Ok(text(made.get("taskDefinition").get("taskDefinitionArn")))
}
