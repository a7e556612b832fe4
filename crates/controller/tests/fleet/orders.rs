//! Every order under everything that may hold a plan: what its answer says is what AWS shows afterwards.

use std::{path::PathBuf, sync::Arc};

use sixshift_controller::{
    Fleet,
    command::{Order, Verb},
    event::{Event, EventKind},
    journal::Journal,
};
use sixshift_core::share::Share;

use crate::{
    ondisk::{Disk, OnDisk},
    world::{World, at_the_gate_with, memory, order, ordered, snapshot},
};

/// What holds the plan besides its gate.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Hold {
    Nothing,
    Frozen,
    Paused,
    PausedInGit,
    Vanished,
    /// The daemon was started again and its source cannot be read.
    Unread,
    /// The daemon was started again without its journal.
    Forgotten,
    /// The journal's disk is full.
    Unwritten,
}

const VERBS: [Verb; 7] = [
    Verb::Abort,
    Verb::Pause,
    Verb::Resume,
    Verb::Approve,
    Verb::Promote,
    Verb::Retry,
    Verb::Adopt,
];

struct Stage {
    world: World,
    fleet: Fleet,
    journal: Arc<dyn Journal>,
    disk: Arc<OnDisk>,
}

impl Stage {
    async fn held(hold: Hold) -> Self {
        let disk = OnDisk::new();
        let journal: Arc<dyn Journal> = Arc::clone(&disk) as _;
        let (world, fleet) = at_the_gate_with(&journal).await;
        let mut stage = Self {
            world,
            fleet,
            journal,
            disk,
        };
        match hold {
            Hold::Nothing => {}
            Hold::Frozen => {
                order(&stage.fleet, Verb::Freeze, "a release")
                    .await
                    .unwrap();
            }
            Hold::Paused => {
                order(&stage.fleet, Verb::Pause, "lunch").await.unwrap();
            }
            Hold::PausedInGit => stage.fleet.read(&snapshot("b", stage.paused())).await,
            Hold::Vanished => stage.fleet.read(&snapshot("b", Vec::new())).await,
            Hold::Unread => stage.fleet = stage.world.fleet(&stage.journal).await,
            Hold::Forgotten => {
                stage.journal = memory();
                stage.fleet = stage.world.fleet(&stage.journal).await;
                stage.fleet.read(&snapshot("a", stage.world.files())).await;
            }
            Hold::Unwritten => {
                stage.disk.is(Disk::Full);
                let event = Event::new(stage.world.clock.now(), EventKind::Daemon, "a note");
                stage.fleet.tell(event).await;
            }
        }
        stage.world.minutes(&stage.fleet, 2).await;
        stage
    }

    /// The plan's file with `paused: true`.
    fn paused(&self) -> Vec<(PathBuf, String)> {
        let mut files = self.world.files();
        for (_, text) in &mut files {
            *text += "  paused: true\n";
        }
        files
    }

    /// What holds it ends.
    async fn end(&self, hold: Hold) {
        match hold {
            Hold::Nothing | Hold::Forgotten => {}
            Hold::Unwritten => self.disk.is(Disk::Fine),
            Hold::Frozen => {
                order(&self.fleet, Verb::Unfreeze, "it is over")
                    .await
                    .unwrap();
            }
            Hold::Paused => {
                order(&self.fleet, Verb::Resume, "back").await.unwrap();
            }
            Hold::PausedInGit | Hold::Vanished | Hold::Unread => {
                self.fleet.read(&snapshot("c", self.world.files())).await;
            }
        }
    }

    async fn give(&self, verb: Verb) -> Result<String, String> {
        let to = (verb == Verb::Promote).then(|| Share::from_basis_points(5_000));
        let order = Order {
            to,
            ..ordered(verb, "because")
        };
        let answer = self.fleet.order(order).await;
        answer
            .map(|accepted| accepted.sentence)
            .map_err(|refused| refused.to_string())
    }
}

/// Where an order leads once nothing holds it.
fn leads_to(verb: Verb) -> i64 {
    match verb {
        Verb::Abort => 0,
        Verb::Approve => 100,
        Verb::Promote => 50,
        _ => 10,
    }
}

async fn does_what_it_says(hold: Hold, verb: Verb) {
    let stage = Stage::held(hold).await;
    let answer = stage.give(verb).await;
    let told = format!("{hold:?}, {}: {answer:?}", verb.name());
    stage.world.minutes(&stage.fleet, 10).await;
    // There is something to go back to.
    assert!(answer.is_ok() || verb != Verb::Abort, "{told}");
    match answer {
        Err(_) => assert_eq!(stage.world.share(), 10, "{told}"),
        Ok(sentence) if sentence.contains(", once ") => {
            assert_eq!(stage.world.share(), 10, "{told}");
            stage.end(hold).await;
            stage.world.minutes(&stage.fleet, 10).await;
            assert_eq!(stage.world.share(), leads_to(verb), "{told}");
        }
        Ok(_) => assert_eq!(stage.world.share(), leads_to(verb), "{told}"),
    }
}

async fn every_order_does_what_it_says(hold: Hold) {
    for verb in VERBS {
        does_what_it_says(hold, verb).await;
    }
}

/// A test a hold, so that they run side by side.
macro_rules! under {
    ($($name:ident: $hold:expr;)*) => {
        $(#[tokio::test(start_paused = true)]
        async fn $name() {
            every_order_does_what_it_says($hold).await;
        })*
    };
}

under! {
    what_an_orders_answer_says_is_what_aws_shows: Hold::Nothing;
    the_same_under_a_freeze: Hold::Frozen;
    the_same_under_a_pause: Hold::Paused;
    the_same_under_a_pause_in_git: Hold::PausedInGit;
    the_same_where_the_plan_is_gone: Hold::Vanished;
    the_same_where_the_source_cannot_be_read: Hold::Unread;
    the_same_where_the_journal_was_lost: Hold::Forgotten;
    the_same_where_the_journal_cannot_be_written: Hold::Unwritten;
}
