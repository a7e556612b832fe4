//! What EC2 is told of a network and tells again as it is: sets of DHCP options, flow logs, blocked public access. Endpoints are
//! described from here, too.

use super::{asked, described, done, invalid, required, tag_set, tags_for, vpcs};
use crate::services::{AwsError, Service};
use crate::world::flows::{self, record};
use crate::world::network::DHCP;
use crate::{Value, contract, world::World};

/// How a kind of document is told.
pub(super) struct Told {
    pub(super) kind: &'static str,
    /// The member that tells one from another, and the request's that names some.
    pub(super) key: &'static str,
    pub(super) ids: &'static str,
    /// The answer's member, and the shape of one.
    pub(super) set: &'static str,
    pub(super) shape: &'static str,
    pub(super) absent: (&'static str, &'static str),
    /// Filters whose name is not the member's.
    pub(super) aliases: &'static [(&'static str, &'static str)],
}

const OPTIONS: Told = Told {
    kind: "DhcpOptions",
    key: "dhcpOptionsId",
    ids: "DhcpOptionsId",
    set: "dhcpOptionsSet",
    shape: "DhcpOptions",
    absent: (
        "InvalidDhcpOptionID.NotFound",
        "The dhcpOption ID '{}' does not exist",
    ),
    aliases: &[],
};
const FLOW_LOGS: Told = Told {
    kind: flows::KIND,
    key: "flowLogId",
    ids: "FlowLogId",
    set: "flowLogSet",
    shape: "FlowLog",
    absent: (
        "InvalidFlowLogId.NotFound",
        "These flow log ids in the input list are not found: [{}]",
    ),
    aliases: &[("deliverLogStatus", "deliverLogsStatus")],
};
const EXCLUSIONS: Told = Told {
    kind: "VpcBlockPublicAccessExclusion",
    key: "exclusionId",
    ids: "ExclusionId",
    set: "vpcBlockPublicAccessExclusionSet",
    shape: "VpcBlockPublicAccessExclusion",
    absent: (
        "InvalidVpcBlockPublicAccessExclusionId.NotFound",
        "The exclusion ID '{}' does not exist",
    ),
    aliases: &[],
};

pub(super) fn call(world: &mut World, op: &str, input: &Value) -> Result<Value, AwsError> {
    match op {
        "CreateDhcpOptions" => create_options(world, input),
        "DescribeDhcpOptions" => {
            born_with(world);
            describe(world, &OPTIONS, input)
        }
        "DeleteDhcpOptions" => delete_options(world, input),
        "AssociateDhcpOptions" => associate_options(world, input),
        "CreateFlowLogs" => create_flow_logs(world, input),
        "DescribeFlowLogs" => describe(world, &FLOW_LOGS, input),
        "DeleteFlowLogs" => delete_flow_logs(world, input),
        "DescribeVpcBlockPublicAccessOptions" => Ok(options(world)),
        "ModifyVpcBlockPublicAccessOptions" => {
            let mode = required(input, "InternetGatewayBlockMode")?;
            world.network.public_access = Some(mode.to_owned()).filter(|m| m != "off");
            Ok(options(world))
        }
        "CreateVpcBlockPublicAccessExclusion" => exclude(world, input),
        "DeleteVpcBlockPublicAccessExclusion" => {
            let id = required(input, "ExclusionId")?;
            let mut document = find(world, &EXCLUSIONS, id)?;
            remove(world, &EXCLUSIONS, id);
            document.set("state", "delete-in-progress".into());
            Ok(Value::map([(
                "vpcBlockPublicAccessExclusion",
                told(&EXCLUSIONS, &document),
            )]))
        }
        _ => describe(world, &EXCLUSIONS, input),
    }
}

/// A document as it is told: without what only the region knows of it.
pub(super) fn told(of: &Told, document: &Value) -> Value {
    contract::fitted(Service::Ec2, of.shape, document.clone())
}

