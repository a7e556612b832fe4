//! What happened to a plan and still matters: its rollback, and the moments that a chart marks.
//!
//! What belongs here: shapes. Where they come from is the view's matter.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A rollback, and what was seen when it began.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Rollback {
    /// The revision that was taken back.
    pub revision: String,
    /// When that began.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub at: Option<Timestamp>,
    /// Why, as it is noted in AWS; `null` until it is.
    pub reason: Option<String>,
    /// A person ordered it: nothing was judged bad.
    pub ordered: bool,
    /// Number of the step whose share was reached then, from 1; `null` where the history does not reach back to it, and for
    /// another revision than the one that runs.
    pub step: Option<usize>,
    /// The share on IPv6 that was read back then, in percent.
    pub share: Option<f64>,
    /// What the evidence said then, signal by signal.
    pub evidence: Vec<String>,
    /// The event that tells of it; `null` where the history does not reach back to it.
    pub event: Option<u64>,
}

/// A moment of the time that a chart shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Mark {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// `step`: the routes were written; `order`: a person spoke; `rollback`: the traffic's way back began.
    pub kind: String,
    /// For people.
    pub text: String,
    /// Who, where a person spoke.
    pub actor: Option<String>,
    /// Why, in the person's words.
    pub reason: Option<String>,
}
