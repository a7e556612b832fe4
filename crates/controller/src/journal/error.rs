//! What can go wrong with a journal, and what to do about it.

use std::{io, path::PathBuf, time::Duration};

use sixshift_aws::store::TableError;
use sixshift_core::status::duration;

use crate::round::with_causes;

use super::{Expect, LARGEST_VALUE, LONGEST_KEY, MOST_BYTES, MOST_WRITES};

/// What a person does about a file that cannot be used.
const BEGIN_ANEW: &str = "a daemon that begins with an empty journal holds every migration under way until \
                          `sixshift adopt NAME`";

/// A journal's operation failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A write's condition does not hold.
    #[error("cannot write {key} to the journal: {expected:?} was expected, {} was found; somebody else writes to it", version(*.found))]
    Conflict {
        /// Under which key.
        key: String,
        /// What the writer took for granted.
        expected: Expect,
        /// The version that is there.
        found: Option<u64>,
    },
    /// A key that no journal takes.
    #[error(
        "cannot write to the journal: the key {key:?} is empty or longer than {LONGEST_KEY} bytes"
    )]
    Key {
        /// Its beginning.
        key: String,
    },
    /// A value that no journal takes.
    #[error("cannot write {key} to the journal: {bytes} bytes are more than {LARGEST_VALUE}")]
    TooLarge {
        /// Under which key.
        key: String,
        /// How many bytes.
        bytes: usize,
    },
    /// More writes at once than a journal takes, or two on one key.
    #[error(
        "cannot write to the journal: {writes} writes of {bytes} bytes at once are more than {MOST_WRITES} or {MOST_BYTES}, or two are on one key"
    )]
    Writes {
        /// How many.
        writes: usize,
        /// How long their keys and values are.
        bytes: usize,
    },
    /// A newer sixshift wrote the file.
    #[error("cannot read the journal {}: its format is {found}, this version of sixshift reads up to {known}; start the newer version again, \
             or move the file away: {BEGIN_ANEW}", path.display())]
    NewerFile {
        /// The file; it stays as it is.
        path: PathBuf,
        /// Its format.
        found: u64,
        /// The newest format that can be read.
        known: u64,
    },
    /// A newer sixshift wrote the item.
    #[error(
        "cannot read {key} in the journal: its format is {found}, this version of sixshift reads up to {known}; start the newer version again"
    )]
    NewerItem {
        /// Under which key.
        key: String,
        /// Its format.
        found: u64,
        /// The newest format that can be read.
        known: u64,
    },
    /// An item is not what its key says.
    #[error(
        "cannot read {key} in the journal: it is not what sixshift writes there; put back a copy of the journal from a backup"
    )]
    Item {
        /// Under which key.
        key: String,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// A plan's text cannot be written, or not be read by this version.
    #[error(
        "cannot take the plan of {name} to or from the journal; it runs when its source was read"
    )]
    PlanText {
        /// Its name or its file.
        name: String,
        /// What is wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The file is torn or was altered by others.
    #[error("cannot read the journal {}: it is damaged, {}; put back a copy from a backup, or move the damaged one to \
             another folder: {BEGIN_ANEW}", path.display(), kept(.aside))]
    Damaged {
        /// Where the journal should be.
        path: PathBuf,
        /// Where it is kept now; `None`: it could not be moved and is still there.
        aside: Option<PathBuf>,
        /// What is wrong.
        source: Broken,
    },
    /// An earlier start found the file damaged, and nobody has seen to it yet.
    #[error("there is no journal {}: it was damaged and is kept as {}; put back a copy from a backup, or move the \
             damaged one to another folder: {BEGIN_ANEW}", path.display(), aside.display())]
    StillAside {
        /// Where the journal should be.
        path: PathBuf,
        /// Where the damaged one is.
        aside: PathBuf,
    },
    /// The file is a database, but not a journal.
    #[error("cannot read the journal {}: the file is another program's; name another one in the settings", path.display())]
    Foreign {
        /// The file; it stays as it is.
        path: PathBuf,
    },
    /// Another daemon has the file open.
    #[error("cannot open the journal {}: another process has it open; end that one first, one daemon works with one journal", path.display())]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// While it was open, another file got its name.
    #[error("cannot open the journal {} again: another file has its name by now; start sixshift again to take that one", path.display())]
    Replaced {
        /// The name.
        path: PathBuf,
    },
    /// It failed, and could not be opened again so far.
    #[error("the journal {} failed and could not be opened again so far", path.display())]
    Shut {
        /// The file.
        path: PathBuf,
    },
    /// The file or its folder does not let us.
    #[error("cannot open the journal {}; the folder must exist, and both be writable for this user", path.display())]
    Access {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// No answer came in time. What was asked may have had its effect.
    #[error("the journal has not answered for {}", duration(*.waited))]
    Late {
        /// How long it was waited for.
        waited: Duration,
    },
    /// Another daemon has the lease since, and with it the journal.
    #[error("the journal is another daemon's by now: the lease of epoch {epoch} is over")]
    Fenced {
        /// The epoch that is over.
        epoch: u64,
    },
    /// The table is made otherwise than a journal's.
    #[error(
        "the table {table} is no journal's: {what}; name another one in the settings, or make it as deploy/ does"
    )]
    Shape {
        /// Its name; nothing in it was changed.
        table: String,
        /// What is wrong, as a sentence without a full stop.
        what: String,
    },
    /// DynamoDB refused, or did not answer.
    #[error("cannot {operation} the journal in DynamoDB; {}", remedy(.source))]
    Table {
        /// What was tried: `read`, `write`.
        operation: &'static str,
        /// What it says.
        source: Box<TableError>,
    },
    /// The store failed.
    #[error("cannot {operation} the journal; see whether its disk is full, broken or read-only")]
    Store {
        /// What was tried: `read`, `write`.
        operation: &'static str,
        /// What it says.
        source: Box<redb::Error>,
    },
}

