//! One request to somebody outside: within its time, to an address that was judged, signed, without following anybody anywhere.
//!
//! What belongs here: the request, and what became of it in words that have no address in them but the host's: the rest may be
//! a secret; the signature, and which addresses none goes to. What must not: what is said, to whom, and when it is tried again.

mod address;
mod signature;

use std::{io::Read, sync::Arc, time::Duration};

use ureq::{
    Agent,
    http::{Response, Uri},
    tls::{Certificate, RootCerts, TlsConfig},
    unversioned::{resolver::DefaultResolver, transport::DefaultConnector},
};

use address::{Checked, Private};
pub(crate) use signature::signature;

/// What is sent.
#[derive(Clone, Debug)]
pub(crate) struct Body {
    pub(crate) content_type: &'static str,
    pub(crate) text: String,
    pub(crate) signature: Option<String>,
}

/// Why it was not accepted. Nothing of what a receiver said is in here.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{0}")]
    Private(#[from] Private),
    #[error("it has no address")]
    NoAddress,
    #[error("it did not answer within its time")]
    Late,
    #[error("it could not be connected to ({0})")]
    Connection(std::io::ErrorKind),
    #[error("its certificate or its TLS is not accepted")]
    Tls,
    #[error(
        "it answers {0} and names another address, which is not followed; write that one if it is right"
    )]
    Redirect(u16),
    #[error("it answers {0}")]
    Status(u16),
    #[error("its answer is longer than {0} bytes")]
    TooLong(usize),
    #[error("the request could not be made")]
    Request,
}

impl Failure {
    /// Whether it is this message that is refused, not the sender.
    pub(crate) fn is_of_the_message(&self) -> bool {
        matches!(self, Self::Status(400 | 413 | 415 | 422))
    }
}

/// What was answered, whatever it says.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// When to come again, as it says so.
    pub(crate) retry_after: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// Who makes requests.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    agent: Agent,
}

/// The most bytes of an answer's head.
const MOST_HEAD: usize = 16 * 1024;

impl Client {
    /// `private`: whether it may be at an address that is not the internet's.
    pub(crate) fn new(private: bool) -> Self {
        let crypto = rustls::crypto::aws_lc_rs::default_provider();
        let system = rustls_native_certs::load_native_certs().certs;
        let roots: Vec<_> = system
            .iter()
            .map(|certificate| Certificate::from_der(certificate.as_ref()).to_owned())
            .collect();
        let tls = TlsConfig::builder()
            .unversioned_rustls_crypto_provider(Arc::new(crypto))
            .root_certs(RootCerts::new_with_certs(&roots))
            .build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_response_header_size(MOST_HEAD)
            // A connection of before may lead to an address that the name no longer has.
            .max_idle_connections(0)
            // Whoever sends for us would look the name up again.
            .proxy(None)
            .user_agent(concat!("sixshift/", env!("CARGO_PKG_VERSION")))
            .build();
        let agent = if private {
            Agent::with_parts(
                config,
                DefaultConnector::default(),
                DefaultResolver::default(),
            )
        } else {
            Agent::with_parts(config, DefaultConnector::default(), Checked::default())
        };
        Self { agent }
    }

    /// Sends it, on the thread that asks. Nothing of what is answered is read.
    pub(crate) fn post(&self, url: &str, body: &Body, within: Duration) -> Result<(), Failure> {
        self.answered(url, body, within).map(drop)
    }

    /// Asks it, on the thread that asks: the answer's body, of at most so many bytes.
    pub(crate) fn ask(
        &self,
        url: &str,
        body: &Body,
        within: Duration,
        most: usize,
    ) -> Result<Vec<u8>, Failure> {
        read(self.answered(url, body, within)?, most)
    }

    /// Sends it with more headers, on the thread that asks. Any answer is one; its body has at most so many bytes.
    pub(crate) fn exchange(
        &self,
        url: &str,
        body: &Body,
        headers: &[(&str, Arc<str>)],
        within: Duration,
        most: usize,
    ) -> Result<Answer, Failure> {
        let answer = self.sent(url, body, headers, within)?;
        let again = answer.headers().get("retry-after");
        Ok(Answer {
            status: answer.status().as_u16(),
            retry_after: again.and_then(|it| Some(it.to_str().ok()?.to_owned())),
            body: read(answer, most)?,
        })
    }

