//! S3's protocol: a path, a query and headers are asked, headers and a body are answered.
//!
//! What belongs here: how requests are written, where a path's bytes are told by their number, and how answers are read. What
//! must not: which operations there are.
//!
//! Sources: S3's API reference, "REST error responses", "Creating object key names", "Signature Calculations for the
//! Authorization Header" (a path is signed as it is sent).

use std::{fmt, time::Duration};

use aws_runtime::auth::SigningOptions;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::context::{Error, Output},
        orchestrator::{HttpRequest, HttpResponse, OrchestratorError},
        result::SdkError,
        runtime_plugin::StaticRuntimePlugin,
        ser_de::DeserializeResponse,
    },
    http::Headers,
};
use aws_smithy_types::{
    body::SdkBody,
    byte_stream::{ByteStream, error::Error as Broken},
    config_bag::Layer,
    error::ErrorMetadata,
};
use aws_types::{SdkConfig, request_id::RequestId};
use percent_encoding::{AsciiSet, utf8_percent_encode};

use crate::{
    signed::{self, PLAIN, Service, escaped},
    xml::Element,
};

/// What a path escapes.
const IN_PATH: AsciiSet = PLAIN.remove(b'/');

/// Asks at one address. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Client(Operation<Request, Answer, ErrorMetadata>);

/// What is asked.
#[derive(Debug)]
pub(crate) struct Request {
    method: &'static str,
    uri: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

/// What was answered, its body not read yet.
pub(crate) struct Answer {
    headers: Headers,
    body: SdkBody,
}

/// It may be anybody's.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").finish_non_exhaustive()
    }
}

impl RequestId for Answer {
    fn request_id(&self) -> Option<&str> {
        self.headers.request_id()
    }
}

impl Request {
    /// Of what lies under a key; of what holds it, where that is empty.
    pub(crate) fn new(method: &'static str, key: &str) -> Self {
        Self {
            method,
            uri: format!("/{}", utf8_percent_encode(key, &IN_PATH)),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    pub(crate) fn query(mut self, name: &str, value: &str) -> Self {
        let before = if self.uri.contains('?') { '&' } else { '?' };
        self.uri += &format!("{before}{}={}", escaped(name), escaped(value));
        self
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn body(self, body: Vec<u8>) -> Self {
        let length = body.len().to_string();
        Self { body, ..self }.header("content-length", length)
    }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)
    }

    /// Its body; `None` where that is more than so many bytes.
    pub(crate) async fn within(self, most: usize) -> Result<Option<Vec<u8>>, Broken> {
        let mut body = ByteStream::new(self.body);
        let mut bytes = Vec::new();
        while let Some(chunk) = body.try_next().await? {
            if bytes.len() + chunk.len() > most {
                return Ok(None);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Some(bytes))
    }
}

impl Client {
    /// With the same configuration as the SDK's clients, at an address that may have a path.
    pub(crate) fn new(sdk: &SdkConfig, service: &Service, address: &str, limit: Duration) -> Self {
        let mut as_sent = Layer::new("as sent");
        let mut options = SigningOptions::default();
        options.double_uri_encode = false;
        options.normalize_uri_path = false;
        options.content_sha256_header = true;
        as_sent.store_put(signed::signing(sdk, service, options));
        let as_sent = StaticRuntimePlugin::new().with_config(as_sent.freeze());
        let operation = signed::operation(sdk, service, "REST", address, limit)
            .runtime_plugin(as_sent)
            .serializer(written)
            .deserializer_impl(Read);
        Self(operation.build())
    }

    /// One attempt. The limit counts until the answer begins.
    pub(crate) async fn send(
        &self,
        request: Request,
    ) -> Result<Answer, SdkError<ErrorMetadata, HttpResponse>> {
        self.0.invoke(request).await
    }
}

fn written(asked: Request) -> Result<HttpRequest, BoxError> {
    let mut request = HttpRequest::new(SdkBody::from(asked.body));
    request.set_method(asked.method)?;
    request.set_uri(asked.uri)?;
    for (name, value) in asked.headers {
        request.headers_mut().try_insert(name, value)?;
    }
    Ok(request)
}

/// A body is left to whoever asked, who knows how much of it may be read; but an error's is read at once.
#[derive(Debug)]
struct Read;

impl DeserializeResponse for Read {
    fn deserialize_streaming(
        &self,
        response: &mut HttpResponse,
    ) -> Option<Result<Output, OrchestratorError<Error>>> {
        response.status().is_success().then(|| {
            Ok(Output::erase(Answer {
                headers: response.headers().clone(),
                body: response.take_body(),
            }))
        })
    }

    fn deserialize_nonstreaming(
        &self,
        response: &HttpResponse,
    ) -> Result<Output, OrchestratorError<Error>> {
        let body = response.body().bytes().unwrap_or_default();
        let refused = refusal(response.status().as_u16(), body);
        Err(OrchestratorError::operation(Error::erase(refused)))
    }
}

/// `<Error><Code>…</Code><Message>…</Message></Error>`; or nothing, where a body would be of no use.
fn refusal(status: u16, body: &[u8]) -> ErrorMetadata {
    match (status, body) {
        (404, []) => ErrorMetadata::builder().code("NotFound").build(),
        _ => Element::read(body).refusal(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_asked_for_byte_by_byte_as_it_is() {
        let asked = Request::new("GET", "prod/a b+c/ä//../~x?.yaml")
            .query("versionId", "a/b=+ c")
            .query("x", "");
        let uri = "/prod/a%20b%2Bc/%C3%A4//../~x%3F.yaml?versionId=a%2Fb%3D%2B%20c&x=";
        assert_eq!(asked.uri, uri);
        assert_eq!(written(asked).unwrap().uri(), uri);
    }

    #[test]
    fn what_has_a_body_says_how_long_it_is_and_no_value_becomes_another_header() {
        let asked = Request::new("PUT", "a").body(b"abc".to_vec());
        let request = written(asked).unwrap();
        assert_eq!(request.headers().get("content-length"), Some("3"));
        assert_eq!(request.method(), "PUT");
        let odd = Request::new("GET", "a").header("if-match", "\"x\"\r\nx-amz-acl: public-read");
        assert!(written(odd).is_err());
    }

    #[test]
    fn a_refusal_has_its_code_and_its_sentence_and_may_have_no_body() {
        let body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchKey</Code><Message>It is \
            not &lt;there&gt;</Message><RequestId>r</RequestId></Error>";
        let error = refusal(404, body.as_bytes());
        assert_eq!(error.code(), Some("NoSuchKey"));
        assert_eq!(error.message(), Some("It is not <there>"));
        assert_eq!(refusal(404, b"").code(), Some("NotFound"));
        assert_eq!(refusal(403, b"").code(), None);
        assert_eq!(refusal(502, b"<html>").code(), None);
    }

    #[tokio::test]
    async fn a_body_is_read_whole_or_not_at_all() {
        for (most, read) in [(3, Some(b"abc".to_vec())), (2, None)] {
            let answer = Answer {
                headers: Headers::new(),
                body: SdkBody::from("abc"),
            };
            assert!(!format!("{answer:?}").contains("abc"));
            assert_eq!(answer.within(most).await.unwrap(), read);
        }
    }
}
