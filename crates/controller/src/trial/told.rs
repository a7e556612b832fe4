//! What a trial says, while it goes on and in the end.
//!
//! What belongs here: its stages and their words. What must not: how they are shown.

use std::{cell::RefCell, future::Future, time::Duration};

use jiff::Timestamp;

use crate::{Clock, Round};

/// What is said while a trial goes on.
#[derive(Debug)]
pub enum Told<'a> {
    /// A stage begins.
    Begun(Timestamp, &'a str),
    /// Something is made, done or deleted.
    Did(Timestamp, &'a str),
    /// A round of the migration.
    Round(&'a Round),
    /// A stage failed, and why.
    Failed(Timestamp, &'a str, &'a str),
}

/// A stage that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// Its name.
    pub name: &'static str,
    /// How long it took.
    pub took: Duration,
    /// Why it failed.
    pub failed: Option<String>,
}

/// A stage did not come out, which the book has.
#[derive(Debug)]
pub(super) struct Failed;

/// The stages so far. Some go on beside each other.
pub(super) struct Book<'a> {
    clock: &'a Clock,
    tell: &'a dyn Fn(Told<'_>),
    stages: RefCell<Vec<Entry>>,
}

/// A stage, and how long it took until it ended so.
struct Entry {
    name: &'static str,
    since: Timestamp,
    end: Option<(Duration, Option<String>)>,
}

impl<'a> Book<'a> {
    pub(super) fn new(clock: &'a Clock, tell: &'a dyn Fn(Told<'_>)) -> Self {
        Self {
            clock,
            tell,
            stages: RefCell::default(),
        }
    }

    /// A stage from its beginning to its end.
    pub(super) async fn stage<T>(
        &self,
        name: &'static str,
        does: impl Future<Output = Result<T, String>>,
    ) -> Result<T, Failed> {
        let since = self.clock.now();
        let at = self.stages.borrow().len();
        let end = None;
        self.stages.borrow_mut().push(Entry { name, since, end });
        (self.tell)(Told::Begun(since, name));
        let came = does.await;
        let now = self.clock.now();
        let failed = came.as_ref().err().cloned();
        if let Some(why) = &failed {
            (self.tell)(Told::Failed(now, name, why));
        }
        if let Some(stage) = self.stages.borrow_mut().get_mut(at) {
            stage.end = Some((now.duration_since(since).unsigned_abs(), failed));
        }
        came.map_err(|_| Failed)
    }

    pub(super) fn say(&self, what: &str) {
        (self.tell)(Told::Did(self.clock.now(), what));
    }

    pub(super) fn round(&self, round: &Round) {
        (self.tell)(Told::Round(round));
    }

    /// What is under way now did not come out: it was stopped.
    pub(super) fn close(self) -> Vec<Stage> {
        let now = self.clock.now();
        let ended = |entry: Entry| {
            let (took, failed) = entry.end.unwrap_or_else(|| {
                let took = now.duration_since(entry.since).unsigned_abs();
                (took, Some("it was stopped".to_owned()))
            });
            Stage {
                name: entry.name,
                took,
                failed,
            }
        };
        self.stages.into_inner().into_iter().map(ended).collect()
    }
}

/// An error of AWS's and what it came from.
pub(super) fn error(error: &sixshift_aws::Error) -> String {
    error.once() + &below(error)
}

/// What an error came from.
pub(super) fn below(error: &dyn std::error::Error) -> String {
    let mut told = String::new();
    let mut below = error.source();
    while let Some(cause) = below {
        told += &format!(": {cause}");
        below = cause.source();
    }
    told
}
