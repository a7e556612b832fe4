//! What the fleet shows, and where orders are handed in: the one door between the loop and every face.
//!
//! The loop runs on one thread; faces run elsewhere. What belongs here: shared pictures of the state, a channel of changes,
//! a channel of orders. What must not: any decision.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use jiff::Timestamp;
use sixshift_core::{
    evidence::Series,
    facts::Facts,
    handover::Estate,
    observation::{DerivedTask, Known, Observation, Pair, Task},
    plan::{Diagnostics, Plan},
    status::Status,
};
use tokio::sync::{Notify, broadcast, mpsc, oneshot};

use crate::{
    command::{Accepted, Look, Order, Refused},
    event::Event,
    journal::Said,
    metrics::Metrics,
    source::{Provenance, Standing},
};

/// Changes that a slow reader may be behind before it is sent to a fresh snapshot.
const CHANGES: usize = 1_024;
/// Orders that wait for the loop, at most.
const ORDERS: usize = 64;
/// A loop that has not turned for so long (by the wall's clock) hangs.
const HANGS_AFTER: Duration = Duration::from_secs(60);

/// Everything known of one plan.
#[derive(Clone, Debug)]
pub struct PlanView {
    /// Its name.
    pub name: String,
    /// The revision that runs; `None` where no text of it was ever good.
    pub plan: Option<Arc<Plan>>,
    /// Where that came from.
    pub from: Provenance,
    /// What the source says now.
    pub standing: Standing,
    /// After its last round.
    pub status: Option<Arc<Status>>,
    /// What the last round saw.
    pub seen: Option<Arc<Observation>>,
    /// Targets and tasks, as the last look saw them that was more than light.
    pub closely: Option<Arc<Closely>>,
    /// The figures of the last look that saw some.
    pub measured: Option<Arc<Measured>>,
    /// What its rounds are told besides what AWS says.
    pub facts: Facts,
    /// Who paused it, when and why.
    pub paused: Option<Said>,
    /// Who froze the fleet, when and why.
    pub frozen: Option<Said>,
    /// Failed acts in a row.
    pub attempts: u32,
    /// When it is looked at next, at the latest.
    pub look_at: Option<Timestamp>,
    /// Rises with every change of anything in here, across all plans.
    pub version: u64,
}

/// What only a close look sees. It stays for hours beside newer looks, which see everything else as well.
#[derive(Clone, Debug, PartialEq)]
pub struct Closely {
    /// When it began.
    pub at: Timestamp,
    /// The target groups, with their targets.
    pub pairs: Known<Vec<Pair>>,
    /// The twin's tasks.
    pub twin_tasks: Known<Vec<Task>>,
    /// Tasks of the derived family.
    pub derived_tasks: Known<Vec<DerivedTask>>,
}

impl Closely {
    pub(crate) fn of(seen: &Observation) -> Self {
        Self {
            at: seen.at,
            pairs: seen.pairs.clone(),
            twin_tasks: seen.twin_tasks.clone(),
            derived_tasks: seen.derived_tasks.clone(),
        }
    }
}

/// A look's figures, which outlive the look.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// When it began.
    pub at: Timestamp,
    /// Minute by minute.
    pub recent: Known<Series>,
    /// The bake's, where they were asked for.
    pub long: Known<Series>,
}

impl Measured {
    /// Those of a look.
    #[must_use]
    pub fn of(seen: &Observation) -> Self {
        Self {
            at: seen.at,
            recent: seen.recent.clone(),
            long: seen.long.clone(),
        }
    }
}

/// What the source of plans says of itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceView {
    /// As in `git https://… main` or `dir /plans`, without secrets.
    pub name: String,
    /// The commit that was read last.
    pub commit: Option<String>,
    /// When its author made it.
    pub author_date: Option<Timestamp>,
    /// When it was last read without an error.
    pub read_at: Option<Timestamp>,
    /// The error of the last try, where it failed.
    pub error: Option<String>,
    /// Mistakes in files that belong to no plan that is known.
    pub diagnostics: Diagnostics,
}