pub(super) fn absent(of: &Told, id: &str) -> AwsError {
    AwsError::new(of.absent.0, of.absent.1.replace("{}", id))
}

/// What could not be done to one of several.
pub(super) fn unsuccessful(error: &AwsError, id: &str) -> Value {
    let error = Value::map([
        ("code", Value::from(error.code.as_str())),
        ("message", error.message.as_str().into()),
    ]);
    Value::map([("resourceId", Value::from(id)), ("error", error)])
}

fn find(world: &World, of: &Told, id: &str) -> Result<Value, AwsError> {
    let found = world.network.documents.find(of.kind, of.key, id);
    found.cloned().ok_or_else(|| absent(of, id))
}

fn remove(world: &mut World, of: &Told, id: &str) -> bool {
    let stays = |d: &Value| d.get(of.key).as_str() != Some(id);
    world.network.documents.retain(of.kind, stays) > 0
}

/// Tells the documents that a request selects by id and by filter: a filter's name is the member's in other letters.
pub(super) fn describe(world: &World, of: &Told, input: &Value) -> Result<Value, AwsError> {
    let ids = input.get(of.ids).strings();
    let all = world.network.documents.all(of.kind);
    let is = |d: &Value, id: &str| d.get(of.key).as_str() == Some(id);
    if let Some(id) = ids.iter().find(|id| !all.iter().any(|d| is(d, id))) {
        return Err(absent(of, id));
    }
    let mut found = Vec::new();
    for document in all {
        let id = document.get(of.key).as_str().unwrap_or_default();
        if asked(&ids, id) && passes(of, document, input)? {
            found.push(told(of, document));
        }
    }
    described(of.set, found, input, !ids.is_empty())
}

fn passes(of: &Told, document: &Value, input: &Value) -> Result<bool, AwsError> {
    let text = |v: &Value| match v {
        Value::Bool(b) => Some(b.to_string()),
        other => other.as_str().map(str::to_owned),
    };
    let tags = document
        .get("tagSet")
        .items()
        .iter()
        .filter_map(|t| Some((text(t.get("key"))?, text(t.get("value"))?)));
    let tags = tags.collect();
    let filters = input.get("Filter").items().iter();
    let held: Vec<(String, Vec<String>)> = filters
        .filter_map(|f| {
            let name = f.get("Name").as_str()?;
            let member = camel(name);
            let alias = of.aliases.iter().find(|(alias, _)| *alias == member);
            let member = alias.map_or(member.as_str(), |(_, member)| member);
            let known = contract::has(Service::Ec2, of.shape, member);
            let values = match document.get(member) {
                Value::List(items) => items.iter().filter_map(text).collect(),
                one => text(one).into_iter().collect(),
            };
            known.then(|| (name.to_owned(), values))
        })
        .collect();
    super::filter::passes(input, &tags, |name| {
        let (_, values) = held.iter().find(|(known, _)| known == name)?;
        Some(values.iter().map(String::as_str).collect())
    })
}

/// `vpc-endpoint-id` as a member is called: `vpcEndpointId`.
fn camel(name: &str) -> String {
    let mut parts = name.split('-');
    let mut member = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut letters = part.chars();
        member.extend(letters.next().map(|l| l.to_ascii_uppercase()));
        member.push_str(letters.as_str());
    }
    member
}

/// The set of options that every VPC is born with.
fn born_with(world: &mut World) {
    if world
        .network
        .documents
        .find(OPTIONS.kind, OPTIONS.key, DHCP)
        .is_some()
    {
        return;
    }
    let domain = match world.region.as_str() {
        "us-east-1" => "ec2.internal".to_owned(),
        region => format!("{region}.compute.internal"),
    };
    let document = Value::map([
        ("dhcpOptionsId", Value::from(DHCP)),
        ("ownerId", world.account.as_str().into()),
        (
            "dhcpConfigurationSet",
            Value::list([
                option("domain-name", &[domain]),
                option("domain-name-servers", &["AmazonProvidedDNS".to_owned()]),
            ]),
        ),
        ("tagSet", Value::List(Vec::new())),
    ]);
    world.network.documents.put(OPTIONS.kind, document);
}

