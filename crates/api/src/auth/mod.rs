//! Who may do what: tokens, sessions of the page's visitors, and people whom a load balancer vouches for.
//!
//! What belongs here: from a request's headers to a `Caller`. What must not: what a caller asks for.
//!
//! - `settings`: what the daemon's operator writes, and what is wrong with it.
//! - `caller`: who speaks, and the proof that an order may be given.
//! - `rules`: one reading of those settings.
//! - `session`: log-ins of the page.
//! - `oidc`: the ALB's signed header.
//! - `layer`: what looks at every request.

mod caller;
mod layer;
mod oidc;
mod rules;
mod session;
mod settings;

use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::{digest, rand};
use http::HeaderMap;
use jiff::Timestamp;
use sixshift_controller::journal::Visitors;

pub use caller::Role;
pub(crate) use caller::{Caller, Operator};
pub(crate) use layer::{guard_pages, guard_reads, identify, log_in_at};
pub use oidc::{FetchKey, Fetched};
pub use settings::{AlbOidc, Error, Operators, Read, Settings, Token};

use caller::Proven;
use rules::{Oidc, Rules};
use session::{Session, Sessions};

/// A SHA-256 digest.
type Digest = [u8; 32];

/// Checks identities.
pub(crate) struct Auth {
    rules: RwLock<Arc<Rules>>,
    fetch: Option<FetchKey>,
    sessions: Sessions,
}

/// Whether these settings can be used, as the daemon that starts with them would find. Blocks.
///
/// # Errors
/// What is wrong with them, or with a token that they name.
pub fn check(settings: &Settings, fetch: Option<FetchKey>) -> Result<(), Error> {
    Rules::new(settings, fetch, environment).map(drop)
}

fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

impl Auth {
    /// From the settings; log-ins hold wherever somebody has the same `visitors`. Blocks.
    pub(crate) fn new(
        settings: &Settings,
        fetch: Option<FetchKey>,
        visitors: Option<Visitors>,
    ) -> Result<Self, Error> {
        let rules = Rules::new(settings, fetch.clone(), environment)?;
        Ok(Self {
            rules: RwLock::new(Arc::new(rules)),
            fetch,
            sessions: Sessions::new(visitors)?,
        })
    }

    /// Other settings count from now on, and no others do if these cannot be used. Blocks.
    pub(crate) fn take_over(&self, settings: &Settings) -> Result<(), Error> {
        let rules = Rules::new(settings, self.fetch.clone(), environment)?;
        *self.rules.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rules);
        Ok(())
    }

    /// Each token that is kept elsewhere may be another by now.
    pub(crate) fn doubt(&self) {
        self.rules().doubt();
    }

    fn rules(&self) -> Arc<Rules> {
        Arc::clone(&self.rules.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether nobody can give orders.
    pub(crate) fn is_read_only(&self) -> bool {
        self.rules().is_read_only()
    }

    /// Whether there is anything to log in with.
    pub(crate) fn has_tokens(&self) -> bool {
        self.rules().has_tokens()
    }

    /// Whether a caller may still read, long after their request was let in.
    pub(crate) fn still_reads(&self, caller: &Caller) -> bool {
        let rules = self.rules();
        match caller.proven() {
            Proven::Nothing => rules.nobody().reads(),
            Proven::Token(digest) => rules.digest(digest).is_some(),
            Proven::Session(session) => self.goes_on(&rules, session).is_some(),
            Proven::Vouched(by) => rules.oidc().is_some_and(|now| now.settings == *by),
        }
    }

    /// Whoever a token belongs to.
    fn by_token(&self, given: &str) -> Option<Caller> {
        let rules = self.rules();
        let known = rules.token(given)?;
        let proven = Proven::Token(known.digest());
        Some(Caller::with_token(&known.name, known.role, proven))
    }

    /// Whoever a load balancer vouches for; the error is a sentence.
    async fn by_load_balancer(&self, oidc: &Oidc, token: &str) -> Result<Caller, String> {
        let now = Timestamp::now().as_second();
        let person = oidc.verifier.person(token, now).await?;
        let csrf = self.sessions.csrf(&format!("oidc {}", person.name));
        let proven = Proven::Vouched(Arc::clone(&oidc.settings));
        Ok(Caller::by_browser(&person.name, person.role, csrf, proven))
    }

    /// Whoever a request's cookie says, or somebody of whom nothing is known.
    fn by_cookie(&self, headers: &HeaderMap) -> Caller {
        let rules = self.rules();
        let visitor = || {
            let session = Session::claimed(headers)?;
            let role = self.goes_on(&rules, &session)?;
            let csrf = self.sessions.csrf(&format!("session {}", session.id));
            let name = session.name.clone();
            Some(Caller::by_browser(
                &name,
                role,
                csrf,
                Proven::Session(session),
            ))
        };
        visitor().unwrap_or_else(|| rules.nobody())
    }

    /// What whoever has this log-in may do, while it goes on and their token is as it was.
    fn goes_on(&self, rules: &Rules, session: &Session) -> Option<Role> {
        let known = rules.named(&session.name)?;
        let now = Timestamp::now();
        if !self.sessions.goes_on(session, &known.digest(), now) {
            // Another daemon may know a newer one already.
            known.doubt();
            return None;
        }
        Some(known.role)
    }

    /// Begins a visitor's session; the cookie that holds it, or `None` where the token is not known.
    pub(crate) fn log_in(&self, token: &str, secure: bool) -> Option<String> {
        let rules = self.rules();
        let known = rules.token(token)?;
        let digest = known.digest();
        let now = Timestamp::now();
        self.sessions.begin(&known.name, &digest, secure, now)
    }

    /// Ends the session that a caller has; the cookie that says so.
    pub(crate) async fn log_out(&self, caller: &Caller) -> String {
        if let Proven::Session(session) = caller.proven() {
            self.sessions.end(session).await;
        }
        session::no_cookie()
    }

    /// Agrees with whoever has the same visitors on what signs their log-ins; takes no longer than seconds.
    pub(crate) async fn first_agree(&self) {
        self.sessions.first_agree().await;
    }

    /// Never ends: keeps in step with whoever has the same visitors.
    pub(crate) async fn keep_in_step(&self) {
        self.sessions.keep_in_step().await;
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

fn unhex(text: &str) -> Option<Digest> {
    if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let mut out = Digest::default();
    for (i, byte) in out.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * i..2 * i + 2)?, 16).ok()?;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(yaml: &str) -> Settings {
        serde_yaml::from_str(yaml).unwrap()
    }

    fn auth(yaml: &str) -> Result<Rules, Error> {
        let env = |name: &str| (name == "OPS").then(|| "a-long-enough-token".to_owned());
        Rules::new(&settings(yaml), None, env)
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
        let auth = Rules::new(&settings, None, |_| None).unwrap();
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
