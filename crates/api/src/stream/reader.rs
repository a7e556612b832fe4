//! One reader: first what it lacks, then what is new. What it holds is a cursor and one page of events, whatever its pace.

use std::{convert::Infallible, sync::Arc, time::Duration};

use bytes::Bytes;
use futures::Stream;
use tokio::sync::{OwnedSemaphorePermit, broadcast};

use super::frame::{About, Frame, Position, id_only, render};
use crate::{app::App, auth::Caller, history::EventPage};

/// So that a load balancer does not take the silence for an end, and we notice that nobody is there any more.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Events that are read from the journal at once.
const PAGE: usize = 100;

/// What a reader gets next.
enum Next {
    /// Looks where it stands.
    Begin,
    /// Plans that are newer than its version, after a name.
    Plans(Option<Arc<str>>),
    /// Events that it has missed.
    Events,
    /// Its position, for it has everything.
    Mark,
    /// What is new.
    New,
    /// Nothing.
    Ended,
}

struct Reader {
    app: Arc<App>,
    caller: Caller,
    frames: broadcast::Receiver<Frame>,
    only: Option<String>,
    /// What it has; `None`: nothing of the plans.
    has: Option<Position>,
    /// The newest event that it has; `None`: it asks for none of the past.
    seq: Option<u64>,
    /// What it is led to before it gets what is new.
    until: Position,
    next: Next,
    _place: OwnedSemaphorePermit,
}

/// A reader's stream of bytes, for as long as the caller may read. `from` is where it was, `only` the plan that it is interested in.
pub(crate) fn frames(
    app: Arc<App>,
    caller: Caller,
    place: OwnedSemaphorePermit,
    only: Option<String>,
    from: Option<Position>,
) -> impl Stream<Item = Result<Bytes, Infallible>> + Send {
    let reader = Reader {
        frames: app.hub.subscribe(),
        only,
        has: from,
        seq: from.map(|f| f.seq),
        until: Position::default(),
        next: Next::Begin,
        _place: place,
        caller,
        app,
    };
    futures::stream::unfold(reader, |mut reader| async move {
        let bytes = reader.next().await?;
        Some((Ok(bytes), reader))
    })
}

impl Reader {
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            let step = match &self.next {
                Next::Begin => self.begin(),
                Next::Plans(after) => {
                    let after = after.clone();
                    self.plan(after.as_deref())
                }
                Next::Events => self.events().await,
                Next::Mark => {
                    self.next = Next::New;
                    Some(id_only(self.until))
                }
                Next::New => self.new_frame().await,
                Next::Ended => return None,
            };
            // A token may be gone, or a log-in over, since it waited.
            if !self.app.auth.still_reads(&self.caller) {
                return None;
            }
            if step.is_some() {
                return step;
            }
        }
    }

    /// Frames are subscribed to before this: what changes from here on is among them.
    fn begin(&mut self) -> Option<Bytes> {
        let hub = &self.app.hub;
        self.until = hub.at();
        self.next = Next::Plans(None);
        if self.has.is_some_and(|has| hub.can_resume(has)) {
            return hub.newest_fleet();
        }
        self.has = None;
        Some(hub.snapshot(&self.app, self.only.as_deref()))
    }

    fn plan(&mut self, after: Option<&str>) -> Option<Bytes> {
        let newer_than = self.has.map_or(0, |has| has.version);
        let Some((name, frame)) = self.app.hub.next_plan(after, newer_than) else {
            self.next = Next::Events;
            return None;
        };
        let wanted = self.only.as_deref().is_none_or(|only| *only == *name);
        self.next = Next::Plans(Some(name));
        wanted.then(|| frame.without_id())
    }

    async fn events(&mut self) -> Option<Bytes> {
        let Some(seq) = self.seq.filter(|seq| *seq < self.until.seq) else {
            self.seq = Some(self.until.seq);
            self.next = Next::Mark;
            return None;
        };
        let page = EventPage {
            plan: self.only.clone(),
            after: Some(seq),
            limit: PAGE,
            ..EventPage::default()
        };
        let events = self.app.events(page).await;
        let events = events.map(|page| page.items).unwrap_or_default();
        let Some(last) = events.last() else {
            self.seq = Some(self.until.seq);
            return None;
        };
        self.seq = Some(last.seq);
        let rendered = events.iter().map(|e| render("event", e));
        Some(rendered.flatten().collect())
    }

    async fn new_frame(&mut self) -> Option<Bytes> {
        let Ok(frame) = tokio::time::timeout(KEEP_ALIVE, self.frames.recv()).await else {
            return Some(Bytes::from_static(b": still here\n\n"));
        };
        match frame {
            Ok(frame) => self.take(&frame),
            Err(broadcast::error::RecvError::Lagged(_)) => {
                // Too slow: it begins anew, with the frames of now.
                self.frames = self.frames.resubscribe();
                self.has = None;
                self.next = Next::Begin;
                None
            }
            Err(broadcast::error::RecvError::Closed) => {
                self.next = Next::Ended;
                None
            }
        }
    }

    fn take(&mut self, frame: &Frame) -> Option<Bytes> {
        let (wanted, is_new) = match &frame.about {
            About::End => {
                self.next = Next::Ended;
                return None;
            }
            About::Standing => return None,
            About::Fleet => (true, true),
            About::Plan(name) => {
                let wanted = self.only.as_deref().is_none_or(|only| *only == **name);
                (wanted, frame.at.version >= self.until.version)
            }
            About::Event(plan) => {
                let wanted = self.only.is_none() || self.only.as_deref() == plan.as_deref();
                let is_new = self.seq.is_none_or(|seq| frame.at.seq > seq);
                self.seq = self.seq.max(Some(frame.at.seq));
                (wanted, is_new)
            }
        };
        (wanted && is_new).then(|| frame.bytes.clone())
    }
}
