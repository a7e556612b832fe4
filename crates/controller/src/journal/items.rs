//! Items in a redb database: what [`File`](super::File) and [`Memory`](super::Memory) share.
//!
//! The work is done inline, in the future's first poll: an operation takes microseconds, with a flush to disk a few
//! milliseconds. Threads of its own would let time pass under tokio's paused clock while the loop waits, and a simulated run
//! would no longer be the same run every time.

use std::{
    fmt,
    ops::Bound,
    sync::atomic::{AtomicU64, Ordering},
};

use redb::{Database, ReadableDatabase, ReadableTable, Table, TableDefinition, WriteTransaction};

use super::{Answer, Durability, Error, Expect, Item, Journal, Query, Write, check};

/// By the key's bytes: the version and the value.
const ITEMS: TableDefinition<'_, &[u8], (u64, &[u8])> = TableDefinition::new("items");
/// Writes that may wait for the next flush: what a crash can lose of the history, at most.
const MOST_UNSETTLED: u64 = 100;

type Bytes = Bound<Vec<u8>>;

/// An open database with a table of items.
#[derive(Debug)]
pub(super) struct Items {
    database: Database,
    unsettled: AtomicU64,
}

impl Items {
    /// Makes the table where there is none, together with whatever else `also` writes.
    pub(super) fn new(
        database: Database,
        also: impl FnOnce(&WriteTransaction) -> Result<(), redb::Error>,
    ) -> Result<Self, Error> {
        let transaction = begin(&database, Durability::Now)?;
        transaction.open_table(ITEMS).map_err(Error::write)?;
        also(&transaction).map_err(Error::write)?;
        transaction.commit().map_err(Error::write)?;
        let unsettled = AtomicU64::new(0);
        Ok(Self {
            database,
            unsettled,
        })
    }

    /// Whether it still works: after an error of its store it does not, however well the store is by then.
    pub(super) fn is_sound(&self) -> bool {
        self.write(&[], Durability::Now).is_ok()
    }

    fn get(&self, key: &str) -> Result<Option<Item>, Error> {
        let transaction = self.database.begin_read().map_err(Error::read)?;
        let table = transaction.open_table(ITEMS).map_err(Error::read)?;
        let found = table.get(key.as_bytes()).map_err(Error::read)?;
        Ok(found.map(|found| {
            let (version, value) = found.value();
            item(key.as_bytes(), version, value)
        }))
    }

    fn query(&self, query: &Query) -> Result<Vec<Item>, Error> {
        let Some(range) = range(query) else {
            return Ok(Vec::new());
        };
        let transaction = self.database.begin_read().map_err(Error::read)?;
        let table = transaction.open_table(ITEMS).map_err(Error::read)?;
        let range = (borrowed(&range.0), borrowed(&range.1));
        let mut found = table.range::<&[u8]>(range).map_err(Error::read)?;
        let mut items = Vec::new();
        while items.len() < query.limit {
            let next = if query.descending {
                found.next_back()
            } else {
                found.next()
            };
            let Some(next) = next else { break };
            let (key, stored) = next.map_err(Error::read)?;
            let (version, value) = stored.value();
            items.push(item(key.value(), version, value));
        }
        Ok(items)
    }

    fn write(&self, writes: &[Write], durability: Durability) -> Result<(), Error> {
        check(writes)?;
        let durability = match durability {
            Durability::Soon if self.unsettled.load(Ordering::Relaxed) < MOST_UNSETTLED => {
                Durability::Soon
            }
            _ => Durability::Now,
        };
        let transaction = begin(&self.database, durability)?;
        {
            let mut table = transaction.open_table(ITEMS).map_err(Error::write)?;
            // An error drops the transaction, and with it what was written so far.
            for write in writes {
                apply(&mut table, write)?;
            }
        }
        transaction.commit().map_err(Error::write)?;
        match durability {
            Durability::Soon => self.unsettled.fetch_add(1, Ordering::Relaxed),
            Durability::Now => self.unsettled.swap(0, Ordering::Relaxed),
        };
        Ok(())
    }

    fn settle(&self) -> Result<(), Error> {
        if self.unsettled.load(Ordering::Relaxed) == 0 {
            return Ok(());
        }
        // An empty transaction that is flushed takes along all that came before it.
        self.write(&[], Durability::Now)
    }
}

