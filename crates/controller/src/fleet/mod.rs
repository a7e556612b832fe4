//! All plans: who is looked at when, what people said, and the last status of each.
//!
//! - [`Fleet::run`]: the loop. One thread, one round a plan at a time, bounded rounds in all. It waits for no store: whatever
//!   has to be written down is an errand beside it (`errands`).
//! - `ended`: what becomes of a round that ended. `wanted`: what the source says becomes entries. `orders`: what people say becomes facts. `look`: they want to
//!   know now. `told`: what happened
//!   becomes events. `unwritten`: what the journal takes, and what waits for it. `entry`: one plan.
//!
//! Nothing is decided here about a migration; `facts` only says what the daemon knows of its own footing.

mod ended;
mod entry;
mod errands;
mod estate;
mod facts;
mod gates;
mod goal;
mod log;
mod look;
mod orders;
mod parts;
mod standby;
mod told;
mod unwritten;
mod wanted;

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    future::Future,
    panic::AssertUnwindSafe,
    pin::{Pin, pin},
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{FutureExt, StreamExt, stream::FuturesUnordered};
use jiff::Timestamp;
use sixshift_aws::{Hands, trace};
use sixshift_core::{observation::RouteId, plan::Plan, status::Status};
use tokio::{sync::Notify, time::timeout};
use tracing::Instrument;

use crate::{
    Board, Clock, Metrics, Round, SourceView,
    board::Submitted,
    gate::Asker,
    journal::{Loaded, PlanFacts, Records, Said},
    queue::Queue,
    round::{Footing, round},
    source::Desired,
    traces::Traces,
};
use ended::Ended;
use entry::{Entry, Record};
use errands::Errands;
pub use goal::{Ending, Goal};
pub use parts::{Inbox, News, Parts};
use unwritten::Waiting;

/// Rounds at the same time, at most: as many as fill one call for figures. Each has all that it asks for in memory meanwhile.
const ROUNDS: usize = 32;

/// Rounds at the same time, at most, of plans whose IPv6 side has no traffic yet. With more, whoever takes traffic back
/// would wait for calls that have time; with fewer, fewer looks share their calls.
const BUILDING_ROUNDS: usize = 24;

/// The loop turns at least so often, so that its health can be told from its silence.
const TICK: Duration = Duration::from_secs(20);

/// How long the rounds under way may take to end when the daemon ends: those that only look, those that act, and then the last
/// notes. Together less than the 10 s that a supervisor grants; whoever stands by waits for it, too.
const LAST_LOOKS: Duration = Duration::from_secs(1);
const LAST_ACTS: Duration = Duration::from_secs(6);
const LAST_NOTES: Duration = Duration::from_secs(2);

type Running<'a> = FuturesUnordered<Pin<Box<dyn Future<Output = Ended> + 'a>>>;

/// The plans and their loop. Everything runs on the task that calls [`Fleet::run`].
#[derive(Debug)]
pub struct Fleet {
    parts: Parts,
    /// Boxed: a map has room for twice as many as it has.
    entries: RefCell<BTreeMap<String, Box<Entry>>>,
    /// Which plans move a route.
    routes: RefCell<BTreeMap<RouteId, facts::Moved>>,
    queue: RefCell<Queue>,
    desired: RefCell<Desired>,
    /// Commit and digest of the newest snapshot.
    read_last: RefCell<Option<(Option<String>, String)>>,
    /// What people said of plans whose text the journal does not have.
    remembered: RefCell<BTreeMap<String, PlanFacts>>,
    frozen: RefCell<Option<Said>>,
    source: RefCell<SourceView>,
    /// Every plan has been looked at since the start.
    all_looked: Cell<bool>,
    /// So has the source.
    source_read: Cell<bool>,
    /// What the source said is being taken over: the next news waits, or the older could come last.
    reading: Cell<bool>,
    ending: Cell<bool>,
    /// Rounds under way that build.
    building: Cell<usize>,
    /// Rounds begun: the newest one's id.
    rounds: Cell<u64>,
    /// What the journal has not taken.
    waiting: RefCell<Waiting>,
    /// One writes at a time.
    turn: tokio::sync::Mutex<()>,
    /// Orders for the whole fleet that stop, so far.
    stops: Cell<u64>,
    /// Wakes the loop when somebody asked for an earlier look.
    nudged: Notify,
    /// How often the clock had been set when looks were planned.
    turns: Cell<u64>,
    /// Acts under way.
    acting: Cell<usize>,
    /// Plans whose step asks a webhook.
    gates: RefCell<gates::Gates>,
    /// Who asks it.
    asker: RefCell<Asker>,
    /// Who follows rounds.
    traces: RefCell<Option<Traces>>,
}

