//! A step's webhook is asked whether the step may be left.
//!
//! What belongs here: the question, how it is sent, and what of an answer is a clear yes or no. What must not: when it is asked
//! (`fleet::gates`), and what an answer opens (core's `decide::gate`).

mod settings;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, OnceLock},
};

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use sixshift_core::{facts::Answer, plan::WebhookGate};
use ureq::http::Uri;

use crate::{
    post::{Body, Client, Failure, host, signature},
    secret::Secret,
};
pub use settings::{Error, Settings};

/// An answer is a line; more is something else.
const MOST_ANSWER: usize = 16 * 1024;
/// The most characters of a reason that are shown.
const MOST_REASON: usize = 200;

/// Who asks: with whose key, and whom it may ask beside the internet's hosts. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Asker(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// What questions are signed with; without one they are not.
    key: Option<Secret>,
    /// Hosts that may have private addresses, and be asked without TLS.
    private: BTreeSet<String>,
    /// The dashboard's address, for links.
    dashboard: Option<String>,
    to_the_internet: OnceLock<Client>,
    to_the_private: OnceLock<Client>,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Question {
    pub(crate) plan: String,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) revision: String,
    pub(crate) commit: Option<String>,
    pub(crate) region: String,
    pub(crate) cluster: String,
    pub(crate) service: String,
    /// From 1.
    pub(crate) step: usize,
    pub(crate) steps: usize,
    /// In percent: what the routes have, and what they get after a yes.
    pub(crate) share: f64,
    pub(crate) next: Option<f64>,
    /// What the evidence says, signal by signal.
    pub(crate) evidence: Vec<String>,
}

impl Asker {
    /// With a key, for these hosts beside the internet's.
    #[must_use]
    pub fn new(
        key: Option<Secret>,
        private: impl IntoIterator<Item = String>,
        dashboard: Option<&str>,
    ) -> Self {
        let dashboard = dashboard.map(|base| base.trim_end_matches('/').to_owned());
        Self(Arc::new(Inner {
            key,
            private: private.into_iter().collect(),
            dashboard,
            ..Inner::default()
        }))
    }

    /// What questions are signed with, read again while somebody holds it.
    #[must_use]
    pub fn key(&self) -> Option<&Secret> {
        self.0.key.as_ref()
    }

    /// Asks, on the thread that calls, for as long as the gate may take. `Err`: why there is no answer that is one.
    pub(crate) fn ask(
        &self,
        gate: &WebhookGate,
        question: &Question,
        now: Timestamp,
    ) -> Result<Answer, String> {
        let name = host(&gate.url);
        let is_private = self.0.private.contains(name.trim_matches(['[', ']']));
        let is_plain = gate
            .url
            .parse::<Uri>()
            .is_ok_and(|uri| uri.scheme_str() != Some("https"));
        if is_plain && !is_private {
            return Err(format!(
                "http:// to {name} is not allowed; write https://, or gates.allowPrivate: [{name}] in the daemon's settings"
            ));
        }
        let body = self.body(question, now);
        let client = self.client(is_private);
        let read = client.ask(&gate.url, &body, gate.timeout, MOST_ANSWER);
        let read = read.map_err(|failure| self.told(&failure, &name))?;
        answer(&read).ok_or_else(|| {
            "its answer is neither {\"open\": true} nor {\"open\": false, \"reason\": \"…\"}"
                .to_owned()
        })
    }

    fn told(&self, failure: &Failure, name: &str) -> String {
        if let (Failure::Status(400 | 401 | 403), Some(key)) = (failure, &self.0.key) {
            key.doubt();
        }
        match failure {
            Failure::Private(_) => format!(
                "{failure}; write gates.allowPrivate: [{name}] in the daemon's settings if it is meant"
            ),
            _ => failure.to_string(),
        }
    }

    fn client(&self, is_private: bool) -> &Client {
        let client = if is_private {
            &self.0.to_the_private
        } else {
            &self.0.to_the_internet
        };
        client.get_or_init(|| Client::new(is_private))
    }

    fn body(&self, question: &Question, now: Timestamp) -> Body {
        let text = written(question, self.0.dashboard.as_deref(), now).to_string();
        let key = self.0.key.as_ref();
        let signature = key.and_then(|key| signature(key, now.as_second(), &text));
        Body {
            content_type: "application/json; charset=utf-8",
            text,
            signature,
        }
    }
}

