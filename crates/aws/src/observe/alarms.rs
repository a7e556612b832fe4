//! The plan's CloudWatch alarms, a hundred a call.
//!
//! What belongs here: DescribeAlarms. What must not: what an alarm leads to.

use std::{collections::BTreeMap, sync::Arc};

use aws_sdk_cloudwatch::types::{self as cw, AlarmType};
use sixshift_core::observation::{Alarm, Known, Missing, Watched};

use super::{Ages, Answers, all_unknown, seen_all, timestamp};
use crate::{
    call,
    error::Error,
    region::{Clients, Region},
};

/// The alarms of these names that exist.
pub(super) async fn of(region: &Region, names: &[String], ages: Ages) -> Known<Vec<Alarm>> {
    let answers = region
        .readers
        .alarms
        .ask(names.iter().cloned(), ages.now())
        .await;
    match seen_all(answers) {
        Ok(alarms) => Known::Seen(alarms.into_iter().map(|(_, alarm)| alarm).collect()),
        Err(why) => Known::Unknown(why),
    }
}

/// Alarms by name, of metrics and composite.
pub(super) async fn read(clients: Arc<Clients>, names: Vec<String>) -> Answers<String, Alarm> {
    match describe(&clients, &names).await {
        Ok(mut found) => names
            .into_iter()
            .map(|name| {
                let known = found.remove(&name).map_or(Known::Absent, Known::Seen);
                (name, known)
            })
            .collect(),
        Err(error) => all_unknown(names, &error),
    }
}

async fn describe(clients: &Clients, names: &[String]) -> Result<BTreeMap<String, Alarm>, Error> {
    let (simple, composite) = answered(clients, names).await?;
    let simple = simple.iter().map(alarm_of);
    let all = simple.chain(composite.iter().map(composite_of));
    Ok(all.map(|a| (a.name.clone(), a)).collect())
}

/// As AWS gives them.
pub(super) async fn answered(
    clients: &Clients,
    names: &[String],
) -> Result<(Vec<cw::MetricAlarm>, Vec<cw::CompositeAlarm>), Error> {
    let (mut simple, mut composite) = (Vec::new(), Vec::new());
    let mut next = None;
    loop {
        let request = clients
            .metrics
            .describe_alarms()
            .set_alarm_names(Some(names.to_vec()))
            .alarm_types(AlarmType::MetricAlarm)
            .alarm_types(AlarmType::CompositeAlarm)
            .max_records(100)
            .set_next_token(next);
        let page = clients
            .caller
            .read(&call::DESCRIBE_ALARMS, || request.clone().send())
            .await?;
        simple.extend(page.metric_alarms.into_iter().flatten());
        composite.extend(page.composite_alarms.into_iter().flatten());
        next = page.next_token;
        if next.is_none() {
            return Ok((simple, composite));
        }
    }
}

fn alarm_of(alarm: &cw::MetricAlarm) -> Alarm {
    let changed = alarm
        .state_transitioned_timestamp()
        .or(alarm.state_updated_timestamp());
    let missing = match alarm.treat_missing_data() {
        Some("ignore") => Missing::Ignore,
        Some("breaching") => Missing::Breaching,
        Some("notBreaching") => Missing::NotBreaching,
        _ => Missing::Missing,
    };
    let simple = alarm
        .metric_name()
        .map(|name| watched(alarm.namespace(), name, alarm.dimensions()));
    let queried = alarm
        .metrics()
        .iter()
        .filter_map(|query| query.metric_stat()?.metric());
    let queried = queried.map(|m| {
        watched(
            m.namespace(),
            m.metric_name().unwrap_or_default(),
            m.dimensions(),
        )
    });
    Alarm {
        name: text(alarm.alarm_name()),
        state: state(alarm.state_value()),
        reason: alarm.state_reason().map(str::to_owned),
        since: timestamp(changed),
        missing: Some(missing),
        watches: simple.into_iter().chain(queried).collect(),
    }
}

fn composite_of(alarm: &cw::CompositeAlarm) -> Alarm {
    let changed = alarm
        .state_transitioned_timestamp()
        .or(alarm.state_updated_timestamp());
    Alarm {
        name: text(alarm.alarm_name()),
        state: state(alarm.state_value()),
        reason: alarm.state_reason().map(str::to_owned),
        since: timestamp(changed),
        missing: None,
        watches: Vec::new(),
    }
}

fn watched(namespace: Option<&str>, metric: &str, dimensions: &[cw::Dimension]) -> Watched {
    let pair = |d: &cw::Dimension| (text(d.name()), text(d.value()));
    Watched {
        namespace: text(namespace),
        metric: metric.to_owned(),
        dimensions: dimensions.iter().map(pair).collect(),
    }
}

fn state(state: Option<&cw::StateValue>) -> String {
    state
        .map_or("INSUFFICIENT_DATA", cw::StateValue::as_str)
        .to_owned()
}

fn text(text: Option<&str>) -> String {
    text.unwrap_or_default().to_owned()
}
