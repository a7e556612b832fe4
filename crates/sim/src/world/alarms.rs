//! CloudWatch alarms: what each watches, and when its state changes.
//!
//! What must not be here: the API's shapes and error codes, and what an alarm's actions do: they are not simulated.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::metrics::Metrics;
use super::metrics::query::{self, Query, StatQuery};

/// Beyond its evaluation periods an alarm looks this many periods back, because data comes late.
const LOOK_BACK: u32 = 3;

/// Every alarm of the region, by name.
#[derive(Debug, Default)]
pub struct Alarms {
    alarms: BTreeMap<String, Alarm>,
    evaluated: Option<i64>,
}

/// The state of an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlarmState {
    /// Within the threshold.
    Ok,
    /// Breaching.
    Alarm,
    /// Not enough data to tell.
    InsufficientData,
}

/// What a missing point counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// As missing: too many lead to `INSUFFICIENT_DATA`.
    Missing,
    /// As breaching.
    Breaching,
    /// As within the threshold.
    NotBreaching,
    /// As nothing: the state stays.
    Ignore,
}

/// How a point is compared with the threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "AWS's own names")]
pub enum Comparison {
    GreaterThanThreshold,
    GreaterThanOrEqualToThreshold,
    LessThanThreshold,
    LessThanOrEqualToThreshold,
}

/// What an alarm watches.
#[derive(Clone, Debug)]
pub enum Watch {
    /// One statistic.
    Stat(StatQuery),
    /// The one query of a set that returns data.
    Queries(Vec<Query>),
}

/// What `PutMetricAlarm` says of an alarm.
#[derive(Clone, Debug)]
pub struct Rule {
    /// What it watches.
    pub watch: Watch,
    /// Seconds a point.
    pub period: u32,
    /// Points looked at.
    pub periods: u32,
    /// Points of those that have to breach.
    pub to_alarm: Option<u32>,
    /// The threshold.
    pub threshold: f64,
    /// How points are compared with it.
    pub comparison: Comparison,
    /// What a missing point counts as.
    pub missing: Option<Missing>,
}

/// An alarm.
#[derive(Clone, Debug)]
pub struct Alarm {
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// Whether its actions run.
    pub actions_enabled: bool,
    /// The actions for each state: OK, ALARM, INSUFFICIENT_DATA.
    pub actions: [Vec<String>; 3],
    /// What it watches, and when it breaches.
    pub rule: Rule,
    /// Its state.
    pub state: AlarmState,
    /// Why, in a sentence.
    pub reason: String,
    /// When the rule was last put.
    pub configured: Timestamp,
    /// When the state was last set, changed or not.
    pub updated: Timestamp,
    /// When the state last changed.
    pub changed: Timestamp,
}

impl AlarmState {
    /// AWS's spelling.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Alarm => "ALARM",
            Self::InsufficientData => "INSUFFICIENT_DATA",
        }
    }

    /// Reads AWS's spelling.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Ok, Self::Alarm, Self::InsufficientData]
            .into_iter()
            .find(|s| s.name() == text)
    }
}

impl Missing {
    /// AWS's spelling.
    pub fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Breaching => "breaching",
            Self::NotBreaching => "notBreaching",
            Self::Ignore => "ignore",
        }
    }

    /// Reads AWS's spelling.
    pub fn parse(text: &str) -> Option<Self> {
        [
            Self::Missing,
            Self::Breaching,
            Self::NotBreaching,
            Self::Ignore,
        ]
        .into_iter()
        .find(|m| m.name() == text)
    }
}

impl Comparison {
    /// AWS's spelling.
    pub fn name(self) -> &'static str {
        match self {
            Self::GreaterThanThreshold => "GreaterThanThreshold",
            Self::GreaterThanOrEqualToThreshold => "GreaterThanOrEqualToThreshold",
            Self::LessThanThreshold => "LessThanThreshold",
            Self::LessThanOrEqualToThreshold => "LessThanOrEqualToThreshold",
        }
    }

    /// Reads AWS's spelling.
    pub fn parse(text: &str) -> Option<Self> {
        [
            Self::GreaterThanThreshold,
            Self::GreaterThanOrEqualToThreshold,
            Self::LessThanThreshold,
            Self::LessThanOrEqualToThreshold,
        ]
        .into_iter()
        .find(|c| c.name() == text)
    }

    fn breaches(self, value: f64, threshold: f64) -> bool {
        match self {
            Self::GreaterThanThreshold => value > threshold,
            Self::GreaterThanOrEqualToThreshold => value >= threshold,
            Self::LessThanThreshold => value < threshold,
            Self::LessThanOrEqualToThreshold => value <= threshold,
        }
    }
}

