//! Publishing a snapshot: every file under the digest of its content, and the manifest last.
//!
//! An object that is named by its digest never changes, so whoever follows the manifest of before goes on reading what it
//! names. Nothing is deleted.

use futures::{StreamExt, TryStreamExt, stream};
use sixshift_aws::store::{Access, Bucket, Expect};

use super::{
    AT_ONCE, Error, PUBLISHED, Place, S3, Snapshot, connect,
    manifest::{self, Entry, Manifest},
    remedy, sha256, within,
};

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Files that the manifest names.
    pub files: usize,
    /// Those of them that were not there before.
    pub written: usize,
    /// What the daemon's status will show.
    pub commit: String,
    /// Whether there was something else before.
    pub is_new: bool,
    /// Where.
    pub url: String,
}

/// Writes the files of a snapshot and then the manifest that names them. Blocks. Without an access the environment's is
/// taken.
///
/// # Errors
/// A file that cannot be read, a bucket that cannot be written, or somebody who published at the same time: then the manifest of
/// before, or theirs, goes on.
pub fn publish(
    snapshot: &Snapshot,
    target: &S3,
    access: Option<&Access>,
) -> Result<Published, Error> {
    let place = Place::of(target);
    let mut files = Vec::new();
    for (path, text) in snapshot.files.iter() {
        let text = text.as_ref().map_err(|mistake| Error::Unpublishable {
            path: path.clone(),
            why: mistake.message.clone(),
        })?;
        files.push((
            path.to_string_lossy().into_owned(),
            text.clone().into_bytes(),
        ));
    }
    let (runtime, bucket) = connect(target, access)?;
    within(&runtime, &place, write(&place, &bucket, files))
}

async fn write(
    place: &Place,
    bucket: &Bucket,
    files: Vec<(String, Vec<u8>)>,
) -> Result<Published, Error> {
    let before = manifest::object(place, bucket).await?;
    let entries = files.iter().map(|(path, bytes)| {
        let sha256 = sha256(bytes);
        Entry {
            path: path.clone(),
            key: Some(format!("{PUBLISHED}{sha256}.yaml")),
            size: bytes.len() as u64,
            sha256,
            version: None,
        }
    });
    let entries: Vec<Entry> = entries.collect();
    let keys: Vec<String> = entries.iter().filter_map(|e| e.key.clone()).collect();
    let written = stream::iter(keys.into_iter().zip(files))
        .map(|(key, (_, bytes))| put(place, bucket, key, bytes))
        .buffer_unordered(AT_ONCE)
        .try_fold(0, |sum, new| async move { Ok(sum + usize::from(new)) })
        .await?;
    let files = entries.len();
    let text = text(&Manifest::of(entries));
    let url = place.url("");
    if let Some((got, _)) = before.as_ref().filter(|(_, bytes)| *bytes == text) {
        return Ok(Published {
            files,
            written,
            commit: manifest::commit(got.version.clone(), &got.etag),
            is_new: false,
            url,
        });
    }
    let condition = match before {
        Some((got, _)) => Expect::Etag(got.etag),
        None => Expect::Absent,
    };
    let put = bucket
        .put(
            &place.key(manifest::NAME),
            &condition,
            "application/json",
            text,
        )
        .await
        .map_err(|fault| {
            if fault.is_code(&[
                "PreconditionFailed",
                "ConditionalRequestConflict",
                "NoSuchKey",
            ]) {
                Error::PublishedMeanwhile {
                    url: place.url(manifest::NAME),
                }
            } else {
                remedy::cannot("write", place, manifest::NAME, fault)
            }
        })?;
    Ok(Published {
        files,
        written,
        commit: manifest::commit(put.version, &put.etag),
        is_new: true,
        url,
    })
}

/// Whether it was not there before.
async fn put(place: &Place, bucket: &Bucket, key: String, bytes: Vec<u8>) -> Result<bool, Error> {
    let full = place.key(&key);
    let put = bucket.put(&full, &Expect::Absent, "application/yaml", bytes);
    match put.await {
        Ok(_) => Ok(true),
        // Somebody else's of the same digest is the same.
        Err(fault) if fault.is_code(&["PreconditionFailed", "ConditionalRequestConflict"]) => {
            Ok(false)
        }
        Err(fault) => Err(remedy::cannot("write", place, &key, fault)),
    }
}

/// Written out, so that two manifests can be compared by eye.
fn text(manifest: &Manifest) -> Vec<u8> {
    let mut text = serde_json::to_vec_pretty(manifest).unwrap_or_default();
    text.push(b'\n');
    text
}
