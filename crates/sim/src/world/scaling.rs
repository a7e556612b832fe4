//! Application Auto Scaling: what may be scaled, by which policies and schedules, and what they want now.
//!
//! What belongs here: targets, target tracking, schedules. What must not: the API's shapes, and starting or stopping tasks.

pub mod schedule;

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan as _};

use super::metrics::Metrics;
use super::metrics::query::StatQuery;
use crate::Value;
use schedule::Schedule;

/// Minutes over the target before scaling out, and clearly under it before scaling in: as AWS sets its own alarms.
const MINUTES_OUT: usize = 3;
const MINUTES_IN: usize = 15;
/// The share of the target under which scaling in is considered.
const LOW: f64 = 0.9;
/// Data comes up to this many minutes late.
const LATEST_DATA: i64 = 4;

/// Every scalable target of the region, by resource such as `service/cluster/name`.
#[derive(Clone, Debug, Default)]
pub struct Scaling {
    targets: BTreeMap<String, Target>,
    ticked: Option<Timestamp>,
}

/// What of a target is suspended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SuspendedState {
    /// Scaling in by policies.
    pub scale_in: bool,
    /// Scaling out by policies.
    pub scale_out: bool,
    /// Scheduled actions.
    pub scheduled: bool,
}

/// A scalable target: the wanted count of an ECS service.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its ARN.
    pub arn: String,
    /// The least that scaling in goes to.
    pub min: i64,
    /// The most that scaling out goes to.
    pub max: i64,
    /// What is suspended.
    pub suspended: SuspendedState,
    /// The role that scales.
    pub role: String,
    /// When it was registered.
    pub created: Timestamp,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// Its policies, by name.
    pub policies: BTreeMap<String, Policy>,
    /// Its scheduled actions, by name.
    pub schedules: BTreeMap<String, ScheduledAction>,
    capacity: Option<i64>,
    scaled_out: Option<Timestamp>,
    scaled_in: Option<Timestamp>,
}

/// A scaling policy.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Its ARN.
    pub arn: String,
    /// When it was first put.
    pub created: Timestamp,
    /// The request that put it, for reading back.
    pub given: Value,
    /// What it tracks, where it is a target-tracking policy.
    pub tracking: Option<Tracking>,
}

/// Target tracking: keep a metric at a value.
#[derive(Clone, Debug)]
pub struct Tracking {
    /// The metric.
    pub metric: StatQuery,
    /// The value it is kept at.
    pub target: f64,
    /// Seconds between two scalings out.
    pub out_cooldown: i64,
    /// Seconds between two scalings in.
    pub in_cooldown: i64,
    /// Whether it never scales in.
    pub never_in: bool,
}

/// A scheduled action.
#[derive(Clone, Debug)]
pub struct ScheduledAction {
    /// Its ARN.
    pub arn: String,
    /// When it was first put.
    pub created: Timestamp,
    /// The request that put it, for reading back.
    pub given: Value,
    /// When it is due.
    pub schedule: Schedule,
    /// Not before.
    pub start: Option<Timestamp>,
    /// Not after.
    pub end: Option<Timestamp>,
    /// The least capacity that it sets.
    pub min: Option<i64>,
    /// The most capacity that it sets.
    pub max: Option<i64>,
}

impl Target {
    /// A target without policies.
    pub fn new(arn: String, role: String, min: i64, max: i64, created: Timestamp) -> Self {
        Self {
            arn,
            min,
            max,
            suspended: SuspendedState::default(),
            role,
            created,
            tags: BTreeMap::new(),
            policies: BTreeMap::new(),
            schedules: BTreeMap::new(),
            capacity: None,
            scaled_out: None,
            scaled_in: None,
        }
    }

    /// What schedules that came due since the last look want.
    fn scheduled(&mut self, since: Timestamp, now: Timestamp) -> Option<i64> {
        if self.suspended.scheduled {
            return None;
        }
        let due = |a: &&ScheduledAction| {
            a.start.is_none_or(|s| s <= now)
                && a.end.is_none_or(|e| now <= e)
                && a.schedule.due(a.created, since, now)
        };
        let actions: Vec<_> = self
            .schedules
            .values()
            .filter(due)
            .map(|a| (a.min, a.max))
            .collect();
        if actions.is_empty() {
            return None;
        }
        for (min, max) in actions {
            self.min = min.unwrap_or(self.min);
            self.max = max.unwrap_or(self.max).max(self.min);
        }
        let capacity = self.capacity?;
        let wanted = capacity.clamp(self.min, self.max);
        (wanted != capacity).then_some(wanted)
    }

