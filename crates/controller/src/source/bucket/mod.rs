//! Objects below a prefix of an S3 bucket as a source.
//!
//! What belongs here: when a manifest counts and when the listing, and how often either is tried. Objects are written one by
//! one, so no look shows a moment by itself: [`manifest`] reads what a publisher says belongs together, [`listing`] proves
//! that nothing changed while it read, [`publish`] writes what [`manifest`] reads. What must not: what S3 is asked, and how.

mod listing;
mod manifest;
mod publish;
mod remedy;

use std::{future::Future, path::PathBuf, time::Duration};

use sha2::{Digest, Sha256};
use sixshift_aws::store::{Access, Bucket};
use tokio::{
    runtime::Runtime,
    time::{sleep, timeout},
};

pub use self::publish::{Published, publish};
use super::{Error, S3, Snapshot};

/// What is read together is tried so often while somebody writes.
const TRIES: u32 = 4;
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(500);
/// All of it. Shorter than what a source may take before it is told to hang.
const WHOLE: Duration = Duration::from_secs(150);
/// Objects that are asked for at once.
const AT_ONCE: usize = 16;
/// Published files lie below it, each by its digest; whoever lists plans leaves hidden names alone.
const PUBLISHED: &str = ".sixshift/";

/// A prefix, and the last that was read of it.
#[derive(Debug)]
pub(super) struct Prefix {
    place: Place,
    settings: S3,
    access: Option<Access>,
    /// Made by whoever reads first, on the thread that reads; a failure ends it.
    line: Option<(Runtime, Bucket)>,
    last: Option<Last>,
}

/// Where the objects are.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    bucket: String,
    /// Empty, or with a slash at its end.
    prefix: String,
}

/// What was read last.
#[derive(Clone, Debug)]
struct Last {
    snapshot: Snapshot,
    /// Of the manifest, or of the listing: whether anything changed since.
    mark: String,
    /// What each file's object was, by its path.
    stamps: Vec<(PathBuf, String)>,
}

/// One try.
enum Try {
    Read(Last),
    /// Somebody writes: this is what would be told if it went on so.
    Moved(Error),
}

impl Prefix {
    /// Nothing is asked yet. Without an access the environment's is taken.
    pub(super) fn open(settings: S3, access: Option<Access>) -> Self {
        Self {
            place: Place::of(&settings),
            settings,
            access,
            line: None,
            last: None,
        }
    }

    pub(super) fn address(&self) -> String {
        self.place.url("")
    }

    /// Whether what was read last was published with a manifest.
    pub(super) fn has_manifest(&self) -> Option<bool> {
        let last = self.last.as_ref()?;
        Some(last.mark.starts_with(manifest::MARK))
    }

    pub(super) fn fetch(&mut self) -> Result<Snapshot, Error> {
        let (runtime, bucket) = match self.line.take() {
            Some(line) => line,
            None => connect(&self.settings, self.access.as_ref())?,
        };
        let read = read(&self.place, &bucket, self.last.as_ref());
        let last = within(&runtime, &self.place, read)?;
        self.line = Some((runtime, bucket));
        let snapshot = last.snapshot.clone();
        self.last = Some(last);
        Ok(snapshot)
    }
}

impl Place {
    fn of(settings: &S3) -> Self {
        let prefix = settings.prefix.trim_matches('/');
        Self {
            bucket: settings.bucket.clone(),
            prefix: match prefix {
                "" => String::new(),
                prefix => format!("{prefix}/"),
            },
        }
    }

    /// The key of what lies below the prefix.
    fn key(&self, below: &str) -> String {
        format!("{}{below}", self.prefix)
    }

    /// As people write it.
    fn url(&self, below: &str) -> String {
        format!("s3://{}/{}{below}", self.bucket, self.prefix)
    }
}

