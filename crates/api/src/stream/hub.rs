//! The board's changes, rendered once each.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, Weak},
    time::Duration,
};

use jiff::Timestamp;
use sixshift_controller::{Change, PlanView, event::Event};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, broadcast},
    time::Instant,
};

use super::frame::{About, Frame, Position, render};
use crate::{
    app::App,
    model::{Fleet, Gone, Snapshot},
    problem::Refusal,
    view,
};

/// Frames that a reader may be behind; all readers share them.
const FRAMES: usize = 1_024;
/// The fleet's counts follow its plans at most so often.
const FLEET_EVERY: Duration = Duration::from_millis(250);

/// What readers read from.
pub(crate) struct Hub {
    rendered: RwLock<Rendered>,
    frames: broadcast::Sender<Frame>,
    streams: Arc<Semaphore>,
}

/// The newest of everything.
#[derive(Default)]
struct Rendered {
    at: Position,
    plans: BTreeMap<Arc<str>, Frame>,
    /// The version that was newest when a plan was last taken down: who knows only older ones must begin anew.
    gone_at: u64,
    /// As it was last sent: without its time, and the frame.
    fleet: Option<(Fleet, Frame)>,
    /// What a new reader is sent first, until something changes.
    snapshot: Option<bytes::Bytes>,
    /// How often anything has changed.
    changes: u64,
}

impl Rendered {
    fn changed(&mut self) {
        self.snapshot = None;
        self.changes += 1;
    }
}

impl Hub {
    /// An empty one for so many readers; `process` tells this process from those before.
    pub(crate) fn new(process: u32, streams: usize) -> Self {
        let rendered = Rendered {
            at: Position {
                process,
                ..Position::default()
            },
            ..Rendered::default()
        };
        Self {
            rendered: RwLock::new(rendered),
            frames: broadcast::channel(FRAMES).0,
            streams: Arc::new(Semaphore::new(streams)),
        }
    }

    /// A place for one more reader.
    pub(crate) fn place(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        let place = Arc::clone(&self.streams).try_acquire_owned();
        place.map_err(|_| Refusal::unavailable("as many streams are open as there may be"))
    }

    /// Frames from now on.
    pub(super) fn subscribe(&self) -> broadcast::Receiver<Frame> {
        self.frames.subscribe()
    }

    /// Ends every stream.
    pub(crate) fn end(&self) {
        let _ = self.frames.send(Frame::end());
    }

    /// Has every reader see whether it may still read.
    pub(crate) fn judge(&self, app: &App) {
        self.send(Frame::judge());
        self.fleet(app);
    }

    /// Where a reader is that knows everything.
    pub(crate) fn at(&self) -> Position {
        self.read().at
    }

    /// Whether what came after a position is enough for a reader who was there.
    pub(super) fn can_resume(&self, from: Position) -> bool {
        let rendered = self.read();
        let at = rendered.at;
        // At the version itself it may or may not have heard of the end.
        from.process == at.process && from.version <= at.version && from.version > rendered.gone_at
    }

    /// The next plan after a name that is newer than a version.
    pub(super) fn next_plan(
        &self,
        after: Option<&str>,
        newer_than: u64,
    ) -> Option<(Arc<str>, Frame)> {
        let rendered = self.read();
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut rest = rendered.plans.range::<str, _>((from, Bound::Unbounded));
        let newer = rest.find(|(_, frame)| frame.at.version > newer_than);
        newer.map(|(name, frame)| (Arc::clone(name), frame.clone()))
    }

    /// What a new reader is sent first.
    pub(super) fn snapshot(&self, app: &App, only: Option<&str>) -> bytes::Bytes {
        let made = |names: Vec<String>| {
            let fleet = app.fleet();
            let snapshot = Snapshot {
                fleet,
                plans: names,
            };
            bytes::Bytes::from(render("snapshot", &snapshot))
        };
        if let Some(name) = only {
            let there = self.read().plans.contains_key(name);
            return made(there.then(|| name.to_owned()).into_iter().collect());
        }
        let (kept, changes, names) = {
            let r = self.read();
            let names = || r.plans.keys().map(ToString::to_string).collect();
            let needed = r.snapshot.is_none();
            (r.snapshot.clone(), r.changes, needed.then(names))
        };
        if let Some(bytes) = kept {
            return bytes;
        }
        let bytes = made(names.unwrap_or_default());
        self.write(|r| {
            if r.changes == changes {
                r.snapshot = Some(bytes.clone());
            }
        });
        bytes
    }

