//! What a publisher says belongs together: one object, written last, that names every file with its digest.
//!
//! Whoever follows it sees all of one publication or nothing of it. A file that is not what the manifest says is never read
//! as a plan: either the manifest is newer by now, or somebody wrote past it.

use std::{collections::BTreeSet, path::PathBuf};

use futures::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use sixshift_aws::store::{Bucket, Expect, Got};
use sixshift_core::plan::MOST_BYTES;

use super::{AT_ONCE, Error, Last, Place, Try, path_of, remedy, sha256};
use crate::source::files::{Files, MOST_FILES};

/// Below the prefix.
pub(super) const NAME: &str = "sixshift.manifest.json";
/// How the mark of what was read from a manifest begins.
pub(super) const MARK: &str = "manifest ";
/// A manifest of as many files as may be, with long names, has fewer bytes.
pub(super) const MOST: usize = 8 * 1024 * 1024;

/// The object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Manifest {
    api_version: ApiVersion,
    kind: Kind,
    /// Every file of plans.
    pub(super) files: Vec<Entry>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum ApiVersion {
    #[serde(rename = "sixshift/v1")]
    V1,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Kind {
    PlanManifest,
}

/// A file of plans.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Entry {
    /// What it is called, relative to the prefix.
    pub(super) path: String,
    /// The object's key, relative to the prefix; its path where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<String>,
    /// Bytes.
    pub(super) size: u64,
    /// Of its content, in hex.
    pub(super) sha256: String,
    /// The object's version, in a bucket that has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<String>,
}

impl Entry {
    fn key(&self) -> &str {
        self.key.as_deref().unwrap_or(&self.path)
    }
}

impl Manifest {
    pub(super) fn of(files: Vec<Entry>) -> Self {
        Self {
            api_version: ApiVersion::V1,
            kind: Kind::PlanManifest,
            files,
        }
    }

    /// # Errors
    /// Why it cannot be followed, as the end of a sentence.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let manifest: Self =
            serde_json::from_slice(bytes).map_err(|error| format!("cannot be read: {error}"))?;
        if manifest.files.len() > MOST_FILES {
            return Err(format!("names more than {MOST_FILES} files"));
        }
        let mut paths = BTreeSet::new();
        for entry in &manifest.files {
            let path = &entry.path;
            if path_of(path).is_none() {
                return Err(format!(
                    "names {path:?}: a path is relative, not hidden, and ends in .yaml or .yml"
                ));
            }
            if !paths.insert(path) {
                return Err(format!("names {path} twice"));
            }
            let digits = |c: char| matches!(c, '0'..='9' | 'a'..='f');
            if entry.sha256.len() != 64 || !entry.sha256.chars().all(digits) {
                return Err(format!("has no SHA-256 digest of {path}, in lower case"));
            }
        }
        Ok(manifest)
    }
}

/// The manifest's object; `None`: there is none.
pub(super) async fn object(
    place: &Place,
    bucket: &Bucket,
) -> Result<Option<(Got, Vec<u8>)>, Error> {
    match bucket.get(&place.key(NAME), &Expect::Any, MOST).await {
        Ok(mut got) => match got.bytes.take() {
            Some(bytes) => Ok(Some((got, bytes))),
            None => Err(unusable(place, format!("has more than {MOST} bytes"))),
        },
        Err(fault) if fault.is_code(&["NoSuchKey"]) => Ok(None),
        Err(fault) => Err(remedy::cannot("read", place, NAME, fault)),
    }
}

/// What the status calls a publication.
pub(super) fn commit(version: Option<String>, etag: &str) -> String {
    version.unwrap_or_else(|| etag.trim_matches('"').to_owned())
}

