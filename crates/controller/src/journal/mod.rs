//! What neither git nor AWS can know: what people ordered, the last good plans, what happened.
//!
//! - [`Journal`]: a table of items under keys, with no more than a DynamoDB table can give. [`File`] keeps it on one machine's
//!   disk, [`DynamoDb`] in a table for several daemons, [`Memory`] nowhere.
//! - [`Records`]: what is kept, in types. Everybody but this module speaks with [`Records`], and about log-ins with [`Visitors`].
//!
//! What must not be here: what any of it means for a plan. The format is docs/reference/journal.md.

pub(crate) mod dynamodb;
mod error;
mod file;
mod held;
mod history;
mod items;
mod memory;
mod record;
mod records;
mod visitors;

use std::{collections::BTreeSet, fmt, future::Future, pin::Pin};

use jiff::Timestamp;

pub use dynamodb::{DynamoDb, TableAt};
pub use error::Error;
pub use file::File;
pub use history::{Bounds, Page};
pub use memory::Memory;
pub use record::{Called, Heard, Held, KnownPlan, Loaded, PlanFacts, PlanText, Said, Save, Waits};
pub use records::Records;
pub use visitors::Visitors;

/// The most writes in one [`Journal::write`]: DynamoDB's `TransactWriteItems` takes 100 items, and one of them is the fence.
pub const MOST_WRITES: usize = 99;
/// The most bytes of keys and values in one [`Journal::write`]: a transaction of DynamoDB's has 4 MB.
pub const MOST_BYTES: usize = 3_900_000;
/// The longest key in bytes, as of DynamoDB's sort keys.
pub const LONGEST_KEY: usize = 1_024;
/// The largest value in bytes: a DynamoDB item has 400 KB, with its key and its version.
pub const LARGEST_VALUE: usize = 390_000;

/// What a journal's operation ends in.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// A table of items, each with a version, ordered by their keys (`a/b/c`, compared byte by byte).
pub trait Journal: fmt::Debug + Send + Sync {
    /// The item under a key.
    fn get<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Item>>;

    /// Some of the items whose keys begin alike.
    fn query<'a>(&'a self, query: &'a Query) -> Answer<'a, Vec<Item>>;

    /// All of these writes, in one step, or none of them; at most [`MOST_WRITES`], each on a key of its own.
    fn write<'a>(&'a self, writes: &'a [Write], durability: Durability) -> Answer<'a, ()>;

    /// Makes every earlier write outlive a crash.
    fn settle(&self) -> Answer<'_, ()>;

    /// From now on only who has this lease's epoch writes, or one with a later epoch: whoever wrote before and does not know
    /// it yet is refused. Nothing where one process alone can have it open.
    fn fence(&self, _epoch: u64) -> Answer<'_, ()> {
        Box::pin(async { Ok(()) })
    }

    /// Whether it forgets by itself what says when it may go ([`Write::expires`]).
    fn forgets(&self) -> bool {
        false
    }

    /// Makes it usable again after it failed, where that takes anything; for whoever tries again. What was written with
    /// [`Durability::Soon`] and not settled may be gone then.
    fn reopen(&self) -> Answer<'_, ()> {
        Box::pin(async { Ok(()) })
    }
}

/// An item as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its key.
    pub key: String,
    /// 1 when it is first put, one more with each put. A deleted item that is put again begins anew.
    pub version: u64,
    /// Its value.
    pub value: Vec<u8>,
}

/// What must be under the key for a write to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Nothing.
    Absent,
    /// An item of this version.
    Version(u64),
    /// Whatever is there, or nothing.
    Anything,
}

/// One write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// Under which key.
    pub key: String,
    /// On which condition.
    pub expect: Expect,
    /// The new value; `None` deletes. To delete what is not there is no error.
    pub value: Option<Vec<u8>>,
    /// From when on a journal that forgets by itself may forget it.
    pub expires: Option<Timestamp>,
}

/// Whether any journal takes these writes.
fn check(writes: &[Write]) -> Result<(), Error> {
    let keys: BTreeSet<_> = writes.iter().map(|write| &write.key).collect();
    let size = |write: &Write| write.key.len() + write.value.as_ref().map_or(0, Vec::len);
    let bytes: usize = writes.iter().map(size).sum();
    if keys.len() < writes.len() || writes.len() > MOST_WRITES || bytes > MOST_BYTES {
        let writes = writes.len();
        return Err(Error::Writes { writes, bytes });
    }
    for write in writes {
        if write.key.is_empty() || write.key.len() > LONGEST_KEY {
            let key = write.key.chars().take(60).collect();
            return Err(Error::Key { key });
        }
        let bytes = write.value.as_ref().map_or(0, Vec::len);
        if bytes > LARGEST_VALUE {
            let key = write.key.clone();
            return Err(Error::TooLarge { key, bytes });
        }
    }
    Ok(())
}

impl Write {
    /// Puts a value.
    #[must_use]
    pub fn put(key: impl Into<String>, expect: Expect, value: impl Into<Vec<u8>>) -> Self {
        Self {
            key: key.into(),
            expect,
            value: Some(value.into()),
            expires: None,
        }
    }

    /// Deletes an item.
    #[must_use]
    pub fn delete(key: impl Into<String>, expect: Expect) -> Self {
        Self {
            key: key.into(),
            expect,
            value: None,
            expires: None,
        }
    }
}

/// When a write outlives a crash of the process or of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// As soon as it is answered.
    Now,
    /// With the next write that is [`Durability::Now`], or with [`Journal::settle`]; never before an earlier write.
    Soon,
}

/// Which items to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// What their keys begin with.
    pub prefix: String,
    /// Only those that come behind this key, in the order asked for.
    pub after: Option<String>,
    /// From the last key to the first.
    pub descending: bool,
    /// At most so many.
    pub limit: usize,
}
