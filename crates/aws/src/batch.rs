//! Many askers, few calls: what is asked in the same moment becomes as few requests as AWS's limits allow.
//!
//! What belongs here: gathering, sharing and remembering, for any key and value. What must not: any AWS call.

use std::{
    collections::{BTreeMap, BTreeSet},
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

/// How old an answer may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Since {
    /// Read at this moment or later; `None` is any age.
    oldest: Option<Instant>,
    /// What was read within so long after that still serves, but is read again ahead of time, one by one or where it rides
    /// along for nothing: what was read in one moment need not all grow too old in one moment.
    early: Duration,
}

impl Since {
    /// Any age.
    pub(crate) const ANY: Self = Self {
        oldest: None,
        early: Duration::ZERO,
    };

    /// Read at a moment or later.
    pub(crate) fn at(oldest: Instant) -> Self {
        Self {
            oldest: Some(oldest),
            early: Duration::ZERO,
        }
    }

    /// At most so old, spread over the second half of it.
    pub(crate) fn within(age: Duration, now: Instant) -> Self {
        Self {
            oldest: now.checked_sub(age),
            early: age / 2,
        }
    }

    fn accepts(self, read: Instant, turn: f64) -> bool {
        let least = |oldest: Instant| oldest + self.early.mul_f64(turn);
        self.oldest.is_none_or(|oldest| read >= least(oldest))
    }
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
    known: BTreeMap<K, Answer<V>>,
    /// How many were remembered so far.
    count: u32,
    /// Still good, but worth reading again in a call that goes out anyway.
    riders: BTreeSet<K>,
    waiting: BTreeMap<K, (Giver<V>, Coming<V>)>,
    /// Sent at, and whether a write since has made the answer worthless for others.
    flying: BTreeMap<K, Flight<V>>,
    gathering: bool,
}

struct Answer<V> {
    read: Instant,
    value: Known<V>,
    /// From 0 to 1, a different one each: when its turn is within [`Since::early`].
    turn: f64,
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
            count: 0,
            riders: BTreeSet::new(),
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

