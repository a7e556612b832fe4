//! Composite alarms: put, and written.

use super::{alarms::ACTIONS, tags, text};
use crate::services::AwsError;
use crate::world::alarms::{AlarmState, Composite, Expression};
use crate::{Value, world::World};

pub(super) fn put(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let name = text(input, "AlarmName")?.to_owned();
    let rule_text = text(input, "AlarmRule")?.to_owned();
    let rule = Expression::parse(&rule_text).map_err(AwsError::validation)?;
    let seconds = |field: &str| input.get(field).as_i64().unwrap_or_default();
    let suppressor = input.get("ActionsSuppressor").as_str().map(|by| {
        (
            by.to_owned(),
            seconds("ActionsSuppressorWaitPeriod"),
            seconds("ActionsSuppressorExtensionPeriod"),
        )
    });
    let now = world.now();
    if world.alarms.state_of(&name).is_none() {
        tags::begin(world, &name, input);
    }
    world.alarms.put_composite(Composite {
        name,
        description: input.get("AlarmDescription").as_str().map(str::to_owned),
        actions_enabled: input.get("ActionsEnabled").as_bool().unwrap_or(true),
        actions: ACTIONS.map(|a| input.get(a).strings()),
        text: rule_text,
        rule,
        suppressor,
        state: AlarmState::InsufficientData,
        reason: "Unchecked: Initial alarm creation".to_owned(),
        configured: now,
        updated: now,
        changed: now,
    });
    Ok(Value::Null)
}

/// A composite alarm as it is described.
pub(super) fn write(world: &World, alarm: &Composite) -> Value {
    let arn = world.arn("cloudwatch", &format!("alarm:{}", alarm.name));
    let suppressor = alarm.suppressor.as_ref();
    let mut value = Value::map([
        ("AlarmName", alarm.name.as_str().into()),
        ("AlarmArn", arn.into()),
        ("AlarmDescription", alarm.description.clone().into()),
        ("AlarmRule", alarm.text.as_str().into()),
        ("ActionsEnabled", alarm.actions_enabled.into()),
        ("StateValue", alarm.state.name().into()),
        ("StateReason", alarm.reason.as_str().into()),
        (
            "AlarmConfigurationUpdatedTimestamp",
            alarm.configured.into(),
        ),
        ("StateUpdatedTimestamp", alarm.updated.into()),
        ("StateTransitionedTimestamp", alarm.changed.into()),
        (
            "ActionsSuppressor",
            suppressor.map(|(by, ..)| by.clone()).into(),
        ),
        (
            "ActionsSuppressorWaitPeriod",
            suppressor.map(|(_, wait, _)| *wait).into(),
        ),
        (
            "ActionsSuppressorExtensionPeriod",
            suppressor.map(|(.., longer)| *longer).into(),
        ),
    ]);
    for (name, actions) in ACTIONS.iter().zip(&alarm.actions) {
        value.set(name, Value::list(actions.iter().map(String::as_str)));
    }
    value
}
