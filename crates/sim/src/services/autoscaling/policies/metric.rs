//! A target tracking configuration, read: which metric is kept at which value.

use super::{COOLDOWN, invalid, text};
use crate::Value;
use crate::services::{AwsError, cloudwatch};
use crate::world::metrics::query::{StatQuery, Watch};
use crate::world::scaling::tracking::Tracking;

pub(super) fn tracking(resource: &str, given: &Value) -> Result<Tracking, AwsError> {
    let target = given.get("TargetValue").as_f64().filter(|t| *t > 0.0);
    let target = target.ok_or_else(|| invalid("A TargetValue above 0 is needed"))?;
    let seconds = |name: &str| given.get(name).as_i64().unwrap_or(COOLDOWN);
    let custom = given.get("CustomizedMetricSpecification");
    let metric = if custom.is_null() {
        predefined(resource, given.get("PredefinedMetricSpecification"))?
    } else {
        customised(custom)?
    };
    Ok(Tracking {
        metric,
        target,
        out_cooldown: seconds("ScaleOutCooldown"),
        in_cooldown: seconds("ScaleInCooldown"),
        never_in: given.get("DisableScaleIn").as_bool().unwrap_or(false),
    })
}

/// One metric, or expressions over several, of which one returns data.
fn customised(custom: &Value) -> Result<Watch, AwsError> {
    let metrics = custom.get("Metrics");
    if !metrics.is_null() {
        return cloudwatch::minute_queries(metrics)
            .map(Watch::Queries)
            .map_err(|e| invalid(e.message));
    }
    Ok(Watch::Stat(StatQuery {
        namespace: text(custom, "Namespace")?.to_owned(),
        name: text(custom, "MetricName")?.to_owned(),
        dimensions: custom
            .get("Dimensions")
            .items()
            .iter()
            .map(|d| (word(d, "Name"), word(d, "Value")))
            .collect(),
        stat: text(custom, "Statistic")?.to_owned(),
        unit: None,
    }))
}

fn word(value: &Value, name: &str) -> String {
    value.get(name).as_str().unwrap_or_default().to_owned()
}

/// Measurements here are of one minute, so those of high resolution are the plain ones.
fn predefined(resource: &str, given: &Value) -> Result<Watch, AwsError> {
    let stat = |namespace: &str, name: &str, dimensions: [(&str, &str); 2], stat: &str| {
        Watch::Stat(StatQuery {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            dimensions: dimensions
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
                .to_vec(),
            stat: stat.to_owned(),
            unit: None,
        })
    };
    let mut parts = resource.split('/').skip(1);
    let (cluster, service) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    let of_service = [("ClusterName", cluster), ("ServiceName", service)];
    match text(given, "PredefinedMetricType")? {
        "ECSServiceAverageCPUUtilization" | "ECSServiceAverageCPUUtilizationHighResolution" => {
            Ok(stat("AWS/ECS", "CPUUtilization", of_service, "Average"))
        }
        "ECSServiceAverageMemoryUtilization"
        | "ECSServiceAverageMemoryUtilizationHighResolution" => {
            Ok(stat("AWS/ECS", "MemoryUtilization", of_service, "Average"))
        }
        "ALBRequestCountPerTarget" => {
            let label = given.get("ResourceLabel").as_str().unwrap_or_default();
            let (balancer, group) = label_parts(label)
                .ok_or_else(|| invalid(format!("The resource label {label} is not valid")))?;
            Ok(stat(
                "AWS/ApplicationELB",
                "RequestCountPerTarget",
                [("LoadBalancer", balancer), ("TargetGroup", group)],
                "Sum",
            ))
        }
        other => Err(invalid(format!(
            "The predefined metric {other} does not belong to ECS services."
        ))),
    }
}

/// The load balancer and the target group of `app/<name>/<id>/targetgroup/<name>/<id>`.
pub(crate) fn label_parts(label: &str) -> Option<(&str, &str)> {
    let parts: Vec<&str> = label.split('/').collect();
    let fits = matches!(parts.as_slice(), ["app", _, _, "targetgroup", _, _])
        && parts.iter().all(|p| !p.is_empty());
    let at = label.find("/targetgroup/").filter(|_| fits)?;
    Some((label.get(..at)?, label.get(at + 1..)?))
}
