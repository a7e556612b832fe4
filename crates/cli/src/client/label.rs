//! Labels by which plans are picked, as in `-l team=shop`.

use std::fmt;

use sixshift_api::model::PlanSummary;

/// A label and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Label {
    key: String,
    value: String,
}

impl Label {
    /// From `key=value`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((key, value)) if !key.is_empty() => Ok(Self {
                key: key.to_owned(),
                value: value.to_owned(),
            }),
            _ => Err("a label and its value, as in team=shop".to_owned()),
        }
    }

    /// Whether a plan has it.
    pub(super) fn is_on(&self, plan: &PlanSummary) -> bool {
        plan.labels.get(&self.key) == Some(&self.value)
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.key, self.value)
    }
}
