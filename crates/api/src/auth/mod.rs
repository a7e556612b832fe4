//! Who may do what: tokens, sessions of the page's visitors, and people whom a load balancer vouches for.
//!
//! What belongs here: from a request's headers to a `Caller`. What must not: what a caller asks for.
//!
//! - `settings`: what the daemon's operator writes, and what is wrong with it.
//! - `caller`: who speaks, and the proof that an order may be given.
//! - `session`: logins of the page.
//! - `oidc`: the ALB's signed header.
//! - `layer`: what looks at every request.

mod caller;
mod layer;
mod oidc;
mod session;
mod settings;

use aws_lc_rs::{constant_time::verify_slices_are_equal, digest, hmac, rand};

pub use caller::Role;
pub(crate) use caller::{Caller, Operator};
pub(crate) use layer::{guard_pages, guard_reads, identify, log_in_at};
pub use oidc::{FetchKey, Fetched};
pub use settings::{AlbOidc, Error, Operators, Read, Settings, Token};

use session::Sessions;
use settings::Proof;

/// A SHA-256 digest.
type Digest = [u8; 32];

/// Checks identities.
pub(crate) struct Auth {
    read: Read,
    tokens: Vec<Known>,
    sessions: Sessions,
    oidc: Option<oidc::Verifier>,
    /// Of this process only: a restart ends what it signed.
    key: hmac::Key,
}

/// Somebody with a token.
struct Known {
    name: String,
    role: Role,
    proof: Proof,
}

/// Whether these settings can be used, as the daemon that starts with them would find. Blocks.
///
/// # Errors
/// What is wrong with them, or with a token that they name.
pub fn check(settings: &Settings, fetch: Option<FetchKey>) -> Result<(), Error> {
    Auth::new(settings, fetch, |name| std::env::var(name).ok()).map(drop)
}

impl Auth {
    /// From the settings; `env` reads the environment.
    pub(crate) fn new(
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
            if tokens.iter().any(|known| known.proof.digest() == digest) {
                return Err(Error::SameToken(token.name.clone()));
            }
            let (name, role) = (token.name.clone(), token.role);
            tokens.push(Known { name, role, proof });
        }
        let oidc = settings.alb_oidc.as_ref();
        let oidc = oidc
            .map(|o| oidc::Verifier::new(o.clone(), fetch))
            .transpose()?;
        Ok(Self {
            read: settings.read,
            tokens,
            sessions: Sessions::default(),
            oidc,
            key: hmac::Key::new(hmac::HMAC_SHA256, &random()?),
        })
    }

    /// Whether nobody can give orders.
    pub(crate) fn is_read_only(&self) -> bool {
        let by_token = self.tokens.iter().any(|t| t.role == Role::Operator);
        !by_token
            && !self
                .oidc
                .as_ref()
                .is_some_and(oidc::Verifier::has_operators)
    }

    /// Whether there is anything to log in with.
    pub(crate) fn has_tokens(&self) -> bool {
        !self.tokens.is_empty()
    }

    /// Somebody of whom nothing is known.
    fn nobody(&self) -> Caller {
        Caller::nobody((self.read == Read::Open).then_some(Role::Viewer))
    }

    /// Every token is compared, each in constant time: how long it takes tells nothing.
    fn token(&self, given: &str) -> Option<&Known> {
        let digest = sha256(given.as_bytes());
        let is_it = |known: &Known| verify_slices_are_equal(&known.proof.digest(), &digest).is_ok();
        let compared = |found, known| if is_it(known) { Some(known) } else { found };
        let found = self.tokens.iter().fold(None, compared);
        if found.is_none() {
            self.tokens.iter().for_each(|known| known.proof.doubt());
        }
        found
    }

    /// Begins a visitor's session; the cookie that holds it, or `None` where the token is not known.
    pub(crate) fn log_in(&self, token: &str, secure: bool) -> Option<String> {
        let known = self.token(token)?;
        self.sessions.begin(&known.name, known.role, secure)
    }

    /// Ends the session that a request's cookie holds; the cookie that says so.
    pub(crate) fn log_out(&self, headers: &http::HeaderMap) -> String {
        self.sessions.end(headers)
    }

    /// What forms of an identity must repeat.
    fn csrf(&self, identity: &[u8]) -> String {
        hex(hmac::sign(&self.key, identity).as_ref())
    }
}

