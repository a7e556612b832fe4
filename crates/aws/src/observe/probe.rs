//! Rules for our own requests to the twin, and what those are answered with: asked in a look that is to prove the ground.
//!
//! What belongs here: which rules those are by their condition, and whether one leads to the twin alone. What must not: whether
//! an answer is good, and how a request gets there ([`crate::door`]).

use std::collections::{BTreeMap, BTreeSet};

use sixshift_core::{
    names::{PROBE_HEADER, tag},
    observation::{
        Answers, Known, LoadBalancer, Look, Pair, ProbeRule, Probing, Route, RouteId, Tags,
        has_header, listener_of,
    },
    plan::{Plan, Uid},
};

use super::{Ages, action_list::ActionList, metrics, routes::derived_load_balancer, seen_all};
use crate::{
    door::{Asking, Door},
    region::Region,
};

/// What was found of listeners beside the routes.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    rules: Vec<ActionList>,
    taken: BTreeMap<String, Vec<u32>>,
    /// How each listener is told to people.
    ports: BTreeMap<String, Option<String>>,
}

impl Found {
    /// Takes the rules for a plan's own requests out of what was found: no customer meets them, so they are no routes.
    pub(super) fn apart(
        uid: &Uid,
        lists: Vec<ActionList>,
        ports: &BTreeMap<String, Option<String>>,
    ) -> (Vec<ActionList>, Self) {
        let is_ours = |list: &ActionList| {
            !list.is_of_network() && has_header(&list.place.conditions, PROBE_HEADER, &uid.0)
        };
        let (rules, others): (Vec<_>, Vec<_>) = lists.into_iter().partition(is_ours);
        let mut found = Self {
            rules,
            ports: ports.clone(),
            ..Self::default()
        };
        for list in others.iter().filter(|list| !list.is_of_network()) {
            let taken = found.taken.entry(listener_of(&list.id)).or_default();
            let priority = list.place.priority.as_deref();
            taken.extend(priority.and_then(|p| p.parse::<u32>().ok()));
        }
        (others, found)
    }
}

/// What a look saw around them.
pub(super) struct Around<'a> {
    pub(super) pairs: &'a Known<Vec<Pair>>,
    pub(super) routes: &'a Known<Vec<Route>>,
    pub(super) balancers: &'a Known<Vec<LoadBalancer>>,
}

/// `Absent` where there is no such rule and the plan asks for none.
pub(super) async fn of(
    region: &Region,
    plan: &Plan,
    found: Known<Found>,
    around: Around<'_>,
    (look, ages): (Look, Ages),
) -> Known<Box<Probing>> {
    let found = match found {
        Known::Seen(found) => found,
        Known::Absent => return Known::Absent,
        Known::Unknown(why) => return Known::Unknown(why),
    };
    if plan.probe.is_none() && found.rules.is_empty() {
        return Known::Absent;
    }
    let ids: BTreeSet<RouteId> = found.rules.iter().map(|rule| rule.id.clone()).collect();
    let reader = &region.readers.route_tags;
    let tags = match seen_all(reader.ask(ids, ages.tags_of_others()).await) {
        Ok(tags) => tags,
        Err(why) => return Known::Unknown(why),
    };
    // One that was just made may be shown before its tags are.
    for (id, _) in tags
        .iter()
        .filter(|(_, tags)| !tags.contains_key(tag::PLAN))
    {
        reader.forget(|key, _| key == id);
    }
    let tags: BTreeMap<RouteId, Tags> = tags.into_iter().collect();
    let rules = found.rules.into_iter().filter_map(|rule| {
        let tags = tags.get(&rule.id)?.clone();
        rule.probe_rule(tags)
    });
    let mut probing = Probing {
        rules: rules.collect(),
        taken: found.taken,
        answers: Answers::NotAsked,
    };
    if look == Look::Full
        && let Some(door) = door(plan, &probing.rules, &around, &found.ports)
    {
        probing.answers = ask(region, plan, &door).await;
    }
    Known::Seen(Box::new(probing))
}

/// Where to ask, while customers have no part of the twin and a rule of ours leads there and nowhere else.
fn door(
    plan: &Plan,
    rules: &[ProbeRule],
    around: &Around<'_>,
    ports: &BTreeMap<String, Option<String>>,
) -> Option<Door> {
    plan.probe.as_ref()?;
    if metrics::is_any_on_ipv6(around.pairs, around.routes) {
        return None;
    }
    let group = around.pairs.seen()?.first()?.ipv6.seen()?;
    let leads = |rule: &&ProbeRule| {
        rule.tags.get(tag::PLAN) == Some(&plan.uid.0)
            && rule.forward.only() == Some(group.arn.as_str())
    };
    let rule = rules.iter().find(leads)?;
    let arn = derived_load_balancer(&rule.arn);
    let balancer = around.balancers.seen()?.iter().find(|b| b.arn == arn)?;
    let listener = ports.get(&rule.listener)?.as_deref()?;
    Door::of(&balancer.dns_name, listener)
}

async fn ask(region: &Region, plan: &Plan, door: &Door) -> Answers {
    let Some(probe) = &plan.probe else {
        return Answers::NotAsked;
    };
    let asking = Asking {
        http: &probe.http,
        mark: &plan.uid.0,
        times: probe.times,
    };
    let clients = &region.clients;
    let (sdk, rate) = (&region.sdk, clients.caller.rate);
    region.doors.ask(sdk, door, &asking, rate).await
}