    /// The fleet, for a reader who has the rest.
    pub(super) fn newest_fleet(&self) -> Option<bytes::Bytes> {
        let rendered = self.read();
        rendered.fleet.as_ref().map(|(_, frame)| frame.without_id())
    }

    fn read(&self) -> RwLockReadGuard<'_, Rendered> {
        self.rendered.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write<T>(&self, change: impl FnOnce(&mut Rendered) -> T) -> T {
        let mut rendered = self
            .rendered
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        change(&mut rendered)
    }

    fn send(&self, frame: Frame) {
        // Nobody listening is fine.
        let _ = self.frames.send(frame);
    }

    /// Changes come in the order of their versions, so the newest is where a reader is who has them all.
    fn plan(&self, plan: &PlanView) {
        let name: Arc<str> = plan.name.as_str().into();
        let line = view::summary(plan);
        let frame = self.write(|r| {
            let is_known = |f: &Frame| f.at.version >= plan.version;
            if r.plans.get(&name).is_some_and(is_known) {
                return None;
            }
            r.at.version = r.at.version.max(plan.version);
            r.changed();
            let frame = Frame::new(About::Plan(Arc::clone(&name)), r.at, "plan", &line);
            r.plans.insert(name, frame.clone());
            Some(frame)
        });
        frame.into_iter().for_each(|f| self.send(f));
    }

    fn gone(&self, name: &str) {
        let frame = self.write(|r| {
            r.plans.remove(name)?;
            r.changed();
            r.gone_at = r.at.version;
            let gone = Gone {
                name: name.to_owned(),
            };
            Some(Frame::new(About::Plan(name.into()), r.at, "gone", &gone))
        });
        frame.into_iter().for_each(|f| self.send(f));
    }

    fn event(&self, event: &Event) {
        let shown = view::event(event);
        let frame = self.write(|r| {
            r.at.seq = r.at.seq.max(event.seq);
            let plan = event.plan.as_deref().map(Arc::from);
            Frame::new(About::Event(plan), r.at, "event", &shown)
        });
        self.send(frame);
    }

    fn fleet(&self, app: &App) {
        let fleet = app.fleet();
        let timeless = Fleet {
            now: Timestamp::UNIX_EPOCH,
            ..fleet.clone()
        };
        let frame = self.write(|r| {
            if r.fleet.as_ref().is_some_and(|(f, _)| *f == timeless) {
                return None;
            }
            r.changed();
            let frame = Frame::new(About::Fleet, r.at, "fleet", &fleet);
            r.fleet = Some((timeless, frame.clone()));
            Some(frame)
        });
        frame.into_iter().for_each(|f| self.send(f));
    }

    /// Reads the whole board: at the beginning, and after changes were missed.
    fn catch_up(&self, app: &App) {
        let mut plans = app.api.board.plans();
        plans.sort_by_key(|p| p.version);
        for plan in &plans {
            self.plan(plan);
        }
        let names: Vec<Arc<str>> = self.read().plans.keys().cloned().collect();
        let is_there: BTreeSet<&str> = plans.iter().map(|p| p.name.as_str()).collect();
        for name in names.iter().filter(|n| !is_there.contains(&***n)) {
            self.gone(name);
        }
        self.fleet(app);
    }
}

/// Keeps the hub current for as long as the app lives.
pub(crate) async fn keep_current(app: Weak<App>) {
    let Some(mut changes) = app.upgrade().map(|a| a.api.board.changes()) else {
        return;
    };
    let mut missed = true;
    let mut fleet_due: Option<Instant> = None;
    loop {
        {
            let Some(app) = app.upgrade() else { return };
            if std::mem::take(&mut missed) {
                app.hub.catch_up(&app);
            }
        }
        let due = async {
            match fleet_due {
                Some(at) => tokio::time::sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        let change = tokio::select! {
            change = changes.recv() => Some(change),
            () = due => None,
        };
        let Some(app) = app.upgrade() else { return };
        match change {
            None => {
                fleet_due = None;
                app.hub.fleet(&app);
            }
            Some(Err(broadcast::error::RecvError::Closed)) => return,
            Some(Err(broadcast::error::RecvError::Lagged(_))) => missed = true,
            Some(Ok(Change::Event(event))) => app.hub.event(&event),
            Some(Ok(change)) => {
                match change {
                    Change::Plan(plan) => app.hub.plan(&plan),
                    Change::Gone { name } => app.hub.gone(&name),
                    Change::Fleet(_) | Change::Event(_) => {}
                }
                fleet_due.get_or_insert_with(|| Instant::now() + FLEET_EVERY);
            }
        }
    }
}