fn sha256(data: &[u8]) -> Digest {
    let mut out = Digest::default();
    out.copy_from_slice(digest::digest(&digest::SHA256, data).as_ref());
    out
}

fn random() -> Result<Digest, Error> {
    let mut bytes = Digest::default();
    rand::fill(&mut bytes).map_err(|_| Error::Random)?;
    Ok(bytes)
}

/// Tells this process from those before it.
pub(crate) fn random_number() -> Result<u32, Error> {
    let [a, b, c, d, ..] = random()?;
    Ok(u32::from_le_bytes([a, b, c, d]))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(yaml: &str) -> Settings {
        serde_yaml::from_str(yaml).unwrap()
    }

    fn auth(yaml: &str) -> Result<Auth, Error> {
        let env = |name: &str| (name == "OPS").then(|| "a-long-enough-token".to_owned());
        Auth::new(&settings(yaml), None, env)
    }

    #[test]
    fn a_token_is_known_by_its_digest_or_from_the_environment() {
        let digest = hex(&sha256(b"correct horse battery"));
        let auth = auth(&format!(
            "tokens: [{{name: eve, role: viewer, sha256: {digest}}}, {{name: ops, role: operator, env: OPS}}]"
        ))
        .unwrap();
        let known = |token| auth.token(token).map(|k| (k.name.as_str(), k.role));
        assert_eq!(known("correct horse battery"), Some(("eve", Role::Viewer)));
        assert_eq!(known("a-long-enough-token"), Some(("ops", Role::Operator)));
        assert_eq!(known("correct horse batterx"), None);
        assert_eq!(known(""), None);
        assert_eq!(known(&digest), None);
    }

    #[test]
    fn a_token_made_of_its_secret_is_known_by_it() {
        let visitor = Token::of_secret("visitor", Role::Operator, "correct horse battery");
        let settings = Settings {
            tokens: vec![visitor],
            ..Settings::default()
        };
        let auth = Auth::new(&settings, None, |_| None).unwrap();
        let known = |token| auth.token(token).map(|k| (k.name.as_str(), k.role));
        assert_eq!(
            known("correct horse battery"),
            Some(("visitor", Role::Operator))
        );
        assert_eq!(known("correct horse batterx"), None);
    }

    #[test]
    fn without_an_operators_token_nobody_gives_orders() {
        assert!(auth("{}").unwrap().is_read_only());
        assert!(
            !auth("tokens: [{name: ops, role: operator, env: OPS}]")
                .unwrap()
                .is_read_only()
        );
        let viewer = auth("tokens: [{name: v, role: viewer, env: OPS}]").unwrap();
        assert!(viewer.is_read_only());
    }

    #[test]
    fn settings_that_could_not_mean_what_they_say_are_refused() {
        let error = |yaml| auth(yaml).err().unwrap().to_string();
        let two =
            "tokens: [{name: a, role: viewer, env: OPS}, {name: b, role: operator, env: OPS}]";
        assert!(error(two).contains("same token"), "{}", error(two));
        assert!(error("tokens: [{name: a, role: viewer, env: NOT_SET}]").contains("NOT_SET"));
        assert!(error("tokens: [{name: a, role: viewer, sha256: abc}]").contains("64"));
        assert!(error("tokens: [{name: a, role: viewer}]").contains("sha256"));
        let known: Result<Settings, _> = serde_yaml::from_str("reed: open");
        assert!(known.is_err());
    }
}
