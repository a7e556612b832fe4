//! What every reader's machinery is, whatever its answers are: they are pointers here, so that this is compiled once a kind of
//! key and not once a reader.
//!
//! What belongs here: who waits for what, what flies, what is remembered. What must not: an answer's type, any AWS call.

use std::{
    any::Any,
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::{
    FutureExt,
    channel::oneshot,
    future::{BoxFuture, Shared, join_all},
};
use sixshift_core::observation::{Known, Why};
use tokio::time::{Instant, sleep};

use super::{Crowd, Gather, Since};
use crate::trace;

/// More answers than this are not remembered.
const CAPACITY: usize = 20_000;
/// How many pauses a call waits at most.
const MOST_PAUSES: usize = 10;
/// How much longer a pause is while others look: their next questions come one by one, as fast as AWS's limits let the
/// single ones through.
const PATIENCE: u32 = 12;
/// The same for those in a hurry, who come together all the same, at the turn of a minute.
const HASTE: u32 = 3;

/// A value whose type its reader knows.
pub(super) type Value = Arc<dyn Any + Send + Sync>;
/// An answer before it is there. Those who wait for it wake in the order in which they came, so that a simulated run is
/// the same run every time; tokio's watch channel wakes them in a random one.
type Coming = Shared<oneshot::Receiver<Known<Value>>>;
/// Where it will come from.
type Giver = oneshot::Sender<Known<Value>>;
/// The keys of a call, each with where its answer goes.
type Call<K> = Vec<(K, Giver)>;
/// The keys, and whether who asks is in a hurry.
pub(super) type Fetch<K> =
    Box<dyn Fn(Vec<K>, bool) -> BoxFuture<'static, Vec<(K, Known<Value>)>> + Send + Sync>;

/// What many ask, without the type of its answers.
pub(super) struct Machine<K>(Arc<Inner<K>>);

impl<K> Clone for Machine<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

struct Inner<K> {
    gather: Gather<K>,
    fetch: Fetch<K>,
    state: Mutex<State<K>>,
}

struct State<K> {
    known: BTreeMap<K, Answer>,
    /// How many were remembered so far.
    count: u32,
    /// Still good, but worth reading again in a call that goes out anyway.
    riders: BTreeSet<K>,
    waiting: BTreeMap<K, (Giver, Coming)>,
    /// Somebody among them is in a hurry.
    urgent: bool,
    /// Sent at, and whether a write since has made the answer worthless for others.
    flying: BTreeMap<K, Flight>,
    gathering: bool,
}

struct Answer {
    read: Instant,
    value: Known<Value>,
    /// From 0 to 1, a different one each: when its turn is within [`Since::early`].
    turn: f64,
}

struct Flight {
    sent: Instant,
    urgent: bool,
    stale: bool,
    coming: Coming,
}

impl Flight {
    /// Nobody broke it off.
    fn is_on_its_way(&self) -> bool {
        self.coming.clone().now_or_never().is_none()
    }
}

/// Sets a batch's round going. Who asks first, is whom its calls are made for.
///
/// Boxed, here and in a round's calls: what is awaited for tasks and joins is made once, not anew for each kind of key.
fn set_off(round: BoxFuture<'static, ()>) {
    tokio::spawn(trace::follow(trace::current(), round));
}

/// Goes on waiting while askers come, for a while: those who asked together before come back one after another.
async fn wait_for_others(
    pause: Duration,
    crowd: &Crowd,
    waiting: &(dyn Fn() -> (usize, bool) + Sync),
) {
    for _ in 0..MOST_PAUSES {
        let (before, urgent) = waiting();
        let patience = if crowd.is_alone() {
            1
        } else if urgent {
            HASTE
        } else {
            PATIENCE
        };
        sleep(pause * patience).await;
        if waiting().0 == before {
            return;
        }
    }
}

fn channel() -> (Giver, Coming) {
    let (giver, coming) = oneshot::channel();
    (giver, coming.shared())
}

impl<K> Machine<K>
where
    K: Ord + Clone + Send + Sync + 'static,
{
    pub(super) fn new(gather: Gather<K>, fetch: Fetch<K>) -> Self {
        let state = State {
            known: BTreeMap::new(),
            count: 0,
            riders: BTreeSet::new(),
            waiting: BTreeMap::new(),
            urgent: false,
            flying: BTreeMap::new(),
            gathering: false,
        };
        Self(Arc::new(Inner {
            gather,
            fetch,
            state: Mutex::new(state),
        }))
    }

    #[cfg(test)]
    pub(super) fn crowd(&self) -> &Arc<Crowd> {
        &self.0.gather.crowd
    }

    /// Answers, none of them older than that, in the order of the keys.
    pub(super) async fn ask(&self, keys: Vec<K>, since: Since) -> Vec<(K, Known<Value>)> {
        let coming: Vec<_> = keys
            .into_iter()
            .map(|key| (key.clone(), self.start(key, since)))
            .collect();
        let answers = coming
            .into_iter()
            .map(|(key, answer)| async { (key, answer.arrive().await) });
        join_all(answers).await
    }

    /// One answer.
    pub(super) async fn one(&self, key: K, since: Since) -> Known<Value> {
        self.start(key, since).arrive().await
    }

    /// The answer that is here. One that is not is put on its way, and nobody waits for it.
    pub(super) fn glance(&self, key: K, since: Since) -> Known<Value> {
        match self.start(key, since) {
            Pending::Here(value) => value,
            Pending::Coming(_) => Known::not_asked(),
        }
    }

    /// An answer that came with another one.
    pub(super) fn learn(&self, key: K, read: Instant, value: Value) {
        self.lock().remember(key, read, Known::Seen(value));
    }

    /// How many keys have an answer that is remembered.
    pub(super) fn known(&self) -> usize {
        self.lock().known.len()
    }

    /// Forgets answers, the ones on their way included.
    pub(super) fn forget(&self, what: &dyn Fn(&K, Option<&Value>) -> bool) {
        let mut state = self.lock();
        state
            .known
            .retain(|key, answer| !what(key, answer.value.seen()));
        for (key, flight) in &mut state.flying {
            flight.stale |= what(key, None);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<K>> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start(&self, key: K, since: Since) -> Pending {
        let mut state = self.lock();
        let known = state.known.get(&key);
        let known = known.filter(|a| since.accepts(a.read, 0.0));
        if let Some((value, read, turn)) = known.map(|a| (a.value.clone(), a.read, a.turn)) {
            if !since.accepts(read, turn) {
                // Whoever asks next has it anew; nobody waits for it.
                drop(self.board(&mut state, key, since));
            } else if !since.accepts(read, 1.0) {
                state.riders.insert(key);
            }
            return Pending::Here(value);
        }
        Pending::Coming(self.board(&mut state, key, since))
    }

    /// Puts a key on its way, unless it is.
    fn board(&self, state: &mut State<K>, key: K, since: Since) -> Coming {
        if let Some(flight) = state
            .flying
            .get(&key)
            .filter(|f| since.accepts(f.sent, 0.0) && !f.stale && f.is_on_its_way())
            .filter(|f| f.urgent || !since.urgent)
        {
            return flight.coming.clone();
        }
        state.urgent |= since.urgent;
        let (_, coming) = state.waiting.entry(key).or_insert_with(channel);
        let coming = coming.clone();
        if !std::mem::replace(&mut state.gathering, true) {
            set_off(Box::pin(self.clone().round()));
        }
        coming
    }

    /// How many wait for an answer, and whether somebody among them is in a hurry.
    fn waiting(&self) -> (usize, bool) {
        let state = self.lock();
        (state.waiting.len(), state.urgent)
    }

    async fn round(self) {
        let Gather {
            pause,
            crowd,
            limit,
            ..
        } = &self.0.gather;
        if *limit > 1 {
            wait_for_others(*pause, crowd, &|| self.waiting()).await;
        }
        let sent = Instant::now();
        let (calls, urgent) = self.lock().embark(&self.0.gather, sent);
        let mut errands = Vec::with_capacity(calls.len());
        for call in calls {
            errands.push(self.clone().fly(call, urgent, sent).boxed());
        }
        join_all(errands).await;
    }

    async fn fly(self, call: Call<K>, urgent: bool, sent: Instant) {
        let keys = call.iter().map(|(key, _)| key.clone()).collect();
        let answers = (self.0.fetch)(keys, urgent).await;
        self.land(call, answers, sent);
    }

    fn land(&self, call: Call<K>, answers: Vec<(K, Known<Value>)>, sent: Instant) {
        // One by one: collecting them sorts first, by code that is made anew for each reader.
        let mut by_key = BTreeMap::new();
        by_key.extend(answers);
        let mut state = self.lock();
        for (key, giver) in call {
            let answer = by_key
                .remove(&key)
                .unwrap_or_else(|| Known::Unknown(Why::new("AWS's answer left it out".to_owned())));
            // A later flight for the same key may have taken this one's place.
            let mine = state.flying.get(&key).is_some_and(|f| f.sent == sent);
            let stale = state.flying.get(&key).is_some_and(|f| f.stale);
            if mine {
                state.flying.remove(&key);
            }
            if self.0.gather.keep && mine && !stale && answer.unknown().is_none() {
                state.remember(key, sent, answer.clone());
            }
            // Nobody may want to know any more.
            let _ = giver.send(answer);
        }
    }
}

impl<K: Ord + Clone> State<K> {
    /// The calls that are to be made for those who wait, and whether they are in a hurry; who rides along fills them up.
    fn embark(&mut self, gather: &Gather<K>, sent: Instant) -> (Vec<Call<K>>, bool) {
        self.gathering = false;
        let urgent = std::mem::take(&mut self.urgent);
        let limit = gather.limit.max(1);
        let mut groups = BTreeMap::<String, Call<K>>::new();
        for (key, (giver, coming)) in std::mem::take(&mut self.waiting) {
            self.depart(key.clone(), sent, urgent, coming);
            let group = groups.entry((gather.group)(&key)).or_default();
            group.push((key, giver));
        }
        for rider in std::mem::take(&mut self.riders) {
            let group = groups.get_mut(&(gather.group)(&rider));
            let Some(seats) = group.filter(|seats| seats.len() % limit != 0) else {
                continue;
            };
            if self.flying.contains_key(&rider) {
                continue;
            }
            let (giver, coming) = channel();
            self.depart(rider.clone(), sent, urgent, coming);
            seats.push((rider, giver));
        }
        let mut calls = Vec::new();
        for mut group in groups.into_values() {
            while group.len() > limit {
                let rest = group.split_off(limit);
                calls.push(std::mem::replace(&mut group, rest));
            }
            calls.push(group);
        }
        (calls, urgent)
    }

    fn depart(&mut self, key: K, sent: Instant, urgent: bool, coming: Coming) {
        let flight = Flight {
            sent,
            urgent,
            stale: false,
            coming,
        };
        self.flying.insert(key, flight);
    }

    fn remember(&mut self, key: K, read: Instant, value: Known<Value>) {
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

enum Pending {
    Here(Known<Value>),
    Coming(Coming),
}

impl Pending {
    async fn arrive(self) -> Known<Value> {
        match self {
            Self::Here(value) => value,
            Self::Coming(coming) => coming
                .await
                .unwrap_or_else(|_| Known::Unknown(Why::new("the read was cut short".to_owned()))),
        }
    }
}
