//! `gates:` of the daemon's settings: what plans' webhooks are asked with, and whom they may be beside the internet's hosts.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;

use super::Asker;
use crate::secret::{self, Given};

/// How the webhooks are asked that steps of plans name as their gates.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(rename = "Gates")]
pub struct Settings {
    /// The environment variable with the secret that questions are signed with.
    secret_env: Option<String>,
    /// A file with that secret.
    secret_file: Option<PathBuf>,
    /// The ARN or name of that secret in Secrets Manager; as `NAME:KEY::` a key of its JSON object.
    pub secret_secret: Option<String>,
    /// Hosts, by name or address, that may have private addresses and be asked without TLS. A plan alone cannot allow that.
    pub allow_private: Vec<String>,
}

/// The key is not where the settings say.
#[derive(Debug, thiserror::Error)]
#[error("the secret of gates")]
pub struct Error(#[source] secret::Error);

impl Settings {
    /// Whether at most one place of the key is given.
    #[must_use]
    pub fn has_one_place(&self) -> bool {
        self.key().is_one()
    }

    /// Files are relative to the settings' folder.
    pub fn relative_to(&mut self, folder: &Path) {
        if let Some(file) = &mut self.secret_file {
            *file = folder.join(&*file);
        }
    }

    /// Who asks, with the key from where it is, which is read again from now on. Blocks.
    ///
    /// # Errors
    /// The key is not there.
    pub fn asker(&self, dashboard: Option<&str>) -> Result<Asker, Error> {
        let key = self.key().open(|_| Ok(())).map_err(Error)?;
        Ok(Asker::new(key, self.allow_private.clone(), dashboard))
    }

    fn key(&self) -> Given<'_> {
        let key = Given::of(
            "secret",
            self.secret_env.as_deref(),
            self.secret_file.as_deref(),
            self.secret_secret.as_deref(),
        );
        key.or_none()
    }
}
