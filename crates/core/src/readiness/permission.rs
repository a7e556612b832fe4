//! What could not be looked at, because nobody allowed it.
//!
//! What belongs here: which permission is lacking, and what it hides. What must not: EC2's subnets, which have a check of their
//! own ([`super::subnets`]).

use std::collections::BTreeMap;

use super::check::{Category, Check, Found, Judged, Scene, Severity, Waiving};
use crate::observation::{Known, Why};

pub(super) const CHECKS: &[Check] = &[Check {
    id: "IAM-002",
    name: "not-permitted",
    category: Category::Iam,
    severity: Severity::Warn,
    holds: "The role may read everything that checks look at.",
    why: "What is not read is not checked: it may be well or not. Nothing is taken for well that nobody looked at.",
    remedy: "allow sixshift's role the actions, as deploy/iam/policy.json and deploy/iam/preflight.json do",
    source: "Service authorization reference, Actions, resources, and condition keys",
    waiving: Waiving::ByReason,
    run: lacking,
}];

/// One for each action, with the file that has it.
fn lacking(s: &Scene<'_>) -> Judged {
    const POLICY: &str = "deploy/iam/policy.json";
    const PREFLIGHT: &str = "deploy/iam/preflight.json";
    let own = own(s)
        .into_iter()
        .filter_map(|(what, why)| Some((what, why?)));
    let ground = s.seen.ground.seen().into_iter().flat_map(|g| g.unread());
    let all = own.chain(ground).map(|part| (part, POLICY));
    let neighbours = s.seen.neighbours.unread().map(|part| (part, PREFLIGHT));
    let mut hidden: BTreeMap<&str, (&str, Vec<&str>)> = BTreeMap::new();
    for ((what, why), file) in all.chain(neighbours) {
        let Some(action) = why.lacks else { continue };
        let (_, parts) = hidden.entry(action).or_insert((file, Vec::new()));
        if !parts.contains(&what) {
            parts.push(what);
        }
    }
    let found = hidden.into_iter().map(|(action, (file, what))| {
        let message = format!("{action} is not allowed: {} not checked", are(&what));
        Found::new(message).remedied(format!("allow sixshift's role {action}, as {file} does"))
    });
    Ok(found.collect())
}

fn are(what: &[&str]) -> String {
    let verb = if what.len() == 1 && !what.iter().any(|w| w.ends_with('s')) {
        "is"
    } else {
        "are"
    };
    format!("{} {verb}", what.join(", "))
}

type Part<'a> = (&'static str, Option<&'a Why>);

fn part<'a, T>(what: &'static str, known: &'a Known<T>) -> Part<'a> {
    (what, known.unknown())
}

fn own<'a>(s: &Scene<'a>) -> [Part<'a>; 7] {
    let seen = s.seen;
    [
        part("the service", &seen.ipv4),
        part("its task definition", &seen.ipv4_task_definition),
        part("its target groups", &seen.pairs),
        part("its load balancers", &seen.load_balancers),
        part("its routes", &seen.routes),
        part("its scaling", &seen.ipv4_scaling),
        part("the plan's alarms", &seen.alarms),
    ]
}
