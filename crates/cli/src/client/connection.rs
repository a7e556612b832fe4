//! Requests to one daemon, over http or https.

use std::{
    io::Read,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use serde::{Serialize, de::DeserializeOwned};
use sixshift_api::{make_visible, model::Problem};
use sixshift_core::status::duration;
use ureq::{
    Agent, Body,
    http::{
        Response,
        header::{AUTHORIZATION, RETRY_AFTER},
    },
    tls::{Certificate, RootCerts, TlsConfig},
};

use super::{
    error::{Error, reworded},
    output::note,
    unknown::{explained, plan_of},
};

/// No answer of the daemon is larger, but that of a stranger may be.
const LARGEST: u64 = 64 << 20;
/// The daemon says something at least this often on a stream; silence for longer is a dead connection.
const SILENCE: Duration = Duration::from_secs(75);

/// An address that gave all orders of a minute may give the next one within a minute.
const PATIENCE: Duration = Duration::from_secs(75);

/// One daemon, and who asks.
#[derive(Debug)]
pub(crate) struct Connection {
    agent: Agent,
    server: String,
    token: Option<String>,
    timeout: Duration,
}

impl Connection {
    /// A connection that is made with the first request.
    pub(crate) fn new(
        server: &str,
        token: Option<String>,
        timeout: Duration,
    ) -> Result<Self, Error> {
        let server = server.trim_end_matches('/').to_owned();
        let host = server
            .strip_prefix("http://")
            .or_else(|| server.strip_prefix("https://"));
        if host.is_none_or(str::is_empty) {
            return Err(Error::Server(server));
        }
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .user_agent(concat!("sixshift/", env!("CARGO_PKG_VERSION")));
        if server.starts_with("https://") {
            config = config.tls_config(tls()?);
        }
        Ok(Self {
            agent: config.build().new_agent(),
            server,
            token,
            timeout,
        })
    }

    /// Reads what is at a path, as in `/api/v1/fleet`.
    pub(crate) fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        let url = format!("{}{path}", self.server);
        let answer = self.asked(&url);
        self.read(&url, answer)
    }

    fn asked(&self, url: &str) -> Result<Response<Body>, ureq::Error> {
        let mut request = self.agent.get(url);
        if let Some(bearer) = self.bearer() {
            request = request.header(AUTHORIZATION, bearer);
        }
        request
            .config()
            .timeout_global(Some(self.timeout))
            .build()
            .call()
    }

    /// Reads what is at a path to the letter: it is written into files, where no character is for a terminal.
    pub(crate) fn get_to_the_letter<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        let url = format!("{}{path}", self.server);
        let answer = self.asked(&url);
        self.read_as(&url, answer, |text| serde_json::from_slice(text))
    }

    /// Reads the one word that is at a path, as in `/healthz`.
    pub(crate) fn word(&self, path: &str) -> Result<String, Error> {
        let url = format!("{}{path}", self.server);
        let request = self.agent.get(&url).config();
        let answer = request.timeout_global(Some(self.timeout)).build().call();
        let answer = answer.map_err(|source| self.unreachable(source))?;
        if !answer.status().is_success() {
            return Err(self.refusal(&url, answer));
        }
        let text = String::from_utf8(self.text(answer)?).unwrap_or_default();
        let word = text.trim();
        // Whatever page of somebody else's is there is more than a word.
        if word.is_empty() || !word.bytes().all(|b| b.is_ascii_lowercase()) {
            return Err(Error::Stranger { url, status: 200 });
        }
        Ok(word.to_owned())
    }

    /// Posts a body to a path.
    pub(crate) fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Error> {
        let url = format!("{}{path}", self.server);
        let mut request = self.agent.post(&url).content_type("application/json");
        if let Some(bearer) = self.bearer() {
            request = request.header(AUTHORIZATION, bearer);
        }
        let body = serde_json::to_vec(body).map_err(|source| Error::Unreadable {
            url: url.clone(),
            source,
        })?;
        let answer = request
            .config()
            .timeout_global(Some(self.timeout))
            .build()
            .send(&body[..]);
        self.read(&url, answer)
    }

    /// Posts an order, as often as the daemon asks for patience.
    pub(crate) fn order<T: DeserializeOwned>(
        &self,
        path: &str,
        order: &impl Serialize,
    ) -> Result<T, Error> {
        let begun = Instant::now();
        loop {
            match self.post(path, order) {
                Err(Error::TooMany { problem, wait }) => {
                    if begun.elapsed() + wait > PATIENCE {
                        return Err(Error::Problem(problem));
                    }
                    note(&format!(
                        "{}; going on in {}",
                        problem.detail,
                        duration(wait)
                    ));
                    thread::sleep(wait);
                }
                done => return done,
            }
        }
    }

    /// Opens a stream of events from the one after `last` on.
    pub(crate) fn stream(
        &self,
        path: &str,
        last: Option<&str>,
    ) -> Result<impl Read + use<>, Error> {
        let url = format!("{}{path}", self.server);
        let mut request = self.agent.get(&url).header("accept", "text/event-stream");
        if let Some(bearer) = self.bearer() {
            request = request.header(AUTHORIZATION, bearer);
        }
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let answer = request
            .config()
            .timeout_connect(Some(self.timeout))
            .timeout_recv_response(Some(self.timeout))
            .timeout_per_read(Some(SILENCE))
            .build()
            .call();
        let answer = answer.map_err(|source| self.unreachable(source))?;
        if answer.status().is_success() {
            return Ok(answer.into_body().into_reader());
        }
        Err(self.refusal(&url, answer))
    }

    fn bearer(&self) -> Option<String> {
        self.token.as_ref().map(|token| format!("Bearer {token}"))
    }

    fn read<T: DeserializeOwned>(
        &self,
        url: &str,
        answer: Result<Response<Body>, ureq::Error>,
    ) -> Result<T, Error> {
        self.read_as(url, answer, answered)
    }

    fn read_as<T>(
        &self,
        url: &str,
        answer: Result<Response<Body>, ureq::Error>,
        meant: impl FnOnce(&[u8]) -> serde_json::Result<T>,
    ) -> Result<T, Error> {
        let answer = answer.map_err(|source| self.unreachable(source))?;
        let status = answer.status();
        if !status.is_success() {
            return Err(self.refusal(url, answer));
        }
        let text = self.text(answer)?;
        meant(&text).map_err(|source| {
            // A web page of somebody else's is not worth a parser's complaint.
            if text.first() == Some(&b'{') {
                Error::Unreadable {
                    url: url.to_owned(),
                    source,
                }
            } else {
                Error::Stranger {
                    url: url.to_owned(),
                    status: status.as_u16(),
                }
            }
        })
    }

    fn refusal(&self, url: &str, answer: Response<Body>) -> Error {
        let status = answer.status().as_u16();
        let wait = (status == 429).then(|| patience(&answer));
        let problem = match self.text(answer) {
            Ok(text) => answered::<Box<Problem>>(&text).ok(),
            Err(error) => return error,
        };
        match (problem, wait) {
            (Some(problem), Some(wait)) => Error::TooMany {
                problem: reworded(problem, None),
                wait,
            },
            (Some(problem), None) => {
                let plan = plan_of(url.strip_prefix(&self.server).unwrap_or_default());
                let error = Error::Problem(reworded(problem, plan));
                match plan {
                    Some(plan) => explained(self, &[plan], error),
                    None => error,
                }
            }
            (None, _) => Error::Stranger {
                url: url.to_owned(),
                status,
            },
        }
    }

    fn text(&self, answer: Response<Body>) -> Result<Vec<u8>, Error> {
        let mut body = answer.into_body();
        let read = body.with_config().limit(LARGEST).read_to_vec();
        read.map_err(|source| Error::BrokeOff {
            server: self.server.clone(),
            source: Box::new(source),
        })
    }

    fn unreachable(&self, source: ureq::Error) -> Error {
        Error::Unreachable {
            server: self.server.clone(),
            source: Box::new(source),
        }
    }
}

/// How long to wait before the next try, as the daemon says.
fn patience(answer: &Response<Body>) -> Duration {
    let said = answer.headers().get(RETRY_AFTER);
    let seconds = said.and_then(|v| v.to_str().ok()?.trim().parse().ok());
    Duration::from_secs(seconds.unwrap_or(10).max(1))
}

/// An answer, with every text in it as a terminal may show it.
pub(crate) fn answered<T: DeserializeOwned>(text: &[u8]) -> serde_json::Result<T> {
    let mut value = serde_json::from_slice(text)?;
    make_visible(&mut value);
    serde_json::from_value(value)
}

/// rustls on aws-lc-rs, with the machine's own certificate authorities: a daemon often has a company's certificate.
pub(crate) fn tls() -> Result<TlsConfig, Error> {
    let roots: Vec<_> = rustls_native_certs::load_native_certs()
        .certs
        .iter()
        .map(|der| Certificate::from_der(der).to_owned())
        .collect();
    if roots.is_empty() {
        return Err(Error::Certificates);
    }
    Ok(TlsConfig::builder()
        .root_certs(RootCerts::Specific(Arc::new(roots)))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .build())
}
