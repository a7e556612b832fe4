//! The region while a flaw is planted: its first service, its network, and the calls that edit them.
//!
//! What belongs here: what several flaws need. What must not: any one flaw ([`super::FLAWS`]).

use super::super::region::{CLUSTER, call, ec2, text};
use super::super::{Built, ScenarioError};
use crate::services::{self, Service};
use crate::world::World;
use crate::{Value, contract};

/// The region while it is edited.
pub(super) struct Planting<'a> {
    pub(super) built: &'a mut Built,
}

impl Planting<'_> {
    pub(super) fn ec2<const N: usize>(
        &mut self,
        op: &'static str,
        fields: [(&'static str, Value); N],
    ) -> Result<(), ScenarioError> {
        ec2(&mut self.built.world, op, fields).map(|_| ())
    }

    pub(super) fn ipv6(&self) -> Vec<String> {
        let service = self.built.services.first();
        service.map(|s| s.ipv6_subnets.clone()).unwrap_or_default()
    }

    pub(super) fn vpc(&self) -> String {
        let network = &self.built.world.network;
        network
            .vpcs
            .first()
            .map(|v| v.id.clone())
            .unwrap_or_default()
    }

    pub(super) fn subnets(&self, wanted: impl Fn(bool, bool) -> bool) -> Vec<String> {
        let all = self.built.world.network.subnets.iter();
        all.filter(|s| wanted(s.ipv4_cidr.is_some(), s.ipv6_cidr.is_some()))
            .map(|s| s.id.clone())
            .collect()
    }

    /// Of IPv4, where services run today.
    pub(super) fn private(&self) -> Vec<String> {
        self.subnets(|v4, v6| v4 && !v6)
    }

    pub(super) fn public(&self) -> Vec<String> {
        self.subnets(|v4, v6| v4 && v6)
    }

    pub(super) fn task_group(&self) -> String {
        let service = self.built.services.first();
        let groups = service
            .map(|s| s.security_groups.as_slice())
            .unwrap_or_default();
        groups.first().cloned().unwrap_or_default()
    }

    pub(super) fn balancer_group(&self) -> String {
        let groups = &self.built.world.network.groups;
        let found = groups.iter().find(|g| g.name == "load-balancers");
        found.map(|g| g.id.clone()).unwrap_or_default()
    }

    /// The id of the table of the IPv6-only subnets, and what it sends a block to.
    pub(super) fn table(&self, to: &str) -> Option<(String, String)> {
        let subnet = self.ipv6().into_iter().next()?;
        let table = self.built.world.network.table_of(&subnet)?;
        let route = table.routes.iter().find(|r| r.destination == to)?;
        Some((table.id.clone(), route.target.clone()))
    }

    pub(super) fn target(&self, to: &str) -> String {
        self.table(to).map(|(_, target)| target).unwrap_or_default()
    }

    /// Leads a route elsewhere, or takes it away.
    pub(super) fn route(
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

    /// What has IPv4 alone is not reached by its name.
    pub(super) fn without_dns64(&mut self) -> Result<(), ScenarioError> {
        for subnet in self.ipv6() {
            let off = Value::map([("Value", false.into())]);
            self.ec2(
                "ModifySubnetAttribute",
                [("SubnetId", subnet.into()), ("EnableDns64", off)],
            )?;
        }
        Ok(())
    }

    /// Gives the load balancers' subnets an ACL of their own, which lets out IPv4 alone.
    pub(super) fn close_balancers(&mut self) -> Result<(), ScenarioError> {
        let vpc = self.vpc();
        let made = ec2(
            &mut self.built.world,
            "CreateNetworkAcl",
            [("VpcId", vpc.into())],
        )?;
        let acl = text(made.get("networkAcl").get("networkAclId"));
        for (number, egress, block, all) in [
            (100_i64, false, "CidrBlock", "0.0.0.0/0"),
            (101, false, "Ipv6CidrBlock", "::/0"),
            (100, true, "CidrBlock", "0.0.0.0/0"),
        ] {
            let entry = [
                ("NetworkAclId", Value::from(acl.as_str())),
                ("RuleNumber", number.into()),
                ("Protocol", "-1".into()),
                ("RuleAction", "allow".into()),
                ("Egress", egress.into()),
                (block, all.into()),
            ];
            self.ec2("CreateNetworkAclEntry", entry)?;
        }
        for subnet in self.public() {
            let (_, association) = self.built.world.network.acl_of(&subnet).unzip();
            let replace = [
                ("AssociationId", Value::from(association)),
                ("NetworkAclId", acl.as_str().into()),
            ];
            self.ec2("ReplaceNetworkAclAssociation", replace)?;
        }
        Ok(())
    }

    /// Denies IPv6 to ephemeral ports, first of all.
    pub(super) fn deny(&mut self, egress: bool) -> Result<(), ScenarioError> {
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
    pub(super) fn rule(
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
    pub(super) fn endpoint(&mut self, service: &str) -> Result<(), ScenarioError> {
        let subnets = self.private();
        self.endpoint_in(service, "ipv4", &subnets, None)
    }

    pub(super) fn endpoint_in(
        &mut self,
        service: &str,
        family: &str,
        subnets: &[String],
        group: Option<&str>,
    ) -> Result<(), ScenarioError> {
        let name = format!("com.amazonaws.{}.{service}", self.built.world.region);
        let fields = [
            ("VpcId", self.vpc().into()),
            ("ServiceName", name.into()),
            ("VpcEndpointType", "Interface".into()),
            ("SubnetId", Value::list(subnets.to_vec())),
            ("SecurityGroupId", Value::list(group)),
            ("IpAddressType", family.into()),
            ("PrivateDnsEnabled", true.into()),
        ];
        self.ec2("CreateVpcEndpoint", fields)
    }

    /// Deploys the service with its first container told something more.
    pub(super) fn tell_container(
        &mut self,
        member: &str,
        value: Value,
    ) -> Result<(), ScenarioError> {
        self.tell(|definition| {
            let mut containers = definition.get("containerDefinitions").items().to_vec();
            if let Some(first) = containers.first_mut() {
                first.set(member, value);
            }
            definition.set("containerDefinitions", Value::List(containers));
        })
    }

    /// Deploys the service with its task definition edited.
    pub(super) fn tell(&mut self, edit: impl FnOnce(&mut Value)) -> Result<(), ScenarioError> {
        let service = self.built.services.first();
        let name = service.map(|s| s.name.clone()).unwrap_or_default();
        let world: &mut World = &mut self.built.world;
        let ecs = Service::Ecs;
        let family = [("taskDefinition", name.as_str().into())];
        let found = call(world, ecs, "DescribeTaskDefinition", family)?;
        let found = found.get("taskDefinition");
        let mut definition = contract::taken(ecs, "RegisterTaskDefinition", found);
        edit(&mut definition);
        let made = services::call(world, ecs, "RegisterTaskDefinition", &definition);
        let made = made.map_err(|source| ScenarioError::Refused {
            op: "RegisterTaskDefinition",
            source,
        })?;
        let arn = text(made.get("taskDefinition").get("taskDefinitionArn"));
        let fields = [
            ("cluster", CLUSTER.into()),
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
