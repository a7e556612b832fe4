//! A journal that takes no notes for a while: what stops or takes back is done all the same, nothing goes forward, and
//! afterwards the journal has everything.

use std::{collections::BTreeSet, sync::Arc};

use jiff::Timestamp;
use sixshift_controller::{
    Fleet,
    command::{Refused, Verb},
    event::{Event, EventKind},
    journal::{File, Journal, Loaded, Page, Records},
};
use sixshift_core::status::{Health, Phase};

use crate::world::{World, at_the_gate_with, order, promote, snapshot, status, waits};
use crate::{
    disk::SmallDisk,
    ondisk::{Disk, OnDisk},
};

/// At 10 % and at its gate, over a disk that is fine so far.
struct Stage {
    world: World,
    fleet: Fleet,
    disk: Arc<OnDisk>,
    journal: Arc<dyn Journal>,
}

impl Stage {
    async fn new() -> Self {
        let disk = OnDisk::new();
        let journal: Arc<dyn Journal> = Arc::clone(&disk) as _;
        let (world, fleet) = at_the_gate_with(&journal).await;
        Self {
            world,
            fleet,
            disk,
            journal,
        }
    }

    async fn minutes(&self, minutes: i64) {
        self.world.minutes(&self.fleet, minutes).await;
    }

    /// The disk is fine again; a while later.
    async fn heals(&self) {
        self.disk.is(Disk::Fine);
        self.minutes(3).await;
        assert_eq!(self.fleet.board().fleet().unwritten, None);
        assert_eq!(self.waiting(), 0);
    }

    /// Killed, and started again.
    async fn restarts(&mut self) {
        self.fleet = self.world.fleet(&self.journal).await;
        self.fleet.read(&snapshot("a", self.world.files())).await;
        self.minutes(10).await;
    }

    async fn loaded(&self) -> Loaded {
        Records::new(Arc::clone(&self.journal))
            .load()
            .await
            .unwrap()
    }

    /// The history, oldest first.
    async fn history(&self) -> Vec<Event> {
        let page = Page {
            limit: 1_000,
            newest_first: false,
            ..Page::default()
        };
        let records = Records::new(Arc::clone(&self.journal));
        records.events(None, page).await.unwrap()
    }

    /// How often the history tells something.
    async fn told(&self, text: &str) -> usize {
        let history = self.history().await;
        history.iter().filter(|e| e.text.starts_with(text)).count()
    }

    /// The figure of what waits.
    fn waiting(&self) -> u64 {
        let figures = self
            .fleet
            .board()
            .metrics()
            .render(self.world.clock.now(), None);
        let line = figures
            .lines()
            .find_map(|line| line.strip_prefix("sixshift_journal_unwritten "));
        line.unwrap().parse().unwrap()
    }
}

const BEGINS: &str = "the journal cannot be written";
const ENDS: &str = "the journal takes notes again";

#[tokio::test(start_paused = true)]
async fn an_abort_is_carried_out_though_the_journal_cannot_be_written_and_is_in_it_later() {
    let mut stage = Stage::new().await;
    stage.disk.is(Disk::Full);
    let accepted = order(&stage.fleet, Verb::Abort, "it smells").await.unwrap();
    let sentence = &accepted.sentence;
    assert!(
        sentence.starts_with("all traffic goes back to IPv4 now; the journal cannot"),
        "{sentence}"
    );
    assert!(sentence.contains("as soon as it can"), "{sentence}");
    stage.minutes(10).await;
    assert_eq!(stage.world.share(), 0);
    assert_eq!(status(&stage.fleet, "checkout").phase, Phase::RolledBack);
    assert!(stage.waiting() > 3);
    stage.heals().await;
    let loaded = stage.loaded().await;
    let abort = loaded.plans["checkout"]
        .facts
        .as_ref()
        .unwrap()
        .abort
        .clone();
    assert_eq!(abort.unwrap().reason, "it smells");
    assert_eq!(
        (
            stage.told("abort").await,
            stage.told("return traffic").await > 0
        ),
        (1, true)
    );
    stage.restarts().await;
    assert_eq!(waits(&stage.fleet, "checkout"), "RolledBack");
}

