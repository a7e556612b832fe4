//! Why a source cannot be read, and what to do about it. No message ever holds a token.

use std::{io, path::PathBuf};

use sixshift_aws::store::Fault;

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
    #[error("cannot read the access token")]
    Token(#[source] crate::secret::Error),
    /// What is there is no token.
    #[error("cannot use the access token: {from} {why}")]
    NoToken {
        /// The file, the variable or the secret.
        from: String,
        /// What is wrong.
        why: &'static str,
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
        "{url} refused the access token, or wants one; give one with read access to the repository as tokenFile, tokenEnv or tokenSecret"
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
    /// S3 does not do what it is asked.
    #[error("cannot {doing} {url}; {remedy}")]
    Bucket {
        /// `read`.
        doing: &'static str,
        /// `s3://bucket/key`.
        url: String,
        /// What to do.
        remedy: String,
        /// What S3 said.
        #[source]
        source: Fault,
    },
    /// The manifest cannot be followed.
    #[error("the manifest {url} {why}; publish the plans again with `sixshift publish`")]
    Manifest {
        /// Where it is.
        url: String,
        /// What is wrong.
        why: String,
    },
    /// Objects change all the time while they are read.
    #[error(
        "the objects in {url} changed again and again while they were read, so no moment of them is known;          publish them with `sixshift publish`, which writes a manifest last"
    )]
    Restless {
        /// The bucket and prefix.
        url: String,
    },
    /// It does not come to an end.
    #[error("{url} could not be read in time; `sixshift doctor` checks the way there")]
    Slow {
        /// The bucket and prefix.
        url: String,
    },
    /// What is to be published cannot be read.
    #[error("cannot publish {}: {why}", path.display())]
    Unpublishable {
        /// Relative to the folder.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// Two publish at once.
    #[error(
        "{url} was written by somebody else meanwhile, and nothing of this publication counts; publish again"
    )]
    PublishedMeanwhile {
        /// The manifest.
        url: String,
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
            Self::Token(_) | Self::NoToken { .. } => "token",
            Self::Missing { .. } => "missing",
            Self::Unauthorized { .. } => "unauthorized",
            Self::Fetch { .. } => "fetch",
            Self::NoGitProgram { .. } => "noGitProgram",
            Self::Repository { .. } => "repository",
            Self::Io { .. } => "io",
            Self::Bucket { .. } => "bucket",
            Self::Manifest { .. } => "manifest",
            Self::Restless { .. } => "restless",
            Self::Slow { .. } => "slow",
            Self::Unpublishable { .. } => "unpublishable",
            Self::PublishedMeanwhile { .. } => "publishedMeanwhile",
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
