//! One request to a receiver: within its time, to an address that was judged, without following anybody anywhere.
//!
//! What belongs here: the request, and what became of it in words that have no address in them but the host's: the rest may be
//! a secret. What must not: when it is tried again.

use std::{sync::Arc, time::Duration};

use ureq::{
    Agent,
    http::Uri,
    tls::{Certificate, RootCerts, TlsConfig},
    unversioned::{resolver::DefaultResolver, transport::DefaultConnector},
};

use super::{
    Receiver,
    address::{Checked, Private},
};

/// What is sent.
#[derive(Clone, Debug)]
pub(super) struct Body {
    pub(super) content_type: &'static str,
    pub(super) text: String,
    pub(super) signature: Option<String>,
}

/// Why it was not accepted. Nothing of what a receiver said is in here.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
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
    #[error("the request could not be made")]
    Request,
}

impl Failure {
    /// Whether it is this message that is refused, not the sender.
    pub(super) fn is_of_the_message(&self) -> bool {
        matches!(self, Self::Status(400 | 413 | 415 | 422))
    }
}

/// Who makes the requests to one receiver.
#[derive(Clone, Debug)]
pub(super) struct Client {
    agent: Agent,
}

/// The most bytes of an answer's head. Its body is not read.
const MOST_HEAD: usize = 16 * 1024;

impl Client {
    pub(super) fn of(receiver: &Receiver) -> Self {
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
            .timeout_global(Some(receiver.timeout))
            .build();
        let agent = if receiver.allow_private {
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

    /// Sends it, on the thread that asks.
    pub(super) fn post(&self, url: &str, body: &Body) -> Result<(), Failure> {
        let mut request = self.agent.post(url).content_type(body.content_type);
        if let Some(signature) = &body.signature {
            request = request.header(SIGNATURE, signature);
        }
        let answer = request.send(body.text.as_str()).map_err(failure)?;
        match answer.status().as_u16() {
            200..=299 => Ok(()),
            code @ 300..=399 => Err(Failure::Redirect(code)),
            code => Err(Failure::Status(code)),
        }
    }
}

/// The header with the signature.
pub(super) const SIGNATURE: &str = "Sixshift-Signature";

fn failure(error: ureq::Error) -> Failure {
    match error {
        ureq::Error::Timeout(_) => Failure::Late,
        ureq::Error::HostNotFound => Failure::NoAddress,
        ureq::Error::Io(error) => match error.kind() {
            std::io::ErrorKind::TimedOut => Failure::Late,
            kind => Failure::Connection(kind),
        },
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => Failure::Tls,
        ureq::Error::ConnectionFailed => Failure::Connection(std::io::ErrorKind::ConnectionRefused),
        ureq::Error::Other(error) => match error.downcast::<Private>() {
            Ok(private) => Failure::Private(*private),
            Err(_) => Failure::Request,
        },
        _ => Failure::Request,
    }
}

/// The host of an address, which may be shown.
pub(super) fn host(url: &str) -> String {
    let parsed = url.parse::<Uri>().ok();
    let host = parsed.as_ref().and_then(Uri::host).unwrap_or_default();
    if host.is_empty() {
        "an address without a host".to_owned()
    } else {
        host.to_owned()
    }
}

/// How long a request may take where nothing is said.
pub(super) const TIMEOUT: Duration = Duration::from_secs(10);
