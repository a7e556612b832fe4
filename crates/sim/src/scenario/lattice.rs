//! Services that are asked through VPC Lattice: what tests stand on. No plan moves such a service yet, so no name leads here.
//!
//! What belongs here: what these are made of, by the calls that any client would make. What must not: what they show.

use super::ScenarioError;
use super::region::{CLUSTER, Ground, call, ec2, ground, text};
use crate::Value;
use crate::services::Service;
use crate::world::World;
use crate::world::behaviour::{Behaviour, Family};
use crate::world::clock::later;
use crate::world::traffic::Source;

/// What the service of these tests is called.
const NAME: &str = "orders";
/// The names of its code.
const TAGS: [&str; 2] = ["v1", "v2"];
/// Requests a second by the default action, and by the rule.
const RATES: [(&str, f64); 2] = [("/", 12.0), ("/api/orders", 6.0)];

/// A region with one service, its target group, and where it is routed by.
pub(crate) struct Site {
    pub(crate) world: World,
    pub(crate) service: String,
    pub(crate) listener: String,
    pub(crate) rule: String,
    pub(crate) ipv4: String,
    definition: String,
    ground: Places,
}

/// Where its tasks live.
struct Places {
    vpc: String,
    ipv6: Vec<String>,
    groups: Vec<String>,
}

/// The service and its clients, at rest, with code that behaves so.
pub(crate) fn site(code: &Behaviour) -> Result<Site, ScenarioError> {
    let mut ground = ground(7)?;
    let Ground { world, .. } = &mut ground;
    for tag in TAGS {
        let image = format!("{NAME}:{tag}");
        world.behaviours.insert(image, code.clone());
    }
    let_in(&mut ground)?;
    let network = ask(
        &mut ground.world,
        "CreateServiceNetwork",
        [("name", "shop".into())],
    )?;
    let service = ask(&mut ground.world, "CreateService", [("name", NAME.into())])?;
    let (network, service) = (network.get("id").clone(), text(service.get("arn")));
    let vpc = ground.vpc.clone();
    let member = ("vpcIdentifier", Value::from(vpc.as_str()));
    let of = |network: &Value| ("serviceNetworkIdentifier", network.clone());
    let world = &mut ground.world;
    ask(
        world,
        "CreateServiceNetworkVpcAssociation",
        [of(&network), member],
    )?;
    let member = ("serviceIdentifier", Value::from(service.as_str()));
    ask(
        world,
        "CreateServiceNetworkServiceAssociation",
        [of(&network), member],
    )?;
    let ipv4 = target_group(world, &vpc, Family::V4)?;
    wait(world, 5);
    let (listener, rule) = routes(world, &service, &ipv4)?;
    let definition = define(world)?;
    let mut site = Site {
        service,
        listener,
        rule,
        ipv4,
        definition,
        ground: Places {
            vpc,
            ipv6: ground.ipv6,
            groups: vec![ground.task_group],
        },
        world: ground.world,
    };
    let (subnets, group) = (ground.private, site.ipv4.clone());
    site.serve(NAME, &subnets, &group)?;
    for (path, rate) in RATES {
        site.world.add_traffic(Source {
            service: NAME.to_owned(),
            load_balancer: site.service.clone(),
            port: 80,
            host: NAME.to_owned(),
            path: path.to_owned(),
            rate,
            family: Family::V4,
        });
    }
    wait(&mut site.world, 300);
    site.world.forget_traffic();
    Ok(site)
}

impl Site {
    /// Makes a twin in a target group of IPv6 addresses, which both routes name with a weight of 0; gives its ARN.
    pub(crate) fn twin(&mut self) -> Result<String, ScenarioError> {
        let group = target_group(&mut self.world, &self.ground.vpc, Family::V6)?;
        wait(&mut self.world, 5);
        self.weigh(&group, 100, 0)?;
        let subnets = self.ground.ipv6.clone();
        self.serve("orders-ipv6", &subnets, &group)?;
        wait(&mut self.world, 180);
        Ok(group)
    }

    /// Sets the weights of both routes: IPv4, IPv6.
    pub(crate) fn weigh(&mut self, ipv6: &str, four: i64, six: i64) -> Result<(), ScenarioError> {
        let action = forward(&[(&self.ipv4, four), (ipv6, six)]);
        let of = [
            ("serviceIdentifier", Value::from(self.service.as_str())),
            ("listenerIdentifier", self.listener.as_str().into()),
        ];
        let default = of
            .clone()
            .into_iter()
            .chain([("defaultAction", action.clone())]);
        ask(&mut self.world, "UpdateListener", default)?;
        let rule = [
            ("ruleIdentifier", self.rule.as_str().into()),
            ("action", action),
        ];
        ask(&mut self.world, "UpdateRule", of.into_iter().chain(rule)).map(|_| ())
    }

    /// Sets how many tasks a service wants.
    pub(crate) fn scale(&mut self, name: &str, desired: i64) -> Result<(), ScenarioError> {
        let fields = [
            ("cluster", CLUSTER.into()),
            ("service", name.into()),
            ("desiredCount", desired.into()),
        ];
        call(&mut self.world, Service::Ecs, "UpdateService", fields).map(|_| ())
    }

    fn serve(&mut self, name: &str, subnets: &[String], group: &str) -> Result<(), ScenarioError> {
        let network = Value::map([
            ("subnets", Value::list(subnets.to_vec())),
            ("securityGroups", Value::list(self.ground.groups.clone())),
        ]);
        let role = self.world.arn("iam", "role/ecs-infrastructure");
        let lattice = Value::map([
            ("roleArn", Value::from(role)),
            ("targetGroupArn", group.into()),
            ("portName", "http".into()),
        ]);
        let fields = [
            ("cluster", CLUSTER.into()),
            ("serviceName", name.into()),
            ("taskDefinition", self.definition.as_str().into()),
            ("desiredCount", 3_i64.into()),
            ("launchType", "FARGATE".into()),
            (
                "networkConfiguration",
                Value::map([("awsvpcConfiguration", network)]),
            ),
            ("vpcLatticeConfigurations", Value::list([lattice])),
        ];
        call(&mut self.world, Service::Ecs, "CreateService", fields).map(|_| ())
    }
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

fn target_group(world: &mut World, vpc: &str, family: Family) -> Result<String, ScenarioError> {
    let (name, kind) = match family {
        Family::V4 => (NAME.to_owned(), "IPV4"),
        Family::V6 => (format!("{NAME}-ipv6"), "IPV6"),
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
    let listener = text(ask(world, "CreateListener", fields)?.get("id"));
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
    let rule = text(ask(world, "CreateRule", fields)?.get("id"));
    Ok((listener, rule))
}

fn define(world: &mut World) -> Result<String, ScenarioError> {
    let port = Value::map([
        ("name", Value::from("http")),
        ("containerPort", 8080_i64.into()),
        ("protocol", "tcp".into()),
    ]);
    // A registry that has both families, for a twin of the same definition.
    let image = format!(
        "{}.dkr-ecr.{}.on.aws/{NAME}:v1",
        world.account, world.region
    );
    let container = Value::map([
        ("name", Value::from("app")),
        ("image", image.into()),
        ("essential", true.into()),
        ("portMappings", Value::list([port])),
    ]);
    let role = world.arn("iam", "role/ecs-execution");
    let fields = [
        ("family", NAME.into()),
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
