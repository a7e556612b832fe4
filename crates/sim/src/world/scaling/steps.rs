//! Step scaling: an alarm calls, and how far its metric is beyond the threshold tells the step.
//!
//! What must not be here: when an alarm is in which state, and the API's shapes.

use jiff::Timestamp;

use super::{Kind, Target, rested};
use crate::world::alarms::{Alarm, Alarms};
use crate::world::metrics::Metrics;

/// Scaling by steps.
#[derive(Clone, Debug, PartialEq)]
pub struct Steps {
    /// What a step's number means.
    pub adjustment: Adjustment,
    /// The steps; their ranges neither overlap nor leave gaps.
    pub steps: Vec<Step>,
    /// The least change of a step in percent.
    pub least: i64,
    /// Seconds between two scalings.
    pub cooldown: i64,
    /// What becomes of the alarm's points.
    pub aggregation: Aggregation,
}

/// A range beyond an alarm's threshold, and what is done in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// Where it begins, relative to the threshold; nowhere for the lowest.
    pub from: Option<f64>,
    /// Where it ends; nowhere for the highest.
    pub to: Option<f64>,
    /// The adjustment.
    pub by: i64,
}

/// What a step's number means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "AWS's own names")]
pub enum Adjustment {
    ChangeInCapacity,
    PercentChangeInCapacity,
    ExactCapacity,
}

/// What becomes of an alarm's points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "AWS's own names")]
pub enum Aggregation {
    Average,
    Minimum,
    Maximum,
}

impl Adjustment {
    /// Reads AWS's spelling.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "ChangeInCapacity" => Some(Self::ChangeInCapacity),
            "PercentChangeInCapacity" => Some(Self::PercentChangeInCapacity),
            "ExactCapacity" => Some(Self::ExactCapacity),
            _ => None,
        }
    }
}

impl Aggregation {
    /// Reads AWS's spelling.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "Average" => Some(Self::Average),
            "Minimum" => Some(Self::Minimum),
            "Maximum" => Some(Self::Maximum),
            _ => None,
        }
    }

    fn of(self, points: &[f64]) -> Option<f64> {
        match self {
            Self::Average if points.is_empty() => None,
            Self::Average => Some(points.iter().sum::<f64>() / points.len() as f64),
            Self::Minimum => points.iter().copied().reduce(f64::min),
            Self::Maximum => points.iter().copied().reduce(f64::max),
        }
    }
}

impl Steps {
    /// The count that an alarm's points call for, reckoned from a count.
    fn wish(&self, alarm: &Alarm, points: &[f64], capacity: i64) -> Option<i64> {
        let beyond = self.aggregation.of(points)? - alarm.rule.threshold;
        let step = self.steps.iter().find(|s| s.holds(beyond))?;
        Some(match self.adjustment {
            Adjustment::ExactCapacity => step.by,
            Adjustment::ChangeInCapacity => capacity + step.by,
            Adjustment::PercentChangeInCapacity => capacity + self.percent(step.by, capacity),
        })
    }

    /// AWS rounds towards zero, but never to it.
    fn percent(&self, percent: i64, capacity: i64) -> i64 {
        let exact = capacity as f64 * percent as f64 / 100.0;
        let whole = exact.trunc() as i64;
        let sign = percent.signum();
        let least = if exact == 0.0 { 0 } else { 1 };
        sign * whole.abs().max(least).max(self.least)
    }
}

impl Step {
    /// Above the threshold a range holds its beginning, below it its end.
    fn holds(&self, beyond: f64) -> bool {
        if beyond >= 0.0 {
            self.from.is_none_or(|f| beyond >= f) && self.to.is_none_or(|t| beyond < t)
        } else {
            self.from.is_none_or(|f| beyond > f) && self.to.is_none_or(|t| beyond <= t)
        }
    }
}

impl Target {
    /// What the alarms that call want by steps: the highest count of all.
    pub(super) fn stepped(
        &mut self,
        metrics: &Metrics,
        alarms: &Alarms,
        now: Timestamp,
    ) -> Option<i64> {
        let capacity = self.capacity?;
        let wishes = self.policies.values().flat_map(|policy| {
            let Kind::Steps(steps) = &policy.kind else {
                return Vec::new();
            };
            // What was added a moment ago counts as part of the next step: only a higher one adds to it.
            let base = self
                .stepped_out
                .filter(|(at, _)| !rested(Some(*at), steps.cooldown, now))
                .map_or(capacity, |(_, from)| from.min(capacity));
            let wish = |alarm: &Alarm| {
                let points = alarm.rule.newest(metrics, now);
                let (from_base, from_here) = (
                    steps.wish(alarm, &points, base)?,
                    steps.wish(alarm, &points, capacity)?,
                );
                // Scaling in reckons from what there is.
                Some(if from_here < capacity {
                    from_here
                } else {
                    from_base
                })
            };
            alarms
                .calling(&policy.arn)
                .filter_map(wish)
                .map(|w| (w, steps.cooldown, base))
                .collect()
        });
        let (wish, cooldown, base) = wishes.max_by_key(|(wish, ..)| *wish)?;
        let wanted = wish.max(self.min).min(self.max);
        if wish > capacity && wanted > capacity && !self.suspended.scale_out {
            self.stepped_out = Some((now, base));
            return Some(wanted);
        }
        let stepped_out = self.stepped_out.map(|(at, _)| at);
        let last = self.scaled_in.max(self.scaled_out).max(stepped_out);
        let rested = rested(last, cooldown, now);
        (wish < capacity && wanted < capacity && rested && !self.suspended.scale_in).then(|| {
            self.scaled_in = Some(now);
            wanted
        })
    }
}
