//! The plan's CloudWatch alarms, a hundred a call.
//!
//! What belongs here: DescribeAlarms. What must not: what an alarm leads to.

use std::{collections::BTreeMap, sync::Arc};

use aws_sdk_cloudwatch::types::AlarmType;
use sixshift_core::observation::{Alarm, Known};

use super::{Ages, Answers, all_unknown, seen_all};
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
    let mut found = BTreeMap::new();
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
        let simple = page
            .metric_alarms()
            .iter()
            .map(|a| (a.alarm_name(), a.state_value(), a.state_reason()));
        let composite = page
            .composite_alarms()
            .iter()
            .map(|a| (a.alarm_name(), a.state_value(), a.state_reason()));
        for (name, state, reason) in simple.chain(composite) {
            let name = name.unwrap_or_default().to_owned();
            let state = state.map_or("INSUFFICIENT_DATA", |s| s.as_str()).to_owned();
            found.insert(
                name.clone(),
                Alarm {
                    name,
                    state,
                    reason: reason.map(str::to_owned),
                },
            );
        }
        next = page.next_token().map(str::to_owned);
        if next.is_none() {
            return Ok(found);
        }
    }
}