impl Fleet {
    /// A fleet that knows what its records knew. Its plans come with [`Fleet::read`].
    #[must_use]
    pub fn new(parts: Parts, loaded: Loaded) -> Self {
        let fleet = Self {
            parts,
            entries: RefCell::default(),
            routes: RefCell::default(),
            queue: RefCell::default(),
            desired: RefCell::default(),
            read_last: RefCell::default(),
            remembered: RefCell::default(),
            frozen: RefCell::default(),
            source: RefCell::default(),
            all_looked: Cell::new(false),
            source_read: Cell::new(false),
            reading: Cell::new(false),
            ending: Cell::new(false),
            building: Cell::new(0),
            rounds: Cell::new(0),
            waiting: RefCell::default(),
            turn: tokio::sync::Mutex::default(),
            stops: Cell::new(0),
            nudged: Notify::new(),
            turns: Cell::new(0),
            acting: Cell::new(0),
            gates: RefCell::default(),
            asker: RefCell::default(),
            traces: RefCell::default(),
        };
        fleet.restore(loaded);
        fleet.take_down_others();
        fleet
    }

    /// A fleet of its own: no source, nothing kept from one run to the next, nobody to share AWS with.
    ///
    /// # Errors
    /// There is no memory for its journal.
    pub async fn standalone(
        hands: Hands,
        clock: Clock,
        plans: Vec<Plan>,
    ) -> Result<Self, crate::journal::Error> {
        let parts = Parts {
            hands,
            clock,
            board: Board::new(Metrics::new()).0,
            records: Records::new(Arc::new(crate::journal::Memory::new()?)),
            lease: Arc::new(crate::lease::SingleProcess),
            adopts: false,
            stands_by: false,
            relay: None,
        };
        let fleet = Self::new(parts, Loaded::default());
        fleet.run_plans(plans).await;
        Ok(fleet)
    }

    /// The last status of each plan that has one, by name.
    #[must_use]
    pub fn statuses(&self) -> Vec<Status> {
        let entries = self.entries.borrow();
        let statuses = entries.values().filter_map(|e| e.status.as_deref());
        statuses.cloned().collect()
    }

    /// Its rounds are followed from now on, and the calls that are made for them.
    pub fn follows(&self, traces: Traces) {
        let hears = traces.clone();
        self.parts.hands.tell(move |ended| hears.call(ended));
        *self.traces.borrow_mut() = Some(traces);
    }

    /// Where it shows itself.
    #[must_use]
    pub fn board(&self) -> &Board {
        &self.parts.board
    }

    pub(crate) fn records(&self) -> &Records {
        &self.parts.records
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.parts.clock
    }

    fn metrics(&self) -> &Metrics {
        self.parts.board.metrics()
    }

    fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    /// Runs rounds until the goal is reached or `stop` resolves; a round under way is always ended first, within
    /// seconds. `shown` sees every round.
    pub async fn run(
        &self,
        goal: Goal,
        inbox: &mut Inbox,
        stop: impl Future<Output = ()>,
        mut shown: impl FnMut(&Round),
    ) -> Ending {
        let mut stop = pin!(stop);
        let mut running = Running::new();
        let mut errands = Errands::default();
        let mut asking = gates::Asking::default();
        let Inbox { orders, news } = inbox;
        let mut settled = Instant::now();
        self.ending.set(false);
        let ending = loop {
            self.parts.board.turn(self.now());
            self.plan_anew();
            if settled.elapsed() >= TICK {
                errands.begin(self.settled()).await;
                settled = Instant::now();
            }
            errands.rounds().for_each(|round| shown(&round));
            if let Some(ending) = self.reached(goal) {
                break ending;
            }
            if self.is_due() {
                errands.begin(self.tried()).await;
            }
            self.start_due(&mut running);
            self.ask_gates(&mut asking);
            self.show_queue();
            let timer = self.timer(goal, running.len(), asking.room());
            let reads = !self.reading.get();
            tokio::select! {
                biased;
                () = &mut stop => break Ending::Stopped,
                () = errands.next() => {}
                asked = Inbox::order(orders) => errands.begin(self.answer(asked)).await,
                news = Inbox::news(news), if reads => errands.begin(self.take(news)).await,
                Some(ended) = running.next_ended() => errands.begin(self.ended(ended)).await,
                answered = asking.next() => self.answered(answered),
                () = self.nudged.notified() => {}
                () = timer => {}
                () = tokio::time::sleep(TICK) => {}
            }
        };
        drop(asking);
        self.ask_no_more();
        let is_left = |running: &Running<'_>, errands: &Errands<'_>| {
            !running.is_empty() || !errands.is_empty()
        };
        if ending == Ending::Stopped {
            self.ending.set(true);
            self.show_fleet();
            let looks = self.last(&mut running, &mut errands, is_left);
            if timeout(LAST_LOOKS, looks).await.is_err() {
                let acts = self.last(&mut running, &mut errands, |_, errands| {
                    self.acting.get() > 0 || !errands.is_empty()
                });
                if timeout(LAST_ACTS, acts).await.is_err() {
                    tracing::warn!(
                        "calls under way did not end in time; the next start looks at what they left"
                    );
                }
            }
            drop(running);
            self.queue.borrow_mut().interrupted(self.now());
            self.building.set(0);
            self.acting.set(0);
        } else {
            self.last(&mut running, &mut errands, is_left).await;
        }
        errands.rounds().for_each(|round| shown(&round));
        // What is dropped half-way begins anew.
        drop(errands);
        self.reading.set(false);
        self.waiting.borrow_mut().is_trying = false;
        self.write_down().await;
        ending
    }

    /// The last notes of a process that ends, as far as the journal takes them in time.
    async fn write_down(&self) {
        let written = async {
            self.write_late().await;
            self.settle().await;
        };
        let _ = timeout(LAST_NOTES, written).await;
        self.tell_what_is_lost();
    }

