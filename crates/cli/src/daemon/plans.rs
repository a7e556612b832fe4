//! The thread that reads the source of plans: at its pace, at a hint, and when a folder changes.

use std::{thread, time::Duration};

use anyhow::Context;
use sixshift_controller::{
    Board, News,
    source::{Snapshot, Source},
};
use tokio::sync::mpsc;

/// News that wait for the loop, at most; the thread waits with the next.
const WAITING: usize = 4;

/// Reads a source for ever; the first time at once, unless `known` was read already. Ends when nobody takes the news any
/// more.
///
/// # Errors
/// No thread can be started.
pub(crate) fn watch(
    mut source: Source,
    known: bool,
    at_most_every: Duration,
    board: Board,
) -> anyhow::Result<mpsc::Receiver<News>> {
    let (told, news) = mpsc::channel(WAITING);
    let poll = source.poll().min(at_most_every);
    let waits = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()?;
    let reads = move || {
        let changed = source.changed();
        let mut wait = known;
        loop {
            if wait {
                waits.block_on(async {
                    tokio::select! {
                        () = tokio::time::sleep(poll) => {}
                        () = changed.notified() => {}
                        () = board.source_hinted() => {}
                    }
                });
            }
            wait = true;
            if told.blocking_send(read(&mut source)).is_err() {
                return;
            }
        }
    };
    thread::Builder::new()
        .name("source".to_owned())
        .spawn(reads)
        .context("cannot start the thread that reads the plans")?;
    Ok(news)
}

fn read(source: &mut Source) -> News {
    match source.fetch() {
        Ok(snapshot) => News::Read(snapshot),
        Err(error) => News::Failed(format!("{:#}", anyhow::Error::new(error))),
    }
}

/// The first snapshot of a source that must be there.
///
/// # Errors
/// It is not.
pub(crate) fn first(source: &mut Source) -> anyhow::Result<Snapshot> {
    source.fetch().context("cannot read the plans")
}
