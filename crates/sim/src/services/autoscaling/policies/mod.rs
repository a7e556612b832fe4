//! Scaling policies: put, described, deleted. Target tracking makes the two alarms that AWS makes for it; step scaling is
//! called by alarms that its owner makes; predictive scaling is kept and read back.
//!
//! What must not be here: how a configuration is read, and what is refused before it is (rules).

mod metric;
mod steps;

pub(crate) use metric::label_parts;
pub(crate) use steps::steps;

use super::{
    DIMENSION, about, asked, invalid, namespace, no_target, not_found, page, resource, text, uuid,
    with_given,
};
use crate::services::AwsError;
use crate::world::alarms::{Alarm, AlarmState, Comparison, Rule};
use crate::world::scaling::tracking::Tracking;
use crate::world::scaling::{Kind, Policy};
use crate::{Value, world::World};

/// A configuration for each policy type.
pub(crate) const CONFIGURATIONS: [(&str, &str); 3] = [
    (
        "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration",
    ),
    ("StepScaling", "StepScalingPolicyConfiguration"),
    ("PredictiveScaling", "PredictiveScalingPolicyConfiguration"),
];
/// Seconds between scalings where the policy names none.
const COOLDOWN: i64 = 300;

pub(super) fn put(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let resource = resource(input)?.to_owned();
    let name = text(input, "PolicyName")?.to_owned();
    let mut given = input.clone();
    let target = world
        .scaling
        .target(&resource)
        .ok_or_else(|| no_target(&resource))?;
    let before = target.policies.get(&name);
    if let (Value::Null, Some(before)) = (input.get("PolicyType"), before) {
        given.set("PolicyType", before.given.get("PolicyType").clone());
    }
    let kind = kind(&resource, &given)?;
    if let Kind::Predicts = kind {
        fill_in(&mut given);
    }
    let created = before.map_or(world.now(), |p| p.created);
    let path = format!(
        "scalingPolicy:{}:resource/ecs/{resource}:policyName/{name}",
        uuid(&format!("{resource} {name}"))
    );
    let (arn, now) = (world.arn("autoscaling", &path), world.now());
    let alarms = match &kind {
        Kind::Tracks(tracking) => alarms(&resource, &name, &arn, tracking, now),
        Kind::Steps(_) | Kind::Predicts => Vec::new(),
    };
    if let Some(target) = world.scaling.target_mut(&resource) {
        let policy = Policy {
            arn: arn.clone(),
            created,
            given,
            kind,
        };
        target.policies.insert(name.clone(), policy);
    }
    remove_alarms(world, &resource, &name);
    let named = alarms.iter().map(|a| write_alarm(world, &a.name)).collect();
    alarms.into_iter().for_each(|a| world.alarms.put(a));
    Ok(Value::map([
        ("PolicyARN", arn.into()),
        ("Alarms", Value::List(named)),
    ]))
}

/// What AWS says where a predictive configuration says nothing.
fn fill_in(given: &mut Value) {
    let mut configuration = given.get("PredictiveScalingPolicyConfiguration").clone();
    for (name, usual) in [
        ("Mode", Value::from("ForecastOnly")),
        ("SchedulingBufferTime", COOLDOWN.into()),
        ("MaxCapacityBreachBehavior", "HonorMaxCapacity".into()),
    ] {
        if configuration.get(name).is_null() {
            configuration.set(name, usual);
        }
    }
    given.set("PredictiveScalingPolicyConfiguration", configuration);
}

fn kind(resource: &str, given: &Value) -> Result<Kind, AwsError> {
    let spelled = text(given, "PolicyType")?;
    let (_, configuration) = CONFIGURATIONS
        .iter()
        .find(|(name, _)| *name == spelled)
        .ok_or_else(|| invalid(format!("There is no policy type {spelled}")))?;
    let configuration = given.get(configuration);
    Ok(match spelled {
        "TargetTrackingScaling" => Kind::Tracks(metric::tracking(resource, configuration)?),
        "StepScaling" => Kind::Steps(steps::read(configuration)?),
        _ => Kind::Predicts,
    })
}

