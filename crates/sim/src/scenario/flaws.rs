//! Flaws of a network: each a small edit on a scenario's, that everything but an IPv6-only side gets along with.
//!
//! What belongs here: the catalogue, and the calls that make each edit. What must not: what follows of it, which is the
//! world's.

mod neighbours;

use super::region::{call, ec2, text};
use super::{Built, ScenarioError};
use crate::services::Service;
use crate::world::quotas::Quota;
use crate::world::{World, fargate};
use crate::{Value, contract};

/// How a flaw shows on a twin that is made in spite of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// ECS places none of its tasks; its events say this.
    NotPlaced(&'static str),
    /// Its tasks stop before they run; ECS's reason says this.
    NotStarted(&'static str),
    /// Its targets are unhealthy; ECS's events have these words of ELB's for it.
    Unhealthy(&'static str),
    /// It is healthy, and fails customers.
    Failing,
}

/// A flaw.
#[derive(Clone, Copy, Debug)]
pub struct Flaw {
    /// Its name.
    pub name: &'static str,
    /// What is so, in words.
    pub says: &'static str,
    /// How it shows.
    pub shows: Shows,
    plant: fn(&mut Planting<'_>) -> Result<(), ScenarioError>,
}

const AUTH: &str = "unable to retrieve ecr registry auth";
const PULL: &str = "CannotPullContainerError";
/// What ELB says with `Target.Timeout`.
const TIMEOUT: Shows = Shows::Unhealthy("Request timed out");

/// Every flaw.
pub const FLAWS: &[Flaw] = &[
    Flaw {
        name: "no-ipv6-route",
        says: "the IPv6-only subnets have no route ::/0",
        shows: Shows::NotStarted(AUTH),
        plant: |p| p.route("::/0", None),
    },
    Flaw {
        name: "dead-egress-gateway",
        says: "the egress-only gateway behind ::/0 is deleted: the route is a blackhole",
        shows: Shows::NotStarted(AUTH),
        plant: |p| {
            let gateway = p.target("::/0");
            p.ec2(
                "DeleteEgressOnlyInternetGateway",
                [("EgressOnlyInternetGatewayId", gateway.into())],
            )
        },
    },
    Flaw {
        name: "public-access-blocked",
        says: "the account blocks public access both ways, the load balancers' subnets excepted",
        shows: Shows::NotStarted(AUTH),
        plant: |p| {
            for subnet in p.public() {
                let exclusion = [
                    ("SubnetId", subnet.into()),
                    ("InternetGatewayExclusionMode", "allow-bidirectional".into()),
                ];
                p.ec2("CreateVpcBlockPublicAccessExclusion", exclusion)?;
            }
            let mode = [("InternetGatewayBlockMode", "block-bidirectional".into())];
            p.ec2("ModifyVpcBlockPublicAccessOptions", mode)
        },
    },
    Flaw {
        name: "no-dns",
        says: "the VPC has DNS support turned off",
        shows: Shows::NotStarted("no such host"),
        plant: |p| {
            let off = Value::map([("Value", false.into())]);
            let vpc = p.vpc();
            p.ec2(
                "ModifyVpcAttribute",
                [("VpcId", vpc.into()), ("EnableDnsSupport", off)],
            )
        },
    },
    Flaw {
        name: "acl-without-answers-in",
        says: "the network ACL denies IPv6 to the ports where answers come in",
        shows: Shows::NotStarted(AUTH),
        plant: |p| p.deny(false),
    },
    Flaw {
        name: "acl-without-answers-out",
        says: "the network ACL denies IPv6 to the ports where a load balancer waits for answers",
        shows: TIMEOUT,
        plant: |p| p.deny(true),
    },
    Flaw {
        name: "group-without-egress",
        says: "the tasks' security group lets no IPv6 out",
        shows: Shows::NotStarted(AUTH),
        plant: |p| {
            let group = p.task_group();
            p.rule(
                "RevokeSecurityGroupEgress",
                &group,
                "-1",
                ("Ipv6Ranges", "CidrIpv6", "::/0"),
            )
        },
    },
    Flaw {
        name: "group-without-ipv6",
        says: "the tasks' security group admits the VPC's IPv4 block instead of the load balancers' group",
        shows: TIMEOUT,
        plant: |p| {
            let (group, balancers) = (p.task_group(), p.balancer_group());
            p.rule(
                "RevokeSecurityGroupIngress",
                &group,
                "tcp",
                ("Groups", "GroupId", &balancers),
            )?;
            p.rule(
                "AuthorizeSecurityGroupIngress",
                &group,
                "tcp",
                ("IpRanges", "CidrIp", "10.0.0.0/16"),
            )
        },
    },
    Flaw {
        name: "balancer-without-ipv6-out",
        says: "the load balancers' security group lets out IPv4 alone",
        shows: TIMEOUT,
        plant: |p| {
            let group = p.balancer_group();
            p.rule(
                "RevokeSecurityGroupEgress",
                &group,
                "-1",
                ("Ipv6Ranges", "CidrIpv6", "::/0"),
            )
        },
    },
    Flaw {
        name: "dns64-without-nat64",
        says: "the IPv6-only subnets have DNS64 and no route to NAT64",
        shows: Shows::Failing,
        plant: |p| p.route("64:ff9b::/96", None),
    },
    Flaw {
        name: "nat64-without-dns64",
        says: "the IPv6-only subnets have a route to NAT64 and no DNS64",
        shows: Shows::Failing,
        plant: |p| {
            for subnet in p.ipv6() {
                let off = Value::map([("Value", false.into())]);
                p.ec2(
                    "ModifySubnetAttribute",
                    [("SubnetId", subnet.into()), ("EnableDns64", off)],
                )?;
            }
            Ok(())
        },
    },
    Flaw {
        name: "nat64-over-ipv6",
        says: "what is meant for NAT64 goes to the egress-only gateway",
        shows: Shows::Failing,
        plant: |p| {
            let gateway = p.target("::/0");
            p.route(
                "64:ff9b::/96",
                Some(("EgressOnlyInternetGatewayId", gateway)),
            )
        },
    },
    Flaw {
        name: "nat-gateway-deleted",
        says: "the NAT gateway behind NAT64 is deleted",
        shows: Shows::Failing,
        plant: |p| {
            let gateway = p.target("64:ff9b::/96");
            p.ec2("DeleteNatGateway", [("NatGatewayId", gateway.into())])
        },
    },
    Flaw {
        name: "own-resolver",
        says: "the VPC's DHCP options name a resolver of one's own, which makes up no IPv6 addresses",
        shows: Shows::Failing,
        plant: |p| {
            let servers = Value::map([
                ("Key", Value::from("domain-name-servers")),
                ("Value", Value::list(["10.0.0.53"])),
            ]);
            let options = [("DhcpConfiguration", Value::list([servers]))];
            let made = ec2(&mut p.built.world, "CreateDhcpOptions", options)?;
            let id = made.get("dhcpOptions").get("dhcpOptionsId").clone();
            let vpc = p.vpc();
            p.ec2(
                "AssociateDhcpOptions",
                [("DhcpOptionsId", id), ("VpcId", vpc.into())],
            )
        },
    },
    Flaw {
        name: "ecr-api-endpoint-ipv4",
        says: "an interface endpoint of IPv4 answers for ECR's API",
        shows: Shows::NotStarted(AUTH),
        plant: |p| p.endpoint("ecr.api"),
    },
    Flaw {
        name: "ecr-endpoint-ipv4",
        says: "an interface endpoint of IPv4 answers for ECR's registries",
        shows: Shows::NotStarted(PULL),
        plant: |p| p.endpoint("ecr.dkr"),
    },
    Flaw {
        name: "s3-endpoint-ipv4",
        says: "an interface endpoint of IPv4 answers for S3, where ECR keeps layers",
        shows: Shows::NotStarted(PULL),
        plant: |p| p.endpoint("s3"),
    },
    Flaw {
        name: "logs-endpoint-ipv4",
        says: "the service logs by awslogs, and an interface endpoint of IPv4 answers for CloudWatch Logs",
        shows: Shows::NotStarted("failed to validate logger args"),
        plant: |p| {
            let options = Value::map([
                ("awslogs-group", Value::from("/shop")),
                ("awslogs-region", p.built.world.region.as_str().into()),
                ("awslogs-stream-prefix", "app".into()),
            ]);
            let driver = Value::map([("logDriver", "awslogs".into()), ("options", options)]);
            p.tell_container("logConfiguration", driver)?;
            p.endpoint("logs")
        },
    },
    Flaw {
        name: "secrets-endpoint-ipv4",
        says: "the service has a secret, and an interface endpoint of IPv4 answers for Secrets Manager",
        shows: Shows::NotStarted("unable to retrieve secret from asm"),
        plant: |p| {
            let arn = p.built.world.arn("secretsmanager", "secret:shop-AbCdEf");
            let secret = Value::map([
                ("name", Value::from("DATABASE_URL")),
                ("valueFrom", arn.into()),
            ]);
            p.tell_container("secrets", Value::list([secret]))?;
            p.endpoint("secretsmanager")
        },
    },
    Flaw {
        name: "efs-ipv4",
        says: "the service mounts a file system of EFS whose mount targets have IPv4 addresses alone",
        shows: Shows::NotStarted("failed to invoke EFS utils commands"),
        plant: neighbours::file_system,
    },
    Flaw {
        name: "database-ipv4",
        says: "the service's database has IPv4 addresses alone, and admits the tasks by their security group",
        shows: Shows::Failing,
        plant: neighbours::database,
    },
    Flaw {
        name: "vcpus-used-up",
        says: "the tasks that run have used up the account's vCPUs on Fargate",
        shows: Shows::NotPlaced(
            "You've reached the limit on the number of vCPUs you can run concurrently",
        ),
        plant: |p| {
            let (world, quota) = (&mut p.built.world, Quota::FargateOnDemand);
            let used = fargate::in_use(world, quota);
            world.quotas.grant(quota, used);
            Ok(())
        },
    },
];

/// Gives a scenario's region a flaw, for its first service.
///
/// # Errors
/// When there is no such flaw; or the region refuses a call, which is a defect.
pub fn plant(built: &mut Built, name: &str) -> Result<Flaw, ScenarioError> {
    let flaw = FLAWS.iter().find(|f| f.name == name);
    let flaw = flaw.ok_or_else(|| ScenarioError::Unknown(name.to_owned()))?;
    (flaw.plant)(&mut Planting { built })?;
    Ok(*flaw)
}

/// The region while it is edited.
struct Planting<'a> {
    built: &'a mut Built,
}

impl Planting<'_> {
    fn ec2<const N: usize>(
        &mut self,
        op: &'static str,
        fields: [(&'static str, Value); N],
    ) -> Result<(), ScenarioError> {
        ec2(&mut self.built.world, op, fields).map(|_| ())
    }

    fn ipv6(&self) -> Vec<String> {
        let service = self.built.services.first();
        service.map(|s| s.ipv6_subnets.clone()).unwrap_or_default()
    }

    fn vpc(&self) -> String {
        let network = &self.built.world.network;
        network
            .vpcs
            .first()
            .map(|v| v.id.clone())
            .unwrap_or_default()
    }

    fn subnets(&self, wanted: impl Fn(bool, bool) -> bool) -> Vec<String> {
        let all = self.built.world.network.subnets.iter();
        all.filter(|s| wanted(s.ipv4_cidr.is_some(), s.ipv6_cidr.is_some()))
            .map(|s| s.id.clone())
            .collect()
    }

    /// Of IPv4, where services run today.
    fn private(&self) -> Vec<String> {
        self.subnets(|v4, v6| v4 && !v6)
    }

    fn public(&self) -> Vec<String> {
        self.subnets(|v4, v6| v4 && v6)
    }

    fn task_group(&self) -> String {
        let service = self.built.services.first();
        let groups = service
            .map(|s| s.security_groups.as_slice())
            .unwrap_or_default();
        groups.first().cloned().unwrap_or_default()
    }

    fn balancer_group(&self) -> String {
        let groups = &self.built.world.network.groups;
        let found = groups.iter().find(|g| g.name == "load-balancers");
        found.map(|g| g.id.clone()).unwrap_or_default()
    }

    /// The id of the table of the IPv6-only subnets, and what it sends a block to.
    fn table(&self, to: &str) -> Option<(String, String)> {
        let subnet = self.ipv6().into_iter().next()?;
        let table = self.built.world.network.table_of(&subnet)?;
        let route = table.routes.iter().find(|r| r.destination == to)?;
        Some((table.id.clone(), route.target.clone()))
    }

    fn target(&self, to: &str) -> String {
        self.table(to).map(|(_, target)| target).unwrap_or_default()
    }

    /// Leads a route elsewhere, or takes it away.
    fn route(
        &mut self,
        to: &'static str,
        target: Option<(&'static str, String)>,
    ) -> Result<(), ScenarioError> {
        let (table, _) = self.table(to).unwrap_or_default();
        let route = [
            ("RouteTableId", Value::from(table)),
            ("DestinationIpv6CidrBlock", to.into()),
        ];
        match target {
            None => self.ec2("DeleteRoute", route),
            Some((kind, target)) => {
                let [table, to] = route;
                self.ec2("ReplaceRoute", [table, to, (kind, target.into())])
            }
        }
    }

    /// Denies IPv6 to ephemeral ports, first of all.
    fn deny(&mut self, egress: bool) -> Result<(), ScenarioError> {
        let subnet = self.ipv6().into_iter().next().unwrap_or_default();
        let acl = self
            .built
            .world
            .network
            .acl_of(&subnet)
            .map(|(acl, _)| acl.id.clone());
        let ports = Value::map([("From", Value::Int(1024)), ("To", Value::Int(65_535))]);
        let ports = if egress {
            with_from(ports, 9000)
        } else {
            ports
        };
        let entry = [
            ("NetworkAclId", Value::from(acl)),
            ("RuleNumber", 50_i64.into()),
            ("Protocol", "6".into()),
            ("RuleAction", "deny".into()),
            ("Egress", egress.into()),
            ("Ipv6CidrBlock", "::/0".into()),
            ("PortRange", ports),
        ];
        self.ec2("CreateNetworkAclEntry", entry)
    }

    /// One rule of a group, on the tasks' port where it is about TCP.
    fn rule(
        &mut self,
        op: &'static str,
        group: &str,
        protocol: &str,
        (kind, member, peer): (&str, &str, &str),
    ) -> Result<(), ScenarioError> {
        let mut permission = Value::map([("IpProtocol", Value::from(protocol))]);
        if protocol == "tcp" {
            permission.set("FromPort", 8080_i64.into());
            permission.set("ToPort", 8080_i64.into());
        }
        permission.set(
            kind,
            Value::list([Value::map([(member, Value::from(peer))])]),
        );
        let fields = [
            ("GroupId", group.into()),
            ("IpPermissions", Value::list([permission])),
        ];
        self.ec2(op, fields)
    }

    /// An interface endpoint of IPv4 with private DNS, in the subnets where services run today.
    fn endpoint(&mut self, service: &str) -> Result<(), ScenarioError> {
        let name = format!("com.amazonaws.{}.{service}", self.built.world.region);
        let fields = [
            ("VpcId", self.vpc().into()),
            ("ServiceName", name.into()),
            ("VpcEndpointType", "Interface".into()),
            ("SubnetId", Value::list(self.private())),
            ("IpAddressType", "ipv4".into()),
            ("PrivateDnsEnabled", true.into()),
        ];
        self.ec2("CreateVpcEndpoint", fields)
    }

    /// Deploys the service with its first container told something more.
    fn tell_container(&mut self, member: &str, value: Value) -> Result<(), ScenarioError> {
        self.tell(|definition| {
            let mut containers = definition.get("containerDefinitions").items().to_vec();
            if let Some(first) = containers.first_mut() {
                first.set(member, value);
            }
            definition.set("containerDefinitions", Value::List(containers));
        })
    }

    /// Deploys the service with its task definition edited.
    fn tell(&mut self, edit: impl FnOnce(&mut Value)) -> Result<(), ScenarioError> {
        let service = self.built.services.first();
        let name = service.map(|s| s.name.clone()).unwrap_or_default();
        let world: &mut World = &mut self.built.world;
        let ecs = Service::Ecs;
        let family = [("taskDefinition", name.as_str().into())];
        let found = call(world, ecs, "DescribeTaskDefinition", family)?;
        let found = found.get("taskDefinition");
        let mut definition = contract::taken(ecs, "RegisterTaskDefinition", found);
        edit(&mut definition);
        let made = crate::services::call(world, ecs, "RegisterTaskDefinition", &definition);
        let made = made.map_err(|source| ScenarioError::Refused {
            op: "RegisterTaskDefinition",
            source,
        })?;
        let arn = text(made.get("taskDefinition").get("taskDefinitionArn"));
        let fields = [
            ("cluster", super::region::CLUSTER.into()),
            ("service", name.into()),
            ("taskDefinition", arn.into()),
        ];
        call(world, ecs, "UpdateService", fields).map(|_| ())
    }
}

/// Ports from another on: a load balancer asks from higher ones than the tasks listen on.
fn with_from(mut ports: Value, from: i64) -> Value {
    ports.set("From", from.into());
    ports
}

#[cfg(test)]
mod tests;
