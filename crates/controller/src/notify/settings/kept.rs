//! Addresses and secrets: of which settings each kind has exactly one, and how it is read.
//!
//! What belongs here: which ones a kind has. What must not: what they open.

use super::{
    Error,
    kinds::{Slack, Webhook},
};
use crate::secret::{Check, Given, Secret};

pub(super) fn open(
    kept: &Given<'_>,
    receiver: &str,
    check: Check,
) -> Result<Option<Secret>, Error> {
    kept.open(check).map_err(|source| Error::Secret {
        receiver: receiver.to_owned(),
        key: kept.key,
        source,
    })
}

impl Webhook {
    pub(super) fn kept(&self) -> [Given<'_>; 2] {
        let url = Given::of(
            "url",
            self.url_env.as_deref(),
            self.url_file.as_deref(),
            self.url_secret.as_deref(),
        );
        let secret = Given::of(
            "secret",
            self.secret_env.as_deref(),
            self.secret_file.as_deref(),
            self.secret_secret.as_deref(),
        );
        [url.or_plain(self.url.as_deref()), secret.or_none()]
    }
}

impl Slack {
    pub(super) fn kept(&self) -> [Given<'_>; 1] {
        [Given::of(
            "url",
            self.url_env.as_deref(),
            self.url_file.as_deref(),
            self.url_secret.as_deref(),
        )]
    }
}
