//! What a migration leaves in AWS, as AWS describes it.
//!
//! What belongs here: the documents, and whether there is anything to hand over. What must not: what code makes of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::status::{Phase, Status};

/// All documents of one plan, read in one go.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Estate {
    /// The plan's name.
    pub plan: String,
    /// The cluster, by name.
    pub cluster: String,
    /// The IPv4 side, which code describes so far.
    pub ipv4: Ipv4,
    /// The IPv6 target groups, in the order of the service's `loadBalancers`.
    pub target_groups: Vec<TargetGroupDocuments>,
    /// The task definition that the IPv6 service runs.
    pub task_definition: Tagged,
    /// The IPv6 service; its tags are in it.
    pub service: Value,
    /// What of it only its newest revision or deployment tells.
    pub revision: Value,
    /// What scales it.
    pub scaling: Option<ScalingDocuments>,
    /// The alarms that drive its step policies; somebody made them for it. AWS makes those of target tracking itself.
    pub alarms: Vec<Tagged>,
    /// Listeners and rules that lead to it.
    pub routes: Vec<RouteActions>,
}

/// What there was before, as far as it is still there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ipv4 {
    /// The service's name.
    pub name: String,
    /// The service, where the plan keeps it.
    pub service: Option<Value>,
    /// Its scalable target, where the plan keeps it.
    pub scalable_target: Option<Value>,
}

/// A document and its tags.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tagged {
    /// As AWS describes it.
    pub document: Value,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// A target group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TargetGroupDocuments {
    /// As AWS describes it; every value is a text.
    pub document: Value,
    /// Attributes as key and value.
    pub attributes: BTreeMap<String, String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// ARN of the IPv4 group that it was made from.
    pub from: String,
    /// Whether that one is still there.
    pub from_is_kept: bool,
}

/// A scalable target with what hangs on it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScalingDocuments {
    /// `ScalableTarget`.
    pub target: Value,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// `ScalingPolicy`, by name.
    pub policies: Vec<Value>,
    /// `ScheduledAction`, by name.
    pub scheduled: Vec<Value>,
}

/// The actions of a listener or a rule.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RouteActions {
    /// ARN of the listener or the rule.
    pub arn: String,
    /// For people, as in `rule 10 (path /pay/*) of HTTP:8081 of shop`.
    pub place: String,
    /// Whether it is a rule.
    pub is_rule: bool,
    /// Its actions, in order; every value is a text.
    pub actions: Value,
}

/// Why there is nothing to hand over yet, or at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadyError {
    /// Customers are on IPv4: the code that there is describes what there is.
    #[error(
        "there is nothing to hand over: {plan} was taken back, customers are on IPv4, and your code describes that side as it is"
    )]
    TakenBack {
        /// The plan.
        plan: String,
    },
    /// It can still be taken back.
    #[error(
        "{plan} is not done. {sentence} The hand-over comes with Done: `sixshift wait {plan} --for done`"
    )]
    NotDone {
        /// The plan.
        plan: String,
        /// Where it is, and what it waits for.
        sentence: String,
    },
}

/// Whether code may take over: until then the migration can be taken back, and what is in AWS changes by itself.
///
/// # Errors
/// The migration is not done, or was taken back.
pub fn ready(status: &Status) -> Result<(), ReadyError> {
    let plan = status.plan.clone();
    match status.phase {
        Phase::Done => Ok(()),
        phase if phase.is_back() => Err(ReadyError::TakenBack { plan }),
        _ => Err(ReadyError::NotDone {
            plan,
            sentence: status.sentence.clone(),
        }),
    }
}

/// A list of ECS's tags.
pub(super) fn tag_list(tags: &Value) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let tags = tags.as_array().into_iter().flatten();
    tags.map(|tag| (text(&tag["key"]), text(&tag["value"])))
        .collect()
}

/// A moment, which AWS tells in seconds, as code has it.
pub(super) fn moment(value: &Value) -> Option<String> {
    let milliseconds = value.as_f64()? * 1_000.0;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "moments of AWS's are far from the ends of what milliseconds can tell"
    )]
    let at = jiff::Timestamp::from_millisecond(milliseconds as i64).ok()?;
    Some(at.to_string())
}
