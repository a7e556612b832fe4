//! One service that is asked through VPC Lattice, and its twin, moved by hand: what the region's own tests stand on.
//!
//! What must not be here: what these are made of ([`super`]).

use super::{ask, define, forward, let_in, routes, target_group, wait};
use crate::Value;
use crate::scenario::ScenarioError;
use crate::scenario::region::{CLUSTER, Ground, call, ground, text};
use crate::services::Service;
use crate::world::World;
use crate::world::behaviour::{Behaviour, Family};
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
    let ipv4 = target_group(world, &vpc, NAME, Family::V4)?;
    wait(world, 5);
    let (listener, rule) = routes(world, &service, &ipv4)?;
    // A registry that has both families, for a twin of the same definition.
    let image = format!(
        "{}.dkr-ecr.{}.on.aws/{NAME}:v1",
        world.account, world.region
    );
    let definition = define(world, NAME, image)?;
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
        let group = target_group(&mut self.world, &self.ground.vpc, NAME, Family::V6)?;
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