    fn answered(
        &self,
        url: &str,
        body: &Body,
        within: Duration,
    ) -> Result<Response<ureq::Body>, Failure> {
        let answer = self.sent(url, body, &[], within)?;
        match answer.status().as_u16() {
            200..=299 => Ok(answer),
            code @ 300..=399 => Err(Failure::Redirect(code)),
            code => Err(Failure::Status(code)),
        }
    }

    fn sent(
        &self,
        url: &str,
        body: &Body,
        headers: &[(&str, Arc<str>)],
        within: Duration,
    ) -> Result<Response<ureq::Body>, Failure> {
        let request = self.agent.post(url).config().timeout_global(Some(within));
        let mut request = request.build().content_type(body.content_type);
        if let Some(signature) = &body.signature {
            request = request.header(SIGNATURE, signature);
        }
        for (name, value) in headers {
            request = request.header(*name, &**value);
        }
        request.send(body.text.as_str()).map_err(failure)
    }
}

fn read(answer: Response<ureq::Body>, most: usize) -> Result<Vec<u8>, Failure> {
    let mut read = Vec::new();
    let mut begins = answer.into_body().into_reader().take(most as u64 + 1);
    begins.read_to_end(&mut read).map_err(io_failure)?;
    if read.len() > most {
        return Err(Failure::TooLong(most));
    }
    Ok(read)
}

/// The header with the signature.
pub(crate) const SIGNATURE: &str = "Sixshift-Signature";

fn failure(error: ureq::Error) -> Failure {
    match error {
        ureq::Error::Timeout(_) => Failure::Late,
        ureq::Error::HostNotFound => Failure::NoAddress,
        ureq::Error::Io(error) => io_failure(error),
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => Failure::Tls,
        ureq::Error::ConnectionFailed => Failure::Connection(std::io::ErrorKind::ConnectionRefused),
        ureq::Error::Other(error) => match error.downcast::<Private>() {
            Ok(private) => Failure::Private(*private),
            Err(_) => Failure::Request,
        },
        _ => Failure::Request,
    }
}

fn io_failure(error: std::io::Error) -> Failure {
    // What ureq says of a body that is read comes in an error of I/O.
    match error.downcast::<ureq::Error>() {
        Ok(inner) => failure(inner),
        Err(error) if error.kind() == std::io::ErrorKind::TimedOut => Failure::Late,
        Err(error) => Failure::Connection(error.kind()),
    }
}

/// Why an address is not sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unusable {
    /// Scheme or host lacks.
    Part,
    /// Somebody's name is in it.
    User,
    /// It is not the scheme for where it may lead.
    Scheme,
}

impl Unusable {
    /// What to write in its place.
    pub(crate) fn remedy(self) -> &'static str {
        match self {
            Self::Part => "write it whole, as in https://hooks.example.com/sixshift",
            Self::User => "write it without a user and a password",
            Self::Scheme => {
                "write https://…; http:// is for private addresses, with allowPrivate: true"
            }
        }
    }
}

/// Whether an address may be sent to.
pub(crate) fn usable(url: &str, private: bool) -> Result<(), Unusable> {
    let uri = url.parse::<Uri>().ok();
    let parts = uri
        .as_ref()
        .and_then(|uri| Some((uri.scheme_str()?, uri.authority()?)));
    match parts {
        None => Err(Unusable::Part),
        Some((_, authority)) if authority.as_str().contains('@') => Err(Unusable::User),
        Some(("https", _)) => Ok(()),
        Some(("http", _)) if private => Ok(()),
        Some(_) => Err(Unusable::Scheme),
    }
}

/// The host of an address, which may be shown.
pub(crate) fn host(url: &str) -> String {
    let parsed = url.parse::<Uri>().ok();
    let host = parsed.as_ref().and_then(Uri::host).unwrap_or_default();
    if host.is_empty() {
        "an address without a host".to_owned()
    } else {
        host.to_owned()
    }
}
