//! VPC endpoints, interface and gateway, and the services that they lead to.

use super::documents::{self, Told};
use super::{invalid, required, tag_set, tags_for, vpcs};
use crate::services::AwsError;
use crate::world::network::routes::Route;
use crate::world::network::{Network, Subnet, endpoints};
use crate::{Value, world::World};

pub(super) use crate::world::network::endpoints::KIND;

const TOLD: Told = Told {
    kind: KIND,
    key: "vpcEndpointId",
    ids: "VpcEndpointId",
    set: "vpcEndpointSet",
    shape: "VpcEndpoint",
    absent: (
        "InvalidVpcEndpointId.NotFound",
        "The Vpc Endpoint Id '{}' does not exist",
    ),
    aliases: &[("vpcEndpointState", "state")],
};

pub(super) fn call(world: &mut World, op: &str, input: &Value) -> Result<Value, AwsError> {
    match op {
        "CreateVpcEndpoint" => create(world, input),
        "ModifyVpcEndpoint" => modify(world, input),
        "DeleteVpcEndpoints" => delete(world, input),
        "DescribeVpcEndpointServices" => services(world, input),
        "DescribePrefixLists" => prefix_lists(world, input, false),
        "DescribeManagedPrefixLists" => prefix_lists(world, input, true),
        _ => documents::describe(world, &TOLD, input),
    }
}

fn combination(message: impl Into<String>) -> AwsError {
    AwsError::new("InvalidParameter", message)
}

fn create(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let vpc = required(input, "VpcId")?.to_owned();
    if !world.network.has_vpc(&vpc) {
        return Err(vpcs::not_found(&vpc));
    }
    let name = required(input, "ServiceName")?.to_owned();
    let kind = input.get("VpcEndpointType").as_str().unwrap_or("Gateway");
    let service = endpoints::service(&world.region, &name)
        .filter(|s| s.is(kind))
        .ok_or_else(|| {
            let message = format!("The Vpc Endpoint Service '{name}' does not exist");
            AwsError::new("InvalidServiceName", message)
        })?;
    let family = input.get("IpAddressType").as_str().unwrap_or("ipv4");
    if family != "ipv4" && !service.ipv6 {
        let message =
            format!("The IP address type '{family}' is not supported by the service {name}.");
        return Err(combination(message));
    }
    let mut document = Value::map([
        ("vpcEndpointId", Value::from(world.network.later_id("vpce"))),
        ("vpcEndpointType", kind.into()),
        ("vpcId", vpc.as_str().into()),
        ("serviceName", name.as_str().into()),
        ("serviceRegion", world.region.as_str().into()),
        ("state", "available".into()),
        ("ipAddressType", family.into()),
        ("requesterManaged", false.into()),
        ("ownerId", world.account.as_str().into()),
        ("creationTimestamp", world.now().into()),
        ("tagSet", tag_set(&tags_for(input, "vpc-endpoint"))),
        ("privateDnsEnabled", false.into()),
        (
            "policyDocument",
            input.get("PolicyDocument").as_str().unwrap_or(OPEN).into(),
        ),
    ]);
    document.set("dnsOptions", dns_options(input, family));
    if kind == "Gateway" {
        let tables = input.get("RouteTableId").strings();
        document.set("routeTableIdSet", Value::list(tables.clone()));
        lead(world, &document, &tables)?;
    } else {
        document.set("privateDnsEnabled", false.into());
        let wanted = input.get("PrivateDnsEnabled").as_bool().unwrap_or(true);
        answer_names(world, &mut document, wanted)?;
        let subnets = input.get("SubnetId").strings();
        place(world, &mut document, &subnets)?;
        join(world, &mut document, input.get("SecurityGroupId").strings())?;
    }
    world.network.documents.put(KIND, document.clone());
    Ok(Value::map([
        ("vpcEndpoint", documents::told(&TOLD, &document)),
        ("clientToken", input.get("ClientToken").clone()),
    ]))
}

/// The policy of an endpoint that was given none.
const OPEN: &str =
    r#"{"Statement":[{"Action":"*","Effect":"Allow","Principal":"*","Resource":"*"}]}"#;

fn dns_options(input: &Value, family: &str) -> Value {
    let given = input.get("DnsOptions");
    let records = given.get("DnsRecordIpType").as_str().unwrap_or(family);
    Value::map([
        ("dnsRecordIpType", records.into()),
        (
            "privateDnsOnlyForInboundResolverEndpoint",
            given
                .get("PrivateDnsOnlyForInboundResolverEndpoint")
                .as_bool()
                .unwrap_or(false)
                .into(),
        ),
    ])
}

