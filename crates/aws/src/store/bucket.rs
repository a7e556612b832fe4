//! A bucket of S3: a page of its listing, an object, and an object that is written.
//!
//! An object is read whole and with a limit, within a time limit that counts its last byte too.

use std::{fmt, time::Duration};

use aws_sdk_s3::{
    Client,
    config::{RequestChecksumCalculation, ResponseChecksumValidation},
    primitives::ByteStream,
};
use jiff::Timestamp;
use tokio::time::timeout;

use super::{Access, Fault, access};
use crate::addresses;

const LIST: &str = "s3:ListBucket";
const GET: &str = "s3:GetObject";
const GET_VERSION: &str = "s3:GetObjectVersion";
const PUT: &str = "s3:PutObject";

/// How long an object may take, its last byte included.
const WHOLE_OBJECT: Duration = Duration::from_secs(20);

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
    /// No region is known.
    pub fn new(access: &Access, name: &str) -> Result<Self, Fault> {
        access.region(LIST)?;
        // As botocore does: whatever else speaks S3 need not have a name for each bucket.
        let is_given = addresses::is_s3_given(&access.sdk);
        let config = aws_sdk_s3::config::Builder::from(&access.sdk)
            .force_path_style(is_given)
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            .build();
        Ok(Self {
            client: Client::from_conf(config),
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
        let asked = self
            .client
            .list_objects_v2()
            .bucket(&self.name)
            .prefix(prefix)
            .set_continuation_token(from.map(str::to_owned));
        let answer = Box::pin(asked.send()).await;
        let answer = answer.map_err(|error| Fault::from_sdk(LIST, error))?;
        let more = answer.is_truncated == Some(true);
        let next = answer.next_continuation_token.filter(|_| more);
        if more && next.is_none() {
            return Err(Fault::unsent(
                LIST,
                "a page says that more follows, and not where",
            ));
        }
        let objects = answer.contents.unwrap_or_default().into_iter();
        let objects = objects.filter_map(|object| {
            Some(Listed {
                key: object.key?,
                etag: object.e_tag?,
                size: u64::try_from(object.size.unwrap_or(0)).unwrap_or(u64::MAX),
            })
        });
        Ok(Page {
            objects: objects.collect(),
            next,
        })
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
        let asked = self.client.get_object().bucket(&self.name).key(key);
        let (asked, operation) = match condition {
            Expect::Etag(etag) => (asked.if_match(etag), GET),
            Expect::Version(version) => (asked.version_id(version), GET_VERSION),
            Expect::Any | Expect::Absent => (asked, GET),
        };
        let answer = asked.send().await;
        let answer = answer.map_err(|error| Fault::from_sdk(operation, error))?;
        let modified = answer.last_modified.as_ref();
        let modified = modified.and_then(|at| Timestamp::from_second(at.secs()).ok());
        Ok(Got {
            etag: answer.e_tag.unwrap_or_default(),
            version: real(answer.version_id),
            modified,
            bytes: within(answer.body, most)
                .await
                .map_err(|error| Fault::broke_off(operation, &error))?,
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
        let asked = self
            .client
            .put_object()
            .bucket(&self.name)
            .key(key)
            .content_type(content_type)
            .body(ByteStream::from(bytes));
        let asked = match condition {
            Expect::Etag(etag) => asked.if_match(etag),
            Expect::Absent => asked.if_none_match("*"),
            Expect::Any | Expect::Version(_) => asked,
        };
        let answer = Box::pin(asked.send()).await;
        let answer = answer.map_err(|error| Fault::from_sdk(PUT, error))?;
        Ok(Put {
            etag: answer.e_tag.unwrap_or_default(),
            version: real(answer.version_id),
        })
    }
}

/// A bucket whose versions are suspended calls each version `null`.
fn real(version: Option<String>) -> Option<String> {
    version.filter(|version| version != "null")
}

async fn within(
    mut body: ByteStream,
    most: usize,
) -> Result<Option<Vec<u8>>, aws_sdk_s3::primitives::ByteStreamError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = body.try_next().await? {
        if bytes.len() + chunk.len() > most {
            return Ok(None);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Some(bytes))
}
