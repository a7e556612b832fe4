//! Log-ins of the page: a cookie that says who, which log-in and until when, and is signed.
//!
//! Nothing is kept of a log-in but that it is over before its time. So it holds at each daemon that has the same key, and after
//! a restart; and it ends with the token that it was begun with, for that is a part of what signs it.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError, RwLock},
    time::Duration,
};

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, header};
use jiff::{SignedDuration, Timestamp};
use sixshift_controller::journal::{self, Visitors};

use super::{Digest, hex, random, unhex};

/// The cookie's name.
const COOKIE: &str = "sixshift_session";
/// A working day.
const LASTS: SignedDuration = SignedDuration::from_hours(12);
/// How far the clock of the daemon that began it may be ahead.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);
/// At most so many that are over; the one that would have ended soonest makes room.
const MOST_OVER: usize = 4_096;
/// How soon another daemon knows that a log-in is over.
const IN_STEP: Duration = Duration::from_secs(30);
/// How long the first agreement may keep a daemon from answering.
const FIRST: Duration = Duration::from_secs(2);

/// A log-in, as a cookie says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Session {
    /// Tells it from all others.
    pub(super) id: String,
    /// Whose token it was begun with.
    pub(super) name: String,
    ends: Timestamp,
    tag: Vec<u8>,
}

/// What is known of log-ins.
pub(super) struct Sessions {
    key: RwLock<Digest>,
    over: Mutex<BTreeMap<String, Timestamp>>,
    shared: Option<Visitors>,
}

impl Sessions {
    /// With a key of this process, until others are agreed with.
    pub(super) fn new(shared: Option<Visitors>) -> Result<Self, super::Error> {
        Ok(Self {
            key: RwLock::new(random()?),
            over: Mutex::default(),
            shared,
        })
    }

    /// Begins one; its cookie. `digest` is the token's.
    pub(super) fn begin(
        &self,
        name: &str,
        digest: &Digest,
        secure: bool,
        now: Timestamp,
    ) -> Option<String> {
        let mut session = Session {
            id: hex(random().ok()?.get(..16)?),
            name: name.to_owned(),
            ends: now.checked_add(LASTS).ok()?,
            tag: Vec::new(),
        };
        let signed = session.signed();
        session.tag = hmac::sign(&self.signs(digest), signed.as_bytes())
            .as_ref()
            .to_vec();
        let text = format!("{signed}.{}", hex(&session.tag));
        Some(cookie(&text, LASTS.as_secs(), secure))
    }

    /// Whether one goes on, if this is the digest of the token that it names.
    pub(super) fn goes_on(&self, session: &Session, digest: &Digest, now: Timestamp) -> bool {
        let latest = now.checked_add(LASTS + AHEAD).unwrap_or(now);
        let signed = session.signed();
        session.ends > now
            && session.ends <= latest
            && hmac::verify(&self.signs(digest), signed.as_bytes(), &session.tag).is_ok()
            && !self.known_over().contains_key(&session.id)
    }

    /// Ends one here, and tells the others.
    pub(super) async fn end(&self, session: &Session) {
        {
            let mut over = self.known_over();
            if over.len() >= MOST_OVER {
                let soonest = over.iter().min_by_key(|(_, until)| **until);
                if let Some(id) = soonest.map(|(id, _)| id.clone()) {
                    over.remove(&id);
                }
            }
            over.insert(session.id.clone(), session.ends);
        }
        if let Some(shared) = &self.shared
            && let Err(error) = shared.end(&session.id, session.ends).await
        {
            tracing::warn!(
                "a log-out is known to this daemon alone: {error}; {}",
                error.why()
            );
        }
    }

    /// What forms must repeat that are sent by whoever this names.
    pub(super) fn csrf(&self, identity: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.key());
        hex(hmac::sign(&key, format!("form {identity}").as_bytes()).as_ref())
    }

    /// What signs the log-ins of one token: nobody makes it from the key alone, nor from the token's digest alone.
    fn signs(&self, digest: &Digest) -> hmac::Key {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.key());
        let of_token = hmac::sign(&key, format!("session {}", hex(digest)).as_bytes());
        hmac::Key::new(hmac::HMAC_SHA256, of_token.as_ref())
    }

    fn key(&self) -> Digest {
        *self.key.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn known_over(&self) -> MutexGuard<'_, BTreeMap<String, Timestamp>> {
        self.over.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Agrees with the others for the first time; goes on without them where that takes long.
    pub(super) async fn first_agree(&self) {
        match tokio::time::timeout(FIRST, self.agree()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => alone(&error),
            Err(_) => tracing::debug!("the journal is slow to say what signs log-ins"),
        }
    }

    /// Never ends: keeps in step with the others.
    pub(super) async fn keep_in_step(&self) {
        let mut is_alone = false;
        loop {
            tokio::time::sleep(IN_STEP).await;
            match self.agree().await {
                Ok(()) => is_alone = false,
                Err(error) if !std::mem::replace(&mut is_alone, true) => alone(&error),
                Err(_) => {}
            }
        }
    }

    async fn agree(&self) -> Result<(), journal::Error> {
        let Some(shared) = &self.shared else {
            return Ok(());
        };
        let agreed = shared.key(&hex(&self.key())).await?;
        if let Some(agreed) = unhex(&agreed) {
            *self.key.write().unwrap_or_else(PoisonError::into_inner) = agreed;
        }
        let now = Timestamp::now();
        let theirs = shared.over(now).await?;
        let mut over = self.known_over();
        over.retain(|_, until| *until > now);
        over.extend(theirs);
        Ok(())
    }
}