/// The journal takes no notes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unwritten {
    /// As the store says it, without a full stop.
    pub why: String,
    /// When it failed first.
    pub since: Timestamp,
}

/// Everything known of the fleet besides its plans.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FleetView {
    /// Why nothing moves, and who said so.
    pub frozen: Option<String>,
    /// Until every plan has been looked at once, nothing moves.
    pub first_look: bool,
    /// Why the lease does not let it act, where it does not.
    pub lease: Option<String>,
    /// The journal cannot be written, so nothing goes forward.
    pub unwritten: Option<Unwritten>,
    /// Why its clock is not to be believed, so that nothing goes forward.
    pub clock: Option<String>,
    /// The plans' source.
    pub source: SourceView,
    /// It is shutting down.
    pub ending: bool,
    /// Rises with every change.
    pub version: u64,
}

/// Something on the board is new.
#[derive(Clone, Debug)]
pub enum Change {
    /// A plan.
    Plan(Arc<PlanView>),
    /// A plan that is no longer shown.
    Gone {
        /// Its name.
        name: String,
    },
    /// The fleet.
    Fleet(Arc<FleetView>),
    /// Something happened.
    Event(Arc<Event>),
}

/// Where an answer goes.
type Answer<T> = oneshot::Sender<Result<T, Refused>>;

/// What somebody wants of the loop, on its way there, and where its answer goes.
#[derive(Debug)]
pub(crate) enum Submitted {
    /// Something that plans are told.
    Order(Order, Answer<Accepted>),
    /// An earlier look at these plans; none are all.
    Look(Vec<String>, Answer<Vec<Look>>),
    /// What a plan left in AWS.
    Estate(String, Answer<Box<Estate>>),
}

#[derive(Debug)]
struct Inner {
    plans: RwLock<BTreeMap<String, Arc<PlanView>>>,
    fleet: RwLock<Arc<FleetView>>,
    version: std::sync::atomic::AtomicU64,
    changes: broadcast::Sender<Change>,
    orders: mpsc::Sender<Submitted>,
    /// When the loop turned last: by the wall's clock, and by the fleet's.
    turned: RwLock<(Instant, Timestamp)>,
    source_hint: Notify,
    metrics: Metrics,
}

/// The board. Cheap to clone; may be read from any thread.
#[derive(Clone, Debug)]
pub struct Board(Arc<Inner>);

/// The loop's end of the orders' channel.
#[derive(Debug)]
pub struct Orders(pub(crate) mpsc::Receiver<Submitted>);

impl Board {
    /// An empty board, and the end at which its orders come out.
    #[must_use]
    pub fn new(metrics: Metrics) -> (Self, Orders) {
        let (orders, taken) = mpsc::channel(ORDERS);
        let inner = Inner {
            plans: RwLock::default(),
            fleet: RwLock::default(),
            version: std::sync::atomic::AtomicU64::new(1),
            changes: broadcast::channel(CHANGES).0,
            orders,
            turned: RwLock::new((Instant::now(), Timestamp::UNIX_EPOCH)),
            source_hint: Notify::new(),
            metrics,
        };
        (Self(Arc::new(inner)), Orders(taken))
    }

    /// Every plan, by name.
    #[must_use]
    pub fn plans(&self) -> Vec<Arc<PlanView>> {
        let plans = self.0.plans.read().unwrap_or_else(PoisonError::into_inner);
        plans.values().cloned().collect()
    }

    /// One plan.
    #[must_use]
    pub fn plan(&self, name: &str) -> Option<Arc<PlanView>> {
        let plans = self.0.plans.read().unwrap_or_else(PoisonError::into_inner);
        plans.get(name).cloned()
    }

