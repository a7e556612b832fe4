//! Application Auto Scaling: what may be scaled, by which policies and schedules, and what they want now.
//!
//! What belongs here: targets, and which of their policies and schedules prevails. What must not: the API's shapes, and
//! starting or stopping tasks.

pub mod schedule;
pub mod steps;
pub mod tracking;

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::alarms::Alarms;
use super::metrics::Metrics;
use crate::Value;
use schedule::Schedule;
use steps::Steps;
use tracking::Tracking;

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
    /// Members that the region does not know, as given.
    pub more: BTreeMap<String, Value>,
    capacity: Option<i64>,
    scaled_out: Option<Timestamp>,
    scaled_in: Option<Timestamp>,
    /// When steps were last taken out, and the count before.
    stepped_out: Option<(Timestamp, i64)>,
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
    /// How it scales.
    pub kind: Kind,
}

/// How a policy scales.
#[derive(Clone, Debug)]
pub enum Kind {
    /// It keeps a metric at a value.
    Tracks(Tracking),
    /// Alarms call it, and it scales by steps.
    Steps(Steps),
    /// It forecasts. Forecasts take a day of history at the least and are AWS's own: none is made here.
    Predicts,
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
            more: BTreeMap::new(),
            capacity: None,
            scaled_out: None,
            scaled_in: None,
            stepped_out: None,
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

    /// What the policies want. Where several want something AWS takes the highest count, out and in.
    fn by_policies(&mut self, metrics: &Metrics, alarms: &Alarms, now: Timestamp) -> Option<i64> {
        let stepped = self.stepped(metrics, alarms, now);
        let tracked = self.tracked(metrics, now);
        stepped.max(tracked)
    }
}

fn rested(last: Option<Timestamp>, cooldown: i64, now: Timestamp) -> bool {
    last.is_none_or(|at| now.duration_since(at).as_secs() >= cooldown)
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
    pub fn tick(
        &mut self,
        now: Timestamp,
        metrics: &Metrics,
        alarms: &Alarms,
    ) -> Vec<(String, i64)> {
        let since = self.ticked.replace(now).unwrap_or(now);
        let mut wanted = Vec::new();
        for (resource, target) in &mut self.targets {
            if let Some(count) = target
                .scheduled(since, now)
                .or_else(|| target.by_policies(metrics, alarms, now))
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

    /// Brings a target's count into its bounds, as registering does: the new count, where it stood outside.
    pub fn into_bounds(&mut self, resource: &str, desired: i64) -> Option<i64> {
        let target = self.targets.get_mut(resource)?;
        let wanted = desired.clamp(target.min, target.max);
        target.capacity = Some(wanted);
        (wanted != desired).then_some(wanted)
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
