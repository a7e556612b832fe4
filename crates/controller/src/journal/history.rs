//! The history: every event twice, under its number and under its plan's, so that either list pages by itself; the oldest go.
//!
//! What belongs here: which writes an event needs, and how a page is read. When they are made is
//! [`Records`](super::Records)' matter.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::{
    Error, Expect, Item, Journal, Query, Write,
    record::{decode, encode, name, segment},
};
use crate::event::Event;

const EVENTS: &str = "event/";
const PLAN_EVENTS: &str = "plan-event/";
/// Read at once while counting.
const CHUNK: usize = 1_000;
/// Events on one page, at most.
const LARGEST_PAGE: usize = 1_000;
/// How long a journal that forgets by itself keeps an event.
const KEPT: SignedDuration = SignedDuration::from_hours(400 * 24);
/// Old events that go with a new one, at most: two lists of them and the new one stay far below the most writes.
const MOST_GONE: u64 = 8;

/// How many events are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Of one plan.
    pub per_plan: u64,
    /// In all.
    pub whole: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            per_plan: 5_000,
            whole: 100_000,
        }
    }
}

/// Which events to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Only newer ones than this number.
    pub after: Option<u64>,
    /// Only older ones than this number.
    pub before: Option<u64>,
    /// At most so many; more than 1,000 are never given.
    pub limit: usize,
    /// From the newest to the oldest.
    pub newest_first: bool,
}

impl Default for Page {
    /// The newest hundred, newest first.
    fn default() -> Self {
        Self {
            after: None,
            before: None,
            limit: 100,
            newest_first: true,
        }
    }
}

/// How much there is: counted once, then kept in step.
#[derive(Debug, Default)]
pub(super) struct History {
    pub(super) last: u64,
    whole: u64,
    per_plan: BTreeMap<String, u64>,
}

/// An event on its way into the journal.
#[derive(Debug)]
pub(super) struct Appending {
    pub(super) event: Event,
    pub(super) writes: Vec<Write>,
    gone: BTreeMap<u64, Option<String>>,
}

impl History {
    pub(super) async fn counted(journal: &dyn Journal) -> Result<Self, Error> {
        if journal.forgets() {
            return Self::by_its_end(journal).await;
        }
        let mut history = Self::default();
        for item in all(journal, EVENTS).await? {
            history.whole += 1;
            history.last = number(&item.key);
        }
        for item in all(journal, PLAN_EVENTS).await? {
            let plan = item.key.strip_prefix(PLAN_EVENTS).unwrap_or_default();
            let plan = plan.split('/').next().unwrap_or_default();
            *history.per_plan.entry(name(plan)).or_default() += 1;
        }
        Ok(history)
    }

    /// What goes by itself needs no counting.
    async fn by_its_end(journal: &dyn Journal) -> Result<Self, Error> {
        let newest = Query {
            prefix: EVENTS.to_owned(),
            after: None,
            descending: true,
            limit: 1,
        };
        let newest = journal.query(&newest).await?;
        Ok(Self {
            last: newest.first().map_or(0, |item| number(&item.key)),
            ..Self::default()
        })
    }

    /// What it takes to append an event.
    pub(super) async fn appending(
        &self,
        journal: &dyn Journal,
        bounds: Bounds,
        mut event: Event,
    ) -> Result<Appending, Error> {
        event.seq = self.last + 1;
        let gone = if journal.forgets() {
            BTreeMap::new()
        } else {
            self.gone(journal, bounds, event.plan.as_deref()).await?
        };
        let mut writes = Vec::new();
        for key in keys(event.seq, event.plan.as_deref()) {
            let value = encode(&key, &event)?;
            // Where something is, somebody else writes to this journal, too.
            writes.push(Write {
                expires: event.at.saturating_add(KEPT).ok(),
                ..Write::put(key, Expect::Absent, value)
            });
        }
        for (seq, plan) in &gone {
            let old = keys(*seq, plan.as_deref());
            writes.extend(old.map(|key| Write::delete(key, Expect::Anything)));
        }
        Ok(Appending {
            event,
            writes,
            gone,
        })
    }

