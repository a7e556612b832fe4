//! A new repository with a first commit, made without the `git` program: the demo gives its visitors one to edit.

use std::{
    fs,
    path::{Path, PathBuf},
};

use gix::object::tree::EntryKind;
use jiff::Timestamp;

use super::{super::Error, open, tree::inside};

/// Makes an ordinary repository, with a work tree, an index and the branch `main`, and commits the files into it.
///
/// The commit's hash.
///
/// # Errors
///
/// The folder holds a repository already or cannot be written, or a file's path leads out of it.
pub fn create_repository(
    path: &Path,
    files: &[(PathBuf, String)],
    message: &str,
    author_date: Timestamp,
) -> Result<String, Error> {
    for (file, text) in files {
        let Some(inside) = inside(file) else {
            let out = std::io::Error::other("its path leads out of the repository");
            return Err(Error::io("write", file)(out));
        };
        let file = path.join(inside);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
        }
        fs::write(&file, text).map_err(Error::io("write", &file))?;
    }
    commit(path, files, message, author_date).map_err(|source| Error::Repository {
        path: path.to_owned(),
        source: source.into(),
    })
}

fn commit(
    path: &Path,
    files: &[(PathBuf, String)],
    message: &str,
    author_date: Timestamp,
) -> Result<String, gix::Error> {
    gix::ThreadSafeRepository::init_opts(
        path,
        gix::create::Kind::WithWorktree,
        gix::create::Options::default(),
        gix::open::Options::isolated(),
    )?;
    let repository = open(path)?;
    let mut tree = repository.empty_tree().edit()?;
    for (file, text) in files {
        let blob = repository.write_blob(text)?;
        let name = file.to_string_lossy();
        tree.upsert(name.as_ref(), EntryKind::Blob, blob)?;
    }
    let tree = tree.write()?.detach();
    let time = gix::date::Time::new(author_date.as_second(), 0).to_string();
    let author = gix::actor::SignatureRef {
        name: "sixshift".into(),
        email: "sixshift@localhost".into(),
        time: &time,
    };
    let nothing_before: [gix::ObjectId; 0] = [];
    let commit = repository.commit_as(author, author, "HEAD", message, tree, nothing_before)?;
    // Without an index, `git status` would say that every file was deleted.
    repository
        .index_from_tree(&tree)?
        .write(gix::index::write::Options::default())?;
    Ok(commit.to_string())
}
