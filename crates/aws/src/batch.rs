//! Many askers, few calls: what is asked in the same moment becomes as few requests as AWS's limits allow.
//!
//! What belongs here: gathering, sharing and remembering, for any key and value. What must not: any AWS call.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::future::{BoxFuture, join_all};
use sixshift_core::observation::{Known, Why};
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

/// More answers than this are not remembered.
const CAPACITY: usize = 20_000;
/// How many pauses a call waits at most.
const MOST_PAUSES: usize = 10;

/// An answer before it is there.
type Coming<V> = watch::Receiver<Option<Known<V>>>;
/// Where it will come from.
type Giver<V> = watch::Sender<Option<Known<V>>>;
type Fetch<K, V> = Box<dyn Fn(Vec<K>) -> BoxFuture<'static, Vec<(K, Known<V>)>> + Send + Sync>;

/// How one reader gathers.
pub(crate) struct Gather<K> {
    /// How long to wait for others who ask.
    pub(crate) pause: Duration,
    /// Keys in a call.
    pub(crate) limit: usize,
    /// Only keys of one group may share a call.
    pub(crate) group: fn(&K) -> String,
    /// Whether an answer is worth remembering beyond the moment.
    pub(crate) keep: bool,
}

/// A reader that many may ask.
pub(crate) struct Batch<K, V>(Arc<Shared<K, V>>);

impl<K, V> Clone for Batch<K, V> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

struct Shared<K, V> {
    gather: Gather<K>,
    fetch: Fetch<K, V>,
    state: Mutex<State<K, V>>,
}

struct State<K, V> {
    /// Read at, and what.
    known: BTreeMap<K, (Instant, Known<V>)>,
    waiting: BTreeMap<K, (Giver<V>, Coming<V>)>,
    /// Sent at, and whether a write since has made the answer worthless for others.
    flying: BTreeMap<K, Flight<V>>,
    gathering: bool,
}

struct Flight<V> {
    sent: Instant,
    stale: bool,
    coming: Coming<V>,
}

