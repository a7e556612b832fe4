//! What there is in AWS, and what hangs on what.
//!
//! Services, routes and weights are from the newest look; targets and tasks from the newest close one.

use std::{collections::BTreeSet, time::Duration};

use sixshift_controller::{Closely, PlanView};
use sixshift_core::{
    names,
    observation::{
        Known, LoadBalancer, Observation, Route, RouteId, Scaling, Service, Target, TargetGroup,
        Task, WeightedGroup,
    },
    plan::Plan,
    status::{Phase, duration},
};

use super::{findings, name_in};
use crate::model::Node;

/// Leaves under one node, at most: a page must stay one that is read.
const MOST_LEAVES: usize = 50;

/// The plan and all that hangs on it.
pub(super) fn tree(view: &PlanView) -> Node {
    let root = |state: &str, detail: String, children| Node {
        kind: "plan".to_owned(),
        name: view.name.clone(),
        state: state.to_owned(),
        detail,
        children,
        ..Node::default()
    };
    let (Some(plan), Some(seen)) = (&view.plan, &view.seen) else {
        return root("unknown", "not looked at yet".to_owned(), Vec::new());
    };
    let closely = view.closely.as_deref();
    let looks = Looks { seen, closely };
    let mut children = looks.routes();
    match plan.in_place() {
        Some(_) => children.push(looks.in_place(plan)),
        None => children.extend([looks.ipv4(plan), looks.twin(plan)]),
    }
    let is_done = view.status.as_ref().is_some_and(|s| s.phase == Phase::Done);
    let found = findings::node(plan, seen).filter(|_| !is_done);
    children.extend(found);
    // A finding that warns leaves what is there as well as it is.
    let counts = |c: &Node| c.kind != "preflight" || c.state == "bad";
    let worst = |state: &str| children.iter().any(|c| c.state == state && counts(c));
    let state = ["bad", "unknown", "warn"]
        .into_iter()
        .find(|s| worst(s))
        .unwrap_or("ok");
    let shares = view.status.as_ref().and_then(|s| s.shares.observed);
    let detail = shares.map_or_else(String::new, |s| format!("{s} on IPv6"));
    root(state, detail, children)
}

struct Looks<'a> {
    seen: &'a Observation,
    closely: Option<&'a Closely>,
}

