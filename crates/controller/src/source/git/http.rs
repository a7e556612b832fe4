//! git's HTTP requests, made with ureq over rustls and aws-lc-rs: the project's one TLS library.
//!
//! Redirects are not followed: a token must not go where nobody sent it, and a moved repository is worth knowing.

use std::{
    any::Any,
    cell::RefCell,
    fs,
    io::{self, BufReader, Cursor, Read, Write},
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use gix_transport::client::{
    AuthenticationRequired,
    blocking_io::http::{GetResponse, Http, PostBodyDataKind, PostResponse},
};
use ureq::{
    Agent, Body,
    http::{Response, header},
    tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem},
};

use super::{Error, Git};

/// To find the server and shake hands.
const CONNECT: Duration = Duration::from_secs(15);
/// A whole request, with its answer read to the end.
const WHOLE: Duration = Duration::from_secs(120);
/// The most bytes of an answer. The last commit of a repository of plans has far fewer.
const MOST: u64 = 1024 * 1024 * 1024;

/// One fetch's client.
#[derive(Debug)]
pub(super) struct Client {
    agent: Agent,
}

impl Client {
    pub(super) fn of(settings: &Git) -> Result<Self, Error> {
        Self::with_limit(settings, WHOLE)
    }

    fn with_limit(settings: &Git, whole: Duration) -> Result<Self, Error> {
        let crypto = rustls::crypto::aws_lc_rs::default_provider();
        let tls = TlsConfig::builder()
            .unversioned_rustls_crypto_provider(Arc::new(crypto))
            .root_certs(RootCerts::new_with_certs(&roots(settings)?))
            .build();
        let agent = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(CONNECT))
            .timeout_global(Some(whole))
            .build()
            .new_agent();
        Ok(Self { agent })
    }

    fn ask(
        &self,
        url: &str,
        headers: impl IntoIterator<Item = impl AsRef<str>>,
        body: Option<Vec<u8>>,
    ) -> Exchange {
        let split = |line: &str| {
            let (name, value) = line.split_once(':')?;
            Some((name.trim().to_owned(), value.trim().to_owned()))
        };
        let headers = headers.into_iter();
        Exchange {
            ask: Some(Ask {
                agent: self.agent.clone(),
                url: url.to_owned(),
                headers: headers.filter_map(|line| split(line.as_ref())).collect(),
                body,
            }),
            headers: Cursor::default(),
            body: None,
        }
    }
}

impl Http for Client {
    type Headers = BufReader<Part>;
    type ResponseBody = BufReader<Part>;
    type PostBody = Question;

