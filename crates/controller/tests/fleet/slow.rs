//! A journal that takes its time, or does not answer at all: the loop waits for none.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use jiff::SignedDuration;
use sixshift_controller::{
    Fleet, Goal, Inbox,
    command::{Refused, Verb},
    journal::{Answer, Durability, Error, Item, Journal, Memory, Page, Query, Records, Write},
};
use sixshift_core::status::Phase;

use crate::world::{World, at_the_gate_with, order, snapshot, status, waits};

/// A journal whose writes take so many milliseconds.
#[derive(Debug)]
struct Slow {
    memory: Memory,
    takes: AtomicU64,
}

const FOR_EVER: u64 = u64::MAX;

impl Slow {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            memory: Memory::new().unwrap(),
            takes: AtomicU64::new(0),
        })
    }

    fn takes(&self, milliseconds: u64) {
        self.takes.store(milliseconds, Ordering::Relaxed);
    }

    async fn wait(&self) {
        match self.takes.load(Ordering::Relaxed) {
            0 => {}
            FOR_EVER => std::future::pending().await,
            takes => tokio::time::sleep(Duration::from_millis(takes)).await,
        }
    }
}

impl Journal for Slow {
    fn get<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Item>> {
        self.memory.get(key)
    }

    fn query<'a>(&'a self, query: &'a Query) -> Answer<'a, Vec<Item>> {
        self.memory.query(query)
    }

    /// Half of the time before it has its effect, half after.
    fn write<'a>(&'a self, writes: &'a [Write], durability: Durability) -> Answer<'a, ()> {
        Box::pin(async move {
            self.wait().await;
            self.memory.write(writes, durability).await?;
            self.wait().await;
            Ok::<(), Error>(())
        })
    }

    fn settle(&self) -> Answer<'_, ()> {
        self.memory.settle()
    }
}

async fn stage() -> (World, Fleet, Arc<Slow>, Arc<dyn Journal>) {
    let slow = Slow::new();
    let journal: Arc<dyn Journal> = Arc::clone(&slow) as _;
    let (world, fleet) = at_the_gate_with(&journal).await;
    (world, fleet, slow, journal)
}

async fn seconds(world: &World, fleet: &Fleet, seconds: i64) {
    let goal = Goal {
        until: Some(world.clock.now() + SignedDuration::from_secs(seconds)),
        ..Goal::default()
    };
    let never = std::future::pending();
    fleet.run(goal, &mut Inbox::default(), never, |_| {}).await;
}

/// The loop turns while somebody else does something.
async fn meanwhile<T>(fleet: &Fleet, does: impl Future<Output = T>) -> T {
    let (ends, ended) = tokio::sync::oneshot::channel::<()>();
    let does = async {
        let done = does.await;
        drop(ends);
        done
    };
    let stop = async {
        let _ = ended.await;
    };
    let mut inbox = Inbox::default();
    let runs = fleet.run(Goal::default(), &mut inbox, stop, |_| {});
    tokio::join!(does, runs).0
}

