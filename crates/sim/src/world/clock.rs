//! What will happen by itself, and when: the agenda that [`World::advance`](super::World::advance) works through.
//!
//! What belongs here: the order of wakes. What must not: what a wake does.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

/// Something that is due at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wake {
    /// A task reaches its next state.
    Task(u64),
    /// A running task's grace for failing health checks is over.
    Grace(u64),
    /// ECS sees that a running task's target is gone.
    Register(u64),
    /// The containers of a running task come to something.
    Containers(u64),
    /// A service's scheduler looks again.
    Service(String),
    /// A target's health check has come to a result, or its draining is over.
    Target {
        group: String,
        id: String,
        port: i64,
        epoch: u64,
    },
    /// Scripted actors look at the world.
    Script,
    /// A minute is over: metrics, alarms, scaling.
    Minute,
}

/// Wakes in the order of time; those of one moment in the order they were put down.
#[derive(Debug, Default)]
pub(crate) struct Agenda {
    due: BTreeMap<(Timestamp, u64), Wake>,
    count: u64,
}

impl Agenda {
    /// Puts a wake down.
    pub(crate) fn at(&mut self, when: Timestamp, wake: Wake) {
        self.count += 1;
        self.due.insert((when, self.count), wake);
    }

    /// Takes the next wake that is due until `until`.
    pub(crate) fn next_until(&mut self, until: Timestamp) -> Option<(Timestamp, Wake)> {
        let entry = self.due.first_entry()?;
        if entry.key().0 > until {
            return None;
        }
        let ((when, _), wake) = entry.remove_entry();
        Some((when, wake))
    }
}

/// The start of the minute that a moment lies in.
pub(crate) fn minute_of(at: Timestamp) -> Timestamp {
    let seconds = at.as_second().div_euclid(60) * 60;
    Timestamp::from_second(seconds).unwrap_or(at)
}

/// A duration of a (possibly fractional) number of seconds.
pub(crate) fn seconds(count: f64) -> SignedDuration {
    SignedDuration::from_millis((count * 1000.0) as i64)
}

/// `at` plus a duration; the far future where there is no such moment.
pub(crate) fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}
