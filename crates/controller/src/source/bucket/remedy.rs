//! What to do when S3 does not give what is asked for: sentences with bucket, key and remedy.

use sixshift_aws::{Kind, store::Fault};

use super::{Error, Place};

/// S3's codes for a bucket that is somewhere else.
const ELSEWHERE: &[&str] = &[
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
    "PermanentRedirect",
    "TemporaryRedirect",
    "HTTP 301",
    "HTTP 307",
];

/// `below` is what was asked for below the prefix; empty: the prefix itself.
pub(super) fn cannot(doing: &'static str, place: &Place, below: &str, fault: Fault) -> Error {
    Error::Bucket {
        doing,
        url: place.url(below),
        remedy: remedy(place, below, &fault),
        source: fault,
    }
}

fn remedy(place: &Place, below: &str, fault: &Fault) -> String {
    let bucket = &place.bucket;
    if fault.is_code(&["NoSuchBucket", "InvalidBucketName"]) {
        return "there is no bucket of this name: correct the bucket, or make it".to_owned();
    }
    if fault.is_code(ELSEWHERE) || fault.region().is_some() && fault.kind() == Kind::Refused {
        return match fault.region() {
            Some(region) => format!("the bucket is in another region: write region: {region}"),
            None => "the bucket is in another region: write it as region".to_owned(),
        };
    }
    match fault.kind() {
        Kind::Denied if below.is_empty() => format!(
            "allow this role s3:ListBucket on {bucket} and s3:GetObject on {bucket}/{}*",
            place.prefix
        ),
        // Who may not list is told that an object is denied where there is none.
        Kind::Denied => format!(
            "allow this role {} on {bucket}/{}*, and s3:ListBucket on {bucket}",
            fault.operation(),
            place.prefix
        ),
        Kind::Credentials => {
            "it needs credentials that are valid here, such as a task role's or a profile's"
                .to_owned()
        }
        Kind::Throttled | Kind::Server => "it is tried again at the next look".to_owned(),
        Kind::Network | Kind::Timeout => "`sixshift doctor` checks the way there".to_owned(),
        _ => "correct bucket, prefix and region".to_owned(),
    }
}
