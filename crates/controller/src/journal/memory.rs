//! A journal that ends with the process: for simulated runs and tests, over the same code as the file's.

use redb::{Builder, backends::InMemoryBackend};

use super::{Answer, Durability, Error, Item, Journal, Query, Write, items::Items};

/// A journal in memory.
#[derive(Debug)]
pub struct Memory(Items);

impl Memory {
    /// An empty one.
    ///
    /// # Errors
    /// None that memory can have; the type is the file's.
    pub fn new() -> Result<Self, Error> {
        let database = Builder::new()
            .create_with_backend(InMemoryBackend::new())
            .map_err(Error::write)?;
        Items::new(database, |_| Ok(())).map(Self)
    }
}

impl Journal for Memory {
    fn get<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Item>> {
        Box::pin(async move { self.0.get(key) })
    }

    fn query<'a>(&'a self, query: &'a Query) -> Answer<'a, Vec<Item>> {
        Box::pin(async move { self.0.query(query) })
    }

    fn write<'a>(&'a self, writes: &'a [Write], durability: Durability) -> Answer<'a, ()> {
        Box::pin(async move { self.0.write(writes, durability) })
    }

    fn settle(&self) -> Answer<'_, ()> {
        Box::pin(async move { self.0.settle() })
    }
}
