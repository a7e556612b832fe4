//! What people order, and what is answered.
//!
//! What belongs here: shapes. What may be ordered is the controller's matter.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An order, as it is posted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Order {
    /// Why. Required, at most 500 characters.
    #[schema(min_length = 1, max_length = 500, pattern = r"[^\s\x00-\x1f\x7f-\x9f]")]
    pub reason: String,
    /// The revision that was looked at: refused when the plan has another one by now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// Approve only: the gate that was looked at, as in `step:2`, `tooFew:1`, `consumers`, `retire`; refused when another one waits by now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(pattern = r"^(step:[1-9]\d{0,8}|tooFew:[1-9]\d{0,8}|consumers|retire)$")]
    pub gate: Option<String>,
    /// Promote only, and required there: how far, as in `50%`; no finer than 0.1%.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(pattern = r"^(100(\.0)?|[1-9][0-9]?(\.[0-9])?|0\.[1-9]) ?%$")]
    pub to: Option<String>,
    /// Who, as far as the token does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100)]
    pub actor: Option<String>,
}

/// What an order did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Accepted {
    /// The sequence number of the event that records it; 0 where the journal cannot be written and gets it later.
    pub event: u64,
    /// What will happen.
    pub sentence: String,
}

/// Which plans are looked at now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Reconcile {
    /// Their names; none: all plans.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 1000)]
    pub plans: Vec<String>,
}

/// What comes of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reconciled {
    /// A plan each.
    pub items: Vec<Look>,
}

/// When a plan is looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Look {
    /// The plan.
    pub plan: String,
    /// When. Missing where no good revision of it can run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub at: Option<Timestamp>,
    /// In words.
    pub sentence: String,
}
