//! Services: what clients ask by a name.

use super::{AwsError, dated, new, page, set, told, words};
use crate::world::lattice::{About, Member, Service, named, routes_changed};
use crate::{Value, world::World};

/// VPC Lattice user guide, "Quotas for Amazon VPC Lattice".
const MOST: usize = 2000;
const KIND: &str = "SERVICE";
/// What a service keeps of what it is given.
const KEPT: [&str; 4] = [
    "customDomainName",
    "certificateArn",
    "authType",
    "idleTimeoutSeconds",
];

pub(super) fn create(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let name = input.get("name").as_str().unwrap_or_default();
    let all = &world.lattice.services;
    if let Some(taken) = all.values().find(|s| s.about.name == name) {
        let message = format!("A service with the name {name} exists already");
        return Err(words::conflict(KIND, &taken.about.id, message));
    }
    if all.len() >= MOST {
        return Err(words::too_many(KIND, "services in a Region", MOST));
    }
    let mut given = Value::map(KEPT.map(|key| (key, input.get(key).clone())));
    if given.get("authType").is_null() {
        given.set("authType", "NONE".into());
    }
    let about = new(world, "service", "svc", input);
    let service = Service { about, given };
    let answer = document(world, &service, told(&service.about));
    let services = &mut world.lattice.services;
    services.insert(service.about.arn.clone(), service);
    Ok(answer)
}

/// The service that a request names.
pub(super) fn of<'w>(world: &'w World, input: &Value) -> Result<&'w Service, AwsError> {
    let by = input.get("serviceIdentifier").as_str().unwrap_or_default();
    named(&world.lattice.services, by).ok_or_else(|| words::missing(KIND, by))
}

pub(super) fn get(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let service = of(world, input)?;
    Ok(document(world, service, dated(&service.about)))
}

pub(super) fn list(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let services = world.lattice.services.values();
    let items = services.map(|service| {
        let mut item = dated(&service.about);
        let custom = service.given.get("customDomainName").clone();
        set(
            &mut item,
            [
                ("status", service.about.status(world.now()).into()),
                ("dnsEntry", dns(world, &service.about)),
                ("customDomainName", custom),
            ],
        );
        item
    });
    page(items.collect(), input)
}

/// With its listeners and rules.
pub(super) fn delete(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let service = of(world, input)?;
    let about = service.about.clone();
    let associations = world.lattice.associations.values();
    let member = Member::Service(about.arn.clone());
    if associations.into_iter().any(|a| a.member == member) {
        let message = format!(
            "The service {} is associated with a service network",
            about.id
        );
        return Err(words::conflict(KIND, &about.id, message));
    }
    let lattice = &mut world.lattice;
    lattice.services.remove(&about.arn);
    let below = format!("{}/", about.arn);
    lattice.listeners.retain(|arn, _| !arn.starts_with(&below));
    lattice.rules.retain(|arn, _| !arn.starts_with(&below));
    lattice
        .tags
        .retain(|arn, _| *arn != about.arn && !arn.starts_with(&below));
    routes_changed(world);
    let mut answer = told(&about);
    answer.set("status", "DELETE_IN_PROGRESS".into());
    Ok(answer)
}

/// The name that AWS gives a service.
pub(super) fn dns(world: &World, about: &About) -> Value {
    let id = about.id.trim_start_matches("svc-");
    let (name, region) = (&about.name, &world.region);
    let zone = Value::from("Z09127221KTH2CFUOHIZH");
    Value::map([
        (
            "domainName",
            Value::from(format!(
                "{name}-{id}.7d67968.vpc-lattice-svcs.{region}.on.aws"
            )),
        ),
        ("hostedZoneId", zone),
    ])
}

fn document(world: &World, service: &Service, mut document: Value) -> Value {
    for (name, value) in service.given.fields() {
        document.set(name, value.clone());
    }
    set(
        &mut document,
        [
            ("status", service.about.status(world.now()).into()),
            ("dnsEntry", dns(world, &service.about)),
        ],
    );
    document
}
