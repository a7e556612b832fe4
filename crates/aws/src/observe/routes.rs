//! Routes: listeners' default actions and rules that forward to a target group of a pair; and their load balancers.
//!
//! What belongs here: finding routes, and reading them again by id. What must not: the reading of an action
//! ([`super::action_list`]), the writing of one ([`crate::act`]).

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use aws_sdk_elasticloadbalancingv2::types as elb;
use sixshift_core::{
    names::is_of_lattice,
    observation::{Known, LoadBalancer, Pair, Place, Route, RouteId, TargetGroup, Topic, Why},
    plan::Uid,
};

use super::{
    Ages, Answers,
    action_list::{ActionList, CLIENTS},
    families, halving, lattice,
    probe::Found,
    seen_all, single,
};
use crate::{
    batch::{Crowd, Gather, Since},
    call,
    document::Kept,
    error::Error,
    region::{Clients, Region},
    xml::Element,
};

/// Rules or listeners in a call by ARN.
const BY_ID: usize = 50;
pub(super) const NO_LOAD_BALANCER: &[&str] =
    &["LoadBalancerNotFound", "LoadBalancerNotFoundException"];
pub(super) const NO_ROUTE: &[&str] = &[
    "ListenerNotFound",
    "ListenerNotFoundException",
    "RuleNotFound",
    "RuleNotFoundException",
];

/// Listeners and rules are two calls, and two more where VPC Lattice is asked.
pub(super) fn gather(pause: Duration, crowd: Arc<Crowd>) -> Gather<RouteId> {
    let group = |id: &RouteId| format!("{} {}", lattice::service_of(id.arn()), id.kind());
    Gather {
        pause,
        crowd,
        limit: BY_ID,
        group,
        keep: true,
    }
}

/// The load balancers of all pairs.
pub(super) async fn load_balancers(
    region: &Region,
    pairs: &Known<Vec<Pair>>,
    ages: Ages,
) -> Known<Vec<LoadBalancer>> {
    let arns = match pairs {
        Known::Seen(pairs) => match arns_of(pairs) {
            Ok((load_balancers, _)) => load_balancers,
            Err(why) => return Known::Unknown(why),
        },
        Known::Absent => return Known::Absent,
        Known::Unknown(why) => return Known::Unknown(why.clone()),
    };
    match seen_all(
        region
            .readers
            .load_balancers
            .ask(arns, ages.load_balancers())
            .await,
    ) {
        Ok(seen) => Known::Seen(seen.into_iter().map(|(_, lb)| lb).collect()),
        Err(why) => Known::Unknown(why),
    }
}

/// The routes of all pairs: found with an age that the look allows, and then read now.
pub(super) async fn of(
    region: &Region,
    uid: &Uid,
    pairs: &Known<Vec<Pair>>,
    ages: Ages,
) -> (Known<Vec<Route>>, Known<Found>) {
    let read = match pairs {
        Known::Seen(pairs) => routes(region, uid, pairs, ages).await,
        Known::Absent => return (Known::Absent, Known::Absent),
        Known::Unknown(why) => Err(why.clone()),
    };
    match read {
        Ok((routes, found)) => (Known::Seen(routes), Known::Seen(found)),
        Err(why) => (Known::Unknown(why.clone()), Known::Unknown(why)),
    }
}

async fn routes(
    region: &Region,
    uid: &Uid,
    pairs: &[Pair],
    ages: Ages,
) -> Result<(Vec<Route>, Found), Why> {
    let (load_balancers, groups) = arns_of(pairs)?;
    let (balancers, of) = (&load_balancers, (uid, &groups, pairs));
    let many = region.readers.listeners_of.known();
    let (routes, beside, are_all_there) =
        read(region, balancers, of, ages, ages.found(many)).await?;
    if are_all_there {
        return Ok((routes, beside));
    }
    // One that is gone may have been made again under another name: it is looked for at once.
    let (routes, beside, _) = read(region, balancers, of, ages, ages.now()).await?;
    Ok((routes, beside))
}

