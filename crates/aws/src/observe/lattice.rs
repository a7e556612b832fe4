//! What VPC Lattice has, in the words that load balancers are spoken of in: target groups with their targets, listeners and rules.
//!
//! What belongs here: its calls that read, each about one thing, and their reading. What must not: its calls that change something
//! ([`crate::act`]).
//!
//! Source: botocore, vpc-lattice 2022-11-30.

use std::{collections::BTreeMap, sync::Arc};

use futures::future::join_all;
use serde_json::{Value, json};
use sixshift_core::{
    names::is_of_lattice,
    observation::{Forward, Known, LoadBalancer, Place, RouteId, Tags, Target, WeightedGroup, Why},
};

use super::{
    Answers,
    action_list::{ActionList, hashed},
    all_unknown, single,
    target_groups::Group,
};
use crate::{
    asker::text,
    call::{self, Operation},
    error::Error,
    region::Clients,
    signed,
};

/// What it says of whatever is not there.
pub(crate) const MISSING: &str = "ResourceNotFoundException";
/// Members of a target group, and of its configuration, that are carried or set by AWS.
const KNOWN: [&[&str]; 2] = [
    &[
        "id",
        "arn",
        "name",
        "type",
        "config",
        "createdAt",
        "lastUpdatedAt",
        "status",
        "serviceArns",
        "failureMessage",
        "failureCode",
    ],
    &[
        "port",
        "protocol",
        "protocolVersion",
        "ipAddressType",
        "vpcIdentifier",
        "healthCheck",
        "lambdaEventStructureVersion",
    ],
];

/// Whose an ARN is, for those who ask for several at once.
pub(super) fn service_of(arn: &str) -> &'static str {
    if is_of_lattice(arn) { "lattice" } else { "elb" }
}

/// Where a thing is asked for: `…:service/svc-1/listener/listener-2` is `/services/svc-1/listeners/listener-2`.
pub(crate) fn path(arn: &str) -> String {
    let named = arn.rsplit(':').next().unwrap_or(arn);
    let mut path = String::new();
    for (i, part) in named.split('/').enumerate() {
        path.push('/');
        path.push_str(part);
        if i % 2 == 0 {
            path.push('s');
        }
    }
    path
}

/// Where the tags of a thing are.
pub(crate) fn tags_path(arn: &str) -> String {
    format!("/tags/{}", signed::escaped(arn))
}

/// What a call that reads is answered.
pub(crate) async fn ask(
    clients: &Clients,
    operation: &Operation,
    target: &str,
) -> Result<Value, Error> {
    read(clients, operation, target, Value::Null).await
}

async fn read(
    clients: &Clients,
    operation: &Operation,
    target: &str,
    body: Value,
) -> Result<Value, Error> {
    let send = || clients.lattice.send(target.to_owned(), body.clone());
    let answer = clients.caller.read(operation, send).await?;
    Ok(answer.body)
}

/// All items of a list, page by page.
async fn all(
    clients: &Clients,
    operation: &Operation,
    target: &str,
    body: &Value,
) -> Result<Vec<Value>, Error> {
    let mut found = Vec::new();
    let mut next = String::new();
    loop {
        let page = format!("{target}?maxResults=100{next}");
        let page = read(clients, operation, &page, body.clone()).await?;
        found.extend(page["items"].as_array().into_iter().flatten().cloned());
        match page["nextToken"].as_str() {
            Some(token) => next = format!("&nextToken={}", signed::escaped(token)),
            None => return Ok(found),
        }
    }
}

/// Each by itself, all at once: no call of VPC Lattice is about several.
async fn one_by_one<V, F>(arns: Vec<String>, read: impl Fn(String) -> F) -> Answers<String, V>
where
    F: Future<Output = Result<V, Error>>,
{
    let answers = join_all(arns.iter().cloned().map(read)).await;
    let told = arns.into_iter().zip(answers);
    told.flat_map(|(arn, answer)| single(arn, answer, &[MISSING]))
        .collect()
}

/// A target group as it is on the wire.
pub(crate) async fn group(clients: &Clients, arn: &str) -> Result<Value, Error> {
    let target = format!("GET {}", path(arn));
    ask(clients, &call::LATTICE_GET_TARGET_GROUP, &target).await
}

pub(super) async fn read_groups(clients: &Clients, arns: Vec<String>) -> Answers<String, Group> {
    let read = |arn: String| async move { group(clients, &arn).await };
    let told = one_by_one(arns, read).await.into_iter();
    told.map(|(arn, told)| (arn, standing(told))).collect()
}

