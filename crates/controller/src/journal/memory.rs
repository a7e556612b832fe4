//! A journal that ends with the process: for simulated runs and tests, over the same code as the file's.

use redb::{Builder, backends::InMemoryBackend};

use super::{
    Error,
    items::{Items, OverItems},
};

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

impl OverItems for Memory {
    fn with<T>(&self, work: impl FnOnce(&Items) -> Result<T, Error>) -> Result<T, Error> {
        work(&self.0)
    }
}