/// The routes as they are now, and whether each that was found is still there.
async fn read(
    region: &Region,
    load_balancers: &BTreeSet<String>,
    (uid, groups, pairs): (&Uid, &BTreeSet<String>, &[Pair]),
    ages: Ages,
    found: Since,
) -> Result<(Vec<Route>, Found, bool), Why> {
    let readers = &region.readers;
    let load_balancers = load_balancers.clone();
    let listeners = seen_all(readers.listeners_of.ask(load_balancers, found).await)?;
    let listeners: Vec<ActionList> = listeners.into_iter().flat_map(|(_, lists)| lists).collect();
    let arns: Vec<String> = listeners.iter().map(|l| l.id.arn().to_owned()).collect();
    let ports = listeners.iter();
    let ports = ports.map(|l| (l.id.arn().to_owned(), l.place.listener.clone()));
    let ports: BTreeMap<String, Option<String>> = ports.collect();
    let placed = |list: ActionList| placed(list, &ports);
    let rules = seen_all(readers.rules_of.ask(arns, found).await)?;
    let all = listeners
        .into_iter()
        .chain(rules.into_iter().flat_map(|(_, lists)| lists));
    let (all, beside) = Found::apart(uid, all.collect(), &ports);
    let mine = families::led_to(all, groups);
    if ages.covers(Topic::Routes) {
        // Found now is read now.
        let mut routes = families::gathered(mine.into_iter().map(placed), pairs);
        routes.sort_by(|a, b| a.id.cmp(&b.id));
        return Ok((routes, beside, true));
    }
    let mine: BTreeSet<RouteId> = mine.into_iter().map(|list| list.id).collect();
    let answers = readers.routes.ask(mine, ages.now()).await;
    let are_all_there = !answers.values().any(Known::is_absent);
    if !are_all_there {
        forget_gone(region, &answers);
    }
    let now = seen_all(answers)?;
    let now = now.into_iter().map(|(_, list)| list).collect();
    let now = families::led_to(now, groups).into_iter().map(placed);
    Ok((families::gathered(now, pairs), beside, are_all_there))
}

/// A route that is gone means that what was found is old.
fn forget_gone(region: &Region, answers: &BTreeMap<RouteId, Known<ActionList>>) {
    let gone: BTreeSet<&str> = answers
        .iter()
        .filter(|(_, a)| a.is_absent())
        .map(|(id, _)| id.arn())
        .collect();
    let names_one = |lists: Option<&Vec<ActionList>>| {
        lists.is_some_and(|l| l.iter().any(|l| gone.contains(l.id.arn())))
    };
    region
        .readers
        .listeners_of
        .forget(|_, lists| names_one(lists));
    region.readers.rules_of.forget(|_, lists| names_one(lists));
}

/// The load balancers and the target groups of pairs.
fn arns_of(pairs: &[Pair]) -> Result<(BTreeSet<String>, BTreeSet<String>), Why> {
    let both = pairs.iter().flat_map(|p| {
        [
            (&p.ipv4_arn, p.ipv4.clone()),
            (&p.ipv6_name, p.ipv6.clone()),
        ]
    });
    let seen: Vec<TargetGroup> = seen_all(both)?
        .into_iter()
        .map(|(_, group)| group)
        .collect();
    let load_balancers = seen.iter().flat_map(|g| g.load_balancers.clone()).collect();
    Ok((load_balancers, seen.into_iter().map(|g| g.arn).collect()))
}

pub(super) async fn read_load_balancers(
    clients: Arc<Clients>,
    arns: Vec<String>,
) -> Answers<String, LoadBalancer> {
    if arns.first().is_some_and(|arn| is_of_lattice(arn)) {
        return lattice::services(arns);
    }
    let clients = &clients;
    halving(&clients.modest, arns, NO_LOAD_BALANCER, |arns| async move {
        let mut found = BTreeMap::new();
        let mut next = None;
        loop {
            let request = clients
                .elb
                .describe_load_balancers()
                .set_load_balancer_arns(Some(arns.clone()))
                .set_marker(next);
            let page = clients
                .caller
                .read(&call::DESCRIBE_LOAD_BALANCERS, || request.clone().send())
                .await?;
            found.extend(
                page.load_balancers()
                    .iter()
                    .map(load_balancer_of)
                    .map(|lb| (lb.arn.clone(), lb)),
            );
            next = page.next_marker;
            if next.is_none() {
                return Ok(found);
            }
        }
    })
    .await
}

fn load_balancer_of(lb: &elb::LoadBalancer) -> LoadBalancer {
    let mut zones: Vec<String> = lb
        .availability_zones()
        .iter()
        .filter_map(|z| z.zone_name().map(str::to_owned))
        .collect();
    zones.sort();
    let subnets = lb.availability_zones().iter();
    let subnets = subnets.filter_map(|z| z.subnet_id().map(str::to_owned));
    LoadBalancer {
        arn: lb.load_balancer_arn().unwrap_or_default().to_owned(),
        kind: lb.r#type().map_or("application", |t| t.as_str()).to_owned(),
        ip_address_type: lb
            .ip_address_type()
            .map_or("ipv4", |t| t.as_str())
            .to_owned(),
        zones,
        subnets: subnets.collect(),
        security_groups: lb.security_groups().to_vec(),
        dns_name: lb.dns_name().unwrap_or_default().to_owned(),
    }
}