/// A gateway endpoint stands in route tables, by the service's prefix list.
fn lead(world: &mut World, document: &Value, tables: &[String]) -> Result<(), AwsError> {
    let text = |name: &str| document.get(name).as_str().unwrap_or_default().to_owned();
    let (id, vpc, service) = (text("vpcEndpointId"), text("vpcId"), text("serviceName"));
    for table in tables {
        let found = world.network.route_table(table);
        let found = found.ok_or_else(|| {
            let message = format!("The routeTable ID '{table}' does not exist");
            AwsError::new("InvalidRouteTableId.NotFound", message)
        })?;
        if found.vpc != vpc {
            return Err(invalid(format!("Route table {table} is not of {vpc}")));
        }
    }
    let both = text("ipAddressType") == "dualstack";
    let of_family = |v6: bool| both || (text("ipAddressType") == "ipv6") == v6;
    for list in endpoints::prefix_lists(&world.region) {
        if !list.of.is_some_and(|of| service.ends_with(of)) || !of_family(list.v6()) {
            continue;
        }
        for table in tables {
            let Some(table) = world.network.route_table_mut(table) else {
                continue;
            };
            if table.routes.iter().any(|r| r.destination == list.id) {
                let message = format!(
                    "route table {} already has a route with destination-prefix-list-id {}",
                    table.id, list.id
                );
                return Err(AwsError::new("RouteAlreadyExists", message));
            }
            table.routes.push(Route {
                destination: list.id.clone(),
                target: id.clone(),
            });
        }
    }
    Ok(())
}

/// Whether an interface endpoint answers for the service's own names in its VPC.
fn answer_names(world: &World, document: &mut Value, wanted: bool) -> Result<(), AwsError> {
    let vpc = document.get("vpcId").as_str().unwrap_or_default();
    let is_on = world
        .network
        .vpc(vpc)
        .is_some_and(|v| v.dns_support && v.dns_hostnames);
    if wanted && !is_on {
        let message = format!(
            "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for {vpc}"
        );
        return Err(combination(message));
    }
    let conflicts = |other: &&Value| {
        other.get("vpcId").as_str() == Some(vpc)
            && other.get("vpcEndpointId") != document.get("vpcEndpointId")
            && other.get("serviceName") == document.get("serviceName")
            && other.get("privateDnsEnabled").as_bool() == Some(true)
    };
    if wanted
        && world
            .network
            .documents
            .all(KIND)
            .iter()
            .any(|o| conflicts(&o))
    {
        let service = document.get("serviceName").as_str().unwrap_or_default();
        let message = format!(
            "private-dns-enabled cannot be set because there is already a conflicting DNS domain for {service} in the VPC {vpc}"
        );
        return Err(combination(message));
    }
    document.set("privateDnsEnabled", wanted.into());
    Ok(())
}

/// An interface in each subnet, with addresses of the endpoint's families.
fn place(world: &mut World, document: &mut Value, subnets: &[String]) -> Result<(), AwsError> {
    let text = |name: &str| document.get(name).as_str().unwrap_or_default().to_owned();
    let (id, vpc, family) = (text("vpcEndpointId"), text("vpcId"), text("ipAddressType"));
    let service = text("serviceName");
    let mut zones = Vec::new();
    for subnet in subnets {
        let found = world.network.subnet(subnet);
        let found = found.ok_or_else(|| super::subnets::not_found(subnet))?;
        if found.vpc != vpc {
            return Err(combination(format!("The subnet {subnet} is not of {vpc}")));
        }
        if zones.contains(&found.az) {
            let message = "Found another VPC endpoint subnet in the availability zone";
            return Err(AwsError::new(
                "DuplicateSubnetsInSameZone",
                format!("{message} of {subnet}"),
            ));
        }
        if !bears(found, &family) {
            let message =
                format!("The IP address type '{family}' is not supported by the subnet {subnet}");
            return Err(combination(message));
        }
        zones.push(found.az.clone());
    }
    let mut interfaces = Vec::new();
    for subnet in subnets {
        let (v4, v6) = world.network.allocate_both(subnet);
        interfaces.push(Value::map([
            ("id", Value::from(world.network.later_id("eni"))),
            ("subnet", subnet.as_str().into()),
            (
                "ipv4",
                v4.filter(|_| family != "ipv6")
                    .map(|a| a.to_string())
                    .into(),
            ),
            (
                "ipv6",
                v6.filter(|_| family != "ipv4")
                    .map(|a| a.to_string())
                    .into(),
            ),
        ]));
    }
    let ids = interfaces.iter().map(|i| i.get("id").clone());
    document.set("networkInterfaceIdSet", Value::list(ids));
    document.set("subnetIdSet", Value::list(subnets.to_vec()));
    document.set("interfaces", Value::List(interfaces));
    let short = service
        .rsplit_once(&format!("{}.", world.region))
        .map_or(service.as_str(), |(_, s)| s);
    let own = format!("{id}-0simulate.{short}.{}.vpce.amazonaws.com", world.region);
    let entry = |name: String| {
        Value::map([
            ("dnsName", Value::from(name)),
            ("hostedZoneId", "Z0SIMULATED".into()),
        ])
    };
    let mut names = vec![entry(own)];
    if document.get("privateDnsEnabled").as_bool() == Some(true)
        && let Some(found) = endpoints::service(&world.region, &service)
    {
        names.extend(found.names(&world.region).into_iter().map(entry));
    }
    document.set("dnsEntrySet", Value::List(names));
    Ok(())
}

