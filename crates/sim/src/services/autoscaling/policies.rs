//! Scaling policies. Target tracking works, with the two alarms that AWS makes for it; step scaling is kept and read back.

use super::{
    DIMENSION, about, asked, invalid, namespace, no_target, not_found, page, resource, text, uuid,
};
use crate::services::AwsError;
use crate::world::alarms::{Alarm, AlarmState, Comparison, Rule, Watch};
use crate::world::metrics::query::StatQuery;
use crate::world::scaling::{Policy, Tracking};
use crate::{Value, world::World};

const TRACKING: &str = "TargetTrackingScalingPolicyConfiguration";
const STEPS: &str = "StepScalingPolicyConfiguration";
/// Seconds between scalings where the policy names none.
const COOLDOWN: i64 = 300;

pub(super) fn put(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let resource = resource(input)?.to_owned();
    let name = text(input, "PolicyName")?.to_owned();
    let tracking = match input.get("PolicyType").as_str().unwrap_or("StepScaling") {
        "TargetTrackingScaling" => Some(tracking(&resource, input.get(TRACKING))?),
        "StepScaling" if input.get(STEPS).is_null() => {
            return Err(invalid(format!("{STEPS} is required for StepScaling")));
        }
        "StepScaling" => None,
        other => {
            return Err(invalid(format!(
                "The policy type {other} is not simulated for ECS services."
            )));
        }
    };
    let path = format!(
        "scalingPolicy:{}:resource/ecs/{resource}:policyName/{name}",
        uuid(&format!("{resource} {name}"))
    );
    let (arn, now) = (world.arn("autoscaling", &path), world.now());
    let target = world
        .scaling
        .target_mut(&resource)
        .ok_or_else(|| no_target(&resource))?;
    let created = target.policies.get(&name).map_or(now, |p| p.created);
    let alarms = tracking
        .as_ref()
        .map_or_else(Vec::new, |t| alarms(&resource, &name, &arn, t, now));
    target.policies.insert(
        name.clone(),
        Policy {
            arn: arn.clone(),
            created,
            given: input.clone(),
            tracking,
        },
    );
    remove_alarms(world, &resource, &name);
    let named = alarms.iter().map(|a| write_alarm(world, &a.name)).collect();
    alarms.into_iter().for_each(|a| world.alarms.put(a));
    Ok(Value::map([
        ("PolicyARN", arn.into()),
        ("Alarms", Value::List(named)),
    ]))
}

fn tracking(resource: &str, given: &Value) -> Result<Tracking, AwsError> {
    let target = given.get("TargetValue").as_f64().filter(|t| *t > 0.0);
    let target =
        target.ok_or_else(|| invalid(format!("{TRACKING} needs a TargetValue above 0")))?;
    let seconds = |name: &str| given.get(name).as_i64().unwrap_or(COOLDOWN);
    Ok(Tracking {
        metric: metric(resource, given)?,
        target,
        out_cooldown: seconds("ScaleOutCooldown"),
        in_cooldown: seconds("ScaleInCooldown"),
        never_in: given.get("DisableScaleIn").as_bool().unwrap_or(false),
    })
}

fn metric(resource: &str, given: &Value) -> Result<StatQuery, AwsError> {
    let (predefined, custom) = (
        given.get("PredefinedMetricSpecification"),
        given.get("CustomizedMetricSpecification"),
    );
    if predefined.is_null() == custom.is_null() {
        return Err(invalid(
            "Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification is required",
        ));
    }
    let service: Vec<&str> = resource.split('/').collect();
    let of_service = || {
        [
            ("ClusterName", service.get(1)),
            ("ServiceName", service.get(2)),
        ]
    };
    let of_service = || {
        of_service()
            .map(|(k, v)| (k.to_owned(), v.copied().unwrap_or_default().to_owned()))
            .to_vec()
    };
    let query =
        |namespace: &str, name: &str, dimensions: Vec<(String, String)>, stat: &str| StatQuery {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            dimensions,
            stat: stat.to_owned(),
            unit: None,
        };
    if !custom.is_null() {
        let dimensions = custom.get("Dimensions").items().iter();
        let text_of = |v: &Value, name: &str| v.get(name).as_str().unwrap_or_default().to_owned();
        let dimensions = dimensions
            .map(|d| (text_of(d, "Name"), text_of(d, "Value")))
            .collect();
        return Ok(query(
            text(custom, "Namespace")?,
            text(custom, "MetricName")?,
            dimensions,
            text(custom, "Statistic")?,
        ));
    }
    match text(predefined, "PredefinedMetricType")? {
        "ECSServiceAverageCPUUtilization" => {
            Ok(query("AWS/ECS", "CPUUtilization", of_service(), "Average"))
        }
        "ECSServiceAverageMemoryUtilization" => Ok(query(
            "AWS/ECS",
            "MemoryUtilization",
            of_service(),
            "Average",
        )),
        "ALBRequestCountPerTarget" => {
            let label = predefined.get("ResourceLabel").as_str().unwrap_or_default();
            let (balancer, group) = label
                .split_once("/targetgroup/")
                .ok_or_else(|| invalid(format!("The resource label {label} is not valid: app/<name>/<id>/targetgroup/<name>/<id>")))?;
            let dimensions = vec![
                ("LoadBalancer".to_owned(), balancer.to_owned()),
                ("TargetGroup".to_owned(), format!("targetgroup/{group}")),
            ];
            Ok(query(
                "AWS/ApplicationELB",
                "RequestCountPerTarget",
                dimensions,
                "Sum",
            ))
        }
        other => Err(invalid(format!(
            "The predefined metric {other} is not simulated for ECS services."
        ))),
    }
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
            watch: Watch::Stat(tracking.metric.clone()),
            period: 60,
            periods,
            to_alarm: None,
            threshold,
            comparison,
            missing: None,
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
    removed.ok_or_else(|| {
        not_found(format!(
            "No scaling policy found for {}, policy name: {name}",
            about(resource)
        ))
    })?;
    remove_alarms(world, resource, name);
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
    let alarms = alarm_names(resource, name)
        .into_iter()
        .filter(|a| world.alarms.get(a).is_some());
    let alarms = alarms.map(|a| write_alarm(world, &a)).collect();
    Value::map([
        ("PolicyARN", policy.arn.as_str().into()),
        ("PolicyName", name.into()),
        ("ServiceNamespace", "ecs".into()),
        ("ResourceId", resource.into()),
        ("ScalableDimension", DIMENSION.into()),
        (
            "PolicyType",
            policy
                .given
                .get("PolicyType")
                .as_str()
                .unwrap_or("StepScaling")
                .into(),
        ),
        (TRACKING, policy.given.get(TRACKING).clone()),
        (STEPS, policy.given.get(STEPS).clone()),
        ("Alarms", Value::List(alarms)),
        ("CreationTime", policy.created.into()),
    ])
}
