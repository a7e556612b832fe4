//! IAM's addresses.

use aws_types::SdkConfig;

use super::given;

/// Where IAM is asked, which is one for all regions of a partition, and the region that its calls are signed for.
pub(crate) fn of_iam(sdk: &SdkConfig, region: &str) -> (String, String) {
    let both = sdk.use_dual_stack().unwrap_or(false);
    let one = |ipv4: &'static str, dual| if both { dual } else { ipv4 };
    let (host, home) = match region.split('-').next() {
        Some("cn") => (
            one(
                "iam.cn-north-1.amazonaws.com.cn",
                "iam.global.api.amazonwebservices.com.cn",
            ),
            "cn-north-1",
        ),
        Some("eusc") => (
            one(
                "iam.eusc-de-east-1.amazonaws.eu",
                "iam.api.amazonwebservices.eu",
            ),
            "eusc-de-east-1",
        ),
        Some("us") if region.starts_with("us-gov-") => (
            one("iam.us-gov.amazonaws.com", "iam.us-gov.api.aws"),
            "us-gov-west-1",
        ),
        _ if sdk.use_fips().unwrap_or(false) => (
            one("iam-fips.amazonaws.com", "iam-fips.global.api.aws"),
            "us-east-1",
        ),
        _ => (one("iam.amazonaws.com", "iam.global.api.aws"), "us-east-1"),
    };
    let address = given(sdk, "IAM").unwrap_or_else(|| format!("https://{host}"));
    (address, home.to_owned())
}
