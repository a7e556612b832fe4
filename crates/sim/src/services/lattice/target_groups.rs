//! Target groups: of one type, protocol and family for ever, with a health check that can be changed.

use std::collections::BTreeMap;

use super::{AwsError, dated, new, page, set, told, words};
use crate::world::behaviour::Family;
use crate::world::elb::{TargetGroup, TargetState};
use crate::world::health;
use crate::world::lattice::{Group, named};
use crate::{Value, world::World};

/// VPC Lattice user guide, "Quotas for Amazon VPC Lattice".
const MOST: usize = 500;
/// VPC Lattice API reference, TargetSummary: "The default draining time is 1 minute." No setting changes it.
const DRAINING: &str = "60";
const KIND: &str = "TARGET_GROUP";

pub(super) fn create(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let name = input.get("name").as_str().unwrap_or_default();
    let all = &world.lattice.groups;
    if let Some(taken) = all.values().find(|g| g.about.name == name) {
        let message = format!("A target group with the name {name} exists already");
        return Err(words::conflict(KIND, &taken.about.id, message));
    }
    if all.len() >= MOST {
        return Err(words::too_many(KIND, "target groups in a Region", MOST));
    }
    let kind = input.get("type").as_str().unwrap_or_default().to_owned();
    let config = config(&kind, input.get("config"));
    let about = new(world, "targetgroup", "tg", input);
    let pool = pool(&about.arn, name, &config);
    let group = Group {
        about,
        kind,
        config,
        pool,
    };
    let answer = created(world, &group);
    world.lattice.groups.insert(group.about.arn.clone(), group);
    Ok(answer)
}

/// A configuration with AWS's defaults: those that the model and "Health checks for your VPC Lattice target groups" give.
fn config(kind: &str, given: &Value) -> Value {
    if kind == "LAMBDA" {
        let version = given.get("lambdaEventStructureVersion").as_str();
        let version = Value::from(version.unwrap_or("V1"));
        return Value::map([("lambdaEventStructureVersion", version)]);
    }
    let mut config = given.clone();
    let protocol = given.get("protocol").as_str().unwrap_or("HTTP").to_owned();
    let port = if protocol == "HTTPS" { 443 } else { 80_i64 };
    let version = given.get("protocolVersion").as_str().unwrap_or("HTTP1");
    let version = version.to_owned();
    let wanted = |name: &str, default: Value| match given.get(name) {
        Value::Null => default,
        given => given.clone(),
    };
    set(
        &mut config,
        [
            ("port", wanted("port", port.into())),
            ("protocol", protocol.as_str().into()),
        ],
    );
    if protocol != "TCP" {
        config.set("protocolVersion", version.as_str().into());
    }
    if kind == "IP" {
        config.set("ipAddressType", wanted("ipAddressType", "IPV4".into()));
    }
    if kind != "ALB" {
        let check = checked(given.get("healthCheck"), &protocol, &version);
        config.set("healthCheck", check);
    }
    config
}

/// A health check with its defaults. What is 0 is the default, too.
fn checked(given: &Value, protocol: &str, version: &str) -> Value {
    let enabled = given.get("enabled").as_bool();
    // On by default for HTTP1 alone; there are none by TCP.
    let enabled = enabled.unwrap_or(version == "HTTP1" && protocol != "TCP");
    let mut check = Value::map([("enabled", Value::from(enabled))]);
    if !enabled {
        return check;
    }
    let text = |name: &str, default: &str| Value::from(given.get(name).as_str().unwrap_or(default));
    let number = |name: &str, default: i64| {
        let given = given.get(name).as_i64().filter(|n| *n > 0);
        Value::from(given.unwrap_or(default))
    };
    let codes = Value::map([("httpCode", Value::from("200"))]);
    let matcher = given.get("matcher");
    let matcher = if matcher.is_null() { &codes } else { matcher };
    set(
        &mut check,
        [
            ("protocol", text("protocol", "HTTP")),
            ("protocolVersion", text("protocolVersion", "HTTP1")),
            ("port", given.get("port").clone()),
            ("path", text("path", "/")),
            (
                "healthCheckIntervalSeconds",
                number("healthCheckIntervalSeconds", 30),
            ),
            (
                "healthCheckTimeoutSeconds",
                number("healthCheckTimeoutSeconds", 5),
            ),
            ("healthyThresholdCount", number("healthyThresholdCount", 5)),
            (
                "unhealthyThresholdCount",
                number("unhealthyThresholdCount", 2),
            ),
            ("matcher", matcher.clone()),
        ],
    );
    check
}

/// Its targets, with what their course is reckoned by.
fn pool(arn: &str, name: &str, config: &Value) -> TargetGroup {
    let family = match config.get("ipAddressType").as_str() {
        Some("IPV6") => Family::V6,
        _ => Family::V4,
    };
    let attributes = [("deregistration_delay.timeout_seconds", DRAINING)];
    let attributes = attributes.map(|(k, v)| (k.to_owned(), v.to_owned()));
    TargetGroup {
        arn: arn.to_owned(),
        name: name.to_owned(),
        family,
        spec: spec(config),
        attributes: BTreeMap::from(attributes),
        tags: Vec::new(),
        load_balancers: std::collections::BTreeSet::new(),
        targets: Vec::new(),
    }
}