fn option(key: &str, values: &[String]) -> Value {
    let value = |v: &String| Value::map([("value", Value::from(v.as_str()))]);
    Value::map([
        ("key", Value::from(key)),
        ("valueSet", Value::list(values.iter().map(value))),
    ])
}

fn create_options(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    const KEYS: [&str; 7] = [
        "domain-name-servers",
        "domain-name",
        "ntp-servers",
        "netbios-name-servers",
        "netbios-node-type",
        "ipv6-address-preferred-lease-time",
        "ipv6-address-preferred-lease-time-seconds",
    ];
    born_with(world);
    let mut told_options = Vec::new();
    for one in input.get("DhcpConfiguration").items() {
        let key = one.get("Key").as_str().unwrap_or_default();
        if !KEYS.contains(&key) {
            return Err(invalid(format!(
                "Value ({key}) for parameter key is invalid. Unknown DHCP option"
            )));
        }
        told_options.push(option(key, &one.get("Value").strings()));
    }
    let document = Value::map([
        ("dhcpOptionsId", Value::from(world.network.later_id("dopt"))),
        ("ownerId", world.account.as_str().into()),
        ("dhcpConfigurationSet", Value::List(told_options)),
        ("tagSet", tag_set(&tags_for(input, "dhcp-options"))),
    ]);
    world.network.documents.put(OPTIONS.kind, document.clone());
    Ok(Value::map([("dhcpOptions", document)]))
}

fn delete_options(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let id = required(input, "DhcpOptionsId")?;
    find(world, &OPTIONS, id)?;
    if world.network.vpcs.iter().any(|v| v.dhcp == id) {
        let message = format!("The dhcpOptions '{id}' has dependencies and cannot be deleted.");
        return Err(AwsError::new("DependencyViolation", message));
    }
    remove(world, &OPTIONS, id);
    Ok(done())
}

fn associate_options(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    born_with(world);
    let (vpc, id) = (required(input, "VpcId")?, required(input, "DhcpOptionsId")?);
    if id != "default" {
        find(world, &OPTIONS, id)?;
    }
    let found = world
        .network
        .vpc_mut(vpc)
        .ok_or_else(|| vpcs::not_found(vpc))?;
    found.dhcp = if id == "default" { DHCP } else { id }.to_owned();
    Ok(done())
}