impl<K, V> Batch<K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    pub(crate) fn new<F>(gather: Gather<K>, fetch: F) -> Self
    where
        F: Fn(Vec<K>) -> BoxFuture<'static, Vec<(K, Known<V>)>> + Send + Sync + 'static,
    {
        let state = State {
            known: BTreeMap::new(),
            waiting: BTreeMap::new(),
            flying: BTreeMap::new(),
            gathering: false,
        };
        Self(Arc::new(Shared {
            gather,
            fetch: Box::new(fetch),
            state: Mutex::new(state),
        }))
    }

    /// Answers that were read at a moment or later; `None` accepts any age.
    pub(crate) async fn ask(
        &self,
        keys: impl IntoIterator<Item = K>,
        since: Option<Instant>,
    ) -> BTreeMap<K, Known<V>> {
        let coming: Vec<_> = keys
            .into_iter()
            .map(|key| (key.clone(), self.start(key, since)))
            .collect();
        let answers = coming
            .into_iter()
            .map(|(key, answer)| async { (key, answer.arrive().await) });
        join_all(answers).await.into_iter().collect()
    }

    /// One answer.
    pub(crate) async fn one(&self, key: K, since: Option<Instant>) -> Known<V> {
        self.start(key, since).arrive().await
    }

    /// An answer that came with another one.
    pub(crate) fn learn(&self, key: K, read: Instant, value: V) {
        self.lock().remember(key, read, Known::Seen(value));
    }

    /// Forgets answers, the ones on their way included.
    pub(crate) fn forget(&self, what: impl Fn(&K, Option<&V>) -> bool) {
        let mut state = self.lock();
        state
            .known
            .retain(|key, (_, value)| !what(key, value.seen()));
        for (key, flight) in &mut state.flying {
            flight.stale |= what(key, None);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<K, V>> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start(&self, key: K, since: Option<Instant>) -> Pending<V> {
        let fresh = |at: Instant| since.is_none_or(|since| at >= since);
        let mut state = self.lock();
        if let Some((_, value)) = state.known.get(&key).filter(|(at, _)| fresh(*at)) {
            return Pending::Here(value.clone());
        }
        if let Some(flight) = state
            .flying
            .get(&key)
            .filter(|f| fresh(f.sent) && !f.stale && f.coming.has_changed().is_ok())
        {
            return Pending::Coming(flight.coming.clone());
        }
        let (_, coming) = state
            .waiting
            .entry(key)
            .or_insert_with(|| watch::channel(None));
        let coming = coming.clone();
        if !std::mem::replace(&mut state.gathering, true) {
            tokio::spawn(self.clone().round());
        }
        Pending::Coming(coming)
    }

    /// Goes on waiting while askers come, for a while: those who asked together before come back one after another.
    async fn wait_for_others(&self) {
        for _ in 0..MOST_PAUSES {
            let before = self.lock().waiting.len();
            sleep(self.0.gather.pause).await;
            if self.lock().waiting.len() == before {
                return;
            }
        }
    }

    async fn round(self) {
        self.wait_for_others().await;
        let sent = Instant::now();
        let mut senders = BTreeMap::new();
        let mut chunks: BTreeMap<String, Vec<K>> = BTreeMap::new();
        {
            let mut state = self.lock();
            state.gathering = false;
            for (key, (sender, coming)) in std::mem::take(&mut state.waiting) {
                state.flying.insert(
                    key.clone(),
                    Flight {
                        sent,
                        stale: false,
                        coming,
                    },
                );
                chunks
                    .entry((self.0.gather.group)(&key))
                    .or_default()
                    .push(key.clone());
                senders.insert(key, sender);
            }
        }
        let calls = chunks
            .values()
            .flat_map(|keys| keys.chunks(self.0.gather.limit.max(1)));
        let senders = &senders;
        join_all(calls.map(|keys| async {
            let answers = (self.0.fetch)(keys.to_vec()).await;
            self.land(keys, answers, sent, senders);
        }))
        .await;
    }

    fn land(
        &self,
        keys: &[K],
        answers: Vec<(K, Known<V>)>,
        sent: Instant,
        senders: &BTreeMap<K, Giver<V>>,
    ) {
        let mut answers: BTreeMap<K, Known<V>> = answers.into_iter().collect();
        let mut state = self.lock();
        for key in keys {
            let answer = answers
                .remove(key)
                .unwrap_or_else(|| Known::Unknown(Why("AWS's answer left it out".to_owned())));
            // A later flight for the same key may have taken this one's place.
            let mine = state.flying.get(key).is_some_and(|f| f.sent == sent);
            let stale = state.flying.get(key).is_some_and(|f| f.stale);
            if mine {
                state.flying.remove(key);
            }
            if self.0.gather.keep && mine && !stale && answer.unknown().is_none() {
                state.remember(key.clone(), sent, answer.clone());
            }
            if let Some(sender) = senders.get(key) {
                sender.send_replace(Some(answer));
            }
        }
    }
}

impl<K: Ord, V> State<K, V> {
    fn remember(&mut self, key: K, read: Instant, value: Known<V>) {
        if self.known.len() >= CAPACITY && !self.known.contains_key(&key) {
            self.known.clear();
        }
        if self.known.get(&key).is_none_or(|(at, _)| *at <= read) {
            self.known.insert(key, (read, value));
        }
    }
}

enum Pending<V> {
    Here(Known<V>),
    Coming(Coming<V>),
}

impl<V: Clone> Pending<V> {
    async fn arrive(self) -> Known<V> {
        match self {
            Self::Here(value) => value,
            Self::Coming(mut coming) => match coming.wait_for(Option::is_some).await {
                Ok(answer) => (*answer).clone(),
                Err(_) => None,
            }
            .unwrap_or_else(|| Known::Unknown(Why("the read was cut short".to_owned()))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Calls = Arc<Mutex<Vec<Vec<u32>>>>;

    /// Doubles each key; knows nothing of 13.
    fn doubling(limit: usize) -> (Batch<u32, u32>, Calls) {
        let calls = Calls::default();
        let log = Arc::clone(&calls);
        let gather = Gather {
            pause: Duration::from_millis(20),
            limit,
            group: |k: &u32| (k / 100).to_string(),
            keep: true,
        };
        let batch = Batch::new(gather, move |keys: Vec<u32>| {
            log.lock().unwrap().push(keys.clone());
            Box::pin(async move {
                sleep(Duration::from_millis(50)).await;
                keys.into_iter()
                    .filter(|k| *k != 13)
                    .map(|k| (k, Known::Seen(k * 2)))
                    .collect()
            })
        });
        (batch, calls)
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_asked_in_one_moment_is_read_together() {
        let (batch, calls) = doubling(3);
        let since = Some(Instant::now());
        let (a, b) = tokio::join!(batch.ask([1, 2, 150], since), batch.ask([2, 3, 4], since));
        assert_eq!(
            a.values().map(|v| v.seen().copied()).collect::<Vec<_>>(),
            [Some(2), Some(4), Some(300)]
        );
        assert_eq!(b[&4], Known::Seen(8));
        assert_eq!(*calls.lock().unwrap(), [vec![1, 2, 3], vec![4], vec![150]]);
    }

    #[tokio::test(start_paused = true)]
    async fn an_old_answer_serves_those_who_accept_its_age() {
        let (batch, calls) = doubling(10);
        let start = Instant::now();
        batch.one(1, Some(start)).await;
        batch.one(1, None).await;
        batch.one(1, Some(start)).await;
        assert_eq!(calls.lock().unwrap().len(), 1);
        batch.one(1, Some(Instant::now())).await;
        assert_eq!(calls.lock().unwrap().len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_on_its_way_before_a_write_serves_nobody_after_it() {
        let (batch, calls) = doubling(10);
        let early = tokio::spawn({
            let batch = batch.clone();
            async move { batch.one(1, None).await }
        });
        sleep(Duration::from_millis(40)).await;
        batch.forget(|k, _| *k == 1);
        assert_eq!(batch.one(1, None).await, Known::Seen(2));
        assert_eq!(early.await.unwrap(), Known::Seen(2));
        assert_eq!(calls.lock().unwrap().len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn what_an_answer_left_out_is_unknown_and_asked_again() {
        let (batch, calls) = doubling(10);
        assert!(batch.one(13, None).await.unknown().is_some());
        assert!(batch.one(13, None).await.unknown().is_some());
        assert_eq!(calls.lock().unwrap().len(), 2);
    }
}