/// What is wrong with a damaged file.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// Its contents contradict each other.
    #[error(transparent)]
    Contents(Box<redb::Error>),
    /// Reading it made the database library break down.
    #[error("the database library broke down over it")]
    Panic,
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
}

impl Error {
    /// For metric labels: few, and they stay.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Conflict { .. } => "conflict",
            Self::Key { .. } | Self::TooLarge { .. } | Self::Writes { .. } => "invalid",
            Self::PlanText { .. } => "plan",
            Self::NewerFile { .. } | Self::NewerItem { .. } => "newer",
            Self::Item { .. } | Self::Damaged { .. } | Self::StillAside { .. } => "damaged",
            Self::Foreign { .. } => "foreign",
            Self::Locked { .. } => "locked",
            Self::Access { .. } => "access",
            Self::Replaced { .. } => "replaced",
            Self::Store { .. } | Self::Shut { .. } => "store",
            Self::Late { .. } => "late",
            Self::Fenced { .. } => "fenced",
            Self::Shape { .. } => "foreign",
            Self::Table { .. } => "store",
        }
    }

    /// Whether it is the note that no journal would take, and not this journal that takes none: to try again is no use.
    #[must_use]
    pub fn is_the_notes(&self) -> bool {
        matches!(
            self,
            Self::Key { .. }
                | Self::TooLarge { .. }
                | Self::Writes { .. }
                | Self::PlanText { .. }
                | Self::Item { .. }
        )
    }

    /// Why it failed, for whoever knows already that it did.
    #[must_use]
    pub fn why(&self) -> String {
        match self {
            Self::Store { source, .. } => with_causes(&**source),
            Self::Table { source, .. } => with_causes(&**source),
            other => with_causes(other),
        }
    }

    pub(crate) fn late(waited: Duration) -> Self {
        Self::Late { waited }
    }

    pub(super) fn read(source: impl Into<redb::Error>) -> Self {
        let source = Box::new(source.into());
        Self::Store {
            operation: "read",
            source,
        }
    }

    pub(super) fn write(source: impl Into<redb::Error>) -> Self {
        let source = Box::new(source.into());
        Self::Store {
            operation: "write",
            source,
        }
    }
}

/// What a person does about an answer of DynamoDB's.
fn remedy(error: &TableError) -> &'static str {
    match error.code() {
        Some("AccessDeniedException") => {
            "its role needs GetItem, Query, UpdateItem, DeleteItem and ConditionCheckItem on the table"
        }
        Some("ResourceNotFoundException") => {
            "make the table as deploy/ does, or name another one in the settings"
        }
        Some("ProvisionedThroughputExceededException" | "ThrottlingException") => {
            "give the table more capacity, or let it be billed on demand"
        }
        Some(_) => "see what it says",
        None if error.lacks_credentials() => {
            "give this process credentials: the task's role, a profile or the environment"
        }
        None => "see whether its endpoint can be reached from here",
    }
}

fn version(found: Option<u64>) -> String {
    found.map_or_else(|| "nothing".to_owned(), |v| format!("version {v}"))
}

fn kept(aside: &Option<PathBuf>) -> String {
    aside.as_ref().map_or_else(
        || "and left where it is".to_owned(),
        |path| format!("and kept as {}", path.display()),
    )
}
