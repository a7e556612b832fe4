//! The awsJson and restJson protocols, for services of which so little is asked that an SDK crate would only cost.
//!
//! What belongs here: how requests are written and answers read. What must not: which operations there are.
//!
//! The checksum that DynamoDB sends with its answers (`x-amz-crc32`) is not read, as the SDK does not: TLS tells what was
//! changed on the way, and a body that was cut off is no JSON.

use std::{borrow::Cow, error, fmt, time::Duration};

use aws_smithy_runtime::client::orchestrator::operation::{Operation, OperationBuilder};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        orchestrator::{HttpRequest, HttpResponse, OrchestratorError, SensitiveOutput},
        result::SdkError,
        runtime_plugin::StaticRuntimePlugin,
    },
};
use aws_smithy_types::{
    body::SdkBody,
    config_bag::Layer,
    error::{ErrorMetadata, metadata::ProvideErrorMetadata},
};
use aws_types::{SdkConfig, request_id::RequestId};
use serde_json::{Map, Value};

use crate::signed::{self, Service};

/// Which of the two a service speaks; they differ by their name.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Version {
    V1_0,
    V1_1,
}

/// Asks one service at one address. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Client(Operation<Asked, Answer, Refusal>);

/// What is asked, and of which operation.
struct Asked {
    target: Cow<'static, str>,
    body: Value,
}

/// What the service answered.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) body: Value,
    request_id: Option<String>,
}

/// What the service answered instead.
pub(crate) struct Refusal {
    meta: ErrorMetadata,
    /// Its other members, where a refusal has such; null where it is no JSON. Behind a pointer: refusals are rare.
    pub(crate) body: Box<Value>,
}

/// A request may be what nobody else should read.
impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Asked").field(&self.target).finish()
    }
}

/// An answer may be a secret.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").finish_non_exhaustive()
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.meta.fmt(f)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.meta.fmt(f)
    }
}

impl error::Error for Refusal {}

impl ProvideErrorMetadata for Refusal {
    fn meta(&self) -> &ErrorMetadata {
        &self.meta
    }
}

impl RequestId for Answer {
    fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }
}

impl Client {
    pub(crate) fn new(
        sdk: &SdkConfig,
        service: &Service,
        version: Version,
        address: &str,
        limit: Duration,
    ) -> Self {
        Self::over(
            signed::operation(sdk, service, "JSON", address, limit),
            version,
            read,
        )
    }

    /// Over an operation of a service's, with a reader of its answers: [`read`], or one like it.
    pub(crate) fn over(
        operation: OperationBuilder,
        version: Version,
        read: fn(&HttpResponse) -> Result<Answer, OrchestratorError<Refusal>>,
    ) -> Self {
        // The runtime logs no answer of such an operation, however much is to be logged.
        let mut quiet = Layer::new("quiet");
        quiet.store_put(SensitiveOutput);
        let quiet = StaticRuntimePlugin::new().with_config(quiet.freeze());
        let operation = operation
            .runtime_plugin(quiet)
            .serializer(move |asked| written(version, &asked))
            .deserializer(read);
        Self(operation.build())
    }

    /// Over an operation of a service's that speaks restJson and is only read: what is sent is a path with its query.
    pub(crate) fn asking(operation: OperationBuilder) -> Self {
        let operation = operation
            .serializer(|asked: Asked| {
                let mut request = HttpRequest::new(SdkBody::empty());
                request.set_method("GET")?;
                request.set_uri(asked.target.into_owned())?;
                Ok(request)
            })
            .deserializer(read);
        Self(operation.build())
    }

    /// Over an operation of a service's that speaks restJson: what is sent is a method and a path with its query, as in
    /// `GET /services`, and a document, unless that is null.
    pub(crate) fn rest(operation: OperationBuilder) -> Self {
        let operation = operation
            .serializer(|asked: Asked| {
                let (method, uri) = asked.target.split_once(' ').unwrap_or_default();
                let body = match &asked.body {
                    Value::Null => String::new(),
                    body => body.to_string(),
                };
                let length = body.len().to_string();
                let is_sent = !body.is_empty();
                let mut request = HttpRequest::new(SdkBody::from(body));
                request.set_method(method)?;
                request.set_uri(uri.to_owned())?;
                if is_sent {
                    let headers = request.headers_mut();
                    headers.insert("content-type", "application/json");
                    headers.insert("content-length", length);
                }
                Ok(request)
            })
            .deserializer(read_or_nothing);
        Self(operation.build())
    }

    /// One attempt. `target` is what its `X-Amz-Target` says, as in `AmazonSSM.GetParameter`.
    pub(crate) async fn send(
        &self,
        target: impl Into<Cow<'static, str>>,
        body: Value,
    ) -> Result<Answer, SdkError<Refusal, HttpResponse>> {
        let target = target.into();
        self.0.invoke(Asked { target, body }).await
    }
}

fn written(version: Version, asked: &Asked) -> Result<HttpRequest, BoxError> {
    let content_type = match version {
        Version::V1_0 => "application/x-amz-json-1.0",
        Version::V1_1 => "application/x-amz-json-1.1",
    };
    let mut request = signed::posted(content_type, asked.body.to_string())?;
    let target = asked.target.clone();
    request.headers_mut().insert("x-amz-target", target);
    Ok(request)
}

