//! A bucket of S3: a page of its listing, an object, and an object that is written.
//!
//! An object is read whole and with a limit, within a time limit that counts its last byte too.

use std::{fmt, time::Duration};

use aws_smithy_types::{DateTime, base64, date_time::Format::HttpDate};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use tokio::time::timeout;

use super::{Access, Fault, access};
use crate::{
    addresses,
    rest::{Answer, Client, Request},
    signed::Service,
    xml::Element,
};

const S3: Service = Service {
    name: "S3",
    signing_name: "s3",
};

const LIST: &str = "s3:ListBucket";
const GET: &str = "s3:GetObject";
const GET_VERSION: &str = "s3:GetObjectVersion";
const PUT: &str = "s3:PutObject";

/// How long an object may take, its last byte included.
const WHOLE_OBJECT: Duration = Duration::from_secs(20);
/// What a page of a listing may hold: a thousand keys of 1,024 bytes, the longest way to write them, and what is beside them.
const PAGE: usize = 16 * 1024 * 1024;

/// One bucket, as one role sees it. Cheap to clone.
#[derive(Clone)]
pub struct Bucket {
    client: Client,
    name: String,
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Bucket").field(&self.name).finish()
    }
}

/// A page of a listing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// In the order of their keys.
    pub objects: Vec<Listed>,
    /// Where the next page begins; `None`: this was the last one.
    pub next: Option<String>,
}

/// An object as a listing has it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listed {
    /// Its key.
    pub key: String,
    /// Its entity tag, as S3 writes it.
    pub etag: String,
    /// Bytes.
    pub size: u64,
}

/// What an object must be to be read or replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Expect {
    /// Anything.
    #[default]
    Any,
    /// The one with this entity tag.
    Etag(String),
    /// This version; for reading only.
    Version(String),
    /// Not there; for writing only.
    Absent,
}

/// An object that was read.
#[derive(Clone, PartialEq, Eq)]
pub struct Got {
    /// What it holds; `None`: more than was asked for.
    pub bytes: Option<Vec<u8>>,
    /// Its entity tag, as S3 writes it.
    pub etag: String,
    /// Its version, in a bucket that has them.
    pub version: Option<String>,
    /// When it was written.
    pub modified: Option<Timestamp>,
}

impl fmt::Debug for Got {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Got")
            .field("etag", &self.etag)
            .finish_non_exhaustive()
    }
}

/// An object that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Put {
    /// Its entity tag, as S3 writes it.
    pub etag: String,
    /// Its version, in a bucket that has them.
    pub version: Option<String>,
}

