//! Load balancers: create, describe, change their address type, zones and security groups, delete.

use super::{AwsError, invalid, misconfigured, no_load_balancer, nothing, page, tags};
use crate::Value;
use crate::world::World;
use crate::world::behaviour::Family;
use crate::world::elb::LoadBalancer;
use crate::world::{health, rng};

pub(super) fn create(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let name = input.require_str("Name")?.to_owned();
    let kind = input
        .get("Type")
        .as_str()
        .unwrap_or("application")
        .to_owned();
    if kind != "application" && kind != "network" {
        return Err(invalid(format!(
            "Load balancers of type '{kind}' are not offered by this region"
        )));
    }
    let scheme = input
        .get("Scheme")
        .as_str()
        .unwrap_or("internet-facing")
        .to_owned();
    let mut groups = security_groups(world, input)?;
    let address_type = input
        .get("IpAddressType")
        .as_str()
        .unwrap_or("ipv4")
        .to_owned();
    let (zones, vpc) = zones(world, input, &kind)?;
    check_address_type(world, &address_type, &zones)?;
    if groups.is_empty() && kind == "application" {
        groups.extend(world.network.default_group(&vpc).map(|g| g.id.clone()));
    }
    if let Some(there) = world.elb.load_balancers.values().find(|l| l.name == name) {
        let same = there.kind == kind
            && there.scheme == scheme
            && there.ip_address_type == address_type
            && there.zones == zones;
        if same {
            return Ok(Value::map([(
                "LoadBalancers",
                Value::list([document(world, there)]),
            )]));
        }
        return Err(AwsError::new(
            "DuplicateLoadBalancerName",
            format!(
                "A load balancer with the same name '{name}' exists, but with different settings"
            ),
        ));
    }
    let tags = tags::of(input)?;
    let id = world.next_id();
    let short = if kind == "network" { "net" } else { "app" };
    let resource = format!(
        "loadbalancer/{short}/{name}/{}",
        rng::hex(world.seed, "lb", id, 16)
    );
    let arn = world.arn("elasticloadbalancing", &resource);
    let balancer = LoadBalancer {
        arn: arn.clone(),
        name,
        attributes: super::attributes::defaults_of_load_balancer(&kind, &scheme),
        kind,
        scheme,
        vpc,
        ip_address_type: address_type,
        zones,
        security_groups: groups,
        created_at: world.now(),
        tags,
    };
    let made = document(world, &balancer);
    world.elb.load_balancers.insert(arn, balancer);
    health::routes_changed(world);
    Ok(Value::map([("LoadBalancers", Value::list([made]))]))
}

pub(super) fn describe(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let (arns, names) = (
        input.get("LoadBalancerArns").strings(),
        input.get("Names").strings(),
    );
    let all = &world.elb.load_balancers;
    let found: Vec<&LoadBalancer> = if !arns.is_empty() {
        arns.iter()
            .map(|arn| all.get(arn).ok_or_else(|| no_load_balancer(arn)))
            .collect::<Result<_, _>>()?
    } else if !names.is_empty() {
        names
            .iter()
            .map(|name| {
                all.values().find(|l| l.name == *name).ok_or_else(|| {
                    AwsError::new(
                        "LoadBalancerNotFound",
                        format!("Load balancers '[{name}]' not found"),
                    )
                })
            })
            .collect::<Result<_, _>>()?
    } else {
        all.values().collect()
    };
    let documents = found.into_iter().map(|l| document(world, l)).collect();
    page(documents, input, "LoadBalancers")
}

/// No capacity is ever reserved here.
pub(super) fn capacity(world: &World, input: &Value) -> Result<Value, AwsError> {
    let arn = input.require_str("LoadBalancerArn")?;
    let all = &world.elb.load_balancers;
    let balancer = all.get(arn).ok_or_else(|| no_load_balancer(arn))?;
    Ok(Value::map([
        ("LastModifiedTime", Value::from(balancer.created_at)),
        ("DecreaseRequestsRemaining", 2_i64.into()),
        ("CapacityReservationState", Value::List(Vec::new())),
    ]))
}

pub(super) fn delete(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let arn = input.require_str("LoadBalancerArn")?.to_owned();
    let protected = world
        .elb
        .load_balancers
        .get(&arn)
        .and_then(|l| l.attributes.get("deletion_protection.enabled"));
    if protected.is_some_and(|v| v == "true") {
        return Err(AwsError::new(
            "OperationNotPermitted",
            format!(
                "Load balancer '{arn}' cannot be deleted because deletion protection is enabled"
            ),
        ));
    }
    // Deleting what is not there succeeds, as AWS does it.
    if world.elb.load_balancers.remove(&arn).is_some() {
        let listeners: Vec<String> = world
            .elb
            .listeners
            .values()
            .filter(|l| l.load_balancer == arn)
            .map(|l| l.arn.clone())
            .collect();
        for listener in listeners {
            world.elb.listeners.remove(&listener);
            world.elb.rules.retain(|_, r| r.listener != listener);
        }
        health::routes_changed(world);
    }
    Ok(nothing())
}

pub(super) fn set_ip_address_type(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let arn = input.require_str("LoadBalancerArn")?.to_owned();
    let wanted = input.require_str("IpAddressType")?.to_owned();
    let balancer = world
        .elb
        .load_balancers
        .get(&arn)
        .ok_or_else(|| no_load_balancer(&arn))?;
    check_address_type(world, &wanted, &balancer.zones)?;
    let uses_ipv6 = world
        .elb
        .target_groups
        .values()
        .any(|g| g.family == Family::V6 && g.load_balancers.contains(&arn));
    if wanted == "ipv4" && uses_ipv6 {
        return Err(misconfigured(
            "You cannot set the IP address type to ipv4: a target group of the load balancer has the IP address type ipv6",
        ));
    }
    world.settle(&arn);
    if let Some(balancer) = world.elb.load_balancers.get_mut(&arn) {
        balancer.ip_address_type.clone_from(&wanted);
    }
    world.elb.version += 1;
    Ok(Value::map([("IpAddressType", Value::from(wanted))]))
}

