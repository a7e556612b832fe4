//! What a migration left in AWS, for whoever writes infrastructure code from it.
//!
//! What belongs here: the shape of the answer. What the documents say is AWS's matter, and code's (`sixshift_core::handover`).

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sixshift_core::handover::Estate;
use utoipa::ToSchema;

/// What a migration left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Handover {
    /// The plan.
    pub plan: String,
    /// AWS's own documents of target groups, task definition, service, scaling, alarms and routes, by kind. AWS adds members.
    #[schema(value_type = Object)]
    pub documents: Value,
}

impl Handover {
    /// From what was read.
    pub(crate) fn of(estate: &Estate) -> Self {
        Self {
            plan: estate.plan.clone(),
            documents: serde_json::to_value(estate).unwrap_or_default(),
        }
    }
}