async fn after<T>(seconds: u64, does: impl Future<Output = T>) -> T {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    does.await
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_does_not_answer_stops_no_rollback() {
    let (world, fleet, slow, _) = stage().await;
    slow.takes(FOR_EVER);
    world.ipv6_turns_bad();
    world.minutes(&fleet, 20).await;
    assert_eq!(world.share(), 0);
    assert_eq!(status(&fleet, "checkout").phase, Phase::RolledBack);
    let why = fleet.board().fleet().unwritten.clone().unwrap().why;
    assert_eq!(why, "the journal has not answered for 3 s");
    slow.takes(0);
    world.minutes(&fleet, 3).await;
    assert_eq!(fleet.board().fleet().unwritten, None);
}

/// Seconds until nobody gets IPv6 any more once it is bad, over a journal that takes its time.
async fn rolled_back_in(takes: u64) -> i64 {
    let (world, fleet, slow, _) = stage().await;
    slow.takes(takes);
    world.ipv6_turns_bad();
    let bad = world.clock.now();
    while world.share() > 0 {
        seconds(&world, &fleet, 5).await;
    }
    world.clock.now().duration_since(bad).as_secs()
}

#[tokio::test(start_paused = true)]
async fn a_slow_journal_does_not_delay_a_rollback_by_more_than_it_is_waited_for() {
    let usual = rolled_back_in(0).await;
    for takes in [900, 2_000, FOR_EVER] {
        let slow = rolled_back_in(takes).await;
        assert!(
            slow <= usual + 15,
            "{slow} s over {takes} ms, not {usual} s"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_abort_counts_before_a_slow_journal_has_it_and_is_answered_when_it_has() {
    let (world, fleet, slow, journal) = stage().await;
    slow.takes(1_000);
    let begun = world.clock.now();
    let aborted = async {
        let accepted = order(&fleet, Verb::Abort, "it smells").await;
        let took = world.clock.now().duration_since(begun);
        (accepted, took.as_secs())
    };
    let seen = after(1, async { fleet.board().plan("checkout").unwrap() });
    let ((accepted, took), view) = meanwhile(&fleet, async { tokio::join!(aborted, seen) }).await;
    assert!(view.facts.abort.is_some(), "a second later it counts");
    assert!((2..=3).contains(&took), "{took} s");
    let accepted = accepted.unwrap();
    assert!(accepted.event > 0, "{}", accepted.sentence);
    slow.takes(0);
    world.minutes(&fleet, 10).await;
    assert_eq!(world.share(), 0);
    let facts = Records::new(journal).load().await.unwrap().plans["checkout"].clone();
    assert_eq!(facts.facts.unwrap().abort.unwrap().reason, "it smells");
}

#[tokio::test(start_paused = true)]
async fn what_lets_go_does_not_count_where_something_that_stops_came_before_it_was_written() {
    for (holds, lets_go, stops) in [
        (Verb::Pause, Verb::Resume, Verb::Pause),
        (Verb::Freeze, Verb::Unfreeze, Verb::Freeze),
        (Verb::Pause, Verb::Approve, Verb::Abort),
    ] {
        let (world, fleet, slow, journal) = stage().await;
        if lets_go != Verb::Approve {
            order(&fleet, holds, "lunch").await.unwrap();
            seconds(&world, &fleet, 5).await;
        }
        slow.takes(700);
        let (late, _) = meanwhile(&fleet, async {
            tokio::join!(
                order(&fleet, lets_go, "go"),
                after(1, order(&fleet, stops, "stay"))
            )
        })
        .await;
        let refused = late.unwrap_err();
        assert!(
            matches!(&refused, Refused::NotNow { why, .. } if why.contains("came before")),
            "{refused}"
        );
        slow.takes(0);
        world.minutes(&fleet, 10).await;
        let loaded = Records::new(journal).load().await.unwrap();
        let facts = loaded.plans["checkout"].facts.clone().unwrap();
        match lets_go {
            Verb::Resume => {
                assert!(facts.paused.is_some() && waits(&fleet, "checkout") == "Paused")
            }
            Verb::Unfreeze => {
                assert!(loaded.frozen.is_some() && waits(&fleet, "checkout") == "Frozen")
            }
            _ => assert!(facts.approvals.is_empty() && facts.abort.is_some() && world.share() == 0),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn orders_of_one_plan_that_come_together_all_count_and_are_all_in_the_journal() {
    let (world, fleet, slow, journal) = stage().await;
    slow.takes(600);
    let (approved, paused) = meanwhile(&fleet, async {
        tokio::join!(
            order(&fleet, Verb::Approve, "go"),
            after(5, order(&fleet, Verb::Pause, "lunch"))
        )
    })
    .await;
    approved.unwrap();
    paused.unwrap();
    slow.takes(0);
    world.minutes(&fleet, 2).await;
    let loaded = Records::new(Arc::clone(&journal)).load().await.unwrap();
    let facts = loaded.plans["checkout"].facts.clone().unwrap();
    assert!(
        facts.paused.is_some() && facts.approvals.len() == 1,
        "{facts:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn the_history_of_a_journal_that_stutters_has_no_gap_and_nothing_twice() {
    let (world, fleet, slow, journal) = stage().await;
    order(&fleet, Verb::Approve, "go").await.unwrap();
    for takes in [0, 1_600, 0, FOR_EVER, 0, 1_400, 2_900, 0] {
        slow.takes(takes);
        world.minutes(&fleet, 4).await;
    }
    slow.takes(0);
    world.minutes(&fleet, 60).await;
    let page = Page {
        limit: 1_000,
        newest_first: false,
        ..Page::default()
    };
    let history = Records::new(journal).events(None, page).await.unwrap();
    let numbers: Vec<u64> = history.iter().map(|e| e.seq).collect();
    assert_eq!(numbers, (1..=history.len() as u64).collect::<Vec<_>>());
    let told: std::collections::BTreeSet<_> =
        history.iter().map(|e| (e.at, &e.plan, &e.text)).collect();
    assert_eq!(told.len(), history.len(), "{history:#?}");
    assert_eq!(world.share(), 100);
}

#[tokio::test(start_paused = true)]
async fn news_are_taken_over_one_after_the_other() {
    let (world, fleet, slow, _) = stage().await;
    slow.takes(1_000);
    let (sender, news) = tokio::sync::mpsc::channel(4);
    for commit in ["b", "c"] {
        let news = sixshift_controller::News::Read(snapshot(commit, world.files()));
        sender.send(news).await.unwrap();
    }
    let mut inbox = Inbox {
        news: Some(news),
        ..Inbox::default()
    };
    let goal = Goal {
        until: Some(world.clock.now() + SignedDuration::from_secs(20)),
        ..Goal::default()
    };
    fleet
        .run(goal, &mut inbox, std::future::pending(), |_| {})
        .await;
    let commit = fleet.board().fleet().source.commit.clone().unwrap();
    assert_eq!(commit, "c".repeat(40));
}
