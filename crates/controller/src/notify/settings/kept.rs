//! Addresses and secrets: of which settings each kind has exactly one, and how it is read.
//!
//! What belongs here: where such a thing may be kept. What must not: what it opens.

use std::path::Path;

use super::{
    Error,
    kinds::{Slack, Webhook},
};
use crate::secret::{Check, Place, Secret};

/// Where an address or a secret is: in one of three places; an address that is no secret may be written itself.
pub(super) struct Kept<'a> {
    pub(super) key: &'static str,
    /// Whether it may be left out.
    pub(super) optional: bool,
    plain: Option<&'a str>,
    env: Option<&'a str>,
    file: Option<&'a Path>,
    pub(super) stored: Option<&'a str>,
    /// Whether it may be written itself, too.
    may_be_plain: bool,
}

impl Kept<'_> {
    pub(super) fn is_one(&self) -> bool {
        let places = [self.plain, self.env, self.stored];
        let places = places.iter().filter(|place| place.is_some()).count();
        let places = places + usize::from(self.file.is_some());
        places == 1 || (places == 0 && self.optional)
    }

    /// The settings of which one belongs there.
    pub(super) fn names(&self) -> String {
        let key = self.key;
        let plain = if self.may_be_plain {
            format!("{key}, ")
        } else {
            String::new()
        };
        format!("{plain}{key}Env, {key}File and {key}Secret")
    }

    pub(super) fn open(&self, receiver: &str, check: Check) -> Result<Option<Secret>, Error> {
        let place = Place::of(self.env, self.file, self.stored);
        let opened = place.map(|place| Secret::open(place, check)).transpose();
        let opened = opened.map_err(|source| Error::Secret {
            receiver: receiver.to_owned(),
            key: self.key,
            source,
        })?;
        Ok(opened.or_else(|| self.plain.map(Secret::fixed)))
    }
}

impl Webhook {
    pub(super) fn kept(&self) -> [Kept<'_>; 2] {
        let url = Kept {
            key: "url",
            optional: false,
            plain: self.url.as_deref(),
            env: self.url_env.as_deref(),
            file: self.url_file.as_deref(),
            stored: self.url_secret.as_deref(),
            may_be_plain: true,
        };
        let secret = Kept {
            key: "secret",
            optional: true,
            plain: None,
            env: self.secret_env.as_deref(),
            file: self.secret_file.as_deref(),
            stored: self.secret_secret.as_deref(),
            may_be_plain: false,
        };
        [url, secret]
    }
}

impl Slack {
    pub(super) fn kept(&self) -> [Kept<'_>; 1] {
        [Kept {
            key: "url",
            optional: false,
            plain: None,
            env: self.url_env.as_deref(),
            file: self.url_file.as_deref(),
            stored: self.url_secret.as_deref(),
            may_be_plain: false,
        }]
    }
}
