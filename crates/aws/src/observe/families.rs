//! A listener of a Network Load Balancer with its rules, as one route.
//!
//! What belongs here: which of them belong together. What must not: what they mean in weights (core's `way`).

use std::collections::{BTreeMap, BTreeSet};

use sixshift_core::{
    names::is_of_lattice,
    observation::{self, Families, Pair, Route, RouteId, Setting},
    way,
};

use super::action_list::ActionList;

/// The listener that a list of actions is of: `…:listener-rule/net/name/id/listener/rule` is of `…:listener/net/name/id/listener`,
/// and in VPC Lattice `…:service/id/listener/id/rule/id` of what comes before.
pub(super) fn listener_of(id: &RouteId) -> String {
    match id {
        RouteId::Rule(arn) if is_of_lattice(arn) => {
            let listener = arn.split_once("/rule/").map_or(arn.as_str(), |(of, _)| of);
            listener.to_owned()
        }
        id => observation::listener_of(id),
    }
}

/// Those that forward to some target groups; of a Network Load Balancer's listener all, since only together they say whom it
/// leads there.
pub(super) fn led_to(lists: Vec<ActionList>, groups: &BTreeSet<String>) -> Vec<ActionList> {
    let network = lists.iter().filter(|list| list.is_of_network());
    let led = network.filter(|list| list.forwards_to(groups));
    let led: BTreeSet<String> = led.map(|list| listener_of(&list.id)).collect();
    let is_led = |list: &ActionList| {
        if list.is_of_network() {
            led.contains(&listener_of(&list.id))
        } else {
            list.forwards_to(groups)
        }
    };
    lists.into_iter().filter(is_led).collect()
}

/// Routes of lists of actions: each its own, and those of a Network Load Balancer's listener one.
pub(super) fn gathered(lists: impl Iterator<Item = ActionList>, pairs: &[Pair]) -> Vec<Route> {
    let mut routes = Vec::new();
    let mut listeners: BTreeMap<String, (Option<Route>, Families)> = BTreeMap::new();
    for list in lists {
        if !list.is_of_network() {
            routes.extend(list.route());
            continue;
        }
        let (route, families) = listeners.entry(listener_of(&list.id)).or_default();
        match list.id {
            RouteId::Listener(_) => *route = list.route(),
            RouteId::Rule(_) => families.rules.extend(list.family_rule()),
        }
    }
    for (route, mut families) in listeners.into_values() {
        let Some(route) = route else { continue };
        families.default = route.forward.clone();
        families.rules.sort_by_key(|rule| rule.priority);
        let pair = pairs.iter().find(|pair| is_of(&families, pair));
        if let Some(pair) = pair {
            families.ipv4.clone_from(&pair.ipv4_arn);
            families.ipv6 = pair.ipv6.seen().map(|group| group.arn.clone());
        }
        routes.push(Route {
            forward: way::read_families(&families),
            setting: Setting::Families(families),
            ..route
        });
    }
    // It is kept for as long as nobody looks again: room for more routes would weigh more than the one that there mostly is.
    routes.shrink_to_fit();
    routes
}

/// Whether any part of a listener names a group of a pair.
fn is_of(families: &Families, pair: &Pair) -> bool {
    let mut parts =
        std::iter::once(&families.default).chain(families.rules.iter().map(|r| &r.forward));
    let ipv6 = pair.ipv6.seen().map(|group| &group.arn);
    parts.any(|forward| forward.names(&pair.ipv4_arn) || ipv6.is_some_and(|arn| forward.names(arn)))
}