fn alone(error: &journal::Error) {
    tracing::warn!(
        "who logs in or out here may be known to this daemon alone: {error}; {}",
        error.why()
    );
}

impl Session {
    /// As a request's cookie says it; whether that is true is [`Sessions::goes_on`]'s word.
    pub(super) fn claimed(headers: &HeaderMap) -> Option<Self> {
        let mut parts = cookie_in(headers)?.split('.');
        let (Some(ends), Some(id), Some(name), Some(tag), None) = (
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
        ) else {
            return None;
        };
        Some(Self {
            id: id.to_owned(),
            name: String::from_utf8(URL_SAFE_NO_PAD.decode(name).ok()?).ok()?,
            ends: Timestamp::from_second(ends.parse().ok()?).ok()?,
            tag: unhex(tag)?.to_vec(),
        })
    }

    fn signed(&self) -> String {
        let name = URL_SAFE_NO_PAD.encode(&self.name);
        format!("{}.{}.{name}", self.ends.as_second(), self.id)
    }
}

/// The cookie that ends one in the browser.
pub(super) fn no_cookie() -> String {
    cookie("", 0, false)
}

fn cookie(text: &str, seconds: i64, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{COOKIE}={text}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}")
}

fn cookie_in(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get_all(header::COOKIE).iter();
    all.filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, text)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: Digest = [7; 32];

    fn now() -> Timestamp {
        "2026-03-02T08:00:00Z".parse().unwrap()
    }

    fn sent(cookie: &str) -> HeaderMap {
        let pair = cookie.split(';').next().unwrap();
        let value = format!("other=1; {pair}").parse().unwrap();
        HeaderMap::from_iter([(header::COOKIE, value)])
    }

    fn begun(sessions: &Sessions) -> (String, Session) {
        let cookie = sessions.begin("ops", &TOKEN, false, now()).unwrap();
        let session = Session::claimed(&sent(&cookie)).unwrap();
        (cookie, session)
    }

    #[tokio::test]
    async fn a_log_in_lasts_until_its_visitor_logs_out() {
        let sessions = Sessions::new(None).unwrap();
        let (cookie, session) = begun(&sessions);
        assert!(cookie.contains("HttpOnly; SameSite=Strict"));
        assert_eq!(session.name, "ops");
        assert!(sessions.goes_on(&session, &TOKEN, now()));
        sessions.end(&session).await;
        assert!(!sessions.goes_on(&session, &TOKEN, now()));
        assert!(no_cookie().contains("Max-Age=0"));
    }

    #[test]
    fn it_ends_after_its_time_and_with_its_token() {
        let sessions = Sessions::new(None).unwrap();
        let (_, session) = begun(&sessions);
        let later = |hours| now() + SignedDuration::from_hours(hours);
        assert!(sessions.goes_on(&session, &TOKEN, later(11)));
        assert!(!sessions.goes_on(&session, &TOKEN, later(12)));
        assert!(!sessions.goes_on(&session, &[8; 32], now()));
        // Begun by a clock that is hours ahead: it would last for so much longer.
        assert!(!sessions.goes_on(&session, &TOKEN, later(-1)));
    }

    #[test]
    fn nothing_of_it_can_be_changed() {
        let sessions = Sessions::new(None).unwrap();
        let (cookie, session) = begun(&sessions);
        for changed in [
            Session {
                name: "eve".to_owned(),
                ..session.clone()
            },
            Session {
                id: "00".repeat(16),
                ..session.clone()
            },
            Session {
                ends: session.ends - SignedDuration::from_secs(1),
                ..session.clone()
            },
            Session {
                tag: vec![0; 32],
                ..session.clone()
            },
            Session {
                tag: Vec::new(),
                ..session.clone()
            },
        ] {
            assert!(!sessions.goes_on(&changed, &TOKEN, now()), "{changed:?}");
        }
        let other = Sessions::new(None).unwrap();
        assert!(!other.goes_on(&session, &TOKEN, now()), "another key");
        for wrong in [
            "sixshift_session=00ff",
            "sixshift_session=1.2.3.4.5",
            "sixshift_session=",
        ] {
            assert_eq!(Session::claimed(&sent(wrong)), None, "{wrong}");
        }
        assert_eq!(Session::claimed(&HeaderMap::new()), None);
        assert_eq!(Session::claimed(&sent(&cookie)), Some(session));
    }

    #[tokio::test]
    async fn what_is_over_is_bounded() {
        let sessions = Sessions::new(None).unwrap();
        for _ in 0..=MOST_OVER {
            let (_, session) = begun(&sessions);
            sessions.end(&session).await;
        }
        assert_eq!(sessions.known_over().len(), MOST_OVER);
    }
}
