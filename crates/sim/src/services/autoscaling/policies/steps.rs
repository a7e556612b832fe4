//! A step scaling configuration, read.

use super::{COOLDOWN, invalid};
use crate::Value;
use crate::services::AwsError;
use crate::world::scaling::steps::{Adjustment, Aggregation, Step, Steps};

pub(super) fn read(given: &Value) -> Result<Steps, AwsError> {
    let adjustment = given.get("AdjustmentType").as_str().unwrap_or_default();
    let adjustment = Adjustment::parse(adjustment)
        .ok_or_else(|| invalid(format!("There is no adjustment type {adjustment}")))?;
    let aggregation = given
        .get("MetricAggregationType")
        .as_str()
        .unwrap_or("Average");
    let aggregation = Aggregation::parse(aggregation)
        .ok_or_else(|| invalid(format!("There is no aggregation type {aggregation}")))?;
    Ok(Steps {
        adjustment,
        aggregation,
        steps: steps(given),
        least: given
            .get("MinAdjustmentMagnitude")
            .as_i64()
            .unwrap_or_default(),
        cooldown: given.get("Cooldown").as_i64().unwrap_or(COOLDOWN),
    })
}

/// The steps of a configuration, as given.
pub(crate) fn steps(given: &Value) -> Vec<Step> {
    let one = |step: &Value| Step {
        from: step.get("MetricIntervalLowerBound").as_f64(),
        to: step.get("MetricIntervalUpperBound").as_f64(),
        by: step.get("ScalingAdjustment").as_i64().unwrap_or_default(),
    };
    given
        .get("StepAdjustments")
        .items()
        .iter()
        .map(one)
        .collect()
}