/// One try; `None`: there is no manifest.
pub(super) async fn read(
    place: &Place,
    bucket: &Bucket,
    last: Option<&Last>,
) -> Result<Option<Try>, Error> {
    let Some((got, bytes)) = object(place, bucket).await? else {
        return Ok(None);
    };
    let mark = format!("{MARK}{} {}", got.etag, sha256(&bytes));
    let commit = commit(got.version, &got.etag);
    if let Some(last) = last.filter(|last| last.mark == mark) {
        let mut last = last.clone();
        last.snapshot.commit = Some(commit);
        return Ok(Some(Try::Read(last)));
    }
    let manifest = Manifest::parse(&bytes).map_err(|why| unusable(place, why))?;
    let files = stream::iter(manifest.files)
        .map(|entry| file(place, bucket, last, entry))
        .buffer_unordered(AT_ONCE);
    let mut found = Files::of(place.url(""));
    let mut stamps = Vec::new();
    let mut files = std::pin::pin!(files);
    loop {
        match files.try_next().await {
            Ok(None) => break,
            Ok(Some((path, stamp, Content::Bytes(bytes)))) => {
                found.add(path.clone(), bytes)?;
                stamps.push((path, stamp));
            }
            Ok(Some((path, _, Content::TooLarge))) => found.too_large(path)?,
            Err(Stop::Moved(why)) => return Ok(Some(Try::Moved(unusable(place, why)))),
            Err(Stop::Failed(error)) => return Err(error),
        }
    }
    stamps.sort();
    Ok(Some(Try::Read(Last {
        snapshot: found.snapshot(Some(commit), got.modified),
        mark,
        stamps,
    })))
}

enum Content {
    Bytes(Vec<u8>),
    TooLarge,
}

enum Stop {
    /// What is there is not what the manifest says.
    Moved(String),
    Failed(Error),
}

async fn file(
    place: &Place,
    bucket: &Bucket,
    last: Option<&Last>,
    entry: Entry,
) -> Result<(PathBuf, String, Content), Stop> {
    let path = PathBuf::from(&entry.path);
    if entry.size > MOST_BYTES as u64 {
        return Ok((path, entry.sha256, Content::TooLarge));
    }
    if let Some(bytes) = last.and_then(|last| last.text(&path, &entry.sha256)) {
        return Ok((path, entry.sha256, Content::Bytes(bytes)));
    }
    let url = place.url(entry.key());
    let condition = match &entry.version {
        Some(version) => Expect::Version(version.clone()),
        None => Expect::Any,
    };
    let got = bucket
        .get(&place.key(entry.key()), &condition, MOST_BYTES)
        .await;
    let got = got.map_err(|fault| {
        if fault.is_code(&["NoSuchKey", "NoSuchVersion"]) {
            Stop::Moved(format!("names {url}, which is not there"))
        } else {
            Stop::Failed(remedy::cannot("read", place, entry.key(), fault))
        }
    })?;
    match got.bytes {
        Some(bytes) if bytes.len() as u64 == entry.size && sha256(&bytes) == entry.sha256 => {
            Ok((path, entry.sha256, Content::Bytes(bytes)))
        }
        _ => Err(Stop::Moved(format!(
            "names {url}, which holds something else now"
        ))),
    }
}

pub(super) fn unusable(place: &Place, why: String) -> Error {
    Error::Manifest {
        url: place.url(NAME),
        why,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str) -> Entry {
        Entry {
            path: path.to_owned(),
            key: None,
            size: 1,
            sha256: sha256(b"x"),
            version: None,
        }
    }

    fn parsed(files: Vec<Entry>) -> Result<Manifest, String> {
        Manifest::parse(&serde_json::to_vec(&Manifest::of(files)).unwrap())
    }

    #[test]
    fn a_manifest_is_what_was_written() {
        let files = vec![entry("a.yaml"), entry("team/b.yml")];
        assert_eq!(parsed(files.clone()), Ok(Manifest::of(files)));
    }

    #[test]
    fn a_manifest_that_could_not_be_meant_is_refused() {
        let upper = Entry {
            sha256: sha256(b"x").to_uppercase(),
            ..entry("a.yaml")
        };
        for (files, why) in [
            (vec![entry("../a.yaml")], "a path is relative"),
            (vec![entry(".git/a.yaml")], "not hidden"),
            (vec![entry("a.json")], "ends in .yaml"),
            (vec![entry("a.yaml"), entry("a.yaml")], "twice"),
            (vec![upper], "no SHA-256 digest of a.yaml"),
            (vec![entry("a.yaml"); MOST_FILES + 1], "more than 5000"),
        ] {
            let error = parsed(files).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
        for text in [
            "",
            "{}",
            "[]",
            r#"{"apiVersion":"sixshift/v2","kind":"PlanManifest","files":[]}"#,
        ] {
            assert!(Manifest::parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
