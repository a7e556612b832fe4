//! A plan for a service that nobody has written one for: from what AWS says of it to commented YAML, or to why there is none.
//!
//! What belongs here: which way AWS advises, subnets, steps that suit the traffic, and the text. What must not: reading AWS
//! (`sixshift-aws`), files (the binary), and what stands in a migration's way, which is [`crate::readiness`]'s to say.
//!
//! The plan of a proposal is what our own parser makes of its text, so none is handed over that `lint` would refuse.

mod history;
mod names;
mod network;
mod settle;
mod steps;
mod strategy;
mod text;

use std::{collections::BTreeMap, path::Path, sync::Arc};

pub use names::name_of;
pub use settle::{Standing, settled};
pub use strategy::Way;

use crate::{
    evidence::Series,
    names::{self as twin_names, tag},
    observation::{Ground, Known, Observation, RouteId, Subnets, Why},
    plan::{Plan, ServiceRef, parse},
    readiness::{Finding, check, findings},
};

/// What was read for a proposal.
#[derive(Clone, Debug)]
pub struct Material {
    /// A full look by [`Plan::draft`].
    pub seen: Observation,
    /// The service's VPC. `Absent`: the service names no subnet.
    pub ground: Known<Arc<Ground>>,
    /// The load balancers' figures of the last days, an hour a point.
    pub history: Known<Series>,
}

/// What comes of a service.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// A plan.
    Plan(Box<Proposal>),
    /// None, and why.
    Refused(Refusal),
    /// It is what a migration made.
    Twin,
}

/// A plan with its text.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// As our parser reads the text.
    pub plan: Plan,
    /// With comments.
    pub text: String,
    /// How traffic will move, and why so.
    pub way: Way,
    /// What preflight says of it: what warns, and what blocks until it is mended or waived.
    pub findings: Vec<Finding>,
}

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The way that AWS advises, where enough is known to say.
    pub way: Option<Way>,
    /// At least one.
    pub reasons: Vec<Reason>,
}

/// One of the reasons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The finding's code, or one of our own: `unread`, `missing`, `no-ipv6-subnets`, `no-subnets`, `subnets-unread`, `twin-there`,
    /// `shared-route`, `unwritable`.
    pub code: String,
    /// Without a full stop.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

impl Reason {
    fn new(code: &str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
            remedy: remedy.into(),
        }
    }
}

impl From<&Finding> for Reason {
    fn from(finding: &Finding) -> Self {
        Self::new(finding.code, &finding.message, &finding.remedy)
    }
}

/// The routes that plans move, each by one.
#[derive(Clone, Debug, Default)]
pub struct Moved(BTreeMap<RouteId, String>);

impl Moved {
    /// Those that a plan moves, by what was seen of it.
    pub fn add(&mut self, plan: &str, seen: &Observation) {
        let routes = seen.routes.seen().into_iter().flatten();
        let routes = routes.map(|route| (route.id.clone(), plan.to_owned()));
        self.0.extend(routes);
    }

    /// Two plans that move one route would undo each other's weights: the daemon takes neither.
    fn shared(&self, seen: &Observation) -> Option<Reason> {
        let mut routes = seen.routes.seen().into_iter().flatten();
        routes.find_map(|route| {
            let other = self.0.get(&route.id)?;
            Some(Reason::new(
                "shared-route",
                format!("{} sends requests to it and to what plan {other} moves", route.name()),
                format!("finish plan {other} and take it out of the folder, then begin again; or give the service a route of its own"),
            ))
        })
    }
}

/// A plan of this name for a service, or why there can be none yet; `moved` are the routes of other plans.
#[must_use]
pub fn propose(service: &ServiceRef, name: &str, material: &Material, moved: &Moved) -> Outcome {
    let seen = &material.seen;
    if let Some(found) = seen.ipv4.seen()
        && found.tags.contains_key(tag::PLAN)
    {
        return Outcome::Twin;
    }
    let way = strategy::of(&seen.ipv4, &seen.load_balancers);
    let draft = match way {
        Some(Way::InPlace(_)) => Plan::draft_in_place(name, service),
        Some(Way::Names(_)) => Plan::draft_names(name, service, names::of_twin(&service.name)),
        Some(Way::Families(_)) => Plan::draft_families(name, service),
        Some(Way::Lattice(_)) => Plan::draft_lattice(name, service),
        _ => Plan::draft(name, service),
    };
    let draft = named(draft, seen);
    let refused = |reasons| {
        Outcome::Refused(Refusal {
            way: way.clone(),
            reasons,
        })
    };
    let unread = unread(service, seen);
    if !unread.is_empty() {
        return refused(unread);
    }
    let stops = stopped(&findings(&draft, seen));
    if !stops.is_empty() {
        return refused(stops);
    }
    let Some(built) = way.clone() else {
        return refused(vec![not_read(
            "its load balancers",
            &Why::new("AWS does not tell of them"),
        )]);
    };
    if seen.twin.seen().is_some() {
        return refused(vec![twin_there(&draft)]);
    }
    if let Some(shared) = moved.shared(seen) {
        return refused(vec![shared]);
    }
    match written(draft, built, material) {
        Ok(proposal) => Outcome::Plan(Box::new(proposal)),
        Err(reasons) => refused(reasons),
    }
}

