//! Why a source cannot be read, and what to do about it. No message ever holds a token.

use std::{io, path::PathBuf};

/// A source that cannot be opened or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An address that cannot work.
    #[error("cannot use {url} as a git repository: {why}")]
    Address {
        /// As far as it can be shown.
        url: String,
        /// What is wrong, and what to write.
        why: &'static str,
    },
    /// The token cannot be had.
    #[error("cannot read the access token from {from}: {why}")]
    Token {
        /// The file or the variable.
        from: String,
        /// What is wrong.
        why: String,
    },
    /// The branch, the tag or any commit is missing.
    #[error("there is no {what} in {url}; {remedy}")]
    Missing {
        /// `branch main`.
        what: String,
        /// The repository.
        url: String,
        /// What to do.
        remedy: &'static str,
    },
    /// The server wants to know who asks, or does not like who does.
    #[error(
        "{url} refused the access token, or wants one; give one with read access to the repository as tokenFile or tokenEnv"
    )]
    Unauthorized {
        /// The repository.
        url: String,
    },
    /// A remote repository could not be fetched.
    #[error("cannot fetch {url}; `sixshift doctor` checks the way there")]
    Fetch {
        /// The repository.
        url: String,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The `git` program is needed and missing.
    #[error(
        "cannot start the `git` program, which {url} needs for ssh; install git and ssh, or use https"
    )]
    NoGitProgram {
        /// The repository.
        url: String,
        /// Why it did not start.
        #[source]
        source: io::Error,
    },
    /// A repository on this machine cannot be read.
    #[error("cannot read the git repository at {}", path.display())]
    Repository {
        /// Where it is.
        path: PathBuf,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A file or folder cannot be read or written.
    #[error("cannot {operation} {}", path.display())]
    Io {
        /// `read`.
        operation: &'static str,
        /// Where.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// More than a source may hold.
    #[error("{whole} holds more than {limit}; name a folder that holds the plans and little else")]
    TooMuch {
        /// The repository or folder.
        whole: String,
        /// `5000 files of plans`.
        limit: String,
    },
}

impl Error {
    /// A word for metric labels.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Address { .. } => "address",
            Self::Token { .. } => "token",
            Self::Missing { .. } => "missing",
            Self::Unauthorized { .. } => "unauthorized",
            Self::Fetch { .. } => "fetch",
            Self::NoGitProgram { .. } => "noGitProgram",
            Self::Repository { .. } => "repository",
            Self::Io { .. } => "io",
            Self::TooMuch { .. } => "tooMuch",
        }
    }

    pub(super) fn io(
        operation: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io {
            operation,
            path,
            source,
        }
    }
}
