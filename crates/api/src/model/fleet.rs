//! The fleet at a glance, its source, and what is wrong with either.
//!
//! What belongs here: shapes. Where they come from is the view's matter.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Offer;

/// The fleet at a glance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Fleet {
    /// The daemon's time.
    #[schema(value_type = String, format = DateTime)]
    pub now: Timestamp,
    /// The daemon's version.
    pub version: String,
    /// Why nothing moves in the whole fleet, where it is frozen.
    pub frozen: Option<String>,
    /// What else keeps the whole fleet from acting: the first look, the lease, the end.
    pub holding: Option<String>,
    /// Why this daemon only looks, where it may not act: another one does. Also said in `holding`.
    #[serde(default)]
    pub standby: Option<String>,
    /// Plans of which the journal knows nothing though they were under way: they stand still until somebody adopts them.
    #[serde(default)]
    pub journal_lost: Vec<String>,
    /// Plans that AWS was not read for lately: what is shown of them is old.
    #[serde(default)]
    pub stale: Option<Stale>,
    /// The journal cannot be written: nothing goes forward until it can, orders that stop or take back count and are written
    /// later. Unlike what is in `holding`, it stops no way back.
    pub unwritten: Option<Unwritten>,
    /// Why this daemon's clock is not to be believed: nothing goes forward until it is right, traffic is still taken back.
    #[serde(default)]
    pub clock: Option<String>,
    /// Nobody can give orders: the daemon has no operator token.
    pub read_only: bool,
    /// How many plans there are.
    pub plans: usize,
    /// How many stand where, those that there are none of left out.
    pub counts: Vec<Count>,
    /// Plans that stand still until a person does something.
    pub needs_you: Vec<NeedsYou>,
    /// Where plans come from.
    pub source: Source,
    /// What the fleet's verbs would answer now.
    pub commands: Vec<Offer>,
}

/// What is shown although it is old.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Stale {
    /// Of which plans.
    pub plans: Vec<String>,
    /// The oldest of these looks.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
}

/// Why and since when the journal cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Unwritten {
    /// As the journal's store says it.
    pub why: String,
    /// When it failed first.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
}

/// How many plans have a phase and a health.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Count {
    /// As in [`super::PlanSummary::phase`].
    pub phase: String,
    /// As in [`super::PlanSummary::health`].
    pub health: String,
    /// How many.
    pub plans: usize,
}

/// A plan that waits for a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NeedsYou {
    /// Its name.
    pub plan: String,
    /// What it waits for, as a word.
    pub waiting_on: String,
    /// Where it stands and what would unblock it.
    pub sentence: String,
    /// Since when.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
}

/// Where plans come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// Its kind and address, without secrets.
    pub name: String,
    /// The commit that was read last.
    pub commit: Option<String>,
    /// When its author made it.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub author_date: Option<Timestamp>,
    /// When it was last read without an error.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub read_at: Option<Timestamp>,
    /// Why it could not be read lately.
    pub error: Option<String>,
    /// Mistakes in files that belong to no known plan.
    pub mistakes: Vec<Mistake>,
}

/// A mistake in a plan file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Mistake {
    /// The file, relative to the source's root.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// From 1.
    pub column: u32,
    /// As in `spec.shift.steps[1].weight`; empty where it is the file's.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub remedy: String,
    /// All of it with line and caret, as `lint` shows it.
    pub rendered: String,
}