fn create_flow_logs(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    const USUAL: &str = "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}";
    let (mut made, mut failed) = (Vec::new(), Vec::new());
    let destination = input.get("LogDestination").as_str();
    let group = match (input.get("LogGroupName").as_str(), destination) {
        (Some(name), _) => Some(name.to_owned()),
        (None, Some(arn)) => arn
            .split(":log-group:")
            .nth(1)
            .map(|g| g.trim_end_matches(":*").to_owned()),
        (None, None) => None,
    };
    let kind = input
        .get("LogDestinationType")
        .as_str()
        .unwrap_or("cloud-watch-logs");
    if kind == "cloud-watch-logs"
        && (group.is_none() || input.get("DeliverLogsPermissionArn").is_null())
    {
        return Err(AwsError::new(
            "MissingParameter",
            "DeliverLogsPermissionArn and a log group have to be given for delivery to CloudWatch Logs",
        ));
    }
    let interval = input.get("MaxAggregationInterval").as_i64().unwrap_or(600);
    if !matches!(interval, 60 | 600) {
        return Err(invalid("MaxAggregationInterval is 60 or 600 seconds"));
    }
    let format = input.get("LogFormat").as_str().unwrap_or(USUAL);
    if let Err(field) = record::fields(format) {
        let message = format!("Unknown fields provided in Log Format: {field}");
        return Err(AwsError::new("InvalidParameter", message));
    }
    for resource in input.get("ResourceId").strings() {
        let network = &world.network;
        let is_there = network.has_vpc(&resource)
            || network.subnet(&resource).is_some()
            || resource.starts_with("eni-");
        if !is_there {
            let error = AwsError::new(
                "InvalidResourceId.NotFound",
                format!("{resource} does not exist"),
            );
            failed.push(unsuccessful(&error, &resource));
            continue;
        }
        let id = world.network.later_id("fl");
        let document = Value::map([
            ("flowLogId", Value::from(id.as_str())),
            ("flowLogStatus", "ACTIVE".into()),
            ("resourceId", resource.into()),
            (
                "trafficType",
                input.get("TrafficType").as_str().unwrap_or("ALL").into(),
            ),
            ("logDestinationType", kind.into()),
            ("logDestination", destination.into()),
            ("logGroupName", group.clone().into()),
            ("logFormat", format.into()),
            (
                "deliverLogsPermissionArn",
                input.get("DeliverLogsPermissionArn").clone(),
            ),
            ("deliverLogsStatus", "SUCCESS".into()),
            ("maxAggregationInterval", interval.into()),
            ("creationTime", world.now().into()),
            ("tagSet", tag_set(&tags_for(input, "vpc-flow-log"))),
        ]);
        world.network.documents.put(FLOW_LOGS.kind, document);
        made.push(id);
    }
    Ok(Value::map([
        ("flowLogIdSet", Value::list(made)),
        ("unsuccessful", Value::List(failed)),
    ]))
}

fn delete_flow_logs(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let mut failed = Vec::new();
    for id in input.get("FlowLogId").strings() {
        if !remove(world, &FLOW_LOGS, &id) {
            failed.push(unsuccessful(&absent(&FLOW_LOGS, &id), &id));
        }
    }
    Ok(Value::map([("unsuccessful", Value::List(failed))]))
}

fn options(world: &World) -> Value {
    let mode = world.network.public_access.as_deref();
    let options = Value::map([
        ("awsAccountId", Value::from(world.account.as_str())),
        ("awsRegion", world.region.as_str().into()),
        (
            "state",
            if mode.is_some() {
                "update-complete"
            } else {
                "default-state"
            }
            .into(),
        ),
        ("internetGatewayBlockMode", mode.unwrap_or("off").into()),
        ("managedBy", "account".into()),
        ("exclusionsAllowed", "allowed".into()),
    ]);
    Value::map([("vpcBlockPublicAccessOptions", options)])
}

fn exclude(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let (kind, id) = match (input.get("VpcId").as_str(), input.get("SubnetId").as_str()) {
        (Some(vpc), None) if world.network.has_vpc(vpc) => ("vpc", vpc),
        (None, Some(subnet)) if world.network.subnet(subnet).is_some() => ("subnet", subnet),
        (Some(vpc), None) => return Err(vpcs::not_found(vpc)),
        (None, Some(subnet)) => return Err(super::subnets::not_found(subnet)),
        _ => {
            let message = "Exactly one of VpcId and SubnetId is needed";
            return Err(AwsError::new("InvalidParameterCombination", message));
        }
    };
    let document = Value::map([
        (
            "exclusionId",
            Value::from(world.network.later_id("vpcbpa-exclude")),
        ),
        (
            "internetGatewayExclusionMode",
            input.get("InternetGatewayExclusionMode").clone(),
        ),
        (
            "resourceArn",
            world.arn("ec2", &format!("{kind}/{id}")).into(),
        ),
        ("state", "create-complete".into()),
        ("creationTimestamp", world.now().into()),
        (
            "tagSet",
            tag_set(&tags_for(input, "vpc-block-public-access-exclusion")),
        ),
    ]);
    world
        .network
        .documents
        .put(EXCLUSIONS.kind, document.clone());
    Ok(Value::map([("vpcBlockPublicAccessExclusion", document)]))
}
