//! Network interfaces: they follow from the load balancers, tasks and NAT gateways that have them.

use super::{asked, described, endpoints, filter, nat};
use crate::services::AwsError;
use crate::world::admission;
use crate::world::elb::dimension;
use crate::world::flows;
use crate::world::rng;
use crate::world::tasks::TaskState;
use crate::{Value, world::World};

/// An interface, and whose it is.
pub(super) struct Interface {
    pub(super) id: String,
    pub(super) subnet: String,
    pub(super) groups: Vec<String>,
    description: String,
    kind: &'static str,
    /// The service of AWS that attached it: `amazon-elb`.
    attached_by: &'static str,
    ipv4: Option<String>,
    ipv6: Option<String>,
}

/// Every interface of the region.
pub(super) fn all(world: &World) -> Vec<Interface> {
    let mut all = of_balancers(world);
    all.extend(of_tasks(world));
    all.extend(of_nat(world));
    all.extend(of_endpoints(world));
    all
}

fn of_endpoints(world: &World) -> Vec<Interface> {
    let text = |of: &Value, member: &str| of.get(member).as_str().map(str::to_owned);
    let mut all = Vec::new();
    for endpoint in world.network.documents.all(endpoints::KIND) {
        let groups = endpoint.get("groupSet").items().iter();
        let groups: Vec<String> = groups.filter_map(|g| text(g, "groupId")).collect();
        let id = text(endpoint, "vpcEndpointId").unwrap_or_default();
        for interface in endpoint.get("interfaces").items() {
            all.push(Interface {
                id: text(interface, "id").unwrap_or_default(),
                subnet: text(interface, "subnet").unwrap_or_default(),
                groups: groups.clone(),
                description: format!("VPC Endpoint Interface {id}"),
                kind: "vpc_endpoint",
                attached_by: "amazon-aws",
                ipv4: text(interface, "ipv4"),
                ipv6: text(interface, "ipv6"),
            });
        }
    }
    all
}

fn of_balancers(world: &World) -> Vec<Interface> {
    let mut all = Vec::new();
    for balancer in world.elb.load_balancers.values() {
        for (number, (_, subnet)) in (1..).zip(&balancer.zones) {
            let (ipv4, ipv6) = flows::exchange::node(world, balancer, subnet);
            let has_ipv6 = balancer.ip_address_type != "ipv4";
            all.push(Interface {
                id: format!("eni-{}", rng::hex(world.seed, &balancer.arn, number, 17)),
                subnet: subnet.clone(),
                groups: balancer.security_groups.clone(),
                description: format!("ELB {}", dimension(&balancer.arn)),
                kind: if balancer.kind == "network" {
                    "network_load_balancer"
                } else {
                    "interface"
                },
                attached_by: if balancer.kind == "network" {
                    "amazon-aws"
                } else {
                    "amazon-elb"
                },
                ipv4: ipv4.map(|a| a.to_string()),
                ipv6: ipv6.filter(|_| has_ipv6).map(|a| a.to_string()),
            });
        }
    }
    all
}

/// The interface of a task in awsvpc, as ECS tells it too.
fn of_tasks(world: &World) -> Vec<Interface> {
    let live = world.ecs.tasks.values();
    live.filter(|t| t.state < TaskState::Stopped && !t.place.subnet.is_empty())
        .map(|task| Interface {
            id: flows::interface(world.seed, task.seq),
            subnet: task.place.subnet.clone(),
            groups: admission::groups_of(world, task),
            description: world.arn("ecs", &format!("attachment/{}", task.id)),
            kind: "interface",
            attached_by: "amazon-ecs",
            ipv4: task.place.ipv4.clone(),
            ipv6: task.place.ipv6.clone(),
        })
        .collect()
}

fn of_nat(world: &World) -> Vec<Interface> {
    let gateways = world.network.nat_gateways.iter();
    gateways
        .filter(|g| g.holds_on(world.now()))
        .map(|gateway| Interface {
            id: nat::interface(gateway),
            subnet: gateway.subnet.clone(),
            groups: Vec::new(),
            description: format!("Interface for NAT Gateway {}", gateway.id),
            kind: "nat_gateway",
            attached_by: "amazon-aws",
            ipv4: Some(gateway.private_ip.clone()),
            ipv6: None,
        })
        .collect()
}

