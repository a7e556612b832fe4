//! A journal in one file: opened by one process, flushed before an answer, checked whole before it is believed.
//!
//! What belongs here: how the file comes to be, and every reason to refuse one. A damaged file is put aside under another
//! name, and from then on every start is refused until a person has taken it away or put a copy in its place: a restart
//! must never turn a frozen fleet into a fresh one.

use std::{
    fs::{self, OpenOptions, TryLockError},
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use redb::{
    Builder, Database, DatabaseError, ReadableDatabase, StorageError, TableDefinition, TableError,
    backends::FileBackend,
};

use super::{
    Error,
    error::Broken,
    items::{Items, OverItems},
};

/// Facts about the file itself.
const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
/// Under which key [`META`] holds the file's format.
const FORMAT: &str = "format";
/// The format that this version writes, and the newest that it reads.
const KNOWN_FORMAT: u64 = 1;
/// Pages kept in memory, in bytes: redb's own default is a gigabyte.
const CACHE: usize = 16 * 1024 * 1024;

/// A journal in a file.
#[derive(Debug)]
pub struct File(Items);

impl File {
    /// Opens the journal, or makes an empty one where there was none. `now` goes into the name of a damaged file that is
    /// put aside.
    ///
    /// # Errors
    /// Another process has it open; the folder does not let us; a newer version wrote it; it is damaged, now or since an
    /// earlier start.
    pub fn open(path: &Path, now: Timestamp) -> Result<Self, Error> {
        match fs::metadata(path) {
            Ok(found) if found.len() == 0 => Err(put_aside(path, now, Broken::Empty)),
            Ok(_) => open_existing(path, now),
            Err(error) if error.kind() == io::ErrorKind::NotFound => create(path),
            Err(source) => Err(access(path, source)),
        }
        .map(Self)
    }
}

fn open_existing(path: &Path, now: Timestamp) -> Result<Items, Error> {
    // Altered contents make redb answer with an error; where it breaks down instead, that is one, too.
    let opened = catch_unwind(AssertUnwindSafe(|| {
        let mut builder = builder();
        builder.set_check_integrity_on_open(true).open(path)
    }));
    let database = match opened {
        Ok(Ok(database)) => database,
        Ok(Err(error)) => return Err(refusal(path, now, error)),
        Err(_) => return Err(put_aside(path, now, Broken::Panic)),
    };
    match format(&database)? {
        Some(found) if found > KNOWN_FORMAT => Err(Error::NewerFile {
            path: path.to_owned(),
            found,
            known: KNOWN_FORMAT,
        }),
        Some(_) => Items::new(database, |_| Ok(())),
        None => Err(Error::Foreign {
            path: path.to_owned(),
        }),
    }
}

fn format(database: &Database) -> Result<Option<u64>, Error> {
    let transaction = database.begin_read().map_err(Error::read)?;
    let table = match transaction.open_table(META) {
        Ok(table) => table,
        Err(TableError::Storage(error)) => return Err(Error::read(error)),
        Err(_) => return Ok(None),
    };
    let found = table.get(FORMAT).map_err(Error::read)?;
    Ok(found.map(|found| found.value()))
}

/// The file gets its name when it is whole, so a crash in between leaves none instead of a torn one.
fn create(path: &Path) -> Result<Items, Error> {
    if let Some(aside) = aside(path)? {
        let path = path.to_owned();
        return Err(Error::StillAside { path, aside });
    }
    let unfinished = sibling(path, "new");
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&unfinished)
        .map_err(|source| access(path, source))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(locked(path)),
        Err(TryLockError::Error(source)) => return Err(access(path, source)),
    }
    // Whoever made one meanwhile held the lock then, so this look is the last that is needed.
    if path.exists() {
        return Err(locked(path));
    }
    file.set_len(0).map_err(|source| access(path, source))?;
    let backend = FileBackend::new(file).map_err(Error::write)?;
    let database = builder()
        .create_with_backend(backend)
        .map_err(Error::write)?;
    let items = Items::new(database, |transaction| {
        let mut meta = transaction.open_table(META)?;
        meta.insert(FORMAT, KNOWN_FORMAT)?;
        Ok(())
    })?;
    fs::rename(&unfinished, path)
        .and_then(|()| fs::File::open(folder(path))?.sync_all())
        .map_err(|source| access(path, source))?;
    Ok(items)
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder.set_cache_size(CACHE);
    builder
}

fn refusal(path: &Path, now: Timestamp, error: DatabaseError) -> Error {
    match error {
        DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch => locked(path),
        DatabaseError::Storage(StorageError::Io(source))
            if source.kind() == io::ErrorKind::PermissionDenied
                || source.kind() == io::ErrorKind::ReadOnlyFilesystem
                || source.kind() == io::ErrorKind::IsADirectory =>
        {
            access(path, source)
        }
        // A read behind the end, or a file that is no database: the contents', not the disk's fault.
        DatabaseError::Storage(StorageError::Io(ref source))
            if source.kind() != io::ErrorKind::UnexpectedEof
                && source.kind() != io::ErrorKind::InvalidData =>
        {
            Error::read(error)
        }
        error => put_aside(path, now, Broken::Contents(Box::new(error.into()))),
    }
}

fn put_aside(path: &Path, now: Timestamp, source: Broken) -> Error {
    let time = now.strftime("%Y%m%dT%H%M%SZ").to_string();
    let aside = sibling(path, &format!("broken-{time}"));
    // Another damaged file of the same second is not written over.
    let moved = !aside.exists() && fs::rename(path, &aside).is_ok();
    Error::Damaged {
        path: path.to_owned(),
        aside: moved.then_some(aside),
        source,
    }
}

/// A damaged file that an earlier start put aside.
fn aside(path: &Path) -> Result<Option<PathBuf>, Error> {
    let begins = sibling(path, "broken-");
    let begins = begins.file_name().unwrap_or_default().to_string_lossy();
    let entries = fs::read_dir(folder(path)).map_err(|source| access(path, source))?;
    let names = entries.filter_map(|entry| Some(entry.ok()?.path()));
    Ok(names
        .filter(|found| {
            let name = found.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(&*begins)
        })
        .max())
}

fn sibling(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(suffix);
    path.with_file_name(name)
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn locked(path: &Path) -> Error {
    let path = path.to_owned();
    Error::Locked { path }
}

fn access(path: &Path, source: io::Error) -> Error {
    let path = path.to_owned();
    Error::Access { path, source }
}

impl OverItems for File {
    fn items(&self) -> &Items {
        &self.0
    }
}
