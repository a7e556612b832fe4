//! What is refused of policies, and of target tracking.

use super::resource;
use crate::Value;
use crate::services::autoscaling::{CONFIGURATIONS, label_parts};
use crate::world::World;
use crate::world::elb::dimension;
use crate::world::scaling::Policy;

const MOST: usize = 50;
const REQUESTS: &str = "ALBRequestCountPerTarget";
const FINE: &str = "HighResolution";
/// What a service measures, by the metrics that scaling names.
const OF_ECS: [(&str, &str); 2] = [
    ("ECSServiceAverageCPUUtilization", "CPUUtilization"),
    ("ECSServiceAverageMemoryUtilization", "MemoryUtilization"),
];

fn held<'a>(world: &'a World, input: &Value) -> Option<&'a Policy> {
    let name = input.get("PolicyName").as_str()?;
    world.scaling.target(resource(input))?.policies.get(name)
}

/// The type that a request gives, or that the policy has.
pub(super) fn type_of(world: &World, input: &Value) -> Option<String> {
    let given = input.get("PolicyType").as_str();
    let held = || held(world, input)?.given.get("PolicyType").as_str();
    given.or_else(held).map(str::to_owned)
}

pub(super) fn no_type(world: &World, input: &Value) -> Option<String> {
    type_of(world, input)
        .is_none()
        .then(|| "The policy type is required for a new scaling policy".to_owned())
}

pub(super) fn no_configuration(world: &World, input: &Value) -> Option<String> {
    let kind = type_of(world, input)?;
    let (_, configuration) = CONFIGURATIONS.iter().find(|(name, _)| *name == kind)?;
    input
        .get(configuration)
        .is_null()
        .then(|| format!("{configuration} is required for the policy type {kind}"))
}

pub(super) fn too_many(world: &World, input: &Value) -> Option<String> {
    let target = world.scaling.target(resource(input))?;
    let new = held(world, input).is_none();
    (new && target.policies.len() >= MOST)
        .then(|| format!("There are {MOST} scaling policies for {}", resource(input)))
}

fn tracking(input: &Value) -> Option<&Value> {
    let given = input.get("TargetTrackingScalingPolicyConfiguration");
    (!given.is_null()).then_some(given)
}

fn predefined(input: &Value) -> Option<(&str, &Value)> {
    let given = tracking(input)?.get("PredefinedMetricSpecification");
    Some((given.get("PredefinedMetricType").as_str()?, given))
}

pub(super) fn not_one_metric(_: &World, input: &Value) -> Option<String> {
    let given = tracking(input)?;
    let none = |name: &str| given.get(name).is_null();
    (none("PredefinedMetricSpecification") == none("CustomizedMetricSpecification")).then(|| {
        "Exactly one of a predefined and a customized metric specification is required".to_owned()
    })
}

pub(super) fn custom_metric_in_parts(_: &World, input: &Value) -> Option<String> {
    let custom = tracking(input)?.get("CustomizedMetricSpecification");
    if custom.is_null() {
        return None;
    }
    let single = ["MetricName", "Namespace", "Statistic"];
    let queries = custom.get("Metrics");
    if queries.is_null() {
        let lacking = single.iter().find(|f| custom.get(f).is_null())?;
        return Some(format!(
            "A customized metric specification needs {lacking} or Metrics"
        ));
    }
    let all = single.iter().chain(&["Dimensions", "Unit"]);
    if let Some(beside) = all.into_iter().find(|f| !custom.get(f).is_null()) {
        return Some(format!(
            "{beside} is not accepted beside Metrics in a customized metric specification"
        ));
    }
    let returned = |q: &&Value| q.get("ReturnData").as_bool().unwrap_or(true);
    let returned = queries.items().iter().filter(returned).count();
    (returned != 1).then(|| {
        format!("Exactly one of the metric queries returns data, and {returned} do so here")
    })
}

pub(super) fn metric_of_others(_: &World, input: &Value) -> Option<String> {
    let (name, _) = predefined(input)?;
    let plain = name.strip_suffix(FINE).unwrap_or(name);
    let known = name == REQUESTS || OF_ECS.iter().any(|(metric, _)| *metric == plain);
    (!known).then(|| format!("The predefined metric {name} is not supported for ECS services"))
}

pub(super) fn label_malformed(_: &World, input: &Value) -> Option<String> {
    let (name, given) = predefined(input)?;
    let label = given.get("ResourceLabel").as_str().unwrap_or_default();
    (name == REQUESTS && label_parts(label).is_none()).then(|| no_label(label))
}

/// The sentence for a label that is none.
pub(super) fn no_label(label: &str) -> String {
    format!(
        "The resource label '{label}' must read app/<load-balancer-name>/<load-balancer-id>/targetgroup/<target-group-name>/<target-group-id>"
    )
}

pub(super) fn label_for_nothing(_: &World, input: &Value) -> Option<String> {
    let (name, given) = predefined(input)?;
    (name != REQUESTS && !given.get("ResourceLabel").is_null())
        .then(|| format!("A resource label is not accepted for {name}"))
}

pub(super) fn label_not_routed(world: &World, input: &Value) -> Option<String> {
    let (name, given) = predefined(input)?;
    let label = given.get("ResourceLabel").as_str()?;
    (name == REQUESTS && label_parts(label).is_some() && !routed(world, label)).then(not_routed)
}

/// The sentence for a label whose load balancer does not forward to its target group.
pub(super) fn not_routed() -> String {
    "The load balancer does not route traffic to the target group".to_owned()
}

/// Whether a label's load balancer forwards to its target group.
pub(super) fn routed(world: &World, label: &str) -> bool {
    let Some((balancer, group)) = label_parts(label) else {
        return false;
    };
    world
        .elb
        .target_groups
        .values()
        .filter(|g| dimension(&g.arn) == group)
        .any(|g| g.load_balancers.iter().any(|lb| dimension(lb) == balancer))
}

pub(super) fn not_measured_finely(world: &World, input: &Value) -> Option<String> {
    let (name, _) = predefined(input)?;
    let plain = name.strip_suffix(FINE)?;
    let (_, measured) = OF_ECS.iter().find(|(metric, _)| *metric == plain)?;
    let service = world.ecs.service_of_resource(resource(input))?;
    let fine = service
        .spec
        .get("monitoring")
        .get("metricConfigurations")
        .items()
        .iter()
        .filter(|c| c.get("resolutionSeconds").as_i64() == Some(20))
        .any(|c| c.get("metricNames").strings().iter().any(|m| m == measured));
    (!fine).then(|| {
        format!("{name} needs a service whose monitoring measures {measured} every 20 seconds")
    })
}
