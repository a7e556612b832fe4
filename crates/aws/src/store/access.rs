//! As whom and where stores are asked.
//!
//! What belongs here: the configuration that all of them share, and the two tries that a read has. What must not: an
//! operation.

use std::time::Duration;

use aws_config::{BehaviorVersion, identity::IdentityCache};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_types::{retry::RetryConfig, timeout::TimeoutConfig};
use aws_types::{SdkConfig, region::Region};
use tokio::time::{sleep, timeout};

use super::Fault;
use crate::{call::SECOND_TRY, role::Role};

/// How long a store may take to answer a call.
pub(super) const LIMIT: Duration = Duration::from_secs(10);
/// How long reading what the environment says may take: a machine without it may look for it in vain.
const LOOKING_AROUND: Duration = Duration::from_secs(20);

/// Credentials, region and addresses. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Access {
    pub(super) sdk: SdkConfig,
}

impl Access {
    /// With any configuration of the SDK; its retries are turned off, and its time limits are ours.
    #[must_use]
    pub fn new(sdk: &SdkConfig) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(LIMIT / 2)
            .operation_timeout(LIMIT)
            .operation_attempt_timeout(LIMIT)
            .build();
        let identities = sdk
            .identity_cache()
            .unwrap_or_else(|| IdentityCache::lazy().build());
        let sdk = sdk
            .to_builder()
            .identity_cache(identities)
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts)
            .build();
        Self { sdk }
    }

    /// With what the environment says: credential chain, profiles, `AWS_REGION`, `AWS_ENDPOINT_URL`,
    /// `AWS_USE_DUALSTACK_ENDPOINT`.
    ///
    /// # Errors
    /// Something that is asked for that does not answer.
    pub async fn from_environment(operation: &'static str) -> Result<Self, Fault> {
        let loaded = aws_config::defaults(BehaviorVersion::latest()).load();
        match timeout(LOOKING_AROUND, loaded).await {
            Ok(sdk) => Ok(Self::new(&sdk)),
            Err(_) => Err(Fault::unsent(
                operation,
                "what is to be known of credentials and region was not answered in time",
            )),
        }
    }

    /// The same in another region.
    #[must_use]
    pub fn in_region(&self, region: &str) -> Self {
        let region = Region::new(region.to_owned());
        Self {
            sdk: self.sdk.to_builder().region(region).build(),
        }
    }

    /// The same as a role that the present one may assume.
    pub async fn as_role(&self, arn: &str) -> Self {
        let provider = Role::plain(arn).assumed(&self.sdk, 1.0).await;
        let sdk = self.sdk.to_builder();
        Self {
            sdk: sdk
                .credentials_provider(SharedCredentialsProvider::new(provider))
                .build(),
        }
    }

    /// Where S3 is asked, without a bucket's name before it; `None` where AWS's rules know of no address.
    pub fn bucket_address(&self) -> Option<String> {
        let region = self.sdk.region()?;
        crate::addresses::of_s3(&self.sdk, region.as_ref())
    }

    /// The region, which every call needs.
    pub(super) fn region(&self, operation: &'static str) -> Result<&str, Fault> {
        let region = self.sdk.region().map(Region::as_ref);
        region.ok_or_else(|| Fault::unsent(operation, "no region is known: set AWS_REGION"))
    }
}

/// A read, with a second try after what passes by itself.
pub(super) async fn twice<T>(read: impl AsyncFn() -> Result<T, Fault>) -> Result<T, Fault> {
    match read().await {
        Err(fault) if fault.passes() => {
            sleep(SECOND_TRY).await;
            read().await
        }
        answer => answer,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::store::CALLS;

    #[test]
    fn every_call_of_a_store_is_in_the_list_and_nothing_else_is() {
        let sources = [
            include_str!("bucket.rs"),
            include_str!("bus.rs"),
            include_str!("parameter.rs"),
            include_str!("secret.rs"),
            include_str!("topic.rs"),
        ];
        let quoted = sources.iter().flat_map(|text| text.split('"'));
        let of_iam = quoted.filter(|text| {
            let name = text.split_once(':');
            name.is_some_and(|(service, name)| {
                matches!(service, "events" | "s3" | "secretsmanager" | "sns" | "ssm")
                    && name.chars().all(char::is_alphanumeric)
            })
        });
        let called: BTreeSet<&str> = of_iam.collect();
        assert_eq!(called, CALLS.iter().copied().collect());
    }
}