fn bears(subnet: &Subnet, family: &str) -> bool {
    let (v4, v6) = (subnet.ipv4_cidr.is_some(), subnet.ipv6_cidr.is_some());
    match family {
        "ipv4" => v4,
        "ipv6" => v6,
        _ => v4 && v6,
    }
}

fn join(world: &World, document: &mut Value, groups: Vec<String>) -> Result<(), AwsError> {
    let network: &Network = &world.network;
    let vpc = document.get("vpcId").as_str().unwrap_or_default();
    let groups = match groups.is_empty() {
        true => network
            .default_group(vpc)
            .map(|g| g.id.clone())
            .into_iter()
            .collect(),
        false => groups,
    };
    let mut told = Vec::new();
    for id in &groups {
        let group = network.group(id).ok_or_else(|| {
            let message = format!("The security group '{id}' does not exist");
            AwsError::new("InvalidGroup.NotFound", message)
        })?;
        told.push(Value::map([
            ("groupId", Value::from(id.as_str())),
            ("groupName", group.name.as_str().into()),
        ]));
    }
    document.set("groupSet", Value::List(told));
    Ok(())
}

fn modify(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let id = required(input, "VpcEndpointId")?.to_owned();
    let found = world.network.documents.find(KIND, TOLD.key, &id).cloned();
    let mut document = found.ok_or_else(|| documents::absent(&TOLD, &id))?;
    let after = |set: &str, add: &str, remove: &str| {
        let mut all = document.get(set).strings();
        let gone = input.get(remove).strings();
        all.retain(|one| !gone.contains(one));
        all.extend(input.get(add).strings());
        all
    };
    let subnets = after("subnetIdSet", "AddSubnetId", "RemoveSubnetId");
    let (is_new, tables) = (
        !input.get("AddSubnetId").is_null() || !input.get("RemoveSubnetId").is_null(),
        after("routeTableIdSet", "AddRouteTableId", "RemoveRouteTableId"),
    );
    let groups = document.get("groupSet").items().iter();
    let mut groups: Vec<String> = groups
        .filter_map(|g| g.get("groupId").as_str().map(str::to_owned))
        .collect();
    let gone = input.get("RemoveSecurityGroupId").strings();
    groups.retain(|g| !gone.contains(g));
    groups.extend(input.get("AddSecurityGroupId").strings());
    if let Some(policy) = input.get("PolicyDocument").as_str() {
        document.set("policyDocument", policy.into());
    }
    let family = input.get("IpAddressType").as_str();
    if let Some(family) = family {
        let name = document.get("serviceName").as_str().unwrap_or_default();
        let ipv6 = endpoints::service(&world.region, name).is_some_and(|s| s.ipv6);
        if family != "ipv4" && !ipv6 {
            let message =
                format!("The IP address type '{family}' is not supported by the service {name}.");
            return Err(combination(message));
        }
        document.set("ipAddressType", family.into());
        document.set("dnsOptions", dns_options(input, family));
    }
    if document.get("vpcEndpointType").as_str() == Some("Gateway") {
        document.set("routeTableIdSet", Value::list(tables.clone()));
        for table in &mut world.network.route_tables {
            table.routes.retain(|r| r.target != id);
        }
        lead(world, &document, &tables)?;
    } else {
        if let Some(wanted) = input.get("PrivateDnsEnabled").as_bool() {
            answer_names(world, &mut document, wanted)?;
        }
        if is_new || family.is_some() || !input.get("PrivateDnsEnabled").is_null() {
            place(world, &mut document, &subnets)?;
        }
        join(world, &mut document, groups)?;
    }
    if let Some(kept) = world.network.documents.find_mut(KIND, TOLD.key, &id) {
        *kept = document;
    }
    Ok(super::done())
}

