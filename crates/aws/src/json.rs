//! The awsJson 1.1 protocol, for a service of which so little is asked that an SDK crate would only cost.
//!
//! What belongs here: how requests are written and answers read. What must not: which operations there are.

use std::time::Duration;

use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        orchestrator::{HttpRequest, HttpResponse, OrchestratorError, SensitiveOutput},
        result::SdkError,
        runtime_plugin::StaticRuntimePlugin,
    },
};
use aws_smithy_types::{config_bag::Layer, error::ErrorMetadata};
use aws_types::{SdkConfig, request_id::RequestId};
use serde_json::Value;

use crate::signed::{self, Service};

/// One operation of a service.
#[derive(Clone)]
pub(crate) struct Call(Operation<Value, Answer, ErrorMetadata>);

/// What the service answered.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) body: Value,
    request_id: Option<String>,
}

/// An answer may be a secret.
impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer").finish_non_exhaustive()
    }
}

impl RequestId for Answer {
    fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }
}

impl Call {
    /// `target` is what its `X-Amz-Target` says, as in `AmazonSSM.GetParameter`.
    pub(crate) fn new(
        sdk: &SdkConfig,
        service: &Service,
        target: &'static str,
        address: &str,
        limit: Duration,
    ) -> Self {
        // The runtime logs no answer of such an operation, however much is to be logged.
        let mut quiet = Layer::new("quiet");
        quiet.store_put(SensitiveOutput);
        let quiet = StaticRuntimePlugin::new().with_config(quiet.freeze());
        let operation = signed::operation(sdk, service, target, address, limit)
            .runtime_plugin(quiet)
            .serializer(move |body| written(target, &body))
            .deserializer(read);
        Self(operation.build())
    }

    /// One attempt.
    pub(crate) async fn send(
        &self,
        body: Value,
    ) -> Result<Answer, SdkError<ErrorMetadata, HttpResponse>> {
        self.0.invoke(body).await
    }
}

fn written(target: &'static str, body: &Value) -> Result<HttpRequest, BoxError> {
    let mut request = signed::posted("application/x-amz-json-1.1", body.to_string())?;
    request.headers_mut().insert("x-amz-target", target);
    Ok(request)
}

/// What such a service answered.
pub(crate) fn read(response: &HttpResponse) -> Result<Answer, OrchestratorError<ErrorMetadata>> {
    let body = response.body().bytes().unwrap_or_default();
    let body: Option<Value> = serde_json::from_slice(body).ok();
    if !response.status().is_success() {
        let header = response.headers().get("x-amzn-errortype");
        return Err(OrchestratorError::operation(refusal(header, body.as_ref())));
    }
    // What the reader of JSON would say may quote what it read.
    let body = body.ok_or_else(|| OrchestratorError::other("the answer is no JSON"))?;
    let request_id = response.request_id().map(str::to_owned);
    Ok(Answer { body, request_id })
}

/// The code is in a header or in `__type`, and may have a namespace before it and an address behind it; the sentence is
/// spelled in two ways.
fn refusal(header: Option<&str>, body: Option<&Value>) -> ErrorMetadata {
    let text = |name: &str| body.and_then(|body| body.get(name)?.as_str());
    let mut metadata = ErrorMetadata::builder();
    if let Some(code) = header.or_else(|| text("__type")).or_else(|| text("code")) {
        let code = code.split(':').next().unwrap_or(code);
        metadata = metadata.code(code.rsplit('#').next().unwrap_or(code));
    }
    if let Some(message) = text("message").or_else(|| text("Message")) {
        metadata = metadata.message(message);
    }
    metadata.build()
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;
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
        }
        let header = "AccessDeniedException:http://internal.amazon.com/coral/";
        let error = refusal(Some(header), Some(&json!({"__type": "other"})));
        assert_eq!(error.code(), Some("AccessDeniedException"));
        let page = read(&response(502, "<html>")).unwrap_err();
        assert_eq!(page.as_operation_error().unwrap().code(), None);
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
    fn a_request_names_its_operation() {
        let request = written("AmazonSSM.GetParameter", &json!({"Name": "/a"})).unwrap();
        let headers = request.headers();
        assert_eq!(headers.get("x-amz-target"), Some("AmazonSSM.GetParameter"));
        assert_eq!(
            headers.get("content-type"),
            Some("application/x-amz-json-1.1")
        );
        assert_eq!(request.body().bytes(), Some(&br#"{"Name":"/a"}"#[..]));
    }
}