/// One that is being made cannot be used yet, and one that is being deleted is gone.
fn standing(told: Known<Value>) -> Known<Group> {
    let told = match told {
        Known::Seen(told) => told,
        Known::Absent => return Known::Absent,
        Known::Unknown(why) => return Known::Unknown(why),
    };
    match told["status"].as_str() {
        Some("ACTIVE") => Known::Seen(group_of(&told, &told["config"])),
        Some("DELETE_IN_PROGRESS") => Known::Absent,
        status => {
            let status = status.unwrap_or("without a status");
            let why = format!("target group {} is {status}", text(&told["name"]));
            Known::Unknown(Why::new(why))
        }
    }
}

/// From a description, or a line of a list, which has the configuration's members among its own.
fn group_of(told: &Value, config: &Value) -> Group {
    let used = told["serviceArns"].as_array().into_iter().flatten();
    Group {
        arn: text(&told["arn"]),
        name: text(&told["name"]),
        target_type: text(&told["type"]).to_ascii_lowercase(),
        ip_address_type: text(&config["ipAddressType"]).to_ascii_lowercase(),
        protocol_version: config["protocolVersion"].as_str().map(str::to_owned),
        load_balancers: used.map(text).collect(),
        unknown: unknown(told, &told["config"]),
    }
}

fn unknown(told: &Value, config: &Value) -> Vec<String> {
    let beyond = |value: &Value, known: &[&str]| {
        let members = value.as_object().into_iter().flatten();
        let members = members.map(|(name, _)| name.clone());
        members
            .filter(|name| !known.contains(&name.as_str()))
            .collect::<Vec<String>>()
    };
    [beyond(told, KNOWN[0]), beyond(config, KNOWN[1])].concat()
}

/// VPC Lattice finds none by its name: all are read.
pub(super) async fn read_by_name(
    clients: Arc<Clients>,
    names: Vec<String>,
) -> Answers<String, Group> {
    let operation = &call::LATTICE_LIST_TARGET_GROUPS;
    let read = all(&clients, operation, "GET /targetgroups", &Value::Null).await;
    let told = match read {
        Ok(told) => told,
        Err(error) => return all_unknown(names, &error),
    };
    let mut found = BTreeMap::new();
    for one in &told {
        let mut group = group_of(one, one);
        // A line of a list is no description.
        group.unknown = Vec::new();
        found.insert(group.name.clone(), group);
    }
    let known = |name: String| {
        let group = found.remove(&name).map_or(Known::Absent, Known::Seen);
        (name, group)
    };
    names.into_iter().map(known).collect()
}

/// The health check alone can be changed, so it is all that can differ.
pub(super) async fn attributes(clients: &Clients, arn: &str) -> Result<Tags, Error> {
    let told = group(clients, arn).await?;
    let check = settled(&told["config"]["healthCheck"]).to_string();
    let attributes = BTreeMap::from([("healthCheck".to_owned(), check)]);
    Ok(clients.alike.attributes(attributes.into()))
}

pub(super) async fn read_targets(
    clients: &Clients,
    arns: Vec<String>,
) -> Answers<String, Vec<Target>> {
    let read = |arn: String| async move {
        let target = format!("POST {}/listtargets", path(&arn));
        let told = all(clients, &call::LATTICE_LIST_TARGETS, &target, &json!({})).await?;
        let mut targets: Vec<Target> = told.iter().map(target_of).collect();
        targets.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(targets)
    };
    one_by_one(arns, read).await
}

fn target_of(told: &Value) -> Target {
    Target {
        id: text(&told["id"]),
        zone: None,
        state: text(&told["status"]).to_ascii_lowercase(),
        reason: told["reasonCode"].as_str().map(str::to_owned),
        description: None,
    }
}

/// Tags of whatever has an ARN.
pub(super) async fn read_tags<K>(clients: &Clients, of: Vec<(K, String)>) -> Answers<K, Tags>
where
    K: Clone,
{
    let one = |(key, arn): (K, String)| async move {
        let target = format!("GET {}", tags_path(&arn));
        let read = ask(clients, &call::LATTICE_LIST_TAGS, &target).await;
        let tags = read.map(|told| {
            let tags = told["tags"].as_object().into_iter().flatten();
            let tags = tags.map(|(key, value)| (key.clone(), text(value)));
            Tags::from(tags.collect::<BTreeMap<_, _>>())
        });
        single(key, tags, &[MISSING])
    };
    join_all(of.into_iter().map(one)).await.concat()
}

