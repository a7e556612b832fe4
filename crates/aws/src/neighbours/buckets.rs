//! The policies of buckets of S3.
//!
//! What belongs here: where a bucket is asked, in this region or another, and what its answers mean. What must not: what stands in a
//! policy ([`crate::policy`]).
//!
//! Sources: S3 API reference, GetBucketPolicy (whoever is of another account than the bucket's is answered 405), "Error responses"
//! (301 with `x-amz-bucket-region`, and what an address answers that is signed for in another region).

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::ErrorMetadata;
use aws_types::{SdkConfig, region::Region as RegionName};
use sixshift_core::observation::{BucketPolicy, Known};
use tokio::time::timeout;

use crate::{
    addresses,
    call::{Caller, GET_BUCKET_POLICY},
    error::Error,
    policy,
    region::Clients,
    rest::{Client, Request},
    signed::Service,
};

const S3: Service = Service {
    name: "S3",
    signing_name: "s3",
};
/// A policy has 20 KB at most.
const MOST: usize = 64 * 1024;
const LIMIT: Duration = Duration::from_secs(5);

/// S3, in whatever region a bucket is.
#[derive(Clone)]
pub(crate) struct Buckets {
    sdk: SdkConfig,
    region: Arc<str>,
}

impl Buckets {
    pub(super) fn new(sdk: &SdkConfig, region: &str) -> Self {
        Self {
            sdk: sdk.clone(),
            region: region.into(),
        }
    }

    fn client(&self, region: &str, bucket: &str) -> Result<Client, Error> {
        let name = RegionName::new(region.to_owned());
        let sdk = self.sdk.to_builder().region(name).build();
        let s3 = addresses::of_s3(&sdk, region);
        let s3 = s3.ok_or_else(|| {
            Error::build(
                GET_BUCKET_POLICY.name,
                "AWS has no address of S3 in this region by FIPS or over IPv6",
            )
        })?;
        let address = addresses::of_bucket(&sdk, &s3, bucket);
        Ok(Client::new(&sdk, &S3, &address, LIMIT))
    }
}

/// `Absent` where there is no such bucket.
pub(super) async fn policy(
    clients: Arc<Clients>,
    bucket: String,
) -> Result<Known<Arc<BucketPolicy>>, Error> {
    let (buckets, caller) = (&clients.neighbours.buckets, &clients.caller);
    let (mut answer, elsewhere) = ask(buckets, caller, &buckets.region, &bucket).await;
    if let Some(region) = elsewhere {
        answer = ask(buckets, caller, &region, &bucket).await.0;
    }
    let policy = match answer {
        Ok(text) => BucketPolicy {
            conditions: policy::conditions(&bucket, &text),
            is_others: false,
        },
        Err(error) if error.is_code(&["NoSuchBucketPolicy"]) => BucketPolicy::default(),
        Err(error) if error.is_code(&["MethodNotAllowed"]) => BucketPolicy {
            is_others: true,
            ..BucketPolicy::default()
        },
        Err(error) if error.is_code(&["NoSuchBucket"]) => return Ok(Known::Absent),
        Err(error) => return Err(error),
    };
    Ok(Known::Seen(Arc::new(policy)))
}

/// The policy as S3 in a region tells it; and where else the bucket is, where S3 says so.
async fn ask(
    buckets: &Buckets,
    caller: &Caller,
    region: &str,
    bucket: &str,
) -> (Result<String, Error>, Option<String>) {
    let operation = &GET_BUCKET_POLICY;
    let client = match buckets.client(region, bucket) {
        Ok(client) => client,
        Err(error) => return (Err(error), None),
    };
    let elsewhere = Mutex::new(None);
    let send = || async {
        let answer = client
            .send(Request::new("GET", "").query("policy", ""))
            .await;
        let told = answer.as_ref().err().and_then(home);
        *elsewhere.lock().unwrap_or_else(PoisonError::into_inner) = told;
        answer
    };
    let answer = match caller.read(operation, send).await {
        Ok(answer) => answer,
        Err(error) => {
            let told = elsewhere
                .into_inner()
                .unwrap_or_else(PoisonError::into_inner);
            return (Err(error), told.filter(|told| told != region));
        }
    };
    let text = match timeout(LIMIT, answer.within(MOST)).await {
        Ok(Ok(Some(bytes))) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Ok(Ok(None)) => Err(Error::unreadable(
            operation.name,
            "it is too long for a policy",
        )),
        Ok(Err(error)) => Err(Error::unreadable(operation.name, error)),
        Err(_) => Err(Error::late(operation.name)),
    };
    (text, None)
}

/// The region in which a bucket is, where S3 refuses and tells it.
fn home(error: &SdkError<ErrorMetadata, HttpResponse>) -> Option<String> {
    let region = error.raw_response()?.headers().get("x-amz-bucket-region");
    region.map(str::to_owned)
}