impl Looks<'_> {
    fn routes(&self) -> Vec<Node> {
        let routes = match &self.seen.routes {
            Known::Seen(routes) => routes,
            Known::Absent => return Vec::new(),
            Known::Unknown(why) => return vec![unknown("route", "the routes", None, &why.text)],
        };
        // A target group's targets are shown where it is mentioned first.
        let mut shown = BTreeSet::new();
        routes.iter().map(|r| self.route(r, &mut shown)).collect()
    }

    fn route<'a>(&'a self, route: &'a Route, shown: &mut BTreeSet<&'a str>) -> Node {
        let balancer = name_in(&route.load_balancer);
        let name = match &route.id {
            RouteId::Listener(_) => format!("default action of {}", route.name()),
            RouteId::Rule(_) => route.name(),
        };
        let groups = route.forward.groups.iter();
        let total: u32 = groups.clone().map(|g| u32::from(g.weight)).sum();
        let children: Vec<Node> = groups
            .map(|g| {
                let with_targets = shown.insert(&g.arn);
                self.group(g, total, with_targets)
            })
            .collect();
        let bad = children.iter().any(|c| c.state == "bad");
        let family = self
            .balancer(&route.load_balancer)
            .map_or_else(String::new, |b| format!(", {}", b.ip_address_type));
        let sticky = route.forward.stickiness.map_or_else(String::new, |s| {
            let lasts = Duration::from_secs(u64::from(s));
            format!(", sticky for {}", duration(lasts))
        });
        Node {
            kind: "route".to_owned(),
            name,
            arn: Some(route.id.arn().to_owned()),
            state: if bad { "bad" } else { "ok" }.to_owned(),
            detail: format!("load balancer {balancer}{family}{sticky}"),
            children,
            ..Node::default()
        }
    }

    fn balancer(&self, arn: &str) -> Option<&LoadBalancer> {
        let mut all = self.seen.load_balancers.seen().into_iter().flatten();
        all.find(|b| b.arn == arn)
    }

    /// The side and the newest knowledge of a target group of a pair.
    fn of_pair(&self, arn: &str) -> (Option<&'static str>, Option<&TargetGroup>) {
        let mut side = None;
        let mut known: Option<&TargetGroup> = None;
        let looks = [Some(&self.seen.pairs), self.closely.map(|c| &c.pairs)];
        for pairs in looks.into_iter().flatten() {
            for pair in pairs.seen().into_iter().flatten() {
                let (found, group) = if pair.ipv4_arn == arn {
                    ("ipv4", pair.ipv4.seen())
                } else if pair.ipv6.seen().is_some_and(|g| g.arn == arn) {
                    ("ipv6", pair.ipv6.seen())
                } else {
                    continue;
                };
                side = side.or(Some(found));
                // Targets are asked only in a close look.
                let better = known.is_none_or(|k| k.targets.seen().is_none());
                known = group.filter(|_| better).or(known);
            }
        }
        (side, known)
    }

    fn group(&self, weighted: &WeightedGroup, total: u32, with_targets: bool) -> Node {
        let (side, group) = self.of_pair(&weighted.arn);
        let targets = group.and_then(|g| g.targets.seen());
        let weight = format!("weight {} of {total}", weighted.weight);
        let (state, detail) = match (side, targets) {
            (None, _) => ("ok", format!("{weight}, another service's")),
            (Some(_), None) => ("unknown", weight),
            (Some(_), Some(targets)) => {
                let healthy = targets.iter().filter(|t| t.is_healthy()).count();
                let detail = format!("{weight}, {healthy} of {} targets healthy", targets.len());
                (group_state(weighted.weight, healthy, targets.len()), detail)
            }
        };
        let targets = targets.filter(|_| with_targets).into_iter().flatten();
        Node {
            kind: "targetGroup".to_owned(),
            name: name_in(&weighted.arn).to_owned(),
            arn: Some(weighted.arn.clone()),
            side: side.map(str::to_owned),
            state: state.to_owned(),
            detail,
            children: leaves(targets.map(|t| target(t, side))),
        }
    }

    fn ipv4(&self, plan: &Plan) -> Node {
        let name = &plan.service.name;
        let mut node = match &self.seen.ipv4 {
            Known::Seen(s) => service(s, "ipv4"),
            Known::Absent => gone("service", name, "ipv4"),
            Known::Unknown(why) => unknown("service", name, Some("ipv4"), &why.text),
        };
        node.children
            .extend(self.scaling(plan, name, "ipv4", |o| &o.ipv4_scaling));
        node
    }

    fn twin(&self, plan: &Plan) -> Node {
        let name = &names::service(plan);
        let mut node = match &self.seen.twin {
            Known::Seen(s) => service(s, "ipv6"),
            Known::Absent => gone("service", name, "ipv6"),
            Known::Unknown(why) => unknown("service", name, Some("ipv6"), &why.text),
        };
        node.children
            .extend(self.scaling(plan, name, "ipv6", |o| &o.twin_scaling));
        let tasks = self.closely.and_then(|c| c.twin_tasks.seen());
        let tasks = tasks.or(self.seen.twin_tasks.seen());
        let tasks = tasks.into_iter().flatten();
        node.children.extend(leaves(tasks.map(task)));
        node
    }

    /// A service that is moved in place is of one side or the other; what is run beside it is of the other.
    fn in_place(&self, plan: &Plan) -> Node {
        let name = &plan.service.name;
        let live = self.seen.ipv4.seen();
        let side = match live.is_some_and(|s| plan.ipv6.is_network_of(s)) {
            true => "ipv6",
            false => "ipv4",
        };
        let mut node = match &self.seen.ipv4 {
            Known::Seen(s) => service(s, side),
            Known::Absent => gone("service", name, side),
            Known::Unknown(why) => unknown("service", name, Some(side), &why.text),
        };
        node.children
            .extend(self.scaling(plan, name, side, |o| &o.ipv4_scaling));
        let tasks = self.closely.and_then(|c| c.derived_tasks.seen());
        let tasks = tasks.or(self.seen.derived_tasks.seen());
        let tasks = tasks.into_iter().flatten();
        let beside = tasks.filter(|t| t.is_live() && !t.of_service);
        node.children.extend(leaves(beside.map(|t| task(&t.task))));
        node
    }

    fn scaling(
        &self,
        plan: &Plan,
        name: &str,
        side: &str,
        of: impl Fn(&Observation) -> &Known<Scaling>,
    ) -> Option<Node> {
        let known = of(self.seen).seen()?;
        let suspended = [
            (known.suspended.scale_in, "scale-in"),
            (known.suspended.scale_out, "scale-out"),
            (known.suspended.scheduled, "schedules"),
        ];
        let suspended: Vec<&str> = suspended
            .into_iter()
            .filter(|(on, _)| *on)
            .map(|(_, n)| n)
            .collect();
        let mut detail = format!("{} to {} tasks", known.min, known.max);
        if !suspended.is_empty() {
            detail.push_str(&format!(", suspended: {}", suspended.join(", ")));
        }
        let policies = known.policies.iter().map(|policy| Node {
            kind: "scalingPolicy".to_owned(),
            name: policy.name.clone(),
            side: Some(side.to_owned()),
            state: "ok".to_owned(),
            ..Node::default()
        });
        Some(Node {
            kind: "scaling".to_owned(),
            name: names::scaling_resource(&plan.service.cluster, name),
            side: Some(side.to_owned()),
            state: "ok".to_owned(),
            detail,
            children: leaves(policies),
            ..Node::default()
        })
    }
}

