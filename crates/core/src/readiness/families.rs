//! Listeners of a Network Load Balancer, whose clients move family by family.
//!
//! What belongs here: what stands in the way of that alone. What must not: what holds of every route ([`super::routes`]).

use super::check::{
    Category, Check, Found, Judged, REFUSED, STUCK, Scene, Severity, Spared, Waiving, known,
};
use crate::{
    names::tag,
    observation::{Families, Known, Route, Setting},
};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "LB-020",
        name: "nlb-datagrams",
        category: Category::Lb,
        severity: Severity::Block,
        holds: "No listener of a Network Load Balancer that leads to the service takes UDP or QUIC.",
        why: "Behind such a listener AWS takes IPv4 target groups on an ipv4 load balancer alone, and IPv6 ones on a dual-stack load \
          balancer alone: no listener can have both sides, so none can go from one to the other, or back.",
        remedy: "make a second, dual-stack load balancer with source NAT prefixes and an IPv6 target group, and move the clients in DNS",
        source: "Elastic Load Balancing, Target groups for your Network Load Balancers; Listeners for your Network Load Balancers",
        waiving: STUCK,
        run: |s| {
            each_listener(s, |route, _| {
                let listener = route.place.listener.as_deref()?;
                let protocol = listener.split(':').next().unwrap_or(listener);
                let is_stream = matches!(protocol, "TCP" | "TLS");
                (!is_stream).then(|| format!("{} takes {protocol}", route.name()))
            })
        },
    },
    Check {
        id: "LB-021",
        name: "nlb-own-rules",
        category: Category::Lb,
        severity: Severity::Block,
        holds: "A Network Load Balancer's listener that leads to the service has no rules but sixshift's.",
        why: "Clients of a family are led by rules of sixshift's own. Another rule for the same clients would shade them, or be shaded \
          by them, and what its author wanted with it cannot be told.",
        remedy: "take the rule out, or move the service by hand: its listener divides the families already",
        source: "Elastic Load Balancing, Listeners for your Network Load Balancers: rule evaluation",
        waiving: STUCK,
        run: own_rules,
    },
    Check {
        id: "LB-022",
        name: "nlb-several-groups",
        category: Category::Lb,
        severity: Severity::Block,
        holds: "The default action of a Network Load Balancer's listener forwards to one target group.",
        why: "All target groups of a default action have one family, so an action that divides its flows among several has no place for \
          the other family beside them.",
        remedy: "leave the service's target group alone in it",
        source: "Elastic Load Balancing, Listeners for your Network Load Balancers: default actions",
        waiving: REFUSED,
        run: |s| {
            each_listener(s, |route, families| {
                let count = families.default.groups.len();
                (count > 1).then(|| format!("{} forwards to {count} target groups", route.name()))
            })
        },
    },
    Check {
        id: "LB-023",
        name: "nlb-client-ip",
        category: Category::Lb,
        severity: Severity::Warn,
        holds: "The service does not read its clients' addresses from their packets, or reads them by the proxy protocol.",
        why: "A client's address is kept only where client and target are of one family. Once all flows go to IPv6 targets, IPv4 clients \
          come there from an address of the load balancer's: allow lists, limits and logs by address see that.",
        remedy: "turn on proxy protocol v2 and read it, or let nothing depend on the address",
        source: "Elastic Load Balancing, Listeners for your Network Load Balancers: source IP preservation",
        waiving: Waiving::ByReason,
        run: |s| {
            let groups = s.pairs()?.iter().filter_map(|p| p.ipv4.seen());
            let routes = known(&s.seen.routes)?;
            let is_led = |arn: &str| {
                let mut led = routes.iter().filter(|r| families(r).is_some());
                led.any(|r| r.forward.names(arn))
            };
            let is_on = |value: Option<&String>| value.is_some_and(|v| v == "true");
            let found = groups.filter(|g| is_led(&g.arn)).filter_map(|group| {
                let kept = is_on(group.attributes.get("preserve_client_ip.enabled"));
                let told = is_on(group.attributes.get("proxy_protocol_v2.enabled"));
                let name = &group.name;
                (kept && !told).then(|| {
                    Found::new(format!(
                        "target group {name} keeps clients' addresses, which IPv4 clients lose on the way to IPv6 targets"
                    ))
                })
            });
            Ok(found.collect())
        },
    },
];

fn families(route: &Route) -> Option<&Families> {
    match &route.setting {
        Setting::Families(families) => Some(families),
        Setting::Weights => None,
    }
}

fn each_listener(s: &Scene<'_>, wrong: impl Fn(&Route, &Families) -> Option<String>) -> Judged {
    let routes = known(&s.seen.routes)?.iter();
    let listeners: Vec<_> = routes.filter_map(|r| Some((r, families(r)?))).collect();
    if listeners.is_empty() {
        return Err(Spared::NotHere);
    }
    let found = listeners.into_iter().filter_map(|(r, f)| wrong(r, f));
    Ok(found.map(Found::new).collect())
}

fn own_rules(s: &Scene<'_>) -> Judged {
    let routes = known(&s.seen.routes)?;
    let has_rules = |r: &Route| families(r).is_some_and(|f| !f.rules.is_empty());
    let tags = match &s.seen.route_tags {
        Known::Seen(tags) => tags,
        Known::Unknown(why) if routes.iter().any(has_rules) => {
            return Err(Spared::Unknown(why.clone()));
        }
        _ => return each_listener(s, |_, _| None),
    };
    // One whose tags were not told yet is nobody's.
    let is_theirs = |arn: &str| {
        let tags = tags.get(arn);
        tags.is_some_and(|t| t.get(tag::PLAN) != Some(&s.plan.uid.0))
    };
    each_listener(s, |route, families| {
        let mut rules = families.rules.iter();
        let theirs = rules.find(|rule| is_theirs(&rule.arn))?;
        Some(format!(
            "{} has a rule {} that is not sixshift's",
            route.name(),
            theirs.priority
        ))
    })
}
