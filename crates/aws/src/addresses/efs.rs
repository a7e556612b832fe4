//! EFS's addresses.

use aws_types::SdkConfig;

use super::{beside::EFS, given};

/// Where EFS is asked in a configuration's region. Its names on both families are short ones where Amazon's domain ends them.
pub(crate) fn of_efs(sdk: &SdkConfig, region: &str) -> String {
    let url = EFS.address(sdk, region);
    let is_short = sdk.use_dual_stack().unwrap_or(false) && !region.starts_with("eusc-");
    if is_short && given(sdk, EFS.id).is_none() {
        return url.replacen("//elasticfilesystem", "//efs", 1);
    }
    url
}
