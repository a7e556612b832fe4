//! Cloud Map registries: the service's own, and the one of the name that the plan gives to the twin's.
//!
//! What belongs here: the calls that read, and their reading. What must not: whether a registry fits (`sixshift_core::readiness`), and
//! the making of one ([`crate::act`]).
//!
//! Source: botocore, servicediscovery 2017-03-14: GetService, ListServices.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};
use sixshift_core::{
    observation::{Known, Registries, Registry, RegistryRecord, Service},
    plan::Plan,
};

use super::{Ages, Answers, single};
use crate::{
    asker::{items, text},
    call::{self, Operation},
    error::Error,
    region::{Clients, Region},
};

/// What Cloud Map says of whatever is not there.
const MISSING: &[&str] = &["ServiceNotFound", "NamespaceNotFound"];

/// An operation of Cloud Map's, as it is named on the wire (botocore: `targetPrefix`).
pub(crate) fn target(operation: &Operation) -> String {
    format!("Route53AutoNaming_v20170314.{}", operation.action())
}

async fn ask(clients: &Clients, operation: &Operation, body: Value) -> Result<Value, Error> {
    let target = target(operation);
    let send = || clients.discovery.send(target.clone(), body.clone());
    let answer = clients.caller.read(operation, send).await?;
    Ok(answer.body)
}

/// Both, where the plan names the twin's and the service has one.
pub(super) async fn of(
    region: &Region,
    plan: &Plan,
    ipv4: &Known<Service>,
    ages: Ages,
) -> Known<Registries> {
    let Some(name) = &plan.ipv6.registry else {
        return Known::Absent;
    };
    let own = match ipv4 {
        Known::Seen(service) => service.registries.first().cloned(),
        Known::Absent => None,
        Known::Unknown(why) => return Known::Unknown(why.clone()),
    };
    let Some(own) = own else {
        return Known::Absent;
    };
    let readers = &region.readers;
    let ipv4 = match readers.registries.one(own, ages.registries()).await {
        Known::Seen(registry) => registry,
        Known::Absent => return Known::Absent,
        Known::Unknown(why) => return Known::Unknown(why),
    };
    let namespace = ipv4.namespace.clone();
    let named = readers
        .registries_in
        .one(namespace, ages.registries())
        .await;
    let ipv6 = match named {
        Known::Seen(names) => match names.get(name) {
            Some(id) => readers.registries.one(id.clone(), ages.registries()).await,
            None => Known::Absent,
        },
        Known::Absent => Known::Absent,
        Known::Unknown(why) => Known::Unknown(why),
    };
    Known::Seen(Registries { ipv4, ipv6 })
}

/// Each by itself: no call of Cloud Map is about several.
pub(super) async fn read(clients: Arc<Clients>, keys: Vec<String>) -> Answers<String, Registry> {
    let mut answers = Vec::new();
    for key in keys {
        // An id, or the end of an ARN, which is one.
        let id = key.rsplit('/').next().unwrap_or(&key).to_owned();
        let answer = ask(&clients, &call::DISCOVERY_GET_SERVICE, json!({ "Id": id })).await;
        let read = answer.map(|told| registry_of(&told["Service"]));
        answers.extend(single(key, read, MISSING));
    }
    answers
}

/// The ids of all that are in a namespace, by their names.
pub(super) async fn read_names(
    clients: Arc<Clients>,
    keys: Vec<String>,
) -> Answers<String, Arc<BTreeMap<String, String>>> {
    let mut answers = Vec::new();
    for key in keys {
        let names = names_in(&clients, &key).await.map(Arc::new);
        answers.extend(single(key, names, MISSING));
    }
    answers
}

async fn names_in(clients: &Clients, namespace: &str) -> Result<BTreeMap<String, String>, Error> {
    let mut names = BTreeMap::new();
    let mut next = Value::Null;
    loop {
        let mut body = json!({
            "MaxResults": 100,
            "Filters": [{ "Name": "NAMESPACE_ID", "Values": [namespace], "Condition": "EQ" }],
        });
        if !next.is_null() {
            body["NextToken"] = next;
        }
        let page = ask(clients, &call::DISCOVERY_LIST_SERVICES, body).await?;
        let services = items(&page["Services"]);
        names.extend(services.map(|s| (text(&s["Name"]), text(&s["Id"]))));
        next = page["NextToken"].clone();
        if next.is_null() {
            return Ok(names);
        }
    }
}

fn registry_of(told: &Value) -> Registry {
    let dns = &told["DnsConfig"];
    let records = items(&dns["DnsRecords"]);
    let record = |record: &Value| RegistryRecord {
        kind: text(&record["Type"]),
        ttl: number(&record["TTL"]),
    };
    Registry {
        arn: text(&told["Arn"]),
        name: text(&told["Name"]),
        namespace: given(&told["NamespaceId"])
            .or_else(|| given(&dns["NamespaceId"]))
            .unwrap_or_default(),
        records: records.map(record).collect(),
        routing: given(&dns["RoutingPolicy"]),
        custom_health: told["HealthCheckCustomConfig"].is_object(),
        route53_health: told["HealthCheckConfig"].is_object(),
        owner: given(&told["ResourceOwner"]),
        instances: number(&told["InstanceCount"]),
    }
}

fn given(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn number(value: &Value) -> u32 {
    let number = value.as_u64().unwrap_or_default();
    u32::try_from(number).unwrap_or(u32::MAX)
}