impl Last {
    /// The text of a file whose object is still the same.
    fn text(&self, path: &PathBuf, stamp: &str) -> Option<Vec<u8>> {
        let at = self
            .stamps
            .binary_search_by(|(known, _)| known.cmp(path))
            .ok()?;
        if self.stamps[at].1 != stamp {
            return None;
        }
        let files = &self.snapshot.files;
        let at = files.binary_search_by(|(known, _)| known.cmp(path)).ok()?;
        files[at]
            .1
            .as_ref()
            .ok()
            .map(|text| text.clone().into_bytes())
    }
}

/// Where S3 is asked for these settings.
pub(super) fn address(settings: &S3) -> Result<Option<String>, Error> {
    let place = Place::of(settings);
    let runtime = runtime(&place)?;
    let address = async {
        let access = Access::from_environment("s3:ListBucket").await.ok()?;
        let access = match &settings.region {
            Some(region) => access.in_region(region),
            None => access,
        };
        access.bucket_address()
    };
    Ok(runtime.block_on(address))
}

fn runtime(place: &Place) -> Result<Runtime, Error> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::io("start what reads", place.url("")))
}

/// A runtime of one's own, and the bucket as the settings' role sees it.
fn connect(settings: &S3, access: Option<&Access>) -> Result<(Runtime, Bucket), Error> {
    let place = Place::of(settings);
    let runtime = runtime(&place)?;
    let opened = async {
        let mut access = match access {
            Some(access) => access.clone(),
            None => Access::from_environment("s3:ListBucket").await?,
        };
        if let Some(region) = &settings.region {
            access = access.in_region(region);
        }
        if let Some(role) = &settings.role_arn {
            access = access.as_role(role).await;
        }
        Bucket::new(&access, &settings.bucket)
    };
    let bucket = runtime.block_on(opened);
    let bucket = bucket.map_err(|fault| remedy::cannot("reach", &place, "", fault))?;
    Ok((runtime, bucket))
}

fn within<T>(
    runtime: &Runtime,
    place: &Place,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let timed = async { timeout(WHOLE, work).await };
    runtime
        .block_on(timed)
        .unwrap_or_else(|_| Err(Error::Slow { url: place.url("") }))
}

async fn read(place: &Place, bucket: &Bucket, last: Option<&Last>) -> Result<Last, Error> {
    let mut tries = 1;
    loop {
        let tried = match manifest::read(place, bucket, last).await? {
            Some(tried) => tried,
            None => listing::read(place, bucket, last).await?,
        };
        match tried {
            Try::Read(last) => return Ok(last),
            Try::Moved(error) if tries == TRIES => return Err(error),
            Try::Moved(_) => sleep(PAUSE).await,
        }
        tries += 1;
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The path of a plan below the prefix, if a name can be one: clean, not hidden, with the right ending.
fn path_of(below: &str) -> Option<PathBuf> {
    let clean = |part: &str| !part.is_empty() && !part.starts_with('.');
    let parts: Vec<&str> = below.split('/').collect();
    let fits = parts.iter().all(|part| clean(part)) && parts.len() <= super::files::DEEPEST;
    let path = PathBuf::from(below);
    (fits && super::files::is_of_plans(&path)).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(prefix: &str) -> Place {
        Place::of(&S3 {
            prefix: prefix.to_owned(),
            ..S3::at("b")
        })
    }

    #[test]
    fn a_prefix_is_a_folder_however_it_is_written() {
        for prefix in ["plans", "plans/", "/plans/"] {
            assert_eq!(place(prefix).key("a.yaml"), "plans/a.yaml");
            assert_eq!(place(prefix).url("a.yaml"), "s3://b/plans/a.yaml");
        }
        assert_eq!(place("").key("a.yaml"), "a.yaml");
        assert_eq!(place("").url(""), "s3://b/");
    }

    #[test]
    fn what_is_hidden_or_no_path_is_no_plan() {
        for good in ["a.yaml", "team/b.yml"] {
            assert_eq!(path_of(good), Some(PathBuf::from(good)));
        }
        for bad in [
            "a.json",
            ".sixshift/0a.yaml",
            "team/.b.yaml",
            "team//b.yaml",
            "../b.yaml",
            "/b.yaml",
            "folder/",
            "",
        ] {
            assert_eq!(path_of(bad), None, "{bad}");
        }
    }
}