fn written(asked: &Question, dashboard: Option<&str>, now: Timestamp) -> Value {
    let plan = &asked.plan;
    let mut question = json!({
        "apiVersion": "sixshift/v1",
        "kind": "GateQuestion",
        "at": now.to_string(),
        "plan": plan,
        "labels": asked.labels,
        "revision": asked.revision,
        "service": { "region": asked.region, "cluster": asked.cluster, "name": asked.service },
        "step": asked.step,
        "steps": asked.steps,
        "sharePercent": asked.share,
        "nextSharePercent": asked.next,
        "evidence": asked.evidence,
    });
    if let Some(commit) = &asked.commit {
        question["commit"] = json!(commit);
    }
    if let Some(base) = dashboard {
        question["dashboard"] = json!(format!("{base}/plans/{plan}"));
    }
    question
}

/// A clear yes or no; `None`: it is neither.
fn answer(body: &[u8]) -> Option<Answer> {
    /// No key more, none twice.
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Written {
        open: bool,
        #[serde(default)]
        reason: Option<String>,
    }
    match serde_json::from_slice(body).ok()? {
        Written {
            open: true,
            reason: None,
        } => Some(Answer::Open),
        Written { open: true, .. } => None,
        Written {
            open: false,
            reason,
        } => Some(Answer::Closed(reason.and_then(|reason| shown(&reason)))),
    }
}

/// A line of somebody else's words.
fn shown(reason: &str) -> Option<String> {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    let line: String = reason.chars().map(plain).collect();
    let line = line.trim().trim_end_matches('.');
    let mut cut: String = line.chars().take(MOST_REASON).collect();
    if line.chars().nth(MOST_REASON).is_some() {
        cut.push('…');
    }
    (!cut.is_empty()).then_some(cut)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn only_a_clear_yes_is_one() {
        assert_eq!(answer(br#"{"open": true}"#), Some(Answer::Open));
        assert_eq!(answer(br#" {"open":true} "#), Some(Answer::Open));
        assert_eq!(answer(br#"{"open": false}"#), Some(Answer::Closed(None)));
        let no = answer(r#"{"open": false, "reason": "a freeze\u0007 until\nMonday."}"#.as_bytes());
        let said = "a freeze  until Monday".to_owned();
        assert_eq!(no, Some(Answer::Closed(Some(said))));
        for neither in [
            "",
            "true",
            "yes",
            "[]",
            "{}",
            r#"{"open": "true"}"#,
            r#"{"open": 1}"#,
            r#"{"open": null}"#,
            r#"{"Open": true}"#,
            r#"{"open": true, "open": false}"#,
            r#"{"open": false, "open": true}"#,
            r#"{"open": true, "reason": "but look first"}"#,
            r#"{"open": true, "until": "noon"}"#,
            r#"{"open": true} {"open": true}"#,
            r#"{"open": true"#,
            r#"{"open": false, "reason": 7}"#,
            "<html>{\"open\": true}</html>",
        ] {
            assert_eq!(answer(neither.as_bytes()), None, "{neither}");
        }
    }

    #[test]
    fn a_reason_is_a_line_however_long_it_was() {
        assert_eq!(shown(" \n "), None);
        let long = shown(&"ä".repeat(5_000)).unwrap();
        assert_eq!(long.chars().count(), MOST_REASON + 1);
        assert!(long.ends_with('…'));
    }

    #[test]
    fn without_tls_only_whoever_the_settings_name_is_asked() {
        let gate = |url: &str| WebhookGate {
            url: url.to_owned(),
            timeout: Duration::from_secs(1),
            on_error: Default::default(),
        };
        let question = Question {
            plan: "checkout".to_owned(),
            labels: [].into(),
            revision: "r".to_owned(),
            commit: None,
            region: String::new(),
            cluster: String::new(),
            service: String::new(),
            step: 1,
            steps: 2,
            share: 10.0,
            next: Some(100.0),
            evidence: Vec::new(),
        };
        let ask = |private: &[&str], url: &str| {
            let private = private.iter().map(|host| (*host).to_owned());
            let asker = Asker::new(None, private, None);
            asker
                .ask(&gate(url), &question, Timestamp::UNIX_EPOCH)
                .unwrap_err()
        };
        let plain = ask(&[], "http://gates.example.com/a");
        assert!(
            plain.contains("gates.allowPrivate: [gates.example.com]"),
            "{plain}"
        );
        let private = ask(&["other"], "https://127.0.0.1:9/a?key=s3cret");
        assert!(
            private.contains("gates.allowPrivate: [127.0.0.1]"),
            "{private}"
        );
        assert!(!private.contains("s3cret"), "{private}");
        for (host, url) in [
            ("127.0.0.1", "http://127.0.0.1:9/a"),
            ("::1", "http://[::1]:9/a"),
        ] {
            let down = ask(&[host], url);
            assert!(down.contains("could not be connected to"), "{down}");
        }
    }
}