    /// What the policies want: the most that any wants, and in only when all agree.
    fn tracked(&mut self, metrics: &Metrics, now: Timestamp) -> Option<i64> {
        // What was scaled to zero by hand stays there: no policy scales from zero.
        let capacity = self.capacity.filter(|c| *c > 0)?;
        let wishes = self.policies.values().filter_map(|p| p.tracking.as_ref());
        let wishes: Vec<_> = wishes
            .map(|t| (t, t.wish(capacity, metrics, now)))
            .collect();
        let out = wishes
            .iter()
            .filter_map(|(t, w)| Some((*t, (*w)?)))
            .filter(|(_, w)| *w > capacity);
        if let Some((tracking, wish)) = out.max_by_key(|(_, w)| *w) {
            // Below its minimum a service is brought up to it only now, by scaling out; above its maximum it stays.
            let wanted = wish.max(self.min).min(self.max);
            let rested = rested(self.scaled_out, tracking.out_cooldown, now);
            if wanted > capacity && rested && !self.suspended.scale_out {
                self.scaled_out = Some(now);
                return Some(wanted);
            }
            return None;
        }
        let least = wishes
            .iter()
            .map(|(_, w)| *w)
            .collect::<Option<Vec<_>>>()?
            .into_iter()
            .max()?;
        let cooldown = wishes.iter().map(|(t, _)| t.in_cooldown).max().unwrap_or(0);
        let wanted = least.max(self.min).min(self.max);
        let rested = rested(self.scaled_in.max(self.scaled_out), cooldown, now);
        let allowed = !self.suspended.scale_in && wishes.iter().all(|(t, _)| !t.never_in);
        (wanted < capacity && rested && allowed).then(|| {
            self.scaled_in = Some(now);
            wanted
        })
    }
}

fn rested(last: Option<Timestamp>, cooldown: i64, now: Timestamp) -> bool {
    last.is_none_or(|at| now.duration_since(at).as_secs() >= cooldown)
}

impl Tracking {
    /// The capacity at which the metric would be at its target; `None` without enough data.
    fn wish(&self, capacity: i64, metrics: &Metrics, now: Timestamp) -> Option<i64> {
        let from = now
            .checked_sub((MINUTES_IN as i64 + LATEST_DATA).minutes())
            .ok()?;
        let points = self.metric.points(metrics, 60, from, now, now);
        let newest = |n: usize| {
            points
                .len()
                .checked_sub(n)
                .map(|at| points[at..].iter().map(|(_, v)| *v))
        };
        let high = newest(MINUTES_OUT)?;
        if high.clone().all(|v| v > self.target) {
            let mean = high.sum::<f64>() / MINUTES_OUT as f64;
            return Some((capacity as f64 * mean / self.target).ceil() as i64);
        }
        let mut low = newest(MINUTES_IN)?;
        if low.clone().all(|v| v < self.target * LOW) {
            let most = low.by_ref().fold(0.0, f64::max);
            return Some(((capacity as f64 * most / self.target).ceil() as i64).max(1));
        }
        Some(capacity)
    }
}

impl Scaling {
    /// The bounds of a resource such as `service/cluster/name`.
    pub fn bounds(&self, resource: &str) -> Option<(i64, i64, SuspendedState)> {
        self.targets
            .get(resource)
            .map(|t| (t.min, t.max, t.suspended))
    }

    /// Tells how many tasks a resource wants at present; to be called before [`Scaling::tick`].
    pub fn note_capacity(&mut self, resource: &str, desired: i64) {
        if let Some(target) = self.targets.get_mut(resource) {
            target.capacity = Some(desired);
        }
    }

    /// What the policies and schedules want now: resource and new desired count. To be called once a minute.
    pub fn tick(&mut self, now: Timestamp, metrics: &Metrics) -> Vec<(String, i64)> {
        let since = self.ticked.replace(now).unwrap_or(now);
        let mut wanted = Vec::new();
        for (resource, target) in &mut self.targets {
            if let Some(count) = target
                .scheduled(since, now)
                .or_else(|| target.tracked(metrics, now))
            {
                target.capacity = Some(count);
                wanted.push((resource.clone(), count));
            }
        }
        wanted
    }

    /// Whether anything is registered.
    pub fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }

    /// A target by its resource.
    pub fn target(&self, resource: &str) -> Option<&Target> {
        self.targets.get(resource)
    }

    /// A target by its resource, to change it.
    pub fn target_mut(&mut self, resource: &str) -> Option<&mut Target> {
        self.targets.get_mut(resource)
    }

    /// A target by its ARN, to change it.
    pub fn by_arn_mut(&mut self, arn: &str) -> Option<&mut Target> {
        self.targets.values_mut().find(|t| t.arn == arn)
    }

    /// Every target with its resource.
    pub fn all(&self) -> impl Iterator<Item = (&str, &Target)> {
        self.targets
            .iter()
            .map(|(resource, target)| (resource.as_str(), target))
    }

    /// Registers a target.
    pub fn register(&mut self, resource: &str, target: Target) {
        self.targets.insert(resource.to_owned(), target);
    }

    /// Removes a target with its policies and schedules.
    pub fn deregister(&mut self, resource: &str) -> Option<Target> {
        self.targets.remove(resource)
    }
}

#[cfg(test)]
mod tests;
