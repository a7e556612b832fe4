//! Many askers, few calls: what is asked in the same moment becomes as few requests as AWS's limits allow.
//!
//! What belongs here: gathering, sharing and remembering, for any key and value. What must not: any AWS call.

use std::{
    collections::BTreeMap,
    marker::PhantomData,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::future::BoxFuture;
use sixshift_core::observation::Known;
use tokio::time::Instant;

mod machine;

use machine::{Machine, Value};

/// Everybody who looks at the moment.
#[derive(Debug, Default)]
pub(crate) struct Crowd(AtomicUsize);

impl Crowd {
    /// One more, until this is dropped.
    pub(crate) fn join(&self) -> Member<'_> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Member(self)
    }

    fn is_alone(&self) -> bool {
        self.0.load(Ordering::Relaxed) <= 1
    }
}

/// Somebody who looks.
pub(crate) struct Member<'a>(&'a Crowd);

impl Drop for Member<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How one reader gathers.
pub(crate) struct Gather<K> {
    /// How long to wait for others who ask, where there is nobody else.
    pub(crate) pause: Duration,
    pub(crate) crowd: Arc<Crowd>,
    /// Keys in a call.
    pub(crate) limit: usize,
    /// Only keys of one group may share a call.
    pub(crate) group: fn(&K) -> String,
    /// Whether an answer is worth remembering beyond the moment.
    pub(crate) keep: bool,
}

/// How old an answer may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Since {
    /// Read at this moment or later; `None` is any age.
    oldest: Option<Instant>,
    /// What was read within so long after that still serves, but is read again ahead of time, one by one or where it rides
    /// along for nothing: what was read in one moment need not all grow too old in one moment.
    early: Duration,
    /// Who asks goes before others.
    urgent: bool,
}

impl Since {
    /// Any age.
    pub(crate) const ANY: Self = Self {
        oldest: None,
        early: Duration::ZERO,
        urgent: false,
    };

    /// Read at a moment or later.
    pub(crate) fn at(oldest: Instant) -> Self {
        Self {
            oldest: Some(oldest),
            early: Duration::ZERO,
            urgent: false,
        }
    }

    /// At most so old, spread over the second half of it.
    pub(crate) fn within(age: Duration, now: Instant) -> Self {
        Self {
            oldest: now.checked_sub(age),
            early: age / 2,
            urgent: false,
        }
    }

    /// The same for somebody whose calls go before those of others.
    pub(crate) fn urgently(self, urgent: bool) -> Self {
        Self { urgent, ..self }
    }

    fn accepts(self, read: Instant, turn: f64) -> bool {
        let least = |oldest: Instant| oldest + self.early.mul_f64(turn);
        self.oldest.is_none_or(|oldest| read >= least(oldest))
    }
}

/// A reader that many may ask.
pub(crate) struct Batch<K, V> {
    machine: Machine<K>,
    answers: PhantomData<fn() -> V>,
}

impl<K, V> Clone for Batch<K, V> {
    fn clone(&self) -> Self {
        Self {
            machine: self.machine.clone(),
            answers: PhantomData,
        }
    }
}

impl<K, V> Batch<K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    pub(crate) fn new<F>(gather: Gather<K>, fetch: F) -> Self
    where
        F: Fn(Vec<K>, bool) -> BoxFuture<'static, Vec<(K, Known<V>)>> + Send + Sync + 'static,
    {
        let fetch = move |keys, urgent| -> BoxFuture<'static, _> {
            let answers = fetch(keys, urgent);
            Box::pin(async move {
                let answers = answers.await.into_iter();
                answers
                    .map(|(key, known)| (key, known.map(value)))
                    .collect()
            })
        };
        Self {
            machine: Machine::new(gather, Box::new(fetch)),
            answers: PhantomData,
        }
    }

    /// Answers, none of them older than that.
    pub(crate) async fn ask(
        &self,
        keys: impl IntoIterator<Item = K>,
        since: Since,
    ) -> BTreeMap<K, Known<V>> {
        let keys = keys.into_iter().collect();
        let mut found = BTreeMap::new();
        for (key, known) in self.machine.ask(keys, since).await {
            found.insert(key, typed(known));
        }
        found
    }

    /// One answer.
    pub(crate) async fn one(&self, key: K, since: Since) -> Known<V> {
        typed(self.machine.one(key, since).await)
    }

    /// The answer that is here. One that is not is put on its way, and nobody waits for it.
    pub(crate) fn glance(&self, key: K, since: Since) -> Known<V> {
        typed(self.machine.glance(key, since))
    }

    /// An answer that came with another one.
    pub(crate) fn learn(&self, key: K, read: Instant, answer: V) {
        self.machine.learn(key, read, value(answer));
    }

    /// How many keys have an answer that is remembered.
    pub(crate) fn known(&self) -> usize {
        self.machine.known()
    }

    /// Forgets answers, the ones on their way included.
    pub(crate) fn forget(&self, what: impl Fn(&K, Option<&V>) -> bool) {
        self.machine
            .forget(&|key, value| what(key, value.and_then(|v| v.downcast_ref())));
    }
}

fn value<V: Send + Sync + 'static>(answer: V) -> Value {
    Arc::new(answer)
}

/// What only [`value`] made.
fn typed<V: Clone + Send + Sync + 'static>(known: Known<Value>) -> Known<V> {
    known.map(|value| match value.downcast() {
        Ok(answer) => Arc::unwrap_or_clone(answer),
        Err(_) => unreachable!("a reader's answers are of its own type"),
    })
}

#[cfg(test)]
mod tests;
