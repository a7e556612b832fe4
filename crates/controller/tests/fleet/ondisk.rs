//! A journal that can be made to fail: before it wrote, or after, when only the answer is lost.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
};

use sixshift_controller::journal::{
    Answer, Durability, Error, Item, Journal, Memory, Query, Write,
};

/// How a disk is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Disk {
    Fine,
    Full,
    /// It takes what is written, and says that it did not.
    Mute,
    /// Every second write is like that, the others are fine.
    Flaky,
}

/// A journal on a disk that fails. After a failure it works again once it was opened anew, as redb does.
#[derive(Debug)]
pub(crate) struct OnDisk {
    memory: Memory,
    disk: AtomicU8,
    is_open: AtomicU8,
    writes: AtomicU8,
}

impl OnDisk {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            memory: Memory::new().unwrap(),
            disk: AtomicU8::new(Disk::Fine as u8),
            is_open: AtomicU8::new(1),
            writes: AtomicU8::new(0),
        })
    }

    pub(crate) fn is(&self, disk: Disk) {
        self.disk.store(disk as u8, Ordering::Relaxed);
    }

    fn has(&self, disk: Disk) -> bool {
        self.disk.load(Ordering::Relaxed) == disk as u8
    }

    fn fails(&self) -> Error {
        self.is_open.store(0, Ordering::Relaxed);
        full()
    }

    fn opened(&self) -> Result<(), Error> {
        let is_open = self.is_open.load(Ordering::Relaxed) == 1;
        if is_open { Ok(()) } else { Err(full()) }
    }
}

fn full() -> Error {
    let source = io::Error::from(io::ErrorKind::StorageFull);
    Error::Store {
        operation: "write",
        source: Box::new(redb::Error::Io(source)),
    }
}

impl Journal for OnDisk {
    fn get<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Item>> {
        Box::pin(async move {
            self.opened()?;
            self.memory.get(key).await
        })
    }

    fn query<'a>(&'a self, query: &'a Query) -> Answer<'a, Vec<Item>> {
        Box::pin(async move {
            self.opened()?;
            self.memory.query(query).await
        })
    }

    fn write<'a>(&'a self, writes: &'a [Write], durability: Durability) -> Answer<'a, ()> {
        Box::pin(async move {
            self.opened()?;
            if self.has(Disk::Full) {
                return Err(self.fails());
            }
            self.memory.write(writes, durability).await?;
            let turn = self.writes.fetch_add(1, Ordering::Relaxed);
            if self.has(Disk::Mute) || (self.has(Disk::Flaky) && turn % 2 == 1) {
                return Err(self.fails());
            }
            Ok(())
        })
    }

    fn settle(&self) -> Answer<'_, ()> {
        Box::pin(async move {
            self.opened()?;
            self.memory.settle().await
        })
    }

    fn reopen(&self) -> Answer<'_, ()> {
        Box::pin(async move {
            if self.has(Disk::Full) {
                return Err(full());
            }
            self.is_open.store(1, Ordering::Relaxed);
            Ok(())
        })
    }
}
