//! What of a service somebody's code writes too: the next apply takes back what sixshift does to it.
//!
//! What belongs here: which resources those are, and what an apply would do to each kind. What must not: whose a resource is
//! ([`owner`]), the lines that keep its code away ([`lines`]), and any stop: only the team knows what its code ignores.

mod lines;
mod owner;

use std::collections::BTreeMap;

use super::check::{Category, Check, Found, Judged, Scene, Severity, Waiving};
use crate::{
    observation::{Few, Observation, Route, RouteId},
    plan::{Deletable, Plan},
};
use owner::Owner;

/// Resources that a message names; the lines of its remedy name all.
const NAMED: usize = 5;

/// What sixshift changes of what a team owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Listener,
    Rule,
    Service,
    TargetGroup,
}

impl Kind {
    fn is_route(self) -> bool {
        matches!(self, Self::Listener | Self::Rule)
    }
}

/// A resource that somebody's code writes.
struct Managed {
    kind: Kind,
    owner: Owner,
    /// As people find it.
    name: String,
    /// As its stack's template calls it.
    logical: Option<String>,
}

pub(super) const CHECKS: &[Check] = &[Check {
    id: "ECS-013",
    name: "managed-by-code",
    category: Category::Ecs,
    severity: Severity::Warn,
    holds: "No tag tells of infrastructure code that writes a route, the service or a target group.",
    why: "The next apply takes back what sixshift wrote: all traffic goes to IPv4 again, and once that is cold to nobody.",
    remedy: "let the code leave alone what sixshift writes for the time of the migration",
    source: "AWS CloudFormation, Resource tags; the tags that CDK, Copilot and teams set",
    waiving: Waiving::ByReason,
    run: of_all,
}];

/// One for each kind of resource and each owner.
fn of_all(s: &Scene<'_>) -> Judged {
    let (plan, seen) = (s.plan, s.seen);
    let mut all = Vec::new();
    let resources = resources(plan, seen);
    let mut kinds: BTreeMap<(Kind, &Owner), Vec<&Managed>> = BTreeMap::new();
    for resource in &resources {
        let alike = kinds.entry((resource.kind, &resource.owner)).or_default();
        alike.push(resource);
    }
    for ((kind, owner), alike) in kinds {
        let (message, remedy) = if kind.is_route() && seen.ipv4.is_absent() {
            (handed(&alike, owner), handing(seen))
        } else {
            let remedy = lines::remedy(kind, owner, &resources);
            (told(plan, kind, owner, &alike), remedy)
        };
        all.push(Found::new(message).remedied(remedy));
    }
    Ok(all)
}

/// What it is and what comes. Whether the code leaves it alone already no tag tells.
fn told(plan: &Plan, kind: Kind, owner: &Owner, alike: &[&Managed]) -> String {
    format!(
        "{}: {} {}, unless it is told to leave that alone",
        managed(alike, owner),
        applied(owner, alike),
        effect(plan, kind),
    )
}

/// The same once IPv4 is retired.
fn handed(alike: &[&Managed], owner: &Owner) -> String {
    format!(
        "{}: {} leads to the IPv4 side, which is gone, unless the code knows the IPv6 side",
        managed(alike, owner),
        applied(owner, alike),
    )
}

fn handing(seen: &Observation) -> String {
    let pairs = seen.pairs.seen().into_iter().flatten();
    let names: Vec<&str> = pairs.map(|p| p.ipv6_name.as_str()).collect();
    format!(
        "lead it to target group {} in the code, then delete the plan",
        names.join(", ")
    )
}

fn managed(alike: &[&Managed], owner: &Owner) -> String {
    let verb = if alike.len() == 1 { "is" } else { "are" };
    format!("{} {verb} managed by {}", names(alike), who(owner))
}