pub(super) fn describe(world: &World, input: &Value) -> Result<Value, AwsError> {
    let ids = input.get("NetworkInterfaceId").strings();
    let all = all(world);
    if let Some(absent) = ids.iter().find(|id| all.iter().all(|i| i.id != **id)) {
        return Err(AwsError::new(
            "InvalidNetworkInterfaceID.NotFound",
            format!("The networkInterface ID '{absent}' does not exist"),
        ));
    }
    let mut found = Vec::new();
    for interface in all.iter().filter(|i| asked(&ids, &i.id)) {
        let subnet = world.network.subnet(&interface.subnet);
        let fields = |name: &str| match name {
            "network-interface-id" => Some(vec![interface.id.as_str()]),
            "subnet-id" => Some(vec![interface.subnet.as_str()]),
            "vpc-id" => Some(subnet.map(|s| s.vpc.as_str()).into_iter().collect()),
            "availability-zone" => Some(subnet.map(|s| s.az.as_str()).into_iter().collect()),
            "group-id" => Some(interface.groups.iter().map(String::as_str).collect()),
            "description" => Some(vec![interface.description.as_str()]),
            "interface-type" => Some(vec![interface.kind]),
            "attachment.instance-owner-id" | "requester-id" => Some(vec![interface.attached_by]),
            "attachment.status" => Some(vec!["attached"]),
            "status" => Some(vec!["in-use"]),
            "owner-id" => Some(vec![world.account.as_str()]),
            "requester-managed" => Some(vec!["true"]),
            "private-ip-address" | "addresses.private-ip-address" => {
                Some(interface.ipv4.as_deref().into_iter().collect())
            }
            "ipv6-addresses.ipv6-address" => Some(interface.ipv6.as_deref().into_iter().collect()),
            _ => None,
        };
        if filter::passes(input, &Vec::new(), fields)? {
            found.push(write(world, interface));
        }
    }
    described("networkInterfaceSet", found, input, !ids.is_empty())
}

fn write(world: &World, interface: &Interface) -> Value {
    let subnet = world.network.subnet(&interface.subnet);
    let group = |id: &String| {
        let name = world.network.group(id).map(|g| g.name.as_str());
        Value::map([
            ("groupId", Value::from(id.as_str())),
            ("groupName", name.into()),
        ])
    };
    let address = |ip: &String| {
        Value::map([
            ("privateIpAddress", Value::from(ip.as_str())),
            ("primary", true.into()),
        ])
    };
    let ipv6 = |ip: &String| Value::map([("ipv6Address", Value::from(ip.as_str()))]);
    let attachment = Value::map([
        (
            "attachmentId",
            Value::from(interface.id.replacen("eni-", "eni-attach-", 1)),
        ),
        ("instanceOwnerId", interface.attached_by.into()),
        ("deviceIndex", Value::Int(1)),
        ("status", "attached".into()),
        ("deleteOnTermination", false.into()),
    ]);
    Value::map([
        ("networkInterfaceId", Value::from(interface.id.as_str())),
        ("subnetId", interface.subnet.as_str().into()),
        ("vpcId", subnet.map(|s| s.vpc.as_str()).into()),
        ("availabilityZone", subnet.map(|s| s.az.as_str()).into()),
        ("description", interface.description.as_str().into()),
        ("interfaceType", interface.kind.into()),
        ("ownerId", world.account.as_str().into()),
        ("requesterId", interface.attached_by.into()),
        ("requesterManaged", true.into()),
        ("status", "in-use".into()),
        ("sourceDestCheck", true.into()),
        ("attachment", attachment),
        ("groupSet", Value::list(interface.groups.iter().map(group))),
        ("privateIpAddress", interface.ipv4.clone().into()),
        (
            "privateIpAddressesSet",
            Value::list(interface.ipv4.iter().map(address)),
        ),
        (
            "ipv6AddressesSet",
            Value::list(interface.ipv6.iter().map(ipv6)),
        ),
        ("tagSet", Value::List(Vec::new())),
    ])
}
