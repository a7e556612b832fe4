//! What would break on IPv6-only, told before anything is made: a file a topic.
//!
//! Pure functions from an observation to [`Finding`]s. Of the network the subnets are looked at; its own rules (route
//! tables, security groups, endpoints) are not yet.

mod alarms;
mod codes;
mod evidence;
mod limits;
mod managed;
mod routes;
mod scaling;
mod service;
mod subnets;

use std::fmt;

use serde::Serialize;

pub use codes::{CODES, Code, Waiving, code, findings_markdown};
pub(crate) use scaling::outside_bounds;

use crate::{observation::Observation, plan::Plan, status::clause};

/// Something that would break, and how to fix it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// Stable, for waivers and searches.
    pub code: &'static str,
    /// How much it matters, unless it is waived.
    pub severity: Severity,
    /// What is wrong, without a full stop.
    pub message: String,
    /// What to do.
    pub remedy: String,
    /// Why the plan takes it as it is, where it does: then it stops nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waived: Option<String>,
}

impl Finding {
    /// As a line that warns of it.
    #[must_use]
    pub fn told(&self) -> String {
        let (message, remedy) = (clause(&self.message), clause(&self.remedy));
        format!("warning: {message}. Remedy: {remedy}.")
    }

    /// Whether it is told, and stops nothing.
    #[must_use]
    pub fn warns(&self) -> bool {
        self.severity == Severity::Warn && self.waived.is_none()
    }

    /// Whether it stops the migration.
    #[must_use]
    pub fn blocks(&self) -> bool {
        self.severity == Severity::Block && self.waived.is_none()
    }
}

/// How many findings there are of each sort.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Those that stop the migration.
    pub blocking: usize,
    /// Those that are told, and stop nothing.
    pub warnings: usize,
    /// Those that the plan waives, each with its reason.
    pub waived: Vec<String>,
}

impl Counted {
    /// Counts them.
    #[must_use]
    pub fn of(findings: &[Finding]) -> Self {
        let waived = |f: &Finding| Some(format!("{}: {}", f.code, f.waived.as_ref()?));
        Self {
            blocking: findings.iter().filter(|f| f.blocks()).count(),
            warnings: findings.iter().filter(|f| f.warns()).count(),
            waived: findings.iter().filter_map(waived).collect(),
        }
    }
}

/// `0 that block, 2 that warn, 1 waived (one-zone: nobody waits for it)`.
impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (blocking, warnings) = (self.blocking, self.warnings);
        write!(f, "{blocking} that block, {warnings} that warn")?;
        if self.waived.is_empty() {
            return Ok(());
        }
        let waived = self.waived.join("; ");
        write!(f, ", {} waived ({waived})", self.waived.len())
    }
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
    found(code, Severity::Block, message.into(), remedy)
}

fn warn(code: &'static str, message: impl Into<String>, remedy: &str) -> Finding {
    found(code, Severity::Warn, message.into(), remedy)
}

fn found(code: &'static str, severity: Severity, message: String, remedy: &str) -> Finding {
    Finding {
        code,
        severity,
        message,
        remedy: remedy.to_owned(),
        waived: None,
    }
}

/// All findings, worst first, those that the plan waives last. What is not known yields none: [`crate::decide`] waits for it by itself.
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
        let most = limits::groups_an_action(seen);
        routes::of_pairs(pairs, found, seen.ipv4.seen(), most, &mut all);
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
    subnets::of_plan(plan, seen, &mut all);
    managed::of_all(plan, seen, &mut all);
    waive(plan, &mut all);
    all.sort_by_key(|f| (f.waived.is_some(), std::cmp::Reverse(f.severity)));
    all
}

fn waive(plan: &Plan, all: &mut [Finding]) {
    for finding in all {
        let mut waivers = plan.preflight.waive.iter();
        let waiver = waivers.find(|w| w.finding == finding.code);
        finding.waived = waiver.map(|w| w.reason.clone());
    }
}
