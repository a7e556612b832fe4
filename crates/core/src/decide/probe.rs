//! The twin answers requests of ours before it gets a customer's: a rule of ours that only they meet, and what came back.
//!
//! The rule is there for as long as the twin has no customers and its ground is to be proven; once it has some, or traffic is
//! taken back, it goes. So nothing is remembered: what opens the gate are answers to requests of this very look.

use std::time::Duration;

use crate::{
    action::{Action, NewProbeRule},
    names::{self, PROBE_HEADER, tag},
    observation::{Answers, ProbeRule, Probing, Route, RouteId, Setting, listener_of},
    plan::Probe,
    status::{ProbeStop, WaitingOn},
};

use super::{Gate, OPEN, act, is_full, view::View, wait};

/// Priorities that AWS takes (botocore: elbv2 `RulePriority`).
const LOWEST: u32 = 1;
const HIGHEST: u32 = 50_000;
/// How long ago a request may have been counted.
const COUNTED: Duration = Duration::from_secs(300);

/// Where a rule of ours may stand: directly before a route that leads to the service.
struct Spot<'a> {
    route: &'a Route,
    group: &'a str,
    listener: String,
    /// The route's own priority; none of a default action, which comes after all rules.
    before: Option<u32>,
}

impl<'a> Spot<'a> {
    fn of(route: &'a Route, group: &'a str) -> Option<Self> {
        let before = match &route.id {
            RouteId::Listener(_) => None,
            RouteId::Rule(_) => Some(route.place.priority.as_ref()?.parse().ok()?),
        };
        Some(Self {
            route,
            group,
            listener: listener_of(&route.id),
            before,
        })
    }

    /// The priorities between the route and whatever is met before it.
    fn free(&self, seen: &Probing) -> std::ops::RangeInclusive<u32> {
        let taken = seen
            .taken
            .get(&self.listener)
            .map_or(&[][..], Vec::as_slice);
        let highest = self.before.map_or(HIGHEST, |own| own.saturating_sub(1));
        let earlier = taken.iter().filter(|p| **p <= highest);
        let lowest = earlier.max().map_or(LOWEST, |last| last + 1);
        lowest..=highest
    }

    fn conditions(&self, value: &str) -> Vec<(String, Vec<String>)> {
        let header = (format!("header {PROBE_HEADER}"), vec![value.to_owned()]);
        let mut all = self.route.place.conditions.clone();
        all.push(header);
        all
    }

    /// Whether a rule is what would be made here.
    fn has(&self, rule: &ProbeRule, seen: &Probing, value: &str) -> bool {
        let own = self.conditions(value);
        let same = |a: &(String, Vec<String>)| rule.conditions.iter().any(|b| is_alike(a, b));
        rule.listener == self.listener
            && rule.conditions.len() == own.len()
            && own.iter().all(same)
            && self.free(seen).contains(&rule.priority)
            && rule.forward.only() == Some(self.group)
            && matches!(&rule.actions[..], [only] if only == "forward")
    }
}

/// AWS promises no order of values, and header names have no case.
fn is_alike(a: &(String, Vec<String>), b: &(String, Vec<String>)) -> bool {
    let sorted = |values: &[String]| {
        let mut values = values.to_vec();
        values.sort();
        values
    };
    a.0.eq_ignore_ascii_case(&b.0) && sorted(&a.1) == sorted(&b.1)
}

/// Requests of ours were answered as the plan says, just now. Without any in the plan no rule of ours is left.
pub(super) fn proven(view: &View<'_>) -> Gate {
    let Some(probe) = &view.plan.probe else {
        return gone(view);
    };
    let spots = spots(view, probe)?;
    let seen = view.need(
        &view.seen.probing,
        "the rules of the load balancer",
        "point a listener or rule at the service",
    )?;
    let value = &view.plan.uid.0;
    if let Some(foreign) = seen.rules.iter().find(|r| !view.has_mark(&r.tags)) {
        return wait(WaitingOn::Foreign {
            what: format!("rule {} of {}", foreign.priority, at(&spots, foreign)),
        });
    }
    let is_right = |rule: &&ProbeRule| spots.iter().any(|s| s.has(rule, seen, value));
    let kept = seen.rules.iter().find(is_right);
    if let Some(other) = seen.rules.iter().find(|r| Some(*r) != kept) {
        return act(drop_rule(other, value));
    }
    if kept.is_none() {
        return make(view, probe, seen, &spots);
    }
    match &seen.answers {
        Answers::NotAsked if !is_full(view.seen) => wait(WaitingOn::CloserLook),
        Answers::NotAsked => stopped(probe, ProbeStop::Unreachable, "no request was sent"),
        Answers::Silent { door, why } => {
            let why = format!("{door}: {why}");
            stopped(probe, ProbeStop::Unreachable, &why)
        }
        Answers::Came(answers) => {
            let wrong = answers
                .iter()
                .find_map(|a| probe.expect.complaint(a.status, a.took));
            match wrong {
                Some(why) => stopped(probe, ProbeStop::Failing, &why),
                None if answers.len() < probe.times as usize => wait(WaitingOn::CloserLook),
                None => counted(view, probe),
            }
        }
    }
}