/// Consumers of a registry beside a load balancer need a name to move to.
fn named(mut draft: Plan, seen: &Observation) -> Plan {
    let is_registered = seen.ipv4.seen().is_some_and(|s| !s.registries.is_empty());
    if is_registered && !draft.is_unbalanced() {
        draft.ipv6.registry = Some(names::of_twin(&draft.service.name));
    }
    draft
}

fn twin_there(draft: &Plan) -> Reason {
    Reason::new(
        "twin-there",
        format!("there is a service {} already", twin_names::service(draft)),
        "look for the plan that it is of, or delete that service",
    )
}

/// Everything that a plan rests on; what is not known is no ground for one.
fn unread(service: &ServiceRef, seen: &Observation) -> Vec<Reason> {
    if seen.ipv4.is_absent() {
        let message = format!(
            "there is no service {} in cluster {} of {}",
            service.name, service.cluster, service.region
        );
        let remedy =
            "correct --cluster, --service or --region, or the account that the credentials are of";
        return vec![Reason::new("missing", message, remedy)];
    }
    if let Some(why) = seen.ipv4.unknown() {
        // Without the service nothing else is known either, for the same reason.
        return vec![not_read("the service", why)];
    }
    let rest = [
        ("its twin", seen.twin.unknown()),
        ("its task definition", seen.ipv4_task_definition.unknown()),
        ("its revision", seen.ipv4_revision.unknown()),
        ("its target groups", seen.pairs.unknown()),
        ("its load balancers", seen.load_balancers.unknown()),
        ("its routes", seen.routes.unknown()),
        ("its scaling", seen.ipv4_scaling.unknown()),
    ];
    let unread = rest.into_iter();
    unread
        .filter_map(|(what, why)| Some(not_read(what, why?)))
        .collect()
}

fn not_read(what: &str, why: &Why) -> Reason {
    let remedy = if why.is_lasting {
        "allow what is named, as the reads of deploy/iam/policy.json do, and begin again"
    } else {
        "begin again in a minute: what stood in the way may be over"
    };
    Reason::new("unread", format!("{what} cannot be read: {why}"), remedy)
}

/// What no reason in a plan could wave through.
fn stopped(findings: &[Finding]) -> Vec<Reason> {
    let is_final = |f: &&Finding| f.blocks() && !check(f.code).is_some_and(|c| c.is_waivable());
    findings.iter().filter(is_final).map(Reason::from).collect()
}

fn written(mut draft: Plan, way: Way, material: &Material) -> Result<Proposal, Vec<Reason>> {
    let chosen = network::choose(&draft.service, material).map_err(|reason| vec![reason])?;
    draft.ipv6.subnets = chosen.ids();
    let usual = history::usual(&material.history);
    text::edits(&mut draft, &material.seen);
    let has_shares = matches!(
        draft.shift.way,
        crate::plan::Way::Weights | crate::plan::Way::Lattice
    );
    if has_shares {
        history::limits(&mut draft.health, usual.as_ref().ok());
    }
    let ladder = steps::ladder(&draft.health, usual.as_ref().ok());
    if has_shares {
        draft.shift.steps = ladder.steps();
        draft.health.on_too_few = ladder.on_too_few();
    }
    // What was chosen was read, too: the draft's look did not name it.
    let mut seen = material.seen.clone();
    seen.subnets = Known::Seen(Subnets::Told(chosen.told(material)));
    seen.ground = material.ground.clone();
    let findings = findings(&draft, &seen);
    let stops = stopped(&findings);
    if !stops.is_empty() {
        return Err(stops);
    }
    let page = text::Page {
        plan: &draft,
        way: &way,
        seen: &seen,
        chosen: &chosen,
        usual: usual.as_ref(),
        ladder: &ladder,
        findings: &findings,
    };
    let text = page.text();
    let plan = read_back(&text)?;
    Ok(Proposal {
        plan,
        text,
        way,
        findings,
    })
}

/// What was written, as `lint` reads it.
fn read_back(text: &str) -> Result<Plan, Vec<Reason>> {
    let remedy = "write the plan by hand: docs/reference/plan.md says what each field takes";
    let unwritable = |message: String| Reason::new("unwritable", message, remedy);
    match parse(Path::new("plan.yaml"), text) {
        Ok(plans) => {
            let first = plans.into_iter().next();
            first.ok_or_else(|| vec![unwritable("no plan came of it".to_owned())])
        }
        Err(mistakes) => Err(mistakes
            .iter()
            .map(|m| unwritable(format!("{}: {}", m.path, m.message)))
            .collect()),
    }
}
