//! Where the plans come from: a git repository, a folder or an S3 bucket becomes a [`Snapshot`], snapshots become [`Desired`].
//!
//! What belongs here: reading files as they are, and what the fleet shall run because of them. What a plan says is
//! `sixshift_core::plan`'s business; when a source is read, and what becomes of a plan, the daemon's.
//!
//! Nothing here reads a clock: a file of plans is the same whatever the time. Time limits are the network's own.

mod bucket;
mod desired;
mod error;
mod files;
mod folder;
mod git;
mod reachability;
mod settings;
pub mod webhook;

use std::{path::Path, path::PathBuf, sync::Arc, time::Duration};

use jiff::Timestamp;
use sixshift_aws::store::Access;
use sixshift_core::plan::Diagnostic;
use tokio::sync::Notify;

use self::{bucket::Prefix, folder::Folder, git::Repository};
pub use self::{
    bucket::{Published, publish},
    desired::{Desired, Provenance, Standing, Wanted},
    error::Error,
    git::create_repository,
    reachability::{Reachable, reachability, reachability_of_bucket},
    settings::{Dir, Git, Reference, S3, Settings},
};

/// What a source held at one moment. Cheap to clone.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// The commit's full hash; of a bucket the manifest's version or entity tag, or a digest of all entity tags. `None`: the
    /// source is a folder.
    pub commit: Option<String>,
    /// When the commit was written, by its author's clock; when a manifest was, by S3's.
    pub author_date: Option<Timestamp>,
    /// The text of every `*.yaml` and `*.yml`, or why it cannot be read; sorted by path. Paths are relative to the root
    /// of the repository or folder.
    pub files: Arc<[(PathBuf, Result<String, Diagnostic>)]>,
    /// Hash over paths and texts: equal exactly when nothing changed in what can be plans, whatever the commit.
    pub digest: String,
}

/// A source of plans, opened.
#[derive(Debug)]
pub struct Source {
    kind: Kind,
    poll: Duration,
    changed: Arc<Notify>,
}

#[derive(Debug)]
enum Kind {
    Git(Box<Repository>),
    Dir(Folder),
    S3(Box<Prefix>),
}

impl Source {
    /// Opens a source. `work_folder` is where a copy of a remote repository may be kept; losing it costs one full fetch.
    ///
    /// Nothing is fetched yet.
    ///
    /// # Errors
    ///
    /// Settings that cannot work: an address of an unknown kind, or one with a password in it.
    pub fn open(settings: Settings, work_folder: &Path) -> Result<Self, Error> {
        Self::open_with(settings, work_folder, None)
    }

    /// The same; a bucket is asked as this access says, and not as the environment does.
    ///
    /// # Errors
    ///
    /// As of [`Source::open`].
    pub fn open_with(
        settings: Settings,
        work_folder: &Path,
        access: Option<Access>,
    ) -> Result<Self, Error> {
        let changed = Arc::new(Notify::new());
        let (kind, poll) = match settings {
            Settings::Git(git) => {
                let poll = git.poll;
                let repository = Repository::open(git, work_folder)?;
                (Kind::Git(Box::new(repository)), poll)
            }
            Settings::Dir(dir) => {
                let folder = Folder::open(&dir.path, &changed);
                (Kind::Dir(folder), dir.poll)
            }
            Settings::S3(s3) => {
                let poll = s3.poll;
                (Kind::S3(Box::new(Prefix::open(s3, access))), poll)
            }
        };
        Ok(Self {
            kind,
            poll,
            changed,
        })
    }

    /// What the source holds now. Blocks, for at most a few minutes: call it where blocking is fine.
    ///
    /// # Errors
    ///
    /// The source cannot be reached or read, or holds more than fits. The next call starts anew; what the caller has
    /// from the last good one stays true.
    pub fn fetch(&mut self) -> Result<Snapshot, Error> {
        match &mut self.kind {
            Kind::Git(repository) => repository.fetch(),
            Kind::Dir(folder) => folder.read(),
            Kind::S3(prefix) => prefix.fetch(),
        }
    }

    /// How long to wait between two looks when nobody gives a hint.
    #[must_use]
    pub fn poll(&self) -> Duration {
        self.poll
    }

    /// Hints that a look may be worth while: a watched folder gives them, and a webhook may.
    ///
    /// They may come for nothing and may be missing: [`Source::poll`] holds all the same.
    #[must_use]
    pub fn changed(&self) -> Arc<Notify> {
        Arc::clone(&self.changed)
    }

    /// The address, for people. It never holds a secret.
    #[must_use]
    pub fn address(&self) -> String {
        match &self.kind {
            Kind::Git(repository) => repository.address().to_owned(),
            Kind::Dir(folder) => folder.path().display().to_string(),
            Kind::S3(prefix) => prefix.address(),
        }
    }

    /// Whether what was read last was published as a whole; `None`: nothing was read, or the source is no bucket.
    #[must_use]
    pub fn has_manifest(&self) -> Option<bool> {
        match &self.kind {
            Kind::Git(_) | Kind::Dir(_) => None,
            Kind::S3(prefix) => prefix.has_manifest(),
        }
    }
}
