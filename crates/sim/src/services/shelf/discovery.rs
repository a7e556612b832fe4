//! Cloud Map: namespaces, and services with the records that they keep.

use super::{Does, Kind, Paging, absent, id, named, one, set};
use crate::services::{AwsError, paging};
use crate::{
    Value,
    world::{World, names},
};

pub(super) const PAGING: Paging = Paging {
    token: ("NextToken", "NextToken"),
    size: ("MaxResults", 100),
};

const NAMESPACE: Kind = Kind {
    shape: "Namespace",
    key: "Id",
    absent: ("NamespaceNotFound", 400),
    taken: ("NamespaceAlreadyExists", 400),
};
const SERVICE: Kind = Kind {
    shape: "Service",
    key: "Id",
    absent: ("ServiceNotFound", 400),
    taken: ("ServiceAlreadyExists", 400),
};
const OPERATION: Kind = Kind {
    shape: "Operation",
    key: "Id",
    absent: ("OperationNotFound", 400),
    taken: ("DuplicateRequest", 400),
};

pub(super) fn does(op: &str) -> Option<Does> {
    Some(match op {
        "CreatePrivateDnsNamespace" => {
            Does::Own(|world, input| namespace(world, input, "DNS_PRIVATE"))
        }
        "CreateHttpNamespace" => Does::Own(|world, input| namespace(world, input, "HTTP")),
        "GetNamespace" => Does::TellsOne(&NAMESPACE, "Id", "Namespace"),
        "ListNamespaces" => Does::Own(|world, input| list(world, input, &NAMESPACE, "Namespaces")),
        "DeleteNamespace" => Does::Own(delete_namespace),
        "GetOperation" => Does::TellsOne(&OPERATION, "OperationId", "Operation"),
        "CreateService" => Does::Makes(&SERVICE, service, "Service"),
        "GetService" => Does::Own(get_service),
        "ListServices" => Does::Own(|world, input| list(world, input, &SERVICE, "Services")),
        "DeleteService" => Does::Own(delete_service),
        _ => return None,
    })
}

/// Done at once; AWS says it in an operation that one asks for.
fn operated(world: &mut World, kind: &str, namespace: &str) -> Value {
    let id = id(world, "op-", 32);
    let operation = Value::map([
        ("Id", Value::from(id.as_str())),
        ("Type", kind.into()),
        ("Status", "SUCCESS".into()),
        (
            "Targets",
            Value::map([("NAMESPACE", Value::from(namespace))]),
        ),
        ("CreateDate", world.now().into()),
        ("UpdateDate", world.now().into()),
    ]);
    world.shelf.put(OPERATION.shape, operation);
    Value::map([("OperationId", Value::from(id))])
}

fn namespace(world: &mut World, input: &Value, kind: &str) -> Result<Value, AwsError> {
    let name = named(input, "Name");
    if world.shelf.find(NAMESPACE.shape, "Name", name).is_some() {
        let message = format!("Namespace {name} already exists.");
        return Err(AwsError::new(NAMESPACE.taken.0, message));
    }
    if let Some(vpc) = input.get("Vpc").as_str()
        && !world.network.has_vpc(vpc)
    {
        return Err(AwsError::new(
            "InvalidInput",
            format!("The VPC {vpc} does not exist."),
        ));
    }
    let id = id(world, "ns-", 16);
    let zone = format!("Z{}", id.trim_start_matches("ns-").to_ascii_uppercase());
    let dns = (kind != "HTTP").then(|| Value::map([("HostedZoneId", Value::from(zone))]));
    let http = Value::map([("HttpName", Value::from(name))]);
    let document = Value::map([
        ("Id", Value::from(id.as_str())),
        (
            "Arn",
            world
                .arn("servicediscovery", &format!("namespace/{id}"))
                .into(),
        ),
        ("Name", name.into()),
        ("Type", kind.into()),
        ("Description", input.get("Description").clone()),
        (
            "Properties",
            Value::map([("DnsProperties", dns.into()), ("HttpProperties", http)]),
        ),
        ("CreateDate", world.now().into()),
    ]);
    world.shelf.put(NAMESPACE.shape, document);
    Ok(operated(world, "CREATE_NAMESPACE", &id))
}

fn delete_namespace(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let id = named(input, "Id");
    one(world, &NAMESPACE, id)?;
    if world.shelf.find(SERVICE.shape, "NamespaceId", id).is_some() {
        let message = format!("Namespace {id} has services.");
        return Err(AwsError::new("ResourceInUse", message));
    }
    world
        .shelf
        .retain(NAMESPACE.shape, |d| named(d, "Id") != id);
    Ok(operated(world, "DELETE_NAMESPACE", id))
}

