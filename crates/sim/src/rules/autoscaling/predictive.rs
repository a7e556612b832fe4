//! What is refused of predictive scaling.

use super::policies::{no_label, not_routed, routed};
use crate::Value;
use crate::services::autoscaling::label_parts;
use crate::world::World;

/// The metrics that count a target group's requests, and so need its label.
const OF_REQUESTS: [&str; 3] = [
    "ALBRequestCount",
    "ALBRequestCountPerTarget",
    "TotalALBRequestCount",
];

fn given(input: &Value) -> &Value {
    input.get("PredictiveScalingPolicyConfiguration")
}

fn specifications(input: &Value) -> &[Value] {
    given(input).get("MetricSpecifications").items()
}

pub(super) fn not_one(_: &World, input: &Value) -> Option<String> {
    let count = specifications(input).len();
    (!given(input).is_null() && count != 1)
        .then(|| format!("Exactly one metric specification is supported, and there are {count}"))
}

pub(super) fn neither_pair_nor_two(_: &World, input: &Value) -> Option<String> {
    let unfit = |specification: &&Value| {
        let has = |name: &str| !specification.get(name).is_null();
        let load =
            has("PredefinedLoadMetricSpecification") != has("CustomizedLoadMetricSpecification");
        let scaling = has("PredefinedScalingMetricSpecification")
            != has("CustomizedScalingMetricSpecification");
        let single = has("PredefinedLoadMetricSpecification")
            || has("CustomizedLoadMetricSpecification")
            || has("PredefinedScalingMetricSpecification")
            || has("CustomizedScalingMetricSpecification");
        if has("PredefinedMetricPairSpecification") {
            single
        } else {
            !(load && scaling)
        }
    };
    specifications(input).iter().find(unfit).map(|_| {
        "Either a metric pair, or a load metric and a scaling metric have to be specified"
            .to_owned()
    })
}

pub(super) fn label_unfit(world: &World, input: &Value) -> Option<String> {
    let predefined = specifications(input).iter().flat_map(|s| {
        [
            "PredefinedMetricPairSpecification",
            "PredefinedLoadMetricSpecification",
            "PredefinedScalingMetricSpecification",
        ]
        .map(|name| s.get(name))
    });
    let of_requests = predefined.filter(|p| {
        let name = p.get("PredefinedMetricType").as_str();
        name.is_some_and(|n| OF_REQUESTS.contains(&n))
    });
    of_requests
        .map(|p| p.get("ResourceLabel").as_str().unwrap_or_default())
        .find_map(|label| match label_parts(label) {
            None => Some(no_label(label)),
            Some(_) => (!routed(world, label)).then(not_routed),
        })
}

pub(super) fn buffer_unfit(_: &World, input: &Value) -> Option<String> {
    let given = given(input);
    let increases = given.get("MaxCapacityBreachBehavior").as_str() == Some("IncreaseMaxCapacity");
    let buffered = !given.get("MaxCapacityBuffer").is_null();
    (increases != buffered).then(|| {
        "MaxCapacityBuffer is required with IncreaseMaxCapacity, and cannot be used otherwise"
            .to_owned()
    })
}
