//! Services that do not answer: whoever asks next is told so at once, for a while, and need not find it out by waiting.
//!
//! What belongs here: remembering it. What must not: what is made of it, and writes, which are never refused for it.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::call::Operation;

/// For how long a service that was silent is not asked again. As long as the reads of a look that hang one after another: the
/// closer look that follows need not hang as well.
const QUIET: Duration = Duration::from_secs(30);

/// What is known of each service, by its prefix in IAM.
#[derive(Debug, Default)]
pub(crate) struct Silence(Mutex<BTreeMap<&'static str, Line>>);

#[derive(Debug, Default)]
struct Line {
    answered: Option<Instant>,
    silent: Option<Instant>,
}

impl Silence {
    /// It answered, whatever it said.
    pub(crate) fn breaks(&self, of: &Operation) {
        self.with(of, |line| {
            line.answered = Some(Instant::now());
            line.silent = None;
        });
    }

    /// A call of that moment was not answered in time. One that is slow while others are answered is no silence.
    pub(crate) fn begins(&self, of: &Operation, sent: Instant) {
        self.with(of, |line| {
            if line.answered.is_none_or(|answered| answered < sent) {
                line.silent = Some(Instant::now());
            }
        });
    }

    /// Whether it did not answer a moment ago.
    pub(crate) fn lasts(&self, of: &Operation) -> bool {
        self.with(of, |line| {
            line.silent.is_some_and(|at| at.elapsed() < QUIET)
        })
    }

    fn with<T>(&self, of: &Operation, does: impl FnOnce(&mut Line) -> T) -> T {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        does(lines.entry(of.service()).or_default())
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;
    use crate::call::{DESCRIBE_RULES, DESCRIBE_SERVICES, LIST_TASKS};

    #[tokio::test(start_paused = true)]
    async fn a_service_that_is_silent_is_left_alone_for_a_while_and_others_are_not() {
        let silence = Silence::default();
        let sent = Instant::now();
        advance(Duration::from_secs(10)).await;
        silence.begins(&DESCRIBE_SERVICES, sent);
        assert!(silence.lasts(&LIST_TASKS));
        assert!(!silence.lasts(&DESCRIBE_RULES));
        advance(QUIET).await;
        assert!(!silence.lasts(&LIST_TASKS));
    }

    #[tokio::test(start_paused = true)]
    async fn one_slow_call_beside_others_that_are_answered_is_no_silence() {
        let silence = Silence::default();
        let sent = Instant::now();
        advance(Duration::from_secs(5)).await;
        silence.breaks(&LIST_TASKS);
        advance(Duration::from_secs(5)).await;
        silence.begins(&DESCRIBE_SERVICES, sent);
        assert!(!silence.lasts(&DESCRIBE_SERVICES));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_ends_the_silence() {
        let silence = Silence::default();
        silence.begins(&DESCRIBE_SERVICES, Instant::now());
        silence.breaks(&LIST_TASKS);
        assert!(!silence.lasts(&DESCRIBE_SERVICES));
    }
}
