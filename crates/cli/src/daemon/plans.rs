//! The thread that reads the source of plans: at its pace, at a hint, and when a folder changes.

use std::{
    sync::mpsc::{Receiver, RecvTimeoutError, Sender},
    thread,
    time::Duration,
};

use anyhow::Context;
use sixshift_controller::{
    Board, News,
    source::{Snapshot, Source},
};
use sixshift_core::status::duration;
use tokio::sync::mpsc;

/// News that wait for the loop, at most; the thread waits with the next.
const WAITING: usize = 4;

/// A source that has not answered for this long is told as one that cannot be read: a share or a disk that hangs says nothing.
const HANGS: Duration = Duration::from_secs(180);

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
    let changed = source.changed();
    let reader = Reader::new(move || read(&mut source))?;
    let reads = move || {
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
            if reader
                .read(HANGS, |news| told.blocking_send(news).ok())
                .is_none()
            {
                return;
            }
        }
    };
    spawn("source", reads)?;
    Ok(news)
}

/// A thread that reads when it is asked, and may hang.
struct Reader {
    ask: Sender<()>,
    answers: Receiver<News>,
}

impl Reader {
    fn new(mut read: impl FnMut() -> News + Send + 'static) -> anyhow::Result<Self> {
        let (ask, asked) = std::sync::mpsc::channel();
        let (answer, answers) = std::sync::mpsc::channel();
        spawn("source-reads", move || {
            for () in asked {
                if answer.send(read()).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { ask, answers })
    }

    /// Reads once; what takes too long is told before it ends. `None`: nobody takes the news, or gives any.
    fn read(&self, hangs: Duration, mut tell: impl FnMut(News) -> Option<()>) -> Option<()> {
        self.ask.send(()).ok()?;
        let news = match self.answers.recv_timeout(hangs) {
            Err(RecvTimeoutError::Timeout) => {
                let why = format!("it has not answered for {}", duration(hangs));
                tell(News::Failed(why))?;
                self.answers.recv().ok()?
            }
            news => news.ok()?,
        };
        tell(news)
    }
}

fn spawn(name: &str, does: impl FnOnce() + Send + 'static) -> anyhow::Result<()> {
    let thread = thread::Builder::new().name(name.to_owned()).spawn(does);
    thread.context("cannot start the thread that reads the plans")?;
    Ok(())
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

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn a_source_that_hangs_is_told_as_that_and_read_when_it_answers() {
        let (release, released) = channel();
        let reader = Reader::new(move || {
            released.recv().unwrap();
            News::Failed("it answers".to_owned())
        })
        .unwrap();
        let mut told = Vec::new();
        let ended = reader.read(Duration::from_millis(20), |news| {
            if told.is_empty() {
                release.send(()).unwrap();
            }
            told.push(news);
            Some(())
        });
        assert_eq!(ended, Some(()));
        let [News::Failed(why), News::Failed(answer)] = &told[..] else {
            panic!("{told:?}");
        };
        assert_eq!(answer, "it answers");
        assert!(why.starts_with("it has not answered for"), "{why}");
    }

    #[test]
    fn one_that_answers_is_read_once_each_time_and_no_more_when_nobody_listens() {
        let mut count = 0;
        let reader = Reader::new(move || {
            count += 1;
            News::Failed(count.to_string())
        })
        .unwrap();
        let mut told = Vec::new();
        for _ in 0..2 {
            let news = reader.read(HANGS, |news| {
                told.push(format!("{news:?}"));
                Some(())
            });
            assert_eq!(news, Some(()));
        }
        assert_eq!(told, [r#"Failed("1")"#, r#"Failed("2")"#]);
        assert_eq!(reader.read(HANGS, |_| None), None);
    }
}