    fn get(
        &mut self,
        url: &str,
        _base_url: &str,
        headers: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<GetResponse<Self::Headers, Self::ResponseBody>, gix::Error> {
        let mut exchange = self.ask(url, headers, None);
        exchange.answer().map_err(gix::Error::from_error)?;
        let exchange = Rc::new(RefCell::new(exchange));
        Ok(GetResponse {
            headers: BufReader::new(Part::Headers(Rc::clone(&exchange))),
            body: BufReader::new(Part::Body(exchange)),
        })
    }

    fn post(
        &mut self,
        url: &str,
        _base_url: &str,
        headers: impl IntoIterator<Item = impl AsRef<str>>,
        _body: PostBodyDataKind,
    ) -> Result<PostResponse<Self::Headers, Self::ResponseBody, Self::PostBody>, gix::Error> {
        let exchange = Rc::new(RefCell::new(self.ask(url, headers, Some(Vec::new()))));
        Ok(PostResponse {
            post_body: Question(Rc::clone(&exchange)),
            headers: BufReader::new(Part::Headers(Rc::clone(&exchange))),
            body: BufReader::new(Part::Body(exchange)),
        })
    }

    fn configure(&mut self, _config: &dyn Any) -> Result<(), gix::Error> {
        Ok(())
    }
}

/// A request and its answer. A POST is sent when its answer is first read: by then the question is whole.
pub(super) struct Exchange {
    ask: Option<Ask>,
    headers: Cursor<Vec<u8>>,
    body: Option<Box<dyn Read>>,
}

struct Ask {
    agent: Agent,
    url: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Exchange {
    fn answer(&mut self) -> io::Result<()> {
        let Some(ask) = self.ask.take() else {
            return Ok(());
        };
        let response = ask.send()?;
        sound(&response)?;
        let mut headers = Vec::new();
        for (name, value) in response.headers() {
            write!(headers, "{name}: ")?;
            headers.extend_from_slice(value.as_bytes());
            headers.push(b'\n');
        }
        self.headers = Cursor::new(headers);
        let body = response.into_body().into_with_config().limit(MOST);
        self.body = Some(Box::new(body.reader()));
        Ok(())
    }
}

impl Ask {
    fn send(self) -> io::Result<Response<Body>> {
        let answer = match self.body {
            None => {
                let get = self.agent.get(&self.url);
                let get = self
                    .headers
                    .iter()
                    .fold(get, |ask, (n, v)| ask.header(n, v));
                get.call()
            }
            Some(body) => {
                let post = self.agent.post(&self.url);
                let post = self
                    .headers
                    .iter()
                    .fold(post, |ask, (n, v)| ask.header(n, v));
                post.send(body)
            }
        };
        answer.map_err(|error| match error {
            ureq::Error::Timeout(_) => io::Error::new(
                io::ErrorKind::TimedOut,
                "the server did not answer within its time limit",
            ),
            error => error.into_io(),
        })
    }
}

/// Whether the server did what it was asked for.
fn sound(response: &Response<Body>) -> io::Result<()> {
    let status = response.status();
    let text = |name| {
        let value = response.headers().get(name)?;
        Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    match status.as_u16() {
        200..=299 => Ok(()),
        401 => Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            AuthenticationRequired::default(),
        )),
        403 => Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "the server answers 403",
        )),
        // GitHub's answer to a private repository without a token, too.
        404 => Err(io::Error::other(
            "the server answers 404: no such repository, or a token is needed to see it",
        )),
        300..=399 => Err(io::Error::other(format!(
            "the server answers {} and names {}; write that address into the settings if it is right",
            status.as_u16(),
            text(header::LOCATION).unwrap_or_else(|| "no other address".to_owned()),
        ))),
        code => Err(io::Error::other(format!("the server answers {code}"))),
    }
}

/// The body of a POST while it is written.
pub(super) struct Question(Rc<RefCell<Exchange>>);

impl Write for Question {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut exchange = self.0.borrow_mut();
        match exchange.ask.as_mut().and_then(|ask| ask.body.as_mut()) {
            Some(body) => body.write(bytes),
            None => Err(io::Error::other("the request was sent already")),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// One half of an answer.
pub(super) enum Part {
    Headers(Rc<RefCell<Exchange>>),
    Body(Rc<RefCell<Exchange>>),
}

impl Read for Part {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Headers(exchange) => {
                let mut exchange = exchange.borrow_mut();
                exchange.answer()?;
                exchange.headers.read(into)
            }
            Self::Body(exchange) => {
                let mut exchange = exchange.borrow_mut();
                exchange.answer()?;
                match &mut exchange.body {
                    Some(body) => body.read(into),
                    None => Err(io::Error::other("the server's answer is missing")),
                }
            }
        }
    }
}

/// The certificates to trust: the settings' own, or the system's (`SSL_CERT_FILE` and `SSL_CERT_DIR` count).
fn roots(settings: &Git) -> Result<Vec<Certificate<'static>>, Error> {
    let Some(file) = &settings.ca_file else {
        let system = rustls_native_certs::load_native_certs().certs;
        return Ok(system
            .iter()
            .map(|certificate| Certificate::from_der(certificate.as_ref()).to_owned())
            .collect());
    };
    let reading = || Error::io("read the certificates in", file);
    let pem = fs::read(file).map_err(reading())?;
    let certificates: Vec<_> = parse_pem(&pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    if certificates.is_empty() {
        let none = io::Error::new(
            io::ErrorKind::InvalidData,
            "there is no PEM certificate in it",
        );
        return Err(reading()(none));
    }
    Ok(certificates)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_server_that_says_nothing_is_not_waited_for() {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", silent.local_addr().unwrap());
        let mut client = Client::with_limit(&Git::at(&url), Duration::from_millis(200)).unwrap();
        let lines = ["User-Agent: sixshift"];
        let error = client.get(&url, &url, lines).map(|_| ()).unwrap_err();
        assert!(error.can_retry(), "{error:?}");
        let mut asked = client
            .post(
                &url,
                &url,
                lines,
                PostBodyDataKind::BoundedAndFitsIntoMemory,
            )
            .unwrap();
        asked.post_body.write_all(b"0000").unwrap();
        let error = asked.body.read(&mut [0; 1]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut, "{error}");
    }
}