    /// Begins nothing more, and waits for what is under way.
    async fn last<'a>(
        &'a self,
        running: &mut Running<'a>,
        errands: &mut Errands<'a>,
        waits: impl Fn(&Running<'a>, &Errands<'a>) -> bool,
    ) {
        while waits(running, errands) {
            tokio::select! {
                biased;
                () = errands.next() => {}
                Some(ended) = running.next_ended() => errands.begin(self.ended(ended)).await,
            }
        }
    }

    /// Who asked may be gone; what was ordered counts all the same.
    async fn answer(&self, asked: Submitted) -> Option<Round> {
        match asked {
            Submitted::Order(order, answer) => {
                let _ = answer.send(self.order(order).await);
            }
            Submitted::Look(plans, answer) => {
                let _ = answer.send(self.look_now(&plans));
            }
            Submitted::Estate(plan, answer) => {
                let _ = answer.send(self.estate(&plan).await);
            }
        }
        None
    }

    /// What was due by a clock that was set since is due now.
    fn plan_anew(&self) {
        let turns = self.parts.clock.turns();
        if self.turns.replace(turns) != turns {
            for entry in self.entries.borrow_mut().values_mut() {
                entry.not_before = None;
            }
            self.ask_everybody();
            self.show_fleet();
        }
    }

    /// Resolves when something is due. `room`: how many more gates may be asked.
    async fn timer(&self, goal: Goal, running: usize, room: usize) {
        let next = self.queue.borrow().next_of(|name| self.has_room(name));
        let wake = [
            next,
            goal.until,
            self.settles_at(goal),
            self.next_try(),
            self.next_question(room),
        ];
        let wake = wake.into_iter().flatten().min();
        // With every place taken, only an ending round makes room.
        match wake.filter(|_| running < ROUNDS) {
            Some(at) => self.parts.clock.sleep_until(at).await,
            None => std::future::pending().await,
        }
    }

    /// Whether a plan's round may begin, as far as other rounds go.
    fn has_room(&self, name: &str) -> bool {
        self.building.get() < BUILDING_ROUNDS
            || self
                .entries
                .borrow()
                .get(name)
                .is_some_and(|e| !e.is_building())
    }

    fn start_due<'a>(&'a self, running: &mut Running<'a>) {
        while running.len() < ROUNDS {
            let may = |name: &str| self.has_room(name);
            let Some(name) = self.queue.borrow_mut().start(self.now(), may) else {
                return;
            };
            let entries = self.entries.borrow();
            let runs = entries
                .get(&name)
                .and_then(|e| Some((e, e.runs()?.clone())));
            let Some((entry, plan)) = runs else {
                self.queue.borrow_mut().ended(&name);
                continue;
            };
            // Whatever asked for this look: nothing but time ends a back-off.
            if let Some(at) = entry.not_before.filter(|at| *at > self.now()) {
                let mut queue = self.queue.borrow_mut();
                queue.ended(&name);
                queue.ask(&name, at);
                continue;
            }
            let facts = self.facts(&name, entry);
            let builds = entry.is_building();
            self.building.update(|n| n + usize::from(builds));
            let id = self.rounds.get() + 1;
            self.rounds.set(id);
            let footing = Footing {
                hands: &self.parts.hands,
                clock: &self.parts.clock,
                lease: &self.parts.lease,
                ending: &self.ending,
                acting: &self.acting,
                urgent: entry.is_urgent(),
            };
            let traces = self.traces.borrow().clone();
            running.push(Box::pin(async move {
                let begun = Instant::now();
                let followed = traces.as_ref().and_then(Traces::begin);
                let trace_id = followed.map(|followed| followed.trace_id());
                let span = tracing::info_span!("round", plan = name, revision = %plan.revision, id, trace_id);
                let round = round(footing, &plan, &facts).instrument(span);
                let round = trace::follow(followed.map(|followed| followed.round()), round);
                let round = AssertUnwindSafe(round).catch_unwind().await;
                let round = round.map_err(|panic| said(&*panic));
                if let (Some(traces), Some(followed)) = (&traces, followed) {
                    traces.ended(followed, &plan, id, round.as_ref());
                }
                Ended {
                    plan: name,
                    built: builds,
                    took: begun.elapsed(),
                    round,
                    trace_id,
                }
            }));
        }
    }

    fn set_record(&self, name: &str, record: Record) {
        if let Some(entry) = self.entries.borrow_mut().get_mut(name) {
            entry.record = record;
        }
    }

    /// Looks at a plan as soon as its back-off allows.
    fn ask_now(&self, name: &str) {
        let now = self.now();
        let not_before = self.entries.borrow().get(name).and_then(|e| e.not_before);
        let at = not_before.map_or(now, |t| t.max(now));
        self.queue.borrow_mut().ask(name, at);
        self.nudged.notify_one();
    }
}

/// What a panic said.
fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without words".to_owned())
}

/// `FuturesUnordered::next` ends at once when it is empty; a loop that also waits for time must not.
trait NextEnded {
    async fn next_ended(&mut self) -> Option<Ended>;
}

impl NextEnded for Running<'_> {
    async fn next_ended(&mut self) -> Option<Ended> {
        if self.is_empty() {
            std::future::pending().await
        } else {
            self.next().await
        }
    }
}