    /// Answers, none of them older than that.
    pub(crate) async fn ask(
        &self,
        keys: impl IntoIterator<Item = K>,
        since: Since,
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
    pub(crate) async fn one(&self, key: K, since: Since) -> Known<V> {
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
            .retain(|key, answer| !what(key, answer.value.seen()));
        for (key, flight) in &mut state.flying {
            flight.stale |= what(key, None);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<K, V>> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start(&self, key: K, since: Since) -> Pending<V> {
        let mut state = self.lock();
        let known = state.known.get(&key);
        let known = known.filter(|a| since.accepts(a.read, 0.0));
        if let Some((value, read, turn)) = known.map(|a| (a.value.clone(), a.read, a.turn)) {
            if !since.accepts(read, turn) {
                // Whoever asks next has it anew; nobody waits for it.
                self.board(&mut state, key, since);
            } else if !since.accepts(read, 1.0) {
                state.riders.insert(key);
            }
            return Pending::Here(value);
        }
        Pending::Coming(self.board(&mut state, key, since))
    }

    /// Puts a key on its way, unless it is.
    fn board(&self, state: &mut State<K, V>, key: K, since: Since) -> Coming<V> {
        if let Some(flight) = state
            .flying
            .get(&key)
            .filter(|f| since.accepts(f.sent, 0.0) && !f.stale && f.coming.has_changed().is_ok())
        {
            return flight.coming.clone();
        }
        let (_, coming) = state
            .waiting
            .entry(key)
            .or_insert_with(|| watch::channel(None));
        let coming = coming.clone();
        if !std::mem::replace(&mut state.gathering, true) {
            tokio::spawn(self.clone().round());
        }
        coming
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
        let (calls, senders) = self.lock().embark(&self.0.gather, sent);
        let (batch, senders) = (&self, &senders);
        join_all(calls.into_iter().map(|keys| async move {
            let answers = (batch.0.fetch)(keys.clone()).await;
            batch.land(&keys, answers, sent, senders);
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

type Senders<K, V> = BTreeMap<K, Giver<V>>;

impl<K: Ord + Clone, V> State<K, V> {
    /// The keys of each call that is to be made for those who wait; who rides along fills them up.
    fn embark(&mut self, gather: &Gather<K>, sent: Instant) -> (Vec<Vec<K>>, Senders<K, V>) {
        self.gathering = false;
        let limit = gather.limit.max(1);
        let (mut senders, mut groups) = (BTreeMap::new(), BTreeMap::<String, Vec<K>>::new());
        for (key, (sender, coming)) in std::mem::take(&mut self.waiting) {
            self.depart(key.clone(), sent, coming);
            groups
                .entry((gather.group)(&key))
                .or_default()
                .push(key.clone());
            senders.insert(key, sender);
        }
        for rider in std::mem::take(&mut self.riders) {
            let group = groups.get_mut(&(gather.group)(&rider));
            let Some(seats) = group.filter(|keys| keys.len() % limit != 0) else {
                continue;
            };
            if self.flying.contains_key(&rider) {
                continue;
            }
            seats.push(rider.clone());
            let (sender, coming) = watch::channel(None);
            self.depart(rider.clone(), sent, coming);
            senders.insert(rider, sender);
        }
        let calls = groups.values().flat_map(|keys| keys.chunks(limit));
        (calls.map(<[K]>::to_vec).collect(), senders)
    }

    fn depart(&mut self, key: K, sent: Instant, coming: Coming<V>) {
        let flight = Flight {
            sent,
            stale: false,
            coming,
        };
        self.flying.insert(key, flight);
    }

    fn remember(&mut self, key: K, read: Instant, value: Known<V>) {
        if self.known.len() >= CAPACITY && !self.known.contains_key(&key) {
            self.known.clear();
        }
        if self.known.get(&key).is_none_or(|a| a.read <= read) {
            self.count = self.count.wrapping_add(1);
            // Multiples of the golden ratio never bunch.
            let turn = (f64::from(self.count) * 0.618_033_988_749_895).fract();
            self.known.insert(key, Answer { read, value, turn });
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
        let since = Since::at(Instant::now());
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
        batch.one(1, Since::at(start)).await;
        batch.one(1, Since::ANY).await;
        batch.one(1, Since::at(start)).await;
        assert_eq!(calls.lock().unwrap().len(), 1);
        batch.one(1, Since::at(Instant::now())).await;
        assert_eq!(calls.lock().unwrap().len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_on_its_way_before_a_write_serves_nobody_after_it() {
        let (batch, calls) = doubling(10);
        let early = tokio::spawn({
            let batch = batch.clone();
            async move { batch.one(1, Since::ANY).await }
        });
        sleep(Duration::from_millis(40)).await;
        batch.forget(|k, _| *k == 1);
        assert_eq!(batch.one(1, Since::ANY).await, Known::Seen(2));
        assert_eq!(early.await.unwrap(), Known::Seen(2));
        assert_eq!(calls.lock().unwrap().len(), 2);
    }

    /// How many keys were read in each round of looks, one a minute, of a dozen keys that were first read together.
    async fn reads_a_minute(limit: usize) -> Vec<usize> {
        let (batch, calls) = doubling(limit);
        batch.ask(1..13, Since::at(Instant::now())).await;
        calls.lock().unwrap().clear();
        let mut reads = Vec::new();
        for _ in 0..24 {
            sleep(Duration::from_secs(59)).await;
            let since = Since::within(Duration::from_secs(24 * 60), Instant::now());
            batch.ask(1..13, since).await;
            sleep(Duration::from_secs(1)).await;
            reads.push(calls.lock().unwrap().drain(..).map(|c| c.len()).sum());
        }
        reads
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_read_in_one_moment_grows_old_one_by_one() {
        let reads = reads_a_minute(1).await;
        assert_eq!(reads.iter().sum::<usize>(), 12, "{reads:?}");
        assert!(reads.iter().all(|n| *n <= 2), "{reads:?}");
        assert!(reads[..12].iter().all(|n| *n == 0), "{reads:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_goes_out_takes_the_others_along() {
        let reads = reads_a_minute(100).await;
        assert_eq!(
            reads.iter().filter(|n| **n > 0).collect::<Vec<_>>(),
            [&12],
            "{reads:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn what_an_answer_left_out_is_unknown_and_asked_again() {
        let (batch, calls) = doubling(10);
        assert!(batch.one(13, Since::ANY).await.unknown().is_some());
        assert!(batch.one(13, Since::ANY).await.unknown().is_some());
        assert_eq!(calls.lock().unwrap().len(), 2);
    }
}