fn alarm_names(resource: &str, policy: &str) -> [String; 2] {
    ["High", "Low"].map(|side| {
        format!(
            "TargetTracking-{resource}-Alarm{side}-{}",
            uuid(&format!("{resource} {policy} {side}"))
        )
    })
}

/// The alarms that AWS makes for target tracking. They are there to be seen; tracking itself reads the metric.
fn alarms(
    resource: &str,
    policy: &str,
    arn: &str,
    tracking: &Tracking,
    now: jiff::Timestamp,
) -> Vec<Alarm> {
    let [high, low] = alarm_names(resource, policy);
    let make = |name: String, periods: u32, threshold: f64, comparison: Comparison| Alarm {
        name,
        description: Some(format!(
            "DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {arn}."
        )),
        actions_enabled: true,
        actions: [Vec::new(), vec![arn.to_owned()], Vec::new()],
        rule: Rule {
            watch: tracking.metric.clone(),
            period: 60,
            periods,
            to_alarm: None,
            threshold,
            comparison,
            missing: None,
            low_samples: None,
        },
        state: AlarmState::InsufficientData,
        reason: "Unchecked: Initial alarm creation".to_owned(),
        configured: now,
        updated: now,
        changed: now,
    };
    let mut alarms = vec![make(
        high,
        3,
        tracking.target,
        Comparison::GreaterThanThreshold,
    )];
    if !tracking.never_in {
        alarms.push(make(
            low,
            15,
            tracking.target * 0.9,
            Comparison::LessThanThreshold,
        ));
    }
    alarms
}

pub(super) fn remove_alarms(world: &mut World, resource: &str, policy: &str) {
    for name in alarm_names(resource, policy) {
        world.alarms.remove(&name);
    }
}

fn write_alarm(world: &World, name: &str) -> Value {
    let arn = world.arn("cloudwatch", &format!("alarm:{name}"));
    Value::map([("AlarmName", Value::from(name)), ("AlarmARN", arn.into())])
}

pub(super) fn delete(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let (resource, name) = (resource(input)?, text(input, "PolicyName")?);
    let removed = world
        .scaling
        .target_mut(resource)
        .and_then(|t| t.policies.remove(name));
    let removed = removed.ok_or_else(|| {
        not_found(format!(
            "No scaling policy found for {}, policy name: {name}",
            about(resource)
        ))
    })?;
    remove_alarms(world, resource, name);
    // The alarms that their owner made stay, without the action.
    world.alarms.forget_action(&removed.arn);
    Ok(Value::Null)
}

pub(super) fn describe(world: &World, input: &Value) -> Result<Value, AwsError> {
    namespace(input)?;
    let all = world
        .scaling
        .all()
        .flat_map(|(resource, t)| t.policies.iter().map(move |(name, p)| (resource, name, p)));
    let found = all.filter(|(resource, name, _)| asked(input, "PolicyNames", name, resource));
    page(
        "ScalingPolicies",
        found
            .map(|(resource, name, policy)| write(world, resource, name, policy))
            .collect(),
        input,
    )
}

fn write(world: &World, resource: &str, name: &str, policy: &Policy) -> Value {
    let named = world.alarms.all().filter(|a| a.names(&policy.arn));
    let named = named.map(|a| write_alarm(world, &a.name)).collect();
    let value = Value::map([
        ("PolicyARN", policy.arn.as_str().into()),
        ("PolicyName", name.into()),
        ("ServiceNamespace", "ecs".into()),
        ("ResourceId", resource.into()),
        ("ScalableDimension", DIMENSION.into()),
        ("PolicyType", policy.given.get("PolicyType").clone()),
        ("Alarms", Value::List(named)),
        ("CreationTime", policy.created.into()),
    ]);
    with_given(value, &policy.given)
}
