//! Who may do what, as the settings said when they were read last.

use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;

use super::{
    AlbOidc, Caller, Digest, Error, FetchKey, Read, Role, Settings, oidc::Verifier,
    settings::Proof, sha256,
};

/// One reading of the settings.
pub(super) struct Rules {
    read: Read,
    tokens: Vec<Known>,
    oidc: Option<Oidc>,
}

/// People whom a load balancer vouches for.
#[derive(Clone)]
pub(super) struct Oidc {
    pub(super) settings: Arc<AlbOidc>,
    pub(super) verifier: Arc<Verifier>,
}

/// Somebody with a token.
pub(super) struct Known {
    pub(super) name: String,
    pub(super) role: Role,
    proof: Proof,
}

impl Known {
    /// The digest of the token as it is now.
    pub(super) fn digest(&self) -> Digest {
        self.proof.digest()
    }

    /// Something else was taken for it: it may be another by now.
    pub(super) fn doubt(&self) {
        self.proof.doubt();
    }
}

impl Rules {
    /// From the settings; `env` reads the environment. Blocks where a token is kept elsewhere.
    pub(super) fn new(
        settings: &Settings,
        fetch: Option<FetchKey>,
        env: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Error> {
        let mut tokens = Vec::new();
        for token in &settings.tokens {
            let proof = token.proof(&env)?;
            let digest = proof.digest();
            if tokens.iter().any(|known: &Known| known.name == token.name) {
                return Err(Error::SameName(token.name.clone()));
            }
            if tokens.iter().any(|known| known.digest() == digest) {
                return Err(Error::SameToken(token.name.clone()));
            }
            let (name, role) = (token.name.clone(), token.role);
            tokens.push(Known { name, role, proof });
        }
        let oidc = settings.alb_oidc.as_ref().map(|oidc| {
            Ok(Oidc {
                settings: Arc::new(oidc.clone()),
                verifier: Arc::new(Verifier::new(oidc.clone(), fetch)?),
            })
        });
        Ok(Self {
            read: settings.read,
            tokens,
            oidc: oidc.transpose()?,
        })
    }

    pub(super) fn is_read_only(&self) -> bool {
        let by_token = self.tokens.iter().any(|t| t.role == Role::Operator);
        let by_person = self.oidc.as_ref().map(|oidc| &oidc.verifier);
        !by_token && !by_person.is_some_and(|verifier| verifier.has_operators())
    }

    pub(super) fn has_tokens(&self) -> bool {
        !self.tokens.is_empty()
    }

    pub(super) fn oidc(&self) -> Option<&Oidc> {
        self.oidc.as_ref()
    }

    /// Somebody of whom nothing is known.
    pub(super) fn nobody(&self) -> Caller {
        Caller::nobody((self.read == Read::Open).then_some(Role::Viewer))
    }

    /// Who has a token.
    pub(super) fn token(&self, given: &str) -> Option<&Known> {
        let found = self.digest(&sha256(given.as_bytes()));
        if found.is_none() {
            self.doubt();
        }
        found
    }

    /// Every token is compared, each in constant time: how long it takes tells nothing.
    pub(super) fn digest(&self, digest: &Digest) -> Option<&Known> {
        let is_it = |known: &Known| verify_slices_are_equal(&known.digest(), digest).is_ok();
        let compared = |found, known| if is_it(known) { Some(known) } else { found };
        self.tokens.iter().fold(None, compared)
    }

    /// Who is called so.
    pub(super) fn named(&self, name: &str) -> Option<&Known> {
        self.tokens.iter().find(|known| known.name == name)
    }

    /// Each token may be another by now.
    pub(super) fn doubt(&self) {
        self.tokens.iter().for_each(Known::doubt);
    }
}