/// The answers were the twin's: CloudWatch counts as many at its target group, where none but ours can come. Whatever took them
/// on the way (a rule before ours, conditions that they do not meet, a load balancer that does not know ours yet) proves nothing.
fn counted(view: &View<'_>, probe: &Probe) -> Gate {
    let twin = view.twin()?;
    let since = twin.primary().map_or(twin.created_at, |d| d.created_at);
    let series = view.recent()?;
    let end = series.complete_points(view.now);
    let told = series.last(COUNTED, view.now).len();
    let counted: f64 = (end.saturating_sub(told)..end)
        .filter(|i| series.starts_at(*i) >= since)
        .filter_map(|i| series.get(i)?.requests_ipv6)
        .sum();
    if counted >= f64::from(probe.times) {
        return OPEN;
    }
    let why = "CloudWatch counts no such request at the twin's target group";
    stopped(probe, ProbeStop::Uncounted, why)
}

/// No rule for our requests is left behind.
pub(super) fn gone(view: &View<'_>) -> Gate {
    let rules = view.seen.probing.seen().map(|p| &p.rules);
    let mut ours = rules.into_iter().flatten();
    match ours.find(|r| view.has_mark(&r.tags)) {
        Some(rule) => act(drop_rule(rule, &view.plan.uid.0)),
        None => OPEN,
    }
}

fn stopped(probe: &Probe, what: ProbeStop, why: &str) -> Gate {
    wait(WaitingOn::Probe {
        what,
        request: probe.http.to_string(),
        why: why.to_owned(),
    })
}

/// The routes of the first pair that a rule of ours may stand before; those that sign people in are none, since our rule would
/// let in whoever knows the header.
fn spots<'a>(view: &View<'a>, probe: &Probe) -> Gate<Vec<Spot<'a>>> {
    let pairs = view.pairs()?;
    let routes = view.routes()?;
    let Some(pair) = pairs.first() else {
        return Gate::Continue(Vec::new());
    };
    let group = view.need(&pair.ipv6, "the IPv6 target group", "")?;
    let mut why = "no listener or rule of an Application Load Balancer leads to the twin";
    let mut spots = Vec::new();
    for route in routes.iter().filter(|r| r.forward.names(&group.arn)) {
        let is_application = route.load_balancer.contains(":loadbalancer/app/");
        if !is_application || route.setting != Setting::Weights {
            continue;
        }
        if !matches!(&route.actions[..], [only] if only == "forward") {
            why = "what leads to the service signs people in first, and a rule of ours beside it would let in whoever knows its \
                   header";
            continue;
        }
        spots.extend(Spot::of(route, &group.arn));
    }
    if spots.is_empty() {
        let stop = stopped(probe, ProbeStop::NoPlace, why);
        return stop.map_continue(|()| Vec::new());
    }
    Gate::Continue(spots)
}

fn make(view: &View<'_>, probe: &Probe, seen: &Probing, spots: &[Spot<'_>]) -> Gate {
    let free = |spot: &Spot<'_>| spot.free(seen).last();
    let found = spots.iter().find_map(|s| Some((s, free(s)?)));
    let Some((spot, priority)) = found else {
        let name = spots.first().map_or_else(String::new, |s| s.route.name());
        let why = format!("no priority is free directly before {name}");
        return stopped(probe, ProbeStop::NoPlace, &why);
    };
    let mark = (tag::PLAN.to_owned(), view.plan.uid.0.clone());
    act(Action::MakeProbeRule(Box::new(NewProbeRule {
        listener: spot.listener.clone(),
        named: spot.route.name(),
        before: match &spot.route.id {
            RouteId::Listener(_) => None,
            RouteId::Rule(arn) => Some(arn.clone()),
        },
        expects: spot.route.place.conditions.clone(),
        priority,
        value: view.plan.uid.0.clone(),
        group: spot.group.to_owned(),
        tags: [mark].into(),
    })))
}

fn drop_rule(rule: &ProbeRule, value: &str) -> Action {
    Action::DropProbeRule {
        rule: rule.arn.clone(),
        priority: rule.priority,
        value: value.to_owned(),
    }
}

/// Where a rule is, for people.
fn at(spots: &[Spot<'_>], rule: &ProbeRule) -> String {
    let route = spots.iter().find(|s| s.listener == rule.listener);
    let listener = route.and_then(|s| s.route.place.listener.clone());
    let listener = listener.unwrap_or_else(|| "a listener".to_owned());
    format!(
        "{listener} of {}",
        names::balancer(&rule.listener_balancer())
    )
}

impl ProbeRule {
    /// The ARN of its load balancer.
    fn listener_balancer(&self) -> String {
        let balancer = self.listener.rsplit_once('/').map_or("", |(of, _)| of);
        balancer.replacen(":listener/", ":loadbalancer/", 1)
    }
}
