//! S3's addresses, and its buckets'.

use aws_types::SdkConfig;
use futures::FutureExt as _;

use super::{given, resolved};
use crate::signed;

/// Where S3 is asked, without a bucket's name before it; `None` where AWS has no such address.
pub(crate) fn of_s3(sdk: &SdkConfig, region: &str) -> Option<String> {
    if let Some(url) = given(sdk, "S3") {
        return Some(url);
    }
    let fips = sdk.use_fips().unwrap_or(false);
    // ECS has a FIPS address in China, S3 has none.
    if fips && region.starts_with("cn-") {
        return None;
    }
    // S3's names on both families end as those on IPv4 do.
    let on_ipv4 = sdk.to_builder().use_dual_stack(false).build();
    let ecs = resolved!(aws_sdk_ecs, (region, &on_ipv4), None)?;
    let url = ecs.replacen("//ecs", "//s3", 1);
    if !sdk.use_dual_stack().unwrap_or(false) {
        return Some(url);
    }
    let region = format!(".{region}.");
    Some(url.replacen(&region, &format!(".dualstack{region}"), 1))
}

/// Where a bucket is asked that lies where S3 is: by a name of its own where it can be a part of one, as S3 wants it, or else
/// by a path. Whatever else speaks S3 need not have a name for each bucket: botocore asks it by paths as well.
pub(crate) fn of_bucket(sdk: &SdkConfig, s3: &str, bucket: &str) -> String {
    let s3 = s3.trim_end_matches('/');
    match s3.split_once("://") {
        Some((scheme, host)) if !is_s3_given(sdk) && is_label(bucket) => {
            format!("{scheme}://{bucket}.{host}")
        }
        _ => format!("{s3}/{}", signed::escaped(bucket)),
    }
}

/// Whether a certificate for all names below S3's is one for it.
fn is_label(bucket: &str) -> bool {
    let is_plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
    let bytes = bucket.as_bytes();
    (3..=63).contains(&bytes.len())
        && bytes.iter().all(|c| is_plain(*c) || *c == b'-')
        && [bytes.first(), bytes.last()]
            .iter()
            .all(|end| end.is_some_and(|c| is_plain(*c)))
}

/// Whether the environment or a profile says where S3 is.
pub(super) fn is_s3_given(sdk: &SdkConfig) -> bool {
    given(sdk, "S3").is_some()
}