pub(super) async fn read_listeners_of(
    clients: Arc<Clients>,
    load_balancers: Vec<String>,
) -> Answers<String, Vec<ActionList>> {
    if load_balancers.first().is_some_and(|arn| is_of_lattice(arn)) {
        return lattice::read_listeners_of(&clients, load_balancers).await;
    }
    let mut answers = Vec::new();
    for arn in load_balancers {
        let read = listeners(&clients, Of::LoadBalancer(&arn)).await;
        let lists = read.map(|all| all.iter().filter_map(listener_list).collect());
        answers.extend(single(arn, lists, NO_LOAD_BALANCER));
    }
    answers
}

pub(super) async fn read_rules_of(
    clients: Arc<Clients>,
    listeners: Vec<String>,
) -> Answers<String, Vec<ActionList>> {
    if listeners.first().is_some_and(|arn| is_of_lattice(arn)) {
        return lattice::read_rules_of(&clients, listeners).await;
    }
    let mut answers = Vec::new();
    for arn in listeners {
        let read = rules(&clients, Of::Listener(&arn)).await;
        let lists = read.map(|all| all.iter().filter_map(rule_list).collect());
        answers.extend(single(arn, lists, NO_ROUTE));
    }
    answers
}

/// Listeners or rules, of which all keys are one sort.
pub(super) async fn read_by_id(
    clients: Arc<Clients>,
    ids: Vec<RouteId>,
) -> Answers<RouteId, ActionList> {
    if ids.first().is_some_and(|id| is_of_lattice(id.arn())) {
        return lattice::read_by_id(&clients, ids).await;
    }
    let clients = &clients;
    halving(&clients.modest, ids, NO_ROUTE, |ids| async move {
        let arns: Vec<String> = ids.iter().map(|id| id.arn().to_owned()).collect();
        let lists: Vec<ActionList> = match ids.first() {
            Some(RouteId::Listener(_)) => listeners(clients, Of::Ids(&arns))
                .await?
                .iter()
                .filter_map(listener_list)
                .collect(),
            _ => rules(clients, Of::Ids(&arns))
                .await?
                .iter()
                .filter_map(rule_list)
                .collect(),
        };
        Ok(lists
            .into_iter()
            .map(|list| (list.id.clone(), list))
            .collect())
    })
    .await
}

