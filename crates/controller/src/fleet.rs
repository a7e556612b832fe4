//! All plans: who is looked at when, what people said, and the last status of each.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    future::Future,
    pin::{Pin, pin},
    sync::Arc,
};

use futures::{StreamExt, stream::FuturesUnordered};
use jiff::{SignedDuration, Timestamp};
use sixshift_aws::Hands;
use sixshift_core::{
    facts::{Approval, Facts, Gate},
    observation::Look,
    plan::Plan,
    status::Status,
};
use tokio::sync::Notify;

use crate::{Clock, Outcome, Round, backoff::Backoff, queue::Queue, round::round};

/// Rounds at the same time, at most.
const ROUNDS: usize = 256;

/// When a run is over.
#[derive(Clone, Copy, Debug, Default)]
pub struct Goal {
    /// When every plan has been settled without a break for so long. `None`: never.
    pub settled_for: Option<SignedDuration>,
    /// Whether a wait for an approval counts as settled.
    pub approvals_settle: bool,
    /// At this time at the latest.
    pub until: Option<Timestamp>,
}

/// Why a run is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Every plan is settled.
    Settled,
    /// Time is up.
    TimedOut,
    /// Somebody asked to stop.
    Stopped,
}

#[derive(Debug)]
struct Entry {
    plan: Arc<Plan>,
    facts: Facts,
    status: Option<Status>,
    backoff: Backoff,
    first_look: Look,
    settled_since: Option<Timestamp>,
}

/// The plans and their loop. Everything runs on the task that calls [`Fleet::run`].
#[derive(Debug)]
pub struct Fleet {
    hands: Hands,
    clock: Clock,
    entries: RefCell<BTreeMap<String, Entry>>,
    queue: RefCell<Queue>,
    /// Wakes the loop when somebody asked for an earlier look.
    nudged: Notify,
}

type Running<'a> = FuturesUnordered<Pin<Box<dyn Future<Output = Round> + 'a>>>;

impl Fleet {
    /// A fleet of plans, each due at once.
    #[must_use]
    pub fn new(hands: Hands, clock: Clock, plans: Vec<Plan>) -> Self {
        let mut queue = Queue::default();
        let mut entries = BTreeMap::new();
        for plan in plans {
            queue.ask(&plan.name, clock.now());
            let entry = Entry {
                plan: Arc::new(plan),
                facts: Facts::default(),
                status: None,
                backoff: Backoff::default(),
                first_look: Look::Light,
                settled_since: None,
            };
            entries.insert(entry.plan.name.clone(), entry);
        }
        Self {
            hands,
            clock,
            entries: RefCell::new(entries),
            queue: RefCell::new(queue),
            nudged: Notify::new(),
        }
    }

    /// The last status of each plan that has one, by name.
    #[must_use]
    pub fn statuses(&self) -> Vec<Status> {
        self.entries
            .borrow()
            .values()
            .filter_map(|e| e.status.clone())
            .collect()
    }

    /// A person opens a gate of a plan; it is looked at once more at once. Unknown names are ignored.
    pub fn approve(&self, name: &str, gate: Gate, by: &str) {
        let at = self.clock.now();
        if let Some(entry) = self.entries.borrow_mut().get_mut(name) {
            let revision = entry.plan.revision.clone();
            entry.facts.approvals.push(Approval {
                gate,
                revision,
                by: by.to_owned(),
                at,
            });
            entry.settled_since = None;
            self.queue.borrow_mut().ask(name, at);
            self.nudged.notify_one();
        }
    }