impl Alarms {
    /// Creates an alarm or changes its rule; its state and history stay.
    pub fn put(&mut self, mut alarm: Alarm) {
        if let Some(before) = self.alarms.get(&alarm.name) {
            alarm.state = before.state;
            alarm.reason.clone_from(&before.reason);
            alarm.updated = before.updated;
            alarm.changed = before.changed;
        }
        self.alarms.insert(alarm.name.clone(), alarm);
    }

    /// An alarm by name.
    pub fn get(&self, name: &str) -> Option<&Alarm> {
        self.alarms.get(name)
    }

    /// An alarm by name, to change it.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Alarm> {
        self.alarms.get_mut(name)
    }

    /// Every alarm, by name.
    pub fn all(&self) -> impl Iterator<Item = &Alarm> {
        self.alarms.values()
    }

    /// Removes an alarm.
    pub fn remove(&mut self, name: &str) -> bool {
        self.alarms.remove(name).is_some()
    }

    /// Sets a state by hand; the next evaluation that says otherwise changes it back. False when there is no such alarm.
    pub fn set_state(
        &mut self,
        name: &str,
        state: AlarmState,
        reason: &str,
        now: Timestamp,
    ) -> bool {
        self.alarms
            .get_mut(name)
            .map(|alarm| alarm.enter(state, reason.to_owned(), now))
            .is_some()
    }

    /// Looks at every alarm's metric; more than once a minute changes nothing.
    pub fn evaluate(&mut self, metrics: &Metrics, now: Timestamp) {
        let minute = now.as_second().div_euclid(60);
        if self.evaluated == Some(minute) {
            return;
        }
        self.evaluated = Some(minute);
        for alarm in self.alarms.values_mut() {
            if let Some((state, reason)) = alarm.rule.judge(metrics, now)
                && state != alarm.state
            {
                alarm.enter(state, reason, now);
            }
        }
    }
}

impl Alarm {
    fn enter(&mut self, state: AlarmState, reason: String, now: Timestamp) {
        if state != self.state {
            self.changed = now;
        }
        self.state = state;
        self.reason = reason;
        self.updated = now;
    }
}

impl Rule {
    /// The state that the metric calls for; `None` leaves it as it is.
    fn judge(&self, metrics: &Metrics, now: Timestamp) -> Option<(AlarmState, String)> {
        let points = self.recent(metrics, now);
        let wanted = self.periods as usize;
        let real = &points[points.len().saturating_sub(wanted)..];
        let gaps = wanted - real.len();
        let breaching = real
            .iter()
            .filter(|v| self.comparison.breaches(**v, self.threshold))
            .count();
        let missing = self.missing.unwrap_or(Missing::Missing);
        let breaching = breaching
            + if missing == Missing::Breaching {
                gaps
            } else {
                0
            };
        let to_alarm = self.to_alarm.unwrap_or(self.periods) as usize;
        if breaching >= to_alarm {
            return Some((AlarmState::Alarm, self.crossed(real, breaching)));
        }
        match missing {
            Missing::Ignore if gaps > 0 && real.len() < to_alarm => None,
            Missing::Missing if real.is_empty() => {
                let reason = format!("Insufficient Data: {wanted} datapoints were unknown.");
                Some((AlarmState::InsufficientData, reason))
            }
            _ => Some((AlarmState::Ok, self.crossed(real, breaching))),
        }
    }

    /// The points of the periods that are over, as far as they are published.
    fn recent(&self, metrics: &Metrics, now: Timestamp) -> Vec<f64> {
        let period = i64::from(self.period.max(1));
        let end = now.as_second().div_euclid(period) * period;
        let start = end - period * i64::from(self.periods + LOOK_BACK);
        let (Ok(start), Ok(end)) = (Timestamp::from_second(start), Timestamp::from_second(end))
        else {
            return Vec::new();
        };
        let points = match &self.watch {
            Watch::Stat(stat) => stat.points(metrics, self.period, start, end, now),
            Watch::Queries(set) => {
                let answers = query::answer(set, metrics, start, end, now).unwrap_or_default();
                set.iter()
                    .find(|q| q.return_data)
                    .and_then(|q| answers.get(&q.id).cloned())
                    .unwrap_or_default()
            }
        };
        points.into_iter().map(|(_, v)| v).collect()
    }

    fn crossed(&self, real: &[f64], breaching: usize) -> String {
        let values = real
            .iter()
            .map(f64::to_string)
            .collect::<Vec<_>>()
            .join(", ");
        let verb = match self.comparison {
            Comparison::GreaterThanThreshold => "greater than",
            Comparison::GreaterThanOrEqualToThreshold => "greater than or equal to",
            Comparison::LessThanThreshold => "less than",
            Comparison::LessThanOrEqualToThreshold => "less than or equal to",
        };
        format!(
            "Threshold Crossed: {breaching} out of the last {} datapoints [{values}] were {verb} the threshold ({}).",
            self.periods, self.threshold
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
