//! Calls as any client of the account makes them, and what is read out of their answers.

use sixshift_sim::Value;
use sixshift_sim::services::{self, AwsError, Service};
use sixshift_sim::world::World;

/// A call with its fields.
pub(crate) fn call<'a>(
    world: &mut World,
    service: Service,
    op: &str,
    fields: impl IntoIterator<Item = (&'a str, Value)>,
) -> Result<Value, AwsError> {
    services::call(world, service, op, &Value::map(fields))
}

/// A field of the first of some listed things.
pub(crate) fn first(answer: &Value, list: &str, field: &str) -> String {
    let found = answer.get(list).items().first();
    found.map(|item| text(item.get(field))).unwrap_or_default()
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// An action that forwards by weights, sticky for so many seconds where said.
pub(crate) fn forward(groups: &[(&str, i64)], sticky: Option<i64>) -> Value {
    let groups = groups.iter().map(|(arn, weight)| {
        Value::map([
            ("TargetGroupArn", Value::from(*arn)),
            ("Weight", (*weight).into()),
        ])
    });
    let mut config = Value::map([("TargetGroups", Value::list(groups))]);
    if let Some(seconds) = sticky {
        let sticky = Value::map([
            ("Enabled", Value::from(true)),
            ("DurationSeconds", seconds.into()),
        ]);
        config.set("TargetGroupStickinessConfig", sticky);
    }
    Value::map([("Type", Value::from("forward")), ("ForwardConfig", config)])
}

/// Application Auto Scaling's way of naming a service's count.
pub(crate) fn scalable(resource: &str) -> [(&'static str, Value); 3] {
    [
        ("ServiceNamespace", "ecs".into()),
        ("ResourceId", resource.into()),
        ("ScalableDimension", "ecs:service:DesiredCount".into()),
    ]
}

pub(crate) fn tag(key: &str, value: &str) -> Value {
    Value::map([("key", Value::from(key)), ("value", value.into())])
}
