//! The journal in types: load everything at the start, save what people said before it counts, append and page events.
//!
//! What belongs here too: that an error leaves no gap and makes nothing double, whatever of the failed write is there. What
//! must not: when something is tried again.

use std::{collections::BTreeMap, sync::Arc};

use tokio::sync::Mutex;

use super::{
    Bounds, Durability, Error, Expect, Heard, Item, Journal, Loaded, Page, Save, Write,
    history::{self, History},
    record::{self, FACTS, FLEET, HEARD, JOURNAL, PLANS},
};
use crate::event::{Event, EventKind};

/// What is kept. Cheap to clone; may be read from any thread while the loop writes.
#[derive(Clone, Debug)]
pub struct Records(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    journal: Arc<dyn Journal>,
    bounds: Bounds,
    /// Held while something is written, so that an event's number is its own.
    tail: Mutex<Tail>,
}

/// The end of the history.
#[derive(Debug, Default)]
struct Tail {
    /// `None`: to be counted, at the start and after an error.
    history: Option<History>,
    /// Events that were taken and not flushed yet: an error of the store may take them along.
    unsettled: Vec<Event>,
    /// An event whose write failed. It may be there all the same: only the answer was lost.
    tried: Option<Event>,
}

/// Events that may wait for a flush.
const MOST_UNSETTLED: usize = 100;

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
            tail: Mutex::default(),
        }))
    }

    /// Everything that a start needs. An empty journal is marked as begun, so it is new only once.
    ///
    /// # Errors
    /// It cannot be read, or not be written to.
    pub async fn load(&self) -> Result<Loaded, Error> {
        let loaded = self.peek().await?;
        if loaded.new {
            let begun = record::encode(JOURNAL, &())?;
            let begun = Write::put(JOURNAL, Expect::Absent, begun);
            self.0.journal.write(&[begun], Durability::Now).await?;
        }
        Ok(loaded)
    }

    /// The same for whoever only looks on.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn peek(&self) -> Result<Loaded, Error> {
        let journal = &*self.0.journal;
        let mut loaded = Loaded {
            new: journal.get(JOURNAL).await?.is_none(),
            last_event: self.last_event().await?,
            ..Loaded::default()
        };
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
        let mut tail = self.0.tail.lock().await;
        let counted = History::counted(&*self.0.journal).await?;
        Ok(tail.history.insert(counted).last)
    }

    /// Keeps all of this, and the event that tells of it, in one step or not at all. An event comes back with its number.
    /// What is saved outlives a crash as soon as this is answered. Of several saves in one place the last one counts.
    ///
    /// # Errors
    /// The journal did not take it, or did and could not say so: to save the same once more does no harm.
    pub async fn save(
        &self,
        saves: Vec<Save>,
        event: Option<Event>,
    ) -> Result<Option<Event>, Error> {
        let durability = match &event {
            Some(event) if saves.is_empty() => durability(event.kind),
            _ => Durability::Now,
        };
        self.write(saves, event, durability).await
    }

    /// As [`Records::save`], for an event that is late already: without saves it is flushed with what comes after it.
    ///
    /// # Errors
    /// As there.
    pub async fn save_late(
        &self,
        saves: Vec<Save>,
        event: Option<Event>,
    ) -> Result<Option<Event>, Error> {
        let durability = if saves.is_empty() {
            Durability::Soon
        } else {
            Durability::Now
        };
        self.write(saves, event, durability).await
    }

    async fn write(
        &self,
        saves: Vec<Save>,
        event: Option<Event>,
        durability: Durability,
    ) -> Result<Option<Event>, Error> {
        let mut writes = BTreeMap::new();
        for save in saves {
            let places = save.writes()?.into_iter();
            writes.extend(places.map(|write| (write.key.clone(), write)));
        }
        let mut tail = self.0.tail.lock().await;
        // On an error nobody knows what is there by now: it stays `None`, and is counted again.
        let mut history = match tail.history.take() {
            Some(history) => history,
            None => self.counted(&tail.unsettled).await?,
        };
        let written = match event {
            None => None,
            Some(event) => match self.is_there(&history, tail.tried.as_ref(), &event).await? {
                Some(there) => Some(there),
                None => {
                    let (journal, bounds) = (&*self.0.journal, self.0.bounds);
                    let appending = history.appending(journal, bounds, event).await?;
                    let places = appending.writes.iter();
                    writes.extend(places.map(|write| (write.key.clone(), write.clone())));
                    tail.tried = Some(appending.event.clone());
                    history.appended(&appending);
                    Some(appending.event)
                }
            },
        };
        let durability = match durability {
            Durability::Soon if tail.unsettled.len() < MOST_UNSETTLED => Durability::Soon,
            _ => Durability::Now,
        };
        let writes: Vec<Write> = writes.into_values().collect();
        self.0.journal.write(&writes, durability).await?;
        match durability {
            Durability::Now => tail.unsettled.clear(),
            Durability::Soon => tail.unsettled.extend(written.clone()),
        }
        // What was tried may be there all the same: the next event's write has to find out.
        if written.is_some() {
            tail.tried = None;
        }
        tail.history = Some(history);
        Ok(written)
    }

    /// Counts the history, and writes again what was taken and is gone.
    async fn counted(&self, unsettled: &[Event]) -> Result<History, Error> {
        let journal = &*self.0.journal;
        let mut history = History::counted(journal).await?;
        for event in unsettled {
            if event.seq > history.last {
                let event = event.clone();
                let appending = history.appending(journal, self.0.bounds, event).await?;
                journal.write(&appending.writes, Durability::Soon).await?;
                history.appended(&appending);
            }
        }
        Ok(history)
    }

    /// The event as it is in the journal, where its write failed and had its effect.
    async fn is_there(
        &self,
        history: &History,
        tried: Option<&Event>,
        event: &Event,
    ) -> Result<Option<Event>, Error> {
        let Some(tried) = tried.filter(|t| t.seq == history.last && is_same(t, event)) else {
            return Ok(None);
        };
        let newest = Page {
            limit: 1,
            ..Page::default()
        };
        match self.events(None, newest).await {
            Ok(mut newest) => Ok(newest.pop().filter(|newest| newest == tried)),
            // Somebody else's, whatever it is.
            Err(error) if error.is_the_notes() => Ok(None),
            Err(error) => Err(error),
        }
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

    /// What each receiver of notifications has heard.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub async fn heard(&self) -> Result<BTreeMap<String, Heard>, Error> {
        let items = history::all(&*self.0.journal, HEARD).await?;
        let of = |item: &Item| {
            let name = record::name(item.key.strip_prefix(HEARD).unwrap_or_default());
            Ok((name, record::decode(item)?))
        };
        items.iter().map(of).collect()
    }

    /// Makes every event so far outlive a crash; costs nothing when all of them do. For the loop, before it waits, and at
    /// its end.
    ///
    /// # Errors
    /// The journal failed.
    pub async fn settle(&self) -> Result<(), Error> {
        let mut tail = self.0.tail.lock().await;
        if let Err(error) = self.0.journal.settle().await {
            tail.history = None;
            return Err(error);
        }
        tail.unsettled.clear();
        Ok(())
    }

    /// From now on only who has this lease's epoch writes, or one with a later epoch.
    ///
    /// # Errors
    /// A later one has the journal already, or it did not answer.
    pub async fn fence(&self, epoch: u64) -> Result<(), Error> {
        self.0.journal.fence(epoch).await
    }

    /// Makes the journal usable again after an error, where that takes anything; for whoever tries again.
    ///
    /// # Errors
    /// It still is not.
    pub async fn reopen(&self) -> Result<(), Error> {
        self.0.journal.reopen().await
    }
}

/// Whether two are one, whatever their numbers.
fn is_same(one: &Event, other: &Event) -> bool {
    let unnumbered = |event: &Event| Event {
        seq: 0,
        ..event.clone()
    };
    unnumbered(one) == unnumbered(other)
}

/// What was done or ordered must not be lost; what was seen can be seen again.
fn durability(kind: EventKind) -> Durability {
    match kind {
        EventKind::Acted
        | EventKind::Failed
        | EventKind::Vetoed
        | EventKind::Command
        | EventKind::Daemon => Durability::Now,
        EventKind::Phase
        | EventKind::Finding
        | EventKind::Waiting
        | EventKind::Verdict
        | EventKind::Source => Durability::Soon,
    }
}
