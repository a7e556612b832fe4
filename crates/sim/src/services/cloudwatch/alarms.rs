//! Alarms on metrics: put, written, deleted, set by hand.

use super::{combination, dimensions, dimensions_value, invalid, missing, query, tags, text};
use crate::services::AwsError;
use crate::world::alarms::{Alarm, AlarmState, Comparison, Missing, Rule, Watch};
use crate::world::metrics::Statistic;
use crate::world::metrics::query::StatQuery;
use crate::{Value, world::World};

/// The actions for each state.
pub(super) const ACTIONS: [&str; 3] = ["OKActions", "AlarmActions", "InsufficientDataActions"];

pub(super) fn put(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let name = text(input, "AlarmName")?.to_owned();
    let now = world.now();
    let alarm = Alarm {
        name: name.clone(),
        description: input.get("AlarmDescription").as_str().map(str::to_owned),
        actions_enabled: input.get("ActionsEnabled").as_bool().unwrap_or(true),
        actions: ACTIONS.map(|a| input.get(a).strings()),
        rule: rule(input)?,
        state: AlarmState::InsufficientData,
        reason: "Unchecked: Initial alarm creation".to_owned(),
        configured: now,
        updated: now,
        changed: now,
    };
    // An alarm that is there keeps its tags: those that come with an update are ignored.
    if world.alarms.state_of(&name).is_none() {
        tags::begin(world, &name, input);
    }
    world.alarms.put(alarm);
    Ok(Value::Null)
}

fn rule(input: &Value) -> Result<Rule, AwsError> {
    let (watch, period) = watch(input)?;
    let periods = count(input, "EvaluationPeriods")?.ok_or_else(|| missing("EvaluationPeriods"))?;
    let to_alarm = count(input, "DatapointsToAlarm")?;
    if to_alarm.is_some_and(|m| m > periods) {
        return Err(AwsError::validation(
            "DatapointsToAlarm must not be greater than EvaluationPeriods.",
        ));
    }
    let spelled = text(input, "ComparisonOperator")?;
    let comparison = Comparison::parse(spelled).ok_or_else(|| {
        invalid(format!(
            "The value {spelled} for parameter ComparisonOperator is not simulated."
        ))
    })?;
    let missing_data = match input.get("TreatMissingData").as_str() {
        None => None,
        Some(text) => Some(Missing::parse(text).ok_or_else(|| {
            AwsError::validation(format!("The value {text} is not supported for TreatMissingData parameter. Supported values are [breaching, notBreaching, ignore, missing]."))
        })?),
    };
    let threshold = input
        .get("Threshold")
        .as_f64()
        .ok_or_else(|| missing("Threshold"))?;
    Ok(Rule {
        watch,
        period,
        periods,
        to_alarm,
        threshold,
        comparison,
        missing: missing_data,
        low_samples: input
            .get("EvaluateLowSampleCountPercentile")
            .as_str()
            .map(str::to_owned),
    })
}

fn watch(input: &Value) -> Result<(Watch, u32), AwsError> {
    if !input.get("Metrics").is_null() {
        if !input.get("MetricName").is_null() {
            return Err(combination(
                "MetricName and Metrics are mutually exclusive.",
            ));
        }
        let queries = query::read(input.get("Metrics"))?;
        if queries.iter().filter(|q| q.return_data).count() != 1 {
            return Err(AwsError::validation(
                "Exactly one element of the metrics list should return data.",
            ));
        }
        let period = queries.iter().filter_map(|q| q.period).max().unwrap_or(60);
        return Ok((Watch::Queries(queries), period));
    }
    let stat = match (
        input.get("Statistic").as_str(),
        input.get("ExtendedStatistic").as_str(),
    ) {
        (Some(stat), None) | (None, Some(stat)) => stat,
        _ => {
            return Err(combination(
                "Exactly one of the parameters Statistic and ExtendedStatistic must be specified.",
            ));
        }
    };
    if Statistic::parse(stat).is_none() {
        return Err(invalid(format!(
            "The value {stat} for parameter Statistic is not supported."
        )));
    }
    let watch = StatQuery {
        namespace: text(input, "Namespace")?.to_owned(),
        name: text(input, "MetricName")?.to_owned(),
        dimensions: dimensions(input)?,
        stat: stat.to_owned(),
        unit: input.get("Unit").as_str().map(str::to_owned),
    };
    let period = query::period(input.get("Period"))?.ok_or_else(|| missing("Period"))?;
    Ok((Watch::Stat(watch), period))
}