/// A journal that is nothing but [`Items`], wherever their database lies.
pub(super) trait OverItems: fmt::Debug + Send + Sync {
    /// Does something with them, if they can be reached.
    fn with<T>(&self, work: impl FnOnce(&Items) -> Result<T, Error>) -> Result<T, Error>;

    /// As [`Journal::reopen`].
    fn reopen(&self) -> Result<(), Error> {
        Ok(())
    }
}

impl<J: OverItems> Journal for J {
    fn get<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Item>> {
        Box::pin(async move { self.with(|items| items.get(key)) })
    }

    fn query<'a>(&'a self, query: &'a Query) -> Answer<'a, Vec<Item>> {
        Box::pin(async move { self.with(|items| items.query(query)) })
    }

    fn write<'a>(&'a self, writes: &'a [Write], durability: Durability) -> Answer<'a, ()> {
        Box::pin(async move { self.with(|items| items.write(writes, durability)) })
    }

    fn settle(&self) -> Answer<'_, ()> {
        Box::pin(async move { self.with(Items::settle) })
    }

    fn reopen(&self) -> Answer<'_, ()> {
        Box::pin(async move { OverItems::reopen(self) })
    }
}

fn begin(database: &Database, durability: Durability) -> Result<WriteTransaction, Error> {
    let mut transaction = database.begin_write().map_err(Error::write)?;
    let durability = match durability {
        Durability::Now => redb::Durability::Immediate,
        Durability::Soon => redb::Durability::None,
    };
    transaction
        .set_durability(durability)
        .map_err(Error::write)?;
    // With one phase, redb answers a damaged newest commit with the one before: an order that was taken would be gone
    // without a word. With two phases it refuses the file.
    transaction.set_two_phase_commit(true);
    Ok(transaction)
}

fn apply(
    table: &mut Table<'_, &'static [u8], (u64, &'static [u8])>,
    write: &Write,
) -> Result<(), Error> {
    let key = write.key.as_bytes();
    let found = table.get(key).map_err(Error::write)?;
    let found = found.map(|stored| stored.value().0);
    let holds = match write.expect {
        Expect::Absent => found.is_none(),
        Expect::Version(version) => found == Some(version),
        Expect::Anything => true,
    };
    if !holds {
        return Err(Error::Conflict {
            key: write.key.clone(),
            expected: write.expect,
            found,
        });
    }
    match &write.value {
        Some(value) => {
            let version = found.unwrap_or(0).saturating_add(1);
            table
                .insert(key, (version, value.as_slice()))
                .map_err(Error::write)?;
        }
        None => {
            table.remove(key).map_err(Error::write)?;
        }
    }
    Ok(())
}

fn item(key: &[u8], version: u64, value: &[u8]) -> Item {
    Item {
        key: String::from_utf8_lossy(key).into_owned(),
        version,
        value: value.to_vec(),
    }
}

/// The keys that are asked for; `None` where there can be none, for redb takes no range that ends before it begins.
fn range(query: &Query) -> Option<(Bytes, Bytes)> {
    let first = query.prefix.as_bytes().to_vec();
    let after = query.after.as_ref().map(|key| key.as_bytes().to_vec());
    let end = behind(&first);
    let range = match (after, query.descending) {
        (Some(after), false) if after >= first => (Bound::Excluded(after), end),
        (Some(after), true) if before(&after, &end) => {
            (Bound::Included(first), Bound::Excluded(after))
        }
        _ => (Bound::Included(first), end),
    };
    begins_before_it_ends(&range).then_some(range)
}

/// Behind every key with this prefix. No byte of UTF-8 is 255, so the last one can be raised.
fn behind(prefix: &[u8]) -> Bytes {
    let mut end = prefix.to_vec();
    match end.last_mut() {
        Some(last) => {
            *last = last.saturating_add(1);
            Bound::Excluded(end)
        }
        None => Bound::Unbounded,
    }
}

fn before(key: &[u8], end: &Bytes) -> bool {
    match end {
        Bound::Excluded(end) => key < end.as_slice(),
        _ => true,
    }
}

fn begins_before_it_ends(range: &(Bytes, Bytes)) -> bool {
    match &range.0 {
        Bound::Included(first) | Bound::Excluded(first) => before(first, &range.1),
        Bound::Unbounded => true,
    }
}

fn borrowed(bound: &Bytes) -> Bound<&[u8]> {
    bound.as_ref().map(Vec::as_slice)
}
