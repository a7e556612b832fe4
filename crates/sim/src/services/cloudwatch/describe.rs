//! DescribeAlarms: alarms of both kinds, filtered and in pages.

use super::{alarms, bad_token, combination, composites, dimensions, invalid, text};
use crate::services::{AwsError, paging};
use crate::world::alarms::{Alarm, AlarmState, Composite, Watch};
use crate::{Value, world::World};

const PAGE: i64 = 100;

enum Found<'a> {
    OnMetric(&'a Alarm),
    Composite(&'a Composite),
}

pub(super) fn alarms_of(world: &World, input: &Value) -> Result<Value, AwsError> {
    let names = input.get("AlarmNames").strings();
    let prefix = input.get("AlarmNamePrefix").as_str();
    if names.len() > 100 {
        return Err(invalid(
            "The collection AlarmNames must not have a size greater than 100.",
        ));
    }
    if !names.is_empty() && prefix.is_some() {
        return Err(combination(
            "AlarmNames and AlarmNamePrefix are mutually exclusive.",
        ));
    }
    let types = input.get("AlarmTypes").strings();
    // Who names no type asks for alarms on metrics only.
    let of_kind =
        |kind: &str| types.iter().any(|t| t == kind) || (types.is_empty() && kind == "MetricAlarm");
    let state = match input.get("StateValue").as_str() {
        None => None,
        Some(s) => Some(AlarmState::parse(s).ok_or_else(|| {
            invalid(format!(
                "The value {s} for parameter StateValue is invalid."
            ))
        })?),
    };
    let size = input.get("MaxRecords").as_i64().unwrap_or(PAGE);
    if !(1..=PAGE).contains(&size) {
        return Err(invalid(
            "The value for parameter MaxRecords must be between 1 and 100.",
        ));
    }
    let action = input.get("ActionPrefix").as_str().unwrap_or_default();
    let wanted = |name: &String, is: AlarmState, actions: &[Vec<String>; 3]| {
        (names.is_empty() || names.contains(name))
            && prefix.is_none_or(|p| name.starts_with(p))
            && state.is_none_or(|s| is == s)
            && (action.is_empty() || actions.iter().flatten().any(|n| n.starts_with(action)))
    };
    let simple = world
        .alarms
        .all()
        .filter(|a| of_kind("MetricAlarm") && wanted(&a.name, a.state, &a.actions))
        .map(Found::OnMetric);
    let composite = world
        .alarms
        .all_composites()
        .filter(|a| of_kind("CompositeAlarm") && wanted(&a.name, a.state, &a.actions))
        .map(Found::Composite);
    let (page, next) = paging::page(
        simple.chain(composite).collect(),
        input.get("NextToken"),
        size as usize,
        bad_token,
    )?;
    let (mut simple, mut composite) = (Vec::new(), Vec::new());
    for found in page {
        match found {
            Found::OnMetric(alarm) => simple.push(alarms::write(world, alarm)),
            Found::Composite(alarm) => composite.push(composites::write(world, alarm)),
        }
    }
    Ok(Value::map([
        ("MetricAlarms", Value::List(simple)),
        ("CompositeAlarms", Value::List(composite)),
        ("NextToken", next),
    ]))
}

/// The alarms that watch one metric.
pub(super) fn of_metric(world: &World, input: &Value) -> Result<Value, AwsError> {
    let (namespace, name) = (text(input, "Namespace")?, text(input, "MetricName")?);
    let mut asked = dimensions(input)?;
    asked.sort();
    let of = |field: &str| input.get(field).as_str();
    let stat = of("Statistic").or(of("ExtendedStatistic"));
    let period = input.get("Period").as_i64();
    let watches = |a: &&Alarm| {
        let Watch::Stat(watched) = &a.rule.watch else {
            return false;
        };
        let mut held = watched.dimensions.clone();
        held.sort();
        watched.namespace == namespace
            && watched.name == name
            && held == asked
            && stat.is_none_or(|s| watched.stat == s)
            && period.is_none_or(|p| i64::from(a.rule.period) == p)
    };
    let found = world.alarms.all().filter(watches);
    let found = found.map(|a| alarms::write(world, a)).collect();
    Ok(Value::map([("MetricAlarms", Value::List(found))]))
}
