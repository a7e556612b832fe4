//! The journal in types: load everything at the start, save what people said before it counts, append and page events.

use std::sync::Arc;

use tokio::sync::Mutex;

use super::{
    Bounds, Durability, Error, Expect, Journal, Loaded, Page, Save, Write,
    history::{self, History},
    record::{self, FACTS, FLEET, JOURNAL, PLANS},
};
use crate::event::{Event, EventKind};

/// What is kept. Cheap to clone; may be read from any thread while the loop writes.
#[derive(Clone, Debug)]
pub struct Records(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    journal: Arc<dyn Journal>,
    bounds: Bounds,
    /// `None`: to be counted. Held while an event is written, so that its number is its own.
    history: Mutex<Option<History>>,
}

impl Records {
    /// Over a journal, with a history of the usual length.
    #[must_use]
    pub fn new(journal: Arc<dyn Journal>) -> Self {
        Self::bounded(journal, Bounds::default())
    }

    /// Over a journal, with a history of another length.
    #[must_use]
    pub fn bounded(journal: Arc<dyn Journal>, bounds: Bounds) -> Self {
        Self(Arc::new(Inner {
            journal,
            bounds,
            history: Mutex::new(None),
        }))
    }

    /// Everything that a start needs. An empty journal is marked as begun, so it is new only once.
    ///
    /// # Errors
    /// It cannot be read, or not be written to.
    pub async fn load(&self) -> Result<Loaded, Error> {
        let journal = &*self.0.journal;
        let mut loaded = Loaded {
            new: journal.get(JOURNAL).await?.is_none(),
            last_event: self.last_event().await?,
            ..Loaded::default()
        };
        if loaded.new {
            let begun = record::encode(JOURNAL, &())?;
            let begun = Write::put(JOURNAL, Expect::Absent, begun);
            journal.write(&[begun], Durability::Now).await?;
        }
        if let Some(fleet) = journal.get(FLEET).await? {
            loaded.frozen = record::frozen(&fleet)?;
        }
        for item in history::all(journal, PLANS).await? {
            let name = record::name(item.key.strip_prefix(PLANS).unwrap_or_default());
            loaded.plans.entry(name).or_default().text = Some(record::decode(&item)?);
        }
        for item in history::all(journal, FACTS).await? {
            let name = record::name(item.key.strip_prefix(FACTS).unwrap_or_default());
            loaded.plans.entry(name).or_default().facts = Some(record::decode(&item)?);
        }
        Ok(loaded)
    }

    async fn last_event(&self) -> Result<u64, Error> {
        let mut history = self.0.history.lock().await;
        let counted = History::counted(&*self.0.journal).await?;
        Ok(history.insert(counted).last)
    }

    /// Keeps all of this, and the event that tells of it, in one step or not at all. An event comes back with its number.
    /// What is saved outlives a crash as soon as this is answered.
    ///
    /// # Errors
    /// The journal did not take it; nothing of it counts.
    pub async fn save(
        &self,
        saves: Vec<Save>,
        event: Option<Event>,
    ) -> Result<Option<Event>, Error> {
        let journal = &*self.0.journal;
        let durability = match &event {
            Some(event) if saves.is_empty() => durability(event.kind),
            _ => Durability::Now,
        };
        let mut writes = Vec::new();
        for save in saves {
            writes.extend(save.writes()?);
        }
        let Some(event) = event else {
            return journal.write(&writes, durability).await.map(|()| None);
        };
        let mut guard = self.0.history.lock().await;
        let mut history = match guard.take() {
            Some(history) => history,
            None => History::counted(journal).await?,
        };
        let mut appending = history.appending(journal, self.0.bounds, event).await?;
        writes.append(&mut appending.writes);
        // On an error nobody knows what is there by now: it stays `None`, and is counted again.
        journal.write(&writes, durability).await?;
        history.appended(&appending);
        *guard = Some(history);
        Ok(Some(appending.event))
    }

    /// Appends an event; it comes back with its number. What only tells of a look (a phase, a wait, a verdict, the source)
    /// may be lost in a crash until [`Records::settle`], the newest first; the rest is not.
    ///
    /// # Errors
    /// The journal did not take it.
    pub async fn append(&self, event: Event) -> Result<Event, Error> {
        let unnumbered = event.clone();
        let appended = self.save(Vec::new(), Some(event)).await?;
        Ok(appended.unwrap_or(unnumbered))
    }

    /// A page of the fleet's events, or of one plan's.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub async fn events(&self, plan: Option<&str>, page: Page) -> Result<Vec<Event>, Error> {
        history::page(&*self.0.journal, plan, page).await
    }

    /// Makes every event so far outlive a crash; costs nothing when all of them do. For the loop, before it waits, and at
    /// its end.
    ///
    /// # Errors
    /// The journal failed.
    pub async fn settle(&self) -> Result<(), Error> {
        self.0.journal.settle().await
    }
}

/// What was done or ordered must not be lost; what was seen can be seen again.
fn durability(kind: EventKind) -> Durability {
    match kind {
        EventKind::Acted
        | EventKind::Failed
        | EventKind::Vetoed
        | EventKind::Command
        | EventKind::Daemon => Durability::Now,
        EventKind::Phase | EventKind::Waiting | EventKind::Verdict | EventKind::Source => {
            Durability::Soon
        }
    }
}
