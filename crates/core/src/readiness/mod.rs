//! What would break on IPv6-only, told before anything is made: a file a topic.
//!
//! Pure functions from an observation to [`Finding`]s. The
//! network's own rules (routes, security groups, endpoints) are not looked at here yet.

mod alarms;
mod evidence;
mod limits;
mod routes;
mod scaling;
mod service;

use serde::Serialize;

pub(crate) use scaling::outside_bounds;

use crate::{observation::Observation, plan::Plan};

/// Something that would break, and how to fix it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// Stable, for waivers and searches.
    pub code: &'static str,
    /// Whether it stops the migration.
    pub severity: Severity,
    /// What is wrong, without a full stop.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Severity {
    /// Worth knowing.
    Warn,
    /// Would break.
    Block,
}

fn block(code: &'static str, message: impl Into<String>, remedy: &str) -> Finding {
    Finding {
        code,
        severity: Severity::Block,
        message: message.into(),
        remedy: remedy.to_owned(),
    }
}

fn warn(code: &'static str, message: impl Into<String>, remedy: &str) -> Finding {
    Finding {
        code,
        severity: Severity::Warn,
        message: message.into(),
        remedy: remedy.to_owned(),
    }
}

/// All findings, worst first. What is not known yields none: [`crate::decide`] waits for it by itself.
#[must_use]
pub fn findings(plan: &Plan, seen: &Observation) -> Vec<Finding> {
    let mut all = Vec::new();
    if let Some(found) = seen.ipv4.seen() {
        service::of_service(found, &mut all);
    }
    if let Some(definition) = seen.ipv4_task_definition.seen() {
        service::of_definition(plan, definition, &mut all);
    }
    if let Some(revision) = seen.ipv4_revision.seen() {
        service::of_revision(revision, &mut all);
    }
    for balancer in seen.load_balancers.seen().into_iter().flatten() {
        routes::of_balancer(balancer, &mut all);
    }
    if let (Some(pairs), Some(found)) = (seen.pairs.seen(), seen.routes.seen()) {
        routes::of_pairs(pairs, found, seen.ipv4.seen(), &mut all);
    }
    if let Some(original) = seen.ipv4_scaling.seen() {
        scaling::of_scaling(original, seen.twin_scaling.seen(), &mut all);
        let pairs = seen.pairs.seen().map_or(&[][..], Vec::as_slice);
        scaling::of_policies(plan, pairs, original, &mut all);
        let ipv4 = seen.ipv4.seen();
        all.extend(ipv4.and_then(|s| scaling::outside_bounds(s, original)));
    }
    alarms::of_alarms(plan, seen, &mut all);
    evidence::findings(plan, seen, &mut all);
    limits::of_all(plan, seen, &mut all);
    all.sort_by_key(|f| std::cmp::Reverse(f.severity));
    all
}
