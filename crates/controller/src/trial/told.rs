//! What a trial says, while it goes on and in the end.
//!
//! What belongs here: its stages and their words. What must not: how they are shown.

use std::time::Duration;

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
    /// A stage failed.
    Failed(Timestamp, &'a str),
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

/// The stages so far.
pub(super) struct Book<'a> {
    clock: &'a Clock,
    tell: &'a dyn Fn(Told<'_>),
    stages: Vec<Stage>,
    open: Option<(&'static str, Timestamp)>,
}

impl<'a> Book<'a> {
    pub(super) fn new(clock: &'a Clock, tell: &'a dyn Fn(Told<'_>)) -> Self {
        Self {
            clock,
            tell,
            stages: Vec::new(),
            open: None,
        }
    }

    /// The stage before is over, and another one begins.
    pub(super) fn begin(&mut self, name: &'static str) {
        self.end(None);
        let now = self.clock.now();
        self.open = Some((name, now));
        (self.tell)(Told::Begun(now, name));
    }

    pub(super) fn say(&self, what: &str) {
        (self.tell)(Told::Did(self.clock.now(), what));
    }

    pub(super) fn round(&self, round: &Round) {
        (self.tell)(Told::Round(round));
    }

    /// The stage ends here, and with it the story.
    pub(super) fn fail(&mut self, why: String) {
        (self.tell)(Told::Failed(self.clock.now(), &why));
        self.end(Some(why));
    }

    /// What was under way when it was stopped did not come out.
    pub(super) fn close(mut self, stopped: bool) -> Vec<Stage> {
        self.end(stopped.then(|| "it was stopped".to_owned()));
        self.stages
    }

    fn end(&mut self, failed: Option<String>) {
        let Some((name, since)) = self.open.take() else {
            return;
        };
        let took = self.clock.now().duration_since(since).unsigned_abs();
        self.stages.push(Stage { name, took, failed });
    }
}

/// An error and what it came from.
pub(super) fn error(error: &dyn std::error::Error) -> String {
    let mut told = error.to_string();
    let mut below = error.source();
    while let Some(cause) = below {
        told += &format!(": {cause}");
        below = cause.source();
    }
    told
}