#[tokio::test(start_paused = true)]
async fn a_pause_and_a_freeze_hold_at_once_and_after_a_restart() {
    for (verb, kind) in [(Verb::Pause, "Paused"), (Verb::Freeze, "Frozen")] {
        for disk in [Disk::Full, Disk::Mute] {
            let mut stage = Stage::new().await;
            order(&stage.fleet, Verb::Approve, "go").await.unwrap();
            stage.disk.is(disk);
            order(&stage.fleet, verb, "not now").await.unwrap();
            stage.minutes(10).await;
            assert_eq!(stage.world.share(), 10, "{kind}");
            stage.heals().await;
            assert_eq!(waits(&stage.fleet, "checkout"), kind);
            stage.restarts().await;
            assert_eq!(waits(&stage.fleet, "checkout"), kind, "{disk:?}");
            assert_eq!(stage.world.share(), 10, "{kind}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn traffic_does_not_rise_while_the_journal_cannot_be_written_and_does_afterwards() {
    let stage = Stage::new().await;
    order(&stage.fleet, Verb::Approve, "go").await.unwrap();
    stage.disk.is(Disk::Full);
    stage.minutes(60).await;
    assert_eq!(stage.world.share(), 10);
    assert_eq!(waits(&stage.fleet, "checkout"), "JournalUnwritable");
    let status = status(&stage.fleet, "checkout");
    assert_eq!(status.health, Health::NeedsPerson);
    assert!(
        status.sentence.contains("no storage space"),
        "{}",
        status.sentence
    );
    let shown = stage.fleet.board().fleet().unwritten.clone().unwrap();
    assert!(shown.why.contains("no storage space"), "{}", shown.why);
    stage.heals().await;
    assert_eq!(stage.world.share(), 100);
}

#[tokio::test(start_paused = true)]
async fn what_would_go_forward_is_refused_and_does_not_count_after_a_restart_either() {
    for disk in [Disk::Full, Disk::Mute] {
        let mut stage = Stage::new().await;
        order(&stage.fleet, Verb::Pause, "lunch").await.unwrap();
        order(&stage.fleet, Verb::Freeze, "a release")
            .await
            .unwrap();
        stage.minutes(1).await;
        stage.disk.is(disk);
        for verb in [Verb::Unfreeze, Verb::Resume] {
            let refused = order(&stage.fleet, verb, "go").await.unwrap_err();
            assert!(
                matches!(&refused, Refused::Journal(why) if why.contains("no storage space")),
                "{refused}"
            );
        }
        stage.heals().await;
        assert_eq!(waits(&stage.fleet, "checkout"), "Frozen");
        let told = (
            stage.told("resume did not count").await,
            stage.told("unfreeze did not count").await,
        );
        assert_eq!(told, (1, 1));
        stage.restarts().await;
        assert_eq!(waits(&stage.fleet, "checkout"), "Frozen", "{disk:?}");
        order(&stage.fleet, Verb::Unfreeze, "go").await.unwrap();
        stage.minutes(2).await;
        assert_eq!(waits(&stage.fleet, "checkout"), "Paused", "{disk:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn approvals_and_promotions_are_refused() {
    let stage = Stage::new().await;
    stage.disk.is(Disk::Full);
    let refused = order(&stage.fleet, Verb::Approve, "go").await.unwrap_err();
    assert!(matches!(refused, Refused::Journal(_)), "{refused}");
    stage.minutes(2).await;
    let refused = promote(&stage.fleet, 50).await.unwrap_err();
    assert!(
        refused.to_string().contains("make room for the journal"),
        "{refused}"
    );
    stage.heals().await;
    assert_eq!(waits(&stage.fleet, "checkout"), "Approval");
    assert_eq!(stage.world.share(), 10);
}

#[tokio::test(start_paused = true)]
async fn an_order_is_taken_as_soon_as_somebody_made_room_without_a_wait() {
    let stage = Stage::new().await;
    stage.disk.is(Disk::Full);
    order(&stage.fleet, Verb::Pause, "lunch").await.unwrap();
    stage.disk.is(Disk::Fine);
    let accepted = order(&stage.fleet, Verb::Resume, "back").await.unwrap();
    let history = stage.history().await;
    let last = history.last().unwrap();
    assert_eq!((last.seq, last.text.as_str()), (accepted.event, "resume"));
    assert_eq!(stage.told("pause").await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_kill_meanwhile_loses_only_what_was_never_written() {
    let mut stage = Stage::new().await;
    order(&stage.fleet, Verb::Freeze, "a release")
        .await
        .unwrap();
    let before = stage.history().await;
    stage.disk.is(Disk::Full);
    order(&stage.fleet, Verb::Pause, "lunch").await.unwrap();
    stage.minutes(5).await;
    stage.disk.is(Disk::Fine);
    stage.journal.reopen().await.unwrap();
    stage.restarts().await;
    assert_eq!(stage.history().await[..before.len()], before);
    assert_eq!(stage.told("pause").await, 0);
    assert_eq!(waits(&stage.fleet, "checkout"), "Frozen");
    let refused = order(&stage.fleet, Verb::Resume, "back").await.unwrap_err();
    assert!(refused.to_string().contains("not paused"), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn a_daemon_that_ends_tries_once_more() {
    let stage = Stage::new().await;
    stage.disk.is(Disk::Full);
    order(&stage.fleet, Verb::Pause, "lunch").await.unwrap();
    stage.minutes(0).await;
    stage.disk.is(Disk::Fine);
    stage.minutes(0).await;
    let loaded = stage.loaded().await;
    let facts = loaded.plans["checkout"].facts.as_ref().unwrap();
    assert_eq!(facts.paused.as_ref().unwrap().reason, "lunch");
}

#[tokio::test(start_paused = true)]
async fn a_lost_reply_makes_nothing_double_and_leaves_no_gap() {
    let stage = Stage::new().await;
    for disk in [Disk::Mute, Disk::Flaky] {
        stage.disk.is(disk);
        order(&stage.fleet, Verb::Pause, "lunch").await.unwrap();
        stage.minutes(5).await;
        stage.disk.is(Disk::Fine);
        order(&stage.fleet, Verb::Resume, "back").await.unwrap();
        stage.minutes(5).await;
    }
    let history = stage.history().await;
    let numbers: Vec<u64> = history.iter().map(|e| e.seq).collect();
    let gapless: Vec<u64> = (1..=history.len() as u64).collect();
    assert_eq!(numbers, gapless);
    let different: BTreeSet<_> = history.iter().map(|e| (e.at, &e.plan, &e.text)).collect();
    assert_eq!(different.len(), history.len(), "{history:#?}");
    assert_eq!(
        (stage.told("pause").await, stage.told("resume").await),
        (2, 2)
    );
}

#[tokio::test(start_paused = true)]
async fn its_failing_and_its_healing_are_told_once_each() {
    let stage = Stage::new().await;
    for times in 1..=2 {
        stage.disk.is(Disk::Full);
        order(&stage.fleet, Verb::Pause, "lunch").await.unwrap();
        stage.minutes(60).await;
        stage.heals().await;
        assert_eq!(
            (stage.told(BEGINS).await, stage.told(ENDS).await),
            (times, times)
        );
        let history = stage.history().await;
        let ends = history.iter().rfind(|e| e.text.starts_with(ENDS)).unwrap();
        assert!(ends.text.ends_with(" were late"), "{}", ends.text);
        order(&stage.fleet, Verb::Resume, "back").await.unwrap();
        stage.minutes(2).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_new_plan_begins_nothing_before_the_journal_knows_it() {
    let disk = OnDisk::new();
    let journal: Arc<dyn Journal> = Arc::clone(&disk) as _;
    let world = World::new(1);
    let fleet = world.fleet(&journal).await;
    disk.is(Disk::Full);
    fleet.read(&snapshot("a", world.files())).await;
    world.minutes(&fleet, 20).await;
    assert_eq!(waits(&fleet, "checkout"), "JournalUnwritable");
    assert_eq!(world.made(), 0);
    disk.is(Disk::Fine);
    world.minutes(&fleet, 10).await;
    assert!(world.made() > 0);
    drop(fleet);
    let fleet = world.fleet(&journal).await;
    fleet.read(&snapshot("a", world.files())).await;
    world.minutes(&fleet, 30).await;
    assert_eq!(waits(&fleet, "checkout"), "Approval");
}

#[tokio::test(start_paused = true)]
async fn bad_evidence_takes_traffic_back_though_the_journal_cannot_be_written() {
    let stage = Stage::new().await;
    stage.disk.is(Disk::Full);
    order(&stage.fleet, Verb::Pause, "lunch").await.unwrap();
    stage.world.ipv6_turns_bad();
    stage.minutes(20).await;
    assert_eq!(stage.world.share(), 0);
    assert_eq!(status(&stage.fleet, "checkout").phase, Phase::RolledBack);
    stage.heals().await;
    assert!(stage.told("return traffic").await > 0);
}

/// The file's own: a real disk without a byte left.
#[tokio::test(start_paused = true)]
async fn on_a_real_disk_that_is_full_an_abort_is_done_and_written_once_there_is_room() {
    let Some(disk) = SmallDisk::mount() else {
        return;
    };
    let open = || File::open(&disk.journal(), Timestamp::UNIX_EPOCH).unwrap();
    let journal: Arc<dyn Journal> = Arc::new(open());
    let (world, fleet) = at_the_gate_with(&journal).await;
    disk.fill();
    while fleet.board().fleet().unwritten.is_none() {
        // The file has room of its own for a while.
        fleet
            .tell(Event::new(
                world.clock.now(),
                EventKind::Daemon,
                "x".repeat(50_000),
            ))
            .await;
    }
    order(&fleet, Verb::Freeze, "a release").await.unwrap();
    world.minutes(&fleet, 1).await;
    order(&fleet, Verb::Abort, "it smells").await.unwrap();
    world.minutes(&fleet, 10).await;
    assert_eq!(world.share(), 0);
    let why = fleet.board().fleet().unwritten.clone().unwrap().why;
    assert!(why.contains("No space left on device"), "{why}");
    disk.make_room();
    world.minutes(&fleet, 1).await;
    assert_eq!(fleet.board().fleet().unwritten, None);
    drop((fleet, journal));
    let journal: Arc<dyn Journal> = Arc::new(open());
    let fleet = world.fleet(&journal).await;
    fleet.read(&snapshot("a", world.files())).await;
    world.minutes(&fleet, 5).await;
    let view = fleet.board().plan("checkout").unwrap();
    assert_eq!(view.frozen.as_ref().unwrap().reason, "a release");
    assert_eq!(view.facts.abort.as_ref().unwrap().reason, "it smells");
}