impl Bucket {
    /// Nothing is asked yet.
    ///
    /// # Errors
    /// No region is known, or S3 has no address there.
    pub fn new(access: &Access, name: &str) -> Result<Self, Fault> {
        let region = access.region(LIST)?;
        let s3 = addresses::of_s3(&access.sdk, region).ok_or_else(|| {
            Fault::unsent(
                LIST,
                "AWS has no address of S3 in this region by FIPS or over IPv6",
            )
        })?;
        let address = addresses::of_bucket(&access.sdk, &s3, name);
        Ok(Self {
            client: Client::new(&access.sdk, &S3, &address, access::LIMIT),
            name: name.to_owned(),
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A page of the objects whose keys begin with a prefix.
    ///
    /// # Errors
    /// There is no such bucket, it may not be listed, or AWS does not answer.
    pub async fn list(&self, prefix: &str, from: Option<&str>) -> Result<Page, Fault> {
        access::twice(async || self.list_once(prefix, from).await).await
    }

    async fn list_once(&self, prefix: &str, from: Option<&str>) -> Result<Page, Fault> {
        let mut asked = Request::new("GET", "")
            .query("list-type", "2")
            .query("prefix", prefix);
        if let Some(from) = from {
            asked = asked.query("continuation-token", from);
        }
        let read = async {
            let answer = self.ask(LIST, asked).await?;
            whole(LIST, answer, PAGE).await
        };
        let read = timeout(access::LIMIT, Box::pin(read)).await;
        let bytes = read.unwrap_or_else(|_| Err(Fault::late(LIST)))?;
        bytes.map_or_else(|| Err(Fault::unreadable(LIST)), |bytes| page(&bytes))
    }

    /// An object, if it holds no more than so many bytes.
    ///
    /// # Errors
    /// There is no such object or bucket, it is not what the condition says, it may not be read, or AWS does not answer.
    pub async fn get(&self, key: &str, condition: &Expect, most: usize) -> Result<Got, Fault> {
        access::twice(async || {
            let whole = Box::pin(self.get_once(key, condition, most));
            timeout(WHOLE_OBJECT, whole)
                .await
                .unwrap_or_else(|_| Err(Fault::late(GET)))
        })
        .await
    }

    async fn get_once(&self, key: &str, condition: &Expect, most: usize) -> Result<Got, Fault> {
        let asked = Request::new("GET", key);
        let (asked, operation) = match condition {
            Expect::Etag(etag) => (asked.header("if-match", etag), GET),
            Expect::Version(version) => (asked.query("versionId", version), GET_VERSION),
            Expect::Any | Expect::Absent => (asked, GET),
        };
        let answer = self.ask(operation, asked).await?;
        let modified = answer.header("last-modified");
        let modified = modified.and_then(|at| DateTime::from_str(at, HttpDate).ok());
        Ok(Got {
            etag: etag(&answer),
            version: version(&answer),
            modified: modified.and_then(|at| Timestamp::from_second(at.secs()).ok()),
            bytes: whole(operation, answer, most).await?,
        })
    }

    /// Writes an object. Tried once: a reply that is lost leaves open whether it was written.
    ///
    /// # Errors
    /// What is there is not what the condition says, it may not be written, or AWS does not answer.
    pub async fn put(
        &self,
        key: &str,
        condition: &Expect,
        content_type: &str,
        bytes: Vec<u8>,
    ) -> Result<Put, Fault> {
        // A bucket that locks its objects wants a checksum; others compare it.
        let checksum = base64::encode(Sha256::digest(&bytes));
        let asked = Request::new("PUT", key)
            .header("content-type", content_type)
            .header("x-amz-checksum-sha256", checksum)
            .body(bytes);
        let asked = match condition {
            Expect::Etag(etag) => asked.header("if-match", etag),
            Expect::Absent => asked.header("if-none-match", "*"),
            Expect::Any | Expect::Version(_) => asked,
        };
        let answer = self.ask(PUT, asked).await?;
        Ok(Put {
            etag: etag(&answer),
            version: version(&answer),
        })
    }

    async fn ask(&self, operation: &'static str, asked: Request) -> Result<Answer, Fault> {
        let answer = Box::pin(self.client.send(asked)).await;
        answer.map_err(|error| Fault::from_sdk(operation, error))
    }
}

fn etag(answer: &Answer) -> String {
    answer.header("etag").unwrap_or_default().to_owned()
}

/// A bucket whose versions are suspended calls each version `null`.
fn version(answer: &Answer) -> Option<String> {
    let version = answer.header("x-amz-version-id");
    version.filter(|v| *v != "null").map(str::to_owned)
}

async fn whole(
    operation: &'static str,
    answer: Answer,
    most: usize,
) -> Result<Option<Vec<u8>>, Fault> {
    let read = answer.within(most).await;
    read.map_err(|error| Fault::broke_off(operation, &error))
}

/// What is no listing is not one of nothing.
fn page(answer: &[u8]) -> Result<Page, Fault> {
    let listing = match Element::parse(answer) {
        Some((name, listing)) if name == "ListBucketResult" => listing,
        _ => return Err(Fault::unreadable(LIST)),
    };
    let more = listing.get("IsTruncated").text() == "true";
    let next = listing.text_of("NextContinuationToken").filter(|_| more);
    if more && next.is_none() {
        return Err(Fault::unsent(
            LIST,
            "a page says that more follows, and not where",
        ));
    }
    let objects = listing.all("Contents").filter_map(|object| {
        Some(Listed {
            key: object.text_of("Key")?.to_owned(),
            etag: object.text_of("ETag")?.to_owned(),
            size: object.get("Size").text().parse().unwrap_or(0),
        })
    });
    Ok(Page {
        objects: objects.collect(),
        next: next.map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(rest: &str) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult \
             xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>plans</Name>{rest}</ListBucketResult>"
        )
    }

    #[test]
    fn a_page_has_its_objects_and_where_the_next_one_begins() {
        let told = listing(
            "<IsTruncated>true</IsTruncated><NextContinuationToken>1/a==</NextContinuationToken><Contents>\
             <Key>prod/ a&amp;b&#13;.yaml</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>\
             <ETag>&quot;e&quot;</ETag><Size>12</Size></Contents><Contents><Key>b</Key><ETag>\"f\"</ETag>\
             </Contents><CommonPrefixes><Prefix>c/</Prefix></CommonPrefixes>",
        );
        let listed = |key: &str, etag: &str, size| Listed {
            key: key.to_owned(),
            etag: etag.to_owned(),
            size,
        };
        let expected = Page {
            objects: vec![
                listed("prod/ a&b\r.yaml", "\"e\"", 12),
                listed("b", "\"f\"", 0),
            ],
            next: Some("1/a==".to_owned()),
        };
        assert_eq!(page(told.as_bytes()).unwrap(), expected);
        let last = listing("<IsTruncated>false</IsTruncated>");
        assert_eq!(page(last.as_bytes()).unwrap(), Page::default());
    }

    #[test]
    fn what_is_no_listing_is_not_an_empty_one() {
        let endless = listing("<IsTruncated>true</IsTruncated>");
        let cut_off = &listing("<Contents><Key>a</Key></Contents>")[..120];
        for broken in [
            "",
            "{}",
            cut_off,
            &endless,
            "<Error><Code>SlowDown</Code></Error>",
        ] {
            assert!(page(broken.as_bytes()).is_err(), "{broken}");
        }
    }
}