    /// The fleet.
    #[must_use]
    pub fn fleet(&self) -> Arc<FleetView> {
        let fleet = self.0.fleet.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&fleet)
    }

    /// Changes from now on. Who is too slow misses some, is told so, and reads the board anew.
    #[must_use]
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.0.changes.subscribe()
    }

    /// The daemon's figures.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// Whether the loop has turned lately, by the wall's clock.
    #[must_use]
    pub fn is_turning(&self) -> bool {
        let turned = self.0.turned.read().unwrap_or_else(PoisonError::into_inner);
        turned.0.elapsed() < HANGS_AFTER
    }

    /// The fleet's time when its loop turned last. For a region whose time only the loop's own thread can tell.
    #[must_use]
    pub fn last_turn(&self) -> Timestamp {
        let turned = self.0.turned.read().unwrap_or_else(PoisonError::into_inner);
        turned.1
    }

    /// Hands in an order and waits for its answer.
    ///
    /// # Errors
    /// It was not carried out.
    pub async fn order(&self, order: Order) -> Result<Accepted, Refused> {
        let (answer, answered) = oneshot::channel();
        let sent = self.0.orders.send(Submitted::Order(order, answer)).await;
        sent.map_err(|_| Refused::Ending)?;
        answered.await.unwrap_or(Err(Refused::Ending))
    }

    /// Has the source read and these plans looked at now instead of at their next turn; none are all of them. What is
    /// found is carried out as in any round; nothing else changes.
    ///
    /// # Errors
    /// One of them is unknown, so none is looked at; or the daemon is ending.
    pub async fn look_now(&self, plans: Vec<String>) -> Result<Vec<Look>, Refused> {
        // A plan may be unknown because nobody has read it yet.
        self.hint_source();
        let (answer, answered) = oneshot::channel();
        let sent = self.0.orders.send(Submitted::Look(plans, answer)).await;
        sent.map_err(|_| Refused::Ending)?;
        answered.await.unwrap_or(Err(Refused::Ending))
    }

    /// Has everything that a plan left in AWS read now, for whoever takes it over.
    ///
    /// # Errors
    /// The plan is unknown or not done, or AWS did not tell all of it.
    pub async fn estate(&self, plan: String) -> Result<Box<Estate>, Refused> {
        let (answer, answered) = oneshot::channel();
        let sent = self.0.orders.send(Submitted::Estate(plan, answer)).await;
        sent.map_err(|_| Refused::Ending)?;
        answered.await.unwrap_or(Err(Refused::Ending))
    }

    /// Somebody says that the source has news: it is read at once instead of at its next turn.
    pub fn hint_source(&self) {
        self.0.source_hint.notify_one();
    }

    /// Resolves at the next hint.
    pub async fn source_hinted(&self) {
        self.0.source_hint.notified().await;
    }

    /// Hangs up a plan's picture.
    pub fn show_plan(&self, mut view: PlanView) {
        view.version = self.next_version();
        let view = Arc::new(view);
        let mut plans = self.0.plans.write().unwrap_or_else(PoisonError::into_inner);
        plans.insert(view.name.clone(), Arc::clone(&view));
        drop(plans);
        // Nobody listening is fine.
        let _ = self.0.changes.send(Change::Plan(view));
    }

    /// Takes a plan's picture down.
    pub fn remove_plan(&self, name: &str) {
        let mut plans = self.0.plans.write().unwrap_or_else(PoisonError::into_inner);
        let was_there = plans.remove(name).is_some();
        drop(plans);
        if was_there {
            let name = name.to_owned();
            let _ = self.0.changes.send(Change::Gone { name });
        }
    }

    /// Hangs up the fleet's picture, if it is another one.
    pub fn show_fleet(&self, mut view: FleetView) {
        let mut fleet = self.0.fleet.write().unwrap_or_else(PoisonError::into_inner);
        view.version = fleet.version;
        if **fleet == view {
            return;
        }
        view.version = self.next_version();
        *fleet = Arc::new(view);
        let shown = Arc::clone(&fleet);
        drop(fleet);
        let _ = self.0.changes.send(Change::Fleet(shown));
    }

    /// Tells of an event that the journal has taken.
    pub fn show_event(&self, event: Event) {
        let _ = self.0.changes.send(Change::Event(Arc::new(event)));
    }

    /// The loop turned.
    pub(crate) fn turn(&self, now: Timestamp) {
        let mut turned = self
            .0
            .turned
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *turned = (Instant::now(), now);
    }

    fn next_version(&self) -> u64 {
        let version = &self.0.version;
        version.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
    }
}