/// The IPv4 side's alone: what is sixshift's carries the team's tags too, and no code knows it.
fn resources(plan: &Plan, seen: &Observation) -> Vec<Managed> {
    let mut all = Vec::new();
    let mut add = |kind, name: String, tags: &Few<String, String>| {
        if let Some(owner) = owner::of(tags) {
            all.push(Managed {
                kind,
                owner,
                name,
                logical: owner::logical_id(tags),
            });
        }
    };
    let tags = seen.route_tags.seen();
    for route in seen.routes.seen().into_iter().flatten() {
        if let Some(tags) = tags.and_then(|all| all.get(route.id.arn())) {
            let (kind, name) = route_of(route);
            add(kind, name, tags);
        }
    }
    let service = seen.ipv4.seen();
    if let Some(service) = service {
        add(
            Kind::Service,
            format!("service {}", service.name),
            &service.tags,
        );
    }
    // A target group is only ever missed by its code, once it is gone.
    if plan.retire.delete.contains(&Deletable::TargetGroup) {
        let pairs = seen.pairs.seen().into_iter().flatten();
        for group in pairs.filter_map(|p| p.ipv4.seen()) {
            let name = format!("target group {}", group.name);
            add(Kind::TargetGroup, name, &group.tags);
        }
    }
    // `express` says it of all that is around such a service.
    if service.is_some_and(|s| s.express) {
        all.retain(|m| m.owner != Owner::Express);
    }
    all
}

fn route_of(route: &Route) -> (Kind, String) {
    let kind = match route.id {
        RouteId::Listener(_) => Kind::Listener,
        RouteId::Rule(_) => Kind::Rule,
    };
    (kind, route.name())
}

fn names(alike: &[&Managed]) -> String {
    let name = |m: &&Managed| match &m.logical {
        Some(id) => format!("{} ({id})", m.name),
        None => m.name.clone(),
    };
    let first: Vec<String> = alike.iter().take(NAMED).map(name).collect();
    let first = first.join(", ");
    match alike.len().saturating_sub(NAMED) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

fn who(owner: &Owner) -> String {
    match owner {
        Owner::Stack { name, by_cdk } => {
            let maker = if *by_cdk { "CDK" } else { "CloudFormation" };
            format!("{maker} in stack {name}")
        }
        Owner::Copilot { app, env, service } => {
            let rest = [env, service].into_iter().flatten();
            let path: Vec<&str> = std::iter::once(app)
                .chain(rest)
                .map(String::as_str)
                .collect();
            format!("Copilot ({})", path.join("/"))
        }
        Owner::Express => "an ECS Express service".to_owned(),
        Owner::Tool { tool, tag } => format!("{}, says its tag {tag}", tool.name()),
    }
}

/// What comes, as the subject of [`effect`].
fn applied(owner: &Owner, alike: &[&Managed]) -> String {
    let has_stacks = |tool: &owner::Tool| tool.has_stacks();
    match owner {
        // A stack leaves alone what its template does not change.
        Owner::Stack { .. } => touching(alike),
        Owner::Tool { tool, .. } if has_stacks(tool) => touching(alike),
        Owner::Tool { .. } => "the next apply".to_owned(),
        Owner::Copilot { service: None, .. } => "the next env deploy".to_owned(),
        Owner::Copilot { .. } => "the next svc deploy".to_owned(),
        Owner::Express => "the next deployment of the Express service".to_owned(),
    }
}

fn touching(alike: &[&Managed]) -> String {
    let it = if alike.len() == 1 { "it" } else { "one" };
    format!("a stack update that touches {it}")
}

fn effect(plan: &Plan, kind: Kind) -> &'static str {
    match kind {
        Kind::Listener | Kind::Rule => {
            "sends all traffic back to IPv4, and once IPv4 is cold to a target group without a target"
        }
        Kind::Service if plan.retire.delete.contains(&Deletable::Service) => {
            "sets the desired count back while it is cold, and misses the service once it is deleted"
        }
        Kind::Service => "sets the desired count back while it is cold",
        Kind::TargetGroup => "misses it once it is deleted, and makes it again or fails",
    }
}
