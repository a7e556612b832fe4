//! A git repository as a source: the branch or tag is found, its commit's tree is read from the object database.
//!
//! What is committed counts, never a work tree. A repository on this machine is read in place; of a remote one the last
//! commit alone is fetched into a bare repository, over https by this program, over ssh by the `git` program.

mod address;
mod create;
mod http;
mod program;
mod remote;
mod token;
mod tree;

use std::path::{Path, PathBuf};

pub use create::create_repository;

pub(super) use self::address::Address;
use self::token::Token;
use super::{Error, Git, Reference, Snapshot};

/// Where a fetched commit is noted in the bare repository.
const FETCHED: &str = "refs/sixshift/fetched";

/// A repository, and the last that was read of it.
#[derive(Debug)]
pub(super) struct Repository {
    settings: Git,
    address: Address,
    /// The bare repository of a remote one.
    copy: PathBuf,
    last: Option<Snapshot>,
    token: Token,
}

/// Whether it could be opened, and its token be had.
pub(super) fn check(settings: &Git) -> Result<(), Error> {
    let opened = Repository::open(settings.clone(), Path::new(""))?;
    opened.token.read(settings).map(drop)
}

impl Repository {
    pub(super) fn open(settings: Git, work_folder: &Path) -> Result<Self, Error> {
        let address = Address::of(&settings.url)?;
        let folder = tree::inside(&settings.folder).ok_or_else(|| Error::Address {
            url: settings.url.clone(),
            why: "`folder` leads out of the repository; write it relative to the repository's root",
        })?;
        Ok(Self {
            settings: Git { folder, ..settings },
            address,
            copy: work_folder.join("plans.git"),
            last: None,
            token: Token::default(),
        })
    }

    pub(super) fn address(&self) -> &str {
        &self.settings.url
    }

    pub(super) fn fetch(&mut self) -> Result<Snapshot, Error> {
        let snapshot = match &self.address {
            Address::Local(path) => self.read(path, local_name(&self.settings.reference))?,
            Address::Https(_) | Address::Ssh(_) => match self.read_remote() {
                // The copy is damaged: once more with a new one.
                Err(Error::Repository { .. }) => {
                    remote::remove(&self.copy)?;
                    self.read_remote()?
                }
                read => read?,
            },
        };
        self.last = Some(snapshot.clone());
        Ok(snapshot)
    }

    fn read_remote(&self) -> Result<Snapshot, Error> {
        remote::fetch(&self.settings, &self.address, &self.token, &self.copy)?;
        self.read(&self.copy, FETCHED.to_owned())
    }

    /// What a reference of a repository on this machine holds.
    fn read(&self, path: &Path, reference: String) -> Result<Snapshot, Error> {
        let failed = |source: gix::Error| Error::Repository {
            path: path.to_owned(),
            source: source.into(),
        };
        let repository = open(path).map_err(failed)?;
        let Some(mut found) = repository
            .try_find_reference(reference.as_str())
            .map_err(failed)?
        else {
            return Err(missing(&self.settings));
        };
        // HEAD of a repository without a commit names a branch that is not there.
        let name = found.target().try_name().map(ToOwned::to_owned);
        if let Some(name) = name
            && repository
                .try_find_reference(name.as_ref())
                .map_err(failed)?
                .is_none()
        {
            return Err(missing(&self.settings));
        }
        let commit = found.peel_to_commit().map_err(failed)?;
        let id = commit.id.to_string();
        if let Some(last) = &self.last
            && last.commit.as_ref() == Some(&id)
        {
            return Ok(last.clone());
        }
        tree::read(&self.settings, path, &commit)
    }
}

/// The user's and the machine's git configuration have no say here.
fn open(path: &Path) -> Result<gix::Repository, gix::Error> {
    gix::open_opts(path, gix::open::Options::isolated())
}

fn local_name(reference: &Reference) -> String {
    match reference {
        Reference::Head => "HEAD".to_owned(),
        Reference::Branch(name) => format!("refs/heads/{name}"),
        Reference::Tag(name) => format!("refs/tags/{name}"),
    }
}

fn missing(settings: &Git) -> Error {
    let (what, remedy) = match &settings.reference {
        Reference::Head => (
            "commit".to_owned(),
            "commit a plan, or name the branch that has them",
        ),
        Reference::Branch(name) => (
            format!("branch {name}"),
            "push it again, or name another branch",
        ),
        Reference::Tag(name) => (format!("tag {name}"), "push it again, or name another tag"),
    };
    Error::Missing {
        what,
        url: settings.url.clone(),
        remedy,
    }
}