fn delete(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let mut unsuccessful = Vec::new();
    for id in input.get("VpcEndpointId").strings() {
        let is = |d: &Value| d.get(TOLD.key).as_str() == Some(&id);
        if world.network.documents.retain(KIND, |d| !is(d)) == 0 {
            unsuccessful.push(documents::unsuccessful(&documents::absent(&TOLD, &id), &id));
        }
        for table in &mut world.network.route_tables {
            table.routes.retain(|r| r.target != id);
        }
    }
    Ok(Value::map([("unsuccessful", Value::List(unsuccessful))]))
}

/// What endpoints can lead to, as far as tasks have use for it.
fn services(world: &World, input: &Value) -> Result<Value, AwsError> {
    let named = input.get("ServiceName").strings();
    let all = endpoints::services(&world.region);
    if let Some(absent) = named.iter().find(|n| all.iter().all(|s| s.name != **n)) {
        let message = format!("The Vpc Endpoint Service '{absent}' does not exist");
        return Err(AwsError::new("InvalidServiceName", message));
    }
    let zones: Vec<String> = crate::world::network::zones(&world.region)
        .into_iter()
        .map(|(n, _)| n)
        .collect();
    let (mut names, mut details) = (Vec::new(), Vec::new());
    for service in all.iter().filter(|s| super::asked(&named, &s.name)) {
        for kind in service.kinds {
            let fields = |field: &str| match field {
                "service-name" => Some(vec![service.name.as_str()]),
                "service-type" => Some(vec![*kind]),
                "owner" => Some(vec!["amazon"]),
                "supported-ip-address-types" => Some(service.families().to_vec()),
                _ => None,
            };
            if super::filter::passes(input, &Vec::new(), fields)? {
                if !names.contains(&service.name) {
                    names.push(service.name.clone());
                }
                details.push(detail(service, kind, &zones, &world.region));
            }
        }
    }
    Ok(Value::map([
        ("serviceNameSet", Value::list(names)),
        ("serviceDetailSet", Value::List(details)),
    ]))
}

fn detail(service: &endpoints::Service, kind: &str, zones: &[String], region: &str) -> Value {
    let names = if kind == "Interface" {
        service.names(region)
    } else {
        Vec::new()
    };
    let private = names
        .iter()
        .map(|n| Value::map([("privateDnsName", Value::from(n.as_str()))]));
    Value::map([
        ("serviceName", Value::from(service.name.as_str())),
        ("serviceId", format!("vpce-svc-0{}", service.short).into()),
        (
            "serviceType",
            Value::list([Value::map([("serviceType", Value::from(kind))])]),
        ),
        ("serviceRegion", region.into()),
        ("availabilityZoneSet", Value::list(zones.to_vec())),
        ("owner", "amazon".into()),
        ("acceptanceRequired", false.into()),
        ("managesVpcEndpoints", false.into()),
        ("vpcEndpointPolicySupported", true.into()),
        ("privateDnsName", names.first().cloned().into()),
        ("privateDnsNameSet", Value::list(private)),
        (
            "supportedIpAddressTypeSet",
            Value::list(service.families().to_vec()),
        ),
    ])
}

/// AWS's own prefix lists: `managed` tells them with their family, else with their blocks.
fn prefix_lists(world: &World, input: &Value, managed: bool) -> Result<Value, AwsError> {
    let ids = input.get("PrefixListId").strings();
    let all = endpoints::prefix_lists(&world.region);
    if let Some(absent) = ids.iter().find(|id| all.iter().all(|l| l.id != **id)) {
        let message = format!("The prefix list ID '{absent}' does not exist");
        return Err(AwsError::new("InvalidPrefixListID.NotFound", message));
    }
    let mut found = Vec::new();
    for list in all.iter().filter(|l| super::asked(&ids, &l.id)) {
        let fields = |field: &str| match field {
            "prefix-list-id" => Some(vec![list.id.as_str()]),
            "prefix-list-name" => Some(vec![list.name.as_str()]),
            "owner-id" if managed => Some(vec!["AWS"]),
            _ => None,
        };
        if !super::filter::passes(input, &Vec::new(), fields)? {
            continue;
        }
        let mut told = Value::map([
            ("prefixListId", Value::from(list.id.as_str())),
            ("prefixListName", list.name.as_str().into()),
        ]);
        if managed {
            let partition = world.partition();
            let arn = format!(
                "arn:{partition}:ec2:{}:aws:prefix-list/{}",
                world.region, list.id
            );
            let family = if list.v6() { "IPv6" } else { "IPv4" };
            told.set("prefixListArn", arn.into());
            told.set("addressFamily", family.into());
            told.set("ownerId", "AWS".into());
            told.set("state", "create-complete".into());
            told.set("version", 1_i64.into());
        } else {
            told.set("cidrSet", Value::list([list.block]));
        }
        found.push(told);
    }
    super::described("prefixListSet", found, input, false)
}
