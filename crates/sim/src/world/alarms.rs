//! CloudWatch alarms: what each watches, and when its state changes.
//!
//! What must not be here: the API's shapes and error codes, and what an alarm's actions do: they are not simulated.

mod composite;

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::metrics::Metrics;
pub use super::metrics::query::Watch;
pub use composite::{Composite, Expression};

/// Beyond its evaluation periods an alarm looks this many periods back, because data comes late.
const LOOK_BACK: u32 = 3;

/// Every alarm of the region, by name.
#[derive(Debug, Default)]
pub struct Alarms {
    alarms: BTreeMap<String, Alarm>,
    composites: BTreeMap<String, Composite>,
    /// Tags by the name of an alarm of either kind.
    pub tags: BTreeMap<String, BTreeMap<String, String>>,
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
    /// What is done about percentiles of few samples, as given. Kept and read back only.
    pub low_samples: Option<String>,
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

    /// Removes an alarm of either kind.
    pub fn remove(&mut self, name: &str) -> bool {
        self.tags.remove(name);
        self.alarms.remove(name).is_some() || self.composites.remove(name).is_some()
    }

    /// Takes an action out of every alarm.
    pub fn forget_action(&mut self, action: &str) {
        for alarm in self.alarms.values_mut() {
            alarm
                .actions
                .iter_mut()
                .for_each(|a| a.retain(|a| a != action));
        }
    }

    /// Sets a state by hand; the next evaluation that says otherwise changes it back. False when there is no such alarm.
    pub fn set_state(
        &mut self,
        name: &str,
        state: AlarmState,
        reason: &str,
        now: Timestamp,
    ) -> bool {
        let reason = reason.to_owned();
        if let Some(alarm) = self.alarms.get_mut(name) {
            alarm.enter(state, reason, now);
        } else if let Some(alarm) = self.composites.get_mut(name) {
            alarm.enter(state, reason, now);
            // Others that name it follow; it says what it was told until it is evaluated itself.
            return true;
        } else {
            return false;
        }
        self.judge_composites(now);
        true
    }

    /// The alarms that call a scaling policy now: their actions are enabled, and those for their state name it. An alarm
    /// calls a policy anew each minute, as long as its state lasts.
    pub fn calling<'a>(&'a self, policy: &'a str) -> impl Iterator<Item = &'a Alarm> {
        self.alarms
            .values()
            .filter(|a| a.actions_enabled)
            .filter(move |a| a.actions_now().iter().any(|action| action == policy))
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
        self.judge_composites(now);
    }
}

impl Alarm {
    /// The actions for the state that it is in.
    fn actions_now(&self) -> &[String] {
        let [ok, alarm, unknown] = &self.actions;
        match self.state {
            AlarmState::Ok => ok,
            AlarmState::Alarm => alarm,
            AlarmState::InsufficientData => unknown,
        }
    }

    /// Whether any of its actions names this, whatever its state.
    pub fn names(&self, action: &str) -> bool {
        self.actions.iter().flatten().any(|a| a == action)
    }

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
    /// The newest points, at most one for each period that is looked at.
    pub fn newest(&self, metrics: &Metrics, now: Timestamp) -> Vec<f64> {
        let mut points = self.recent(metrics, now);
        points.split_off(points.len().saturating_sub(self.periods as usize))
    }

    /// The state that the metric calls for; `None` leaves it as it is.
    fn judge(&self, metrics: &Metrics, now: Timestamp) -> Option<(AlarmState, String)> {
        let wanted = self.periods as usize;
        let real = self.newest(metrics, now);
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
            return Some((AlarmState::Alarm, self.crossed(&real, breaching)));
        }
        match missing {
            Missing::Ignore if gaps > 0 && real.len() < to_alarm => None,
            Missing::Missing if real.is_empty() => {
                let reason = format!("Insufficient Data: {wanted} datapoints were unknown.");
                Some((AlarmState::InsufficientData, reason))
            }
            _ => Some((AlarmState::Ok, self.crossed(&real, breaching))),
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
        let points = self.watch.points(metrics, self.period, start, end, now);
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
mod tests;
