//! What neither git nor AWS can know: what people ordered, the last good plans, what happened.
//!
//! - [`Journal`]: a table of items under keys, with no more than a DynamoDB table can give. [`File`] keeps it on one machine's
//!   disk, [`Memory`] nowhere.
//! - [`Records`]: what is kept, in types. Everybody but this module speaks with [`Records`].
//!
//! What must not be here: what any of it means for a plan. The format is docs/reference/journal.md.

mod error;
mod file;
mod held;
mod history;
mod items;
mod memory;
mod record;
mod records;

use std::{fmt, future::Future, pin::Pin};

pub use error::Error;
pub use file::File;
pub use history::{Bounds, Page};
pub use memory::Memory;
pub use record::{Held, KnownPlan, Loaded, PlanFacts, PlanText, Said, Save, Waits};
pub use records::Records;

/// The most writes in one [`Journal::write`], as in DynamoDB's `TransactWriteItems`.
pub const MOST_WRITES: usize = 100;
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
}

impl Write {
    /// Puts a value.
    #[must_use]
    pub fn put(key: impl Into<String>, expect: Expect, value: impl Into<Vec<u8>>) -> Self {
        Self {
            key: key.into(),
            expect,
            value: Some(value.into()),
        }
    }

    /// Deletes an item.
    #[must_use]
    pub fn delete(key: impl Into<String>, expect: Expect) -> Self {
        Self {
            key: key.into(),
            expect,
            value: None,
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
