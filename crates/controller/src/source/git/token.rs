//! The access token, read anew at each fetch so that a changed one counts at once. It is never shown.

use std::sync::{Mutex, PoisonError};

use super::{Error, Git};
use crate::secret::{self, Place};

/// The token that was read last: a store that does not answer for a while takes no plan away.
#[derive(Debug, Default)]
pub(super) struct Token(Mutex<Option<Known>>);

struct Known(String);

impl std::fmt::Debug for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a token")
    }
}

impl Token {
    /// The token, if the settings name one.
    pub(super) fn read(&self, settings: &Git) -> Result<Option<String>, Error> {
        let place = Place::of(
            settings.token_env.as_deref(),
            settings.token_file.as_deref(),
            settings.token_secret.as_deref(),
        );
        let Some(place) = place else { return Ok(None) };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match (place.read(), &*known) {
            (Ok(token), _) if token.chars().all(|c| c.is_ascii_graphic()) => {
                *known = Some(Known(token.clone()));
                Ok(Some(token))
            }
            (Ok(_), _) => Err(Error::NoToken {
                from: place.to_string(),
                why: "is more than one word of ASCII",
            }),
            (Err(secret::Error::Stored { place, source }), Some(Known(token))) => {
                tracing::warn!(
                    "cannot read {place}: {source}; the token that was read last goes on"
                );
                Ok(Some(token.clone()))
            }
            (Err(error), _) => Err(Error::Token(error)),
        }
    }
}