pub(super) fn set_subnets(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let arn = input.require_str("LoadBalancerArn")?.to_owned();
    let balancer = world
        .elb
        .load_balancers
        .get(&arn)
        .ok_or_else(|| no_load_balancer(&arn))?;
    let kind = balancer.kind.clone();
    let asked = input.get("IpAddressType").as_str();
    let address_type = asked.unwrap_or(&balancer.ip_address_type).to_owned();
    let (zones, _) = zones(world, input, &kind)?;
    check_address_type(world, &address_type, &zones)?;
    let shown = zone_list(&zones);
    if let Some(balancer) = world.elb.load_balancers.get_mut(&arn) {
        balancer.zones = zones;
        balancer.ip_address_type.clone_from(&address_type);
    }
    health::routes_changed(world);
    Ok(Value::map([
        ("AvailabilityZones", shown),
        ("IpAddressType", address_type.into()),
    ]))
}

pub(super) fn set_security_groups(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let arn = input.require_str("LoadBalancerArn")?.to_owned();
    let groups = security_groups(world, input)?;
    let balancer = world
        .elb
        .load_balancers
        .get_mut(&arn)
        .ok_or_else(|| no_load_balancer(&arn))?;
    balancer.security_groups.clone_from(&groups);
    Ok(Value::map([("SecurityGroupIds", Value::list(groups))]))
}

fn security_groups(world: &World, input: &Value) -> Result<Vec<String>, AwsError> {
    let groups = input.get("SecurityGroups").strings();
    match groups.iter().find(|g| world.network.group(g).is_none()) {
        Some(absent) => Err(AwsError::new(
            "InvalidSecurityGroup",
            format!("The security group '{absent}' does not exist"),
        )),
        None => Ok(groups),
    }
}

fn zones(
    world: &World,
    input: &Value,
    kind: &str,
) -> Result<(Vec<(String, String)>, String), AwsError> {
    let mut subnets = input.get("Subnets").strings();
    subnets.extend(
        input
            .get("SubnetMappings")
            .items()
            .iter()
            .filter_map(|m| m.get("SubnetId").as_str())
            .map(str::to_owned),
    );
    let (mut zones, mut vpc) = (Vec::new(), String::new());
    for id in subnets {
        let subnet = world.network.subnet(&id).ok_or_else(|| {
            AwsError::new(
                "SubnetNotFound",
                format!("The subnet ID '{id}' does not exist"),
            )
        })?;
        if subnet.ipv6_native {
            return Err(AwsError::new(
                "InvalidSubnet",
                format!("Subnet '{id}' has no IPv4 CIDR block; a load balancer needs one"),
            ));
        }
        if zones.iter().any(|(zone, _)| *zone == subnet.az) {
            return Err(misconfigured(
                "A load balancer cannot be attached to multiple subnets in the same Availability Zone",
            ));
        }
        vpc.clone_from(&subnet.vpc);
        zones.push((subnet.az.clone(), id));
    }
    if kind == "application" && zones.len() < 2 {
        return Err(invalid(
            "At least two subnets in two different Availability Zones must be specified",
        ));
    }
    Ok((zones, vpc))
}

fn check_address_type(
    world: &World,
    wanted: &str,
    zones: &[(String, String)],
) -> Result<(), AwsError> {
    let without = zones.iter().find(|(_, subnet)| {
        world
            .network
            .subnet(subnet)
            .is_none_or(|s| s.ipv6_cidr.is_none())
    });
    match without {
        Some((_, subnet)) if wanted != "ipv4" => Err(AwsError::new(
            "InvalidSubnet",
            format!(
                "You must specify subnets with an associated IPv6 CIDR block: '{subnet}' has none"
            ),
        )),
        _ => Ok(()),
    }
}

fn zone_list(zones: &[(String, String)]) -> Value {
    Value::list(zones.iter().map(|(zone, subnet)| {
        Value::map([
            ("ZoneName", Value::from(zone.as_str())),
            ("SubnetId", subnet.as_str().into()),
            ("LoadBalancerAddresses", Value::List(Vec::new())),
        ])
    }))
}

fn document(world: &World, balancer: &LoadBalancer) -> Value {
    let dns = balancer.dns_name(&world.region);
    // AWS provisions for some minutes, during which everything can already be configured.
    let young = world.now().duration_since(balancer.created_at).as_secs() < 120;
    Value::map([
        ("LoadBalancerArn", Value::from(balancer.arn.as_str())),
        ("DNSName", dns.into()),
        ("CanonicalHostedZoneId", "Z215JYRZR1TBD5".into()),
        ("CreatedTime", balancer.created_at.into()),
        ("LoadBalancerName", balancer.name.as_str().into()),
        ("Scheme", balancer.scheme.as_str().into()),
        ("VpcId", balancer.vpc.as_str().into()),
        (
            "State",
            Value::map([(
                "Code",
                Value::from(if young { "provisioning" } else { "active" }),
            )]),
        ),
        ("Type", balancer.kind.as_str().into()),
        ("AvailabilityZones", zone_list(&balancer.zones)),
        (
            "SecurityGroups",
            Value::list(balancer.security_groups.iter().map(String::as_str)),
        ),
        ("IpAddressType", balancer.ip_address_type.as_str().into()),
    ])
}
