//! Service Quotas: what the account may have. What nobody granted is told as everybody's default, by the call for that alone.

use super::AwsError;
use crate::world::quotas::{About, Quota};
use crate::{Value, world::World, world::fargate};

/// Runs one operation.
///
/// # Errors
/// What AWS refuses.
pub(super) fn call(world: &mut World, op: &str, input: &Value) -> Result<Value, AwsError> {
    let about = || {
        let named = |key| input.get(key).as_str().unwrap_or_default();
        let (service, code) = (named("ServiceCode"), named("QuotaCode"));
        let mut all = Quota::ALL.into_iter();
        all.find(|a| a.service.0 == service && a.code == code)
            .ok_or_else(none)
    };
    let quota = match op {
        "GetServiceQuota" => {
            let about = about()?;
            let granted = world.quotas.granted(about.quota).ok_or_else(none)?;
            let kind = format!("{}/{}", about.service.0, about.code);
            let arn = world.arn("servicequotas", &kind);
            document(&about, arn, granted)
        }
        "GetAWSDefaultServiceQuota" => {
            let about = about()?;
            let (partition, region) = (world.partition(), &world.region);
            let (service, code) = (about.service.0, about.code);
            let arn = format!("arn:{partition}:servicequotas:{region}::{service}/{code}");
            document(&about, arn, about.default)
        }
        _ => return Err(AwsError::unknown_operation(op)),
    };
    Ok(Value::map([("Quota", quota)]))
}

fn none() -> AwsError {
    let message = "The request failed because the specified resource does not exist.";
    AwsError::new("NoSuchResourceException", message)
}

fn document(about: &About, arn: String, value: f64) -> Value {
    let mut quota = Value::map([
        ("ServiceCode", about.service.0.into()),
        ("ServiceName", about.service.1.into()),
        ("QuotaArn", arn.into()),
        ("QuotaCode", about.code.into()),
        ("QuotaName", about.name.into()),
        ("Value", Value::Float(value)),
        ("Unit", "None".into()),
        ("Adjustable", true.into()),
        ("GlobalQuota", false.into()),
        ("QuotaAppliedAtLevel", "ACCOUNT".into()),
    ]);
    if let Some(class) = about.class {
        let dimensions = fargate::dimensions(class).map(|(name, value)| (name, value.into()));
        let metric = Value::map([
            ("MetricNamespace", "AWS/Usage".into()),
            ("MetricName", "ResourceCount".into()),
            ("MetricDimensions", Value::map(dimensions)),
            ("MetricStatisticRecommendation", "Maximum".into()),
        ]);
        quota.set("UsageMetric", metric);
    }
    quota
}
