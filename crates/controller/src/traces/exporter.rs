//! The thread that brings spans to the collector.
//!
//! What belongs here: when it is tried again, what is given up, and what is told of it. What must not: how spans are written.

use std::{sync::Arc, time::Duration};

use jiff::{Timestamp, fmt::rfc2822};

use super::{
    otlp::{self, Resource, Span},
    queue::Queue,
    settings::Target,
};
use crate::{
    backoff::doubled,
    post::{self, Answer, Body, Client, Failure},
};

/// The first wait after a failure; each one is twice as long.
const FIRST: Duration = Duration::from_secs(1);
/// The longest wait, a collector's own wish aside.
const LATEST: Duration = Duration::from_secs(60);
/// The longest that a collector may wish.
const MOST_WISHED: Duration = Duration::from_secs(600);
/// The most bytes of an answer that are read.
const MOST_ANSWER: usize = 64 * 1024;
/// The most characters of what a collector says that are shown.
const SHOWN: usize = 200;

/// Brings spans, one request after another.
#[derive(Debug)]
pub(super) struct Exporter {
    target: Target,
    resource: Resource,
    queue: Arc<Queue>,
    client: Client,
    /// What is wrong has been told.
    is_told: bool,
}

/// What became of a request.
enum Sent {
    Taken,
    /// Some were not, and why.
    InPart(u64, String),
    /// It may be taken later, at the earliest after so long.
    Later(Option<Duration>, String),
    /// It never will be.
    Refused(String),
}

impl Exporter {
    pub(super) fn new(target: Target, resource: Resource, queue: Arc<Queue>) -> Self {
        Self {
            target,
            resource,
            queue,
            // Collectors are beside us, or in our own network: the settings name them, and nobody else can.
            client: Client::new(true),
            is_told: false,
        }
    }

    /// Until the program ends.
    pub(super) fn run(mut self) {
        while let Some(spans) = self.queue.take() {
            self.bring(&spans);
        }
        self.queue.over();
    }

    fn bring(&mut self, spans: &[Span]) {
        let body = Body {
            content_type: "application/json",
            text: otlp::request(&self.resource, spans),
            signature: None,
        };
        for failures in 0.. {
            match self.send(&body) {
                Sent::Taken => {
                    self.queue.count("sent", spans.len());
                    self.goes_well();
                    return;
                }
                Sent::InPart(rejected, why) => {
                    let rejected = usize::try_from(rejected).unwrap_or(usize::MAX);
                    let rejected = rejected.min(spans.len());
                    self.queue.count("refused", rejected);
                    self.queue.count("sent", spans.len() - rejected);
                    self.tell(&format!("takes only a part of what it is sent: {why}"));
                    return;
                }
                Sent::Refused(why) => {
                    self.queue.count("refused", spans.len());
                    self.tell(&why);
                    return;
                }
                Sent::Later(wish, why) => {
                    if self.queue.remains().is_some() {
                        self.queue.count("unsent", spans.len());
                        return;
                    }
                    self.tell(&why);
                    let pause = doubled(FIRST, failures, LATEST);
                    self.queue
                        .rest(wish.unwrap_or_default().min(MOST_WISHED).max(pause));
                }
            }
        }
    }

    fn send(&self, body: &Body) -> Sent {
        let mut within = self.target.timeout;
        if let Some(left) = self.queue.remains() {
            within = within.min(left);
        }
        if within.is_zero() {
            return Sent::Later(None, String::new());
        }
        let headers = self.target.headers.iter();
        let headers: Vec<_> = headers
            .map(|(name, value)| (name.as_str(), value.value()))
            .collect();
        let url = self.target.url();
        match self
            .client
            .exchange(&url, body, &headers, within, MOST_ANSWER)
        {
            Ok(answer) => self.judge(&answer),
            Err(failure) => Sent::Later(None, failure.to_string()),
        }
    }

    /// By the rules of OTLP over HTTP.
    fn judge(&self, answer: &Answer) -> Sent {
        let code = answer.status;
        match code {
            200..=299 => match otlp::rejected(&answer.body) {
                None => Sent::Taken,
                Some((count, why)) => Sent::InPart(count, shown(&why)),
            },
            429 | 502 | 503 | 504 => {
                let wish = answer.retry_after.as_deref().and_then(wished);
                Sent::Later(wish, Failure::Status(code).to_string())
            }
            401 | 403 => {
                for (_, value) in &self.target.headers {
                    value.doubt();
                }
                Sent::Refused(format!(
                    "it answers {code}: telemetry.otlp.headers must let us in"
                ))
            }
            404 | 405 => Sent::Refused(format!(
                "it answers {code}: telemetry.otlp.endpoint is what stands before /v1/traces"
            )),
            300..=399 => Sent::Refused(Failure::Redirect(code).to_string()),
            _ => Sent::Refused(Failure::Status(code).to_string()),
        }
    }

    fn goes_well(&mut self) {
        if std::mem::take(&mut self.is_told) {
            let host = self.host();
            tracing::info!(host, "the collector takes traces again");
        }
    }

    /// Once, until it goes well again.
    fn tell(&mut self, why: &str) {
        if !std::mem::replace(&mut self.is_told, true) {
            let host = self.host();
            tracing::warn!(
                host,
                "the collector does not take traces: {why}; the newest are kept and the others dropped, and nothing else waits \
                 for it"
            );
        }
    }

    fn host(&self) -> String {
        post::host(&self.target.endpoint.value())
    }
}

/// Seconds, or a moment.
fn wished(retry_after: &str) -> Option<Duration> {
    let text = retry_after.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = rfc2822::parse(text).ok()?.timestamp();
    Duration::try_from(at.duration_since(Timestamp::now())).ok()
}

/// A stranger's sentence in one line of ours.
fn shown(text: &str) -> String {
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    plain.take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_is_seconds_or_a_moment() {
        assert_eq!(wished("7"), Some(Duration::from_secs(7)));
        assert_eq!(wished("Sun, 06 Nov 1994 08:49:37 GMT"), None);
        let later = wished("Fri, 01 Jan 2100 00:00:00 GMT").unwrap();
        assert!(later > MOST_WISHED);
        assert_eq!(wished("soon"), None);
    }

    #[test]
    fn a_strangers_sentence_stays_in_its_line() {
        assert_eq!(shown("a\nb\x1b[31m"), "a b [31m");
        assert_eq!(shown(&"x".repeat(1000)).len(), SHOWN);
    }
}
