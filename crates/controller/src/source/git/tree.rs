//! The plans in a commit's tree.

use std::path::{Component, Path, PathBuf};

use gix::{bstr::ByteSlice, object::tree::EntryKind};
use jiff::Timestamp;
use sixshift_core::plan::MOST_BYTES;

use super::{
    super::files::{DEEPEST, Files, is_hidden, is_of_plans},
    Error, Git, Snapshot,
};

/// A path without `.`; `None` when it leads out.
pub(super) fn inside(folder: &Path) -> Option<PathBuf> {
    folder
        .components()
        .filter(|part| *part != Component::CurDir)
        .map(|part| matches!(part, Component::Normal(_)).then_some(part))
        .collect()
}

/// Everything that can be plans in the settings' folder of a commit.
pub(super) fn read(
    settings: &Git,
    repository: &Path,
    commit: &gix::Commit<'_>,
) -> Result<Snapshot, Error> {
    let failed = |source: gix::Error| Error::Repository {
        path: repository.to_owned(),
        source: source.into(),
    };
    let id = commit.id.to_string();
    let seconds = commit.author().map_err(failed)?.seconds();
    let root = commit.tree().map_err(failed)?;
    let mut walk = Walk {
        files: Files::of(settings.url.clone()),
        failed: &failed,
    };
    let folder = if settings.folder.as_os_str().is_empty() {
        Some(root)
    } else {
        let entry = root
            .lookup_entry_by_path(&settings.folder)
            .map_err(failed)?;
        match entry.filter(|entry| entry.mode().is_tree()) {
            Some(entry) => Some(entry.object().map_err(failed)?.into_tree()),
            None => None,
        }
    };
    match folder {
        Some(tree) => walk.folder(&tree, &settings.folder, 0)?,
        // Said as a mistake and not as an error: with the last plan in it, a folder goes too.
        None => walk.files.refuse(
            settings.folder.clone(),
            format!("there is no such folder in commit {}", &id[..12]),
            "put plans there, or name another folder in the daemon's settings",
        )?,
    }
    let author_date = Timestamp::from_second(seconds).ok();
    Ok(walk.files.snapshot(Some(id), author_date))
}

struct Walk<'a> {
    files: Files,
    failed: &'a dyn Fn(gix::Error) -> Error,
}

impl Walk<'_> {
    fn folder(&mut self, tree: &gix::Tree<'_>, path: &Path, depth: usize) -> Result<(), Error> {
        if depth > DEEPEST {
            return Ok(());
        }
        for entry in tree.iter() {
            self.files.looked()?;
            let entry = entry.map_err(self.failed)?;
            let name = entry.filename();
            if is_hidden(name) {
                continue;
            }
            let path = path.join(name.to_path_lossy());
            match entry.mode().kind() {
                EntryKind::Tree => {
                    let tree = entry.object().map_err(self.failed)?.into_tree();
                    self.folder(&tree, &path, depth + 1)?;
                }
                EntryKind::Blob | EntryKind::BlobExecutable if is_of_plans(&path) => {
                    self.file(&entry, path)?;
                }
                EntryKind::Link if is_of_plans(&path) => {
                    let message = "a symbolic link in git is not followed".to_owned();
                    self.files.refuse(path, message, "commit the file itself")?;
                }
                // Another repository's commit, or nothing of ours.
                _ => {}
            }
        }
        Ok(())
    }

    fn file(
        &mut self,
        entry: &gix::object::tree::EntryRef<'_, '_>,
        path: PathBuf,
    ) -> Result<(), Error> {
        let size = entry.id().header().map_err(self.failed)?.size();
        if size > MOST_BYTES as u64 {
            return self.files.too_large(path);
        }
        let mut blob = entry.object().map_err(self.failed)?.into_blob();
        self.files.add(path, blob.take_data())
    }
}
