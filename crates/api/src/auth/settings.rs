//! What the daemon's operator writes about who may do what.

use std::path::PathBuf;

use base64::Engine;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sixshift_controller::secret::{Place, Secret};

use super::{Digest, Role, hex, sha256, unhex};

/// Shorter tokens can be guessed.
const SHORTEST_TOKEN: usize = 16;

/// Who may do what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(rename = "Auth")]
pub struct Settings {
    /// Who may read.
    pub read: Read,
    /// Who is known by a token.
    pub tokens: Vec<Token>,
    /// People whom an Application Load Balancer has logged in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alb_oidc: Option<AlbOidc>,
}

/// Who may read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Read {
    /// Everybody who reaches the address.
    #[default]
    Open,
    /// Only who has a token, of whatever role.
    Token,
}

/// Somebody who is known by a token. Exactly one of `sha256`, `env`, `file` and `secret` says which.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Token {
    /// Who: the actor of their orders.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// The token's SHA-256 digest in hex, as `printf %s TOKEN | sha256sum` prints it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// The environment variable that holds the token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<String>,
    /// The file that holds the token; read again every few minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// The ARN or name of the secret in Secrets Manager that holds the token; as `NAME:KEY::` a key of its JSON object. Read
    /// again every few minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

/// People whom an Application Load Balancer has logged in with its `authenticate-oidc` or `authenticate-cognito` action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AlbOidc {
    /// The load balancer's region: where its public keys are.
    pub region: String,
    /// The load balancer's ARN: nobody else's signature counts.
    pub signer_arn: String,
    /// Who may give orders; everybody else who is logged in may read.
    #[serde(default)]
    pub operators: Operators,
}

/// Who may give orders among those who are logged in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Operators {
    /// By the claim `email`; never where `email_verified` is false.
    pub emails: Vec<String>,
    /// By membership in the claim that `groups_claim` names.
    pub groups: Vec<String>,
    /// The claim that holds groups; `groups` where it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups_claim: Option<String>,
}

/// What is wrong with the settings.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    /// Nothing that says which token it is, or several.
    #[error(
        "token {0} needs exactly one of sha256, env, file and secret: write sha256: with what \
         `printf %s TOKEN | sha256sum` prints"
    )]
    Source(String),
    /// Not a digest.
    #[error(
        "the sha256 of token {0} is not 64 hex digits: write what `printf %s TOKEN | sha256sum` prints"
    )]
    Digest(String),
    /// The variable is not set, or too short.
    #[error(
        "the environment variable {env} of token {name} is not set to at least {SHORTEST_TOKEN} characters: \
         set it to what `openssl rand -hex 32` prints"
    )]
    Variable {
        /// Whose.
        name: String,
        /// Which.
        env: String,
    },
    /// The token cannot be had from where it is kept.
    #[error("token {name}: {why}")]
    Secret {
        /// Whose.
        name: String,
        /// A sentence.
        why: String,
    },
    /// A name without a letter.
    #[error("a token needs a name of 1 to 100 printable characters: it is the actor of its orders")]
    Name,
    /// Two entries of one name.
    #[error("two tokens are called {0}: give each person or program a name of its own")]
    SameName(String),
    /// Two entries with one token.
    #[error("token {0} is the same token as another's: make one for each")]
    SameToken(String),
    /// Not a region or not a load balancer.
    #[error("albOidc.{field} is {value:?}: write {expected}")]
    AlbOidc {
        /// Which field.
        field: &'static str,
        /// What it says.
        value: String,
        /// What it should be.
        expected: &'static str,
    },
    /// The ALB's header can be checked only with a way to its public keys.
    #[error(
        "albOidc is set, but nothing fetches the load balancer's public keys: build the daemon with TLS, or leave it out"
    )]
    NoKeys,
    /// The system gives no random numbers.
    #[error("the system gives no random numbers: sessions cannot be made safe")]
    Random,
}

impl Token {
    /// Of somebody who is known by this secret, of which only the digest is kept.
    #[must_use]
    pub fn of_secret(name: &str, role: Role, secret: &str) -> Self {
        Self {
            name: name.to_owned(),
            role,
            sha256: Some(hex(&sha256(secret.as_bytes()))),
            env: None,
            file: None,
            secret: None,
        }
    }

    /// Whether exactly one thing says which token it is.
    #[must_use]
    pub fn has_one_proof(&self) -> bool {
        let given = [
            self.sha256.is_some(),
            self.env.is_some(),
            self.file.is_some(),
            self.secret.is_some(),
        ];
        given.into_iter().filter(|is_given| *is_given).count() == 1
    }

    /// What tells the token. Blocks where that is kept elsewhere.
    pub(super) fn proof(&self, env: impl Fn(&str) -> Option<String>) -> Result<Proof, Error> {
        let printable = self.name.chars().all(|c| !c.is_control());
        if self.name.trim().is_empty() || self.name.chars().count() > 100 || !printable {
            return Err(Error::Name);
        }
        if !self.has_one_proof() {
            return Err(Error::Source(self.name.clone()));
        }
        if let Some(hex) = &self.sha256 {
            let digest = unhex(hex).ok_or_else(|| Error::Digest(self.name.clone()))?;
            return Ok(Proof::Digest(digest));
        }
        if let Some(variable) = &self.env {
            return match env(variable) {
                Some(token) if token.trim().len() >= SHORTEST_TOKEN => {
                    Ok(Proof::Digest(sha256(token.trim().as_bytes())))
                }
                _ => Err(Error::Variable {
                    name: self.name.clone(),
                    env: variable.clone(),
                }),
            };
        }
        let place = Place::of(None, self.file.as_deref(), self.secret.as_deref());
        let place = place.ok_or_else(|| Error::Source(self.name.clone()))?;
        match Secret::open(place, long_enough) {
            Ok(secret) => Ok(Proof::Kept(secret)),
            Err(error) => Err(Error::Secret {
                name: self.name.clone(),
                why: whole(&error),
            }),
        }
    }
}

/// What tells a token.
pub(super) enum Proof {
    /// Its digest, for good.
    Digest(Digest),
    /// Where it is kept; another one may be there at any time.
    Kept(Secret),
}

impl Proof {
    pub(super) fn digest(&self) -> Digest {
        match self {
            Self::Digest(digest) => *digest,
            Self::Kept(secret) => sha256(secret.value().as_bytes()),
        }
    }

    /// A token was not known: this one may be another by now.
    pub(super) fn doubt(&self) {
        if let Self::Kept(secret) = self {
            secret.doubt();
        }
    }
}

fn long_enough(token: &str) -> Result<(), &'static str> {
    let fits = token.len() >= SHORTEST_TOKEN;
    fits.then_some(())
        .ok_or("holds fewer than 16 characters: put there what `openssl rand -hex 32` prints")
}

/// An error with what lies below it.
fn whole(error: &dyn std::error::Error) -> String {
    let below = error.source().map(whole);
    below.map_or_else(|| error.to_string(), |below| format!("{error}: {below}"))
}

/// Base64 for URLs, with or without padding: the ALB writes it padded, which the standard for JWTs does not.
pub(super) fn unbase64(text: &str) -> Option<Vec<u8>> {
    let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    engine.decode(text.trim_end_matches('=')).ok()
}
