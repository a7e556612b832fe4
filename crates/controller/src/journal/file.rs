//! A journal in one file: opened by one process, flushed before an answer, checked whole before it is believed.
//!
//! What belongs here: how the file comes to be, and every reason to refuse one. A damaged file is put aside under another
//! name, and from then on every start is refused until a person has taken it away or put a copy in its place: a restart
//! must never turn a frozen fleet into a fresh one. In the middle of a run nothing is put aside or begun anew: a file that
//! cannot be opened again stays where it is, and the next start judges it.

use std::{
    fs, io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{PoisonError, RwLock},
};

use jiff::Timestamp;
use redb::{
    Builder, Database, DatabaseError, ReadableDatabase, StorageError, TableDefinition, TableError,
};

use super::{
    Error,
    error::Broken,
    held::{Held, NotHeld},
    items::{Items, OverItems},
};

/// Facts about the file itself.
const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
/// Under which key [`META`] holds the file's format.
const FORMAT: &str = "format";
/// The format that this version writes, and the newest that it reads.
const KNOWN_FORMAT: u64 = 1;
/// Pages kept in memory, in bytes: what is asked for often is a few of them, and the rest is in the system's own cache.
const CACHE: usize = 128 * 1024;

/// A journal in a file.
#[derive(Debug)]
pub struct File {
    path: PathBuf,
    /// Ours from the start to the end, also while there is no database open in it.
    held: Held,
    /// `None`: it could not be opened again after it failed.
    items: RwLock<Option<Items>>,
}

impl File {
    /// Opens the journal, or makes an empty one where there was none. `now` goes into the name of a damaged file that is
    /// put aside.
    ///
    /// # Errors
    /// Another process has it open; the folder does not let us; a newer version wrote it; it is damaged, now or since an
    /// earlier start.
    pub fn open(path: &Path, now: Timestamp) -> Result<Self, Error> {
        let (held, items) = match fs::metadata(path) {
            Ok(_) => open_existing(path, now),
            Err(error) if error.kind() == io::ErrorKind::NotFound => create(path),
            Err(source) => Err(access(path, source)),
        }?;
        Ok(Self {
            path: path.to_owned(),
            held,
            items: RwLock::new(Some(items)),
        })
    }

    fn open_again(&self) -> Result<Items, Error> {
        let at_its_path = self.held.is_at(&self.path);
        if !at_its_path.map_err(|source| access(&self.path, source))? {
            let path = self.path.clone();
            return Err(Error::Replaced { path });
        }
        open_held(&self.path, &self.held, &|source| Error::Damaged {
            path: self.path.clone(),
            aside: None,
            source,
        })
    }
}

fn open_existing(path: &Path, now: Timestamp) -> Result<(Held, Items), Error> {
    let held = hold(path, path, false)?;
    let items = open_held(path, &held, &|source| put_aside(path, now, source))?;
    Ok((held, items))
}

fn hold(path: &Path, file: &Path, create: bool) -> Result<Held, Error> {
    Held::open(file, create).map_err(|error| match error {
        NotHeld::Locked => locked(path),
        NotHeld::Io(source) => access(path, source),
    })
}

/// The database in a file that is there, with every check.
fn open_held(path: &Path, held: &Held, damaged: &dyn Fn(Broken) -> Error) -> Result<Items, Error> {
    if held.len().map_err(|source| access(path, source))? == 0 {
        return Err(damaged(Broken::Empty));
    }
    let backend = held.backend().map_err(|source| access(path, source))?;
    // Altered contents make redb answer with an error; where it breaks down instead, that is one, too.
    let opened = catch_unwind(AssertUnwindSafe(|| {
        let mut builder = builder();
        builder
            .set_check_integrity_on_open(true)
            .create_with_backend(backend)
    }));
    let database = match opened {
        Ok(Ok(database)) => database,
        Ok(Err(error)) => return Err(refusal(path, error, damaged)),
        Err(_) => return Err(damaged(Broken::Panic)),
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
fn create(path: &Path) -> Result<(Held, Items), Error> {
    if let Some(aside) = aside(path)? {
        let path = path.to_owned();
        return Err(Error::StillAside { path, aside });
    }
    let unfinished = sibling(path, "new");
    let held = hold(path, &unfinished, true)?;
    // Whoever made one meanwhile held the lock then, so this look is the last that is needed.
    if path.exists() {
        return Err(locked(path));
    }
    let backend = held.empty().and_then(|()| held.backend());
    let backend = backend.map_err(|source| access(path, source))?;
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
    Ok((held, items))
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder.set_cache_size(CACHE);
    builder
}

fn refusal(path: &Path, error: DatabaseError, damaged: &dyn Fn(Broken) -> Error) -> Error {
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
        error => damaged(Broken::Contents(Box::new(error.into()))),
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
    fn with<T>(&self, work: impl FnOnce(&Items) -> Result<T, Error>) -> Result<T, Error> {
        let items = self.items.read().unwrap_or_else(PoisonError::into_inner);
        match &*items {
            Some(items) => work(items),
            None => Err(Error::Shut {
                path: self.path.clone(),
            }),
        }
    }

    /// After an error of the disk redb refuses everything until the database was closed and opened again.
    fn reopen(&self) -> Result<(), Error> {
        let mut items = self.items.write().unwrap_or_else(PoisonError::into_inner);
        if items.as_ref().is_some_and(Items::is_sound) {
            return Ok(());
        }
        // Closed first: two databases over one file would write over each other.
        drop(items.take());
        *items = Some(self.open_again()?);
        Ok(())
    }
}