fn count(input: &Value, name: &str) -> Result<Option<u32>, AwsError> {
    match input.get(name) {
        Value::Null => Ok(None),
        value => match value.as_i64().and_then(|n| u32::try_from(n).ok()) {
            Some(n @ 1..=1440) => Ok(Some(n)),
            _ => Err(invalid(format!(
                "The value for parameter {name} must be between 1 and 1440."
            ))),
        },
    }
}

/// An alarm as it is described.
pub(super) fn write(world: &World, alarm: &Alarm) -> Value {
    let rule = &alarm.rule;
    let mut value = Value::map([
        ("AlarmName", alarm.name.as_str().into()),
        (
            "AlarmArn",
            world
                .arn("cloudwatch", &format!("alarm:{}", alarm.name))
                .into(),
        ),
        ("AlarmDescription", alarm.description.clone().into()),
        (
            "AlarmConfigurationUpdatedTimestamp",
            alarm.configured.into(),
        ),
        ("ActionsEnabled", alarm.actions_enabled.into()),
        ("StateValue", alarm.state.name().into()),
        ("StateReason", alarm.reason.as_str().into()),
        ("StateUpdatedTimestamp", alarm.updated.into()),
        ("StateTransitionedTimestamp", alarm.changed.into()),
        ("EvaluationPeriods", i64::from(rule.periods).into()),
        ("DatapointsToAlarm", rule.to_alarm.map(i64::from).into()),
        ("Threshold", rule.threshold.into()),
        ("ComparisonOperator", rule.comparison.name().into()),
        ("TreatMissingData", rule.missing.map(Missing::name).into()),
        (
            "EvaluateLowSampleCountPercentile",
            rule.low_samples.clone().into(),
        ),
    ]);
    for (name, actions) in ACTIONS.iter().zip(&alarm.actions) {
        value.set(name, Value::list(actions.iter().map(String::as_str)));
    }
    match &rule.watch {
        Watch::Queries(queries) => value.set("Metrics", query::write(queries)),
        Watch::Stat(stat) => write_stat(&mut value, stat, rule.period),
    }
    value
}

fn write_stat(value: &mut Value, stat: &StatQuery, period: u32) {
    let percentile = matches!(Statistic::parse(&stat.stat), Some(Statistic::Percentile(_)));
    value.set("Namespace", stat.namespace.as_str().into());
    value.set("MetricName", stat.name.as_str().into());
    value.set("Dimensions", dimensions_value(&stat.dimensions));
    value.set(
        if percentile {
            "ExtendedStatistic"
        } else {
            "Statistic"
        },
        stat.stat.as_str().into(),
    );
    value.set("Period", i64::from(period).into());
    value.set("Unit", stat.unit.clone().into());
}

pub(super) fn delete(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let names = input.get("AlarmNames").strings();
    if names.is_empty() {
        return Err(missing("AlarmNames"));
    }
    if names.len() > 100 {
        return Err(invalid(
            "The collection AlarmNames must not have a size greater than 100.",
        ));
    }
    // Those that exist are deleted, whatever else is asked for.
    let absent: Vec<_> = names
        .iter()
        .filter(|name| !world.alarms.remove(name))
        .map(String::as_str)
        .collect();
    if names.len() > 1 && !absent.is_empty() {
        return Err(not_found(&absent.join(", ")));
    }
    Ok(Value::Null)
}

fn not_found(names: &str) -> AwsError {
    AwsError::new("ResourceNotFound", format!("Unknown alarm: {names}")).with_status(404)
}

pub(super) fn set_state(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let name = text(input, "AlarmName")?;
    let reason = text(input, "StateReason")?;
    let value = text(input, "StateValue")?;
    let state = AlarmState::parse(value).ok_or_else(|| {
        invalid(format!(
            "The value {value} for parameter StateValue is invalid."
        ))
    })?;
    let now = world.now();
    if !world.alarms.set_state(name, state, reason, now) {
        return Err(not_found(name));
    }
    Ok(Value::Null)
}

pub(super) fn enable_actions(
    world: &mut World,
    input: &Value,
    enabled: bool,
) -> Result<Value, AwsError> {
    for name in input.get("AlarmNames").strings() {
        if let Some(alarm) = world.alarms.get_mut(&name) {
            alarm.actions_enabled = enabled;
        } else if let Some(alarm) = world.alarms.composite_mut(&name) {
            alarm.actions_enabled = enabled;
        }
    }
    Ok(Value::Null)
}
