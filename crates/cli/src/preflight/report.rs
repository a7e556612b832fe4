//! What the checks say of each plan, as programs get it.
//!
//! What belongs here: every check with its answer, and what follows for a plan. What must not: how it is shown.

use serde::{Deserialize, Serialize};
use sixshift_api::make_visible;
use sixshift_core::{
    observation::{Known, Observation, Why},
    plan::Plan,
    proposal::Reason,
    readiness::{Answer, Check, Scene, Severity, checks, waiver},
};

use super::choice::Choice;

/// All plans.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    pub(super) api_version: String,
    pub(super) kind: String,
    pub(super) plans: Vec<OfPlan>,
}

/// One plan.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OfPlan {
    pub(super) name: String,
    /// As in `prod/checkout in eu-central-1`.
    pub(super) service: String,
    pub(super) file: String,
    pub(super) line: u32,
    /// Whether nothing stops it, and nothing that would could not be checked.
    pub(super) ready: bool,
    /// Why the service itself could not be read, where it could not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) unreadable: Option<String>,
    /// Why there can be no plan for it yet, beside what the checks say.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub(super) refused: Vec<Place>,
    pub(super) checks: Vec<Row>,
}

/// One check.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) category: String,
    pub(super) severity: String,
    pub(super) state: State,
    pub(super) holds: String,
    pub(super) why: String,
    pub(super) page: String,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub(super) found: Vec<Place>,
    /// Why it is not known, or why it is taken as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
}

/// A place where a check does not hold.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Place {
    pub(super) severity: String,
    pub(super) message: String,
    pub(super) remedy: String,
}

/// What a check says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum State {
    /// It does not hold, and stops the plan.
    Blocks,
    /// It could not be checked, and would stop the plan.
    NotChecked,
    /// It does not hold, which is worth knowing.
    Warns,
    /// It does not hold, which is good to have heard of.
    Informs,
    /// It could not be checked, and would stop nothing.
    Unseen,
    /// It does not hold or could not be checked, and is taken as it is.
    Waived,
    /// It holds.
    Holds,
    /// There is nothing that it could be about.
    NotHere,
}

impl Report {
    pub(super) fn new(plans: Vec<OfPlan>) -> Self {
        Self {
            api_version: "sixshift/v1".to_owned(),
            kind: "PreflightReport".to_owned(),
            plans,
        }
    }

    /// As a terminal may show it.
    pub(super) fn visible(self) -> anyhow::Result<Self> {
        let mut value = serde_json::to_value(self)?;
        make_visible(&mut value);
        Ok(serde_json::from_value(value)?)
    }
}

pub(super) fn of(choice: &Choice, plan: &Plan, seen: &Observation) -> OfPlan {
    let plan = &choice.on(plan);
    let scene = Scene::new(plan, seen);
    let asked = checks().filter(|c| choice.asks(c));
    let mut rows: Vec<Row> = asked.map(|check| row(check, &scene)).collect();
    rows.sort_by_key(|row| row.state);
    let stops = |row: &Row| matches!(row.state, State::Blocks | State::NotChecked);
    let unreadable = unreadable(seen);
    let service = &plan.service;
    OfPlan {
        name: plan.name.clone(),
        service: format!("{}/{} in {}", service.cluster, service.name, service.region),
        // A plan that nobody has written yet is in no file.
        file: plan.origin.file.display().to_string(),
        line: plan.origin.line,
        ready: unreadable.is_none() && !rows.iter().any(stops),
        unreadable,
        refused: Vec::new(),
        checks: rows,
    }
}

impl OfPlan {
    /// The same for a service that can have no plan yet: what a check says already is not said twice.
    pub(super) fn refused(self, reasons: &[Reason]) -> Self {
        let is_said = |reason: &&Reason| self.checks.iter().any(|row| row.name == reason.code);
        let place = |reason: &Reason| Place {
            severity: Severity::Block.word().to_owned(),
            message: reason.message.clone(),
            remedy: reason.remedy.clone(),
        };
        let refused = reasons.iter().filter(|r| !is_said(r)).map(place).collect();
        Self {
            ready: false,
            refused,
            ..self
        }
    }
}

fn unreadable(seen: &Observation) -> Option<String> {
    match &seen.ipv4 {
        Known::Seen(_) => None,
        Known::Absent => Some("there is no such service".to_owned()),
        Known::Unknown(why) => Some(why.text.clone()),
    }
}

fn row(check: &Check, scene: &Scene<'_>) -> Row {
    let waived = waiver(scene.plan, check.name);
    let (mut state, mut reason, mut found) = (State::Holds, None, Vec::new());
    match check.answer(scene) {
        Answer::Holds => {}
        Answer::NotHere => state = State::NotHere,
        Answer::Unknown(why) => {
            let stops = check.severity == Severity::Block;
            state = if stops {
                State::NotChecked
            } else {
                State::Unseen
            };
            reason = Some(unknown(&why));
        }
        Answer::Found(all) => {
            let of = |severity: Option<Severity>| severity.unwrap_or(check.severity);
            state = match all.iter().map(|f| of(f.severity)).max() {
                Some(Severity::Block) => State::Blocks,
                Some(Severity::Warn) => State::Warns,
                _ => State::Informs,
            };
            let place = |f: sixshift_core::readiness::Found| Place {
                severity: of(f.severity).word().to_owned(),
                message: f.message,
                remedy: f.remedy.unwrap_or_else(|| check.remedy.to_owned()),
            };
            found = all.into_iter().map(place).collect();
        }
    }
    if let Some(why) = waived.filter(|_| !matches!(state, State::Holds | State::NotHere)) {
        state = State::Waived;
        reason = Some(why);
    }
    Row {
        id: check.id.to_owned(),
        name: check.name.to_owned(),
        category: check.category.word().to_owned(),
        severity: check.severity.word().to_owned(),
        state,
        holds: check.holds.to_owned(),
        why: check.why.to_owned(),
        page: check.page(),
        found,
        reason,
    }
}

fn unknown(why: &Why) -> String {
    match why.lacks {
        Some(action) => format!("not checked: no permission {action}"),
        None => format!("not checked: {}", why.text),
    }
}
