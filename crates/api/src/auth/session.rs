//! Logins of the page: a random number in a cookie, of which only the digest is kept, in memory. A restart ends them.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use http::{HeaderMap, header};

use super::{Digest, Role, hex, random, sha256};

/// The cookie's name.
const COOKIE: &str = "sixshift_session";
/// A working day.
const LASTS: Duration = Duration::from_secs(12 * 3_600);
/// At most so many; the one that ends soonest makes room.
const MOST: usize = 1_024;

/// Somebody who is logged in.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) name: String,
    pub(super) role: Role,
    ends: Instant,
}

/// Everybody who is logged in.
#[derive(Debug, Default)]
pub(super) struct Sessions(Mutex<HashMap<Digest, Session>>);

impl Sessions {
    /// Begins one; its cookie.
    pub(super) fn begin(&self, name: &str, role: Role, secure: bool) -> Option<String> {
        let id = hex(&random().ok()?);
        let now = Instant::now();
        let session = Session {
            name: name.to_owned(),
            role,
            ends: now + LASTS,
        };
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|_, s| s.ends > now);
        if sessions.len() >= MOST {
            let soonest = sessions.iter().min_by_key(|(_, s)| s.ends);
            if let Some(key) = soonest.map(|(key, _)| *key) {
                sessions.remove(&key);
            }
        }
        sessions.insert(sha256(id.as_bytes()), session);
        Some(cookie(&id, LASTS, secure))
    }

    /// The session that a request's cookie holds, with the bytes that name it.
    pub(super) fn of(&self, headers: &HeaderMap) -> Option<(Digest, Session)> {
        let id = sha256(cookie_in(headers)?.as_bytes());
        let sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let session = sessions.get(&id).filter(|s| s.ends > Instant::now())?;
        Some((id, session.clone()))
    }

    /// Ends one; the cookie that says so.
    pub(super) fn end(&self, headers: &HeaderMap) -> String {
        if let Some(id) = cookie_in(headers) {
            let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            sessions.remove(&sha256(id.as_bytes()));
        }
        cookie("", Duration::ZERO, false)
    }
}

fn cookie(id: &str, lasts: Duration, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    let seconds = lasts.as_secs();
    format!("{COOKIE}={id}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}")
}

fn cookie_in(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get_all(header::COOKIE).iter();
    all.filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, id)| id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(cookie: &str) -> HeaderMap {
        let pair = cookie.split(';').next().unwrap();
        let value = format!("other=1; {pair}").parse().unwrap();
        HeaderMap::from_iter([(header::COOKIE, value)])
    }

    #[test]
    fn a_session_lasts_until_its_visitor_logs_out() {
        let sessions = Sessions::default();
        let cookie = sessions.begin("ops", Role::Operator, false).unwrap();
        assert!(cookie.contains("HttpOnly; SameSite=Strict"));
        let headers = headers(&cookie);
        assert_eq!(sessions.of(&headers).unwrap().1.name, "ops");
        assert!(sessions.end(&headers).contains("Max-Age=0"));
        assert!(sessions.of(&headers).is_none());
    }

    #[test]
    fn a_cookie_that_nobody_was_given_is_nobody() {
        let sessions = Sessions::default();
        sessions.begin("ops", Role::Operator, false).unwrap();
        assert!(sessions.of(&headers("sixshift_session=00ff")).is_none());
        assert!(sessions.of(&HeaderMap::new()).is_none());
    }

    #[test]
    fn sessions_are_bounded() {
        let sessions = Sessions::default();
        let first = sessions.begin("first", Role::Viewer, true).unwrap();
        for _ in 0..MOST {
            sessions.begin("ops", Role::Viewer, true).unwrap();
        }
        assert_eq!(sessions.0.lock().unwrap().len(), MOST);
        assert!(sessions.of(&headers(&first)).is_none());
    }
}