/// Which listeners or rules.
pub(crate) enum Of<'a> {
    /// All listeners of it.
    LoadBalancer(&'a str),
    /// All rules of it.
    Listener(&'a str),
    /// These.
    Ids(&'a [String]),
}

/// Listeners as AWS gives them, each with its default actions as they are on the wire.
pub(crate) async fn listeners(
    clients: &Clients,
    of: Of<'_>,
) -> Result<Vec<(elb::Listener, Element)>, Error> {
    let request = clients.elb.describe_listeners();
    let request = match of {
        Of::LoadBalancer(arn) => request.load_balancer_arn(arn),
        Of::Listener(arn) => request.listener_arns(arn),
        Of::Ids(arns) => request.set_listener_arns(Some(arns.to_vec())),
    };
    let mut all = Vec::new();
    let mut next = None;
    loop {
        let request = request.clone().set_marker(next);
        let kept = Kept::default();
        let attempt = || {
            let request = request.clone().customize();
            request.interceptor(kept.clone()).send()
        };
        let read = clients.caller.read(&call::DESCRIBE_LISTENERS, attempt);
        let page = read.await?;
        let answer = kept.xml();
        let told = answer.get("DescribeListenersResult").get("Listeners");
        let with_actions = |listener: elb::Listener| {
            let arn = listener.listener_arn().unwrap_or_default();
            let mut same = told.items().filter(|l| l.get("ListenerArn").text() == arn);
            let actions = same.next().map(|l| l.get("DefaultActions").clone());
            (listener, actions.unwrap_or_default())
        };
        all.extend(
            page.listeners
                .unwrap_or_default()
                .into_iter()
                .map(with_actions),
        );
        next = page.next_marker;
        if next.is_none() {
            return Ok(all);
        }
    }
}

/// Rules as AWS gives them, each with its actions as they are on the wire.
pub(crate) async fn rules(
    clients: &Clients,
    of: Of<'_>,
) -> Result<Vec<(elb::Rule, Element)>, Error> {
    let request = clients.elb.describe_rules();
    let request = match of {
        Of::Listener(arn) | Of::LoadBalancer(arn) => request.listener_arn(arn),
        Of::Ids(arns) => request.set_rule_arns(Some(arns.to_vec())),
    };
    let mut all = Vec::new();
    let mut next = None;
    loop {
        let request = request.clone().set_marker(next);
        let kept = Kept::default();
        let attempt = || {
            let request = request.clone().customize();
            request.interceptor(kept.clone()).send()
        };
        let page = clients.caller.read(&call::DESCRIBE_RULES, attempt).await?;
        let answer = kept.xml();
        let told = answer.get("DescribeRulesResult").get("Rules");
        let with_actions = |rule: elb::Rule| {
            let arn = rule.rule_arn().unwrap_or_default();
            let mut same = told.items().filter(|r| r.get("RuleArn").text() == arn);
            let actions = same.next().map(|r| r.get("Actions").clone());
            (rule, actions.unwrap_or_default())
        };
        all.extend(page.rules.unwrap_or_default().into_iter().map(with_actions));
        next = page.next_marker;
        if next.is_none() {
            return Ok(all);
        }
    }
}

fn listener_list((listener, actions): &(elb::Listener, Element)) -> Option<ActionList> {
    let arn = listener.listener_arn()?.to_owned();
    let load_balancer = listener
        .load_balancer_arn()
        .map_or_else(|| derived_load_balancer(&arn), str::to_owned);
    let protocol = listener.protocol().map_or("", |p| p.as_str());
    let place = Place {
        listener: listener.port().map(|port| format!("{protocol}:{port}")),
        ..Place::default()
    };
    Some(ActionList::new(
        RouteId::Listener(arn),
        place,
        load_balancer,
        listener.default_actions(),
        actions,
    ))
}

/// The default rule is the listener's default action, which is read as such.
fn rule_list((rule, actions): &(elb::Rule, Element)) -> Option<ActionList> {
    let arn = rule
        .rule_arn()
        .filter(|_| rule.is_default() != Some(true))?
        .to_owned();
    let place = Place {
        listener: None,
        priority: rule.priority().map(str::to_owned),
        conditions: conditions(rule),
    };
    Some(ActionList::new(
        RouteId::Rule(arn.clone()),
        place,
        derived_load_balancer(&arn),
        rule.actions(),
        actions,
    ))
}

/// What a request must have to match a rule.
pub(crate) fn conditions(rule: &elb::Rule) -> Vec<(String, Vec<String>)> {
    rule.conditions().iter().filter_map(condition).collect()
}

/// What a request must have, and the values of which one is enough.
fn condition(condition: &elb::RuleCondition) -> Option<(String, Vec<String>)> {
    let (what, values) = match condition.field()? {
        "host-header" => ("host", condition.host_header_config().map(|c| c.values())),
        "path-pattern" => ("path", condition.path_pattern_config().map(|c| c.values())),
        "http-request-method" => (
            "method",
            condition.http_request_method_config().map(|c| c.values()),
        ),
        "source-ip" => {
            let config = condition.source_ip_config();
            // A Network Load Balancer tells clients by their family alone.
            if let Some(family) = config.and_then(|c| c.ip_address_type()) {
                let family = vec![family.as_str().to_owned()];
                return Some((CLIENTS.to_owned(), family));
            }
            ("from", config.map(|c| c.values()))
        }
        "http-header" => {
            let header = condition.http_header_config()?;
            let what = format!("header {}", header.http_header_name().unwrap_or_default());
            return Some((what, header.values().to_vec()));
        }
        "query-string" => {
            let pairs = condition.query_string_config()?.values().iter();
            let pair = |p: &elb::QueryStringKeyValuePair| match p.key() {
                Some(key) => format!("{key}={}", p.value().unwrap_or_default()),
                None => p.value().unwrap_or_default().to_owned(),
            };
            return Some(("query".to_owned(), pairs.map(pair).collect()));
        }
        other => return Some((other.to_owned(), condition.values().to_vec())),
    };
    // Either of AWS's two spellings.
    let values = values
        .filter(|v| !v.is_empty())
        .unwrap_or(condition.values());
    Some((what.to_owned(), values.to_vec()))
}

/// A rule does not say its listener's port; its ARN names the listener: `…:listener-rule/app/name/id/listener/rule`.
fn placed(mut list: ActionList, listeners: &BTreeMap<String, Option<String>>) -> ActionList {
    if let RouteId::Rule(_) = &list.id {
        let listener = families::listener_of(&list.id);
        list.place.listener = listeners.get(&listener).cloned().flatten();
    }
    list
}

/// The load balancer in a listener's or rule's ARN: `…:listener-rule/app/name/id/listener/rule`.
pub(crate) fn derived_load_balancer(arn: &str) -> String {
    if is_of_lattice(arn) {
        let service = arn.split_once("/listener/");
        return service.map_or_else(String::new, |(service, _)| service.to_owned());
    }
    let Some((head, tail)) = arn
        .split_once(":listener")
        .and_then(|(head, tail)| Some((head, tail.split_once('/')?.1)))
    else {
        return String::new();
    };
    let name: Vec<&str> = tail.split('/').take(3).collect();
    format!("{head}:loadbalancer/{}", name.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_names_its_load_balancer() {
        let arn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener-rule/app/shop/50dc/f2f7/9683";
        assert_eq!(
            derived_load_balancer(arn),
            "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/shop/50dc"
        );
    }
}
