//! A role that a plan's account lends: assumed once, shared by all clients, tried twice like every read.
//!
//! What belongs here: AssumeRole. What must not: what the credentials are used for.

use std::time::Duration;

use aws_config::sts::AssumeRoleProvider;
use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, error::CredentialsError, future},
};
use aws_types::SdkConfig;
use sixshift_core::plan::ServiceRef;
use tokio::time::sleep;

use crate::call::SECOND_TRY;

/// A role, and what it asks of whoever assumes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Role {
    arn: String,
    external_id: Option<String>,
}

impl Role {
    /// The role of a plan's service, where it has one.
    pub(crate) fn of(service: &ServiceRef) -> Option<Self> {
        Some(Self {
            arn: service.role_arn.clone()?,
            external_id: service.external_id.clone(),
        })
    }

    /// One that asks nothing of whoever assumes it.
    pub(crate) fn plain(arn: &str) -> Self {
        Self {
            arn: arn.to_owned(),
            external_id: None,
        }
    }

    /// The account that it is of.
    pub(crate) fn account(&self) -> Option<&str> {
        self.arn.split(':').nth(4)
    }

    /// Its credentials, in the region of a configuration; `rate` is virtual seconds per second of tokio's clock.
    pub(crate) async fn assumed(&self, sdk: &SdkConfig, rate: f64) -> Twice {
        let provider = AssumeRoleProvider::builder(&self.arn)
            .session_name("sixshift")
            .configure(sdk);
        let provider = match sdk.region() {
            Some(region) => provider.region(region.clone()),
            None => provider,
        };
        let provider = match &self.external_id {
            Some(id) => provider.external_id(id),
            None => provider,
        };
        Twice {
            provider: provider.build().await,
            pause: SECOND_TRY.div_f64(rate),
        }
    }
}

/// One lost call must not take the sight of every plan of a role.
#[derive(Debug)]
pub(crate) struct Twice {
    provider: AssumeRoleProvider,
    pause: Duration,
}

impl Twice {
    async fn provide(&self) -> Result<Credentials, CredentialsError> {
        match self.provider.provide_credentials().await {
            Err(CredentialsError::ProviderError(_) | CredentialsError::ProviderTimedOut(_)) => {
                sleep(self.pause).await;
                self.provider.provide_credentials().await
            }
            answer => answer,
        }
    }
}

impl ProvideCredentials for Twice {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.provide())
    }
}
