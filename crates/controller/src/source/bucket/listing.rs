//! A prefix without a manifest: list, read each object as it was listed, list again. Only if both listings are equal is what
//! was read between them what the bucket held at one moment.

use std::path::PathBuf;

use futures::{StreamExt, stream};
use sha2::{Digest, Sha256};
use sixshift_aws::store::{Bucket, Expect, Listed};
use sixshift_core::plan::MOST_BYTES;

use super::{AT_ONCE, Error, Last, PUBLISHED, Place, Try, hex, manifest, path_of, remedy};
use crate::source::files::Files;

/// What a listing says of plans.
#[derive(Debug, Default, PartialEq, Eq)]
struct Listing {
    plans: Vec<(PathBuf, Listed)>,
    /// Names that could be plans and are no paths.
    odd: Vec<String>,
    /// Whether there is anything at all.
    anything: bool,
}

/// One try.
pub(super) async fn read(
    place: &Place,
    bucket: &Bucket,
    last: Option<&Last>,
) -> Result<Try, Error> {
    let listing = list(place, bucket).await?;
    let mark = mark(&listing);
    if let Some(last) = last.filter(|last| last.mark == mark) {
        return Ok(Try::Read(last.clone()));
    }
    let mut found = Files::of(place.url(""));
    let mut stamps = Vec::new();
    if !listing.anything {
        // Said as a mistake and not as an error: with its last object, a prefix goes too.
        found.refuse(
            PathBuf::from(place.prefix.trim_end_matches('/')),
            format!("there is no object below {}", place.url("")),
            "publish plans there, or name another prefix in the daemon's settings",
        )?;
    }
    for below in &listing.odd {
        let message = format!("the key {} is no path", place.url(below));
        found.refuse(PathBuf::from(below), message, "give the object another key")?;
    }
    let mut objects = stream::iter(listing.plans.clone())
        .map(|(path, listed)| object(place, bucket, last, path, listed))
        .buffer_unordered(AT_ONCE);
    while let Some(object) = objects.next().await {
        match object? {
            Object::Read(path, etag, bytes) => {
                found.add(path.clone(), bytes)?;
                stamps.push((path, etag));
            }
            Object::TooLarge(path) => found.too_large(path)?,
            Object::Moved => return Ok(moved(place)),
        }
    }
    drop(objects);
    if list(place, bucket).await? != listing {
        return Ok(moved(place));
    }
    stamps.sort();
    Ok(Try::Read(Last {
        snapshot: found.snapshot(Some(mark.clone()), None),
        mark,
        stamps,
    }))
}

fn moved(place: &Place) -> Try {
    Try::Moved(Error::Restless { url: place.url("") })
}

enum Object {
    Read(PathBuf, String, Vec<u8>),
    TooLarge(PathBuf),
    /// It is not there any more as it was listed.
    Moved,
}

async fn object(
    place: &Place,
    bucket: &Bucket,
    last: Option<&Last>,
    path: PathBuf,
    listed: Listed,
) -> Result<Object, Error> {
    if listed.size > MOST_BYTES as u64 {
        return Ok(Object::TooLarge(path));
    }
    if let Some(bytes) = last.and_then(|last| last.text(&path, &listed.etag)) {
        return Ok(Object::Read(path, listed.etag, bytes));
    }
    let condition = Expect::Etag(listed.etag.clone());
    match bucket.get(&listed.key, &condition, MOST_BYTES).await {
        Ok(got) => Ok(match got.bytes {
            Some(bytes) => Object::Read(path, listed.etag, bytes),
            None => Object::Moved,
        }),
        Err(fault) if fault.is_code(&["PreconditionFailed", "NoSuchKey"]) => Ok(Object::Moved),
        Err(fault) => {
            let below = path.to_string_lossy();
            Err(remedy::cannot("read", place, &below, fault))
        }
    }
}

async fn list(place: &Place, bucket: &Bucket) -> Result<Listing, Error> {
    let mut found = Files::of(place.url(""));
    let mut listing = Listing::default();
    let mut from: Option<String> = None;
    loop {
        let page = bucket.list(&place.prefix, from.as_deref()).await;
        let page = page.map_err(|fault| remedy::cannot("list", place, "", fault))?;
        for listed in page.objects {
            found.looked()?;
            let Some(below) = listed.key.strip_prefix(&place.prefix) else {
                continue;
            };
            if below.starts_with(PUBLISHED) {
                let why = "is gone, or not written yet, though what belongs to it is there";
                return Err(manifest::unusable(place, why.to_owned()));
            }
            listing.anything = true;
            match path_of(below) {
                Some(path) => listing.plans.push((path, listed)),
                None if is_odd(below) => listing.odd.push(below.to_owned()),
                None => {}
            }
        }
        match page.next {
            Some(next) if from.as_ref() != Some(&next) => from = Some(next),
            _ => break,
        }
    }
    listing.plans.sort();
    Ok(listing)
}

/// What a folder could not hold, though it is called like a plan.
fn is_odd(below: &str) -> bool {
    let parts = || below.split('/');
    let is_hidden = parts().any(|part| part.starts_with('.') && !matches!(part, "." | ".."));
    let is_no_path = parts().any(|part| matches!(part, "" | "." | ".."));
    !is_hidden && is_no_path && crate::source::files::is_of_plans(below.as_ref())
}

fn mark(listing: &Listing) -> String {
    let mut hash = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    for (_, listed) in &listing.plans {
        part(listed.key.as_bytes());
        part(listed.etag.as_bytes());
    }
    listing.odd.iter().for_each(|odd| part(odd.as_bytes()));
    part(&[u8::from(listing.anything)]);
    hex(&hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_tells_what_is_there_and_what_it_is() {
        let listing = |objects: &[(&str, &str)]| Listing {
            anything: true,
            plans: objects
                .iter()
                .map(|(key, etag)| {
                    let listed = Listed {
                        key: (*key).to_owned(),
                        etag: (*etag).to_owned(),
                        size: 1,
                    };
                    (PathBuf::from(key), listed)
                })
                .collect(),
            ..Listing::default()
        };
        let marks = [
            mark(&Listing::default()),
            mark(&listing(&[])),
            mark(&listing(&[("a.yaml", "1")])),
            mark(&listing(&[("a.yaml", "2")])),
            mark(&listing(&[("b.yaml", "1")])),
            mark(&listing(&[("a.yaml", "1"), ("b.yaml", "1")])),
        ];
        let distinct: std::collections::BTreeSet<_> = marks.iter().collect();
        assert_eq!(distinct.len(), marks.len());
    }

    #[test]
    fn a_key_that_is_no_path_is_odd_only_where_it_is_called_like_a_plan() {
        for odd in ["team//a.yaml", "../a.yaml", "/a.yml"] {
            assert!(is_odd(odd), "{odd}");
        }
        for fine in [
            "a.yaml",
            ".git/a.yaml",
            "team//a.txt",
            "folder/",
            ".a/../b.yaml",
        ] {
            assert!(!is_odd(fine), "{fine}");
        }
    }
}