fn spec(config: &Value) -> Value {
    let check = config.get("healthCheck");
    Value::map([
        ("Port", config.get("port").clone()),
        (
            "HealthCheckIntervalSeconds",
            check.get("healthCheckIntervalSeconds").clone(),
        ),
        (
            "UnhealthyThresholdCount",
            check.get("unhealthyThresholdCount").clone(),
        ),
    ])
}

/// The group that a request names.
pub(super) fn of<'w>(world: &'w World, input: &Value) -> Result<&'w Group, AwsError> {
    let by = input
        .get("targetGroupIdentifier")
        .as_str()
        .unwrap_or_default();
    named(&world.lattice.groups, by).ok_or_else(|| words::missing(KIND, by))
}

/// Whether one is there to be used: it is not while it is being made.
pub(super) fn ready(world: &World, group: &Group) -> Result<(), AwsError> {
    match group.about.status(world.now()) {
        "ACTIVE" => Ok(()),
        status => {
            let message = format!("The target group {} is {status}", group.about.id);
            Err(words::conflict(KIND, &group.about.id, message))
        }
    }
}

pub(super) fn get(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let group = of(world, input)?;
    let mut document = dated(&group.about);
    let members = shown(world, group);
    set(&mut document, members);
    document.set("serviceArns", users(group));
    Ok(document)
}

pub(super) fn list(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let (kind, vpc) = (input.get("targetGroupType"), input.get("vpcIdentifier"));
    let groups = world.lattice.groups.values();
    let wanted = groups.filter(|g| {
        (kind.is_null() || kind.as_str() == Some(&g.kind))
            && (vpc.is_null() || g.config.get("vpcIdentifier") == vpc)
    });
    let items = wanted.map(|group| {
        let mut item = dated(&group.about);
        let of = |name: &str| group.config.get(name).clone();
        set(
            &mut item,
            [
                ("type", group.kind.as_str().into()),
                ("port", of("port")),
                ("protocol", of("protocol")),
                ("ipAddressType", of("ipAddressType")),
                ("vpcIdentifier", of("vpcIdentifier")),
                (
                    "lambdaEventStructureVersion",
                    of("lambdaEventStructureVersion"),
                ),
                ("status", group.about.status(world.now()).into()),
                ("serviceArns", users(group)),
            ],
        );
        item
    });
    page(items.collect(), input)
}

pub(super) fn update(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let (arn, now) = (of(world, input)?.about.arn.clone(), world.now());
    let Some(group) = world.lattice.groups.get_mut(&arn) else {
        return Err(words::missing(KIND, &arn));
    };
    if matches!(group.kind.as_str(), "LAMBDA" | "ALB") {
        let message = format!("Target groups of type {} have no health check", group.kind);
        return Err(words::invalid(message));
    }
    let was_checked = group.is_checked();
    let mut check = group.config.get("healthCheck").clone();
    for (name, value) in input.get("healthCheck").fields() {
        check.set(name, value.clone());
    }
    let of = |name: &str| group.config.get(name).as_str().unwrap_or_default();
    let check = checked(&check, of("protocol"), of("protocolVersion"));
    group.config.set("healthCheck", check);
    group.about.updated_at = now;
    group.pool.spec = spec(&group.config);
    if was_checked != group.is_checked() {
        let targets = group.pool.targets.iter_mut();
        for target in targets.filter(|t| t.state != TargetState::Draining) {
            target.state = TargetState::Unused;
            target.epoch += 1;
        }
    }
    health::used_otherwise(world, &arn);
    let group = world.lattice.groups.get(&arn);
    let group = group.ok_or_else(|| words::missing(KIND, &arn))?;
    Ok(created(world, group))
}

pub(super) fn delete(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let group = of(world, input)?;
    ready(world, group)?;
    let (arn, id) = (group.about.arn.clone(), group.about.id.clone());
    if !group.pool.load_balancers.is_empty() {
        let message = format!("The target group {id} is used in a listener or a rule");
        return Err(words::conflict(KIND, &id, message));
    }
    if !group.pool.targets.is_empty() {
        let message = format!("The target group {id} has registered or draining targets");
        return Err(words::conflict(KIND, &id, message));
    }
    world.lattice.groups.remove(&arn);
    world.lattice.tags.remove(&arn);
    Ok(Value::map([
        ("id", Value::from(id)),
        ("arn", arn.into()),
        ("status", "DELETE_IN_PROGRESS".into()),
    ]))
}

fn users(group: &Group) -> Value {
    Value::list(group.pool.load_balancers.iter().cloned())
}

fn shown(world: &World, group: &Group) -> [(&'static str, Value); 3] {
    [
        ("type", group.kind.as_str().into()),
        ("config", group.config.clone()),
        ("status", group.about.status(world.now()).into()),
    ]
}

fn created(world: &World, group: &Group) -> Value {
    let mut document = told(&group.about);
    let members = shown(world, group);
    set(&mut document, members);
    document
}
