//! A file that this process holds for itself, whatever becomes of the database in it.
//!
//! redb gives its lock back with the database, which has to be closed and opened again after an error of the disk. Another
//! daemon that starts in that moment would have the journal, and two would move the same traffic. So the lock is ours, and
//! redb gets the file without one. Others' redb asks for the same lock, as of the whole file.
//!
//! What belongs here: the lock, and whether the file is still the one at its path. What must not: what is in it.

use std::{
    fs::{self, OpenOptions, TryLockError},
    io,
    path::Path,
};

use redb::{StorageBackend, backends::FileBackend};

/// An open file with our lock on it, until it is dropped.
#[derive(Debug)]
pub(super) struct Held(fs::File);

/// Why a file could not be held.
#[derive(Debug)]
pub(super) enum NotHeld {
    /// Somebody else holds it.
    Locked,
    /// The system says so.
    Io(io::Error),
}

impl From<io::Error> for NotHeld {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Held {
    /// Opens a file and locks it.
    pub(super) fn open(path: &Path, create: bool) -> Result<Self, NotHeld> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(create);
        // It is nobody else's matter who has logged in, and how that is signed.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.truncate(false).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(NotHeld::Locked),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }

    pub(super) fn len(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    pub(super) fn empty(&self) -> io::Result<()> {
        self.0.set_len(0)
    }

    /// Whether the file at a path is this one. What is written to a file without a name is lost with the process.
    pub(super) fn is_at(&self, path: &Path) -> io::Result<bool> {
        Ok(is_same(&self.0.metadata()?, &fs::metadata(path)?))
    }

    /// For a database in it.
    pub(super) fn backend(&self) -> io::Result<Unlocked> {
        let file = FileBackend::new(self.0.try_clone()?).map_err(io::Error::other)?;
        Ok(Unlocked(file))
    }
}

#[cfg(unix)]
fn is_same(ours: &fs::Metadata, found: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (ours.dev(), ours.ino()) == (found.dev(), found.ino())
}

#[cfg(not(unix))]
fn is_same(_: &fs::Metadata, _: &fs::Metadata) -> bool {
    true
}

/// The file as redb uses it: without a lock of its own.
#[derive(Debug)]
pub(super) struct Unlocked(FileBackend);

impl StorageBackend for Unlocked {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write(offset, data)
    }
}
