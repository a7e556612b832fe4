//! What runs twice while both sides stand: task-hours, and what they are made of.
//!
//! What belongs here: counts. What must not: money, which depends on the region and on who pays.

use jiff::Timestamp;

use super::elapse::desired;
use crate::{
    action::Side,
    observation::{Observation, TaskDefinition, TaskSize},
};

/// Where the tasks run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capacity {
    /// Fargate, each task paid by its size.
    Fargate,
    /// Through capacity providers of Fargate: on demand or spot, each with a price of its own.
    FargateProviders,
    /// Instances that are paid for whatever runs on them.
    Instances,
}

/// Tasks that run beside those that do their work already.
#[derive(Clone, Debug, PartialEq)]
pub struct Twice {
    /// Since both sides have tasks; `None` where they never have.
    pub from: Option<Timestamp>,
    /// Until then.
    pub until: Option<Timestamp>,
    /// For so many seconds, summed over the tasks: of each moment, the smaller side's.
    pub task_seconds: u64,
    /// What a task is given.
    pub size: Option<TaskSize>,
    /// X86_64 or ARM64, where the task definition says it.
    pub architecture: Option<String>,
    /// `LINUX` or one of Windows', where the task definition says it.
    pub operating_system: Option<String>,
    /// Where they run.
    pub capacity: Capacity,
    /// Public IPv4 addresses of the IPv4 side's tasks, which the twin does without.
    pub public_addresses: u32,
}

impl Twice {
    pub(super) fn of(seen: &Observation) -> Self {
        let live = seen.ipv4.seen().or(seen.twin.seen());
        let definition = seen.ipv4_task_definition.seen();
        let definition = definition.or(seen.twin_task_definition.seen());
        let of = |read: fn(&TaskDefinition) -> Option<String>| definition.and_then(read);
        let capacity = match live.and_then(|s| s.launch_type.as_deref()) {
            Some("FARGATE") => Capacity::Fargate,
            // ECS tells a platform of services on Fargate alone.
            None if live.is_some_and(|s| s.platform_family.is_some()) => Capacity::FargateProviders,
            _ => Capacity::Instances,
        };
        let public = seen.ipv4.seen().filter(|s| s.public_ip);
        Self {
            from: None,
            until: None,
            task_seconds: 0,
            size: definition.and_then(|d| d.size),
            architecture: of(|d| d.architecture.clone()),
            operating_system: of(|d| d.operating_system.clone()),
            capacity,
            public_addresses: public.map_or(0, |s| s.desired),
        }
    }

    /// Time goes on to a moment, with both sides as they were seen.
    pub(super) fn elapse(&mut self, seen: &Observation, until: Timestamp) {
        let tasks = desired(seen, Side::Ipv4).min(desired(seen, Side::Ipv6));
        let seconds = until.duration_since(seen.at).as_secs();
        let Some(seconds) = u64::try_from(seconds).ok().filter(|s| *s > 0 && tasks > 0) else {
            return;
        };
        self.from = self.from.or(Some(seen.at));
        self.until = Some(until);
        self.task_seconds += u64::from(tasks) * seconds;
    }

    /// Hours of vCPUs and of GB of memory; `None` where the task definition does not say its size.
    #[must_use]
    pub fn hours(&self) -> Option<(f64, f64)> {
        let size = self.size?;
        let hours = self.task_seconds as f64 / 3_600.0;
        let of = |units: u32| hours * f64::from(units) / 1_024.0;
        Some((of(size.cpu), of(size.memory)))
    }
}
