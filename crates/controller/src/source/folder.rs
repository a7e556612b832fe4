//! A folder as a source: watched where the system can do that, read whole at each look.

use std::{
    collections::BTreeSet,
    fs,
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
};

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use sixshift_core::plan::MOST_BYTES;
use tokio::sync::Notify;

use super::{
    Error, Snapshot,
    files::{DEEPEST, Files, is_hidden, is_of_plans},
};

/// A folder of plans.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    changed: Arc<Notify>,
    /// `None` while the system does not watch it.
    watcher: Option<RecommendedWatcher>,
}

impl Folder {
    pub(super) fn open(path: &Path, changed: &Arc<Notify>) -> Self {
        let mut folder = Self {
            path: path.to_owned(),
            changed: Arc::clone(changed),
            watcher: None,
        };
        folder.watch();
        folder
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What the folder holds.
    pub(super) fn read(&mut self) -> Result<Snapshot, Error> {
        let root = match self.path.canonicalize() {
            Ok(root) => root,
            Err(error) => {
                // Whatever comes there next is another folder, which this watcher would not see.
                self.watcher = None;
                return Err(Error::io("read the folder of plans", &self.path)(error));
            }
        };
        if self.watcher.is_none() {
            self.watch();
        }
        let mut walk = Walk {
            root: &root,
            files: Files::of(self.path.display().to_string()),
            read: BTreeSet::new(),
        };
        walk.folder(Path::new(""), 0)?;
        Ok(walk.files.snapshot(None, None))
    }

    fn watch(&mut self) {
        let changed = Arc::clone(&self.changed);
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // Our own reading is an access too: it must not be the reason for the next.
            if !event.is_ok_and(|event| event.kind.is_access()) {
                changed.notify_one();
            }
        });
        self.watcher = watcher
            .and_then(|mut watcher| {
                watcher.watch(&self.path, RecursiveMode::Recursive)?;
                Ok(watcher)
            })
            .inspect_err(|error| {
                tracing::debug!(folder = %self.path.display(), %error, "the folder is polled, not watched");
            })
            .ok();
    }
}

struct Walk<'a> {
    root: &'a Path,
    files: Files,
    /// What was read, so that a link beside its target does not count twice.
    read: BTreeSet<PathBuf>,
}

impl Walk<'_> {
    fn folder(&mut self, relative: &Path, depth: usize) -> Result<(), Error> {
        if depth > DEEPEST {
            return Ok(());
        }
        let path = self.root.join(relative);
        let entries = fs::read_dir(&path).map_err(Error::io("read the folder", &path))?;
        let mut names = Vec::new();
        for entry in entries {
            self.files.looked()?;
            let entry = entry.map_err(Error::io("read the folder", &path))?;
            let kind = entry.file_type();
            names.push((
                entry.file_name(),
                kind.map_err(Error::io("look at", entry.path()))?,
            ));
        }
        // Files before links: a link to one of them is then known.
        names.sort_by(|a, b| (a.1.is_symlink(), &a.0).cmp(&(b.1.is_symlink(), &b.0)));
        for (name, kind) in names {
            if is_hidden(name.as_encoded_bytes()) {
                continue;
            }
            let relative = relative.join(&name);
            if kind.is_dir() {
                self.folder(&relative, depth + 1)?;
            } else if is_of_plans(Path::new(&name)) {
                self.file(relative, kind.is_symlink())?;
            }
        }
        Ok(())
    }

    fn file(&mut self, relative: PathBuf, is_link: bool) -> Result<(), Error> {
        let path = self.root.join(&relative);
        let target = match path.canonicalize() {
            Ok(target) => target,
            // Deleted since it was listed, or a link to nothing.
            Err(_) if !is_link => return Ok(()),
            Err(_) => {
                let message = "the symbolic link leads nowhere".to_owned();
                return self.files.refuse(relative, message, "remove the link");
            }
        };
        if !target.starts_with(self.root) {
            let message = "the symbolic link leads out of the folder".to_owned();
            return self
                .files
                .refuse(relative, message, "put the file itself here");
        }
        if !target.is_file() || !self.read.insert(target.clone()) {
            return Ok(());
        }
        let mut bytes = Vec::new();
        let read = fs::File::open(&target)
            .and_then(|file| file.take(MOST_BYTES as u64 + 1).read_to_end(&mut bytes));
        match read {
            Ok(_) => self.files.add(relative, bytes),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(error) => {
                let message = format!("the file cannot be read: {error}");
                self.files.refuse(relative, message, "let sixshift read it")
            }
        }
    }
}