    /// Runs rounds until the goal is reached or `stop` resolves; a round under way is always ended first. `shown` sees
    /// every round.
    pub async fn run(
        &self,
        goal: Goal,
        stop: impl Future<Output = ()>,
        mut shown: impl FnMut(&Round),
    ) -> Ending {
        let mut stop = pin!(stop);
        let mut running = Running::new();
        let ending = loop {
            if let Some(ending) = self.reached(goal) {
                break ending;
            }
            self.start_due(&mut running);
            let next = self.queue.borrow().next();
            let wake = [next, goal.until, self.settles_at(goal)]
                .into_iter()
                .flatten()
                .min();
            // With every place taken, only an ending round makes room.
            let wake = wake.filter(|_| running.len() < ROUNDS);
            let timer = async {
                match wake {
                    Some(at) => self.clock.sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = &mut stop => break Ending::Stopped,
                Some(round) = running.next_round() => self.ended(round, &mut shown),
                () = self.nudged.notified() => {}
                () = timer => {}
            }
        };
        while let Some(round) = running.next().await {
            self.ended(round, &mut shown);
        }
        ending
    }

    fn start_due<'a>(&'a self, running: &mut Running<'a>) {
        while running.len() < ROUNDS {
            let Some(name) = self.queue.borrow_mut().start(self.clock.now()) else {
                return;
            };
            let entries = self.entries.borrow();
            let Some(entry) = entries.get(&name) else {
                continue;
            };
            let (plan, facts, first) = (
                Arc::clone(&entry.plan),
                entry.facts.clone(),
                entry.first_look,
            );
            running.push(Box::pin(async move {
                round(&self.hands, self.clock, &plan, &facts, first).await
            }));
        }
    }

    fn ended(&self, mut ended: Round, shown: &mut impl FnMut(&Round)) {
        let now = self.clock.now();
        if let Some(entry) = self.entries.borrow_mut().get_mut(&ended.plan) {
            ended.status = ended.status.carrying_since(entry.status.as_ref());
            match &ended.outcome {
                Outcome::Failed(..) | Outcome::Vetoed(..) => {
                    let wait = SignedDuration::try_from(entry.backoff.failed())
                        .unwrap_or(SignedDuration::MAX);
                    ended.look_at = now.saturating_add(wait).unwrap_or(Timestamp::MAX);
                }
                Outcome::Waited | Outcome::Acted(_) => entry.backoff.succeeded(),
            }
            entry.first_look = if matches!(ended.outcome, Outcome::Acted(_)) {
                Look::Full
            } else {
                Look::Light
            };
            entry.settled_since = ended
                .status
                .is_settled()
                .then(|| entry.settled_since.unwrap_or(now));
            entry.status = Some(ended.status.clone());
        }
        let mut queue = self.queue.borrow_mut();
        queue.ended(&ended.plan);
        queue.ask(&ended.plan, ended.look_at);
        drop(queue);
        shown(&ended);
    }

    fn reached(&self, goal: Goal) -> Option<Ending> {
        let now = self.clock.now();
        if self.settles_at(goal).is_some_and(|at| at <= now) {
            return Some(Ending::Settled);
        }
        goal.until
            .is_some_and(|until| until <= now)
            .then_some(Ending::TimedOut)
    }

    /// When the run is over if nothing changes until then.
    fn settles_at(&self, goal: Goal) -> Option<Timestamp> {
        let settled_for = goal.settled_for?;
        let entries = self.entries.borrow();
        let mut last = Timestamp::MIN;
        for entry in entries.values() {
            let status = entry.status.as_ref()?;
            let waits_for_approval = matches!(
                status.waiting_on,
                Some(sixshift_core::status::WaitingOn::Approval { .. })
            );
            if waits_for_approval && !goal.approvals_settle {
                return None;
            }
            last = last.max(entry.settled_since?);
        }
        last.saturating_add(settled_for).ok()
    }
}

/// `FuturesUnordered::next` ends at once when it is empty; a loop that also waits for time must not.
trait NextRound {
    async fn next_round(&mut self) -> Option<Round>;
}

impl NextRound for Running<'_> {
    async fn next_round(&mut self) -> Option<Round> {
        if self.is_empty() {
            std::future::pending().await
        } else {
            self.next().await
        }
    }
}
