//! When an alarm changes its state.

use super::*;
use crate::world::metrics::query::StatQuery;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn alarm(missing: Option<Missing>) -> Alarm {
    let stat = StatQuery {
        namespace: "Shop".to_owned(),
        name: "Errors".to_owned(),
        dimensions: Vec::new(),
        stat: "Sum".to_owned(),
        unit: None,
    };
    Alarm {
        name: "errors".to_owned(),
        description: None,
        actions_enabled: true,
        actions: Default::default(),
        rule: Rule {
            watch: Watch::Stat(stat),
            period: 60,
            periods: 2,
            to_alarm: None,
            threshold: 10.0,
            comparison: Comparison::GreaterThanThreshold,
            missing,
            low_samples: None,
        },
        state: AlarmState::InsufficientData,
        reason: String::new(),
        configured: at(0),
        updated: at(0),
        changed: at(0),
    }
}

/// The state after each minute; `None` is a minute without a sample.
fn states(missing: Option<Missing>, minutes: &[Option<f64>]) -> Vec<&'static str> {
    let (mut alarms, mut metrics) = (Alarms::default(), Metrics::default());
    alarms.put(alarm(missing));
    let mut seen = Vec::new();
    for (minute, value) in (0..).zip(minutes) {
        if let Some(value) = value {
            metrics.add("Shop", "Errors", &[], at(minute * 60), *value);
        }
        alarms.evaluate(&metrics, at(minute * 60 + 60));
        seen.push(alarms.get("errors").unwrap().state.name());
    }
    seen
}

#[test]
fn enough_breaching_points_raise_the_alarm_and_good_ones_end_it() {
    let seen = states(None, &[Some(1.0), Some(20.0), Some(30.0), Some(2.0)]);
    assert_eq!(seen, ["OK", "OK", "ALARM", "OK"]);
}

#[test]
fn a_missing_point_counts_as_the_alarm_says() {
    let gap = [Some(20.0), Some(20.0), None, None, None, None, None];
    assert_eq!(states(Some(Missing::Missing), &gap)[6], "INSUFFICIENT_DATA");
    assert_eq!(states(Some(Missing::NotBreaching), &gap)[6], "OK");
    assert_eq!(states(Some(Missing::Ignore), &gap)[6], "ALARM");
    assert_eq!(states(Some(Missing::Breaching), &[None])[0], "ALARM");
}

#[test]
fn a_state_set_by_hand_lasts_until_an_evaluation_says_otherwise() {
    let (mut alarms, mut metrics) = (Alarms::default(), Metrics::default());
    alarms.put(alarm(None));
    metrics.add("Shop", "Errors", &[], at(0), 1.0);
    assert!(alarms.set_state("errors", AlarmState::Alarm, "drill", at(10)));
    assert!(!alarms.set_state("absent", AlarmState::Alarm, "drill", at(10)));
    assert_eq!(
        alarms.get("errors").map(|a| (a.state, a.reason.as_str())),
        Some((AlarmState::Alarm, "drill"))
    );
    alarms.evaluate(&metrics, at(60));
    assert_eq!(alarms.get("errors").map(|a| a.state), Some(AlarmState::Ok));
}
