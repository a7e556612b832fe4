//! What is refused of step scaling.

use super::policies::type_of;
use crate::Value;
use crate::services::autoscaling::steps;
use crate::world::World;
use crate::world::scaling::steps::Step;

const MOST: usize = 20;

fn given<'a>(world: &World, input: &'a Value) -> Option<&'a Value> {
    let given = input.get("StepScalingPolicyConfiguration");
    let stepping = type_of(world, input)? == "StepScaling";
    (stepping && !given.is_null()).then_some(given)
}

pub(super) fn lacking(world: &World, input: &Value) -> Option<String> {
    let given = given(world, input)?;
    if given.get("AdjustmentType").is_null() {
        return Some("An adjustment type is required for step scaling".to_owned());
    }
    given
        .get("StepAdjustments")
        .items()
        .is_empty()
        .then(|| "At least one step adjustment is required for step scaling".to_owned())
}

pub(super) fn negative_exact(world: &World, input: &Value) -> Option<String> {
    let given = given(world, input)?;
    let exact = given.get("AdjustmentType").as_str() == Some("ExactCapacity");
    let negative = steps(given).iter().any(|s| s.by < 0);
    (exact && negative).then(|| "An exact capacity must not be negative".to_owned())
}

pub(super) fn too_many(world: &World, input: &Value) -> Option<String> {
    let count = steps(given(world, input)?).len();
    (count > MOST).then(|| format!("{count} step adjustments are more than {MOST}"))
}

pub(super) fn ranges_unfit(world: &World, input: &Value) -> Option<String> {
    let mut steps = steps(given(world, input)?);
    if steps.is_empty() {
        return None;
    }
    steps.sort_by(|a, b| begin(a).total_cmp(&begin(b)));
    if steps.iter().any(|s| s.from.is_none() && s.to.is_none()) {
        return Some("A step needs a lower or an upper bound".to_owned());
    }
    if steps.iter().any(|s| begin(s) >= end(s)) {
        return Some("The upper bound of a step must be greater than its lower bound".to_owned());
    }
    if let Some(pair) = steps.windows(2).find(|w| end(&w[0]) != begin(&w[1])) {
        let what = if end(&pair[0]) > begin(&pair[1]) {
            "overlap"
        } else {
            "leave a gap"
        };
        return Some(format!("The ranges of the steps {what}"));
    }
    let (lowest, highest) = (begin(steps.first()?), end(steps.last()?));
    if lowest < 0.0 && lowest.is_finite() {
        return Some("There must be a step without a lower bound".to_owned());
    }
    (highest > 0.0 && highest.is_finite())
        .then(|| "There must be a step without an upper bound".to_owned())
}

fn begin(step: &Step) -> f64 {
    step.from.unwrap_or(f64::NEG_INFINITY)
}

fn end(step: &Step) -> f64 {
    step.to.unwrap_or(f64::INFINITY)
}