    /// The journal took it.
    pub(super) fn appended(&mut self, done: &Appending) {
        self.last = done.event.seq;
        self.whole += 1;
        if let Some(plan) = &done.event.plan {
            *self.per_plan.entry(plan.clone()).or_default() += 1;
        }
        for plan in done.gone.values() {
            self.whole = self.whole.saturating_sub(1);
            let left = plan.as_ref().and_then(|plan| self.per_plan.get_mut(plan));
            if let Some(left) = left {
                *left = left.saturating_sub(1);
            }
        }
        self.per_plan.retain(|_, left| *left > 0);
    }

    /// Which old events go when one more of this plan comes.
    async fn gone(
        &self,
        journal: &dyn Journal,
        bounds: Bounds,
        plan: Option<&str>,
    ) -> Result<BTreeMap<u64, Option<String>>, Error> {
        let mut gone = BTreeMap::new();
        if let Some(plan) = plan {
            let kept = self.per_plan.get(plan).copied().unwrap_or_default() + 1;
            let over = kept.saturating_sub(bounds.per_plan).min(MOST_GONE);
            for old in oldest(journal, &prefix(Some(plan)), over).await? {
                gone.insert(number(&old.key), Some(plan.to_owned()));
            }
        }
        let already = gone.len() as u64;
        let kept = (self.whole + 1).saturating_sub(already);
        let over = kept.saturating_sub(bounds.whole).min(MOST_GONE);
        if over > 0 {
            // Some of the oldest may be among those that go already.
            let old = oldest(journal, EVENTS, over + already).await?;
            for item in old {
                if gone.len() as u64 == over + already {
                    break;
                }
                let event: Event = decode(&item)?;
                gone.entry(event.seq).or_insert(event.plan);
            }
        }
        Ok(gone)
    }
}

/// A page of the fleet's events or of one plan's.
pub(super) async fn page(
    journal: &dyn Journal,
    plan: Option<&str>,
    page: Page,
) -> Result<Vec<Event>, Error> {
    let prefix = prefix(plan);
    let from = if page.newest_first {
        page.before
    } else {
        page.after
    };
    let query = Query {
        after: from.map(|seq| format!("{prefix}{seq:020}")),
        prefix,
        descending: page.newest_first,
        limit: page.limit.min(LARGEST_PAGE),
    };
    let wanted = |item: &Item| {
        let seq = number(&item.key);
        page.after.is_none_or(|after| seq > after) && page.before.is_none_or(|before| seq < before)
    };
    let found = journal.query(&query).await?;
    found.iter().take_while(|i| wanted(i)).map(decode).collect()
}

fn prefix(plan: Option<&str>) -> String {
    plan.map_or_else(
        || EVENTS.to_owned(),
        |plan| format!("{PLAN_EVENTS}{}/", segment(plan)),
    )
}

/// Under which keys an event is kept.
fn keys(seq: u64, plan: Option<&str>) -> impl Iterator<Item = String> {
    let of_plan = plan.map(|plan| prefix(Some(plan)));
    [Some(prefix(None)), of_plan]
        .into_iter()
        .flatten()
        .map(move |prefix| format!("{prefix}{seq:020}"))
}

/// The number at the end of an event's key.
fn number(key: &str) -> u64 {
    let digits = key.rsplit('/').next().unwrap_or_default();
    digits.parse().unwrap_or_default()
}

async fn oldest(journal: &dyn Journal, prefix: &str, count: u64) -> Result<Vec<Item>, Error> {
    if count == 0 {
        return Ok(Vec::new());
    }
    let query = Query {
        prefix: prefix.to_owned(),
        after: None,
        descending: false,
        limit: usize::try_from(count).unwrap_or(usize::MAX),
    };
    journal.query(&query).await
}

/// Every item whose key begins with this.
pub(super) async fn all(journal: &dyn Journal, prefix: &str) -> Result<Vec<Item>, Error> {
    let mut query = Query {
        prefix: prefix.to_owned(),
        after: None,
        descending: false,
        limit: CHUNK,
    };
    let mut items = Vec::new();
    loop {
        let found = journal.query(&query).await?;
        let is_last = found.len() < CHUNK;
        query.after = found.last().map(|item| item.key.clone());
        items.extend(found);
        if is_last {
            return Ok(items);
        }
    }
}