/// What such a service answered.
pub(crate) fn read(response: &HttpResponse) -> Result<Answer, OrchestratorError<Refusal>> {
    let body = response.body().bytes().unwrap_or_default();
    let body: Option<Value> = serde_json::from_slice(body).ok();
    if !response.status().is_success() {
        let header = response.headers().get("x-amzn-errortype");
        let refused = refusal(header, body.unwrap_or_default());
        return Err(OrchestratorError::operation(refused));
    }
    // What the reader of JSON would say may quote what it read.
    let body = body.filter(Value::is_object);
    let body = body.ok_or_else(|| OrchestratorError::other("the answer is no object of JSON"))?;
    let request_id = response.request_id().map(str::to_owned);
    Ok(Answer { body, request_id })
}

/// The same of a service that may leave out the body where there is nothing to say: AWS's answer it is if it has its id.
pub(crate) fn read_or_nothing(
    response: &HttpResponse,
) -> Result<Answer, OrchestratorError<Refusal>> {
    let is_empty = response.body().bytes().is_some_and(<[u8]>::is_empty);
    match response.request_id() {
        Some(id) if is_empty && response.status().is_success() => Ok(Answer {
            body: Value::Object(Map::new()),
            request_id: Some(id.to_owned()),
        }),
        _ => read(response),
    }
}

/// The code is in a header or in `__type`, and may have a namespace before it and an address behind it; the sentence is
/// spelled in two ways.
pub(crate) fn refusal(header: Option<&str>, body: Value) -> Refusal {
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let mut metadata = ErrorMetadata::builder();
    if let Some(code) = header.or_else(|| text("__type")).or_else(|| text("code")) {
        let code = code.split(':').next().unwrap_or(code);
        metadata = metadata.code(code.rsplit('#').next().unwrap_or(code));
    }
    if let Some(message) = text("message").or_else(|| text("Message")) {
        metadata = metadata.message(message);
    }
    Refusal {
        meta: metadata.build(),
        body: Box::new(body),
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::http::StatusCode;
    use serde_json::json;

    use super::*;

    fn response(status: u16, body: &str) -> HttpResponse {
        let status = StatusCode::try_from(status).unwrap();
        HttpResponse::new(status, SdkBody::from(body.to_owned()))
    }

    #[test]
    fn a_refusal_has_its_code_and_its_sentence_however_they_are_spelled() {
        let namespaced = r#"{"__type":"com.amazonaws.ssm#ParameterNotFound","message":"none"}"#;
        let plain = r#"{"__type":"ParameterNotFound","Message":"none"}"#;
        for body in [namespaced, plain] {
            let error = read(&response(400, body)).unwrap_err();
            let error = error.as_operation_error().unwrap();
            assert_eq!(error.code(), Some("ParameterNotFound"), "{body}");
            assert_eq!(error.message(), Some("none"), "{body}");
            assert!(error.to_string().contains("ParameterNotFound"), "{error}");
        }
        let header = "AccessDeniedException:http://internal.amazon.com/coral/";
        let error = refusal(Some(header), json!({"__type": "other"}));
        assert_eq!(error.code(), Some("AccessDeniedException"));
        let page = read(&response(502, "<html>")).unwrap_err();
        assert_eq!(page.as_operation_error().unwrap().code(), None);
    }

    #[test]
    fn an_answer_is_an_object_or_where_awss_service_may_nothing() {
        for body in ["", "[]", "\"a page\"", "null"] {
            read(&response(200, body)).unwrap_err();
            read_or_nothing(&response(200, body)).unwrap_err();
        }
        let mut empty = response(200, "");
        empty.headers_mut().insert("x-amzn-requestid", "r-1");
        read(&empty).unwrap_err();
        let answer = read_or_nothing(&empty).unwrap();
        assert_eq!(answer.request_id(), Some("r-1"));
        assert_eq!(answer.body, json!({}));
        let refused = read_or_nothing(&response(400, "")).unwrap_err();
        assert!(refused.as_operation_error().is_some());
    }

    #[test]
    fn nothing_of_an_answer_is_shown() {
        let answer = read(&response(200, r#"{"SecretString":"s3cret"}"#)).unwrap();
        assert_eq!(answer.body["SecretString"], "s3cret");
        assert!(!format!("{answer:?}").contains("s3cret"));
        let broken = read(&response(200, r#"{"SecretString":"s3cret"#)).unwrap_err();
        assert!(!format!("{broken:?}").contains("s3cret"));
    }

    #[test]
    fn a_refusal_keeps_what_else_it_says() {
        let body = r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
            "CancellationReasons":[{"Code":"None"}]}"#;
        let error = read(&response(400, body)).unwrap_err();
        let error = error.as_operation_error().unwrap();
        assert_eq!(error.code(), Some("TransactionCanceledException"));
        assert_eq!(error.body["CancellationReasons"][0]["Code"], "None");
    }

    #[test]
    fn a_request_names_its_operation_and_its_protocol() {
        let asked = Asked {
            target: "AmazonSSM.GetParameter".into(),
            body: json!({"Name": "/a"}),
        };
        for (version, content_type) in [
            (Version::V1_0, "application/x-amz-json-1.0"),
            (Version::V1_1, "application/x-amz-json-1.1"),
        ] {
            let request = written(version, &asked).unwrap();
            let headers = request.headers();
            assert_eq!(headers.get("x-amz-target"), Some("AmazonSSM.GetParameter"));
            assert_eq!(headers.get("content-type"), Some(content_type));
            assert_eq!(request.body().bytes(), Some(&br#"{"Name":"/a"}"#[..]));
        }
        assert!(!format!("{asked:?}").contains("/a"));
    }
}
