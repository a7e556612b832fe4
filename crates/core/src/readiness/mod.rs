//! What would break on IPv6-only, told before anything is made.
//!
//! Each thing that must hold is a [`Check`] in a table, a file a topic: from the table come waivers, the schema, the pages in
//! `docs/checks/` and what `sixshift explain` says. A check is a pure function from what was seen to an [`Answer`].

mod behind;
pub(crate) mod block;
mod check;
mod definition;
mod evidence;
mod families;
mod image;
mod in_place;
mod lattice;
mod limits;
mod managed;
mod names;
mod neighbours;
pub(crate) mod net;
mod page;
mod permission;
pub(crate) mod quotas;
mod registry;
mod routes;
mod scaling;
mod service;
mod subnets;
mod task;
mod tasks;

use std::fmt;

use serde::Serialize;

pub use check::{Answer, Category, Check, Found, Scene, Severity, Waiving};
pub use names::names;
pub use neighbours::Leans;
pub use page::{explain, list, pages};
pub use quotas::quotas;
pub(crate) use scaling::outside_bounds;

use crate::{observation::Observation, plan::Plan, status::clause};

/// The table, a part a topic, in the order in which findings of one severity are told.
const TOPICS: &[&[Check]] = &[
    service::CHECKS,
    in_place::CHECKS,
    behind::CHECKS,
    tasks::CHECKS,
    registry::CHECKS,
    definition::CHECKS,
    image::CHECKS,
    names::CHECKS,
    routes::CHECKS,
    families::CHECKS,
    lattice::CHECKS,
    scaling::CHECKS,
    evidence::CHECKS,
    limits::CHECKS,
    quotas::CHECKS,
    subnets::CHECKS,
    managed::CHECKS,
    net::vpc::CHECKS,
    net::ways::CHECKS,
    net::acls::CHECKS,
    net::groups::CHECKS,
    net::endpoints::CHECKS,
    task::settings::CHECKS,
    task::words::CHECKS,
    task::connect::CHECKS,
    neighbours::files::CHECKS,
    neighbours::stores::CHECKS,
    neighbours::waf::CHECKS,
    neighbours::policies::CHECKS,
    neighbours::buckets::CHECKS,
    permission::CHECKS,
];

/// Every check there is.
pub fn checks() -> impl Iterator<Item = &'static Check> {
    TOPICS.iter().copied().flatten()
}

/// The check of this id or name.
#[must_use]
pub fn check(word: &str) -> Option<&'static Check> {
    checks().find(|c| c.name == word || c.id.eq_ignore_ascii_case(word))
}

/// Something that would break, and how to fix it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The check that does not hold, as waivers and searches name it.
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

    /// What a check found in one place.
    pub(crate) fn of(check: &Check, found: Found) -> Self {
        Self {
            code: check.name,
            severity: found.severity.unwrap_or(check.severity),
            message: found.message,
            remedy: found.remedy.unwrap_or_else(|| check.remedy.to_owned()),
            waived: None,
        }
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

/// All findings that are worth a word in every round, worst first, those that the plan waives last. What is not known yields
/// none: [`crate::decide`] waits for it by itself.
#[must_use]
pub fn findings(plan: &Plan, seen: &Observation) -> Vec<Finding> {
    let scene = Scene::new(plan, seen);
    let mut all = Vec::new();
    for check in checks().filter(|c| c.severity > Severity::Info) {
        if let Answer::Found(found) = check.answer(&scene) {
            let told = found.into_iter().map(|found| Finding::of(check, found));
            all.extend(told.filter(|f| f.severity > Severity::Info));
        }
    }
    for finding in &mut all {
        finding.waived = waiver(plan, finding.code);
    }
    all.sort_by_key(|f| (f.waived.is_some(), std::cmp::Reverse(f.severity)));
    all
}

/// Why a plan takes what a check finds as it is, where it does.
#[must_use]
pub fn waiver(plan: &Plan, name: &str) -> Option<String> {
    let mut waivers = plan.preflight.waive.iter();
    let waiver = waivers.find(|w| w.finding == name);
    waiver.map(|w| w.reason.clone())
}