/// Services stand for load balancers; nothing else of them is asked, so no call is needed.
pub(super) fn services(arns: Vec<String>) -> Answers<String, LoadBalancer> {
    let of = |arn: String| {
        let service = LoadBalancer {
            arn: arn.clone(),
            kind: "lattice".to_owned(),
            ip_address_type: String::new(),
            zones: Vec::new(),
            subnets: Vec::new(),
            security_groups: Vec::new(),
            dns_name: String::new(),
        };
        (arn, Known::Seen(service))
    };
    arns.into_iter().map(of).collect()
}

/// The listeners of services, each with its default action.
pub(super) async fn read_listeners_of(
    clients: &Clients,
    services: Vec<String>,
) -> Answers<String, Vec<ActionList>> {
    let read = |service: String| async move {
        let target = format!("GET {}/listeners", path(&service));
        let operation = &call::LATTICE_LIST_LISTENERS;
        let listed = all(clients, operation, &target, &Value::Null).await?;
        let arns = listed.iter().map(|l| RouteId::Listener(text(&l["arn"])));
        each(clients, arns).await
    };
    one_by_one(services, read).await
}

/// The rules of listeners; the default one is the listener's default action, which is read as such.
pub(super) async fn read_rules_of(
    clients: &Clients,
    listeners: Vec<String>,
) -> Answers<String, Vec<ActionList>> {
    let read = |listener: String| async move {
        let target = format!("GET {}/rules", path(&listener));
        let listed = all(clients, &call::LATTICE_LIST_RULES, &target, &Value::Null).await?;
        let own = listed.iter().filter(|r| r["isDefault"] != true);
        each(clients, own.map(|r| RouteId::Rule(text(&r["arn"])))).await
    };
    one_by_one(listeners, read).await
}