fn service(world: &mut World, input: &Value, document: &mut Value) -> Result<(), AwsError> {
    let config = input.get("DnsConfig");
    let namespace = input.get("NamespaceId").as_str();
    let namespace = namespace
        .or(config.get("NamespaceId").as_str())
        .unwrap_or_default()
        .to_owned();
    let kind = named(one(world, &NAMESPACE, &namespace)?, "Type").to_owned();
    let name = named(input, "Name");
    let same = |d: &Value| named(d, "NamespaceId") == namespace && named(d, "Name") == name;
    if world.shelf.all(SERVICE.shape).iter().any(same) {
        let message = format!("Service {name} already exists.");
        return Err(AwsError::new(SERVICE.taken.0, message));
    }
    if kind == "HTTP" && !config.is_null() {
        let message = "DnsConfig is not for a service in an HTTP namespace.";
        return Err(AwsError::new("InvalidInput", message));
    }
    records(config, input)?;
    let id = id(world, "srv-", 16);
    let by_dns = if config.is_null() { "HTTP" } else { "DNS_HTTP" };
    set(
        document,
        [
            (
                "Arn",
                world
                    .arn("servicediscovery", &format!("service/{id}"))
                    .into(),
            ),
            ("Id", id.into()),
            ("NamespaceId", namespace.into()),
            ("InstanceCount", 0_i64.into()),
            ("Type", by_dns.into()),
            ("CreateDate", world.now().into()),
        ],
    );
    Ok(())
}

/// One of the combinations that there are, and one kind of health check at most (botocore: servicediscovery `DnsRecord`,
/// `HealthCheckCustomConfig`).
fn records(config: &Value, input: &Value) -> Result<(), AwsError> {
    let mut kinds: Vec<&str> = config
        .get("DnsRecords")
        .items()
        .iter()
        .map(|r| named(r, "Type"))
        .collect();
    kinds.sort_unstable();
    let known: [&[&str]; 6] = [&[], &["A"], &["AAAA"], &["A", "AAAA"], &["SRV"], &["CNAME"]];
    if !known.contains(&kinds.as_slice()) || !config.is_null() && kinds.is_empty() {
        let message = "The combination of DNS record types is not valid.";
        return Err(AwsError::new("InvalidInput", message));
    }
    let is_there = |member: &str| !input.get(member).is_null();
    if is_there("HealthCheckConfig") && is_there("HealthCheckCustomConfig") {
        let message = "Either HealthCheckConfig or HealthCheckCustomConfig, not both.";
        return Err(AwsError::new("InvalidInput", message));
    }
    Ok(())
}

/// By its id or its ARN.
fn registry<'w>(world: &'w World, input: &Value, member: &str) -> Result<&'w Value, AwsError> {
    let id = named(input, member);
    one(world, &SERVICE, id.rsplit('/').next().unwrap_or(id))
}

/// A service tells how many instances it has.
fn counted(world: &World, kind: &Kind, document: &Value) -> Value {
    let mut document = document.clone();
    if kind.shape == SERVICE.shape {
        let count = names::instances(world, named(&document, "Arn")).len();
        document.set("InstanceCount", (count as i64).into());
    }
    document
}

fn get_service(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let document = registry(world, input, "Id")?;
    Ok(Value::map([(
        "Service",
        counted(world, &SERVICE, document),
    )]))
}

fn delete_service(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let document = registry(world, input, "Id")?;
    let (id, arn) = (named(document, "Id").to_owned(), named(document, "Arn"));
    if !names::instances(world, arn).is_empty() {
        let message = format!("Service {id} has registered instances.");
        return Err(AwsError::new("ResourceInUse", message));
    }
    world.shelf.retain(SERVICE.shape, |d| named(d, "Id") != id);
    Ok(Value::map::<&str>([]))
}

/// Each filter has one value here: `EQ` is what clients send.
fn list(world: &World, input: &Value, kind: &Kind, under: &'static str) -> Result<Value, AwsError> {
    let mut found: Vec<&Value> = world.shelf.all(kind.shape).iter().collect();
    for filter in input.get("Filters").items() {
        let member = match named(filter, "Name") {
            "NAMESPACE_ID" => "NamespaceId",
            "TYPE" => "Type",
            "NAME" => "Name",
            other => {
                let message = format!("The filter {other} is not valid here.");
                return Err(AwsError::new("InvalidInput", message));
            }
        };
        let values = filter.get("Values").strings();
        if let ("NamespaceId", Some(id)) = (member, values.first())
            && world.shelf.find(NAMESPACE.shape, "Id", id).is_none()
        {
            return Err(absent(&NAMESPACE, id));
        }
        found.retain(|d| values.iter().any(|v| named(d, member) == v));
    }
    let counted = found.into_iter().map(|d| counted(world, kind, d));
    let found: Vec<Value> = counted.collect();
    let size = input.get("MaxResults").as_i64().unwrap_or(100).max(1) as usize;
    let bad = || AwsError::new("InvalidInput", "The pagination token is not valid.");
    let (page, next) = paging::page(found, input.get("NextToken"), size, bad)?;
    Ok(Value::map([
        (under, Value::list(page)),
        ("NextToken", next),
    ]))
}