/// A group that takes traffic and has nobody healthy is bad: a load balancer does not fail over from it.
fn group_state(weight: u16, healthy: usize, all: usize) -> &'static str {
    match (weight, healthy) {
        (0, _) if healthy == all => "ok",
        (0, _) => "warn",
        (_, 0) => "bad",
        _ if healthy < all => "warn",
        _ => "ok",
    }
}

fn service(service: &Service, side: &str) -> Node {
    let primary = service.primary();
    let deploying = if service.is_deploying() {
        ", being deployed"
    } else {
        ""
    };
    let definition = primary.map_or(&service.task_definition, |d| &d.task_definition);
    let state = if service.status != "ACTIVE" || service.running < service.desired {
        "warn"
    } else {
        "ok"
    };
    Node {
        kind: "service".to_owned(),
        name: service.name.clone(),
        arn: Some(service.arn.clone()),
        side: Some(side.to_owned()),
        state: state.to_owned(),
        detail: format!(
            "{}, {} of {} tasks run{deploying}",
            service.status, service.running, service.desired
        ),
        children: vec![Node {
            kind: "taskDefinition".to_owned(),
            name: name_in(definition).to_owned(),
            arn: Some(definition.clone()),
            side: Some(side.to_owned()),
            state: "ok".to_owned(),
            ..Node::default()
        }],
    }
}

fn task(task: &Task) -> Node {
    let (state, detail) = match (&task.stopped, &task.ipv4, &task.ipv6) {
        (Some(why), _, _) => ("warn", format!("{}: {why}", task.status)),
        (None, Some(ipv4), _) => (
            "bad",
            format!("{}, has the IPv4 address {ipv4}", task.status),
        ),
        (None, None, Some(ipv6)) => ("ok", format!("{}, {ipv6}, no IPv4", task.status)),
        (None, None, None) => ("warn", format!("{}, no address yet", task.status)),
    };
    Node {
        kind: "task".to_owned(),
        name: name_in(&task.arn).to_owned(),
        arn: Some(task.arn.clone()),
        side: Some("ipv6".to_owned()),
        state: state.to_owned(),
        detail,
        ..Node::default()
    }
}

fn target(target: &Target, side: Option<&str>) -> Node {
    let said = [
        target.zone.as_ref(),
        Some(&target.state),
        target.reason.as_ref(),
        target.description.as_ref(),
    ];
    let said: Vec<&str> = said.into_iter().flatten().map(String::as_str).collect();
    let state = match target.state.as_str() {
        "healthy" => "ok",
        "unhealthy" | "unavailable" => "bad",
        _ => "warn",
    };
    Node {
        kind: "target".to_owned(),
        name: target.id.clone(),
        side: side.map(str::to_owned),
        state: state.to_owned(),
        detail: said.join(", "),
        ..Node::default()
    }
}

fn gone(kind: &str, name: &str, side: &str) -> Node {
    Node {
        kind: kind.to_owned(),
        name: name.to_owned(),
        side: Some(side.to_owned()),
        state: "ok".to_owned(),
        detail: "does not exist".to_owned(),
        ..Node::default()
    }
}

fn unknown(kind: &str, name: &str, side: Option<&str>, why: &str) -> Node {
    Node {
        kind: kind.to_owned(),
        name: name.to_owned(),
        side: side.map(str::to_owned),
        state: "unknown".to_owned(),
        detail: why.to_owned(),
        ..Node::default()
    }
}

/// The first of many, and how many more there are.
fn leaves(nodes: impl Iterator<Item = Node>) -> Vec<Node> {
    let mut all: Vec<Node> = nodes.collect();
    if all.len() > MOST_LEAVES {
        let kind = all.first().map(|n| n.kind.clone()).unwrap_or_default();
        let more = all.len() - MOST_LEAVES;
        all.truncate(MOST_LEAVES);
        all.push(Node {
            kind,
            name: format!("and {more} more"),
            state: "ok".to_owned(),
            ..Node::default()
        });
    }
    all
}