/// A list does not tell where its items lead. One that goes meanwhile is left out.
async fn each(
    clients: &Clients,
    ids: impl Iterator<Item = RouteId>,
) -> Result<Vec<ActionList>, Error> {
    let read = join_all(ids.map(|id| async move { list(clients, &id).await })).await;
    let mut lists = Vec::new();
    for list in read {
        match list {
            Ok(list) => lists.push(list),
            Err(error) if error.is_code(&[MISSING]) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(lists)
}

pub(super) async fn read_by_id(
    clients: &Clients,
    ids: Vec<RouteId>,
) -> Answers<RouteId, ActionList> {
    let one = |id: RouteId| async move {
        let read = list(clients, &id).await;
        single(id, read, &[MISSING])
    };
    join_all(ids.into_iter().map(one)).await.concat()
}

/// A listener or a rule as it is on the wire.
pub(crate) async fn route(clients: &Clients, id: &RouteId) -> Result<Value, Error> {
    let operation = match id {
        RouteId::Listener(_) => &call::LATTICE_GET_LISTENER,
        RouteId::Rule(_) => &call::LATTICE_GET_RULE,
    };
    ask(clients, operation, &format!("GET {}", path(id.arn()))).await
}

/// The member that says where it leads.
pub(crate) fn member(id: &RouteId) -> &'static str {
    match id {
        RouteId::Listener(_) => "defaultAction",
        RouteId::Rule(_) => "action",
    }
}

async fn list(clients: &Clients, id: &RouteId) -> Result<ActionList, Error> {
    let told = route(clients, id).await?;
    let action = &told[member(id)];
    let place = match id {
        RouteId::Listener(_) => Place {
            listener: Some(format!("{}:{}", text(&told["protocol"]), told["port"])),
            ..Place::default()
        },
        RouteId::Rule(_) => Place {
            listener: None,
            priority: told["priority"].as_u64().map(|p| p.to_string()),
            conditions: conditions(&told["match"]["httpMatch"]),
        },
    };
    let service = super::routes::derived_load_balancer(id.arn());
    let kinds = action.as_object().into_iter().flatten();
    let kinds = kinds.map(|(kind, _)| match kind.as_str() {
        "fixedResponse" => "fixed-response".to_owned(),
        kind => kind.to_owned(),
    });
    let types = kinds.collect();
    let forward = forward_of(id.arn(), action);
    Ok(ActionList::told(
        id.clone(),
        (place, service),
        forward,
        (types, fingerprint(action)),
    ))
}

fn conditions(wanted: &Value) -> Vec<(String, Vec<String>)> {
    let mut all = Vec::new();
    let path = &wanted["pathMatch"]["match"];
    if let Some(exact) = path["exact"].as_str() {
        all.push(("path".to_owned(), vec![exact.to_owned()]));
    }
    if let Some(prefix) = path["prefix"].as_str() {
        all.push(("path".to_owned(), vec![format!("{prefix}*")]));
    }
    if let Some(method) = wanted["method"].as_str() {
        all.push(("method".to_owned(), vec![method.to_owned()]));
    }
    for header in wanted["headerMatches"].as_array().into_iter().flatten() {
        let values = header["match"].as_object().into_iter().flatten();
        let values = values.map(|(_, value)| text(value)).collect();
        all.push((format!("header {}", text(&header["name"])), values));
    }
    all
}

/// What a forward names a target group by is its id or its ARN; told is its ARN.
pub(crate) fn group_arn(route: &str, named: &str) -> String {
    if named.starts_with("arn:") {
        return named.to_owned();
    }
    let account = route.split(":service/").next().unwrap_or(route);
    format!("{account}:targetgroup/{named}")
}

fn forward_of(route: &str, action: &Value) -> Option<Forward> {
    /// "If there's only one target group specified, then the default value is 100."
    const ALONE: u64 = 100;
    let tuples = action["forward"]["targetGroups"].as_array()?;
    let weighted = |tuple: &Value| WeightedGroup {
        arn: group_arn(
            route,
            tuple["targetGroupIdentifier"].as_str().unwrap_or_default(),
        ),
        weight: u16::try_from(tuple["weight"].as_u64().unwrap_or(ALONE)).unwrap_or_default(),
    };
    let mut groups: Vec<WeightedGroup> = tuples.iter().map(weighted).collect();
    groups.sort();
    Some(Forward {
        groups,
        stickiness: None,
    })
}

/// Hash over a whole action, members included that this program does not know. AWS promises no order.
pub(crate) fn fingerprint(action: &Value) -> String {
    hashed(&settled(action).to_string())
}

/// The same in an order that says nothing.
fn settled(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| name.as_str());
            let members = members.into_iter();
            let members = members.map(|(name, value)| (name.clone(), settled(value)));
            Value::Object(members.collect())
        }
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(settled).collect();
            items.sort_by_key(Value::to_string);
            Value::Array(items)
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTENER: &str =
        "arn:aws:vpc-lattice:eu-central-1:123456789012:service/svc-1/listener/listener-2";

    #[test]
    fn a_thing_is_asked_for_by_the_ids_in_its_arn() {
        assert_eq!(path(LISTENER), "/services/svc-1/listeners/listener-2");
        let rule = format!("{LISTENER}/rule/rule-3");
        assert_eq!(
            path(&rule),
            "/services/svc-1/listeners/listener-2/rules/rule-3"
        );
        assert_eq!(
            path("arn:aws:vpc-lattice:r:1:targetgroup/tg-4"),
            "/targetgroups/tg-4"
        );
        assert_eq!(tags_path("a:b/c"), "/tags/a%3Ab%2Fc");
    }

    #[test]
    fn a_forward_names_groups_by_either_and_one_alone_weighs_a_hundred() {
        let groups = json!([{ "targetGroupIdentifier": "tg-4" }]);
        let action = json!({ "forward": { "targetGroups": groups } });
        let read = forward_of(LISTENER, &action).unwrap();
        let arn = "arn:aws:vpc-lattice:eu-central-1:123456789012:targetgroup/tg-4";
        assert_eq!(
            (read.groups[0].arn.as_str(), read.groups[0].weight),
            (arn, 100)
        );
        assert_eq!(group_arn(LISTENER, arn), arn);
        assert_eq!(
            forward_of(LISTENER, &json!({ "fixedResponse": { "statusCode": 404 } })),
            None
        );
    }

    #[test]
    fn the_order_in_which_groups_are_told_means_nothing_and_all_else_does() {
        let of = |text: &str| fingerprint(&serde_json::from_str(text).unwrap());
        let one = r#"{"forward":{"targetGroups":[{"a":1,"weight":2},{"a":3}]}}"#;
        let other = r#"{"forward":{"targetGroups":[{"a":3},{"weight":2,"a":1}]}}"#;
        assert_eq!(of(one), of(other));
        assert_ne!(of(one), of(&one.replace("}]", ",\"newer\":1}]")));
    }
}
