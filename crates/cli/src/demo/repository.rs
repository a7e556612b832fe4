//! The demo's plans as a git repository in a temporary folder: a visitor edits a plan there, commits, and watches.

use std::{
    fs::OpenOptions,
    io::Write as _,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context;
use jiff::Timestamp;
use sixshift_controller::{
    Fleet, News,
    source::{Git, Settings, Source, create_repository},
};
use tempfile::TempDir;
use tokio::sync::mpsc;

use crate::daemon::plans;

/// A visitor's commit is seen within a second.
const POLL: Duration = Duration::from_secs(1);

/// A repository that is gone when the demo is.
pub(super) struct Repository {
    folder: TempDir,
}

impl Repository {
    /// Commits the plans.
    pub(super) fn create(files: &[(PathBuf, String)], at: Timestamp) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("sixshift-plans-")
            .tempdir()
            .context("cannot make a folder for the plans")?;
        create_repository(folder.path(), files, "Plans of the demo", at)?;
        knows_its_visitor(folder.path())?;
        Ok(Self { folder })
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Gives the plans to a fleet.
    pub(super) async fn read_into(&self, fleet: &Fleet) -> anyhow::Result<Source> {
        let address = self.path().display().to_string();
        let settings = Settings::Git(Git::at(address));
        let mut source = Source::open(settings, self.path())?;
        fleet.name_source(&format!("git {}", source.address()));
        fleet.read(&plans::first(&mut source)?).await;
        Ok(source)
    }
}

/// A visitor who has never told git a name can commit all the same.
fn knows_its_visitor(folder: &Path) -> anyhow::Result<()> {
    let path = folder.join(".git/config");
    let mut config = OpenOptions::new()
        .append(true)
        .open(&path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    config
        .write_all(b"[user]\n\tname = visitor\n\temail = visitor@localhost\n")
        .with_context(|| format!("cannot write {}", path.display()))
}

/// What is committed from now on. Only where there are visitors: what the wall's clock brings in makes two runs differ.
pub(super) fn watch(source: Source, fleet: &Fleet) -> anyhow::Result<mpsc::Receiver<News>> {
    plans::watch(source, true, POLL, fleet.board().clone())
}
