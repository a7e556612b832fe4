//! When each plan is looked at next: one entry a key, the earliest wins, nothing while a round of the key runs.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

/// Keys with a time each.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    due: BTreeSet<(Timestamp, String)>,
    when: BTreeMap<String, Timestamp>,
    running: BTreeMap<String, Option<Timestamp>>,
}

impl Queue {
    /// Asks for a look at a time. An earlier one stays; one that comes while a round runs is kept for after it.
    pub(crate) fn ask(&mut self, key: &str, at: Timestamp) {
        if let Some(after) = self.running.get_mut(key) {
            *after = Some(after.map_or(at, |a| a.min(at)));
            return;
        }
        if let Some(old) = self.when.get(key).copied() {
            if old <= at {
                return;
            }
            self.due.remove(&(old, key.to_owned()));
        }
        self.when.insert(key.to_owned(), at);
        self.due.insert((at, key.to_owned()));
    }

    /// The earliest key that is due and may run, now running.
    pub(crate) fn start(&mut self, now: Timestamp, may: impl Fn(&str) -> bool) -> Option<String> {
        let due = self.due.iter().take_while(|(at, _)| *at <= now);
        let found = due.into_iter().find(|(_, key)| may(key)).cloned()?;
        self.due.remove(&found);
        let (_, key) = found;
        self.when.remove(&key);
        self.running.insert(key.clone(), None);
        Some(key)
    }

    /// A key's round ended; what was asked meanwhile counts now.
    pub(crate) fn ended(&mut self, key: &str) {
        if let Some(Some(at)) = self.running.remove(key) {
            self.ask(key, at);
        }
    }

    /// Every round that ran is broken off: its key is due again.
    pub(crate) fn interrupted(&mut self, now: Timestamp) {
        for (key, _) in std::mem::take(&mut self.running) {
            self.ask(&key, now);
        }
    }

    /// Nobody wants to know of a key any more.
    pub(crate) fn forget(&mut self, key: &str) {
        if let Some(at) = self.when.remove(key) {
            self.due.remove(&(at, key.to_owned()));
        }
    }

    /// How many keys wait.
    pub(crate) fn len(&self) -> usize {
        self.due.len()
    }

    /// When the next key is due.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.next_of(|_| true)
    }

    /// When the next key is due of those that may run.
    pub(crate) fn next_of(&self, may: impl Fn(&str) -> bool) -> Option<Timestamp> {
        let mut due = self.due.iter();
        due.find(|(_, key)| may(key)).map(|(at, _)| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: i64) -> Timestamp {
        Timestamp::from_second(s).unwrap()
    }

    #[test]
    fn the_earliest_wins() {
        let mut queue = Queue::default();
        queue.ask("a", at(10));
        queue.ask("a", at(5));
        queue.ask("a", at(20));
        assert_eq!(queue.next(), Some(at(5)));
        assert_eq!(queue.start(at(4), |_| true), None);
        assert_eq!(queue.start(at(5), |_| true).as_deref(), Some("a"));
        assert_eq!(queue.next(), None);
    }

    #[test]
    fn who_may_not_run_keeps_its_place_and_holds_up_nobody() {
        let mut queue = Queue::default();
        queue.ask("a", at(1));
        queue.ask("b", at(2));
        let not_a = |key: &str| key != "a";
        assert_eq!(queue.next_of(not_a), Some(at(2)));
        assert_eq!(queue.start(at(3), not_a).as_deref(), Some("b"));
        assert_eq!(queue.start(at(3), not_a), None);
        assert_eq!(queue.start(at(3), |_| true).as_deref(), Some("a"));
    }

    #[test]
    fn asking_while_a_round_runs_counts_after_it() {
        let mut queue = Queue::default();
        queue.ask("a", at(0));
        assert!(queue.start(at(0), |_| true).is_some());
        queue.ask("a", at(3));
        queue.ask("a", at(1));
        assert_eq!(queue.start(at(9), |_| true), None);
        queue.ended("a");
        assert_eq!(queue.next(), Some(at(1)));
    }

    #[test]
    fn what_is_broken_off_is_due_again() {
        let mut queue = Queue::default();
        queue.ask("a", at(0));
        assert!(queue.start(at(0), |_| true).is_some());
        queue.interrupted(at(7));
        assert_eq!(queue.start(at(7), |_| true).as_deref(), Some("a"));
    }
}
